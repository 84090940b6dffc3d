//! A snapshot of the environment; the only reader of the process's own (docs/architecture.md#ambient-state).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// Environment variables as they were when the program started, or as a test says.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<OsString, OsString>);

impl std::fmt::Debug for Env {
    // The environment holds other programs' secrets (docs/requirements.md#redaction).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Env({} variables)", self.0.len())
    }
}

impl Env {
    /// The environment of this process.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment (docs/architecture.md#ambient-state)"
    )]
    pub fn from_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// Some variables of this process: a start that needs few of them copies no more.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment (docs/architecture.md#ambient-state)"
    )]
    pub fn only_from_process(names: &[&str]) -> Self {
        let set = |name: &&str| Some((OsString::from(name), std::env::var_os(name)?));
        Self(names.iter().filter_map(set).collect())
    }

    /// The path of the running program, for `credential_process` lines and hooks. Where the program
    /// was replaced while it runs, as by an upgrade, it is the path of the new one.
    ///
    /// # Errors
    /// Those of the operating system.
    #[expect(
        clippy::disallowed_methods,
        reason = "ambient state is read here only (docs/architecture.md#ambient-state)"
    )]
    pub fn current_exe() -> std::io::Result<std::path::PathBuf> {
        std::env::current_exe().map(replaced)
    }

    /// The home directory that the system has for this account, where the environment names none.
    #[must_use]
    pub(super) fn account_home() -> Option<std::path::PathBuf> {
        std::env::home_dir()
    }

    /// A variable, where it is set, not empty and valid UTF-8. Empty counts as unset, as it does
    /// for the AWS CLI.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(OsStr::new(name))?
            .to_str()
            .filter(|value| !value.is_empty())
    }

    /// A variable as the operating system has it; empty counts as unset.
    #[must_use]
    pub fn get_os(&self, name: &str) -> Option<&OsStr> {
        self.0
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// `true` if a variable is set, even to the empty string.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.0.contains_key(OsStr::new(name))
    }

    /// A program: a path as it is, a bare name in `PATH`.
    #[must_use]
    pub fn find_program(&self, name: impl AsRef<std::path::Path>) -> Option<std::path::PathBuf> {
        let path = name.as_ref();
        if path.components().count() > 1 {
            return is_program(path).then(|| path.to_owned());
        }
        std::env::split_paths(self.get_os("PATH")?)
            .map(|directory| directory.join(path))
            // An empty or relative element means the current directory, which may be an attacker's.
            .find(|program| program.is_absolute() && is_program(program))
    }

    /// All variables.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The same environment with one more variable.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// The same environment without a variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(OsStr::new(name));
        self
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// The path of a program whose file was replaced: Linux marks the path of the old file.
fn replaced(path: std::path::PathBuf) -> std::path::PathBuf {
    let unmarked = path
        .to_str()
        .and_then(|path| path.strip_suffix(" (deleted)"));
    match unmarked.map(std::path::PathBuf::from) {
        Some(new) if !path.exists() && new.exists() => new,
        _ => path,
    }
}

/// `true` in a container: Docker, Podman and Kubernetes leave marks in it.
#[must_use]
pub(crate) fn in_container(env: &Env) -> bool {
    env.is_set("KUBERNETES_SERVICE_HOST")
        || env.is_set("container")
        || ["/.dockerenv", "/run/.containerenv"]
            .into_iter()
            .any(|mark| std::path::Path::new(mark).exists())
}

/// `true` if a path leads to an executable file.
#[must_use]
pub(crate) fn is_program(path: &std::path::Path) -> bool {
    let Ok(metadata) = std::fs::metadata(path) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    metadata.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_replaced_is_the_new_one() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("roledex");
        let marked = directory.path().join("roledex (deleted)");
        assert_eq!(replaced(marked.clone()), marked, "removed, not replaced");
        let file = std::fs::File::create(&program);
        assert!(file.is_ok());
        assert_eq!(replaced(marked.clone()), program);
        assert_eq!(replaced(program.clone()), program);
        assert!(std::fs::File::create(&marked).is_ok());
        assert_eq!(replaced(marked.clone()), marked, "its real name");
    }
}
