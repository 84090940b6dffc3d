//! Tells that the process goes on after it was stopped: what had the terminal meanwhile has set its modes.

/// The signal that wakes a stopped process.
pub(in crate::tui) struct Woken(#[cfg(unix)] Option<tokio::signal::unix::Signal>);

impl Woken {
    /// Begins to watch. Must be called in the runtime.
    pub(in crate::tui) fn new() -> Self {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let signal = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()));
            Self(signal.ok())
        }
        #[cfg(not(unix))]
        Self()
    }

    /// Completes when the process was woken since the last time.
    pub(in crate::tui) async fn wait(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
