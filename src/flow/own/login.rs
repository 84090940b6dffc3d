//! Console sessions of the AWS CLI (`aws login`): its cache is read while it is good.

use super::super::Flow;
use crate::domain::text::word;
use crate::domain::{Credentials, Problem, ProblemKind};
use crate::store::login_cache;

impl Flow {
    /// The credentials of a console session, while they are good.
    pub(super) fn login_session(&self, name: &str, session: &str) -> Result<Credentials, Problem> {
        let ctx = self.ctx();
        let found = login_cache::read(&ctx.dirs, &ctx.env, session)?;
        let now = ctx.clock.now();
        found.filter(|found| found.expires_at > now).ok_or_else(|| {
            let title = format!("the console session of the profile {name} has expired");
            sign_in_with_aws_cli(name, &title, "aws login")
        })
    }
}

/// A sign-in is needed that the AWS CLI makes.
pub(super) fn sign_in_with_aws_cli(name: &str, title: &str, command: &str) -> Problem {
    Problem::new(
        ProblemKind::SignInNeeded {
            portal: name.into(),
        },
        title,
    )
    .hint(format!("run: {command} --profile {}", word(name)))
}
