//! `roledex forget`: removes a managed profile and its credentials.

use super::args::Global;
use super::output::Output;
use crate::domain::text::word;
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;

/// `roledex forget`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name of the profile
    pub profile: String,
}

/// Removes the profile.
pub(super) fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    if let Some(portal) = &global.portal {
        let profiles = flow.profiles_of(&flow.origins()?, Some(portal))?;
        if !profiles
            .iter()
            .any(|profile| profile.name == options.profile)
        {
            let kind = ProblemKind::NoSingleMatch {
                candidates: Vec::new(),
            };
            let title = format!(
                "no managed profile of {portal} is named {:?}",
                options.profile
            );
            return Err(Problem::new(kind, title).hint(format!(
                "to list them, run: roledex status --portal {}",
                word(portal)
            )));
        }
    }
    flow.forget_profile(&options.profile)?;
    output.note(&format!("removed the profile {}", options.profile));
    Ok(0)
}
