//! The simulated Identity Center: SSO OIDC, the portal, STS, on loopback, at wire level (docs/protocols.md).
//!
//! It imitates AWS; nothing outside of it imitates the simulator. It serves the demo, the tests and
//! anybody's scripts, and knows `domain` and `config` only. What it does not know, it answers with
//! 404 and remembers, so that a test can fail on it (docs/architecture.md#two-seams).

mod apps;
mod authorize;
mod console_page;
mod console_state;
mod console_token;
mod device_page;
mod dpop;
mod http;
mod iam;
mod oidc;
mod oidc_reply;
mod page;
mod portal;
mod scenario;
mod server;
mod state;
mod sts;
mod sts_reply;
mod web;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde::Serialize;

use crate::config::Clock;
use crate::domain::locked::locked;
pub use scenario::{ConsoleFault, Scenario};
use state::State;

/// The URLs of the simulated services.
#[derive(Clone, Debug, Serialize)]
pub struct Endpoints {
    /// SSO OIDC.
    pub oidc: String,
    /// The portal.
    pub sso: String,
    /// STS.
    pub sts: String,
    /// The sign-in service of console sessions. The one of a region is at `/signin/REGION` of it.
    pub signin: String,
    /// The first portal's start URL. It is https, as the AWS CLI demands, and never contacted.
    pub start_url: String,
    /// The first portal's region.
    pub region: String,
    /// The scenario's name.
    pub scenario: String,
    /// Every portal.
    pub portals: Vec<SimPortal>,
    /// Every application.
    pub apps: Vec<SimApp>,
}

/// One simulated application.
#[derive(Clone, Debug, Serialize)]
pub struct SimApp {
    /// Its name.
    pub name: String,
    /// Its portal.
    pub portal: String,
    /// The link of its tile, on this simulator.
    pub url: String,
    /// The port of its loopback ACS, where it has one.
    pub loopback_port: Option<u16>,
}

/// One simulated portal.
#[derive(Clone, Debug, Serialize)]
pub struct SimPortal {
    /// A name for the `sso-session`.
    pub name: String,
    /// Its start URL.
    pub start_url: String,
    /// Its region.
    pub region: String,
}

/// One request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Milliseconds since the simulator started.
    pub at: u64,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The status; 0 for a dropped connection.
    pub status: u16,
}

/// A running simulator; dropping it stops it.
pub struct Running {
    endpoints: Endpoints,
    state: Arc<Mutex<State>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Allows or denies a device code from outside of the browser page.
pub(crate) type Approver = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Picks a console session on a page, from outside of the browser.
pub(crate) type SessionPicker = Arc<dyn Fn(&str, Option<&str>) + Send + Sync>;

/// Starts a simulator on 127.0.0.1, on a free port unless one is named.
///
/// # Errors
/// A port that is taken.
pub fn start(scenario: Scenario, port: Option<u16>) -> std::io::Result<Running> {
    start_with(scenario, port, Clock::System)
}

/// [`start`], with a clock.
///
/// # Errors
/// A port that is taken.
pub(crate) fn start_with(
    scenario: Scenario,
    port: Option<u16>,
    clock: Clock,
) -> std::io::Result<Running> {
    let listener =
        std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port.unwrap_or(0))))?;
    listener.set_nonblocking(true)?;
    let base = format!("http://{}", listener.local_addr()?);
    let endpoints = endpoints(&scenario, &base);
    let state = Arc::new(Mutex::new(State::new(scenario, clock, base)));
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let shared = Arc::clone(&state);
    let thread = std::thread::Builder::new()
        .name("simulator".to_owned())
        .spawn(move || {
            runtime.block_on(server::serve(listener, shared, stopped));
        })?;
    Ok(Running {
        endpoints,
        state,
        stop: Some(stop),
        thread: Some(thread),
    })
}

