//! `--live`: a program whose credentials are served and renewed for as long as it runs.

use super::{Flow, Permit};
use crate::config::Env;
use crate::domain::{Credentials, EntryId, Problem, ProblemKind};
use crate::serve::Peers;
use crate::serve::Server;
use crate::shell::child::{self, Child};
use crate::shell::{self, export};
use crate::store::aws_files::boto;

/// Names the file of boto 2.
const BOTO_CONFIG: &str = "BOTO_CONFIG";

impl Flow {
    /// Runs a program with the address of a credentials endpoint for an entry in its environment, and
    /// waits for it; the endpoint is there until the program ends. A subshell also gets the role that this
    /// shell has. Never asks a user: a renewal
    /// that needs one is told to the program, and goes on once they have signed in elsewhere.
    ///
    /// # Errors
    /// As [`Flow::credentials`], before the program starts; a default profile or a file of boto 2 with credentials, which
    /// SDKs would take instead; a user's own keys, which have no session. The inner error: a program that cannot be started.
    pub async fn run_live(
        &self,
        permit: &Permit,
        child: &Child,
        is_subshell: bool,
    ) -> Result<Result<u8, shell::Error>, Problem> {
        let id = permit.id();
        let hiding = self.nothing_hides_the_endpoint()?;
        let first = self
            .obtain(id)
            .await
            .and_then(|found| can_be_served(found, id))?;
        let peers = if self.ctx().env.is_wsl() {
            Peers::UserOrRelay
        } else {
            Peers::UserOrRoot
        };
        let server = Server::bind(peers).await?;
        let region = self.region_with(permit)?;
        let shown = self.with_facts(id)?;
        let mut variables = export::live_variables(
            &shown,
            &self.account_name(id)?,
            region.as_deref(),
            &server.uri(),
            server.token(),
        );
        variables.unset.extend(hiding);
        if is_subshell {
            self.keep_previous(&mut variables, permit);
        }
        let serving = server.run(shown.account, self.ctx().clock.clone(), first, async || {
            let own = self.with_own_waits();
            let found = own.bounded(Box::pin(own.obtain(id))).await?;
            can_be_served(found, id)
        });
        tokio::select! {
            code = child::run(child, &self.ctx().env, &variables) => Ok(code),
            never = serving => match never {},
        }
    }

    /// Checks that programs would use live credentials, before any are asked for.
    ///
    /// # Errors
    /// A default profile or a file of boto 2 with credentials.
    pub fn check_live(&self) -> Result<(), Problem> {
        self.nothing_hides_the_endpoint().map(drop)
    }

    /// SDKs look for a container's credentials after those of a profile, and without `AWS_PROFILE`
    /// that is the default one; botocore also after those of boto 2 (docs/protocols.md#container-credentials).
    /// The program would work in another account, unnoticed. Returns the variable to take away from it for that.
    fn nothing_hides_the_endpoint(&self) -> Result<Option<&'static str>, Problem> {
        let dirs = &self.ctx().dirs;
        if self.snapshot()?.has_credentials("default") {
            return Err(Problem::new(
                ProblemKind::Failed,
                "the default profile has credentials, which programs would use instead of the live ones",
            )
            .detail(format!(
                "[default] or [DEFAULT] in {} or {}",
                dirs.tilde(&dirs.aws_config),
                dirs.tilde(&dirs.aws_credentials)
            ))
            .hint("remove --live, or rename that profile"));
        }
        let env = &self.ctx().env;
        let mut files = dirs.boto(env);
        let is_hiding = env.is_set(BOTO_CONFIG) && boto::with_keys(&files).is_some();
        if is_hiding {
            // Without the variable, botocore reads the files of the machine and of the user.
            files = dirs.boto(&Env::default());
        }
        if let Some(path) = boto::with_keys(&files) {
            return Err(Problem::new(
                ProblemKind::Failed,
                format!(
                    "{} has keys, which the AWS CLI and programs in Python would use instead of the live ones",
                    dirs.tilde(path)
                ),
            )
            .detail("[Credentials] aws_access_key_id")
            .hint("remove --live, or set BOTO_CONFIG=/dev/null, so that they read no such file"));
        }
        Ok(is_hiding.then_some(BOTO_CONFIG))
    }
}

/// Refuses a user's own keys: they have no session token, which SDKs require of an endpoint, and some
/// would sign with an empty one.
fn can_be_served(credentials: Credentials, id: &EntryId) -> Result<Credentials, Problem> {
    if !credentials.is_long_term() {
        return Ok(credentials);
    }
    Err(Problem::new(
        ProblemKind::Usage,
        format!(
            "--live cannot serve {}: its keys have no session token",
            id.words()
        ),
    )
    .hint("remove --live; these keys do not expire"))
}
