//! Filters the terminal's reply to the query for its background color (OSC 11) out of the keys.
//!
//! The reply may come late, in parts, or never, and crossterm reads it as keys: `Alt-]` and characters. Keys
//! that may be the start of a reply are held back until they turn out to be one or not.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyModifiers};

use super::sequences::{Sequences, pressed};

/// The time that keys are held back which may begin a reply: a single Escape, `Alt-]`.
const HOLD: Duration = Duration::from_millis(100);

/// The time from a query within which terminals reply.
const TIMEOUT: Duration = Duration::from_millis(500);

/// The same over a network.
const REMOTE_TIMEOUT: Duration = Duration::from_secs(1);

/// The time after which no reply is expected any more, and an Escape is only a key.
const LATEST: Duration = Duration::from_secs(5);

/// The query. The reply ends with the same terminator, here one byte.
pub(super) const QUERY: &str = "\x1b]11;?\x07";

/// The start of a reply.
const START: &str = "11;rgb";

/// The maximum length of a reply.
const MAX_LENGTH: usize = 32;

/// Separates keys from replies.
#[derive(Debug, Default)]
pub(in crate::tui) struct Replies {
    /// The step before this one, which puts keys together.
    sequences: Sequences,
    /// `true` if the terminal is at the other end of a network.
    is_remote: bool,
    /// Replies that are still due.
    due: usize,
    /// The time of the last query.
    asked_at: Option<Instant>,
    part: Part,
    /// The text of the reply so far.
    text: String,
    /// The events of that text.
    held: Vec<Event>,
    /// The time of the last event held.
    since: Option<Instant>,
    /// Red, green and blue of the last reply.
    background: Option<[u8; 3]>,
}

/// Progress of a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    None,
    /// An Escape.
    Escape,
    /// `ESC ]` and what follows.
    Text,
    /// The Escape of `ESC \`.
    End,
}

impl Replies {
    /// The replies of a terminal, which may be at the other end of a network.
    pub(in crate::tui) fn new(is_remote: bool) -> Self {
        Self {
            is_remote,
            ..Self::default()
        }
    }

    /// Records that the query was sent.
    pub(in crate::tui) fn asked(&mut self, now: Instant) {
        self.due += 1;
        self.asked_at = Some(now);
    }

    /// The time until which a reply is worth waiting for before another program reads from the terminal;
    /// `None` if none is due.
    pub(in crate::tui) fn due_until(&self) -> Option<Instant> {
        let timeout = if self.is_remote {
            REMOTE_TIMEOUT
        } else {
            TIMEOUT
        };
        self.asked_at
            .filter(|_| self.due > 0)
            .map(|asked_at| asked_at + timeout)
    }

    /// Takes the background color of a new reply.
    pub(in crate::tui) fn take_background(&mut self) -> Option<[u8; 3]> {
        self.background.take()
    }

    /// Takes in events and returns the user's own.
    pub(in crate::tui) fn sort(&mut self, events: Vec<Event>, now: Instant) -> Vec<Event> {
        let events = self.sequences.join(events, now);
        self.separate(events, now)
    }

    fn separate(&mut self, events: Vec<Event>, now: Instant) -> Vec<Event> {
        let is_late = self.asked_at.is_some_and(|asked| asked + LATEST <= now);
        if is_late && self.part == Part::None {
            self.due = 0;
        }
        if self.due == 0 {
            return events;
        }
        let mut out = Vec::new();
        for event in events {
            self.one(event, now, &mut out);
        }
        out
    }

    /// The time until which keys are held back.
    pub(in crate::tui) fn until(&self) -> Option<Instant> {
        let times = [self.sequences.until(), self.part_until()];
        times.into_iter().flatten().min()
    }

    fn part_until(&self) -> Option<Instant> {
        let may_be_typed = match self.part {
            Part::None => false,
            Part::Escape | Part::End => true,
            Part::Text => !self.is_certain(),
        };
        self.since
            .filter(|_| may_be_typed)
            .map(|since| since + HOLD)
    }

    /// Returns the keys that were held back in vain, until now.
    pub(in crate::tui) fn release(&mut self, now: Instant) -> Vec<Event> {
        let is_over = |until: Option<Instant>| until.is_some_and(|until| until <= now);
        let mut out = Vec::new();
        if is_over(self.part_until()) {
            self.give_up(&mut out);
        }
        if is_over(self.sequences.until()) {
            let keys = self.sequences.release();
            out.extend(self.separate(keys, now));
        }
        out
    }

    fn one(&mut self, event: Event, now: Instant, out: &mut Vec<Event>) {
        // Those of the mouse, pastes and resizes come in between.
        let Some((code, modifiers)) = pressed(&event) else {
            return out.push(event);
        };
        let is_alt = modifiers == KeyModifiers::ALT;
        let is_plain = (modifiers - KeyModifiers::SHIFT).is_empty();
        match (self.part, code) {
            (Part::None, KeyCode::Esc) if self.due > 0 && modifiers.is_empty() => {
                self.part = Part::Escape;
            }
            (Part::None, KeyCode::Char(']')) if self.due > 0 && is_alt => self.part = Part::Text,
            (Part::Escape, KeyCode::Char(']')) if is_plain => self.part = Part::Text,
            (Part::Text, KeyCode::Char(c)) if is_plain && self.goes_on_with(c) => {
                self.text.push(c);
            }
            (Part::Text, KeyCode::Char('g'))
                if modifiers == KeyModifiers::CONTROL && self.is_certain() =>
            {
                return self.end();
            }
            (Part::Text, KeyCode::Char('\\')) if is_alt && self.is_certain() => return self.end(),
            (Part::Text, KeyCode::Esc) if self.is_certain() => self.part = Part::End,
            (Part::End, KeyCode::Char('\\')) if is_plain => return self.end(),
            (Part::None, _) => return out.push(event),
            _ => {
                self.give_up(out);
                return self.one(event, now, out);
            }
        }
        self.held.push(event);
        self.since = Some(now);
    }