fn endpoints(scenario: &Scenario, base: &str) -> Endpoints {
    let portals: Vec<SimPortal> = scenario
        .portals
        .iter()
        .map(|portal| SimPortal {
            name: portal.name.clone(),
            start_url: portal.start_url.clone(),
            region: portal.region.clone(),
        })
        .collect();
    let first = portals.first();
    Endpoints {
        oidc: base.to_owned(),
        sso: base.to_owned(),
        sts: base.to_owned(),
        signin: base.to_owned(),
        start_url: first
            .map(|portal| portal.start_url.clone())
            .unwrap_or_default(),
        region: first
            .map(|portal| portal.region.clone())
            .unwrap_or_default(),
        scenario: scenario.name.clone(),
        portals,
        apps: scenario
            .portals
            .iter()
            .flat_map(|portal| portal.apps.iter().map(|app| sim_app(base, portal, app)))
            .collect(),
    }
}

fn sim_app(base: &str, portal: &scenario::PortalSpec, app: &scenario::AppSpec) -> SimApp {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    SimApp {
        name: app.name.clone(),
        portal: portal.name.clone(),
        url: format!(
            "{base}/web/{}/start#/saml/default/{}/{}",
            encode(&portal.name),
            encode(&app.name),
            app.id
        ),
        loopback_port: app
            .acs
            .as_deref()
            .and_then(|acs| acs.split(':').nth(2)?.split('/').next()?.parse().ok()),
    }
}

impl Running {
    /// The URLs of the services.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The files that the scenario puts into the home of a demo, by path.
    #[must_use]
    pub fn home_files(&self) -> Vec<(String, String)> {
        let state = self.lock();
        let files = state.scenario.home.files.iter();
        files
            .map(|(path, text)| (path.clone(), text.clone()))
            .collect()
    }

    /// Allows a device code, as the user in the browser would. `false`: there is no such code.
    #[must_use]
    pub fn approve(&self, user_code: &str) -> bool {
        self.lock().decide(user_code, true)
    }

    /// Denies a device code.
    #[must_use]
    pub fn deny(&self, user_code: &str) -> bool {
        self.lock().decide(user_code, false)
    }

    /// [`Running::approve`], to hand out.
    #[must_use]
    pub fn approver(&self) -> Approver {
        let state = Arc::clone(&self.state);
        Arc::new(move |code| locked(&state).decide(code, true))
    }

    /// Opens the page of a console sign-in as a browser does, and picks the session of an identity, to hand
    /// out. The identity is `ACCOUNT/NAME` or an account; without one it is the first session.
    #[must_use]
    pub(crate) fn session_picker(&self) -> SessionPicker {
        let state = Arc::clone(&self.state);
        Arc::new(move |url, wanted| console_page::pick(&state, url, wanted))
    }

    /// Chooses a console session without a page from now on, as a user who always chooses the same; `None`
    /// shows the page again. One that the scenario lacks is refused when it is asked for.
    pub fn pick_console_session(&self, arn: Option<&str>) {
        self.lock().console.pick = arn.map(str::to_owned);
    }

    /// Refuses every token request of console sessions from now on; `None` ends that.
    pub fn fail_console_tokens(&self, fault: Option<ConsoleFault>) {
        self.lock().console.fault = fault;
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.lock().log.clone()
    }

    /// Ends every access token at once, as an administrator who revokes sessions does.
    pub fn revoke_tokens(&self, refresh_tokens_too: bool) {
        self.lock().revoke(refresh_tokens_too);
    }

    /// A SAML response of an app, as a user copies it out of developer tools.
    #[must_use]
    pub fn saml_response(&self, app: &str) -> Option<String> {
        let mut state = self.lock();
        let portals = state.scenario.portals.iter();
        let spec = portals
            .flat_map(|portal| &portal.apps)
            .find(|known| known.name == app)?
            .clone();
        Some(apps::issue(&spec, &mut state).0)
    }

    /// Ends every sign-in of a browser.
    pub fn forget_browsers(&self) {
        self.lock().web_sessions.clear();
    }

    /// Takes an app away from the user.
    pub fn unassign(&self, app: &str) {
        self.lock().unassign(app);
    }

    /// Makes the region of a portal fail, or work again.
    pub fn set_down(&self, portal: &str, down: bool) {
        let mut state = self.lock();
        let mut portals = state.scenario.portals.iter_mut();
        if let Some(portal) = portals.find(|known| known.name == portal) {
            portal.down = down;
        }
    }

    /// Takes a role away.
    pub fn remove_role(&self, account: &str, role: &str) {
        self.lock().remove_role(account, role);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A thread that ended already has nobody to tell.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
