//! Notifications on the desktop, and the clipboard inside tmux.

use super::Flow;
use crate::domain::Secret;
use crate::shell::{notice, opener, tmux};

impl Flow {
    /// Puts text on the clipboard through tmux, which is in between.
    pub async fn copy_in_tmux(&self, text: &Secret) {
        if let Err(error) = tmux::copy(&self.ctx().env, text).await {
            tracing::info!(%error, "tmux did not take a text for the clipboard");
        }
    }

    /// Shows a notification. `false`: no program for that is there, or it could not be started.
    #[must_use]
    pub fn show_notice(&self, text: &str) -> bool {
        let env = &self.ctx().env;
        let Some(program) = notice::program(env, text) else {
            return false;
        };
        match opener::detach(&program, env) {
            Ok(()) => true,
            Err(error) => {
                tracing::info!(%error, "no notification was shown");
                false
            }
        }
    }
}
