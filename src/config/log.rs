//! The log: ours only, to a private file or to stderr, never to the screen.
//!
//! The SDKs log requests, and requests carry tokens (docs/requirements.md#redaction): their targets are off. Nothing below `info` is
//! compiled in (`max_level_info` in Cargo.toml).

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _};
use std::path::Path;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::owners::{AsOwner, Foreign, Owners};
use crate::domain::{Problem, ProblemKind};

/// The destination of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// Appended to a file, which is made 0600. It belongs to these users.
    File(&'a Path, &'a Owners),
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
        Target::File(path, owners) => {
            let file = open(path, owners).map_err(|error| {
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

/// Opens the file. No other user decides which one it is, and a pipe that nobody reads is not waited for.
fn open(path: &Path, owners: &Owners) -> io::Result<File> {
    let foreign = |foreign: Foreign| io::Error::new(io::ErrorKind::PermissionDenied, foreign);
    owners.check_directories(path).map_err(foreign)?;
    let _as_owner = AsOwner::of(owners, path);
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, super::file::non_blocking());
    let file = options.open(path).map_err(named)?;
    let metadata = file.metadata()?;
    // A terminal may be another user's, after `su`.
    if !file.is_terminal() {
        owners.check_metadata(path, &metadata).map_err(foreign)?;
    }
    #[cfg(unix)]
    {
        use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
        fcntl_setfl(&file, fcntl_getfl(&file)?.difference(OFlags::NONBLOCK))?;
    }
    Ok(file)
}

/// The system's words for a pipe that nobody reads are about a device.
#[cfg(unix)]
fn named(error: io::Error) -> io::Error {
    if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) {
        return io::Error::other("it is a pipe that nobody reads");
    }
    error
}

#[cfg(not(unix))]
fn named(error: io::Error) -> io::Error {
    error
}
