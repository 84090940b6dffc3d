//! `roledex doctor`: what is well and what is not, on stdout. Exit code 1 where something is an error.

use serde::Serialize;

use super::args::Doctor;
use super::output::Output;
use crate::domain::Problem;
use crate::domain::health::{Check, State, TerminalFact};
use crate::domain::text::clean;
use crate::flow::Flow;
use crate::tui;

/// One check in `--json`.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    state: &'a str,
    what: &'a str,
    hint: Option<&'a str>,
}

/// Mends where it is asked for, looks at everything, and reports.
pub async fn run(flow: &Flow, options: &Doctor, output: &Output) -> Result<u8, Problem> {
    if options.fix {
        match flow.mend() {
            Ok(done) if done.is_empty() => output.note("there is nothing for roledex to mend"),
            Ok(done) => done.iter().for_each(|done| output.note(done)),
            // What cannot be mended is among the checks, too.
            Err(problem) => output.warning(&format!("not everything could be mended: {problem}")),
        }
    }
    let mut checks = flow.examine(options.online, &terminal(flow)).await;
    // The names of keys are known to the switcher only.
    if let Err(problem) = super::check_keys(flow.ctx())
        && let Some(check) = checks.iter_mut().find(|check| check.id == "settings")
    {
        *check = Check::new("settings", State::Error, problem.title);
        check.hint = problem.hint;
    }
    if options.json {
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
        output.note(&summary(&checks));
    }
    let errors = checks.iter().any(|check| check.state == State::Error);
    Ok(u8::from(errors))
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
    match (count(State::Error), count(State::Warning)) {
        (0, 0) => "all is well".to_owned(),
        (errors, warnings) => format!("{errors} error(s), {warnings} warning(s)"),
    }
}
