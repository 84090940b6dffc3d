//! A disk that fails or stops at each step of a write: the old file or the new one is found whole,
//! and the next write goes well. Writers that are broken on purpose show that the trial can fail.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

use super::tests::{Home, keys, put, sso};
use super::*;
use crate::domain::{Problem, ProblemKind};
use crate::store::disk::Look;
use crate::store::writers::Writer as Process;

/// The fault at one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The step fails and nothing of it is done.
    Fail(io::ErrorKind),
    /// Half of what should be written is, then the disk is full.
    Short,
    /// The machine loses its power before the step: no later one happens, nothing is tidied up, and
    /// what was renamed without having been synced is lost.
    Crash,
    /// The same in the middle of a write.
    CrashShort,
}

const FAULTS: [Fault; 5] = [
    Fault::Fail(io::ErrorKind::StorageFull),
    Fault::Fail(io::ErrorKind::ReadOnlyFilesystem),
    Fault::Short,
    Fault::Crash,
    Fault::CrashShort,
];

/// The kinds of writers. All but the first are broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writer {
    /// Ours.
    Right,
    /// Truncates the file and writes it again, as `fs::write` does.
    InPlace,
    /// Renames without having waited for the disk.
    Unsynced,
    /// Believes that the file is still what it read at first.
    Blind,
}

/// The machine's disk until step `at`.
struct Faulty<'a> {
    writer: Writer,
    at: usize,
    fault: Fault,
    /// The action of another program before a step.
    meanwhile: &'a dyn Fn(&str),
    steps: RefCell<Vec<&'static str>>,
    crashed: Cell<bool>,
    /// Temporary files, and those among them whose content is on the disk.
    created: RefCell<Vec<PathBuf>>,
    synced: RefCell<Vec<PathBuf>>,
    /// Files in their place whose content is not.
    unsafe_files: RefCell<Vec<PathBuf>>,
    first_read: RefCell<HashMap<PathBuf, Option<Look>>>,
    /// True if the system tells who has a file open.
    tells_writers: bool,
}

impl<'a> Faulty<'a> {
    fn new(writer: Writer, at: usize, fault: Fault) -> Self {
        Self {
            writer,
            at,
            fault,
            meanwhile: &|_| {},
            steps: RefCell::default(),
            crashed: Cell::default(),
            created: RefCell::default(),
            synced: RefCell::default(),
            unsafe_files: RefCell::default(),
            first_read: RefCell::default(),
            tells_writers: false,
        }
    }

    /// A disk without faults, that somebody else uses as well.
    fn shared(writer: Writer, meanwhile: &'a dyn Fn(&str)) -> Self {
        Self {
            meanwhile,
            ..Self::new(writer, usize::MAX, Fault::Crash)
        }
    }

    /// Counts a step; the error is the fault.
    fn step(&self, name: &'static str) -> io::Result<()> {
        let off = || Err(io::Error::other("the machine is off"));
        if self.crashed.get() {
            return off();
        }
        (self.meanwhile)(name);
        self.steps.borrow_mut().push(name);
        if self.steps.borrow().len() - 1 != self.at {
            return Ok(());
        }
        match self.fault {
            Fault::Fail(kind) => Err(kind.into()),
            Fault::Short => Err(io::ErrorKind::StorageFull.into()),
            Fault::Crash | Fault::CrashShort => {
                self.crashed.set(true);
                self.lose_power();
                off()
            }
        }
    }

    /// Loses all that was not synced. Temporary files stay, under another name, because their owners
    /// drop them.
    fn lose_power(&self) {
        for path in self.unsafe_files.borrow().iter() {
            fs::File::create(path).unwrap();
        }
        for path in self.created.borrow().iter() {
            let mut kept = path.clone().into_os_string();
            kept.push("-left");
            let _ = fs::hard_link(path, kept);
        }
    }

    fn note_unsynced(&self, temporary: &Path, target: &Path) {
        if !self.synced.borrow().iter().any(|path| path == temporary) {
            self.unsafe_files.borrow_mut().push(target.to_owned());
        }
    }

