//! Changes taken back: exactly ours, whatever others did in between.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use crate::domain::undo::{LineChange, UndoResult};
use crate::domain::{Problem, ProblemKind};
use crate::store::Error;
use crate::store::aws_files::document::fingerprint;
use crate::store::aws_files::syntax::FileKind;
use crate::store::aws_files::tests::{Hasty, Home, id, keys, put, sso};
use crate::store::aws_files::{AwsFiles, Body, Edit};

const CONFIG: &str = "# top\n[default]\nregion = x\n\n# of a\n[profile a]\nregion = y # here\n";

fn home() -> Home {
    Home::new(Some(CONFIG.as_bytes()), None)
}

fn save(path: &Path, text: &str) {
    let mut file = fs::File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn process() -> Body {
    Body::Process {
        command: "/x credentials y".to_owned(),
    }
}

fn text(undone: &UndoResult) -> String {
    let lines = undone
        .files
        .iter()
        .flat_map(|file| file.sections.iter().flatten());
    lines.fold(String::new(), |text, line| {
        text + &format!("{}{}\n", line.change.sign(), line.text)
    })
}

#[test]
fn one_by_one_to_the_byte_back_to_the_beginning() {
    let home = Home::new(Some(CONFIG.trim_end().as_bytes()), None);
    let state = || {
        (
            home.config(),
            home.credentials(),
            home.files.credentials.exists(),
        )
    };
    let mut states = vec![state()];
    for edit in [
        put("p", sso(), false),
        put("p", keys(), false),
        put("q", process(), false),
        put("a", sso(), true),
        Edit::RemoveProfile {
            name: "p".to_owned(),
        },
    ] {
        home.files.edit(&[edit]).unwrap();
        states.push(state());
    }
    while let Some(now) = states.pop() {
        assert_eq!(state(), now);
        assert_eq!(
            home.files.undo(false).unwrap().is_some(),
            !states.is_empty()
        );
    }
}

#[test]
fn an_empty_machine_is_empty_again() {
    let home = Home::new(None, None);
    home.put("p", keys()).unwrap();
    home.files.undo(false).unwrap().unwrap();
    assert!(!home.files.config.exists() && !home.files.credentials.exists());
}

#[test]
fn what_others_did_in_other_sections_stays() {
    let home = home();
    home.put("p", sso()).unwrap();
    home.files.edit(&[put("a", process(), true)]).unwrap();
    let others = home
        .config()
        .replace("region = x", "region = x2\ncli_pager =")
        + "\n# new\n[profile new]\nregion = z\n";
    save(&home.files.config, &others);
    home.files.undo(false).unwrap().unwrap();
    home.files.undo(false).unwrap().unwrap();
    assert!(home.files.undo(false).unwrap().is_none());
    assert_eq!(
        home.config(),
        CONFIG.replace("region = x", "region = x2\ncli_pager =")
            + "\n# new\n[profile new]\nregion = z\n"
    );
}

#[test]
fn a_removed_section_comes_back_where_it_was() {
    let home = home();
    for name in ["p", "q", "r"] {
        home.put(name, sso()).unwrap();
    }
    let three = home.config();
    let remove = ["p", "q"].map(|name| Edit::RemoveProfile {
        name: name.to_owned(),
    });
    home.files.edit(&remove).unwrap();
    save(&home.files.config, &(home.config() + "# end\n"));
    home.files.undo(false).unwrap().unwrap();
    assert_eq!(home.config(), three.clone() + "# end\n");
    // Also where its neighbors were removed.
    home.files.edit(&remove).unwrap();
    save(&home.files.config, "[default]\nregion = other\n");
    home.files.undo(false).unwrap().unwrap();
    assert!(home.config().starts_with("[default]\nregion = other\n"));
    assert_eq!(home.files.read().unwrap().profiles().len(), 3);
}

#[test]
fn a_section_that_somebody_changed_since_is_not_thrown_away() {
    let home = home();
    home.put("p", sso()).unwrap();
    let theirs = home
        .config()
        .replace("[profile p]", "[profile p]\ncli_pager = less");
    save(&home.files.config, &theirs);
    let error = home.files.undo(false).unwrap_err();
    assert!(matches!(&error, Error::ChangedSince { sections, .. } if sections == &["profile p"]));
    let problem = Problem::from(error);
    assert_eq!(problem.kind, ProblemKind::NotOurs);
    assert!(problem.hint.unwrap().contains("--force"));
    assert_eq!(home.config(), theirs);
    let plan = home.files.undo_plan(true).unwrap().unwrap();
    assert!(text(&plan).contains("-cli_pager = less\n"), "{plan:?}");
    assert_eq!(home.config(), theirs, "a plan changes nothing");
    assert_eq!(home.files.undo(true).unwrap().unwrap(), plan);
    assert_eq!(home.config(), CONFIG);
    // What was thrown away by force is kept as a version.
    assert_eq!(home.files.backups.text(2, FileKind::Config), theirs);
}

#[test]
fn a_section_after_half_a_header_is_undone() {
    let home = Home::new(Some(b"[half\n"), None);
    home.put("p", sso()).unwrap();
    save(
        &home.files.config,
        &(home.config() + "[profile q]\nregion = x\n"),
    );
    home.files.undo(false).unwrap().unwrap();
    assert_eq!(home.config(), "[half\n\n[profile q]\nregion = x\n");
}

#[test]
fn what_was_taken_back_by_hand_is_passed_over() {
    let home = home();
    home.put("p", sso()).unwrap();
    let one = home.config();
    home.put("q", sso()).unwrap();
    save(&home.files.config, &one);
    home.files.undo(false).unwrap().unwrap();
    assert_eq!(home.config(), CONFIG);
}

#[test]
fn a_section_that_is_now_duplicate_is_refused() {
    let home = home();
    home.put("p", sso()).unwrap();
    save(
        &home.files.config,
        &(home.config() + "[profile p]\nregion = x\n"),
    );
    for force in [false, true] {
        assert!(home.files.undo(force).is_err());
    }
}

#[test]
fn secrets_are_kept_privately_and_never_shown() {
    let home = home();
    home.put("p", keys()).unwrap();
    home.put("p", sso()).unwrap();
    let kept = home.files.backups.version(2, FileKind::Credentials);
    let version = home.files.backups.text(2, FileKind::Credentials);
    assert!(version.contains("secret/+="));
    assert!(!String::from_utf8_lossy(&fs::read(&kept).unwrap()).contains("secret/+="));
    let undone = home.files.undo(false).unwrap().unwrap();
    let shown = text(&undone);
    assert!(shown.contains("+aws_secret_access_key = ****\n"), "{shown}");
    assert!(!format!("{undone:?}").contains("secret/+="));
    assert!(undone.files.iter().any(|file| {
        let mut lines = file.sections.iter().flatten();
        lines.any(|line| line.change == LineChange::Comes)
    }));
    let records: String = fs::read_dir(kept.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert!(
        records.contains("sections") && !records.contains("secret/"),
        "{records}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(kept.parent().unwrap()), 0o700);
        for entry in fs::read_dir(kept.parent().unwrap()).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }
}

#[test]
fn twenty_versions_and_ninety_days() {
    let home = home();
    for at in 0..24 {
        home.put(&format!("p{at}"), sso()).unwrap();
    }
    let versions = || {
        let directory = home.files.backups.version(1, FileKind::Config);
        let names = fs::read_dir(directory.parent().unwrap()).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| name.ends_with(".config-sealed"))
            .count()
    };
    assert_eq!(versions(), 20);
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for number in 5..15 {
        let path = home.files.backups.version(number, FileKind::Config);
        let record = fs::File::options()
            .append(true)
            .open(path.with_extension("json"));
        record.unwrap().set_modified(old).unwrap();
    }
    home.put("last", sso()).unwrap();
    assert_eq!(versions(), 11);
    // A version without a record is that of a writer that died.
    save(&home.files.backups.version(3, FileKind::Config), "half");
    home.put("very-last", sso()).unwrap();
    assert_eq!(versions(), 12);
    let mut undone = 0;
    while home.files.undo(false).unwrap().is_some() {
        undone += 1;
    }
    assert_eq!(undone, 12);
}

#[test]
fn a_record_that_cannot_be_understood_is_passed_over() {
    let home = home();
    home.put("p", sso()).unwrap();
    home.put("q", sso()).unwrap();
    home.put("r", sso()).unwrap();
    fs::remove_file(home.files.backups.version(3, FileKind::Config)).unwrap();
    let newest = home.files.backups.version(2, FileKind::Config);
    save(&newest.with_extension("json"), "{");
    home.files.undo(false).unwrap().unwrap();
    assert!(!home.config().contains("[profile p]") && home.config().contains("[profile q]"));
}

/// All bytes of all files below a directory.
fn everything_below(directory: &Path) -> String {
    let entries = fs::read_dir(directory).unwrap();
    let files = entries.map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return everything_below(&path);
        }
        String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
    });
    files.collect()
}

