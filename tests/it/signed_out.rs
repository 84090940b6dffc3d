//! Sign-outs, sign-ins and removals while another process asks for credentials or waits to write them: whoever is
//! last, no key of a sign-in that is over stays. And what cannot be written leaves the sign-in as it is, or says what
//! is done.

#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "a server's answer names an end, from now"
)]

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal, WaitOptions, waitpid};

use crate::support::server::{Answer, Server};
use crate::support::{Home, ROLEDEX, Ran, signal, wait_for};

const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";
const STATE: &str = ".local/state/roledex";

/// The startup scenario, signed in, and the locks of the AWS files.
struct Machine {
    home: Home,
    locks: Vec<std::path::PathBuf>,
}

impl Machine {
    fn new() -> Self {
        let home = Home::new("startup");
        home.add_portals();
        // No sign-in and no entry has a lock yet.
        let locks = fs::read_dir(home.path(STATE).join("locks")).unwrap();
        let locks = locks.map(|lock| lock.unwrap().path()).collect();
        home.login("startup");
        Self { home, locks }
    }

    /// Holds the AWS files, as another roledex that writes them does.
    fn hold_files(&self) -> Vec<File> {
        let hold = |path| {
            let file = File::options().append(true).open(path).unwrap();
            file.lock().unwrap();
            file
        };
        self.locks.iter().map(hold).collect()
    }

    fn start(&self, args: &[&str]) -> Child {
        spawn(self.home.command(ROLEDEX).args(args))
    }

    /// The stored credentials, by file.
    fn stored(&self) -> Vec<Vec<u8>> {
        let files = fs::read_dir(self.home.path(STATE).join("credentials"));
        let files = files.into_iter().flatten();
        files
            .filter_map(|file| fs::read(file.unwrap().path()).ok())
            .collect()
    }

    fn logouts(&self) -> usize {
        let requests = self.home.sim.requests();
        let logouts = requests.iter().filter(|it| it.path.ends_with("/logout"));
        logouts.count()
    }

    fn has_keys(&self) -> bool {
        let keys = fs::read_to_string(self.home.path(".aws/credentials"));
        keys.is_ok_and(|keys| keys.contains("aws_secret"))
    }

    fn replace_in_config(&self, old: &str, new: &str) {
        let config = self.home.read(".aws/config");
        assert!(config.contains(old), "{config}");
        self.home.write(".aws/config", &config.replace(old, new));
    }
}

fn spawn(command: &mut Command) -> Child {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn ended(child: Child) -> Ran {
    Ran::new(&child.wait_with_output().unwrap())
}

/// A portal that answers the first request for credentials when it is told to: with `ASIAOLD`, and then with `ASIANEW`.
fn slow_portal() -> (Server, Sender<()>) {
    let (go, told) = channel();
    let (told, is_first) = (Mutex::new(told), AtomicBool::new(true));
    let end = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).as_millisecond();
    let server = Server::start(move |_| {
        let key = if is_first.swap(false, Ordering::SeqCst) {
            let told = told.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = told.recv();
            "ASIAOLD"
        } else {
            "ASIANEW"
        };
        Answer::json(
            200,
            format!(
                r#"{{"roleCredentials":{{"accessKeyId":"{key}","secretAccessKey":"s","sessionToken":"t","expiration":{end}}}}}"#
            ),
        )
    });
    (server, go)
}

#[test]
fn credentials_of_a_sign_in_that_another_one_has_replaced_are_not_stored() {
    for signs_out in [false, true] {
        let machine = Machine::new();
        let (server, go) = slow_portal();
        let mut command = machine.home.command(ROLEDEX);
        let arguments = ["use", ADMIN, "--as", "static", "--profile", "st"];
        command.args(arguments);
        let child = spawn(command.env("AWS_ENDPOINT_URL_SSO", &server.url));
        wait_for("the request", || (server.asked() > 0).then_some(()));
        if signs_out {
            machine.home.ok(&["logout"]);
        }
        machine.home.login("startup");
        go.send(()).unwrap();
        let ran = ended(child);
        assert_eq!(ran.code, 0, "{signs_out}: {ran:?}");
        assert_eq!(server.asked(), 2);
        let now = machine.home.ok(&["credentials", ADMIN]);
        assert!(now.contains("ASIANEW"), "{now}");
        let keys = machine.home.read(".aws/credentials");
        assert!(
            keys.contains("ASIANEW") && !keys.contains("ASIAOLD"),
            "{keys}"
        );
    }
}