    /// A write that may be cut short.
    fn write_to(&self, file: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
        let was_off = self.crashed.get();
        let half = bytes.get(..bytes.len() / 2).unwrap();
        match self.step("write") {
            Ok(()) => file.write_all(bytes),
            Err(error) => {
                if matches!(self.fault, Fault::Short | Fault::CrashShort) && !was_off {
                    file.write_all(half)?;
                }
                Err(error)
            }
        }
    }
}

impl Disk for Faulty<'_> {
    fn create(&self, directory: &Path, prefix: &str) -> io::Result<NamedTempFile> {
        self.step("create")?;
        let temporary = Machine.create(directory, prefix)?;
        self.created.borrow_mut().push(temporary.path().to_owned());
        Ok(temporary)
    }

    fn write(&self, temporary: &mut NamedTempFile, bytes: &[u8]) -> io::Result<()> {
        self.write_to(temporary, bytes)
    }

    fn keep_permissions(&self, temporary: &mut NamedTempFile, target: &Path) -> io::Result<()> {
        self.step("permissions")?;
        Machine.keep_permissions(temporary, target)
    }

    fn sync(&self, temporary: &mut NamedTempFile) -> io::Result<()> {
        self.step("sync")?;
        if self.writer != Writer::Unsynced {
            self.synced.borrow_mut().push(temporary.path().to_owned());
        }
        Ok(())
    }

    fn read(&self, path: &Path) -> io::Result<Look> {
        self.step("read")?;
        let read = || Machine.read(path);
        if self.writer != Writer::Blind {
            return read();
        }
        let mut known = self.first_read.borrow_mut();
        let look = known.entry(path.to_owned()).or_insert_with(|| read().ok());
        look.clone().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn pause(&self, _: Duration) {
        (self.meanwhile)("pause");
    }

    fn writer(&self, path: &Path, names: &[&Path]) -> Option<Process> {
        if !self.tells_writers {
            return None;
        }
        Machine.writer(path, names)
    }

    fn rename(&self, temporary: NamedTempFile, target: &Path) -> io::Result<()> {
        self.step("rename")?;
        self.note_unsynced(temporary.path(), target);
        Machine.rename(temporary, target)
    }

    fn rename_new(&self, temporary: NamedTempFile, target: &Path) -> Result<(), PersistError> {
        if let Err(error) = self.step("rename new") {
            return Err(PersistError {
                error,
                file: temporary,
            });
        }
        self.note_unsynced(temporary.path(), target);
        Machine.rename_new(temporary, target)
    }

    fn exchange(&self, temporary: &Path, target: &Path) -> io::Result<()> {
        self.step("exchange")?;
        match self.writer {
            Writer::Blind => return Err(io::ErrorKind::Unsupported.into()),
            Writer::InPlace => {
                let (old, new) = (fs::read(target)?, fs::read(temporary)?);
                self.write_to(&mut fs::File::create(target)?, &new)?;
                return fs::File::create(temporary)?.write_all(&old);
            }
            Writer::Right | Writer::Unsynced => {}
        }
        self.note_unsynced(temporary, target);
        Machine.exchange(temporary, target)
    }

    fn take_away(&self, target: &Path, temporary: &Path) -> io::Result<()> {
        self.step("remove")?;
        Machine.take_away(target, temporary)
    }

    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        self.step("sync directory")
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step("remove")?;
        Machine.remove(path)
    }
}

/// One of the files of a home.
type FileOf = fn(&Home) -> &PathBuf;

/// Both files.
type State = (Option<String>, Option<String>);

const CONFIG: &str = "# mine\n[default]\nregion = x\n\n[profile p]\nsso_session = my-sso\nroledex_entry = org:my-sso/123456789012/AdministratorAccess\n";
const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIA\naws_secret_access_key = s\n";

/// One thing to do, on one kind of home.
struct Trial {
    home: fn() -> Home,
    act: fn(&AwsFiles, &dyn Disk) -> Result<(), Error>,
    /// True if the config is written last.
    config_last: bool,
}

fn edit(files: &AwsFiles, disk: &dyn Disk, edits: &[Edit]) -> Result<(), Error> {
    files.edit_on(disk, edits).map(|_| ())
}

