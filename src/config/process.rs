//! The memory, open files and signals of this process, and the programs that it starts.

#[cfg(unix)]
use std::path::Path;
use std::process::Command;
#[cfg(unix)]
use std::sync::OnceLock;
#[cfg(unix)]
use std::task::Poll;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// No core file, and no debugger of this user's other programs: the memory holds keys, and a panic
/// ends a release build with an abort, whose core file is kept by many systems. Programs that are
/// started are not concerned. Only Linux knows it; where it cannot be had, nothing is lost.
pub(crate) fn keep_private() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// False if the program that started this one is certainly no shell. Only Linux tells; a script has the name of its
/// shell there.
pub(crate) fn may_be_started_by_shell() -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(parent) = rustix::process::getppid()
        && let Ok(program) = std::fs::read_link(format!("/proc/{parent}/exe"))
    {
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        return name.ends_with("sh") || name.contains("ksh") || name.contains("busybox");
    }
    true
}

/// Gives a program that outlives us none of our open files but the three that [`Command`] sets: a lock or a pipe
/// of our caller would be in use until its end. The program has `/dev/null` in their places.
#[cfg(unix)]
pub(crate) fn close_files(command: &mut Command) -> std::io::Result<()> {
    use command_fds::{CommandFdExt as _, FdMapping};
    let null = std::fs::File::open("/dev/null")?;
    let mut mappings = Vec::new();
    for child_fd in descriptors()? {
        let parent_fd = null.try_clone()?.into();
        mappings.push(FdMapping {
            parent_fd,
            child_fd,
        });
    }
    let command = command.fd_mappings(mappings);
    command.map(drop).map_err(std::io::Error::other)
}

/// Programs on this system inherit no open files.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it fails on other systems")]
pub(crate) fn close_files(_: &mut Command) -> std::io::Result<()> {
    Ok(())
}

/// The numbers of our open files but the standard three.
#[cfg(unix)]
fn descriptors() -> std::io::Result<Vec<i32>> {
    let directory = Path::new(if cfg!(target_os = "linux") {
        "/proc/self/fd"
    } else {
        "/dev/fd"
    });
    let names: Vec<_> = std::fs::read_dir(directory)?
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .collect();
    // The directory itself is among them, and closed by now.
    let open = names
        .into_iter()
        .filter(|name| std::fs::symlink_metadata(directory.join(name)).is_ok());
    let numbers = open.filter_map(|name| name.to_str()?.parse().ok());
    Ok(numbers.filter(|number| *number > 2).collect())
}

/// Listens to a signal. `None`: it is ignored, as after `nohup` and in the background jobs of a script. It then stays
/// ignored, and is ignored in the programs that we start.
#[cfg(unix)]
pub(crate) fn listen(kind: SignalKind) -> Option<Signal> {
    if is_ignored(kind.as_raw_value()) {
        return None;
    }
    signal(kind).ok()
}

/// Lets a write beyond the limit for files (`ulimit -f`) fail with an error, which is reported: the signal that comes with
/// it ends a process without a word. It is handled and not ignored, so that the programs that we start have it as before.
/// Runs on a runtime.
#[cfg(unix)]
pub(crate) fn outlive_file_limit() {
    // The handler stays.
    let _signal = listen(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
}

/// This system has no such limit.
#[cfg(not(unix))]
pub(crate) fn outlive_file_limit() {}

/// Listens to signals from now on, and ends when one comes that is not ignored.
#[cfg(unix)]
pub(crate) fn any_signal(kinds: &[SignalKind]) -> impl Future<Output = ()> + use<> {
    let mut signals: Vec<_> = kinds.iter().copied().filter_map(listen).collect();
    std::future::poll_fn(move |context| {
        let any = signals
            .iter_mut()
            .any(|signal| signal.poll_recv(context).is_ready());
        if any { Poll::Ready(()) } else { Poll::Pending }
    })
}

/// `true` if this process ignores a signal. Only Linux tells.
#[cfg(unix)]
pub(crate) fn is_ignored(signal: i32) -> bool {
    // We begin and cease to ignore none ourselves.
    static IGNORED: OnceLock<u64> = OnceLock::new();
    let read = || ignored_signals().unwrap_or_default();
    cfg!(target_os = "linux") && IGNORED.get_or_init(read) >> (signal - 1) & 1 == 1
}

/// The signals that this process ignores; number 1 is the lowest bit.
#[cfg(unix)]
fn ignored_signals() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let set = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(set.trim(), 16).ok()
}
