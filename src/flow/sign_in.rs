//! Signing in (docs/requirements.md#sign-in): in the browser of this machine, or by a code; from a
//! cached registration to a saved token.

use std::time::Duration;

use super::Flow;
use super::browser::{Giving, no_way_back};
use crate::aws::callback::Callback;
use crate::aws::oidc::{DeviceAuthorization, Oidc, OidcError};
use crate::aws::pkce::Authorization;
use crate::aws::{Error, region_finder, start_url};
use crate::config::env::in_container;
use crate::domain::portal::ACCOUNT_ACCESS_SCOPE;
use crate::domain::sign_in::{SignInCode, SignInMethod, SignInPage, SignInStep};
use crate::domain::text::word;
use crate::domain::{AccessToken, Portal, Problem, ProblemKind, Registration};
use crate::saml::capture::browser;
use crate::serve::Peers;
use crate::store::remembered::Remembered;

/// The client's name on the consent page.
const CLIENT_NAME: &str = "roledex";

/// Timeout of the browser's return (docs/requirements.md#pkce-callback).
const BROWSER_TIMEOUT: Duration = Duration::from_mins(10);

/// The sign-in service of a portal.
struct Service {
    oidc: Oidc,
    /// The start URL as the service knows it.
    start_url: String,
}

/// A page that waits in the browser.
struct Page {
    registration: Registration,
    authorization: Authorization,
    /// The one-shot page that leads the browser there, until it has come.
    giving: Option<Giving>,
}

/// A port that the browser comes back to. `hint` says what to do where there is none.
pub(super) async fn callback(peers: Peers, hint: &str) -> Result<Callback, Problem> {
    Callback::bind(peers).await.map_err(|error| {
        Problem::new(
            ProblemKind::Failed,
            "cannot open a port on 127.0.0.1 for the sign-in",
        )
        .detail(error.to_string())
        .hint(hint)
    })
}

pub(super) fn not_asked_for() -> SignInStep {
    SignInStep::NotOpened("no browser requested".to_owned())
}

pub(super) fn not_opened(problem: Problem) -> SignInStep {
    SignInStep::NotOpened(problem.detail.unwrap_or(problem.title).into())
}

impl Flow {
    /// Signs in to a portal, opening the browser unless the settings say no. Dropping the future
    /// cancels it: there is one poller or listener, and it is part of the future (docs/requirements.md#one-poller).
    ///
    /// # Errors
    /// A token cache that cannot be written; denied, expired, throttled, offline, wrong region, an answer to another question: each with
    /// its own words.
    pub async fn sign_in(
        &self,
        portal: &Portal,
        method: SignInMethod,
        sink: impl Fn(SignInStep),
    ) -> Result<(), Problem> {
        let open = self.opens_browser();
        self.sign_in_with(portal, method, open, sink).await
    }

    /// [`Flow::sign_in`], told whether to open a browser.
    ///
    /// # Errors
    /// As [`Flow::sign_in`].
    pub async fn sign_in_with(
        &self,
        portal: &Portal,
        method: SignInMethod,
        open: bool,
        sink: impl Fn(SignInStep),
    ) -> Result<(), Problem> {
        self.check_token_cache(portal).await?;
        sink(SignInStep::Registering);
        let _wait = self
            .waiting
            .start(format!("the sign-in service of {}", portal.name));
        let service = self.service(portal).await?;
        let token = match self.start_browser(portal, &service, method, open).await? {
            Some((page, opened)) => {
                self.wait_for_browser(portal, &service.oidc, page, opened, &sink)
                    .await?
            }
            None => self.wait_for_code(portal, &service, open, &sink).await?,
        };
        let lock = self.token_lock(portal).await?;
        let expires_at = token.expires_at;
        let portal = portal.clone();
        let saved = self.apart(move |flow| {
            let _lock = lock;
            let static_profiles = flow.forget_earlier_sign_in(&portal)?;
            flow.inner.tokens.save_token(&portal, &token)?;
            flow.unsaved().remove(&portal.name);
            flow.set_refused(&portal, false);
            flow.forget_refusals(&portal);
            Ok(static_profiles)
        });
        sink(SignInStep::SignedIn {
            expires_at,
            static_profiles: saved.await?,
        });
        Ok(())
    }

    /// Checks that a token could be saved, before the user is asked to allow anything.
    async fn check_token_cache(&self, portal: &Portal) -> Result<(), Problem> {
        let _lock = self.token_lock(portal).await?;
        Ok(self.inner.tokens.check_writable(portal)?)
    }

