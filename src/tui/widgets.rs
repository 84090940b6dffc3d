//! Parts of screens that several of them draw.

use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear};

use super::form::Form;
use super::frame::Frame;
use super::input::Input;
use super::layout::{Area, FieldArea, dialog_box, inside};
use super::state::{State, Tone};
use super::text;
use super::theme::Theme;
use crate::domain::Problem;
use crate::domain::credentials::SOON_SECONDS;
use crate::domain::qr::half_blocks;

/// Columns of the labels of fields.
const LABEL_COLUMNS: u16 = 10;
pub(crate) const LABEL: usize = LABEL_COLUMNS as usize;

pub(crate) fn rect(area: Area) -> Rect {
    Rect {
        x: area.x,
        y: area.y,
        width: area.width,
        height: area.height,
    }
}

/// Draws a box in the middle of the screen and dims what is beneath it; returns the area inside of it.
pub(crate) fn dialog(
    state: &State,
    title: &str,
    columns: u16,
    rows: u16,
    theme: &Theme,
    frame: &mut Frame<'_>,
) -> Rect {
    let place = dialog_box(state, columns, rows);
    let area = rect(place);
    let room = usize::from(area.width).saturating_sub(4);
    let title = text::fit(title, room, theme.glyphs.ellipsis);
    let title = Span::styled(format!(" {title} "), theme.accent);
    let block = Block::bordered()
        .border_set(theme.glyphs.border)
        .border_style(theme.dim);
    dim(theme, frame);
    uncover_edge(frame, area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    let top = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        height: area.height.min(1),
        ..area
    };
    frame.line(title, top);
    rect(inside(place))
}

/// Takes the colors and the weight of everything that was drawn so far: it is out of reach. A full bar is bright in
/// every color, so it becomes a lighter one.
fn dim(theme: &Theme, frame: &mut Frame<'_>) {
    for cell in &mut frame.buffer_in(frame.area()).content {
        cell.set_style(Style::reset().patch(theme.dim));
        if cell.symbol() == theme.glyphs.full {
            cell.set_symbol(theme.glyphs.full_dimmed);
        }
    }
}

/// One row of a list, the selected one or another: the same in every screen.
pub(crate) struct ListRow {
    selected: bool,
    theme: Theme,
    spans: Vec<Span<'static>>,
}

impl ListRow {
    /// Begins the row with the mark of the selection.
    pub(crate) fn new(selected: bool, theme: &Theme) -> Self {
        let mark = if selected { theme.glyphs.selected } else { " " };
        Self {
            selected,
            theme: *theme,
            spans: vec![Span::styled(mark, theme.accent)],
        }
    }

    /// A style as this row shows it. A selected row in many colors is a row of many boxes: weight alone is
    /// kept.
    pub(crate) fn style(&self, style: Style) -> Style {
        if self.selected {
            self.theme.selected.patch(Style { fg: None, ..style })
        } else {
            style
        }
    }

    /// Adds text.
    pub(crate) fn push(&mut self, text: impl Into<String>, style: Style) {
        let style = self.style(style);
        self.spans.push(Span::styled(text.into(), style));
    }

    /// Adds what has the style of this row already.
    pub(crate) fn extend(&mut self, spans: impl IntoIterator<Item = Span<'static>>) {
        self.spans.extend(spans);
    }

    /// Adds blanks up to a column.
    pub(crate) fn pad_to(&mut self, column: usize) {
        let used: usize = self
            .spans
            .iter()
            .map(|span| text::width(&span.content))
            .sum();
        self.push(" ".repeat(column.saturating_sub(used)), Style::new());
    }

    /// The row in so many columns.
    pub(crate) fn line(mut self, columns: usize) -> Line<'static> {
        self.pad_to(columns);
        Line::from(self.spans)
    }
}

/// Shows on the border of a dialog the part of a list that is on screen, if the list does not fit: its first line
/// and the number of all lines, and words for the place of the selection.
pub(crate) fn scrollbar(
    inner: Rect,
    list: Rect,
    (offset, lines): (usize, usize),
    place: &str,
    theme: &Theme,
    frame: &mut Frame<'_>,
) {
    let rows = usize::from(list.height);
    if lines <= rows || rows == 0 {
        return;
    }
    let at = |rows: usize| u16::try_from(rows).unwrap_or(u16::MAX);
    let thumb = (rows * rows / lines).max(1);
    let first = offset * (rows - thumb) / (lines - rows).max(1);
    let cells = Rect::new(list.right() + 1, list.y + at(first), 1, at(thumb));
    frame.rule(theme.glyphs.thumb, theme.dim, cells);
    let text = format!(" {place} ");
    let columns = at(text::width(&text)).min(inner.width);
    let cells = Rect::new(inner.right() - columns, inner.bottom(), columns, 1);
    frame.line(text::line(text, theme.dim), cells);
}

