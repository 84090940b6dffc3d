//! Signing in and out (L1–L6, L12): the device flow, from a cached registration to a saved token.

use super::Flow;
use crate::aws::oidc::{DeviceAuthorization, Oidc, OidcError};
use crate::aws::start_url;
use crate::domain::portal::ACCOUNT_ACCESS_SCOPE;
use crate::domain::sign_in::{SignInCode, SignInStep};
use crate::domain::{EntryId, Kind, Portal, Problem, Registration};
use crate::saml::capture::browser;
use crate::store::aws_files::Edit;
use crate::store::learnt::Learnt;

/// What the consent page calls us.
const CLIENT_NAME: &str = "roledex";

impl Flow {
    /// Signs in to a portal by device flow, opening the browser unless the settings say no. Dropping
    /// the future cancels it: there is one poller, and it is part of the future (L2).
    ///
    /// # Errors
    /// Denied, expired, throttled, offline, wrong region: each with its own words.
    pub async fn sign_in(&self, portal: &Portal, sink: impl Fn(SignInStep)) -> Result<(), Problem> {
        self.sign_in_with(
            portal,
            self.ctx().settings.open_browser.unwrap_or(true),
            sink,
        )
        .await
    }

    /// [`Flow::sign_in`], told whether to open a browser.
    ///
    /// # Errors
    /// As [`Flow::sign_in`].
    pub async fn sign_in_with(
        &self,
        portal: &Portal,
        open: bool,
        sink: impl Fn(SignInStep),
    ) -> Result<(), Problem> {
        sink(SignInStep::Registering);
        let oidc = self.oidc(portal)?;
        let (registration, device) = self.start_device(portal, &oidc).await?;
        sink(SignInStep::Code(SignInCode {
            user_code: device.user_code.clone(),
            verification_uri: device.verification_uri.clone(),
            verification_uri_complete: device.verification_uri_complete.clone(),
            portal_host: portal.host().to_owned(),
            expires_at: device.expires_at,
        }));
        if open {
            sink(
                match self.open_browser(&device.verification_uri_complete).await {
                    Ok(()) => SignInStep::Opened,
                    Err(problem) => SignInStep::NotOpened(problem.detail.unwrap_or(problem.title)),
                },
            );
        } else {
            sink(SignInStep::NotOpened("no browser was asked for".to_owned()));
        }
        let token = oidc.poll(&registration, &device, &self.ctx().clock).await?;
        let _lock = self.token_lock(portal).await?;
        self.inner.tokens.save_token(portal, &token)?;
        self.set_refused(portal, false);
        sink(SignInStep::SignedIn {
            expires_at: token.expires_at,
        });
        Ok(())
    }

    /// A device code, with a registration from the cache or a new one. A cached client that the
    /// service no longer knows is registered anew, once (L4).
    async fn start_device(
        &self,
        portal: &Portal,
        oidc: &Oidc,
    ) -> Result<(Registration, DeviceAuthorization), Problem> {
        let clock = &self.ctx().clock;
        let scoped = with_scopes(portal);
        let start_url = self.service_url(portal).await?;
        let tokens = &self.inner.tokens;
        if let Some(registration) = tokens.registration(&scoped, clock.now())? {
            match oidc.start(&registration, &start_url, clock).await {
                Ok(device) => return Ok((registration, device)),
                Err(OidcError::InvalidClient) => tokens.forget_registration(&scoped)?,
                Err(error) => return Err(error.into()),
            }
        }
        let registration = oidc.register(CLIENT_NAME, &scoped.scopes).await?;
        tokens.save_registration(&scoped, &registration)?;
        let device = oidc.start(&registration, &start_url, clock).await?;
        Ok((registration, device))
    }

    /// The start URL as Identity Center knows it: behind a customer's own host is one of AWS's. The
    /// configured URL stays the key of the caches (WIRE.md §2).
    async fn service_url(&self, portal: &Portal) -> Result<String, Problem> {
        match start_url::parse(&portal.start_url) {
            Ok(parsed) if parsed.vanity => Ok(start_url::resolve(self.http()?, &parsed).await?.url),
            // What the AWS CLI takes as it is, so do we; the service is the judge.
            _ => Ok(portal.start_url.clone()),
        }
    }

    /// Ends a sign-in: revoked at the service where it can be reached, then forgotten here with the
    /// portal's stored credentials and the keys of its `static` profiles.
    ///
    /// # Errors
    /// Files that cannot be written. A service that cannot be reached is a returned warning: the
    /// local copies are gone all the same.
    pub async fn sign_out(&self, portal: &Portal) -> Result<Vec<String>, Problem> {
        let mut warnings = Vec::new();
        if let Some(token) = self.inner.tokens.token(portal)?
            && token.expires_at > self.ctx().clock.now()
            && let Err(error) = self
                .portal_client(portal)?
                .logout(&token.access_token)
                .await
        {
            let problem = Problem::from(error);
            warnings.push(format!(
                "{} did not confirm the sign-out ({problem}); the token is forgotten here",
                portal.name
            ));
        }
        let lock = self.token_lock(portal).await?;
        self.inner.tokens.forget_token(portal)?;
        drop(lock);
        self.set_refused(portal, false);
        let apps = self.apps()?;
        let behind = |id: &EntryId| match id.kind {
            Kind::Org => id.source == portal.name,
            Kind::External => apps
                .iter()
                .any(|app| app.name == id.source && app.portal.as_ref() == Some(&portal.name)),
        };
        for app in &apps {
            self.forget_assertion(app);
        }
        for id in self.inner.credentials.ids()? {
            if behind(&id) {
                self.inner.credentials.forget(&id)?;
            }
        }
        let keys: Vec<_> = self
            .profiles()?
            .into_iter()
            .filter(|profile| {
                profile.mode == crate::domain::profile::Mode::Static && behind(&profile.entry)
            })
            .map(|profile| Edit::RemoveProfile { name: profile.name })
            .collect();
        if !keys.is_empty() {
            self.inner.files.edit(&keys)?;
        }
        self.inner.files.forget_old_keys(behind)?;
        Ok(warnings)
    }

    /// Whether there is a profile of the capture browser, with the sign-ins in it.
    #[must_use]
    pub fn has_browser_profile(&self) -> bool {
        self.browser_profile().exists()
    }

    /// Forgets the capture browser's profile with every sign-in in it.
    ///
    /// # Errors
    /// A capture that is using it, and files that cannot be removed.
    pub async fn forget_browser(&self) -> Result<(), Problem> {
        browser::forget(&self.browser_profile())
            .await
            .map_err(|error| error.problem("the capture browser"))?;
        Ok(Learnt::change(&self.ctx().dirs, Learnt::forget_sign_ins)?)
    }
}

/// The portal with the scope that a refresh token needs (L6), as the AWS CLI assumes it for its own
/// browser sign-in where the section has none.
fn with_scopes(portal: &Portal) -> Portal {
    let mut portal = portal.clone();
    if portal.scopes.is_empty() {
        portal.scopes.push(ACCOUNT_ACCESS_SCOPE.to_owned());
    }
    portal
}
