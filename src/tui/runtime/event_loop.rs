//! The loop: draws the state, and waits for an event of the terminal, an answer of a worker, or the clock.

use std::task::Poll;
use std::time::{Duration, Instant as StdInstant};

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Answer, Next, Runtime, no_terminal};
use crate::domain::time::seconds_left;
use crate::domain::{Problem, ProblemKind};
use crate::tui::Outcome;
use crate::tui::msg::Msg;
use crate::tui::terminal::{Reader, hangup, read_together};
use crate::tui::ticker::Seconds;
use crate::tui::update::update;

/// Events of a catalog's refresh are drawn together, once in this time.
const BATCH: Duration = Duration::from_millis(200);

/// Two clicks within this time are a double-click.
const DOUBLE_CLICK: Duration = Duration::from_millis(400);

impl Runtime {
    #[expect(clippy::too_many_lines, reason = "one arm for each event")]
    pub(super) async fn turn(
        &mut self,
        mut answers: UnboundedReceiver<Answer>,
        ended: impl Future<Output = ()>,
    ) -> Result<Outcome, Problem> {
        let mut events = Reader::new();
        let mut ended = Box::pin(ended);
        let mut hangup = Box::pin(hangup());
        let mut flush_at = None;
        let mut seconds = Seconds::new();
        // `false` after an answer that changes nothing on screen yet.
        let mut is_due = true;
        loop {
            if self.is_lost()? {
                events.stop();
                self.find_again()?;
                events = Reader::new();
                is_due = true;
            }
            if std::mem::replace(&mut is_due, true) {
                self.draw()?;
            }
            let held_until = self.replies.until();
            let something_due = self.something_due();
            let next = tokio::select! {
                events = all_events(&mut self.typed, &mut events) => {
                    let events = self.replies.sort(events?, StdInstant::now());
                    self.take_background();
                    self.events(events)
                }
                () = sleep_until(held_until.map_or_else(Instant::now, Instant::from_std)), if held_until.is_some() => {
                    let events = self.replies.release(StdInstant::now());
                    self.take_background();
                    self.events(events)
                }
                Some(answer) = answers.recv() => {
                    if !matches!(answer, Answer::Catalog(_)) && flush_at.take().is_some() {
                        // They came first, and the answer may be the end of them.
                        self.take_batch();
                    }
                    match answer {
                        // Too late for it: the screen is drawn.
                        Answer::First(_) => {
                            is_due = false;
                            continue;
                        }
                        Answer::Msg(msg) => self.handle(msg),
                        Answer::Done(msg, facts) => {
                            self.facts = Some(facts);
                            let next = self.handle(msg);
                            self.facts = None;
                            next
                        }
                        Answer::Ask(question, answer) => self.ask_user(question, answer),
                        Answer::Shell(id, variables) => {
                            self.stop(events).await;
                            let next = self.shell(id, &variables).await;
                            events = Reader::new();
                            next
                        }
                        Answer::Notice(text) => {
                            self.screen.notify(&text).map_err(|error| no_terminal(&error))?;
                            Next::GoOn
                        }
                        Answer::SyncPlan(ticket, planned) => self.sync_planned(ticket, planned),
                        Answer::Settings(changed) => self.settings(changed),
                        Answer::Reread(lists, read) => self.reread(lists, read),
                        Answer::Catalog(event) => {
                            self.batch.push(event);
                            flush_at.get_or_insert_with(|| Instant::now() + BATCH);
                            is_due = false;
                            continue;
                        }
                    }
                }
                () = sleep_until(flush_at.unwrap_or_else(Instant::now)), if flush_at.is_some() => {
                    flush_at = None;
                    self.take_batch()
                }
                () = seconds.next(), if self.state.needs_ticks() => {
                    let now = self.flow.ctx().clock.now();
                    self.handle(Msg::Tick(now))
                }
                () = sleep_until(something_due.unwrap_or_else(Instant::now)), if something_due.is_some() => {
                    let now = self.flow.ctx().clock.now();
                    self.handle(Msg::Tick(now))
                }
                () = self.woken.wait() => {
                    events.stop();
                    self.reopen_screen();
                    events = Reader::new();
                    Next::GoOn
                }
                () = &mut hangup => {
                    return Err(Problem::new(ProblemKind::Cancelled, "the terminal was closed"));
                }
                () = &mut ended => {
                    return Err(Problem::new(ProblemKind::Cancelled, "ended by a signal"));
                }
            };
            match next {
                Next::GoOn => {}
                Next::Suspend => {
                    self.stop(events).await;
                    self.suspend().await;
                    events = Reader::new();
                }
                Next::Leave(outcome) => {
                    self.await_reply(&mut events).await;
                    return Ok(outcome);
                }
            }
        }
    }

