//! Keys belong to the portal and the sign-in that gave them, whatever becomes of the portal's name.

#![cfg(unix)]

use roledex::internals::config::Clock;

use crate::support::server::{Answer, Server};
use crate::support::terminal::{Terminal, ctrl};
use crate::support::{Home, ROLEDEX, Ran};

const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";
const STORED: &str = ".local/state/roledex/credentials";

fn signed_in() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home
}

fn stored(home: &Home) -> usize {
    std::fs::read_dir(home.path(STORED)).map_or(0, Iterator::count)
}

fn logouts(home: &Home) -> usize {
    let requests = home.sim.requests();
    let is_logout = |path: &str| path.ends_with("/logout");
    requests.iter().filter(|it| is_logout(&it.path)).count()
}

/// A static profile `st` and a process profile `pr`.
fn two_profiles(home: &Home) {
    for (mode, profile) in [("static", "st"), ("process", "pr")] {
        home.ok(&["use", ADMIN, "--as", mode, "--profile", profile]);
    }
}

#[test]
fn a_removed_portal_leaves_no_session_and_no_keys() {
    let home = signed_in();
    two_profiles(&home);
    let removed = home.run(&["portal", "remove", "startup"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    assert!(removed.stderr.contains("roledex forget pr"), "{removed:?}");
    assert_eq!(logouts(&home), 1);
    assert_eq!(stored(&home), 0);
    let keys = home.read(".aws/credentials");
    assert!(!keys.contains("aws_secret_access_key"), "{keys}");
    assert_ne!(home.run(&["credentials", ADMIN]).code, 0);
    let status = home.ok(&["status"]);
    assert!(
        status.contains("pr ") && status.contains("no portals yet"),
        "{status}"
    );

    let url = "https://other.awsapps.com/start";
    let add = ["portal", "add", "startup", "--start-url", url, "--region"];
    home.ok(&[&add[..], &["eu-west-1"]].concat());
    assert_eq!(home.run(&["credentials", ADMIN]).code, 3);
    assert_eq!(home.run(&["exec", "pr", "--", "true"]).code, 3);
}

#[test]
fn a_portal_that_is_removed_while_it_is_listed_stays_away() {
    let account = |n| {
        format!(
            "[[portals.accounts]]\nid = \"1000000000{n:02}\"\nname = \"a{n}\"\nroles = [\"R\"]\n"
        )
    };
    let accounts = (0..100).map(account).collect::<Vec<_>>().concat();
    let home = Home::scenario(&format!(
        "[trouble]\nlatency_ms = 100\n[[portals]]\nname = \"startup\"\nregion = \"eu-west-1\"\n\
         start_url = \"https://d-1.awsapps.com/start\"\n{accounts}"
    ));
    home.sign_in();
    let mut terminal = Terminal::roledex(&home, &[], (100, 30));
    terminal.wait("refreshing");
    terminal.press("\x1bp");
    terminal.wait("Portals");
    terminal.press("\x1b[3~");
    terminal.wait("Remove the portal startup?");
    terminal.press("y");
    terminal.wait("removed the portal startup");
    terminal.until("an empty list", |screen| !screen.contains("10000000"));
    assert!(
        !terminal.text().contains("refreshing"),
        "{}",
        terminal.text()
    );
    terminal.press(&ctrl('c'));
    terminal.ended();
    let cache = home.path(".cache/roledex/catalog");
    let cached = std::fs::read_dir(cache).map_or(0, Iterator::count);
    assert_eq!(cached, 0, "its list was saved again");
}

#[test]
fn a_second_name_of_a_portal_is_told() {
    let home = signed_in();
    let portal = &home.sim.endpoints().portals[0];
    let add = |name: &str, url: &str| {
        let region = ["--region", &*portal.region];
        home.run(&[&["portal", "add", name, "--start-url", url], &region[..]].concat())
    };
    let told = "the portal startup has this address, too";
    let ran = add("second", &portal.start_url);
    assert!(ran.code == 0 && ran.stderr.contains(told), "{ran:?}");
    let ran = add("startup", &portal.start_url);
    assert!(
        ran.code == 0 && ran.stderr.contains("second has"),
        "{ran:?}"
    );
    let ran = add("other", "https://other.awsapps.com/start");
    assert!(ran.code == 0 && !ran.stderr.contains("too"), "{ran:?}");
}

#[test]
fn a_portal_that_cannot_be_asked_is_removed_all_the_same() {
    let home = signed_in();
    home.ok(&["credentials", ADMIN]);
    let mut remove = home.command(crate::support::ROLEDEX);
    remove.args(["portal", "remove", "startup"]);
    // No client can be made without it.
    let ran = remove.env("AWS_CA_BUNDLE", "/nowhere").output().unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(0), "{told}");
    assert!(told.contains("did not confirm the sign-out"), "{told}");
    assert_eq!((logouts(&home), stored(&home)), (0, 0));
    assert!(!home.read(".aws/config").contains("sso-session"));
}

#[test]
fn a_new_region_ends_the_sign_in_with_its_keys() {
    let home = signed_in();
    two_profiles(&home);
    home.ok(&["portal", "edit", "startup", "--region", "us-west-2"]);
    assert_eq!((logouts(&home), stored(&home)), (1, 0));
    assert!(!home.read(".aws/credentials").contains("aws_secret"));
    assert_eq!(home.run(&["credentials", ADMIN]).code, 3);
}

#[test]
fn a_portal_that_was_changed_by_hand_gets_neither_token_nor_keys_of_the_one_before() {
    let home = signed_in();
    let keys = home.ok(&["credentials", ADMIN]);
    let config = home.read(".aws/config");
    let url = home.sim.endpoints().portals[0].start_url.clone();
    let region = home.sim.endpoints().portals[0].region.clone();
    for (from, to) in [
        (&*url, "https://other.awsapps.com/start"),
        (&region, "us-west-2"),
    ] {
        home.write(".aws/config", &config.replace(from, to));
        assert_eq!(home.run(&["credentials", ADMIN]).code, 3, "{to}");
        assert_eq!(home.run(&["exec", ADMIN, "--", "true"]).code, 3, "{to}");
        let portals = home.ok(&["portal", "list"]);
        assert!(portals.contains("signed out"), "{portals}");
        home.write(".aws/config", &config);
        assert_eq!(home.ok(&["credentials", ADMIN]), keys, "they are its own");
    }
}

#[test]
fn a_portal_that_was_changed_by_hand_has_no_list_of_the_one_before() {
    let portal = |name: &str, id: &str| {
        format!(
            "[[portals]]\nname = \"{name}\"\nregion = \"eu-west-1\"\nstart_url = \"https://{name}.awsapps.com/start\"\n\
             [[portals.accounts]]\nid = \"{id}\"\nname = \"Only\"\nroles = [\"Admin\"]\n"
        )
    };
    let (one, two) = ("111111111111", "222222222222");
    let home = Home::scenario(&(portal("one", one) + &portal("two", two)));
    let url = "https://one.awsapps.com/start";
    let add = ["portal", "add", "x", "--start-url", url, "--region"];
    home.ok(&[&add[..], &["eu-west-1"]].concat());
    home.login("x");
    assert!(home.ok(&["list"]).contains(one));
    let config = home.read(".aws/config");
    home.write(".aws/config", &config.replace("//one.", "//two."));
    let ran = home.run(&["list"]);
    assert_eq!((ran.code, &*ran.stdout), (3, ""), "{ran:?}");
    home.login("x");
    let list = home.ok(&["list"]);
    assert!(list.contains(two) && !list.contains(one), "{list}");
    home.ok(&["sync"]);
    let config = home.read(".aws/config");
    assert!(config.contains(two) && !config.contains(one), "{config}");
}

/// `use` while the portal changes in the AWS config: the answer comes after that.
fn use_meanwhile(home: &Home, mode: &str, old: &str, new: &str) {
    let config = home.read(".aws/config");
    let changed = config.replace(old, new);
    assert_ne!(changed, config);
    home.write("changed", &changed);
    let (from, to) = (home.path("changed"), home.path(".aws/config"));
    let server = Server::start(move |_| {
        std::fs::rename(&from, &to).unwrap();
        let end = Clock::System.now().as_millisecond() + 3_600_000;
        let keys = format!(
            r#"{{"roleCredentials":{{"accessKeyId":"ASIAX","secretAccessKey":"s","sessionToken":"t","expiration":{end}}}}}"#
        );
        Answer::json(200, keys)
    });
    let mut command = home.command(ROLEDEX);
    command.args(["use", ADMIN, "--as", mode]);
    command.env("AWS_ENDPOINT_URL_SSO", &server.url);
    let ran = Ran::new(&command.output().unwrap());
    assert_eq!(ran.code, 1, "{mode} {new:?}: {ran:?}");
    assert!(ran.stderr.contains("meanwhile"), "{mode} {new:?}: {ran:?}");
    assert_eq!(home.read(".aws/config"), changed);
    assert!(!home.read(".aws/credentials").contains("ASIAX"));
    home.write(".aws/config", &config);
    // They were stored, as keys of the portal that gave them.
    std::fs::remove_dir_all(home.path(STORED)).unwrap();
}

#[test]
fn a_portal_that_changes_while_it_is_asked_gets_no_profile() {
    let home = signed_in();
    let url = home.sim.endpoints().portals[0].start_url.clone();
    for mode in ["sso", "process", "static"] {
        for (from, to) in [
            (&*url, "https://other.awsapps.com/start"),
            ("[sso-session startup]", "[sso-session renamed]"),
        ] {
            use_meanwhile(&home, mode, from, to);
        }
    }
    home.ok(&["use", ADMIN]);
}

#[test]
fn a_new_sign_in_gets_no_keys_of_the_one_before() {
    let home = signed_in();
    let before = home.ok(&["credentials", ADMIN]);
    two_profiles(&home);
    let keys = home.read(".aws/credentials");
    home.login("startup");
    let told = home.read("login.log");
    let renew = ["use", "st", "--profile", "st"];
    assert!(told.contains(&renew.join(" ")), "{told}");
    assert!(!told.contains("profile pr"), "{told}");
    assert_eq!(home.read(".aws/credentials"), keys, "programs may use them");
    assert_eq!(stored(&home), 0);
    let after = home.ok(&["credentials", ADMIN]);
    assert_ne!(after, before);
    home.ok(&renew);
    assert_ne!(home.read(".aws/credentials"), keys);
    assert_eq!(home.ok(&["credentials", "st"]), after);
}

#[test]
fn a_refreshed_token_keeps_the_keys() {
    let home = Home::scenario(
        "[sign_in]\ntoken_seconds = 60\n[[portals]]\nname = \"startup\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-1.awsapps.com/start\"\n[[portals.accounts]]\nid = \"333333333333\"\nname = \"One\"\nroles = [\"AdministratorAccess\"]\n",
    );
    home.sign_in();
    let before = home.ok(&["credentials", ADMIN]);
    let token = || {
        let requests = home.sim.requests();
        requests.iter().filter(|it| it.path == "/token").count()
    };
    let tokens = token();
    home.ok(&["list", "--refresh"]);
    assert!(token() > tokens, "the token was refreshed");
    assert_eq!(home.ok(&["credentials", ADMIN]), before);
}
