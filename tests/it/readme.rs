//! The README tells the truth: its tables of keys are those of the code, and its pictures are there.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use roledex::tui::action::{ACTIONS, Action, Group};
use roledex::tui::keymap::{CONTEXTS, Context, Keymap};

const BEGIN: &str = "<!-- keys: made by tests/it/readme.rs -->\n";
const END: &str = "<!-- end of keys -->\n";

/// The contexts of the list; all others are of screens above it.
const LIST: [Context; 4] = [
    Context::QueryEmpty,
    Context::Picker,
    Context::Text,
    Context::Global,
];

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A key within a table of Markdown.
fn code(key: &str) -> String {
    match key {
        "|" => "`\\|`".to_owned(),
        "`" => "`` ` ``".to_owned(),
        key if key.len() == 1 => format!("`{key}`"),
        key => key.to_owned(),
    }
}

fn keys(keymap: &Keymap, contexts: &[Context], action: Action) -> Vec<String> {
    let mut keys = Vec::new();
    for context in contexts {
        for (key, bound) in keymap.of(*context) {
            let key = code(&key.to_string());
            if bound == action && !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    if action == Action::Quit {
        keys.push("Ctrl-C".to_owned());
    }
    keys
}

/// Both tables: the keys of the list by what they act on, and those of every other screen.
fn tables() -> String {
    let keymap = Keymap::new(&BTreeMap::new()).unwrap();
    let mut out = String::from("\n| in the list | key | does |\n|---|---|---|\n");
    for (group, name) in [
        (Group::Entry, "the entry"),
        (Group::Portal, "portals"),
        (Group::Program, "roledex"),
        (Group::Screen, "screens"),
        (Group::Move, "moving"),
        (Group::Text, "typing"),
    ] {
        let mut name = name;
        for info in ACTIONS.iter().filter(|info| info.group == group) {
            let keys = keys(&keymap, &LIST, info.action);
            if !keys.is_empty() {
                writeln!(out, "| {name} | {} | {} |", keys.join(", "), info.label).unwrap();
                name = "";
            }
        }
    }
    out += "\n| elsewhere | keys |\n|---|---|\n";
    for (context, name) in CONTEXTS
        .iter()
        .filter(|(context, _)| !LIST.contains(context))
    {
        let of_screen = ACTIONS.iter().filter_map(|info| {
            let keys = keys(&keymap, &[*context], info.action);
            let bound = !keys.is_empty() && info.action != Action::Quit;
            bound.then(|| format!("{} {}", keys.join(", "), info.label))
        });
        let of_screen: Vec<_> = of_screen.collect();
        if !of_screen.is_empty() {
            let name = name.replace('_', " ");
            writeln!(out, "| {name} | {} |", of_screen.join(" · ")).unwrap();
        }
    }
    out.push('\n');
    out
}

#[test]
fn the_tables_of_keys_are_those_of_the_code() {
    let readme = readme();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (there, after) = rest.split_once(END).unwrap();
    let tables = tables();
    if there == tables {
        return;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is told to write by the environment"
    )]
    let write = std::env::var_os("ROLEDEX_UPDATE_README").is_some();
    assert!(
        write,
        "the keys have changed; write them into the README: ROLEDEX_UPDATE_README=1 cargo test --test readme"
    );
    let mut file = std::fs::File::create(root().join("README.md")).unwrap();
    write!(file, "{before}{BEGIN}{tables}{END}{after}").unwrap();
}

#[test]
fn every_file_that_the_readme_names_is_there() {
    let readme = readme();
    let mut seen = 0;
    for link in readme
        .split("](")
        .skip(1)
        .chain(readme.split("src=\"").skip(1))
        .chain(readme.split("srcset=\"").skip(1))
    {
        let target = link.split([')', '"']).next().unwrap();
        if !target.contains("://") && !target.starts_with('#') {
            assert!(root().join(target).exists(), "{target}");
            seen += 1;
        }
    }
    assert!(seen > 3, "the links were found");
}

/// Whoever copies settings out of it is not told that they are wrong.
#[test]
fn its_settings_are_settings() {
    let readme = readme();
    let blocks = readme.split("\n\n").filter(|block| {
        let lines = || block.lines();
        lines().all(|line| line.starts_with("    "))
            && lines().any(|line| line.contains(" = ") || line.trim().starts_with('['))
    });
    let blocks: Vec<&str> = blocks.collect();
    assert!(blocks.len() > 4, "{blocks:?}");
    // A blank line is also within the example of all settings.
    for block in blocks {
        let parsed = roledex::config::Settings::parse(block);
        assert!(parsed.is_ok(), "{parsed:?} in\n{block}");
    }
}
