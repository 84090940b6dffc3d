//! Support for the tests from outside: a home, a simulator, the real binary, a terminal, peers.

#![expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where their peers are"
)]

pub mod cache;
pub mod panics;
pub mod sdks;
pub mod server;
pub mod terminal;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, Once};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use roledex::internals::sim::{self, Running, Scenario};

/// Timeout of all waits. A passing test never reaches it.
pub const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// The binary under test.
pub const ROLEDEX: &str = env!("CARGO_BIN_EXE_roledex");

/// An empty home, and a simulator that its environment points to.
pub struct Home {
    pub dir: tempfile::TempDir,
    pub sim: Running,
}

impl Home {
    /// A home and a built-in scenario.
    pub fn new(scenario: &str) -> Self {
        Self::with(Scenario::named(scenario).unwrap())
    }

    /// A home and a scenario.
    pub fn with(scenario: Scenario) -> Self {
        handle_ignored_signals();
        let sim = sim::start(scenario, None).unwrap();
        let home = Self {
            dir: tempfile::tempdir().unwrap(),
            sim,
        };
        // Files are there for tests to look at, on every machine; tests/it/keyring.rs has the others.
        home.write(".config/roledex/config.toml", "store = \"file\"\n");
        home
    }

    /// A home and a scenario in TOML.
    pub fn scenario(text: &str) -> Self {
        Self::with(Scenario::parse(text).unwrap())
    }

    /// Writes the scenario's files into the home.
    pub fn fill(&self) {
        let home = self.dir.path().to_str().unwrap();
        for (path, text) in self.sim.home_files() {
            self.write(&path, &text.replace("{home}", home));
        }
    }

    /// The whole environment: nothing of the machine's but PATH, and no way to anything but the
    /// simulator (an address that nobody listens on is the proxy).
    pub fn env(&self) -> Vec<(String, String)> {
        let endpoints = self.sim.endpoints();
        let path = std::env::var("PATH").unwrap_or_default();
        [
            ("PATH", path.as_str()),
            ("HOME", self.dir.path().to_str().unwrap()),
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("SHELL", "/bin/sh"),
            ("AWS_ENDPOINT_URL_SSO_OIDC", &endpoints.oidc),
            ("AWS_ENDPOINT_URL_SSO", &endpoints.sso),
            ("AWS_ENDPOINT_URL_STS", &endpoints.sts),
            ("AWS_ENDPOINT_URL_SIGNIN", &endpoints.signin),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("HTTPS_PROXY", "http://127.0.0.1:9"),
            ("NO_PROXY", "127.0.0.1,localhost"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    }

    /// A program with this home.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.env())
            .current_dir(self.dir.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs roledex to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::new(&self.command(ROLEDEX).args(args).output().unwrap())
    }

    /// Runs roledex, which must go well, and returns its stdout.
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        ran.stdout
    }

    /// Adds every portal of the scenario.
    pub fn add_portals(&self) {
        for portal in &self.sim.endpoints().portals {
            self.ok(&[
                "portal",
                "add",
                &portal.name,
                "--start-url",
                &portal.start_url,
                "--region",
                &portal.region,
            ]);
        }
    }

    /// Adds every app of the scenario with a capture method.
    pub fn add_apps(&self, method: &str) {
        for app in &self.sim.endpoints().apps {
            self.ok(&[
                "app",
                "add",
                &app.url,
                "--portal",
                &app.portal,
                "--method",
                method,
            ]);
        }
    }

    /// Adds every portal of the scenario, and signs in to it.
    pub fn sign_in(&self) {
        self.add_portals();
        for portal in &self.sim.endpoints().portals {
            self.login(&portal.name);
        }
    }

    /// Signs in to a portal as a user would: reads the code, and allows it.
    pub fn login(&self, portal: &str) {
        let log = self.dir.path().join("login.log");
        let child = self
            .command(ROLEDEX)
            .args(["login", portal, "--no-open"])
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let code = wait_for("a code", || {
            find_code(&fs::read_to_string(&log).unwrap_or_default())
        });
        assert!(self.sim.approve(&code));
        let ran = Ran::new(&child.wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "{}", fs::read_to_string(&log).unwrap());
    }

    /// Runs roledex while a directory of the home is read-only. `None`: nothing can be mounted here.
    pub fn run_read_only(
        &self,
        directory: &str,
        env: &[(&str, &str)],
        args: &[&str],
    ) -> Option<Ran> {
        const MOUNT: &str = "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" || exit 77; shift; exec \"$@\"";
        let mut command = self.command("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", MOUNT]);
        command.arg("sh").arg(self.path(directory)).arg(ROLEDEX);
        command.args(args).envs(env.iter().copied());
        let ran = Ran::new(&command.output().ok()?);
        let mounted = ran.code != 77 && !ran.stderr.starts_with("unshare:");
        right("the right to mount in a user namespace", mounted).then_some(ran)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub fn write(&self, name: &str, text: &str) {
        self.write_bytes(name, text.as_bytes());
    }

    pub fn write_bytes(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).unwrap().write_all(bytes).unwrap();
    }
}

