//! The screens of the switcher, each in its directory: `mod.rs` is its state, `update.rs` its reducer,
//! `view.rs` draws it.

pub(crate) mod add_app;
pub(crate) mod address;
pub(crate) mod capture;
pub(crate) mod confirm;
pub(crate) mod console_sign_in;
pub(crate) mod details;
pub(crate) mod edit_portal;
pub(crate) mod help;
pub(crate) mod messages;
pub(crate) mod mfa;
pub(crate) mod onboarding;
pub(crate) mod picker;
pub(crate) mod portals;
pub(crate) mod regions;
pub(crate) mod roles;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod sync;
