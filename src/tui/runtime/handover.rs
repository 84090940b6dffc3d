//! Gives the terminal to a subshell or to the shell that stops us, and takes it back. Also finds our region
//! of it after a resize.

use super::{Next, Runtime, no_terminal};
use crate::domain::guard::describe;
use crate::domain::{EntryId, Problem};
use crate::flow::Variables;
use crate::tui::msg::Msg;
use crate::tui::terminal::say;

/// The time limit for being stopped.
#[cfg(unix)]
const STOP_WAIT: std::time::Duration = std::time::Duration::from_millis(300);

impl Runtime {
    /// Leaves the screen to a subshell until it ends.
    pub(super) async fn shell(&mut self, id: EntryId, variables: &Variables) -> Next {
        self.screen.leave();
        let used = id.clone();
        self.on_disk(move |flow| {
            flow.remember_use(&used);
            None
        });
        let entry = describe(&self.state.catalog, &id);
        say(&format!("{entry}; exit to return to roledex"));
        let result = self.flow.subshell(variables).await;
        self.reopen_screen();
        self.handle(Msg::ShellEnded { id, result })
    }

    /// Stops, as the shell's job control wants it, and takes the screen again when woken.
    #[cfg_attr(
        not(unix),
        expect(clippy::unused_async, reason = "there is no job control")
    )]
    pub(super) async fn suspend(&mut self) {
        #[cfg(unix)]
        {
            self.screen.leave();
            let stopped =
                rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
            if let Err(error) = stopped {
                tracing::info!(%error, "cannot suspend the process");
            }
            // The signal stops this thread a moment later, and not at all where no shell could wake us.
            tokio::select! {
                () = self.woken.wait() => {}
                () = tokio::time::sleep(STOP_WAIT) => {}
            }
            self.reopen_screen();
        }
    }

    /// Takes the screen again, whose modes another program may have changed.
    pub(super) fn reopen_screen(&mut self) {
        // Neither message leads out of the switcher.
        let entered = self.screen.enter().and_then(|typed| {
            self.typed.extend(typed);
            self.screen.size()
        });
        self.resized = false;
        match entered {
            Ok((width, height)) => self.handle(Msg::Resize { width, height }),
            Err(error) => self.handle(Msg::Failed(no_terminal(&error))),
        };
    }

    /// `true` if the terminal was resized since its region was found.
    pub(super) fn is_lost(&self) -> Result<bool, Problem> {
        let lost = self.screen.is_lost();
        Ok(self.resized || lost.map_err(|error| no_terminal(&error))?)
    }

    /// Finds our region of the terminal again. No other reader may be active.
    pub(super) fn find_again(&mut self) -> Result<(), Problem> {
        self.resized = false;
        let found = self.screen.find_again().and_then(|typed| {
            self.typed.extend(typed);
            self.screen.size()
        });
        let (width, height) = found.map_err(|error| no_terminal(&error))?;
        // The message does not lead out of the switcher.
        let _ = self.handle(Msg::Resize { width, height });
        Ok(())
    }
}
