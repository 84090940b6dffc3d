//! xonsh, whose files are Python.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Completions, Dialect, Hook, Shell, Start, escaped, lines, quoted_words};

pub(super) const DIALECT: Dialect = Dialect {
    name: "xonsh",
    about: "xonsh",
    quote: |text| Some(escaped(text)),
    export: |name, quoted| format!("${name} = {quoted}"),
    unset: Some(|name| format!("${{...}}.pop(\"{name}\", None)")),
    warn: None,
    document: lines,
    evaluation: |command| format!("execx($({command}))"),
    failure: None,
    hook: Some(Hook {
        about: "In ~/.xonshrc: execx($(roledex init xonsh))",
        text: include_str!("../../../assets/shell/hook.xsh"),
        list: |words| quoted_words(words, '"', ", "),
        prompt: include_str!("../../../assets/shell/prompt.xsh"),
        always_reads_files: false,
        start_text: include_str!("../../../assets/shell/subshell.xsh"),
        start_lines: Shell::Xonsh,
        start: |text, directory, _| Start::with_file("--rc", directory.join("rc.xsh"), text),
    }),
    completions: Some(Completions {
        about: "xonsh",
        alias: None,
        generate: |command, name, out| {
            command.set_bin_name(name);
            command.build();
            let mut commands = BTreeMap::new();
            collect(command, String::new(), &mut commands);
            let text = include_str!("../../../assets/shell/completions.py");
            // Strings, arrays and objects of JSON are those of Python.
            let lines = commands
                .iter()
                .map(|command| format!("    {},\n", json!(command)));
            let commands = format!("dict([\n{}])", lines.collect::<String>());
            out.extend_from_slice(text.replace("@COMMANDS@", &commands).as_bytes());
        },
    }),
    is_running: |env| env.get("XONSH_VERSION").is_some(),
};

/// A word and its description.
type Word = (String, String);

/// The words that may follow a command, and the values of each of its options.
type Words = (Vec<Word>, BTreeMap<String, Vec<Word>>);

/// Collects the words of a command and of those below it, by their names.
fn collect(command: &clap::Command, name: String, commands: &mut BTreeMap<String, Words>) {
    let mut words = Vec::new();
    let mut values = BTreeMap::new();
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        words.push((below.get_name().to_owned(), text(below.get_about())));
        let name = format!("{name} {}", below.get_name());
        collect(below, name.trim_start().to_owned(), commands);
    }
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let possible = arg.get_possible_values();
        let possible = possible.iter().filter(|value| !value.is_hide_set());
        let possible = possible.map(|value| (value.get_name().to_owned(), text(value.get_help())));
        if arg.is_positional() {
            words.extend(possible);
            continue;
        }
        let long = arg.get_long().map(|long| format!("--{long}"));
        let short = arg.get_short().map(|short| format!("-{short}"));
        let possible: Vec<_> = possible.collect();
        for flag in long.into_iter().chain(short) {
            if arg.get_action().takes_values() {
                values.insert(flag.clone(), possible.clone());
            }
            words.push((flag, text(arg.get_help())));
        }
    }
    commands.insert(name, (words, values));
}

/// The first line of a description.
fn text(description: Option<&clap::builder::StyledStr>) -> String {
    let text = description.map(ToString::to_string).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}