    /// Draws the state, and shows it in the window's title.
    fn draw(&mut self) -> Result<(), Problem> {
        let drawn = self.screen.draw(&self.state, &self.theme);
        let shown = drawn.and_then(|()| match self.settings.title {
            Some(false) => Ok(()),
            _ => self.screen.set_title(&self.state.title()),
        });
        shown.map_err(|error| no_terminal(&error))?;
        self.handle(Msg::Drawn);
        Ok(())
    }

    /// Shows the events of listings that came since the last time.
    fn take_batch(&mut self) -> Next {
        let batch = std::mem::take(&mut self.batch);
        self.handle(Msg::Catalog(batch))
    }

    /// The next time at which a portal's sign-in ends or a profile is renewed: nothing else may wake the loop then.
    fn something_due(&self) -> Option<Instant> {
        let times = [self.state.next_sign_out(), self.state.next_renewal()];
        let next = times.into_iter().flatten().min()?;
        let left = seconds_left(self.flow.ctx().clock.now(), next).saturating_add(1);
        Instant::now().checked_add(Duration::from_secs(u64::try_from(left).unwrap_or(1)))
    }

    /// Waits for a reply of the terminal that is still due: the next program would read it as input. Keys that
    /// are typed meanwhile are kept.
    async fn await_reply(&mut self, events: &mut Reader) {
        let mut typed = Vec::new();
        while let Some(end) = self.replies.due_until() {
            let mut none = Vec::new();
            let read = all_events(&mut none, events);
            let Ok(Ok(read)) = timeout_at(Instant::from_std(end), read).await else {
                break;
            };
            typed.extend(self.replies.sort(read, StdInstant::now()));
        }
        self.typed.extend(typed);
    }

    /// Stops reading, so that another program can.
    async fn stop(&mut self, mut events: Reader) {
        self.await_reply(&mut events).await;
        events.stop();
    }

    fn events(&mut self, events: Vec<Event>) -> Next {
        let mut events = events.into_iter().peekable();
        while let Some(event) = events.next() {
            let Some(mut msg) = self.msg(event) else {
                continue;
            };
            // Letters that wait are one search. The first letter of a query changes the meaning of keys.
            let in_query = self.state.overlays.is_empty() && !self.state.picker.query.is_empty();
            if let (Msg::Text(text), true) = (&mut msg, in_query) {
                while let Some(letter) = events.peek().and_then(|event| self.letter(event)) {
                    text.push(letter);
                    events.next();
                }
            }
            match self.handle(msg) {
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

    fn msg(&mut self, event: Event) -> Option<Msg> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(&key),
            Event::Paste(text) => Some(Msg::Text(text)),
            Event::Mouse(mouse) => self.mouse(mouse),
            Event::Resize(..) if self.screen.is_inline() => {
                self.resized = true;
                None
            }
            Event::Resize(width, height) => Some(Msg::Resize { width, height }),
            Event::FocusGained => Some(Msg::Focus),
            _ => None,
        }
    }

    /// The character that a key event inserts, if it inserts one.
    fn letter(&self, event: &Event) -> Option<char> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => match (self.key(key), key.code)
            {
                (Some(Msg::Text(_)), KeyCode::Char(c)) => Some(c),
                _ => None,
            },
            _ => None,
        }
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
                    .is_some_and(|(last_y, at)| last_y == y && now - at < DOUBLE_CLICK);
                if twice {
                    return Some(Msg::DoubleClick { x, y });
                }
                self.last_click = Some((y, now));
                Some(Msg::Click { x, y })
            }
            _ => None,
        }
    }

    /// Asks the user, whose answer goes to whoever waits for it.
    fn ask_user(&mut self, question: Msg, answer: oneshot::Sender<bool>) -> Next {
        self.confirming = Some(answer);
        self.handle(question)
    }

    pub(super) fn handle(&mut self, msg: Msg) -> Next {
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
}

/// All pending events, at least one: none is lost, and a paste is one frame. Those that
/// were read before come first.
async fn all_events(before: &mut Vec<Event>, reader: &mut Reader) -> Result<Vec<Event>, Problem> {
    if !before.is_empty() {
        return Ok(std::mem::take(before));
    }
    let first = std::future::poll_fn(|context| match reader.poll(context) {
        Poll::Ready(Some(event)) => Poll::Ready(event.map_err(|error| no_terminal(&error))),
        Poll::Ready(None) => Poll::Ready(Err(Problem::new(
            ProblemKind::Cancelled,
            "the terminal was closed",
        ))),
        Poll::Pending => Poll::Pending,
    });
    let mut events = vec![first.await?];
    events.extend(read_together().map_err(|error| no_terminal(&error))?);
    Ok(events)
}
