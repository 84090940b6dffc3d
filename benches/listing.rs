//! The time of a listing against its budget (docs/architecture.md#budgets), as ratios within one run:
//!
//! ```text
//! cargo bench --bench listing            # without a quota: seconds
//! cargo bench --bench listing -- quota   # and 5,000 accounts at 20 requests a second: minutes
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, or it has failed"
)]

use std::cell::Cell;
use std::sync::Arc;
use std::time::Instant;

use roledex::internals::config::{Clock, Ctx, Env};
use roledex::internals::domain::sign_in::{SignInMethod, SignInStep};
use roledex::internals::domain::{CatalogEvent, Problem};
use roledex::internals::flow::{Flow, Priority};
use roledex::internals::sim::{self, Scenario};

/// Requests that are under way at once at the most; the budget's `c`.
const CONCURRENCY: f64 = 32.0;

fn main() {
    for (accounts, latency) in [(5_000, 0), (5_000, 50)] {
        let scenario = Scenario::parse(&format!(
            "trouble = {{ latency_ms = {latency} }}\n[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\n\
             start_url = \"https://d-1.awsapps.com/start\"\n\
             generate = {{ accounts = {accounts}, roles = [\"A\", \"B\", \"C\"] }}\n"
        ));
        let ideal = f64::from(accounts) * f64::from(latency) / 1_000.0 / CONCURRENCY;
        report(
            &format!("{accounts} accounts, no quota, {latency} ms"),
            scenario.unwrap(),
            "0",
            ideal,
            1.2,
        );
    }
    if std::env::args().any(|argument| argument == "quota") {
        let scenario = Scenario::named("enterprise").unwrap();
        report(
            "5000 accounts, 20 requests/s",
            scenario,
            "20",
            5_000.0 / 20.0,
            1.05,
        );
    }
}

/// Signs in and lists, and says how long it took beside the ideal.
fn report(what: &str, scenario: Scenario, per_second: &str, ideal: f64, budget: f64) {
    let sim = sim::start(scenario, None).unwrap();
    let home = tempfile::tempdir().unwrap();
    let endpoints = sim.endpoints().clone();
    let env: Env = [
        ("HOME", home.path().to_str().unwrap()),
        ("AWS_ENDPOINT_URL", &endpoints.sso),
        ("ROLEDEX_REQUESTS_PER_SECOND", per_second),
    ]
    .into_iter()
    .collect();
    let flow = Flow::new(Arc::new(Ctx::new(env, Clock::System).unwrap()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let result: Result<(), Problem> = runtime.block_on(async {
        let portal = flow
            .add_portal("p", &endpoints.start_url, &endpoints.region, &[])
            .await?;
        let approve = sim.approver();
        let allow = |step| {
            if let SignInStep::Code(code) = step {
                assert!(approve(&code.user_code));
            }
        };
        flow.sign_in_with(&portal, SignInMethod::Device, false, allow)
            .await?;
        let (start, first, failed) = (Instant::now(), Cell::new(None), Cell::new(0));
        let sink = |event| match event {
            CatalogEvent::Roles { roles: Ok(_), .. } if first.get().is_none() => {
                first.set(Some(start.elapsed()));
            }
            CatalogEvent::Roles { roles: Err(_), .. } => failed.set(failed.get() + 1),
            _ => {}
        };
        flow.discover(&portal, &Priority::default(), sink).await?;
        let took = start.elapsed().as_secs_f64();
        let refused = sim
            .requests()
            .iter()
            .filter(|request| request.status == 429)
            .count();
        println!(
            "{what}: {took:.2} s, first roles after {:?}, {} failed, {refused} refused{}",
            first.get().unwrap_or_default(),
            failed.get(),
            if ideal > 0.0 {
                format!("; {:.3} × the ideal, budget {budget}", took / ideal)
            } else {
                String::new()
            }
        );
        Ok(())
    });
    result.unwrap();
}