/// Runs a command that gets new credentials, and another one when it has them and waits to write them.
fn while_writing(machine: &Machine, args: &[&str], meanwhile: &[&str]) -> Ran {
    let held = machine.hold_files();
    let before = machine.stored();
    let child = machine.start(args);
    wait_for("new credentials", || {
        let stored = machine.stored();
        (!stored.is_empty() && stored != before).then_some(())
    });
    signal(child.id(), Signal::STOP);
    // It stops a moment later; until then it could take the locks.
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    waitpid(pid, WaitOptions::UNTRACED).unwrap();
    drop(held);
    let other = machine.home.run(meanwhile);
    signal(child.id(), Signal::CONT);
    assert_eq!(other.code, 0, "{meanwhile:?}: {other:?}");
    ended(child)
}

#[test]
fn keys_that_were_signed_out_of_are_not_written() {
    let machine = Machine::new();
    let make = ["use", ADMIN, "--as", "static", "--profile", "st"];
    let ran = while_writing(&machine, &make, &["logout"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("meanwhile"), "{ran:?}");
    assert!(!machine.has_keys() && machine.stored().is_empty());
    for removes in ["logout", "forget st"] {
        if removes == "logout" {
            machine.home.login("startup");
        }
        machine.home.ok(&make);
        let removes: Vec<_> = removes.split(' ').collect();
        let ran = while_writing(&machine, &["refresh", "st"], &removes);
        assert_eq!(ran.code, 1, "{removes:?}: {ran:?}");
        assert!(ran.stderr.contains("meanwhile"), "{removes:?}: {ran:?}");
        assert!(!machine.has_keys(), "{removes:?}");
        machine.home.login("startup");
    }
}

#[test]
fn a_profile_that_the_user_takes_over_is_not_said_to_be_removed() {
    let machine = Machine::new();
    machine.home.ok(&["use", ADMIN, "--profile", "gone"]);
    let held = machine.hold_files();
    let child = machine.start(&["forget", "gone"]);
    wait_for("the stored keys to go", || {
        machine.stored().is_empty().then_some(())
    });
    machine.replace_in_config(&format!("roledex_entry = {ADMIN}"), "output = text");
    drop(held);
    let ran = ended(child);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(!ran.stderr.contains("removed"), "{ran:?}");
    assert!(machine.home.read(".aws/config").contains("[profile gone]"));
}

#[test]
fn a_portal_that_gets_a_user_while_it_is_removed_stays() {
    let machine = Machine::new();
    let held = machine.hold_files();
    let child = machine.start(&["portal", "remove", "startup"]);
    wait_for("the sign-out", || (machine.logouts() > 0).then_some(()));
    let config = machine.home.read(".aws/config");
    let user = "\n[profile q]\nsso_session = startup\n";
    machine.home.write(".aws/config", &(config + user));
    drop(held);
    let ran = ended(child);
    assert_eq!(ran.code, 1, "{ran:?}");
    let told = "signed out of startup, but the portal is still there";
    assert!(ran.stderr.contains(told), "{ran:?}");
    assert!(machine.home.read(".aws/config").contains("[sso-session"));
}

#[test]
fn a_portal_whose_section_cannot_be_written_says_what_is_done() {
    let machine = Machine::new();
    let edit = ["portal", "edit", "startup", "--region", "us-east-1"];
    let Some(ran) = machine.home.run_read_only(".aws/config", &[], &edit) else {
        return;
    };
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.stderr.contains("nothing was changed"), "{ran:?}");
    assert_eq!(machine.logouts(), 0);
    machine.home.ok(&["credentials", ADMIN]);
    let remove = ["portal", "remove", "startup"];
    let ran = machine.home.run_read_only(".aws/config", &[], &remove);
    let ran = ran.unwrap();
    assert_eq!((ran.code, machine.logouts()), (7, 1), "{ran:?}");
    let told = "signed out of startup, but the portal is still there";
    assert!(ran.stderr.contains(told), "{ran:?}");
    assert!(!ran.stderr.contains("nothing was changed"), "{ran:?}");
    machine.home.ok(&remove);
}

