//! The environment of an entry, for export lines, one command, or a subshell.

use super::{Flow, Permit};
use crate::domain::Problem;
use crate::shell::child::{self, Child};
use crate::shell::current;
use crate::shell::detect;
use crate::shell::export::{self, Variables};
use crate::shell::subshell;
use crate::store::private_file;

impl Flow {
    /// The variables of an entry (docs/reference.md#environment-variables), with valid credentials.
    ///
    /// # Errors
    /// As [`Flow::credentials`].
    pub async fn variables(&self, permit: &Permit) -> Result<Variables, Problem> {
        let id = permit.id();
        let credentials = self.obtain(id).await?;
        let region = self.region_with(permit)?;
        Ok(export::variables(
            &self.with_facts(id)?,
            &self.account_name(id)?,
            region.as_deref(),
            &credentials,
        ))
    }

    /// The line that sets a profile in the user's shell.
    #[must_use]
    pub fn profile_line(&self, name: &str) -> String {
        export::line(detect(&self.ctx().env), "AWS_PROFILE", name)
    }

    /// The variables of an entry for a subshell, which remember the role of the shell around it as the previous one.
    ///
    /// # Errors
    /// As [`Flow::variables`].
    pub async fn subshell_variables(&self, permit: &Permit) -> Result<Variables, Problem> {
        let mut variables = self.variables(permit).await?;
        self.keep_previous(&mut variables, permit);
        Ok(variables)
    }

    /// Adds this shell's role as the previous one, for a change to another.
    pub(super) fn keep_previous(&self, variables: &mut Variables, permit: &Permit) {
        let previous = current::previous_after(&self.ctx().env, Some(permit.id()));
        variables.keep_previous(previous.as_ref());
    }

    /// The user's shell, for a subshell: with the role after the user's own files, too, and on a terminal in its
    /// prompt, unless the settings say otherwise.
    ///
    /// # Errors
    /// Its start file cannot be written.
    pub fn user_shell(&self, has_terminal: bool) -> Result<Child, Problem> {
        let ctx = self.ctx();
        let mut child = child::login_shell(&ctx.env);
        let directory = ctx.dirs.state.join("shell");
        let has_prompt = self.settings().subshell_prompt != Some(false);
        let file = subshell::prepare(&mut child, &directory, &ctx.env, has_terminal, has_prompt);
        if let Some((path, text)) = file {
            private_file::write(ctx.dirs.owners(), &path, text.as_bytes())?;
        }
        Ok(child)
    }

    /// Runs the user's shell with the variables of an entry on the terminal, and waits for it. In `x=$(roledex)` our
    /// output is evaluated: what the programs of the subshell print must not be.
    ///
    /// # Errors
    /// As [`Flow::user_shell`]; a shell that cannot be started.
    pub async fn subshell(&self, variables: &Variables) -> Result<u8, Problem> {
        let mut shell = self.user_shell(true)?;
        shell.on_terminal = true;
        self.run(&shell, variables).await
    }

    /// Runs a program with variables, waits for it, and returns its exit code.
    ///
    /// # Errors
    /// A program that cannot be started.
    pub async fn run(&self, child: &Child, variables: &Variables) -> Result<u8, Problem> {
        Ok(child::run(child, &self.ctx().env, variables).await?)
    }
}
