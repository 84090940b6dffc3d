//! The commands: arguments, dispatch, output, exit codes (docs/reference.md#commands).
//!
//! One file per command; each is a thin layer over `flow`. stdout is data, stderr is for people;
//! only [`output`] prints.

mod app;
pub(crate) mod args;
mod capture;
mod choices;
mod completions;
mod console;
mod credentials;
mod demo;
mod doctor;
mod entry;
mod env;
mod exec;
mod forget;
mod frequent;
mod guard;
mod import;
mod init;
mod lines;
mod list;
mod log;
mod login;
mod login_console;
mod logout;
mod mfa;
pub(crate) mod output;
mod pin;
mod portal;
mod refresh;
mod region;
mod renew;
mod shell;
mod simulator;
mod status;
mod supervise;
mod switcher;
mod sync;
mod table;
mod undo;
mod use_;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::config::{Ctx, build, process};
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;
use crate::tui::keymap::Keymap;
use args::{Args, Global, Switcher};
use frequent::FrequentArgs;
use output::Output;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Commands of the user's portals, entries and files.
    #[command(flatten)]
    Regular(Regular),
    /// Commands that need neither settings nor files.
    #[command(flatten)]
    Standalone(Standalone),
}

/// Commands of the user's portals, entries and files.
#[derive(Debug, Subcommand)]
pub enum Regular {
    /// Sign in to a portal
    Login(login::Args),
    /// Sign out: revoke and forget tokens and credentials
    Logout(logout::Args),
    /// List accounts and roles
    List(list::Args),
    /// Write a profile for an account and role
    Use(use_::Args),
    /// Write the profiles of all accounts and roles, or of those that match
    Sync(sync::Args),
    /// Get new credentials for an entry, or for the role of this shell
    Refresh(refresh::Args),
    /// Show managed profiles and their time left, without using the network
    Status(status::Args),
    /// Print export lines for your shell
    Env(env::Args),
    /// Open a subshell with the credentials in its environment
    Shell(shell::Args),
    /// Run one command with the credentials in its environment
    Exec(exec::Args),
    /// Print credentials for other programs
    #[command(about = "Print credentials as a credential_process, without any prompt")]
    Credentials(credentials::Args),
    /// Check files, profiles, environment, network, browser and terminal
    Doctor(doctor::Args),
    /// Undo the last change of the AWS files
    Undo(undo::Args),
    /// Open the web console of an entry, or of the role of this shell
    Console(console::Args),
    /// Remove a managed profile and its credentials
    Forget(forget::Args),
    /// Pin an entry to the top of the list
    Pin(pin::Args),
    /// Show or set the region to work in
    Region(region::Args),
    /// Configure portals
    #[command(subcommand, arg_required_else_help = false)]
    Portal(portal::Action),
    /// Configure External AWS Account applications
    #[command(subcommand, arg_required_else_help = false)]
    App(app::Action),
    /// Import settings from another tool
    Import(import::Args),
    /// List completions
    #[command(name = "__complete", hide = true)]
    Complete(init::CompleteArgs),
    /// Renews in the background what ends soon
    #[command(name = "__renew", hide = true)]
    Renew(renew::Args),
}

/// Commands that need neither settings nor files.
#[derive(Debug, Subcommand)]
pub enum Standalone {
    /// Print the shell integration (defines `rdx`)
    Init(init::Args),
    /// Print shell completions
    Completions(completions::Args),
    /// Print a manual page
    Man(completions::ManArgs),
    /// Run the simulated AWS alone and print its endpoints as one JSON line; serves until stdin ends
    Simulator(simulator::Args),
    /// Try the switcher on a simulated portal; your ~/.aws is neither read nor written
    // It is the first in help.
    #[command(display_order = 0)]
    Demo(demo::Args),
}

/// Runs the program with its arguments; the first is its own name.
#[must_use]
pub fn main(arguments: &[OsString]) -> ExitCode {
    process::keep_private();
    // Other programs run `credentials` a hundred times an hour: stored credentials are
    // printed before an argument parser or a runtime exists (docs/architecture.md#budgets).
    if let Some(code) = credentials::fast(arguments) {
        return ExitCode::from(code);
    }
    let code = parse_and_run(arguments);
    if code != 0 {
        env::print_failure(arguments, code);
    }
    ExitCode::from(code)
}

