//! Health checks: facts in, findings with hints out. The facts are gathered elsewhere.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::time::span;

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// All is well.
    Ok,
    /// It could not be looked at, or need not be.
    Skipped,
    /// It works, or nearly.
    Warning,
    /// It does not work, or is not safe.
    Error,
}

impl Status {
    /// The word of `--json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The subject: a stable word. Several checks may have the same.
    pub id: &'static str,
    /// Its result.
    pub state: Status,
    /// The finding.
    pub what: String,
    /// The remedy.
    pub hint: Option<String>,
}

impl Check {
    /// A check without a hint.
    #[must_use]
    pub fn new(id: &'static str, state: Status, what: impl Into<String>) -> Self {
        Self {
            id,
            state,
            what: what.into(),
            hint: None,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A file or directory, and who may touch it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileFact {
    /// Its path.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// `true` for a directory.
    pub is_directory: bool,
    /// Its use.
    pub role: FileRole,
    /// Its owner, where that is another user than we or root.
    pub foreign: Option<ForeignOwner>,
}

/// The owner of a file that must not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ForeignOwner {
    /// The end of a sentence about the file: who owns it.
    pub reason: String,
    /// The command that makes the file the user's own.
    pub fix: String,
}

/// The use of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileRole {
    /// Somebody else's directory, which we only must be able to trust.
    Surroundings,
    /// A file that we share with others, and that holds no secret.
    Shared,
    /// A file that we share with others, and that holds secrets.
    SharedSecret,
    /// Ours alone.
    Ours,
}

/// The mode that a file should have, and how serious the difference is; `None` if the mode is fine.
#[must_use]
pub(crate) fn check_mode(fact: &FileFact) -> Option<(Status, u32)> {
    let wanted = if fact.is_directory { 0o700 } else { 0o600 };
    let others = fact.mode & 0o077;
    let writable = others & 0o022 != 0;
    match fact.role {
        _ if others == 0 => None,
        // Sticky directories, as /tmp is, let nobody replace what is not theirs.
        FileRole::Surroundings if !writable || fact.mode & 0o1000 != 0 => None,
        FileRole::Surroundings => Some((Status::Error, fact.mode & 0o7755)),
        _ if writable => Some((Status::Error, wanted)),
        FileRole::SharedSecret | FileRole::Ours if !fact.is_directory => {
            Some((Status::Error, wanted))
        }
        _ => Some((Status::Warning, wanted)),
    }
}

/// One thing in the AWS files that keeps tools from reading them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The file.
    pub path: PathBuf,
    /// The section, as its header has it.
    pub section: String,
    /// The key that is there again; `None`: the section itself.
    pub key: Option<String>,
    /// The lines, counted from one.
    pub lines: Vec<usize>,
    /// `true` if the AWS CLI refuses the whole file; else it merges the two.
    pub fatal: bool,
}

impl Duplicate {
    /// The check of it.
    #[must_use]
    pub fn check(&self) -> Check {
        let lines: Vec<String> = self.lines.iter().map(usize::to_string).collect();
        let what = match &self.key {
            Some(key) => format!("{key} of [{}]", self.section),
            None => format!("[{}]", self.section),
        };
        let state = if self.fatal {
            Status::Error
        } else {
            Status::Warning
        };
        let check = Check::new(
            "duplicates",
            state,
            format!(
                "{what} appears more than once in {}, at lines {}",
                self.path.display(),
                lines.join(" and ")
            ),
        );
        check.hint(if self.fatal {
            "merge them: the AWS CLI cannot read a file with duplicates"
        } else {
            "merge them: tools read them as one"
        })
    }
}

/// A `credential_process` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProcessFact {
    /// The profile.
    pub profile: String,
    /// Its line.
    pub command: String,
    /// For a profile of ours: the line that it would have now.
    pub ours: Option<String>,
    /// The path of this program.
    pub this_program: String,
    /// `true` if the line that would be written now starts this program.
    pub leads_here: bool,
    /// `true` if its program exists.
    pub program_exists: bool,
}

/// The fault of a `credential_process` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProcessTrouble {
    /// Its program is not there.
    Missing(String),
    /// It is ours, and names another place than where this program is.
    Elsewhere(String),
    /// It is ours, and has the path of this program in quotes that it does not need.
    Quoted,
    /// It is ours, and somebody changed what it does.
    Changed,
    /// It cannot be split into words.
    Unreadable,
}

