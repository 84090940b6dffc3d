//! Keys: TOML → (context, key) → action, and back for footer and help (docs/architecture.md#one-vocabulary).

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::Action;
use crate::config::Ctx;
use crate::config::document::Mistake;
use crate::config::settings::{Keys, Settings};
use crate::domain::Problem;

/// A context in which keys are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "the names say it, and assets/keymap.toml explains the order"
)]
pub enum Context {
    Confirm,
    SignIn,
    Capture,
    Roles,
    Settings,
    Messages,
    Portals,
    Regions,
    Address,
    Sync,
    Help,
    Palette,
    Onboarding,
    QueryEmpty,
    QueryInside,
    Picker,
    Text,
    Global,
}

/// Every context with its name in TOML.
pub const CONTEXTS: [(Context, &str); 18] = [
    (Context::Confirm, "confirm"),
    (Context::SignIn, "sign_in"),
    (Context::Capture, "capture"),
    (Context::Roles, "roles"),
    (Context::Settings, "settings"),
    (Context::Messages, "messages"),
    (Context::Portals, "portals"),
    (Context::Regions, "regions"),
    (Context::Address, "address"),
    (Context::Sync, "sync"),
    (Context::Help, "help"),
    (Context::Palette, "palette"),
    (Context::Onboarding, "onboarding"),
    (Context::QueryEmpty, "query_empty"),
    (Context::QueryInside, "query_inside"),
    (Context::Picker, "picker"),
    (Context::Text, "text"),
    (Context::Global, "global"),
];

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// The bindings of keys to actions.
#[derive(Clone, Debug)]
pub struct Keymap {
    /// Those of a context are together, in the order of the file: they are looked up for each frame.
    bindings: Vec<(Context, Key, Action)>,
}

impl Keymap {
    /// The user's keys, from the settings.
    ///
    /// # Errors
    /// As [`Keymap::new`], with the file and the line.
    pub(crate) fn of_settings(ctx: &Ctx) -> Result<Self, Problem> {
        let file = || ctx.dirs.tilde(&ctx.dirs.settings_file());
        Self::new(&ctx.settings.keys).map_err(|mistake| mistake.problem(&file()))
    }

    /// The built-in keys with the user's changes.
    ///
    /// # Errors
    /// A context, key or action that does not exist, and a key that is bound twice.
    pub fn new(changes: &[Keys]) -> Result<Self, Mistake> {
        let mut keymap = Self {
            bindings: Vec::new(),
        };
        let built_in = Settings::parse(include_str!("../../assets/keymap.toml"))?.keys;
        for table in [&*built_in, changes] {
            for keys in table {
                let context = named(&keys.context).ok_or_else(|| Mistake {
                    line: keys.line,
                    message: unknown_context(&keys.context),
                })?;
                let mut seen = Vec::new();
                for (key, binding) in &keys.bindings {
                    let mistake = |message| Mistake {
                        line: binding.line,
                        message,
                    };
                    let bound = keymap.bind(context, key, &binding.action);
                    let bound = bound.map_err(mistake)?;
                    if seen.contains(&bound) {
                        return Err(mistake(format!("{bound} is bound twice")));
                    }
                    seen.push(bound);
                }
            }
        }
        Ok(keymap)
    }

    fn bind(&mut self, context: Context, key: &str, action: &str) -> Result<Key, String> {
        let key = Key::parse(key).ok_or_else(|| format!("{key:?} is not a key"))?;
        self.bindings
            .retain(|(known, bound, _)| (*known, *bound) != (context, key));
        if action != "none" {
            let action =
                Action::named(action).ok_or_else(|| format!("unknown action {action:?}"))?;
            let end = self.range(context).end;
            self.bindings.insert(end, (context, key, action));
        }
        Ok(key)
    }

    /// The action of a key in the first of some contexts that binds it. Ctrl-C means quit before any
    /// of them is asked, so that it can never be dead. Where nothing is typed, a capital that has no action of its own
    /// is the small letter: Caps Lock may be on.
    #[must_use]
    pub fn resolve(&self, contexts: &[Context], event: &KeyEvent) -> Option<Action> {
        let key = Key::from_event(event);
        if key
            == (Key {
                code: KeyCode::Char('c'),
                modifiers: KeyModifiers::CONTROL,
            })
        {
            return Some(Action::Quit);
        }
        let lower = key.lower().filter(|_| !contexts.contains(&Context::Text));
        self.action_of(contexts, key)
            .or_else(|| self.action_of(contexts, lower?))
    }

    /// The action of a key in the first of some contexts that binds it.
    fn action_of(&self, contexts: &[Context], key: Key) -> Option<Action> {
        let bound = |context: &Context| self.bindings(*context).find(|(bound, _)| *bound == key);
        let (_, action) = contexts.iter().find_map(bound)?;
        Some(action)
    }

