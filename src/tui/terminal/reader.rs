//! Reads the events of the terminal on a thread of crossterm, and can be stopped: [`Reader::stop`]
//! returns when that thread no longer reads, so that another program may.
//!
//! Dropping crossterm's stream only asks its thread to go. As long as it is there it takes what is
//! meant for others, and holds what the next stream waits for.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::domain::locked::locked;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crossterm::event::{Event, EventStream};
use futures_util::Stream;

/// Reads events.
pub(in crate::tui) struct Reader {
    stream: EventStream,
    waker: Arc<Passing>,
    ended: Receiver<Infallible>,
}

/// Wakes whoever waits. crossterm's thread has one for as long as it reads: the channel ends with it.
struct Passing {
    to: Mutex<Waker>,
    _reading: Sender<Infallible>,
}

impl Wake for Passing {
    fn wake(self: Arc<Self>) {
        let to = locked(&self.to);
        to.wake_by_ref();
    }
}

impl Reader {
    /// Begins to read.
    pub(in crate::tui) fn new() -> Self {
        let (reading, ended) = channel();
        Self {
            stream: EventStream::new(),
            waker: Arc::new(Passing {
                to: Mutex::new(Waker::noop().clone()),
                _reading: reading,
            }),
            ended,
        }
    }

    /// The next event.
    pub(in crate::tui) fn poll(
        &mut self,
        context: &Context<'_>,
    ) -> Poll<Option<io::Result<Event>>> {
        locked(&self.waker.to).clone_from(context.waker());
        let waker = Waker::from(Arc::clone(&self.waker));
        Pin::new(&mut self.stream).poll_next(&mut Context::from_waker(&waker))
    }

    /// Stops reading.
    pub(in crate::tui) fn stop(self) {
        /// Never reached: the thread was woken.
        const TIMEOUT: Duration = Duration::from_secs(1);

        let Self {
            stream,
            waker,
            ended,
        } = self;
        drop(stream);
        drop(waker);
        // Nothing is ever sent: this is the end of the channel.
        let _ = ended.recv_timeout(TIMEOUT);
    }
}

/// The events that were read together with the last one: letters that were pasted or typed quickly. Call it
/// right after [`Reader::poll`] found an event.
///
/// `poll` does not see them: with no time to wait, crossterm does not look into its buffer (0.29, with
/// `use-dev-tty`), and its thread would bring them one by one.
pub(in crate::tui) fn read_together() -> io::Result<Vec<Event>> {
    /// Long enough to look once: crossterm looks again and again until it is over. Every key waits as long.
    const LOOK: Duration = Duration::from_micros(5);
    /// Endless input must not keep the screen from being drawn.
    const MAX_EVENTS: usize = 4_096;

    let mut events = Vec::new();
    while events.len() < MAX_EVENTS && crossterm::event::poll(LOOK)? {
        events.push(crossterm::event::read()?);
    }
    Ok(events)
}
