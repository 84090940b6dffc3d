//! The commands: arguments, dispatch, output, exit codes.
