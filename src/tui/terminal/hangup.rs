//! Detects the end of a terminal that sends no signal: a session leader that ignores it keeps `SIGHUP` from us.
//! crossterm would read the end of file in a busy loop.

/// Completes when the terminal has hung up. Never on systems that cannot tell (macOS does not poll terminals).
#[cfg(unix)]
#[expect(
    deprecated,
    reason = "its successor is unsafe; a file owns its descriptor for as long as it is watched"
)]
pub(in crate::tui) async fn hangup() {
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    // The terminal existed when the screen was set up.
    let Ok(tty) = crate::config::tty::open() else {
        return;
    };
    let watched = AsyncFd::with_interest(tty, Interest::ERROR);
    let ended = match &watched {
        Ok(watched) => watched.ready(Interest::ERROR).await.is_ok(),
        Err(_) => false,
    };
    if !ended {
        std::future::pending::<()>().await;
    }
}

/// Never completes: terminals do not hang up on this system.
#[cfg(not(unix))]
pub(in crate::tui) async fn hangup() {
    std::future::pending::<()>().await;
}
