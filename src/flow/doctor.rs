//! Is all well? The facts behind `roledex doctor`, and mending what is ours to mend.

mod names;
mod portals;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use super::Flow;
use super::program::{Program, ProgramName};
use crate::aws::http::Http;
use crate::config::settings::StorePolicy;
use crate::config::{Env, Settings};
use crate::domain::health::{
    COMPETING, Check, EnvironmentFact, FileFact, FileRole, ProcessFact, ProcessTrouble, Status,
    TerminalFact, check_clock, check_environment, check_mode, check_process, check_terminal, shown,
    split_command,
};
use crate::domain::profile::Mode;
use crate::domain::text::word;
use crate::domain::time::{seconds_left, span};
use crate::domain::{EntryId, Method, Problem};
use crate::saml::capture::browser;
use crate::store::aws_files::{Body, Edit, Profile, Snapshot};
use crate::store::permissions;
use crate::store::remembered::Learnt;

/// Timeout of `aws --version`.
const CHECK_TIMEOUT: Duration = Duration::from_secs(10);

/// The first AWS CLI that reads `sso-session`.
const SSO_SESSION_SINCE: (u32, u32) = (2, 9);

/// Something that `--fix` does.
enum Fix {
    Mode(PathBuf, u32),
    Keys(String),
    Process(String, EntryId),
}

impl Flow {
    /// Looks at everything. Only with `online` is the network used. What goes wrong is a check.
    pub async fn check(&self, online: bool, terminal: &TerminalFact) -> Vec<Check> {
        let mut checks = vec![self.settings_check()];
        let snapshot = self.files_checks(&mut checks);
        checks.extend(self.permission_checks());
        if let Some(snapshot) = &snapshot {
            self.profile_checks(snapshot, &mut checks);
            checks.extend(self.endpoint_checks(snapshot));
        }
        checks.extend(self.environment_checks(snapshot.as_ref()));
        let http = self.network_checks(snapshot.as_ref(), &mut checks);
        self.clock_checks(online, http.as_ref(), snapshot.as_ref(), &mut checks)
            .await;
        checks.extend(self.capture_checks());
        checks.push(self.keyring_check());
        checks.push(self.aws_cli_check().await);
        checks.push(check_terminal(terminal));
        checks
    }

    /// Mends what is ours to mend, and says what it did.
    ///
    /// # Errors
    /// Files that cannot be read or written.
    pub fn fix(&self) -> Result<Vec<String>, Problem> {
        let mut done = Vec::new();
        let mut edits = Vec::new();
        let home = &self.ctx().dirs.home;
        let snapshot = self.snapshot()?;
        for fix in self.fixes(&snapshot) {
            match fix {
                Fix::Mode(path, mode) => {
                    permissions::set(&path, mode)?;
                    done.push(format!(
                        "set the mode of {} to {mode:04o}",
                        shown(&path, home)
                    ));
                }
                Fix::Keys(name) => {
                    done.push(format!("removed the expired keys of the profile {name}"));
                    edits.push(Edit::RemoveProfile { name });
                }
                Fix::Process(name, entry) => {
                    done.push(format!(
                        "updated the credential_process of the profile {name}"
                    ));
                    edits.push(Edit::PutProfile {
                        body: Body::Process {
                            command: self.process_command(&entry)?,
                        },
                        name,
                        entry,
                        region: None,
                        output: None,
                        force: false,
                    });
                }
            }
        }
        let names_program = |edit: &Edit| matches!(edit, Edit::PutProfile { .. });
        if edits.iter().any(names_program) {
            self.link_program()?;
        }
        if !edits.is_empty() {
            self.edit(&edits)?;
        }
        let mut had_refusals = false;
        Learnt::change(&self.ctx().dirs, |learnt| {
            had_refusals = learnt.forget_all_refusals();
        })?;
        if had_refusals {
            done.push("cleared the remembered refusals of portals".to_owned());
        }
        Ok(done)
    }

