//! Credentials of a chained role: assumed with its source's, for an hour at most (P6).

use super::Flow;
use crate::domain::chain::LONGEST_SECONDS;
use crate::domain::{Chain, Credentials, EntryId, Problem, ProblemKind};

impl Flow {
    /// New credentials of a chained role; its source's are obtained as its own entry's would be.
    pub(super) async fn request_chain(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let chain = self.chain(id)?;
        // A chain may stand on another one: the future holds itself.
        let source = Box::pin(self.obtain(&chain.source)).await?;
        let sts = self.sts_for(&chain.partition)?;
        let seconds = chain.duration_seconds.unwrap_or(LONGEST_SECONDS);
        sts.assume_role(&source, &chain, seconds)
            .await
            .map_err(|error| explain(&chain, error.into()))
    }

    fn chain(&self, id: &EntryId) -> Result<Chain, Problem> {
        let chains = self.ctx().settings.chains()?;
        let known = chains.into_iter().find(|chain| chain.entry() == *id);
        known.ok_or_else(|| {
            Problem::new(
                ProblemKind::NoSingleMatch {
                    candidates: Vec::new(),
                },
                format!("there is no chain {id}"),
            )
            .hint("it comes from [[chain]] in config.toml")
        })
    }
}

fn explain(chain: &Chain, problem: Problem) -> Problem {
    let denied = problem.kind == ProblemKind::AccessDenied;
    let problem = problem.causing(format!(
        "no credentials for {} in {}",
        chain.role, chain.account
    ));
    if denied {
        problem.hint(format!(
            "the trust policy of {} must name the role of {}, and its external id where it asks for one",
            chain.role_arn, chain.source
        ))
    } else {
        problem
    }
}
