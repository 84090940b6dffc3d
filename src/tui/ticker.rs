//! A clock for countdowns: it wakes the loop once a second while it is awaited, and never otherwise
//! (docs/architecture.md#budgets). tokio's own timers wake twice: near the time, and at the time.

use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

/// A timer of the kernel if it can be awaited, else tokio's.
pub(super) struct Seconds {
    /// The end of the second that is awaited: other events do not put it off.
    due: Option<Instant>,
    #[cfg(target_os = "linux")]
    timer: Option<linux::Timer>,
}

impl Seconds {
    pub(super) fn new() -> Self {
        Self {
            due: None,
            #[cfg(target_os = "linux")]
            timer: linux::Timer::new()
                .inspect_err(|error| tracing::info!(%error, "no kernel timer"))
                .ok(),
        }
    }

    /// Ends a second after it was first awaited: if it is dropped before, the next one goes on with the same second.
    pub(super) async fn next(&mut self) {
        let due = *self.due.get_or_insert_with(|| Instant::now() + SECOND);
        self.wait(due.saturating_duration_since(Instant::now()))
            .await;
        self.due = None;
    }

    async fn wait(&self, time: Duration) {
        #[cfg(target_os = "linux")]
        if let Some(timer) = self.timer.as_ref().filter(|_| !time.is_zero())
            && timer.wait(time).await.is_ok()
        {
            return;
        }
        tokio::time::sleep(time).await;
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    use super::Duration;

    pub(super) struct Timer(AsyncFd<OwnedFd>);

    impl Timer {
        #[expect(
            deprecated,
            reason = "its successor is unsafe; the descriptor is owned for as long as it is watched"
        )]
        pub(super) fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            Ok(Self(AsyncFd::with_interest(fd, Interest::READABLE)?))
        }

        /// Setting it again discards an expiry that was not awaited.
        pub(super) async fn wait(&self, time: Duration) -> io::Result<()> {
            let nothing = Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            let once = Itimerspec {
                it_interval: nothing,
                it_value: Timespec {
                    tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
                    tv_nsec: time.subsec_nanos().into(),
                },
            };
            timerfd_settime(self.0.get_ref(), TimerfdTimerFlags::empty(), &once)?;
            loop {
                let mut ready = self.0.readable().await?;
                let mut count = [0; 8];
                let read = ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut count)?));
                // The readiness may belong to a timer that was reset since.
                if let Ok(read) = read {
                    return read.map(|_| ());
                }
            }
        }
    }
}
