//! `roledex use`: materialize. The profile's name on stdout, the rest on stderr.

use super::args::Global;
use super::entry::{Choice, SamlEntryArgs};
use super::output::Output;
use crate::domain::profile::Mode;
use crate::domain::profile::{UseOptions, Used};
use crate::domain::text::word;
use crate::domain::time::{lifetime, seconds_left};
use crate::domain::{Kind, Problem, ProblemKind};
use crate::flow::Flow;
use crate::shell::{self, Shell, export};

/// `roledex use`.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The entry.
    #[command(flatten)]
    pub entry: SamlEntryArgs,
    /// Name of the profile [default: ROLE-ACCOUNTID]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Region of the profile
    #[arg(long, value_name = "R")]
    pub region: Option<String>,
    /// Profile type
    #[arg(long = "as", value_enum, value_name = "TYPE")]
    pub mode: Option<Mode>,
    /// Overwrite a profile that roledex does not manage, with every source of credentials that it has
    #[arg(long)]
    pub force: bool,
}

/// Materializes an entry.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    let permit = options
        .entry
        .find(flow, global, Choice::USE, output)
        .await?;
    if options.force && options.profile.is_none() && permit.id().kind == Kind::Profile {
        let title = "--force does not apply: the profile is used as it is";
        return Err(
            Problem::new(ProblemKind::Usage, title).hint("remove --force, or add --profile NAME")
        );
    }
    let permit = options.entry.ready(flow, permit, output).await?;
    let options = UseOptions {
        profile: options.profile.clone(),
        region: options.region.clone(),
        mode: options.mode,
        force: options.force,
    };
    let used = flow.use_entry(&permit, &options).await?;
    report(flow, &used, "written", output)?;
    tell_keys(flow, output);
    Ok(0)
}

/// Prints the name of a profile, and tells the user the rest.
pub(super) fn report(flow: &Flow, used: &Used, done: &str, output: &Output) -> Result<(), Problem> {
    let now = flow.ctx().clock.now();
    let good = match used.expires_at.map(|at| seconds_left(now, at)) {
        Some(..=0) => {
            let title = format!(
                "the credentials of the profile {} have just expired",
                used.profile
            );
            return Err(Problem::new(ProblemKind::Failed, title)
                .hint(format!("run: roledex refresh {}", word(&used.profile))));
        }
        Some(left) => format!("valid for {}", lifetime(left)),
        None => "its credentials have no expiry".to_owned(),
    };
    output.line(&used.profile)?;
    output.note(&match used.mode {
        Some(mode) => format!(
            "profile {} {done} ({}): {}, {good}",
            used.profile,
            mode.name(),
            flow.describe(&used.entry)
        ),
        None => format!("profile {} is ready and unchanged, {good}", used.profile),
    });
    if let (true, Some(region)) = (used.is_region_assumed, &used.region) {
        output.note(&format!(
            "the region {region} is assumed: it is the portal's; to set one, run: roledex region {} REGION",
            used.entry
        ));
    }
    for warning in &used.warnings {
        output.warning(warning);
    }
    Ok(())
}

/// Tells that keys in the environment hide the profile, however it is chosen there: SDKs take them first.
pub(super) fn tell_keys(flow: &Flow, output: &Output) {
    let env = &flow.ctx().env;
    if env.get("AWS_ACCESS_KEY_ID").is_none_or(str::is_empty) {
        return;
    }
    let remove = match shell::detect(env) {
        // It evaluates no lines.
        Shell::Nu => "rdx off".to_owned(),
        shell => export::evaluation(shell, "roledex env --unset"),
    };
    output.note(&format!(
        "this shell has keys (AWS_ACCESS_KEY_ID), which programs use before AWS_PROFILE; to remove them, run: {remove}"
    ));
}
