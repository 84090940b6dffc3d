//! The runtime of the switcher: terminal events and answers come in, effects go out
//! (docs/architecture.md#one-runtime). It alone knows `flow`.
//!
//! This thread draws and reads keys, and never waits for a lock, the disk or the network: `flow` is
//! only called on the two workers, `work` for slow work and `disk` for short reads and
//! writes in their order.
//!
//! Nothing wakes it but an event, an answer, or the clock while something on screen counts.

mod effects;
mod event_loop;
mod facts;
mod handover;
mod signals;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::Event;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::first_look::first_look;
use super::keymap::Keymap;
use super::msg::{Facts, Lists, Msg, Reread, Ticket};
use super::state::State;
use super::terminal::{Replies, TerminalGuard, Woken};
use super::theme::{Background, Theme};
use super::worker::{Order, Worker};
use super::{Options, Outcome};
use crate::config::Settings;
use crate::domain::setting::SettingRow;
use crate::domain::{Catalog, CatalogEvent, EntryId, Problem, ProblemKind, Secret};
use crate::flow::sync::SyncPlan;
use crate::flow::{Flow, Priority, Variables};
use facts::FactsReader;
pub use facts::facts;
use signals::ended;

/// The time that the first frame waits for the disk.
const FIRST_FRAME_WAIT: Duration = Duration::from_millis(250);

/// The time limit for a worker to end when the switcher is left.
const END_TIMEOUT: Duration = Duration::from_millis(250);

/// The time that it waits for the rest of a long list, whose files have been read.
const REST_WAIT: Duration = Duration::from_secs(2);

/// An answer of a worker.
enum Answer {
    /// The first part of a long catalog, and the facts: shown until all of it is there.
    First(Box<(Catalog, Facts)>),
    Msg(Msg),
    /// The end of a piece of work, and the facts after it.
    Done(Msg, Box<Result<Facts, Problem>>),
    Catalog(CatalogEvent),
    /// The credentials of an entry are there: the subshell can begin.
    Shell(EntryId, Variables),
    /// No program shows notifications: the terminal is asked to.
    Notice(String),
    /// A sync was planned.
    SyncPlan(Ticket, Result<SyncPlan, Problem>),
    /// A setting was changed.
    Settings(Result<(Arc<Settings>, Vec<SettingRow>), Problem>),
    /// The settings and files were read again.
    Reread(Lists, Result<(Arc<Settings>, Box<Reread>), Problem>),
    /// Work waits for the user's answer to a question.
    Ask(Msg, oneshot::Sender<bool>),
}

/// Opens the switcher on the terminal device, and returns how it was left.
///
/// # Errors
/// A terminal that cannot be used, keys in the settings that cannot be, a signal that ended us.
pub async fn run(flow: Flow, options: Options) -> Result<Outcome, Problem> {
    let ctx = flow.ctx();
    let keymap = Keymap::of_settings(ctx)?;
    let height = options.height.or(ctx.settings.height).unwrap_or_default();
    // Before the screen is taken: from then on it is given back first.
    let ended = ended();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let warnings = sender.clone();
    flow.on_warning(move |text| {
        send(&warnings, Answer::Msg(Msg::Warning(text.to_owned())));
    });
    let start = |order| {
        let sender = sender.clone();
        let panicked = move || {
            let problem = Problem::new(ProblemKind::Failed, "an internal error occurred");
            send(
                &sender,
                Answer::Msg(Msg::Failed(problem.hint("please report it"))),
            );
        };
        Worker::start(order, panicked).map_err(|error| no_worker(&error))
    };
    let (work, disk) = (start(Order::Concurrent)?, start(Order::Serial)?);
    let facts_reader = FactsReader::new(sender.clone());
    // The files are read while the terminal is set up.
    let (reader, reading) = (facts_reader.clone(), flow.clone());
    disk.add(Box::new(move || {
        Box::pin(async move { reader.start(&reading) })
    }));
    let (screen, typed) = TerminalGuard::open(ctx.settings.mouse.unwrap_or(true), height)
        .map_err(|error| no_terminal(&error))?;
    let size = screen.size().map_err(|error| no_terminal(&error))?;
    let state = state_at_start(&flow, &options, keymap, size, screen.is_inline());
    let settings = flow.settings();
    let theme = Theme::new(&ctx.env, &ctx.settings);
    let follows_background = Theme::follows_background(&ctx.env, &ctx.settings);
    let replies = Replies::new(ctx.env.is_ssh());
    let mut runtime = Runtime {
        flow,
        options,
        screen,
        state,
        theme,
        settings,
        background: None,
        replies,
        woken: Woken::new(),
        sender,
        work,
        disk,
        sign_in: None,
        capture: None,
        confirming: None,
        sync_plan: None,
        console_texts: None,
        listings: BTreeMap::new(),
        facts_reader,
        facts: None,
        batch: Vec::new(),
        last_click: None,
        typed,
        resized: false,
    };
    if follows_background {
        runtime.ask_background();
    }
    runtime.start(&mut receiver).await;
    let outcome = runtime.turn(receiver, ended).await;
    runtime.end();
    outcome
}

