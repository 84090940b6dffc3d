//! Reads a file that another program may be in the middle of saving.
//!
//! Most programs, the AWS CLI among them, truncate a file and then write it. Until they have written, the
//! file is empty or ends early. A file in such a state that was changed a moment ago is read again until
//! it is at rest. A file that looks whole, or that nobody changed lately, is taken as it is, so that
//! ordinary reads never wait.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::store::Error;
use crate::store::atomic::{follow_links, parent};
use crate::store::disk::{Disk, Look};

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Time without a change after which an unfinished-looking file is taken as it is. Long enough for a
/// program on a loaded machine to get from the truncation to the write.
const SETTLE_TIME: Duration = Duration::from_millis(300);

/// Age of a change after which nobody is expected to be in the middle of it.
const RECENT: Duration = Duration::from_secs(10);

/// The longest wait for another program's save.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// When a file counts as at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// When it looks whole, or has been unchanged for a while.
    Usual,
    /// Only when, in addition, nobody is seen to have it open for writing: somebody saved it a moment
    /// ago while we wanted to write.
    AfterRace,
}

/// Reads a file at rest; `None`: there is none. `expected` is the file's last known length in bytes.
///
/// # Errors
/// [`Error::InFlight`] when the file does not come to rest, and those of the operating system.
pub(super) fn read(
    disk: &dyn Disk,
    path: &Path,
    expected: &dyn Fn() -> Option<u64>,
    care: Care,
) -> Result<Option<Look>, Error> {
    let mut last = look(disk, path)?;
    if care == Care::Usual && is_settled(disk, path, last.as_ref(), expected) {
        return Ok(last);
    }
    let target = follow_links(path)?;
    let (mut waited, mut unchanged) = (Duration::ZERO, Duration::ZERO);
    let mut writer = None;
    while waited < MAX_WAIT {
        disk.pause(PAUSE);
        waited += PAUSE;
        let now = look(disk, path)?;
        unchanged = if now == last {
            unchanged + PAUSE
        } else {
            Duration::ZERO
        };
        last = now;
        let needed = if looks_whole(last.as_ref(), expected) {
            PAUSE
        } else {
            SETTLE_TIME
        };
        if unchanged >= needed {
            writer = disk.writer(&target, &[&target]);
            if writer.is_none() {
                return Ok(last);
            }
        }
    }
    Err(Error::InFlight {
        path: path.to_owned(),
        writer: writer.map(|writer| writer.to_string()),
        waited,
    })
}

/// A look at a file; `None`: there is none.
pub(super) fn look(disk: &dyn Disk, path: &Path) -> Result<Option<Look>, Error> {
    match disk.read(path) {
        Ok(look) => Ok(Some(look)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

/// Whether a file can be taken as it is at the first look.
fn is_settled(
    disk: &dyn Disk,
    path: &Path,
    look: Option<&Look>,
    expected: &dyn Fn() -> Option<u64>,
) -> bool {
    let changed = match look {
        Some(look) if !look.stat.is_file => return true,
        Some(look) => look.stat.modified,
        // An editor that moves the old file away before it writes the new one changes the directory.
        None => follow_links(path)
            .ok()
            .and_then(|target| std::fs::metadata(parent(&target)).ok()?.modified().ok()),
    };
    let Some(changed) = changed else { return true };
    let age = disk.age(changed).unwrap_or_default();
    if age > RECENT || looks_whole(look, expected) {
        return true;
    }
    let has_writer = || {
        let target = follow_links(path).unwrap_or_else(|_| path.to_owned());
        disk.writer(&target, &[&target]).is_some()
    };
    age >= SETTLE_TIME && !has_writer()
}

/// Whether nothing seems to be missing: a file that ends with a whole line, and is no shorter than it
/// was.
fn looks_whole(look: Option<&Look>, expected: &dyn Fn() -> Option<u64>) -> bool {
    let length = look.map_or(0, |look| look.stat.length);
    let ends_well = look.is_none_or(|look| look.steady && look.bytes.ends_with(b"\n"));
    ends_well && expected().is_none_or(|expected| length >= expected)
}
