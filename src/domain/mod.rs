//! Values and decisions: ids, entries, the catalog, search, credentials, profile naming, problems.
//!
//! Pure: no IO, no async, no clock, no ratatui. Functions that need "now" take it as a
//! [`jiff::Timestamp`] (UTC). Everybody may know this module; it knows nobody.

pub mod app;
pub mod assertion;
pub mod assume;
pub mod catalog;
pub mod chain;
pub mod claim;
pub mod credentials;
pub mod entry;
pub mod guard;
pub mod health;
pub mod height;
pub mod id;
pub mod label;
pub mod naming;
pub mod own;
pub mod partition;
pub mod portal;
pub mod problem;
pub mod process_line;
pub mod profile;
pub mod qr;
pub mod rank;
pub mod search;
pub mod secret;
pub mod setting;
pub mod sign_in;
pub mod template;
pub mod text;
pub mod time;
pub mod token;
pub mod undo;
pub mod waiting;

pub use app::{App, AppRole, CaptureStep, Method, Tile};
pub use assertion::{Assertion, SamlRole};
pub use catalog::{Catalog, CatalogEvent};
pub use chain::Chain;
pub use credentials::{Credentials, Freshness};
pub use entry::{Entry, Gap, GapReason, Item, Mark};
pub use height::Height;
pub use id::{AccountId, EntryId, Kind};
pub use label::Label;
pub use partition::Partition;
pub use portal::Portal;
pub use problem::{Problem, ProblemKind};
pub use secret::Secret;
pub use token::{AccessToken, Registration};
