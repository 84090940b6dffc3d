//! The AWS services: Identity Center sign-in, the portal, STS; endpoints and partitions.
//!
//! Owns everything said over HTTP to AWS: one connector ([`Http`]), where the services are
//! ([`Endpoints`]), how fast a portal may be asked ([`Bucket`]), and what each refusal means. It
//! knows neither files nor screens; `flow` combines it with `store`. The futures need a tokio
//! runtime (a current-thread one is enough) and stop when they are dropped.

pub mod app_link;
pub mod apps;
pub mod console;
pub mod endpoints;
pub mod error;
pub mod http;
pub mod listing;
pub mod oidc;
pub mod portal;
mod priority;

pub mod start_url;
pub mod sts;
pub mod throttle;

mod ca_bundle;
pub mod callback;
mod concurrency;
mod failure;
mod oidc_error;
pub mod pkce;
mod portal_error;
mod proxy;
pub mod region_finder;
mod retry;
#[cfg(test)]
mod testing;
mod unreachable;

pub use endpoints::Endpoints;
pub use error::Error;
pub use http::Http;
pub use oidc::{DeviceAuthorization, Oidc, OidcError};
pub use portal::{PortalClient, PortalError};
pub use priority::Priority;
pub use start_url::StartUrl;
pub use sts::{Identity, Sts};
pub use throttle::Bucket;
pub use unreachable::{Reach, Unreachable};
