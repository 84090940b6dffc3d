//! A terminal's screen as SVG: one picture, or several that follow one another.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroU16;

/// One cell, in the units of the picture.
const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 12.0;

/// The shared style of a run of cells.
#[derive(Clone, PartialEq)]
struct Look {
    text: String,
    ground: String,
    bold: bool,
    underlined: bool,
}

/// A screen as a picture.
pub(super) fn still(screen: &vt100::Screen, label: &str) -> String {
    let paper = Paper::of(screen);
    let mut out = head(screen.size(), label, "", &paper);
    for row in 0..screen.size().0.get() {
        out += &self::row(screen, row, MARGIN + f64::from(row) * CELL.1, &paper);
    }
    out + "</g>\n</svg>\n"
}

/// The beginning of a picture of so many rows and columns.
fn head(
    (rows, columns): (NonZeroU16, NonZeroU16),
    label: &str,
    style: &str,
    paper: &Paper,
) -> String {
    let (width, height) = (
        f64::from(columns.get()) * CELL.0 + 2.0 * MARGIN,
        f64::from(rows.get()) * CELL.1 + 2.0 * MARGIN,
    );
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{}\">\n{style}<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n<g font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"14\" style=\"white-space:pre\">\n",
        escaped(label),
        paper.ground
    )
}

/// One row of a screen, at a height of the picture.
fn row(screen: &vt100::Screen, row: u16, y: f64, paper: &Paper) -> String {
    let columns = screen.size().1.get();
    let (mut out, mut column) = (String::new(), 0);
    while column < columns {
        let (look, mut run, mut end) = (paper.look(screen, row, column), String::new(), column);
        while end < columns && paper.look(screen, row, end) == look {
            let cell = screen.cell(row, end).unwrap();
            if !cell.is_wide_continuation() {
                run += if cell.has_contents() {
                    cell.contents()
                } else {
                    " "
                };
            }
            end += 1;
        }
        let x = MARGIN + f64::from(column) * CELL.0;
        let wide = f64::from(end - column) * CELL.0;
        if look.ground != paper.ground {
            writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{}\" fill=\"{}\"/>",
                CELL.1, look.ground
            )
            .unwrap();
        }
        out += &blocks(&run, (x, y), &look.text);
        let run = run.replace(['█', '▀', '▄', '░'], " ");
        let trimmed = run.trim_end();
        if !trimmed.trim().is_empty() {
            let cells = end - column - u16::try_from(run.len() - trimmed.len()).unwrap();
            let mut style = String::new();
            if look.bold {
                style += " font-weight=\"bold\"";
            }
            if look.underlined {
                style += " text-decoration=\"underline\"";
            }
            writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"{}\"{style}>{}</text>",
                y + 13.5,
                f64::from(cells) * CELL.0,
                look.text,
                escaped(trimmed)
            )
            .unwrap();
        }
        column = end;
    }
    out
}

/// The block characters of a run as rectangles: fonts leave gaps between their lines, and a QR code with gaps
/// cannot be scanned.
fn blocks(run: &str, (x, y): (f64, f64), color: &str) -> String {
    let mut out = String::new();
    let cells: Vec<char> = run.chars().collect();
    let mut at = 0_u16;
    for part in cells.chunk_by(|a, b| a == b) {
        let count = u16::try_from(part.len()).unwrap();
        let (top, height, opacity) = match part[0] {
            '█' => (0.0, CELL.1, "1"),
            '▀' => (0.0, CELL.1 / 2.0, "1"),
            '▄' => (CELL.1 / 2.0, CELL.1 / 2.0, "1"),
            '░' => (0.0, CELL.1, "0.3"),
            _ => (0.0, 0.0, ""),
        };
        if height > 0.0 {
            writeln!(
                out,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height}\" fill=\"{color}\" fill-opacity=\"{opacity}\" shape-rendering=\"crispEdges\"/>",
                x + f64::from(at) * CELL.0,
                y + top,
                f64::from(count) * CELL.0,
            )
            .unwrap();
        }
        at += count;
    }
    out
}

/// The colors of cells that no program painted.
#[derive(Clone)]
pub(super) struct Paper {
    pub ground: String,
    pub text: String,
}

impl Paper {
    /// Those of a screen that is painted as a whole.
    fn of(screen: &vt100::Screen) -> Self {
        let cell = screen.cell(0, 0);
        Self {
            ground: cell.map_or_else(String::new, |cell| hex(cell.bgcolor(), "#000000")),
            text: "#ffffff".to_owned(),
        }
    }

    fn look(&self, screen: &vt100::Screen, row: u16, column: u16) -> Look {
        let cell = screen.cell(row, column).unwrap();
        let (mut text, mut ground) = (
            hex(cell.fgcolor(), &self.text),
            hex(cell.bgcolor(), &self.ground),
        );
        if cell.inverse() {
            std::mem::swap(&mut text, &mut ground);
        }
        Look {
            text,
            ground,
            bold: cell.bold(),
            underlined: cell.underline(),
        }
    }
}

