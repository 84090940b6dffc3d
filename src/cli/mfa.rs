//! The step of the commands in which the user types the code of an MFA device.

use super::output::Output;
use crate::config::tty;
use crate::domain::text::clean;
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;

/// How many codes are asked for, before AWS locks the device out of patience.
const MAX_CODES: usize = 3;

/// Does something that may need a code; on a terminal the code is asked for, and it is done again.
pub async fn with_code<T>(
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
