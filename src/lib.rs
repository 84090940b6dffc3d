//! roledex: a terminal UI for every AWS account and role that a user can reach.
//!
//! The program is the only user of this library: [`main`] is its whole interface. `docs/architecture.md`
//! is the map. These are the modules and what each may import (`tests/it/architecture/` checks it):
//!
//! ```text
//! domain ← config ← {aws, saml, store, shell, serve} ← flow ← {tui, cli}
//! config ← loopback ← {aws, saml, serve}
//! sim ← {cli::demo, cli::simulator, tests}
//! ```
//!
//! `aws`, `saml`, `store`, `shell` and `serve` do not import one another: `flow` combines them.
//! The switcher and the commands call the same functions of `flow`.

#![warn(unreachable_pub)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")
)]

mod aws;
mod cli;
mod config;
mod domain;
mod flow;
#[doc(hidden)]
pub mod internals;
mod loopback;
mod saml;
mod serve;
mod shell;
mod sim;
mod store;
mod tui;

pub use cli::main;