#[test]
fn no_secret_of_anybody_is_kept_in_the_clear() {
    let home = Home::new(Some(CONFIG.as_bytes()), None);
    let rotate = |at: usize| {
        let text =
            format!("[own]\naws_access_key_id = AKIDOLD\naws_secret_access_key = hidden-{at}\n");
        save(&home.files.credentials, &text);
    };
    for at in 0..3 {
        rotate(at);
        home.files.edit(&[put("p", keys(), true)]).unwrap();
        home.files.edit(&[put("own", keys(), true)]).unwrap();
        home.put("p", sso()).unwrap();
    }
    let state = &home.files.dirs.state;
    let kept = everything_below(state);
    for secret in ["hidden-", "AKIDOLD", "secret/+=", "ASIAEXAMPLE"] {
        assert!(!kept.contains(secret), "{secret}");
    }
    // What was overwritten by force comes back all the same.
    home.files.undo(false).unwrap().unwrap();
    home.files.undo(false).unwrap().unwrap();
    assert!(home.credentials().contains("hidden-2"));
    home.files.forget_versions().unwrap();
    assert!(home.files.undo(false).unwrap().is_none());
    assert_eq!(everything_below(&state.join("backups")), "");
    // And the next change can be taken back again.
    home.put("q", sso()).unwrap();
    home.files.undo(false).unwrap().unwrap();
}

