//! Removing our own keys from the credentials file, whatever else is in it.
//!
//! An edit refuses a file in which it cannot tell what the change does to the rest. That must not keep
//! keys which were signed out of: a credentials file that can be written can also be cleaned.

use std::path::Path;

use super::change::{Change, changed};
use super::document::{Document, Property, Section};
use super::syntax::Name;
use super::{AwsFiles, ENTRY, Error, File, Pair, Reason, check};
use crate::domain::EntryId;
use crate::store::disk::{Disk, Machine};

/// The properties that are secret or belong to one.
pub(super) const KEYS: [&str; 5] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    "x_security_token_expires",
];

/// The properties of a `static` profile in the config file.
pub(super) const CONFIG_KEYS: [&str; 3] = ["region", "output", ENTRY];

/// The comment that replaces a key in a section that has to stay.
const REMOVED: &str = "# removed by roledex logout\n";

impl AwsFiles {
    /// Removes the keys of some entries from the credentials file, duplicates included. A section goes if
    /// nothing of the user's is in it, and if the rest of the file means the same without it. With the keys go the
    /// profiles in the config file in which the user wrote nothing, also those whose keys went earlier: without keys, SDKs
    /// would use the role of the machine in their names. Returns the names of all these profiles.
    ///
    /// # Errors
    /// Errors of the operating system. Where only the config file cannot be changed, its profiles stay.
    pub fn forget_keys(&self, is_meant: impl Fn(&EntryId) -> bool) -> Result<Vec<String>, Error> {
        self.forget_keys_on(&Machine, is_meant)
    }

    fn forget_keys_on(
        &self,
        disk: &dyn Disk,
        is_meant: impl Fn(&EntryId) -> bool,
    ) -> Result<Vec<String>, Error> {
        let forget = |in_both| {
            self.change(disk, Reason::Edit, |now| {
                Ok(self.without_keys(now, &is_meant, in_both))
            })
        };
        let (_, profiles) = forget(true).or_else(|error| {
            tracing::info!(%error, "removing keys from the credentials file alone");
            forget(false)
        })?;
        Ok(profiles)
    }

    /// The changes that remove some keys, and in both files also their profiles; and the names of the profiles.
    fn without_keys(
        &self,
        now: &Pair<File>,
        is_meant: &impl Fn(&EntryId) -> bool,
        in_both: bool,
    ) -> (Vec<Change>, Vec<String>) {
        let (file, mut changes) = (&now.credentials, Vec::new());
        let meant = sections_of(&file.document, is_meant);
        let mut names: Vec<Name> = meant.iter().map(|section| section.name.clone()).collect();
        let mut credentials = file.document.clone();
        if !meant.is_empty() {
            credentials = cleaned(&file.document, &meant, is_meant, self);
            changes.push(file.replaced_by(&credentials, &self.credentials, &names));
        }
        if in_both {
            let file = &now.config;
            let mut config = file.document.clone();
            credentials.index();
            config.index();
            let keyless: Vec<Section> = config
                .sections()
                .iter()
                .filter(|section| is_without_keys(&config, section, &credentials, is_meant))
                .cloned()
                .collect();
            let ours: Vec<Name> = keyless.iter().map(|section| section.name.clone()).collect();
            config.remove_all(&keyless);
            if !keyless.is_empty()
                && check::verify_only_ours_changed(&self.config, &file.document, &config, &ours)
                    .is_ok()
            {
                changes.push(file.replaced_by(&config, &self.config, &ours));
                names.extend(ours);
            }
        }
        let mut profiles: Vec<String> = Vec::new();
        for name in names {
            if let Name::Profile(name) = name
                && !profiles.contains(&name)
            {
                profiles.push(name);
            }
        }
        (changes, profiles)
    }
}

impl File {
    /// The change to another version in which some sections differ.
    fn replaced_by(&self, after: &Document, path: &Path, ours: &[Name]) -> Change {
        Change {
            kind: after.kind(),
            sections: changed(&self.document, after, ours),
            path: path.to_owned(),
            before: self.bytes.clone(),
            after: Some(after.bytes()),
        }
    }
}

