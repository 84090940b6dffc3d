//! The settings that a screen can change: what they are called, and what they may be.

/// The values that a setting accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Yes or no; this is the default.
    Flag(bool),
    /// One of these; the first is the default.
    Choice(&'static [&'static str]),
    /// Any text; this is what an empty one means.
    Text(&'static str),
    /// A whole number; this is the default.
    Number(&'static str),
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key in `config.toml`.
    pub key: &'static str,
    /// A short description.
    pub label: &'static str,
    /// The accepted values.
    pub shape: Shape,
}

const fn setting(key: &'static str, label: &'static str, shape: Shape) -> Setting {
    Setting { key, label, shape }
}

/// Every setting that is a plain value; lists and tables are for an editor.
pub(crate) const SETTINGS: [Setting; 18] = [
    setting(
        "theme",
        "theme",
        Shape::Choice(&["auto", "dark", "light", "terminal", "contrast", "mono"]),
    ),
    setting("ascii", "draw with ASCII only", Shape::Flag(false)),
    setting("reduced_motion", "reduce motion", Shape::Flag(false)),
    // The file may have any other height.
    setting(
        "height",
        "height",
        Shape::Choice(&["full", "40%", "60%", "80%"]),
    ),
    setting(
        "subshell_prompt",
        "role in the prompt of subshells",
        Shape::Flag(true),
    ),
    setting("mouse", "use the mouse", Shape::Flag(true)),
    setting("title", "next expiry in terminal title", Shape::Flag(true)),
    setting("bell", "bell when renewing needs you", Shape::Flag(true)),
    setting(
        "desktop_notice",
        "notification when renewing needs you",
        Shape::Flag(false),
    ),
    setting(
        "open_browser",
        "open the browser to sign in",
        Shape::Flag(true),
    ),
    setting(
        "default_region",
        "region of new profiles",
        Shape::Text("the portal's"),
    ),
    setting(
        "default_output",
        "output format of new profiles",
        Shape::Text("json"),
    ),
    setting(
        "profile_name",
        "profile name template",
        Shape::Text("ROLE-ACCOUNTID"),
    ),
    setting(
        "store",
        "credential store",
        Shape::Choice(&["auto", "keyring", "file"]),
    ),
    setting(
        "requests_per_second",
        "requests per second to a portal",
        Shape::Number("20"),
    ),
    setting(
        "capture_seconds",
        "capture timeout (s)",
        Shape::Number("180"),
    ),
    setting(
        "patience_seconds",
        "progress timeout (s)",
        Shape::Number("120"),
    ),
    setting("browser", "capture browser", Shape::Text("auto-detect")),
];

/// A setting and its value, as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// The setting.
    pub setting: Setting,
    /// Its value; `None`: the default.
    pub value: Option<String>,
}

impl SettingRow {
    /// The value in effect.
    #[must_use]
    pub fn shown(&self) -> &str {
        match (&self.value, self.setting.shape) {
            (Some(value), _) => value,
            (None, Shape::Flag(true)) => "true",
            (None, Shape::Flag(false)) => "false",
            (None, Shape::Choice(choices)) => choices.first().copied().unwrap_or_default(),
            (None, Shape::Text(default) | Shape::Number(default)) => default,
        }
    }

    /// The value after this one, where it is not typed.
    #[must_use]
    pub fn next(&self) -> Option<String> {
        match self.setting.shape {
            Shape::Flag(_) => Some(
                if self.shown() == "true" {
                    "false"
                } else {
                    "true"
                }
                .to_owned(),
            ),
            Shape::Choice(choices) => {
                let at = choices.iter().position(|choice| *choice == self.shown());
                let next = at.map_or(0, |at| (at + 1) % choices.len().max(1));
                choices.get(next).map(|choice| (*choice).to_owned())
            }
            Shape::Text(_) | Shape::Number(_) => None,
        }
    }
}
