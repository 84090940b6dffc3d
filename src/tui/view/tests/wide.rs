//! Names of every script and shape: each column is where it should be, in ratatui's cells and in a
//! terminal that reads what is written.

use ratatui::backend::{Backend, CrosstermBackend};

use super::*;
use crate::domain::profile::{ManagedProfile, Mode};
use crate::domain::text::{is_unsafe, width};
use crate::tui::layout::regions;

const NAMES: [(&str, &str); 10] = [
    ("600000000001", "plain"),
    ("600000000002", "東京リージョンの本番環境、とても長い名前"),
    ("600000000003", "e\u{301}cole Zażółć gęślą jaźń n\u{303}"),
    (
        "600000000004",
        "👨\u{200d}👩\u{200d}👧\u{200d}👦 family 👩\u{200d}🚀 👍🏽 🇯🇵🇩🇪",
    ),
    ("600000000005", "한국어 계정 ｶﾀｶﾅ"),
    ("600000000006", "bidi \u{202e}gnp.exe\u{2066} עברית العربية"),
    ("600000000007", "हिन्दी खाता ไทย น้ำ"),
    (
        "600000000008",
        "zero\u{200b}width\u{feff} tab\there ❤\u{fe0f} ☎\u{fe0f}",
    ),
    (
        "600000000009",
        "a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306} zalgo",
    ),
    ("600000000010", "１２３　ＦＵＬＬ　ＷＩＤＴＨ"),
];

/// All of them with a countdown, in a portal whose name is wide, too.
fn many() -> State {
    let mut state = sample::empty();
    let accounts: Vec<(&str, &str, &[&str])> = NAMES
        .iter()
        .map(|(id, name)| (*id, *name, &["管理者👍🏽Administrator\u{301}Access"][..]))
        .collect();
    update(
        &mut state,
        Msg::Catalog(sample::listing("東京acme", &accounts)),
    );
    let items = state.catalog.items();
    let entries = items.iter().filter_map(|item| match item {
        crate::domain::Item::Entry(entry) => Some(entry.id.clone()),
        crate::domain::Item::Gap(_) => None,
    });
    let profiles = entries
        .map(|entry| ManagedProfile {
            is_main: true,
            is_region_assumed: false,
            obtained_at: None,
            name: format!("{}-{}", entry.role, entry.account),
            entry,
            mode: Mode::Sso,
            expires_at: Some(sample::at(3_541)),
            region: None,
        })
        .collect();
    let facts = Facts {
        sessions: vec![
            sample::session("東京acme", true),
            sample::session("other", true),
        ],
        profiles,
        ..Facts::default()
    };
    update(&mut state, Msg::Facts(Ok(facts)));
    state.refreshing.clear();
    state
}

/// No wide character hangs over the edge, and nothing that acts on a terminal is there.
fn assert_whole(buffer: &Buffer) {
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            assert!(!symbol.chars().any(is_unsafe), "{symbol:?}");
            x += u16::try_from(width(symbol).max(1)).unwrap();
        }
        assert_eq!(x, buffer.area.width, "row {y}:\n{}", text(buffer));
    }
}

/// The left edge of a dialog is visible, also over half of a wide character.
fn assert_framed(buffer: &Buffer) {
    let corner = |symbol: &str| {
        let places = buffer.area.positions();
        let found = places
            .into_iter()
            .find(|place| buffer[*place].symbol() == symbol);
        found.unwrap_or_else(|| panic!("{}", text(buffer)))
    };
    let (top, bottom) = (corner("╭"), corner("╰"));
    for y in top.y..=bottom.y {
        let mut x = 0;
        while x < top.x {
            x += u16::try_from(width(buffer[(x, y)].symbol()).max(1)).unwrap();
        }
        assert_eq!(x, top.x, "row {y}:\n{}", text(buffer));
    }
}

/// A terminal shows every letter in the column where it was put.
fn assert_same_in_a_terminal(buffer: &Buffer) {
    let mut bytes = Vec::new();
    let area = buffer.area;
    let empty = Buffer::empty(area);
    CrosstermBackend::new(&mut bytes)
        .draw(empty.diff(buffer).into_iter())
        .unwrap();
    let size = |count: u16| std::num::NonZeroU16::new(count).unwrap();
    let mut parser = vt100::Parser::new(size(area.height), size(area.width), 0);
    parser.process(&bytes);
    for y in 0..area.height {
        let mut x = 0;
        while x < area.width {
            let symbol = buffer[(x, y)].symbol();
            let cell = parser.screen().cell(y, x).unwrap();
            if symbol.is_ascii() || symbol == "│" {
                let there = if cell.has_contents() {
                    cell.contents()
                } else {
                    " "
                };
                assert_eq!(there, symbol, "{x},{y}:\n{}", text(buffer));
            }
            x += u16::try_from(width(symbol).max(1)).unwrap();
        }
    }
}

#[test]
fn every_column_is_in_its_place() {
    for inline in [false, true] {
        for size in SIZES {
            let mut state = many();
            state.inline = inline;
            let buffer = frame(&mut state, size, &theme(&[]));
            assert_whole(&buffer);
            assert_same_in_a_terminal(&buffer);
            let regions = regions(&state);
            let (list, details) = (regions.list, regions.details);
            let rows = list.height.min(u16::try_from(NAMES.len()).unwrap());
            for y in list.y..list.y + rows {
                let end: String = (list.width - 6..list.width)
                    .map(|x| buffer[(x, y)].symbol())
                    .collect();
                assert_eq!(end, "59:01 ", "{}", text(&buffer));
            }
            for y in details.y..details.y + details.height {
                assert!(details.width == 0 || buffer[(details.x, y)].symbol() == "│");
            }
        }
    }
}

#[test]
fn every_screen_is_whole_with_what_is_typed_in_it() {
    let typed_text = "東京e\u{301}👨\u{200d}👩\u{200d}👧 🇯🇵 한국 ".repeat(6);
    for actions in [
        &[][..],
        &[Action::Help],
        &[Action::Portals, Action::Edit],
        &[Action::Region],
        &[Action::AddPortal],
        &[Action::AddApp],
    ] {
        for size in SIZES {
            for text in ["東京", &typed_text] {
                let mut state = typed(key(many(), actions), text);
                update(
                    &mut state,
                    Msg::Resize {
                        width: size.0,
                        height: size.1,
                    },
                );
                let (buffer, cursor) = sample::drawn(&state, &theme(&[]));
                assert_whole(&buffer);
                assert_same_in_a_terminal(&buffer);
                if !actions.is_empty() {
                    assert_framed(&buffer);
                }
                // The cursor is after the text: on a blank, or on what is beside it.
                let cursor = cursor.unwrap();
                assert!(cursor.x < size.0 && cursor.y < size.1, "{cursor:?}");
                if text == "東京" {
                    let before = buffer[(cursor.x - 2, cursor.y)].symbol();
                    assert_eq!(before, "京", "{actions:?} {size:?}");
                }
                assert_eq!(
                    buffer[(cursor.x, cursor.y)].symbol(),
                    " ",
                    "{actions:?} {size:?}"
                );
            }
        }
    }
}
