//! The terminal device, which is there even when stdin and stdout are pipes (H11).

use std::fs::{File, OpenOptions};
use std::io;

/// Opens the terminal of this process for reading and writing.
///
/// # Errors
/// There is none.
pub fn open() -> io::Result<File> {
    let path = if cfg!(windows) { "CONOUT$" } else { "/dev/tty" };
    OpenOptions::new().read(true).write(true).open(path)
}
