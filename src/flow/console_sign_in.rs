//! Signing in to the AWS console for command line tools, in any browser.
//!
//! The page in the browser lets the user pick any console session. So the identity that comes back is compared
//! with the one that is wanted, and nothing is written before (docs/requirements.md#pick-of-the-session).

use std::time::Duration;

use super::Flow;
use super::browser::no_way_back;
use super::capture::AttemptFailed;
use super::own::session_of;
use super::sign_in::{callback, not_asked_for, not_opened, while_given};
use crate::aws::signin::{Authorization, DpopKey, SignIn, SignInError, subject};
use crate::config::env::in_container;
use crate::domain::console_session::{
    ConsoleIdentity, ConsoleProfile, ConsoleSession, ExpectedIdentity,
};
use crate::domain::region::Region;
use crate::domain::sign_in::{ConsoleStep, SignInPage, SignInStep};
use crate::domain::{Problem, ProblemKind, Secret};
use crate::store::aws_files::{Edit, Snapshot};

/// The longest wait for the browser (docs/requirements.md#pkce-callback).
const BROWSER_TIMEOUT: Duration = Duration::from_mins(10);

/// The region if no other is set. It is reported as assumed.
const ASSUMED_REGION: &str = "us-east-1";

/// The options of a console sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConsoleOptions {
    /// The profile to write; by default one that is named after the identity.
    pub profile: Option<String>,
    /// The region to sign in to; by default the profile's, the settings', the environment's.
    pub region: Option<String>,
    /// The identity that must come back.
    pub expect: Option<ExpectedIdentity>,
    /// The browser is on another device.
    pub remote: bool,
    /// Open a browser.
    pub open: bool,
}

/// A console sign-in that waits for the user.
pub(crate) struct ConsoleAttempt {
    options: ConsoleOptions,
    region: Region,
    service: SignIn,
    authorization: Authorization,
}

/// A console session that is signed in and not yet written.
pub(crate) struct ConsoleSignedIn {
    session: ConsoleSession,
    identity: ConsoleIdentity,
    profile: String,
    region: Region,
    /// The other identity that the profile has now.
    replaces: Option<String>,
    writes_region: bool,
}

/// The user of a console sign-in, who sees its steps and answers its questions.
pub(crate) trait ConsoleUser {
    /// Shows a step.
    fn show(&self, step: ConsoleStep);

    /// The text of the last page on another device. `None`: the user gave up.
    async fn text(&mut self) -> Option<Secret>;

    /// Asks a question. The default is no.
    async fn confirm(&mut self, question: String) -> bool;
}

impl Flow {
    /// True if a browser that is opened from here could not come back to this machine.
    #[must_use]
    pub(crate) fn needs_remote_sign_in(&self) -> bool {
        let env = &self.ctx().env;
        no_way_back(env, in_container(env)).is_some()
    }

    /// Signs in to the console with a user who is asked on the way, and writes the profile.
    ///
    /// # Errors
    /// Those of each step; another identity that the user did not want.
    pub(crate) async fn sign_in_to_console(
        &self,
        options: ConsoleOptions,
        user: &mut impl ConsoleUser,
    ) -> Result<ConsoleProfile, Problem> {
        let attempt = self.start_console_sign_in(options).await?;
        let signed_in = if attempt.is_remote() {
            self.wait_for_console_text(&attempt, user).await?
        } else {
            let show = |step| match step {
                SignInStep::Browser(page) => user.show(attempt.step(page)),
                SignInStep::Opened => user.show(ConsoleStep::Opened),
                SignInStep::NotOpened(why) => user.show(ConsoleStep::NotOpened(why)),
                _ => {}
            };
            self.wait_for_console_browser(&attempt, show).await?
        };
        let confirmed = match signed_in.question() {
            Some(question) => {
                let _wait = self.waiting.for_user("the answer to a question", None);
                user.confirm(question).await
            }
            None => true,
        };
        self.keep_console_session(signed_in, confirmed).await
    }

    /// Waits for the text of the last page on another device; a wrong text is reported, and the wait continues.
    async fn wait_for_console_text(
        &self,
        attempt: &ConsoleAttempt,
        user: &mut impl ConsoleUser,
    ) -> Result<ConsoleSignedIn, Problem> {
        let ends = self.ctx().clock.now() + BROWSER_TIMEOUT;
        user.show(attempt.step(SignInPage {
            url: attempt.authorization.url.clone(),
            portal_host: attempt.host(),
            expires_at: ends,
        }));
        loop {
            let wait = self
                .waiting
                .for_user("the text of the sign-in's last page", Some(ends));
            let text = user.text().await;
            drop(wait);
            let Some(text) = text else {
                return Err(Problem::new(ProblemKind::Cancelled, "not signed in"));
            };
            match attempt.check_text(&text) {
                Ok(()) => return self.take_console_text(attempt, &text).await,
                Err(problem) => user.show(ConsoleStep::TextRefused(problem)),
            }
        }
    }