#[test]
fn versions_in_the_clear_of_earlier_releases_are_removed() {
    let home = home();
    home.put("p", sso()).unwrap();
    let all = home.files.dirs.state.join("backups");
    let ours = home.files.backups.version(7, FileKind::Credentials);
    let old = [
        ours.with_file_name("000007.credentials"),
        all.join("0123456789abcdef/000001.config"),
    ];
    for act in [
        |files: &AwsFiles| drop(files.edit(&[put("q", sso(), true)]).unwrap()),
        |files: &AwsFiles| files.forget_old_keys(|_| false).unwrap(),
    ] {
        for path in &old {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            save(path, "aws_secret_access_key = hidden\n");
        }
        act(&home.files);
        assert!(!everything_below(&all).contains("hidden"));
    }
}

#[test]
fn a_version_that_lacks_lines_of_others_empties_nothing() {
    let home = Home::new(Some(b""), None);
    home.put("p", sso()).unwrap();
    // As if the empty file had been a save in flight: the record fits what is there now.
    let whole = format!("{CONFIG}\n{}", home.config());
    save(&home.files.config, &whole);
    let record = home
        .files
        .backups
        .version(1, FileKind::Config)
        .with_extension("json");
    let text = fs::read_to_string(&record).unwrap();
    let after = fingerprint(home.config().as_bytes());
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["files"][0]["after"] = after.into();
    save(&record, &json.to_string());
    home.files.undo(false).unwrap().unwrap();
    assert_eq!(home.config().trim_end(), CONFIG.trim_end());
}

/// Lines that may be between two sections.
const GAPS: &[&str] = &["", "\n", "\n", "\n\n", "# c\n", "\n# c\n"];

#[test]
fn sections_that_were_removed_together_come_back_together() {
    let entry = id();
    for gap in ["", "\n", "\n\n", "\n# c\n\n"] {
        let section = |name| format!("[profile {name}]\nroledex_entry = {entry}\n");
        let managed = format!("{}{gap}{}", section("a"), section("b"));
        for start in [
            format!("{managed}\n[profile o]\nregion = x\n"),
            format!("[profile o]\nregion = x\n\n{managed}"),
        ] {
            let home = Home::new(Some(start.as_bytes()), None);
            let remove = ["a", "b"].map(|name| Edit::RemoveProfile {
                name: name.to_owned(),
            });
            home.files.edit(&remove).unwrap();
            let others = |text: &str| text.replace("region = x", "region = y");
            save(&home.files.config, &others(&home.config()));
            home.files.undo(false).unwrap().unwrap();
            assert_eq!(home.config(), others(&start));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Any edits, each of some profiles at once, taken back one by one, with other sections changing all the time.
    #[test]
    fn undone_is_as_before_to_the_byte_whatever_others_do(
        there in proptest::collection::vec(proptest::sample::select(GAPS), 0..4),
        edits in proptest::collection::vec(proptest::collection::btree_map(0..4_usize, 0..5_usize, 1..4), 1..5),
        comes_first: bool,
        ends_blank: bool,
    ) {
        let entry = id();
        let managed = there
            .iter()
            .enumerate()
            .map(|(at, gap)| format!("[profile p{at}]\nroledex_entry = {entry}\n{gap}"));
        let managed = managed.collect::<Vec<_>>().concat();
        let end = if ends_blank { "\n" } else { "" };
        let start = if comes_first {
            format!("{managed}{CONFIG}{end}")
        } else {
            format!("{CONFIG}\n{managed}[profile o]\nregion = z\n{end}")
        };
        let home = Home::new(Some(start.as_bytes()), None);
        for profiles in edits {
            let edits: Vec<Edit> = profiles
                .into_iter()
                .map(|(name, what)| {
                    let name = format!("p{name}");
                    match what {
                        0 => put(&name, sso(), false),
                        1 => put(&name, keys(), false),
                        2 => put(&name, process(), false),
                        _ => Edit::RemoveProfile { name },
                    }
                })
                .collect();
            home.files.edit_on(&Hasty, &edits).unwrap();
        }
        let mut others = 0;
        loop {
            others += 1;
            let region = home.config().replace(" # here", &format!("{others} # here"));
            save(&home.files.config, &region);
            if home.files.undo_on(&Hasty, false).unwrap().is_none() {
                break;
            }
        }
        let changed: String = (1..=others).map(|at| at.to_string()).collect();
        prop_assert_eq!(home.config().replace(&format!("{changed} # here"), " # here"), start);
        prop_assert_eq!(home.credentials(), "");
    }
}
