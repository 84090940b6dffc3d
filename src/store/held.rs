//! Files that another program holds. Windows refuses to replace or rename a file while a program has it open;
//! readers of the AWS files are quick, so the step is tried again for a while
//! (docs/requirements.md#windows-renames).

use std::io;
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

/// Tries of one step.
const TRIES: u32 = 40;
/// Time between two tries: a second in all.
const PAUSE: Duration = Duration::from_millis(25);

/// `true` if an error means that another program holds the file.
pub(super) fn is_held(error: &io::Error) -> bool {
    /// Access denied, a sharing violation, a lock violation.
    const HELD: [i32; 3] = [5, 32, 33];
    cfg!(windows)
        && error
            .raw_os_error()
            .is_some_and(|code| HELD.contains(&code))
}

/// Repeats a step while the file is held, at most so often.
pub(super) fn until_free(
    mut step: impl FnMut() -> io::Result<()>,
    is_held: impl Fn(&io::Error) -> bool,
    pause: impl Fn(Duration),
) -> io::Result<()> {
    for _ in 1..TRIES {
        match step() {
            Err(error) if is_held(&error) => pause(PAUSE),
            result => return result,
        }
    }
    step()
}

/// Gives a temporary file the name of a file, in its place.
pub(super) fn persist(temporary: NamedTempFile, target: &Path) -> io::Result<()> {
    let mut waiting = Some(temporary);
    let step = || match waiting.take().map(|temporary| temporary.persist(target)) {
        None | Some(Ok(_)) => Ok(()),
        Some(Err(error)) => {
            waiting = Some(error.file);
            Err(error.error)
        }
    };
    until_free(step, is_held, std::thread::sleep)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// The result and the number of tries, for a file that is held so often.
    fn tried(held: u32, kind: io::ErrorKind) -> (Option<io::ErrorKind>, u32, Duration) {
        let (tries, waited) = (Cell::new(0), Cell::new(Duration::ZERO));
        let step = || {
            tries.set(tries.get() + 1);
            if tries.get() <= held {
                return Err(kind.into());
            }
            Ok(())
        };
        let is_held = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
        let pause = |time| waited.set(waited.get() + time);
        let result = until_free(step, is_held, pause);
        (
            result.err().map(|error| error.kind()),
            tries.get(),
            waited.get(),
        )
    }

    #[test]
    fn a_held_file_is_waited_for_and_not_for_ever() {
        let held = io::ErrorKind::PermissionDenied;
        assert_eq!(tried(0, held), (None, 1, Duration::ZERO));
        assert_eq!(tried(3, held), (None, 4, 3 * PAUSE));
        assert_eq!(tried(1000, held), (Some(held), TRIES, (TRIES - 1) * PAUSE));
        let other = io::ErrorKind::StorageFull;
        assert_eq!(tried(3, other), (Some(other), 1, Duration::ZERO));
    }

    #[test]
    fn a_file_takes_the_place_of_another() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("target");
        assert!(std::fs::File::create(&target).is_ok());
        let temporary = NamedTempFile::new_in(directory.path()).unwrap();
        let from = temporary.path().to_owned();
        persist(temporary, &target).unwrap();
        assert!(target.exists() && !from.exists());
        let temporary = NamedTempFile::new_in(directory.path()).unwrap();
        let from = temporary.path().to_owned();
        let nowhere = directory.path().join("none/target");
        assert!(persist(temporary, &nowhere).is_err());
        assert!(!from.exists(), "it is gone with the attempt");
    }
}
