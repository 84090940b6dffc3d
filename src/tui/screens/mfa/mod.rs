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
    /// The requests that need the code.
    pub then: Vec<Request>,
}
