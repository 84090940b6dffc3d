//! The switcher with 100,000 entries (docs/architecture.md#budgets): its first frame, each key to its frame, its memory, and how
//! often it wakes while nothing happens, in a terminal and beside `fzf` with the same list where that is
//! installed:
//!
//! ```text
//! cargo bench --bench switcher
//! ```
//!
//! The two take turns within one run, so that the ratios do not depend on the machine's mood. What a key
//! shows when all has come to rest is learnt in a first round; in the others, time runs until just that
//! is on screen. The last lines are of the reducer and the drawing alone, in this process.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, or it has failed"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark is started in the environment of a person"
)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use roledex::internals::config::{Clock, Ctx, Env};
use roledex::internals::domain::catalog::Account;
use roledex::internals::domain::{Catalog, CatalogEvent, Credentials, EntryId};
use roledex::internals::flow::Flow;
use roledex::internals::store::credential_store::CredentialStore;
use roledex::internals::store::{catalog_cache, history};
use roledex::internals::tui::action::Action;
use roledex::internals::tui::keymap::Keymap;
use roledex::internals::tui::msg::{Facts, Msg};
use roledex::internals::tui::state::State;
use roledex::internals::tui::theme::Theme;
use roledex::internals::tui::update::update;
use roledex::internals::tui::view::draw;

/// Starts of each program.
const STARTS: usize = 21;
/// Presses of each key.
const ROUNDS: usize = 15;
/// A program that prints nothing for this long is idle.
const REST: Duration = Duration::from_millis(500);
/// The period in which wake-ups are counted.
const IDLE: Duration = Duration::from_secs(5);
/// Nothing takes that long.
const WAIT_TIMEOUT: Duration = Duration::from_secs(3);

const FIRST_FRAME: Duration = Duration::from_millis(60);
const KEY: Duration = Duration::from_millis(16);
/// In MiB.
const MEMORY: f64 = 60.0;

const COLUMNS: u16 = 120;
const ROWS: u16 = 40;

const ROLES: [&str; 5] = [
    "AdministratorAccess",
    "BillingAccess",
    "DatabaseOperator",
    "PowerUserAccess",
    "ReadOnlyAccess",
];
const TEAMS: [&str; 20] = [
    "Payments",
    "Ledger",
    "Search",
    "Identity",
    "Orders",
    "Catalogue",
    "Shipping",
    "Pricing",
    "Fraud",
    "Support",
    "Research",
    "Platform",
    "Network",
    "Security",
    "Media",
    "Mobile",
    "Partner",
    "Data Lake",
    "Reporting",
    "Sandbox",
];
const STAGES: [&str; 4] = ["Dev", "Test", "Staging", "Production"];

const BACKSPACE: &str = "\x7f";
const CTRL_U: &str = "\x15";
const CTRL_G: &str = "\x07";
const CTRL_T: &str = "\x14";
const TAB: &str = "\t";

/// Keys that `fzf` knows, too, each with what it is an example of. They begin and end with an empty query.
const KEYS: &[(&str, &[&str])] = &[
    ("the first letter", &["p"]),
    ("one letter more", &["r", "o", "d"]),
    ("Backspace", &[BACKSPACE, BACKSPACE, BACKSPACE]),
    ("Backspace to nothing", &[BACKSPACE]),
    ("the commonest letter", &["a"]),
    ("Backspace to nothing", &[BACKSPACE]),
    (
        "several words",
        &["p", "a", "y", " ", "r", "e", "a", "d", " ", "1", "2"],
    ),
    ("Ctrl-U", &[CTRL_U]),
    ("no match", &["z", "q", "x", "j"]),
    ("Ctrl-U", &[CTRL_U]),
];

/// Keys that change the list itself; `fzf` has none like them.
const OWN_KEYS: &[(&str, &[&str])] = &[
    ("Tab, all views", &[TAB, TAB, TAB, TAB, TAB]),
    ("Ctrl-G, groups", &[CTRL_G]),
    ("Enter, a group folds", &["\r", "\r"]),
    ("a letter out of groups", &["p"]),
    ("Backspace into groups", &[BACKSPACE]),
    ("Ctrl-G, other groups", &[CTRL_G, CTRL_G]),
];

/// Two more, of which the screen says something for some seconds: measured without a terminal.
const PINS: &[(&str, &[&str])] = &[("Ctrl-T, pins", &[CTRL_T, CTRL_T])];

