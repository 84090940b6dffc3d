//! `roledex import TOOL`: what another tool knows, taken over.

use super::args::{Import, Tool};
use super::output::Output;
use crate::domain::Problem;
use crate::flow::Flow;

/// Takes over what can be taken, and says what cannot and why.
pub fn run(flow: &Flow, options: &Import, output: &Output) -> Result<u8, Problem> {
    let Tool::Saml2aws = options.tool;
    let found = flow.import_saml2aws(options.dry_run)?;
    let done = if options.dry_run {
        "would be taken"
    } else {
        "taken"
    };
    for app in &found.taken {
        output.line(&app.name)?;
        output.note(&format!("{}: {done}, {}", app.name, app.url));
    }
    for (name, why) in &found.left {
        output.warning(&format!("{name}: not taken, {why}"));
    }
    if found.taken.is_empty() && found.left.is_empty() {
        output.note("there is nothing to take");
    }
    Ok(0)
}
