//! The only place of the switcher that acts: terminal events and answers come in, effects go out
//! (docs/architecture.md#one-runtime). It alone knows `flow`.
//!
//! This thread draws and reads keys, and never waits for a lock, the disk or the network: `flow` is
//! only called on the two workers, `work` for what takes its time and `disk` for short reads and
//! writes in their order.
//!
//! Nothing wakes it but an event, an answer, or the clock while something on screen counts.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::keymap::Keymap;
use super::msg::{Effect, Facts, Msg, Ticket};
use super::state::State;
use super::terminal::{Reader, TerminalGuard, gone, say};
use super::theme::Theme;
use super::ticker::Seconds;
use super::update::update;
use super::worker::{Order, Worker};
use super::{Options, Outcome};
use crate::config::Settings;
use crate::domain::claim::Claim;
use crate::domain::profile::UseOptions;
use crate::domain::setting::SettingRow;
use crate::domain::{CatalogEvent, EntryId, Problem, ProblemKind};
use crate::flow::apps::NewApp;
use crate::flow::console::{Place, TIMEOUT};
use crate::flow::posted::Confirm;
use crate::flow::{Confirmation, Flow, Permit, Priority, Variables};

/// Events of a catalog's refresh are drawn together at most this often.
const BATCH: Duration = Duration::from_millis(200);

/// Two clicks within this time are a double-click.
const DOUBLE_CLICK: Duration = Duration::from_millis(400);

/// How long the first frame waits for what is on disk.
const FIRST_FRAME_WAIT: Duration = Duration::from_millis(250);

/// How long to wait for being stopped.
const STOP_WAIT: Duration = Duration::from_millis(300);

/// How long a worker may take to end when the switcher is left.
const END_TIMEOUT: Duration = Duration::from_millis(250);

/// What comes back from the workers.
enum Answer {
    Msg(Msg),
    Catalog(CatalogEvent),
    /// The credentials of an entry are there: the subshell can begin.
    Shell(EntryId, Variables),
    /// A setting was changed.
    Settings(Result<(Box<Settings>, Vec<SettingRow>), Problem>),
    /// A posted response waits for the user's answer.
    Confirm(Ticket, Claim, oneshot::Sender<bool>),
}

/// Asks in the switcher whether a response is for an account of the user.
struct InSwitcher {
    sender: UnboundedSender<Answer>,
    ticket: Ticket,
}

impl Confirm for InSwitcher {
    fn is_possible(&self) -> bool {
        true
    }

    fn ask<'a>(&'a self, claim: &'a Claim) -> Pin<Box<dyn Future<Output = bool> + 'a>> {
        let (answer, answered) = oneshot::channel();
        let question = Answer::Confirm(self.ticket, claim.clone(), answer);
        send(&self.sender, question);
        Box::pin(async move { answered.await.unwrap_or(false) })
    }
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
    let (screen, typed) = TerminalGuard::open(ctx.settings.mouse.unwrap_or(true), height)
        .map_err(|error| no_terminal(&error))?;
    let size = screen.size().map_err(|error| no_terminal(&error))?;
    let mut state = State::new(keymap, ctx.clock.now(), size, &options.query);
    state.inline = screen.is_inline();
    state.demo = options.demo.is_some();
    state.pick_only = options.pick_only;
    state.only_portal.clone_from(&options.portal);
    state.reduced_motion = ctx.settings.reduced_motion.unwrap_or(false);
    let here = ctx.env.get("ROLEDEX_ENTRY").map(str::parse);
    state.here = here.and_then(Result::ok);
    state.guard.clone_from(&ctx.settings.guard);
    state.all_confirmed = flow.is_all_confirmed();
    state.capture_seconds = i64::try_from(flow.capture_patience().as_secs()).unwrap_or(i64::MAX);
    let theme = Theme::new(&ctx.env, &ctx.settings);
    let (sender, mut receiver) = mpsc::unbounded_channel();
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
    let mut runtime = Runtime {
        flow,
        options,
        screen,
        state,
        theme,
        sender,
        work,
        disk,
        sign_in: None,
        capture: None,
        confirming: None,
        priorities: BTreeMap::new(),
        batch: Vec::new(),
        last_click: None,
        typed,
        resized: false,
    };
    runtime.start(&mut receiver).await;
    let outcome = runtime.turn(receiver, ended).await;
    runtime.end();
    outcome
}