fn main() {
    let home = Home::new();
    let mut programs = vec![Program {
        name: "roledex",
        script: home.path("roledex").to_str().unwrap().to_owned(),
        // The header tells the time.
        skip: 1,
    }];
    if Command::new("fzf").arg("--version").output().is_ok() {
        programs.push(Program {
            name: "fzf",
            script: format!("fzf --layout=reverse < {}", home.path("list").display()),
            skip: 0,
        });
    } else {
        println!("fzf is not installed: no ratios");
    }
    println!(
        "{} entries, {COLUMNS} × {ROWS}; fzf in parentheses",
        home.entries
    );
    first_frames(&home, &programs);
    keys(&home, &programs);
    idle(&home, &programs[0]);
    in_process(&home);
}

/// From the start to the list on screen: its first rows, and its count, which is when all can be searched.
fn first_frames(home: &Home, programs: &[Program]) {
    let count = home.entries.to_string();
    let mut times = vec![(Vec::new(), Vec::new()); programs.len()];
    for _ in 0..STARTS {
        for (program, (rows, all)) in programs.iter().zip(&mut times) {
            let start = Instant::now();
            let mut pty = Pty::open(home, program);
            let counted = format!("{count}/{count}");
            rows.push(pty.until(|text| text.lines().count() > 30).unwrap() - start);
            all.push(pty.until(|text| text.contains(&counted)).unwrap() - start);
        }
    }
    let times: Vec<_> = times
        .into_iter()
        .map(|(rows, all)| (Times(rows), Times(all)))
        .collect();
    let theirs = times.get(1);
    report(
        "first frame, rows",
        &times[0].0,
        theirs.map(|theirs| &theirs.0),
        Some(FIRST_FRAME),
    );
    report(
        "first frame, all",
        &times[0].1,
        theirs.map(|theirs| &theirs.1),
        Some(FIRST_FRAME),
    );
}

/// From a key to its frame, and what the programs hold in memory afterwards.
fn keys(home: &Home, programs: &[Program]) {
    let mut ptys: Vec<Pty> = programs
        .iter()
        .map(|program| Pty::open(home, program))
        .collect();
    for pty in &mut ptys {
        pty.rest();
    }
    let mut samples: Vec<_> = ptys.iter_mut().map(|pty| pty.learn(KEYS)).collect();
    for _ in 0..ROUNDS {
        for (pty, samples) in ptys.iter_mut().zip(&mut samples) {
            pty.play(samples);
        }
    }
    let mut own = ptys[0].learn(OWN_KEYS);
    for _ in 0..ROUNDS {
        ptys[0].play(&mut own);
    }
    let theirs = samples.get(1).map(|samples| by_name(samples));
    for (name, ours) in by_name(&samples[0]) {
        let theirs = theirs
            .as_ref()
            .and_then(|theirs| theirs.iter().find(|(their, _)| *their == name));
        report(name, &ours, theirs.map(|(_, times)| times), Some(KEY));
    }
    for (name, ours) in by_name(&own) {
        report(name, &ours, None, Some(KEY));
    }
    let all = |samples: &[Sample]| {
        Times(
            samples
                .iter()
                .flat_map(|sample| sample.times.0.clone())
                .collect(),
        )
    };
    report(
        "every key",
        &all(&samples[0]),
        samples.get(1).map(|samples| all(samples)).as_ref(),
        None,
    );
    for (program, pty) in programs.iter().zip(&ptys) {
        if let (Some(now), Some(most)) = (pty.status("VmRSS"), pty.status("VmHWM")) {
            let budget = if program.name == "roledex" {
                format!("; budget {MEMORY} MiB")
            } else {
                String::new()
            };
            println!(
                "{:<24} {:.1} MiB now, {:.1} MiB at most{budget}",
                format!("memory, {}", program.name),
                f64::from(now) / 1024.0,
                f64::from(most) / 1024.0
            );
        }
    }
}

/// Counts wake-ups without input: without and with a countdown on screen.
fn idle(home: &Home, program: &Program) {
    for (what, budget) in [("nothing counts", 0), ("one countdown", IDLE.as_secs())] {
        if budget > 0 {
            home.use_one();
        }
        let mut pty = Pty::open(home, program);
        pty.until(|text| text.lines().count() > 30).unwrap();
        std::thread::park_timeout(2 * REST);
        let Some(before) = pty.switches() else { return };
        std::thread::park_timeout(IDLE);
        let after = pty.switches().unwrap();
        let frames = pty.pending();
        println!(
            "{:<24} {} wake-ups, {frames} bytes drawn in {IDLE:?}; budget {budget}",
            format!("idle, {what}"),
            after - before,
        );
    }
}

