//! `roledex logout`: revoke and forget; the capture browser's sign-ins where that is asked for.

use super::args::{Global, Logout};
use super::login::the_portal;
use super::output::Output;
use crate::domain::Problem;
use crate::flow::Flow;

/// Signs out of one portal, or of all.
pub async fn run(
    flow: &Flow,
    global: &Global,
    options: &Logout,
    output: &Output,
) -> Result<u8, Problem> {
    let portals = if options.all {
        flow.portals()?
    } else {
        vec![the_portal(
            flow,
            global,
            options.portal.as_deref(),
            "logout",
        )?]
    };
    for portal in portals {
        for warning in flow.sign_out(&portal).await? {
            output.warning(&warning);
        }
        output.note(&format!("signed out of {}", portal.name));
    }
    let question = "forget the sign-ins of the browser for external accounts, too?";
    if options.browser || (flow.has_browser_profile() && output.ask(question)) {
        flow.forget_browser().await?;
        output.note("the sign-ins of the capture browser are forgotten");
    }
    Ok(0)
}
