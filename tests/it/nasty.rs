//! Files as people have them, and files that nobody has: what roledex leaves alone, checked by bytes
//! and by botocore.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use roledex::internals::config::{Dirs, Env};
use roledex::internals::domain::{Credentials, EntryId};
use roledex::internals::store::Error;
use roledex::internals::store::aws_files::{AwsFiles, Body, Edit, Written};

use crate::support::{self, Ran, botocore};

/// The number of generated pairs of files; `ROLEDEX_TEST_CASES` raises it.
const CASES: usize = 200;

/// The AWS files of one home.
struct Home {
    dir: tempfile::TempDir,
    files: AwsFiles,
}

impl Home {
    fn new(config: &[u8], credentials: &[u8]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let env: Env = [("HOME", dir.path())].into_iter().collect();
        let files = AwsFiles::new(&Dirs::from_env(&env).unwrap());
        fs::create_dir(dir.path().join(".aws")).unwrap();
        let home = Self { dir, files };
        for (path, bytes) in [(home.config(), config), (home.credentials(), credentials)] {
            save(&path, bytes);
        }
        home
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join(".aws/config")
    }

    fn credentials(&self) -> PathBuf {
        self.dir.path().join(".aws/credentials")
    }

    fn put(&self, name: &str, force: bool) -> Result<Written, Error> {
        self.files.edit(&[put(name, 0, force)])
    }
}

fn save(path: &Path, bytes: &[u8]) {
    fs::File::create(path).unwrap().write_all(bytes).unwrap();
}

fn entry() -> EntryId {
    "org:corp/123456789012/Admin".parse().unwrap()
}

/// A profile in one of the three modes.
fn put(name: &str, mode: usize, force: bool) -> Edit {
    let body = match mode {
        0 => Body::Sso {
            session: "corp".to_owned(),
            account: entry().account,
            role: "Admin".to_owned(),
        },
        1 => Body::Process {
            command: "\"/opt/a b/roledex\" credentials x".to_owned(),
        },
        _ => Body::Static(Credentials {
            access_key_id: "ASIAEXAMPLE".to_owned(),
            secret_access_key: "secret/+=#".into(),
            session_token: "token".into(),
            expires_at: jiff::Timestamp::from_second(1_795_226_989).unwrap(),
            obtained_at: None,
        }),
    };
    Edit::PutProfile {
        name: name.to_owned(),
        entry: entry(),
        body,
        region: Some("ap-northeast-1".to_owned()),
        output: None,
        force,
    }
}

fn nasty(name: &str) -> Vec<u8> {
    fs::read(directory().join(name)).unwrap()
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nasty")
}

/// Writes a new profile into a nasty file; returns what came after the old bytes.
fn appended(name: &str) -> (Home, String) {
    let bytes = nasty(name);
    let home = Home::new(&bytes, b"");
    home.put("new", false).unwrap();
    let after = fs::read(home.config()).unwrap();
    let added = after.strip_prefix(bytes.as_slice());
    assert!(added.is_some(), "{name}: the old bytes are not kept");
    let added = String::from_utf8(added.unwrap().to_vec()).unwrap();
    assert!(added.contains("[profile new]"), "{name}: {added}");
    // And a second time nothing changes.
    assert!(!home.put("new", false).unwrap().changed);
    // Taken back, the file is as it was.
    home.files.undo(false).unwrap().unwrap();
    assert_eq!(fs::read(home.config()).unwrap(), bytes, "{name}");
    home.put("new", false).unwrap();
    (home, added)
}

fn is_foreign(home: &Home, profile: &str) -> bool {
    matches!(home.put(profile, false), Err(Error::NotManaged { .. }))
}

#[test]
fn line_breaks_are_those_of_the_file() {
    let (home, added) = appended("crlf.config");
    assert!(added.starts_with("\r\n\r\n[profile new]\r\n"), "{added:?}");
    assert!(!added.replace("\r\n", "").contains('\n'));
    assert_eq!(home.files.read().unwrap().profiles().len(), 3);
}

