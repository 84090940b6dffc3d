//! The user's shell as a subshell: it has the role after the user's own files, too, and shows it in its prompt.

use std::path::{Path, PathBuf};

use super::child::Child;
use super::dialect::Shell;
use super::export;
use crate::config::Env;

/// Prepares a shell to evaluate the lines of the role after the user's own files, which may set variables of
/// AWS, and to show the role in its prompt if `has_prompt`. Returns the file that it reads then, in
/// `directory`, with its text. A shell without an integration stays as it is, and without a terminal one that reads no
/// files then.
#[must_use]
pub(crate) fn prepare(
    child: &mut Child,
    directory: &Path,
    env: &Env,
    has_terminal: bool,
    has_prompt: bool,
) -> Option<(PathBuf, String)> {
    let name = Path::new(&child.program).file_name()?.to_str()?;
    let hook = Shell::named(name)?.dialect().hook.as_ref()?;
    if !has_terminal && !hook.always_reads_files {
        return None;
    }
    let has_prompt = has_prompt && has_terminal;
    let text = export::with_names(hook.start_text)
        .replace("@PROMPT@", if has_prompt { hook.prompt } else { "" });
    let start = (hook.start)(text, directory, env);
    child.args.extend(start.args);
    child.env.extend(start.env);
    child.lines = Some(hook.start_lines);
    start.file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_without_an_integration_is_started_as_it_is() {
        for (program, expected) in [("/bin/sh", false), ("/usr/bin/fish", true)] {
            let mut child = Child::new(program, []);
            let file = prepare(&mut child, Path::new("/state"), &Env::default(), true, true);
            assert_eq!(file, None);
            assert_eq!(child != Child::new(program, []), expected, "{program}");
        }
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        for shell in Shell::ALL {
            let mut child = Child::new(shell.dialect().name, []);
            let file = prepare(&mut child, Path::new("/state"), &Env::default(), true, true);
            let text = format!("{child:?} {file:?}");
            assert!(
                !text.contains("@PROMPT@") && !text.contains("@REMOVED@"),
                "{text}"
            );
        }
    }
}
