//! The list without rows: why it is empty, and the key that helps.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::keymap::Context;
use crate::tui::screens::picker::View;
use crate::tui::state::State;
use crate::tui::text::{line, number, wrap};
use crate::tui::theme::Theme;

/// Draws why the list is empty, and the key that helps.
pub(super) fn empty(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    // The keys of the list, also below a dialog.
    let contexts = [Context::Picker, Context::Global];
    let key = |action| {
        let key = state.keymap.key_for(&contexts, action);
        key.unwrap_or_default()
    };
    let (title, hint) = if !state.loaded {
        ("loading".to_owned(), String::new())
    } else if !state.picker.query.is_empty() && !state.picker.rows.is_empty() {
        nothing_matches(state, key)
    } else if state.picker.view != View::All {
        let (what, how) = match state.picker.view {
            View::Active => (
                "no active profiles yet",
                "use an entry to create one".to_owned(),
            ),
            View::Pinned => (
                "no pinned entries yet",
                format!("{} pins an entry", key(Action::Pin)),
            ),
            View::Profiles => (
                "no profiles of your own",
                "profiles in ~/.aws that roledex did not write appear here".to_owned(),
            ),
            View::External => (
                "no external accounts",
                format!("{} adds one with its link", key(Action::AddApp)),
            ),
            View::All | View::Organizations => (
                "no organization accounts",
                format!("{} adds a portal", key(Action::AddPortal)),
            ),
        };
        let next = format!("{how}; {} shows the next view", key(Action::NextView));
        (what.to_owned(), next)
    } else if !state.refreshing.is_empty() {
        ("listing your accounts".to_owned(), String::new())
    } else if state.facts.sessions.iter().any(|session| session.signed_in) {
        let mut parts = state.catalog.portals.values();
        if parts.any(|part| part.fetched_at.is_some()) {
            (
                "the portal lists no accounts for you".to_owned(),
                format!("{} reloads the list", key(Action::Reload)),
            )
        } else {
            (
                "your accounts are not listed yet".to_owned(),
                format!("{} lists them", key(Action::Reload)),
            )
        }
    } else if state.facts.sessions.is_empty() {
        (
            "no portal yet".to_owned(),
            format!("{} adds a portal", key(Action::AddPortal)),
        )
    } else {
        (
            "signed out".to_owned(),
            format!("{} signs in", key(Action::SignInOut)),
        )
    };
    let mut lines = vec![Line::default()];
    let columns = usize::from(area.width).saturating_sub(3);
    lines.extend(
        wrap(&title, columns)
            .into_iter()
            .map(|text| line(format!("   {text}"), theme.strong)),
    );
    lines.extend(
        wrap(&hint, columns)
            .into_iter()
            .map(|text| line(format!("   {text}"), theme.dim)),
    );
    if let Some(problem) = state
        .catalog
        .portals
        .values()
        .find_map(|part| part.problem.as_ref())
    {
        lines.push(Line::default());
        lines.extend(
            wrap(&problem.to_string(), columns)
                .into_iter()
                .map(|text| line(format!("   {text}"), theme.bad)),
        );
    }
    frame.lines(lines, area);
}

/// The words where rows are there, but none matches.
fn nothing_matches(state: &State, key: impl Fn(Action) -> String) -> (String, String) {
    let (listed, seen) = state.catalog.progress();
    let title = if state.refreshing.is_empty() || listed == seen {
        "nothing matches".to_owned()
    } else {
        format!(
            "nothing matches yet: {} accounts to come",
            number(seen - listed)
        )
    };
    let clears = format!("{} clears the search", key(Action::Back));
    let hint = match state.picker.elsewhere {
        0 => clears,
        found => {
            let (found, key) = (number(found), key(Action::NextView));
            format!("{found} in All: {key} shows the next view; {clears}")
        }
    };
    (title, hint)
}
