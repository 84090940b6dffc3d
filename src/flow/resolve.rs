//! Resolves what a user typed to one entry (docs/reference.md#entries): `-`, a managed profile's name, an entry
//! id, `ACCOUNT/ROLE`, a fuzzy query; in this order.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Flow, Priority};
use crate::domain::text::{brief, clean, counted, is_unsafe, word};
use crate::domain::{
    AccountId, App, Candidate, Catalog, CatalogEvent, Entry, EntryId, Kind, Label, Problem,
    ProblemKind, Target, ordered, search,
};
use crate::shell::current;

/// The portals that could not be listed, and why.
type Unlisted = Vec<(Arc<str>, Problem)>;

impl Flow {
    /// The one entry that `text` names, with the managed profile if that is what it names. `portal` narrows it.
    /// With it comes what kept portals from being listed that may have other entries of such a name.
    ///
    /// # Errors
    /// `NoSingleMatch` with the candidates; trouble of files; and, where no catalog is known yet and
    /// one is needed, that of listing it.
    pub async fn resolve(
        &self,
        text: &str,
        portal: Option<&str>,
    ) -> Result<(Target, Unlisted), Problem> {
        if let Some(target) = self.resolve_known(text)? {
            if !self.belongs_to(&target.id, portal)? {
                return Err(no_match(text, portal));
            }
            let listed = self.listed(&target.id)?;
            let others = self.of_account_named(text, portal, &|catalog, id| {
                let own = catalog.own.get(&listed.source);
                let own = own.filter(|_| listed.kind == Kind::Profile);
                *id == listed || own.is_some_and(|own| own.leads_to.as_ref() == Some(id))
            })?;
            only(text, others, || Candidate {
                name: target.id.to_string(),
                account_name: target.profile.clone().unwrap_or_default(),
                account_id: target.id.account.to_string(),
            })?;
            return Ok((target, Vec::new()));
        }
        if let Some(app) = self.app_named(text, portal)? {
            let others = self.of_account_named(text, portal, &|_, id| is_of(id, &app))?;
            only(text, others, || Candidate {
                name: app.name.to_string(),
                account_name: app.name.to_string(),
                account_id: String::new(),
            })?;
        }
        let (catalog, unlisted) = self.known_catalog(portal, false).await?;
        let entries = catalog.usable(portal);
        let picked = match pick(&catalog, &entries, text, portal) {
            Ok(Picked { id, is_certain }) => {
                let unlisted = if is_certain { Vec::new() } else { unlisted };
                return Ok((id.into(), unlisted));
            }
            Err(problem) => problem,
        };
        Err(self.no_single_match(picked, text, portal, (&catalog, &entries, unlisted)))
    }

    /// The problem of a text that names no entry, with what may be the reason.
    fn no_single_match(
        &self,
        problem: Problem,
        text: &str,
        portal: Option<&str>,
        (catalog, entries, unlisted): (&Catalog, &[Entry], Unlisted),
    ) -> Problem {
        if text.trim().is_empty() {
            return problem.titled("no words were given");
        }
        match &problem.kind {
            ProblemKind::NoSingleMatch { candidates } if candidates.is_empty() => {}
            _ => return problem,
        }
        let app = self.app_like(text, portal);
        // It may be where we could not look.
        let problem = match unlisted.into_iter().next() {
            Some((_, why)) if app.is_none() && !has_roles(entries) => return why,
            Some((name, why)) => problem.detail(format!("{name} did not answer: {why}")),
            None => match catalog.unlisted_accounts(portal).len() {
                0 => problem,
                unlisted => problem.detail(format!(
                    "the roles of {} are not known",
                    counted(unlisted, "account")
                )),
            },
        };
        match app {
            Some(app) => problem.hint(format!(
                "the roles of the app {} may not be known yet; to get them, run: roledex use {}",
                clean(&app.name),
                word(&app.name)
            )),
            None => problem,
        }
    }

    /// The entries whose account's number or alias, and role, a text names: of something that has the text for its
    /// name, none of which may be meant. `is_it` tells the entries of that; if one is among them, it is the one.
    ///
    /// Names of profiles and apps may be made of what others call an account.
    fn of_account_named(
        &self,
        text: &str,
        portal: Option<&str>,
        is_it: &dyn Fn(&Catalog, &EntryId) -> bool,
    ) -> Result<Vec<Candidate>, Problem> {
        if accounts_named(&self.settings().labels(), text).is_empty() {
            return Ok(Vec::new());
        }
        let catalog = self.cached_catalog()?;
        let entries = catalog.usable(portal);
        let found = by_account(&catalog, &entries, text).unwrap_or_default();
        if found.iter().any(|entry| is_it(&catalog, &entry.id)) {
            return Ok(Vec::new());
        }
        Ok(found.into_iter().map(candidate).collect())
    }

