//! Takes over profiles that another tool wrote, if a portal lists their role: they become managed
//! profiles with the same names, in one write that `undo` undoes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::aws_vault::setting;
use crate::config::Settings;
use crate::domain::chain::role_of;
use crate::domain::guard::is_guarded;
use crate::domain::own::Sections as _;
use crate::domain::own::provider::{SOURCES, bare_url};
use crate::domain::process_line;
use crate::domain::profile::Mode;
use crate::domain::text::word;
use crate::domain::{
    AccountId, Catalog, Entry, EntryId, Kind, Portal, Problem, ProblemKind, ordered,
};
use crate::flow::{Flow, Permit};
use crate::store::aws_files::{Edit, Snapshot};
use crate::store::other_tools::{self, KnownPortal};

/// A tool that writes profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    /// `aws configure sso`, or the user by hand.
    AwsCli,
    /// aws-sso-util.
    AwsSsoUtil,
    /// granted.
    Granted,
    /// aws-sso-cli.
    AwsSsoCli,
    /// aws-vault, in a `credential_process`.
    AwsVault,
}

impl Maker {
    /// Every tool.
    pub(crate) const ALL: &'static [Self] = &[
        Self::AwsCli,
        Self::AwsSsoUtil,
        Self::Granted,
        Self::AwsSsoCli,
        Self::AwsVault,
    ];
}

/// The plan of taking over profiles, decided before anything is written.
#[derive(Debug, Default)]
pub(crate) struct ProfilesPlan {
    /// The profiles, in the order of the files.
    pub rows: Vec<TakenProfile>,
    /// Profiles that lead to a role and stay as they are, and the reasons.
    pub left: Vec<(String, String)>,
    /// Warnings for the user.
    pub warnings: Vec<String>,
    edits: Vec<Edit>,
}

/// One profile that becomes a managed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TakenProfile {
    /// Its name, which stays.
    pub name: String,
    /// The entry that it leads to.
    pub entry: EntryId,
}

/// The account and role that a profile names, and what it says of the portal.
struct Lead {
    portal: LeadPortal,
    account: Option<AccountId>,
    role: Option<String>,
}

/// A portal as profiles name it.
enum LeadPortal {
    Session(String),
    StartUrl(String),
    /// Nothing names it.
    Unknown,
}

impl ProfilesPlan {
    /// The entries of the profiles, each once.
    pub(crate) fn entries(&self) -> Vec<EntryId> {
        let entries = ordered::set(self.rows.iter().map(|row| row.entry.clone()));
        entries.into_iter().collect()
    }
}

impl Flow {
    /// Plans which profiles of some tools become managed ones. Portals that were never listed are listed first.
    ///
    /// # Errors
    /// As [`Flow::listed_catalog`]; files that cannot be read.
    pub(crate) async fn profiles_plan(
        &self,
        makers: &[Maker],
        portal: Option<&str>,
    ) -> Result<ProfilesPlan, Problem> {
        let (catalog, problems) = self.listed_catalog(portal, false).await?;
        let files = self.snapshot()?;
        let known = Known::new(&files, &catalog, self.settings());
        let mut plan = ProfilesPlan::default();
        // Only for profiles that name a portal of its configuration.
        let file = self.aws_sso_cli_file();
        let theirs = file
            .exists()
            .then(|| other_tools::aws_sso_cli(self.ctx().dirs.owners(), &file))
            .transpose()?;
        let theirs = theirs.unwrap_or_default().portals;
        for name in files.own_names() {
            let Some((maker, lead)) = lead_of(&files, name, &theirs) else {
                continue;
            };
            if !makers.contains(&maker) {
                continue;
            }
            let entry = entry_of(&files, name, lead, &known);
            match entry.and_then(|id| known.reference(name, &id).map_or(Ok(id), Err)) {
                Ok(id) if portal.is_some_and(|portal| *id.source != *portal) => {}
                Ok(_) if name == "default" => plan.left.push((
                    "the profile default".to_owned(),
                    "roledex never writes the default profile".to_owned(),
                )),
                Ok(entry) => {
                    plan.edits.push(Edit::TakeProfile {
                        name: name.to_owned(),
                        body: self.body_without_keys(&files, &entry, Mode::Sso, name)?,
                        entry: entry.clone(),
                    });
                    plan.rows.push(TakenProfile {
                        name: name.to_owned(),
                        entry,
                    });
                }
                Err(why) => plan.left.push((format!("the profile {name}"), why)),
            }
            let is_anew = maker == Maker::AwsSsoCli && plan.warnings.is_empty();
            if is_anew && plan.rows.last().is_some_and(|row| row.name == name) {
                plan.warnings.push(
                    "aws-sso writes its profiles anew between the lines # BEGIN_AWS_SSO_CLI and # END_AWS_SSO_CLI; to keep these, remove both lines"
                        .to_owned(),
                );
            }
        }
        for (name, problem) in problems {
            plan.warnings.push(format!("{name}: {problem}"));
        }
        Ok(plan)
    }

