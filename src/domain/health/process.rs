//! `credential_process` lines of profiles.

use crate::domain::process_line;

/// A `credential_process` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProcessFact {
    /// The profile.
    pub profile: String,
    /// Its line.
    pub command: String,
    /// For a managed profile: the line that roledex would write now.
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
pub(crate) enum ProcessFault {
    /// Its program does not exist.
    Missing(String),
    /// It is ours, and names a program other than this one.
    Elsewhere(String),
    /// It is ours, and has the path of this program in quotes that it does not need.
    Quoted,
    /// It is ours, and was edited.
    Changed,
    /// It cannot be split into words.
    Unreadable,
}

/// Checks a `credential_process` line.
#[must_use]
pub(crate) fn check_process(fact: &ProcessFact) -> Option<ProcessFault> {
    let Some(words) = process_line::split(&fact.command).filter(|words| !words.is_empty()) else {
        return Some(ProcessFault::Unreadable);
    };
    let program = words.first().cloned().unwrap_or_default();
    match &fact.ours {
        Some(ours) if *ours == fact.command => {
            (!fact.leads_here).then_some(ProcessFault::Elsewhere(program))
        }
        Some(ours) => {
            let ours = process_line::split(ours).unwrap_or_default();
            let places = [ours.first(), Some(&fact.this_program)];
            let mut places = places.into_iter().flatten();
            let file = |program: &str| program.rsplit(['/', '\\']).next().map(str::to_owned);
            Some(if ours.get(1..) != words.get(1..) {
                ProcessFault::Changed
            } else if places.clone().any(|place| *place == program) {
                ProcessFault::Quoted
            } else if places.any(|place| file(place) == file(&program)) {
                ProcessFault::Elsewhere(program)
            } else {
                ProcessFault::Changed
            })
        }
        None if fact.program_exists => None,
        None => Some(ProcessFault::Missing(program)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes() {
        let check = |command: &str, ours: Option<&str>, program_exists| {
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
        assert_eq!(check(ours, Some(ours), true), None);
        assert_eq!(
            check(ours, Some(ours), false),
            Some(ProcessFault::Elsewhere("/here/roledex".to_owned())),
            "a link that leads to another place"
        );
        for quoted in ["\"/here/roledex\"", "\"/opt/role dex\""] {
            let command = format!("{quoted} credentials org:a/1/R");
            assert_eq!(
                check(&command, Some(ours), true),
                Some(ProcessFault::Quoted)
            );
        }
        assert_eq!(
            check("\"/old/role dex\" credentials org:a/1/R", Some(ours), true),
            Some(ProcessFault::Elsewhere("/old/role dex".to_owned()))
        );
        assert_eq!(
            check("/old/roledex credentials org:a/1/R", Some(ours), true),
            Some(ProcessFault::Elsewhere("/old/roledex".to_owned()))
        );
        assert_eq!(
            check("wrap roledex credentials org:a/1/R", Some(ours), true),
            Some(ProcessFault::Changed)
        );
        assert_eq!(
            check("/x/wrapper credentials org:a/1/R", Some(ours), true),
            Some(ProcessFault::Changed)
        );
        assert_eq!(check("tool x", None, true), None);
        assert_eq!(
            check("'/no tool' x", None, false),
            Some(ProcessFault::Missing("/no tool".to_owned()))
        );
        assert_eq!(check("'x", None, true), Some(ProcessFault::Unreadable));
    }
}
