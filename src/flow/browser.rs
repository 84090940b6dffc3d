//! Opens the user's browser, or gives the reason why it was not opened.

use std::pin::Pin;
use std::time::Duration;

use super::Flow;
use crate::aws::start_url::web_page;
use crate::config::Env;
use crate::config::env::in_container;
use crate::domain::{Problem, ProblemKind, Secret};
use crate::serve::Peers;
use crate::serve::handover::{Error as HandoverError, Handover};
use crate::shell::child::Child;
use crate::shell::opener;

/// Time for a browser to load the one-shot page: it may have to start first, with many windows.
pub(super) const HANDOVER_TIMEOUT: Duration = Duration::from_mins(1);

/// Some desktops' openers block until the browser ends (docs/requirements.md#opening-a-browser): after this long it counts as opened.
const OPENER_TIMEOUT: Duration = Duration::from_secs(3);

/// The programs that open a page on free desktops, and browsers where there is none of them.
const OPENERS: [&str; 9] = [
    "xdg-open",
    "x-www-browser",
    "sensible-browser",
    "firefox",
    "google-chrome",
    "chromium",
    "chromium-browser",
    "microsoft-edge",
    "brave-browser",
];

/// The time in which a program of `BROWSER` or `console_command` that cannot open a page fails.
pub(super) const BROWSER_TIMEOUT: Duration = Duration::from_secs(1);

/// A one-shot page that redirects the browser while this future is polled.
pub(super) type Giving = Pin<Box<dyn Future<Output = Result<(), HandoverError>>>>;

impl Flow {
    /// The peers that the ports for the user's browser allow.
    pub(super) fn browser_peers(&self) -> Peers {
        if self.ctx().env.is_wsl() {
            Peers::UserOrRelay
        } else {
            Peers::User
        }
    }

    /// Opens a page whose address has a secret in it. Every user can read the argument list of a browser,
    /// so the browser gets a page of this machine instead, which redirects it once. Returns after the
    /// redirect.
    ///
    /// # Errors
    /// As [`Flow::open_browser`]; no browser came.
    pub async fn open_privately(&self, url: &str) -> Result<(), Problem> {
        match self.start_privately(url).await? {
            None => Ok(()),
            Some(giving) => giving.await.map_err(|error| self.not_opened(&error)),
        }
    }

    /// Opens the page of a device code, whose address has the code in it: another user who allows it with
    /// an account of their own signs us in to that. So it is opened as [`Flow::open_privately`] does, but
    /// where this is WSL or a container: those have one user, and their browser, which is outside, may not
    /// reach a page of ours.
    ///
    /// # Errors
    /// As [`Flow::open_privately`].
    pub async fn open_code_page(&self, url: &str) -> Result<(), Problem> {
        match self.start_code_page(url).await? {
            None => Ok(()),
            Some(giving) => giving.await.map_err(|error| self.not_opened(&error)),
        }
    }

    /// [`Flow::open_code_page`], returning as [`Flow::start_privately`] does.
    pub(super) async fn start_code_page(&self, url: &str) -> Result<Option<Giving>, Problem> {
        let env = &self.ctx().env;
        if env.is_wsl() || in_container(env) {
            return self.open_browser(url).await.map(|()| None);
        }
        self.start_privately(url).await
    }

    /// Starts the browser as [`Flow::open_privately`] does. A returned future has to be polled until the
    /// browser has come; `None`: it has come already.
    pub(super) async fn start_privately(&self, url: &str) -> Result<Option<Giving>, Problem> {
        let page = Handover::bind(self.browser_peers())
            .await
            .map_err(|error| self.not_opened(&error))?;
        let address = page.address();
        let mut giving: Giving = Box::pin(page.give(Secret::from(url), HANDOVER_TIMEOUT));
        // Some openers end only with the browser, which needs its answer before that.
        tokio::select! {
            opened = self.open_browser(opener::address(&address)) => opened.map(|()| Some(giving)),
            given = &mut giving => given.map(|()| None).map_err(|error| self.not_opened(&error)),
        }
    }

    fn not_opened(&self, error: &HandoverError) -> Problem {
        let detail = match self.handover_detail(error) {
            None => error.to_string(),
            Some(detail) => format!("{error}: {detail}"),
        };
        why_not(&detail)
    }

    /// The reason why the one-shot page was not loaded, where one is known.
    pub(super) fn handover_detail(&self, error: &HandoverError) -> Option<String> {
        let env = &self.ctx().env;
        match error {
            HandoverError::Listen(source) => Some(source.to_string()),
            HandoverError::NotAnAddress => None,
            HandoverError::NobodyCame {
                refused: Some(uid), ..
            } => Some(format!(
                "another user (id {uid}) requested the page and was refused"
            )),
            HandoverError::NobodyCame { refused: None, .. } => {
                no_way_back(env, in_container(env)).map(str::to_owned)
            }
        }
    }

