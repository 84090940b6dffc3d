//! The editor as `flow` uses it, on real files.

use std::fs;
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;

use super::syntax::Name;
use super::*;
use crate::domain::own::provider::File;
use crate::domain::profile::Mode;
use crate::domain::{Credentials, EntryId, Portal, Problem};
use crate::store::writers::Writer;

pub(super) struct Home {
    pub dir: tempfile::TempDir,
    pub files: AwsFiles,
}

impl Home {
    pub(super) fn new(config: Option<&[u8]>, credentials: Option<&[u8]>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let dirs = Dirs::from_env(&[("HOME", dir.path())].into_iter().collect()).unwrap();
        let files = AwsFiles::new(&dirs);
        for (path, bytes) in [(&files.config, config), (&files.credentials, credentials)] {
            if let Some(bytes) = bytes {
                atomic::create_private_dir(dirs.owners(), path.parent().unwrap()).unwrap();
                // Not waiting for the disk: there are thousands of homes.
                let mut file = fs::File::create(path).unwrap();
                file.write_all(bytes).unwrap();
                // Nobody saved it lately.
                file.set_modified(std::time::SystemTime::UNIX_EPOCH)
                    .unwrap();
            }
        }
        Self { dir, files }
    }

    pub(super) fn config(&self) -> String {
        String::from_utf8(fs::read(&self.files.config).unwrap()).unwrap()
    }

    pub(super) fn credentials(&self) -> String {
        String::from_utf8(fs::read(&self.files.credentials).unwrap_or_default()).unwrap()
    }

    pub(super) fn put(&self, name: &str, body: Body) -> Result<Written, Error> {
        self.files.edit(&[put(name, body, false)])
    }
}

pub(super) fn id() -> EntryId {
    "org:my-sso/123456789012/AdministratorAccess"
        .parse()
        .unwrap()
}

pub(super) fn sso() -> Body {
    Body::Sso {
        session: "my-sso".to_owned(),
        account: id().account,
        role: "AdministratorAccess".to_owned(),
    }
}

pub(super) fn keys() -> Body {
    Body::Static(Credentials {
        access_key_id: "ASIAEXAMPLE".to_owned(),
        secret_access_key: "secret/+=".into(),
        session_token: "token".into(),
        expires_at: Timestamp::from_second(1_795_226_989).unwrap(),
        obtained_at: None,
    })
}

pub(super) fn put(name: &str, body: Body, force: bool) -> Edit {
    Edit::PutProfile {
        name: name.to_owned(),
        entry: id(),
        body,
        region: Some("ap-northeast-1".to_owned()),
        output: Some("json".to_owned()),
        force,
    }
}

#[test]
fn what_was_read_shows_no_value_and_can_be_kept_without_secrets() {
    let config = b"[profile a]\nregion = eu-west-1\naws_session_token = hidden0\n";
    let credentials = b"[a]\naws_access_key_id = AK\naws_secret_access_key = hidden1\naws_session_token = hidden2\n[b]\naws_access_key_id = AK\n";
    let home = Home::new(Some(config), Some(credentials));
    let snapshot = home.files.read().unwrap();
    assert!(!format!("{snapshot:?}").contains("hidden"));
    assert!(snapshot.keys("a", File::Credentials).is_some());
    let kept = snapshot.without_secrets();
    assert!(kept.keys("a", File::Credentials).is_none());
    let value = |file, key| kept.text(file, "a", key);
    for file in [File::Config, File::Credentials] {
        for key in ["aws_secret_access_key", "aws_session_token"] {
            assert!(!value(file, key).unwrap_or_default().contains("hidden"));
        }
    }
    // What it is stays known.
    assert!(value(File::Credentials, "aws_secret_access_key").is_some());
    assert_eq!(kept.other_source("b"), Some("aws_access_key_id"));
    assert_eq!(kept.value("a", "region").as_deref(), Some("eu-west-1"));
}

