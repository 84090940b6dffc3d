//! `roledex region`: shows or sets the region to work in. Prints the region.

use super::args::Global;
use super::entry;
use super::output::Output;
use crate::domain::region::Part;
use crate::domain::text::clean;
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;

/// `roledex region`.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("change").args(["region", "remove"])))]
pub struct Args {
    /// A profile, an entry id, ACCOUNT/ROLE, a search, or - for the previous role of this shell
    pub entry: String,
    /// The region to set [default: print the current one]
    pub region: Option<String>,
    /// Set it for more than this entry
    #[arg(
        long = "for",
        value_enum,
        value_name = "SCOPE",
        default_value_t,
        hide_default_value = true,
        requires = "change"
    )]
    pub part: Part,
    /// Remove the region from the settings
    #[arg(long)]
    pub remove: bool,
}

/// Shows, sets or removes the region.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    let target = entry::resolve(flow, global, &options.entry, output).await?;
    let id = &target.id;
    if options.remove || options.region.is_some() {
        let scope = flow.region_scope(id, options.part)?;
        for warning in flow.set_region(&scope, options.region.as_deref()).await? {
            output.warning(&warning);
        }
    }
    let words = flow.describe(id);
    let words = clean(&words);
    let Some(region) = flow.region(&target)? else {
        let title = format!("no region is set for {words}");
        return Err(Problem::new(ProblemKind::Usage, title)
            .hint(format!("to set one, run: roledex region {id} REGION")));
    };
    output.line(&region.name)?;
    if region.is_assumed {
        output.note(&format!(
            "the region of {words} is assumed: it is the portal's; to set one, run: roledex region {id} REGION"
        ));
    } else if let Some(set) = &options.region
        && *set != region.name
    {
        output.warning(&format!(
            "{words} stays in {}, which is set for it in particular",
            region.name
        ));
    }
    Ok(0)
}