    /// True if the credentials of an entry come from a portal; where none is named, any does.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn belongs_to(&self, id: &EntryId, portal: Option<&str>) -> Result<bool, Problem> {
        let Some(portal) = portal else {
            return Ok(true);
        };
        Ok(self.origins()?.is_behind(id, portal))
    }

    /// Refuses an id that certainly names nothing.
    ///
    /// # Errors
    /// `NoSingleMatch`; a file that cannot be read.
    pub fn check_exists(&self, id: &EntryId) -> Result<(), Problem> {
        match id.kind {
            Kind::Org => drop(self.portal(&id.source)?),
            Kind::External => drop(self.app(&id.source)?),
            Kind::Chain | Kind::Profile => {}
        }
        if self.cached_catalog()?.is_lost(id) {
            return Err(no_match(&id.to_string(), None));
        }
        Ok(())
    }

    /// The id under which an entry is listed (docs/architecture.md#one-instance-several-portals).
    pub(super) fn listed(&self, id: &EntryId) -> Result<EntryId, Problem> {
        // Most ids need no files.
        match id.kind {
            Kind::Org => Ok(self.snapshot()?.instances().listed(id.clone())),
            Kind::External | Kind::Chain | Kind::Profile => Ok(id.clone()),
        }
    }

    /// The app of a name, else one whose name differs in case only; a managed profile of that name
    /// comes first. `portal` narrows it.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn resolve_app(&self, text: &str, portal: Option<&str>) -> Result<Option<App>, Problem> {
        if self.resolve_known(text)?.is_some() {
            return Ok(None);
        }
        let Some(app) = self.app_named(text, portal)? else {
            return Ok(None);
        };
        // Another entry may be meant, too: that is for `resolve` to say.
        let others = self.of_account_named(text, portal, &|_, id| is_of(id, &app))?;
        Ok(others.is_empty().then_some(app))
    }

    fn app_named(&self, text: &str, portal: Option<&str>) -> Result<Option<App>, Problem> {
        let mut apps = self.apps()?;
        apps.retain(|app| portal.is_none() || app.portal.as_deref() == portal);
        let exact = apps.iter().position(|app| *app.name == *text);
        let same = |app: &App| app.name.to_lowercase() == text.to_lowercase();
        let found = exact.or_else(|| apps.iter().position(same));
        Ok(found.map(|at| apps.swap_remove(at)))
    }

    /// An app with all words of a text in its name.
    fn app_like(&self, text: &str, portal: Option<&str>) -> Option<App> {
        let words = text.to_lowercase();
        let has_all = |app: &App| {
            let name = app.name.to_lowercase();
            words.split_whitespace().all(|word| name.contains(word))
        };
        let mut apps = self.apps().ok()?.into_iter();
        apps.find(|app| (portal.is_none() || app.portal.as_deref() == portal) && has_all(app))
    }

    /// Resolves a text that needs no catalog: `-` for the previous role of this shell, the name of a managed
    /// profile, an entry id, or the name of an own profile.
    ///
    /// # Errors
    /// No previous role; a file that cannot be read.
    pub fn resolve_known(&self, text: &str) -> Result<Option<Target>, Problem> {
        if text == "-" {
            return self.previous().map(|id| Some(id.into()));
        }
        // An id is complete in itself; but a profile may have any name, so the files come first.
        let files = self.snapshot()?;
        if let Some(id) = files.profile(text).and_then(|profile| profile.entry) {
            let profile = Some(text.to_owned());
            return Ok(Some(Target { id, profile }));
        }
        let own = || files.is_usable_own(text).then(|| EntryId::profile(text));
        let id = text.parse().ok().map(|id| files.instances().listed(id));
        Ok(id.or_else(own).map(Target::from))
    }

    /// The previous role of this shell.
    fn previous(&self) -> Result<EntryId, Problem> {
        current::previous(&self.ctx().env).ok_or_else(|| {
            let kind = ProblemKind::NoSingleMatch {
                candidates: Vec::new(),
            };
            Problem::new(kind, "this shell has no previous role")
                .hint("switch roles with rdx first; to choose one, run: rdx")
        })
    }

    /// [`Flow::known_catalog`] for what needs the roles of a portal.
    ///
    /// # Errors
    /// As [`Flow::known_catalog`]; what kept the portals from being listed, where no role of any is known.
    pub async fn listed_catalog(
        &self,
        portal: Option<&str>,
        refresh: bool,
    ) -> Result<(Catalog, Unlisted), Problem> {
        let (catalog, mut problems) = self.known_catalog(portal, refresh).await?;
        if !problems.is_empty() && !has_roles(&catalog.usable(portal)) {
            return Err(problems.swap_remove(0).1);
        }
        Ok((catalog, problems))
    }

    /// The catalog as it is known; the portals that were never listed (all of them, for a refresh) are
    /// listed first. With it comes what kept portals from being listed: their cached part is there.
    ///
    /// # Errors
    /// No portal at all; for a refresh, no portal that could be listed; and, when nothing is known of
    /// any, why not.
    pub async fn known_catalog(
        &self,
        portal: Option<&str>,
        refresh: bool,
    ) -> Result<(Catalog, Unlisted), Problem> {
        let portals = match portal {
            Some(name) => self.portals_of_instance(&self.portal(name)?)?,
            None => self.portals()?,
        };
        let catalog = RefCell::new(self.cached_catalog()?);
        let no_others = self.apps()?.is_empty() && catalog.borrow().own.is_empty();
        if portals.is_empty() && no_others {
            return Err(Problem::new(ProblemKind::Failed, "no portals yet")
                .hint("to add one, run: roledex portal add NAME --start-url URL"));
        }
        let is_known = |name: &Arc<str>| catalog.borrow().fetched_at(name).is_some();
        let mut listed = 0;
        let mut problems = Vec::new();
        for portal in &portals {
            if !refresh && is_known(&portal.name) {
                continue;
            }
            let tally = RefCell::new(Tally::default());
            let sink = |event| {
                tally.borrow_mut().count(&event);
                catalog.borrow_mut().apply(event);
            };
            let priority = Priority::default();
            // A portal that does not get on keeps none of the others from being listed.
            let listing = Box::pin(self.discover(portal, &priority, sink));
            let result = self.bounded(listing).await;
            let tally = tally.into_inner();
            // A list that is here, and could only not be saved, counts.
            listed += usize::from(tally.is_listed());
            if let Err(problem) = result.and_then(|()| tally.result()) {
                problems.push((Arc::clone(&portal.name), problem));
            }
        }
        let catalog = catalog.into_inner();
        let failed = ordered::set(problems.iter().map(|(name, _)| Arc::clone(name)));
        problems.retain(|(name, problem)| {
            // Another portal of the instance has the same accounts and roles.
            let mut others = catalog.instances.names(name).iter();
            let listed = others.find(|other| {
                let part = catalog.portals.get(*other);
                !failed.contains(*other) && part.is_some_and(|part| part.fetched_at.is_some())
            });
            if let Some(listed) = listed {
                tracing::info!(portal = %name, %problem, "{listed} is the same instance");
            }
            listed.is_none()
        });
        let in_vain = refresh && listed == 0;
        let nothing = listed == 0 && catalog.usable(portal).is_empty();
        if (in_vain || nothing) && !problems.is_empty() {
            return Err(problems.swap_remove(0).1);
        }
        Ok((catalog, problems))
    }
}

