//! `roledex undo`: undoes the last change of the AWS files. The difference goes to stdout,
//! without secrets; the rest to stderr.

use super::output::Output;
use crate::domain::text::is_unsafe;
use crate::domain::time::{age, seconds_left};
use crate::domain::undo::UndoResult;
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;

/// `roledex undo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show what would change, without writing
    #[arg(long)]
    pub dry_run: bool,
    /// Also undo sections that were changed since
    #[arg(long)]
    pub force: bool,
}

/// Undoes a change, or shows what that would do.
pub(super) fn run(flow: &Flow, options: &Args, output: &Output) -> Result<u8, Problem> {
    let Some(change) = flow.undo(options.force, options.dry_run)? else {
        let dirs = &flow.ctx().dirs;
        return Err(Problem::new(ProblemKind::Failed, "nothing to undo")
            .detail("roledex keeps its last 20 changes of the AWS files for 90 days")
            .hint(format!(
                "look for older versions in {}",
                dirs.tilde(&dirs.state.join("backups"))
            )));
    };
    output.data(&diff(flow, &change))?;
    let made = change.made_at.map_or_else(String::new, |at| {
        format!(", made {}", age(seconds_left(at, flow.ctx().clock.now())))
    });
    let done = if options.dry_run {
        "would be undone"
    } else {
        "is undone"
    };
    output.note(&format!("the last change{made}, {done}"));
    Ok(0)
}

/// As `diff -u` shows it, but section by section.
fn diff(flow: &Flow, change: &UndoResult) -> String {
    let mut text = String::new();
    for file in &change.files {
        text += &format!("--- {}\n", flow.ctx().dirs.tilde(&file.path));
        for line in file.sections.iter().flatten() {
            // Blanks stay as they are; what a terminal could act on does not.
            let shown = line.text.chars().filter(|c| *c == '\t' || !is_unsafe(*c));
            text.push(line.change.sign());
            text.extend(shown);
            text.push('\n');
        }
    }
    text
}