const TRIALS: [Trial; 5] = [
    Trial {
        home: || Home::new(None, None),
        act: |files, disk| edit(files, disk, &[put("p", sso(), false)]),
        config_last: true,
    },
    Trial {
        home: || Home::new(Some(CONFIG.as_bytes()), None),
        act: |files, disk| edit(files, disk, &[put("p", sso(), false)]),
        config_last: true,
    },
    // Both files change.
    Trial {
        home: || Home::new(Some(CONFIG.as_bytes()), Some(CREDENTIALS.as_bytes())),
        act: |files, disk| edit(files, disk, &[put("p", keys(), false)]),
        config_last: true,
    },
    #[cfg(unix)]
    Trial {
        home: linked,
        act: |files, disk| {
            edit(
                files,
                disk,
                &[put("p", keys(), false), put("q", sso(), false)],
            )
        },
        config_last: true,
    },
    Trial {
        home: || {
            let home = Home::new(Some(CONFIG.as_bytes()), None);
            home.put("p", keys()).unwrap();
            home
        },
        act: |files, disk| files.undo_on(disk, false).map(|_| ()),
        config_last: false,
    },
];

/// A home whose AWS files are links into another directory.
#[cfg(unix)]
fn linked() -> Home {
    let home = Home::new(None, None);
    for (path, text) in [
        (&home.files.config, CONFIG),
        (&home.files.credentials, CREDENTIALS),
    ] {
        let real = home
            .dir
            .path()
            .join("dotfiles")
            .join(path.file_name().unwrap());
        let owners = crate::config::Owners::new(&real);
        crate::store::private_file::write(&owners, &real, text.as_bytes()).unwrap();
        atomic::create_private_dir(&owners, path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(real, path).unwrap();
    }
    home
}

fn state(home: &Home) -> State {
    let read = |path| fs::read_to_string(path).ok();
    (read(&home.files.config), read(&home.files.credentials))
}

/// The names beside the AWS files and among the old versions that nobody asked for.
fn leftovers(home: &Home) -> Vec<String> {
    let config = fs::canonicalize(&home.files.config).unwrap();
    let versions = home.files.backups.version(1, FileKind::Config);
    [config.parent(), versions.parent()]
        .into_iter()
        .flat_map(|directory| fs::read_dir(directory.unwrap()))
        .flatten()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect()
}

/// The steps of a run without a fault, and what it makes.
fn faultless(trial: &Trial, writer: Writer) -> (Vec<&'static str>, State) {
    let home = (trial.home)();
    let disk = Faulty::new(writer, usize::MAX, Fault::Crash);
    (trial.act)(&home.files, &disk).unwrap();
    (disk.steps.take(), state(&home))
}

/// Runs a trial with every fault at every step: how many runs there were, and what is wrong.
fn offences(trial: &Trial, writer: Writer) -> (usize, Vec<String>) {
    let (steps, new) = faultless(trial, writer);
    let mut wrong = Vec::new();
    for fault in FAULTS {
        for (at, step) in steps.iter().enumerate() {
            for what in one_run(trial, &Faulty::new(writer, at, fault), &new) {
                wrong.push(format!("{fault:?} at {at} ({step}): {what}"));
            }
        }
    }
    (FAULTS.len() * steps.len(), wrong)
}

fn one_run(trial: &Trial, disk: &Faulty<'_>, new: &State) -> Vec<String> {
    let home = (trial.home)();
    let old = state(&home);
    let result = (trial.act)(&home.files, disk);
    let now = state(&home);
    let crashed = disk.crashed.get();
    let between = if trial.config_last {
        (old.0.clone(), new.1.clone())
    } else {
        (new.0.clone(), old.1.clone())
    };
    let allowed = match &result {
        _ if crashed => now == old || now == between || now == *new,
        Ok(()) => now == *new,
        Err(_) => now == old,
    };
    let mut wrong = Vec::new();
    if !allowed {
        wrong.push(format!("found {now:?} after {result:?}"));
    }
    if !crashed && now.0.is_some() && !leftovers(&home).is_empty() {
        wrong.push(format!("leftovers: {:?}", leftovers(&home)));
    }
    // Without faults, and without waiting for the disk.
    let disk = Faulty::new(Writer::Right, usize::MAX, Fault::Crash);
    match (trial.act)(&home.files, &disk) {
        Ok(()) if state(&home) != *new => wrong.push("the next write makes something else".into()),
        Ok(()) if !leftovers(&home).is_empty() => wrong.push("the next write leaves a mess".into()),
        Ok(()) => {}
        Err(error) => wrong.push(format!("the next write fails: {error}")),
    }
    wrong
}

#[test]
fn whatever_fails_at_whatever_step_the_old_or_the_new_files_are_whole() {
    for trial in &TRIALS {
        let (runs, wrong) = offences(trial, Writer::Right);
        assert!(runs >= FAULTS.len() * 8, "{runs} runs");
        assert!(
            wrong.is_empty(),
            "{} of {runs}:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }
}

#[test]
fn writers_that_are_broken_on_purpose_are_caught() {
    for (writer, fault) in [
        (Writer::InPlace, "Crash at"),
        (Writer::InPlace, "Short at"),
        (Writer::Unsynced, "Crash at"),
    ] {
        let (_, wrong) = offences(&TRIALS[1], writer);
        assert!(
            wrong.iter().any(|what| what.starts_with(fault)),
            "{writer:?}: {wrong:?}"
        );
    }
}

#[test]
fn a_full_and_a_read_only_disk_are_told_apart_and_say_what_to_do() {
    for (kind, hint) in [
        (io::ErrorKind::StorageFull, "free some space"),
        // The version for `undo` is written first.
        (
            io::ErrorKind::ReadOnlyFilesystem,
            "the file system is read-only; set XDG_STATE_HOME",
        ),
        (io::ErrorKind::PermissionDenied, "check who owns"),
    ] {
        let home = Home::new(Some(CONFIG.as_bytes()), None);
        let disk = Faulty::new(Writer::Right, 3, Fault::Fail(kind));
        let error = home
            .files
            .edit_on(&disk, &[put("p", sso(), false)])
            .unwrap_err();
        let problem = Problem::from(error);
        assert_eq!(problem.kind, ProblemKind::File);
        assert!(problem.hint.as_ref().unwrap().contains(hint), "{problem:?}");
    }
}

/// Saves a file as an editor does, by a rename.
fn editor_saves(path: &Path, text: &str) {
    let mut file = NamedTempFile::new_in(path.parent().unwrap()).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.persist(path).unwrap();
}

/// An editor saves the config once more, and counts.
fn config_is_saved(home: &Home, saves: &Cell<usize>) {
    saves.set(saves.get() + 1);
    editor_saves(&home.files.config, &format!("# {}\n{CONFIG}", saves.get()));
}

/// Runs an edit during which an editor saves one of the files, once, before the `nth` step of a name.
fn with_editor(home: &Home, writer: Writer, step: &str, nth: usize, path: &Path, text: &str) {
    let left = Cell::new(nth);
    let meanwhile = |name: &str| {
        if name == step {
            left.set(left.get().wrapping_sub(1));
            if left.get() == 0 {
                editor_saves(path, text);
            }
        }
    };
    let disk = Faulty::shared(writer, &meanwhile);
    home.files
        .edit_on(&disk, &[put("p", keys(), false)])
        .unwrap();
    assert!(left.get() == 0 || left.get() > nth, "the editor has saved");
}

#[test]
fn an_editor_that_saves_before_our_rename_is_merged() {
    let (steps, _) = faultless(&TRIALS[2], Writer::Right);
    let saves: [(FileOf, String, usize); 2] = [
        (
            |home| &home.files.config,
            format!("{CONFIG}\n[profile new]\nregion = y\n"),
            4,
        ),
        // Before the fourth read, that of the config, the credentials are already replaced: an editor
        // that saves over them then has seen them.
        (
            |home| &home.files.credentials,
            format!("{CREDENTIALS}\n[new]\nregion = y\n"),
            3,
        ),
    ];
    for (path, text, reads) in saves {
        for step in ["create", "write", "permissions", "sync", "read"] {
            let times = steps.iter().filter(|name| **name == step).count();
            let times = if step == "read" { reads } else { times };
            for nth in 1..=times {
                let home = (TRIALS[2].home)();
                let path = path(&home);
                with_editor(&home, Writer::Right, step, nth, path, &text);
                let saved = fs::read_to_string(path).unwrap();
                let both = home.config() + &home.credentials();
                assert!(
                    saved.contains("new]\nregion = y\n"),
                    "{step} {nth}: {saved}"
                );
                assert!(both.contains("ASIAEXAMPLE"), "{step} {nth}: {both}");
                assert!(!both.contains("sso_session"), "{step} {nth}: {both}");
            }
        }
    }
}

#[test]
fn a_writer_that_does_not_compare_is_caught() {
    let home = (TRIALS[2].home)();
    let text = format!("{CONFIG}\n[profile new]\nregion = y\n");
    let path = home.files.config.clone();
    with_editor(&home, Writer::Blind, "sync", 1, &path, &text);
    assert!(!home.config().contains("new]"), "the editor's work is lost");
}

#[test]
fn a_file_that_never_stops_changing_is_an_error_and_stays_theirs() {
    let home = Home::new(Some(CONFIG.as_bytes()), Some(CREDENTIALS.as_bytes()));
    let saves = Cell::new(0);
    let meanwhile = |step: &str| {
        if step == "sync" {
            config_is_saved(&home, &saves);
        }
    };
    let disk = Faulty::shared(Writer::Right, &meanwhile);
    let error = home
        .files
        .edit_on(&disk, &[put("p", keys(), false)])
        .unwrap_err();
    assert!(matches!(error, Error::Racing { .. }), "{error:?}");
    assert_eq!(home.config(), format!("# {}\n{CONFIG}", saves.get()));
    assert_eq!(
        home.credentials(),
        CREDENTIALS,
        "what was replaced is put back"
    );
}

#[test]
fn a_lock_that_somebody_holds_ends_in_an_error_and_nothing_is_changed() {
    let mut home = Home::new(Some(CONFIG.as_bytes()), None);
    home.files.lock_wait = Duration::from_millis(40);
    let locks = home.files.locks();
    for lock in [locks.config, locks.credentials] {
        let held = Lock::acquire(home.files.dirs.owners(), &lock, Duration::ZERO).unwrap();
        let error = home.put("p", keys()).unwrap_err();
        assert!(matches!(error, Error::Busy { .. }), "{error:?}");
        assert_eq!(home.config(), CONFIG);
        drop(held);
    }
    home.put("p", keys()).unwrap();
}

/// Another program that saves a file as the AWS CLI does: it reads the file, opens it for writing, and
/// writes it some steps later.
struct InPlaceSaver<'a> {
    path: &'a Path,
    /// True if the file is truncated first, as for a changed section; a new one is appended.
    truncates: bool,
    /// Steps until it opens the file, and from there until it writes.
    opens_in: Cell<usize>,
    writes_in: Cell<usize>,
    open: RefCell<Option<(fs::File, String)>>,
}

const THEIRS: &str = "\n[profile new]\nregion = y\n";

impl InPlaceSaver<'_> {
    fn step(&self) {
        if self.opens_in.get() > 0 {
            self.opens_in.set(self.opens_in.get() - 1);
            if self.opens_in.get() == 0 {
                self.open();
            }
        } else if self.writes_in.get() > 0 {
            self.writes_in.set(self.writes_in.get() - 1);
            if self.writes_in.get() == 0 {
                self.finish();
            }
        }
    }

    fn open(&self) {
        let mut options = fs::File::options();
        let (options, text) = if self.truncates {
            let text = fs::read_to_string(self.path).unwrap();
            (options.write(true).truncate(true), text + THEIRS)
        } else {
            (options.append(true), THEIRS.to_owned())
        };
        let file = options.open(self.path).unwrap();
        *self.open.borrow_mut() = Some((file, text));
    }

    /// Writes and closes the file.
    fn finish(&self) {
        if let Some((mut file, text)) = self.open.take() {
            file.write_all(text.as_bytes()).unwrap();
        }
    }
}

/// Runs an edit while a saver is at work, and returns whether the edit went well.
fn with_saver(home: &Home, saver: &InPlaceSaver<'_>, tells_writers: bool) -> bool {
    let meanwhile = |_: &str| saver.step();
    let mut disk = Faulty::shared(Writer::Right, &meanwhile);
    disk.tells_writers = tells_writers;
    let result = home.files.edit_on(&disk, &[put("p", keys(), false)]);
    saver.finish();
    match result {
        Ok(_) => true,
        Err(Error::InFlight { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

/// Every moment at which another program may open the file, and every one at which it may write.
#[test]
fn a_save_that_truncates_and_then_writes_is_merged_whenever_it_happens() {
    let steps = faultless(&TRIALS[2], Writer::Right).0.len();
    let pairs: [(FileOf, &str); 2] = [
        (|home| &home.files.config, CONFIG),
        (|home| &home.files.credentials, CREDENTIALS),
    ];
    for (tells_writers, truncates) in [(true, true), (true, false), (false, true)] {
        for (path, text) in pairs {
            for opens_in in 1..=steps {
                for writes_in in [1, 3, 8, 20] {
                    let home = (TRIALS[2].home)();
                    let saver = InPlaceSaver {
                        path: path(&home),
                        truncates,
                        opens_in: opens_in.into(),
                        writes_in: writes_in.into(),
                        open: RefCell::default(),
                    };
                    let went_well = with_saver(&home, &saver, tells_writers);
                    let saved = fs::read_to_string(path(&home)).unwrap();
                    let both = home.config() + &home.credentials();
                    let when = format!(
                        "truncates {truncates}, tells {tells_writers}, {opens_in}, {writes_in}: {saved}"
                    );
                    assert!(went_well, "{when}");
                    assert!(saved.contains(THEIRS), "{when}");
                    assert!(saved.starts_with(text.lines().next().unwrap()), "{when}");
                    assert!(both.contains("ASIAEXAMPLE"), "{when}");
                    assert!(both.contains("AKIA") && both.contains("# mine"), "{when}");
                }
            }
        }
    }
}

#[test]
fn a_save_that_does_not_end_is_an_error_and_nothing_is_written() {
    for truncates in [true, false] {
        let home = Home::new(Some(CONFIG.as_bytes()), Some(CREDENTIALS.as_bytes()));
        let saver = InPlaceSaver {
            path: &home.files.config,
            truncates,
            opens_in: 1.into(),
            writes_in: usize::MAX.into(),
            open: RefCell::default(),
        };
        assert!(!with_saver(&home, &saver, true), "truncates {truncates}");
        assert_eq!(home.config(), format!("{CONFIG}{THEIRS}"));
        assert_eq!(home.credentials(), CREDENTIALS);
        assert!(leftovers(&home).is_empty());
    }
}

#[test]
fn a_reader_waits_for_the_rest_of_a_file() {
    let home = Home::new(Some(CONFIG.as_bytes()), None);
    home.files.read().unwrap();
    for cut in ["", "# mine\n", "# mine\n[default]\nreg", "gone"] {
        fs::File::create(&home.files.config)
            .unwrap()
            .write_all(cut.as_bytes())
            .unwrap();
        if cut == "gone" {
            fs::remove_file(&home.files.config).unwrap();
        }
        let pauses = Cell::new(0);
        let meanwhile = |step: &str| {
            pauses.set(pauses.get() + usize::from(step == "pause"));
            if step == "pause" && pauses.get() == 5 {
                editor_saves(&home.files.config, CONFIG);
            }
        };
        let disk = Faulty::shared(Writer::Right, &meanwhile);
        let snapshot = home.files.read_on(&disk).unwrap();
        assert!(snapshot.profile("p").is_some(), "{cut:?}");
    }
}

#[test]
fn nobody_waits_for_a_file_that_is_at_rest() {
    let never = |step: &str| assert_ne!(step, "pause");
    let disk = Faulty::shared(Writer::Right, &never);
    // Nothing there; empty for long; without a last line break; changed a moment ago, and whole.
    for config in [None, Some(""), Some("[default]\nregion = x"), Some(CONFIG)] {
        let home = Home::new(config.map(str::as_bytes), None);
        if config == Some(CONFIG) {
            editor_saves(&home.files.config, CONFIG);
        }
        home.files.read_on(&disk).unwrap();
        home.files
            .edit_on(&disk, &[put("p", sso(), false)])
            .unwrap();
    }
}

#[test]
fn an_empty_file_that_stays_empty_is_written_after_a_moment() {
    let home = Home::new(Some(b""), None);
    fs::File::create(&home.files.config).unwrap();
    let pauses = Cell::new(0);
    let count = |step: &str| pauses.set(pauses.get() + usize::from(step == "pause"));
    let disk = Faulty::shared(Writer::Right, &count);
    home.files
        .edit_on(&disk, &[put("p", sso(), false)])
        .unwrap();
    assert!((1..=30).contains(&pauses.get()), "{}", pauses.get());
}

/// All text beside the AWS files that no roledex removes.
fn lasting_text(home: &Home) -> String {
    let directory = fs::read_dir(home.files.config.parent().unwrap()).unwrap();
    directory
        .map(|entry| entry.unwrap())
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| fs::read_to_string(entry.path()).unwrap())
        .collect()
}

/// The path at which an error says that another version is.
fn kept(error: &Error) -> Option<&PathBuf> {
    match error {
        Error::Conflict { kept, .. } | Error::NotRestored { kept, .. } => kept.as_ref(),
        Error::Partly { cause, .. } => kept(cause),
        _ => None,
    }
}

/// An error tells of what was changed and where another version is.
fn check_words(home: &Home, error: Error, unchanged: &State) {
    if let Some(kept) = kept(&error) {
        assert!(kept.exists(), "{error:?}");
    }
    let problem = Problem::from(error);
    let words = format!("{:?} {:?}", problem.detail, problem.hint);
    if words.contains("nothing was changed") {
        assert_eq!(state(home), *unchanged, "{words}");
    }
    assert!(!words.contains(atomic::PREFIX), "{words}");
}

/// An editor saves at the moment of the exchange, and then some step fails.
#[test]
fn whatever_fails_while_another_program_saves_its_version_is_kept() {
    let pairs: [(FileOf, &str, usize); 2] = [
        (|home| &home.files.credentials, CREDENTIALS, 1),
        (|home| &home.files.config, CONFIG, 2),
    ];
    for (path, text, nth) in pairs {
        let theirs = format!("{text}{THEIRS}");
        for at in 0.. {
            let home = (TRIALS[2].home)();
            let left = Cell::new(nth);
            let meanwhile = |step: &str| {
                if step == "exchange" {
                    left.set(left.get().wrapping_sub(1));
                    if left.get() == 0 {
                        editor_saves(path(&home), &theirs);
                    }
                }
            };
            let mut disk = Faulty::shared(Writer::Right, &meanwhile);
            (disk.at, disk.fault) = (at, Fault::Fail(io::ErrorKind::StorageFull));
            let result = home.files.edit_on(&disk, &[put("p", keys(), false)]);
            if left.get() == 0 || left.get() > nth {
                assert!(lasting_text(&home).contains(THEIRS), "{at}: {result:?}");
            }
            if let Err(error) = result {
                let mut unchanged = (Some(CONFIG.to_owned()), Some(CREDENTIALS.to_owned()));
                if left.get() == 0 || left.get() > nth {
                    let file = if nth == 1 {
                        &mut unchanged.1
                    } else {
                        &mut unchanged.0
                    };
                    *file = Some(theirs.clone());
                }
                check_words(&home, error, &unchanged);
            }
            let lasting = lasting_text(&home);
            home.put("other", sso()).unwrap();
            assert_eq!(
                lasting_text(&home).contains(THEIRS),
                lasting.contains(THEIRS),
                "{at}: swept"
            );
            if disk.steps.borrow().len() <= at {
                break;
            }
        }
    }
}

/// Somebody removes the temporary file that has another program's version.
#[test]
fn a_version_that_is_gone_is_not_said_to_be_there_and_the_change_can_be_undone() {
    let home = Home::new(Some(CONFIG.as_bytes()), None);
    let exchanged = Cell::new(false);
    let meanwhile = |step: &str| {
        if exchanged.replace(step == "exchange") {
            let directory = fs::read_dir(home.files.config.parent().unwrap()).unwrap();
            for entry in directory.map(|entry| entry.unwrap()) {
                if entry.file_name().to_string_lossy().starts_with('.') {
                    fs::remove_file(entry.path()).unwrap();
                }
            }
        }
    };
    let disk = Faulty::shared(Writer::Right, &meanwhile);
    let error = home
        .files
        .edit_on(&disk, &[put("p", sso(), false)])
        .unwrap_err();
    assert!(
        matches!(error, Error::NotRestored { kept: None, .. }),
        "{error:?}"
    );
    check_words(&home, error, &(Some(CONFIG.to_owned()), None));
    assert_ne!(home.config(), CONFIG);
    home.files.undo_on(&Machine, false).unwrap();
    assert_eq!(home.config(), CONFIG);
}

/// An editor saves the first file after it was replaced, so that it cannot be put back, and the second one
/// on every try.
#[test]
fn a_file_that_cannot_be_put_back_is_named() {
    let home = Home::new(Some(CONFIG.as_bytes()), Some(CREDENTIALS.as_bytes()));
    let (saves, exchanged) = (Cell::new(0), Cell::new(false));
    let meanwhile = |step: &str| {
        exchanged.set(exchanged.get() || step == "exchange");
        if step == "sync directory" && exchanged.replace(false) {
            let credentials = format!("# 1\n{}", home.credentials());
            editor_saves(&home.files.credentials, &credentials);
        }
        if step == "sync" {
            config_is_saved(&home, &saves);
        }
    };
    let disk = Faulty::shared(Writer::Right, &meanwhile);
    let error = home
        .files
        .edit_on(&disk, &[put("p", keys(), false)])
        .unwrap_err();
    let Error::Partly { written, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*written, home.files.credentials);
    check_words(&home, error, &(None, None));
    assert!(home.credentials().contains("# 1\n"));
}

/// Another roledex with the same AWS files and a state directory of its own.
fn of_another_home(home: &Home) -> AwsFiles {
    let other = home.dir.path().join("other");
    let env = [
        ("HOME", other.as_path()),
        ("AWS_CONFIG_FILE", &home.files.config),
        ("AWS_SHARED_CREDENTIALS_FILE", &home.files.credentials),
    ];
    let mut files = AwsFiles::new(&Dirs::from_env(&env.into_iter().collect()).unwrap());
    files.lock_wait = Duration::ZERO;
    files
}

#[test]
fn the_directory_is_locked_from_the_first_look_to_the_last() {
    let home = Home::new(Some(CONFIG.as_bytes()), Some(CREDENTIALS.as_bytes()));
    let directory = home.files.config.parent().unwrap();
    let locked = Cell::new(0);
    let meanwhile = |_: &str| {
        let lock = Lock::of_directory(directory, Duration::ZERO);
        assert!(matches!(lock, Err(Error::Busy { .. })), "{lock:?}");
        locked.set(locked.get() + 1);
    };
    let disk = Faulty::shared(Writer::Right, &meanwhile);
    home.files
        .edit_on(&disk, &[put("p", keys(), false)])
        .unwrap();
    assert!(locked.get() > 10, "{}", locked.get());
    Lock::of_directory(directory, Duration::ZERO).unwrap();
}

/// At every step of a write an editor saves, and a roledex that does not wait for the first one writes.
#[test]
fn a_roledex_of_another_home_touches_no_file_of_a_write_in_progress() {
    let steps = faultless(&TRIALS[2], Writer::Right).0.len();
    for (saves_at, writes_at) in (1..=steps).flat_map(|at| [(at, at), (at, at + 1), (at, at + 2)]) {
        let home = (TRIALS[2].home)();
        let other = of_another_home(&home);
        let step = Cell::new(0);
        let written = Cell::new(false);
        let meanwhile = |name: &str| {
            if name == "pause" {
                return;
            }
            step.set(step.get() + 1);
            if step.get() == saves_at {
                editor_saves(&home.files.config, &(home.config() + THEIRS));
            }
            if step.get() == writes_at {
                let disk = Faulty::new(Writer::Right, usize::MAX, Fault::Crash);
                let edit = put("of-another", sso(), false);
                other.edit_on(&disk, &[edit]).unwrap();
                written.set(true);
            }
        };
        let disk = Faulty::shared(Writer::Right, &meanwhile);
        let result = home.files.edit_on(&disk, &[put("p", keys(), false)]);
        let lasting = lasting_text(&home);
        let when = format!("{saves_at}, {writes_at}: {result:?}\n{lasting}");
        assert!(step.get() < saves_at || lasting.contains(THEIRS), "{when}");
        assert!(!written.get() || lasting.contains("of-another"), "{when}");
        match result {
            Ok(_) => assert!(lasting.contains("ASIAEXAMPLE"), "{when}"),
            Err(error) => {
                assert!(kept(&error).is_some(), "{when}");
                check_words(&home, error, &(None, None));
            }
        }
    }
}