/// True if there is a role of a portal.
fn has_roles(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| entry.id.kind == Kind::Org)
}

/// The results of one listing's accounts. The cache does not hold them: failures are in the events only.
#[derive(Default)]
struct Tally {
    finished: bool,
    answered: usize,
    failed: usize,
    why: Option<Problem>,
}

impl Tally {
    fn count(&mut self, event: &CatalogEvent) {
        match event {
            CatalogEvent::Finished { .. } => self.finished = true,
            CatalogEvent::Roles { roles: Ok(_), .. } => self.answered += 1,
            CatalogEvent::Roles {
                roles: Err(problem),
                ..
            } => {
                self.failed += 1;
                self.why.get_or_insert_with(|| problem.clone());
            }
            _ => {}
        }
    }

    fn is_listed(&self) -> bool {
        self.finished && (self.answered > 0 || self.failed == 0)
    }

    /// An error where every account failed: then it is not the accounts' own trouble.
    fn result(self) -> Result<(), Problem> {
        match self.why {
            Some(mut why) if self.finished && self.answered == 0 => {
                if !why.kind.is_transient() {
                    why.kind = ProblemKind::Service;
                }
                Err(why.causing(match self.failed {
                    1 => "cannot list the roles of the only account".to_owned(),
                    many => format!("cannot list the roles of any of the {many} accounts"),
                }))
            }
            _ => Ok(()),
        }
    }
}