fn no_worker(error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Failed, "the switcher could not be started")
        .detail(error.to_string())
        .hint("see that the limits of processes and open files are not reached: ulimit -a")
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
    sender: UnboundedSender<Answer>,
    work: Worker,
    disk: Worker,
    /// Dropping it cancels the sign-in.
    sign_in: Option<oneshot::Sender<()>>,
    /// Dropping it cancels the capture.
    capture: Option<oneshot::Sender<()>>,
    confirming: Option<oneshot::Sender<bool>>,
    priorities: BTreeMap<Arc<str>, Priority>,
    batch: Vec<CatalogEvent>,
    last_click: Option<(u16, u16, Instant)>,
    /// What was read already, and is still to be done.
    typed: Vec<Event>,
    /// Whether the terminal was resized, and our region of it has to be found again.
    resized: bool,
}

/// What the loop does next.
enum Next {
    GoOn,
    /// Stop, as the shell's job control wants it.
    Suspend,
    Leave(Outcome),
}

impl Runtime {
    /// What is known without the network is there in the first frame, unless the disk is slow.
    async fn start(&mut self, answers: &mut UnboundedReceiver<Answer>) {
        self.on_disk(|flow| Answer::Msg(Msg::Cached(flow.cached_catalog())));
        self.on_disk(|flow| Answer::Msg(Msg::Facts(facts(flow))));
        let end = Instant::now() + FIRST_FRAME_WAIT;
        for _ in 0..2 {
            let Ok(Some(Answer::Msg(msg))) = timeout_at(end, answers.recv()).await else {
                return;
            };
            // Neither message leads out of the switcher.
            let _ = self.handle(msg);
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

    async fn turn(
        &mut self,
        mut answers: UnboundedReceiver<Answer>,
        ended: impl Future<Output = ()>,
    ) -> Result<Outcome, Problem> {
        let mut events = Reader::new();
        let mut ended = Box::pin(ended);
        let mut gone = Box::pin(gone());
        let mut flush_at = None;
        let seconds = Seconds::new();
        loop {
            if self.is_lost()? {
                events.stop();
                self.find_again()?;
                events = Reader::new();
            }
            let title = self.flow.ctx().settings.title.unwrap_or(true);
            self.screen
                .draw(&self.state, &self.theme)
                .and_then(|()| {
                    if title {
                        self.screen.set_title(&self.state.title())
                    } else {
                        Ok(())
                    }
                })
                .map_err(|error| no_terminal(&error))?;
            let next = tokio::select! {
                events = all_events(&mut self.typed, &mut events) => self.events(events?),
                Some(answer) = answers.recv() => match answer {
                    Answer::Msg(msg) => self.handle(msg),
                    Answer::Confirm(ticket, claim, answer) => {
                        self.confirming = Some(answer);
                        self.handle(Msg::ConfirmResponse(ticket, claim))
                    }
                    Answer::Shell(id, variables) => {
                        events.stop();
                        let next = self.shell(id, &variables).await;
                        events = Reader::new();
                        next
                    }
                    Answer::Settings(changed) => self.settings(changed),
                    Answer::Catalog(event) => {
                        self.batch.push(event);
                        flush_at.get_or_insert_with(|| Instant::now() + BATCH);
                        continue;
                    }
                },
                () = sleep_until(flush_at.unwrap_or_else(Instant::now)), if flush_at.is_some() => {
                    flush_at = None;
                    let batch = std::mem::take(&mut self.batch);
                    self.handle(Msg::Catalog(batch))
                }
                () = seconds.next(), if self.state.needs_ticks() => {
                    let now = self.flow.ctx().clock.now();
                    self.handle(Msg::Tick(now))
                }
                () = &mut gone => {
                    return Err(Problem::new(ProblemKind::Cancelled, "the terminal was closed"));
                }
                () = &mut ended => {
                    return Err(Problem::new(ProblemKind::Cancelled, "ended by a signal"));
                }
            };
            match next {
                Next::GoOn => {}
                Next::Suspend => {
                    events.stop();
                    self.suspend().await;
                    events = Reader::new();
                }
                Next::Leave(outcome) => return Ok(outcome),
            }
        }
    }

    fn events(&mut self, events: Vec<Event>) -> Next {
        let mut events = events.into_iter();
        for event in events.by_ref() {
            match self.event(event) {
                Next::GoOn => {}
                next => {
                    // For when we are back.
                    self.typed.extend(events);
                    return next;
                }
            }
        }
        Next::GoOn
    }

    fn event(&mut self, event: Event) -> Next {
        let msg = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(&key),
            Event::Paste(text) => Some(Msg::Text(text)),
            Event::Mouse(mouse) => self.mouse(mouse),
            Event::Resize(..) if self.screen.is_inline() => {
                self.resized = true;
                None
            }
            Event::Resize(width, height) => Some(Msg::Resize(width, height)),
            _ => None,
        };
        msg.map_or(Next::GoOn, |msg| self.handle(msg))
    }

    fn key(&self, key: &KeyEvent) -> Option<Msg> {
        if let Some(action) = self.state.keymap.resolve(&self.state.contexts(), key) {
            return Some(Msg::Key(action));
        }
        let plain = !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(c) if plain => Some(Msg::Text(c.to_string())),
            _ => None,
        }
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Option<Msg> {
        let row = self.screen.row(mouse.row)?;
        match mouse.kind {
            MouseEventKind::ScrollUp => Some(Msg::Wheel(-3)),
            MouseEventKind::ScrollDown => Some(Msg::Wheel(3)),
            MouseEventKind::Down(MouseButton::Left) => {
                let (x, y, now) = (mouse.column, row, Instant::now());
                let twice = self
                    .last_click
                    .take()
                    .is_some_and(|(_, last_y, at)| last_y == y && now - at < DOUBLE_CLICK);
                if twice {
                    return Some(Msg::DoubleClick(x, y));
                }
                self.last_click = Some((x, y, now));
                Some(Msg::Click(x, y))
            }
            _ => None,
        }
    }

    fn handle(&mut self, msg: Msg) -> Next {
        self.state.now = self.flow.ctx().clock.now();
        let mut next = Next::GoOn;
        for effect in update(&mut self.state, msg) {
            match self.effect(effect) {
                Next::GoOn => {}
                other => next = other,
            }
        }
        next
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each effect")]
    fn effect(&mut self, effect: Effect) -> Next {
        match effect {
            Effect::Finish(outcome) => return self.leave(outcome),
            Effect::Suspend => return Next::Suspend,
            Effect::LoadFacts => self.on_disk(|flow| Answer::Msg(Msg::Facts(facts(flow)))),
            Effect::Discover(portal) => {
                let priority = Priority::default();
                self.priorities
                    .insert(Arc::clone(&portal.name), priority.clone());
                let sender = self.sender.clone();
                self.spawn(async move |flow| {
                    let sink = |event| send(&sender, Answer::Catalog(event));
                    let result = flow
                        .bounded(Box::pin(flow.discover(&portal, &priority, sink)))
                        .await;
                    Answer::Msg(Msg::Discovered(portal.name, result))
                });
            }
            Effect::Prefer(portal, accounts) => {
                if let Some(priority) = self.priorities.get(&portal) {
                    priority.prefer(accounts);
                }
            }
            Effect::Use(ticket, id, force) => {
                let permit = self.permit(&id);
                self.spawn(async move |flow| {
                    let options = UseOptions {
                        force,
                        ..UseOptions::default()
                    };
                    let used = async { flow.use_entry(&permit?, &options).await };
                    let result = flow.bounded(Box::pin(used)).await;
                    if result.is_ok() {
                        flow.remember_use(&id);
                    }
                    Answer::Msg(Msg::Used(ticket, id, result))
                });
            }
            Effect::Refresh(ticket, id) => {
                let permit = self.permit(&id);
                self.spawn(async move |flow| {
                    let refreshed = async { flow.refresh(&permit?).await };
                    let result = flow.bounded(Box::pin(refreshed)).await;
                    Answer::Msg(Msg::Used(ticket, id, result))
                });
            }
            Effect::GiveMfaCode(code) => self.flow.take_mfa_code(code),
            Effect::Subshell(id) => {
                let permit = self.permit(&id);
                self.spawn(async move |flow| {
                    let variables = async { flow.variables(&permit?).await };
                    match flow.bounded(Box::pin(variables)).await {
                        Ok(variables) => Answer::Shell(id, variables),
                        Err(problem) => Answer::Msg(Msg::ShellEnded(id, Err(problem))),
                    }
                });
            }
            Effect::SignIn(ticket, portal, method) => {
                let sender = self.sender.clone();
                let cancel = self.spawn_until(async move |flow| {
                    let sink = |step| send(&sender, Answer::Msg(Msg::SignIn(ticket, step)));
                    let result = flow
                        .bounded(Box::pin(flow.sign_in(&portal, method, sink)))
                        .await;
                    Answer::Msg(Msg::SignedIn(ticket, result))
                });
                self.sign_in = Some(cancel);
            }
            Effect::CancelSignIn => self.sign_in = None,
            Effect::SignOut(portal) => self.spawn(async move |flow| {
                let result = flow.bounded(Box::pin(flow.sign_out(&portal))).await;
                Answer::Msg(Msg::SignedOut(portal.name, result))
            }),
            Effect::FindRegion(ticket, url) => self.spawn(async move |flow| {
                let found = flow.bounded(Box::pin(flow.find_region(&url))).await;
                Answer::Msg(Msg::RegionFound(ticket, found))
            }),
            Effect::AddPortal {
                ticket,
                name,
                url,
                region,
            } => self.on_disk(move |flow| {
                let added = flow.add_portal(&name, &url, &region, &[]);
                Answer::Msg(Msg::PortalAdded(ticket, added))
            }),
            Effect::Capture(..)
            | Effect::CancelCapture
            | Effect::AnswerResponse(_)
            | Effect::TakeResponse(..)
            | Effect::AddApp { .. } => self.external(effect),
            Effect::LoadSettings => {
                self.on_disk(|flow| Answer::Msg(Msg::Settings(flow.setting_rows())));
            }
            Effect::SetSetting(key, value) => self.on_disk(move |flow| {
                let changed = flow
                    .set_setting(key, value.as_deref())
                    .and_then(|settings| Ok((Box::new(settings), flow.setting_rows()?)));
                Answer::Settings(changed)
            }),
            Effect::Pin(id, pinned) => {
                self.on_disk(move |flow| Answer::Msg(Msg::Pinned(flow.pin(&id, pinned))));
            }
            Effect::KeepLook(look) => self.on_disk(move |flow| {
                flow.keep_look(look);
                None
            }),
            Effect::Forget(name) => self.on_disk(move |flow| {
                let result = flow.forget_profile(&name);
                Answer::Msg(Msg::Forgotten(name, result))
            }),
            Effect::Renew(profile) => self.spawn(async move |flow| {
                let result = flow.bounded(Box::pin(flow.renew_profile(&profile))).await;
                Answer::Msg(Msg::Renewed(profile.name, result))
            }),
            Effect::Notify(text) => {
                let settings = &self.flow.ctx().settings;
                let bell = settings.bell.unwrap_or(true);
                let notice = settings.desktop_notice.unwrap_or(false).then_some(text);
                if let Err(error) = self.screen.notify(bell, notice.as_deref()) {
                    return self.handle(Msg::Failed(no_terminal(&error)));
                }
            }
            Effect::Console(id) => {
                let permit = self.permit(&id);
                self.spawn(async move |flow| {
                    let opened = async { flow.open_console(&permit?, &Place::Home, TIMEOUT).await };
                    let result = flow.bounded(Box::pin(opened)).await;
                    Answer::Msg(Msg::Console(id, result))
                });
            }
            Effect::OpenSignInPage(url) => self
                .spawn(async move |flow| Answer::Msg(Msg::Opened(flow.open_privately(&url).await))),
            Effect::OpenCodePage(url) => self
                .spawn(async move |flow| Answer::Msg(Msg::Opened(flow.open_code_page(&url).await))),
            Effect::Copy(text) => {
                let in_tmux = self.flow.ctx().env.get("TMUX").is_some();
                if let Err(error) = self.screen.copy(&text, in_tmux) {
                    return self.handle(Msg::Failed(no_terminal(&error)));
                }
            }
            Effect::Approve(code) => {
                let allowed = self
                    .options
                    .demo
                    .as_ref()
                    .is_some_and(|demo| (demo.approve)(&code));
                tracing::info!(allowed, "the simulated sign-in was answered");
            }
        }
        Next::GoOn
    }

    /// The permit for an entry, which the reducer asked the user about where it is guarded.
    fn permit(&self, id: &EntryId) -> Result<Permit, Problem> {
        let answer = if self.state.confirmed.contains(id) {
            Confirmation::Yes
        } else {
            Confirmation::Nobody
        };
        self.flow.permit_in(&self.state.catalog, id, answer)
    }

    /// Leaves the switcher; the command that goes on with the entry does not ask again.
    fn leave(&mut self, outcome: Outcome) -> Next {
        if let Outcome::Picked(id) | Outcome::Export(id) = &outcome
            && let Err(problem) = self.permit(id)
        {
            return self.handle(Msg::Failed(problem));
        }
        Next::Leave(outcome)
    }

    /// What has to do with external accounts.
    fn external(&mut self, effect: Effect) {
        match effect {
            Effect::Capture(ticket, app) => {
                let sender = self.sender.clone();
                let cancel = self.spawn_until(async move |flow| {
                    let sink = |step| send(&sender, Answer::Msg(Msg::Capture(ticket, step)));
                    let confirm = InSwitcher {
                        sender: sender.clone(),
                        ticket,
                    };
                    let captured = Box::pin(flow.capture(&app, sink, &confirm));
                    let result = flow.bounded(captured).await;
                    Answer::Msg(Msg::Captured(ticket, result))
                });
                self.capture = Some(cancel);
            }
            Effect::CancelCapture => self.capture = None,
            Effect::AnswerResponse(yes) => {
                if let Some(answer) = self.confirming.take() {
                    // A capture that has ended meanwhile wants no answer.
                    let _ = answer.send(yes);
                }
            }
            Effect::TakeResponse(ticket, app, response) => self.on_disk(move |flow| {
                let roles = flow.take_assertion(&app, &response);
                let roles = roles.map(|assertion| assertion.app_roles());
                Answer::Msg(Msg::Captured(ticket, roles))
            }),
            Effect::AddApp { ticket, url, name } => self.on_disk(move |flow| {
                let new = NewApp {
                    url,
                    name,
                    ..NewApp::default()
                };
                Answer::Msg(Msg::AppAdded(ticket, flow.add_app(&new)))
            }),
            _ => {}
        }
    }

    /// Takes changed settings over.
    fn settings(&mut self, changed: Result<(Box<Settings>, Vec<SettingRow>), Problem>) -> Next {
        let rows = changed.map(|(settings, rows)| {
            self.theme = Theme::new(&self.flow.ctx().env, &settings);
            self.state.reduced_motion = settings.reduced_motion.unwrap_or(false);
            rows
        });
        self.handle(Msg::Settings(rows))
    }

    /// Runs a short piece of work on the disk, after those that came before it.
    fn on_disk<A: Into<Option<Answer>>>(&self, work: impl FnOnce(&Flow) -> A + Send + 'static) {
        let (flow, sender) = (self.flow.clone(), self.sender.clone());
        self.disk.add(Box::new(move || {
            Box::pin(async move {
                if let Some(answer) = work(&flow).into() {
                    send(&sender, answer);
                }
            })
        }));
    }

    /// Runs work beside the screen; its answer comes back by itself.
    fn spawn(&self, work: impl AsyncFnOnce(Flow) -> Answer + Send + 'static) {
        let (flow, sender) = (self.flow.with_own_waits(), self.sender.clone());
        self.work.add(Box::new(move || {
            Box::pin(async move { send(&sender, work(flow).await) })
        }));
    }

    /// [`Runtime::spawn`], until what is returned is dropped.
    fn spawn_until(
        &self,
        work: impl AsyncFnOnce(Flow) -> Answer + Send + 'static,
    ) -> oneshot::Sender<()> {
        let (cancel, cancelled) = oneshot::channel();
        let (flow, sender) = (self.flow.with_own_waits(), self.sender.clone());
        self.work.add(Box::new(move || {
            Box::pin(async move {
                tokio::select! {
                    biased;
                    _ = cancelled => {}
                    answer = work(flow) => send(&sender, answer),
                }
            })
        }));
        cancel
    }

    /// Leaves the screen to a subshell until it ends.
    async fn shell(&mut self, id: EntryId, variables: &Variables) -> Next {
        self.screen.leave();
        let used = id.clone();
        self.on_disk(move |flow| {
            flow.remember_use(&used);
            None
        });
        say(&format!("{}; exit to return to roledex", id.words()));
        let result = self.flow.subshell(variables).await;
        self.take_screen_again();
        self.handle(Msg::ShellEnded(id, result))
    }

    /// Stops, as the shell's job control wants it, and takes the screen again when woken.
    async fn suspend(&mut self) {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            self.screen.leave();
            let woken = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()));
            let stopped =
                rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
            if let Err(error) = stopped {
                tracing::info!(%error, "cannot suspend the process");
            }
            // The signal stops this thread a moment later, and not at all where no shell could wake us.
            if let Ok(mut woken) = woken {
                tokio::select! {
                    _ = woken.recv() => {}
                    () = tokio::time::sleep(STOP_WAIT) => {}
                }
            }
            self.take_screen_again();
        }
    }

    fn take_screen_again(&mut self) {
        // Neither message leads out of the switcher.
        let entered = self.screen.enter_again().and_then(|typed| {
            self.typed.extend(typed);
            self.screen.size()
        });
        self.resized = false;
        match entered {
            Ok((width, height)) => self.handle(Msg::Resize(width, height)),
            Err(error) => self.handle(Msg::Failed(no_terminal(&error))),
        };
    }

    /// Whether the terminal was resized since the region of it was found.
    fn is_lost(&self) -> Result<bool, Problem> {
        let other = self.screen.has_other_size();
        Ok(self.resized || other.map_err(|error| no_terminal(&error))?)
    }

    /// Finds our region of the terminal again. Nobody may be reading from it.
    fn find_again(&mut self) -> Result<(), Problem> {
        self.resized = false;
        let found = self.screen.find_again().and_then(|typed| {
            self.typed.extend(typed);
            self.screen.size()
        });
        let (width, height) = found.map_err(|error| no_terminal(&error))?;
        // The message does not lead out of the switcher.
        let _ = self.handle(Msg::Resize(width, height));
        Ok(())
    }
}