    /// Does what a plan says, in one write. Returns warnings.
    ///
    /// # Errors
    /// An entry without a permit; files that cannot be written. Nothing is written then.
    pub(crate) fn take_profiles(
        &self,
        plan: &ProfilesPlan,
        permits: &[Permit],
    ) -> Result<Vec<String>, Problem> {
        let permitted = ordered::set(permits.iter().map(Permit::id));
        if let Some(row) = plan.rows.iter().find(|row| !permitted.contains(&row.entry)) {
            let title = format!("{} was not permitted", row.entry);
            return Err(Problem::new(ProblemKind::Guarded, title).hint("pass --yes"));
        }
        if plan.edits.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.edit(&plan.edits)?.warnings)
    }
}

/// The tool that wrote a profile, and the role that it names; `None` where it leads to no portal.
fn lead_of(files: &Snapshot, name: &str, theirs: &[KnownPortal]) -> Option<(Maker, Lead)> {
    let command = files.either(name, "credential_process");
    let words = command.map(|command| process_line::split(command).unwrap_or_default());
    let maker = match &words {
        Some(words) => maker_of(words)?,
        None if files.either(name, "granted_sso_account_id").is_some() => Maker::Granted,
        None if files.either(name, "sso_auto_populated").is_some() => Maker::AwsSsoUtil,
        None => Maker::AwsCli,
    };
    let words = words.unwrap_or_default();
    let lead = match maker {
        Maker::AwsSsoCli => Some(of_aws_sso_cli(&words, theirs)),
        Maker::Granted => {
            of_keys(files, name, "granted_sso_").or_else(|| of_keys(files, name, "sso_"))
        }
        Maker::AwsVault => of_keys(files, words.last()?, "sso_"),
        Maker::AwsCli | Maker::AwsSsoUtil => of_keys(files, name, "sso_"),
    };
    Some((maker, lead?))
}

/// The tool that a `credential_process` runs.
fn maker_of(words: &[String]) -> Option<Maker> {
    let program = words.first()?.rsplit(['/', '\\']).next()?;
    match program.strip_suffix(".exe").unwrap_or(program) {
        "granted" | "dgranted" => Some(Maker::Granted),
        "aws-sso" => Some(Maker::AwsSsoCli),
        "aws-sso-util" => Some(Maker::AwsSsoUtil),
        "aws-vault" => Some(Maker::AwsVault),
        _ => None,
    }
}

/// The role that keys of a prefix name, with what aws-vault's profiles inherit.
fn of_keys(files: &Snapshot, name: &str, prefix: &str) -> Option<Lead> {
    let get = |key: &str| setting(files, name, &format!("{prefix}{key}"));
    let account = get("account_id");
    let role = get("role_name");
    let portal = match (get("session"), get("start_url")) {
        (Some(session), _) => LeadPortal::Session(session.to_owned()),
        (None, Some(url)) => LeadPortal::StartUrl(url.to_owned()),
        (None, None) => return None,
    };
    // Without both it is the sign-in of other profiles.
    (account.is_some() || role.is_some()).then(|| Lead {
        portal,
        account: account.and_then(|account| account.parse().ok()),
        role: role.map(str::to_owned),
    })
}

/// The role in a command of aws-sso-cli: `aws-sso [-S NAME] process --arn ARN`, or `-A ACCOUNT -R ROLE`.
fn of_aws_sso_cli(words: &[String], theirs: &[KnownPortal]) -> Lead {
    let value = |names: [&str; 2]| {
        words.iter().enumerate().find_map(|(at, word)| {
            if names.contains(&word.as_str()) {
                return words.get(at + 1).map(String::as_str);
            }
            let (name, value) = word.split_once('=')?;
            names.contains(&name).then_some(value)
        })
    };
    let of_arn = value(["--arn", "-a"]).and_then(role_of);
    let (account, role) = match of_arn {
        Some((_, account, role)) => (Some(account), Some(role)),
        None => (
            value(["--account", "-A"]).and_then(|id| id.parse().ok()),
            value(["--role", "-R"]),
        ),
    };
    let named = value(["--sso", "-S"]);
    let portal = named.and_then(|named| theirs.iter().find(|portal| portal.name == named));
    let portal = match portal.and_then(|portal| portal.start_url.clone()) {
        Some(url) => LeadPortal::StartUrl(url),
        None => LeadPortal::Unknown,
    };
    Lead {
        portal,
        account,
        role: role.map(str::to_owned),
    }
}

