//! Renewing credentials of external entries that end soon, in the background.
//!
//! A new SAML response may take a headless browser and many seconds, and fail for as long as nobody
//! signs in. So while stored credentials live, commands use them at once, and one process, started by
//! the first command, renews them: once for each set of credentials, whatever comes of it.

use std::time::Duration;

use jiff::Timestamp;

use super::Flow;
use super::tokens::blocking;
use crate::config::Dirs;
use crate::domain::time::seconds_left;
use crate::domain::{Credentials, EntryId, Kind, Problem, ProblemKind};
use crate::shell::background;
use crate::store::remembered::Remembered;

/// The hidden command that renews an entry's credentials.
pub(crate) const COMMAND: &str = "__renew";

/// Its flag for the process that does the work.
pub(crate) const WORK_FLAG: &str = "--work";

/// Credentials with this many seconds left or fewer are not worth using while others can be had.
const MIN_SECONDS: i64 = 5;

/// The renewal of one entry in the background ends after this time at the latest.
const TIMEOUT: Duration = Duration::from_secs(90);

/// True for credentials that are used at once though they end soon: their renewal takes too long to
/// wait for.
pub(super) fn is_used_at_once(id: &EntryId, held: &Credentials, now: Timestamp) -> bool {
    id.kind == Kind::External && seconds_left(now, held.expires_at) > MIN_SECONDS
}

/// Starts the renewal of credentials that end soon, unless another command has done so for this set of them.
/// May wait for a lock. Failures are logged only: the credentials are used in any case.
pub(super) fn start(dirs: &Dirs, id: &EntryId, held: &Credentials, now: Timestamp) {
    let ends = held.expires_at;
    match Remembered::load(dirs) {
        Ok(remembered) if !remembered.is_renewal_claimed(id, ends) => {}
        _ => return,
    }
    let mut is_ours = false;
    let claimed = Remembered::change(dirs, |remembered| {
        is_ours = remembered.claim_renewal(id, ends, now);
    });
    if let Err(error) = claimed {
        tracing::info!(%error, entry = %id, "no renewal started: cannot save its state");
    } else if is_ours && let Err(error) = background::start(&[COMMAND, &id.to_string()]) {
        tracing::info!(%error, entry = %id, "cannot start the background renewal");
    }
}

impl Flow {
    /// Renews an entry's credentials that end soon, without a user, and with them those of the other
    /// roles of its app: one response serves them all.
    ///
    /// # Errors
    /// The cause, which is remembered.
    pub async fn renew_soon(&self, id: &EntryId) -> Result<(), Problem> {
        self.renew_one(id).await?;
        for other in self.inner.credentials.ids()? {
            if other == *id || other.kind != id.kind || other.source != id.source {
                continue;
            }
            if let Some(held) = self.held(&other, false).await?
                && self.claims(&other, &held).await?
            {
                let _ = self.renew_one(&other).await;
            }
        }
        Ok(())
    }

    /// Reports that credentials that expire soon could not be renewed in the background.
    pub(super) fn renewal_warning(&self, id: &EntryId, held: &Credentials) -> Option<String> {
        let ctx = self.ctx();
        if held.is_fresh(ctx.clock.now()) {
            return None;
        }
        let remembered = Remembered::load(&ctx.dirs).ok()?;
        let failure = remembered.renewal_failure(id)?;
        Some(format!(
            "the credentials expire soon and could not be renewed ({failure}); run: roledex refresh {id}"
        ))
    }

    async fn renew_one(&self, id: &EntryId) -> Result<(), Problem> {
        let result = tokio::time::timeout(TIMEOUT, self.renew_held(id)).await;
        let failure = match result {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(problem)) => problem,
            Err(_) => Problem::new(
                ProblemKind::Service,
                format!("timed out while getting new credentials for {id}"),
            ),
        };
        tracing::info!(%failure, entry = %id, "background renewal failed");
        let words = failure.to_string();
        Remembered::change(&self.ctx().dirs, |remembered| {
            remembered.set_renewal_failure(id, &words);
        })?;
        Err(failure)
    }

    async fn renew_held(&self, id: &EntryId) -> Result<(), Problem> {
        let _lock = self.credential_lock(id).await?;
        let now = self.ctx().clock.now();
        match self.held(id, false).await? {
            Some(held) if held.is_fresh(now) => Ok(()),
            _ => {
                self.request(id).await?;
                // Another process has no use for them then.
                if self.unstored().contains_key(id) {
                    let title = "the new credentials cannot be stored";
                    return Err(Problem::new(ProblemKind::File, title));
                }
                Ok(())
            }
        }
    }

    /// `true` if these credentials end soon and no other command has renewed them.
    async fn claims(&self, id: &EntryId, held: &Credentials) -> Result<bool, Problem> {
        let now = self.ctx().clock.now();
        if held.is_fresh(now) || !held.is_alive(now) {
            return Ok(false);
        }
        let (dirs, id, ends) = (self.ctx().dirs.clone(), id.clone(), held.expires_at);
        blocking(move || {
            let mut is_ours = false;
            Remembered::change(&dirs, |remembered| {
                is_ours = remembered.claim_renewal(&id, ends, now);
            })?;
            Ok::<_, crate::store::Error>(is_ours)
        })
        .await
    }
}
