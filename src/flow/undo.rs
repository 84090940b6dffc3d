//! Taking back what was written into the AWS files. No network.

use super::Flow;
use crate::domain::Problem;
use crate::domain::undo::UndoResult;

impl Flow {
    /// Takes back the last change of the AWS files; only says so with `dry_run`. With `force` also
    /// where another program changed the same section since. `None`: there is nothing to undo.
    ///
    /// # Errors
    /// `NotOurs` where another program changed the same section since; files that cannot be read or
    /// written.
    pub fn undo(&self, force: bool, dry_run: bool) -> Result<Option<UndoResult>, Problem> {
        let files = &self.inner.files;
        Ok(if dry_run {
            files.undo_plan(force)?
        } else {
            files.undo(force)?
        })
    }
}
