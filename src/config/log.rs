//! The log: ours only, to a private file or to stderr, never to the screen.
//!
//! The SDKs log requests, and requests carry tokens (docs/requirements.md#redaction): their targets are off. Nothing below `info` is
//! compiled in (`max_level_info` in Cargo.toml).

use std::fs::OpenOptions;
use std::path::Path;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::domain::{Problem, ProblemKind};

/// The destination of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// Appended to a file, which is made 0600.
    File(&'a Path),
    /// To stderr.
    Stderr,
}

/// Starts the log; a second start in one process changes nothing.
///
/// # Errors
/// A file that cannot be opened.
pub(crate) fn start(target: Target<'_>) -> Result<(), Problem> {
    let builder = tracing_subscriber::fmt().with_ansi(false).without_time();
    let ours = Targets::new().with_target("roledex", LevelFilter::INFO);
    // A test that runs several commands in one process starts it twice.
    let _ = match target {
        Target::Stderr => builder
            .with_writer(std::io::stderr)
            .finish()
            .with(ours)
            .try_init(),
        Target::File(path) => {
            let mut options = OpenOptions::new();
            options.create(true).append(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(path).map_err(|error| {
                Problem::new(
                    ProblemKind::File,
                    format!("cannot write the log {}", path.display()),
                )
                .detail(error.to_string())
                .hint("choose another file with --log")
            })?;
            builder
                .with_writer(std::sync::Mutex::new(file))
                .finish()
                .with(ours)
                .try_init()
        }
    };
    Ok(())
}