/// The entry that a text names.
#[derive(Debug)]
struct Picked {
    id: EntryId,
    /// True if no other portal can have an entry that is meant: the text names a chain, or an account by its number
    /// or the user's own name for it.
    is_certain: bool,
}

fn pick(
    catalog: &Catalog,
    entries: &[Entry],
    text: &str,
    portal: Option<&str>,
) -> Result<Picked, Problem> {
    let certain = chain_named(entries, text)
        .map(|chain| vec![chain])
        .or_else(|| by_account(catalog, entries, text));
    let is_certain = certain.is_some();
    let found = certain
        .or_else(|| by_account_name(entries, text))
        .unwrap_or_else(|| search::find_strictly(catalog, entries, text));
    match found.as_slice() {
        [] => Err(no_match(text, portal)),
        [entry] => Ok(Picked {
            id: entry.id.clone(),
            is_certain,
        }),
        many => Err(several(
            text,
            many.iter().map(|entry| candidate(entry)).collect(),
        )),
    }
}

/// Refuses a text that is the name of one thing and names others as well.
fn only(text: &str, others: Vec<Candidate>, it: impl FnOnce() -> Candidate) -> Result<(), Problem> {
    if others.is_empty() {
        return Ok(());
    }
    Err(several(text, std::iter::once(it()).chain(others).collect()))
}

fn several(text: &str, candidates: Vec<Candidate>) -> Problem {
    let title = format!("{:?} matches {} entries", brief(text), candidates.len());
    Problem::new(ProblemKind::NoSingleMatch { candidates }, title)
        .hint("use the id of one entry, or add more words")
}

fn candidate(entry: &Entry) -> Candidate {
    Candidate {
        name: entry.id.to_string(),
        account_name: entry.account_name.to_string(),
        account_id: entry
            .account()
            .map_or_else(String::new, |id| id.to_string()),
    }
}

fn no_match(text: &str, portal: Option<&str>) -> Problem {
    let place = portal.map_or_else(String::new, |portal| format!(" at {portal}"));
    Problem::new(
        ProblemKind::NoSingleMatch {
            candidates: Vec::new(),
        },
        format!("nothing matches {:?}{place}", brief(text)),
    )
    .hint("to list entries, run: roledex list; if it is new: roledex list --refresh")
}

/// The chain of a name, else one whose name differs in case only.
fn chain_named<'a>(entries: &'a [Entry], text: &str) -> Option<&'a Entry> {
    let chains = || {
        let entries = entries.iter();
        entries.filter(|entry| entry.id.kind == Kind::Chain)
    };
    let same = |entry: &&Entry| entry.id.source.to_lowercase() == text.to_lowercase();
    let exact = chains().find(|entry| *entry.id.source == *text);
    exact.or_else(|| chains().find(same))
}

/// `ACCOUNT/ROLE`, without regard to case, for each place to split it: both may hold a `/`.
fn splits(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let places = text.match_indices('/');
    places.filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)))
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// The accounts that `ACCOUNT/ROLE` names, each with the role. The account is decided before the role is looked
/// for: twelve digits are an id, then come the user's own names.
fn accounts_named<'a>(
    labels: &BTreeMap<AccountId, Arc<Label>>,
    text: &'a str,
) -> Vec<(AccountId, &'a str)> {
    let mut ids = splits(text).filter_map(|(account, role)| Some((account.parse().ok()?, role)));
    if let Some(found) = ids.next() {
        return vec![found];
    }
    let by_alias = |text: &str| {
        let is_named = |label: &Label| label.alias.as_deref().is_some_and(|it| same(it, text));
        let mut labels = labels.iter();
        labels.find_map(|(id, label)| is_named(label).then_some(*id))
    };
    splits(text)
        .filter_map(|(account, role)| Some((by_alias(account)?, role)))
        .collect()
}

/// The entries that `ACCOUNT/ROLE` names by the account's id or the user's own name for it.
///
/// `None`: the text names no account that way.
fn by_account<'a>(catalog: &Catalog, entries: &'a [Entry], text: &str) -> Option<Vec<&'a Entry>> {
    let accounts = accounts_named(&catalog.labels, text);
    let is_named = |entry: &&Entry| {
        let is_it = |(account, role): &(AccountId, &str)| {
            let has_role = entry.role().is_some_and(|known| same(known, role));
            has_role && entry.account() == Some(*account)
        };
        accounts.iter().any(is_it)
    };
    (!accounts.is_empty()).then(|| entries.iter().filter(is_named).collect())
}

