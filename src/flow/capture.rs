//! Captures a SAML response of an app (docs/reference.md#capture-methods), for the switcher and for the commands.
//!
//! Captured responses live in memory, for as long as STS takes them: one serves every role that it
//! carries (docs/requirements.md#one-response-several-roles). They are never written anywhere.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Flow;
use super::external::{check_role, not_in_it};
use super::posted::{Confirm, Sender};
use crate::aws::app_link;
use crate::aws::apps::{AppsClient, AppsError};
use crate::aws::start_url;
use crate::domain::assertion::{LIFETIME_SECONDS, MAX_RESPONSE_CHARS};
use crate::domain::locked::locked;
use crate::domain::text::{clean, word};
use crate::domain::waiting::Wait;
use crate::domain::{
    App, AppRole, Assertion, CaptureStep, EntryId, Method, Portal, Problem, ProblemKind, Secret,
};
use crate::saml::assertion::{self, AssertionError};
use crate::saml::capture::browser::{self, Visit};
use crate::saml::capture::{self, CaptureError};
use crate::store::catalog_cache;
use crate::store::remembered::Remembered;

/// Default capture timeout (seconds).
const DEFAULT_SECONDS: u32 = 180;

/// Timeout of a capture without user interaction.
const HEADLESS_TIMEOUT: Duration = Duration::from_secs(20);

/// A headless browser that failed is not started again before a window within this time.
const SILENT_AGAIN: Duration = Duration::from_mins(1);

/// The problem of an app whose link belongs to no portal that is saved.
fn without_portal(app: &App) -> Problem {
    let title = format!("the portal of the app {} is not saved", word(&app.name));
    Problem::new(ProblemKind::Failed, title).hint(add_portal_of(&app.url))
}

/// How to add the portal of a tile.
pub(super) fn add_portal_of(link: &str) -> String {
    let url = start_url::parse(link).map_or_else(|_| "URL".to_owned(), |parsed| parsed.url);
    format!("to add it, run: roledex portal add NAME --start-url {url}")
}

/// A response in memory.
#[derive(Clone)]
pub(super) struct KeptAssertion {
    pub assertion: Arc<Assertion>,
    came: Instant,
    /// `true` if the user gave it, so that no other one may take its place.
    pub is_given: bool,
}

impl KeptAssertion {
    fn is_alive(&self) -> bool {
        self.came.elapsed() < Duration::from_secs(LIFETIME_SECONDS)
    }
}

/// The responses by app.
pub(super) type Assertions = BTreeMap<Arc<str>, KeptAssertion>;

/// A capture method that failed.
pub(super) struct AttemptFailed {
    pub problem: Problem,
    /// `true` if another method may succeed.
    pub try_next: bool,
}

impl From<Problem> for AttemptFailed {
    /// A failure after which another method would not help.
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            try_next: false,
        }
    }
}

impl AttemptFailed {
    pub(super) fn try_next(problem: Problem) -> Self {
        Self {
            problem,
            try_next: true,
        }
    }
}

impl Flow {
    /// The timeout of a capture that waits for the user.
    #[must_use]
    pub fn capture_timeout(&self) -> Duration {
        let seconds = self.settings().capture_seconds;
        Duration::from_secs(u64::from(seconds.unwrap_or(DEFAULT_SECONDS)))
    }

    /// Captures a response of an app, with a user's help where that is needed, and returns the
    /// roles in it. With `wanted`, a console session of another entry is refused. Dropping the future cancels
    /// it, and closes the browser.
    ///
    /// # Errors
    /// The failure of each method, with its own message; `CaptureNeeded` for an app whose responses are pasted.
    pub async fn capture(
        &self,
        app: &App,
        wanted: Option<&EntryId>,
        sink: impl Fn(CaptureStep),
        confirm: &dyn Confirm,
    ) -> Result<Vec<AppRole>, Problem> {
        if app.method != Method::Console {
            let text = self.capture_text(app, Some(confirm), &sink).await?;
            return Ok(self.take_captured(app, wanted, &text)?.app_roles());
        }
        let refused = match Box::pin(self.by_console(app, wanted, confirm, &sink)).await {
            Ok(role) => return Ok(vec![role]),
            Err(AttemptFailed {
                problem,
                try_next: false,
            }) => return Err(problem),
            Err(AttemptFailed { problem, .. }) => problem,
        };
        // The identity is not allowed to have console sessions for tools; a SAML response may do.
        let hint = refused.hint.as_deref().unwrap_or_default();
        sink(CaptureStep::MethodFailed {
            reason: format!("{refused}; {hint}"),
        });
        let other = App {
            method: Method::Auto,
            ..app.clone()
        };
        match Box::pin(self.capture_text(&other, Some(confirm), &sink)).await {
            Ok(text) => Ok(self.take_captured(app, wanted, &text)?.app_roles()),
            Err(problem) if problem.kind == ProblemKind::Cancelled => Err(problem),
            Err(problem) => Err(refused.detail(format!("and by other methods: {problem}"))),
        }
    }

