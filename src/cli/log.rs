//! `-v` and `--log FILE`.

use super::args::Global;
use super::output::stderr_is_terminal;
use crate::config::Owners;
use crate::config::log::{self, Target};
use crate::domain::Problem;

/// Starts the log that the flags ask for. Under the full screen, stderr is only written where it is
/// not the same terminal.
pub(super) fn start(global: &Global, owners: &Owners, full_screen: bool) -> Result<(), Problem> {
    let started = match &global.log {
        Some(path) => log::start(Target::File(path, owners)),
        None if global.verbose && !(full_screen && stderr_is_terminal()) => {
            log::start(Target::Stderr)
        }
        None => Ok(()),
    };
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "roledex started");
    started
}
