//! `roledex sync`: the profiles of many entries, in one write. What changes is on stderr.

use super::args::Global;
use super::guard;
use super::output::Output;
use crate::domain::Kind;
use crate::domain::template::Template;
use crate::domain::text::clean;
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;
use crate::flow::sync::{SyncChange, SyncOptions, SyncPlan};

/// `roledex sync`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only what matches: words of account, id, role, e-mail or portal; 'exact ^start end$ !not a | b
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
    /// Remove managed profiles whose role no longer exists
    #[arg(long)]
    pub prune: bool,
    /// Show what would change, without writing
    #[arg(long)]
    pub dry_run: bool,
    /// Go on with a guarded entry without asking
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
            query: options.query.clone(),
            portal: global.portal.clone(),
            kind: options.kind,
            template: options.template.as_deref().map(template).transpose()?,
            prune: options.prune,
        })
        .await?;
    show(&plan, output);
    let mut warnings = plan.warnings.clone();
    if !options.dry_run {
        let permits = guard::permit_all(flow, &plan.written(), output).await?;
        warnings.extend(flow.sync(&plan, &permits)?);
    }
    for warning in &warnings {
        output.warning(warning);
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

/// The collisions first, then one line a profile that is not as it was.
fn show(plan: &SyncPlan, output: &Output) {
    let mut text = String::new();
    for collision in &plan.collisions {
        text += &format!("would all be named {}:\n", clean(&collision.name));
        for (id, name) in &collision.entries {
            text += &format!("  {id} becomes {}\n", clean(name));
        }
    }
    for row in &plan.rows {
        let sign = match row.change {
            SyncChange::New => '+',
            SyncChange::Changed => '~',
            SyncChange::Removed => '-',
            SyncChange::Unchanged | SyncChange::Skipped => continue,
        };
        text += &format!("{sign} {}  {}\n", clean(&row.name), row.entry);
    }
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
