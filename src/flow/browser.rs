//! Opening the person's browser, or saying in one line why not (B2, B3).

use std::time::Duration;

use super::Flow;
use crate::aws::start_url::is_web_page;
use crate::config::Env;
use crate::domain::{Problem, ProblemKind};

/// Some desktops' openers block until the browser ends (B2): after this long it counts as opened.
const PATIENCE: Duration = Duration::from_secs(3);

impl Flow {
    /// Opens a page in the person's browser, with its output silenced.
    ///
    /// # Errors
    /// No browser can be opened from here, and why: SSH, no display, none installed. A page that is
    /// neither `https` nor on this machine is refused: the address comes from the portal.
    pub async fn open_browser(&self, url: &str) -> Result<(), Problem> {
        let why_not = |detail: &str| {
            Problem::new(ProblemKind::Failed, "no browser was opened")
                .detail(detail)
                .hint("open the address yourself, on any device")
        };
        if !is_web_page(url) {
            return Err(why_not("the address is not a web page that can be trusted"));
        }
        if let Some(reason) = obstacle(&self.ctx().env) {
            return Err(why_not(reason));
        }
        let url = url.to_owned();
        let opening = tokio::task::spawn_blocking(move || webbrowser::open(&url));
        match tokio::time::timeout(PATIENCE, opening).await {
            Err(_) | Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(why_not(&error.to_string())),
            Ok(Err(error)) => Err(why_not(&error.to_string())),
        }
    }
}

/// Why a page that was opened from here could not come back to a port of ours (L10): the browser
/// runs on another machine, or in another network.
pub(super) fn no_way_back(env: &Env, in_container: bool) -> Option<&'static str> {
    let any = |names: &[&str]| names.iter().any(|name| env.get(name).is_some());
    if any(&["SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT"]) {
        return Some("this is an SSH session");
    }
    // Forwarding from Windows to WSL's loopback is not to be relied on.
    if is_wsl(env) {
        return Some("this is WSL, and the browser is outside of it");
    }
    if any(&["CODESPACES", "REMOTE_CONTAINERS", "GITPOD_WORKSPACE_ID"]) {
        return Some("this is a remote workspace");
    }
    if in_container {
        return Some("this is a container");
    }
    obstacle(env)
}

/// Whether this is Linux in Windows, whose browser is outside of it.
pub(super) fn is_wsl(env: &Env) -> bool {
    ["WSL_DISTRO_NAME", "WSL_INTEROP"]
        .into_iter()
        .any(|name| env.get(name).is_some())
}

/// Why a browser on this machine would not be in front of the person.
fn obstacle(env: &Env) -> Option<&'static str> {
    if env.get("BROWSER").is_some() {
        return None;
    }
    if env.get("SSH_TTY").is_some() || env.get("SSH_CONNECTION").is_some() {
        return Some("this is an SSH session");
    }
    let graphical = cfg!(any(windows, target_os = "macos"))
        || env.get("WSL_DISTRO_NAME").is_some()
        || env.get("DISPLAY").is_some()
        || env.get("WAYLAND_DISPLAY").is_some();
    (!graphical).then_some("there is no display")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_pages_are_opened() {
        for url in [
            "https://device.sso.eu-west-1.amazonaws.com/?user_code=AB",
            "http://127.0.0.1:8/device",
            "http://[::1]:8/",
        ] {
            assert!(is_web_page(url), "{url}");
        }
        for url in [
            "http://example.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "--help",
            "",
            "calc.exe",
        ] {
            assert!(!is_web_page(url), "{url}");
        }
    }

    #[test]
    fn the_browsers_flow_needs_a_way_back() {
        let env = |pairs: &[(&str, &str)], in_container| {
            no_way_back(&pairs.iter().copied().collect(), in_container)
        };
        let desktop = ("DISPLAY", ":0");
        assert_eq!(env(&[desktop], false), None);
        assert_eq!(env(&[("BROWSER", "firefox")], false), None);
        assert_eq!(env(&[desktop], true), Some("this is a container"));
        // A BROWSER that works over SSH or from WSL shows the page, but cannot come back.
        for (name, why) in [
            ("SSH_TTY", "SSH"),
            ("SSH_CONNECTION", "SSH"),
            ("WSL_DISTRO_NAME", "WSL"),
            ("CODESPACES", "remote"),
        ] {
            let found = env(&[desktop, ("BROWSER", "x"), (name, "1")], false);
            assert!(found.is_some_and(|found| found.contains(why)), "{name}");
        }
        if cfg!(target_os = "linux") {
            assert_eq!(env(&[], false), Some("there is no display"));
        }
    }

    #[test]
    fn obstacles_are_named() {
        let env = |pairs: &[(&str, &str)]| obstacle(&pairs.iter().copied().collect());
        assert_eq!(
            env(&[("SSH_TTY", "/dev/pts/1"), ("DISPLAY", ":0")]),
            Some("this is an SSH session")
        );
        assert_eq!(
            env(&[("BROWSER", "firefox"), ("SSH_TTY", "/dev/pts/1")]),
            None
        );
        assert_eq!(env(&[("WSL_DISTRO_NAME", "Debian")]), None);
        assert_eq!(env(&[("DISPLAY", ":0")]), None);
        if cfg!(target_os = "linux") {
            assert_eq!(env(&[]), Some("there is no display"));
        }
    }
}
