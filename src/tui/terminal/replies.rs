//! The terminal's answer to the question for its ground (OSC 11), taken out of the keys.
//!
//! Nobody waits for it: it may come late, in parts, or never, and crossterm makes keys of it, `Alt-]` and
//! characters. Whatever may still become an answer is held back, and given to the user where it does not.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// How long keys are held back that an answer may begin with: an Escape that stands alone, `Alt-]`.
const HOLD: Duration = Duration::from_millis(100);

/// Asks for the ground. The answer ends as the question does, and this end is one byte.
pub(super) const QUESTION: &str = "\x1b]11;?\x07";

/// How an answer begins.
const START: &str = "11;rgb";

/// No answer is longer.
const LONGEST: usize = 32;

/// Sorts the keys from the answers.
#[derive(Debug, Default)]
pub(in crate::tui) struct Replies {
    /// Answers that are still due.
    due: usize,
    part: Part,
    /// What the answer says so far.
    said: String,
    /// The events that it was made of, and since when they are held back.
    held: Vec<Event>,
    since: Option<Instant>,
    /// Red, green and blue of the ground, as the last answer has them.
    ground: Option<[u8; 3]>,
}

/// How far an answer has come.
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
    /// A question was asked.
    pub(in crate::tui) fn asked(&mut self) {
        self.due += 1;
    }

    /// The ground, where a new answer says it.
    pub(in crate::tui) fn take_ground(&mut self) -> Option<[u8; 3]> {
        self.ground.take()
    }

    /// Takes in events, and returns those that are the user's.
    pub(in crate::tui) fn sort(&mut self, events: Vec<Event>, now: Instant) -> Vec<Event> {
        if self.due == 0 {
            return events;
        }
        let mut out = Vec::new();
        for event in events {
            self.one(event, now, &mut out);
        }
        out
    }

    /// Until when something is held back.
    pub(in crate::tui) fn until(&self) -> Option<Instant> {
        let may_be_typed = match self.part {
            Part::None => false,
            Part::Escape | Part::End => true,
            Part::Text => !self.is_certain(),
        };
        self.since
            .filter(|_| may_be_typed)
            .map(|since| since + HOLD)
    }

    /// Gives back what was held too long.
    pub(in crate::tui) fn release(&mut self) -> Vec<Event> {
        let mut out = Vec::new();
        self.give_up(&mut out);
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
                self.said.push(c);
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

    /// Whether nobody types that.
    fn is_certain(&self) -> bool {
        self.said.len() >= START.len()
    }

    fn goes_on_with(&self, c: char) -> bool {
        match START.chars().nth(self.said.len()) {
            Some(wanted) => c == wanted,
            // The `a` of `rgba` is a hexadecimal digit.
            None => self.said.len() < LONGEST && (c.is_ascii_hexdigit() || ":/".contains(c)),
        }
    }

    /// The answer is whole.
    fn end(&mut self) {
        self.ground = ground(&self.said).or(self.ground);
        self.due = self.due.saturating_sub(1);
        self.forget();
    }

    /// What is held is no answer, or the end of one is missing.
    fn give_up(&mut self, out: &mut Vec<Event>) {
        if self.is_certain() {
            return self.end();
        }
        out.append(&mut self.held);
        self.forget();
    }

    fn forget(&mut self) {
        self.part = Part::None;
        self.said.clear();
        self.held.clear();
        self.since = None;
    }
}

fn pressed(event: &Event) -> Option<(KeyCode, KeyModifiers)> {
    match event {
        Event::Key(KeyEvent {
            code,
            modifiers,
            kind: KeyEventKind::Press,
            ..
        }) => Some((*code, *modifiers)),
        _ => None,
    }
}

/// `11;rgb:1a1a/1d1d/2323`, with one to four digits a part, or `rgba` with a fourth part.
fn ground(said: &str) -> Option<[u8; 3]> {
    let (_, colour) = said.split_once(':')?;
    let mut parts = colour.split('/').map(|part| {
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

    /// What is left of these reads for the user, and the ground.
    fn sorted(reads: &[&str]) -> (Vec<Event>, Option<[u8; 3]>) {
        let mut replies = Replies::default();
        replies.asked();
        let mut out = Vec::new();
        for read in reads {
            out.extend(replies.sort(decode(read.as_bytes(), false), Instant::now()));
        }
        if replies.until().is_some() {
            out.extend(replies.release());
        }
        (out, replies.take_ground())
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
                let (typed, ground) = sorted(&["pa", first, rest, "y"]);
                assert_eq!(typed, keys("pay"), "{answer:?} at {at}");
                assert_eq!(ground, Some([0x1a, 0x1d, 0x23]));
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
            assert_eq!(ground(said), wanted, "{said}");
        }
    }
}
