//! Every theme: strictly read, legible, and as much as the terminal can show.

use ratatui::buffer::Buffer;
use ratatui::style::Color;

use super::*;
use crate::domain::{Problem, ProblemKind};
use crate::tui::action::Action;
use crate::tui::msg::{Facts, Msg};
use crate::tui::sample;
use crate::tui::state::State;
use crate::tui::update::update;

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

#[test]
fn no_two_marks_of_a_row_are_the_same() {
    for glyphs in [&ASCII, &UNICODE] {
        let states = [
            glyphs.selected,
            glyphs.fresh,
            glyphs.soon,
            glyphs.expired,
            glyphs.failed,
            glyphs.new,
            glyphs.lost,
        ];
        let marks = [
            glyphs.external,
            glyphs.chain,
            glyphs.own,
            glyphs.pinned,
            glyphs.here,
            glyphs.guarded,
        ];
        let all = [&states[..], &marks].concat();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "{all:?}");
    }
}

const ALL: [ThemeName; 5] = [
    ThemeName::Dark,
    ThemeName::Light,
    ThemeName::Terminal,
    ThemeName::Contrast,
    ThemeName::Mono,
];

fn wanted(name: ThemeName, pairs: &[(&str, &str)]) -> Theme {
    let settings = Settings {
        theme: Some(name),
        ..Settings::default()
    };
    Theme::new(&pairs.iter().copied().collect(), &settings)
}

#[test]
fn every_file_is_read_strictly() {
    for name in ALL {
        let palette: Result<Palette, _> = document::parse(text_of(name));
        assert_eq!(palette, Ok(built_in(name)), "{name:?}");
        let more = format!("{}\nglow = \"red\"\n", text_of(name));
        assert!(
            document::parse::<Palette>(&more).is_err(),
            "{name:?}: an unknown key"
        );
        let less = text_of(name).replace("strong = ", "# ");
        assert!(
            document::parse::<Palette>(&less).is_err(),
            "{name:?}: a missing key"
        );
    }
    for wrong in [
        "#12345",
        "#1234567",
        "#gggggg",
        "mauve",
        "on",
        "red on bold",
        "#+12345",
    ] {
        assert!(Words::try_from(wrong.to_owned()).is_err(), "{wrong}");
    }
    let words = Words::try_from("bold #0a0b0c on light-red".to_owned()).unwrap();
    let style = Style::new()
        .bold()
        .fg(Color::Rgb(10, 11, 12))
        .bg(Color::LightRed);
    assert_eq!(words.0, style);
}

#[test]
fn the_settings_name_a_theme_or_are_told_which_there_are() {
    let settings = Settings::parse("theme = \"contrast\"\n").unwrap();
    assert_eq!(settings.theme, Some(ThemeName::Contrast));
    let mistake = Settings::parse("mouse = true\ntheme = \"mauve\"\n").unwrap_err();
    assert_eq!(mistake.line, 2);
    for name in ["auto", "dark", "light", "terminal", "contrast", "mono"] {
        assert!(mistake.message.contains(name), "{mistake}");
    }
}

#[test]
fn as_many_colours_as_the_terminal_has() {
    let depth = |pairs: &[(&str, &str)]| Depth::from_env(&pairs.iter().copied().collect());
    assert_eq!(depth(&[("TERM", "xterm")]), Depth::Sixteen);
    assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::Indexed);
    assert_eq!(
        depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]),
        Depth::True
    );
    assert_eq!(depth(&[("TERM", "xterm-kitty")]), Depth::True);
    assert_eq!(
        depth(&[("TERM", "dumb"), ("COLORTERM", "truecolor")]),
        Depth::Mono
    );
    assert_eq!(
        depth(&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")]),
        Depth::Mono
    );
    let good = |pairs: &[(&str, &str)]| wanted(ThemeName::Dark, pairs).good.fg;
    assert_eq!(
        good(&[("COLORTERM", "24bit")]),
        Some(Color::Rgb(0x8f, 0xd6, 0x7a))
    );
    assert!(matches!(
        good(&[("TERM", "x-256color")]),
        Some(Color::Indexed(16..))
    ));
    assert_eq!(
        good(&[("TERM", "xterm")]),
        Some(Color::Green),
        "the terminal's own"
    );
    let contrast = wanted(ThemeName::Contrast, &[("TERM", "xterm")]);
    assert_eq!(
        (contrast.base.fg, contrast.base.bg),
        (Some(Color::White), Some(Color::Black))
    );
    assert_eq!(
        wanted(ThemeName::Dark, &[("NO_COLOR", "1")]),
        theme(&[("NO_COLOR", "1")])
    );
}

#[test]
fn the_ground_decides_where_it_is_known() {
    let with = |background: &str| theme(&[("TERM", "xterm-256color"), ("COLORFGBG", background)]);
    let named = |name| wanted(name, &[("TERM", "xterm-256color")]);
    assert_eq!(with("15;0"), named(ThemeName::Dark));
    assert_eq!(with("0;default;15"), named(ThemeName::Light));
    assert_eq!(with("0;7"), named(ThemeName::Light));
    for unknown in ["", "default;default", "x", "15;99", "15;-1", "15;"] {
        assert_eq!(with(unknown), named(ThemeName::Terminal), "{unknown}");
    }
    let in_tmux = [
        ("TERM", "tmux-256color"),
        ("COLORFGBG", "0;15"),
        ("TMUX", "/tmp/x,1,0"),
    ];
    assert_eq!(theme(&in_tmux), named(ThemeName::Terminal));
    assert_eq!(
        theme(&[("TERM", "rxvt"), ("COLORFGBG", "15;0")]),
        named(ThemeName::Terminal).in_sixteen()
    );
}

