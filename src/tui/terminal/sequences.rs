//! Puts together the sequence of a key that arrives in parts, as it may over a slow connection: crossterm takes an
//! Escape that comes alone for the key of that name, and the rest for letters.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::pending_input::{decode, is_whole};

/// The time that an Escape is held back. Nobody types the rest of a sequence as quickly.
const HOLD: Duration = Duration::from_millis(100);

/// The start of a paste. crossterm drops its end, if it has not seen the start.
const PASTE: &str = "\x1b[200~";

/// The maximum length of a sequence.
const MAX_LENGTH: usize = 32;

/// Events that may belong together.
#[derive(Debug, Default)]
pub(super) struct Sequences {
    /// The events of a sequence so far, the Escape first.
    held: Vec<Event>,
    /// Their text.
    text: String,
    /// The text of a paste so far. It ends when nothing more comes.
    paste: Option<String>,
    /// The time of the last event held.
    since: Option<Instant>,
}

impl Sequences {
    /// Takes in events, and returns those that are complete.
    pub(super) fn join(&mut self, events: Vec<Event>, now: Instant) -> Vec<Event> {
        let is_idle = self.since.is_none();
        // Windows sends keys, not sequences.
        if cfg!(windows) || (is_idle && !events.iter().any(is_escape)) {
            return events;
        }
        let mut out = Vec::new();
        for event in events {
            self.one(event, &mut out);
        }
        let holds = !self.held.is_empty() || self.paste.is_some();
        self.since = holds.then_some(now);
        out
    }

    /// The time until which events are held back.
    pub(super) fn until(&self) -> Option<Instant> {
        self.since.map(|since| since + HOLD)
    }

    /// Returns what was held back: nothing more belongs to it.
    pub(super) fn release(&mut self) -> Vec<Event> {
        let mut out = Vec::new();
        self.give_up(&mut out);
        self.since = None;
        out
    }

    fn one(&mut self, event: Event, out: &mut Vec<Event>) {
        // Those of the mouse and resizes come in between.
        if !matches!(event, Event::Key(_)) {
            return out.push(event);
        }
        if let (Some(paste), Some(c)) = (&mut self.paste, pasted(&event)) {
            return paste.push(c);
        }
        match letter(&event) {
            Some(c) if !self.held.is_empty() => {
                self.held.push(event);
                self.text.push(c);
                self.look(out);
            }
            _ => {
                self.give_up(out);
                if is_escape(&event) {
                    self.held.push(event);
                    self.text.push('\x1b');
                } else {
                    out.push(event);
                }
            }
        }
    }

    /// Looks whether the sequence is complete.
    fn look(&mut self, out: &mut Vec<Event>) {
        let text = std::mem::take(&mut self.text);
        if text == PASTE {
            self.held.clear();
            self.paste = Some(String::new());
        } else if text != "\x1bO" && is_whole(text.as_bytes()) {
            self.held.clear();
            out.extend(decode(text.as_bytes(), false));
        } else {
            self.text = text;
            if self.held.len() > MAX_LENGTH {
                self.give_up(out);
            }
        }
    }

    fn give_up(&mut self, out: &mut Vec<Event>) {
        out.extend(self.paste.take().map(Event::Paste));
        out.append(&mut self.held);
        self.text.clear();
    }
}

fn is_escape(event: &Event) -> bool {
    pressed(event) == Some((KeyCode::Esc, KeyModifiers::NONE))
}

/// The character of a key that can be a part of a sequence.
fn letter(event: &Event) -> Option<char> {
    match pressed(event) {
        Some((KeyCode::Char(c), modifiers)) if (modifiers - KeyModifiers::SHIFT).is_empty() => {
            Some(c)
        }
        _ => None,
    }
}

/// The character of a key that can be a part of a paste.
fn pasted(event: &Event) -> Option<char> {
    match pressed(event)? {
        (KeyCode::Enter, _) => Some('\r'),
        (KeyCode::Tab, _) => Some('\t'),
        (KeyCode::Char('j'), KeyModifiers::CONTROL) => Some('\n'),
        _ => letter(event),
    }
}

/// The key of an event that presses one.
pub(super) fn pressed(event: &Event) -> Option<(KeyCode, KeyModifiers)> {
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// The keys of bytes, as crossterm reads them after an Escape that came alone.
    fn keys(text: &str) -> Vec<Event> {
        text.bytes()
            .flat_map(|byte| decode(&[byte], false))
            .collect()
    }

    fn whole(text: &str) -> Vec<Event> {
        decode(text.as_bytes(), false)
    }

    #[test]
    fn a_sequence_in_parts_is_one_key() {
        let now = Instant::now();
        for sequence in [
            "\x1b[B",
            "\x1bOP",
            "\x1b[15~",
            "\x1b[1;5C",
            "\x1bf",
            "\x1b[Z",
        ] {
            for at in 1..sequence.len() {
                let (first, rest) = sequence.split_at(at);
                let mut sequences = Sequences::default();
                let mut out = sequences.join(keys(first), now);
                assert_eq!(out, [], "{sequence:?} at {at}");
                assert_eq!(sequences.until(), Some(now + HOLD));
                out.extend(sequences.join(keys(rest), now));
                assert_eq!(out, whole(sequence), "{sequence:?} at {at}");
                assert_eq!(sequences.until(), None);
            }
        }
    }

    #[test]
    fn an_escape_alone_is_the_key() {
        let now = Instant::now();
        let mut sequences = Sequences::default();
        assert_eq!(sequences.join(keys("\x1b"), now), []);
        assert_eq!(sequences.release(), keys("\x1b"));
        assert_eq!(sequences.until(), None);
        // Two of them, and a key that begins no sequence.
        assert_eq!(sequences.join(keys("\x1b\x1b"), now), keys("\x1b"));
        assert_eq!(sequences.join(keys("\r"), now), keys("\x1b\r"));
        // Other keys are not held back.
        assert_eq!(sequences.join(keys("[B"), now), keys("[B"));
        assert_eq!(sequences.until(), None);
        // The mouse does not end it.
        let resize = Event::Resize(80, 24);
        let events = vec![keys("\x1b").remove(0), resize.clone()];
        assert_eq!(sequences.join(events, now), [resize]);
        assert_eq!(sequences.join(keys("[A"), now), whole("\x1b[A"));
    }

    #[test]
    fn a_paste_whose_start_is_in_parts_is_one() {
        let now = Instant::now();
        let mut sequences = Sequences::default();
        assert_eq!(sequences.join(keys("\x1b"), now), []);
        assert_eq!(sequences.join(keys("[200~one"), now), []);
        assert_eq!(sequences.join(keys("\rtwo"), now), []);
        assert_eq!(sequences.release(), [Event::Paste("one\rtwo".to_owned())]);
    }

    #[test]
    fn what_never_ends_is_given_up() {
        let mut sequences = Sequences::default();
        let endless = format!("\x1b[{}", "1;".repeat(MAX_LENGTH));
        let out = sequences.join(keys(&endless), Instant::now());
        assert_eq!(out.len(), endless.len());
        assert_eq!(sequences.until(), None);
    }
}