fn parse_and_run(arguments: &[OsString]) -> u8 {
    let alone = arguments.len() == 1;
    let parsed = match FrequentArgs::parse(arguments) {
        Some(args) => Ok(args),
        None => Args::parse_with_words(arguments),
    };
    let args = match parsed {
        Ok(args) => args,
        Err(error) => return usage(&error, arguments),
    };
    let output = Output::new(args.global.quiet);
    let may_run = if alone {
        switcher::refuse_lost_arguments()
    } else {
        Ok(())
    };
    match may_run.and_then(|()| run(args, &output)) {
        Ok(code) => code,
        Err(problem) => {
            output.problem(&problem);
            problem.kind.exit_code()
        }
    }
}

/// Help and version in clap's own words and colors; mistakes in its words, and with our hint.
fn usage(error: &clap::Error, arguments: &[OsString]) -> u8 {
    let output = Output::new(false);
    if !matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let text = error.render().to_string();
        let is_word = matches!(
            error.get(ContextKind::InvalidArg),
            Some(ContextValue::String(argument)) if !argument.starts_with('-')
        );
        let meant = match error.kind() {
            ErrorKind::UnknownArgument if is_word => Args::hint_for_words(arguments),
            ErrorKind::MissingRequiredArgument => Args::hint_for_no_command(arguments),
            _ => None,
        };
        let hint = meant
            .unwrap_or_else(|| format!("for usage, run: {} --help", Args::command_of(arguments)));
        output.mistake(&text, &hint);
        return ProblemKind::Usage.exit_code();
    }
    match output::written(error.print()) {
        Ok(()) => 0,
        Err(problem) => {
            output.problem(&problem);
            problem.kind.exit_code()
        }
    }
}

fn run(args: Args, output: &Output) -> Result<u8, Problem> {
    let Args {
        global,
        switcher,
        version,
        command,
    } = args;
    if version {
        if global.verbose {
            output.data(&build::description())?;
        } else {
            output.data(build::version())?;
        }
        return Ok(0);
    }
    if command.is_some() && switcher.query.is_some() {
        return Err(
            Problem::new(ProblemKind::Usage, "--query works only without a command")
                .hint("remove --query, or remove the command"),
        );
    }
    if global.portal.is_some() && !command.as_ref().is_none_or(has_portals) {
        let title = "--portal does not apply to this command";
        return Err(Problem::new(ProblemKind::Usage, title).hint("remove --portal"));
    }
    let command = match command {
        Some(Command::Standalone(command)) => return standalone(&command, &global, output),
        Some(Command::Regular(Regular::Renew(options))) if !options.work => {
            return renew::leave(&options.entry);
        }
        Some(Command::Regular(command)) => Some(command),
        None => None,
    };
    let ctx = match Ctx::from_process() {
        // `doctor` reports wrong settings.
        Err(_) if matches!(command, Some(Regular::Doctor(_))) => Ctx::without_settings()?,
        ctx => ctx?,
    };
    if !matches!(command, Some(Regular::Doctor(_))) {
        // A wrong name in [keys] is reported like any other mistake in the settings. Users without keys of
        // their own pay nothing for it.
        if !ctx.settings.keys.is_empty() {
            Keymap::of_settings(&ctx)?;
        }
        // So is a wrong number, also where the list is known and no portal is asked.
        ctx.requests_per_second()?;
    }
    let ctx = Arc::new(ctx);
    // Prompts run this before every command, so it does not start a runtime.
    if let Some(Regular::Status(options)) = &command
        && options.current
    {
        return status::current(&ctx, options, output);
    }
    log::start(&global, ctx.dirs.owners(), command.is_none())?;
    let dirs = ctx.dirs.clone();
    supervise::run(ctx, output, async move |flow, output| {
        Box::pin(dispatch(command, &global, &switcher, flow, output)).await
    })
    .map_err(|problem| problem.with_tilde(&dirs.home))
}

