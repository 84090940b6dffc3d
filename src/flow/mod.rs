//! Use cases: sign in, discover, obtain, materialize, refresh, status, sign out.
//!
//! The single path of the switcher and of the commands: `tui::runtime` and `cli` call the same
//! functions here, and only here do `aws`, `store` and `shell` meet. Nothing here draws or prints:
//! what a caller has to show comes back as a value, or through a sink, and what only the user knows is asked for
//! through a trait that the caller implements.

pub(crate) mod apps;
mod browser;
mod capture;
mod chain;
pub(crate) mod console;
mod console_capture;
pub(crate) mod console_sign_in;
mod discover;
mod doctor;
mod endpoints;
mod environment;
mod external;
mod guard;
mod history;
pub(crate) mod import;
mod live;
mod main_profile;
mod materialize;
mod notice;
mod obtain;
mod origin;
mod own;
mod portals;
pub(crate) mod posted;
mod program;
mod region;
pub(crate) mod renewal;
mod resolve;
mod set_region;
mod settings;
mod sign_in;
mod sign_out;
mod status;
pub(crate) mod sync;
mod tokens;
mod undo;
mod waits;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::Duration;

use crate::aws::http::Http;
use crate::aws::throttle::Bucket;
use crate::config::{Ctx, Settings};
use crate::domain::locked::locked;
use crate::domain::profile::Used;
use crate::domain::waiting::Waiting;
use crate::domain::{EntryId, Method, Portal, Problem};
use crate::store::aws_files::{AwsFiles, Edit, Snapshot, Written};
use crate::store::credential_store::CredentialStore;
use crate::store::login_cache::LoginCache;
use crate::store::token_cache::TokenCache;

pub use crate::aws::listing::Priority;
pub(crate) use crate::shell::export::Variables;
pub(crate) use external::check_role;
pub use guard::Confirmation;
pub(crate) use guard::Permit;
pub(crate) use obtain::stored;
pub(crate) use origin::Origins;
pub(crate) use sign_out::SignedOut;

/// Timeout of a wait for a lock that another process holds.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// A command is not asked again for an answer that it was given so lately (seconds).
const JUST_NOW_SECONDS: i64 = 60;

/// The use cases, on one context. Cheap to clone; clones share connections and request budgets.
#[derive(Clone)]
pub struct Flow {
    inner: Arc<Inner>,
    waiting: Waiting,
}