fn hex(color: vt100::Color, default: &str) -> String {
    match color {
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => default.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Screens that follow one another, again and again. Every row is in the file once, however often and
/// wherever it is on screen: styles show it and hide it.
pub(super) struct Film {
    paper: Paper,
    size: (NonZeroU16, NonZeroU16),
    screens: Vec<Screen>,
    /// In milliseconds.
    length: u32,
}

struct Screen {
    rows: Vec<String>,
    cursor: Option<(u16, u16)>,
    /// When it begins (milliseconds).
    at: u32,
}

impl Film {
    pub fn new(paper: Paper, size: (NonZeroU16, NonZeroU16)) -> Self {
        Self {
            paper,
            size,
            screens: Vec::new(),
            length: 0,
        }
    }

    /// Shows a screen for so many milliseconds.
    pub fn show(&mut self, screen: &vt100::Screen, milliseconds: u32) {
        let rows = 0..screen.size().0.get();
        let rows = rows.map(|at| row(screen, at, 0.0, &self.paper)).collect();
        let cursor = (!screen.hide_cursor()).then(|| screen.cursor_position());
        self.screens.push(Screen {
            rows,
            cursor,
            at: self.length,
        });
        self.length += milliseconds;
    }

    /// The number of screens.
    pub fn len(&self) -> usize {
        self.screens.len()
    }

    /// The film as SVG. Who wants no motion sees one of its screens.
    pub fn svg(&self, label: &str, still: usize) -> String {
        // Each row and each place of the cursor, with the screens that have it.
        let mut shown: BTreeMap<(u16, &str), Vec<bool>> = BTreeMap::new();
        let mut cursors: BTreeMap<(u16, u16), Vec<bool>> = BTreeMap::new();
        for (at, screen) in self.screens.iter().enumerate() {
            let none = || vec![false; self.screens.len()];
            for (row, content) in (0..)
                .zip(&screen.rows)
                .filter(|(_, content)| !content.is_empty())
            {
                shown.entry((row, content)).or_insert_with(none)[at] = true;
            }
            if let Some(cursor) = screen.cursor {
                cursors.entry(cursor).or_insert_with(none)[at] = true;
            }
        }
        let mut styles: BTreeMap<&[bool], String> = BTreeMap::new();
        for times in shown.values().chain(cursors.values()) {
            let name = format!("s{}", styles.len());
            styles.entry(times).or_insert(name);
        }
        let mut names: BTreeMap<&str, String> = BTreeMap::new();
        for (_, content) in shown.keys() {
            let name = format!("r{}", names.len());
            names.entry(content).or_insert(name);
        }
        let mut style = "<style>\n".to_owned();
        for (times, name) in &styles {
            style += &self.style(name, times, times[still]);
        }
        style += "@media (prefers-reduced-motion:reduce){*{animation:none!important}}\n</style>\n";
        let mut out = head(self.size, label, &style, &self.paper);
        out += "<defs>\n";
        for (content, name) in &names {
            writeln!(out, "<g id=\"{name}\">{content}</g>").unwrap();
        }
        out += "</defs>\n";
        let y = |row: u16| MARGIN + f64::from(row) * CELL.1;
        for ((row, content), times) in &shown {
            let (name, style) = (&names[content], &styles[&**times]);
            let y = y(*row);
            writeln!(out, "<use href=\"#{name}\" y=\"{y}\" class=\"{style}\"/>").unwrap();
        }
        for ((row, column), times) in &cursors {
            let (x, y) = (MARGIN + f64::from(*column) * CELL.0, y(*row));
            writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"2\" height=\"14\" fill=\"{}\" class=\"{}\"/>",
                y + 2.0,
                self.paper.text,
                styles[&**times]
            )
            .unwrap();
        }
        out + "</g>\n</svg>\n"
    }

    /// The style of what is there in some of the screens.
    fn style(&self, name: &str, times: &[bool], is_in_still: bool) -> String {
        if times.iter().all(|is_there| *is_there) {
            return String::new();
        }
        let word = |is_there: bool| if is_there { "visible" } else { "hidden" };
        let mut out = format!(
            ".{name}{{visibility:{};animation:{name} {}ms step-end infinite}}\n@keyframes {name}{{",
            word(is_in_still),
            self.length
        );
        for (at, is_there) in times.iter().enumerate() {
            if at == 0 || times[at - 1] != *is_there {
                let share = f64::from(self.screens[at].at) * 100.0 / f64::from(self.length);
                write!(out, "{share:.2}%{{visibility:{}}}", word(*is_there)).unwrap();
            }
        }
        let last = word(*times.last().unwrap());
        writeln!(out, "to{{visibility:{last}}}}}").unwrap();
        out
    }
}
