//! The shell integration (`roledex init`): the function `rdx` with its completion, and the role in the
//! prompt. The texts are assets with marks for the names of commands and variables, which are filled in
//! here.

use super::dialect::Shell;
use super::export;

/// The commands that hooks complete.
#[derive(Clone, Debug, Default)]
pub(crate) struct Commands {
    /// The name of every command: `rdx` passes them on.
    pub all: Vec<String>,
    /// Those that take an `[ENTRY]`.
    pub of_entries: Vec<String>,
    /// The flags of all commands that take the next word as their value.
    pub value_flags: Vec<String>,
}

/// The text that defines `rdx` in a shell; `None` where there is none.
#[must_use]
pub(crate) fn hook(shell: Shell, commands: &Commands) -> Option<String> {
    let hook = shell.dialect().hook.as_ref()?;
    let text = export::with_names(hook.text)
        .replace("@COMMANDS@", &(hook.list)(&commands.all))
        .replace("@ENTRY_COMMANDS@", &(hook.list)(&commands.of_entries))
        .replace("@VALUE_FLAGS@", &(hook.list)(&commands.value_flags));
    Some(text)
}

/// The text that shows the role of a shell in its prompt; `None` where there is none.
#[must_use]
pub(crate) fn prompt(shell: Shell) -> Option<&'static str> {
    shell.dialect().hook.as_ref().map(|hook| hook.prompt)
}

/// The modules for starship's settings.
#[must_use]
pub(crate) fn starship() -> &'static str {
    include_str!("../../assets/shell/starship.toml")
}

/// True if every shell reads the word literally, so that it can be offered as a completion.
#[must_use]
pub(crate) fn is_plain_word(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._@+=,:/%-".contains(c);
    // fish and zsh expand a leading `~` or `=`; `-` starts a flag.
    !word.is_empty() && !word.starts_with(['-', '=']) && word.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_to_fill_in() {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let commands = Commands {
            all: words(&["use", "env"]),
            of_entries: words(&["use"]),
            value_flags: words(&["--as"]),
        };
        let texts = Shell::ALL.map(|shell| (shell, hook(shell, &commands)));
        for (shell, text) in texts {
            let Some(text) = text else { continue };
            for mark in [
                "@COMMANDS@",
                "@ENTRY_COMMANDS@",
                "@VALUE_FLAGS@",
                "@OURS@",
                "@REMOVED@",
            ] {
                assert!(!text.contains(mark), "{shell:?}: {mark}");
            }
        }
        assert_eq!(hook(Shell::Cmd, &commands), None);
    }

    #[test]
    fn plain_words() {
        for word in ["org:a/111111111111/Ad%20min", "prod-1", "a.b@c"] {
            assert!(is_plain_word(word), "{word}");
        }
        for word in ["", "-x", "=x", "a b", "$(id)", "a'b", "a*b", "é", "a\nb"] {
            assert!(!is_plain_word(word), "{word}");
        }
    }
}