/// Judges a `credential_process` line.
#[must_use]
pub(crate) fn check_process(fact: &ProcessFact) -> Option<ProcessTrouble> {
    let Some(words) = split_command(&fact.command).filter(|words| !words.is_empty()) else {
        return Some(ProcessTrouble::Unreadable);
    };
    let program = words.first().cloned().unwrap_or_default();
    match &fact.ours {
        Some(ours) if *ours == fact.command => {
            (!fact.leads_here).then_some(ProcessTrouble::Elsewhere(program))
        }
        Some(ours) => {
            let ours = split_command(ours).unwrap_or_default();
            let places = [ours.first(), Some(&fact.this_program)];
            let mut places = places.into_iter().flatten();
            let file = |program: &str| program.rsplit(['/', '\\']).next().map(str::to_owned);
            Some(if ours.get(1..) != words.get(1..) {
                ProcessTrouble::Changed
            } else if places.clone().any(|place| *place == program) {
                ProcessTrouble::Quoted
            } else if places.any(|place| file(place) == file(&program)) {
                ProcessTrouble::Elsewhere(program)
            } else {
                ProcessTrouble::Changed
            })
        }
        None if fact.program_exists => None,
        None => Some(ProcessTrouble::Missing(program)),
    }
}

/// The words of a command, as a POSIX shell and botocore split them; nothing is expanded. `None`: a
/// quote is not closed.
#[must_use]
pub(crate) fn split_command(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = command.chars();
    while let Some(c) = characters.next() {
        match c {
            c if c.is_whitespace() => words.extend(word.take()),
            '\'' => loop {
                match characters.next()? {
                    '\'' => {
                        word.get_or_insert_default();
                        break;
                    }
                    c => word.get_or_insert_default().push(c),
                }
            },
            '"' => loop {
                match characters.next()? {
                    '"' => {
                        word.get_or_insert_default();
                        break;
                    }
                    '\\' => match characters.next()? {
                        c @ ('"' | '\\') => word.get_or_insert_default().push(c),
                        c => word.get_or_insert_default().extend(['\\', c]),
                    },
                    c => word.get_or_insert_default().push(c),
                }
            },
            '\\' => word.get_or_insert_default().push(characters.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// Judges the difference between this machine's clock and a server's.
#[must_use]
pub(crate) fn check_clock(here: Timestamp, there: Timestamp) -> Check {
    let ahead = here.as_second() - there.as_second();
    let state = match ahead.abs() {
        0..60 => return Check::new("clock", Status::Ok, "this machine's clock agrees with AWS"),
        60..300 => Status::Warning,
        _ => Status::Error,
    };
    let which = if ahead > 0 { "ahead of" } else { "behind" };
    Check::new(
        "clock",
        state,
        format!("this machine's clock is {} {which} AWS", span(ahead.abs())),
    )
    .hint("correct it; AWS rejects signed requests and SAML responses that are off by five minutes")
}

/// The terminal, as far as one is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalFact {
    /// `true` if there is one.
    pub exists: bool,
    /// `TERM`.
    pub term: Option<String>,
    /// Columns and rows.
    pub size: Option<(u16, u16)>,
    /// `true` if `NO_COLOR` is set.
    pub no_color: bool,
}

/// The smallest screen that the switcher is drawn on.
const SMALLEST: (u16, u16) = (40, 10);

/// Judges the terminal.
#[must_use]
pub(crate) fn check_terminal(fact: &TerminalFact) -> Check {
    let id = "terminal";
    if !fact.exists {
        return Check::new(id, Status::Skipped, "no terminal");
    }
    match fact.term.as_deref() {
        None => {
            return Check::new(id, Status::Warning, "TERM is not set")
                .hint("set TERM to your terminal's type, usually xterm-256color");
        }
        Some("dumb") => {
            return Check::new(
                id,
                Status::Warning,
                "TERM is dumb: the switcher cannot draw",
            )
            .hint("use the commands: roledex list, roledex use ENTRY");
        }
        Some(_) => {}
    }
    let colors = if fact.no_color { ", NO_COLOR" } else { "" };
    match fact.size {
        Some((columns, rows)) if columns < SMALLEST.0 || rows < SMALLEST.1 => Check::new(
            id,
            Status::Warning,
            format!("the terminal has {columns} columns and {rows} rows"),
        )
        .hint("enlarge it to at least 40 by 10"),
        Some((columns, rows)) => Check::new(
            id,
            Status::Ok,
            format!(
                "{}, {columns} columns and {rows} rows{colors}",
                fact.term.as_deref().unwrap_or_default()
            ),
        ),
        None => Check::new(
            id,
            Status::Ok,
            format!("{}{colors}", fact.term.as_deref().unwrap_or_default()),
        ),
    }
}

/// Variables that take the place of every profile.
pub(crate) const COMPETING: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// A fact about credentials in the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EnvironmentFact {
    /// Those of [`COMPETING`] that are set.
    pub competing: Vec<&'static str>,
    /// `AWS_PROFILE` or `AWS_DEFAULT_PROFILE`, and whether there is such a profile.
    pub profile: Option<(String, bool)>,
    /// `AWS_CREDENTIAL_EXPIRATION`.
    pub expires_at: Option<Timestamp>,
    /// `ROLEDEX_ENTRY`: roledex made this environment.
    pub entry: Option<String>,
}

/// Judges the environment (docs/requirements.md#one-family-of-variables).
#[must_use]
pub(crate) fn check_environment(fact: &EnvironmentFact, now: Timestamp) -> Vec<Check> {
    let id = "environment";
    let mut checks = Vec::new();
    let names = fact.competing.join(", ");
    if !fact.competing.is_empty() && fact.expires_at.is_some_and(|at| at <= now) {
        checks.push(
            Check::new(
                id,
                Status::Warning,
                format!("{names} is set, but the credentials have expired"),
            )
            .hint("remove them with eval \"$(roledex env --unset)\", or leave this shell"),
        );
    } else if !fact.competing.is_empty() && fact.entry.is_none() {
        checks.push(
            Check::new(
                id,
                Status::Warning,
                format!("{names} is set; tools use it instead of any profile"),
            )
            .hint("if that is not intended, run: eval \"$(roledex env --unset)\""),
        );
    }
    if let Some((name, exists)) = &fact.profile {
        if !fact.competing.is_empty() {
            checks.push(
                Check::new(
                    id,
                    Status::Warning,
                    format!("AWS_PROFILE is {name}, and {names} is set too; tools disagree on which one to use"),
                )
                .hint("unset one of the two"),
            );
        }
        if !exists {
            checks.push(
                Check::new(
                    id,
                    Status::Error,
                    format!("AWS_PROFILE is {name}, but that profile does not exist"),
                )
                .hint("unset AWS_PROFILE, or create the profile: roledex use"),
            );
        }
    }
    if checks.is_empty() {
        let what = match &fact.entry {
            Some(entry) => format!("this shell has {entry}"),
            None => "no AWS variables override the profiles".to_owned(),
        };
        checks.push(Check::new(id, Status::Ok, what));
    }
    checks
}

/// A path for a person.
#[must_use]
pub(crate) fn shown(path: &Path, home: &Path) -> String {
    path.strip_prefix(home).map_or_else(
        |_| path.display().to_string(),
        |rest| format!("~/{}", rest.display()),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn modes() {
        let judge = |mode, is_directory, role| {
            check_mode(&FileFact {
                path: PathBuf::new(),
                mode,
                is_directory,
                role,
                foreign: None,
            })
        };
        assert_eq!(judge(0o600, false, FileRole::Ours), None);
        assert_eq!(judge(0o700, true, FileRole::Ours), None);
        assert_eq!(
            judge(0o640, false, FileRole::SharedSecret),
            Some((Status::Error, 0o600))
        );
        assert_eq!(
            judge(0o644, false, FileRole::Shared),
            Some((Status::Warning, 0o600))
        );
        assert_eq!(
            judge(0o664, false, FileRole::Shared),
            Some((Status::Error, 0o600))
        );
        assert_eq!(
            judge(0o755, true, FileRole::Ours),
            Some((Status::Warning, 0o700))
        );
        assert_eq!(judge(0o755, true, FileRole::Surroundings), None);
        assert_eq!(judge(0o1777, true, FileRole::Surroundings), None);
        assert_eq!(
            judge(0o777, true, FileRole::Surroundings),
            Some((Status::Error, 0o755))
        );
    }

    #[test]
    fn processes() {
        let judge = |command: &str, ours: Option<&str>, program_exists| {
            check_process(&ProcessFact {
                this_program: "/opt/role dex".to_owned(),
                leads_here: program_exists,
                profile: "p".to_owned(),
                command: command.to_owned(),
                ours: ours.map(str::to_owned),
                program_exists,
            })
        };
        let ours = "/here/roledex credentials org:a/1/R";
        assert_eq!(judge(ours, Some(ours), true), None);
        assert_eq!(
            judge(ours, Some(ours), false),
            Some(ProcessTrouble::Elsewhere("/here/roledex".to_owned())),
            "a link that leads to another place"
        );
        for quoted in ["\"/here/roledex\"", "\"/opt/role dex\""] {
            let command = format!("{quoted} credentials org:a/1/R");
            assert_eq!(
                judge(&command, Some(ours), true),
                Some(ProcessTrouble::Quoted)
            );
        }
        assert_eq!(
            judge("\"/old/role dex\" credentials org:a/1/R", Some(ours), true),
            Some(ProcessTrouble::Elsewhere("/old/role dex".to_owned()))
        );
        assert_eq!(
            judge("/old/roledex credentials org:a/1/R", Some(ours), true),
            Some(ProcessTrouble::Elsewhere("/old/roledex".to_owned()))
        );
        assert_eq!(
            judge("wrap roledex credentials org:a/1/R", Some(ours), true),
            Some(ProcessTrouble::Changed)
        );
        assert_eq!(
            judge("/x/wrapper credentials org:a/1/R", Some(ours), true),
            Some(ProcessTrouble::Changed)
        );
        assert_eq!(judge("tool x", None, true), None);
        assert_eq!(
            judge("'/no tool' x", None, false),
            Some(ProcessTrouble::Missing("/no tool".to_owned()))
        );
        assert_eq!(judge("'x", None, true), Some(ProcessTrouble::Unreadable));
    }

    #[test]
    fn words_of_a_command() {
        let split = |text: &str| split_command(text).unwrap();
        assert_eq!(
            split("a  b\t'c d' \"e \\\" \\x\" f\\ g ''"),
            ["a", "b", "c d", "e \" \\x", "f g", ""]
        );
        assert_eq!(split_command("a 'b"), None);
        assert_eq!(split_command("a \\"), None);
    }

    #[test]
    fn clocks() {
        assert_eq!(check_clock(at(1_000), at(1_030)).state, Status::Ok);
        assert_eq!(check_clock(at(1_000), at(1_090)).state, Status::Warning);
        let check = check_clock(at(2_000), at(1_000));
        assert_eq!(check.state, Status::Error);
        assert!(check.what.contains("16 min ahead"), "{}", check.what);
    }

    #[test]
    fn terminals() {
        let good = TerminalFact {
            exists: true,
            term: Some("xterm".to_owned()),
            size: Some((80, 24)),
            no_color: false,
        };
        assert_eq!(check_terminal(&good).state, Status::Ok);
        let small = TerminalFact {
            size: Some((39, 24)),
            ..good.clone()
        };
        assert_eq!(check_terminal(&small).state, Status::Warning);
        let dumb = TerminalFact {
            term: Some("dumb".to_owned()),
            ..good
        };
        assert_eq!(check_terminal(&dumb).state, Status::Warning);
        assert_eq!(
            check_terminal(&TerminalFact::default()).state,
            Status::Skipped
        );
    }

    #[test]
    fn environments() {
        let states = |fact: &EnvironmentFact| -> Vec<Status> {
            let checks = check_environment(fact, at(1_000));
            checks.into_iter().map(|check| check.state).collect()
        };
        let clean = EnvironmentFact::default();
        assert_eq!(states(&clean), [Status::Ok]);
        let keys = EnvironmentFact {
            competing: vec!["AWS_ACCESS_KEY_ID"],
            ..clean.clone()
        };
        assert_eq!(states(&keys), [Status::Warning]);
        let ours = EnvironmentFact {
            entry: Some("e".to_owned()),
            expires_at: Some(at(2_000)),
            ..keys.clone()
        };
        assert_eq!(states(&ours), [Status::Ok]);
        let over = EnvironmentFact {
            expires_at: Some(at(999)),
            ..ours
        };
        assert_eq!(states(&over), [Status::Warning]);
        let both = EnvironmentFact {
            profile: Some(("p".to_owned(), false)),
            ..keys
        };
        assert_eq!(
            states(&both),
            [Status::Warning, Status::Warning, Status::Error]
        );
    }

    proptest! {
        #[test]
        fn quoted_words_survive(words in proptest::collection::vec("\\PC*", 0..4)) {
            let quoted: Vec<String> = words
                .iter()
                .map(|word| format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")))
                .collect();
            prop_assert_eq!(split_command(&quoted.join(" ")), Some(words));
        }
    }
}
