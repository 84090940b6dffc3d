//! The AWS services: Identity Center sign-in, the portal; endpoints and partitions.
//!
//! Real HTTP clients only: tests and demo give them another endpoint, nothing else (DESIGN §3).
//! Retrying is ours, not the SDKs', so that every attempt goes through one token bucket (P2).

pub mod endpoints;
mod failure;
pub mod http;
pub mod listing;
pub mod oidc;
pub mod partition;
pub mod portal;
pub mod start_url;
pub mod throttle;

pub use failure::Failure;
