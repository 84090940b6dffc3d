//! Details of the selected row, and what Enter does. Secrets are never shown.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Details;
use crate::domain::label::named;
use crate::domain::portal::PortalSession;
use crate::domain::profile::Mode;
use crate::domain::region::Region;
use crate::domain::text::plural;
use crate::domain::time::{countdown, seconds_left, span};
use crate::domain::{Entry, EntryId, GapReason, Item, Kind, Mark, naming};
use crate::tui::action::Action;
use crate::tui::frame::Frame;
use crate::tui::keymap::Context;
use crate::tui::layout::{dialog_list, regions};
use crate::tui::screens::picker::Row;
use crate::tui::state::{Draw, Screen, State};
use crate::tui::text::{line, number, pad, wrap};
use crate::tui::theme::Theme;
use crate::tui::widgets::{dialog, rect, scrollbar, time_bar};

/// Columns of the labels.
const LABEL: usize = 10;

/// The most columns of the box over the list.
const WIDEST: u16 = 72;

impl Draw for Details {
    fn draw(&self, state: &State, theme: &Theme, frame: &mut Frame<'_>) {
        let columns = state.size.0.min(WIDEST);
        let lines = overlay_lines(state, theme);
        let total = lines.len();
        let rows = u16::try_from(total).unwrap_or(u16::MAX).saturating_add(2);
        let inner = dialog(state, "Details", columns, rows, theme, frame);
        let shown = usize::from(inner.height);
        let first = self.first.min(total.saturating_sub(shown));
        let lines = lines.into_iter().skip(first).take(shown);
        frame.lines(lines, inner);
        let place = format!("{}/{total} lines", first + shown);
        scrollbar(inner, inner, (first, total), &place, theme, frame);
    }

    fn hints(&self, state: &State) -> Vec<(Action, &'static str)> {
        let mut hints = vec![(Action::Back, "close")];
        if self.hidden_lines(state) > 0 {
            hints.push((Action::PageDown, "scroll"));
        }
        hints.extend(
            state
                .picker
                .hints(state)
                .into_iter()
                .filter(|(action, _)| !matches!(action, Action::Back | Action::NextView)),
        );
        hints
    }
}

/// The lines over the list. Where there are more than fit, there are no blanks between them.
fn overlay_lines(state: &State, theme: &Theme) -> Vec<Line<'static>> {
    let columns = state.size.0.min(WIDEST);
    let mut lines = lines(state, theme, usize::from(columns).saturating_sub(4));
    if lines.len() > dialog_list(state, 0) {
        lines.retain(|line| line.width() > 0);
    }
    lines
}

/// The number of lines over the list that do not fit on screen.
pub(super) fn hidden_lines(state: &State) -> usize {
    let lines = overlay_lines(state, &Theme::plain()).len();
    lines.saturating_sub(dialog_list(state, 0))
}

/// The inside of the pane beside the list.
fn inside_pane(area: Rect) -> Rect {
    Rect {
        x: area.x + 2,
        width: area.width.saturating_sub(3),
        ..area
    }
}

/// `true` if lines beside the list do not fit.
pub(crate) fn is_cut_beside(state: &State) -> bool {
    let inner = inside_pane(rect(regions(state).details));
    let lines = lines(state, &Theme::plain(), usize::from(inner.width));
    lines.len() > usize::from(inner.height)
}

/// Draws the pane beside the list. Where lines do not fit, the last one says so.
pub(crate) fn pane(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let border = Rect { width: 1, ..area };
    frame.rule(theme.glyphs.line, theme.dim, border);
    let inner = inside_pane(area);
    let mut lines = lines(state, theme, usize::from(inner.width));
    let shown = usize::from(inner.height).saturating_sub(1);
    let key = state
        .keymap
        .key_for(&[Context::Picker], Action::ToggleDetails);
    if lines.len() > shown + 1
        && let Some(key) = key
    {
        let text = format!("{key}: {} more lines", lines.len() - shown);
        lines.truncate(shown);
        lines.push(line(text, theme.strong));
    }
    frame.lines(lines, inner);
}

