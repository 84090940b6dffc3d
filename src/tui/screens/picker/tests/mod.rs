//! Given a state, when messages come, then facts and effects: the list, and the actions on its entries.

mod entry;
mod groups;
mod list;
