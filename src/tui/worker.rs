//! A thread beside the one that draws: work with locks, the disk or the network runs there, so
//! that the screen and the keys never wait for it.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{LocalSet, spawn_local};

/// One piece of work; the future is made on the thread, and stays there.
pub(super) type Job = Box<dyn FnOnce() -> LocalBoxFuture<'static, ()> + Send>;

/// The order of jobs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// One after the other, as they came.
    Serial,
    /// All at once.
    Concurrent,
}

/// A thread that runs jobs.
pub(super) struct Worker {
    jobs: UnboundedSender<Job>,
    /// Disconnected once the thread has dropped all work.
    ended: Receiver<()>,
}

impl Worker {
    /// Starts the thread. `panicked` is called when a job panics.
    ///
    /// # Errors
    /// The system gives no thread, or no event queue.
    pub(super) fn start(
        order: Order,
        panicked: impl Fn() + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (jobs, queue) = unbounded_channel();
        let (alive, ended) = channel();
        std::thread::Builder::new()
            .name("roledex-work".to_owned())
            .spawn(move || {
                run(runtime, queue, order, &panicked);
                drop(alive);
            })?;
        Ok(Self { jobs, ended })
    }

    /// Adds a job.
    pub(super) fn add(&self, job: Job) {
        // The thread lives as long as this value.
        let _ = self.jobs.send(job);
    }

    /// Ends the thread: serial jobs that wait are done, concurrent ones are dropped. Returns after
    /// `timeout` at the latest; a thread that is blocked then ends with the process.
    pub(super) fn stop(self, timeout: Duration) {
        drop(self.jobs);
        if self.ended.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout) {
            tracing::info!("left while work was blocked");
        }
    }
}

fn run(
    runtime: Runtime,
    mut queue: UnboundedReceiver<Job>,
    order: Order,
    panicked: &(impl Fn() + Clone + 'static),
) {
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        while let Some(job) = queue.recv().await {
            let task = spawn_local(async move { job().await });
            let panicked = panicked.clone();
            let watch = async move {
                if task.await.is_err_and(|error| error.is_panic()) {
                    panicked();
                }
            };
            match order {
                Order::Serial => watch.await,
                Order::Concurrent => {
                    spawn_local(watch);
                }
            }
        }
    });
    drop(local);
    runtime.shutdown_background();
}