    /// Captures a response with the role of an entry, without a user: by the portal's own interface, or in a
    /// browser that is still signed in.
    ///
    /// # Errors
    /// `CaptureNeeded` where a user has to help; `AccessDenied` where the portal surely says no.
    pub(super) async fn capture_headless(
        &self,
        app: &App,
        id: &EntryId,
    ) -> Result<Arc<Assertion>, Problem> {
        let text = self.capture_text(app, None, &|_| {}).await?;
        self.take_captured(app, Some(id), &text)
    }

    /// Takes a response that a user pasted or named in a file; `app` says whose it is. It must have the role
    /// of `wanted`.
    ///
    /// # Errors
    /// The reason why the response is unusable.
    pub fn take_assertion(
        &self,
        app: &App,
        wanted: Option<&EntryId>,
        text: &Secret,
    ) -> Result<Arc<Assertion>, Problem> {
        let assertion = read_assertion(app, text, Problem::from)?;
        if let Some(id) = wanted {
            check_role(id, &assertion.app_roles())?;
        }
        self.keep_assertion(app, &assertion, true)?;
        Ok(assertion)
    }

    /// Takes a response that was captured. It must have the role of `wanted`.
    fn take_captured(
        &self,
        app: &App,
        wanted: Option<&EntryId>,
        text: &Secret,
    ) -> Result<Arc<Assertion>, Problem> {
        let assertion = read_assertion(app, text, AssertionError::of_page)?;
        let missing = wanted.filter(|id| assertion.role(id.account, &id.role).is_none());
        let Some(id) = missing else {
            self.keep_assertion(app, &assertion, false)?;
            return Ok(assertion);
        };
        // Other roles in the known accounts are news about the app; other accounts may be another user's.
        let roles = assertion.app_roles();
        let known = self.roles_of(app)?;
        let is_known = |role: &AppRole| known.iter().any(|old| old.account == role.account);
        if roles.iter().all(is_known) {
            self.keep_assertion(app, &assertion, false)?;
        }
        Err(not_in_it(id, app, &assertion))
    }

    /// Remembers a response for the time in which STS takes it, and the app's roles for good.
    fn keep_assertion(
        &self,
        app: &App,
        assertion: &Arc<Assertion>,
        is_given: bool,
    ) -> Result<(), Problem> {
        catalog_cache::save_app(
            &self.ctx().dirs,
            &app.name,
            &assertion.app_roles(),
            self.ctx().clock.now(),
        )?;
        let kept = KeptAssertion {
            assertion: Arc::clone(assertion),
            came: Instant::now(),
            is_given,
        };
        self.lock_assertions().insert(Arc::clone(&app.name), kept);
        Ok(())
    }

    /// The response that was captured a moment ago, while STS still takes it (docs/requirements.md#response-lifetime, docs/requirements.md#one-response-several-roles).
    pub(super) fn remembered(&self, app: &App) -> Option<KeptAssertion> {
        let mut assertions = self.lock_assertions();
        assertions.retain(|_, kept| kept.is_alive());
        assertions.get(&app.name).cloned()
    }

    /// True while a response of an app is at hand that STS still takes.
    pub(super) fn has_assertion(&self, app: &str) -> bool {
        let assertions = self.lock_assertions();
        assertions.get(app).is_some_and(KeptAssertion::is_alive)
    }

    pub(super) fn forget_assertion(&self, app: &App) {
        self.lock_assertions().remove(&app.name);
    }

    /// Forgets those of all apps, also of apps that the settings no longer have.
    pub(super) fn forget_assertions(&self) {
        self.lock_assertions().clear();
    }

