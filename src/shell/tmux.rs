//! The clipboard inside tmux, which by default keeps the sequence of a program (OSC 52) from its terminal.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::config::Env;
use crate::domain::Secret;

/// A tmux that needs longer has stopped working.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Gives a text to tmux as its newest buffer, and through it to the clipboard of its terminal. Before version 3.2, tmux
/// has the buffer alone.
///
/// # Errors
/// tmux cannot be started, fails, or does not end in time.
pub(crate) async fn copy(env: &Env, text: &Secret) -> io::Result<()> {
    let with_clipboard = load(env, &["load-buffer", "-w", "-"], text).await;
    match with_clipboard {
        Err(error) if error.kind() == io::ErrorKind::Other => {
            load(env, &["load-buffer", "-"], text).await
        }
        loaded => loaded,
    }
}

async fn load(env: &Env, arguments: &[&str], text: &Secret) -> io::Result<()> {
    let program = env.find_program("tmux");
    let mut tmux = Command::new(program.ok_or(io::ErrorKind::NotFound)?)
        .args(arguments)
        .env_clear()
        .envs(env.iter())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let input = tmux.stdin.take();
    let loading = async {
        if let Some(mut input) = input {
            // One that does not read it fails, which its exit code says.
            let _ = input.write_all(text.expose().as_bytes()).await;
        }
        tmux.wait().await
    };
    let status = timeout(TIMEOUT, loading).await??;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(status.to_string()))
    }
}
