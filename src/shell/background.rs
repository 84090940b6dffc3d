//! This program in the background: a process that outlives the command that started it.

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Stdio};

use crate::config::{Env, process};

/// Starts this program with arguments, and waits for its end. It ends at once, after it has started
/// another process with [`leave`]. That process is then no child of the caller, so it disturbs neither the
/// caller nor a program that replaces it.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn start(args: &[&str]) -> io::Result<()> {
    let status = command(args)?.status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(status.to_string()))
    }
}

/// Starts this program with arguments in a session of its own, out of reach of the terminal and of
/// its Ctrl-C, without the caller's open files, and does not wait for it.
///
/// # Errors
/// Errors of the operating system.
pub(crate) fn leave(args: &[&str]) -> io::Result<()> {
    #[cfg(unix)]
    // It fails only for the leader of a process group, which our child is not.
    let _ = rustix::process::setsid();
    let mut command = command(args)?;
    process::close_files(&mut command)?;
    command.spawn()?;
    Ok(())
}

/// Without our input and output: a reader of our stdout would wait for its end.
fn command(args: &[impl AsRef<OsStr>]) -> io::Result<Command> {
    let mut command = Command::new(Env::current_exe()?);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Without a window of its own, and out of reach of the console's Ctrl-C.
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        let flags = CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW;
        std::os::windows::process::CommandExt::creation_flags(&mut command, flags);
    }
    Ok(command)
}
