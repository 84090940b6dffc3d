//! Signals that end the switcher.

#[cfg(unix)]
use std::task::Poll;

/// Waits for a signal that ends us, which from now on does no more than that; the screen is given back
/// on the way out. It counts from the call on, not from the first wait, which is behind the first frame.
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
