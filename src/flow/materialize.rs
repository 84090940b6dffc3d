//! Materializing an entry: credentials in the store, a standard profile in the AWS files.

use std::sync::MutexGuard;

use super::obtain::removed_meanwhile;
use super::own::used::{check_copy, is_used_as_it_is, never_ends};
use super::{Flow, Permit};
use crate::domain::health::{FileRole, check_mode};
use crate::domain::locked::locked;
use crate::domain::profile::{self, ManagedProfile, Mode, UseOptions, Used};
use crate::domain::region::{Region, RegionScope};
use crate::domain::text::word;
use crate::domain::{Credentials, EntryId, Kind, Portal, Problem, ProblemKind};
use crate::store::aws_files::{Body, Edit, Profile, Snapshot};
use crate::store::permissions;

impl Flow {
    /// Obtains credentials (stored ones while they are fresh) and writes the profile.
    ///
    /// # Errors
    /// As `Flow::obtain`; `NotOurs` when the profile of that name is not managed; files that
    /// cannot be written. Nothing is written then.
    pub async fn use_entry(&self, permit: &Permit, options: &UseOptions) -> Result<Used, Problem> {
        let named = || permit.profile().map(str::to_owned);
        let options = UseOptions {
            profile: options.profile.clone().or_else(named),
            ..options.clone()
        };
        let used = self.use_now(permit.id(), &options).await?;
        *self.last() = Some(used.clone());
        Ok(used)
    }

    /// The profile that was used last, by this process, as it is now; `None` if it was forgotten since, or its
    /// credentials ended or were removed.
    #[must_use]
    pub fn last_used(&self) -> Option<Used> {
        let used = self.last().clone()?;
        if used.mode.is_none() {
            return Some(used);
        }
        let mut profiles = self.profiles().ok()?.into_iter();
        let is_it = |it: &ManagedProfile| it.name == used.profile && it.entry == used.entry;
        let expires_at = profiles.find(is_it)?.expires_at;
        let is_valid = match expires_at {
            Some(end) => end > self.ctx().clock.now(),
            None => used.expires_at.is_none(),
        };
        is_valid.then_some(Used { expires_at, ..used })
    }