    fn lock_assertions(&self) -> std::sync::MutexGuard<'_, Assertions> {
        locked(&self.inner.assertions)
    }

    async fn capture_text(
        &self,
        app: &App,
        user: Option<&dyn Confirm>,
        sink: &impl Fn(CaptureStep),
    ) -> Result<Secret, Problem> {
        let interactive = user.is_some();
        match app.method {
            Method::File => Err(needed(app, "its responses are given with --assertion")),
            Method::Loopback => match user {
                Some(user) => self.by_loopback(app, user, sink).await,
                None => Err(needed(app, "its responses come through your browser")),
            },
            // A console session is no response; where it is not allowed, the browser may have signed in.
            Method::Browser | Method::Console => self.by_browser(app, user, sink).await,
            Method::Portal => {
                sink(CaptureStep::AskingPortal);
                self.by_portal(app).await.map_err(|failed| failed.problem)
            }
            Method::Auto => {
                let mut signed_out = None;
                if app.portal.is_some() {
                    sink(CaptureStep::AskingPortal);
                    match self.by_portal(app).await {
                        Ok(text) => return Ok(text),
                        Err(AttemptFailed {
                            problem,
                            try_next: false,
                        }) => return Err(problem),
                        Err(AttemptFailed { problem, .. }) => {
                            sink(CaptureStep::MethodFailed {
                                reason: problem.to_string(),
                            });
                            let sign_in = matches!(problem.kind, ProblemKind::SignInNeeded { .. });
                            signed_out = Some(problem).filter(|_| sign_in);
                        }
                    }
                }
                if interactive && self.has_no_browser() {
                    sink(CaptureStep::MethodFailed {
                        reason: format!(
                            "no supported browser found; to use your own, run: roledex use {} --method console",
                            word(&app.name)
                        ),
                    });
                }
                match (self.by_browser(app, user, sink).await, signed_out) {
                    // Where no browser can help, signing in to the portal may.
                    (Err(problem), Some(signed_out)) if problem.kind == ProblemKind::Failed => {
                        Err(signed_out.detail(problem.to_string()))
                    }
                    // Where no user can help now, the portal is the shorter way.
                    (Err(problem), Some(signed_out)) if !interactive => Err(Problem {
                        kind: problem.kind,
                        ..signed_out
                    }),
                    (result, _) => result,
                }
            }
        }
    }

    async fn by_portal(&self, app: &App) -> Result<Secret, AttemptFailed> {
        let Some(name) = app.portal.as_deref() else {
            return Err(AttemptFailed::try_next(without_portal(app)));
        };
        let portal = self.portal(name).map_err(AttemptFailed::try_next)?;
        let link = app_link::parse(&app.url).map_err(AttemptFailed::try_next)?;
        let instance = link.instance.ok_or_else(|| {
            AttemptFailed::try_next(
                Problem::new(
                    ProblemKind::Failed,
                    "the app's link is not the link of a tile",
                )
                .hint("copy the tile's link in the portal, and add the app again"),
            )
        })?;
        self.ask_portal(&portal, async |client: &AppsClient, token| {
            client.response(token, &instance).await
        })
        .await
        .map_err(|failed| {
            if failed.try_next {
                failed
            } else {
                AttemptFailed {
                    problem: CaptureError::NotAssigned {
                        detail: format!("{} does not list this app for you", portal.name),
                    }
                    .problem(&app.name),
                    ..failed
                }
            }
        })
    }

    /// Asks the portal's own interface, unless it has refused repeatedly. A command counts one
    /// refusal at most, and a success forgets them all.
    pub(super) async fn ask_portal<T>(
        &self,
        portal: &Portal,
        ask: impl AsyncFn(&AppsClient, &Secret) -> Result<T, AppsError>,
    ) -> Result<T, AttemptFailed> {
        let (dirs, now) = (&self.ctx().dirs, self.ctx().clock.now());
        let remembered = Remembered::load(dirs).unwrap_or_default();
        if remembered.is_refused(&portal.name, now) {
            return Err(AttemptFailed::try_next(
                Problem::new(
                    ProblemKind::Failed,
                    format!("the interface of {} refused repeatedly", portal.name),
                )
                .hint(format!(
                    "to try it again, sign in: roledex login {}",
                    word(&portal.name)
                )),
            ));
        }
        let client = self.apps_client(portal).map_err(AttemptFailed::try_next)?;
        let token = self.access_token(portal).await;
        let token = token.map_err(AttemptFailed::try_next)?.access_token;
        let mut result = ask(&client, &token).await;
        if result
            .as_ref()
            .is_err_and(|error| *error == AppsError::Unauthorized)
            && let Ok(token) = self.renew_quietly(portal, token).await
        {
            result = ask(&client, &token).await;
        }
        match result {
            Ok(found) => {
                // It is only remembered; the result does not depend on it.
                let name = Arc::clone(&portal.name);
                let _ = self.remember(move |it| it.forget_refusals(&name)).await;
                Ok(found)
            }
            Err(error) => {
                let is_clear = matches!(error, AppsError::Refused { .. } | AppsError::Unauthorized);
                if is_clear && self.is_first_refusal(portal) {
                    tracing::info!(%error, portal = %portal.name, "the portal's own interface refused");
                    // It is only remembered; the browser works without it.
                    let name = Arc::clone(&portal.name);
                    let _ = self.remember(move |it| it.add_refusal(&name, now)).await;
                }
                let try_next = error != AppsError::NotAssigned;
                Err(AttemptFailed {
                    problem: error.into(),
                    try_next,
                })
            }
        }
    }

    /// True for the first refusal of a portal's own interface in this process: a command that asks
    /// twice must not count twice.
    fn is_first_refusal(&self, portal: &Portal) -> bool {
        locked(&self.inner.apps_refused).insert(Arc::clone(&portal.name))
    }

    /// Asks the own interface of a portal again, even if it refused before, and renews in the
    /// background what could not be renewed.
    pub(super) fn forget_refusals(&self, portal: &Portal) {
        let dirs = &self.ctx().dirs;
        let forgotten = Remembered::change(dirs, |remembered| {
            remembered.forget_refusals(&portal.name);
            remembered.forget_renewals();
        });
        if let Err(error) = forgotten {
            tracing::info!(%error, portal = %portal.name, "could not clear the remembered refusals");
        }
    }

    fn apps_client(&self, portal: &Portal) -> Result<AppsClient, Problem> {
        let endpoint = self
            .endpoints(&self.snapshot()?)?
            .portal(&portal.region, &portal.start_url)?;
        let client = AppsClient::new(self.http()?, endpoint, self.bucket(portal)?);
        Ok(client.reporting(self.waiting.clone()))
    }

    /// True if no browser is installed that can be driven.
    fn has_no_browser(&self) -> bool {
        browser::find(&self.ctx().env, self.settings().browser.as_deref()).is_err()
    }

    /// True if a browser cannot show a page to the user.
    pub(super) fn has_no_window(&self) -> bool {
        self.has_no_browser() || !browser::has_display(&self.ctx().env)
    }

    async fn by_browser(
        &self,
        app: &App,
        user: Option<&dyn Confirm>,
        sink: &impl Fn(CaptureStep),
    ) -> Result<Secret, Problem> {
        let page = Page {
            name: &app.name,
            url: &app.url,
            elsewhere: &capture::elsewhere(&app.name),
        };
        let check = self.post_check(app, Sender::CaptureBrowser, user, sink)?;
        let found = self
            .in_browser(&page, user.is_some(), sink, async |visit| {
                browser::capture(
                    &visit,
                    |response, origin| check.check(response, origin),
                    async |found| match user {
                        Some(user) => {
                            let _wait = self.waiting.for_user("the answer to a question", None);
                            check.ask(found, user).await
                        }
                        None => false,
                    },
                )
                .await
            })
            .await
            .map_err(|problem| check.in_vain(problem))?;
        self.accept(&check, found).await
    }

    /// Opens a page in the capture browser: without a window where it was signed in to this host
    /// before, then with one where a user may help.
    pub(super) async fn in_browser<T>(
        &self,
        page: &Page<'_>,
        interactive: bool,
        sink: &impl Fn(CaptureStep),
        visit: impl AsyncFn(Visit<'_>) -> Result<T, CaptureError>,
    ) -> Result<T, Problem> {
        let &Page { name, url, .. } = page;
        let problem = |error: CaptureError| error.problem_of(name, page.elsewhere);
        let ctx = self.ctx();
        let (host, profile) = (app_link::host(url), self.checked_browser_profile()?);
        let was_signed_in = Remembered::load(&ctx.dirs)?.was_signed_in(&host);
        if !interactive && !was_signed_in {
            return Err(needed_for(name, "the browser has not signed in to it yet"));
        }
        let program =
            browser::find(&ctx.env, self.settings().browser.as_deref()).map_err(problem)?;
        let headless = Visit {
            program: &program,
            profile: &profile,
            url,
            portal_host: &host,
            headless: true,
            timeout: HEADLESS_TIMEOUT,
            // The browser of a capture that was given up may still be closing.
            lock_timeout: if interactive {
                browser::CLOSE_TIMEOUT
            } else {
                HEADLESS_TIMEOUT
            },
            env: &ctx.env,
        };
        if was_signed_in && !(interactive && self.has_just_failed_headless(&host)) {
            sink(CaptureStep::Silent);
            let error = match visit(headless.clone()).await {
                Ok(found) => return Ok(found),
                Err(error) => error,
            };
            if matches!(
                error,
                CaptureError::InteractionRequired | CaptureError::Down { .. }
            ) {
                self.lock_headless_failures()
                    .insert(host.clone(), Instant::now());
            }
            let helps = matches!(
                error,
                CaptureError::InteractionRequired
                    | CaptureError::Down { .. }
                    | CaptureError::Crashed { .. }
                    | CaptureError::Closed
            );
            if !interactive && error == CaptureError::InteractionRequired {
                return Err(needed_for(name, "the browser's session has ended"));
            }
            if !(interactive && helps) {
                return Err(problem(error));
            }
            sink(CaptureStep::MethodFailed {
                reason: error.to_string(),
            });
        }
        if !browser::has_display(&ctx.env) {
            return Err(problem(CaptureError::NoDisplay));
        }
        sink(CaptureStep::Window);
        let window = Visit {
            headless: false,
            timeout: self.capture_timeout(),
            ..headless
        };
        let wait = self.wait_for_browser_of(name);
        let found = visit(window).await.map_err(problem)?;
        drop(wait);
        let now = ctx.clock.now();
        // Only a memory: without it the next capture opens a window again.
        let remembered = self.remember(move |remembered| {
            remembered.set_signed_in(&host, now);
            remembered.forget_renewals();
        });
        if let Err(error) = remembered.await {
            tracing::info!(%error, "could not remember the browser's sign-in");
        }
        Ok(found)
    }

    /// The user may take until the end of the capture.
    pub(super) fn wait_for_browser_of(&self, app: &str) -> Wait {
        let end = self.ctx().clock.now() + self.capture_timeout();
        let reason = format!("the sign-in to {app} in the browser");
        self.waiting.for_user(reason, Some(end))
    }

    /// True when a headless browser failed at a host moments ago in this process: before a window it
    /// is not started again.
    fn has_just_failed_headless(&self, host: &str) -> bool {
        let failures = self.lock_headless_failures();
        failures
            .get(host)
            .is_some_and(|at| at.elapsed() < SILENT_AGAIN)
    }

    fn lock_headless_failures(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Instant>> {
        locked(&self.inner.headless_failures)
    }

    /// `$XDG_DATA_HOME/roledex/browser`.
    pub(super) fn browser_profile(&self) -> PathBuf {
        self.ctx().dirs.data.join("browser")
    }

    /// The same for use: no other user decides on what is in it.
    pub(super) fn checked_browser_profile(&self) -> Result<PathBuf, Problem> {
        let owners = self.ctx().dirs.owners();
        // The browser would be root's, in a directory in which the user can put links.
        owners.refuse_root("use the capture browser")?;
        let profile = self.browser_profile();
        owners.check(&profile)?;
        owners.check_directories(&profile.join("Default/Preferences"))?;
        Ok(profile)
    }
}

/// A page to open in the capture browser.
pub(super) struct Page<'a> {
    /// The app or the portal that it belongs to.
    pub(super) name: &'a Arc<str>,
    pub(super) url: &'a str,
    /// The hint for a machine that cannot show a window.
    pub(super) elsewhere: &'a str,
}

