//! Checks of proxies, certificates, endpoints and the clock.

use std::path::Path;

use jiff::Timestamp;

use super::failed;
use crate::aws::Error;
use crate::aws::ca_bundle::has_system_roots;
use crate::aws::endpoints::Endpoints;
use crate::aws::http::Http;
use crate::aws::probe::Service;
use crate::config::Env;
use crate::domain::Portal;
use crate::domain::health::{Check, Status, check_clock};
use crate::domain::partition::of_region;
use crate::flow::Flow;
use crate::store::aws_files::Snapshot;

impl Flow {
    /// Checks proxies and certificates. Returns an HTTP client if one can be made.
    pub(super) fn network_checks(
        &self,
        snapshot: Option<&Snapshot>,
        checks: &mut Vec<Check>,
    ) -> Option<Http> {
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
        // Proxy and certificates are checked independently.
        let bundle = snapshot.and_then(|s| s.value(self.profile_in_env(), "ca_bundle"));
        let named = env.get("AWS_CA_BUNDLE").or(bundle.as_deref());
        let portals = snapshot.map(Snapshot::portals).unwrap_or_default();
        let region = portals.first().map(|portal| &*portal.region);
        checks.push(proxy_check(env, region.unwrap_or("us-east-1")));
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
                )
                .public("the certificates of a file are valid"),
                (Ok(_), None) if !has_system_roots() => Check::new(
                    "ca_bundle",
                    Status::Warning,
                    "this system has no certificates, so connections to AWS fail",
                )
                .hint("install the package ca-certificates, or set AWS_CA_BUNDLE to a file of PEM certificates"),
                (Ok(_), None) => Check::new(
                    "ca_bundle",
                    Status::Ok,
                    "using the certificates of this system",
                ),
            },
        );
        Http::new(env, bundle.as_deref().map(Path::new)).ok()
    }

    pub(super) async fn clock_checks(
        &self,
        online: bool,
        http: Option<&Http>,
        snapshot: Option<&Snapshot>,
        checks: &mut Vec<Check>,
    ) {
        let portals = snapshot.map(Snapshot::portals).unwrap_or_default();
        let skipped =
            |why: &'static str| ["network", "clock"].map(|id| Check::new(id, Status::Skipped, why));
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
            let _wait = self
                .waiting
                .start(format!("the services of {}", portal.name));
            let (time, found) = portal_checks(http, &endpoints, portal).await;
            clock = clock.or(time);
            checks.extend(found);
        }
        checks.push(match clock {
            Some(there) => check_clock(self.ctx().clock.now(), there),
            None => Check::new("clock", Status::Skipped, "no answer had a date"),
        });
    }
}

/// Asks the services of a portal. Returns the time there, and what was found.
async fn portal_checks(
    http: &Http,
    endpoints: &Endpoints,
    portal: &Portal,
) -> (Option<Timestamp>, Vec<Check>) {
    let (region, start_url) = (&portal.region, &portal.start_url);
    let ask = async |service| {
        let endpoint = match service {
            Service::Oidc => endpoints.oidc(region, start_url),
            Service::Portal => endpoints.portal(region, start_url),
            Service::Sts => endpoints.sts(region),
        }?;
        let time = http.probe(service, &endpoint).await?;
        Ok::<_, Error>((time, endpoint))
    };
    let answers = tokio::join!(ask(Service::Oidc), ask(Service::Portal), ask(Service::Sts));
    let (mut clock, mut places, mut failures) = (None, Vec::new(), Vec::<Check>::new());
    for answer in <[_; 3]>::from(answers) {
        match answer {
            Ok((time, endpoint)) => {
                clock = clock.or(time);
                places.push(endpoint);
            }
            Err(error) => {
                let mut check = failed("network", &error.into());
                check.what = format!("{}: {}", portal.name, check.what);
                failures.push(check);
            }
        }
    }
    places.dedup();
    failures.dedup_by(|a, b| a.what == b.what);
    if failures.is_empty() {
        let what = format!("{} is reachable at {}", portal.name, places.join(", "));
        let check = Check::new("network", Status::Ok, what);
        failures.push(check.public("a portal is reachable"));
    }
    (clock, failures)
}

fn proxy_check(env: &Env, region: &str) -> Check {
    let id = "proxy";
    let http = match Http::new(&env.clone().without("AWS_CA_BUNDLE"), None) {
        Ok(http) => http,
        Err(error) => return failed(id, &error.into()),
    };
    let url = format!("https://oidc.{region}.{}/", of_region(region).dns_suffix);
    let is_set = |names: [&str; 2]| names.iter().any(|name| env.get(name).is_some());
    let (small, large) = (env.get("https_proxy"), env.get("HTTPS_PROXY"));
    let differ = small.is_some() && large.is_some() && small != large;
    match http.proxy_before(&url) {
        Some(host) if differ => Check::new(
            id,
            Status::Warning,
            format!("https_proxy and HTTPS_PROXY differ; {host} is used"),
        )
        .public("https_proxy and HTTPS_PROXY differ")
        .hint("set both to the same value, or unset one"),
        Some(host) => Check::new(id, Status::Ok, format!("connecting to AWS through {host}"))
            .public("connecting to AWS through a proxy"),
        None if is_set(["https_proxy", "HTTPS_PROXY"]) => Check::new(
            id,
            Status::Ok,
            "connecting to AWS without a proxy, because of NO_PROXY",
        ),
        None if is_set(["http_proxy", "HTTP_PROXY"]) => Check::new(
            id,
            Status::Warning,
            "HTTP_PROXY is set but HTTPS_PROXY is not, so connections to AWS are direct",
        )
        .hint("set HTTPS_PROXY if connections to AWS need the proxy"),
        None => Check::new(id, Status::Ok, "no proxy"),
    }
}