    fn last(&self) -> MutexGuard<'_, Option<Used>> {
        locked(&self.inner.last_used)
    }

    async fn use_now(&self, id: &EntryId, options: &UseOptions) -> Result<Used, Problem> {
        let scope = RegionScope::Entry(id.clone());
        if is_used_as_it_is(id, options) {
            if let Some(region) = &options.region {
                self.set_own_region(id, region).await?;
            }
            let credentials = self.obtain(id).await?;
            return self.used_own(id, &credentials);
        }
        if let Some(region) = &options.region {
            self.check_region_of(&scope, region).await?;
        }
        if options.mode.is_none()
            && !self.is_managed(id, options.profile.as_deref())?
            && let Some(profile) = self.console_profile(id)?
        {
            let credentials = self.obtain(id).await?;
            return self.use_console(id, profile, options, credentials).await;
        }
        let plan = self.plan(id, options)?;
        let credentials = self.obtain(id).await?;
        self.materialize(id, plan, credentials).await
    }

    /// New credentials now, and the profile written: the one that was named, else the main one of the entry.
    ///
    /// # Errors
    /// As [`Flow::use_entry`].
    pub async fn refresh(&self, permit: &Permit) -> Result<Used, Problem> {
        let id = permit.id();
        let options = UseOptions {
            profile: permit.profile().map(str::to_owned),
            ..UseOptions::default()
        };
        if is_used_as_it_is(id, &options) {
            let credentials = self.obtain_new(id).await?;
            return self.used_own(id, &credentials);
        }
        if !self.is_managed(id, permit.profile())?
            && let Some(profile) = self.console_profile(id)?
        {
            let credentials = self.obtain_new(id).await?;
            return self.use_console(id, profile, &options, credentials).await;
        }
        self.renew_entry(id, &options).await
    }

    /// New credentials for the keys of a profile that the user has written, when they end soon. The guard does
    /// not ask here: the profile was confirmed when it was written.
    ///
    /// # Errors
    /// As [`Flow::use_entry`].
    pub async fn renew_profile(&self, profile: &ManagedProfile) -> Result<Used, Problem> {
        let options = UseOptions {
            profile: Some(profile.name.clone()),
            ..UseOptions::default()
        };
        self.renew_entry(&profile.entry, &options).await
    }

    async fn renew_entry(&self, id: &EntryId, options: &UseOptions) -> Result<Used, Problem> {
        let mut plan = self.plan(id, options)?;
        plan.must_stay = plan.is_there;
        let credentials = self.obtain_new(id).await?;
        self.materialize(id, plan, credentials).await
    }

    /// Removes a managed profile, and the stored credentials that no other profile uses.
    ///
    /// # Errors
    /// No such profile, one that is not ours, and files that cannot be written.
    pub fn forget_profile(&self, name: &str) -> Result<(), Problem> {
        let profiles = self.profiles()?;
        let Some(profile) = profiles.iter().find(|profile| profile.name == name) else {
            return Err(not_managed(name));
        };
        // First, so that what failed can be tried again: the profile tells what to forget.
        let used = |other: &&ManagedProfile| other.entry == profile.entry && other.name != name;
        if !profiles.iter().any(|other| used(&other)) {
            self.forget_one(&profile.entry)?;
        }
        let remove = Edit::RemoveProfile {
            name: name.to_owned(),
        };
        self.edit_if(&[remove], |files| match files.profile(name) {
            Some(profile) if profile.entry.is_none() => Err(not_managed(name)),
            _ => Ok(()),
        })?;
        Ok(())
    }

    /// The output format of a profile.
    pub(super) fn output_of(&self, snapshot: &Snapshot, name: &str) -> String {
        snapshot
            .value(name, "output")
            .or_else(|| self.settings().default_output.clone())
            .unwrap_or_else(|| "json".to_owned())
    }

    fn plan(&self, id: &EntryId, options: &UseOptions) -> Result<Plan, Problem> {
        let origins = self.origins()?;
        let snapshot = &origins.files;
        if id.kind == Kind::Profile {
            check_copy(id, options.profile.as_deref())?;
        }
        let name = self.choose_name(snapshot, id, options)?;
        let current = snapshot
            .profile(&name)
            .filter(|profile| profile.entry.as_ref() == Some(id));
        let default_mode = match id.kind {
            Kind::Org => Mode::Sso,
            Kind::External | Kind::Chain | Kind::Profile => Mode::Process,
        };
        let mode = options
            .mode
            .or_else(|| current.as_ref().and_then(|profile| profile.mode))
            .unwrap_or(default_mode);
        if mode == Mode::Sso && id.kind != Kind::Org {
            return Err(Problem::new(
                ProblemKind::Usage,
                "the type sso is not possible: Identity Center has no credentials for this entry",
            )
            .hint("use --as process or --as static"));
        }
        let region = match options.region.clone() {
            Some(name) => Some(Region::set(name)),
            None => origins.region_of(self.ctx(), id, current.as_ref())?,
        };
        let output = self.output_of(snapshot, &name);
        let is_there = current.is_some();
        let written_entry = current.and_then(|profile| profile.written_entry);
        Ok(Plan {
            name,
            is_there,
            must_stay: false,
            entry: written_entry.unwrap_or_else(|| id.clone()),
            mode,
            is_region_given: options.region.is_some(),
            region,
            output,
            force: options.force,
            portal: origins
                .sign_in_portal(id)
                .and_then(|name| snapshot.portal(&name)),
        })
    }

    async fn materialize(
        &self,
        id: &EntryId,
        plan: Plan,
        credentials: Credentials,
    ) -> Result<Used, Problem> {
        let id = id.clone();
        self.apart(move |flow| flow.write(&id, plan, &credentials))
            .await
    }

    fn write(&self, id: &EntryId, plan: Plan, credentials: &Credentials) -> Result<Used, Problem> {
        let body = match plan.mode {
            Mode::Static if credentials.ends().is_none() => return Err(never_ends(id)),
            Mode::Static => Body::Static(credentials.clone()),
            mode => self.body_without_keys(&self.snapshot()?, id, mode, &plan.name)?,
        };
        let names_program = matches!(body, Body::Process { .. });
        let about_program = names_program.then(|| self.link_program()).transpose()?;
        let put = Edit::PutProfile {
            name: plan.name.clone(),
            entry: plan.entry,
            body,
            region: plan.region.as_ref().map(|region| region.name.clone()),
            output: Some(plan.output),
            force: plan.force,
        };
        // A sign-out forgets what is stored, and then the keys in the files; `forget` removes the profile. Whatever
        // they do after this look, they find what is written here.
        let written = self.edit_if(&[put], |files| {
            let profile = files.profile(&plan.name);
            let is_same = |it: &Profile| {
                it.entry.as_ref() == Some(id) && it.mode.is_none_or(|mode| mode == plan.mode)
            };
            if plan.must_stay && !profile.as_ref().is_some_and(is_same) {
                return Err(changed_meanwhile(&plan.name));
            }
            if let Some(portal) = &plan.portal {
                check_same(files.portal(&portal.name), portal)?;
            }
            if plan.mode == Mode::Static && !self.is_still_there(id)? {
                return Err(removed_meanwhile(id));
            }
            Ok(())
        })?;
        let mut warnings = written.warnings;
        if plan.is_region_given
            && let Some(region) = &plan.region
        {
            warnings.extend(self.remember_region(id, region));
        }
        warnings.extend(about_program.flatten());
        warnings.extend(self.renewal_warning(id, credentials));
        if plan.mode == Mode::Static {
            warnings.extend(self.open_keys_warning());
        }
        Ok(Used {
            profile: plan.name,
            entry: id.clone(),
            mode: Some(plan.mode),
            expires_at: credentials.ends(),
            is_region_assumed: plan.region.as_ref().is_some_and(|region| region.is_assumed),
            region: plan.region.map(|region| region.name),
            warnings,
        })
    }
}

