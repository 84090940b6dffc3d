//! `roledex doctor --report`: facts for a bug report. It has numbers, versions, names of settings and
//! variables, and the public words of checks: no name, id, address or path of the user's.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::config::env::in_container;
use crate::config::{Env, Settings, build, system};
use crate::domain::health::Check;
use crate::domain::profile::Mode;
use crate::domain::text::clean;
use crate::flow::Flow;
use crate::shell::Shell;

/// Variables that change what roledex does. Only their names are reported.
const VARIABLES: [&str; 34] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SIGNIN",
    "AWS_ENDPOINT_URL_SSO",
    "AWS_ENDPOINT_URL_SSO_OIDC",
    "AWS_ENDPOINT_URL_STS",
    "AWS_LOGIN_CACHE_DIRECTORY",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "BROWSER",
    "COLORFGBG",
    "COLORTERM",
    "DISPLAY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_COLOR",
    "NO_PROXY",
    "ROLEDEX_BROWSER",
    "ROLEDEX_ENTRY",
    "ROLEDEX_REQUESTS_PER_SECOND",
    "STY",
    "TMUX",
    "WAYLAND_DISPLAY",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
];

impl Flow {
    /// A bug report with these checks: text that is safe to publish.
    #[must_use]
    pub fn report(&self, checks: &[Check]) -> String {
        let env = &self.ctx().env;
        let mut report = build::description();
        let mut line = |name: &str, value: &str| {
            let value = clean(value);
            let _ = writeln!(report, "{name}: {value}");
        };
        line("system", &system_of(env));
        line("terminal", &terminal_of(env));
        line("shell", shell_of(env));
        line("variables", &listed(variables(env)));
        line("settings", &self.settings_in_use());
        for (name, value) in self.amounts() {
            line(name, &value);
        }
        report.push('\n');
        report += &findings(checks);
        report
    }

    fn settings_in_use(&self) -> String {
        match Settings::names_in(&self.ctx().dirs) {
            Some(names) => listed(names),
            None => "cannot be read".to_owned(),
        }
    }

    /// The number of portals, apps, chains, profiles and entries.
    fn amounts(&self) -> Vec<(&'static str, String)> {
        let mut amounts = Vec::new();
        if let Ok(snapshot) = self.snapshot() {
            let mut modes: BTreeMap<&str, usize> = BTreeMap::new();
            for profile in snapshot.profiles() {
                if profile.entry.is_some() {
                    let mode = profile.mode.map_or("other", Mode::name);
                    *modes.entry(mode).or_default() += 1;
                }
            }
            amounts.push(("portals", snapshot.portals().len().to_string()));
            amounts.push(("managed profiles", counted(modes)));
        }
        if let Ok(catalog) = self.cached_catalog() {
            let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
            for entry in catalog.usable(None) {
                *kinds.entry(entry.id.kind.name()).or_default() += 1;
            }
            amounts.push(("entries", counted(kinds)));
        }
        if let Ok(apps) = self.apps() {
            let mut methods: BTreeMap<&str, usize> = BTreeMap::new();
            for app in apps {
                *methods.entry(app.method.name()).or_default() += 1;
            }
            amounts.push(("apps", counted(methods)));
        }
        amounts
    }
}

fn system_of(env: &Env) -> String {
    let mut text = system::description();
    for (is_so, words) in [
        (env.is_wsl(), ", in WSL"),
        (in_container(env), ", in a container"),
        (env.is_ssh(), ", over SSH"),
    ] {
        if is_so {
            text += words;
        }
    }
    text
}

/// `TERM` and `TERM_PROGRAM`, where they are ordinary words.
fn terminal_of(env: &Env) -> String {
    let words = ["TERM", "TERM_PROGRAM"].map(|name| {
        let value = env.get(name)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        Some(if value.len() <= 32 && value.chars().all(is_plain) {
            value
        } else {
            "another"
        })
    });
    listed(words.into_iter().flatten())
}

fn shell_of(env: &Env) -> &'static str {
    let program = env.get("SHELL").unwrap_or_default();
    let program = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut shells = Shell::ALL.into_iter().map(|shell| shell.dialect().name);
    shells.find(|name| *name == program).unwrap_or("another")
}

fn variables(env: &Env) -> impl Iterator<Item = &'static str> {
    let set = |name: &&str| env.is_set(name) || env.is_set(&name.to_ascii_lowercase());
    VARIABLES.into_iter().filter(set)
}

/// Words after one another; `none` if there are none.
fn listed<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> String {
    let words: Vec<T> = words.into_iter().collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}

fn counted(numbers: BTreeMap<&str, usize>) -> String {
    listed(
        numbers
            .into_iter()
            .map(|(name, number)| format!("{number} {name}")),
    )
}

/// The public words of the checks. Equal ones are counted.
fn findings(checks: &[Check]) -> String {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for check in checks {
        let what = check.public.as_deref().unwrap_or("not shown");
        let line = format!("{:<7}  {}: {}", check.state.name(), check.id, clean(what));
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, number)) => *number += 1,
            None => lines.push((line, 1)),
        }
    }
    let text = |(line, number): &(String, usize)| match number {
        1 => format!("{line}\n"),
        number => format!("{line} ({number} times)\n"),
    };
    lines.iter().map(text).collect()
}
