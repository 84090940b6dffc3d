//! `roledex console`: the web console of an entry.

use super::args::Global;
use super::entry::{Choice, EntryArgs};
use super::output::{Output, stdout_is_terminal};
use crate::domain::{Kind, Problem, Secret};
use crate::flow::Flow;
use crate::flow::console::{Place, TIMEOUT};

/// `roledex console`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The entry.
    #[command(flatten)]
    pub entry: EntryArgs,
    /// Region for this run alone
    #[arg(long, value_name = "R")]
    pub region: Option<String>,
    /// Open the page of a service: s3, ec2, lambda
    #[arg(long, value_name = "S", conflicts_with = "destination")]
    pub service: Option<String>,
    /// Open any page of the console
    #[arg(long, value_name = "URL")]
    pub destination: Option<String>,
    /// Print the address instead of opening it; treat it as a secret, because it can sign in
    #[arg(long)]
    pub print: bool,
}

/// Opens the console, or prints its address.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    let place = match (&options.service, &options.destination) {
        (Some(service), _) => Place::Service(service.clone()),
        (None, Some(url)) => Place::Url(url.clone()),
        (None, None) => Place::Home,
    };
    place.check()?;
    let entry = options.entry.or_this_shell(flow, global, output)?;
    let permit = entry.choose(flow, global, Choice::CONSOLE, output).await?;
    let permit = flow.in_region(permit, options.region.clone()).await?;
    if options.print {
        let url = flow.console_url(&permit, &place).await?;
        if stdout_is_terminal() && permit.id().kind != Kind::Org {
            output.note("this address signs in whoever opens it: keep it to yourself");
        }
        output.secret_data(&url)?;
        output.secret_data(&Secret::from("\n"))?;
        return Ok(0);
    }
    let id = permit.id();
    output.note(&format!(
        "opening the console of {} in your browser; Ctrl-C cancels",
        flow.describe(id)
    ));
    flow.open_console(&permit, &place, TIMEOUT).await?;
    Ok(0)
}
