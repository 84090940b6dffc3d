//! Credentials of an entry: the stored ones while they are fresh, else new ones.

use std::sync::Arc;

use super::tokens::blocking;
use super::{Flow, LOCK_WAIT};
use crate::aws::portal::PortalError;
use crate::domain::credentials::SOON_SECONDS;
use crate::domain::time::seconds_left;
use crate::domain::{Credentials, EntryId, Kind, Portal, Problem, ProblemKind};

impl Flow {
    /// Stored credentials with more than fifteen minutes left. No network, no runtime: the hot path
    /// of `roledex credentials`.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn stored(&self, id: &EntryId) -> Result<Option<Credentials>, Problem> {
        let now = self.ctx().clock.now();
        let stored = self.inner.credentials.get(id)?;
        Ok(stored.filter(|stored| seconds_left(now, stored.expires_at) > SOON_SECONDS))
    }

    /// Credentials that are good now: stored ones while more than fifteen minutes are left, else new
    /// ones; concurrent callers, in this process and others, share one request. Never asks a person.
    ///
    /// # Errors
    /// `SignInNeeded`, `AccessDenied`, and the trouble of network and files. While stored
    /// credentials still live, trouble that passes is no error.
    pub async fn obtain(&self, id: &EntryId) -> Result<Credentials, Problem> {
        self.inner.credentials.settle();
        if let Some(stored) = self.stored(id)? {
            return Ok(stored);
        }
        let before = self.inner.credentials.get(id)?;
        let _lock = self.credential_lock(id).await?;
        let stored = self.inner.credentials.get(id)?;
        if let Some(stored) = &stored
            && (self.stored(id)?.is_some() || before.as_ref() != Some(stored))
            && stored.expires_at > self.ctx().clock.now()
        {
            // Whoever held the lock before us renewed them.
            return Ok(stored.clone());
        }
        match self.request(id).await {
            Err(problem)
                if problem.kind.is_transient()
                    && stored
                        .as_ref()
                        .is_some_and(|c| c.expires_at > self.ctx().clock.now()) =>
            {
                tracing::info!(%problem, entry = %id, "stored credentials are used while they live");
                stored.ok_or(problem)
            }
            result => result,
        }
    }

    /// New credentials now, whatever is stored.
    ///
    /// # Errors
    /// As [`Flow::obtain`].
    pub async fn obtain_new(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let _lock = self.credential_lock(id).await?;
        self.request(id).await
    }

    async fn credential_lock(&self, id: &EntryId) -> Result<crate::store::lock::Lock, Problem> {
        let (inner, id) = (Arc::clone(&self.inner), id.clone());
        blocking(move || inner.credentials.lock(&id, LOCK_WAIT)).await
    }

    async fn request(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let credentials = match id.kind {
            Kind::Org => self.request_org(id).await?,
            Kind::External => {
                return Err(Problem::new(
                    ProblemKind::NoSingleMatch {
                        candidates: Vec::new(),
                    },
                    format!("there is no app named {:?}", &*id.source),
                ));
            }
        };
        self.inner.credentials.put(id, &credentials)?;
        Ok(credentials)
    }

    async fn request_org(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let portal = self.portal(&id.source)?;
        let client = self.portal_client(&portal)?;
        let token = self.access_token(&portal).await?;
        let first = client.role_credentials(&token, id.account, &id.role).await;
        let result = match first {
            Err(PortalError::Unauthorized) => {
                let token = self.renew(&portal, token).await?;
                client.role_credentials(&token, id.account, &id.role).await
            }
            other => other,
        };
        result.map_err(|error| self.explain(id, &portal, error))
    }

    /// A portal's error, in terms of the entry.
    fn explain(&self, id: &EntryId, portal: &Portal, error: PortalError) -> Problem {
        match error {
            PortalError::Unauthorized => {
                self.set_refused(portal, true);
                Problem::sign_in_needed(&portal.name)
            }
            error => {
                let problem = Problem::from(error);
                let cause = problem.to_string();
                Problem {
                    title: format!("no credentials for {} in {}", id.role, id.account),
                    ..problem
                }
                .detail(cause)
            }
        }
    }
}