#[test]
fn a_byte_order_mark_hides_no_section() {
    let (home, _) = appended("bom.config");
    let snapshot = home.files.read().unwrap();
    assert_eq!(
        snapshot.value("default", "region").as_deref(),
        Some("eu-west-1")
    );
}

#[test]
fn nested_keys_are_not_the_profiles_own() {
    let (home, _) = appended("nested.config");
    let snapshot = home.files.read().unwrap();
    assert_eq!(
        snapshot.value("tabs", "region").as_deref(),
        Some("eu-west-1")
    );
    assert_eq!(snapshot.value("tabs", "endpoint_url"), None);
    assert_eq!(snapshot.value("tabs", "max_queue_size"), None);
    // Taken over by force, the nested blocks stay.
    home.put("tabs", true).unwrap();
    let text = fs::read_to_string(home.config()).unwrap();
    let nested = "s3 =\n\tmax_concurrent_requests = 20\n\n\tmax_queue_size = 10\ndynamodb =\n    endpoint_url";
    assert!(text.contains(nested), "{text}");
}

#[test]
fn a_section_that_stands_twice_is_refused_and_others_are_written() {
    let (home, _) = appended("duplicates.config");
    let before = fs::read(home.config()).unwrap();
    for force in [false, true] {
        match home.put("twice", force) {
            Err(Error::Duplicate { lines, .. }) => assert_eq!(lines, [1, 8]),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(fs::read(home.config()).unwrap(), before);
}

#[test]
fn comments_stay_and_are_read_as_the_aws_cli_reads_them() {
    let (home, _) = appended("comments.config");
    let snapshot = home.files.read().unwrap();
    let portal = snapshot.portal("corp").unwrap();
    assert_eq!(portal.start_url, "https://corp.awsapps.com/start#/");
    assert_eq!(portal.region, "eu-west-1");
    assert_eq!(
        snapshot.value("dev", "region").as_deref(),
        Some("eu-west-1")
    );
    assert!(snapshot.profile("old").is_none());
}

#[test]
fn a_quoted_name_is_the_same_name() {
    let (home, _) = appended("quotes.config");
    for name in ["two words", "single", "spaced"] {
        assert!(is_foreign(&home, name), "{name}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_stay() {
    let (home, _) = appended("latin1.config");
    assert!(is_foreign(&home, "plain"));
}

#[test]
fn default_and_sections_of_others_stay() {
    let (home, _) = appended("foreign.config");
    assert!(is_foreign(&home, "default"));
    let snapshot = home.files.read().unwrap();
    let endpoint = snapshot.service_endpoint(Some("default"), "sso");
    assert_eq!(endpoint.as_deref(), Some("http://localhost:4566"));
}

#[test]
fn what_is_broken_stays_as_it_is() {
    let (home, _) = appended("broken.config");
    assert!(is_foreign(&home, "theirs") && is_foreign(&home, "mine"));
}

#[test]
fn keys_that_would_shadow_the_profile_go_with_force_and_come_back() {
    let bytes = nasty("shadow.credentials");
    let home = Home::new(b"", &bytes);
    assert!(is_foreign(&home, "new"));
    let written = home.put("new", true).unwrap();
    assert_eq!(written.warnings.len(), 1, "{written:?}");
    let after = fs::read_to_string(home.credentials()).unwrap();
    assert!(!after.contains("aws_access_key_id"), "{after}");
    home.files.undo(false).unwrap().unwrap();
    assert_eq!(fs::read(home.credentials()).unwrap(), bytes);
}

/// A profile, a key and its value.
type Value = (&'static str, &'static str, &'static str);

/// Files in which indentation, comments and line breaks matter, and what both botocore and roledex read in them.
const READ_ALIKE: &[(&str, &[Value])] = &[
    (
        "[profile a]\n  region = x\n  output = json\n[profile b]\n\tregion = y\n",
        &[
            ("a", "region", "x"),
            ("a", "output", "json"),
            ("b", "region", "y"),
        ],
    ),
    // Less deep than the key above is a key, deeper is more of its value.
    (
        "[profile a]\n\n    # c\n    region = x\n  output = json\n\n      more\n",
        &[("a", "region", "x"), ("a", "output", "json\n\nmore")],
    ),
    (
        "[profile a]\nregion = x\n  # ticket 42\n\t;more = 1\noutput = js\n  # c\n  on\n  # c\n",
        &[("a", "region", "x"), ("a", "output", "js\non")],
    ),
    (
        "  [profile a]\n  region = x\n  [profile b]\nregion = y\n",
        &[("a", "region", "x"), ("b", "region", "y")],
    ),
    (
        "[profile a]\nregion = x\n  [profile b]\noutput = json\n",
        &[("a", "region", "x\n[profile b]"), ("a", "output", "json")],
    ),
    (
        "[profile a]\n\u{a0}\u{a0}region = x\n\u{a0} output = json\n\u{a0}\n\x0c\n\x0b# c\n",
        &[("a", "region", "x"), ("a", "output", "json")],
    ),
    (
        "[profile a]\rregion = x\r\r\n\r  output : json\r[profile b]\rregion = y",
        &[
            ("a", "region", "x\n\n\noutput : json"),
            ("b", "region", "y"),
        ],
    ),
    (
        "[profile a]\n  services = local\n[services local]\n  sso =\n    # c\n    endpoint_url = http://x\n",
        &[
            ("a", "services", "local"),
            ("a", "endpoint_url", "http://x"),
        ],
    ),
    // The AWS CLI knows no comment after a value. The SDKs cut it from the line of a key, as roledex does; in a
    // nested section only that for JavaScript does, those for Python and Go do not.
    (
        "[profile a]\nservices = local\n[services local]\nsso =\n  endpoint_url = http://x # local\n",
        &[
            ("a", "services", "local"),
            ("a", "endpoint_url", "http://x # local"),
        ],
    ),
];

/// Prints the profiles of each file, and for the endpoint of a profile that of its `services` section.
const READER: &str = r"
import json, os
from botocore.configloader import load_config

def read(path):
    config = load_config(path)
    for profile in config['profiles'].values():
        services = config['services'].get(profile.get('services'))
        if services:
            profile['endpoint_url'] = services['sso']['endpoint_url']
    return config['profiles']

print(json.dumps([read(path) for path in sorted(os.listdir('.'))]))
";

#[test]
fn indentation_comments_and_line_breaks_are_read_as_botocore_reads_them() {
    let Some(python) = botocore() else { return };
    let room = tempfile::tempdir().unwrap();
    for (number, (text, values)) in READ_ALIKE.iter().enumerate() {
        let home = Home::new(text.as_bytes(), b"");
        let snapshot = home.files.read().unwrap();
        for (profile, key, value) in *values {
            let read = match *key {
                "endpoint_url" => snapshot.service_endpoint(Some(profile), "sso"),
                key => snapshot.value(profile, key),
            };
            // Blank lines inside of a value do not matter to anybody.
            let value = value.replace("\n\n", "\n").replace("\n\n", "\n");
            assert_eq!(read, Some(value), "{key} of {profile} in {text:?}");
        }
        let names: std::collections::BTreeSet<_> = values.iter().map(|value| value.0).collect();
        assert_eq!(snapshot.profiles().len(), names.len(), "{text:?}");
        save(&room.path().join(format!("{number:02}")), text.as_bytes());
        // Whatever roledex adds to them, botocore reads them.
        one_case(room.path(), "case", [text.as_bytes(), b""], 0, false);
        let after = fs::read(room.path().join("case/after.config")).unwrap();
        fs::remove_dir_all(room.path().join("case")).unwrap();
        save(&room.path().join(format!("{number:02}-p")), &after);
        assert!(home.put("a", true).is_ok(), "{text:?}");
        let after = fs::read(home.config()).unwrap();
        save(&room.path().join(format!("{number:02}-q")), &after);
    }
    let output = Command::new(python)
        .args(["-c", READER])
        .current_dir(room.path())
        .output();
    let ran = Ran::new(&output.unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    let read: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
    for ((text, values), read) in READ_ALIKE.iter().zip(read.chunks(3)) {
        let [before, added, forced] = read else {
            panic!("{read:?}")
        };
        for (profile, key, value) in *values {
            assert_eq!(
                before[profile][key], *value,
                "{key} of {profile} in {text:?}"
            );
            assert_eq!(
                added[profile][key], *value,
                "{key} of {profile} in {text:?}"
            );
            if *profile != "a" {
                assert_eq!(
                    forced[profile][key], *value,
                    "{key} of {profile} in {text:?}"
                );
            }
        }
        assert_eq!(added["p"]["region"], "ap-northeast-1", "{text:?}");
        assert_eq!(forced["a"]["region"], "ap-northeast-1", "{text:?}");
        let count = |read: &serde_json::Value| read.as_object().unwrap().len();
        assert_eq!(
            (count(added), count(forced)),
            (count(before) + 1, count(before)),
            "{text:?}"
        );
    }
}

#[test]
fn an_indented_portal_and_profile_are_listed_and_edited_where_they_are() {
    let home = support::Home::new("startup");
    home.sign_in();
    let indent = |text: &str| -> String {
        let is_key = |line: &str| line.starts_with(char::is_lowercase);
        let lines = text.lines().map(|line| {
            let blanks = if is_key(line) { "  " } else { "" };
            format!("{blanks}{line}\n")
        });
        lines.collect()
    };
    let config = indent(&home.read(".aws/config"));
    home.write(".aws/config", &config);
    assert!(home.ok(&["portal", "list"]).contains("startup"));
    let entry = "org:startup/333333333333/AdministratorAccess";
    home.ok(&["use", entry, "--profile", "a", "--region", "eu-west-1"]);
    let used = home.read(".aws/config");
    let with_comment = indent(&used) + "    # ticket 42\n";
    home.write(".aws/config", &with_comment);
    home.ok(&["use", entry, "--profile", "a"]);
    assert_eq!(home.read(".aws/config"), with_comment);
    home.ok(&["region", entry, "us-west-2"]);
    let moved = with_comment.replace("\n  region = eu-west-1", "\n  region = us-west-2");
    assert_ne!(moved, with_comment);
    assert_eq!(home.read(".aws/config"), moved);
    home.write(".aws/config", &used);
    home.ok(&["forget", "a"]);
    assert_eq!(home.read(".aws/config"), config);

    let edited = config.replace("sso_region = eu-west-1", "sso_region = us-east-1");
    assert_ne!(edited, config);
    home.ok(&["portal", "edit", "startup", "--region", "us-east-1"]);
    assert_eq!(home.read(".aws/config"), edited);
}

#[test]
fn a_file_in_utf_16_is_no_empty_file() {
    let home = support::Home::new("startup");
    home.sign_in();
    let text = home.read(".aws/config");
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    let bytes: Vec<u8> = [0xFF, 0xFE].into_iter().chain(units).collect();
    save(&home.path(".aws/config"), &bytes);
    for command in [
        &["list"][..],
        &["portal", "list"],
        &[
            "portal",
            "add",
            "x",
            "--start-url",
            "https://x.awsapps.com/start",
            "--region",
            "eu-west-1",
        ],
        &["use", "org:startup/333333333333/AdministratorAccess"],
        &["undo"],
        &["doctor"],
    ] {
        let ran = home.run(command);
        let said = ran.stdout.clone() + &ran.stderr;
        assert_ne!(ran.code, 0, "{ran:?}");
        assert!(
            said.contains("config is UTF-16") && said.contains("the SDKs read UTF-8"),
            "{ran:?}"
        );
        assert!(said.contains("iconv -f UTF-16 -t UTF-8 "), "{ran:?}");
        assert_eq!(fs::read(home.path(".aws/config")).unwrap(), bytes);
    }
    let hint = home.run(&["list"]).stderr;
    let line = hint
        .split_once("(umask")
        .unwrap()
        .1
        .split_once(')')
        .unwrap()
        .0;
    let mut shell = home.command("sh");
    let ran = Ran::new(
        &shell
            .args(["-c", &format!("(umask{line})")])
            .output()
            .unwrap(),
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(home.read(".aws/config"), text);
    assert!(home.ok(&["portal", "list"]).contains("startup"));
}

#[test]
fn the_table_names_just_the_files_that_there_are() {
    let table = fs::read_to_string(directory().join("README.md")).unwrap();
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert_eq!(rows.len(), 10);
    let mut named: Vec<&str> = rows
        .iter()
        .map(|row| row.split('`').nth(1).unwrap())
        .collect();
    named.sort_unstable();
    let mut files: Vec<String> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md" && !name.starts_with('.'))
        .collect();
    files.sort_unstable();
    assert_eq!(named, files);
}

const HEADERS: &[&str] = &[
    "[default]",
    "[profile p]",
    "[profile a]",
    "[profile b] # a comment",
    "[profile \"c d\"]",
    "[sso-session corp]",
    "[services local]",
    "[plugins]",
    "[p]",
    "[a]",
];

const BODIES: &[&str] = &[
    "region = eu-west-1",
    "output=json",
    "region : us-east-1 # here",
    "sso_start_url = https://corp.awsapps.com/start#/",
    "sso_region = eu-west-1 ; there",
    "s3 =\n  max_concurrent_requests = 20\n  max_queue_size = 10",
    "sso =\n    endpoint_url = http://localhost",
    "aws_access_key_id = AKIAEXAMPLE",
    "aws_secret_access_key = abc/#;def",
    "credential_process = /opt/get --json 'a b'",
    "role_arn = arn:aws:iam::123456789012:role/x",
    "roledex_entry = org:corp/123456789012/Admin",
    "# a comment",
    "; another = one",
    "duration_seconds = 900\n  # an indented comment\n\t; and = another",
    "",
    "  ",
];

/// Things that many parsers refuse.
const JUNK: &[&str] = &[
    "no separator",
    "[half",
    "= no key",
    "\tindented = first",
    "[]",
    "é = ü",
];

/// Files that botocore can mostly read: few sections are duplicates, most lines are settings.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let body = proptest::sample::subsequence(BODIES, 0..6);
    let junk = prop_oneof![
        9 => Just(None),
        1 => proptest::sample::select(JUNK).prop_map(Some),
    ];
    let indent = proptest::sample::select(&["", "", "", "  ", "\t"][..]);
    let bodies = proptest::collection::vec((body, junk, indent), HEADERS.len());
    let headers = proptest::sample::subsequence(HEADERS, 0..6).prop_shuffle();
    (headers, bodies, 0..10_u8).prop_map(|(headers, bodies, style)| {
        let mut text = String::new();
        for (header, (body, junk, indent)) in headers.into_iter().zip(bodies) {
            let body = format!("\n{}", body.join("\n")).replace('\n', &format!("\n{indent}"));
            text += &format!("{header}{body}\n");
            if let Some(junk) = junk {
                text += &format!("{junk}\n");
            }
        }
        if style == 5 {
            text = format!("  {}", text.trim_end().replace('\n', "\n  "));
        }
        if style % 3 == 0 {
            text = text.replace('\n', "\r\n");
        } else if style == 7 {
            text = text.replace('\n', "\r");
        }
        if style % 2 == 0 {
            text.truncate(text.trim_end().len());
        }
        if style == 9 {
            text.insert(0, '\u{feff}');
        }
        text.into_bytes()
    })
}

/// Compares what botocore reads before and after, for every case of a directory; prints how many it
/// could read, and what is not as it should be.
const JUDGE: &str = r"
import json, os, sys
from botocore.configloader import load_config, raw_config_parse

def read(kind, path):
    try:
        return load_config(path) if kind == 'config' else {'profiles': raw_config_parse(path)}
    except Exception:
        return None

read_well, wrong = 0, []
for case in sorted(os.listdir('.')):
    expected = json.load(open(f'{case}/expected'))
    for kind in ('config', 'credentials'):
        before, after = (read(kind, f'{case}/{when}.{kind}') for when in ('before', 'after'))
        if before is None:
            continue
        read_well += 1
        if after is None:
            wrong.append(f'{case}: {kind} cannot be read any more')
            continue
        before['profiles'].pop('p', None)
        ours = after['profiles'].pop('p', {})
        if before != after:
            wrong.append(f'{case}: {kind}: {before} became {after}')
        for key, value in expected[kind].items():
            if ours.get(key) != value:
                wrong.append(f'{case}: {kind}: {key} is {ours.get(key)!r}')
print(json.dumps({'read': read_well, 'wrong': wrong}))
";

/// Makes one edit, and leaves what was before and after in a directory. Whether it was not refused.
fn one_case(room: &Path, name: &str, files: [&[u8]; 2], mode: usize, force: bool) -> bool {
    let home = Home::new(files[0], files[1]);
    let edit = match mode {
        3 => Edit::RemoveProfile {
            name: "p".to_owned(),
        },
        mode => put("p", mode, force),
    };
    let written = home.files.edit(&[edit]);
    let after = [home.config(), home.credentials()].map(|path| fs::read(path).unwrap());
    let mut expected = serde_json::json!({"config": {}, "credentials": {}});
    if written.is_err() {
        assert_eq!(after, files);
    } else if mode < 3 {
        let entry = entry().to_string();
        expected["config"] =
            serde_json::json!({"region": "ap-northeast-1", "roledex_entry": entry});
        if mode == 2 {
            expected["credentials"] = serde_json::json!({"aws_secret_access_key": "secret/+=#"});
        }
    }
    let path = room.join(name);
    fs::create_dir(&path).unwrap();
    for (file, bytes) in [
        ("before.config", files[0]),
        ("before.credentials", files[1]),
        ("after.config", &after[0]),
        ("after.credentials", &after[1]),
        ("expected", expected.to_string().as_bytes()),
    ] {
        save(&path.join(file), bytes);
    }
    written.is_ok()
}

#[test]
fn botocore_reads_the_same_before_and_after() {
    let Some(python) = botocore() else { return };
    #[expect(
        clippy::disallowed_methods,
        reason = "a longer run is asked for by the environment"
    )]
    let cases = std::env::var("ROLEDEX_TEST_CASES");
    let cases = cases.map_or(CASES, |cases| cases.parse().unwrap());
    let room = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let strategy = (file(), file(), 0..4_usize, any::<bool>());
    let mut refused = 0;
    for case in 0..cases {
        let (config, credentials, mode, force) = strategy.new_tree(&mut runner).unwrap().current();
        let name = format!("{case:06}");
        refused += usize::from(!one_case(
            room.path(),
            &name,
            [&config, &credentials],
            mode,
            force,
        ));
    }
    for file in fs::read_dir(directory()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let files = match name.rsplit_once('.') {
            Some((_, "config")) => [nasty(&name), Vec::new()],
            Some((_, "credentials")) => [Vec::new(), nasty(&name)],
            _ => continue,
        };
        assert!(
            one_case(room.path(), &name, [&files[0], &files[1]], 0, false),
            "{name}"
        );
    }
    let output = Command::new(python)
        .args(["-c", JUDGE])
        .current_dir(room.path())
        .output();
    let ran = Ran::new(&output.unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    let judged: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(judged["wrong"], serde_json::json!([]));
    let read = judged["read"].as_u64().unwrap();
    eprintln!("{cases} pairs of files, {refused} edits refused, {read} files that botocore reads");
    assert!(
        read > u64::try_from(cases).unwrap(),
        "most files must be such that botocore reads them: {read}"
    );
    assert!(
        refused * 2 < cases,
        "most edits must not be refused: {refused}"
    );
}
