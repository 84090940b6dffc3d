//! `roledex sync`: the profiles of many entries, in one write. What changes is on stderr.

use super::args::Global;
use super::guard;
use super::list;
use super::output::Output;
use super::table::Table;
use crate::domain::Kind;
use crate::domain::sync::{SyncChange, SyncScope};
use crate::domain::template::Template;
use crate::domain::text::{clean, counted};
use crate::domain::{Problem, ProblemKind};
use crate::flow::sync::{SyncOptions, SyncPlan};
use crate::flow::{Confirmation, Flow};

/// `roledex sync`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only what matches: words of account, role, id, portal, app, e-mail, alias or tag; 'exact ^start end$ !not a | b role:admin
    pub query: Option<String>,
    /// Only this kind
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
    /// Template for names of new profiles
    #[arg(
        long,
        value_name = "T",
        help = "Name new profiles by a template, such as {account_name|slug}-{role|lower}; fields account_name, account_id, email, role, portal, app, kind; filters lower, upper, slug, trim_prefix:REGEX, trim_suffix:REGEX"
    )]
    pub template: Option<String>,
    /// Update the list first
    #[arg(long)]
    pub refresh: bool,
    /// Remove managed profiles whose role no longer exists
    #[arg(long)]
    pub prune: bool,
    /// Show what would change, without writing
    #[arg(long)]
    pub dry_run: bool,
    /// Apply the changes without asking, also to guarded entries
    #[arg(long)]
    pub yes: bool,
}

/// Plans, shows, and writes.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    if options.yes {
        flow.confirm_all();
    }
    let plan = flow
        .sync_plan(&SyncOptions {
            scope: SyncScope {
                query: options.query.clone(),
                portal: global.portal.clone(),
                kind: options.kind,
                entries: None,
            },
            template: options.template.as_deref().map(template).transpose()?,
            prune: options.prune,
            refresh: options.refresh,
        })
        .await?;
    show(flow, &plan, output)?;
    if options.kind != Some(Kind::External) {
        let now = flow.ctx().clock.now();
        list::tell_ages(
            &flow.cached_catalog()?,
            global.portal.as_deref(),
            now,
            output,
        );
    }
    for warning in &plan.warnings {
        output.warning(warning);
    }
    if !options.dry_run {
        let permits = guard::permit_all(flow, &plan.written(), output).await;
        let (permits, was_asked) = permits.inspect_err(|_| output.note("nothing was written"))?;
        if !options.yes && !was_asked {
            ask(&plan, output)?;
        }
        for warning in flow.sync(&plan, &permits)? {
            output.warning(&warning);
        }
    }
    output.note(&summary(&plan, options.dry_run));
    Ok(0)
}

fn template(text: &str) -> Result<Template, Problem> {
    text.parse()
        .map_err(|mistake: crate::domain::template::Mistake| {
            Problem::new(
                ProblemKind::Usage,
                format!("the template {text:?} is invalid {mistake}"),
            )
            .hint("write it as in {account_name|slug}-{role|lower}")
        })
}

/// Asks on a terminal whether the plan is right. Elsewhere, a script has decided.
fn ask(plan: &SyncPlan, output: &Output) -> Result<(), Problem> {
    let changes = plan.changes();
    if changes == 0 || !output.can_ask() {
        return Ok(());
    }
    match output.confirm(&format!("Apply {}?", counted(changes, "change"))) {
        Confirmation::Yes | Confirmation::Nobody => Ok(()),
        Confirmation::No => {
            output.note("nothing was written");
            Err(Problem::new(ProblemKind::Cancelled, "not confirmed"))
        }
    }
}

/// The collisions first, then one line a profile that is not as it was.
fn show(flow: &Flow, plan: &SyncPlan, output: &Output) -> Result<(), Problem> {
    let mut text = String::new();
    for collision in &plan.collisions {
        text += &format!(
            "these entries would all be named {}:\n",
            clean(&collision.name)
        );
        for (id, name) in &collision.entries {
            text += &format!("  {id} becomes {}\n", clean(name));
        }
    }
    let changes: Vec<_> = plan
        .rows
        .iter()
        .filter_map(|row| Some((sign(row.change)?, row)))
        .collect();
    let names = flow.account_names(changes.iter().map(|(_, row)| &row.entry))?;
    let mut table = Table::without_heading();
    for ((sign, row), account_name) in changes.iter().zip(&names) {
        table.row([
            &format!("{sign} {}", row.name),
            account_name.as_deref().unwrap_or_default(),
            &row.entry.account.to_string(),
            &row.entry.to_string(),
        ]);
    }
    text += &table.to_string();
    for row in plan
        .rows
        .iter()
        .filter(|row| row.change == SyncChange::Skipped)
    {
        text += &format!(
            "warning: skipped {}: roledex does not manage the existing profile {}\n",
            row.entry,
            clean(&row.name)
        );
    }
    output.block(&text);
    Ok(())
}

/// The mark of a profile that is not as it was.
fn sign(change: SyncChange) -> Option<char> {
    match change {
        SyncChange::New => Some('+'),
        SyncChange::Changed => Some('~'),
        SyncChange::Removed => Some('-'),
        SyncChange::Unchanged | SyncChange::Skipped => None,
    }
}

fn summary(plan: &SyncPlan, dry_run: bool) -> String {
    let mut parts: Vec<String> = [
        (SyncChange::New, "new"),
        (SyncChange::Changed, "changed"),
        (SyncChange::Unchanged, "unchanged"),
        (SyncChange::Removed, "removed"),
        (SyncChange::Skipped, "skipped"),
    ]
    .into_iter()
    .map(|(change, word)| (plan.count(change), word))
    .filter(|(count, word)| *count > 0 || !matches!(*word, "removed" | "skipped"))
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    if dry_run {
        parts.push("nothing was written".to_owned());
    }
    parts.join(", ")
}