/// The facts that profiles are looked up in: there may be thousands of them.
struct Known<'a> {
    catalog: &'a Catalog,
    settings: Arc<Settings>,
    /// The names of the portals, by their start URLs.
    portals: BTreeMap<String, Arc<str>>,
    /// The roles of all portals.
    roles: BTreeMap<(AccountId, Arc<str>), Vec<EntryId>>,
    /// The chain or profile that gets its credentials from an own profile, by the name of that.
    users: BTreeMap<Arc<str>, String>,
}

impl<'a> Known<'a> {
    fn new(files: &Snapshot, catalog: &'a Catalog, settings: Arc<Settings>) -> Self {
        let portals = files.portals().into_iter().rev();
        let url = |portal: &Portal| bare_url(&portal.start_url).to_owned();
        let mut roles = BTreeMap::<_, Vec<_>>::new();
        for Entry { id, .. } in catalog.usable(None) {
            if id.kind == Kind::Org {
                let role = (id.account, Arc::clone(&id.role));
                roles.entry(role).or_default().push(id);
            }
        }
        let chains = settings.chains().unwrap_or_default();
        let chains = chains.into_iter();
        let chains = chains.map(|chain| (chain.source, format!("the chain {}", chain.name)));
        let copies = files.profiles().into_iter();
        let copies = copies.filter_map(|copy| Some((copy.entry?, copy.name)));
        let own = catalog.own.values();
        let own = own.filter_map(|own| Some((own.asks_for.clone()?, own.name.to_string())));
        let profiles = copies.chain(own);
        let users = profiles
            .map(|(id, name)| (id, format!("the profile {name}")))
            .chain(chains)
            .filter(|(id, _)| id.kind == Kind::Profile);
        Self {
            catalog,
            portals: ordered::map(portals.map(|portal| (url(&portal), portal.name))),
            roles,
            users: ordered::map(users.map(|(id, user)| (id.source, user))),
            settings,
        }
    }

    /// Why an own profile has to stay one: something means it by its id, and would not find it as another entry.
    fn reference(&self, name: &str, entry: &EntryId) -> Option<String> {
        if let Some(user) = self.users.get(name) {
            return Some(format!("{user} gets its credentials from it"));
        }
        let id = EntryId::profile(name);
        let (settings, catalog) = (&self.settings, self.catalog);
        let is_guarded = |id| is_guarded(&settings.guard, catalog, &catalog.entry(id));
        if is_guarded(&id) && !is_guarded(entry) {
            return Some(format!("{id} is guarded, and {entry} is not"));
        }
        let set = settings.entries.get(&id)?.region.is_some();
        set.then(|| format!("the settings have a region for {id}"))
    }
}

/// The entry that a profile leads to, if it is known and nothing else is in the profile.
fn entry_of(
    files: &Snapshot,
    name: &str,
    lead: Lead,
    known: &Known<'_>,
) -> Result<EntryId, String> {
    let is_other = |key: &&str| !key.starts_with("sso_") && *key != "credential_process";
    let mut others = SOURCES.into_iter().filter(is_other);
    if let Some(key) = others.find(|key| files.either(name, key).is_some()) {
        return Err(format!("it also has {key}"));
    }
    let account = lead.account.ok_or("its account is missing or wrong")?;
    let role = lead.role.ok_or("its role is missing")?;
    let portal = match &lead.portal {
        LeadPortal::Session(session) => Some(session.as_str()),
        LeadPortal::StartUrl(url) => {
            let portal = known.portals.get(bare_url(url)).ok_or_else(|| {
                format!(
                    "its portal is not saved; run: roledex portal add NAME --start-url {}",
                    word(url)
                )
            })?;
            Some(&**portal)
        }
        LeadPortal::Unknown => None,
    };
    let entries = known.roles.get(&(account, role.as_str().into()));
    let entries = entries.into_iter().flatten();
    let mut entries = entries.filter(|id| portal.is_none_or(|portal| *id.source == *portal));
    match (entries.next(), entries.next(), portal) {
        (Some(id), None, _) => Ok(id.clone()),
        (None, _, Some(portal)) => Err(format!(
            "the portal {portal} does not list {account}/{role}; if it is new, run: roledex list --refresh"
        )),
        (None, _, None) => Err(format!("no portal lists {account}/{role}")),
        (Some(_), Some(_), _) => Err(format!("several portals list {account}/{role}")),
    }
}