    /// A page that waits in the browser, and the state of the browser. `None`: sign in with a code,
    /// because the user wants it, or because the browser could not return to this machine (docs/requirements.md#browser-on-another-host).
    async fn start_browser(
        &self,
        portal: &Portal,
        service: &Service,
        method: SignInMethod,
        open: bool,
    ) -> Result<Option<(Page, SignInStep)>, Problem> {
        let env = &self.ctx().env;
        let automatic = match method {
            SignInMethod::Device => return Ok(None),
            SignInMethod::Browser => false,
            SignInMethod::Auto if !open => return Ok(None),
            SignInMethod::Auto => {
                if let Some(reason) = no_way_back(env, in_container(env)) {
                    tracing::info!(reason, "signing in with a code");
                    return Ok(None);
                }
                true
            }
        };
        let mut page = match self.browser_page(portal, service).await {
            Ok(page) => page,
            // An Identity Center that refuses this way may take the other.
            Err(problem) if automatic && !problem.kind.is_transient() => {
                tracing::info!(%problem, "signing in with a code");
                return Ok(None);
            }
            Err(problem) => return Err(problem),
        };
        if !open {
            return Ok(Some((page, not_asked_for())));
        }
        match self.start_privately(&page.authorization.url).await {
            Ok(giving) => {
                page.giving = giving;
                Ok(Some((page, SignInStep::Opened)))
            }
            Err(problem) if automatic => {
                tracing::info!(%problem, "signing in with a code");
                Ok(None)
            }
            Err(problem) => Ok(Some((page, not_opened(problem)))),
        }
    }

    /// The question for the browser, with a registration from the cache or a new one; its port
    /// listens before the browser is sent there.
    async fn browser_page(&self, portal: &Portal, service: &Service) -> Result<Page, Problem> {
        let Service { oidc, start_url } = service;
        let hint = "sign in with a code instead: roledex login --device";
        let callback = callback(self.browser_peers(), hint).await?;
        let scopes = with_scopes(portal).scopes;
        let tokens = &self.inner.tokens;
        let known = tokens.browser_registration(portal, self.ctx().clock.now())?;
        let registration = match known {
            Some(known) => known,
            None => {
                let new = oidc
                    .register_for_browser(CLIENT_NAME, &scopes, start_url)
                    .await?;
                tokens.save_browser_registration(portal, &scopes, &new)?;
                new
            }
        };
        let authorization = oidc.authorize(&registration, &scopes, callback);
        Ok(Page {
            registration,
            authorization,
            giving: None,
        })
    }

    /// Waits until the browser has come back, ten minutes at most.
    async fn wait_for_browser(
        &self,
        portal: &Portal,
        oidc: &Oidc,
        page: Page,
        opened: SignInStep,
        sink: &impl Fn(SignInStep),
    ) -> Result<AccessToken, Problem> {
        let clock = &self.ctx().clock;
        let _wait = self.waiting.for_user(
            format!("the sign-in to {} in the browser", portal.name),
            Some(clock.now() + BROWSER_TIMEOUT),
        );
        sink(SignInStep::Browser(SignInPage {
            url: page.authorization.url.clone(),
            portal_host: portal.host().to_owned(),
            expires_at: clock.now() + BROWSER_TIMEOUT,
        }));
        sink(opened);
        let redeeming = oidc.redeem(
            &page.registration,
            &page.authorization,
            BROWSER_TIMEOUT,
            clock,
        );
        let result = while_given(page.giving, sink, redeeming).await;
        // A client that the service has forgotten gets an error page that never comes back (docs/requirements.md#registrations-expire):
        // the next attempt registers a new one.
        if matches!(result, Err(OidcError::NoAnswer | OidcError::InvalidClient)) {
            self.inner.tokens.forget_registration(portal)?;
        }
        Ok(result?)
    }

    /// Shows a code, and waits until it is approved in any browser.
    async fn wait_for_code(
        &self,
        portal: &Portal,
        service: &Service,
        open: bool,
        sink: &impl Fn(SignInStep),
    ) -> Result<AccessToken, Problem> {
        let (registration, device) = self.start_device(portal, service).await?;
        let _wait = self.waiting.for_user(
            format!("the approval of the code at {}", portal.name),
            Some(device.expires_at),
        );
        sink(SignInStep::Code(SignInCode {
            user_code: device.user_code.clone(),
            verification_uri: device.verification_uri.clone(),
            verification_uri_complete: device.verification_uri_complete.clone(),
            portal_host: portal.host().to_owned(),
            expires_at: device.expires_at,
        }));
        let mut giving = None;
        sink(if open {
            match self
                .start_code_page(&device.verification_uri_complete)
                .await
            {
                Ok(page) => {
                    giving = page;
                    SignInStep::Opened
                }
                Err(problem) => not_opened(problem),
            }
        } else {
            not_asked_for()
        });
        let polling = service.oidc.poll(&registration, &device, &self.ctx().clock);
        let result = while_given(giving, sink, polling).await;
        // The user has seen the code of this client: only the next attempt can have another.
        if matches!(result, Err(OidcError::InvalidClient)) {
            let tokens = &self.inner.tokens;
            tokens.forget_registration(&with_scopes(portal))?;
        }
        Ok(result?)
    }