    /// The keys of an action in some contexts. A key is of the first context that binds it.
    pub fn keys_for(&self, contexts: &[Context], action: Action) -> impl Iterator<Item = Key> {
        let has = move |before: &[Context], key| self.action_of(before, key).is_some();
        let keys = (0..contexts.len()).flat_map(move |at| {
            let keys = self.bindings(contexts[at]);
            keys.filter(move |(key, bound)| *bound == action && !has(&contexts[..at], *key))
        });
        keys.map(|(key, _)| key)
    }

    /// The first key of an action in some contexts, as text; an arrow, if it has one.
    #[must_use]
    pub fn key_for(&self, contexts: &[Context], action: Action) -> Option<String> {
        if action == Action::Quit {
            return Some("Ctrl-C".to_owned());
        }
        let keys = self.keys_for(contexts, action);
        let key = keys.min_by_key(|key| !key.is_arrow())?;
        Some(key.to_string())
    }

    /// All keys of a context with their actions.
    pub fn bindings(&self, context: Context) -> impl Iterator<Item = (Key, Action)> {
        let bindings = self.bindings.get(self.range(context)).unwrap_or_default();
        bindings.iter().map(|(_, key, action)| (*key, *action))
    }

    fn range(&self, context: Context) -> Range<usize> {
        let start = self
            .bindings
            .partition_point(|(known, ..)| *known < context);
        let end = self
            .bindings
            .partition_point(|(known, ..)| *known <= context);
        start..end
    }
}

fn named(context: &str) -> Option<Context> {
    let mut contexts = CONTEXTS.iter();
    Some(contexts.find(|(_, name)| *name == context)?.0)
}

fn unknown_context(name: &str) -> String {
    let names = CONTEXTS.map(|(_, name)| name).join(", ");
    format!("{name:?} is not a context of keys; the contexts are: {names}")
}

/// Named keys.
const NAMED: [(KeyCode, &str, &str); 15] = [
    (KeyCode::Enter, "enter", "Enter"),
    (KeyCode::Esc, "esc", "Esc"),
    (KeyCode::Tab, "tab", "Tab"),
    (KeyCode::BackTab, "backtab", "Shift-Tab"),
    (KeyCode::Backspace, "backspace", "Backspace"),
    (KeyCode::Delete, "delete", "Del"),
    (KeyCode::Up, "up", "Up"),
    (KeyCode::Down, "down", "Down"),
    (KeyCode::Left, "left", "Left"),
    (KeyCode::Right, "right", "Right"),
    (KeyCode::PageUp, "pageup", "PgUp"),
    (KeyCode::PageDown, "pagedown", "PgDn"),
    (KeyCode::Home, "home", "Home"),
    (KeyCode::End, "end", "End"),
    (KeyCode::Char(' '), "space", "Space"),
];

impl Key {
    fn is_arrow(self) -> bool {
        let arrows = [KeyCode::Left, KeyCode::Right, KeyCode::Up, KeyCode::Down];
        self.modifiers.is_empty() && arrows.contains(&self.code)
    }

    /// The small letter of a capital.
    fn lower(self) -> Option<Self> {
        match self.code {
            KeyCode::Char(c) if c.is_ascii_uppercase() => Some(Self {
                code: KeyCode::Char(c.to_ascii_lowercase()),
                ..self
            }),
            _ => None,
        }
    }

    fn from_event(event: &KeyEvent) -> Self {
        let mut modifiers =
            event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let mut code = event.code;
        if let KeyCode::Char(c) = code {
            // Shift is in the character already; with Ctrl the case depends on the terminal.
            modifiers.remove(KeyModifiers::SHIFT);
            if !modifiers.is_empty() {
                code = KeyCode::Char(c.to_ascii_lowercase());
            }
        }
        if code == KeyCode::BackTab {
            modifiers.remove(KeyModifiers::SHIFT);
        }
        Self { code, modifiers }
    }