    /// Starts a console sign-in. Nothing that could fail later is left to be checked after the user has signed
    /// in: the profile, the region, and that the session can be saved.
    ///
    /// # Errors
    /// A profile with credentials from another source, a wrong name or region, files that cannot be written.
    pub(crate) async fn start_console_sign_in(
        &self,
        options: ConsoleOptions,
    ) -> Result<ConsoleAttempt, Problem> {
        let files = self.snapshot()?;
        if let Some(name) = &options.profile {
            check_profile(&files, name)?;
        }
        if let Some(region) = &options.region {
            self.check_region(region).await?;
        }
        let region = self.console_region(&files, &options)?;
        self.inner.logins.check_writable()?;
        let service = self.sign_in_service(options.profile.as_deref(), &region.name)?;
        let authorization = if options.remote {
            service.authorize_elsewhere()
        } else {
            let hint = "sign in on another device instead: add --remote";
            service.authorize(callback(self.browser_peers(), hint).await?)
        };
        Ok(ConsoleAttempt {
            options,
            region,
            service,
            authorization,
        })
    }

    /// Waits until the browser has come back, ten minutes at most. Dropping the future cancels it.
    ///
    /// # Errors
    /// Denied, timed out, not allowed, offline: each with its own words; an identity that is not the expected
    /// one.
    pub(crate) async fn wait_for_console_browser(
        &self,
        attempt: &ConsoleAttempt,
        sink: impl Fn(SignInStep),
    ) -> Result<ConsoleSignedIn, Problem> {
        self.console_browser(attempt, sink)
            .await
            .map_err(|failed| failed.problem)
    }

    /// [`Flow::wait_for_console_browser`]; another method may help an identity that is not allowed to have
    /// console sessions for tools.
    pub(super) async fn console_browser(
        &self,
        attempt: &ConsoleAttempt,
        sink: impl Fn(SignInStep),
    ) -> Result<ConsoleSignedIn, AttemptFailed> {
        let ends = self.ctx().clock.now() + BROWSER_TIMEOUT;
        let _wait = self
            .waiting
            .for_user("the sign-in to the AWS console in the browser", Some(ends));
        let (giving, opened) = if attempt.options.open {
            match self.start_privately(&attempt.authorization.url).await {
                Ok(giving) => (giving, SignInStep::Opened),
                Err(problem) => (None, not_opened(problem)),
            }
        } else {
            (None, not_asked_for())
        };
        sink(SignInStep::Browser(SignInPage {
            url: attempt.authorization.url.clone(),
            portal_host: attempt.host(),
            expires_at: ends,
        }));
        sink(opened);
        let waiting = attempt.authorization.code(BROWSER_TIMEOUT);
        let code = while_given(giving, &sink, waiting)
            .await
            .map_err(Problem::from)?;
        self.redeem_console(attempt, &code).await
    }

    /// Continues with the text that the page on another device showed.
    ///
    /// # Errors
    /// A text that is not of this sign-in, and as [`Flow::wait_for_console_browser`].
    pub(crate) async fn take_console_text(
        &self,
        attempt: &ConsoleAttempt,
        pasted: &Secret,
    ) -> Result<ConsoleSignedIn, Problem> {
        let code = attempt.authorization.code_in(pasted)?;
        self.redeem_console(attempt, &code)
            .await
            .map_err(|failed| failed.problem)
    }

    async fn redeem_console(
        &self,
        attempt: &ConsoleAttempt,
        code: &Secret,
    ) -> Result<ConsoleSignedIn, AttemptFailed> {
        let key = DpopKey::generate();
        let answer = attempt
            .service
            .redeem(&attempt.authorization, code, &key)
            .await;
        let tokens = answer.map_err(|error| match error {
            SignInError::NotAllowed { .. } => AttemptFailed::try_next(error.into()),
            error => self.explain_redeem(error).into(),
        })?;
        let malformed = |detail: &str| {
            Problem::from(SignInError::Malformed {
                detail: detail.to_owned(),
            })
        };
        let identity: ConsoleIdentity = tokens
            .id_token
            .as_ref()
            .and_then(subject)
            .and_then(|arn| arn.parse().ok())
            .ok_or_else(|| malformed("the identity is missing"))?;
        let key = key
            .to_pem()
            .ok_or_else(|| malformed("the key cannot be written"))?;
        let session = ConsoleSession {
            arn: identity.arn.clone(),
            account: identity.account.to_string(),
            credentials: tokens.credentials,
            refresh_token: tokens.refresh_token,
            key,
            client_id: attempt.authorization.client_id().to_owned(),
            id_token: tokens.id_token,
            region: Some(attempt.region.name.clone()),
        };
        Ok(self.signed_in(attempt, session, identity)?)
    }

