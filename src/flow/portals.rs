//! Portals: the `[sso-session]` sections, and their sign-ins.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Flow, SignedOut, half_done};
use crate::aws::{Error, region_finder, start_url};
use crate::domain::locked::locked;
use crate::domain::portal::{ACCOUNT_ACCESS_SCOPE, PortalSession, StartUrlFound, is_scope};
use crate::domain::text::{counted, word};
use crate::domain::{Candidate, InputField, Portal, Problem, ProblemKind, profile};
use crate::store::aws_files::{Edit, Snapshot};
use crate::store::catalog_cache;

impl Flow {
    /// Every portal, in the order of the file.
    ///
    /// # Errors
    /// An AWS config file that cannot be read.
    pub fn portals(&self) -> Result<Vec<Portal>, Problem> {
        Ok(self.snapshot()?.portals())
    }

    /// One portal.
    ///
    /// # Errors
    /// No such portal (with those that there are), or an AWS config file that cannot be read.
    pub fn portal(&self, name: &str) -> Result<Portal, Problem> {
        let snapshot = self.snapshot()?;
        snapshot.portal(name).ok_or_else(|| {
            let portals = snapshot.portals();
            let known: Vec<_> = portals.iter().map(|portal| &*portal.name).collect();
            let problem = Problem::new(
                ProblemKind::NoSingleMatch {
                    candidates: known.iter().map(Candidate::named).collect(),
                },
                format!("no portal is named {name:?}"),
            );
            let word = if name.is_empty() {
                "NAME".into()
            } else {
                word(name)
            };
            let add = format!("roledex portal add {word} --start-url URL");
            let mut incomplete = snapshot.incomplete_sessions();
            if let Some((_, key)) = incomplete.find(|(session, _)| *session == name) {
                return problem
                    .detail(format!("[sso-session {name}] has no {key}"))
                    .hint(format!("to complete it, run: {add}"));
            }
            problem.hint(if known.is_empty() {
                format!("to add it, run: {add}")
            } else {
                format!("name one of these, or add it: {add}")
            })
        })
    }

