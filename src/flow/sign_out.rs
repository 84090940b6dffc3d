//! Signing out: the service ends the session, and every secret that it gave is removed here.

use std::time::Duration;

use super::own::session_of;
use super::tokens::end;
use super::{Flow, half_done};
use crate::domain::own::{check, name_of_stored};
use crate::domain::profile::Mode;
use crate::domain::text::{plural, word};
use crate::domain::{Catalog, EntryId, Kind, Portal, Problem, ProblemKind, Secret};
use crate::store::leftovers;
use crate::store::role_cache::RoleCache;

/// The longest time for ending a sign-in at the service. A portal that does not answer must not keep the local copies
/// from being deleted.
const REVOKE_TIMEOUT: Duration = Duration::from_secs(20);

/// The problem of a sign-in that has ended, some of whose keys are still there.
fn not_all_forgotten(portal: &Portal, problem: Problem) -> Problem {
    let title = format!(
        "signed out of {}, but not all keys could be removed",
        portal.name
    );
    let again = format!("then run again: roledex logout {}", word(&portal.name));
    problem
        .causing(title)
        .hint(format!("correct that, {again}"))
}

/// A problem that tells what else was done or left.
fn with_notes(problem: Problem, notes: impl IntoIterator<Item = String>) -> Problem {
    let detail = problem.detail.iter().map(ToString::to_string);
    let parts: Vec<_> = detail.chain(notes).collect();
    problem.detail(parts.join("; "))
}

/// The result of a sign-out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedOut {
    /// The profiles that were removed with their keys.
    pub removed: Vec<String>,
    /// The profiles whose keys were removed, and in which the user wrote something.
    pub keyless: Vec<String>,
    /// Warnings for the user.
    pub warnings: Vec<String>,
}

impl SignedOut {
    /// The profiles that lost their keys, in words.
    pub fn done(&self) -> impl Iterator<Item = String> {
        let others = match self.keyless.len() {
            1 => ", not its other lines",
            _ => ", not their other lines",
        };
        let lists = [
            ("removed the static", &self.removed, ""),
            ("removed the keys of the", &self.keyless, others),
        ];
        let lists = lists.into_iter().filter(|(_, names, _)| !names.is_empty());
        lists.map(|(verb, names, rest)| {
            let noun = plural(names.len(), "profile");
            format!("{verb} {noun} {}{rest}", names.join(", "))
        })
    }

    /// All that the user should know of it.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.done().chain(self.warnings.iter().cloned()).collect()
    }
}

impl Flow {
    /// Ends a sign-in: revoked at the service where it can be reached, then forgotten here with the
    /// portal's stored credentials and the keys of its `static` profiles.
    ///
    /// # Errors
    /// Files that cannot be written. A service that cannot be reached is a returned warning: the
    /// local copies are gone all the same.
    pub async fn sign_out(&self, portal: &Portal) -> Result<SignedOut, Problem> {
        let mut warnings = Vec::new();
        let revoked = match self.revoke(portal).await {
            Ok(revoked) => revoked,
            Err(problem) => {
                warnings.push(format!(
                    "{} did not confirm the sign-out ({problem}); the token is deleted here",
                    portal.name
                ));
                None
            }
        };
        let forgotten = self.forget_token(portal).await;
        let of = portal.clone();
        let others = self.apart(move |flow| flow.forget_what_it_gave(&of)).await;
        if let Err(problem) = forgotten {
            let problem = match revoked {
                Some(token) => self.still_there(portal, &token, &problem).await,
                None => problem,
            };
            let of_keys = match others {
                Ok(signed_out) => signed_out.notes(),
                Err(problem) => vec![format!("keys that it gave are still here ({problem})")],
            };
            return Err(with_notes(problem, of_keys));
        }
        self.set_refused(portal, false);
        let mut signed_out = others.map_err(|problem| not_all_forgotten(portal, problem))?;
        signed_out.warnings.splice(..0, warnings);
        Ok(signed_out)
    }

