//! `--live`: a program whose credentials are served and renewed for as long as it runs.

use super::browser::is_wsl;
use super::{Flow, Permit};
use crate::domain::{Problem, ProblemKind};
use crate::serve::Peers;
use crate::serve::Server;
use crate::shell::child::{self, Child};
use crate::shell::{self, export};

impl Flow {
    /// Runs a program with the address of a credentials endpoint for an entry in its environment, and
    /// waits for it; the endpoint is there until the program ends. Never asks a person: a renewal
    /// that needs one is told to the program, and goes on once they have signed in elsewhere.
    ///
    /// # Errors
    /// As [`Flow::credentials`], before the program starts; a default profile with credentials, which
    /// every SDK would take instead. The inner error: a program that cannot be started.
    pub async fn run_live(
        &self,
        permit: &Permit,
        child: &Child,
    ) -> Result<Result<u8, shell::Error>, Problem> {
        let id = permit.id();
        self.nothing_hides_the_endpoint()?;
        let first = self.obtain(id).await?;
        let peers = if is_wsl(&self.ctx().env) {
            Peers::UserOrRelay
        } else {
            Peers::UserOrRoot
        };
        let server = Server::bind(peers).await?;
        let region = self.working_region(id)?;
        let shown = self.with_facts(id)?;
        let variables = export::live_variables(
            &shown,
            &self.account_name(id)?,
            region.as_deref(),
            &server.uri(),
            server.token(),
        );
        let serving = server.run(shown.account, self.ctx().clock.clone(), first, async || {
            let own = self.with_own_waits();
            own.bounded(Box::pin(own.obtain(id))).await
        });
        tokio::select! {
            code = child::run(child, &self.ctx().env, &variables) => Ok(code),
            never = serving => match never {},
        }
    }

    /// SDKs look for a container's credentials after those of a profile, and without `AWS_PROFILE`
    /// that is the default one (docs/protocols.md#container-credentials): the program would work in another account, unnoticed.
    fn nothing_hides_the_endpoint(&self) -> Result<(), Problem> {
        if !self.snapshot()?.has_credentials("default") {
            return Ok(());
        }
        let dirs = &self.ctx().dirs;
        Err(Problem::new(
            ProblemKind::Failed,
            "the default profile has credentials, which programs would use instead of the live ones",
        )
        .detail(format!(
            "[default] in {} or {}",
            dirs.tilde(&dirs.aws_config),
            dirs.tilde(&dirs.aws_credentials)
        ))
        .hint("remove --live, or rename that profile"))
    }
}
