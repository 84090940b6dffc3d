//! `roledex completions` and `roledex man`, made from the arguments themselves.

use clap::CommandFactory;

use super::args::Args;
use super::output::Output;
use crate::domain::{Problem, ProblemKind};

/// Prints the completions of one shell.
pub fn completions(shell: clap_complete::Shell, output: &Output) -> Result<u8, Problem> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "roledex", &mut text);
    output.data(&String::from_utf8_lossy(&text))?;
    Ok(0)
}

/// Prints the manual page.
pub fn man(output: &Output) -> Result<u8, Problem> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Args::command())
        .render(&mut text)
        .map_err(|error| {
            Problem::new(ProblemKind::Failed, "the manual page could not be made")
                .detail(error.to_string())
        })?;
    output.data(&String::from_utf8_lossy(&text))?;
    Ok(0)
}
