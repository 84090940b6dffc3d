//! Programs with the environment of an entry: in place of roledex, or as its child (docs/requirements.md#subshell).

use std::ffi::{OsStr, OsString};
use std::process::Command;

use super::Error;
use super::export::Variables;
use crate::config::Env;

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// The program; looked up in the `PATH` of the environment it gets.
    pub program: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Variables that only it needs.
    pub env: Vec<(&'static str, OsString)>,
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
        let source = std::os::unix::process::CommandExt::exec(&mut command(child, env, variables));
        start_error(child, source)
    }
    #[cfg(not(unix))]
    {
        let _ = (child, env, variables);
        Error::NoReplace
    }
}

/// Runs the program and waits for it. The terminal sends its signals (INT, QUIT) to both, so they are
/// ignored here; a signal for roledex alone (TERM, HUP) is passed on.
///
/// # Errors
/// A program that cannot be started.
pub(crate) async fn run(child: &Child, env: &Env, variables: &Variables) -> Result<u8, Error> {
    let mut signals = Signals::new();
    let mut running = tokio::process::Command::from(command(child, env, variables))
        .spawn()
        .map_err(|source| start_error(child, source))?;
    loop {
        tokio::select! {
            status = running.wait() => {
                return status.map(exit_code).map_err(|source| start_error(child, source));
            }
            signal = signals.next() => hand_on(&running, signal),
        }
    }
}

fn command(child: &Child, env: &Env, variables: &Variables) -> Command {
    // Windows itself finds no .cmd by its bare name, as npm and az are.
    let found = cfg!(windows)
        .then(|| env.find_program(&child.program))
        .flatten();
    let program = found.map_or_else(|| child.program.clone(), OsString::from);
    let mut command = Command::new(program);
    // Another tool may have left variables of its own sign-in, under any name (docs/requirements.md#one-family-of-variables).
    let kept = env
        .iter()
        .filter(|(name, _)| !name.as_encoded_bytes().starts_with(b"AWS_SSO_"));
    command.args(&child.args).env_clear().envs(kept);
    for name in &variables.unset {
        command.env_remove(name);
    }
    for (name, value) in &variables.set {
        command.env(name, value.expose());
    }
    command.envs(child.env.iter().map(|(name, value)| (name, value)));
    command
}

pub(super) fn start_error(child: &Child, source: std::io::Error) -> Error {
    Error::Start {
        program: child.program.to_string_lossy().into_owned(),
        source,
    }
}

/// The exit code as shells report it: 128 and the signal for one that was killed.
fn exit_code(status: std::process::ExitStatus) -> u8 {
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
use unix::{Signals, hand_on};

#[cfg(unix)]
mod unix {
    use rustix::process::{Pid, Signal, kill_process};
    use tokio::signal::unix::{self, SignalKind};

    /// The signals that would end us while the child lives.
    pub(super) struct Signals {
        /// From the terminal: the child gets them, too, and decides.
        terminal: Vec<unix::Signal>,
        /// For roledex alone.
        ours: Vec<(unix::Signal, Signal)>,
    }

    impl Signals {
        pub(super) fn new() -> Self {
            let listen = |kind| unix::signal(kind).ok();
            let terminal = [SignalKind::interrupt(), SignalKind::quit()];
            let ours = [
                (SignalKind::terminate(), Signal::TERM),
                (SignalKind::hangup(), Signal::HUP),
            ];
            Self {
                terminal: terminal.into_iter().filter_map(listen).collect(),
                ours: ours
                    .into_iter()
                    .filter_map(|(kind, signal)| Some((listen(kind)?, signal)))
                    .collect(),
            }
        }

        /// The next signal to hand on; `None` for one of the terminal.
        pub(super) async fn next(&mut self) -> Option<Signal> {
            std::future::poll_fn(|context| {
                for signal in &mut self.terminal {
                    if signal.poll_recv(context).is_ready() {
                        return std::task::Poll::Ready(None);
                    }
                }
                for (stream, signal) in &mut self.ours {
                    if stream.poll_recv(context).is_ready() {
                        return std::task::Poll::Ready(Some(*signal));
                    }
                }
                std::task::Poll::Pending
            })
            .await
        }
    }

    pub(super) fn hand_on(child: &tokio::process::Child, signal: Option<Signal>) {
        let pid = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if let (Some(pid), Some(signal)) = (pid, signal) {
            // It may have ended a moment ago.
            let _ = kill_process(pid, signal);
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(not(unix))]
fn hand_on(_: &tokio::process::Child, (): ()) {}

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
    fn not_there() {
        let child = Child::new("/no/such/program", []);
        assert_eq!(run_it(&child).unwrap_err().exit_code(), Some(127));
    }
}
