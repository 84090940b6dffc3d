//! The dialog for the code of an MFA device.

pub(crate) mod update;
mod view;

use std::sync::Arc;

use crate::tui::input::Input;
use crate::tui::request::Request;

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
    /// The request that needs the code.
    pub then: Request,
}

impl Mfa {
    /// Asks for a code, and then continues with the request. `refused`: AWS refused the last code.
    pub(crate) fn new(profile: &Arc<str>, device: &Arc<str>, refused: bool, then: Request) -> Self {
        Self {
            profile: Arc::clone(profile),
            device: Arc::clone(device),
            code: Input::default(),
            mistake: refused.then_some("AWS refused that code; wait for the next one"),
            then,
        }
    }
}
