//! The switcher.
//!
//! Key → [`keymap`] → [`action::Action`] → [`update`](update::update), which is pure → effects → `runtime`,
//! the only one that knows `flow` → messages → `update`. [`screen`] draws a `&State` and nothing
//! flows back (docs/architecture.md#rules).

pub mod action;
mod cursor;
pub mod input;
pub mod keymap;
pub mod layout;
pub mod msg;
mod runtime;
#[cfg(test)]
mod sample;
pub mod screen;
pub mod state;
mod terminal;
pub mod theme;
mod ticker;
pub mod update;
mod worker;

use std::sync::Arc;

use crate::domain::{EntryId, Height};

pub use runtime::run;
pub use terminal::terminal_exists;

/// What only a demo has: the screen says that it is simulated, and a key allows the sign-in.
#[derive(Clone)]
pub struct Demo {
    /// Allows a user code.
    pub approve: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

/// How the switcher is opened.
#[derive(Clone, Default)]
pub struct Options {
    /// What is typed already.
    pub query: String,
    /// Whether it is a demo.
    pub demo: Option<Demo>,
    /// The picker of a command: choosing ends it.
    pub pick_only: bool,
    /// How much of the terminal is taken; else what the settings say.
    pub height: Option<Height>,
    /// Only this portal.
    pub portal: Option<String>,
}

/// How the switcher was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// By a key that says so.
    Quit,
    /// An entry was picked (only with [`Options::pick_only`]).
    Picked(EntryId),
    /// The export lines of an entry are wanted.
    Export(EntryId),
    /// Without a choice.
    Cancelled,
}
