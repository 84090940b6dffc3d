//! The languages that export lines and hooks are written in: one file per shell or format, which holds
//! its quoting, its lines and its hook. Everything else asks [`Shell::dialect`].

mod bash;
mod cmd;
mod dotenv;
mod elvish;
mod fish;
mod json;
mod nu;
mod pwsh;
mod xonsh;
mod zsh;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::config::Env;

/// A shell, or an output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// Bash, and every POSIX shell.
    Bash,
    /// Zsh.
    Zsh,
    /// fish.
    Fish,
    /// Nushell.
    Nu,
    /// Elvish.
    Elvish,
    /// xonsh.
    Xonsh,
    /// PowerShell.
    Pwsh,
    /// cmd.exe.
    Cmd,
    /// A `.env` file.
    Dotenv,
    /// A JSON object.
    Json,
}

impl Shell {
    /// All of them, in the order in which help lists them.
    pub const ALL: [Self; 10] = [
        Self::Bash,
        Self::Zsh,
        Self::Fish,
        Self::Nu,
        Self::Elvish,
        Self::Xonsh,
        Self::Pwsh,
        Self::Cmd,
        Self::Dotenv,
        Self::Json,
    ];

    /// The shell of a program's name, if there is an integration for it.
    #[must_use]
    pub(super) fn named(program: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|shell| shell.dialect().hook.is_some() && shell.dialect().name == program)
    }

    /// Its dialect.
    pub(crate) fn dialect(self) -> &'static Dialect {
        match self {
            Self::Bash => &bash::DIALECT,
            Self::Zsh => &zsh::DIALECT,
            Self::Fish => &fish::DIALECT,
            Self::Nu => &nu::DIALECT,
            Self::Elvish => &elvish::DIALECT,
            Self::Xonsh => &xonsh::DIALECT,
            Self::Pwsh => &pwsh::DIALECT,
            Self::Cmd => &cmd::DIALECT,
            Self::Dotenv => &dotenv::DIALECT,
            Self::Json => &json::DIALECT,
        }
    }
}

/// The language of one shell or format.
pub(crate) struct Dialect {
    /// The name on the command line, and of the program in `SHELL`.
    pub(crate) name: &'static str,
    /// The description in `--help`.
    pub(crate) about: &'static str,
    /// Writes a value without NUL; `None` when the language cannot write it.
    pub(super) quote: fn(&str) -> Option<String>,
    /// The line that sets a variable to a quoted value.
    pub(super) export: fn(name: &str, quoted: &str) -> String,
    /// The line that removes a variable; `None` for formats that can only set.
    pub(super) unset: Option<fn(name: &str) -> String>,
    /// The line that warns of those variables which a shell cannot hide from programs; `None` where every
    /// variable can be removed.
    pub(super) warn: Option<fn(names: &[&str]) -> String>,
    /// Joins the lines to the text that is printed.
    pub(super) document: fn(&[String]) -> String,
    /// The command line that evaluates what a command prints. For a format: the one that saves it.
    pub(super) evaluation: fn(command: &str) -> String,
    /// The line that ends with an exit code, for a shell that would take no lines at all for a success.
    pub(crate) failure: Option<fn(code: u8) -> String>,
    /// The shell integration; `None` where there is none.
    pub(crate) hook: Option<Hook>,
    /// The completions of a command line; `None` where there are none.
    pub(crate) completions: Option<Completions>,
    /// `true` if the environment shows that this shell reads our lines, even if `SHELL` names another.
    pub(super) is_running: fn(&Env) -> bool,
}

/// The completions of one shell: what `roledex completions` prints.
pub(crate) struct Completions {
    /// The description in `--help`.
    pub(crate) about: &'static str,
    /// Another name on the command line.
    pub(crate) alias: Option<&'static str>,
    /// Writes them for a command, which is called by this name.
    pub(crate) generate: fn(&mut clap::Command, name: &str, out: &mut Vec<u8>),
}

/// The shell integration of one shell: what `roledex init` prints.
pub(crate) struct Hook {
    /// The help of `roledex init`: how it is installed.
    pub(crate) about: &'static str,
    /// The text that defines `rdx`, with marks for lists of commands and variables.
    pub(super) text: &'static str,
    /// Writes a list of commands as the text needs it.
    pub(super) list: fn(&[String]) -> String,
    /// The text that shows the role in the prompt.
    pub(super) prompt: &'static str,
    /// `true` if it also reads files of the user's own without a terminal, as for a script on its standard input.
    pub(super) always_reads_files: bool,
    /// The text that a subshell evaluates after the user's own files, with marks for the prompt and for names
    /// of variables.
    pub(super) start_text: &'static str,
    /// The format of the lines that this text evaluates.
    pub(super) start_lines: Shell,
    /// The way to start a subshell that evaluates the text after the user's own files.
    pub(super) start: fn(text: String, directory: &Path, env: &Env) -> Start,
}

/// The way to start a subshell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Start {
    /// A file that it reads, with its text.
    pub(crate) file: Option<(PathBuf, String)>,
    /// Its arguments.
    pub(crate) args: Vec<OsString>,
    /// Variables that it needs until it has read the file.
    pub(crate) env: Vec<(&'static str, OsString)>,
}

impl Start {
    /// A shell that evaluates the text as its last argument, after the user's own files.
    fn with_argument(args: &[&str], text: String) -> Self {
        let args = args.iter().map(OsString::from);
        Self {
            args: args.chain([text.into()]).collect(),
            ..Self::default()
        }
    }

    /// A shell that reads the file in place of the user's own, which the file reads.
    fn with_file(flag: &str, path: PathBuf, text: String) -> Self {
        Self {
            args: vec![flag.into(), path.clone().into()],
            file: Some((path, text)),
            env: Vec::new(),
        }
    }
}

/// Every line with its line break.
fn lines(lines: &[String]) -> String {
    lines
        .iter()
        .fold(String::new(), |text, line| text + line + "\n")
}

/// The words in quotes.
fn quoted_words(words: &[String], quote: char, separator: &str) -> String {
    let words: Vec<_> = words
        .iter()
        .map(|word| format!("{quote}{word}{quote}"))
        .collect();
    words.join(separator)
}

/// A double-quoted string of plain ASCII, with the escapes that Elvish and Python share.
fn escaped(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            ' '..='~' if !matches!(c, '"' | '\\' | '$' | '`') => out.push(c),
            '\0'..='\u{ffff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}
