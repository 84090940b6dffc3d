//! Adding a portal, also in the first run.

#[cfg(test)]
mod tests;
pub(crate) mod update;
pub(crate) mod view;

use crate::tui::form::Form;
use crate::tui::region_field::RegionList;

/// Adding a portal.
#[derive(Debug)]
pub(crate) struct Onboarding {
    /// The start URL, the region, the name; the URL alone until it was looked at.
    pub form: Form<3>,
    /// The regions that match what is typed.
    pub regions: RegionList,
    /// `true` if the region was detected; else it has to be typed.
    pub region_found: bool,
    /// `true` in the first run: there is no list to go back to.
    pub first_run: bool,
    /// The link of a tile that was pasted instead of the portal's address: its app is added, too.
    pub tile: Option<String>,
}

/// The places of the fields.
const URL: usize = 0;
const REGION: usize = 1;
const NAME: usize = 2;

impl Onboarding {
    /// `true` while the portal is saved, which cannot be canceled.
    fn is_saving(&self) -> bool {
        self.form.waiting.is_some() && self.form.shown > 1
    }

    /// The screen with its first field.
    pub(crate) fn new(first_run: bool) -> Self {
        Self {
            form: Form::new(1),
            regions: RegionList::default(),
            region_found: false,
            first_run,
            tile: None,
        }
    }
}
