//! Signals that end the switcher.

#[cfg(unix)]
use std::task::Poll;

/// Waits for a signal that ends the process. From now on such a signal does only that: the screen is restored
/// on the way out. Signals count from this call on, not from the first poll, which is after the first frame.
#[cfg(unix)]
pub(super) fn ended() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::interrupt(),
        SignalKind::quit(),
    ];
    let mut signals: Vec<_> = kinds
        .into_iter()
        .filter_map(|kind| signal(kind).ok())
        .collect();
    std::future::poll_fn(move |context| {
        let any = signals
            .iter_mut()
            .any(|signal| signal.poll_recv(context).is_ready());
        if any { Poll::Ready(()) } else { Poll::Pending }
    })
}

#[cfg(not(unix))]
pub(super) async fn ended() {
    let _ = tokio::signal::ctrl_c().await;
}
