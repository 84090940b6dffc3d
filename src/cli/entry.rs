//! Resolves an `[ENTRY]` argument to an entry, with the picker if it is missing or ambiguous.

use std::path::{Path, PathBuf};

use super::args::Global;
use super::capture;
use super::guard::permit;
use super::output::Output;
use crate::config::Env;
use crate::domain::text::brief;
use crate::domain::{App, Candidate, EntryId, Kind, Method, Problem, ProblemKind, Target};
use crate::flow::{Flow, Permit, check_role};
use crate::shell::current;
use crate::tui;

/// The arguments of every command for one entry.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct EntryArgs {
    /// A profile, an entry id, an app, ACCOUNT/ROLE, a search, or - for the previous role of this shell
    pub entry: Option<String>,
    /// Continue with a guarded entry without asking
    #[arg(long)]
    pub yes: bool,
}

/// [`EntryArgs`], and a SAML response for the entry.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SamlEntryArgs {
    /// The entry.
    #[command(flatten)]
    pub entry: EntryArgs,
    /// SAML response of an external account: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub assertion: Option<PathBuf>,
    /// Sign in to an external account by this method, whatever the settings say
    #[arg(long, value_enum, value_name = "METHOD", conflicts_with = "assertion")]
    pub method: Option<Method>,
}