/// True if `--portal` can limit a command.
fn has_portals(command: &Command) -> bool {
    let Command::Regular(command) = command else {
        return false;
    };
    match command {
        Regular::Undo(_) | Regular::Doctor(_) | Regular::Renew(_) | Regular::Complete(_) => false,
        Regular::Login(options) => !options.console,
        Regular::Env(options) => !options.unset,
        Regular::Status(options) => !options.current,
        Regular::Import(options) => options.profiles,
        _ => true,
    }
}

fn standalone(command: &Standalone, global: &Global, output: &Output) -> Result<u8, Problem> {
    match command {
        Standalone::Demo(options) => demo::run(options, global, output),
        Standalone::Init(options) => init::run(options, output),
        Standalone::Completions(options) => completions::run(options, output),
        Standalone::Man(options) => completions::man(options, output),
        Standalone::Simulator(options) => simulator::run(options, output),
    }
}

async fn dispatch(
    command: Option<Regular>,
    global: &Global,
    switcher: &Switcher,
    flow: &Flow,
    output: &Output,
) -> Result<u8, Problem> {
    let to = output.clone();
    flow.on_warning(move |text| {
        // The terminal may belong to the switcher.
        if !to.is_lent() {
            to.warning(text);
        }
    });
    // Some commands look first whether their argument names another portal.
    let names_portal = matches!(
        command,
        Some(Regular::Login(_) | Regular::Logout(_) | Regular::Portal(_) | Regular::App(_))
    );
    if let Some(name) = global.portal.as_deref().filter(|_| !names_portal) {
        flow.portal(name)?;
    }
    if let Some(code) = &global.mfa_code {
        flow.give_mfa_code(code)?;
    }
    let Some(command) = command else {
        return switcher::run(flow, global, switcher, None, output).await;
    };
    match command {
        Regular::Login(options) => login::run(flow, global, &options, output).await,
        Regular::Logout(options) => logout::run(flow, global, &options, output).await,
        Regular::List(options) => list::run(flow, global, &options, output).await,
        Regular::Use(options) => use_::run(flow, global, &options, output).await,
        Regular::Sync(options) => sync::run(flow, global, &options, output).await,
        Regular::Refresh(options) => refresh::run(flow, global, &options, output).await,
        Regular::Status(options) => status::run(flow, global, &options, output),
        Regular::Env(options) => env::run(flow, global, &options, output).await,
        Regular::Shell(options) => shell::run(flow, global, &options, output).await,
        Regular::Exec(options) => exec::run(flow, global, &options, output).await,
        Regular::Credentials(options) => credentials::run(flow, global, &options, output).await,
        Regular::Doctor(options) => doctor::run(flow, &options, output).await,
        Regular::Undo(options) => undo::run(flow, &options, output),
        Regular::Console(options) => console::run(flow, global, &options, output).await,
        Regular::Forget(options) => forget::run(flow, global, &options, output),
        Regular::Pin(options) => pin::run(flow, global, &options, output).await,
        Regular::Region(options) => region::run(flow, global, &options, output).await,
        Regular::Portal(action) => portal::run(flow, global, &action, output).await,
        Regular::App(action) => app::run(flow, global, &action, output).await,
        Regular::Import(options) => import::run(flow, global, &options, output).await,
        Regular::Complete(options) => init::complete(flow, &options, output),
        Regular::Renew(options) => renew::run(flow, &options.entry).await,
    }
}

/// Drives one future on a runtime of this thread.
fn with_runtime<T>(future: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Problem::new(ProblemKind::Failed, "cannot start the runtime").detail(error.to_string())
        })?;
    let result = tokio::task::LocalSet::new().block_on(&runtime, async {
        process::outlive_file_limit();
        future.await
    });
    // A blocked helper thread (an opener that waits for its browser) must not keep us.
    runtime.shutdown_background();
    result
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior};

    #[test]
    fn no_core_file_is_left_and_nobody_looks_into_the_memory() {
        let _code = super::main(&["roledex".into(), "--version".into()]);
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
    }
}
