//! `roledex logout`: revoke and forget.

use super::args::Logout;
use super::login::the_portal;
use super::output::Output;
use crate::domain::Problem;
use crate::flow::Flow;

/// Signs out of one portal, or of all.
pub async fn run(flow: &Flow, options: &Logout, output: &Output) -> Result<u8, Problem> {
    let portals = if options.all {
        flow.portals()?
    } else {
        vec![the_portal(flow, options.portal.as_deref())?]
    };
    for portal in portals {
        for warning in flow.sign_out(&portal).await? {
            output.warning(&warning);
        }
        output.note(&format!("signed out of {}", portal.name));
    }
    Ok(0)
}
