//! Captures a SAML response for a command, with the help of the user.

use std::path::Path;
use std::pin::Pin;

use super::mfa;
use super::output::{Output, stdin_is_terminal};
use crate::config::tty;
use crate::domain::claim::{CONSOLE, Claim};
use crate::domain::text::clean;
use crate::domain::{App, AppRole, CaptureStep, EntryId, Kind, Problem, ProblemKind, Secret};
use crate::flow::posted::{Confirm, how_to_accept};
use crate::flow::{Flow, Permit};
use crate::saml::capture::file;

/// Captures a response of an app, or takes the one that was given, and returns its roles.
pub(super) async fn roles(
    flow: &Flow,
    app: &App,
    wanted: Option<&EntryId>,
    assertion: Option<&Path>,
    output: &Output,
) -> Result<Vec<AppRole>, Problem> {
    if let Some(path) = assertion {
        let response = read(flow, path, output).await?;
        return Ok(flow.take_assertion(app, wanted, &response)?.app_roles());
    }
    let on_terminal = OnTerminal { output };
    let captured = flow.capture(
        app,
        wanted,
        |step| report_step(&app.name, &step, output),
        &on_terminal,
    );
    Box::pin(captured).await
}

/// Reads a response; one from a terminal is pasted by the user.
async fn read(flow: &Flow, path: &Path, output: &Output) -> Result<Secret, Problem> {
    let is_pasted = path == Path::new("-") && stdin_is_terminal();
    let _question = is_pasted.then(|| output.question());
    let _unseen = is_pasted.then(tty::Unseen::begin);
    if is_pasted {
        output.must_see("Paste the SAML response and press Enter. It is not shown.");
    }
    let _wait = (!is_pasted).then(|| flow.waiting().start("the SAML response"));
    let path = path.to_owned();
    flow.apart(move |_| file::read(&path)).await
}

/// Asks on the terminal whether a response is for an account of the user.
struct OnTerminal<'o> {
    output: &'o Output,
}

impl Confirm for OnTerminal<'_> {
    fn is_possible(&self) -> bool {
        self.output.can_ask()
    }

    fn ask<'a>(&'a self, claim: &'a Claim) -> Pin<Box<dyn Future<Output = bool> + 'a>> {
        let output = self.output;
        let page = claim
            .origin
            .as_deref()
            .unwrap_or("a page of unknown origin");
        output.must_see(&if page == CONSOLE {
            format!("{}: you picked this session in {CONSOLE}", claim.app)
        } else {
            format!("{}: {} posted a SAML response", claim.app, clean(page))
        });
        for role in &claim.roles {
            output.must_see(&format!(
                "  account  {} ({})",
                role.account,
                clean(&role.role)
            ));
        }
        for (label, text) in [("issuer", &claim.issuer), ("user", &claim.subject)] {
            if let Some(text) = text {
                output.must_see(&format!("  {label:<7}  {}", clean(text)));
            }
        }
        // Posts are still answered while the question waits for the user.
        let question = "Is this your account? roledex will refuse any other.";
        Box::pin(output.ask(question))
    }

    fn signed_in<'a>(&'a self, app: &'a App) -> Pin<Box<dyn Future<Output = bool> + 'a>> {
        if !self.output.can_ask() {
            return Box::pin(async { true });
        }
        let question = format!("{}: is its console open in your browser?", app.name);
        Box::pin(self.output.ask(&question))
    }
}

/// Takes a response that the user gave for an entry; new credentials are made of it.
pub(super) async fn take(
    flow: &Flow,
    id: &EntryId,
    path: &Path,
    output: &Output,
) -> Result<(), Problem> {
    if id.kind != Kind::External {
        return Err(Problem::new(
            ProblemKind::Usage,
            format!("{id} does not use SAML: it is not an external account"),
        )
        .hint("remove --assertion"));
    }
    let app = flow.app(&id.source)?;
    let response = read(flow, path, output).await?;
    flow.take_assertion(&app, Some(id), &response)?;
    Ok(())
}

/// Makes credentials of an external entry available: stored or headless ones if possible, else the user
/// is asked.
pub(super) async fn ready(flow: &Flow, permit: &Permit, output: &Output) -> Result<(), Problem> {
    if permit.id().kind == Kind::Org {
        return Ok(());
    }
    match mfa::with_code(flow, output, async || flow.credentials(permit).await).await {
        Err(Problem {
            kind: ProblemKind::CaptureNeeded { app },
            ..
        }) => {
            // For a chained role it is its source's app.
            let app = flow.app(&app)?;
            let wanted = Some(permit.id()).filter(|id| id.kind == Kind::External);
            roles(flow, &app, wanted, None, output).await?;
            Ok(())
        }
        result => result.map(|_| ()),
    }
}

/// Tells the user what happens, on stderr.
pub(super) fn report_step(name: &str, step: &CaptureStep, output: &Output) {
    match step {
        CaptureStep::AskingPortal => output.note(&format!("{name}: asking the portal")),
        CaptureStep::Silent => output.note(&format!("{name}: signing in without a window")),
        CaptureStep::Window => output.must_see(&format!(
            "{name}: sign in in the browser window that opens; it closes by itself (Ctrl-C cancels)"
        )),
        CaptureStep::Loopback { url, not_opened } => output.must_see(&match not_opened {
            None => format!("{name}: sign in in your browser (Ctrl-C cancels)"),
            Some(why) => format!("{name}: {why}; open this address on this machine:\n  {url}"),
        }),
        CaptureStep::Refused { why } => output.must_see(&format!(
            "{name}: refused a posted response: {why}; still waiting ({})",
            how_to_accept(&name.into())
        )),
        CaptureStep::MethodFailed { reason } => output.note(&format!("{name}: {reason}")),
    }
}