/// The state before anything was read.
fn state_at_start(
    flow: &Flow,
    options: &Options,
    keymap: Keymap,
    size: (u16, u16),
    inline: bool,
) -> State {
    let ctx = flow.ctx();
    let mut state = State::new(keymap, ctx.clock.now(), size, &options.query);
    state.inline = inline;
    state.demo = options.demo.is_some();
    state.pick_only = options.choice.is_some();
    state.choice = options.choice.unwrap_or(state.choice);
    state.exports = options.exports;
    state.only_portal.clone_from(&options.portal);
    state.reduced_motion = ctx.settings.reduced_motion.unwrap_or(false);
    let here = ctx.env.get("ROLEDEX_ENTRY").map(str::parse);
    state.here = here.and_then(Result::ok);
    // That of credentials which a shell holds itself; those of `--live` are renewed.
    let until = ctx.env.get("AWS_CREDENTIAL_EXPIRATION").map(str::parse);
    state.here_until = until.and_then(Result::ok).filter(|_| state.here.is_some());
    state.guard.clone_from(&ctx.settings.guard);
    state.all_confirmed = flow.is_all_confirmed();
    state.capture_seconds = i64::try_from(flow.capture_timeout().as_secs()).unwrap_or(i64::MAX);
    state
}

fn no_worker(error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Failed, "the switcher could not be started")
        .detail(error.to_string())
        .hint("check the limits on processes and open files: ulimit -a")
}

fn no_terminal(error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Failed, "cannot use the terminal")
        .detail(error.to_string())
        .hint("try another terminal, or the commands: roledex --help")
}

struct Runtime {
    flow: Flow,
    options: Options,
    screen: TerminalGuard,
    state: State,
    theme: Theme,
    /// The settings as they were read or changed last.
    settings: Arc<Settings>,
    /// The terminal's background, if it replied.
    background: Option<Background>,
    replies: Replies,
    /// Tells when the process goes on after it was stopped.
    woken: Woken,
    sender: UnboundedSender<Answer>,
    work: Worker,
    disk: Worker,
    /// Dropping it cancels the sign-in.
    sign_in: Option<oneshot::Sender<()>>,
    /// Dropping it cancels the capture.
    capture: Option<oneshot::Sender<()>>,
    confirming: Option<oneshot::Sender<bool>>,
    /// The plan of the last sync, and the question that it answers.
    sync_plan: Option<(Ticket, SyncPlan)>,
    /// Takes the texts of a console sign-in on another device.
    console_texts: Option<UnboundedSender<Secret>>,
    /// The last listing of each portal. Dropping one ends it: a listing must not outlive its sign-in, and not save the
    /// catalog of a portal that was removed.
    listings: BTreeMap<Arc<str>, Listing>,
    facts_reader: FactsReader,
    /// The facts that came with the message at hand.
    facts: Option<Box<Result<Facts, Problem>>>,
    batch: Vec<CatalogEvent>,
    /// The row and the time of the last click.
    last_click: Option<(u16, Instant)>,
    /// Events that were read but not handled yet.
    typed: Vec<Event>,
    /// `true` if the terminal was resized: its region has to be found again.
    resized: bool,
}

/// A listing of a portal's accounts and roles.
struct Listing {
    priority: Priority,
    _cancel: oneshot::Sender<()>,
}

/// The next step of the loop.
enum Next {
    GoOn,
    /// Stop, as the shell's job control wants it.
    Suspend,
    Leave(Outcome),
}

impl Runtime {
    /// Waits for what is known without the network before the first frame, unless the disk is slow.
    async fn start(&mut self, answers: &mut UnboundedReceiver<Answer>) {
        let mut end = Instant::now() + FIRST_FRAME_WAIT;
        while !self.state.loaded {
            match timeout_at(end, answers.recv()).await {
                Ok(Some(Answer::First(first))) => {
                    self.show_first(*first);
                    end = Instant::now() + REST_WAIT;
                }
                // Neither message leads out of the switcher.
                Ok(Some(Answer::Msg(msg))) => drop(self.handle(msg)),
                _ => return,
            }
        }
    }

    /// Shows the first rows of a long list before all of it is there.
    fn show_first(&mut self, (catalog, facts): (Catalog, Facts)) {
        let State {
            keymap,
            size,
            inline,
            ..
        } = &self.state;
        let at_start = state_at_start(&self.flow, &self.options, keymap.clone(), *size, *inline);
        let Some(first) = first_look(at_start, catalog, facts) else {
            return;
        };
        if let Err(error) = self.screen.draw(&first, &self.theme) {
            tracing::info!(%error, "cannot draw the first rows");
        }
    }

    /// Sends the query for the terminal's background. Does not wait for the reply.
    fn ask_background(&mut self) {
        match self.screen.ask_background() {
            Ok(()) => self.replies.asked(Instant::now().into_std()),
            Err(error) => tracing::info!(%error, "cannot ask the terminal for its background"),
        }
    }

    /// Applies a reply of the terminal to the theme.
    fn take_background(&mut self) {
        if let Some(color) = self.replies.take_background() {
            self.background = Some(Background::from_rgb(color));
            self.theme = Theme::on(&self.flow.ctx().env, &self.settings, self.background);
        }
    }

    /// Gives the terminal back at once; then ends the work.
    fn end(self) {
        let Self {
            screen, work, disk, ..
        } = self;
        drop(screen);
        work.stop(END_TIMEOUT);
        disk.stop(END_TIMEOUT);
    }
}

/// The receiver lives as long as the runtime.
fn send(sender: &UnboundedSender<Answer>, answer: Answer) {
    let _ = sender.send(answer);
}
