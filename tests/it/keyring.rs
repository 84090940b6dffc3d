//! Credentials in the kernel's keyring, from outside. Where containers refuse it there is nothing to
//! test but that files take its place.

#![cfg(target_os = "linux")]
use crate::support::{Home, peer};
use roledex::internals::config::settings::StorePolicy;
use roledex::internals::config::{Clock, Ctx, Env};
use roledex::internals::domain::{Credentials, EntryId};
use roledex::internals::store::credential_store::{CredentialStore, Origin};

const ADMIN: &str = "org:startup/333333333333/AdministratorAccess";
const FILES: &str = ".local/state/roledex/credentials";

fn home(store: &str) -> Home {
    let home = Home::new("startup");
    settings(&home, store);
    home.sign_in();
    home
}

fn settings(home: &Home, store: &str) {
    home.write(
        ".config/roledex/config.toml",
        &format!("store = \"{store}\"\n"),
    );
}

fn files(home: &Home) -> usize {
    std::fs::read_dir(home.path(FILES)).map_or(0, Iterator::count)
}

/// `true` if the kernel's keyring is available.
fn keyring() -> bool {
    let home = tempfile::tempdir().unwrap();
    let env: Env = [("HOME", home.path())].into_iter().collect();
    let ctx = Ctx::new(env, Clock::System).unwrap();
    let id: EntryId = ADMIN.parse().unwrap();
    let store = CredentialStore::new(&ctx.dirs, StorePolicy::Keyring, Clock::System);
    let credentials = Credentials {
        access_key_id: "x".to_owned(),
        secret_access_key: "y".into(),
        session_token: "z".into(),
        expires_at: Clock::System.now() + std::time::Duration::from_mins(1),
        obtained_at: None,
    };
    let works = store.put(&id, &credentials, &Origin::default()).is_ok();
    let _ = store.forget(&id);
    peer("the kernel's keyring", works)
}

#[test]
fn automatic_is_the_keyring_or_a_file_and_always_works() {
    let home = home("auto");
    let first = home.ok(&["credentials", ADMIN]);
    assert_eq!(home.ok(&["credentials", ADMIN]), first, "stored");
    assert_eq!(files(&home), usize::from(!keyring()));
    home.ok(&["logout"]);
    assert_eq!(home.run(&["credentials", ADMIN]).code, 3, "forgotten");
}

#[test]
fn a_changed_setting_moves_what_is_stored_and_leaves_nothing_behind() {
    if !keyring() {
        return;
    }
    let home = home("file");
    let first = home.ok(&["credentials", ADMIN]);
    assert_eq!(files(&home), 1);
    for (store, expected) in [("keyring", 0), ("file", 1), ("auto", 0)] {
        settings(&home, store);
        assert_eq!(home.ok(&["credentials", ADMIN]), first, "{store}");
        home.ok(&["exec", ADMIN, "--", "true"]);
        assert_eq!(files(&home), expected, "{store}");
        assert_eq!(home.ok(&["credentials", ADMIN]), first, "{store}");
        let status: serde_json::Value =
            serde_json::from_str(&home.ok(&["status", "--json"])).unwrap();
        assert_eq!(status["portals"][0]["signed_in"], true);
    }
    home.ok(&["logout"]);
    assert_eq!(home.run(&["credentials", ADMIN]).code, 3);
}
