//! Signals that end the switcher.

/// Waits for a signal that ends the process. From now on such a signal does only that: the screen is restored
/// on the way out. Signals count from this call on, not from the first poll, which is after the first frame.
#[cfg(unix)]
pub(super) fn ended() -> impl Future<Output = ()> {
    use tokio::signal::unix::SignalKind;
    crate::config::process::any_signal(&[
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::interrupt(),
        SignalKind::quit(),
    ])
}

#[cfg(not(unix))]
pub(super) async fn ended() {
    let _ = tokio::signal::ctrl_c().await;
}