/// The details of the selected row.
fn lines(state: &State, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let mut pane = Pane {
        lines: Vec::new(),
        columns,
        theme,
    };
    match state.selected() {
        Some(Row::Item(Item::Entry(entry))) => entry_lines(state, &entry, &mut pane),
        Some(Row::Item(Item::Gap(gap))) => {
            pane.title(&gap.name);
            if let Some(account) = gap.account {
                pane.field("account", &account.to_string());
            }
            if gap.kind == Kind::External {
                app_lines(state, &gap.source, &mut pane);
            } else {
                pane.field("portal", &gap.source);
            }
            pane.blank();
            match &gap.reason {
                GapReason::Failed(problem) => {
                    pane.paragraph(&problem.to_string(), true);
                    if let Some(hint) = &problem.hint {
                        pane.paragraph(hint, false);
                    }
                    let key = use_key(state);
                    pane.paragraph(&format!("{key}: list its roles again"), false);
                }
                GapReason::Loading => pane.paragraph("listing its roles", false),
                GapReason::Unknown if gap.kind == Kind::External => {
                    let key = use_key(state);
                    pane.paragraph(
                        &format!("{key}: sign in, find your roles and use one"),
                        false,
                    );
                }
                GapReason::Unknown => pane.paragraph("its roles are not listed yet", false),
                GapReason::NoRoles => {
                    pane.paragraph("the portal lists no role for you here", false);
                }
            }
        }
        Some(Row::Head(head)) => {
            let label = head
                .account
                .and_then(|account| state.catalog.labels.get(&account));
            pane.title(&named(label.map(|label| &**label), &head.name));
            if let Some(account) = head.account {
                pane.field("account", &account.to_string());
            }
            pane.blank();
            let (key, count) = (use_key(state), head.count as usize);
            let doing = if head.folded { "shows" } else { "hides" };
            let rows = plural(count, "row");
            let count = number(count);
            pane.paragraph(&format!("{key} {doing} {count} {rows}"), false);
        }
        Some(Row::Session(session)) => {
            pane.title(&session.portal.name);
            pane.field("start URL", &session.portal.start_url);
            pane.field("region", &session.portal.region);
            pane.field("sign-in", &sign_in_words(state, session));
            pane.blank();
            let key = use_key(state);
            pane.paragraph(&format!("{key}: sign in again"), false);
        }
        None => {}
    }
    pane.lines
}

fn entry_lines(state: &State, entry: &Entry, pane: &mut Pane<'_>) {
    let id = &entry.id;
    let account = entry.account().map(|id| id.to_string()).unwrap_or_default();
    let name = if entry.account_name.is_empty() {
        &account
    } else {
        &*entry.account_name
    };
    pane.title(&named(entry.label.as_deref(), name));
    if !account.is_empty() {
        pane.field("account", &account);
    }
    if let Some(role) = entry.role() {
        pane.field("role", role);
    }
    if !entry.email.is_empty() {
        pane.field("e-mail", &entry.email);
    }
    let portal = state.catalog.portal_of(id.kind, &id.source);
    kind_lines(state, entry, pane);
    if let Some(session) = portal.and_then(|portal| state.session(portal)) {
        pane.field("sign-in", &sign_in_words(state, session));
    }
    pane.blank();
    let managed = state.picker.profiles.get(id);
    pane.field("profile", &profile_name(state, entry));
    if let Some(profile) = managed
        && id.kind != Kind::Profile
    {
        pane.field("type", profile.mode.name());
    }
    if let Some(region) = region(state, id) {
        let assumed = if region.is_assumed { " (assumed)" } else { "" };
        pane.field("region", &format!("{}{assumed}", region.name));
    }
    if state.renews(id) {
        pane.field("time left", "renewed on use");
    } else if let Some(profile) = managed {
        let left = profile.expires_at.map_or_else(
            || {
                let words = match profile.mode {
                    Mode::Static => "no keys",
                    Mode::Sso | Mode::Process => "no credentials yet",
                };
                words.to_owned()
            },
            |at| countdown(seconds_left(state.now, at)),
        );
        pane.field("time left", &left);
        if let Some(at) = profile.expires_at {
            let granted = state.picker.granted.get(id).map(|(_, granted)| *granted);
            pane.bar(seconds_left(state.now, at), granted.unwrap_or(3_600));
        }
    }
    if state.here.as_ref() == Some(id) {
        let left = state.here_until.map_or_else(
            || "has this role".to_owned(),
            |at| countdown(seconds_left(state.now, at)),
        );
        pane.field("this shell", &left);
    }
    if let Some(label) = entry
        .label
        .as_deref()
        .filter(|label| !label.tags.is_empty())
    {
        pane.field("tags", &label.tags.join(", "));
    }
    pane.blank();
    if let Some(problem) = state.picker.failed.get(id) {
        pane.paragraph(&problem.to_string(), true);
        if let Some(hint) = &problem.hint {
            pane.paragraph(hint, false);
        }
        pane.blank();
    }
    if let Some(problem) = entry.own.as_ref().and_then(|own| own.problem()) {
        return pane.paragraph(&problem.to_string(), true);
    }
    if entry.mark == Mark::Lost {
        return pane.paragraph("no longer assigned to you since the last refresh", true);
    }
    let key = use_key(state);
    let doing = if state.pick_only {
        format!("{key}: {}", state.choice)
    } else if id.kind == Kind::Profile {
        format!("{key}: check its credentials; nothing is written")
    } else if managed.is_some() {
        format!("{key}: check the profile; renew it if needed")
    } else {
        format!("{key}: get credentials and write the profile")
    };
    pane.paragraph(&doing, false);
    pane.paragraph(&format!("roledex use {id}"), false);
}

