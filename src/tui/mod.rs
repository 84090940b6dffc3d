//! The switcher.