impl Home {
    /// Puts a directory in the place of every lock, so that none can be had and nobody waits for one.
    pub fn spoil_locks(&self) {
        for lock in fs::read_dir(self.path(".local/state/roledex/locks")).unwrap() {
            let path = lock.unwrap().path();
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
        }
    }

    /// Takes the directories of [`Home::spoil_locks`] away again.
    pub fn mend_locks(&self) {
        for lock in fs::read_dir(self.path(".local/state/roledex/locks")).unwrap() {
            fs::remove_dir(lock.unwrap().path()).unwrap();
        }
    }
}

/// A program that ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn new(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// `ABCD-EFGH` in a text.
pub fn find_code(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_uppercase() && c != '-')
        .find_map(|word| {
            let (first, second) = word.split_once('-')?;
            (first.len() == 4 && second.len() == 4).then(|| word.to_owned())
        })
}

/// An answer to a browser that is played by a test.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub location: Option<String>,
    pub text: String,
}

impl Page {
    /// The value of the hidden field `request` of its form.
    pub fn request(&self) -> &str {
        self.text
            .split("name=\"request\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap()
    }
}

/// One request on loopback, as a browser sends it; a `body` is a form's. Redirects are not followed.
pub fn browse(url: &str, body: Option<&str>) -> Page {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let method = if body.is_some() { "POST" } else { "GET" };
    let body = body.unwrap_or_default();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    let location = head
        .lines()
        .find_map(|line| Some(line.strip_prefix("location: ")?.to_owned()));
    Page {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        location,
        text: text.to_owned(),
    }
}

/// Chooses a session on the page of the sign-in service, as a user in a browser does. The answer leads
/// back to the program that asked.
pub fn pick_console_session(url: &str, arn: &str) -> Page {
    let page = browse(url, None);
    assert_eq!(page.status, 200, "{page:?}");
    let request = page.request();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("request", request)
        .append_pair("session", arn)
        .finish();
    let action = url.split('?').next().unwrap();
    let answered = browse(action, Some(&form));
    assert_eq!(answered.status, 303, "{answered:?}");
    answered
}

/// Lets no program of a test ignore a signal that the tests themselves ignore, as in the background job of a script: a
/// signal that a process handles is not ignored in the programs that it starts.
fn handle_ignored_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let set = set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
        for signal in [
            Signal::HUP,
            Signal::INT,
            Signal::QUIT,
            Signal::TERM,
            Signal::ALARM,
            Signal::USR1,
            Signal::USR2,
        ] {
            let number = signal.as_raw();
            if set.is_some_and(|set| set >> (number - 1) & 1 == 1) {
                signal_hook::flag::register(number, Arc::default()).unwrap();
            }
        }
    });
}

/// Sends a signal to a process. A bare system has no program that does it.
pub fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    kill_process(pid.unwrap(), signal).unwrap();
}

/// curl as another user of this machine. `None` where this user is not root and cannot become another.
#[cfg(unix)]
pub fn curl_as_another_user(args: &[&str]) -> Option<Ran> {
    const AS_NOBODY: [&str; 3] = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let may = Command::new("setpriv").args(AS_NOBODY).arg("true").output();
    let may = may.is_ok_and(|output| output.status.success());
    if !peer("root, to become another user", may) || !installed("curl", &["--version"]) {
        return None;
    }
    let mut curl = Command::new("setpriv");
    curl.args(AS_NOBODY).args(["curl", "-sS", "-i", "-m", "20"]);
    Some(Ran::new(&curl.args(args).output().unwrap()))
}

