//! Detects the end of a terminal that sends no signal: a session leader that ignores it keeps `SIGHUP` from us.
//! crossterm would read its end again and again, for ever and at full speed.

/// Ends when the terminal has hung up. Where the system cannot tell (macOS polls no terminals), never.
#[cfg(unix)]
#[expect(
    deprecated,
    reason = "its successor is unsafe; a file owns its descriptor for as long as it is watched"
)]
pub(in crate::tui) async fn hangup() {
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    // It was there when the screen was taken.
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

/// Never ends: there are no terminals that hang up.
#[cfg(not(unix))]
pub(in crate::tui) async fn hangup() {
    std::future::pending().await
}