/// The same where every line of the list can be selected.
pub(crate) fn position(
    inner: Rect,
    list: Rect,
    (offset, selected, count): (usize, usize, usize),
    theme: &Theme,
    frame: &mut Frame<'_>,
) {
    let place = format!("{}/{}", text::number(selected + 1), text::number(count));
    scrollbar(inner, list, (offset, count), &place, theme, frame);
}

/// The meanings of the glyphs of the list.
const LEGEND: [&str; 12] = [
    "valid",
    "under 15 min",
    "expired",
    "failed",
    "new",
    "lost",
    "external",
    "chain",
    "own profile",
    "guarded",
    "pinned",
    "this shell",
];

/// The number of meanings in each line of at most so many columns.
fn legend_counts(columns: usize) -> Vec<usize> {
    let mut counts: Vec<usize> = Vec::new();
    let mut used = 0;
    for word in LEGEND {
        // The glyph, a blank, and two blanks behind the word.
        let needed = text::width(word) + 4;
        match counts.last_mut() {
            Some(count) if used + needed <= columns + 2 => *count += 1,
            _ => {
                counts.push(1);
                used = 0;
            }
        }
        used += needed;
    }
    counts
}

/// The number of lines of the legend.
#[must_use]
pub(crate) fn legend_rows(columns: usize) -> usize {
    legend_counts(columns).len()
}

/// The glyphs of the list and their meaning, in lines of at most so many columns.
pub(crate) fn legend(theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let glyphs = theme.glyphs;
    let plain = Style::new();
    let all = [
        (glyphs.fresh, theme.good),
        (glyphs.soon, theme.soon),
        (glyphs.expired, theme.bad),
        (glyphs.failed, theme.bad),
        (glyphs.new, theme.good),
        (glyphs.lost, theme.bad),
        (glyphs.external, plain),
        (glyphs.chain, plain),
        (glyphs.own, plain),
        (glyphs.guarded, theme.bad),
        (glyphs.pinned, plain),
        (glyphs.here, theme.strong),
    ];
    let mut glyphs = all.into_iter().zip(LEGEND);
    let lines = legend_counts(columns).into_iter().map(|count| {
        let spans = glyphs
            .by_ref()
            .take(count)
            .flat_map(|((glyph, style), word)| {
                let word = Span::styled(format!(" {word}  "), theme.dim);
                [Span::styled(glyph, style), word]
            });
        Line::from(spans.collect::<Vec<_>>())
    });
    lines.collect()
}

/// The text above the address of a page for a browser on this machine: `opened` if it is open there, else what to
/// do. `ask` is for a page that nobody has tried to open.
pub(crate) fn page_words(browser: Option<&Result<(), String>>, opened: &str, ask: &str) -> String {
    match browser {
        Some(Ok(())) => opened.to_owned(),
        Some(Err(why)) => {
            format!("Open this page on this machine ({why}). Its address is copied:")
        }
        None => ask.to_owned(),
    }
}

/// The text of a failed step: the problem with its hint, and the key that tries again.
pub(crate) fn failure(
    problem: &Problem,
    key: &str,
    columns: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let parts = [
        Some((String::new(), theme.dim)),
        Some((problem.title.to_string(), theme.bad)),
        problem
            .detail
            .as_ref()
            .map(|text| (text.to_string(), theme.dim)),
        problem
            .hint
            .as_ref()
            .map(|text| (text.to_string(), theme.strong)),
        Some((format!("{key} tries again."), theme.dim)),
    ];
    let wrapped = parts.into_iter().flatten().flat_map(|(text, style)| {
        let lines = text::wrap(&text, columns);
        lines.into_iter().map(move |text| text::line(text, style))
    });
    wrapped.collect()
}

/// A QR code beside the text of a dialog, for a phone.
pub(crate) struct Picture {
    lines: Vec<String>,
}

impl Picture {
    /// The most columns of a dialog with a picture.
    pub(crate) const WITH_TEXT: u16 = 100;

