//! The environment of an entry, for export lines, one command, or a subshell.

use super::{Flow, Permit};
use crate::domain::Problem;
use crate::shell::child::{self, Child};
use crate::shell::export::{self, Variables};

impl Flow {
    /// The variables of an entry (docs/reference.md#files), with credentials that are good now.
    ///
    /// # Errors
    /// As [`Flow::credentials`].
    pub async fn variables(&self, permit: &Permit) -> Result<Variables, Problem> {
        let id = permit.id();
        let credentials = self.obtain(id).await?;
        let region = self.working_region(id)?.map(|region| region.name);
        Ok(export::variables(
            &self.with_facts(id)?,
            &self.account_name(id)?,
            region.as_deref(),
            &credentials,
        ))
    }

    /// Runs the user's shell with the variables of an entry, and waits for it.
    ///
    /// # Errors
    /// A shell that cannot be started.
    pub async fn subshell(&self, variables: &Variables) -> Result<u8, Problem> {
        self.run(&child::login_shell(&self.ctx().env), variables)
            .await
    }

    /// Runs a program with variables, waits for it, and returns its exit code.
    ///
    /// # Errors
    /// A program that cannot be started.
    pub async fn run(&self, child: &Child, variables: &Variables) -> Result<u8, Problem> {
        Ok(child::run(child, &self.ctx().env, variables).await?)
    }
}