/// All events that are there already, at least one: none is lost, and a paste is one frame. Those that
/// were read before come first.
async fn all_events(before: &mut Vec<Event>, reader: &mut Reader) -> Result<Vec<Event>, Problem> {
    if !before.is_empty() {
        return Ok(std::mem::take(before));
    }
    let mut events = Vec::new();
    std::future::poll_fn(|context| {
        // The reader keeps the waker of the poll that found nothing: it has to be this one's.
        loop {
            match reader.poll(context) {
                Poll::Ready(Some(Ok(event))) => events.push(event),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(no_terminal(&error))),
                Poll::Ready(None) => {
                    let gone = Problem::new(ProblemKind::Cancelled, "the terminal was closed");
                    return Poll::Ready(Err(gone));
                }
                Poll::Pending if events.is_empty() => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Ok(std::mem::take(&mut events))),
            }
        }
    })
    .await
}

/// The receiver lives as long as the runtime.
fn send(sender: &UnboundedSender<Answer>, answer: Answer) {
    let _ = sender.send(answer);
}

fn facts(flow: &Flow) -> Result<Facts, Problem> {
    Ok(Facts {
        sessions: flow.sessions()?,
        profiles: flow.profiles()?,
        own_ends: flow.own_ends()?,
        apps: flow.apps()?,
        history: flow.history(),
    })
}

/// Waits for a signal that ends us, which from now on does no more than that; the screen is given back
/// on the way out. It counts from the call on, not from the first wait, which is behind the first frame.
#[cfg(unix)]
fn ended() -> impl Future<Output = ()> {
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
async fn ended() {
    let _ = tokio::signal::ctrl_c().await;
}
