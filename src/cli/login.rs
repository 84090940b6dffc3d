//! `roledex login`: signs in to a portal. The address and the code go to stderr.

use super::args::Global;
use super::login_console;
use super::output::{Output, stderr_is_terminal};
use crate::domain::sign_in::{SignInMethod, SignInStep};
use crate::domain::text::word;
use crate::domain::time::{seconds_left, span};
use crate::domain::{Candidate, Portal, Problem, ProblemKind};
use crate::flow::Flow;

/// `roledex login`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The portal; optional if there is only one. With --console, the profile to write
    // Not called `portal`: that is the flag's name, which is taken here, too.
    #[arg(id = "of", value_name = "PORTAL")]
    pub portal: Option<String>,
    /// Sign in to the AWS console, and write a profile for the session
    #[arg(long, conflicts_with_all = ["device", "browser"])]
    pub console: bool,
    #[command(flatten)]
    pub console_options: login_console::Options,
    /// Sign in with a code, in a browser here or on another device
    #[arg(long)]
    pub device: bool,
    /// Sign in with this machine's browser
    #[arg(long, conflicts_with = "device")]
    pub browser: bool,
    /// Print the address and the code without opening a browser
    #[arg(long)]
    pub no_open: bool,
}

/// Signs in to a portal, and waits until the user has approved it.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    if options.console {
        let profile = options.portal.as_deref();
        let console = &options.console_options;
        return login_console::run(flow, profile, options.no_open, console, output).await;
    }
    let portal = the_portal(flow, global, options.portal.as_deref(), "login")?;
    let open = !options.no_open && flow.opens_browser();
    let method = match (options.device, options.browser) {
        (true, _) => SignInMethod::Device,
        (_, true) => SignInMethod::Browser,
        _ => SignInMethod::Auto,
    };
    flow.sign_in_with(&portal, method, open, |step| {
        show(flow, &portal, open, &step, output);
    })
    .await?;
    Ok(0)
}

fn show(flow: &Flow, portal: &Portal, open: bool, step: &SignInStep, output: &Output) {
    match step {
        SignInStep::Registering => {}
        SignInStep::Code(code) => {
            output.must_see(&format!(
                "Sign in to {} ({})",
                portal.name, code.portal_host
            ));
            output.must_see(&format!("  address  {}", code.verification_uri_complete));
            output.must_see(&format!("  code     {}", code.user_code));
            if stderr_is_terminal()
                && let Some(picture) =
                    crate::domain::qr::half_blocks(&code.verification_uri_complete)
            {
                output.block(&picture);
            }
            let left = seconds_left(flow.ctx().clock.now(), code.expires_at);
            output.note(&format!(
                "Approve only if the page shows this code. It expires in {}. Ctrl-C cancels.",
                span(left)
            ));
        }
        SignInStep::Browser(page) => {
            output.must_see(&format!(
                "Sign in to {} ({})",
                portal.name, page.portal_host
            ));
            output.must_see(&format!("  address  {}", page.url));
            let left = seconds_left(flow.ctx().clock.now(), page.expires_at);
            output.note(&format!(
                "Approve it in a browser on this machine within {}. Ctrl-C cancels. For another device, run: roledex login {} --device",
                span(left),
                word(&portal.name)
            ));
        }
        SignInStep::Opened => output.note("The page is open in your browser."),
        SignInStep::NotOpened(why) if open => output.not_opened(why),
        SignInStep::NotOpened(_) => {}
        SignInStep::SignedIn {
            expires_at,
            static_profiles,
        } => {
            let left = seconds_left(flow.ctx().clock.now(), *expires_at);
            output.note(&format!("Signed in to {} for {}.", portal.name, span(left)));
            for name in static_profiles {
                let word = word(name);
                output.note(&format!(
                    "The profile {name} keeps the keys of the sign-in before. For new ones, run: roledex use {word} --profile {word}"
                ));
            }
        }
    }
}

/// The portal that was named, by itself or with `--portal`, or the only one. `command` is the command that asks.
pub(super) fn the_portal(
    flow: &Flow,
    global: &Global,
    name: Option<&str>,
    command: &str,
) -> Result<Portal, Problem> {
    if let Some(name) = global.portal_or(name)? {
        return flow.portal(name);
    }
    let mut portals = flow.portals()?;
    match portals.len() {
        0 => Err(Problem::new(ProblemKind::Failed, "no portals yet")
            .hint("to add one, run: roledex portal add NAME --start-url URL")),
        1 => Ok(portals.remove(0)),
        count => Err(Problem::new(
            ProblemKind::NoSingleMatch {
                candidates: portals
                    .iter()
                    .map(|portal| Candidate::named(&portal.name))
                    .collect(),
            },
            format!("there are {count} portals"),
        )
        .hint(format!("name one, as in: roledex {command} NAME"))),
    }
}
