//! Programs that show a notification on the desktop.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::child::Child;
use crate::config::Env;
use crate::domain::text::clean;

/// The title of a notification.
const TITLE: &str = "roledex";

/// The id of the application that a notification on Windows is shown for: `PowerShell`, which is always there.
const WINDOWS_APP: &str =
    r"{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\WindowsPowerShell\v1.0\powershell.exe";

/// The program that shows a notification with this text, where the user would see it. `None`: there is none, or
/// the user's desktop is on another machine.
#[must_use]
pub(crate) fn program(env: &Env, text: &str) -> Option<Child> {
    let is_set = |name: &&str| env.get(name).is_some();
    if env.is_ssh() {
        return None;
    }
    let text = clean(text);
    if cfg!(target_os = "macos") {
        return macos(env, &text);
    }
    if cfg!(windows) || env.is_wsl() {
        return windows(env, &text);
    }
    let is_graphical = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(is_set);
    if is_graphical {
        freedesktop(env, &text)
    } else {
        None
    }
}

/// The text is the summary, which is plain. A body would be markup with escapes.
fn freedesktop(env: &Env, text: &str) -> Option<Child> {
    let program = env.find_program("notify-send")?;
    let args = ["--app-name", TITLE, "--", text];
    Some(Child::new(program, args.map(Into::into)))
}

/// The text is an argument of the script, and no part of it.
fn macos(env: &Env, text: &str) -> Option<Child> {
    let program = env.find_program("osascript")?;
    let show = format!("display notification (item 1 of argv) with title \"{TITLE}\"");
    let args = ["-e", "on run argv", "-e", &show, "-e", "end run", text];
    Some(Child::new(program, args.map(Into::into)))
}

/// The script has the text in base64, so that nothing in it can be a part of the script.
fn windows(env: &Env, text: &str) -> Option<Child> {
    let program = env.find_program("powershell.exe")?;
    let text = STANDARD.encode(text);
    let script = format!(
        "$text = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{text}')); \
         [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime] > $null; \
         $manager = [Windows.UI.Notifications.ToastNotificationManager]; \
         $xml = $manager::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02); \
         $lines = $xml.GetElementsByTagName('text'); \
         $lines.Item(0).AppendChild($xml.CreateTextNode('{TITLE}')) > $null; \
         $lines.Item(1).AppendChild($xml.CreateTextNode($text)) > $null; \
         $manager::CreateToastNotifier('{WINDOWS_APP}').Show([Windows.UI.Notifications.ToastNotification]::new($xml))"
    );
    let args = ["-NoProfile", "-NonInteractive", "-Command", &script];
    Some(Child::new(program, args.map(Into::into)))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;

    const HOSTILE: &str = "a '$(id)' <b>\\n\u{1b}]0;x\" --help";

    /// An environment whose only programs do nothing.
    fn env(directory: &Path, programs: &[&str], variables: &[&str]) -> Env {
        for name in programs {
            let path = directory.join(name);
            drop(std::fs::File::create(&path).unwrap());
            let executable = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(path, executable).unwrap();
        }
        let variables = variables
            .iter()
            .map(|name| ((*name).to_owned(), "1".to_owned()));
        let path = directory.to_str().unwrap().to_owned();
        variables.chain([("PATH".to_owned(), path)]).collect()
    }

    fn args(child: &Child) -> Vec<&str> {
        child.args.iter().map(|arg| arg.to_str().unwrap()).collect()
    }

    #[test]
    fn text_from_outside_is_one_argument_or_base64() {
        let directory = tempfile::tempdir().unwrap();
        let programs = ["notify-send", "osascript", "powershell.exe"];
        let env = env(directory.path(), &programs, &[]);
        let text = clean(HOSTILE);
        let shown = freedesktop(&env, &text).unwrap();
        assert_eq!(args(&shown), ["--app-name", "roledex", "--", &text]);
        let shown = macos(&env, &text).unwrap();
        assert_eq!(args(&shown).last(), Some(&&*text));
        assert!(!args(&shown)[..6].iter().any(|arg| arg.contains("id)")));
        let shown = windows(&env, &text).unwrap();
        let script = args(&shown)[3];
        assert!(script.contains(&STANDARD.encode(&*text)));
        assert!(
            !script.contains("$(id)") && !script.contains('"'),
            "{script}"
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn it_is_shown_where_the_user_is() {
        let directory = tempfile::tempdir().unwrap();
        let found = |programs: &[&str], variables: &[&str]| {
            let env = env(directory.path(), programs, variables);
            let child = program(&env, "text")?;
            Some(Path::new(&child.program).file_name()?.to_str()?.to_owned())
        };
        assert_eq!(found(&[], &["DISPLAY"]), None, "no program");
        let both = ["notify-send", "powershell.exe"];
        assert_eq!(found(&both, &[]), None, "no desktop");
        assert_eq!(found(&both, &["DISPLAY"]).as_deref(), Some("notify-send"));
        assert_eq!(
            found(&both, &["WAYLAND_DISPLAY"]).as_deref(),
            Some("notify-send")
        );
        let wsl = found(&both, &["WSL_DISTRO_NAME", "DISPLAY"]);
        assert_eq!(wsl.as_deref(), Some("powershell.exe"));
        assert_eq!(
            found(&both, &["DISPLAY", "SSH_TTY"]),
            None,
            "another machine"
        );
    }
}