/// True for a section of the config file, the only one of its name, that is a `static` profile of some entries and nothing
/// else, and whose keys are gone.
fn is_without_keys(
    config: &Document,
    section: &Section,
    credentials: &Document,
    is_meant: &impl Fn(&EntryId) -> bool,
) -> bool {
    let keys = credentials.named(&section.name);
    let has_key = |section: &Section| KEYS.iter().any(|key| credentials.has(section, key));
    entry_of(config, section).is_some_and(|id| is_meant(&id))
        && has_only(config, section, &CONFIG_KEYS)
        && config.named(&section.name).len() == 1
        && !keys.iter().any(has_key)
}

/// The entry that a section is managed for. An indented line of somebody else's after ours counts as a
/// part of the value, and must not hide whose keys these are.
pub(super) fn entry_of(document: &Document, section: &Section) -> Option<EntryId> {
    document.get(section, ENTRY)?.lines().next()?.parse().ok()
}

/// The managed sections of some entries that have a key.
fn sections_of(document: &Document, is_meant: &impl Fn(&EntryId) -> bool) -> Vec<Section> {
    let is_of_meant = |section: &&Section| {
        entry_of(document, section).is_some_and(|id| is_meant(&id))
            && KEYS.iter().any(|key| document.has(section, key))
    };
    let sections = document.sections().iter();
    sections.filter(is_of_meant).cloned().collect()
}

/// True if nothing of the user's is in a section of the credentials file.
fn is_all_ours(document: &Document, section: &Section) -> bool {
    let keys: Vec<&str> = KEYS.into_iter().chain([ENTRY]).collect();
    has_only(document, section, &keys)
}

/// True if a section has nothing but some keys: no key of another name, no comment.
pub(super) fn has_only(document: &Document, section: &Section, keys: &[&str]) -> bool {
    let properties = document.properties(section);
    let known = |property: &Property| {
        let mut keys = keys.iter();
        keys.any(|key| property.key.eq_ignore_ascii_case(key))
    };
    let ours: usize = properties.iter().map(|it| 1 + it.more.len()).sum();
    let lines = section.header + 1..section.end;
    let written = lines.filter(|at| !document.is_blank_line(*at)).count();
    properties.iter().all(known) && ours == written
}

