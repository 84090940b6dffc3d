//! The browser's process: its start with a profile of its own and a pipe to control it, and its end.

use std::fs::File;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use command_fds::{CommandFdExt as _, FdMapping};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::Visit;
use super::devtools::DevTools;

/// Timeout of the browser's exit.
const ENDING: Duration = Duration::from_secs(5);

/// Features of Chromium that send something to its vendor: the names of forms' fields, texts to translate, and
/// requests for the time, models, hints and lists. A feature that a browser does not know is ignored.
const DISABLED_FEATURES: &str = "--disable-features=AutofillServerCommunication,\
    CertificateTransparencyComponentUpdater,MediaRouter,NetworkTimeServiceQuerying,\
    OptimizationGuideModelDownloading,OptimizationHints,Translate";

/// Sends the browser's question for the user's Google accounts to a port that Chromium never connects to.
/// There is no switch for it. In a window, the browser would warn of this one.
const NO_GOOGLE_ACCOUNTS: &str = "--gaia-url=https://127.0.0.1:9/";

/// The browser's process. After a visit that was dropped, it is waited for in the background.
pub(super) struct Browser(Option<Child>);

impl Browser {
    /// Waits for the browser's end, of which it was told; one that does not end is killed.
    pub(super) async fn end(&mut self) -> Option<ExitStatus> {
        let status = end(self.0.as_mut()?).await;
        self.0 = None;
        status
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Without a runtime the process is at its end, too.
        if let Some(mut child) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move { end(&mut child).await });
        }
    }
}

/// Starts the browser, which holds the lock of its profile for as long as it lives.
pub(super) fn start(visit: &Visit<'_>, lock: File) -> io::Result<(Browser, DevTools)> {
    let (their_input, our_input) = io::pipe()?;
    let (our_output, their_output) = io::pipe()?;
    let mut command = std::process::Command::new(visit.program);
    command
        .arg("--remote-debugging-pipe")
        .arg({
            let mut flag = std::ffi::OsString::from("--user-data-dir=");
            flag.push(visit.profile);
            flag
        })
        .args([
            "--no-first-run",
            "--no-default-browser-check",
            "--password-store=basic",
            "--disable-background-mode",
            "--disable-sync",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-popup-blocking",
            "--disable-session-crashed-bubble",
            "--hide-crash-restore-bubble",
            // Some components are asked for even without updates: at a port that Chromium never connects to.
            "--component-updater=url-source=https://127.0.0.1:9/",
            "--disable-default-apps",
            "--disable-domain-reliability",
            "--disable-field-trial-config",
            "--no-pings",
            DISABLED_FEATURES,
        ]);
    if visit.headless {
        command.args(["--headless=new", NO_GOOGLE_ACCOUNTS]);
    }
    if rustix::process::geteuid().is_root() {
        // Chromium's sandbox refuses root; containers often have a small /dev/shm.
        command.args(["--no-sandbox", "--disable-dev-shm-usage"]);
    }
    command.arg("about:blank");
    command.env_clear();
    command.envs(visit.env.for_browsers().filter(|(name, _)| {
        // Another program's libraries break it (docs/requirements.md#installed-browser).
        *name != "LD_LIBRARY_PATH" && *name != "LD_PRELOAD"
    }));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Ctrl-C at the terminal is ours: the browser is closed when its pipe is.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
        .fd_mappings(vec![
            FdMapping {
                parent_fd: their_input.into(),
                child_fd: 3,
            },
            FdMapping {
                parent_fd: their_output.into(),
                child_fd: 4,
            },
            FdMapping {
                parent_fd: lock.into(),
                child_fd: 5,
            },
        ])
        .map_err(io::Error::other)?;
    let mut command = Command::from(command);
    let child = command.spawn()?;
    // The command holds the browser's ends, and its lock: they must be closed here for the end to be seen.
    drop(command);
    let tools = DevTools::new(our_input.into(), our_output.into())?;
    Ok((Browser(Some(child)), tools))
}

async fn end(child: &mut Child) -> Option<ExitStatus> {
    if let Ok(status) = timeout(ENDING, child.wait()).await {
        return status.ok();
    }
    tracing::info!("the browser did not close by itself");
    let _ = child.kill().await;
    None
}
