//! The shell that runs roledex on Windows: cmd, PowerShell, or bash of Git and MSYS2. Windows does not name it,
//! so it is told by the variables that each leaves to its children.

use std::ffi::{OsStr, OsString};

use super::Shell;
use crate::config::Env;

/// `true` on Windows, if this shell reads our lines.
pub(super) fn runs(env: &Env, shell: Shell) -> bool {
    cfg!(windows) && detect(env) == shell
}

/// The shell that reads our lines.
fn detect(env: &Env) -> Shell {
    if env.get("MSYSTEM").is_some() {
        return Shell::Bash;
    }
    // The system's own value has two directories; PowerShell adds those of the user and of itself.
    let modules = env.get("PSModulePath").unwrap_or_default();
    if modules.split(';').filter(|path| !path.is_empty()).count() > 2 {
        Shell::Pwsh
    } else {
        Shell::Cmd
    }
}

/// The program of a subshell.
pub(super) fn program(env: &Env) -> OsString {
    let (variable, default) = match detect(env) {
        Shell::Bash => ("SHELL", "bash.exe"),
        Shell::Pwsh => {
            let modules = env.get("PSModulePath").unwrap_or_default();
            // Windows PowerShell has no directory of that name.
            let is_new = modules.to_ascii_lowercase().contains("\\powershell\\7");
            return if is_new { "pwsh.exe" } else { "powershell.exe" }.into();
        }
        _ => ("COMSPEC", "cmd.exe"),
    };
    env.get_os(variable)
        .unwrap_or_else(|| OsStr::new(default))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_told_by_their_variables() {
        let system = r"C:\Program Files\WindowsPowerShell\Modules;C:\Windows\system32\WindowsPowerShell\v1.0\Modules";
        let old = format!(r"C:\Users\j\Documents\WindowsPowerShell\Modules;{system}");
        let new = format!(
            r"C:\Users\j\Documents\PowerShell\Modules;C:\Program Files\PowerShell\Modules;c:\program files\powershell\7\Modules;{system}"
        );
        let comspec = r"C:\Windows\system32\cmd.exe";
        let told = |pairs: &[(&str, &str)]| {
            let env: Env = pairs.iter().copied().collect();
            (detect(&env), program(&env).into_string().unwrap())
        };
        for (pairs, shell, program) in [
            (
                &[("PSModulePath", system), ("COMSPEC", comspec)][..],
                Shell::Cmd,
                comspec,
            ),
            (
                &[("PSModulePath", &old), ("COMSPEC", comspec)],
                Shell::Pwsh,
                "powershell.exe",
            ),
            (
                &[("PSModulePath", &new), ("COMSPEC", comspec)],
                Shell::Pwsh,
                "pwsh.exe",
            ),
            (
                &[
                    ("PSModulePath", system),
                    ("MSYSTEM", "MINGW64"),
                    ("SHELL", r"C:\Git\usr\bin\bash.exe"),
                ],
                Shell::Bash,
                r"C:\Git\usr\bin\bash.exe",
            ),
            (&[], Shell::Cmd, "cmd.exe"),
        ] {
            assert_eq!(told(pairs), (shell, program.to_owned()), "{pairs:?}");
        }
    }
}