    /// `true` if the text can only be a reply.
    fn is_certain(&self) -> bool {
        self.text.len() >= START.len()
    }

    fn goes_on_with(&self, c: char) -> bool {
        match START.chars().nth(self.text.len()) {
            Some(wanted) => c == wanted,
            // The `a` of `rgba` is a hexadecimal digit.
            None => self.text.len() < MAX_LENGTH && (c.is_ascii_hexdigit() || ":/".contains(c)),
        }
    }

    /// The reply is complete.
    fn end(&mut self) {
        self.background = background(&self.text).or(self.background);
        self.due = self.due.saturating_sub(1);
        self.forget();
    }

    /// The held keys are not a reply, or its end is missing.
    fn give_up(&mut self, out: &mut Vec<Event>) {
        if self.is_certain() {
            return self.end();
        }
        out.append(&mut self.held);
        self.forget();
    }

    fn forget(&mut self) {
        self.part = Part::None;
        self.text.clear();
        self.held.clear();
        self.since = None;
    }
}

/// `11;rgb:1a1a/1d1d/2323`, with one to four digits a part, or `rgba` with a fourth part.
fn background(said: &str) -> Option<[u8; 3]> {
    let (_, color) = said.split_once(':')?;
    let mut parts = color.split('/').map(|part| {
        let most = 16_u32.checked_pow(u32::try_from(part.len()).ok()?)? - 1;
        let value = u32::from_str_radix(part, 16).ok()?;
        u8::try_from(value.checked_mul(255)?.checked_div(most)?).ok()
    });
    Some([parts.next()??, parts.next()??, parts.next()??])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::terminal::pending_input::decode;

    /// The user's keys in these reads, and the background.
    fn sorted(reads: &[&str]) -> (Vec<Event>, Option<[u8; 3]>) {
        let mut replies = Replies::default();
        replies.asked(Instant::now());
        let mut out = Vec::new();
        for read in reads {
            out.extend(replies.sort(decode(read.as_bytes(), false), Instant::now()));
        }
        while let Some(until) = replies.until() {
            out.extend(replies.release(until));
        }
        (out, replies.take_background())
    }

    fn keys(text: &str) -> Vec<Event> {
        decode(text.as_bytes(), false)
    }

    #[test]
    fn an_answer_is_swallowed_wherever_it_is_split() {
        for end in ["\x07", "\x1b\\"] {
            let answer = format!("\x1b]11;rgb:1a1a/1d1d/2323{end}");
            for at in 0..=answer.len() {
                let (first, rest) = answer.split_at(at);
                let (typed, background) = sorted(&["pa", first, rest, "y"]);
                assert_eq!(typed, keys("pay"), "{answer:?} at {at}");
                assert_eq!(background, Some([0x1a, 0x1d, 0x23]));
            }
            let bytes: Vec<String> = answer.chars().map(String::from).collect();
            let bytes: Vec<&str> = bytes.iter().map(String::as_str).collect();
            assert_eq!(sorted(&bytes).0, []);
        }
    }

    #[test]
    fn keys_are_the_users() {
        for typed in [
            "\x1b",
            "\x1b]",
            "\x1b]1x",
            "\x1b]11;rx",
            "a\x1b[A\x07",
            "\x1b\x1b",
        ] {
            assert_eq!(sorted(&[typed]), (keys(typed), None), "{typed:?}");
        }
        let mut replies = Replies::default();
        let answer = keys("\x1b]11;rgb:0/0/0\x07");
        let nobody_asked = replies.sort(answer.clone(), Instant::now());
        assert_eq!(nobody_asked, answer);
    }

    #[test]
    fn a_terminal_that_does_not_reply_delays_no_escape_for_ever() {
        let mut replies = Replies::default();
        let asked = Instant::now();
        replies.asked(asked);
        let escape = keys("\x1b");
        let press = |replies: &mut Replies, at: Instant| {
            let mut keys = replies.sort(escape.clone(), at);
            let held = replies.sequences.until();
            keys.extend(held.map(|until| replies.release(until)).unwrap_or_default());
            keys
        };
        assert_eq!(press(&mut replies, asked), [], "it may begin the reply");
        assert_eq!(replies.release(asked + LATEST), escape);
        assert_eq!(press(&mut replies, asked + LATEST), escape);
    }

    #[test]
    fn grounds_in_every_form() {
        for (said, wanted) in [
            ("11;rgb:ffff/ffff/ffff", Some([255, 255, 255])),
            ("11;rgb:f/8/0", Some([255, 136, 0])),
            ("11;rgb:80/00/ff", Some([128, 0, 255])),
            ("11;rgba:0000/0000/0000/ffff", Some([0, 0, 0])),
            ("11;rgb:12/34", None),
            ("11;rgb:/12/34", None),
            ("11;rgb", None),
        ] {
            assert_eq!(background(said), wanted, "{said}");
        }
    }
}