/// Waits until something is there.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < WAIT_TIMEOUT, "waited in vain for {what}");
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// `true` if a test that needs a real peer can run. An absent peer is reported, and is a failure if
/// `ROLEDEX_TEST_REQUIRE=all` requires every test to run.
pub fn peer(name: &str, found: bool) -> bool {
    if !found {
        let required = std::env::var("ROLEDEX_TEST_REQUIRE").is_ok_and(|what| what == "all");
        assert!(!required, "{name} is missing, and ROLEDEX_TEST_REQUIRE=all");
        report_missing(name);
    }
    found
}

/// As [`peer`], for a right of the user that runs the tests: it cannot be installed, so that it is reported only.
pub fn right(name: &str, granted: bool) -> bool {
    if !granted {
        report_missing(name);
    }
    granted
}

/// The peers that were reported as missing.
static MISSING: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Reports a missing peer once: at once on the real stderr (libtest hides what a test that passes prints
/// with the macros), and in the file that `tests/summary.rs` prints at the end of a run. A test that did not
/// run must not look like one that passed.
fn report_missing(name: &str) {
    let mut missing = MISSING.lock().unwrap();
    if missing.insert(name.to_owned()) {
        let line = format!("not tested: {name} is missing\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(directory).unwrap();

        let mut list = fs::File::options()
            .create(true)
            .append(true)
            .open(directory.join("absent-peers"))
            .unwrap();
        list.write_all(format!("{name}\n").as_bytes()).unwrap();
    }
}

/// The Python that has botocore.
pub fn botocore() -> Option<PathBuf> {
    let python = std::env::var("ROLEDEX_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", "import boto3"]).output();
    peer(
        "python3 with boto3",
        found.is_ok_and(|output| output.status.success()),
    )
    .then(|| python.into())
}

/// [`botocore`] with the extension that console sessions need.
pub fn botocore_with_login() -> Option<PathBuf> {
    let python = botocore()?;
    let script = "import awscrt, botocore.credentials; botocore.credentials.LoginProvider";
    let found = Command::new(&python).args(["-c", script]).output();
    let found = found.is_ok_and(|output| output.status.success());
    peer("python3 with boto3[crt]", found).then_some(python)
}

/// AWS CLI 2: `ROLEDEX_TEST_AWS`, else `aws`, which may well be a version 1.
pub fn aws_cli() -> Option<String> {
    let aws = std::env::var("ROLEDEX_TEST_AWS").unwrap_or_else(|_| "aws".to_owned());
    let version = Command::new(&aws).arg("--version").output();
    peer(
        "AWS CLI 2",
        version.is_ok_and(|output| output.stdout.starts_with(b"aws-cli/2.")),
    )
    .then_some(aws)
}

/// Nushell: `ROLEDEX_TEST_NU`, else `nu`.
pub fn nushell() -> Option<String> {
    let nu = std::env::var("ROLEDEX_TEST_NU").unwrap_or_else(|_| "nu".to_owned());
    installed(&nu, &["--version"]).then_some(nu)
}

/// fzf: `ROLEDEX_TEST_FZF`, else `fzf`; and whether it is new enough for `'words'`.
pub fn fzf() -> Option<(String, bool)> {
    let fzf = std::env::var("ROLEDEX_TEST_FZF").unwrap_or_else(|_| "fzf".to_owned());
    let version = Command::new(&fzf).arg("--version").output();
    peer("fzf", version.is_ok()).then_some(())?;
    let version = String::from_utf8(version.ok()?.stdout).ok()?;
    let minor: u32 = version.split('.').nth(1)?.parse().ok()?;
    Some((fzf, !version.starts_with("0.") || minor >= 54))
}

/// `true` if a program can be started.
pub fn installed(name: &str, probe: &[&str]) -> bool {
    peer(name, Command::new(name).args(probe).output().is_ok())
}

/// Asks STS who a profile is, through botocore.
pub fn caller_of(home: &Home, python: &Path, profile: &str) -> String {
    let script = "import boto3, sys; print(boto3.Session(profile_name=sys.argv[1]).client('sts', region_name='eu-west-1').get_caller_identity()['Arn'])";
    let output = home
        .command(python.to_str().unwrap())
        .args(["-c", script, profile])
        .output()
        .unwrap();
    let ran = Ran::new(&output);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stdout
}
