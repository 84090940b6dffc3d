//! Programs that a profile names: `credential_process` and `mfa_process`.
//!
//! Run as botocore runs them: split like a POSIX shell splits words, no shell. Unlike botocore's they
//! have a time limit and a bounded output.

use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use zeroize::Zeroizing;

use crate::config::{Env, Owners};
use crate::domain::credentials::NEVER;
use crate::domain::process_line;
use crate::domain::{Credentials, Problem, ProblemKind, Secret};

/// A program that needs longer has stopped working, or waits for a user who does not see it.
const PROCESS_TIMEOUT: Duration = Duration::from_mins(2);

/// The maximum length of the output (bytes); credentials are much shorter.
const MAX_OUTPUT: u64 = 256 * 1024;

/// The names of the own profiles whose processes are running around this one, one a line: a process
/// that asks for its own profile again would never end.
const RUNNING: &str = "ROLEDEX_PROCESS_PROFILES";

/// The object of a `credential_process`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    version: Option<Value>,
    access_key_id: Option<Value>,
    secret_access_key: Option<Value>,
    session_token: Option<Value>,
    expiration: Option<Value>,
}

/// The names of the own profiles whose processes this program runs in.
pub(crate) fn running(env: &Env) -> impl Iterator<Item = &str> {
    env.get(RUNNING).unwrap_or_default().lines()
}

/// The problem of a profile whose process leads back to the profile.
pub(crate) fn calls_itself(profile: &str) -> Problem {
    let title = format!("the process of the profile {profile} calls itself");
    Problem::new(ProblemKind::Failed, title)
        .hint("name another program there, or let it ask roledex for another entry")
}

/// Runs the `credential_process` of a profile. Credentials without an end have [`NEVER`].
///
/// # Errors
/// A program that cannot be started, fails, does not end in time, or prints something else.
pub(crate) async fn credentials(
    around: (&Env, &Owners),
    profile: &str,
    command: &str,
) -> Result<Credentials, Problem> {
    let what = format!("the credential_process of the profile {profile}");
    let output = run(around, profile, command, "credential_process").await?;
    read(&output).map_err(|detail| {
        Problem::new(ProblemKind::Failed, format!("{what} printed no credentials"))
            .detail(detail)
            .hint("it must print one JSON object: Version 1, AccessKeyId, SecretAccessKey and what belongs to them")
    })
}

/// Runs the `mfa_process` of a profile, which prints the code of its device.
///
/// # Errors
/// As [`credentials`].
pub(crate) async fn mfa_code(
    around: (&Env, &Owners),
    profile: &str,
    command: &str,
) -> Result<Secret, Problem> {
    let what = format!("the mfa_process of the profile {profile}");
    let output = run(around, profile, command, "mfa_process").await?;
    let code = String::from_utf8_lossy(&output).trim().to_owned();
    if !crate::domain::assume::is_mfa_code(&code) {
        return Err(
            Problem::new(ProblemKind::Failed, format!("{what} printed no code"))
                .detail("enter six digits")
                .hint("correct mfa_process in that profile, or give a code with --mfa-code"),
        );
    }
    Ok(Secret::new(code))
}

fn read(output: &[u8]) -> Result<Credentials, String> {
    // What serde says of a wrong value would repeat it.
    let document: Document = serde_json::from_slice(output)
        .map_err(|error| format!("not a JSON object at line {}", error.line()))?;
    match document.version {
        Some(version) if version == 1 => {}
        Some(_) => return Err("unsupported version: its Version is not the number 1".to_owned()),
        None => return Err("unsupported version: its Version is missing".to_owned()),
    }
    let text = |value: Option<Value>, name: &str| match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{name} is not a text in quotes")),
    };
    let required = |value, name: &str| {
        text(value, name).and_then(|text| text.ok_or_else(|| format!("{name} is missing")))
    };
    let expires_at = match text(document.expiration, "Expiration")? {
        None => NEVER,
        Some(text) => text
            .parse::<Timestamp>()
            .map_err(|error| format!("Expiration is not a time: {error}"))?,
    };
    Ok(Credentials {
        access_key_id: required(document.access_key_id, "AccessKeyId")?,
        secret_access_key: Secret::new(required(document.secret_access_key, "SecretAccessKey")?),
        session_token: text(document.session_token, "SessionToken")?
            .map(Secret::new)
            .unwrap_or_default(),
        expires_at,
        obtained_at: None,
    })
}

