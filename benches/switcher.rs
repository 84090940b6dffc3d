//! The switcher with many entries (docs/architecture.md#budgets): its first frame, each key to its frame, its memory, and how
//! often it wakes while nothing happens, in a terminal and beside other fuzzy finders with the same list:
//!
//! ```text
//! cargo bench --bench switcher
//! cargo bench --bench switcher -- --size 1000000      # more entries
//! cargo bench --bench switcher -- --markdown          # the tables of docs/performance.md
//! cargo bench --bench switcher -- --alone             # without the terminal and the peers
//! ```
//!
//! Peers are `fzf` (as `fzf`, or at the path in `ROLEDEX_TEST_FZF`), skim (`sk`) and television (`tv`), where they are
//! installed. They get the list in the order of roledex, and keep it among equals. The terminal answers what programs
//! ask of it: a program that waits for an answer would look slow.
//!
//! The programs take turns within one run, so that the ratios do not depend on the load of the machine. What a key
//! shows when all has come to rest is measured in a first round; in the others, time runs until just that
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

use std::hint::black_box;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use roledex::internals::config::{Clock, Ctx, Env};
use roledex::internals::domain::catalog::Account;
use roledex::internals::domain::{Catalog, CatalogEvent, Credentials, EntryId, Item};
use roledex::internals::flow::Flow;
use roledex::internals::store::aws_files::AwsFiles;
use roledex::internals::store::credential_store::{CredentialStore, Origin};
use roledex::internals::store::{catalog_cache, history};
use roledex::internals::tui::action::Action;
use roledex::internals::tui::canvas::Canvas;
use roledex::internals::tui::facts;
use roledex::internals::tui::keymap::Keymap;
use roledex::internals::tui::msg::Msg;
use roledex::internals::tui::state::State;
use roledex::internals::tui::theme::Theme;
use roledex::internals::tui::update::update;
use roledex::internals::tui::view::draw;

/// Entries, unless the command line has another number.
const SIZE: usize = 100_000;
/// Starts of each program, and presses of each key: fewer where each takes long.
const STARTS: usize = 21;
const ROUNDS: usize = 15;
const LARGE: usize = 500_000;
const ROUNDS_LARGE: usize = 5;
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
const LEFT: &str = "\x1b[D";
const RIGHT: &str = "\x1b[C";
const LONG: &str = "\x1b[200~payments production 012 administrator access acme\x1b[201~";
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
    ("letters", &["p", "r", "o", "d"]),
    ("cursor", &[LEFT, LEFT]),
    ("Backspace in the middle", &[BACKSPACE]),
    ("a letter in the middle", &["r"]),
    ("cursor", &[RIGHT, RIGHT]),
    ("Ctrl-U", &[CTRL_U]),
    ("paste of a long query", &[LONG]),
    ("Ctrl-U", &[CTRL_U]),
    ("no match", &["z", "q", "x", "j"]),
    ("Ctrl-U", &[CTRL_U]),
];

/// Keys of which no time is taken.
const UNTIMED: &[&str] = &["cursor", "letters"];

/// Keys that change the list itself; `fzf` has none like them.
const OWN_KEYS: &[(&str, &[&str])] = &[
    ("Tab, all views", &[TAB, TAB, TAB, TAB, TAB, TAB]),
    ("Ctrl-G, groups", &[CTRL_G]),
    ("Enter, a group folds", &["\r", "\r"]),
    ("a letter out of groups", &["p"]),
    ("Backspace into groups", &[BACKSPACE]),
    ("Ctrl-G, other groups", &[CTRL_G, CTRL_G]),
];

/// Two more, of which the screen says something for some seconds: measured without a terminal.
const PINS: &[(&str, &[&str])] = &[("Ctrl-T, pins", &[CTRL_T, CTRL_T])];

fn main() {
    let options = Options::read();
    let home = Home::new(options.size);
    let mut report = Report::new(&options);
    if options.alone {
        in_process(&home, &mut report);
        return report.print();
    }
    let mut programs = vec![Program {
        name: "roledex".to_owned(),
        script: home.path("roledex").to_str().unwrap().to_owned(),
        // The header tells the time.
        skip: 1,
    }];
    programs.extend(peers(&home));
    report.peers = programs[1..].iter().map(|peer| peer.name.clone()).collect();
    first_frames(&home, &programs, &mut report);
    keys(&home, &programs, &mut report);
    idle(&home, &programs[0], &mut report);
    in_process(&home, &mut report);
    report.print();
}

