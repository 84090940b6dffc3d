//! Paths of files and directories (docs/reference.md#files): pure functions of the environment.

use std::path::{Path, PathBuf};

use super::env::Env;
use super::owners::Owners;
use crate::domain::{Problem, ProblemKind};

/// The files and directories of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// The home directory.
    pub home: PathBuf,
    /// `~/.aws/config`, or what `AWS_CONFIG_FILE` says (docs/requirements.md#file-overrides).
    pub aws_config: PathBuf,
    /// `~/.aws/credentials`, or what `AWS_SHARED_CREDENTIALS_FILE` says (docs/requirements.md#file-overrides).
    pub aws_credentials: PathBuf,
    /// `~/.aws/sso/cache`: the AWS CLI has no variable for it.
    pub sso_cache: PathBuf,
    /// `~/.aws/login/cache`, or `AWS_LOGIN_CACHE_DIRECTORY`: console sessions.
    pub login_cache: PathBuf,
    /// `$XDG_CONFIG_HOME/roledex`.
    pub config: PathBuf,
    /// `$XDG_STATE_HOME/roledex`: history, pins, credentials.
    pub state: PathBuf,
    /// `$XDG_CACHE_HOME/roledex`: the catalog.
    pub cache: PathBuf,
    /// `$XDG_DATA_HOME/roledex`: the capture browser's profile.
    pub data: PathBuf,
    owners: Owners,
}

impl Dirs {
    /// The variables that decide where files are. [`Dirs::from_env`] reads no others, except those that the
    /// paths of the AWS files name.
    pub const VARIABLES: [&str; 9] = [
        "HOME",
        "USERPROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_LOGIN_CACHE_DIRECTORY",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "XDG_CACHE_HOME",
        "XDG_DATA_HOME",
    ];

    /// The directories that an environment leads to.
    ///
    /// # Errors
    /// No home directory; a path in the home directory of another user (`~NAME`).
    pub fn from_env(env: &Env) -> Result<Self, Problem> {
        let home = home(env).ok_or_else(|| {
            Problem::new(ProblemKind::Failed, "the home directory is unknown")
                .hint("set HOME to your home directory")
        })?;
        // The XDG specification: a relative path is to be ignored.
        let xdg = |name: &str, default: &str| {
            env.get_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .unwrap_or_else(|| home.join(default))
                .join("roledex")
        };
        let aws = |name: &str, default: &str| match env.get_os(name) {
            Some(path) => expand(Path::new(path), &home, env).ok_or_else(|| {
                let title = format!("cannot find the home directory that {name} names");
                Problem::new(ProblemKind::Usage, title)
                    .detail(Path::new(path).display().to_string())
                    .hint("write the whole path; only ~ and ~/ stand for your home directory")
            }),
            None => Ok(home.join(".aws").join(default)),
        };
        let config = xdg("XDG_CONFIG_HOME", ".config");
        let state = xdg("XDG_STATE_HOME", ".local/state");
        let cache = xdg("XDG_CACHE_HOME", ".cache");
        let data = xdg("XDG_DATA_HOME", ".local/share");
        let own = [&config, &state, &cache, &data].map(Clone::clone);
        Ok(Self {
            aws_config: aws("AWS_CONFIG_FILE", "config")?,
            aws_credentials: aws("AWS_SHARED_CREDENTIALS_FILE", "credentials")?,
            sso_cache: home.join(".aws/sso/cache"),
            login_cache: aws("AWS_LOGIN_CACHE_DIRECTORY", "login/cache")?,
            owners: Owners::new(&home).with_own(own.into()),
            config,
            state,
            cache,
            data,
            home,
        })
    }

    /// The files of boto 2 in which botocore looks for keys: the one of `BOTO_CONFIG`, also if it is empty, else
    /// those of the machine and of the user.
    #[must_use]
    pub fn boto(&self, env: &Env) -> Vec<PathBuf> {
        if env.is_set("BOTO_CONFIG") {
            let path = env.get_os("BOTO_CONFIG").map(Path::new);
            return path
                .and_then(|path| expand(path, &self.home, env))
                .into_iter()
                .collect();
        }
        vec![PathBuf::from("/etc/boto.cfg"), self.home.join(".boto")]
    }