    /// Every portal with its sign-in, without any network call.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn sessions(&self) -> Result<Vec<PortalSession>, Problem> {
        self.sessions_of(self.portals()?)
    }

    /// Some portals with their sign-ins.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn sessions_of(&self, portals: Vec<Portal>) -> Result<Vec<PortalSession>, Problem> {
        let portals = portals.into_iter();
        portals.map(|portal| self.session(portal)).collect()
    }

    /// The portals of an instance, in the order of the file.
    pub(super) fn portals_of_instance(&self, portal: &Portal) -> Result<Vec<Portal>, Problem> {
        Ok(of_instance(&self.snapshot()?, portal))
    }

    /// The portals of an instance that are signed in, the one to use first: the one that answered last,
    /// then the one that is named. Only the one that is named if none is signed in.
    pub(super) fn portals_in_use(
        &self,
        files: &Snapshot,
        named: &Portal,
    ) -> Result<Vec<Portal>, Problem> {
        let mut portals = of_instance(files, named);
        if portals.len() < 2 {
            return Ok(vec![named.clone()]);
        }
        let mut signed_in = Vec::new();
        for portal in portals.drain(..) {
            let session = self.session(portal)?;
            signed_in.extend(session.signed_in.then_some(session.portal));
        }
        let used = self.used();
        signed_in.sort_by_key(|portal| (!used.contains(&portal.name), portal.name != named.name));
        if signed_in.is_empty() {
            signed_in.push(named.clone());
        }
        Ok(signed_in)
    }

    /// The name of the portal through which an entry is used: its own, or the one of its instance that is
    /// signed in.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn portal_in_use(&self, name: &Arc<str>) -> Result<Arc<str>, Problem> {
        let files = self.snapshot()?;
        let Some(portal) = files.portal(name) else {
            return Ok(Arc::clone(name));
        };
        let portals = self.portals_in_use(&files, &portal)?;
        Ok(portals
            .first()
            .map_or_else(|| Arc::clone(name), |portal| Arc::clone(&portal.name)))
    }

    /// The portals that answered last, one of each instance.
    pub(super) fn used(&self) -> BTreeSet<Arc<str>> {
        locked(&self.inner.used).clone()
    }

    /// Remembers for this run that a portal answers, rather than the others of its instance.
    pub(super) fn set_used(&self, portal: &Portal) {
        let Ok(others) = self.portals_of_instance(portal) else {
            return;
        };
        if others.len() < 2 {
            return;
        }
        let mut used = locked(&self.inner.used);
        for other in others {
            used.remove(&other.name);
        }
        used.insert(Arc::clone(&portal.name));
    }

    fn session(&self, portal: Portal) -> Result<PortalSession, Problem> {
        let now = self.ctx().clock.now();
        let token = self.token_of(&portal)?;
        let sign_in = token.as_ref();
        let sign_in = sign_in.map_or(0, |token| self.sign_in_number(&portal, token));
        let ends_at = token.as_ref().map(super::tokens::end);
        let signed_in = !self.is_refused(&portal)
            && ends_at.is_some_and(|end| end > now)
            && token
                .as_ref()
                .is_some_and(|token| !self.has_ended(&portal, &token.access_token));
        Ok(PortalSession {
            sign_in,
            saved_at: self.inner.tokens.saved_at(&portal),
            portal,
            signed_in,
            expires_at: token.map(|token| token.expires_at),
            ends_at,
        })
    }

    /// The start URL in the form that is saved, and its region: from the host's name, else from the network.
    ///
    /// # Errors
    /// A URL that no portal can have. A region that cannot be determined is not an error: it is `None`, with the
    /// problem, and the user is asked.
    pub async fn find_region(&self, text: &str) -> Result<StartUrlFound, Problem> {
        let parsed = start_url::parse(text)?;
        let (region, problem) = match &parsed.region {
            Some(region) => (Some(region.clone()), None),
            None => match region_finder::discover_region(self.http()?, &parsed).await {
                Ok(region) => (region, None),
                Err(error @ Error::AccountAccess { .. }) => return Err(error.into()),
                Err(error) => (None, Some(error.into())),
            },
        };
        Ok(StartUrlFound {
            url: parsed.url,
            region,
            problem,
        })
    }

    /// Saves a portal as `[sso-session NAME]`. One that is there keeps its start URL as it is written, and its
    /// scopes unless some are given.
    ///
    /// # Errors
    /// A name, URL, region or scope that cannot be, a portal of that name with another start URL or region, and
    /// files that cannot be written.
    pub async fn add_portal(
        &self,
        name: &str,
        start_url: &str,
        region: &str,
        scopes: &[String],
    ) -> Result<Portal, Problem> {
        check_name(name)?;
        let refused = |error| Problem::from(error).of_field(InputField::Address);
        let parsed = start_url::parse(start_url).map_err(refused)?;
        let mut url = parsed.url.clone();
        let are_default = scopes.is_empty();
        let mut scopes = checked_scopes(scopes)?;
        if let Some(known) = self.snapshot()?.portal(name) {
            let exists = |what: &str| {
                let title = format!("the portal {name} already exists, {what}");
                Problem::new(ProblemKind::NotOurs, title).of_field(InputField::Name)
            };
            let known_url = start_url::parse(&known.start_url).map(|parsed| parsed.url);
            if known_url.unwrap_or_else(|_| known.start_url.clone()) != url {
                return Err(exists(&format!("at {}", known.start_url)).hint(format!(
                    "choose another name, or remove it first: roledex portal remove {}",
                    word(name)
                )));
            }
            if known.region != region {
                return Err(exists(&format!("in {}", known.region)).hint(format!(
                    "to change its region, run: roledex portal edit {} --region {}",
                    word(name),
                    word(region)
                )));
            }
            url = known.start_url;
            if are_default && !known.scopes.is_empty() {
                scopes = known.scopes;
            }
        }
        self.check_region(region).await?;
        parsed.check_region(region)?;
        let portal = Portal {
            name: Arc::from(name),
            start_url: url,
            region: region.to_owned(),
            scopes,
        };
        let put = Edit::PutPortal(portal.clone());
        self.apart(move |flow| flow.edit(&[put])).await?;
        Ok(portal)
    }

    /// Changes the region and the scopes of a portal; `None` leaves them. A sign-in of another region is of no
    /// use, so it ends. Returns the portal, and the result of [`Flow::sign_out`].
    ///
    /// # Errors
    /// No such portal, text that is no region or scope, and files that cannot be written.
    pub async fn edit_portal(
        &self,
        name: &str,
        region: Option<&str>,
        scopes: Option<&[String]>,
    ) -> Result<(Portal, SignedOut), Problem> {
        let before = self.portal(name)?;
        // The scopes of the file stay as they are, also those that are not known to be any.
        let scopes = match scopes.filter(|scopes| **scopes != before.scopes) {
            Some(scopes) => checked_scopes(scopes)?,
            None => before.scopes.clone(),
        };
        if let Some(region) = region.filter(|region| *region != before.region) {
            self.check_region(region).await?;
            if let Ok(parsed) = start_url::parse(&before.start_url) {
                parsed.check_region(region)?;
            }
        }
        let after = Portal {
            region: region.map_or_else(|| before.region.clone(), str::to_owned),
            scopes,
            ..before.clone()
        };
        if after != before {
            let put = Edit::PutPortal(after.clone());
            self.apart(move |flow| flow.edit(&[put])).await?;
        }
        let signed_out = if after.region == before.region {
            SignedOut::default()
        } else {
            // Afterwards: what cannot be written must not end the sign-in.
            let title =
                format!("{name} has another region now, but the sign-in before is not all removed");
            let signed_out = self.sign_out(&before).await;
            signed_out.map_err(|problem| half_done(problem, title))?
        };
        Ok((after, signed_out))
    }

    /// Signs out of a portal, and removes its section and its cached catalog. Returns the result of
    /// [`Flow::sign_out`], with a warning for each profile that cannot get credentials any more.
    ///
    /// # Errors
    /// No such portal, profiles that name its section, and files that cannot be written.
    pub async fn remove_portal(&self, name: &str) -> Result<SignedOut, Problem> {
        let portal = self.portal(name)?;
        check_unused(&self.snapshot()?, name)?;
        let mut signed_out = self.sign_out(&portal).await?;
        let origins = self.origins()?;
        for profile in origins.files.profiles() {
            let portal = profile.entry.and_then(|id| origins.sign_in_portal(&id));
            if portal.is_some_and(|portal| *portal == *name) {
                signed_out.warnings.push(format!(
                    "the profile {} got its credentials through {name}; to remove it, run: roledex forget {}",
                    profile.name,
                    word(&profile.name)
                ));
            }
        }
        let name = name.to_owned();
        let remove = Edit::RemovePortal { name: name.clone() };
        let of = name.clone();
        let removed = self.apart(move |flow| {
            // A profile may have come meanwhile: a sign-out takes a while.
            flow.edit_if(&[remove], |files| check_unused(files, &of))
        });
        removed.await.map_err(|problem| {
            let title = format!("signed out of {name}, but the portal is still there");
            half_done(problem, title)
        })?;
        catalog_cache::forget(&self.ctx().dirs, &name)?;
        Ok(signed_out)
    }
}

