//! The decision to accept a response that a web page posts, in the capture browser or to this machine, and the
//! capture of those that the user's browser posts to this machine.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;

use super::Flow;
use crate::domain::claim::{Claim, Confirmed, Verdict};
use crate::domain::text::{clean, clip, word};
use crate::domain::{AccountId, App, CaptureStep, Problem, ProblemKind, Secret};
use crate::saml::assertion::{self, AssertionError};
use crate::saml::capture::{self, CaptureError, loopback};
use crate::store::confirmed;

/// Refusals that are reported in one capture: any program of this user can post as many as it likes.
const MAX_REPORTS: usize = 10;

/// Asks the user whether a response is for an account of theirs.
pub trait Confirm {
    /// `true` if there is a user to ask.
    fn is_possible(&self) -> bool;

    /// Asks. The default is no.
    fn ask<'a>(&'a self, claim: &'a Claim) -> Pin<Box<dyn Future<Output = bool> + 'a>>;

    /// Waits until the user says that an app's console is open in their browser; false cancels. Where nobody
    /// can be asked, it is not waited for: the next page asks for a sign-in itself.
    fn signed_in<'a>(&'a self, _app: &'a App) -> Pin<Box<dyn Future<Output = bool> + 'a>> {
        Box::pin(async { true })
    }
}

/// A response that may be taken, or the identity provider's refusal.
pub(super) type Found = Result<(Claim, Secret), Problem>;

/// The sender of the `Origin` of a posted response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// The capture browser: the pages of the app and its portal need no confirmation there.
    CaptureBrowser,
    /// Any program of this user: every account is confirmed.
    AnyProgram,
}

/// Decides on the responses of one capture.
pub(super) struct PostCheck<'a, S> {
    app: &'a App,
    sender: Sender,
    confirmed: Confirmed,
    can_ask: bool,
    /// The origins of the app's page and of its portal.
    own: Vec<String>,
    declined: RefCell<Vec<Claim>>,
    reported: RefCell<BTreeSet<String>>,
    sink: &'a S,
}

impl Flow {
    /// The accounts that the user has confirmed for an app whose responses web pages post.
    ///
    /// # Errors
    /// No such app, and a file that cannot be read.
    pub fn confirmed_accounts(&self, app: &str) -> Result<Vec<AccountId>, Problem> {
        let app = self.app(app)?;
        let known = confirmed::load(&self.ctx().dirs, &app.name)?;
        Ok(known.accounts.into_iter().collect())
    }

    /// Confirms accounts of an app, beside those that are confirmed already. With `forget` everything that
    /// is known of the app's responses is forgotten first, its issuer and pages included.
    ///
    /// # Errors
    /// No such app, and a file that cannot be written.
    pub fn confirm_accounts(
        &self,
        app: &str,
        accounts: &[AccountId],
        forget: bool,
    ) -> Result<Vec<AccountId>, Problem> {
        let app = self.app(app)?;
        let known = confirmed::change(&self.ctx().dirs, &app.name, |known| {
            if forget {
                *known = Confirmed::default();
            }
            known.accounts.extend(accounts);
        })?;
        Ok(known.accounts.into_iter().collect())
    }

    /// Waits for the response that the user's browser posts to the app's ACS address. A post that is
    /// refused is reported, and does not end the wait.
    pub(super) async fn by_loopback(
        &self,
        app: &App,
        confirm: &dyn Confirm,
        sink: &impl Fn(CaptureStep),
    ) -> Result<Secret, Problem> {
        let check = self.post_check(app, Sender::AnyProgram, Some(confirm), sink)?;
        if check.confirmed.accounts.is_empty() && !confirm.is_possible() {
            return Err(nobody_to_ask(app));
        }
        let problem = |error: CaptureError| error.problem(&app.name);
        let port = app.port.unwrap_or(loopback::DEFAULT_PORT);
        let listener = loopback::Listener::bind(port, self.browser_peers())
            .await
            .map_err(problem)?;
        tracing::info!(acs = %listener.acs(), "waiting for a response");
        let opened = self.open_browser(&app.url).await;
        sink(CaptureStep::Loopback {
            url: app.url.clone(),
            not_opened: opened
                .err()
                .map(|why| why.detail.unwrap_or(why.title).to_string()),
        });
        let _wait = self.wait_for_browser_of(&app.name);
        let found = listener
            .response(
                self.capture_timeout(),
                |response, origin| check.check(response, origin),
                async |found| check.ask(found, confirm).await,
            )
            .await
            .map_err(|error| check.in_vain(problem(error)))?;
        self.accept(&check, found).await
    }

