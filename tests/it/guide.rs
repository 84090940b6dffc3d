//! The commands of the documentation: every one is parsed by the real binary, and those that the guide types
//! (`$ …`) are run, page by page, against the simulator.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Home, ROLEDEX, Ran, installed};

/// The organization that the guide is about.
const ACME: &str = r#"
[[portals]]
name = "acme"
region = "eu-west-1"
start_url = "https://acme.awsapps.com/start"

[[portals.accounts]]
id = "111111111111"
name = "Payments Production"
email = "aws+payments@acme.example"
roles = ["AdministratorAccess", "ReadOnlyAccess"]

[[portals.accounts]]
id = "222222222222"
name = "Payments Staging"
email = "aws+staging@acme.example"
roles = ["ReadOnlyAccess"]

[[portals.accounts]]
id = "333333333333"
name = "Sandbox"
email = "aws+sandbox@acme.example"
roles = ["AdministratorAccess"]
"#;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// The pages of a directory.
fn pages(directory: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    pages.sort();
    pages
}

/// The lines of the fenced blocks of one language.
fn fenced<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(info) = line.strip_prefix("```") {
            inside = !inside && info == language;
        } else if inside {
            lines.push(line);
        }
    }
    lines
}

/// Commands of roledex in a page: in its blocks and, where `inline`, in its text.
fn commands(text: &str, inline: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        let is_code = fenced || line.starts_with("    ");
        let line = line.trim_start().trim_start_matches("$ ");
        if is_code && line.starts_with("roledex ") {
            found.push(line.to_owned());
        }
        if inline && !is_code {
            let codes = line.split('`').skip(1).step_by(2);
            let codes = codes.filter(|code| code.starts_with("roledex "));
            found.extend(codes.map(|code| code.replace("\\|", "|")));
        }
    }
    found
}

/// A command without what the shell does with it.
fn alone(command: &str) -> &str {
    let ends = [" #", " |", " >", " &&", " ; "];
    let end = ends.iter().filter_map(|end| command.find(end)).min();
    command.get(..end.unwrap_or(command.len())).unwrap()
}

fn bash(home: &Home, script: &str) -> Ran {
    let directory = Path::new(ROLEDEX).parent().unwrap().to_str().unwrap();
    let env = home.env();
    let (_, path) = env.iter().find(|(name, _)| name == "PATH").unwrap();
    let mut command = home.command("bash");
    command.args(["--norc", "--noprofile", "-c", script]);
    command.env("PATH", format!("{directory}:{path}"));
    Ran::new(&command.output().unwrap())
}

/// A function that asks for help with a command, in place of running it.
const ASK_FOR_HELP: &str = "roledex() {\n local words=() word\n for word; do [[ $word == -- ]] && break; words+=(\"$word\"); done\n command roledex \"${words[@]}\" --help\n}\n";

#[test]
fn every_command_of_the_pages_is_one() {
    if !installed("bash", &["--version"]) {
        return;
    }
    let home = Home::new("startup");
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let mut all = vec![("README.md".to_owned(), fs::read_to_string(readme).unwrap())];
    all.extend(pages(&docs()));
    let mut found: Vec<_> = all
        .iter()
        .flat_map(|(page, text)| {
            commands(text, false)
                .into_iter()
                .map(move |command| (page, command))
        })
        .collect();
    let guide = pages(&docs().join("guide"));
    for (page, text) in &guide {
        found.extend(
            commands(text, true)
                .into_iter()
                .map(|command| (page, command)),
        );
    }
    assert!(found.len() > 70, "{}", found.len());
    let mut wrong = Vec::new();
    for (page, command) in &found {
        let ran = bash(&home, &format!("{ASK_FOR_HELP}{}", alone(command)));
        if ran.code != 0 || !ran.stdout.contains("Usage: roledex") {
            wrong.push(format!("{page}: {command}: {}", ran.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_guide_works_as_it_is_typed() {
    if !installed("bash", &["--version"]) {
        return;
    }
    let mut typed = 0;
    for (page, text) in pages(&docs().join("guide")) {
        let home = Home::scenario(ACME);
        if page != "first-day.md" {
            home.sign_in();
            home.ok(&["list"]);
        }
        for line in fenced(&text, "console") {
            let command = line.strip_prefix("$ ").expect(line);
            typed += 1;
            if let Some(portal) = command.strip_prefix("roledex login ") {
                home.login(portal);
                continue;
            }
            let ran = bash(&home, command);
            assert_eq!(ran.code, 0, "{page}: {command}: {ran:?}");
        }
    }
    assert!(typed > 30, "{typed}");
}

#[test]
fn the_book_has_every_page() {
    let summary = fs::read_to_string(docs().join("SUMMARY.md")).unwrap();
    let guide = pages(&docs().join("guide")).into_iter();
    let names = guide.map(|(name, _)| format!("guide/{name}"));
    let names = names.chain(pages(&docs()).into_iter().map(|(name, _)| name));
    for name in names.filter(|name| name != "SUMMARY.md") {
        assert!(summary.contains(&format!("({name})")), "{name}");
    }
}
