//! Values and decisions: ids, entries, the catalog, search, credentials, profile naming, problems.
//!
//! Pure: no IO, no async, no clock, no ratatui. Functions that need "now" take it as a
//! [`jiff::Timestamp`] (UTC). Every module may import this one; it imports none.

pub(crate) mod app;
pub(crate) mod arn;
pub(crate) mod assertion;
pub(crate) mod assume;
pub(crate) mod catalog;
pub(crate) mod chain;
pub(crate) mod claim;
pub(crate) mod console_session;
pub(crate) mod credentials;
pub(crate) mod entry;
pub(crate) mod guard;
pub(crate) mod health;
pub(crate) mod height;
pub(crate) mod id;
pub(crate) mod instance;
pub(crate) mod items;
pub(crate) mod label;
pub(crate) mod locked;
pub(crate) mod naming;
pub(crate) mod ordered;
pub(crate) mod own;
pub(crate) mod partition;
pub(crate) mod portal;
pub(crate) mod problem;
pub(crate) mod process_line;
pub(crate) mod profile;
pub(crate) mod qr;
pub(crate) mod rank;
pub(crate) mod region;
pub(crate) mod search;
pub(crate) mod secret;
pub(crate) mod setting;
pub(crate) mod shared_text;
pub(crate) mod sign_in;
pub(crate) mod sync;
pub(crate) mod target;
pub(crate) mod template;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod token;
pub(crate) mod undo;
pub(crate) mod waiting;

pub use app::AppRole;
pub(crate) use app::{App, CaptureStep, Method, Tile};
pub(crate) use assertion::{Assertion, SamlRole};
pub use catalog::{Catalog, CatalogEvent};
pub(crate) use chain::Chain;
pub use credentials::Credentials;
pub(crate) use credentials::Freshness;
pub use entry::{Entry, Item, Mark};
pub(crate) use entry::{Gap, GapReason};
pub(crate) use height::Height;
pub(crate) use id::Kind;
pub use id::{AccountId, EntryId};
pub(crate) use items::{Block, Items};
pub(crate) use label::Label;
pub(crate) use portal::Portal;
pub(crate) use problem::{Candidate, InputField};
pub use problem::{Problem, ProblemKind};
pub use secret::Secret;
pub(crate) use target::Target;
pub use token::{AccessToken, Registration};