struct Inner {
    ctx: Arc<Ctx>,
    files: AwsFiles,
    tokens: TokenCache,
    /// Console sessions, shared with the AWS CLI and the SDKs.
    logins: LoginCache,
    credentials: CredentialStore,
    /// Built at the first request: the hot path never pays for it (docs/architecture.md#budgets).
    http: OnceLock<Http>,
    /// One token bucket per portal (docs/requirements.md#portal-quota).
    buckets: Mutex<BTreeMap<Arc<str>, Bucket>>,
    /// Access tokens (by portal) that the service refused though they had not expired (docs/requirements.md#sessions-end-early).
    refused: Mutex<BTreeSet<Arc<str>>>,
    /// Access tokens (by portal) that could not be saved.
    unsaved: Mutex<BTreeMap<Arc<str>, tokens::Unsaved>>,
    /// The sign-ins that this process has seen last, by portal.
    sign_ins: Mutex<BTreeMap<Arc<str>, tokens::SignIn>>,
    /// The portals that answered last, of instances that have several.
    used: Mutex<BTreeSet<Arc<str>>>,
    /// Portals whose own interface refused in this process.
    apps_refused: Mutex<BTreeSet<Arc<str>>>,
    /// SAML responses that STS still takes.
    assertions: Mutex<capture::Assertions>,
    /// Hosts at which a headless browser has just failed, and when.
    headless_failures: Mutex<BTreeMap<String, tokio::time::Instant>>,
    warnings: endpoints::Warnings,
    /// A code of an MFA device, and the sessions that were made with one.
    mfa: Mutex<own::Mfa>,
    /// Credentials that are not stored, of this process.
    unstored: Mutex<BTreeMap<EntryId, obtain::Unstored>>,
    /// The last profile that was used.
    last_used: Mutex<Option<Used>>,
    /// The capture method of this process, in place of the settings'.
    method: OnceLock<Method>,
    /// Guarded entries that the user confirmed.
    confirmed: Mutex<guard::ConfirmedEntries>,
    /// The settings as they were read or changed last.
    settings: RwLock<Arc<Settings>>,
    /// One renewal of each sign-in at a time in this process, by the portal's name or the console session's ARN;
    /// other processes are held off by the lock file.
    turns: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// The problem of the second half of a change whose first half is done. `title` says so.
fn half_done(problem: Problem, title: impl AsRef<str>) -> Problem {
    let words = "nothing was changed";
    let hint = problem.hint.as_ref().map(|hint| {
        let hint = hint.replace(&format!("{words}; "), "");
        hint.replace(&format!("; {words}"), "")
    });
    let problem = problem.causing(title);
    match hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

impl Flow {
    /// The use cases on a context.
    #[must_use]
    pub fn new(ctx: Arc<Ctx>) -> Self {
        Self {
            waiting: Waiting::default(),
            inner: Arc::new(Inner {
                files: AwsFiles::new(&ctx.dirs),
                tokens: TokenCache::new(&ctx.dirs),
                logins: LoginCache::new(&ctx.dirs),
                credentials: CredentialStore::new(&ctx.dirs, ctx.settings.store, ctx.clock.clone()),
                http: OnceLock::new(),
                buckets: Mutex::default(),
                refused: Mutex::default(),
                unsaved: Mutex::default(),
                sign_ins: Mutex::default(),
                used: Mutex::default(),
                apps_refused: Mutex::default(),
                assertions: Mutex::default(),
                headless_failures: Mutex::default(),
                warnings: endpoints::Warnings::default(),
                mfa: Mutex::default(),
                unstored: Mutex::default(),
                last_used: Mutex::default(),
                method: OnceLock::new(),
                confirmed: Mutex::default(),
                settings: RwLock::new(Arc::new(ctx.settings.clone())),
                turns: Mutex::default(),
                ctx,
            }),
        }
    }

    /// The context.
    #[must_use]
    pub fn ctx(&self) -> &Ctx {
        &self.inner.ctx
    }

    /// Changes the AWS files, after other processes that change them. Blocks the thread: see [`Flow::apart`].
    fn edit(&self, edits: &[Edit]) -> Result<Written, Problem> {
        // Other processes may be changing them, or they are long.
        let _wait = self.waiting.start("a change of the AWS files");
        Ok(self.inner.files.edit(edits)?)
    }

    /// The same if that is allowed by a look at the files while no other process changes them.
    fn edit_if(
        &self,
        edits: &[Edit],
        allows: impl Fn(&Snapshot) -> Result<(), Problem>,
    ) -> Result<Written, Problem> {
        let _wait = self.waiting.start("a change of the AWS files");
        let allows = |files| allows(&self.with_instances(files));
        Ok(self.inner.files.edit_if(edits, &allows)?)
    }

    /// Runs work that may wait for other processes off the runtime's thread: in the switcher, that thread serves all
    /// that is under way. Work that has begun is completed, also where nobody waits for it any more.
    pub(crate) async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let flow = self.clone();
        tokens::blocking(move || work(&flow)).await
    }

    /// Both AWS files, as they are now.
    fn snapshot(&self) -> Result<Snapshot, Problem> {
        let _wait = self.waiting.start("the AWS files");
        Ok(self.with_instances(self.inner.files.read()?))
    }

    /// The files with what the settings say about the instances of portals.
    fn with_instances(&self, mut files: Snapshot) -> Snapshot {
        let settings = self.settings();
        let portals = &settings.portals;
        let declared = |name: &str| portals.get(name)?.instance.as_deref();
        if portals.values().any(|portal| portal.instance.is_some()) {
            files.declare_instances(declared);
        }
        files
    }

    fn http(&self) -> Result<&Http, Problem> {
        if let Some(http) = self.inner.http.get() {
            return Ok(http);
        }
        let ca_bundle = self.snapshot()?.value(self.profile_in_env(), "ca_bundle");
        let http = Http::new(
            &self.ctx().env,
            ca_bundle.as_deref().map(std::path::Path::new),
        )?;
        Ok(self.inner.http.get_or_init(|| http))
    }

    /// The profile whose endpoint settings and CA bundle apply, as for the AWS CLI.
    fn profile_in_env(&self) -> &str {
        let env = &self.ctx().env;
        env.get("AWS_PROFILE")
            .or_else(|| env.get("AWS_DEFAULT_PROFILE"))
            .unwrap_or("default")
    }

    /// One for all portals of an instance: they share its quota.
    fn bucket(&self, portal: &Portal) -> Result<Bucket, Problem> {
        let per_second = self.ctx().requests_per_second()?;
        let files = self.snapshot()?;
        let names = files.instances().names(&portal.name);
        let name = names.first().unwrap_or(&portal.name);
        let mut buckets = locked(&self.inner.buckets);
        let bucket = buckets
            .entry(Arc::clone(name))
            .or_insert_with(|| Bucket::new(per_second));
        Ok(bucket.clone())
    }
}
