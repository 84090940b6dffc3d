//! Adding an external account by the link of its tile.

#[cfg(test)]
mod tests;
pub(crate) mod update;
mod view;

use crate::domain::Method;
use crate::tui::form::Form;
use crate::tui::input::Input;

/// The screen that adds an external account.
#[derive(Debug)]
pub(crate) struct AddApp {
    /// The link, the name, and the method that captures its response.
    pub form: Form<3>,
}

/// The places of the fields.
const LINK: usize = 0;
const NAME: usize = 1;
const METHOD: usize = 2;

impl AddApp {
    /// The chosen method.
    fn method(&self) -> Method {
        Method::named(&self.form.text(METHOD)).unwrap_or_default()
    }

    /// Chooses the method that lies so many places after the current one.
    fn turn_method(&mut self, places: usize) {
        let at = Method::ALL
            .iter()
            .position(|method| *method == self.method());
        let mut methods = Method::ALL.into_iter().cycle();
        let chosen = methods.nth(at.unwrap_or_default() + places);
        self.form.fields[METHOD] = Input::new(chosen.unwrap_or_default().name());
    }
}

impl Default for AddApp {
    fn default() -> Self {
        let mut form = Form::new(3);
        form.fields[METHOD] = Input::new(Method::default().name());
        Self { form }
    }
}