/// Removes some keys from a section of ours, and the section if nothing of the user's is in it.
pub(super) fn remove_keys(document: &mut Document, section: &Section, keys: &[&'static str]) {
    if has_only(document, section, &[keys, &[ENTRY]].concat()) {
        document.remove(section);
    } else {
        let none: Vec<_> = keys.iter().map(|key| (*key, None)).collect();
        document.put(section, &none);
    }
}

/// The file without the keys of some sections.
fn cleaned(
    now: &Document,
    meant: &[Section],
    is_meant: &impl Fn(&EntryId) -> bool,
    files: &AwsFiles,
) -> Document {
    let mut after = now.clone();
    // From the last to the first, so that earlier sections keep their place.
    for section in meant.iter().rev() {
        if !is_all_ours(now, section) {
            after.put(section, &KEYS.map(|key| (key, None)));
        }
    }
    let rest = sections_of(&after, is_meant);
    after.remove_all(&rest);
    let names: Vec<Name> = meant.iter().map(|section| section.name.clone()).collect();
    if check::verify_only_ours_changed(&files.credentials, now, &after, &names).is_ok() {
        return after;
    }
    tracing::info!("removed the keys; their sections stay");
    let mut after = now.clone();
    let mut stretches = Vec::new();
    for section in meant {
        for property in now.properties(section) {
            if KEYS
                .iter()
                .any(|key| property.key.eq_ignore_ascii_case(key))
            {
                let comment = REMOVED.as_bytes().to_vec().into();
                stretches.push((property.line, property.end(), vec![comment]));
            }
        }
    }
    after.splice(stretches);
    after
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Home, id, keys, put, sso};

    /// Lines that somebody else may have in the file: broken, foreign or merely strange.
    const FOREIGN: [&str; 18] = [
        "[half",
        "half]",
        "[",
        "[]",
        "[[x]]",
        "[x] trailing = 1",
        "no separator",
        "= no key",
        "  indented = yes",
        "\tindented",
        "[foreign]\na = b\n  continued",
        "[foreign]\naws_access_key_id = AKIAFOREIGN\n",
        "[foreign]\n[foreign]",
        "\"",
        "\u{feff}[bom]",
        "a = b\r",
        "[p]\nregion = theirs",
        "[p",
    ];

    fn holds_key(text: &str) -> bool {
        ["ASIAEXAMPLE", "secret/+=", "= token"]
            .iter()
            .any(|secret| text.contains(secret))
    }

    /// The file with keys of ours between two texts of somebody else's.
    fn between(before: &str, after: &str) -> Option<Home> {
        let before = format!("{before}\n");
        let home = Home::new(None, Some(before.as_bytes()));
        home.files.edit(&[put("p", keys(), false)]).ok()?;
        let text = home.credentials() + after;
        let mut file = std::fs::File::create(&home.files.credentials).unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        // Nobody saved it lately: a new file without its last line break is waited for.
        file.set_modified(std::time::SystemTime::UNIX_EPOCH)
            .unwrap();
        Some(home)
    }

    #[test]
    fn no_foreign_line_keeps_our_keys() {
        let (mut cleaned, mut refused) = (0, 0);
        for before in FOREIGN.iter().chain([&""]) {
            for after in FOREIGN.iter().chain([&""]) {
                let Some(home) = between(before, after) else {
                    continue;
                };
                let text = home.credentials();
                assert!(holds_key(&text), "{text}");
                let edit = super::super::Edit::RemoveProfile {
                    name: "p".to_owned(),
                };
                refused += usize::from(home.files.edit(&[edit]).is_err());
                home.files.forget_keys(|entry| *entry == id()).unwrap();
                let left = home.credentials();
                assert!(!holds_key(&left), "{text:?} became {left:?}");
                let kept = |part: &str| left.contains(part.trim_end());
                // Without a header of its own, what follows is a part of our section.
                assert!(
                    kept(before) && (kept(after) || !after.starts_with('[')),
                    "{text:?} became {left:?}"
                );
                cleaned += 1;
            }
        }
        eprintln!("{cleaned} files cleaned; a plain edit was refused for {refused} of them");
        assert!(cleaned > 200 && refused > 0, "{cleaned} {refused}");
    }

    #[test]
    fn keys_of_others_stay() {
        let home = between("[other]\naws_secret_access_key = theirs", "").unwrap();
        let before = home.credentials();
        home.files.forget_keys(|entry| *entry != id()).unwrap();
        assert_eq!(home.credentials(), before);
        home.files.forget_keys(|_| true).unwrap();
        assert_eq!(
            home.credentials().trim_end(),
            "[other]\naws_secret_access_key = theirs"
        );
    }

    #[test]
    fn profiles_go_with_their_keys_also_after_a_sign_out_that_was_interrupted() {
        let home = Home::new(None, None);
        for name in ["p", "q", "mine"] {
            home.files.edit(&[put(name, keys(), false)]).unwrap();
        }
        home.files.edit(&[put("sso", sso(), false)]).unwrap();
        let config = home.config();
        let config = config.replace("[profile mine]\n", "[profile mine]\n# why\n");
        // The keys of q went, and its profile did not.
        let text = home.credentials();
        let (before, rest) = text.split_once("[q]").unwrap();
        let (_, after) = rest.split_once("[mine]").unwrap();
        let text = format!("{before}[mine]{after}");
        let home = Home::new(Some(config.as_bytes()), Some(text.as_bytes()));
        let names = home.files.forget_keys(|entry| *entry == id()).unwrap();
        assert_eq!(names, ["p", "mine", "q"]);
        assert_eq!(home.credentials(), "");
        let left = home.config();
        assert!(left.starts_with("[profile mine]\n# why\n"), "{left}");
        let (_, sso) = config.split_once("[profile sso]").unwrap();
        assert!(left.ends_with(sso), "{left}");
        assert!(!left.contains("[profile p]") && !left.contains("[profile q]"));
        let names = home.files.forget_keys(|_| true).unwrap();
        assert_eq!(names.len(), 0, "{names:?}");
    }
}