/// Reads a response of an app.
fn read_assertion(
    app: &App,
    text: &Secret,
    explain: fn(AssertionError) -> Problem,
) -> Result<Arc<Assertion>, Problem> {
    let assertion = assertion::parse_secret(text).map_err(explain)?;
    for skipped in &assertion.skipped {
        tracing::warn!(app = %app.name, value = %clean(skipped), "skipped an invalid role in the response");
    }
    if assertion.response_length() > MAX_RESPONSE_CHARS {
        return Err(Problem::new(
            ProblemKind::Failed,
            format!("{}: the SAML response is too long for AWS", app.name),
        )
        .detail(format!(
            "it has {} characters, AWS takes {MAX_RESPONSE_CHARS}",
            assertion.response_length()
        ))
        .hint(
            "ask your administrator to make the identity provider send fewer attributes or roles",
        ));
    }
    Ok(Arc::new(assertion))
}

/// A user has to help.
fn needed(app: &App, why: &str) -> Problem {
    let problem = needed_for(&app.name, why);
    match app.method {
        Method::File => problem.hint(format!(
            "copy the SAMLResponse from your browser, then run: roledex use {} --assertion -",
            word(&app.name)
        )),
        _ => problem,
    }
}

fn needed_for(app: &Arc<str>, why: &str) -> Problem {
    Problem::new(
        ProblemKind::CaptureNeeded {
            app: Arc::clone(app),
        },
        format!("{app} needs a sign-in in the browser"),
    )
    .detail(why)
}
