//! `roledex demo`: the switcher against the embedded simulator, in a throw-away home.
//!
//! The switcher and everything below it run exactly as they do against AWS: only the environment
//! differs. The first portal is signed in to beforehand, by the ordinary
//! flow, so that the list is there at once; the user signs in to the others.

use std::path::Path;
use std::sync::Arc;

use super::args::Global;
use super::output::Output;
use super::{log, simulator, switcher, with_runtime};
use crate::config::settings::StorePolicy;
use crate::config::{Clock, Ctx, Env};
use crate::domain::sign_in::{SignInMethod, SignInStep};
use crate::domain::{Method, Problem, ProblemKind};
use crate::flow::Flow;
use crate::flow::apps::NewApp;
use crate::sim::{Endpoints, Running};
use crate::store::private_file;
use crate::tui;

/// `roledex demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// startup, agency, external, mixed, enterprise, hostile or flaky
    #[arg(long, default_value = "agency")]
    pub scenario: String,
}

/// Runs the demo.
pub(super) fn run(options: &Args, global: &Global, output: &Output) -> Result<u8, Problem> {
    let running = simulator::start(&options.scenario, None)?;
    let home = tempfile::Builder::new()
        .prefix("roledex-demo-")
        .tempdir()
        .map_err(|error| {
            Problem::new(
                ProblemKind::File,
                "cannot create a temporary directory for the demo",
            )
            .detail(error.to_string())
            .hint("set TMPDIR to a directory that you can write to")
        })?;
    let env = demo_env(&Env::from_process(), home.path(), running.endpoints());
    let mut ctx = Ctx::new(env, Clock::System)?;
    // Secrets of the demo are deleted with its home.
    ctx.settings.store = StorePolicy::File;
    let ctx = Arc::new(ctx);
    log::start(global, ctx.dirs.owners(), true)?;
    for (path, text) in running.home_files() {
        let text = text.replace("{home}", &home.path().to_string_lossy());
        let path = home.path().join(path);
        private_file::write(ctx.dirs.owners(), &path, text.as_bytes())?;
    }
    let flow = Flow::new(ctx);
    let demo = tui::Demo {
        approve: running.approver(),
        pick_session: running.session_picker(),
    };
    with_runtime(async {
        for portal in &running.endpoints().portals {
            flow.add_portal(&portal.name, &portal.start_url, &portal.region, &[])
                .await?;
        }
        for app in &running.endpoints().apps {
            flow.add_app(&NewApp {
                url: app.url.clone(),
                name: Some(app.name.clone()),
                portal: Some(app.portal.clone()),
                method: app.loopback_port.map(|_| Method::Loopback),
                port: app.loopback_port,
                ..NewApp::default()
            })?;
        }
        sign_in_first(&flow, &running).await?;
        let plain = super::args::Switcher::default();
        switcher::run(&flow, global, &plain, Some(demo), output).await
    })
}

/// The user's environment, pointed at the simulator and at a home of its own. It contains no variable of
/// AWS, so that neither roledex nor a subshell of the demo can touch the real thing.
fn demo_env(real: &Env, home: &Path, endpoints: &Endpoints) -> Env {
    let kept = real.iter().filter(|(name, _)| {
        let name = name.to_string_lossy();
        !name.starts_with("AWS_") && !name.starts_with("XDG_") && !name.starts_with("ROLEDEX_")
    });
    kept.collect::<Env>()
        .with("HOME", home)
        .with("USERPROFILE", home)
        .with("AWS_ENDPOINT_URL_SSO_OIDC", &endpoints.oidc)
        .with("AWS_ENDPOINT_URL_SSO", &endpoints.sso)
        .with("AWS_ENDPOINT_URL_STS", &endpoints.sts)
        .with("AWS_ENDPOINT_URL_SIGNIN", &endpoints.signin)
        .with("AWS_EC2_METADATA_DISABLED", "true")
        .with("NO_PROXY", "127.0.0.1,localhost")
        .with("no_proxy", "127.0.0.1,localhost")
}

/// Signs in to the first portal by the ordinary device flow, allowed at once.
async fn sign_in_first(flow: &Flow, running: &Running) -> Result<(), Problem> {
    let portals = flow.portals()?;
    let Some(portal) = portals.first() else {
        return Ok(());
    };
    let approve = running.approver();
    flow.sign_in_with(portal, SignInMethod::Device, false, |step| {
        if let SignInStep::Code(code) = step {
            approve(&code.user_code);
        }
    })
    .await
}