    fn fixes(&self, snapshot: &Snapshot) -> Vec<Fix> {
        let mut fixes = Vec::new();
        let (facts, _) = self.file_facts();
        for fact in facts.iter().filter(|fact| fact.role == FileRole::Ours) {
            if let Some((_, mode)) = check_mode(fact) {
                fixes.push(Fix::Mode(fact.path.clone(), mode));
            }
        }
        for profile in snapshot.profiles() {
            if self.has_expired_keys(&profile) && profile.entry.is_some() {
                fixes.push(Fix::Keys(profile.name));
            } else if let Some(id) = &profile.entry
                && let Some(fact) = self.process_fact(snapshot, &profile)
                && matches!(
                    check_process(&fact),
                    Some(ProcessTrouble::Elsewhere(_) | ProcessTrouble::Quoted)
                )
            {
                fixes.push(Fix::Process(profile.name, id.clone()));
            }
        }
        fixes
    }

    fn settings_check(&self) -> Check {
        let path = self.ctx().dirs.settings_file();
        match Settings::load(&self.ctx().dirs) {
            Ok(_) => Check::new(
                "settings",
                Status::Ok,
                format!("the settings in {} are valid", self.shown(&path)),
            ),
            Err(problem) => failed("settings", &problem),
        }
    }

    fn keyring_check(&self) -> Check {
        let works = self.inner.credentials.keyring_works();
        let check = |state, what: String| Check::new("keyring", state, what);
        match (self.ctx().settings.store, works) {
            (StorePolicy::File, _) => check(
                Status::Skipped,
                "credentials are in files that only you can read, as set in the settings"
                    .to_owned(),
            ),
            (_, Ok(())) => check(
                Status::Ok,
                "credentials are in the system's keyring".to_owned(),
            ),
            (StorePolicy::Auto, Err(why)) => check(
                Status::Skipped,
                format!("{why}: credentials are in files that only you can read"),
            ),
            (StorePolicy::Keyring, Err(why)) => {
                let what = format!("{why}, and the settings allow no other store");
                check(Status::Error, what).hint("set store to auto or file")
            }
        }
    }

    fn files_checks(&self, checks: &mut Vec<Check>) -> Option<Snapshot> {
        let dirs = &self.ctx().dirs;
        let snapshot = match self.snapshot() {
            Ok(snapshot) => snapshot,
            Err(problem) => {
                checks.push(failed("files", &problem));
                return None;
            }
        };
        let portals = snapshot.portals().len();
        checks.push(Check::new(
            "files",
            Status::Ok,
            format!(
                "{} and {} can be read: {portals} portal(s), {} profile(s)",
                self.shown(&dirs.aws_config),
                self.shown(&dirs.aws_credentials),
                snapshot.profiles().len()
            ),
        ));
        match self.inner.files.duplicates() {
            Ok(found) if found.is_empty() => checks.push(Check::new(
                "duplicates",
                Status::Ok,
                "no duplicate sections or keys",
            )),
            Ok(found) => {
                checks.extend(found.iter().map(|duplicate| {
                    let mut duplicate = duplicate.clone();
                    duplicate.path = self.shown(&duplicate.path).into();
                    duplicate.check()
                }));
            }
            Err(error) => checks.push(failed("duplicates", &error.into())),
        }
        Some(snapshot)
    }

