//! `roledex doctor`: health checks, on stdout. The exit code is 1 if one is an error.

use serde::Serialize;

use super::output::Output;
use super::table::Table;
use crate::domain::Problem;
use crate::domain::health::{Check, Status, TerminalFact};
use crate::domain::ordered;
use crate::domain::text::{clean, counted};
use crate::flow::Flow;
use crate::tui;
use crate::tui::keymap::{CONTEXTS, Keymap};

/// `roledex doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print a JSON array
    #[arg(long)]
    pub json: bool,
    /// Fix what belongs to roledex: modes of its files, expired static keys, old paths of this program
    #[arg(long)]
    pub fix: bool,
    /// Also check that the portals' endpoints can be reached and that the clock is right
    #[arg(long)]
    pub online: bool,
    /// Print a bug report: versions, numbers and the checks, without your names, ids, addresses and paths
    #[arg(long, conflicts_with_all = ["json", "fix", "keys", "paths"])]
    pub report: bool,
    /// Print the keys in force: context, key, action
    #[arg(long, conflicts_with_all = ["fix", "online", "paths"])]
    pub keys: bool,
    /// Print every file and directory that roledex uses
    #[arg(long, conflicts_with_all = ["fix", "online"])]
    pub paths: bool,
}

/// One check in `--json`.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    state: &'a str,
    what: &'a str,
    hint: Option<&'a str>,
}

/// Fixes if `--fix` is given, then checks everything and reports.
pub(super) async fn run(flow: &Flow, options: &Args, output: &Output) -> Result<u8, Problem> {
    if options.keys {
        return keys(flow, options.json, output);
    }
    if options.paths {
        return paths(flow, options.json, output);
    }
    let mut is_fixed = true;
    if options.fix {
        match flow.fix() {
            Ok(done) if done.is_empty() => output.note("nothing to fix"),
            Ok(done) => done.iter().for_each(|done| output.note(done)),
            Err(problem) => {
                is_fixed = false;
                output.warning(&format!("could not fix everything: {problem}"));
            }
        }
    }
    let mut checks = flow.check(options.online, &terminal(flow)).await;
    checks.push(keymap(flow));
    if options.report {
        output.data(&flow.report(&checks))?;
    } else if options.json {
        let rows: Vec<Row<'_>> = checks
            .iter()
            .map(|check| Row {
                id: check.id,
                state: check.state.name(),
                what: &check.what,
                hint: check.hint.as_deref(),
            })
            .collect();
        output.json(&rows)?;
    } else {
        output.data(&text(&checks))?;
        let has_findings = checks
            .iter()
            .any(|check| matches!(check.state, Status::Error | Status::Warning));
        if is_fixed || has_findings {
            output.note(&summary(&checks));
        }
    }
    let errors = checks.iter().any(|check| check.state == Status::Error);
    Ok(u8::from(errors || !is_fixed))
}

/// The check of the keys in the settings.
fn keymap(flow: &Flow) -> Check {
    match Keymap::of_settings(flow.ctx()) {
        Ok(_) if flow.ctx().settings.keys.is_empty() => {
            Check::new("keys", Status::Ok, "the built-in keys are in force")
        }
        Ok(_) => Check::new("keys", Status::Ok, "the keys in the settings are valid"),
        Err(problem) => {
            let check = Check::new("keys", Status::Error, problem.to_string())
                .public("the keys in the settings are not valid");
            match problem.hint {
                Some(hint) => check.hint(hint),
                None => check,
            }
        }
    }
}

/// One key in `--keys --json`.
#[derive(Serialize)]
struct KeyRow {
    context: &'static str,
    key: String,
    action: &'static str,
    label: &'static str,
}

/// The keys in force.
fn keys(flow: &Flow, json: bool, output: &Output) -> Result<u8, Problem> {
    let ctx = flow.ctx();
    let keymap = Keymap::of_settings(ctx)?;
    let mut rows = Vec::new();
    for (context, name) in CONTEXTS {
        rows.extend(keymap.bindings(context).map(|(key, action)| KeyRow {
            context: name,
            key: key.to_string(),
            action: action.info().name,
            label: action.info().label,
        }));
    }
    if json {
        output.json(&rows)?;
        return Ok(0);
    }
    let mut table = Table::new(["CONTEXT", "KEY", "ACTION", "DOES"]);
    for row in &rows {
        table.row([row.context, &row.key, row.action, row.label]);
    }
    output.data(&table.to_string())?;
    Ok(0)
}

/// Everything that is read or written, whether it is there or not.
fn paths(flow: &Flow, json: bool, output: &Output) -> Result<u8, Problem> {
    let paths = flow.ctx().dirs.named();
    if json {
        let paths = paths.iter();
        let rows = ordered::map(paths.map(|(name, path)| (*name, path.display().to_string())));
        output.json(&rows)?;
        return Ok(0);
    }
    let mut table = Table::new(["WHAT", "WHERE"]);
    for (name, path) in &paths {
        table.row([name, &path.display().to_string()]);
    }
    output.data(&table.to_string())?;
    Ok(0)
}

fn terminal(flow: &Flow) -> TerminalFact {
    let env = &flow.ctx().env;
    let exists = tui::terminal_exists();
    TerminalFact {
        exists,
        term: env.get("TERM").map(str::to_owned),
        size: exists
            .then(|| crossterm::terminal::size().ok())
            .flatten()
            .filter(|(columns, rows)| *columns > 0 && *rows > 0),
        no_color: env.get("NO_COLOR").is_some(),
    }
}

fn text(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        let (state, id) = (check.state.name(), check.id);
        text += &format!("{state:<7}  {id:<width$}  {}\n", clean(&check.what));
        if let Some(hint) = &check.hint {
            text += &format!("{:<7}  {:<width$}  hint: {}\n", "", "", clean(hint));
        }
    }
    text
}

fn summary(checks: &[Check]) -> String {
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    match (count(Status::Error), count(Status::Warning)) {
        (0, 0) => "no problems found".to_owned(),
        (0, warnings) => counted(warnings, "warning"),
        (errors, 0) => counted(errors, "error"),
        (errors, warnings) => format!(
            "{}, {}",
            counted(errors, "error"),
            counted(warnings, "warning")
        ),
    }
}
