//! `roledex console`: the web console of an entry.

use super::args::{Console, Global};
use super::entry;
use super::output::{Output, stdout_is_terminal};
use crate::domain::{Kind, Problem, Secret};
use crate::flow::Flow;
use crate::flow::console::{Place, TIMEOUT};

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
    place.check()?;
    if options.yes {
        flow.confirm_all();
    }
    let permit = entry::choose(flow, global, options.entry.as_deref(), None, output).await?;
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
        id.words()
    ));
    flow.open_console(&permit, &place, TIMEOUT).await?;
    Ok(0)
}
