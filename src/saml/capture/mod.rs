//! Capturing a SAML response (DESIGN §6): in an installed browser, by a post to this machine, or from
//! what a person copied. The portal's own interface is HTTP, and is `aws::apps`.

pub mod file;