/// The region that an entry works in: that of its profile, else the one that it would get.
fn region(state: &State, id: &EntryId) -> Option<Region> {
    let profile = state.picker.profiles.get(id);
    let written = profile.and_then(|profile| {
        Some(Region {
            name: profile.region.clone()?,
            is_assumed: profile.is_region_assumed,
        })
    });
    written.or_else(|| state.facts.regions.region(id))
}

/// The state of the sign-in to a portal.
fn sign_in_words(state: &State, session: &PortalSession) -> String {
    let left = session.expires_at.map(|at| seconds_left(state.now, at));
    match left {
        Some(left) if session.signed_in && left > 0 => format!("{} left", span(left)),
        _ if session.signed_in => "renewed automatically".to_owned(),
        _ => "signed out".to_owned(),
    }
}

/// The fields that depend on the kind of entry.
fn kind_lines(state: &State, entry: &Entry, pane: &mut Pane<'_>) {
    let id = &entry.id;
    match id.kind {
        Kind::Org => pane.field("portal", &id.source),
        Kind::External => app_lines(state, &id.source, pane),
        Kind::Profile => {
            pane.field("kind", "own profile");
            if let Some(own) = &entry.own {
                pane.field("by", own.via.name());
            }
            let left = state.facts.mfa_ends.get(id);
            let left = left.map(|end| seconds_left(state.now, *end));
            if let Some(left) = left.filter(|left| *left > 0) {
                pane.field("mfa", &format!("next code in {}", countdown(left)));
            }
        }
        Kind::Chain => {
            pane.field("kind", "chained role");
            if let Some(source) = state.catalog.chains.get(id) {
                pane.field("by", &source.to_string());
            }
        }
    }
}

/// The name of the profile that an entry has, or would get.
fn profile_name(state: &State, entry: &Entry) -> String {
    let id = &entry.id;
    if let Some(managed) = state.picker.profiles.get(id) {
        return managed.name.clone();
    }
    if let Some(own) = state.catalog.own_profile_of(id) {
        return own.to_string();
    }
    let portal = state.catalog.portal_of(id.kind, &id.source);
    let portal = portal.map_or("", |portal| portal);
    naming::name_of(state.facts.name_template.as_ref(), entry, portal)
}

/// The key of the list, also while another screen is in front.
fn use_key(state: &State) -> String {
    let key = state.keymap.key_for(&[Context::Picker], Action::Use);
    key.unwrap_or_default()
}

/// The fields of an external account: its app, its portal, its capture method.
fn app_lines(state: &State, name: &str, pane: &mut Pane<'_>) {
    pane.field("kind", "external account");
    let app = state.facts.apps.iter().find(|app| *app.name == *name);
    if let Some(app) = app {
        if let Some(portal) = &app.portal {
            pane.field("portal", portal);
        }
        pane.field("method", app.method.name());
    }
}

struct Pane<'a> {
    lines: Vec<Line<'static>>,
    columns: usize,
    theme: &'a Theme,
}

impl Pane<'_> {
    fn title(&mut self, text: &str) {
        for text in wrap(text, self.columns).into_iter().take(3) {
            self.lines.push(line(text, self.theme.accent));
        }
        self.blank();
    }

    fn blank(&mut self) {
        if self.lines.last().is_some_and(|line| line.width() > 0) {
            self.lines.push(Line::default());
        }
    }

    /// A label and its value, on as many lines as the value needs.
    fn field(&mut self, label: &str, value: &str) {
        let room = self.columns.saturating_sub(LABEL + 1);
        for (at, part) in wrap(value, room).into_iter().take(3).enumerate() {
            let label = if at == 0 { label } else { "" };
            self.lines.push(Line::from(vec![
                Span::styled(pad(label, LABEL + 1), self.theme.dim),
                Span::raw(part),
            ]));
        }
    }

    /// The time that is left of what was granted, as a bar.
    fn bar(&mut self, left: i64, granted: i64) {
        let columns = self.columns.saturating_sub(LABEL + 1).min(24);
        let ((full, style), empty) = time_bar(left, granted, columns, self.theme);
        self.lines.push(Line::from(vec![
            Span::raw(" ".repeat(LABEL + 1)),
            Span::styled(full, style),
            Span::styled(empty, self.theme.dim),
        ]));
    }

    fn paragraph(&mut self, text: &str, bad: bool) {
        let style = if bad { self.theme.bad } else { self.theme.dim };
        self.lines.extend(
            wrap(text, self.columns)
                .into_iter()
                .map(|text| line(text, style)),
        );
    }
}
