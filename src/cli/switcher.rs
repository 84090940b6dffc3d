//! `roledex` alone: the switcher, full screen.

use super::output::{Output, stdout_is_terminal};
use super::{capture, env};
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;
use crate::tui;

/// Opens the switcher, and prints what it was left with.
pub async fn run(
    flow: &Flow,
    portal: Option<&str>,
    demo: Option<tui::Demo>,
    output: &Output,
) -> Result<u8, Problem> {
    if !tui::terminal_exists() {
        return Err(
            Problem::new(ProblemKind::Usage, "the switcher needs a terminal")
                .hint("in a script use: roledex list, use, env, exec or credentials"),
        );
    }
    let portal = portal.map(|name| flow.portal(name)).transpose()?;
    let options = tui::Options {
        demo,
        portal: portal.map(|portal| portal.name.to_string()),
        stdout_captured: !stdout_is_terminal(),
        ..tui::Options::default()
    };
    match tui::run(flow.clone(), options).await? {
        tui::Outcome::Export(id) if stdout_is_terminal() => {
            output.note("nothing captures the export lines here, so they were not printed");
            output.note(&format!("run: eval \"$(roledex env {id})\""));
            Ok(0)
        }
        tui::Outcome::Export(id) => {
            capture::ready(flow, &id, None, output).await?;
            env::print(flow, &id, None, output).await
        }
        tui::Outcome::Quit | tui::Outcome::Cancelled | tui::Outcome::Picked(_) => Ok(0),
    }
}