    /// Every file and directory that is read or written, with its purpose.
    #[must_use]
    pub fn named(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("aws_config", self.aws_config.clone()),
            ("aws_credentials", self.aws_credentials.clone()),
            ("tokens", self.sso_cache.clone()),
            ("console_sessions", self.login_cache.clone()),
            ("settings", self.settings_file()),
            ("state", self.state.clone()),
            ("cache", self.cache.clone()),
            ("data", self.data.clone()),
        ]
    }

    /// The settings file.
    #[must_use]
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The users whose files are read and written in this home.
    #[must_use]
    pub fn owners(&self) -> &Owners {
        &self.owners
    }

    /// A path of the environment, where a quoted `~/` is still there.
    #[must_use]
    pub fn expand_tilde(&self, path: &Path) -> PathBuf {
        match path.strip_prefix("~") {
            Ok(rest) => self.home.join(rest),
            Err(_) => path.to_owned(),
        }
    }

    /// A path as a user writes it: `~` for the home directory.
    #[must_use]
    pub fn tilde(&self, path: &Path) -> String {
        path.strip_prefix(&self.home).map_or_else(
            |_| path.display().to_string(),
            |rest| format!("~/{}", rest.display()),
        )
    }
}

fn home(env: &Env) -> Option<PathBuf> {
    let names: &[&str] = if cfg!(windows) {
        &["HOME", "USERPROFILE"]
    } else {
        &["HOME"]
    };
    names
        .iter()
        .find_map(|name| env.get_os(name).map(PathBuf::from))
        .or_else(Env::account_home)
        .filter(|path| path.is_absolute())
}

/// `~` and `~/x`, as the SDKs expand them in the two variables; `$NAME` and `${NAME}`, as the AWS CLI
/// does. A variable that is not set stays as it is written. `None` for `~NAME/x`, which some of them look up in the list of
/// users.
fn expand(path: &Path, home: &Path, env: &Env) -> Option<PathBuf> {
    if let Ok(rest) = path.strip_prefix("~") {
        return Some(home.join(rest));
    }
    match path.to_str() {
        Some(text) if text.starts_with('~') => None,
        Some(text) if text.contains('$') => Some(PathBuf::from(with_variables(text, env))),
        _ => Some(path.to_owned()),
    }
}

fn with_variables(text: &str, env: &Env) -> String {
    let mut parts = text.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let braced = part.strip_prefix('{').and_then(|part| part.split_once('}'));
        let (name, rest) = braced.unwrap_or_else(|| {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            part.split_at(part.find(|c| !is_name(c)).unwrap_or(part.len()))
        });
        match env.get(name) {
            Some(value) => out.extend([value, rest]),
            None => out.extend(["$", part]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dirs(variables: &[(&str, &str)]) -> Dirs {
        Dirs::from_env(&variables.iter().copied().collect()).unwrap()
    }

    #[test]
    fn the_defaults() {
        let dirs = dirs(&[("HOME", "/h")]);
        assert_eq!(dirs.aws_config, Path::new("/h/.aws/config"));
        assert_eq!(dirs.sso_cache, Path::new("/h/.aws/sso/cache"));
        assert_eq!(
            dirs.settings_file(),
            Path::new("/h/.config/roledex/config.toml")
        );
        assert_eq!(dirs.state, Path::new("/h/.local/state/roledex"));
        assert_eq!(dirs.tilde(Path::new("/h/.aws/config")), "~/.aws/config");
        assert_eq!(dirs.tilde(Path::new("/etc/x")), "/etc/x");
    }

    #[test]
    fn variables_in_the_paths_of_the_aws_files() {
        let config = |path: &str| {
            let env = [("HOME", "/h"), ("X", "x"), ("AWS_CONFIG_FILE", path)];
            dirs(&env).aws_config.display().to_string()
        };
        assert_eq!(config("$HOME/a"), "/h/a");
        assert_eq!(config("/${X}y/$X/c"), "/xy/x/c");
        assert_eq!(config("/$NOPE/${NOPE}/$/${X"), "/$NOPE/${NOPE}/$/${X");
    }

    #[test]
    fn the_home_of_another_user_is_not_guessed() {
        for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            let env = [("HOME", "/h"), (name, "~nobody/x/config")];
            let problem = Dirs::from_env(&env.into_iter().collect()).unwrap_err();
            assert!(problem.title.contains(name), "{problem}");
        }
        let env = [("HOME", "/h"), ("AWS_CONFIG_FILE", "./~nobody/config")];
        assert_eq!(dirs(&env).aws_config, Path::new("./~nobody/config"));
    }

    #[test]
    fn the_variables() {
        let dirs = dirs(&[
            ("HOME", "/h"),
            ("AWS_CONFIG_FILE", "~/elsewhere/config"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/x/credentials"),
            ("XDG_STATE_HOME", "/s"),
            ("XDG_CACHE_HOME", "relative/is/ignored"),
        ]);
        assert_eq!(dirs.aws_config, Path::new("/h/elsewhere/config"));
        assert_eq!(dirs.aws_credentials, Path::new("/x/credentials"));
        assert_eq!(dirs.state, Path::new("/s/roledex"));
        assert_eq!(dirs.cache, Path::new("/h/.cache/roledex"));
    }
}
