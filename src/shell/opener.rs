//! Programs that open a page: the user's choice of browser, and of one for the console.

use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use url::form_urlencoded::byte_serialize;

use super::Error;
use super::child::{Child, exit_code, start_error};
use crate::config::console_command::{ConsoleCommand, Field};
use crate::config::{Env, process};
use crate::domain::{EntryId, Secret};

/// An address that is given to a browser: every user of the machine may see it there. So it is one that
/// has no secret in it, or that is of no use to others.
#[must_use]
pub(crate) fn address(url: &Secret) -> &str {
    url.expose()
}

/// A command of the settings, with its fields filled in.
#[must_use]
pub(crate) fn fill(
    command: &ConsoleCommand,
    url: &Secret,
    id: &EntryId,
    account_name: &str,
) -> Child {
    let encoded = |text: &str| {
        let encoded: String = byte_serialize(text.as_bytes()).collect();
        encoded.replace('+', "%20")
    };
    let arguments = command.arguments(|field| match field {
        Field::Url => url.expose().to_owned(),
        Field::UrlEncoded => encoded(url.expose()),
        Field::AccountId => id.account.to_string(),
        Field::AccountName => account_name.to_owned(),
        Field::AccountNameEncoded => encoded(account_name),
        Field::Role => id.role.to_string(),
        Field::Source => id.source.to_string(),
        Field::Entry => id.to_string(),
    });
    Child::new(&command.program, arguments.map(Into::into))
}

/// The programs of the variable `BROWSER`, in their order: the address is in place of each `%s`, else the last
/// argument. `%c` is a colon, and `%%` a percent sign. No shell reads them.
#[must_use]
pub(crate) fn browsers(variable: &str, url: &str) -> Vec<Child> {
    let browser = |part: &str| {
        let mut has_address = false;
        let mut words: Vec<String> = part
            .split_ascii_whitespace()
            .map(|word| {
                let mut out = String::new();
                let mut rest = word;
                while let Some((before, from)) = rest.split_once('%') {
                    out += before;
                    let (text, length) = match from.chars().next() {
                        Some('s') => (url, 1),
                        Some('c') => (":", 1),
                        Some('%') => ("%", 1),
                        _ => ("%", 0),
                    };
                    has_address |= from.starts_with('s');
                    out += text;
                    rest = from.get(length..).unwrap_or_default();
                }
                out + rest
            })
            .collect();
        if !has_address {
            words.push(url.to_owned());
        }
        let mut words = words.into_iter();
        Child::new(words.next().unwrap_or_default(), words.map(Into::into))
    };
    let parts = variable.split(':').filter(|part| !part.trim().is_empty());
    parts.map(browser).collect()
}

/// Starts a program and leaves it: its output is silenced (docs/requirements.md#opening-a-browser), the terminal's signals are not its.
/// It gets no variable of AWS and no open file: a browser lives long, and needs none of them.
///
/// # Errors
/// A program that cannot be started.
pub(crate) fn detach(child: &Child, env: &Env) -> Result<(), Error> {
    start(child, env).map(drop)
}

/// Starts a program as [`detach`] does, and looks for so long whether it fails.
///
/// # Errors
/// A program that cannot be started, or that ended with an error.
pub(crate) async fn open(child: &Child, env: &Env, patience: Duration) -> Result<(), Error> {
    let ended = start(child, env)?;
    match timeout(patience, ended).await {
        Ok(Ok(Ok(status))) if !status.success() => Err(Error::Ended {
            program: child.program.to_string_lossy().into_owned(),
            code: exit_code(status),
        }),
        Ok(Ok(Err(source))) => Err(start_error(child, source)),
        _ => Ok(()),
    }
}

/// Starts a program and leaves it. What is returned tells its end.
fn start(child: &Child, env: &Env) -> Result<oneshot::Receiver<io::Result<ExitStatus>>, Error> {
    // Never from the current directory, where `PATH` names it.
    let program = env.find_program(&child.program);
    let program = program.ok_or_else(|| start_error(child, io::ErrorKind::NotFound.into()))?;
    let mut command = Command::new(program);
    command
        .args(&child.args)
        .env_clear()
        .envs(env.for_browsers())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut started = process::close_files(&mut command)
        .and_then(|()| command.spawn())
        .map_err(|source| start_error(child, source))?;
    let (ended, end) = oneshot::channel();
    // Waited for, so that no zombie stays; the thread itself is detached.
    std::thread::spawn(move || {
        // The receiver may be gone: it waits for a moment only.
        let _ = ended.send(started.wait());
    });
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn browsers_of_the_variable() {
        let all = browsers(
            "firefox:: chromium --app=%s%% %c %x:",
            "https://x.y/?a=%s:b",
        );
        let words = |child: &Child| {
            let args = child
                .args
                .iter()
                .map(|word| word.to_string_lossy().into_owned());
            let program = child.program.to_string_lossy().into_owned();
            std::iter::once(program).chain(args).collect::<Vec<_>>()
        };
        assert_eq!(
            all.iter().map(words).collect::<Vec<_>>(),
            [
                vec!["firefox", "https://x.y/?a=%s:b"],
                vec!["chromium", "--app=https://x.y/?a=%s:b%", ":", "%x"],
            ]
        );
    }

    #[test]
    fn every_field_once_and_every_argument_one() {
        let id: EntryId = "ext:app/111111111111/Admin".parse().unwrap();
        let settings = Settings::parse(
            "console_command = ['firefox', 'ext+container:name={account_name_encoded}&url={url_encoded}', '{account_name}', '{x y} {url']",
        );
        let command = settings.unwrap().console_command.unwrap();
        let child = fill(
            &command,
            &Secret::from("https://x.y/?a=b"),
            &id,
            "{url} $(id) --help",
        );
        assert_eq!(
            child.args,
            [
                "ext+container:name=%7Burl%7D%20%24%28id%29%20--help&url=https%3A%2F%2Fx.y%2F%3Fa%3Db",
                "{url} $(id) --help",
                "{x y} {url",
            ]
        );
        assert!(command.has_address());
        let without = Settings::parse("console_command = ['show', '{entry}', '{url']");
        assert!(!without.unwrap().console_command.unwrap().has_address());
    }
}
