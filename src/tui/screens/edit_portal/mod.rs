//! Changing the region and the scopes of a portal.

pub(crate) mod update;
mod view;

use std::sync::Arc;

use crate::domain::Portal;
use crate::tui::form::Form;
use crate::tui::input::Input;
use crate::tui::region_field::RegionList;

/// The screen that changes a portal.
#[derive(Debug)]
pub(crate) struct EditPortal {
    /// The portal's name, which stays.
    pub name: Arc<str>,
    /// The start URL, which stays.
    pub start_url: String,
    /// The region, the scopes.
    pub form: Form<2>,
    /// The regions that match what is typed.
    pub regions: RegionList,
}

/// The places of the fields.
const REGION: usize = 0;
const SCOPES: usize = 1;

impl EditPortal {
    /// The screen with what the portal has now.
    pub(crate) fn new(portal: &Portal) -> Self {
        let mut form = Form::new(2);
        form.fields[REGION] = Input::new(&portal.region);
        form.fields[SCOPES] = Input::new(&portal.scopes.join(", "));
        Self {
            name: Arc::clone(&portal.name),
            start_url: portal.start_url.clone(),
            form,
            regions: RegionList::default(),
        }
    }
}
