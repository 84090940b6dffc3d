//! Real processes that write the AWS files: killed at any moment, and many at once.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use roledex::internals::config::{Clock, Ctx, Dirs, Env};
use roledex::internals::domain::EntryId;
use roledex::internals::store::aws_files::{AwsFiles, Body, Edit};

/// Tells the test binary, started again by itself, what to do as a child.
const CHILD: &str = "ROLEDEX_TEST_CHILD";

/// The state directory where none is named, below the home.
const STATE: &str = ".local/state";

/// A home that children share.
struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    /// A home whose config has so many profiles of somebody else's.
    fn new(foreign: usize) -> (Self, String) {
        let home = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        let text = (0..foreign).fold(String::new(), |text, at| {
            text + &format!("# {at}\n[profile foreign-{at}]\nregion = eu-west-1 # here\n\n")
        });
        fs::create_dir(home.path(".aws")).unwrap();
        let config = fs::File::create(home.path(".aws/config"));
        std::io::Write::write_all(&mut config.unwrap(), text.as_bytes()).unwrap();
        (home, text)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn files(&self) -> AwsFiles {
        let env: Env = [("HOME", self.dir.path())].into_iter().collect();
        AwsFiles::new(&Dirs::from_env(&env).unwrap())
    }

    /// This test binary as a child that writes, see [`child_that_writes`]. It has a state directory of this name.
    fn child(&self, job: &str, state: &str) -> Child {
        #[expect(clippy::disallowed_methods, reason = "the test is its own child")]
        let this = std::env::current_exe().unwrap();
        Command::new(this)
            .args(["--exact", "writing::child_that_writes", "--nocapture"])
            .env_clear()
            .env("HOME", self.dir.path())
            .env("XDG_STATE_HOME", self.path(state))
            .env(CHILD, job)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap()
    }

    /// The number of leftover files next to the AWS files.
    fn leftovers(&self) -> usize {
        fs::read_dir(self.path(".aws"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| name != "config" && name != "credentials")
            .count()
    }
}

fn put(name: &str, body: Body) -> Edit {
    Edit::PutProfile {
        name: name.to_owned(),
        entry: entry(),
        body,
        region: Some("eu-west-1".to_owned()),
        output: None,
        force: false,
    }
}

fn entry() -> EntryId {
    "org:p/123456789012/Admin".parse().unwrap()
}

/// The two states between which a child goes to and fro: keys in both files, and no keys.
fn states() -> [Edit; 2] {
    let keys = roledex::internals::domain::Credentials {
        access_key_id: "ASIAEXAMPLE".to_owned(),
        secret_access_key: "secret".into(),
        session_token: "token/".repeat(200).as_str().into(),
        expires_at: jiff::Timestamp::from_second(1_795_226_989).unwrap(),
        obtained_at: None,
    };
    let process = Body::Process {
        command: "/x credentials y".to_owned(),
    };
    [put("p", Body::Static(keys)), put("p", process)]
}

/// Not a test by itself: a process that writes, for the ones below.
#[test]
fn child_that_writes() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a child is told by the environment that it is one"
    )]
    let Ok(job) = std::env::var(CHILD) else {
        return;
    };
    let ctx = Ctx::new(Env::from_process(), Clock::System).unwrap();
    let files = AwsFiles::new(&ctx.dirs);
    if job == "for ever" {
        println!("begun");
        loop {
            for edit in states() {
                files.edit(&[edit]).unwrap();
            }
        }
    }
    for at in 0..2 {
        let [_, edit] = states();
        let Edit::PutProfile { body, .. } = edit else {
            return;
        };
        files.edit(&[put(&format!("{job}-{at}"), body)]).unwrap();
    }
}

