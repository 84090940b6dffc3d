//! Credentials of own profiles: the profiles of the AWS files that roledex did not write.
//!
//! The files are read each time; what is stored is stored for the settings that it was obtained with. The
//! `credential_process` of a profile is run by every command: it may depend on anything.

mod login;
mod mfa;
mod roles;
pub(super) mod used;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{Flow, JUST_NOW_SECONDS};
use crate::config::{Env, Owners};
use crate::domain::credentials::Validity;
use crate::domain::own::provider::{self, Provider, bare_url};
use crate::domain::own::{self, Own, PortalsByUrl, Sections as _, Via};
use crate::domain::text::word;
use crate::domain::time::seconds_left;
use crate::domain::{Credentials, EntryId, Kind, Portal, Problem, ProblemKind, ordered};
use crate::shell::process;
use crate::store::aws_files::Snapshot;

pub(super) use login::session_of;
pub(super) use mfa::Mfa;

/// The source of an entry's credentials.
pub(super) enum Route {
    /// They are in the files.
    Files(Credentials),
    /// They are those of another entry.
    Entry(EntryId),
    /// They are a session of a user's own keys, confirmed by an MFA device.
    Mfa(mfa::Device),
    /// They are those of a console session; the profile of this name has it.
    Console(String),
    /// They are what a program of the user's prints now. They are stored under this id so that their end can be told.
    Process(EntryId),
    /// They are requested, and stored under this id.
    Stored(EntryId),
}

