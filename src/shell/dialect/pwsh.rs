//! PowerShell.

use std::fmt::Write as _;

use super::super::on_windows;
use super::{Completions, Dialect, Hook, Shell, Start, lines, quoted_words};

pub(super) const DIALECT: Dialect = Dialect {
    name: "pwsh",
    about: "PowerShell",
    quote: |text| Some(quote(text)),
    export: |name, quoted| format!("$Env:{name} = {quoted}"),
    unset: Some(|name| format!("Remove-Item -Path Env:{name} -ErrorAction SilentlyContinue")),
    warn: None,
    document: lines,
    evaluation: |command| format!("{command} | Out-String | Invoke-Expression"),
    failure: None,
    hook: Some(Hook {
        about: "In $PROFILE: roledex init pwsh | Out-String | Invoke-Expression",
        text: include_str!("../../../assets/shell/hook.ps1"),
        list: |words| quoted_words(words, '\'', ", "),
        prompt: include_str!("../../../assets/shell/prompt.ps1"),
        always_reads_files: false,
        start_text: include_str!("../../../assets/shell/subshell.ps1"),
        start_lines: Shell::Pwsh,
        start: |text, _, _| Start::with_argument(&["-NoExit", "-Command"], text),
    }),
    completions: Some(Completions {
        about: "PowerShell",
        alias: Some("powershell"),
        generate: |command, name, out| {
            clap_complete::generate(clap_complete::Shell::PowerShell, command, name, out);
        },
    }),
    is_running: |env| on_windows::runs(env, Shell::Pwsh),
};

/// Single-quoted strings of plain ASCII, and a number for every other character. PowerShell decodes
/// the output of a program by the code page of the console. In many code pages, a byte of a letter is a
/// typographic quote, which PowerShell reads as a single quote.
fn quote(text: &str) -> String {
    let mut out = String::from("'");
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ b' '..=b'~') if !matches!(byte, b'\'' | b'\\') => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "' + [char]0x{unit:x} + '");
            }
        }
    }
    out.push('\'');
    out
}
