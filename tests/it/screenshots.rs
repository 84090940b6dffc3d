//! The pictures of the README: the demo in a terminal, a user's keys, and what is on screen as SVG.
//!
//! As a test they are made and looked at; `assets/screenshots.sh` has them written into `assets/`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use crate::support::terminal::{ENTER, ESC, Terminal, ctrl};
use crate::support::{Home, ROLEDEX, wait_for};

/// One cell, in the units of the picture.
const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 12.0;

/// The directory for the pictures, if they are wanted.
fn directory() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the script says so in the environment"
    )]
    std::env::var_os("ROLEDEX_SCREENSHOTS").map(PathBuf::from)
}

fn take(terminal: &Terminal, name: &str, label: &str) {
    // A whole frame, not one that is still coming.
    wait_for("a whole frame", || {
        terminal.bytes().ends_with(b"\x1b[?2026l").then_some(())
    });
    let svg = terminal.look(|screen| svg(screen, label));
    roxmltree::Document::parse(&svg).unwrap();
    assert!(svg.matches("<text").count() > 20, "{name} shows something");
    if let Some(directory) = directory() {
        let mut file = std::fs::File::create(directory.join(name)).unwrap();
        file.write_all(svg.as_bytes()).unwrap();
    }
}

/// Colours as a picture has them; the defaults are those of the theme, which paints every cell.
fn hex(colour: vt100::Color, default: &str) -> String {
    match colour {
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => default.to_owned(),
    }
}

/// The shared style of a run of cells.
#[derive(Clone, PartialEq)]
struct Look {
    text: String,
    ground: String,
    bold: bool,
    underlined: bool,
}

fn svg(screen: &vt100::Screen, label: &str) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let ground = screen
        .cell(0, 0)
        .map_or_else(String::new, |cell| hex(cell.bgcolor(), "#000000"));
    let (width, height) = (
        f64::from(columns) * CELL.0 + 2.0 * MARGIN,
        f64::from(rows) * CELL.1 + 2.0 * MARGIN,
    );
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{}\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{ground}\"/>\n<g font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"14\" style=\"white-space:pre\">\n",
        escaped(label)
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let (look, mut run, mut end) = (look(screen, row, column), String::new(), column);
            while end < columns && self::look(screen, row, end) == look {
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
            let (x, y) = (
                MARGIN + f64::from(column) * CELL.0,
                MARGIN + f64::from(row) * CELL.1,
            );
            let wide = f64::from(end - column) * CELL.0;
            if look.ground != ground {
                writeln!(out, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{}\" fill=\"{}\"/>", CELL.1, look.ground).unwrap();
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
    }
    out + "</g>\n</svg>\n"
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

fn look(screen: &vt100::Screen, row: u16, column: u16) -> Look {
    let cell = screen.cell(row, column).unwrap();
    let (mut text, mut ground) = (
        hex(cell.fgcolor(), "#ffffff"),
        hex(cell.bgcolor(), "#000000"),
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn demo(home: &Home, size: (u16, u16), ground: &str) -> Terminal {
    let env = [("COLORTERM", "truecolor"), ("COLORFGBG", ground)];
    let terminal = Terminal::open(home, ROLEDEX, &["demo"], size, &env);
    terminal.wait("updated just now");
    terminal
}

/// Some profiles, so that something counts down.
fn use_some(terminal: &mut Terminal) {
    for (query, role) in [
        ("checkout prod admin", "AdministratorAccess"),
        ("payments staging read", "ReadOnlyAccess"),
        ("payments prod power", "PowerUserAccess"),
    ] {
        terminal.press(query);
        terminal.wait(&format!("❯ {query}"));
        terminal.press(ENTER);
        terminal.wait(&format!("profile {role}"));
        terminal.press(&ctrl('u'));
        terminal.wait("type to search");
    }
    terminal.until("no message", |screen| !screen.contains("is ready"));
}

#[test]
fn pictures() {
    let home = Home::new("startup");
    for (ground, theme, painted) in [
        ("15;0", "dark", vt100::Color::Rgb(0x1a, 0x1d, 0x23)),
        ("0;15", "light", vt100::Color::Rgb(0xfb, 0xfb, 0xf9)),
    ] {
        let mut terminal = demo(&home, (112, 26), ground);
        let corner = terminal.look(|screen| screen.cell(25, 111).unwrap().bgcolor());
        assert_eq!(corner, painted, "{theme}");
        use_some(&mut terminal);
        terminal.press("pay");
        terminal.until("the matches", |screen| {
            screen.contains("❯ pay") && screen.contains("15/")
        });
        take(
            &terminal,
            &format!("picker-{theme}.svg"),
            "The switcher: a searched list of accounts and roles with live countdowns, and the details of one",
        );
    }
    let mut terminal = demo(&home, (96, 26), "15;0");
    terminal.press("payments prod power");
    terminal.wait("1/");
    terminal.press(ENTER);
    terminal.wait("type       sso");
    terminal.until("no message", |screen| !screen.contains("is ready"));
    take(
        &terminal,
        "details.svg",
        "Details: the account, the role, the profile that is written, and what Enter will do",
    );
    terminal.press(&ctrl('u'));
    terminal.wait("type to search");
    terminal.press("\x1bOP");
    terminal.wait("\u{256d} Menu");
    take(
        &terminal,
        "help.svg",
        "The menu: everything that can be done now, with its keys, searched by typing, run by Enter",
    );
    terminal.press(ESC);
    terminal.until("no menu", |screen| !screen.contains("\u{256d} Menu"));
    terminal.press("\x1bl");
    terminal.wait("Press Enter");
    terminal.press(ENTER);
    terminal.wait("Approve only if");
    take(
        &terminal,
        "sign-in.svg",
        "Signing in: the code in large letters, where to allow it, and how long it lasts",
    );
}
