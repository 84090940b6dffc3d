//! `roledex forget`: removes a managed profile and its credentials.

use super::output::Output;
use crate::domain::Problem;
use crate::flow::Flow;

/// `roledex forget`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of the profile
    pub profile: String,
}

/// Removes the profile.
pub(super) fn run(flow: &Flow, options: &Args, output: &Output) -> Result<u8, Problem> {
    flow.forget_profile(&options.profile)?;
    output.note(&format!("removed the profile {}", options.profile));
    Ok(0)
}
