//! The step of the commands in which the user types the code of an MFA device.

use super::output::Output;
use crate::config::tty;
use crate::domain::text::clean;
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;

/// The most codes to ask for: AWS locks a device after too many wrong ones.
const MAX_CODES: usize = 3;

/// Runs work that may need a code. On a terminal, asks for the code and runs it again.
pub(super) async fn with_code<T>(
    flow: &Flow,
    output: &Output,
    work: impl AsyncFn() -> Result<T, Problem>,
) -> Result<T, Problem> {
    let mut asked = 0;
    loop {
        let problem = match work().await {
            Err(problem) => problem,
            done => return done,
        };
        let ProblemKind::MfaNeeded {
            device, refused, ..
        } = &problem.kind
        else {
            return Err(problem);
        };
        // A code of --mfa-code that is refused is the error; a typed one is asked for again.
        if asked == MAX_CODES || (*refused && asked == 0) {
            return Err(problem);
        }
        if *refused {
            output.must_see(&problem.to_string());
        }
        let question = format!("code of the MFA device {}: ", clean(device));
        let asking = output.question();
        let code = tty::ask(&question).ok();
        drop(asking);
        let Some(code) = code.filter(|code| !code.is_empty()) else {
            return Err(problem);
        };
        asked += 1;
        flow.give_mfa_code(&code)?;
    }
}