/// Refuses a portal that a profile names in `sso_session`.
fn check_unused(files: &Snapshot, portal: &str) -> Result<(), Problem> {
    let profiles = files.profiles().into_iter();
    let users: Vec<_> = profiles
        .map(|profile| profile.name)
        .filter(|profile| files.value(profile, "sso_session").as_deref() == Some(portal))
        .collect();
    if users.is_empty() {
        return Ok(());
    }
    let users_words = counted(users.len(), "profile");
    let title = format!("the portal {portal} is used by {users_words}");
    Err(Problem::new(ProblemKind::NotOurs, title)
        .detail(users.join(", "))
        .hint("remove those profiles first"))
}

fn of_instance(files: &Snapshot, portal: &Portal) -> Vec<Portal> {
    let names = files.instances().names(&portal.name).iter();
    names.filter_map(|name| files.portal(name)).collect()
}

/// The scopes to save: without blanks, and at least the one that makes a sign-in last.
fn checked_scopes(scopes: &[String]) -> Result<Vec<String>, Problem> {
    let scopes = scopes.iter().map(|scope| scope.trim());
    let mut scopes: Vec<String> = scopes
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect();
    if let Some(other) = scopes.iter().find(|scope| !is_scope(scope)) {
        return Err(
            Problem::new(ProblemKind::Usage, format!("{other:?} is not a scope"))
                .hint(format!(
                    "a scope looks like {ACCOUNT_ACCESS_SCOPE}; separate several with commas"
                ))
                .of_field(InputField::Scopes),
        );
    }
    if scopes.is_empty() {
        scopes.push(ACCOUNT_ACCESS_SCOPE.to_owned());
    }
    Ok(scopes)
}

/// Refuses text that cannot be the name of a portal.
pub(super) fn check_name(name: &str) -> Result<(), Problem> {
    if !profile::is_valid_name(name) {
        return Err(Problem::new(
            ProblemKind::Usage,
            format!("{name:?} is not a valid portal name"),
        )
        .hint("use letters, digits and . _ + @ / -")
        .of_field(InputField::Name));
    }
    Ok(())
}
