//! The switcher.
//!
//! Key → [`keymap`] → [`action::Action`] → [`update`](update::update), which is pure → effects → `runtime`,
//! the only one that knows `flow` → messages → `update`. [`view`] draws a `&State` and nothing
//! flows back (docs/architecture.md#rules).

pub(crate) mod action;
pub(crate) mod canvas;
mod cursor;
mod first_look;
mod form;
pub(crate) mod frame;
pub(crate) mod input;
pub(crate) mod keymap;
pub(crate) mod layout;
pub(crate) mod msg;
mod qr_dialog;
mod region_field;
pub(crate) mod request;
mod runtime;
#[cfg(test)]
mod sample;
pub(crate) mod screens;
pub(crate) mod sheet;
pub(crate) mod state;
mod terminal;
mod text;
pub(crate) mod theme;
mod ticker;
pub(crate) mod update;
pub(crate) mod view;
mod widgets;
mod worker;

use std::sync::Arc;

use crate::domain::{EntryId, Height};

pub use runtime::{facts, run};
pub(crate) use terminal::terminal_exists;

/// Picks a console session on a page, as a user in a browser does.
pub(crate) type PickSession = Arc<dyn Fn(&str, Option<&str>) + Send + Sync>;

/// The demo: screens say that it is simulated, and a key approves the sign-in.
#[derive(Clone)]
pub struct Demo {
    /// Approves a user code.
    pub approve: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    /// Opens the page of a console sign-in as a browser does, and picks the session of an identity:
    /// `ACCOUNT/ROLE`, or an account.
    pub pick_session: PickSession,
}

/// The options of the switcher.
#[derive(Clone, Default)]
pub struct Options {
    /// The first query.
    pub query: String,
    /// The demo, if it is one.
    pub demo: Option<Demo>,
    /// The picker of a command: choosing ends it. The word says what is done with the entry then.
    pub choice: Option<&'static str>,
    /// Export lines that it prints are read.
    pub exports: bool,
    /// The rows to take of the terminal; else the settings decide.
    pub height: Option<Height>,
    /// Only this portal.
    pub portal: Option<String>,
}

/// The way in which the switcher was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// By a key that quits.
    Quit,
    /// An entry was picked (only with [`Options::choice`]).
    Picked(EntryId),
    /// Export lines of an entry were asked for.
    Export(EntryId),
    /// Without a choice.
    Cancelled,
}
