//! The tests from outside, in one program: linking it once keeps a rebuild short.
//!
//! Each module is one subject. `support` holds what they share: a home, the simulator, the real
//! binary, terminals and peers. Tests that need a peer say so when it is missing; see
//! [`crate::support::missing`].

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![recursion_limit = "256"]

mod support;

mod architecture;
mod aws;
mod aws_cli;
mod background;
mod capture_browser;
mod commands;
mod console;
mod console_capture;
mod console_session;
mod console_ui;
mod contract;
mod doctor;
mod escapes;
mod every_way;
mod external;
mod foreign;
mod gateway;
mod guard;
mod guide;
mod hooks;
mod import;
mod in_flight;
mod inline;
mod instances;
mod jobs;
mod journeys;
mod keyring;

mod keys;
mod killed;
mod live;
mod locks;
mod mfa;
mod named;
mod nasty;
mod own;
mod owners;
mod packaging;
mod partitions;
mod portal_changes;
mod posted;
mod quoting;
mod readme;
mod region;
mod remote_names;
mod screenshots;
mod sdks;
mod search;
mod secrets;
mod sharing;
mod sign_in;
mod signals;
mod signed_out;
mod sim;
mod subshell;
mod switcher;
mod sync;
mod tokens;
mod user_text;
mod waiting;
mod writing;
