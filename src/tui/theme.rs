//! Colors and glyphs: the themes of `assets/themes`, reduced to what the terminal can show. No color at all
//! under `NO_COLOR`, where glyphs and weight carry the meaning (docs/architecture.md#view-reads-state).

mod palette;
#[cfg(test)]
mod tests;

use ratatui::style::Style;
use ratatui::symbols::border;

pub(super) use self::palette::Background;
use self::palette::{Depth, Palette, Words};
use crate::config::settings::ThemeName;
use crate::config::{Env, Settings, document};
use crate::domain::Freshness;
use crate::domain::label::SEPARATOR;

/// Styles and glyphs of the screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Text that is nothing else, and the background of everything; the terminal's own by default.
    pub base: Style,
    /// Headings and the prompt.
    pub accent: Style,
    /// Less important text.
    pub dim: Style,
    /// The selected row.
    pub selected: Style,
    /// Characters that the query matches.
    pub matched: Style,
    /// It is well.
    pub good: Style,
    /// It will not be for long.
    pub soon: Style,
    /// It is not.
    pub bad: Style,
    /// Keys, and what must be read.
    pub strong: Style,
    /// The shapes.
    pub glyphs: &'static Glyphs,
}

/// Shapes; the ASCII ones are for terminals and fonts that know no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    pub selected: &'static str,
    pub fresh: &'static str,
    pub soon: &'static str,
    pub expired: &'static str,
    pub failed: &'static str,
    pub new: &'static str,
    pub lost: &'static str,
    pub prompt: &'static str,
    pub ellipsis: &'static str,
    /// The sign between a user's own name for an account and its name.
    pub separator: &'static str,
    pub line: &'static str,
    /// The rule between the query and the list, and where the line of the details meets it.
    pub rule: &'static str,
    pub rule_down: &'static str,
    pub rule_up: &'static str,
    /// The head of a group, open or folded; the rows of it, and the last one.
    pub open: &'static str,
    pub folded: &'static str,
    pub branch: &'static str,
    pub last_branch: &'static str,
    /// Marks behind a name.
    pub external: &'static str,
    pub chain: &'static str,
    pub own: &'static str,
    pub pinned: &'static str,
    pub here: &'static str,
    pub guarded: &'static str,
    /// The part of a list that is seen, on the border of a dialog.
    pub thumb: &'static str,
    /// The parts of a bar: the full one, the same below a dialog, and the empty one.
    pub full: &'static str,
    pub full_dimmed: &'static str,
    pub empty: &'static str,
    pub spinner: [&'static str; 4],
    pub border: border::Set<'static>,
    /// `true` if box-drawing characters can be drawn, also the large letters made of them.
    pub boxes: bool,
}

static UNICODE: Glyphs = Glyphs {
    selected: "▌",
    fresh: "●",
    soon: "◐",
    expired: "○",
    failed: "✗",
    new: "+",
    lost: "−",
    prompt: "❯",
    ellipsis: "…",
    separator: SEPARATOR,
    line: "│",
    rule: "─",
    rule_down: "┬",
    rule_up: "┴",
    open: "▾",
    folded: "▸",
    branch: "├ ",
    last_branch: "└ ",
    external: "↗",
    chain: "⇢",
    own: "◇",
    pinned: "★",
    here: "⌂",
    guarded: "▲",
    thumb: "┃",
    full: "█",
    full_dimmed: "▒",
    empty: "░",
    spinner: ["⠋", "⠙", "⠸", "⠴"],
    border: border::ROUNDED,
    boxes: true,
};

static ASCII: Glyphs = Glyphs {
    selected: ">",
    fresh: "*",
    soon: "%",
    expired: "o",
    failed: "x",
    new: "+",
    lost: "-",
    prompt: ">",
    ellipsis: "~",
    separator: "-",
    line: "|",
    rule: "-",
    rule_down: "+",
    rule_up: "+",
    open: "-",
    folded: "+",
    branch: "| ",
    last_branch: "` ",
    external: "^",
    chain: "<",
    own: "=",
    pinned: "&",
    here: "@",
    guarded: "!",
    thumb: "#",
    full: "#",
    full_dimmed: "#",
    empty: ".",
    spinner: ["|", "/", "-", "\\"],
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    boxes: false,
};

impl Theme {
    /// The theme that the terminal and the settings ask for.
    #[must_use]
    pub fn new(env: &Env, settings: &Settings) -> Self {
        Self::on(env, settings, None)
    }

    /// The theme for a background that the terminal told.
    pub(super) fn on(env: &Env, settings: &Settings, background: Option<Background>) -> Self {
        let glyphs = if settings.ascii.unwrap_or_else(|| !speaks_unicode(env)) {
            &ASCII
        } else {
            &UNICODE
        };
        let depth = Depth::from_env(env);
        let wanted = settings.theme.unwrap_or_default();
        let name = palette::choose(env, wanted, depth, background);
        Self::from_palette(&built_in(name), depth, glyphs)
    }

    /// `true` if the theme depends on the terminal's background.
    pub(super) fn follows_background(env: &Env, settings: &Settings) -> bool {
        let name = |background| {
            let wanted = settings.theme.unwrap_or_default();
            palette::choose(env, wanted, Depth::from_env(env), Some(background))
        };
        name(Background::Dark) != name(Background::Light)
    }

    /// No styles: for text that is measured.
    pub(super) fn plain() -> Self {
        Self::from_palette(&Palette::default(), Depth::Mono, &UNICODE)
    }

    fn from_palette(palette: &Palette, depth: Depth, glyphs: &'static Glyphs) -> Self {
        let style = |words: Words| depth.show(words.0);
        Self {
            base: style(palette.base),
            accent: style(palette.accent),
            dim: style(palette.dim),
            selected: style(palette.selected),
            matched: style(palette.matched),
            good: style(palette.good),
            soon: style(palette.soon),
            bad: style(palette.bad),
            strong: style(palette.strong),
            glyphs,
        }
    }

    /// The glyph and style of a countdown.
    #[must_use]
    pub(crate) fn freshness(&self, freshness: Freshness) -> (&'static str, Style) {
        match freshness {
            Freshness::None => (" ", Style::new()),
            Freshness::Fresh => (self.glyphs.fresh, self.good),
            Freshness::Soon => (self.glyphs.soon, self.soon),
            Freshness::Expired => (self.glyphs.expired, self.bad),
        }
    }
}

/// The text of a built-in theme.
fn text_of(name: ThemeName) -> &'static str {
    match name {
        ThemeName::Dark => include_str!("../../assets/themes/dark.toml"),
        ThemeName::Light => include_str!("../../assets/themes/light.toml"),
        ThemeName::Contrast => include_str!("../../assets/themes/contrast.toml"),
        ThemeName::Mono => include_str!("../../assets/themes/mono.toml"),
        ThemeName::Auto | ThemeName::Terminal => {
            include_str!("../../assets/themes/terminal.toml")
        }
    }
}

/// A built-in theme. A test reads every one of them: none of them fails.
fn built_in(name: ThemeName) -> Palette {
    document::parse(text_of(name)).unwrap_or_default()
}

/// `true` if the locale uses UTF-8, or if none is set.
fn speaks_unicode(env: &Env) -> bool {
    if env.get("TERM") == Some("linux") {
        return false;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| env.get(name));
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