/// The command line.
struct Options {
    size: usize,
    markdown: bool,
    alone: bool,
}

impl Options {
    fn read() -> Self {
        let args: Vec<String> = std::env::args().collect();
        let has = |name: &str| args.iter().any(|arg| arg == name);
        let size = args.iter().position(|arg| arg == "--size").map(|at| {
            let number = args.get(at + 1).and_then(|number| number.parse().ok());
            number.expect("a number behind --size")
        });
        Self {
            size: size.unwrap_or(SIZE),
            markdown: has("--markdown"),
            alone: has("--alone"),
        }
    }

    fn rounds(&self) -> usize {
        if self.size < LARGE {
            ROUNDS
        } else {
            ROUNDS_LARGE
        }
    }

    fn starts(&self) -> usize {
        if self.size < LARGE {
            STARTS
        } else {
            ROUNDS_LARGE
        }
    }
}

/// The other programs that are installed, in a way that keeps the list's order among equals.
fn peers(home: &Home) -> Vec<Program> {
    let fzf = std::env::var("ROLEDEX_TEST_FZF").unwrap_or_else(|_| "fzf".to_owned());
    let list = home.path("list");
    let list = list.display();
    [
        (
            &*fzf,
            "fzf",
            format!("--layout=reverse --tiebreak=index < {list}"),
        ),
        (
            "sk",
            "sk",
            format!("--layout=reverse --tiebreak=score,index < {list}"),
        ),
        (
            "tv",
            "tv",
            format!("--source-command 'cat {list}' --no-preview"),
        ),
    ]
    .into_iter()
    .filter_map(|(program, name, arguments)| {
        let output = Command::new(program).arg("--version").output().ok()?;
        let version = String::from_utf8_lossy(&output.stdout);
        let version = version
            .split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        Some(Program {
            name: format!("{name} {}", version.unwrap_or_default()),
            script: format!("{program} {arguments}"),
            skip: 0,
        })
    })
    .collect()
}

/// From the start to the list on screen: its first rows, and its count, which is when all can be searched.
fn first_frames(home: &Home, programs: &[Program], report: &mut Report) {
    let mut times = vec![(Times::default(), Times::default()); programs.len()];
    // fzf and roledex show it as it is, skim, too; television groups no digits either.
    let count = home.entries.to_string();
    let counted = format!("{count}/{count}");
    for _ in 0..report.starts {
        for (program, (rows, all)) in programs.iter().zip(&mut times) {
            let start = Instant::now();
            let mut pty = Pty::open(home, program);
            rows.0.extend(
                pty.until(|text| text.lines().count() > 30)
                    .map(|at| at - start),
            );
            all.0.extend(
                pty.until(|text| text.replace([' ', ','], "").contains(&counted))
                    .map(|at| at - start),
            );
        }
    }
    let (rows, all): (Vec<_>, Vec<_>) = times.into_iter().unzip();
    report.add("first frame, rows", rows, Some(FIRST_FRAME));
    report.add("first frame, all", all, Some(FIRST_FRAME));
}

/// From a key to its frame, and what the programs hold in memory afterwards.
fn keys(home: &Home, programs: &[Program], report: &mut Report) {
    let mut ptys: Vec<Pty> = programs
        .iter()
        .map(|program| Pty::open(home, program))
        .collect();
    for pty in &mut ptys {
        pty.rest();
    }
    let mut samples: Vec<_> = ptys.iter_mut().map(|pty| pty.learn(KEYS)).collect();
    // The last screen of a program that has ended would come at once after every key.
    for ((program, pty), samples) in programs.iter().zip(&mut ptys).zip(&mut samples) {
        if pty.has_ended() {
            samples.clear();
            report.note(format!(
                "{} ended by itself: its keys are not measured",
                program.name
            ));
        }
    }
    for _ in 0..report.rounds {
        for (pty, samples) in ptys.iter_mut().zip(&mut samples) {
            pty.play(samples);
        }
    }
    let mut own = ptys[0].learn(OWN_KEYS);
    for _ in 0..report.rounds {
        ptys[0].play(&mut own);
    }
    let named: Vec<_> = samples.iter().map(|samples| by_name(samples)).collect();
    for (name, _) in &named[0] {
        let of_all = named.iter().map(|all| {
            let same = all.iter().find(|(their, _)| their == name);
            same.map(|(_, times)| times.clone()).unwrap_or_default()
        });
        report.add(name, of_all.collect(), Some(KEY));
    }
    let every = samples.iter().map(|samples| {
        let timed = samples
            .iter()
            .filter(|sample| !UNTIMED.contains(&sample.name));
        Times(timed.flat_map(|sample| sample.times.0.clone()).collect())
    });
    report.add("every key", every.collect(), Some(KEY));
    for (name, ours) in by_name(&own) {
        report.add(name, vec![ours], Some(KEY));
    }
    for (program, pty) in programs.iter().zip(&ptys) {
        if let (Some(now), Some(most)) = (pty.status("VmRSS"), pty.status("VmHWM")) {
            report.note(format!(
                "memory, {}: {:.1} MiB now, {:.1} MiB at most",
                program.name,
                f64::from(now) / 1024.0,
                f64::from(most) / 1024.0
            ));
        }
    }
    report.note(format!(
        "budget of roledex's memory at {SIZE} entries: {MEMORY} MiB"
    ));
}

