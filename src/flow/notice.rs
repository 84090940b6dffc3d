//! Notifications on the desktop.

use super::Flow;
use crate::shell::{notice, opener};

impl Flow {
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
