//! Health checks: facts in, findings with hints out. `flow::doctor` gathers the facts.

mod check;
mod clock;
mod environment;
mod files;
mod process;
mod terminal;

pub(crate) use check::{Check, Status};
pub(crate) use clock::check_clock;
pub(crate) use environment::{COMPETING, EnvironmentFact, check_environment};
pub(crate) use files::{Duplicate, Fault, Unreadable};
pub(crate) use files::{FileFact, FileRole, ForeignOwner, check_mode, shown};
pub(crate) use process::{ProcessFact, ProcessFault, check_process};
pub(crate) use terminal::TerminalFact;
pub(crate) use terminal::check_terminal;