/// The entries that `ACCOUNT/ROLE` names by what others call the account. It comes last: they could call an
/// account by the id or the alias of another.
///
/// `None`: the text names no account that way, and may be words to search for.
fn by_account_name<'a>(entries: &'a [Entry], text: &str) -> Option<Vec<&'a Entry>> {
    let is_named = |entry: &&Entry| {
        splits(text).any(|(account, role)| {
            entry.role().is_some_and(|known| same(known, role))
                && is_called(&entry.account_name, account)
        })
    };
    let found: Vec<_> = entries.iter().filter(is_named).collect();
    (!found.is_empty()).then_some(found)
}

/// True for the roles of an app.
fn is_of(id: &EntryId, app: &App) -> bool {
    id.kind == Kind::External && id.source == app.name
}

/// True if an account has a name that the user typed. A name with invisible characters is not the one that it is shown
/// as.
fn is_called(name: &str, typed: &str) -> bool {
    !name.chars().any(is_unsafe) && clean(name).to_lowercase() == typed.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        [
            ("111111111111", "Acme Prod", "Admin"),
            ("111111111111", "Acme Prod", "ReadOnly"),
            ("222222222222", "Acme Dev", "Admin"),
            ("333333333333", "a/b", "Admin"),
        ]
        .into_iter()
        .map(|(account, name, role)| Entry {
            id: EntryId::org("acme", account.parse().unwrap(), role),
            account_name: name.into(),
            email: "".into(),
            mark: crate::domain::Mark::Known,
            label: None,
            own: None,
        })
        .collect()
    }

    fn picked(text: &str) -> Result<String, Problem> {
        let picked = pick(&Catalog::default(), &entries(), text, None)?;
        Ok(picked.id.to_string())
    }

    #[test]
    fn account_and_role() {
        let admin = "org:acme/111111111111/Admin";
        assert_eq!(picked("111111111111/Admin").as_deref(), Ok(admin));
        assert_eq!(picked("acme prod/admin").as_deref(), Ok(admin));
        assert_eq!(
            picked("a/b/Admin").as_deref(),
            Ok("org:acme/333333333333/Admin")
        );
    }

    #[test]
    fn the_account_is_decided_before_the_role() {
        let entry = |account: &str, name: &str, role: &str| Entry {
            id: EntryId::org("acme", account.parse().unwrap(), role),
            account_name: name.into(),
            ..entries().remove(0)
        };
        let entries = [
            entry("111111111111", "Payments Production", "ReadOnly"),
            entry("222222222222", "111111111111", "Admin"),
            entry("333333333333", "pay", "Admin"),
            entry("444444444444", "Payments Pr\u{200b}oduction", "Admin"),
            entry("555555555555", "111111111111/Admin", "Admin"),
            entry("666666666666", "111111111111/Admin", "Admin/Admin"),
        ];
        let mut catalog = Catalog::default();
        let label = Label {
            alias: Some("Pay".into()),
            tags: Vec::new(),
        };
        catalog
            .labels
            .insert("111111111111".parse().unwrap(), Arc::new(label));
        let picked = |text: &str| {
            let found = pick(&catalog, &entries, text, None);
            found.map_or_else(
                |problem| Err(problem.kind.exit_code()),
                |picked| Ok(picked.id),
            )
        };
        for text in [
            "111111111111/Admin",
            "111111111111/Admin/Admin",
            "pay/Admin",
            "Payments Production/Admin",
            "account:111111111111 role:Admin",
            "account:^111111111111$ role:Admin",
            "111111111111 role:Admin",
        ] {
            assert_eq!(picked(text), Err(4), "{text}");
        }
        for text in [
            "111111111111/readonly",
            "PAY/ReadOnly",
            "payments production/ReadOnly",
            "account:111111111111",
            "111111111111",
        ] {
            assert_eq!(picked(text), Ok(entries[0].id.clone()), "{text}");
        }
    }

    #[test]
    fn a_query_with_one_match() {
        assert_eq!(
            picked("readonly").as_deref(),
            Ok("org:acme/111111111111/ReadOnly")
        );
    }

    #[test]
    fn several_matches_are_named() {
        let problem = picked("admin").unwrap_err();
        assert_eq!(problem.kind.exit_code(), 4);
        let ProblemKind::NoSingleMatch { candidates } = problem.kind else {
            panic!()
        };
        assert_eq!(candidates.len(), 3);
    }

    #[test]
    fn nothing_matches() {
        assert_eq!(picked("zzz/zzz").unwrap_err().kind.exit_code(), 4);
    }
}
