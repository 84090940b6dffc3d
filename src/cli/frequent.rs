//! The commands that other programs run all the time, parsed by themselves.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use super::args::{Args, Global, Switcher};
use super::{Command, Regular, credentials, status};

// Not `///`, which would be the text of its help.
// The commands that other programs run all the time: prompts and SDKs.
#[derive(Debug, Subcommand)]
enum Frequent {
    Status(status::Args),
    Credentials(credentials::Args),
}

// The arguments of such a command. To build a parser for all commands takes longer than to run one of these.
#[derive(Debug, Parser)]
#[command(name = "roledex", args_override_self = true)]
pub(super) struct FrequentArgs {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Frequent,
}

impl FrequentArgs {
    /// The arguments of the program, the first of which is its own name. `None`: it is another command, or the
    /// parser for all commands has to say what is wrong.
    pub(super) fn parse(arguments: &[OsString]) -> Option<Args> {
        let command = arguments.get(1)?;
        if command != "status" && command != "credentials" {
            return None;
        }
        let Self { global, command } = Self::try_parse_from(arguments).ok()?;
        let command = match command {
            Frequent::Status(options) => Regular::Status(options),
            Frequent::Credentials(options) => Regular::Credentials(options),
        };
        Some(Args {
            global,
            switcher: Switcher::default(),
            version: false,
            command: Some(Command::Regular(command)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_commands_are_parsed_as_all_commands_are() {
        let parse = |line: &str| -> Vec<OsString> { line.split(' ').map(OsString::from).collect() };
        for line in [
            "roledex status",
            "roledex status --current --state fresh,none --format {role}",
            "roledex status -q --portal acme --json --json",
            "roledex credentials acme-prod",
            "roledex credentials --show -v --log file -- -",
        ] {
            let frequent = FrequentArgs::parse(&parse(line)).expect(line);
            let args = Args::try_parse_from(parse(line)).expect(line);
            assert_eq!(format!("{frequent:?}"), format!("{args:?}"), "{line}");
        }
        for line in [
            "roledex",
            "roledex list",
            "roledex -q status",
            "roledex status --help",
            "roledex status --query pay",
            "roledex status --state fresh",
            "roledex credentials",
            "roledex credentials --version acme-prod",
        ] {
            assert!(FrequentArgs::parse(&parse(line)).is_none(), "{line}");
        }
    }
}