impl Flow {
    /// The body of a profile that holds no secret; a `static` one becomes the default for its kind.
    pub(super) fn body_without_keys(
        &self,
        files: &Snapshot,
        id: &EntryId,
        mode: Mode,
        profile: &str,
    ) -> Result<Body, Problem> {
        Ok(if id.kind == Kind::Org && mode != Mode::Process {
            Body::Sso {
                session: self.session_of_profile(files, id, profile)?,
                account: id.account,
                role: id.role.to_string(),
            }
        } else {
            Body::Process {
                command: self.process_command(id)?,
            }
        })
    }

    /// The portal that a profile names: one that is signed in, for every other tool takes only that one. The
    /// present one stays while it is.
    fn session_of_profile(
        &self,
        files: &Snapshot,
        id: &EntryId,
        profile: &str,
    ) -> Result<String, Problem> {
        let Some(portal) = files.portal(&id.source) else {
            return Ok(id.source.to_string());
        };
        let present = files.value(profile, "sso_session");
        let portals = self.portals_in_use(files, &portal)?;
        let names = || portals.iter().map(|portal| &*portal.name);
        let present = names().find(|name| present.as_deref() == Some(name));
        // What answered just now is better than what is there.
        let used = names().find(|name| self.used().contains(*name));
        let name = used.or(present).or_else(|| names().next());
        Ok(name.unwrap_or(&id.source).to_owned())
    }

    /// The owner of a file chooses its mode (docs/requirements.md#atomic-write); whose keys are in it should know.
    fn open_keys_warning(&self) -> Option<String> {
        let dirs = &self.ctx().dirs;
        let fact = permissions::look(dirs.owners(), &dirs.aws_credentials, FileRole::SharedSecret);
        let (fact, mode) = fact.ok().flatten().and_then(|fact| {
            let (_, mode) = check_mode(&fact)?;
            Some((fact, mode))
        })?;
        let path = dirs.tilde(&dirs.aws_credentials);
        Some(format!(
            "others can read the keys: {path} has mode {:04o}; run: chmod {mode:04o} {}",
            fact.mode,
            word(&dirs.aws_credentials.to_string_lossy()),
        ))
    }
}