/// Counts wake-ups without input: without and with a countdown on screen.
fn idle(home: &Home, program: &Program, report: &mut Report) {
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
        report.note(format!(
            "idle, {what}: {} wake-ups, {frames} bytes drawn in {IDLE:?}; budget {budget}",
            after - before,
        ));
    }
}

/// The same keys without a terminal: what the reducer takes, and what the drawing.
fn in_process(home: &Home, report: &mut Report) {
    let ctx = home.ctx();
    let flow = Flow::new(Arc::new(ctx));
    let ctx = flow.ctx();
    let (mut loading, mut starting) = (Vec::new(), Vec::new());
    let mut state = None;
    for _ in 0..report.rounds {
        // Not within the time: what the round before held.
        drop(state.take());
        let keymap = Keymap::new(&[]).unwrap();
        let start = Instant::now();
        let catalog = flow.cached_catalog();
        let facts = facts(&flow).unwrap();
        loading.push(start.elapsed());
        let start = Instant::now();
        let new = state.insert(State::new(keymap, ctx.clock.now(), (COLUMNS, ROWS), ""));
        new.guard.clone_from(&ctx.settings.guard);
        update(new, Msg::Cached(catalog));
        update(new, Msg::Facts(Ok(facts)));
        starting.push(start.elapsed());
    }
    let mut state = state.unwrap();
    report.add("alone: reading files", vec![Times(loading)], None);
    report.add("alone: making the list", vec![Times(starting)], None);
    let theme = Theme::new(&ctx.env, &ctx.settings);
    let mut canvas = Canvas::default();
    canvas.clear((COLUMNS, ROWS));
    let mut drawing = Vec::new();
    let steps = || KEYS.iter().chain(OWN_KEYS).chain(PINS);
    let mut samples: Vec<Sample> = steps()
        .flat_map(|(name, keys)| samples_of(name, keys))
        .collect();
    for _ in 0..report.rounds {
        for sample in &mut samples {
            let msg = match sample.key {
                BACKSPACE => Msg::Key(Action::DeleteBack),
                CTRL_U => Msg::Key(Action::DeleteLine),
                CTRL_G => Msg::Key(Action::Group),
                CTRL_T => Msg::Key(Action::Pin),
                TAB => Msg::Key(Action::NextView),
                "\r" => Msg::Key(Action::Use),
                LEFT => Msg::Key(Action::CursorLeft),
                RIGHT => Msg::Key(Action::CursorRight),
                LONG => Msg::Text(pasted(LONG).to_owned()),
                letter => Msg::Text(letter.to_owned()),
            };
            let start = Instant::now();
            update(&mut state, msg);
            sample.times.0.push(start.elapsed());
            let start = Instant::now();
            draw(&state, &theme, &mut canvas.frame(theme.base));
            canvas.show(|cells| {
                cells.for_each(|cell| {
                    black_box(cell);
                });
            });
            drawing.push(start.elapsed());
        }
    }
    for (name, times) in by_name(&samples) {
        report.add(&format!("alone: {name}"), vec![times], None);
    }
    report.add("alone: drawing", vec![Times(drawing)], None);
}

/// The measured rows, in the order of measuring.
struct Report {
    size: usize,
    markdown: bool,
    starts: usize,
    rounds: usize,
    /// The names of the peers.
    peers: Vec<String>,
    /// Times of roledex, then of each peer, and the budget.
    rows: Vec<(String, Vec<Times>, Option<Duration>)>,
    notes: Vec<String>,
}

