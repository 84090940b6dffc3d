//! Checks of proxies, certificates, endpoints and the clock.

use std::path::Path;

use super::failed;
use crate::aws::http::Http;
use crate::config::Env;
use crate::domain::Problem;
use crate::domain::health::{Check, Status, check_clock};
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
                )
                .public("the certificates of a file are valid"),
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
            let endpoint = match endpoints.oidc(&portal.region, &portal.start_url) {
                Ok(endpoint) => endpoint,
                Err(error) => {
                    checks.push(failed("network", &error.into()));
                    continue;
                }
            };
            match http.date_of(&endpoint).await {
                Ok(date) => {
                    clock = clock.or(date);
                    let what = format!("{} is reachable at {endpoint}", portal.name);
                    let check = Check::new("network", Status::Ok, what);
                    checks.push(check.public("a portal is reachable"));
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
        .public("https_proxy and HTTPS_PROXY differ")
        .hint("set both to the same value, or unset one"),
        (Some((host, false)), _) => {
            Check::new(id, Status::Ok, format!("connecting to AWS through {host}"))
                .public("connecting to AWS through a proxy")
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