#[test]
fn a_region_that_cannot_be_written_to_the_profile_is_not_in_the_settings_either() {
    let machine = Machine::new();
    machine.home.ok(&["use", ADMIN, "--region", "eu-west-1"]);
    let before = machine.home.read(".config/roledex/config.toml");
    let set = ["region", ADMIN, "eu-west-2"];
    let Some(ran) = machine.home.run_read_only(".aws/config", &[], &set) else {
        return;
    };
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(ran.stderr.contains("nothing was changed"), "{ran:?}");
    assert_eq!(machine.home.read(".config/roledex/config.toml"), before);
}

#[test]
fn keys_for_which_there_is_no_place_are_used() {
    let machine = Machine::new();
    machine.home.ok(&["credentials", ADMIN]);
    let store = format!("{STATE}/credentials");
    let other = "org:startup/111111111111/ReadOnlyAccess";
    let get = ["exec", other, "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"];
    let Some(ran) = machine.home.run_read_only(&store, &[], &get) else {
        return;
    };
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("ASIA"), "{ran:?}");
    assert!(ran.stderr.contains("cannot be stored"), "{ran:?}");
    let requests = machine.home.sim.requests();
    let asked = requests.iter().filter(|it| it.path.contains("credentials"));
    assert_eq!(asked.count(), 2, "once for each entry");
}

#[test]
fn keys_of_a_profile_that_is_managed_now_or_gone_are_signed_out_of() {
    let own = "\n[profile mine]\nsso_session = startup\nsso_account_id = 333333333333\nsso_role_name = AdministratorAccess\n";
    let managed = format!("[profile mine]\nroledex_entry = {ADMIN}");
    for after in [managed.as_str(), "[profile renamed]"] {
        let machine = Machine::new();
        let config = machine.home.read(".aws/config") + own;
        machine.home.write(".aws/config", &config);
        let copy = ["use", "profile:mine", "--as", "static", "--profile", "st"];
        machine.home.ok(&copy);
        assert!(machine.has_keys());
        machine.replace_in_config("[profile mine]", after);
        machine.home.ok(&["logout"]);
        assert!(!machine.has_keys(), "{after}");
    }
}

#[test]
fn a_chain_and_a_managed_profile_that_name_each_other_lead_to_no_portal() {
    let machine = Machine::new();
    let arn = "arn:aws:iam::444455556666:role/Loop";
    let chain = format!(
        "store = \"file\"\n[[chain]]\nname = \"around\"\nrole_arn = \"{arn}\"\nsource = \"profile:loop\"\n"
    );
    machine.home.write(".config/roledex/config.toml", &chain);
    let entry = "chain:around/444455556666/Loop";
    let profile = format!("\n[profile loop]\ncredential_process = true\nroledex_entry = {entry}\n");
    let config = machine.home.read(".aws/config") + &profile;
    machine.home.write(".aws/config", &config);
    let keys = format!(
        "[st]\naws_access_key_id = ASIAX\naws_secret_access_key = s\nroledex_entry = {entry}\n"
    );
    machine.home.write(".aws/credentials", &keys);
    let status = machine.home.ok(&["status"]);
    assert!(status.contains("loop"), "{status}");
    machine.home.ok(&["logout"]);
}