    /// `ctrl-r`, `f5`, `?`, `alt-backspace`.
    fn parse(text: &str) -> Option<Self> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        for (prefix, modifier) in [
            ("ctrl-", KeyModifiers::CONTROL),
            ("alt-", KeyModifiers::ALT),
            ("shift-", KeyModifiers::SHIFT),
        ] {
            if let Some(stripped) = rest.strip_prefix(prefix) {
                modifiers |= modifier;
                rest = stripped;
            }
        }
        let named = NAMED
            .iter()
            .find(|(_, name, _)| *name == rest)
            .map(|(code, _, _)| *code);
        let function = || {
            rest.strip_prefix('f')?
                .parse()
                .ok()
                .filter(|n| (1..=12).contains(n))
                .map(KeyCode::F)
        };
        let single = || {
            let mut chars = rest.chars();
            let c = chars.next()?;
            chars.next().is_none().then_some(KeyCode::Char(c))
        };
        Some(Self {
            code: named.or_else(function).or_else(single)?,
            modifiers,
        })
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (modifier, name) in [
            (KeyModifiers::CONTROL, "Ctrl-"),
            (KeyModifiers::ALT, "Alt-"),
            (KeyModifiers::SHIFT, "Shift-"),
        ] {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        let named = NAMED.iter().find(|(known, _, _)| *known == self.code);
        match (named, self.code) {
            (Some((_, _, name)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) if self.modifiers.is_empty() => write!(f, "{c}"),
            (None, KeyCode::Char(c)) => write!(f, "{}", c.to_ascii_uppercase()),
            (None, KeyCode::F(n)) => write!(f, "F{n}"),
            (None, _) => f.write_str("?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::action::{ACTIONS, Group};
    use super::*;

    fn keymap() -> Keymap {
        Keymap::new(&[]).unwrap()
    }

    fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn every_action_can_be_reached() {
        let keymap = keymap();
        for info in &ACTIONS {
            let bound = CONTEXTS
                .iter()
                .any(|(context, _)| keymap.key_for(&[*context], info.action).is_some());
            assert!(bound, "{} has no key", info.name);
            if info.group == Group::Screen {
                assert_eq!(
                    keymap.key_for(&[Context::Picker], info.action),
                    None,
                    "{}",
                    info.name
                );
            }
        }
    }

    #[test]
    fn ctrl_c_and_esc_mean_something_everywhere() {
        let keymap = keymap();
        for (context, name) in CONTEXTS {
            let contexts = [context, Context::Global];
            let ctrl_c = press(KeyCode::Char('c'), KeyModifiers::CONTROL);
            assert_eq!(
                keymap.resolve(&contexts, &ctrl_c),
                Some(Action::Quit),
                "{name}"
            );
            let esc = press(KeyCode::Esc, KeyModifiers::NONE);
            assert_eq!(
                keymap.resolve(&contexts, &esc),
                Some(Action::Back),
                "{name}"
            );
        }
    }

    #[test]
    fn the_first_context_decides() {
        let keymap = keymap();
        let mark = press(KeyCode::Char('?'), KeyModifiers::SHIFT);
        assert_eq!(
            keymap.resolve(&[Context::QueryEmpty, Context::Picker], &mark),
            Some(Action::Help)
        );
        assert_eq!(
            keymap.resolve(&[Context::Picker, Context::Text], &mark),
            None
        );
        assert_eq!(
            keymap.key_for(&[Context::Picker], Action::Refresh).unwrap(),
            "Ctrl-R"
        );
    }

    #[test]
    fn a_hint_names_a_key_that_works_and_rather_an_arrow() {
        let keymap = keymap();
        let key = |contexts: &[Context], action| keymap.key_for(contexts, action).unwrap();
        assert_eq!(key(&[Context::Text], Action::CursorLeft), "Left");
        assert_eq!(key(&[Context::Picker], Action::Up), "Up");
        let start = |contexts: &[Context]| {
            let keys = keymap.keys_for(contexts, Action::LineStart);
            keys.map(|key| key.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(start(&[Context::Text]), ["Ctrl-A", "Home"]);
        assert_eq!(start(&[Context::Picker, Context::Text]), ["Ctrl-A"]);
    }

    #[test]
    fn caps_lock_does_not_matter_where_nothing_is_typed() {
        let changes = "[keys.confirm]\n\"N\" = \"yes\"\n";
        let keymap = Keymap::new(&Settings::parse(changes).unwrap().keys).unwrap();
        let resolve = |contexts: &[Context], c| {
            keymap.resolve(contexts, &press(KeyCode::Char(c), KeyModifiers::SHIFT))
        };
        assert_eq!(resolve(&[Context::Confirm], 'Y'), Some(Action::Yes));
        assert_eq!(resolve(&[Context::SignIn], 'O'), Some(Action::OpenPage));
        assert_eq!(resolve(&[Context::Confirm], 'N'), Some(Action::Yes));
        assert_eq!(resolve(&[Context::Confirm, Context::Text], 'Y'), None);
    }

    #[test]
    fn the_users_changes_win() {
        let changes = |text: &str| Keymap::new(&Settings::parse(text).unwrap().keys);
        let keymap =
            changes("[keys.picker]\n\"ctrl-r\" = \"none\"\n\"alt-x\" = \"refresh\"\n").unwrap();
        assert_eq!(
            keymap.key_for(&[Context::Picker], Action::Refresh).unwrap(),
            "Alt-X"
        );
        for wrong in [
            "[keys.picker]\n\"ctrl-ctrl\" = \"use\"",
            "[keys.picker]\nx = \"fly\"",
            "[keys.picker]\n\"ctrl-alt-x\" = \"use\"\n\"alt-ctrl-x\" = \"use\"",
        ] {
            let mistake = changes(wrong).unwrap_err();
            assert_eq!(mistake.line, wrong.matches('\n').count() + 1, "{mistake}");
        }
        for wrong in ["[keys.nowhere]", "[keys.nowhere]\n\nx = \"use\""] {
            let mistake = changes(&format!("\n{wrong}\n")).unwrap_err();
            assert_eq!(mistake.line, 2, "{wrong}: {mistake}");
        }
        // Whatever is bound, Ctrl-C quits.
        let keymap = changes("[keys.global]\n\"ctrl-c\" = \"help\"\n").unwrap();
        let ctrl_c = press(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(
            keymap.resolve(&[Context::Global], &ctrl_c),
            Some(Action::Quit)
        );
    }
}
