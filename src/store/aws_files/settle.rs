//! Reads a file that another program may be in the middle of saving.
//!
//! Most programs, the AWS CLI among them, truncate a file and then write it. Until they have written, the
//! file is empty or ends early. A file in such a state that was changed a moment ago is read again until
//! it is at rest. A file that looks whole, or that was not changed recently, is taken as it is, so that
//! ordinary reads never wait.

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::store::Error;
use crate::store::atomic::{follow_links, parent};
use crate::store::disk::{Disk, Look};

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Time without a change after which an unfinished-looking file is taken as it is. Long enough for a
/// program on a loaded machine to get from the truncation to the write.
const SETTLE_TIME: Duration = Duration::from_millis(300);

/// Age of a change after which no program is expected to be in the middle of it. As far in the future, a time is
/// no time of a change: somebody set it, or the clock was wrong.
const RECENT: Duration = Duration::from_secs(10);

/// The longest wait for another program's save.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// The condition under which a file counts as at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// It looks whole, or has been unchanged for a while.
    WhenUnchanged,
    /// Only when, in addition, nobody is seen to have it open for writing: somebody saved it a moment
    /// ago while we wanted to write.
    WhenClosed,
}

/// Reads a file at rest; `None`: there is none. `expected` is the file's last known length in bytes.
///
/// # Errors
/// [`Error::InFlight`] when the file does not come to rest, and those of the operating system.
pub(super) fn read(
    disk: &dyn Disk,
    path: &Path,
    expected: &dyn Fn() -> Option<u64>,
    settled: Settled,
) -> Result<Option<Look>, Error> {
    let mut last = look(disk, path)?;
    if settled == Settled::WhenUnchanged {
        if is_settled(disk, path, last.as_ref(), expected) {
            return Ok(last);
        }
        if is_abandoned(disk, path, last.as_ref()) && look(disk, path)? == last {
            return Ok(last);
        }
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
                // A writer that finished since the last look is not seen any more, but its bytes are.
                let now = look(disk, path)?;
                if now == last {
                    return Ok(last);
                }
                (last, unchanged) = (now, Duration::ZERO);
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

/// A file that can be taken as it is at the first look: it looks whole, or was not changed recently.
fn is_settled(
    disk: &dyn Disk,
    path: &Path,
    look: Option<&Look>,
    expected: &dyn Fn() -> Option<u64>,
) -> bool {
    if look.is_some_and(|look| !look.stat.is_file) || looks_whole(look, expected) {
        return true;
    }
    last_change(path, look).is_none_or(|changed| {
        let since = disk.now().duration_since(changed);
        since.unwrap_or_else(|ahead| ahead.duration()) > RECENT
    })
}

/// A file that looks unfinished, that nobody changed for a moment and nobody has open for writing. The
/// search for a writer takes a while, so the caller has to look at the file again.
fn is_abandoned(disk: &dyn Disk, path: &Path, look: Option<&Look>) -> bool {
    let age = last_change(path, look).and_then(|changed| disk.now().duration_since(changed).ok());
    age.is_some_and(|age| age >= SETTLE_TIME) && {
        let target = follow_links(path).unwrap_or_else(|_| path.to_owned());
        disk.writer(&target, &[&target]).is_none()
    }
}

/// The time of a file's last change.
fn last_change(path: &Path, look: Option<&Look>) -> Option<SystemTime> {
    match look {
        Some(look) => look.stat.modified,
        // An editor that moves the old file away before it writes the new one changes the directory.
        None => follow_links(path)
            .ok()
            .and_then(|target| std::fs::metadata(parent(&target)).ok()?.modified().ok()),
    }
}

/// True if nothing seems to be missing: the file ends with a whole line and is no shorter than before.
fn looks_whole(look: Option<&Look>, expected: &dyn Fn() -> Option<u64>) -> bool {
    let length = look.map_or(0, |look| look.stat.length);
    let ends_well = look.is_none_or(|look| look.steady && look.bytes.ends_with(b"\n"));
    ends_well && expected().is_none_or(|expected| length >= expected)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::store::writers::Writer;

    const WHOLE: &str = "[default]\nregion = x\n";

    /// A disk on which another program finishes its save while its process is searched for.
    struct Finishing(PathBuf);

    impl Disk for Finishing {
        fn writer(&self, _: &Path, _: &[&Path]) -> Option<Writer> {
            if fs::read_to_string(&self.0).unwrap() == WHOLE {
                return None;
            }
            let mut options = fs::File::options();
            let mut file = options.write(true).open(&self.0).unwrap();
            std::io::Write::write_all(&mut file, WHOLE.as_bytes()).unwrap();
            None
        }

        fn pause(&self, _: Duration) {}
    }

    /// A disk on which nobody waits.
    struct Impatient;

    impl Disk for Impatient {
        fn pause(&self, _: Duration) {
            panic!("it waits");
        }
    }

    #[test]
    fn a_time_far_in_the_future_does_not_make_reads_wait() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        let mut file = fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut file, b"[default]\nregion = x").unwrap();
        let ahead = Impatient.now() + Duration::from_hours(1);
        file.set_modified(ahead).unwrap();
        let found = read(&Impatient, &path, &|| None, Settled::WhenUnchanged).unwrap();
        assert!(found.is_some());
    }

    #[test]
    fn a_save_that_ends_during_the_search_for_its_writer_is_read() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        for seconds in [0, 1] {
            let file = fs::File::create(&path).unwrap();
            let changed = file.metadata().unwrap().modified().unwrap();
            file.set_modified(changed - Duration::from_secs(seconds))
                .unwrap();
            let found = read(
                &Finishing(path.clone()),
                &path,
                &|| None,
                Settled::WhenUnchanged,
            )
            .unwrap();
            assert_eq!(&*found.unwrap().bytes, WHOLE.as_bytes(), "{seconds} s old");
        }
    }
}