    /// The problem of a sign-in that has ended, and whose file cannot be removed.
    async fn still_there(&self, portal: &Portal, token: &Secret, problem: &Problem) -> Problem {
        let ended = Problem::sign_in_needed(&portal.name);
        self.note_end(portal, token, &ended).await;
        let file = self.inner.tokens.token_file(portal);
        let title = format!(
            "{} has ended the sign-in, but its file is still there",
            portal.name
        );
        Problem::new(problem.kind.clone(), title)
            .detail(problem.to_string())
            .hint(format!(
                "AWS no longer accepts the token; delete {} as soon as it can be changed",
                file.display()
            ))
    }

    /// Forgets the keys that a sign-in gave, wherever they are.
    fn forget_what_it_gave(&self, portal: &Portal) -> Result<SignedOut, Problem> {
        self.forget_assertions();
        let catalog = self.cached_catalog();
        let for_aws_cli = catalog.and_then(|it| self.forget_for_aws_cli(portal, &it));
        let origins = self.origins()?;
        let signed_out = self.forget_keys(|id| {
            origins.is_behind(id, &portal.name)
                || origins.is_dangling(id)
                || self.is_out_of_date(&origins.files, id)
        });
        match (for_aws_cli, signed_out) {
            (Err(problem), Ok(signed_out)) => Err(with_notes(problem, signed_out.notes())),
            (_, signed_out) => signed_out,
        }
    }

    /// Ends a sign-in at the service, which takes an access token that is valid: one that has expired is refreshed first.
    /// Returns that token; `None` where there is no sign-in, or none that lives.
    async fn revoke(&self, portal: &Portal) -> Result<Option<Secret>, Problem> {
        let name = &portal.name;
        let _wait = self
            .waiting
            .start(format!("{name} to confirm the sign-out"));
        let now = self.ctx().clock.now();
        let token = self.token_of(portal)?.filter(|token| end(token) > now);
        let Some(token) = token else {
            return Ok(None);
        };
        let revoke = async {
            let token = if token.expires_at > now {
                token
            } else {
                match self.exchange(portal, &token).await {
                    Ok(token) => token,
                    Err(problem) if matches!(problem.kind, ProblemKind::SignInNeeded { .. }) => {
                        return Ok(None);
                    }
                    Err(problem) => return Err(problem),
                }
            };
            let client = self.portal_client(portal)?;
            client.logout(&token.access_token).await?;
            Ok(Some(token.access_token))
        };
        let most = self.part_timeout(REVOKE_TIMEOUT);
        self.ask(name, most, Box::pin(revoke)).await
    }

    /// Forgets what an earlier sign-in to a portal gave: another user may have signed in now. `static` profiles
    /// stay as they are, for programs that use them; those with keys that still live are returned.
    ///
    /// # Errors
    /// Files that cannot be written.
    pub(super) fn forget_earlier_sign_in(&self, portal: &Portal) -> Result<Vec<String>, Problem> {
        if self.token_of(portal)?.is_none() {
            let others = self.sessions_of(self.portals_of_instance(portal)?)?;
            if others.iter().any(|other| other.signed_in) {
                // The keys are of a sign-in that goes on.
                return Ok(Vec::new());
            }
        }
        let origins = self.origins()?;
        let is_behind = |id: &EntryId| origins.is_behind(id, &portal.name);
        self.forget_assertions();
        let catalog = self.cached_catalog();
        let for_aws_cli = catalog.and_then(|it| self.forget_for_aws_cli(portal, &it));
        self.forget_stored(is_behind)?;
        for_aws_cli?;
        let now = self.ctx().clock.now();
        let profiles = self.profiles()?.into_iter();
        Ok(profiles
            .filter(|it| it.mode == Mode::Static && is_behind(&it.entry))
            .filter(|it| it.expires_at.is_some_and(|end| end > now))
            .map(|it| it.name)
            .collect())
    }

    /// Forgets the console session of a profile, and the credentials of the roles that are assumed with it.
    /// The service knows no sign-out: keys that other programs hold live for fifteen minutes at most. `None`
    /// where the profile has no console session.
    ///
    /// # Errors
    /// Files that cannot be written.
    pub async fn sign_out_of_console(&self, name: &str) -> Result<Option<SignedOut>, Problem> {
        let files = self.snapshot()?;
        let Some(arn) = session_of(&files, name) else {
            return Ok(None);
        };
        let arn = arn.to_owned();
        let lock = self.console_lock(&arn).await?;
        self.inner.logins.forget(&arn)?;
        drop(lock);
        let signed_out = self.apart(move |flow| {
            flow.forget_keys(|id| {
                let profile = name_of_stored(id).unwrap_or(&id.source);
                let base = || check::path(&files, profile).pop();
                id.kind == Kind::Profile
                    && base().is_some_and(|base| session_of(&files, base) == Some(&*arn))
            })
        });
        Ok(Some(signed_out.await?))
    }