impl Theme {
    /// The terminal's theme is the same however many colors there are.
    fn in_sixteen(self) -> Self {
        assert_eq!(self, wanted(ThemeName::Terminal, &[("TERM", "rxvt")]));
        self
    }
}

/// Red, green and blue of a color that is the same on every terminal.
fn rgb(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(index @ 16..) => Some(palette::indexed(index)),
        _ => None,
    }
}

/// WCAG's relative luminance.
fn luminance(rgb: [u8; 3]) -> f64 {
    let [r, g, b] = rgb.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// WCAG's contrast of two colors, 1 to 21.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Every screen, in states that show every style.
fn frames(theme: &Theme) -> Vec<Buffer> {
    let mut typed = sample::loaded();
    update(&mut typed, Msg::Text("pay".to_owned()));
    let mut help = sample::loaded();
    update(&mut help, Msg::Key(Action::Palette));
    let mut failed = sample::loaded();
    update(
        &mut failed,
        Msg::Failed(Problem::new(ProblemKind::Failed, "it broke").hint("mend it")),
    );
    let mut signed_out = sample::empty();
    let facts = Facts {
        sessions: vec![sample::session("acme", false)],
        profiles: Vec::new(),
        ..Facts::default()
    };
    update(&mut signed_out, Msg::Facts(Ok(facts)));
    let mut onboarding = sample::empty();
    update(&mut onboarding, Msg::Facts(Ok(Facts::default())));
    let states = [
        sample::loaded(),
        typed,
        help,
        failed,
        signed_out,
        onboarding,
        sample::signing_in(),
    ];
    states
        .into_iter()
        .map(|mut state| frame(&mut state, theme))
        .collect()
}

fn frame(state: &mut State, theme: &Theme) -> Buffer {
    update(
        state,
        Msg::Resize {
            width: 100,
            height: 30,
        },
    );
    sample::drawn(state, theme).0
}

#[test]
fn luminance_is_as_wcag_has_it() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.001);
    // The lightest gray that passes on white, and the first that does not.
    assert!(contrast([0x76; 3], [255; 3]) >= 4.5 && contrast([0x77; 3], [255; 3]) < 4.5);
}

#[test]
fn every_text_is_legible_on_its_ground() {
    for (name, least) in [
        (ThemeName::Dark, 4.5),
        (ThemeName::Light, 4.5),
        (ThemeName::Contrast, 7.0),
    ] {
        for depth in [("COLORTERM", "truecolor"), ("TERM", "xterm-256color")] {
            let theme = wanted(name, &[depth]);
            let background = theme.base.bg.and_then(rgb).unwrap();
            let over = |style: Style, background: [u8; 3]| {
                let text = style.fg.or(theme.base.fg).and_then(rgb).unwrap();
                let contrast = contrast(text, background);
                assert!(
                    contrast >= least,
                    "{name:?} {depth:?}: {style:?} has {contrast:.2}"
                );
            };
            let Theme {
                base,
                accent,
                dim,
                matched,
                good,
                soon,
                bad,
                strong,
                ..
            } = theme;
            for style in [base, accent, dim, matched, good, soon, bad, strong] {
                over(style, background);
            }
            let selected = theme.selected.bg.and_then(rgb).unwrap();
            over(theme.selected, selected);
            over(theme.selected.patch(matched), selected);
            for buffer in frames(&theme) {
                for cell in buffer.content.iter().filter(|cell| cell.symbol() != " ") {
                    let (text, background) = (rgb(cell.fg).unwrap(), rgb(cell.bg).unwrap());
                    let contrast = contrast(text, background);
                    assert!(
                        contrast >= least,
                        "{name:?} {depth:?}: {contrast:.2} in {cell:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_ground_is_laid_under_every_cell_or_under_none() {
    for name in ALL {
        let theme = wanted(name, &[("COLORTERM", "truecolor")]);
        let own = theme.base.bg.is_some();
        for buffer in frames(&theme) {
            let left = buffer.content.iter().any(|cell| cell.bg == Color::Reset);
            assert_eq!(left, !own, "{name:?}");
        }
    }
}

#[test]
fn with_reduced_motion_a_second_changes_countdowns_only() {
    let still = |still: bool, seconds: i64| {
        let mut state = sample::empty();
        let facts = Facts {
            sessions: vec![sample::session("acme", true)],
            profiles: Vec::new(),
            ..Facts::default()
        };
        update(&mut state, Msg::Facts(Ok(facts)));
        let account = sample::listing("acme", &[("111111111111", "One", &["Admin"])]);
        update(&mut state, Msg::Catalog(account));
        update(&mut state, Msg::Key(Action::Use));
        state.refreshing.insert("acme".into());
        state.reduced_motion = still;
        state.now = sample::at(seconds);
        frame(&mut state, &theme(&[]))
    };
    assert_eq!(still(true, 10), still(true, 11));
    assert_ne!(
        still(false, 10),
        still(false, 11),
        "the spinner turns otherwise"
    );
}