/// The profile to write, decided before any request is sent.
struct Plan {
    name: String,
    /// It is a managed profile of the entry.
    is_there: bool,
    /// It has to be there still when it is written.
    must_stay: bool,
    /// The entry's id as the profile has it.
    entry: EntryId,
    mode: Mode,
    region: Option<Region>,
    /// The user named the region with this request.
    is_region_given: bool,
    output: String,
    force: bool,
    /// The portal that is asked for the credentials.
    portal: Option<Portal>,
}

impl Flow {
    /// The profile's name: the user's choice, else the one the entry has, else the default, told
    /// apart from another entry's by the source (docs/requirements.md#profile-names). A profile that is not ours is refused here, before
    /// credentials are asked for (docs/requirements.md#only-our-own-profiles).
    fn choose_name(
        &self,
        snapshot: &Snapshot,
        id: &EntryId,
        options: &UseOptions,
    ) -> Result<String, Problem> {
        let owner = |name: &str| snapshot.profile(name).map(|profile| profile.entry);
        if let Some(name) = &options.profile {
            // A name that was accepted once stays usable.
            let is_known = owner(name).flatten().as_ref() == Some(id);
            if !profile::is_valid_name(name) && !is_known {
                return Err(Problem::new(
                    ProblemKind::Usage,
                    format!("{name:?} is not a valid profile name"),
                )
                .hint(
                    "use letters, digits and . _ + @ / -; the default profile is never written",
                ));
            }
            return match owner(name) {
                Some(entry) if entry.as_ref() != Some(id) && !options.force => {
                    Err(taken(name, entry))
                }
                _ => Ok(name.clone()),
            };
        }
        if let Some(name) = self.main_profile(snapshot, id)? {
            return Ok(name);
        }
        let default = self.default_name(id)?;
        match owner(&default) {
            None => Ok(default),
            Some(None) if options.force => Ok(default),
            Some(None) => Err(taken(&default, None)),
            Some(Some(_)) => {
                let name = profile::qualified_name(id, &default);
                match owner(&name) {
                    Some(entry) if !options.force => Err(taken(&name, entry)),
                    _ => Ok(name),
                }
            }
        }
    }

    /// True if a profile was named, and it is a managed one of the entry.
    fn is_managed(&self, id: &EntryId, named: Option<&str>) -> Result<bool, Problem> {
        let Some(name) = named else {
            return Ok(false);
        };
        let profile = self.snapshot()?.profile(name);
        Ok(profile.is_some_and(|profile| profile.entry.as_ref() == Some(id)))
    }
}

fn not_managed(name: &str) -> Problem {
    let kind = ProblemKind::NoSingleMatch {
        candidates: Vec::new(),
    };
    let title = format!("roledex does not manage a profile {name:?}");
    Problem::new(kind, title).hint("to list managed profiles, run: roledex status")
}

/// Refuses a portal that was removed, or whose name was given to another one, while it was asked for credentials.
fn check_same(now: Option<Portal>, asked: &Portal) -> Result<(), Problem> {
    let is_same = |now: Portal| now.start_url == asked.start_url && now.region == asked.region;
    if now.is_some_and(is_same) {
        return Ok(());
    }
    let title = format!("the portal {} was removed or changed meanwhile", asked.name);
    Err(Problem::new(ProblemKind::Failed, title).hint("nothing was written; run it again"))
}

/// A profile was removed or changed while new credentials were asked for.
fn changed_meanwhile(name: &str) -> Problem {
    let title = format!("the profile {name} was removed or changed meanwhile");
    Problem::new(ProblemKind::Failed, title).hint("nothing was written; run it again")
}

fn taken(name: &str, owner: Option<EntryId>) -> Problem {
    let problem = match owner {
        Some(entry) => Problem::new(
            ProblemKind::NotOurs,
            format!("the profile {name} belongs to another entry"),
        )
        .detail(entry.to_string()),
        None => Problem::new(
            ProblemKind::NotOurs,
            format!("roledex does not manage the existing profile {name}"),
        ),
    };
    problem.hint("choose another name with --profile NAME, or overwrite it with --force")
}