/// The same keys without a terminal: what the reducer takes, and what the drawing.
fn in_process(home: &Home) {
    let ctx = home.ctx();
    let flow = Flow::new(Arc::new(ctx));
    let ctx = flow.ctx();
    let (mut loading, mut starting) = (Vec::new(), Vec::new());
    let mut state = None;
    for _ in 0..ROUNDS {
        // Not within the time: what the round before held.
        drop(state.take());
        let keymap = Keymap::new(&BTreeMap::new()).unwrap();
        let start = Instant::now();
        let catalog = flow.cached_catalog();
        let facts = Facts {
            sessions: flow.sessions().unwrap(),
            profiles: flow.profiles().unwrap(),
            own_ends: std::collections::HashMap::new(),
            apps: flow.apps().unwrap(),
            history: flow.history(),
        };
        loading.push(start.elapsed());
        let start = Instant::now();
        let new = state.insert(State::new(keymap, ctx.clock.now(), (COLUMNS, ROWS), ""));
        new.guard.clone_from(&ctx.settings.guard);
        update(new, Msg::Cached(catalog));
        update(new, Msg::Facts(Ok(facts)));
        starting.push(start.elapsed());
    }
    let mut state = state.unwrap();
    report("alone: reading files", &Times(loading), None, None);
    report("alone: making the list", &Times(starting), None, None);
    let theme = Theme::new(&ctx.env, &ctx.settings);
    let mut terminal = Terminal::new(TestBackend::new(COLUMNS, ROWS)).unwrap();
    let mut drawing = Vec::new();
    let steps = || KEYS.iter().chain(OWN_KEYS).chain(PINS);
    let mut samples: Vec<Sample> = steps()
        .flat_map(|(name, keys)| samples_of(name, keys))
        .collect();
    for _ in 0..ROUNDS {
        for sample in &mut samples {
            let msg = match sample.key {
                BACKSPACE => Msg::Key(Action::DeleteBack),
                CTRL_U => Msg::Key(Action::DeleteLine),
                CTRL_G => Msg::Key(Action::Group),
                CTRL_T => Msg::Key(Action::Pin),
                TAB => Msg::Key(Action::NextView),
                "\r" => Msg::Key(Action::Use),
                letter => Msg::Text(letter.to_owned()),
            };
            let start = Instant::now();
            update(&mut state, msg);
            sample.times.0.push(start.elapsed());
            let start = Instant::now();
            terminal.draw(|frame| draw(&state, &theme, frame)).unwrap();
            drawing.push(start.elapsed());
        }
    }
    for (name, times) in by_name(&samples) {
        report(&format!("alone: {name}"), &times, None, None);
    }
    report("alone: drawing", &Times(drawing), None, None);
}

/// One line: ours, theirs, the ratio, the budget.
fn report(name: &str, ours: &Times, theirs: Option<&Times>, budget: Option<Duration>) {
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    let line = |times: &Times| {
        format!(
            "{:>5.1} ms, {:>5.1} to {:>5.1}",
            ms(times.median()),
            ms(times.least()),
            ms(times.most())
        )
    };
    let theirs = theirs.map_or_else(String::new, |theirs| {
        let ratio = ours.median().as_secs_f64() / theirs.median().as_secs_f64();
        format!(" ({}) = {ratio:.2} ×", line(theirs))
    });
    let budget = budget.map_or_else(String::new, |budget| format!("; budget {budget:?}"));
    println!("{name:<32} {}{theirs}{budget}", line(ours));
}

/// Durations of repeated measurements.
#[derive(Clone, Default)]
struct Times(Vec<Duration>);

impl Times {
    fn median(&self) -> Duration {
        let mut times = self.0.clone();
        times.sort_unstable();
        times[times.len() / 2]
    }

    fn least(&self) -> Duration {
        *self.0.iter().min().unwrap()
    }

    fn most(&self) -> Duration {
        *self.0.iter().max().unwrap()
    }
}

/// One key of a script.
struct Sample {
    name: &'static str,
    key: &'static str,
    /// The text on screen when the program is idle.
    shown: String,
    times: Times,
}

