//! Text that is too long for its field: the part around the cursor is shown.

use super::*;

const LONG: &str =
    "https://example.com/start/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789";

/// The cells of the row with the cursor, and the cursor's column.
fn row_of_cursor(state: &State) -> (Vec<String>, usize) {
    let (buffer, cursor) = sample::drawn(state, &theme(&[]));
    let cursor = cursor.unwrap();
    let row = 0..buffer.area.width;
    let row = row.map(|x| buffer[(x, cursor.y)].symbol().to_owned());
    (row.collect(), usize::from(cursor.x))
}

#[test]
fn a_field_shows_what_is_typed_at_its_cursor() {
    let editing = || key(changing_settings(), &[Action::Last, Action::Accept]);
    let fields: [(&str, State); 6] = [
        ("list", sample::loaded()),
        ("help", key(sample::loaded(), &[Action::Help])),
        ("portal", key(sample::loaded(), &[Action::AddPortal])),
        ("app", key(sample::loaded(), &[Action::AddApp])),
        ("regions", choosing_region()),
        ("settings", editing()),
    ];
    for (name, mut state) in fields {
        state.size = (60, 16);
        let state = typed(state, LONG);
        let before_cursor = |state: &State| {
            let (row, x) = row_of_cursor(state);
            row[..x].concat()
        };
        let (row, x) = row_of_cursor(&state);
        assert!(row[..x].concat().ends_with("456789"), "{name}: {row:?}");
        // In its middle.
        let mut state = key(state, &[Action::CursorLeft; 53]);
        assert!(before_cursor(&state).ends_with("3456789/0"), "{name}");
        let (row, x) = row_of_cursor(&state);
        assert!(row[x..].concat().starts_with("12345678"), "{name}");
        // At its start.
        state = typed(key(state, &[Action::LineStart]), "ABC");
        assert!(before_cursor(&state).ends_with("ABC"), "{name}");
        let (row, x) = row_of_cursor(&state);
        assert!(row[x..].concat().starts_with("https:"), "{name}");
    }
}

#[test]
fn the_roles_of_groups_are_those_of_the_list() {
    let mut state = key(sample::external(), &[Action::Group; 2]);
    let screen = text(&frame(&mut state, (100, 30), &theme(&[])));
    let heads = screen.lines().filter(|line| line.contains('\u{25be}'));
    let roles = heads.map(|line| {
        let (before, _) = line.split_once(" role").unwrap_or(("0", ""));
        let number = before.rsplit(' ').next().unwrap();
        number.parse::<usize>().unwrap()
    });
    let rows = state.rows_from(0);
    let entries = rows.filter(|row| row.id().is_some()).count();
    assert_eq!(roles.sum::<usize>(), entries, "{screen}");
}
