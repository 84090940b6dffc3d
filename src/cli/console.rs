//! `roledex console`: the web console of an entry.

use super::args::{Console, Global};
use super::entry;
use super::output::Output;
use crate::domain::{Problem, Secret};
use crate::flow::Flow;
use crate::flow::console::Place;

/// Opens the console, or prints its address.
pub async fn run(
    flow: &Flow,
    global: &Global,
    options: &Console,
    output: &Output,
) -> Result<u8, Problem> {
    let place = match (&options.service, &options.destination) {
        (Some(service), _) => Place::Service(service.clone()),
        (None, Some(url)) => Place::Url(url.clone()),
        (None, None) => Place::Home,
    };
    let id = entry::choose(flow, global, options.entry.as_deref(), None, output).await?;
    if options.print {
        let url = flow.console_url(&id, &place).await?;
        output.secret_data(&url)?;
        output.secret_data(&Secret::from("\n"))?;
        return Ok(0);
    }
    flow.open_console(&id, &place).await?;
    output.note(&format!(
        "the console of {} in {} opens in your browser",
        id.role, id.account
    ));
    Ok(0)
}