fn samples_of(name: &'static str, keys: &'static [&'static str]) -> impl Iterator<Item = Sample> {
    keys.iter().map(move |key| Sample {
        name,
        key,
        shown: String::new(),
        times: Times::default(),
    })
}

/// The times of all keys that are examples of one thing, in the order of their first ones.
fn by_name(samples: &[Sample]) -> Vec<(&'static str, Times)> {
    let mut all: Vec<(&'static str, Times)> = Vec::new();
    for sample in samples {
        match all.iter_mut().find(|(name, _)| *name == sample.name) {
            Some((_, times)) => times.0.extend(&sample.times.0),
            None => all.push((sample.name, sample.times.clone())),
        }
    }
    all
}

/// A measured program.
struct Program {
    name: &'static str,
    /// The shell script that starts it; both programs are started by a shell.
    script: String,
    /// Rows at the top of its screen that change by themselves.
    skip: usize,
}

/// A program in a terminal.
struct Pty {
    screen: vt100::Parser,
    bytes: Receiver<(Instant, Vec<u8>)>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    skip: usize,
    /// As long as it is held, the terminal is there.
    _master: Box<dyn MasterPty + Send>,
}

impl Pty {
    fn open(home: &Home, program: &Program) -> Self {
        let size = PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", &format!("exec {}", program.script)]);
        command.env_clear();
        for (name, value) in home.env() {
            command.env(name, value);
        }
        command.cwd(home.dir.path());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 16_384];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                // Taken before anything is made of the bytes: the time is the program's alone.
                if sender
                    .send((Instant::now(), buffer[..count].to_vec()))
                    .is_err()
                {
                    break;
                }
            }
        });
        Self {
            screen: vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0),
            bytes,
            keys: pair.master.take_writer().unwrap(),
            child,
            skip: program.skip,
            _master: pair.master,
        }
    }

    /// The screen as text, without what changes by itself.
    fn text(&self) -> String {
        let rows = self.screen.screen().rows(0, COLUMNS).skip(self.skip);
        let rows: Vec<_> = rows.map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n").trim_end().to_owned()
    }

    /// When the screen was as it should be; `None`: never.
    fn until(&mut self, is: impl Fn(&str) -> bool) -> Option<Instant> {
        let start = Instant::now();
        let mut at = start;
        while !is(&self.text()) {
            let left = WAIT_TIMEOUT.saturating_sub(start.elapsed());
            let (then, bytes) = self.bytes.recv_timeout(left).ok()?;
            self.screen.process(&bytes);
            at = then;
        }
        Some(at)
    }

    /// Waits until nothing comes any more.
    fn rest(&mut self) {
        while let Ok((_, bytes)) = self.bytes.recv_timeout(REST) {
            self.screen.process(&bytes);
        }
    }

    /// Returns the number of bytes that arrived since the last read.
    fn pending(&mut self) -> usize {
        self.bytes.try_iter().map(|(_, bytes)| bytes.len()).sum()
    }

    fn press(&mut self, key: &str) -> Instant {
        let start = Instant::now();
        self.keys.write_all(key.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        start
    }

    /// Records the screen after each key of a script.
    fn learn(&mut self, script: &[(&'static str, &'static [&'static str])]) -> Vec<Sample> {
        let mut samples: Vec<Sample> = script
            .iter()
            .flat_map(|(name, keys)| samples_of(name, keys))
            .collect();
        for sample in &mut samples {
            self.press(sample.key);
            self.rest();
            sample.shown = self.text();
        }
        samples
    }

    /// Presses them again, and takes the times. What was learnt while the machine was too busy to come to
    /// rest is learnt again.
    fn play(&mut self, samples: &mut [Sample]) {
        for sample in samples {
            let start = self.press(sample.key);
            match self.until(|text| text == sample.shown) {
                Some(shown) => sample.times.0.push(shown - start),
                None => sample.shown = self.text(),
            }
        }
    }

    /// A number of the kernel's on the process; Linux alone tells it in a file.
    fn status(&self, field: &str) -> Option<u32> {
        let pid = self.child.process_id()?;
        number(Path::new(&format!("/proc/{pid}/status")), field)
    }

    /// Voluntary context switches of its threads so far: each wake-up ends with one.
    fn switches(&self) -> Option<u32> {
        let pid = self.child.process_id()?;
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
        threads
            .filter_map(Result::ok)
            .map(|thread| number(&thread.path().join("status"), "voluntary_ctxt_switches"))
            .sum()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn number(file: &Path, field: &str) -> Option<u32> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{field}:")))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A person's files: a catalog, a history with pins, own words for some accounts, a guard.
struct Home {
    dir: tempfile::TempDir,
    entries: usize,
}

impl Home {
    fn new() -> Self {
        let home = Self {
            dir: tempfile::tempdir().unwrap(),
            entries: 20_000 * ROLES.len(),
        };
        let mut settings = "store = \"file\"\nguard = [\"production\"]\n".to_owned();
        for at in (0..20_000).step_by(100) {
            settings += &format!(
                "[accounts.{:?}]\nalias = \"mine {at}\"\ntags = [\"tagged\"]\n",
                id(at)
            );
        }
        home.write(".config/roledex/config.toml", &settings);
        home.write(
            ".aws/config",
            "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n",
        );
        // A copy, as an installer makes it: the page cache holds what a linker wrote in single pages.
        std::fs::copy(env!("CARGO_BIN_EXE_roledex"), home.path("roledex")).unwrap();
        home.catalog();
        let ctx = home.ctx();
        let now = ctx.clock.now();
        for at in 0..40 {
            let used = entry(at * 499, at);
            for hours in 1..4 {
                let place = if at % 2 == 0 {
                    home.dir.path().to_str().unwrap()
                } else {
                    "/"
                };
                history::remember(&ctx.dirs, &used, now - Duration::from_hours(hours), place)
                    .unwrap();
            }
            if at < 5 {
                history::pin(&ctx.dirs, &used, true).unwrap();
            }
        }
        home
    }

    /// The cache, and the same list in lines.
    fn catalog(&self) {
        let mut catalog = Catalog::default();
        let portal: Arc<str> = "acme".into();
        let mut list = String::new();
        let mut accounts = Vec::new();
        for at in 0..20_000 {
            let (team, stage) = (
                TEAMS[at % TEAMS.len()],
                STAGES[at / TEAMS.len() % STAGES.len()],
            );
            let name = format!("{team} {stage} {:03}", at / TEAMS.len() / STAGES.len());
            let email = format!("aws+{}@example.com", name.to_lowercase().replace(' ', "-"));
            for role in ROLES {
                list += &format!("{name}  {role}  {}  acme  {email}\n", id(at));
            }
            accounts.push(Account {
                id: id(at).parse().unwrap(),
                name: name.into(),
                email: email.into(),
            });
        }
        let ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
        catalog.apply(CatalogEvent::Started {
            portal: Arc::clone(&portal),
        });
        catalog.apply(CatalogEvent::Accounts {
            portal: Arc::clone(&portal),
            accounts,
        });
        for account in ids {
            let roles = Ok(ROLES.into_iter().map(Arc::from).collect());
            catalog.apply(CatalogEvent::Roles {
                portal: Arc::clone(&portal),
                account,
                roles,
            });
        }
        let ctx = self.ctx();
        catalog.apply(CatalogEvent::Finished {
            portal: Arc::clone(&portal),
            at: ctx.clock.now(),
        });
        catalog_cache::save(&ctx.dirs, &portal, &catalog.portals[&portal]).unwrap();
        self.write("list", &list);
    }

    /// Makes a profile with an hour left: something counts.
    fn use_one(&self) {
        let ctx = self.ctx();
        let used = entry(0, 0);
        let config = format!(
            "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-west-1\n\n\
             [profile one]\nsso_session = acme\nsso_account_id = {}\nsso_role_name = {}\nroledex_entry = {used}\n",
            used.account, used.role
        );
        self.write(".aws/config", &config);
        let credentials = Credentials {
            access_key_id: "ASIAEXAMPLEEXAMPLE00".to_owned(),
            secret_access_key: "s".repeat(40).as_str().into(),
            session_token: "t".repeat(900).as_str().into(),
            expires_at: ctx.clock.now() + Duration::from_hours(1),
            obtained_at: None,
        };
        let store = CredentialStore::new(&ctx.dirs, ctx.settings.store, ctx.clock.clone());
        store.put(&used, &credentials).unwrap();
    }

    fn ctx(&self) -> Ctx {
        let env = self.env();
        let env: Env = env
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Ctx::new(env, Clock::System).unwrap()
    }

    fn env(&self) -> Vec<(&'static str, String)> {
        let home = self.dir.path().to_str().unwrap().to_owned();
        vec![
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("HOME", home.clone()),
            ("PWD", home),
            ("TERM", "xterm-256color".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            // Without a way to anywhere.
            ("HTTPS_PROXY", "http://127.0.0.1:9".to_owned()),
        ]
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = std::fs::File::create(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
}

fn id(at: usize) -> String {
    format!("{:012}", 100_000_000_000 + at * 7_919)
}

fn entry(account: usize, role: usize) -> EntryId {
    let role = ROLES[role % ROLES.len()];
    format!("org:acme/{}/{role}", id(account)).parse().unwrap()
}
