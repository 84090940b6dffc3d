//! The README and `docs/` match the program: key tables, commands, links and settings.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use roledex::internals::tui::action::{ACTIONS, Action, Group};
use roledex::internals::tui::keymap::{CONTEXTS, Context, Keymap};

const BEGIN: &str = "<!-- keys: made by tests/it/readme.rs -->\n";
const END: &str = "<!-- end of keys -->\n";

/// The contexts of the list; all others are of screens above it.
const LIST: [Context; 4] = [
    Context::QueryEmpty,
    Context::Picker,
    Context::Text,
    Context::Global,
];

/// Every page: its path and its text.
fn pages() -> Vec<(PathBuf, String)> {
    let docs = ["docs", "docs/guide"].map(|folder| std::fs::read_dir(root().join(folder)).unwrap());
    let docs = docs
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    let top = std::fs::read_dir(root()).unwrap();
    let top = top.map(|entry| entry.unwrap().path());
    docs.chain(top)
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path, text)
        })
        .collect()
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
    let keys = keymap.keys_for(contexts, action);
    let mut keys: Vec<String> = keys.map(|key| code(&key.to_string())).collect();
    if action == Action::Quit {
        keys.push("Ctrl-C".to_owned());
    }
    keys
}

/// The words for an action in the list, where those of help do not say all of it.
fn of_list(action: Action, label: &str) -> String {
    match action {
        Action::Export => {
            format!("{label}; needs `rdx` (in the middle of the search, Ctrl-E goes to its end)")
        }
        Action::Back => "clear the search; without one, quit".to_owned(),
        Action::Help => format!("{label} (`?` and `:` while the search is empty)"),
        _ => label.to_owned(),
    }
}

/// Both tables: the keys of the list by what they act on, and those of every other screen.
fn tables() -> String {
    let keymap = Keymap::new(&[]).unwrap();
    let mut out = String::from("\n| in the list | key | does |\n|---|---|---|\n");
    for group in [
        Group::Entry,
        Group::List,
        Group::Portal,
        Group::View,
        Group::Program,
        Group::Move,
        Group::Text,
    ] {
        let mut name = group.title();
        let of_group = ACTIONS.iter().filter(|info| info.group == group);
        // Two actions open help.
        for info in of_group.filter(|info| info.action != Action::Palette) {
            let mut keys = keys(&keymap, &LIST, info.action);
            if info.action == Action::Help {
                keys.extend(self::keys(&keymap, &LIST, Action::Palette));
            }
            if !keys.is_empty() {
                let label = of_list(info.action, info.label);
                writeln!(out, "| {name} | {} | {label} |", keys.join(", ")).unwrap();
                name = "";
            }
        }
    }
    out += "\n| elsewhere | keys |\n|---|---|\n";
    for (context, name) in CONTEXTS
        .iter()
        .filter(|(context, _)| !LIST.contains(context) && *context != Context::QueryInside)
    {
        let of_screen = ACTIONS.iter().filter_map(|info| {
            // The screen of the settings gives a key of typing another meaning.
            let (contexts, label) = match (*context, info.action) {
                (Context::Settings, Action::DeleteForward) => (
                    vec![Context::Settings, Context::Text],
                    "back to the default",
                ),
                (Context::Palette, Action::Palette) => (vec![Context::Palette], "close help"),
                (context, _) => (vec![context], info.label),
            };
            let keys = keys(&keymap, &contexts, info.action);
            let bound = !keys.is_empty() && info.action != Action::Quit;
            bound.then(|| format!("{} {label}", keys.join(", ")))
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
    let path = root().join("docs/keys.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (there, after) = rest.split_once(END).unwrap();
    let tables = tables();
    if there == tables {
        return;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the environment tells a test to write"
    )]
    let write = std::env::var_os("ROLEDEX_UPDATE_DOCS").is_some();
    assert!(
        write,
        "the keys have changed; update the page: ROLEDEX_UPDATE_DOCS=1 cargo test --test it readme"
    );
    let mut file = std::fs::File::create(path).unwrap();
    write!(file, "{before}{BEGIN}{tables}{END}{after}").unwrap();
}

/// The anchor of a heading, as Markdown viewers make it.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn anchors(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| {
            Some(anchor(
                line.strip_prefix('#')?.trim_start_matches('#').trim(),
            ))
        })
        .collect()
}