    /// Every file whose mode matters; and what kept us from looking.
    fn file_facts(&self) -> (Vec<FileFact>, Vec<Problem>) {
        let dirs = &self.ctx().dirs;
        let owners = dirs.owners();
        let (mut facts, mut problems) = (Vec::new(), Vec::new());
        let mut one = |path: &Path, role| match permissions::look(&owners, path, role) {
            Ok(fact) => facts.extend(fact),
            Err(error) => problems.push(error.into()),
        };
        for file in [&dirs.aws_config, &dirs.aws_credentials] {
            if let Some(directory) = file.parent() {
                one(directory, FileRole::Surroundings);
            }
        }
        one(&dirs.sso_cache, FileRole::Surroundings);
        one(&dirs.aws_config, FileRole::Shared);
        one(&dirs.aws_credentials, FileRole::SharedSecret);
        one(&dirs.config, FileRole::Surroundings);
        one(&dirs.settings_file(), FileRole::Shared);
        for (directory, role) in [
            (&dirs.sso_cache, FileRole::SharedSecret),
            (&dirs.state, FileRole::Ours),
        ] {
            match permissions::look_through(&owners, directory, role) {
                Ok(found) => facts.extend(found.into_iter().filter(|fact| {
                    role == FileRole::Ours
                        || (!fact.is_directory
                            && fact.path.extension().is_some_and(|e| e == "json"))
                })),
                Err(error) => problems.push(error.into()),
            }
        }
        // No secrets, but what they say is believed.
        match permissions::look_through(&owners, &dirs.cache, FileRole::Shared) {
            Ok(found) => facts.extend(found.into_iter().filter(|fact| fact.foreign.is_some())),
            Err(error) => problems.push(error.into()),
        }
        // The browser keeps what is in there to itself, behind this one directory.
        match permissions::look(&owners, &self.browser_profile(), FileRole::Ours) {
            Ok(fact) => facts.extend(fact),
            Err(error) => problems.push(error.into()),
        }
        (facts, problems)
    }

    fn permission_checks(&self) -> Vec<Check> {
        let id = "permissions";
        if !cfg!(unix) {
            return vec![Check::new(
                id,
                Status::Skipped,
                "this system has no file modes",
            )];
        }
        let (facts, problems) = self.file_facts();
        let mut checks: Vec<Check> = problems.iter().map(|problem| failed(id, problem)).collect();
        for fact in &facts {
            if let Some(foreign) = &fact.foreign {
                let what = format!("{} {}", self.shown(&fact.path), foreign.reason);
                checks.push(Check::new(id, Status::Error, what).hint(format!(
                    "move it away, or make it yours if you trust it: {}",
                    foreign.fix
                )));
            }
            let Some((state, mode)) = check_mode(fact) else {
                continue;
            };
            let path = self.shown(&fact.path);
            let who = if fact.mode & 0o022 != 0 {
                "written"
            } else {
                "read"
            };
            let check = Check::new(
                id,
                state,
                format!(
                    "{path} can be {who} by others: its mode is {:04o}",
                    fact.mode
                ),
            );
            checks.push(if fact.role == FileRole::Ours {
                check.hint("run: roledex doctor --fix")
            } else {
                check.hint(format!("run: chmod {mode:o} {path}"))
            });
        }
        if checks.is_empty() {
            let what = format!("{} files and directories are private", facts.len());
            checks.push(Check::new(id, Status::Ok, what));
        }
        checks
    }

    fn profile_checks(&self, snapshot: &Snapshot, checks: &mut Vec<Check>) {
        let (mut shadowed, mut expired, mut processes) = (Vec::new(), Vec::new(), Vec::new());
        for profile in snapshot.profiles() {
            let name = &profile.name;
            shadowed.extend(profile.shadowed.iter().map(|shadow| {
                Check::new(
                    "shadowed",
                    Status::Warning,
                    format!("the profile {name} does not take effect: {shadow}"),
                )
                .hint(format!(
                    "remove [{name}] from {}",
                    self.shown(&self.ctx().dirs.aws_credentials)
                ))
            }));
            if self.has_expired_keys(&profile)
                && let Some(at) = profile.expires_at
            {
                let ago = span(seconds_left(at, self.ctx().clock.now()));
                let check = Check::new(
                    "expired_keys",
                    Status::Warning,
                    format!("the keys of the profile {name} expired {ago} ago"),
                );
                expired.push(if profile.entry.is_some() {
                    check.hint(format!(
                        "to renew them, run: roledex refresh {}; to remove them, run: roledex doctor --fix",
                        word(name)
                    ))
                } else {
                    check.hint("renew them with the tool that wrote them, or remove them")
                });
            }
            processes.extend(self.process_check(snapshot, &profile));
        }
        let mut programs_are_there =
            "every credential_process names an existing program".to_owned();
        if let Some((name, about)) = self.program_in_profiles(snapshot) {
            match name {
                ProgramName::Quoted(_) => {
                    processes.push(Check::new("credential_process", Status::Warning, about));
                }
                _ => programs_are_there = about,
            }
        }
        for (id, found, well) in [
            (
                "names",
                names::checks(snapshot),
                "every AWS SDK can read the names of your profiles and portals",
            ),
            (
                "portals",
                portals::checks(snapshot),
                "no portal is an account access manager",
            ),
            ("shadowed", shadowed, "no keys override a profile"),
            ("expired_keys", expired, "no expired keys"),
            ("credential_process", processes, programs_are_there.as_str()),
        ] {
            if found.is_empty() {
                checks.push(Check::new(id, Status::Ok, well));
            }
            checks.extend(found);
        }
    }

