//! Adding an external account by the link of its tile.

pub(crate) mod update;
mod view;

use crate::tui::form::Form;

/// The screen that adds an external account.
#[derive(Debug)]
pub(crate) struct AddApp {
    /// The link, the name.
    pub form: Form<2>,
}

/// The places of the fields.
const LINK: usize = 0;
const NAME: usize = 1;

impl Default for AddApp {
    fn default() -> Self {
        Self { form: Form::new(2) }
    }
}
