//! `roledex credentials`: the `credential_process` protocol, version 1 (docs/protocols.md#credential-process). Exactly one
//! JSON object on stdout; never a prompt, never a browser (docs/requirements.md#no-surprise-browser).

use std::ffi::OsString;
use std::fmt::Write as _;

use super::args::Global;
use super::output::{Output, stdout_is_terminal};
use super::{entry, env};
use crate::config::{Clock, Dirs, Env};
use crate::domain::time::rfc3339;
use crate::domain::{Credentials, EntryId, Problem, Secret};
use crate::flow::{Flow, stored};
use crate::shell;

/// `roledex credentials`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A profile, an entry id, ACCOUNT/ROLE, a search, or - for the previous role of this shell
    pub entry: String,
    /// Print secrets even to a terminal
    #[arg(long)]
    pub show: bool,
}

/// Answers `credentials ENTRY_ID` from the store, without an argument parser, a runtime or a client.
/// `None`: it is another command, or the stored credentials are not fresh.
pub(super) fn fast(arguments: &[OsString]) -> Option<u8> {
    let [_, command, entry] = arguments else {
        return None;
    };
    if command != "credentials" {
        return None;
    }
    let id: EntryId = entry.to_str()?.parse().ok()?;
    if stdout_is_terminal() {
        return None;
    }
    // A failure here happens again, with its message, on the long path.
    let dirs = Dirs::from_env(&Env::only_from_process(&Dirs::VARIABLES)).ok()?;
    let credentials = stored(&dirs, &Clock::System, &id)?;
    Output::new(true)
        .secret_data(&document(&credentials))
        .ok()?;
    Some(0)
}

/// Prints stored credentials while they are fresh, else new ones that need no interaction.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    if !options.show {
        let shell = shell::detect(&flow.ctx().env);
        env::refuse_terminal("credentials", Some(&options.entry), shell)?;
    }
    let target = entry::resolve(flow, global, &options.entry, output).await?;
    let credentials = flow.process_credentials(&target.id).await?;
    output.secret_data(&document(&credentials))?;
    Ok(0)
}

/// The object that botocore and the SDKs expect. `Version` is a number; the values need no JSON
/// escapes beyond serde's own.
fn document(credentials: &Credentials) -> Secret {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut text = String::from("{\"Version\": 1");
    let ends = credentials.ends().map(rfc3339).unwrap_or_default();
    for (name, value) in [
        ("AccessKeyId", credentials.access_key_id.as_str()),
        ("SecretAccessKey", credentials.secret_access_key.expose()),
        ("SessionToken", credentials.session_token.expose()),
        ("Expiration", &ends),
    ] {
        // A user's own keys have neither session nor end.
        if value.is_empty() {
            continue;
        }
        let _ = write!(text, ", \"{name}\": {}", quoted(value));
    }
    text += "}\n";
    Secret::new(text)
}
