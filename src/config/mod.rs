//! Ambient state, read once: environment, directories, settings file, clock, terminal (docs/architecture.md#ambient-state).
//!
//! [`Ctx`] is built in `main` (or by a test, on a temporary directory) and passed down. No other module
//! reads the environment or the clock; `tests/it/architecture/` checks that.

pub(crate) mod build;
pub(crate) mod clock;
pub(crate) mod console_command;
pub(crate) mod dirs;
pub(crate) mod document;
pub(crate) mod env;
pub(crate) mod file;
#[cfg(unix)]
mod links;
pub(crate) mod log;
pub(crate) mod machine;
pub(crate) mod owners;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod random;
pub(crate) mod settings;
pub(crate) mod system;
pub(crate) mod tty;

pub use clock::Clock;
pub use dirs::Dirs;
pub use env::Env;
pub(crate) use owners::Owners;
pub use settings::Settings;

use crate::domain::partition::is_host_label;
use crate::domain::{Problem, ProblemKind};

/// Everything ambient, in one value.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// A snapshot of the environment.
    pub env: Env,
    /// Paths of files and directories.
    pub dirs: Dirs,
    /// The clock.
    pub clock: Clock,
    /// The settings file, or its defaults.
    pub settings: Settings,
}

impl Ctx {
    /// The context of the running process.
    ///
    /// # Errors
    /// A home directory that cannot be found, and a settings file that cannot be read or is wrong.
    pub fn from_process() -> Result<Self, Problem> {
        Self::new(Env::from_process(), Clock::System)
    }

    /// The context of the running process with the default settings; the settings file is not read.
    ///
    /// # Errors
    /// A home directory that cannot be found.
    pub fn without_settings() -> Result<Self, Problem> {
        let env = Env::from_process();
        Ok(Self {
            dirs: Dirs::from_env(&env)?,
            env,
            clock: Clock::System,
            settings: Settings::default(),
        })
    }

    /// The region that the environment sets for new profiles: the first that fits of `AWS_REGION` and
    /// `AWS_DEFAULT_REGION`.
    ///
    /// # Errors
    /// A variable whose text cannot be a region.
    pub(crate) fn region(&self, fits: impl Fn(&str) -> bool) -> Result<Option<String>, Problem> {
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            let Some(value) = self.env.get_os(name) else {
                continue;
            };
            let text = value.to_string_lossy();
            if !is_host_label(&text) {
                let title = format!("{name} is {text:?}, which is not a region");
                return Err(Problem::new(ProblemKind::Usage, title)
                    .hint("set it to a region, such as eu-west-1, or unset it"));
            }
            if fits(&text) {
                return Ok(Some(text.into_owned()));
            }
        }
        Ok(None)
    }

    /// Requests a second to one portal: `ROLEDEX_REQUESTS_PER_SECOND`, else the setting.
    ///
    /// # Errors
    /// A variable that is not a whole number.
    pub(crate) fn requests_per_second(&self) -> Result<u32, Problem> {
        let name = "ROLEDEX_REQUESTS_PER_SECOND";
        if let Some(value) = self.env.get_os(name) {
            let text = value.to_string_lossy();
            return text.parse().map_err(|error: std::num::ParseIntError| {
                let title = format!("{name} is {text:?}, not a whole number");
                Problem::new(ProblemKind::Usage, title)
                    .detail(error.to_string())
                    .hint("set it to a whole number; 0 means no limit")
            });
        }
        let set = self.settings.requests_per_second;
        Ok(set.unwrap_or(settings::DEFAULT_REQUESTS_PER_SECOND))
    }

    /// A context made of an environment: the directories and the settings follow from it.
    ///
    /// # Errors
    /// As [`Ctx::from_process`].
    pub fn new(env: Env, clock: Clock) -> Result<Self, Problem> {
        let dirs = Dirs::from_env(&env)?;
        let settings = Settings::load(&dirs)?;
        Ok(Self {
            env,
            dirs,
            clock,
            settings,
        })
    }
}
