//! An installed browser with a private, persistent profile, driven over a pipe (docs/requirements.md#external-accounts-saml).
//!
//! Requests are watched at the browser's level, so every tab, pop-up and frame is seen. The POST to
//! AWS is stopped before it leaves, its body read, and our own page shown in its place: the console
//! never sees the response. Only a POST that the browser loads as a page of its own is read; those of
//! frames, and those in the background of a page, are blocked.
//!
//! Pages are inspected periodically for the two things that no request shows: that a user has to sign in,
//! and that the portal does not offer the app. The inspection runs in a JavaScript world of its own, which
//! the page cannot change. Typed keys are never read.

#[cfg(unix)]
mod devtools;
mod find;
#[cfg(any(unix, test))]
mod hosts;
#[cfg(unix)]
mod launch;
#[cfg(unix)]
mod preferences;
#[cfg(unix)]
mod visit;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use find::find;

use super::{CaptureError, Verdict};
use crate::config::Env;
use crate::domain::Secret;

/// The longest time that a browser takes to close: one that hangs is killed after five seconds.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(6);

/// Pause between two attempts to take the browser profile's lock.
const PAUSE: Duration = Duration::from_millis(100);

/// A capture: the page to open, and the browser to open it in.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(unix),
    expect(dead_code, reason = "no browser is controlled there yet")
)]
pub(crate) struct Visit<'a> {
    /// The browser, as [`find()`] found it.
    pub program: &'a Path,
    /// The directory of its profile; made 0700.
    pub profile: &'a Path,
    /// The page that starts the app, or the portal's own.
    pub url: &'a str,
    /// The host of the portal's pages, with its port where it has one.
    pub portal_host: &'a str,
    /// `true` for a capture without a window: anything that needs a user ends it.
    pub headless: bool,
    /// Timeout of the response.
    pub timeout: Duration,
    /// Timeout of the wait for another capture that uses the same browser profile.
    pub lock_timeout: Duration,
    /// The environment; the browser gets it without AWS's keys.
    pub env: &'a Env,
}

/// Captures a SAML response that a page of the browser posts to AWS. `check` gets the value of `SAMLResponse`,
/// empty if the form has none, and the origin of the page, where the browser tells; `ask` asks the user. A
/// response that is not taken gets a page and ends nothing. Dropping the future closes the browser, which saves its
/// profile before it ends.
///
/// # Errors
/// Each end apart. A question that is open at the end of the time still counts.
#[cfg(unix)]
pub(crate) async fn capture<T>(
    visit: &Visit<'_>,
    check: impl Fn(Secret, Option<String>) -> Verdict<T>,
    ask: impl AsyncFn(&T) -> bool,
) -> Result<T, CaptureError> {
    let lock = ready(visit).await?;
    visit::response(visit, lock, check, ask).await
}

/// The listing of tiles that the portal's own page loads.
///
/// # Errors
/// Each end apart.
#[cfg(unix)]
pub(crate) async fn listing(visit: &Visit<'_>) -> Result<String, CaptureError> {
    let lock = ready(visit).await?;
    visit::listing(visit, lock).await
}

#[cfg(unix)]
async fn ready(visit: &Visit<'_>) -> Result<File, CaptureError> {
    if !visit.headless && !has_display(visit.env) {
        return Err(CaptureError::NoDisplay);
    }
    let lock = lock_profile(visit.profile, visit.lock_timeout).await?;
    preferences::set(visit.profile).map_err(|error| CaptureError::Profile {
        detail: format!("{}: {error}", visit.profile.display()),
    })?;
    Ok(lock)
}

#[cfg(not(unix))]
#[expect(clippy::unused_async, reason = "of one form with the others")]
pub(crate) async fn capture<T>(
    _: &Visit<'_>,
    _: impl Fn(Secret, Option<String>) -> Verdict<T>,
    _: impl AsyncFn(&T) -> bool,
) -> Result<T, CaptureError> {
    Err(not_here())
}

#[cfg(not(unix))]
#[expect(clippy::unused_async, reason = "of one form with the others")]
pub(crate) async fn listing(_: &Visit<'_>) -> Result<String, CaptureError> {
    Err(not_here())
}

#[cfg(not(unix))]
fn not_here() -> CaptureError {
    CaptureError::NotStarted {
        detail:
            "roledex cannot control a browser on this system yet; use the method portal, loopback, console or file"
                .to_owned(),
    }
}

/// `true` if a window can be shown.
#[must_use]
pub(crate) fn has_display(env: &Env) -> bool {
    cfg!(any(windows, target_os = "macos"))
        || env.get("DISPLAY").is_some()
        || env.get("WAYLAND_DISPLAY").is_some()
}

/// One capture at a time on a profile: a second browser would hand its page to the first one. The lock ends with the
/// last process that has the file open, which is the browser.
async fn lock_profile(profile: &Path, wait: Duration) -> Result<File, CaptureError> {
    let problem = |error: std::io::Error| CaptureError::Profile {
        detail: format!("{}: {error}", profile.display()),
    };
    make_private(profile).map_err(problem)?;
    let mut options = OpenOptions::new();
    options.create(true).read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(lock_file(profile)).map_err(problem)?;
    let until = tokio::time::Instant::now() + wait;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => {}
            Err(std::fs::TryLockError::Error(error)) => return Err(problem(error)),
        }
        if tokio::time::Instant::now() >= until {
            return Err(CaptureError::Busy);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn lock_file(profile: &Path) -> PathBuf {
    profile.join("roledex.lock")
}

/// 0700 whatever it was: cookies of sign-ins live in it.
fn make_private(profile: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
        builder.mode(0o700);
        builder.create(profile)?;
        std::fs::set_permissions(profile, std::fs::Permissions::from_mode(0o700))
    }
    #[cfg(not(unix))]
    builder.create(profile)
}

/// Removes the browser's profile with every sign-in in it.
///
/// # Errors
/// [`CaptureError::Busy`] while a capture uses it, and those of the operating system.
pub(crate) async fn forget(profile: &Path) -> Result<(), CaptureError> {
    if !profile.exists() {
        return Ok(());
    }
    let _lock = lock_profile(profile, Duration::ZERO).await?;
    std::fs::remove_dir_all(profile).map_err(|error| CaptureError::Profile {
        detail: format!("{}: {error}", profile.display()),
    })
}