#[test]
#[cfg(unix)]
fn a_process_that_is_killed_at_any_moment_leaves_whole_files() {
    const KILLS: u32 = 60;
    let (home, foreign) = Home::new(400);
    // What a file may be: as at first, or as after either edit.
    let whole = |states: &mut Vec<(String, String)>| {
        states.push((home.read(".aws/config"), home.read(".aws/credentials")));
    };
    let mut known = Vec::new();
    whole(&mut known);
    for edit in states() {
        home.files().edit(&[edit]).unwrap();
        whole(&mut known);
    }
    let mut in_the_middle = 0;
    for kill in 0..KILLS {
        let mut child = home.child("for ever", STATE);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().ends_with("begun")));
        // Spread over some tens of writes, never at the same moment of one.
        std::thread::park_timeout(Duration::from_micros(u64::from(kill * 7_919 % 20_011)));
        child.kill().unwrap();
        child.wait().unwrap();
        let (config, credentials) = (home.read(".aws/config"), home.read(".aws/credentials"));
        assert!(config.starts_with(&foreign), "kill {kill}");
        assert!(
            known.iter().any(|(whole, _)| *whole == config)
                && known.iter().any(|(_, whole)| *whole == credentials),
            "kill {kill}: {config}\n{credentials}"
        );
        in_the_middle += usize::from(home.leftovers() > 0);
    }
    eprintln!("{in_the_middle} of {KILLS} kills came while a file was being written");
    // A dead writer's lock blocks nobody, and what it left is tidied up.
    for edit in states() {
        home.files().edit(&[edit]).unwrap();
    }
    assert_eq!(home.leftovers(), 0);
    assert_eq!(home.read(".aws/config"), known[2].0);
}

#[test]
fn of_32_processes_that_write_at_once_none_loses_a_profile() {
    write_at_once(|_| STATE.to_owned());
}

/// As in containers that share nothing but the AWS files.
#[test]
fn of_32_processes_with_state_directories_of_their_own_none_loses_a_profile() {
    write_at_once(|at| format!("state-{at}"));
}

/// Lets 32 processes write, each with some state directory.
fn write_at_once(state: impl Fn(usize) -> String) {
    const PROCESSES: usize = 32;
    let (home, foreign) = Home::new(20);
    let children: Vec<Child> = (0..PROCESSES)
        .map(|at| home.child(&format!("process-{at}"), &state(at)))
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
    }
    assert!(home.read(".aws/config").starts_with(&foreign));
    let names: Vec<_> = home.files().read().unwrap().profiles();
    let ours = names
        .iter()
        .filter(|profile| profile.entry == Some(entry()));
    assert_eq!(ours.count(), 2 * PROCESSES);
    assert_eq!(names.len(), 2 * PROCESSES + 20);
    assert_eq!(home.leftovers(), 0);
    let locks = home.path(&state(PROCESSES - 1)).join("roledex/locks");
    assert!(locks.is_dir());
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_is_mounted_on_its_own_is_named_and_its_directory_is_to_be_mounted() {
    use crate::support::{Home, ROLEDEX, Ran};
    const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";
    const MOUNT: &str =
        "mount --bind \"$1\" \"$1\" || exit 77; shift; exec \"$@\" --profile x --as sso";
    let home = Home::scenario(include_str!("../../assets/sim/startup.toml"));
    home.sign_in();
    let config = home.path(".aws/config");
    let before = fs::read_to_string(&config).unwrap();
    let output = home
        .command("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", MOUNT])
        .arg("sh")
        .arg(&config)
        .args([ROLEDEX, "use", ADMIN])
        .output();
    let Ok(output) = output else { return };
    let ran = Ran::new(&output);
    if ran.code == 77 || ran.stderr.starts_with("unshare:") {
        eprintln!("no mounts here: {}; skipped", ran.stderr);
        return;
    }
    let stderr = ran.stderr.replace(home.path("").to_str().unwrap(), "~/");
    assert_eq!(
        stderr.lines().collect::<Vec<_>>(),
        [
            "error: ~/.aws/config is a mount point of its own and cannot be replaced",
            "hint: nothing was changed; mount its directory, ~/.aws, instead of the file",
        ]
    );
    assert_eq!(ran.code, 7);
    assert_eq!(fs::read_to_string(&config).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn directories_are_usable_whatever_the_umask_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = crate::support::Home::new("startup");
    for directory in [".aws", ".local"] {
        let _ = fs::remove_dir_all(home.path(directory));
    }
    let mut command = home.command("sh");
    command
        .args(["-c", "umask 0177; exec \"$@\"", "sh"])
        .args([crate::support::ROLEDEX, "portal", "add", "acme"])
        .args(["--start-url", "https://d-1234567890.awsapps.com/start"])
        .args(["--region", "us-east-1"]);
    let ran = crate::support::Ran::new(&command.output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    for directory in [".aws", STATE, ".local/state/roledex"] {
        let mode = fs::metadata(home.path(directory)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o700, "{directory}");
    }
}