async fn run(
    (env, owners): (&Env, &Owners),
    profile: &str,
    command: &str,
    key: &str,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    owners.refuse_root(&format!("run the {key}"))?;
    let failed = |detail: String| {
        // The command is not shown: its arguments may be secret, and a program that asks --live gets the words, too.
        let title = format!("the {key} of the profile {profile} failed");
        Problem::new(ProblemKind::Failed, title)
            .detail(detail)
            .hint("run the command in a terminal, as it is in that profile")
    };
    if running(env).any(|name| name == profile) {
        return Err(calls_itself(profile));
    }
    let running = env.get(RUNNING).unwrap_or_default();
    let words =
        process_line::split(command).ok_or_else(|| failed("its quotes do not match".to_owned()))?;
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| failed("it is empty".to_owned()))?;
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(env.iter())
        .env(RUNNING, format!("{running}\n{profile}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("cannot start {program}: {error}")))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let ended = async { tokio::join!(bounded(stdout), bounded(stderr), child.wait()) };
    let Ok((stdout, stderr, status)) = tokio::time::timeout(PROCESS_TIMEOUT, ended).await else {
        let seconds = PROCESS_TIMEOUT.as_secs();
        return Err(failed(format!("it timed out after {seconds} s")));
    };
    let status = status.map_err(|error| failed(error.to_string()))?;
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr).trim().to_owned();
        return Err(failed(if said.is_empty() {
            format!("{program}: {status}")
        } else {
            format!("{program}: {status}: {said}")
        }));
    }
    Ok(stdout)
}

/// Reads a pipe up to the limit; the rest is read and dropped.
async fn bounded(pipe: Option<impl AsyncRead + Unpin>) -> Zeroizing<Vec<u8>> {
    let mut kept = Zeroizing::new(Vec::new());
    if let Some(mut pipe) = pipe {
        let _ = (&mut pipe).take(MAX_OUTPUT).read_to_end(&mut kept).await;
        let _ = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await;
    }
    kept
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn env() -> Env {
        [("PATH", "/usr/bin:/bin")].into_iter().collect()
    }

    async fn ask_in(env: &Env, command: &str) -> Result<Credentials, Problem> {
        // What is not there belongs to nobody.
        let owners = Owners::new(std::path::Path::new("/no/home"));
        credentials((env, &owners), "p", command).await
    }

    fn ask(command: &str) -> Result<Credentials, Problem> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(ask_in(&env(), command))
    }

    #[test]
    fn words_are_split_and_no_shell_reads_them() {
        let found = ask(
            r#"printf '%s' '{"Version": 1, "AccessKeyId": "AK;$HOME", "SecretAccessKey": "s"}'"#,
        )
        .unwrap();
        assert_eq!(found.access_key_id, "AK;$HOME");
        assert!(found.is_long_term() && found.ends().is_none());
    }

    #[test]
    fn failures_say_what_the_program_said() {
        for (command, expected) in [
            ("sh -c 'echo sign in first >&2; exit 3'", "sign in first"),
            ("/no/such/program", "cannot start"),
            ("'", "quotes"),
            ("echo hello", "not a JSON object"),
            (r#"echo '{"Version": "1"}'"#, "Version is not the number"),
            ("echo '{}'", "unsupported version"),
            (
                r#"echo '{"Version": 1, "Expiration": 1795000000}'"#,
                "Expiration is not a text",
            ),
            (r#"echo '{"Version": 1}'"#, "AccessKeyId is missing"),
        ] {
            let problem = ask(command).unwrap_err().to_string();
            assert!(problem.contains(expected), "{command}: {problem}");
        }
    }

    #[test]
    fn failures_do_not_show_the_arguments() {
        for command in [
            "/no/such --password LEAK",
            "sh -c 'exit 3' LEAK",
            "'sh LEAK",
        ] {
            let problem = ask(command).unwrap_err();
            assert!(!format!("{problem:?}").contains("LEAK"), "{problem:?}");
        }
    }

    #[test]
    fn a_process_that_asks_for_its_own_profile_ends() {
        let env = env().with(RUNNING, "\nother\np");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let problem = runtime.block_on(ask_in(&env, "true"));
        assert!(problem.unwrap_err().to_string().contains("calls itself"));
    }
}