#[test]
fn an_empty_machine_gets_what_aws_configure_sso_would_have_written() {
    let home = Home::new(None, None);
    let portal = Portal {
        name: "my-sso".into(),
        start_url: "https://d-1.awsapps.com/start".to_owned(),
        region: "eu-west-1".to_owned(),
        scopes: vec!["sso:account:access".to_owned()],
    };
    home.files.edit(&[Edit::PutPortal(portal.clone())]).unwrap();
    let written = home.put("AdministratorAccess-123456789012", sso()).unwrap();
    assert_eq!(
        written,
        Written {
            changed: true,
            warnings: Vec::new()
        }
    );
    assert_eq!(
        home.config(),
        "[sso-session my-sso]\n\
         sso_start_url = https://d-1.awsapps.com/start\n\
         sso_region = eu-west-1\n\
         sso_registration_scopes = sso:account:access\n\
         \n\
         [profile AdministratorAccess-123456789012]\n\
         sso_session = my-sso\n\
         sso_account_id = 123456789012\n\
         sso_role_name = AdministratorAccess\n\
         region = ap-northeast-1\n\
         output = json\n\
         roledex_entry = org:my-sso/123456789012/AdministratorAccess\n"
    );
    assert!(!home.files.credentials.exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&home.files.config), 0o600);
        assert_eq!(mode(home.files.config.parent().unwrap()), 0o700);
    }
    let snapshot = home.files.read().unwrap();
    assert_eq!(snapshot.portals(), [portal]);
    let profile = snapshot
        .profile("AdministratorAccess-123456789012")
        .unwrap();
    assert_eq!((profile.entry, profile.mode), (Some(id()), Some(Mode::Sso)));
    assert_eq!(
        home.put("AdministratorAccess-123456789012", sso()).unwrap(),
        Written::default()
    );
}

#[test]
fn the_mode_changes_and_leaves_nothing_of_the_other() {
    let home = Home::new(None, Some(b"# mine\n[other]\naws_access_key_id = AKIA\n"));
    home.put("p", sso()).unwrap();
    home.put("p", keys()).unwrap();
    assert!(!home.config().contains("sso_"), "{}", home.config());
    assert!(home.config().contains("region = ap-northeast-1"));
    assert_eq!(
        home.credentials(),
        "# mine\n[other]\naws_access_key_id = AKIA\n\n[p]\naws_access_key_id = ASIAEXAMPLE\n\
         aws_secret_access_key = secret/+=\naws_session_token = token\n\
         x_security_token_expires = 2026-11-21T02:09:49Z\n\
         roledex_entry = org:my-sso/123456789012/AdministratorAccess\n"
    );
    let profile = home.files.read().unwrap().profile("p").unwrap();
    assert_eq!(profile.mode, Some(Mode::Static));
    assert_eq!(
        profile.expires_at,
        Some(Timestamp::from_second(1_795_226_989).unwrap())
    );
    home.put(
        "p",
        Body::Process {
            command: "\"/x/roledex\" credentials y".to_owned(),
        },
    )
    .unwrap();
    assert!(!home.credentials().contains("[p]"));
    assert_eq!(
        home.files.read().unwrap().profile("p").unwrap().mode,
        Some(Mode::Process)
    );
    home.files
        .edit(&[Edit::RemoveProfile {
            name: "p".to_owned(),
        }])
        .unwrap();
    assert!(!home.config().contains("[profile p]"));
    assert!(
        home.credentials()
            .starts_with("# mine\n[other]\naws_access_key_id = AKIA\n")
    );
}

#[test]
fn what_is_not_ours_is_refused_and_unchanged() {
    let config =
        b"[profile p]\nregion = x\n[profile q]\nroledex_entry = org:my-sso/123456789012/Other\n";
    let home = Home::new(Some(config), Some(b"[k]\naws_access_key_id = AKIA\n"));
    for name in ["p", "q", "k"] {
        assert!(
            matches!(home.put(name, sso()), Err(Error::NotManaged { .. })),
            "{name}"
        );
    }
    home.files
        .edit(&[Edit::RemoveProfile {
            name: "p".to_owned(),
        }])
        .unwrap();
    assert_eq!(home.config().as_bytes(), config);
    let written = home.files.edit(&[put("k", sso(), true)]).unwrap();
    assert_eq!(
        written.warnings,
        ["removed aws_access_key_id from the profile k; to get it back, run: roledex undo"],
        "the keys would shadow it (docs/requirements.md#shadowed-profiles)"
    );
    assert_eq!(home.credentials(), "");
    home.files.edit(&[put("p", sso(), true)]).unwrap();
    let as_new = "[profile p]\nsso_session = my-sso\nsso_account_id = ";
    assert!(home.config().starts_with(as_new), "{}", home.config());
    assert!(
        home.config()
            .contains("\nregion = ap-northeast-1\noutput = json\nroledex_entry = ")
    );
}