/// The use that a command makes of its entry: the word for it in the picker.
#[derive(Clone, Copy)]
pub struct Choice(&'static str, bool);

impl Choice {
    pub const USE: Self = Self("use", false);
    pub const REFRESH: Self = Self("refresh", false);
    pub const RUN: Self = Self("run the command", false);
    pub const SHELL: Self = Self("open a shell", false);
    pub const CONSOLE: Self = Self("open console", false);
    /// The lines that it prints are read.
    pub const EXPORT: Self = Self("export", true);
}

impl EntryArgs {
    /// The text that names the entry, if it was given.
    pub fn text(&self) -> Option<&str> {
        self.entry.as_deref()
    }

    /// The same arguments, with the role of this shell where they name no entry.
    pub fn or_this_shell(
        &self,
        flow: &Flow,
        global: &Global,
        output: &Output,
    ) -> Result<Self, Problem> {
        let mut args = self.clone();
        if args.entry.is_none()
            && let Some(id) = current::entry(&flow.ctx().env)
            && flow.belongs_to(&id, global.portal.as_deref())?
        {
            output.note(&format!("the role of this shell: {}", flow.describe(&id)));
            args.entry = Some(id.to_string());
        }
        Ok(args)
    }

    fn confirm(&self, flow: &Flow) {
        if self.yes {
            flow.confirm_all();
        }
    }

    /// The permit for the entry, whose credentials are available then: [`find`], then [`ready`].
    pub async fn choose(
        &self,
        flow: &Flow,
        global: &Global,
        choice: Choice,
        output: &Output,
    ) -> Result<Permit, Problem> {
        let permit = find(flow, global, (self, choice), None, output).await?;
        ready(flow, permit, None, output).await
    }
}

impl SamlEntryArgs {
    /// [`EntryArgs::or_this_shell`]; a SAML response without an entry is for its app.
    pub fn or_this_shell(
        &self,
        flow: &Flow,
        global: &Global,
        output: &Output,
    ) -> Result<Self, Problem> {
        let mut args = self.clone();
        if args.assertion.is_none() {
            args.entry = args.entry.or_this_shell(flow, global, output)?;
        }
        Ok(args)
    }

    /// The text that names the entry, if it was given.
    pub fn text(&self) -> Option<&str> {
        self.entry.text()
    }

    /// With `--yes`: confirms guarded entries in advance.
    pub fn confirm(&self, flow: &Flow) {
        self.entry.confirm(flow);
    }

    /// [`EntryArgs::choose`]; credentials come from the SAML response if it was given.
    pub async fn choose(
        &self,
        flow: &Flow,
        global: &Global,
        choice: Choice,
        output: &Output,
    ) -> Result<Permit, Problem> {
        let permit = self.find(flow, global, choice, output).await?;
        self.ready(flow, permit, output).await
    }

    /// The permit of [`SamlEntryArgs::find`], with credentials.
    pub async fn ready(
        &self,
        flow: &Flow,
        permit: Permit,
        output: &Output,
    ) -> Result<Permit, Problem> {
        ready(flow, permit, self.assertion.as_deref(), output).await
    }

    /// The permit for the entry, without its credentials.
    pub async fn find(
        &self,
        flow: &Flow,
        global: &Global,
        choice: Choice,
        output: &Output,
    ) -> Result<Permit, Problem> {
        if let Some(method) = self.method {
            flow.set_method(method);
        }
        let permit = find(
            flow,
            global,
            (&self.entry, choice),
            self.assertion.as_deref(),
            output,
        )
        .await?;
        let id = permit.id();
        if self.method.is_some() && id.kind != Kind::External {
            let title = format!("{id} has no method: it is not an external account");
            return Err(Problem::new(ProblemKind::Usage, title).hint("remove --method"));
        }
        Ok(permit)
    }
}

/// Makes an entry ready to be used: for an external one a response is captured where one is needed, or
/// `assertion` is taken.
async fn ready(
    flow: &Flow,
    permit: Permit,
    assertion: Option<&Path>,
    output: &Output,
) -> Result<Permit, Problem> {
    if assertion.is_some() {
        flow.new_credentials(&permit).await?;
    } else {
        capture::ready(flow, &permit, output).await?;
    }
    flow.remember_use(permit.id());
    Ok(permit)
}

/// The permit for the entry that the argument names. Several matches or none named: the picker opens, where
/// a terminal exists; otherwise the candidates are the error (exit code 4). A guarded entry is confirmed.
/// `assertion` is read, and must have the entry's role; an app whose roles are not known yet is asked for
/// them.
async fn find(
    flow: &Flow,
    global: &Global,
    (args, choice): (&EntryArgs, Choice),
    assertion: Option<&Path>,
    output: &Output,
) -> Result<Permit, Problem> {
    args.confirm(flow);
    let entry = args.text();
    let app = match (entry, assertion) {
        (Some(text), _) => flow.resolve_app(text, global.portal.as_deref())?,
        // A response belongs to one app: the only one, if there is no other.
        (None, Some(_)) => match flow.apps()?.as_slice() {
            [app] => Some(app.clone()),
            _ => None,
        },
        (None, None) => None,
    };
    if let Some(app) = app {
        return entry_of_app(flow, global, (&app, choice), assertion, output).await;
    }
    let Target { id, profile } = one(flow, global, (entry, choice), output).await?;
    let permit = permit(flow, &id, output).await?;
    if let Some(path) = assertion {
        capture::take(flow, &id, path, output).await?;
    }
    Ok(permit.of_profile(profile))
}

/// The one role of an app, or the one that is chosen of several.
async fn entry_of_app(
    flow: &Flow,
    global: &Global,
    (app, choice): (&App, Choice),
    assertion: Option<&Path>,
    output: &Output,
) -> Result<Permit, Problem> {
    let known = flow.cached_catalog()?.apps.get(&app.name).cloned();
    let known = known.and_then(|part| part.roles);
    let roles = match known {
        Some(roles) if assertion.is_none() => roles,
        _ => capture::roles(flow, app, None, assertion, output).await?,
    };
    let ids: Vec<EntryId> = roles.iter().map(|role| role.entry(&app.name)).collect();
    let id = match ids.as_slice() {
        [id] => id.clone(),
        many if tui::terminal_exists() => {
            output.note(&format!("{} has {} roles for you", app.name, many.len()));
            pick(flow, global, (format!("'{}", app.name), choice), output).await?
        }
        many => {
            return Err(Problem::new(
                ProblemKind::NoSingleMatch {
                    candidates: many
                        .iter()
                        .map(|id| Candidate {
                            name: id.to_string(),
                            account_name: app.name.to_string(),
                            account_id: id.account.to_string(),
                        })
                        .collect(),
                },
                format!("{} has {} roles for you", app.name, many.len()),
            )
            .hint("use the id of one entry, or add more words"));
        }
    };
    if assertion.is_some() {
        check_role(&id, &roles)?;
    }
    permit(flow, &id, output).await
}

/// The entry that a text names, with a warning where another portal, which could not be listed, may have one
/// of such a name.
///
/// # Errors
/// As [`Flow::resolve`].
pub(super) async fn resolve(
    flow: &Flow,
    global: &Global,
    text: &str,
    output: &Output,
) -> Result<Target, Problem> {
    let (target, unlisted) = flow.resolve(text, global.portal.as_deref()).await?;
    for (portal, problem) in unlisted {
        output.warning(&problem.of_portal(&portal));
    }
    Ok(target)
}

async fn one(
    flow: &Flow,
    global: &Global,
    (entry, choice): (Option<&str>, Choice),
    output: &Output,
) -> Result<Target, Problem> {
    let query = match entry {
        None => String::new(),
        Some(text) => match resolve(flow, global, text, output).await {
            Err(Problem {
                kind: ProblemKind::NoSingleMatch { candidates },
                ..
            }) if !candidates.is_empty() && tui::terminal_exists() => {
                if !text.trim().is_empty() {
                    output.note(&format!(
                        "{:?} matches {} entries",
                        brief(text),
                        candidates.len()
                    ));
                }
                text.to_owned()
            }
            result => return result,
        },
    };
    if !tui::terminal_exists() {
        return Err(Problem::new(
            ProblemKind::Usage,
            "no entry given, and no terminal to choose one on",
        )
        .hint(
            "give ACCOUNT/ROLE, an entry id (roledex list --json), or a profile (roledex status)",
        ));
    }
    pick(flow, global, (query, choice), output)
        .await
        .map(Target::from)
}

/// The picker.
async fn pick(
    flow: &Flow,
    global: &Global,
    (query, choice): (String, Choice),
    output: &Output,
) -> Result<EntryId, Problem> {
    let options = tui::Options {
        query,
        choice: Some(choice.0),
        exports: choice.1,
        height: global.height,
        portal: global.portal.clone(),
        ..tui::Options::default()
    };
    check_terminal(&flow.ctx().env)?;
    flow.check_endpoints();
    let _lent = output.lend();
    match tui::run(flow.clone(), options).await? {
        tui::Outcome::Picked(id) | tui::Outcome::Export(id) => Ok(id),
        tui::Outcome::Quit | tui::Outcome::Cancelled => {
            Err(Problem::new(ProblemKind::Cancelled, "nothing chosen"))
        }
    }
}

/// Refuses a terminal that cannot show the switcher.
///
/// # Errors
/// `TERM` is `dumb` or not set.
pub(super) fn check_terminal(env: &Env) -> Result<(), Problem> {
    let title = match env.get("TERM") {
        Some("dumb") => "this terminal cannot show the switcher: TERM is dumb",
        None if cfg!(unix) => "this terminal cannot show the switcher: TERM is not set",
        _ => return Ok(()),
    };
    Err(Problem::new(ProblemKind::Usage, title).hint(
        "set TERM to the type of your terminal, as in TERM=xterm-256color; without a switcher, run: \
         roledex list, use or env",
    ))
}
