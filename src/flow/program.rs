//! The program that `credential_process` lines name: this one, by a path that stays when it is upgraded, where that
//! needs no quotes, else by a link in the state directory.

use std::path::{Path, PathBuf};

use super::Flow;
use crate::config::program::lasting_path;
use crate::domain::process_line::{needs_quotes, word};
use crate::domain::text::clean;
use crate::domain::{EntryId, Problem, ProblemKind};
use crate::store::program_link;

/// This program, as a profile names it.
pub(super) struct Program {
    /// The path of the program.
    pub path: PathBuf,
    /// The name in a profile.
    pub name: ProgramName,
}

/// The name of this program in a profile.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProgramName {
    /// Its path, which needs no quotes.
    Path(String),
    /// A link to it, because its path needs quotes.
    Link(String),
    /// Its path in quotes: no link can do without them either.
    Quoted(String),
}

impl Program {
    /// `true` if a profile that names this program starts it.
    pub(super) fn is_in_place(&self) -> bool {
        match &self.name {
            ProgramName::Link(link) => program_link::leads_to(Path::new(link), &self.path),
            ProgramName::Path(_) | ProgramName::Quoted(_) => true,
        }
    }

    /// The `credential_process` line of an entry.
    pub(super) fn command(&self, id: &EntryId) -> String {
        let (ProgramName::Path(name) | ProgramName::Link(name) | ProgramName::Quoted(name)) =
            &self.name;
        format!("{} credentials {id}", word(name))
    }
}

impl Flow {
    /// This program, as profiles name it. Nothing is written.
    pub(super) fn program(&self) -> Result<Program, Problem> {
        let path = lasting_path(&self.ctx().env).map_err(|error| unwritable(error.to_string()))?;
        let name = name(&path, &program_link::path(&self.ctx().dirs.state))?;
        Ok(Program { path, name })
    }

    /// The `credential_process` line of an entry.
    pub(super) fn process_command(&self, id: &EntryId) -> Result<String, Problem> {
        Ok(self.program()?.command(id))
    }

    /// Puts the link in its place where profiles name it. Returns a warning for the user where the
    /// path of this program cannot be in a profile as it is.
    pub(super) fn link_program(&self) -> Result<Option<String>, Problem> {
        let program = self.program()?;
        match &program.name {
            ProgramName::Path(_) => Ok(None),
            ProgramName::Link(link) => {
                let written =
                    program_link::put(self.ctx().dirs.owners(), Path::new(link), &program.path)?;
                Ok(written.then(|| self.about_program(&program)).flatten())
            }
            ProgramName::Quoted(_) => Ok(self.about_program(&program)),
        }
    }

    /// The reason why a profile does not have the plain path of this program.
    pub(super) fn about_program(&self, program: &Program) -> Option<String> {
        let path = program.path.to_string_lossy();
        let path = clean(&path);
        match &program.name {
            ProgramName::Path(_) => None,
            ProgramName::Link(link) => Some(format!(
                "the path {path} needs quotes, which the AWS SDK for Go v1 cannot read: profiles name \
                 the link {}",
                self.ctx().dirs.tilde(Path::new(link))
            )),
            ProgramName::Quoted(_) => Some(format!(
                "the path {path} needs quotes: programs with the AWS SDK for Go v1 cannot use process \
                 profiles; move roledex to a path without blanks and special characters"
            )),
        }
    }
}

fn name(path: &Path, link: &Path) -> Result<ProgramName, Problem> {
    let plain = |path: &Path| {
        let path = path.to_str().filter(|path| !needs_quotes(path))?;
        Some(path.to_owned())
    };
    if let Some(path) = plain(path) {
        return Ok(ProgramName::Path(path));
    }
    if program_link::CAN_BE_MADE
        && let Some(link) = plain(link)
    {
        return Ok(ProgramName::Link(link));
    }
    let Some(path) = path.to_str() else {
        return Err(unwritable("it is not valid UTF-8".to_owned()));
    };
    if path.chars().any(char::is_control) {
        return Err(unwritable("it has control characters".to_owned()));
    }
    if path.contains(" #") || path.contains(" ;") {
        return Err(unwritable("it would start a comment".to_owned()));
    }
    Ok(ProgramName::Quoted(path.to_owned()))
}

fn unwritable(detail: String) -> Problem {
    Problem::new(
        ProblemKind::Failed,
        "the path of this program cannot be used in a profile",
    )
    .detail(detail)
    .hint("install roledex in a path with ordinary characters, or use --as sso or --as static")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_where_the_path_needs_quotes_and_the_link_does_not() {
        let name = |path: &str, link: &str| name(Path::new(path), Path::new(link));
        assert_eq!(
            name("/bin/roledex", "/h/roledex"),
            Ok(ProgramName::Path("/bin/roledex".to_owned()))
        );
        assert_eq!(
            name("/a b/roledex", "/h/roledex"),
            Ok(ProgramName::Link("/h/roledex".to_owned()))
        );
        assert_eq!(
            name("/a b/roledex", "/h h/roledex"),
            Ok(ProgramName::Quoted("/a b/roledex".to_owned()))
        );
        assert_eq!(
            name("/a #b/roledex", "/h/roledex"),
            Ok(ProgramName::Link("/h/roledex".to_owned()))
        );
        assert!(name("/a #b/roledex", "/h h/roledex").is_err());
    }
}
