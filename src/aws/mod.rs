//! The AWS services: Identity Center sign-in, the portal, STS; endpoints and partitions.
//!
//! Owns everything said over HTTP to AWS: one connector ([`Http`]), where the services are
//! ([`Endpoints`]), how fast a portal may be asked ([`Bucket`]), and what each refusal means. It
//! knows neither files nor screens; `flow` combines it with `store`. The futures need a tokio
//! runtime (a current-thread one is enough) and stop when they are dropped.

pub(crate) mod app_link;
pub(crate) mod apps;
pub(crate) mod console;
pub(crate) mod endpoints;
pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod listing;
pub(crate) mod oidc;
pub(crate) mod portal;
mod priority;
pub(crate) mod probe;

pub(crate) mod signin;
pub(crate) mod start_url;
pub(crate) mod sts;
pub(crate) mod throttle;

pub(crate) mod ca_bundle;
pub(crate) mod callback;
mod concurrency;
mod failure;
mod oidc_error;
pub(crate) mod pkce;
mod portal_error;
mod proxy;
pub(crate) mod region_finder;
mod retry;
#[cfg(test)]
mod testing;
mod unreachable;

pub use endpoints::Endpoints;
pub(crate) use error::Error;
pub use http::Http;
pub use priority::Priority;
pub use throttle::Bucket;
