//! A program that roledex waits for, as a job of the shell around both: its signals, and its stops.

use std::io;
use std::thread;
use std::time::Duration;

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, getpgid, getpgrp, kill_current_process_group, kill_process,
    kill_process_group, waitid,
};
use signal_hook::iterator::exfiltrator::WithRawSiginfo;
use signal_hook::iterator::{Handle, SignalsInfo};
use tokio::process::Child;
use tokio::signal::unix::{self, SignalKind};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::sleep;

use crate::config::{process, tty};

/// The signals that would end us while the program lives. It decides what they do.
const PASSED_ON: [Signal; 7] = [
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::TERM,
    Signal::ALARM,
    Signal::USR1,
    Signal::USR2,
];

/// The time in which a terminal that stops the program stops us, too.
const SETTLE: Duration = Duration::from_millis(20);

/// The time limit for being stopped.
const STOP_WAIT: Duration = Duration::from_millis(300);

/// The signals for a program and from it.
pub(super) struct Signals {
    received: UnboundedReceiver<Received>,
    /// Ends the thread that receives them.
    receiving: Handle,
    /// A program stopped, or ended.
    changed: unix::Signal,
}

/// A signal that came.
pub(super) struct Received {
    signal: Signal,
    from_terminal: bool,
}

/// Something to do for the program.
pub(super) enum Event {
    Received(Received),
    Changed,
}

impl Signals {
    /// Receives signals from now on, but those that are ignored.
    pub(super) fn new() -> io::Result<Self> {
        let changed = unix::signal(SignalKind::child())?;
        let signals = PASSED_ON
            .map(Signal::as_raw)
            .into_iter()
            .filter(|signal| !process::is_ignored(*signal));
        let mut receiver = SignalsInfo::<WithRawSiginfo>::new(signals)?;
        let receiving = receiver.handle();
        let (sender, received) = unbounded_channel();
        thread::Builder::new()
            .name("roledex-signals".to_owned())
            .spawn(move || {
                for info in receiver.forever() {
                    if let Some(signal) = Signal::from_named_raw(info.si_signo) {
                        let from_terminal = is_from_terminal(signal, info.si_code);
                        // Nobody listens after the end of the program.
                        let _ = sender.send(Received {
                            signal,
                            from_terminal,
                        });
                    }
                }
            })?;
        Ok(Self {
            received,
            receiving,
            changed,
        })
    }

    /// The next event.
    pub(super) async fn next(&mut self) -> Event {
        tokio::select! {
            biased;
            Some(received) = self.received.recv() => Event::Received(received),
            _ = self.changed.recv() => Event::Changed,
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.receiving.close();
    }
}

/// True for a signal that the terminal sent to all of its foreground group. Linux says that it comes from the kernel.
/// Other systems say nothing: it may be the terminal's if we are in that group.
fn is_from_terminal(signal: Signal, code: i32) -> bool {
    if cfg!(target_os = "linux") {
        return code > 0;
    }
    [Signal::HUP, Signal::INT, Signal::QUIT].contains(&signal)
        && tty::open().is_ok_and(|terminal| tty::is_foreground(&terminal))
}

/// Passes a signal on, or stops with the program.
pub(super) async fn handle(child: &Child, event: Event) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    let Some(pid) = pid.and_then(Pid::from_raw) else {
        return;
    };
    match event {
        Event::Received(received) => pass_on(pid, &received),
        Event::Changed if is_stopped(pid) => stop_with(pid).await,
        Event::Changed => {}
    }
}

fn pass_on(child: Pid, received: &Received) {
    if received.from_terminal && is_in_our_group(child) {
        return;
    }
    // It may have ended a moment ago.
    let _ = kill_process(child, received.signal);
}

fn is_in_our_group(child: Pid) -> bool {
    getpgid(Some(child)) == Ok(getpgrp())
}

fn is_stopped(child: Pid) -> bool {
    stopped_by(child).is_some()
}

/// The signal that stopped a child, if it is stopped now.
fn stopped_by(child: Pid) -> Option<Signal> {
    let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let status = waitid(WaitId::Pid(child), options).ok()??;
    Signal::from_named_raw(status.stopping_signal()?)
}

/// Stops our process group as the child is stopped. The shell around us takes the terminal. Once it lets us go on,
/// the child has the terminal again, and goes on. If nobody could let us go on, the system does not stop us, and the
/// child goes on at once.
async fn stop_with(child: Pid) {
    // Ctrl-Z stops both, and both go on with the shell's signal: there is nothing to do then.
    sleep(SETTLE).await;
    let Some(signal) = stopped_by(child) else {
        return;
    };
    let terminal = tty::open().ok();
    let has_terminal = || terminal.as_ref().is_some_and(tty::is_foreground);
    // It needs the terminal, which we have.
    let is_given =
        [Signal::TTIN, Signal::TTOU].contains(&signal) && !is_in_our_group(child) && has_terminal();
    if !is_given {
        stop().await;
    }
    // In our group it goes on with us.
    let Ok(group) = getpgid(Some(child)) else {
        return;
    };
    if !is_stopped(child) {
        return;
    }
    if let Some(terminal) = &terminal
        && has_terminal()
        && let Err(error) = rustix::termios::tcsetpgrp(terminal, group)
    {
        tracing::info!(%error, "cannot give the terminal to the program");
    }
    // It may have been killed meanwhile.
    let _ = kill_process_group(group, Signal::CONT);
}

/// Stops our process group, and returns once it goes on.
async fn stop() {
    let woken = unix::signal(SignalKind::from_raw(Signal::CONT.as_raw()));
    if let Err(error) = kill_current_process_group(Signal::TSTP) {
        tracing::info!(%error, "cannot stop with the program");
    }
    if let Ok(mut woken) = woken {
        tokio::select! {
            _ = woken.recv() => {}
            () = sleep(STOP_WAIT) => {}
        }
    }
}