    /// A token that has expired although it is new means that the clocks differ.
    fn explain_redeem(&self, error: SignInError) -> Problem {
        if matches!(error, SignInError::SessionExpired) {
            let hint = self.clock_warning();
            return Problem::new(
                ProblemKind::Failed,
                "the sign-in service rejected the time of this machine's request",
            )
            .hint(
                hint.unwrap_or_else(|| "check this machine's clock, then sign in again".to_owned()),
            );
        }
        error.into()
    }

    fn signed_in(
        &self,
        attempt: &ConsoleAttempt,
        session: ConsoleSession,
        identity: ConsoleIdentity,
    ) -> Result<ConsoleSignedIn, Problem> {
        if let Some(expected) = &attempt.options.expect
            && !expected.includes(&identity)
        {
            return Err(other_identity(&identity, &expected.to_string()));
        }
        let files = self.snapshot()?;
        let profile = match &attempt.options.profile {
            Some(name) => name.clone(),
            None => free_name(&files, &identity),
        };
        let held = session_of(&files, &profile).map(str::to_owned);
        let replaces = held.filter(|held| {
            held.parse::<ConsoleIdentity>()
                .map_or(*held != identity.arn, |held| !held.is_same_as(&identity))
        });
        let has_region = files.value(&profile, "region").is_some();
        Ok(ConsoleSignedIn {
            writes_region: attempt.options.region.is_some() || !has_region,
            session,
            identity,
            profile,
            region: attempt.region.clone(),
            replaces,
        })
    }

    /// Writes the session and its profile. Where it takes the place of another identity's, that has to be
    /// `confirmed`.
    ///
    /// # Errors
    /// A place that is taken, and files that cannot be written; the earlier session stays then.
    pub(crate) async fn keep_console_session(
        &self,
        signed_in: ConsoleSignedIn,
        confirmed: bool,
    ) -> Result<ConsoleProfile, Problem> {
        if let Some(held) = &signed_in.replaces
            && !confirmed
        {
            return Err(other_identity(&signed_in.identity, &words(held)));
        }
        let _turn = self.turn(&signed_in.identity.arn).await;
        let lock = self.console_lock(&signed_in.identity.arn).await?;
        self.apart(move |flow| {
            let _lock = lock;
            flow.write_console_session(signed_in)
        })
        .await
    }

    fn write_console_session(&self, signed_in: ConsoleSignedIn) -> Result<ConsoleProfile, Problem> {
        let logins = &self.inner.logins;
        let before = logins.session(&signed_in.identity.arn)?;
        logins.save(&signed_in.session)?;
        let region = &signed_in.region;
        let edit = Edit::PutLogin {
            name: signed_in.profile.clone(),
            session: signed_in.identity.arn.clone(),
            region: signed_in.writes_region.then(|| region.name.clone()),
        };
        if let Err(problem) = self.edit(&[edit]) {
            let undone = match before {
                Some(before) => logins.save(&before),
                None => logins.forget(&signed_in.identity.arn),
            };
            return Err(match undone {
                Ok(()) => problem,
                Err(error) => and_not_undone(problem, &error.into()),
            });
        }
        Ok(ConsoleProfile {
            profile: signed_in.profile,
            identity: signed_in.identity.to_string(),
            region: region.name.clone(),
            is_region_assumed: region.is_assumed,
        })
    }

    /// The region of a sign-in: the wish of the user, the profile's own, that of the settings, the environment
    /// and the default profile.
    fn console_region(
        &self,
        files: &Snapshot,
        options: &ConsoleOptions,
    ) -> Result<Region, Problem> {
        let ctx = self.ctx();
        let profile = options.profile.as_deref().unwrap_or("default");
        let set = options
            .region
            .clone()
            .or_else(|| files.value(profile, "region"))
            .or_else(|| self.settings().default_region.clone());
        let found = match set {
            Some(name) => Some(name),
            None => ctx.region(|_| true)?,
        };
        let Some(name) = found.or_else(|| files.value("default", "region")) else {
            return Ok(Region {
                name: ASSUMED_REGION.to_owned(),
                is_assumed: true,
            });
        };
        Ok(Region::set(name))
    }
}

