//! roledex: one keyboard-driven switcher for every AWS account and role a person can reach.
//!
//! The house, and who may know whom (`tests/it/architecture.rs` reads the imports and holds it):
//!
//! ```text
//! domain ← config ← {aws, saml, store, shell, serve} ← flow ← {tui, cli}
//! config ← loopback ← {aws, saml, serve}
//! sim ← {cli::demo, cli::simulator, tests}
//! ```
//!
//! `aws`, `saml`, `store`, `shell` and `serve` do not import one another: `flow` combines them.
//! The switcher and the commands enter the same functions of `flow`.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")
)]

pub mod aws;
pub mod cli;
pub mod config;
pub mod domain;
pub mod flow;
pub mod loopback;
pub mod saml;
pub mod serve;
pub mod shell;
pub mod sim;
pub mod store;
pub mod tui;