impl Flow {
    /// One own profile, if there is one of that name.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn own_profile(&self, name: &str) -> Result<Option<Own>, Problem> {
        Ok(own_of(&self.snapshot()?, name))
    }

    /// The id with the account and the role of an own profile, as far as the files tell them. It is for
    /// showing only: the id of an own profile is its name.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn with_facts(&self, id: &EntryId) -> Result<EntryId, Problem> {
        let own = match id.kind {
            Kind::Profile => self.own_profile(&id.source)?,
            Kind::Org | Kind::External | Kind::Chain => None,
        };
        Ok(with_facts_of(own, id))
    }

    /// The source of an entry's credentials.
    pub(super) fn route(&self, id: &EntryId) -> Result<Route, Problem> {
        if id.kind == Kind::External {
            let profile = self.console_profile(id)?;
            return Ok(profile.map_or_else(|| Route::Stored(id.clone()), Route::Console));
        }
        if id.kind != Kind::Profile || own::name_of_stored(id).is_some() {
            return Ok(Route::Stored(self.listed(id)?));
        }
        let files = self.snapshot()?;
        let name = &*id.source;
        let own = own_of(&files, name).ok_or_else(|| no_such_profile(name))?;
        if let Some(problem) = own.problem() {
            return Err(problem);
        }
        Ok(match provider::direct(&files, name) {
            Some(Provider::Keys(file)) => {
                let keys = files
                    .keys(name, file)
                    .ok_or_else(|| no_such_profile(name))?;
                match files.either(name, "mfa_serial") {
                    Some(_) if keys.is_long_term() => {
                        Route::Mfa(mfa::Device::from_profile(&files, name, keys)?)
                    }
                    _ => Route::Files(keys),
                }
            }
            // The AWS CLI's cache has them.
            Some(Provider::Login(_)) => Route::Console(name.to_owned()),
            Some(Provider::Process(_)) => Route::Process(self.stored_as(&files, name)),
            _ => match own.leads_to {
                Some(entry) => Route::Entry(entry),
                None => Route::Stored(self.stored_as(&files, name)),
            },
        })
    }

    /// The id under which the credentials of an own profile are stored now.
    pub(super) fn stored_as(&self, files: &Snapshot, name: &str) -> EntryId {
        let env = &self.ctx().env;
        let last = own::check::path(files, name).pop();
        let from_env = last.and_then(|last| files.either(last, "credential_source"));
        let key = from_env.and_then(|_| env.get("AWS_ACCESS_KEY_ID"));
        own::stored_id(
            name,
            &own::fingerprint(files, name, key.unwrap_or_default()),
        )
    }

    /// `true` for stored credentials of an own profile that was changed or removed since: no command uses them
    /// again, and their origin is not known any more.
    pub(super) fn is_out_of_date(&self, files: &Snapshot, id: &EntryId) -> bool {
        let Some(name) = own::name_of_stored(id) else {
            return false;
        };
        // The keys in the environment differ between shells.
        let is_from_env = |name| files.either(name, "credential_source").is_some();
        !files.is_own(name)
            || (self.stored_as(files, name) != *id
                && !own::check::path(files, name).into_iter().any(is_from_env))
    }

    /// The end of the credentials that an entry has now (UTC), expired or not.
    pub(super) fn validity_of(
        &self,
        files: &Snapshot,
        id: &EntryId,
    ) -> Result<Option<Validity>, Problem> {
        let own = own_of(files, &id.source).filter(|_| id.kind == Kind::Profile);
        let id = match own {
            None if id.kind == Kind::Profile => self.stored_as(files, &id.source),
            None => id.clone(),
            Some(own) if own.via == Via::Login => {
                return Ok(self.console_session_validity(files, &own.name));
            }
            Some(own) if own.via == Via::Mfa => {
                let Some(session) = own::session_of_profile(files, &id.source) else {
                    return Ok(None);
                };
                session
            }
            Some(Own {
                leads_to: Some(entry),
                ..
            }) => entry,
            Some(_) => self.stored_as(files, &id.source),
        };
        Ok(self.inner.credentials.validity(&id)?)
    }

    /// The ids of everything that is stored.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn stored_ids(&self) -> Result<Vec<EntryId>, Problem> {
        Ok(self.inner.credentials.ids()?)
    }

    /// The validities of the credentials of own profiles. Only stored credentials and console sessions are
    /// looked up, so that ten thousand profiles cost no more than a few.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn own_validities(
        &self,
        files: &Snapshot,
        ids: &[EntryId],
    ) -> Result<HashMap<EntryId, Validity>, Problem> {
        let stored: HashSet<&EntryId> = ids.iter().filter(|id| id.kind == Kind::Profile).collect();
        let mut validities = HashMap::new();
        if stored.is_empty() && self.inner.logins.is_empty() {
            return Ok(validities);
        }
        let named: HashSet<&str> = stored
            .iter()
            .filter_map(|id| own::name_of_stored(id))
            .collect();
        for own in own_profiles(files) {
            if own.via == Via::Login {
                let end = self.console_session_validity(files, &own.name);
                validities.extend(end.map(|validity| (own.entry(), validity)));
                continue;
            }
            if stored.is_empty() {
                continue;
            }
            let id = match own.via {
                Via::Mfa => match own::session_of_profile(files, &own.name) {
                    Some(session) => session,
                    None => continue,
                },
                _ if named.contains(&*own.name) => self.stored_as(files, &own.name),
                _ => continue,
            };
            if stored.contains(&id)
                && let Some(validity) = self.inner.credentials.validity(&id)?
            {
                validities.insert(own.entry(), validity);
            }
        }
        Ok(validities)
    }

    /// The ends of the MFA sessions that serve own profiles (UTC).
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn mfa_ends(
        &self,
        files: &Snapshot,
        ids: &[EntryId],
    ) -> Result<HashMap<EntryId, Timestamp>, Problem> {
        let mut sessions = HashMap::new();
        for id in ids {
            if own::is_session(id)
                && let Some(validity) = self.inner.credentials.validity(id)?
            {
                sessions.insert(id, validity.expires_at);
            }
        }
        let mut ends = HashMap::new();
        if sessions.is_empty() {
            return Ok(ends);
        }
        for name in files.own_names() {
            let session = own::session_of_profile(files, name);
            if let Some(end) = session.and_then(|session| sessions.get(&session)) {
                ends.insert(EntryId::profile(name), *end);
            }
        }
        Ok(ends)
    }

    /// New credentials of an own profile; `id` is the one that they are stored under.
    pub(super) async fn request_own(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let name = own::name_of_stored(id).unwrap_or(&id.source);
        let files = self.snapshot()?;
        let provider = provider::direct(&files, name).ok_or_else(|| no_such_profile(name))?;
        match provider {
            Provider::Role(_) => self.request_role(&files, name).await,
            Provider::Process(command) => {
                process::credentials(self.around_programs(), name, command).await
            }
            provider => self.request_base(&files, name, provider).await,
        }
    }

    /// The environment of the programs that profiles name, and the users whose profiles they are.
    fn around_programs(&self) -> (&Env, &Owners) {
        let ctx = self.ctx();
        (&ctx.env, ctx.dirs.owners())
    }

    /// The credentials that the `credential_process` of a profile prints now; `id` is the one that they are stored under. Like
    /// botocore, every command runs it, and only once where it needs it again at once.
    ///
    /// # Errors
    /// Those of the program, also while stored credentials live.
    pub(super) async fn of_process(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let now = self.ctx().clock.now();
        let known = self.unstored().get(id).map(|(_, at)| *at);
        if known.is_some_and(|at| seconds_left(at, now) < JUST_NOW_SECONDS)
            && let Some(given) = self.given(id)?
        {
            return Ok(given);
        }
        self.new_of_process(id).await
    }

    /// The same without those that this process was given just now.
    pub(super) async fn new_of_process(&self, id: &EntryId) -> Result<Credentials, Problem> {
        self.holds_nothing_up(id)?;
        let credentials = Box::pin(self.request(id)).await?;
        if credentials.ends().is_none() && self.inner.credentials.validity(id)?.is_some() {
            // The end of earlier ones would be told.
            let id = id.clone();
            self.apart(move |flow| flow.forget_one(&id)).await?;
        }
        let given = (credentials.clone(), self.ctx().clock.now());
        self.unstored().insert(id.clone(), given);
        Ok(credentials)
    }

    /// Credentials that need no others first.
    async fn request_base(
        &self,
        files: &Snapshot,
        name: &str,
        provider: Provider<'_>,
    ) -> Result<Credentials, Problem> {
        match provider {
            Provider::Keys(file) => files.keys(name, file).ok_or_else(|| no_such_profile(name)),
            Provider::Process(_) => self.of_process(&self.stored_as(files, name)).await,
            Provider::Login(_) => self.login_credentials(name, false).await,
            Provider::WebIdentity(provider) => {
                self.request_web_identity(files, name, &provider).await
            }
            Provider::Sso(sso) => {
                if let Some(entry) = own_of(files, name).and_then(|own| own.leads_to) {
                    return Box::pin(self.obtain(&entry)).await;
                }
                self.request_legacy_sso(files, name, &sso).await
            }
            Provider::Role(_) => Err(no_such_profile(name)),
        }
    }

    /// Credentials of a profile that names the start URL itself, where no `sso-session` has it: the AWS
    /// CLI keeps the token of such a profile under the start URL.
    async fn request_legacy_sso(
        &self,
        files: &Snapshot,
        name: &str,
        sso: &provider::SsoProvider<'_>,
    ) -> Result<Credentials, Problem> {
        let (Some(start_url), Some(region)) = sso.start_url_and_region(files) else {
            return Err(no_such_profile(name));
        };
        let (Some(Ok(account)), Some(role)) = (sso.account.map(str::parse), sso.role) else {
            return Err(no_such_profile(name));
        };
        let portal = Portal {
            name: Arc::from(start_url),
            start_url: start_url.to_owned(),
            region: region.to_owned(),
            scopes: Vec::new(),
        };
        let id = EntryId::org(Arc::clone(&portal.name), account, role);
        let given = self.request_of_portal(&portal, &id).await;
        given
            .map(|(credentials, _)| credentials)
            .map_err(|problem| match &problem.kind {
                ProblemKind::SignInNeeded { .. } => Problem::new(
                    ProblemKind::SignInNeeded {
                        portal: name.into(),
                    },
                    format!("the profile {name} is signed out of {start_url}"),
                )
                .hint(format!("run: aws sso login --profile {}", word(name))),
                _ => problem,
            })
    }
}