    /// Columns between the text and the picture.
    const GAP: usize = 3;

    /// The least width of the text beside it.
    const MIN_TEXT_COLUMNS: usize = 32;

    /// The picture of an address, if the terminal can draw it.
    pub(crate) fn new(address: &str, theme: &Theme) -> Option<Self> {
        let picture = half_blocks(address).filter(|_| theme.glyphs.boxes)?;
        Some(Self {
            lines: picture.lines().map(str::to_owned).collect(),
        })
    }

    /// The columns of a dialog with it and its text. The frame takes four.
    pub(crate) fn columns_with_text(&self) -> usize {
        self.columns() + Self::MIN_TEXT_COLUMNS + 4
    }

    /// `true` if a dialog of so many columns and rows has room for it. The frame takes two rows.
    pub(crate) fn fits(&self, columns: u16, rows: u16) -> bool {
        self.rows() + 2 <= usize::from(rows) && self.columns_with_text() <= usize::from(columns)
    }

    /// Its rows.
    pub(crate) fn rows(&self) -> usize {
        self.lines.len()
    }

    /// Its columns, with those before it.
    pub(crate) fn columns(&self) -> usize {
        self.width() + Self::GAP
    }

    fn width(&self) -> usize {
        self.lines.first().map_or(0, |row| text::width(row))
    }

    /// Draws it at the right of a dialog.
    pub(crate) fn draw(self, inner: Rect, theme: &Theme, frame: &mut Frame<'_>) {
        let columns = u16::try_from(self.width()).unwrap_or(inner.width);
        let place = Rect {
            x: inner.x + inner.width.saturating_sub(columns),
            width: columns.min(inner.width),
            ..inner
        };
        // Light on dark in every theme: QR readers need it.
        let style = match theme.accent.fg {
            Some(Color::Rgb(..)) => Style::new()
                .fg(Color::Rgb(255, 255, 255))
                .bg(Color::Rgb(0, 0, 0)),
            Some(Color::Indexed(_)) => Style::new().fg(Color::Indexed(231)).bg(Color::Indexed(16)),
            Some(_) => Style::new().fg(Color::White).bg(Color::Black),
            None => Style::new(),
        };
        let lines: Vec<Line<'_>> = self
            .lines
            .into_iter()
            .map(|row| text::line(row, style))
            .collect();
        frame.lines(lines, place);
    }
}

/// The time that is left of a time that was granted (seconds), as a bar of so many columns: its full part with
/// its style, and its empty part.
pub(crate) fn time_bar(
    left: i64,
    granted: i64,
    columns: usize,
    theme: &Theme,
) -> ((String, Style), String) {
    let granted = granted.max(1);
    let full = usize::try_from(left.clamp(0, granted)).unwrap_or(0) * columns;
    let full = full.div_ceil(usize::try_from(granted).unwrap_or(1));
    let style = match left {
        ..=0 => theme.bad,
        1..SOON_SECONDS => theme.soon,
        _ => theme.good,
    };
    let empty = theme.glyphs.empty.repeat(columns - full);
    ((theme.glyphs.full.repeat(full), style), empty)
}

/// The current frame of the spinner.
pub(crate) fn spinner(state: &State, theme: &Theme) -> &'static str {
    let frames = &theme.glyphs.spinner;
    let at = if state.reduced_motion {
        0
    } else {
        state.now.as_second().rem_euclid(4)
    };
    usize::try_from(at)
        .ok()
        .and_then(|at| frames.get(at).copied())
        .unwrap_or(frames[0])
}

/// The glyph of a message, and its style.
pub(crate) fn tone(tone: Tone, theme: &Theme) -> (&'static str, Style) {
    match tone {
        Tone::Good => (theme.glyphs.fresh, theme.good),
        Tone::Note => (theme.glyphs.prompt, theme.accent),
        Tone::Bad => (theme.glyphs.failed, theme.bad),
    }
}

/// Clears wide characters that a box half covers: with the edge of the box as their other half, neither
/// would be visible.
fn uncover_edge(frame: &mut Frame<'_>, area: Rect) {
    let Some(before) = area.x.checked_sub(1) else {
        return;
    };
    for y in area.top()..area.bottom() {
        let buffer = frame.buffer_in(Rect::new(before, y, 1, 1));
        if let Some(cell) = buffer.cell_mut((before, y))
            && text::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}

/// A field with its label; the one with the cursor shows it.
pub(crate) fn field(label: &str, value: &str, style: Style, theme: &Theme) -> Line<'static> {
    Line::from(vec![
        Span::styled(text::pad(label, LABEL), theme.dim),
        Span::styled(value.to_owned(), style),
    ])
}

