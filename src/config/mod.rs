//! Ambient state, read once: environment, directories, settings file, clock, terminal (docs/architecture.md#ambient-state).
//!
//! [`Ctx`] is built in `main` (or by a test, on a temporary directory) and passed down. No other module
//! reads the environment or the clock; `tests/it/architecture/` checks that.

pub(crate) mod build;
pub(crate) mod clock;
pub(crate) mod dirs;
pub(crate) mod env;
pub(crate) mod file;
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

use crate::domain::Problem;

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
