//! The history of pins and uses. It is a convenience: a failure to read or write it never stops a command.

use super::Flow;
use super::origin::Origins;
use crate::domain::rank::{History, Look};
use crate::domain::{EntryId, Problem};
use crate::store::history;

impl Flow {
    /// Pins and uses, by the ids that entries are listed with.
    pub(crate) fn history(&self, origins: &Origins) -> History {
        let instances = origins.files.instances();
        self.stored_history().under(|id| instances.listed(id))
    }

    /// The history with the ids as they were used.
    pub(super) fn stored_history(&self) -> History {
        history::load(&self.ctx().dirs, self.here()).unwrap_or_else(|error| {
            tracing::info!(%error, "cannot read the history");
            History::default()
        })
    }

    /// Remembers that an entry was used from here.
    pub fn remember_use(&self, id: &EntryId) {
        let ctx = self.ctx();
        if let Err(error) = history::remember(&ctx.dirs, id, ctx.clock.now(), self.here()) {
            tracing::info!(%error, "cannot save the history");
        }
    }

    /// Pins an entry, or takes its pin away.
    ///
    /// # Errors
    /// Those of the file.
    pub fn pin(&self, id: &EntryId, pinned: bool) -> Result<(), Problem> {
        let files = self.snapshot()?;
        // A pin may be older than the portal's other name.
        for other in files.instances().ids(id).filter(|it| it != id) {
            history::pin(&self.ctx().dirs, &other, false)?;
        }
        Ok(history::pin(&self.ctx().dirs, id, pinned)?)
    }

    /// Remembers how the list was left.
    pub fn keep_look(&self, look: Look) {
        if let Err(error) = history::keep_look(&self.ctx().dirs, look) {
            tracing::info!(%error, "cannot save the view of the list");
        }
    }

    fn here(&self) -> &str {
        self.ctx().env.get("PWD").unwrap_or_default()
    }
}