/// A dialog with fields, line by line.
pub(crate) struct FormLines {
    /// The lines.
    pub lines: Vec<Line<'static>>,
    /// The columns of the dialog.
    columns: u16,
    /// The cursor's column and row, if it is shown.
    cursor: Option<(usize, usize)>,
    /// The row of the first field.
    first: usize,
    /// The number of fields.
    count: usize,
}

impl FormLines {
    /// An empty dialog with so many columns at most.
    pub(crate) fn new(state: &State, widest: u16) -> Self {
        Self {
            lines: Vec::new(),
            columns: state.size.0.min(widest),
            cursor: None,
            first: 0,
            count: 0,
        }
    }

    /// The columns of a line.
    pub(crate) fn room(&self) -> usize {
        usize::from(self.columns).saturating_sub(4)
    }

    /// Adds lines of text.
    pub(crate) fn say(&mut self, text: &str, style: Style) {
        let wrapped = text::wrap(text, self.room()).into_iter();
        self.lines
            .extend(wrapped.map(|text| text::line(text, style)));
    }

    /// Adds the fields of a form.
    pub(crate) fn form<const N: usize>(
        &mut self,
        form: &Form<N>,
        labels: [&str; N],
        theme: &Theme,
    ) {
        for (at, label) in labels.iter().enumerate().take(form.shown) {
            let active = at == form.focus && form.waiting.is_none();
            self.input(label, &form.fields[at], active, theme);
        }
    }

    /// Adds a field; `active`: it has the cursor.
    pub(crate) fn input(&mut self, label: &str, input: &Input, active: bool, theme: &Theme) {
        let row = self.lines.len();
        if self.count == 0 {
            self.first = row;
        }
        self.count += 1;
        let text = input.text();
        let (shown, column) = text::around(&text, input.cursor(), columns_of_field(self.room()));
        if active {
            self.cursor = Some((LABEL + column, row));
        }
        let style = if active { theme.strong } else { theme.dim };
        self.lines.push(field(label, shown, style, theme));
    }

    /// The rows of the dialog.
    fn rows(&self) -> u16 {
        let rows = u16::try_from(self.lines.len()).unwrap_or(u16::MAX);
        rows.saturating_add(2)
    }

    /// Draws the dialog. Returns its inside, and the number of its lines.
    pub(crate) fn draw(
        self,
        state: &State,
        title: &str,
        theme: &Theme,
        frame: &mut Frame<'_>,
    ) -> (Rect, usize) {
        let inner = dialog(state, title, self.columns, self.rows(), theme, frame);
        let count = self.lines.len();
        frame.lines(self.lines, inner);
        if let Some(cursor) = self.cursor {
            set_cursor(frame, inner, cursor);
        }
        (inner, count)
    }

    /// The inside of the dialog, and the number of its lines.
    pub(crate) fn place(&self, state: &State) -> (Rect, usize) {
        (rect(self.inside(state)), self.lines.len())
    }

    fn inside(&self, state: &State) -> Area {
        inside(dialog_box(state, self.columns, self.rows()))
    }

    /// The fields that are on screen.
    pub(crate) fn field_areas(&self, state: &State) -> Vec<FieldArea> {
        let inner = self.inside(state);
        let rows = (inner.y..inner.y + inner.height).skip(self.first);
        let fields = rows
            .take(self.count)
            .enumerate()
            .map(|(field, y)| FieldArea {
                field,
                row: Area {
                    y,
                    height: 1,
                    ..inner
                },
                x: inner.x + LABEL_COLUMNS,
                columns: columns_of_field(usize::from(inner.width)),
            });
        fields.collect()
    }
}

/// The columns of the text of a field in so many columns: one behind it is for the cursor.
fn columns_of_field(room: usize) -> usize {
    room.saturating_sub(LABEL + 1)
}

/// Puts the cursor at a column and row of a dialog.
pub(crate) fn set_cursor(frame: &mut Frame<'_>, inside: Rect, (column, row): (usize, usize)) {
    let x = inside.x.saturating_add(u16::try_from(column).unwrap_or(0));
    let y = inside.y.saturating_add(u16::try_from(row).unwrap_or(0));
    frame.set_cursor_position(Position { x, y });
}
