//! Colors of theme files: read strictly, and brought down to what the terminal can show.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::config::Env;
use crate::config::settings::ThemeName;

/// One file of `assets/themes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Palette {
    pub base: Words,
    pub accent: Words,
    pub dim: Words,
    pub selected: Words,
    pub matched: Words,
    pub good: Words,
    pub soon: Words,
    pub bad: Words,
    pub strong: Words,
}

/// A style in words: `bold underlined #ffd866 on black`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Words(pub Style);

impl TryFrom<String> for Words {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut style = Style::new();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            style = match modifier(word) {
                Some(modifier) => style.add_modifier(modifier),
                None if word == "on" => {
                    let background = words.next().and_then(color);
                    style
                        .bg(background
                            .ok_or_else(|| format!("no color after \"on\" in {text:?}"))?)
                }
                None => style.fg(color(word).ok_or_else(|| format!("{word:?} is not a color"))?),
            };
        }
        Ok(Self(style))
    }
}

fn modifier(word: &str) -> Option<Modifier> {
    Some(match word {
        "bold" => Modifier::BOLD,
        "dim" => Modifier::DIM,
        "italic" => Modifier::ITALIC,
        "underlined" => Modifier::UNDERLINED,
        "reversed" => Modifier::REVERSED,
        _ => return None,
    })
}

/// `#rrggbb`, or one of the sixteen by its name.
fn color(word: &str) -> Option<Color> {
    let Some(digits) = word.strip_prefix('#') else {
        let known = SIXTEEN.iter().find(|(name, _, _)| *name == word);
        return known.map(|(_, color, _)| *color);
    };
    if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some(Color::Rgb(r, g, b))
}

/// The sixteen colors with the values that xterm gives them.
const SIXTEEN: [(&str, Color, [u8; 3]); 16] = [
    ("black", Color::Black, [0, 0, 0]),
    ("red", Color::Red, [205, 0, 0]),
    ("green", Color::Green, [0, 205, 0]),
    ("yellow", Color::Yellow, [205, 205, 0]),
    ("blue", Color::Blue, [0, 0, 238]),
    ("magenta", Color::Magenta, [205, 0, 205]),
    ("cyan", Color::Cyan, [0, 205, 205]),
    ("gray", Color::Gray, [229, 229, 229]),
    ("dark-gray", Color::DarkGray, [127, 127, 127]),
    ("light-red", Color::LightRed, [255, 0, 0]),
    ("light-green", Color::LightGreen, [0, 255, 0]),
    ("light-yellow", Color::LightYellow, [255, 255, 0]),
    ("light-blue", Color::LightBlue, [92, 92, 255]),
    ("light-magenta", Color::LightMagenta, [255, 0, 255]),
    ("light-cyan", Color::LightCyan, [0, 255, 255]),
    ("white", Color::White, [255, 255, 255]),
];

/// The colors that a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// None, or none are wanted.
    Mono,
    Sixteen,
    Indexed,
    True,
}

impl Depth {
    /// Reads it from the environment.
    pub(super) fn from_env(env: &Env) -> Self {
        let term = env.get("TERM").unwrap_or_default();
        let any = |parts: &[&str]| parts.iter().any(|part| term.contains(part));
        let program = env.get("TERM_PROGRAM").unwrap_or_default();
        if env.get("NO_COLOR").is_some() || term == "dumb" {
            return Self::Mono;
        }
        let says = |value: &str| matches!(value, "truecolor" | "24bit");
        if env.get("COLORTERM").is_some_and(says)
            || any(&[
                "direct",
                "truecolor",
                "kitty",
                "ghostty",
                "alacritty",
                "foot",
            ])
            || matches!(program, "iTerm.app" | "WezTerm" | "ghostty" | "vscode")
            || env.is_set("WT_SESSION")
        {
            return Self::True;
        }
        if any(&["256color"]) || env.get("COLORTERM").is_some() {
            return Self::Indexed;
        }
        Self::Sixteen
    }

    /// A style as this many colors can show it.
    pub(super) fn show(self, style: Style) -> Style {
        Style {
            fg: style.fg.and_then(|color| self.nearest(color)),
            bg: style.bg.and_then(|color| self.nearest(color)),
            ..style
        }
    }

    fn nearest(self, color: Color) -> Option<Color> {
        let Color::Rgb(r, g, b) = color else {
            return (self != Self::Mono).then_some(color);
        };
        let distance = |other: &[u8; 3]| -> u32 {
            let pairs = other.iter().zip([r, g, b]);
            pairs.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
        };
        match self {
            Self::Mono => None,
            Self::True => Some(color),
            // The first sixteen of the 256 are the terminal's to choose: they are not counted on.
            Self::Indexed => (16..=255)
                .min_by_key(|index| distance(&indexed(*index)))
                .map(Color::Indexed),
            Self::Sixteen => SIXTEEN
                .iter()
                .min_by_key(|(_, _, rgb)| distance(rgb))
                .map(|(_, color, _)| *color),
        }
    }
}

/// The color that xterm shows for one of the 240 fixed indices.
pub(super) fn indexed(index: u8) -> [u8; 3] {
    if index >= 232 {
        return [8 + (index - 232) * 10; 3];
    }
    let index = index.saturating_sub(16);
    [index / 36, index / 6 % 6, index % 6].map(|step| if step == 0 { 0 } else { 55 + step * 40 })
}

/// The theme if the settings choose none: the one for the terminal's background if that is known and there are
/// enough colors; else the terminal's own colors.
///
/// The terminal tells its background when it is asked (OSC 11), but not before the first frame: until then, and where
/// it does not answer, `COLORFGBG` does.
pub(super) fn choose(
    env: &Env,
    wanted: ThemeName,
    depth: Depth,
    background: Option<Background>,
) -> ThemeName {
    match (wanted, depth) {
        (_, Depth::Mono) => ThemeName::Mono,
        (ThemeName::Auto | ThemeName::Dark | ThemeName::Light, Depth::Sixteen) => {
            ThemeName::Terminal
        }
        (ThemeName::Auto, _) => match background.or_else(|| background_in(env)) {
            Some(Background::Dark) => ThemeName::Dark,
            Some(Background::Light) => ThemeName::Light,
            None => ThemeName::Terminal,
        },
        (wanted, _) => wanted,
    }
}

/// The background of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Background {
    Dark,
    Light,
}

impl Background {
    /// The background of a color: red, green and blue.
    pub(in crate::tui) fn from_rgb([r, g, b]: [u8; 3]) -> Self {
        // As bright as it looks (ITU-R BT.601), of 255,000.
        let light = 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
        if light > 127_500 {
            Self::Light
        } else {
            Self::Dark
        }
    }
}

/// `COLORFGBG` is `15;0` or `0;default;15`: the last part is the background, one of the sixteen.
fn background_in(env: &Env) -> Option<Background> {
    // Within tmux or screen it speaks of the terminal that they were started in, which may be gone.
    if env.is_set("TMUX") || env.is_set("STY") {
        return None;
    }
    match env.get("COLORFGBG")?.rsplit(';').next()?.parse().ok()? {
        7 | 9..=15 => Some(Background::Light),
        0..=6 | 8 => Some(Background::Dark),
        _ => None,
    }
}
