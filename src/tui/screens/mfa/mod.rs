//! The dialog for the code of an MFA device.

pub(crate) mod update;
mod view;

use std::sync::Arc;

use crate::tui::input::Input;
use crate::tui::request::Request;
use crate::tui::state::State;

/// Asking for the code of an MFA device.
#[derive(Debug)]
pub(crate) struct Mfa {
    /// The profile that needs it.
    pub profile: Arc<str>,
    /// The device's ARN or serial number.
    pub device: Arc<str>,
    /// The code.
    pub code: Input,
    /// The problem with the last input.
    pub mistake: Option<&'static str>,
    /// The requests that need the code.
    pub then: Vec<Request>,
}

/// Asks for a code, and then continues with the request. `refused`: AWS refused the last code. Requests that
/// need the same device share one code, because each works once.
pub(crate) fn open(
    state: &mut State,
    profile: &Arc<str>,
    device: &Arc<str>,
    refused: bool,
    then: Request,
) {
    let mistake = refused.then_some("AWS refused that code; wait for the next one");
    if let Some(screen) = state.find_mut(|screen: &Mfa| screen.device == *device) {
        screen.mistake = mistake.or(screen.mistake);
        screen.then.push(then);
        return;
    }
    state.open(Mfa {
        profile: Arc::clone(profile),
        device: Arc::clone(device),
        code: Input::default(),
        mistake,
        then: vec![then],
    });
}