    /// Opens a page in the user's browser, with its output silenced.
    ///
    /// # Errors
    /// No browser can be opened from here, and why: SSH, no display, none installed. A page that is
    /// neither `https` nor on this machine is refused: the address comes from the portal.
    pub async fn open_browser(&self, url: &str) -> Result<(), Problem> {
        let Some(url) = web_page(url) else {
            return Err(why_not("the address is not a trusted web page"));
        };
        let env = &self.ctx().env;
        if let Some(reason) = obstacle(env) {
            return Err(why_not(reason));
        }
        let browsers = env.get("BROWSER").filter(|_| cfg!(unix));
        let browsers = opener::browsers(browsers.unwrap_or_default(), &url);
        if !browsers.is_empty() {
            return self.open_first(&browsers, BROWSER_TIMEOUT).await;
        }
        let is_freedesktop = cfg!(unix) && !cfg!(target_os = "macos") && !env.is_wsl();
        if is_freedesktop {
            // They look up in the home which program to run.
            let owners = self.ctx().dirs.owners();
            let allowed = owners.refuse_root("use the browser");
            allowed.map_err(|problem| why_not(&problem.to_string()))?;
            let mut found = OPENERS.iter().filter_map(|name| env.find_program(name));
            let Some(program) = found.next() else {
                return Err(why_not("no browser was found in PATH"));
            };
            let opener = Child::new(program, [url.into()]);
            return self.open_first(&[opener], OPENER_TIMEOUT).await;
        }
        let opening = tokio::task::spawn_blocking(move || webbrowser::open(&url));
        match tokio::time::timeout(OPENER_TIMEOUT, opening).await {
            Err(_) | Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(why_not(&error.to_string())),
            Ok(Err(error)) => Err(why_not(&error.to_string())),
        }
    }
}

impl Flow {
    /// Starts the first of some programs that does not fail at once.
    async fn open_first(&self, programs: &[Child], patience: Duration) -> Result<(), Problem> {
        let mut reasons = Vec::new();
        for program in programs {
            match opener::open(program, &self.ctx().env, patience).await {
                Ok(()) => return Ok(()),
                Err(error) => reasons.push(error.to_string()),
            }
        }
        Err(why_not(&reasons.join("; ")))
    }
}

pub(super) fn why_not(detail: &str) -> Problem {
    Problem::new(ProblemKind::NoBrowser, "no browser was opened")
        .detail(detail)
        .hint("open the address yourself, on any device")
}

/// The reason why a page opened from here could not return to a local port (docs/requirements.md#browser-on-another-host): the
/// browser runs on another machine, or in another network. `None` if it can.
pub(super) fn no_way_back(env: &Env, in_container: bool) -> Option<&'static str> {
    let any = |names: &[&str]| names.iter().any(|name| env.get(name).is_some());
    if env.is_ssh() {
        return Some("this is an SSH session");
    }
    // Forwarding from Windows to WSL's loopback is not to be relied on.
    if env.is_wsl() {
        return Some("this is WSL, and the browser runs on Windows");
    }
    if any(&["CODESPACES", "REMOTE_CONTAINERS", "GITPOD_WORKSPACE_ID"]) {
        return Some("this is a remote workspace");
    }
    if in_container {
        return Some("this is a container");
    }
    obstacle(env)
}

/// The reason why the user would not see a browser on this machine. `None` if they would.
fn obstacle(env: &Env) -> Option<&'static str> {
    if env.get("BROWSER").is_some() {
        return None;
    }
    if env.is_ssh() {
        return Some("this is an SSH session");
    }
    let graphical = cfg!(any(windows, target_os = "macos"))
        || env.is_wsl()
        || env.get("DISPLAY").is_some()
        || env.get("WAYLAND_DISPLAY").is_some();
    (!graphical).then_some("no display")
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
            assert!(web_page(url).is_some(), "{url}");
        }
        for url in [
            "http://example.com/",
            "https://device.sso.eu-west-1.amazonaws.com@evil.example/",
            "https://:x@evil.example/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "--help",
            "",
            "calc.exe",
        ] {
            assert_eq!(web_page(url), None, "{url}");
        }
    }

    #[test]
    fn a_browser_gets_no_control_characters() {
        assert_eq!(
            web_page("https://a.example/\u{1b}[2J\n").as_deref(),
            Some("https://a.example/%1B[2J")
        );
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
            assert_eq!(env(&[], false), Some("no display"));
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
        assert_eq!(env(&[("WSL_INTEROP", "/run/WSL/1_interop")]), None);
        assert!(env(&[("SSH_CLIENT", "::1 1 22"), ("DISPLAY", ":0")]).is_some());
        assert_eq!(env(&[("DISPLAY", ":0")]), None);
        if cfg!(target_os = "linux") {
            assert_eq!(env(&[]), Some("no display"));
        }
    }
}