    /// The name of this program in profiles, and the reason for it, where a profile does not have the
    /// plain path.
    fn program_in_profiles(&self, snapshot: &Snapshot) -> Option<(ProgramName, String)> {
        let ours =
            |profile: &Profile| profile.entry.is_some() && profile.mode == Some(Mode::Process);
        snapshot.profiles().iter().find(|profile| ours(profile))?;
        let program = self.program().ok()?;
        let about = self.about_program(&program)?;
        Some((program.name, about))
    }

    fn has_expired_keys(&self, profile: &Profile) -> bool {
        let has_keys = profile.mode == Some(Mode::Static) || profile.entry.is_none();
        has_keys
            && profile
                .expires_at
                .is_some_and(|at| at <= self.ctx().clock.now())
    }

    fn process_fact(&self, snapshot: &Snapshot, profile: &Profile) -> Option<ProcessFact> {
        let command = snapshot.value(&profile.name, "credential_process")?;
        let program = split_command(&command).and_then(|words| words.into_iter().next());
        let this = self.program().ok();
        let this_path = this.as_ref().map(|this| this.path.to_string_lossy());
        Some(ProcessFact {
            profile: profile.name.clone(),
            program_exists: program
                .is_some_and(|program| self.ctx().env.find_program(&program).is_some()),
            ours: profile
                .entry
                .as_ref()
                .and_then(|id| Some(this.as_ref()?.command(id))),
            this_program: this_path.unwrap_or_default().into_owned(),
            leads_here: this.as_ref().is_none_or(Program::is_in_place),
            command,
        })
    }

    fn process_check(&self, snapshot: &Snapshot, profile: &Profile) -> Option<Check> {
        let fact = self.process_fact(snapshot, profile)?;
        let name = &profile.name;
        let check = |what: String| Check::new("credential_process", Status::Warning, what);
        Some(match check_process(&fact)? {
            ProcessTrouble::Missing(program) => check(format!(
                "the profile {name} runs {program}, which does not exist"
            ))
            .hint("install it, or remove the profile"),
            ProcessTrouble::Elsewhere(program) => check(format!(
                "the profile {name} runs {program}, which is not this program"
            ))
            .hint("run: roledex doctor --fix"),
            ProcessTrouble::Quoted => check(format!(
                "the credential_process of the profile {name} has its path in quotes, which the AWS SDK \
                 for Go v1 cannot read"
            ))
            .hint("run: roledex doctor --fix"),
            ProcessTrouble::Changed => check(format!(
                "the credential_process of the profile {name} was edited"
            ))
            .hint(format!("to write it again, run: roledex use {}", word(name))),
            ProcessTrouble::Unreadable => check(format!(
                "cannot parse the credential_process of the profile {name}"
            ))
            .hint("check its quotes"),
        })
    }

    fn environment_checks(&self, snapshot: Option<&Snapshot>) -> Vec<Check> {
        let env = &self.ctx().env;
        let profile = env
            .get("AWS_PROFILE")
            .or_else(|| env.get("AWS_DEFAULT_PROFILE"));
        let fact = EnvironmentFact {
            competing: COMPETING
                .into_iter()
                .filter(|name| env.get_os(name).is_some())
                .collect(),
            profile: profile.map(|name| {
                let exists = snapshot.is_none_or(|snapshot| snapshot.profile(name).is_some());
                (name.to_owned(), exists || name == "default")
            }),
            expires_at: env
                .get("AWS_CREDENTIAL_EXPIRATION")
                .and_then(|text| text.parse().ok()),
            entry: env.get("ROLEDEX_ENTRY").map(str::to_owned),
        };
        check_environment(&fact, self.ctx().clock.now())
    }

