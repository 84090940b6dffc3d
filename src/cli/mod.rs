//! The commands: arguments, dispatch, output, exit codes (docs/reference.md#commands).
//!
//! One file per command; each is a thin layer over `flow`. stdout is data, stderr is for people;
//! only [`output`] prints.

mod app;
pub mod args;
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
mod guard;
mod import;
mod init;
mod list;
mod log;
mod login;
mod logout;
mod mfa;
pub mod output;
mod portal;
mod refresh;
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

use clap::Parser;
use clap::error::ErrorKind;

use crate::config::{Ctx, process};
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;
use crate::tui::keymap::Keymap;
use args::{Args, Command};
use output::Output;

/// Runs the program with its arguments; the first is its own name.
#[must_use]
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    process::keep_private();
    // `credentials` is called a hundred times an hour by other programs: stored credentials are
    // answered before an argument parser or a runtime exists (docs/architecture.md#budgets).
    if let Some(code) = credentials::fast(&arguments) {
        return ExitCode::from(code);
    }
    let alone = arguments.len() == 1;
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => return ExitCode::from(usage(&error)),
    };
    let output = Output::new(args.global.quiet);
    let may_run = if alone {
        switcher::refuse_lost_arguments()
    } else {
        Ok(())
    };
    match may_run.and_then(|()| run(args, &output)) {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            output.problem(&problem);
            ExitCode::from(problem.kind.exit_code())
        }
    }
}

/// Help and version in clap's own words and colours; mistakes in its words, and with our hint.
fn usage(error: &clap::Error) -> u8 {
    let output = Output::new(false);
    if !matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        output.mistake(&error.render().to_string());
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
        command,
    } = args;
    if command.is_some() && switcher.query.is_some() {
        return Err(
            Problem::new(ProblemKind::Usage, "--query works only without a command")
                .hint("remove --query, or remove the command"),
        );
    }
    match &command {
        Some(Command::Completions { shell }) => return completions::completions(*shell, output),
        Some(Command::Man) => return completions::man(output),
        Some(Command::Init(options)) => return init::run(options, output),
        Some(Command::Simulator(options)) => return simulator::run(options, output),
        Some(Command::Demo(options)) => return demo::run(options, &global, output),
        Some(Command::Renew { entry, work: false }) => return renew::leave(entry),
        _ => {}
    }
    let ctx = match Ctx::from_process() {
        // `doctor` reports wrong settings.
        Err(_) if matches!(command, Some(Command::Doctor(_))) => Ctx::without_settings()?,
        ctx => ctx?,
    };
    // A wrong name in [keys] is reported like any other mistake in the settings. Users without keys of their
    // own pay nothing for it.
    if !ctx.settings.keys.is_empty() && !matches!(command, Some(Command::Doctor(_))) {
        Keymap::of_settings(&ctx)?;
    }
    let ctx = Arc::new(ctx);
    // Prompts run this before every command, so it does not start a runtime.
    if let Some(Command::Status(options)) = &command
        && options.current
    {
        return status::current(&ctx, options, output);
    }
    log::start(&global, command.is_none())?;
    supervise::run(ctx, output, async move |flow, output| {
        Box::pin(dispatch(command, &global, &switcher, flow, output)).await
    })
}

async fn dispatch(
    command: Option<Command>,
    global: &args::Global,
    switcher: &args::Switcher,
    flow: &Flow,
    output: &Output,
) -> Result<u8, Problem> {
    let to = output.clone();
    flow.on_endpoint_warning(move |text| to.warning(text));
    if let Some(code) = &global.mfa_code {
        flow.give_mfa_code(code)?;
    }
    match command {
        None => switcher::run(flow, global, switcher, None, output).await,
        Some(Command::Login(options)) => login::run(flow, global, &options, output).await,
        Some(Command::Logout(options)) => logout::run(flow, global, &options, output).await,
        Some(Command::List(options)) => list::run(flow, global, &options, output).await,
        Some(Command::Use(options)) => use_::run(flow, global, &options, output).await,
        Some(Command::Refresh(options)) => refresh::run(flow, global, &options, output).await,
        Some(Command::Status(options)) => status::run(flow, global, &options, output),
        Some(Command::Env(options)) => env::run(flow, global, &options, output).await,
        Some(Command::Shell(options)) => shell::run(flow, global, &options, output).await,
        Some(Command::Exec(options)) => exec::run(flow, global, &options, output).await,
        Some(Command::Credentials { entry, show }) => {
            credentials::run(flow, global, &entry, show, output).await
        }
        Some(Command::Console(options)) => console::run(flow, global, &options, output).await,
        Some(Command::Forget { profile }) => {
            flow.forget_profile(&profile)?;
            output.note(&format!("removed the profile {profile}"));
            Ok(0)
        }
        Some(Command::Pin { entry, remove }) => {
            let id = flow.resolve(&entry, global.portal.as_deref()).await?;
            flow.pin(&id, !remove)?;
            output.line(&id.to_string())?;
            Ok(0)
        }
        Some(Command::App(action)) => app::run(flow, global, &action, output).await,
        Some(Command::Import(options)) => import::run(flow, &options, output),
        Some(Command::Sync(options)) => sync::run(flow, global, &options, output).await,
        Some(Command::Doctor(options)) => doctor::run(flow, &options, output).await,
        Some(Command::Undo(options)) => undo::run(flow, &options, output),
        Some(Command::Renew { entry, .. }) => renew::run(flow, &entry).await,
        Some(Command::Complete(options)) => init::complete(flow, &options, output),
        Some(Command::Portal(action)) => portal::run(flow, &action, output).await,
        Some(
            Command::Completions { .. }
            | Command::Man
            | Command::Init(_)
            | Command::Simulator(_)
            | Command::Demo(_),
        ) => {
            // They need no context, and were answered before there was one.
            Ok(0)
        }
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
    let result = tokio::task::LocalSet::new().block_on(&runtime, future);
    // A blocked helper thread (an opener that waits for its browser) must not keep us.
    runtime.shutdown_background();
    result
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior};

    #[test]
    fn no_core_file_is_left_and_nobody_looks_into_the_memory() {
        let _code = super::main(vec!["roledex".into(), "--version".into()]);
        assert_eq!(dumpable_behavior(), Ok(DumpableBehavior::NotDumpable));
    }
}
