//! The endpoints of the services, and the warning about those without encryption.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use super::Flow;
use crate::aws::endpoints::Endpoints;
use crate::domain::Problem;
use crate::domain::health::{Check, Status};
use crate::domain::locked::locked;
use crate::domain::text::with_tilde;
use crate::store::aws_files::Snapshot;

type Sink = Box<dyn Fn(&str) + Send + Sync>;

/// The warnings of one run.
#[derive(Default)]
pub(super) struct Warnings {
    sinks: Mutex<Vec<Sink>>,
    /// `true` once the warning about endpoints is given.
    given: AtomicBool,
    /// `true` once the warning about a catalog that cannot be read is given.
    of_catalog: AtomicBool,
    /// `true` once the warning about the clock is given.
    of_clock: AtomicBool,
}

impl Warnings {
    fn sinks(&self) -> MutexGuard<'_, Vec<Sink>> {
        locked(&self.sinks)
    }
}

impl fmt::Debug for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Warnings").finish_non_exhaustive()
    }
}

impl Flow {
    /// Adds a place where warnings go. Without one they are only logged.
    pub fn on_warning(&self, sink: impl Fn(&str) + Send + Sync + 'static) {
        self.inner.warnings.sinks().push(Box::new(sink));
    }

    pub(super) fn warn(&self, text: &str) {
        tracing::warn!(text);
        for sink in &*self.inner.warnings.sinks() {
            sink(text);
        }
    }

    /// Warns once of a cached catalog that cannot be read.
    pub(super) fn warn_of_catalog(&self, problem: &Problem) {
        if !self.inner.warnings.of_catalog.swap(true, Ordering::Relaxed) {
            let text = format!("the saved list of accounts and roles is not used ({problem})");
            self.warn(&with_tilde(&text, &self.ctx().dirs.home));
        }
    }

    /// Warns once of a clock that is wrong by AWS's answers.
    pub(super) fn warn_of_clock(&self) {
        if let Some(text) = self.clock_warning()
            && !self.inner.warnings.of_clock.swap(true, Ordering::Relaxed)
        {
            self.warn(&text);
        }
    }

    /// Gives the warning about endpoints without encryption now or never: a switcher that draws on the terminal comes next.
    pub fn check_endpoints(&self) {
        // The caller that needs an unreadable value reports it.
        if let Ok(snapshot) = self.snapshot() {
            let _ = self.endpoints(&snapshot);
        }
        self.inner.warnings.given.store(true, Ordering::Relaxed);
    }

    /// The endpoints, with the overrides of the environment and of the AWS config.
    pub(super) fn endpoints(&self, snapshot: &Snapshot) -> Result<Endpoints, Problem> {
        self.endpoints_of(snapshot, None)
    }

    /// The same with the settings of an own profile, as an SDK that uses it has them. `None` is the profile in force.
    pub(super) fn endpoints_of(
        &self,
        snapshot: &Snapshot,
        own: Option<&str>,
    ) -> Result<Endpoints, Problem> {
        let endpoints = self.endpoints_unchecked(snapshot, own)?;
        let texts = unencrypted(&endpoints);
        // Once per run, before the first request.
        if !texts.is_empty() && !self.inner.warnings.given.swap(true, Ordering::Relaxed) {
            for text in &texts {
                self.warn(text);
            }
        }
        Ok(endpoints)
    }

    fn endpoints_unchecked(
        &self,
        snapshot: &Snapshot,
        own: Option<&str>,
    ) -> Result<Endpoints, Problem> {
        let profile = own.unwrap_or_else(|| self.profile_in_env());
        let configured = |service: &str| snapshot.service_endpoint(Some(profile), service);
        let value = |key: &str| snapshot.value(profile, key);
        Ok(Endpoints::new(&self.ctx().env, configured, value)?)
    }

    /// The checks of the endpoints. They take the place of the warning.
    pub(super) fn endpoint_checks(&self, snapshot: &Snapshot) -> Vec<Check> {
        let id = "endpoints";
        self.inner.warnings.given.store(true, Ordering::Relaxed);
        let endpoints = match self.endpoints_unchecked(snapshot, None) {
            Ok(endpoints) => endpoints,
            Err(problem) => return vec![super::doctor::failed(id, &problem)],
        };
        let found = unencrypted(&endpoints);
        if found.is_empty() {
            let what = "every endpoint is encrypted, or on this machine";
            return vec![Check::new(id, Status::Ok, what)];
        }
        let hint = "use https in AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SERVICE or endpoint_url";
        let check = |what| {
            Check::new(id, Status::Warning, what)
                .public("an endpoint is not encrypted")
                .hint(hint)
        };
        found.into_iter().map(check).collect()
    }
}

fn unencrypted(endpoints: &Endpoints) -> Vec<String> {
    let text = |(service, url): (&str, String)| {
        format!(
            "the endpoint of {service}, {url}, is not encrypted: the network between can read the tokens and \
             credentials that go there"
        )
    };
    endpoints.unencrypted().into_iter().map(text).collect()
}