#[test]
fn every_link_of_the_pages_resolves() {
    let mut seen = 0;
    for (page, text) in pages() {
        let links = text.split("](").skip(1);
        let links = links
            .chain(text.split("src=\"").skip(1))
            .chain(text.split("srcset=\"").skip(1));
        for link in links {
            let target = link.split([')', '"']).next().unwrap();
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            assert!(path.exists(), "{}: {target}", page.display());
            if !heading.is_empty() {
                let text = std::fs::read_to_string(&path).unwrap();
                let found = anchors(&text).contains(&heading.to_owned());
                assert!(found, "{}: {target}", page.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 10, "the links were found");
}

/// Comments cite rules as `docs/PAGE.md#anchor`; codes of documents that are not in the repository
/// mean nothing to a reader.
#[test]
fn every_citation_in_the_sources_resolves() {
    let bad = ["docs/requirements.md#no-such-rule", "docs/nowhere.md"];
    for sample in bad {
        assert_eq!(broken_citations(sample).len(), 1, "{sample}");
    }
    assert!(broken_citations("docs/requirements.md#slow-down, and on").is_empty());
    let mut broken = Vec::new();
    for folder in ["src", "tests/it", "benches", "assets"] {
        for path in files(&root().join(folder)) {
            // This file has the bad samples.
            if path.ends_with("readme.rs") {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            for citation in broken_citations(&text) {
                broken.push(format!("{}: {citation}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The `docs/…` citations of a text that lead nowhere.
fn broken_citations(text: &str) -> Vec<String> {
    let pattern = regex::Regex::new(r"docs/[a-z-]+\.md(#[a-z0-9-]+)?").unwrap();
    pattern
        .find_iter(text)
        .map(|found| found.as_str())
        .filter(|citation| {
            let (file, heading) = citation.split_once('#').unwrap_or((citation, ""));
            let page = std::fs::read_to_string(root().join(file));
            !page.is_ok_and(|text| {
                heading.is_empty() || anchors(&text).contains(&heading.to_owned())
            })
        })
        .map(str::to_owned)
        .collect()
}

/// The reference is the contract, so it has every command and every flag.
#[test]
fn the_reference_has_every_command_and_flag() {
    let reference = std::fs::read_to_string(root().join("docs/reference.md")).unwrap();
    let home = crate::support::Home::new("startup");
    let mut missing = Vec::new();
    let mut commands = vec![Vec::new()];
    while let Some(command) = commands.pop() {
        let mut args: Vec<&str> = command.iter().map(String::as_str).collect();
        args.push("--help");
        let help = home.ok(&args);
        for line in help.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            for word in &words {
                let flag: String = word
                    .trim_start_matches('[')
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '-' || c.is_ascii_digit())
                    .collect();
                let is_flag = flag.len() > 3 && line.trim_start().starts_with('-');
                if is_flag
                    && flag.starts_with("--")
                    && !["--help", "--version"].contains(&flag.as_str())
                    && !reference.contains(&flag)
                {
                    missing.push(format!("{command:?} {flag}"));
                }
            }
        }
        let subcommands = help.split_once("Commands:\n");
        for line in subcommands.map_or("", |(_, rest)| rest).lines() {
            if line.is_empty() {
                break;
            }
            let name = line.trim_start_matches(' ');
            if line.len() - name.len() != 2 {
                continue;
            }
            let name = name.split(' ').next().unwrap();
            if name == "help" {
                continue;
            }
            let mut path = command.clone();
            path.push(name.to_owned());
            if !reference.contains(&path.join(" ")) {
                missing.push(path.join(" "));
            }
            commands.push(path);
        }
    }
    missing.sort_unstable();
    missing.dedup();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Settings that a page shows are valid settings.
#[test]
fn its_settings_are_settings() {
    let mut seen = 0;
    for (page, text) in pages() {
        let blocks = text.split("\n\n").filter(|block| {
            let lines = || block.lines();
            lines().all(|line| line.starts_with("    "))
                && lines().any(|line| line.contains(" = ") || line.trim().starts_with('['))
        });
        for block in blocks {
            let parsed = roledex::internals::config::Settings::parse(block);
            assert!(parsed.is_ok(), "{parsed:?} in {}\n{block}", page.display());
            seen += 1;
        }
    }
    assert!(seen > 3, "the settings were found");
}

/// Each direct dependency has its reason and its alternative.
/// The variables that a source reads from the environment by their names.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let is_variable = |name: &&str| {
        let is_upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        name.len() > 2 && name.chars().all(is_upper) || *name == "container"
    };
    ["get(\"", "get_os(\"", "is_set(\""]
        .into_iter()
        .flat_map(|read| product.split(read).skip(1))
        .filter_map(|rest| rest.split('"').next())
        // A section of the AWS files.
        .filter(|name| *name != "DEFAULT")
        .filter(is_variable)
}

#[test]
fn the_reference_has_every_variable_that_is_read() {
    let reference = std::fs::read_to_string(root().join("docs/reference.md")).unwrap();
    let (_, list) = reference.split_once("\nroledex reads:\n").unwrap();
    let (list, _) = list.split_once("\n## ").unwrap();
    let mut count = 0;
    for path in files(&root().join("src")) {
        if path.ends_with("tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for name in variables(&text) {
            count += 1;
            let is_listed = list.contains(&format!("`{name}`"));
            assert!(is_listed, "{name}, which {} reads", path.display());
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn every_dependency_is_explained() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    let page = read("docs/dependencies.md");
    let manifest: toml_edit::DocumentMut = read("Cargo.toml").parse().unwrap();
    let mut names = Vec::new();
    let mut tables = vec![manifest.as_table()];
    if let Some(targets) = manifest.get("target").and_then(|item| item.as_table()) {
        tables.extend(targets.iter().filter_map(|(_, table)| table.as_table()));
    }
    for table in tables {
        for kind in ["dependencies", "dev-dependencies"] {
            let table = table.get(kind).and_then(|item| item.as_table());
            names.extend(
                table
                    .into_iter()
                    .flat_map(|table| table.iter())
                    .map(|(name, _)| name),
            );
        }
    }
    assert!(names.len() > 60, "{names:?}");
    names.retain(|name| !page.contains(&format!("`{name}`")));
    assert!(names.is_empty(), "{names:?}");
}
