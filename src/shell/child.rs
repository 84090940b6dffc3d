//! Programs with the environment of an entry: in place of roledex, or as its child (docs/requirements.md#subshell).

#[cfg(unix)]
mod job;

use std::ffi::{OsStr, OsString};
use std::process::Command;

use super::Error;
use super::dialect::Shell;
use super::export::{self, Variables};
use crate::config::{Env, tty};

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// The program; looked up in the `PATH` of the environment it gets.
    pub program: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Variables that only it needs.
    pub env: Vec<(&'static str, OsString)>,
    /// The format of the lines of the role, for a subshell that evaluates them after the user's own files.
    pub lines: Option<Shell>,
    /// Its input and output are the terminal's, whatever ours are.
    pub on_terminal: bool,
}

impl Child {
    /// A program with arguments.
    #[must_use]
    pub(crate) fn new(
        program: impl Into<OsString>,
        args: impl IntoIterator<Item = OsString>,
    ) -> Self {
        Self {
            program: program.into(),
            args: args.into_iter().collect(),
            env: Vec::new(),
            lines: None,
            on_terminal: false,
        }
    }
}

/// The user's shell.
#[must_use]
pub(crate) fn login_shell(env: &Env) -> Child {
    let program = if cfg!(windows) {
        super::on_windows::program(env)
    } else {
        env.get_os("SHELL")
            .unwrap_or_else(|| OsStr::new("/bin/sh"))
            .to_owned()
    };
    Child::new(program, [])
}

/// Becomes the program: signals, job control and the exit code then need no help. Returns only
/// on failure.
#[must_use]
pub(crate) fn replace(child: &Child, env: &Env, variables: &Variables) -> Error {
    #[cfg(unix)]
    {
        match command(child, env, variables) {
            Ok(mut command) => start_error(
                child,
                std::os::unix::process::CommandExt::exec(&mut command),
            ),
            Err(error) => error,
        }
    }
    #[cfg(not(unix))]
    {
        let _ = (child, env, variables);
        Error::NoReplace
    }
}

/// Runs the program and waits for it. Signals are passed on, unless the terminal sends them to both. If the program
/// stops, roledex stops, too, so that the shell around it has the terminal; both go on together.
///
/// # Errors
/// A program that cannot be started.
pub(crate) async fn run(child: &Child, env: &Env, variables: &Variables) -> Result<u8, Error> {
    let failed = |source| start_error(child, source);
    let mut signals = Signals::new().map_err(failed)?;
    let start = |child: &Child| {
        let command = command(child, env, variables)?;
        tokio::process::Command::from(command)
            .spawn()
            .map_err(|source| start_error(child, source))
    };
    let mut running = match start(child) {
        Err(Error::Start { source, .. }) if is_no_program(&source) => start(&by_shell(child, env))?,
        started => started?,
    };
    loop {
        tokio::select! {
            biased;
            status = running.wait() => return status.map(exit_code).map_err(failed),
            event = signals.next() => handle(&running, event).await,
        }
    }
}

/// `true` for a file that may be run and is no program: a script whose first line does not name its shell, too.
fn is_no_program(error: &std::io::Error) -> bool {
    const ENOEXEC: i32 = 8;
    cfg!(unix) && error.raw_os_error() == Some(ENOEXEC)
}

/// Such a script with the shell that `execvp` runs it with.
fn by_shell(child: &Child, env: &Env) -> Child {
    let found = env.find_program(&child.program);
    let script = found.map_or_else(|| child.program.clone(), OsString::from);
    let mut by_shell = child.clone();
    by_shell.program = "/bin/sh".into();
    by_shell.args.insert(0, script);
    by_shell
}