    /// A device code, with a registration from the cache or a new one. A cached client that the
    /// service no longer knows is registered again, once (docs/requirements.md#registrations-expire).
    async fn start_device(
        &self,
        portal: &Portal,
        service: &Service,
    ) -> Result<(Registration, DeviceAuthorization), Problem> {
        let Service { oidc, start_url } = service;
        let clock = &self.ctx().clock;
        let scoped = with_scopes(portal);
        let tokens = &self.inner.tokens;
        if let Some(registration) = tokens.registration(&scoped, clock.now())? {
            match oidc.start(&registration, start_url, clock).await {
                Ok(device) => return Ok((registration, device)),
                Err(OidcError::InvalidClient) => tokens.forget_registration(&scoped)?,
                Err(error) => return Err(error.into()),
            }
        }
        let registration = oidc.register(CLIENT_NAME, &scoped.scopes).await?;
        tokens.save_registration(&scoped, &registration)?;
        let device = oidc.start(&registration, start_url, clock).await?;
        Ok((registration, device))
    }

    /// The sign-in service, with the start URL as Identity Center knows it: behind a customer's own host is one of AWS's,
    /// which tells the endpoint. The configured URL stays the key of the caches (docs/protocols.md#start-url-resolution).
    async fn service(&self, portal: &Portal) -> Result<Service, Problem> {
        let start_url = match start_url::parse(&portal.start_url) {
            Ok(parsed) if parsed.vanity => {
                let found = region_finder::resolve(self.http()?, &parsed).await?;
                if let Some(region) = found.region.filter(|region| *region != portal.region) {
                    return Err(wrong_region(portal, region));
                }
                found.url
            }
            Err(error @ Error::AccountAccess { .. }) => return Err(error.into()),
            // What the AWS CLI takes as it is, so do we; the service is the judge.
            _ => portal.start_url.clone(),
        };
        let oidc = self.oidc(&Portal {
            start_url: start_url.clone(),
            ..portal.clone()
        })?;
        Ok(Service { oidc, start_url })
    }

    /// `true` if the capture browser has a profile, which holds its sign-ins.
    #[must_use]
    pub fn has_browser_profile(&self) -> bool {
        self.browser_profile().exists()
    }

    /// Forgets the capture browser's profile with every sign-in in it.
    ///
    /// # Errors
    /// A capture that is using it, and files that cannot be removed.
    pub async fn forget_browser(&self) -> Result<(), Problem> {
        browser::forget(&self.checked_browser_profile()?)
            .await
            .map_err(|error| {
                let directory = self.ctx().dirs.tilde(&self.browser_profile());
                error.problem_of(
                    "the capture browser",
                    &format!("close its windows and try again, or delete {directory} yourself"),
                )
            })?;
        Ok(Remembered::change(
            &self.ctx().dirs,
            Remembered::forget_sign_ins,
        )?)
    }
}

/// The host of a portal leads to another region than is set.
fn wrong_region(portal: &Portal, region: String) -> Problem {
    let hint = format!(
        "to correct it, run: roledex portal edit {} --region {region}",
        word(&portal.name)
    );
    let error = OidcError::WrongRegion {
        asked: portal.region.clone(),
        hint: Some(region),
    };
    Problem::from(error).hint(hint)
}

/// Waits for a sign-in while its page is handed to the browser. A browser that does not come is reported,
/// and does not end the wait: the user has the address.
pub(super) async fn while_given<T>(
    giving: Option<Giving>,
    sink: &impl Fn(SignInStep),
    waiting: impl Future<Output = T>,
) -> T {
    tokio::pin!(waiting);
    if let Some(giving) = giving {
        tokio::select! {
            result = &mut waiting => return result,
            Err(error) = giving => sink(SignInStep::NotOpened(error.to_string())),
        }
    }
    waiting.await
}

/// The portal with the scope that a refresh token needs (docs/requirements.md#refresh-tokens-need-a-scope), as the AWS CLI assumes it for its own
/// browser sign-in where the section has none.
fn with_scopes(portal: &Portal) -> Portal {
    let mut portal = portal.clone();
    if portal.scopes.is_empty() {
        portal.scopes.push(ACCOUNT_ACCESS_SCOPE.to_owned());
    }
    portal
}
