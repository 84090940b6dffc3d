//! Shells: their dialects, export lines, the shell integration and subshells. Knows nothing about AWS's
//! services or files.

pub(crate) mod background;
pub(crate) mod child;
pub(crate) mod current;
mod dialect;
pub(crate) mod export;
pub(crate) mod hook;
pub(crate) mod notice;
mod on_windows;
pub(crate) mod opener;
pub(crate) mod process;
pub(crate) mod quote;
pub(crate) mod subshell;
pub(crate) mod tmux;

use crate::config::Env;
use crate::domain::{Problem, ProblemKind};
pub use dialect::Shell;

/// Failures of shells.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The shell has no way to write this value.
    #[error("{name} cannot be written for {shell:?}")]
    Unquotable {
        /// The variable.
        name: String,
        /// The shell.
        shell: Shell,
    },
    /// The program could not be started.
    #[error("cannot start {program}")]
    Start {
        /// The program.
        program: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The program ended at once, with an error.
    #[error("{program} ended with exit code {code}")]
    Ended {
        /// The program.
        program: String,
        /// Its exit code.
        code: u8,
    },
    /// This system cannot replace one process by another.
    #[error("this system cannot replace a process")]
    NoReplace,
}

impl Error {
    /// The exit code that shells give: 127 for a program that is not there, 126 for one that cannot
    /// be run. `None`: the program may still be run as a child.
    #[must_use]
    pub fn exit_code(&self) -> Option<u8> {
        match self {
            Self::Start { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Some(127)
            }
            Self::Start { .. } => Some(126),
            Self::Unquotable { .. } | Self::Ended { .. } => Some(1),
            Self::NoReplace => None,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let problem = Self::new(ProblemKind::Failed, error.to_string());
        match error {
            Error::Start { source, .. } => problem
                .detail(source.to_string())
                .hint("check its name, its path and its permissions"),
            Error::Unquotable { .. } => problem
                .detail("this format cannot represent some of its characters")
                .hint("choose another format; --shell json supports every value"),
            Error::Ended { .. } | Error::NoReplace => problem,
        }
    }
}

/// The shell that will read our lines: the one that the environment names, else the login
/// shell, else POSIX syntax.
#[must_use]
pub(crate) fn detect(env: &Env) -> Shell {
    running(env)
        .or_else(|| Shell::named(login_shell(env)))
        .unwrap_or(Shell::Bash)
}

/// [`detect`], for lines that are evaluated unseen.
///
/// # Errors
/// The login shell is a C shell: none of our languages is its own.
pub(crate) fn detect_for_lines(env: &Env) -> Result<Shell, Problem> {
    let program = login_shell(env);
    if ["csh", "tcsh"].contains(&program) && running(env).is_none() {
        let title = format!("roledex has no export lines for {program}, which SHELL names");
        return Err(Problem::new(ProblemKind::Usage, title).hint(
            "run: roledex shell or roledex exec; in another shell, add its name, as in --shell bash",
        ));
    }
    Ok(detect(env))
}

/// The shell that the environment names.
fn running(env: &Env) -> Option<Shell> {
    Shell::ALL
        .into_iter()
        .find(|shell| (shell.dialect().is_running)(env))
}

/// The program of the login shell.
fn login_shell(env: &Env) -> &str {
    let path = env.get("SHELL").unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn detection() {
        let of = |pairs: &[(&str, &str)]| detect(&pairs.iter().copied().collect());
        assert_eq!(of(&[("SHELL", "/usr/bin/fish")]), Shell::Fish);
        assert_eq!(
            of(&[("SHELL", "/bin/zsh"), ("NU_VERSION", "0.100")]),
            Shell::Nu
        );
        assert_eq!(
            of(&[("SHELL", "/bin/bash"), ("XONSH_VERSION", "0.13.4")]),
            Shell::Xonsh
        );
        assert_eq!(of(&[("SHELL", "/usr/bin/elvish")]), Shell::Elvish);
        assert_eq!(of(&[("SHELL", "/bin/dash")]), Shell::Bash);
        assert_eq!(of(&[]), Shell::Bash);
    }
}
