//! Credentials of a chained role: assumed with its source's, for an hour at most (docs/requirements.md#fixed-session-length).

use super::Flow;
use crate::domain::{Chain, Credentials, EntryId, Problem, ProblemKind};

impl Flow {
    /// New credentials of a chained role; its source's are obtained as its own entry's would be.
    pub(super) async fn request_chain(&self, id: &EntryId) -> Result<Credentials, Problem> {
        let chain = self.chain(id)?;
        // The source of a chain may be a chain: the future is recursive.
        let source = Box::pin(self.obtain(&chain.source)).await?;
        let whose = format!("{} in {}", chain.role, chain.account);
        self.assume_role(id, &source, &chain.request(), &whose)
            .await
    }

    pub(super) fn chain(&self, id: &EntryId) -> Result<Chain, Problem> {
        let chains = self.settings().chains()?;
        let known = chains.into_iter().find(|chain| chain.entry() == *id);
        known.ok_or_else(|| {
            Problem::new(
                ProblemKind::NoSingleMatch {
                    candidates: Vec::new(),
                },
                format!("no chain has the id {id}"),
            )
            .hint("chains are defined by [[chain]] in config.toml")
        })
    }
}