#[test]
fn a_duplicate_section_is_refused_with_its_lines() {
    let home = Home::new(
        Some(b"[profile p]\na=1\n[profile \"p\"]\nroledex_entry = x\n"),
        None,
    );
    match home.put("p", sso()) {
        Err(Error::Duplicate { lines, .. }) => assert_eq!(lines, [1, 3]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_can_be_injected() {
    let home = Home::new(None, None);
    for role in [
        "a\n[default]\nx = y",
        "a # b",
        " a",
        "",
        "a\u{2028}b",
        "a\rb",
    ] {
        let body = Body::Sso {
            session: "s".to_owned(),
            account: id().account,
            role: role.to_owned(),
        };
        assert!(
            matches!(home.put("p", body), Err(Error::Unwritable { .. })),
            "{role:?}"
        );
    }
    for name in ["a]\n[x", "a b\"", "a\\b"] {
        assert!(
            matches!(home.put(name, sso()), Err(Error::Unwritable { .. })),
            "{name:?}"
        );
    }
    assert!(!home.files.config.exists());
}

#[test]
fn an_unreadable_file_is_an_error_and_stays() {
    let home = Home::new(None, None);
    fs::create_dir_all(&home.files.config).unwrap();
    assert!(matches!(home.put("p", sso()), Err(Error::Io { .. })));
    assert!(home.files.config.is_dir());
}

#[test]
fn a_file_that_is_not_utf_8_text_is_no_empty_file() {
    let text = "[default]\nregion = x\n";
    let units = || text.encode_utf16();
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    for (bytes, what) in [
        ([b"\xFF\xFE", little.as_slice()].concat(), "UTF-16"),
        ([b"\xFE\xFF", big.as_slice()].concat(), "UTF-16"),
        (little.clone(), "UTF-16LE"),
        (big, "UTF-16BE"),
        (
            [text.as_bytes(), little.as_slice()].concat(),
            "not a text file",
        ),
        (vec![0; 40], "not a text file"),
    ] {
        for home in [Home::new(Some(&bytes), None), Home::new(None, Some(&bytes))] {
            for problem in [
                Problem::from(home.put("p", keys()).unwrap_err()),
                home.files.read().unwrap_err().into(),
                home.files.forget_keys(|_| true).unwrap_err().into(),
                home.files.duplicates().unwrap_err().into(),
            ] {
                assert!(
                    problem.title.ends_with(&format!(" is {what}")),
                    "{problem:?}"
                );
                let hint = problem.hint.unwrap();
                assert_eq!(
                    hint.contains(&format!("-f {what} ")),
                    what.starts_with("UTF"),
                    "{hint}"
                );
            }
            let files = [&home.files.config, &home.files.credentials];
            let now: Vec<u8> = files
                .iter()
                .flat_map(|path| fs::read(path).unwrap_or_default())
                .collect();
            assert_eq!(now, bytes);
        }
    }
}

#[test]
fn what_is_forgotten_leaves_the_files_as_they_were() {
    for start in [
        "",
        "\n",
        "[a]\nx = y\n",
        "[a]\r\nx = y\r\n\r\n",
        "[a]\n  x = y\n\n\n",
        "[a]\rx = y\r",
        "# c\n",
    ] {
        let home = Home::new(Some(start.as_bytes()), Some(start.as_bytes()));
        for _ in 0..3 {
            let names = ["p", "q", "r"];
            for name in names {
                home.put(name, keys()).unwrap();
            }
            home.files.forget_keys(|_| true).unwrap();
            assert_eq!(home.credentials(), start);
            for name in ["q", "r", "p"] {
                let name = name.to_owned();
                home.files.edit(&[Edit::RemoveProfile { name }]).unwrap();
            }
            assert_eq!(home.config(), start);
            for name in names {
                home.put(name, sso()).unwrap();
            }
            let remove = names.map(|name| Edit::RemoveProfile {
                name: name.to_owned(),
            });
            home.files.edit(&remove).unwrap();
            assert_eq!(home.config(), start);
        }
    }
}

#[test]
fn many_writers_lose_nothing() {
    let home = Home::new(Some(b"# first line\n[default]\nregion = x\n"), None);
    std::thread::scope(|scope| {
        for writer in 0..16 {
            let files = home.files.clone();
            scope.spawn(move || {
                files
                    .edit(&[put(&format!("p{writer}"), sso(), false)])
                    .unwrap()
            });
        }
    });
    let names: Vec<_> = home
        .files
        .read()
        .unwrap()
        .profiles()
        .into_iter()
        .map(|p| p.name)
        .collect();
    assert_eq!(names.len(), 17, "{names:?}");
    assert!(
        home.config()
            .starts_with("# first line\n[default]\nregion = x\n")
    );
}

#[test]
fn keys_are_found_behind_all_that_is_a_blank_for_the_aws_cli() {
    let config = b"[profile p]\n\x1cregion = eu-west-1\n";
    let home = Home::new(Some(config), None);
    home.files.edit(&[put("p", sso(), true)]).unwrap();
    let profile = home.files.read().unwrap().profile("p").unwrap();
    assert_eq!(profile.entry, Some(id()));
    assert_eq!(home.config().matches("region = ").count(), 1);
}

#[test]
fn the_credentials_file_lies_over_the_config_file() {
    let config = b"[default]\nregion = a\nendpoint_url = http://a\nca_bundle = a\n[services s]\nsts =\n  endpoint_url = http://s\n";
    let credentials =
        b"[default]\nregion = b\nendpoint_url = http://b\nca_bundle =\n[q]\nservices = s\n";
    let home = Home::new(Some(config), Some(credentials));
    let snapshot = home.files.read().unwrap();
    let value = |key| snapshot.value("default", key);
    assert_eq!(value("region").as_deref(), Some("b"));
    assert_eq!(value("ca_bundle").as_deref(), Some("a"));
    let endpoint = |profile| snapshot.service_endpoint(Some(profile), "sts");
    assert_eq!(endpoint("default").as_deref(), Some("http://b"));
    assert_eq!(endpoint("q").as_deref(), Some("http://s"));
}

#[test]
fn endpoints_of_services() {
    let config = b"[profile p]\nservices = local\nendpoint_url = http://all\n[services local]\nsso =\n  endpoint_url = http://sso\ns3 =\n  endpoint_url = http://s3\n";
    let snapshot = Home::new(Some(config), None).files.read().unwrap();
    assert_eq!(
        snapshot.service_endpoint(Some("p"), "sso").as_deref(),
        Some("http://sso")
    );
    assert_eq!(
        snapshot.service_endpoint(Some("p"), "sts").as_deref(),
        Some("http://all")
    );
    assert_eq!(snapshot.service_endpoint(Some("q"), "sts"), None);
}

/// Does not wait for the disk: property tests write thousands of files.
pub(super) struct Hasty;

impl Disk for Hasty {
    fn sync(&self, _: &mut tempfile::NamedTempFile) -> std::io::Result<()> {
        Ok(())
    }

    fn sync_directory(&self, _: &Path) -> std::io::Result<()> {
        Ok(())
    }

    fn pause(&self, _: Duration) {}

    fn writer(&self, _: &Path, _: &[&Path]) -> Option<Writer> {
        None
    }
}

/// Pieces that make files like those of people, and unlike them.
const PIECES: &[&[u8]] = &[
    b"[default]\n",
    b"[profile a]\r\n",
    b"[profile p]\n",
    b"[ profile \"b c\" ] # d\n",
    b"[sso-session s]\n",
    b"[broken\n",
    b"]\n",
    b"region = eu-west-1 # here\n",
    b"s3 =\n  max = 1\n\ty = 2\r\n",
    b"  indented = 1\n  # c\n",
    b"\troledex_entry = org:my-sso/123456789012/AdministratorAccess\n",
    b"  [profile p]\n",
    b"  [profile d]\n",
    b"cr = 1\r",
    b"key: value\n",
    b"# comment ; [x]\n",
    b"\n",
    b" \t\r\n",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE = \xC3\x28\n",
    b"no newline",
    b"roledex_entry = org:my-sso/123456789012/AdministratorAccess\n",
];

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => proptest::sample::select(PIECES).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..12),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn foreign_bytes_are_identical_after_any_edit_of_any_file(
        config in proptest::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat()),
        credentials in proptest::collection::vec(piece(), 0..6).prop_map(|pieces| pieces.concat()),
        force: bool,
        with_keys: bool,
    ) {
        let home = Home::new(Some(&config), Some(&credentials));
        let body = if with_keys { keys() } else { sso() };
        let ours = [Name::Profile("p".to_owned())];
        let outside = |kind, bytes: &[u8]| Document::parse(kind, bytes).outside(&ours);
        let result = home.files.edit_on(&Hasty, &[put("p", body.clone(), force)]);
        let now_config = fs::read(&home.files.config).unwrap();
        let now_credentials = fs::read(&home.files.credentials).unwrap();
        if result.is_err() {
            prop_assert_eq!(&now_config, &config);
            prop_assert_eq!(&now_credentials, &credentials);
        } else {
            for (kind, before, now) in [
                (FileKind::Config, &config, &now_config),
                (FileKind::Credentials, &credentials, &now_credentials),
            ] {
                let (before, now) = (outside(kind, before), outside(kind, now));
                let grown = now.strip_prefix(before.as_slice());
                prop_assert!(grown.is_some_and(|g| g.iter().all(|b| matches!(b, b'\r' | b'\n'))));
            }
            let profile = home.files.read_on(&Hasty).unwrap().profile("p").unwrap();
            prop_assert_eq!(profile.entry, Some(id()));
            prop_assert_eq!(profile.region.as_deref(), Some("ap-northeast-1"));
            // A second time there is nothing to do.
            prop_assert!(!home.files.edit_on(&Hasty, &[put("p", body, force)]).unwrap().changed);
            prop_assert_eq!(&fs::read(&home.files.config).unwrap(), &now_config);
            // Taken back, both files are as they were, to the byte.
            let had_both = now_config == config && now_credentials == credentials;
            prop_assert_eq!(home.files.undo_on(&Hasty, false).unwrap().is_none(), had_both);
            prop_assert_eq!(&fs::read(&home.files.config).unwrap(), &config);
            prop_assert_eq!(&fs::read(&home.files.credentials).unwrap(), &credentials);
        }
    }
}

#[test]
#[cfg(unix)]
fn one_file_for_both_is_an_error_before_anything_is_written() {
    const CONFIG: &str = "[profile p]\nsso_session = my-sso\nroledex_entry = org:my-sso/123456789012/AdministratorAccess\n";
    let home = Home::new(Some(CONFIG.as_bytes()), None);
    let at = |name: &str| home.dir.path().join(name);
    std::os::unix::fs::symlink(&home.files.config, at("link")).unwrap();
    for credentials in [home.files.config.clone(), at("link"), at("hard")] {
        // A write ends what it was.
        let _ = fs::remove_file(at("hard"));
        fs::hard_link(&home.files.config, at("hard")).unwrap();
        let mut files = home.files.clone();
        files.credentials = credentials;
        let error = files.edit(&[put("p", keys(), false)]).unwrap_err();
        assert!(matches!(error, Error::OneFile { .. }), "{error:?}");
        assert_eq!(home.config(), CONFIG);
        // Without keys there is nothing for the second file.
        let new = put("without-keys", sso(), false);
        files.edit(std::slice::from_ref(&new)).unwrap();
        files.undo(false).unwrap();
    }
}