impl ConsoleAttempt {
    /// The address to open. Another user of this machine could finish the sign-in with it.
    #[must_use]
    pub(crate) fn url(&self) -> &str {
        &self.authorization.url
    }

    /// Checks that a pasted text is of this sign-in.
    ///
    /// # Errors
    /// It is none, or of another one.
    pub(crate) fn check_text(&self, pasted: &Secret) -> Result<(), Problem> {
        self.authorization.code_in(pasted)?;
        Ok(())
    }

    /// True if the user has to bring the code.
    #[must_use]
    pub(crate) fn is_remote(&self) -> bool {
        self.options.remote
    }

    /// The host of the page, to compare with the browser's address bar.
    #[must_use]
    pub(crate) fn host(&self) -> String {
        self.service.host()
    }

    /// The step in which its page is shown.
    fn step(&self, page: SignInPage) -> ConsoleStep {
        ConsoleStep::Page {
            page,
            is_elsewhere: self.options.remote,
            assumed_region: self.region.is_assumed.then(|| self.region.name.clone()),
        }
    }

    /// The region of the sign-in.
    #[must_use]
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }
}

impl ConsoleSignedIn {
    /// The identity of the session.
    #[must_use]
    pub(super) fn identity(&self) -> &ConsoleIdentity {
        &self.identity
    }

    /// The question that has to be answered with yes before the session takes the place of another identity's.
    #[must_use]
    pub(crate) fn question(&self) -> Option<String> {
        let held = self.replaces.as_ref()?;
        Some(format!(
            "You signed in as {}, but the profile {} is for {}. Replace it?",
            self.identity,
            self.profile,
            words(held)
        ))
    }
}

/// The identity in an ARN as the user writes it, or the ARN itself.
fn words(arn: &str) -> String {
    arn.parse::<ConsoleIdentity>()
        .map_or_else(|_| arn.to_owned(), |identity| identity.to_string())
}

fn other_identity(found: &ConsoleIdentity, wanted: &str) -> Problem {
    Problem::new(
        ProblemKind::AccessDenied,
        format!("you signed in as {found}, not as {wanted}"),
    )
    .detail("nothing was changed")
    .hint(format!(
        "sign in again, and pick the session of {wanted} in the browser"
    ))
}

/// Refuses a name that the AWS CLI could not read, and a profile with credentials from another source.
fn check_profile(files: &Snapshot, name: &str) -> Result<(), Problem> {
    let is_odd = |c: char| c.is_control() || "[]\"'\\#;".contains(c);
    if name.trim() != name || name.is_empty() || name.contains(is_odd) {
        return Err(Problem::new(
            ProblemKind::Usage,
            format!("{name:?} is not a valid profile name"),
        )
        .hint("use letters, digits and . _ + @ / -"));
    }
    match files.other_source(name) {
        None => Ok(()),
        Some(key) => Err(Problem::new(
            ProblemKind::Failed,
            format!("the profile {name} has credentials from another source"),
        )
        .detail(key)
        .hint("choose another name: roledex login --console NAME")),
    }
}

/// The name of the profile for an identity: the one that has its session, else a new one.
fn free_name(files: &Snapshot, identity: &ConsoleIdentity) -> String {
    let is_theirs = |name: &&str| {
        let session = session_of(files, name).map(str::parse::<ConsoleIdentity>);
        matches!(session, Some(Ok(held)) if held.is_same_as(identity))
    };
    if let Some(name) = files.own_names().find(is_theirs) {
        return name.to_owned();
    }
    let name = identity.profile_name();
    let names = std::iter::once(name.clone())
        .chain(std::iter::once(format!("{name}-console")))
        .chain((2..).map(|n| format!("{name}-console-{n}")));
    let is_free = |name: &String| !files.has_credentials(name);
    names.into_iter().find(is_free).unwrap_or(name)
}

/// A problem after which the earlier session could not be put back either.
fn and_not_undone(problem: Problem, undoing: &Problem) -> Problem {
    let cause = match &problem.detail {
        Some(detail) => format!("{detail}; "),
        None => String::new(),
    };
    let detail = format!("{cause}the new console session stays: {undoing}");
    problem.detail(detail)
}
