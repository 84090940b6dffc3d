//! A snapshot of the environment; the only reader of the process's own (docs/architecture.md#ambient-state).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::domain::ordered;

/// `true` if names of variables are the same in any case, as `Path` and `PATH` on Windows.
const ANY_CASE: bool = cfg!(windows);

/// The variable with the lines of a subshell's role, which it evaluates after the user's own files.
pub(crate) const LINES: &str = "ROLEDEX_LINES";

/// Environment variables as they were when the program started, or as a test sets them.
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
        Self(ordered::map(std::env::vars_os()))
    }

    /// Some variables of this process, for a start that needs only a few.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment (docs/architecture.md#ambient-state)"
    )]
    pub fn only_from_process(names: &[&str]) -> Self {
        let set = |name: &&str| Some((OsString::from(name), std::env::var_os(name)?));
        Self(ordered::map(names.iter().filter_map(set)))
    }

    /// The path of the running program. Where the program was replaced while it runs, as by an upgrade, it is the path
    /// of the new one. [`super::program::lasting_path`] is the one for lines that outlive it.
    ///
    /// # Errors
    /// Errors of the operating system.
    #[expect(
        clippy::disallowed_methods,
        reason = "ambient state is read here only (docs/architecture.md#ambient-state)"
    )]
    pub fn current_exe() -> std::io::Result<PathBuf> {
        std::env::current_exe().map(replaced)
    }

    /// The name by which this program was called: a path, or one word that was found in `PATH`.
    #[must_use]
    pub(super) fn called_as() -> Option<PathBuf> {
        std::env::args_os().next().map(PathBuf::from)
    }

    /// The home directory that the system has for this account, where the environment names none.
    #[must_use]
    pub(super) fn account_home() -> Option<PathBuf> {
        std::env::home_dir()
    }

    /// A variable, where it is set, not empty and valid UTF-8. Empty counts as unset, as it does
    /// for the AWS CLI.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_os(name)?.to_str()
    }

    /// A variable as the operating system has it; empty counts as unset.
    #[must_use]
    pub fn get_os(&self, name: &str) -> Option<&OsStr> {
        let (_, value) = self.find(name, ANY_CASE)?;
        Some(value).filter(|value| !value.is_empty())
    }

    /// A variable, with its name as the system has it.
    fn find(&self, name: &str, any_case: bool) -> Option<(&OsStr, &OsStr)> {
        let exact = self.0.get_key_value(OsStr::new(name));
        let found = exact.or_else(|| {
            let mut all = self.0.iter();
            all.find(|(other, _)| any_case && other.eq_ignore_ascii_case(name))
        })?;
        Some((found.0, found.1))
    }

    /// `true` if a variable is set, even to the empty string.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.find(name, ANY_CASE).is_some()
    }

    /// `true` in a session over SSH.
    #[must_use]
    pub fn is_ssh(&self) -> bool {
        let names = ["SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT"];
        names.into_iter().any(|name| self.get(name).is_some())
    }

    /// `true` in Linux on Windows (WSL).
    #[must_use]
    pub fn is_wsl(&self) -> bool {
        let names = ["WSL_DISTRO_NAME", "WSL_INTEROP"];
        names.into_iter().any(|name| self.get(name).is_some())
    }

    /// A program: a path as it is, a bare name in `PATH`.
    #[must_use]
    pub fn find_program(&self, name: impl AsRef<Path>) -> Option<PathBuf> {
        let path = name.as_ref();
        let extensions = if cfg!(windows) {
            extensions(path, self.get("PATHEXT"))
        } else {
            vec![String::new()]
        };
        let with_extension = |path: &Path| {
            let mut names = extensions.iter().map(|extension| {
                let mut name = path.as_os_str().to_owned();
                name.push(extension);
                PathBuf::from(name)
            });
            names.find(|path| is_program(path))
        };
        if path.components().count() > 1 {
            return with_extension(path);
        }
        std::env::split_paths(self.get_os("PATH")?)
            .map(|directory| directory.join(path))
            // An empty or relative element means the current directory, which may be an attacker's.
            .filter(|program| program.is_absolute())
            .find_map(|program| with_extension(&program))
    }

    /// All variables.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The variables for browsers and what opens them: none that gives keys, as those of AWS and the lines of a subshell.
    pub fn for_browsers(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        let gives_keys = |name: &OsStr| {
            let name = name.as_encoded_bytes();
            name.starts_with(b"AWS_") || name.starts_with(b"AMAZON_") || name == LINES.as_bytes()
        };
        self.iter().filter(move |(name, _)| !gives_keys(name))
    }

    /// The same environment with one more variable.
    #[must_use]
    pub fn with(self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        let name = name.into();
        let mut env = match name.to_str() {
            Some(name) => self.without(name),
            None => self,
        };
        env.0.insert(name, value.into());
        env
    }

    /// The same environment without a variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        if let Some((name, _)) = self.find(name, ANY_CASE) {
            let name = name.to_owned();
            self.0.remove(&name);
        }
        self
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables = variables.into_iter();
        Self(ordered::map(
            variables.map(|(name, value)| (name.into(), value.into())),
        ))
    }
}

/// Extensions for the name of a program on Windows, in the order in which they are tried: none for a
/// name with one of the extensions.
fn extensions(program: &Path, pathext: Option<&str>) -> Vec<String> {
    let all = pathext.unwrap_or(".COM;.EXE;.BAT;.CMD").split(';');
    let all: Vec<String> = all
        .filter(|one| one.starts_with('.'))
        .map(str::to_owned)
        .collect();
    let own = program.extension().and_then(OsStr::to_str);
    let has_one = own.is_some_and(|own| {
        all.iter()
            .any(|one| one.eq_ignore_ascii_case(&format!(".{own}")))
    });
    if has_one { vec![String::new()] } else { all }
}

/// The path of a program whose file was replaced: Linux marks the path of the old file.
fn replaced(path: PathBuf) -> PathBuf {
    let unmarked = path
        .to_str()
        .and_then(|path| path.strip_suffix(" (deleted)"));
    match unmarked.map(PathBuf::from) {
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
            .any(|mark| Path::new(mark).exists())
}

/// `true` if a path leads to an executable file.
#[must_use]
pub(crate) fn is_program(path: &Path) -> bool {
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
    fn names_in_any_case_and_programs_with_extensions_as_on_windows() {
        let env: Env = [("Path", "x"), ("empty", "")].into_iter().collect();
        let of = |name, any_case| env.find(name, any_case).map(|(name, _)| name);
        assert_eq!(of("PATH", true), Some(OsStr::new("Path")));
        assert_eq!(of("PATH", false), None);
        assert_eq!(of("Path", false), Some(OsStr::new("Path")));
        assert_eq!(of("PAT", true), None);
        let of = |name: &str, pathext| extensions(Path::new(name), pathext);
        assert_eq!(of("aws", Some(".EXE;.CMD")), [".EXE", ".CMD"]);
        assert_eq!(of("aws.exe", Some(".EXE;.CMD")), [""]);
        assert_eq!(of("aws.v2", Some(";.EXE")), [".EXE"]);
        assert_eq!(of("aws", None).len(), 4);
    }

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
