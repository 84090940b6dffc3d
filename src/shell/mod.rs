//! Quoting, export lines, subshell, hooks.
