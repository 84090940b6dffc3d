//! Colours and glyphs. The terminal's own sixteen colours, so that light and dark grounds both work;
//! no colour at all under `NO_COLOR`, where glyphs and weight carry the meaning (STYLE §4.2).

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use crate::config::{Env, Settings};
use crate::domain::Freshness;

/// How things look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Headings and the prompt.
    pub accent: Style,
    /// What matters less.
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
#[expect(missing_docs, reason = "the names say where each one is drawn")]
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
    pub line: &'static str,
    pub spinner: [&'static str; 4],
    pub border: border::Set<'static>,
    /// Whether lines of boxes can be drawn, and so the large letters made of them.
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
    line: "│",
    spinner: ["⠋", "⠙", "⠸", "⠴"],
    border: border::PLAIN,
    boxes: true,
};

static ASCII: Glyphs = Glyphs {
    selected: ">",
    fresh: "*",
    soon: "!",
    expired: "o",
    failed: "x",
    new: "+",
    lost: "-",
    prompt: ">",
    ellipsis: "~",
    line: "|",
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
    /// The theme that a terminal and a person's settings ask for.
    #[must_use]
    pub fn new(env: &Env, settings: &Settings) -> Self {
        let glyphs = if settings.ascii.unwrap_or_else(|| !speaks_unicode(env)) {
            &ASCII
        } else {
            &UNICODE
        };
        let colours = env.get("NO_COLOR").is_none() && env.get("TERM") != Some("dumb");
        if colours {
            Self::ansi(glyphs)
        } else {
            Self::mono(glyphs)
        }
    }

    /// The terminal's sixteen colours.
    #[must_use]
    fn ansi(glyphs: &'static Glyphs) -> Self {
        let fg = |colour| Style::new().fg(colour);
        Self {
            accent: fg(Color::Cyan).add_modifier(Modifier::BOLD),
            dim: fg(Color::DarkGray),
            selected: Style::new().add_modifier(Modifier::REVERSED),
            matched: fg(Color::Yellow).add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
            good: fg(Color::Green),
            soon: fg(Color::Yellow).add_modifier(Modifier::BOLD),
            bad: fg(Color::Red).add_modifier(Modifier::BOLD),
            strong: Style::new().add_modifier(Modifier::BOLD),
            glyphs,
        }
    }

    /// No colour: weight alone.
    #[must_use]
    fn mono(glyphs: &'static Glyphs) -> Self {
        let weight = |modifier| Style::new().add_modifier(modifier);
        Self {
            accent: weight(Modifier::BOLD),
            dim: weight(Modifier::DIM),
            selected: weight(Modifier::REVERSED),
            matched: weight(Modifier::UNDERLINED),
            good: Style::new(),
            soon: weight(Modifier::BOLD),
            bad: weight(Modifier::BOLD),
            strong: weight(Modifier::BOLD),
            glyphs,
        }
    }

    /// The glyph and style of a countdown.
    #[must_use]
    pub fn freshness(&self, freshness: Freshness) -> (&'static str, Style) {
        match freshness {
            Freshness::None => (" ", Style::new()),
            Freshness::Fresh => (self.glyphs.fresh, self.good),
            Freshness::Soon => (self.glyphs.soon, self.soon),
            Freshness::Expired => (self.glyphs.expired, self.bad),
        }
    }
}

/// Whether the locale promises UTF-8. No locale at all promises nothing against it.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(pairs: &[(&str, &str)]) -> Theme {
        Theme::new(&pairs.iter().copied().collect(), &Settings::default())
    }

    #[test]
    fn no_color_means_no_colour() {
        let mono = theme(&[("NO_COLOR", "1")]);
        for style in [
            mono.accent,
            mono.dim,
            mono.selected,
            mono.matched,
            mono.good,
            mono.soon,
            mono.bad,
            mono.strong,
        ] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
        assert_ne!(mono.selected, Style::new());
        assert!(
            theme(&[("NO_COLOR", "")]).bad.fg.is_some(),
            "an empty NO_COLOR is none"
        );
    }

    #[test]
    fn ascii_where_nothing_else_is_spoken() {
        assert_eq!(theme(&[("LANG", "C")]).glyphs, &ASCII);
        assert_eq!(
            theme(&[("LANG", "C"), ("LC_ALL", "C.UTF-8")]).glyphs,
            &UNICODE
        );
        assert_eq!(theme(&[("TERM", "linux")]).glyphs, &ASCII);
        assert_eq!(theme(&[]).glyphs, &UNICODE);
    }
}
