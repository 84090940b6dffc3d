//! `roledex login --console`: signs in to the AWS console. The address goes to stderr, the profile's name to
//! stdout.

use std::io::IsTerminal as _;

use super::output::Output;
use crate::domain::console_session::ExpectedIdentity;
use crate::domain::sign_in::SignInStep;
use crate::domain::text::word;
use crate::domain::time::{seconds_left, span};
use crate::domain::{EntryId, Problem, ProblemKind};
use crate::flow::Flow;
use crate::flow::console_sign_in::{ConsoleAttempt, ConsoleOptions, ConsoleSignedIn};

/// Options for the sign-in to a portal. clap does not require `--console` beside one of them, which excludes it.
const PORTAL_ONLY: [&str; 2] = ["device", "browser"];

/// Options of `login --console`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// With --console: the browser is on another device
    #[arg(long, requires = "console", conflicts_with_all = PORTAL_ONLY)]
    pub remote: bool,
    /// With --console: the region of the sign-in and of the profile
    #[arg(long, value_name = "REGION", requires = "console", conflicts_with_all = PORTAL_ONLY)]
    pub region: Option<String>,
    /// With --console: the account, and the role or user, that must be signed in
    #[arg(long, value_name = "ACCOUNT[/ROLE]", requires = "console", conflicts_with_all = PORTAL_ONLY)]
    pub expect: Option<ExpectedIdentity>,
    /// With --console: replace the session of another identity in the profile without asking
    #[arg(long, requires = "console", conflicts_with_all = PORTAL_ONLY)]
    pub yes: bool,
}

/// Signs in, and writes the profile.
pub(super) async fn run(
    flow: &Flow,
    profile: Option<&str>,
    no_open: bool,
    options: &Options,
    output: &Output,
) -> Result<u8, Problem> {
    let open = !no_open && flow.opens_browser();
    let attempt = flow
        .start_console_sign_in(ConsoleOptions {
            profile: profile.map(str::to_owned),
            region: options.region.clone(),
            expect: options.expect.clone(),
            // A browser that this machine cannot be reached from needs a text to paste.
            remote: options.remote || (open && output.can_ask() && flow.needs_remote_sign_in()),
            open,
        })
        .await?;
    if attempt.region().is_assumed {
        output.note(&format!(
            "No region is set. Signing in to {}; for another one, add --region REGION.",
            attempt.region().name
        ));
    }
    output.must_see(&format!("Sign in to the AWS console ({})", attempt.host()));
    if let Some(expected) = &options.expect {
        output.must_see(&format!("  pick     {expected}"));
    }
    let signed_in = if attempt.is_remote() {
        pasted(flow, &attempt, output).await?
    } else {
        flow.wait_for_console_browser(&attempt, |step| show(flow, open, &step, output))
            .await?
    };
    let confirmed = options.yes || confirm(&signed_in, output).await;
    let kept = flow.keep_console_session(signed_in, confirmed).await?;
    output.note(&format!(
        "Signed in as {}. Tools renew the credentials for up to 12 hours.",
        kept.identity
    ));
    let id = EntryId::profile(kept.profile.as_str());
    output.note(&format!(
        "To use it here, run: roledex shell {}",
        word(&id.to_string())
    ));
    output.line(&kept.profile)?;
    Ok(0)
}

/// Asks before another identity takes the profile's place. Without a terminal the answer is no.
async fn confirm(signed_in: &ConsoleSignedIn, output: &Output) -> bool {
    let Some(question) = signed_in.question() else {
        return true;
    };
    output.ask(&question).await
}

/// Reads the text of the page on another device, from the terminal or from stdin.
async fn pasted(
    flow: &Flow,
    attempt: &ConsoleAttempt,
    output: &Output,
) -> Result<ConsoleSignedIn, Problem> {
    output.must_see(&format!("  address  {}", attempt.url()));
    let is_terminal = std::io::stdin().is_terminal();
    if is_terminal {
        output.must_see("Open it on any device, then paste the text of its last page here:");
    }
    loop {
        let text = match output.pasted_line().await {
            Some(text) if !text.is_empty() => text,
            Some(_) if is_terminal => continue,
            _ => {
                return Err(Problem::new(ProblemKind::Usage, "no text was pasted")
                    .hint("paste the text of the last page, or pass it on standard input"));
            }
        };
        match attempt.check_text(&text) {
            Ok(()) => return flow.take_console_text(attempt, &text).await,
            Err(problem) if !is_terminal => return Err(problem),
            Err(problem) => {
                output.problem(&problem);
                output.must_see("Paste the text again, or end with Ctrl-C:");
            }
        }
    }
}

fn show(flow: &Flow, open: bool, step: &SignInStep, output: &Output) {
    match step {
        SignInStep::Browser(page) => {
            output.must_see(&format!("  address  {}", page.url));
            let left = seconds_left(flow.ctx().clock.now(), page.expires_at);
            output.note(&format!(
                "Sign in in a browser on this machine within {}. Ctrl-C cancels. For another device, add --remote.",
                span(left)
            ));
        }
        SignInStep::Opened => output.note("The page is open in your browser."),
        SignInStep::NotOpened(why) if open => output.not_opened(why),
        _ => {}
    }
}