impl Report {
    fn new(options: &Options) -> Self {
        Self {
            size: options.size,
            markdown: options.markdown,
            starts: options.starts(),
            rounds: options.rounds(),
            peers: Vec::new(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn add(&mut self, name: &str, times: Vec<Times>, budget: Option<Duration>) {
        if !UNTIMED.iter().any(|untimed| name.ends_with(untimed)) {
            self.rows.push((name.to_owned(), times, budget));
        }
    }

    fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// Median, 99th percentile and worst; for peers the ratio of medians, too.
    fn print(&self) {
        println!(
            "{} entries, {COLUMNS} × {ROWS}; milliseconds: median / p99 / worst\n",
            self.size
        );
        let mut heads = vec![String::new(), "roledex".to_owned()];
        for peer in &self.peers {
            heads.extend([peer.clone(), "ratio".to_owned()]);
        }
        heads.push("budget".to_owned());
        let rows = self.rows.iter().map(|(name, times, budget)| {
            let ours = times.first();
            let mut cells = vec![name.clone(), ours.map_or_else(String::new, Times::line)];
            for at in 1..=self.peers.len() {
                let theirs = times.get(at).filter(|times| !times.0.is_empty());
                let ratio = theirs.zip(ours).map(|(theirs, ours)| {
                    format!(
                        "{:.2} ×",
                        ours.median().as_secs_f64() / theirs.median().as_secs_f64()
                    )
                });
                cells.extend([
                    theirs.map_or_else(String::new, Times::line),
                    ratio.unwrap_or_default(),
                ]);
            }
            cells.push(budget.map_or_else(String::new, |budget| format!("{budget:?}")));
            cells
        });
        let rows: Vec<Vec<String>> = std::iter::once(heads).chain(rows).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        for (at, row) in rows.iter().enumerate() {
            if self.markdown {
                println!("| {} |", row.join(" | "));
                if at == 0 {
                    println!("|{}", "---|".repeat(row.len()));
                }
                continue;
            }
            for (column, cell) in row.iter().enumerate() {
                print!("{cell:<0$}  ", width(column).unwrap_or(0));
            }
            println!();
        }
        println!();
        for note in &self.notes {
            println!("{}{note}", if self.markdown { "- " } else { "" });
        }
    }
}

/// Durations of repeated measurements.
#[derive(Clone, Default)]
struct Times(Vec<Duration>);

impl Times {
    fn median(&self) -> Duration {
        let mut times = self.0.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    fn most(&self) -> Duration {
        self.0.iter().max().copied().unwrap_or_default()
    }

    /// 99 of 100 took no longer.
    fn p99(&self) -> Duration {
        let mut times = self.0.clone();
        times.sort_unstable();
        let at = (times.len() * 99).div_ceil(100).saturating_sub(1);
        times.get(at).copied().unwrap_or_default()
    }

    fn line(&self) -> String {
        let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
        format!(
            "{:.1} / {:.1} / {:.1}",
            ms(self.median()),
            ms(self.p99()),
            ms(self.most())
        )
    }
}

/// The text of a bracketed paste.
fn pasted(bytes: &str) -> &str {
    let text = bytes.strip_prefix("\x1b[200~");
    text.and_then(|text| text.strip_suffix("\x1b[201~"))
        .unwrap_or(bytes)
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
    name: String,
    /// The shell script that starts it; both programs are started by a shell.
    script: String,
    /// Rows at the top of its screen that change by themselves.
    skip: usize,
}

/// Answers of the terminal to the queries that programs send at their start and before frames.
#[derive(Default)]
struct Answers(Vec<u8>);

impl vt100::Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        second: Option<u8>,
        params: &[&[u16]],
        c: char,
    ) {
        let number = params.first().and_then(|param| param.first()).copied();
        let number = number.unwrap_or_default();
        let answer = match (first, second, number, c) {
            (None, _, 6, 'n') => {
                let (row, column) = screen.cursor_position();
                format!("\x1b[{};{}R", row + 1, column + 1)
            }
            (None, _, 5, 'n') => "\x1b[0n".to_owned(),
            // A mode that can be set, and is not.
            (Some(b'?'), Some(b'$'), mode, 'p') => format!("\x1b[?{mode};2$y"),
            (None, _, 0, 'c') => "\x1b[?62;22c".to_owned(),
            (Some(b'>'), _, 0, 'c') => "\x1b[>1;10;0c".to_owned(),
            (Some(b'?'), _, _, 'u') => "\x1b[?0u".to_owned(),
            _ => return,
        };
        self.0.extend_from_slice(answer.as_bytes());
    }

    fn unhandled_osc(&mut self, _: &mut vt100::Screen, params: &[&[u8]]) {
        let color = match params {
            [b"10", b"?"] => "10;rgb:dddd/dddd/dddd",
            [b"11", b"?"] => "11;rgb:1111/1111/1111",
            _ => return,
        };
        self.0
            .extend_from_slice(format!("\x1b]{color}\x1b\\").as_bytes());
    }
}

/// A program in a terminal.
struct Pty {
    screen: vt100::Parser<Answers>,
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
            screen: vt100::Parser::new_with_callbacks(
                ROWS.try_into().unwrap(),
                COLUMNS.try_into().unwrap(),
                0,
                Answers::default(),
            ),
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

    /// The screen, and where the cursor is: some keys move nothing else.
    fn shown(&self) -> String {
        format!(
            "{}\n{:?}",
            self.text(),
            self.screen.screen().cursor_position()
        )
    }

    /// Shows what a program wrote, and answers what it asks.
    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        let answer = std::mem::take(&mut self.screen.callbacks_mut().0);
        // A program that has ended wants no answer.
        let _ = self
            .keys
            .write_all(&answer)
            .and_then(|()| self.keys.flush());
    }

    /// The time at which the screen was as expected; `None`: never.
    fn until(&mut self, is: impl Fn(&str) -> bool) -> Option<Instant> {
        self.until_true(|pty| is(&pty.text()))
    }

    fn until_true(&mut self, is: impl Fn(&Self) -> bool) -> Option<Instant> {
        let start = Instant::now();
        let mut at = start;
        while !is(self) {
            let left = WAIT_TIMEOUT.saturating_sub(start.elapsed());
            let (then, bytes) = self.bytes.recv_timeout(left).ok()?;
            self.take(&bytes);
            at = then;
        }
        Some(at)
    }

    /// True if the program is no longer there.
    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until nothing comes any more.
    fn rest(&mut self) {
        while let Ok((_, bytes)) = self.bytes.recv_timeout(REST) {
            self.take(&bytes);
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

    /// Records the screen after each key of a script. The keys are pressed twice: the list keeps the widest columns that
    /// it has had.
    fn learn(&mut self, script: &[(&'static str, &'static [&'static str])]) -> Vec<Sample> {
        let mut samples: Vec<Sample> = script
            .iter()
            .flat_map(|(name, keys)| samples_of(name, keys))
            .collect();
        for _ in 0..2 {
            for sample in &mut samples {
                self.press(sample.key);
                self.rest();
                sample.shown = self.shown();
            }
        }
        samples
    }

    /// Presses them again, and takes the times. What was learnt while the machine was too busy to come to
    /// rest is learnt again.
    ///
    /// # Panics
    /// One key in ten did not lead to what it showed before: the script does not return to where it began.
    fn play(&mut self, samples: &mut [Sample]) {
        let most = samples.len() / 10;
        let mut missed = 0;
        for sample in samples {
            let start = self.press(sample.key);
            match self.until_true(|pty| pty.shown() == sample.shown) {
                Some(shown) => sample.times.0.push(shown - start),
                None => {
                    let shown = self.shown();
                    missed += 1;
                    assert!(
                        missed <= most,
                        "{}: {}\ninstead of: {shown}",
                        sample.name,
                        sample.shown
                    );
                    sample.shown = shown;
                }
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
    fn new(size: usize) -> Self {
        let accounts = size / ROLES.len();
        let home = Self {
            dir: tempfile::tempdir().unwrap(),
            entries: accounts * ROLES.len(),
        };
        let mut settings = "store = \"file\"\nguard = [\"production\"]\n".to_owned();
        for at in (0..accounts).step_by(100) {
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
            let used = entry(at * accounts / 41, at);
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
        let mut accounts = Vec::new();
        for at in 0..self.entries / ROLES.len() {
            let (team, stage) = (
                TEAMS[at % TEAMS.len()],
                STAGES[at / TEAMS.len() % STAGES.len()],
            );
            let name = format!("{team} {stage} {:03}", at / TEAMS.len() / STAGES.len());
            let email = format!("aws+{}@example.com", name.to_lowercase().replace(' ', "-"));
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
        let of = AwsFiles::new(&ctx.dirs).read().unwrap().portal(&portal);
        catalog_cache::save(&ctx.dirs, &of.unwrap(), &catalog.portals[&portal]).unwrap();
        let line = |item: Item| {
            let (name, email) = (item.name(), item.email());
            let id = item.account().unwrap();
            format!("{name}  {}  {id}  acme  {email}\n", item.role().unwrap())
        };
        let list: String = catalog.items().iter().map(line).collect();
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
        store.put(&used, &credentials, &Origin::default()).unwrap();
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
