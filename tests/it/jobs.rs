//! The ten commonest jobs, done at a shell's prompt with the keys that docs/keys.md counts, and no others.

#![cfg(unix)]
use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::terminal::{ENTER, Terminal, ctrl};
use crate::support::{Home, ROLEDEX, installed, wait_for};

const PRODUCTION: &str = "org:startup/111111111111/ReadOnlyAccess";
const SANDBOX: &str = "org:startup/333333333333/AdministratorAccess";
const LINK: &str =
    "https://d-9067000001.awsapps.com/start/#/saml/default/Partner/ins-0123456789abcdef";

/// A key that is pressed, or letters that are typed.
enum Press {
    /// Letters, one key each.
    Letters(&'static str),
    /// One key, by its name and the bytes that a terminal sends.
    Key(&'static str, String),
    /// The letters of the search. They are the same in every program.
    Search(&'static str),
    /// A paste, which is one key.
    Paste(&'static str),
}

use Press::{Key, Letters, Paste, Search};

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Letters(letters) => write!(f, "`{letters}`"),
            Key(name, _) => f.write_str(name),
            Search(_) => f.write_str("*q*"),
            Paste(_) => f.write_str("paste"),
        }
    }
}

impl Press {
    /// The keys of it.
    fn count(&self) -> usize {
        match self {
            Letters(letters) => letters.len(),
            Key(..) | Paste(_) => 1,
            Search(_) => 0,
        }
    }

    /// The bytes that a terminal sends.
    fn bytes(&self) -> String {
        match self {
            Letters(text) | Search(text) => (*text).to_owned(),
            Key(_, bytes) => bytes.clone(),
            Paste(text) => format!("\x1b[200~{text}\x1b[201~"),
        }
    }
}

fn enter() -> Press {
    Key("Enter", ENTER.to_owned())
}

/// The keys that open the list at a prompt, and what is on screen before each of them.
fn open() -> Vec<(&'static str, Press)> {
    vec![("ready> ", Letters("rdx")), ("ready> rdx", enter())]
}

/// Opens the list, and goes on with these keys.
fn open_and(keys: Vec<(&'static str, Press)>) -> Vec<(&'static str, Press)> {
    open().into_iter().chain(keys).collect()
}

/// A home in which a role was used, and a browser that notes what it is to open.
fn desk() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    home.ok(&["use", PRODUCTION]);
    home.write(
        ".rc",
        "PS1='ready> '\neval \"$(roledex init bash)\"\nshow() { echo \"[${ROLEDEX_ENTRY-none}]\"; }\n",
    );
    home.write("browser", "#!/bin/sh\necho \"$1\" >> \"$HOME/opened\"\n");
    fs::set_permissions(home.path("browser"), fs::Permissions::from_mode(0o755)).unwrap();
    home
}

/// Presses the keys at the prompt of a new shell, each when the screen is as it has to be. docs/keys.md says what they
/// are, and how many.
fn does(home: &Home, job: &str, keys: &[(&str, Press)]) -> Terminal {
    let names: Vec<String> = keys.iter().map(|(_, press)| press.to_string()).collect();
    let count: usize = keys.iter().map(|(_, press)| press.count()).sum();
    let is_search = |(_, press): &(&str, Press)| matches!(press, Search(_));
    let more = if keys.iter().any(is_search) {
        " + *q*"
    } else {
        ""
    };
    let row = format!("| {job} | {} | {count}{more} |", names.join(" "));
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md"));
    assert!(page.unwrap().contains(&row), "docs/keys.md has not: {row}");

    let bin = Path::new(ROLEDEX).parent().unwrap().to_str().unwrap();
    let path = format!("{bin}:/usr/bin:/bin");
    let (rc, browser) = (home.path(".rc"), home.path("browser"));
    let env = [("PATH", &*path), ("BROWSER", browser.to_str().unwrap())];
    let args = ["--noprofile", "--rcfile", rc.to_str().unwrap(), "-i"];
    let mut terminal = Terminal::open(home, "bash", &args, (100, 30), &env);
    for (before, press) in keys {
        terminal.wait(before);
        terminal.press(&press.bytes());
    }
    terminal
}

/// The entry of the shell, which is at its prompt again.
fn has_role(terminal: &mut Terminal, entry: &str) {
    terminal.wait("to remove it, run: rdx off");
    terminal.press("clear; show\r");
    terminal.wait(&format!("[{entry}]"));
}

#[test]
fn the_ten_commonest_jobs_take_the_keys_that_the_page_counts() {
    if !installed("bash", &["--version"]) {
        return;
    }
    let home = desk();

    let keys = open_and(vec![("6/6", enter())]);
    let mut terminal = does(&home, "use the last role again", &keys);
    has_role(&mut terminal, PRODUCTION);

    let keys = open_and(vec![("6/6", Search("sandbox")), ("1/6", enter())]);
    let mut terminal = does(&home, "switch this shell to a role", &keys);
    has_role(&mut terminal, SANDBOX);

    let keys = open_and(vec![("ends in", Key("Alt-R", "\x1br".to_owned()))]);
    let before = home.sim.requests().len();
    let terminal = does(&home, "refresh what ends next", &keys);
    wait_for("a request", || {
        (home.sim.requests().len() > before).then_some(())
    });
    terminal.wait("is ready");

    let keys = open_and(vec![
        ("6/6", Search("sandbox")),
        ("1/6", Key("Ctrl-O", ctrl('o'))),
    ]);
    let terminal = does(&home, "open the console of a role", &keys);
    terminal.wait("opened the console");
    wait_for("the console in the browser", || {
        let opened = home.read("opened");
        opened.contains("account_id=333333333333").then_some(())
    });

    let keys = open_and(vec![
        ("6/6", Key("F6", "\x1b[17~".to_owned())),
        ("Add an external account", Paste(LINK)),
        ("0123456789abcdef", enter()),
    ]);
    let terminal = does(&home, "add an external account", &keys);
    terminal.wait("added the app");
    assert!(home.read(".config/roledex/config.toml").contains(LINK));

    let terminal = does(&home, "see what ends next", &open());
    terminal.wait("ReadOnlyAccess-111111111111 ends in 59 min");

    let keys = open_and(vec![("/7", Search("3333"))]);
    let terminal = does(&home, "find an account by its number", &keys);
    let found = terminal.wait("1/7");
    assert!(found.contains("333333333333"), "{found}");

    let keys = open_and(vec![
        ("/7", Search("production read")),
        ("1/7", Key("Ctrl-Y", ctrl('y'))),
    ]);
    let terminal = does(&home, "copy the line that sets the profile", &keys);
    terminal.wait("sent to the clipboard: export AWS_PROFILE='ReadOnlyAccess-111111111111'");

    let keys = open_and(vec![
        ("/7", Search("staging power")),
        ("1/7", Key("Ctrl-T", ctrl('t'))),
    ]);
    let terminal = does(&home, "pin a role", &keys);
    terminal.wait("is pinned");

    let keys = open_and(vec![
        ("/7", Key("Ctrl-L", ctrl('l'))),
        ("Sign out of startup?", Letters("y")),
    ]);
    let terminal = does(&home, "sign out", &keys);
    terminal.wait("signed out of startup");
}
