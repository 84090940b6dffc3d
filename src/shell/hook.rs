//! What a shell evaluates when it starts (`roledex init`): the function `rdx` with its completion, and
//! the role in the prompt. The texts are assets; what they must know of the commands is filled in.

use super::Shell;
use super::export;

/// What the hooks know of the commands.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    /// The name of every command: `rdx` hands them on.
    pub all: Vec<String>,
    /// Those that take an `[ENTRY]`.
    pub of_entries: Vec<String>,
}

/// The text that defines `rdx` in a shell; `None` where there is none.
#[must_use]
pub fn hook(shell: Shell, commands: &Commands) -> Option<String> {
    let text = match shell {
        Shell::Bash => include_str!("../../assets/shell/hook.bash"),
        Shell::Zsh => include_str!("../../assets/shell/hook.zsh"),
        Shell::Fish => include_str!("../../assets/shell/hook.fish"),
        Shell::Nu => include_str!("../../assets/shell/hook.nu"),
        Shell::Pwsh => include_str!("../../assets/shell/hook.ps1"),
        Shell::Cmd | Shell::Dotenv | Shell::Json => return None,
    };
    let list = |words: &[String]| match shell {
        Shell::Bash | Shell::Zsh => words.join("|"),
        Shell::Nu => quoted(words, '"', " "),
        Shell::Pwsh => quoted(words, '\'', ", "),
        _ => words.join(" "),
    };
    Some(
        text.replace("@COMMANDS@", &list(&commands.all))
            .replace("@ENTRY_COMMANDS@", &list(&commands.of_entries))
            .replace("@OURS@", &export::OURS.join(" "))
            .replace("@COMPETING@", &export::COMPETING.join(" ")),
    )
}

fn quoted(words: &[String], quote: char, between: &str) -> String {
    let words: Vec<_> = words
        .iter()
        .map(|word| format!("{quote}{word}{quote}"))
        .collect();
    words.join(between)
}

/// The text that puts the role of a shell into its prompt; `None` where there is none.
#[must_use]
pub fn prompt(shell: Shell) -> Option<&'static str> {
    match shell {
        Shell::Bash => Some(include_str!("../../assets/shell/prompt.bash")),
        Shell::Zsh => Some(include_str!("../../assets/shell/prompt.zsh")),
        Shell::Fish => Some(include_str!("../../assets/shell/prompt.fish")),
        _ => None,
    }
}

/// The modules for starship's settings.
#[must_use]
pub fn starship() -> &'static str {
    include_str!("../../assets/shell/starship.toml")
}

/// Whether every shell takes a word as it stands, so that it may be offered as a completion.
#[must_use]
pub fn is_plain_word(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._@+=,:/%-".contains(c);
    // fish and zsh would take a first `~` or `=` for something; `-` is a flag's.
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
        };
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Nu, Shell::Pwsh] {
            let text = hook(shell, &commands).unwrap();
            for mark in ["@COMMANDS@", "@ENTRY_COMMANDS@", "@OURS@", "@COMPETING@"] {
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
