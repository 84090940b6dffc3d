//! An installed browser with a private, persistent profile, driven over a pipe (docs/requirements.md#external-accounts-saml).
//!
//! Requests are watched at the browser's level, so every tab, pop-up and frame is seen. The POST to
//! AWS is stopped before it leaves, its body read, and our own page shown in its place: the console
//! never sees the response. Pages are inspected periodically for the two things that no request
//! shows: that a user has to sign in, and that the portal does not offer the app. Typed keys are
//! never read.

#[cfg(unix)]
mod devtools;
mod find;
#[cfg(any(unix, test))]
mod hosts;
#[cfg(unix)]
mod visit;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use find::find;

use super::CaptureError;
use crate::config::Env;
use crate::domain::Secret;

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

/// Captures a SAML response: the value of `SAMLResponse`, as it was posted. Dropping the future ends
/// the browser.
///
/// # Errors
/// Each end apart.
pub(crate) async fn capture(visit: &Visit<'_>) -> Result<Secret, CaptureError> {
    run(visit, Goal::Response).await.and_then(|bytes| {
        url::form_urlencoded::parse(bytes.as_bytes())
            .find(|(name, _)| name == "SAMLResponse")
            .map(|(_, value)| Secret::new(value.into_owned()))
            .filter(|value| !value.is_empty())
            .ok_or(CaptureError::NotAResponse)
    })
}

/// The listing of tiles that the portal's own page loads.
///
/// # Errors
/// Each end apart.
pub(crate) async fn listing(visit: &Visit<'_>) -> Result<String, CaptureError> {
    run(visit, Goal::Listing).await.map(|text| text.to_string())
}

/// The goal of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    Response,
    Listing,
}

#[cfg(unix)]
async fn run(visit: &Visit<'_>, goal: Goal) -> Result<zeroize::Zeroizing<String>, CaptureError> {
    if !visit.headless && !has_display(visit.env) {
        return Err(CaptureError::NoDisplay);
    }
    let _lock = lock_profile(visit.profile, visit.lock_timeout).await?;
    visit::run(visit, goal).await
}

#[cfg(not(unix))]
#[expect(clippy::unused_async, reason = "of one form with the others")]
async fn run(_: &Visit<'_>, _: Goal) -> Result<zeroize::Zeroizing<String>, CaptureError> {
    Err(CaptureError::NotStarted {
        detail:
            "roledex cannot control a browser on this system yet; use the method loopback or file"
                .to_owned(),
    })
}

/// `true` if a window can be shown.
#[must_use]
pub(crate) fn has_display(env: &Env) -> bool {
    cfg!(any(windows, target_os = "macos"))
        || env.get("DISPLAY").is_some()
        || env.get("WAYLAND_DISPLAY").is_some()
}

/// One capture at a time on a profile: a second browser would hand its page to the first one.
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