    /// Proxies and certificates; returns the client where it can be had.
    fn network_checks(&self, snapshot: Option<&Snapshot>, checks: &mut Vec<Check>) -> Option<Http> {
        let env = &self.ctx().env;
        let proxies = [
            "https_proxy",
            "HTTPS_PROXY",
            "http_proxy",
            "HTTP_PROXY",
            "no_proxy",
            "NO_PROXY",
        ];
        let without_proxies = proxies
            .iter()
            .fold(env.clone(), |env, name| env.without(name));
        // Each of the two is judged without the other.
        let bundle = snapshot.and_then(|s| s.value(self.profile_in_env(), "ca_bundle"));
        let named = env.get("AWS_CA_BUNDLE").or(bundle.as_deref());
        checks.push(proxy_check(env));
        checks.push(
            match (
                Http::new(&without_proxies, bundle.as_deref().map(Path::new)),
                named,
            ) {
                (Err(error), _) => failed("ca_bundle", &error.into()),
                (Ok(_), Some(path)) => Check::new(
                    "ca_bundle",
                    Status::Ok,
                    format!("the certificates in {path} are valid"),
                ),
                (Ok(_), None) => Check::new(
                    "ca_bundle",
                    Status::Ok,
                    "using the certificates of this system",
                ),
            },
        );
        Http::new(env, bundle.as_deref().map(Path::new)).ok()
    }

    async fn clock_checks(
        &self,
        online: bool,
        http: Option<&Http>,
        snapshot: Option<&Snapshot>,
        checks: &mut Vec<Check>,
    ) {
        let portals = snapshot.map(Snapshot::portals).unwrap_or_default();
        let skipped = |why: &str| {
            ["network", "clock"].map(|id| Check::new(id, Status::Skipped, why.to_owned()))
        };
        let (Some(http), Some(snapshot), true) = (http, snapshot, online) else {
            checks.extend(skipped("checked with --online"));
            return;
        };
        if portals.is_empty() {
            checks.extend(skipped("no portals"));
            return;
        }
        let endpoints = match self.endpoints(snapshot) {
            Ok(endpoints) => endpoints,
            Err(problem) => {
                checks.push(failed("network", &problem));
                checks.push(Check::new(
                    "clock",
                    Status::Skipped,
                    "nothing could be reached",
                ));
                return;
            }
        };
        let mut clock = None;
        for portal in &portals {
            let endpoint = endpoints.oidc(&portal.region, &portal.start_url);
            match http.date_of(&endpoint).await {
                Ok(date) => {
                    clock = clock.or(date);
                    let what = format!("{} is reachable at {endpoint}", portal.name);
                    checks.push(Check::new("network", Status::Ok, what));
                }
                Err(error) => {
                    let problem = Problem::from(error);
                    let mut check = failed("network", &problem);
                    check.what = format!("{}: {}", portal.name, check.what);
                    checks.push(check);
                }
            }
        }
        checks.push(match clock {
            Some(there) => check_clock(self.ctx().clock.now(), there),
            None => Check::new("clock", Status::Skipped, "no answer had a date"),
        });
    }

    fn capture_checks(&self) -> Vec<Check> {
        let ctx = self.ctx();
        let apps = self.apps().unwrap_or_default();
        let needed = apps
            .iter()
            .any(|app| matches!(app.method, Method::Auto | Method::Browser));
        let found = browser::find(&ctx.env, ctx.settings.browser.as_deref());
        let mut checks = Vec::new();
        checks.push(match found {
            Ok(path) => Check::new(
                "browser",
                Status::Ok,
                format!("the capture browser is {}", path.display()),
            ),
            Err(_) if !needed => Check::new(
                "browser",
                Status::Skipped,
                "no capture browser found, and no app needs one",
            ),
            Err(error) => {
                let mut check = failed("browser", &error.problem("the capture browser"));
                check.state = Status::Warning;
                check
            }
        });
        checks.push(if browser::has_display(&ctx.env) {
            Check::new("display", Status::Ok, "browser windows can be shown")
        } else if needed {
            Check::new(
                "display",
                Status::Warning,
                "no display for the capture browser",
            )
            .hint("sign in on a machine with a display, or use: roledex use ENTRY --assertion FILE")
        } else {
            Check::new(
                "display",
                Status::Skipped,
                "no display, and no app needs one",
            )
        });
        checks
    }

