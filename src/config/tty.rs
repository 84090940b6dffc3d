//! The terminal device, which is there even when stdin and stdout are pipes (H11).

use std::fs::{File, OpenOptions};
use std::io;

/// The open terminal device.
pub type Tty = File;

/// Opens the terminal of this process for reading and writing.
///
/// # Errors
/// There is none.
pub fn open() -> io::Result<Tty> {
    let path = if cfg!(windows) { "CONOUT$" } else { "/dev/tty" };
    OpenOptions::new().read(true).write(true).open(path)
}