fn command(child: &Child, env: &Env, variables: &Variables) -> Result<Command, Error> {
    // Windows itself finds no .cmd by its bare name, as npm and az are.
    let found = cfg!(windows)
        .then(|| env.find_program(&child.program))
        .flatten();
    let program = found.map_or_else(|| child.program.clone(), OsString::from);
    let mut command = Command::new(program);
    // Another tool may have left variables of its own sign-in, under any name (docs/requirements.md#one-family-of-variables);
    // and any service may have a bearer token.
    let competes = |name: &OsStr| {
        let name = name.as_encoded_bytes();
        name.starts_with(b"AWS_SSO_") || name.starts_with(b"AWS_BEARER_TOKEN_")
    };
    let kept = env.iter().filter(|(name, _)| !competes(name));
    command.args(&child.args).env_clear().envs(kept);
    for name in &variables.unset {
        command.env_remove(name);
    }
    for (name, value) in &variables.set {
        command.env(name, value.expose());
    }
    if let Some(shell) = child.lines {
        command.env(export::LINES, export::lines(shell, variables)?.expose());
    }
    command.envs(child.env.iter().map(|(name, value)| (name, value)));
    if child.on_terminal {
        let terminal = tty::in_place_of_others().map_err(|source| start_error(child, source))?;
        let [input, output, errors] = terminal;
        input.map(|terminal| command.stdin(terminal));
        output.map(|terminal| command.stdout(terminal));
        errors.map(|terminal| command.stderr(terminal));
    }
    Ok(command)
}

pub(super) fn start_error(child: &Child, source: std::io::Error) -> Error {
    Error::Start {
        program: child.program.to_string_lossy().into_owned(),
        source,
    }
}

/// The exit code as shells report it: 128 and the signal for one that was killed.
pub(super) fn exit_code(status: std::process::ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().map_or(u8::MAX, low_byte)
}

/// An exit code as one byte. Windows has larger ones, none of which becomes a success.
fn low_byte(code: i32) -> u8 {
    match u8::try_from(code & 0xff) {
        Ok(0) if code != 0 => u8::MAX,
        Ok(byte) => byte,
        Err(_) => u8::MAX,
    }
}

#[cfg(test)]
#[test]
fn a_failure_stays_one() {
    let codes = [0, 3, 255, 256, 0x4000_0000, -1];
    assert_eq!(codes.map(low_byte), [0, 3, 255, 255, 255, 255]);
}

#[cfg(unix)]
use job::{Signals, handle};

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "it fails on other systems")]
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Ctrl-C reaches the program, too.
    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(not(unix))]
fn handle(_: &tokio::process::Child, (): ()) -> std::future::Ready<()> {
    std::future::ready(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::shell::export::Value;

    fn sh(script: &str) -> Child {
        Child::new("sh", ["-c".into(), script.into()])
    }

    fn variables() -> Variables {
        Variables {
            set: vec![("AWS_REGION", Value::Plain("x".to_owned()))],
            unset: vec!["AWS_PROFILE"],
        }
    }

    fn run_it(child: &Child) -> Result<u8, Error> {
        let env: Env = [("PATH", "/usr/bin:/bin"), ("AWS_PROFILE", "p")]
            .into_iter()
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(run(child, &env, &variables()))
    }

    #[test]
    fn the_environment_and_the_exit_code() {
        assert_eq!(
            run_it(&sh(
                "test \"$AWS_REGION\" = x && test -z \"$AWS_PROFILE\" && exit 42"
            ))
            .unwrap(),
            42
        );
    }

    #[test]
    fn killed_by_a_signal() {
        assert_eq!(run_it(&sh("kill -9 $$")).unwrap(), 137);
    }

    #[test]
    fn a_script_that_does_not_name_its_shell() {
        let directory = tempfile::tempdir().unwrap();
        let script = directory.path().join("script");
        // Written by another process: one that this one starts meanwhile must not hold it open.
        let path = script.display();
        let made = run_it(&sh(&format!(
            "echo 'test \"$1\" = \"a b\" && exit 9' > '{path}' && chmod 755 '{path}'"
        )));
        assert_eq!(made.unwrap(), 0);
        let child = Child::new(script, ["a b".into()]);
        assert_eq!(run_it(&child).unwrap(), 9);
    }

    #[test]
    fn not_there() {
        let child = Child::new("/no/such/program", []);
        assert_eq!(run_it(&child).unwrap_err().exit_code(), Some(127));
    }
}
