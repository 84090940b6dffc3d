//! `roledex simulator`: the simulated AWS alone, for scripts.

use tokio::io::AsyncReadExt;

use super::output::Output;
use super::with_runtime;
use crate::domain::{Problem, ProblemKind};
use crate::sim::{self, Scenario};

/// `roledex simulator`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(long, value_name = "N")]
    pub port: Option<u16>,
    /// startup, agency, external, mixed, enterprise, hostile or flaky
    #[arg(long, default_value = "startup")]
    pub scenario: String,
}

/// Prints the endpoints as one JSON line, and serves until stdin closes or a signal comes.
pub(super) fn run(options: &Args, output: &Output) -> Result<u8, Problem> {
    let running = start(&options.scenario, options.port)?;
    with_runtime(async {
        // A reader of the line may send a signal at once.
        let signal = a_signal();
        output.json_line(running.endpoints())?;
        output.note("serving until stdin ends; Ctrl-C stops");
        tokio::select! {
            () = stdin_closes() => {}
            () = signal => {}
        }
        Ok(())
    })?;
    Ok(0)
}

/// Starts the simulator with a scenario by name.
pub(super) fn start(name: &str, port: Option<u16>) -> Result<sim::Running, Problem> {
    let scenario = Scenario::named(name).ok_or_else(|| {
        Problem::new(ProblemKind::Usage, format!("no scenario is named {name:?}")).hint(format!(
            "the scenarios are: {}",
            Scenario::names().join(", ")
        ))
    })?;
    sim::start(scenario, port).map_err(|error| {
        Problem::new(ProblemKind::Failed, "cannot start the simulator")
            .detail(error.to_string())
            .hint("choose another port with --port, or omit it")
    })
}

async fn stdin_closes() {
    let mut stdin = tokio::io::stdin();
    let mut buffer = [0; 1024];
    // Input is read and dropped; its end, or an error, ends the simulator.
    while !matches!(stdin.read(&mut buffer).await, Ok(0) | Err(_)) {}
}

/// Listens from now on, and ends when a signal comes.
#[cfg(unix)]
fn a_signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::SignalKind;
    crate::config::process::any_signal(&[
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ])
}

#[cfg(not(unix))]
async fn a_signal() {
    let _ = tokio::signal::ctrl_c().await;
}
