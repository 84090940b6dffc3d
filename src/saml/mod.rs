//! SAML: reading a response, and capturing one where a user signs in (docs/reference.md#capture-methods).
//!
//! Knows neither AWS's services nor files of ours other than the capture browser's profile; `flow`
//! combines it with `aws` and `store`. A response is a bearer credential for five minutes: it is kept
//! in memory only.

pub(crate) mod assertion;
pub(crate) mod capture;
