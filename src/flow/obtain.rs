//! Credentials of an entry: the stored ones while they are fresh, else new ones.

use std::sync::Arc;

use super::tokens::blocking;
use super::{Flow, LOCK_WAIT};
use crate::aws::portal::PortalError;
use crate::config::settings::Store;
use crate::config::{Clock, Dirs};
use crate::domain::credentials::SOON_SECONDS;
use crate::domain::time::seconds_left;
use crate::domain::{Credentials, EntryId, Kind, Portal, Problem, ProblemKind};
use crate::store::credential_store::CredentialStore;

/// Stored credentials with more than fifteen minutes left: the hot path of `roledex credentials`. No
/// network, no runtime, no settings, no AWS files; what cannot be read here counts as none, and is
/// told on the long way.
#[must_use]
pub fn stored(dirs: &Dirs, clock: &Clock, id: &EntryId) -> Option<Credentials> {
    // The place where new ones would go does not matter to what is there already.
    let store = CredentialStore::new(dirs, Store::default(), clock.clone());
    store.find(id, |found| is_fresh(found, clock))
}

fn is_fresh(stored: &Credentials, clock: &Clock) -> bool {
    seconds_left(clock.now(), stored.expires_at) > SOON_SECONDS
}

impl Flow {
    /// Credentials that are good now: stored ones while more than fifteen minutes are left, else new
    /// ones; concurrent callers, in this process and others, share one request. Never asks a person.
    ///
    /// # Errors
    /// `SignInNeeded`, `CaptureNeeded`, `AccessDenied`, and the trouble of network and files. While
    /// stored credentials still live, neither trouble that passes is an error, nor that a person
    /// would have to help.
    pub async fn obtain(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let before = self.held(id, true).await?;
        if let Some(stored) = before
            .as_ref()
            .filter(|stored| is_fresh(stored, &self.ctx().clock))
        {
            return Ok(stored.clone());
        }
        let _lock = self.credential_lock(id).await?;
        let alive = |stored: &Credentials| stored.expires_at > self.ctx().clock.now();
        let stored = self.held(id, false).await?.filter(alive);
        if let Some(stored) = &stored
            && before.as_ref() != Some(stored)
        {
            // Whoever held the lock before us renewed them.
            return Ok(stored.clone());
        }
        match self.request(id).await {
            Err(problem) if may_wait(&problem) => match stored.filter(alive) {
                Some(stored) => {
                    tracing::info!(%problem, entry = %id, "stored credentials are used while they live");
                    Ok(stored)
                }
                None => Err(problem),
            },
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

    /// What is stored, fresh or not; first moved to where it belongs, if `settle`. A keyring may take its
    /// time, or ask: never on the thread that draws (K1).
    async fn held(&self, id: &EntryId, settle: bool) -> Result<Option<Credentials>, Problem> {
        let (inner, id) = (Arc::clone(&self.inner), id.clone());
        blocking(move || {
            if settle {
                inner.credentials.settle();
            }
            inner.credentials.get(&id)
        })
        .await
    }

    async fn credential_lock(&self, id: &EntryId) -> Result<crate::store::lock::Lock, Problem> {
        let (inner, id) = (Arc::clone(&self.inner), id.clone());
        blocking(move || inner.credentials.lock(&id, LOCK_WAIT)).await
    }

    async fn request(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let credentials = match id.kind {
            Kind::Org => self.request_org(id).await?,
            Kind::External => self.request_external(id).await?,
            Kind::Chain => self.request_chain(id).await?,
        };
        let (inner, id, new) = (Arc::clone(&self.inner), id.clone(), credentials.clone());
        blocking(move || inner.credentials.put(&id, &new)).await?;
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
            error => Problem::from(error)
                .causing(format!("no credentials for {} in {}", id.role, id.account)),
        }
    }
}

/// Trouble that need not keep anybody from using credentials that still live.
fn may_wait(problem: &Problem) -> bool {
    problem.kind.is_transient()
        || matches!(
            problem.kind,
            ProblemKind::CaptureNeeded { .. } | ProblemKind::SignInNeeded { .. }
        )
}