    /// The check of what pages post for an app.
    pub(super) fn post_check<'a, S: Fn(CaptureStep)>(
        &self,
        app: &'a App,
        sender: Sender,
        user: Option<&dyn Confirm>,
        sink: &'a S,
    ) -> Result<PostCheck<'a, S>, Problem> {
        let mut confirmed = confirmed::load(&self.ctx().dirs, &app.name)?;
        if sender == Sender::CaptureBrowser && confirmed.accounts.is_empty() {
            // Those of responses that were accepted before, by any method.
            let roles = self.roles_of(app)?;
            confirmed.accounts = roles.into_iter().map(|role| role.account).collect();
        }
        Ok(PostCheck {
            app,
            sender,
            confirmed,
            can_ask: user.is_some_and(Confirm::is_possible),
            own: self.own_origins(app)?,
            declined: RefCell::default(),
            reported: RefCell::default(),
            sink,
        })
    }

    /// Remembers what is known of a response that was taken.
    pub(super) async fn accept<S>(
        &self,
        check: &PostCheck<'_, S>,
        found: Found,
    ) -> Result<Secret, Problem> {
        let (claim, response) = found?;
        let (app, accounts) = (check.app.name.clone(), check.confirmed.accounts.clone());
        self.apart(move |flow| {
            confirmed::change(&flow.ctx().dirs, &app, |known| {
                known.accounts.extend(accounts);
                known.add(&claim);
            })?;
            Ok(())
        })
        .await?;
        Ok(response)
    }

    /// The origins that the post of an app comes from without being told: its own page's, its portal's.
    fn own_origins(&self, app: &App) -> Result<Vec<String>, Problem> {
        let portal = app.portal.as_deref();
        let portals = self.portals()?.into_iter();
        let portal = portals
            .filter(|known| portal == Some(&*known.name))
            .map(|portal| portal.start_url);
        Ok(portal
            .chain([app.url.clone()])
            .filter_map(|url| capture::origin_of(&url))
            .collect())
    }
}

impl<S: Fn(CaptureStep)> PostCheck<'_, S> {
    pub(super) fn check(
        &self,
        response: Secret,
        origin: Option<String>,
    ) -> capture::Verdict<Found> {
        use capture::Verdict::{Ask, Refuse, Take};
        let is_own = self.sender == Sender::CaptureBrowser
            && origin.as_ref().is_some_and(|page| self.own.contains(page));
        let assertion = match assertion::parse_secret(&response) {
            Ok(assertion) => assertion,
            Err(error) => {
                let is_known = origin.is_some_and(|page| self.confirmed.knows(&page, &self.own));
                let is_final = is_own
                    || is_known
                        && matches!(
                            error,
                            AssertionError::Refused { .. }
                                | AssertionError::Encrypted
                                | AssertionError::NoRoles { .. }
                        );
                let problem = error.of_page();
                // From any other page it may be an attacker's.
                if is_final {
                    return Take(Err(problem));
                }
                self.report(&problem.to_string());
                return Refuse;
            }
        };
        let claim = Claim::new(&self.app.name, &assertion, origin);
        if self.declined.borrow().contains(&claim) {
            return Refuse;
        }
        if is_own {
            return Take(Ok((claim, response)));
        }
        match self.confirmed.check(&claim, &self.own) {
            Verdict::Take => Take(Ok((claim, response))),
            Verdict::Ask if self.can_ask => Ask(Ok((claim, response))),
            Verdict::Ask => {
                let accounts = claim.accounts();
                let accounts: Vec<String> = accounts.iter().map(ToString::to_string).collect();
                self.report(&format!(
                    "it is for the account {}, which is not confirmed, and there is no terminal to ask on",
                    accounts.join(", ")
                ));
                Refuse
            }
            Verdict::Refuse(why) => {
                self.report(&why);
                Refuse
            }
        }
    }

    pub(super) async fn ask(&self, found: &Found, confirm: &dyn Confirm) -> bool {
        let Ok((claim, _)) = found else {
            return false;
        };
        // It was declined while it waited for its question.
        if self.declined.borrow().contains(claim) {
            return false;
        }
        let yes = confirm.ask(claim).await;
        if !yes {
            self.declined.borrow_mut().push(claim.clone());
        }
        yes
    }

    fn report(&self, why: &str) {
        let why = clip(&clean(why), 400).into_owned();
        let mut reported = self.reported.borrow_mut();
        if reported.len() < MAX_REPORTS && reported.insert(why.clone()) {
            tracing::warn!(app = %self.app.name, why, "refused a posted response");
            (self.sink)(CaptureStep::Refused { why });
        }
    }

    /// The error of a wait without a result, with what was refused meanwhile.
    pub(super) fn in_vain(&self, problem: Problem) -> Problem {
        let reported = self.reported.borrow();
        let Some(why) = reported.iter().next() else {
            return problem;
        };
        let detail = format!("a response was refused: {why}");
        problem.detail(detail).hint(how_to_accept(&self.app.name))
    }
}

/// The way to accept what a changed app posts.
#[must_use]
pub(crate) fn how_to_accept(app: &Arc<str>) -> String {
    format!(
        "if the app has changed, run: roledex app trust {} ACCOUNT_ID --forget",
        word(app)
    )
}

pub(super) fn nobody_to_ask(app: &App) -> Problem {
    Problem::new(
        ProblemKind::AccessDenied,
        format!("{}: its accounts are not confirmed yet", app.name),
    )
    .detail("any web page can post a response, and there is no terminal to ask on")
    .hint(format!(
        "to confirm its accounts, run: roledex app trust {} ACCOUNT_ID",
        word(&app.name)
    ))
}
