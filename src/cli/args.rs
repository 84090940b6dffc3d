//! The arguments of the program and the flags of every command. Their names and meanings are a contract
//! (docs/reference.md#commands): they are only added to.

use std::path::PathBuf;

use clap::Parser;

use super::Command;
use crate::domain::Height;

/// One keyboard-driven switcher for every AWS account and role you can reach
#[derive(Debug, Parser)]
#[command(name = "roledex", version, disable_version_flag = true)]
#[command(about, long_about = None, max_term_width = 100)]
// Aliases and hooks put flags before those that the user types: the last one counts.
#[command(args_override_self = true)]
#[command(
    after_help = "Without a command, roledex opens the switcher. To try it on a simulated portal, run: roledex demo"
)]
pub struct Args {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// Flags of the switcher.
    #[command(flatten)]
    pub switcher: Switcher,
    /// Print the version; with --verbose, also the commit, target, features and credential stores
    #[arg(short = 'V', long)]
    pub version: bool,
    /// The command; none opens the switcher.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Default, clap::Args)]
pub struct Global {
    /// Print only data and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Log to stderr
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Log to a file
    #[arg(long, value_name = "FILE", global = true)]
    pub log: Option<PathBuf>,
    /// Limit the command to this portal
    #[arg(long, value_name = "NAME", global = true)]
    pub portal: Option<String>,
    /// A code of your MFA device, for the profile that needs one
    #[arg(long, value_name = "CODE", global = true)]
    pub mfa_code: Option<String>,
    /// Height of a list that opens below the prompt: lines (15), a percentage of the terminal (40%), or full
    #[arg(long, value_name = "HEIGHT", global = true)]
    pub height: Option<Height>,
}

/// `roledex` alone.
#[derive(Debug, Default, clap::Args)]
pub struct Switcher {
    /// Open the switcher with this search
    #[arg(long, value_name = "WORDS")]
    pub query: Option<String>,
    /// Use the only match without opening the switcher
    #[arg(short = '1', long = "select-1", requires = "query")]
    pub select_1: bool,
    /// With --select-1: go on with a guarded entry without asking
    #[arg(long, requires = "select_1")]
    pub yes: bool,
}
