//! Keys that were read while waiting for a terminal's answer: they cannot be given back to crossterm.
//!
//! Knows what a keyboard sends to a program that asked for nothing special, and pastes; what else
//! there may be (the mouse, the focus) is dropped.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// The marks around a paste.
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// The keys. `cooked`: they may have been typed before the terminal was in raw mode, where Enter is a
/// line feed; later that is Ctrl-J.
pub(super) fn decode(bytes: &[u8], cooked: bool) -> Vec<Event> {
    let mut events = Vec::new();
    let mut rest = bytes;
    while let Some((event, used)) = one(rest, cooked) {
        events.extend(event);
        rest = rest.get(used..).unwrap_or_default();
    }
    events
}

/// `true` if nothing is cut off at the end.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((_, used)) = one(rest, false) {
        rest = rest.get(used..).unwrap_or_default();
    }
    rest.is_empty()
}

/// The first event, if it is known, and its length. `None`: there is no more, or only a part.
fn one(bytes: &[u8], cooked: bool) -> Option<(Option<Event>, usize)> {
    let plain = |code| Some((Some(key(code, KeyModifiers::NONE)), 1));
    match bytes {
        [] => None,
        [0x1b] | [0x1b, 0x1b, ..] => plain(KeyCode::Esc),
        [0x1b, b'[', rest @ ..] => sequence(rest).map(|(event, used)| (event, used + 2)),
        [
            0x1b,
            b'O',
            last @ (b'A'..=b'D' | b'F' | b'H' | b'P'..=b'S'),
            ..,
        ] => {
            let code = letter(*last).map(|code| key(code, KeyModifiers::NONE));
            Some((code, 3))
        }
        [0x1b, rest @ ..] => one(rest, cooked).map(|(event, used)| (event.map(alt), used + 1)),
        [b'\r', ..] => plain(KeyCode::Enter),
        [b'\n', ..] if cooked => plain(KeyCode::Enter),
        [b'\t', ..] => plain(KeyCode::Tab),
        [0x7f, ..] => plain(KeyCode::Backspace),
        [0, ..] => Some((Some(key(KeyCode::Char(' '), KeyModifiers::CONTROL)), 1)),
        [byte @ ..0x20, ..] => {
            // As crossterm has them: Ctrl-A to Ctrl-Z, then Ctrl-4 to Ctrl-7.
            let c = if *byte <= 0x1a {
                byte + 0x60
            } else {
                byte + 0x18
            };
            let key = key(KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
            Some((Some(key), 1))
        }
        [first, ..] => character(*first, bytes),
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

fn alt(event: Event) -> Event {
    match event {
        Event::Key(mut key) => {
            key.modifiers |= KeyModifiers::ALT;
            Event::Key(key)
        }
        other => other,
    }
}

/// One character of UTF-8; what is none is dropped.
fn character(first: u8, bytes: &[u8]) -> Option<(Option<Event>, usize)> {
    let length = match first {
        ..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    let Some(c) = bytes.get(..length) else {
        // The rest may still come, unless what is there is none of it.
        let more = bytes.iter().skip(1).all(|byte| byte & 0xc0 == 0x80);
        return (!more).then_some((None, 1));
    };
    let Some(c) = std::str::from_utf8(c).ok().and_then(|c| c.chars().next()) else {
        return Some((None, 1));
    };
    let modifiers = if c.is_uppercase() {
        KeyModifiers::SHIFT
    } else {
        KeyModifiers::NONE
    };
    Some((Some(key(KeyCode::Char(c), modifiers)), length))
}

/// The part after `ESC [`: parameters, and a last character.
fn sequence(bytes: &[u8]) -> Option<(Option<Event>, usize)> {
    let at = bytes.iter().position(|byte| !matches!(byte, 0x20..=0x3f))?;
    let (head, last) = (bytes.get(..at)?, *bytes.get(at)?);
    let parameters = std::str::from_utf8(head).unwrap_or_default();
    let mut numbers = parameters
        .split(';')
        .map(|number| number.parse().unwrap_or(1_u8));
    let (first, second) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(1));
    if (first, last) == (200, b'~') {
        return paste(bytes.get(at + 1..)?).map(|(event, used)| (Some(event), at + 1 + used));
    }
    let code = match last {
        b'~' => numbered(first),
        b'Z' => Some(KeyCode::BackTab),
        // A second answer; F3 is said in other ways.
        b'R' => None,
        last => letter(last),
    };
    let bits = second.saturating_sub(1);
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
    ] {
        modifiers.set(modifier, bits & bit != 0 || (last == b'Z' && bit == 1));
    }
    Some((code.map(|code| key(code, modifiers)), at + 1))
}

fn letter(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

fn numbered(number: u8) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23 | 24 => KeyCode::F(number - 12),
        _ => return None,
    })
}

/// Pasted text, up to its end.
fn paste(bytes: &[u8]) -> Option<(Event, usize)> {
    let end = bytes
        .windows(PASTE_ENDS.len())
        .position(|window| window == PASTE_ENDS)?;
    let text = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
    Some((Event::Paste(text), end + PASTE_ENDS.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> Vec<String> {
        decode(bytes, false)
            .into_iter()
            .map(|event| match event {
                Event::Key(KeyEvent {
                    code, modifiers, ..
                }) if modifiers.is_empty() => code.to_string(),
                Event::Key(KeyEvent {
                    code, modifiers, ..
                }) => format!("{modifiers}-{code}"),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn what_a_keyboard_sends() {
        assert_eq!(typed("pö東👍".as_bytes()), ["p", "ö", "東", "👍"]);
        assert_eq!(
            typed(b"A\x0b\x01 \r\n\x7f\t"),
            [
                "Shift-A",
                "Control-k",
                "Control-a",
                "Space",
                "Enter",
                "Control-j",
                "Backspace",
                "Tab"
            ]
        );
        assert_eq!(decode(b"\n", true), decode(b"\r", false));
        assert_eq!(
            typed(b"\x1b[A\x1bOB\x1b[1;5C\x1b[3~\x1b[Z\x1bOP\x1b[15~\x1b[6;2~"),
            [
                "Up",
                "Down",
                "Control-Right",
                "Del",
                "Shift-Back Tab",
                "F1",
                "F5",
                "Shift-Page Down"
            ]
        );
        assert_eq!(typed(b"\x1ba\x1b1\x1b"), ["Alt-a", "Alt-1", "Esc"]);
        assert_eq!(typed(b"\x1b\x1b[A"), ["Esc", "Up"]);
    }

    #[test]
    fn a_paste_is_one_and_the_mouse_is_none() {
        assert_eq!(
            typed(b"a\x1b[200~x\ry\x1b[201~b"),
            ["a", "Paste(\"x\\ry\")", "b"]
        );
        assert_eq!(typed(b"\x1b[<0;5;5M\x1b[<0;5;5m\x1b[7;8Rz"), ["z"]);
        assert_eq!(typed(b"\xff\xfea\xe6z"), ["a", "z"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_cut_off_is_seen() {
        for whole in [
            &b""[..],
            b"a",
            b"\x1b",
            b"\x1b[A",
            b"\x1b[200~x\x1b[201~",
            b"\xffa",
            b"\xe6z",
        ] {
            assert!(is_whole(whole), "{whole:?}");
        }
        for part in [
            &b"\xe6\x9d"[..],
            b"a\x1b[",
            b"\x1b[1;5",
            b"\x1b[200~ab",
            b"\x1b[200~ab\x1b[20",
        ] {
            assert!(!is_whole(part), "{part:?}");
        }
    }
}