    /// Removes the stored credentials and `static` keys of every entry, also of those that belong to no
    /// portal, or to one that is not configured any more, and all that is kept for `undo`: it holds keys
    /// of other programs, too.
    ///
    /// # Errors
    /// Files that cannot be written.
    pub fn forget_all_keys(&self) -> Result<SignedOut, Problem> {
        let signed_out = self.forget_keys(|_| true);
        let sessions = self.inner.logins.forget_all();
        let versions = self.inner.files.forget_versions();
        let all = signed_out.and_then(|signed_out| {
            sessions?;
            versions?;
            Ok(signed_out)
        });
        // What could be removed is gone.
        all.map_err(|problem| half_done(problem, "not all that sign-ins gave was removed"))
    }

    /// Removes the keys of some entries, wherever they are, and `static` profiles in which the user wrote nothing. Each
    /// place is cleaned even where another one cannot be.
    fn forget_keys(&self, is_meant: impl Fn(&EntryId) -> bool) -> Result<SignedOut, Problem> {
        let files = &self.inner.files;
        let unreadable = self.inner.credentials.forget_unreadable();
        let stored = self.forget_stored(&is_meant);
        let wait = self.waiting.start("a change of the AWS files");
        let keys = files.forget_keys(&is_meant);
        let old_keys = files.forget_old_keys(&is_meant);
        drop(wait);
        leftovers::remove(&self.ctx().dirs);
        let names = keys?;
        let files = self.snapshot()?;
        let (keyless, removed) = names
            .into_iter()
            .partition(|name| files.profile(name).is_some());
        let signed_out = SignedOut {
            removed,
            keyless,
            warnings: Vec::new(),
        };
        let others = [
            unreadable.map_err(Into::into),
            stored,
            old_keys.map_err(Into::into),
        ];
        match others.into_iter().find_map(Result::err) {
            Some(problem) => Err(with_notes(problem, signed_out.notes())),
            None => Ok(signed_out),
        }
    }

    /// Forgets the credentials of one entry, also those that could not be stored.
    pub(super) fn forget_one(&self, id: &EntryId) -> Result<(), Problem> {
        self.unstored().remove(id);
        Ok(self.inner.credentials.forget(id)?)
    }

    /// Forgets the stored credentials of some entries. One that cannot be forgotten does not keep the others.
    pub(super) fn forget_stored(&self, is_meant: impl Fn(&EntryId) -> bool) -> Result<(), Problem> {
        let credentials = &self.inner.credentials;
        self.unstored().retain(|id, _| !is_meant(id));
        let mut result = Ok(());
        for id in credentials.ids()?.iter().filter(|id| is_meant(id)) {
            let forgotten = credentials.forget(id);
            result = result.and(forgotten);
        }
        Ok(result?)
    }

    /// Forgets what the AWS CLI keeps of the roles behind a portal: of those that are listed, and of
    /// those that any profile names.
    fn forget_for_aws_cli(&self, portal: &Portal, catalog: &Catalog) -> Result<(), Problem> {
        let snapshot = self.snapshot()?;
        let mut roles: Vec<(String, String)> = catalog
            .entries()
            .into_iter()
            .filter(|entry| entry.id.kind == Kind::Org)
            .filter(|entry| {
                snapshot
                    .instances()
                    .are_same(&entry.id.source, &portal.name)
            })
            .map(|entry| (entry.id.account.to_string(), entry.id.role.to_string()))
            .collect();
        for profile in snapshot.profiles() {
            let value = |key| snapshot.value(&profile.name, key);
            if value("sso_session").as_deref() == Some(&*portal.name)
                && let (Some(account), Some(role)) =
                    (value("sso_account_id"), value("sso_role_name"))
            {
                roles.push((account, role));
            }
        }
        let roles = roles.iter().map(|(account, role)| (&**account, &**role));
        Ok(RoleCache::new(&self.ctx().dirs).forget(&portal.name, roles)?)
    }
}