    /// The AWS CLI is not needed, but reads what we write.
    async fn aws_cli_check(&self) -> Check {
        let id = "aws_cli";
        let env = &self.ctx().env;
        let Some(program) = env.find_program("aws") else {
            return Check::new(
                id,
                Status::Skipped,
                "the AWS CLI is not installed; roledex does not need it",
            );
        };
        let run = tokio::process::Command::new(program)
            .arg("--version")
            .env_clear()
            .envs(env.iter())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let text = match tokio::time::timeout(CHECK_TIMEOUT, run).await {
            Ok(Ok(output)) => String::from_utf8_lossy(&output.stdout).into_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => String::new(),
        };
        let version = text
            .split_whitespace()
            .next()
            .and_then(|word| word.strip_prefix("aws-cli/"));
        let Some(version) = version else {
            return Check::new(
                id,
                Status::Warning,
                "cannot read the version of the AWS CLI",
            )
            .hint("run: aws --version");
        };
        let mut numbers = version
            .split('.')
            .map_while(|part| part.parse::<u32>().ok());
        let number = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        let what = format!("the AWS CLI is {version}");
        if number.0 >= 2 && number < SSO_SESSION_SINCE {
            return Check::new(
                id,
                Status::Warning,
                format!("{what}, which does not support sso-session"),
            )
            .hint("update it, or use another profile type: roledex use --as process");
        }
        Check::new(id, Status::Ok, what)
    }

    fn shown(&self, path: &Path) -> String {
        shown(path, &self.ctx().dirs.home)
    }
}

/// A problem as an error of a check.
pub(super) fn failed(id: &'static str, problem: &Problem) -> Check {
    let check = Check::new(id, Status::Error, problem.to_string());
    match &problem.hint {
        Some(hint) => check.hint(&**hint),
        None => check,
    }
}

fn proxy_check(env: &Env) -> Check {
    let id = "proxy";
    if let Err(error) = Http::new(&env.clone().without("AWS_CA_BUNDLE"), None) {
        return failed(id, &error.into());
    }
    let of = |lower: &str, upper: &str| -> Option<(String, bool)> {
        let (small, large) = (env.get(lower), env.get(upper));
        let differ = small.is_some() && large.is_some() && small != large;
        // A proxy's URL may hold a password.
        let host = url::Url::parse(small.or(large)?).ok().and_then(|url| {
            let host = url.host_str()?.to_owned();
            Some(
                url.port()
                    .map_or_else(|| host.clone(), |port| format!("{host}:{port}")),
            )
        });
        Some((host.unwrap_or_else(|| "a proxy".to_owned()), differ))
    };
    match (
        of("https_proxy", "HTTPS_PROXY"),
        of("http_proxy", "HTTP_PROXY"),
    ) {
        (Some((host, true)), _) => Check::new(
            id,
            Status::Warning,
            format!("https_proxy and HTTPS_PROXY differ; {host} is used"),
        )
        .hint("set both to the same value, or unset one"),
        (Some((host, false)), _) => {
            Check::new(id, Status::Ok, format!("connecting to AWS through {host}"))
        }
        (None, Some(_)) => Check::new(
            id,
            Status::Warning,
            "HTTP_PROXY is set but HTTPS_PROXY is not, so connections to AWS are direct",
        )
        .hint("set HTTPS_PROXY if connections to AWS need the proxy"),
        (None, None) => Check::new(id, Status::Ok, "no proxy"),
    }
}