/// Every own profile, in the order of the files.
pub(super) fn own_profiles(files: &Snapshot) -> Vec<Own> {
    let mut all = with_portals(files, |portals| {
        own::classify(files, files.own_names(), portals)
    });
    for own in &mut all {
        name_as_listed(files, own);
    }
    all
}

pub(super) fn own_of(files: &Snapshot, name: &str) -> Option<Own> {
    if !files.is_own(name) {
        return None;
    }
    let mut own = with_portals(files, |portals| own::one(files, name, portals))?;
    name_as_listed(files, &mut own);
    Some(own)
}

/// [`Flow::with_facts`] for a profile that was looked up already.
pub(super) fn with_facts_of(own: Option<Own>, id: &EntryId) -> EntryId {
    let mut id = id.clone();
    if let Some(own) = own {
        id.account = own.account.unwrap_or(id.account);
        id.role = own.role.unwrap_or(id.role);
    }
    id
}

/// Gives the entries behind a profile the ids under which they are listed.
fn name_as_listed(files: &Snapshot, own: &mut Own) {
    for id in [&mut own.leads_to, &mut own.asks_for] {
        *id = id.take().map(|id| files.instances().listed(id));
    }
}

fn with_portals<T>(files: &Snapshot, work: impl FnOnce(&PortalsByUrl<'_>) -> T) -> T {
    let portals = files.portals();
    let portals = portals.iter().rev();
    work(&ordered::map(
        portals.map(|portal| (bare_url(&portal.start_url), &*portal.name)),
    ))
}

fn no_such_profile(name: &str) -> Problem {
    Problem::new(
        ProblemKind::NoSingleMatch {
            candidates: Vec::new(),
        },
        format!("no own profile is named {name:?}"),
    )
    .hint("to list them, run: roledex list --kind profile")
}
