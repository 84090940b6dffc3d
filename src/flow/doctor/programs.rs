//! Checks of other programs: the capture browser, the keyring, the AWS CLI.

use std::borrow::Cow;
use std::process::Stdio;
use std::time::Duration;

use super::failed;
use crate::config::settings::StorePolicy;
use crate::domain::health::{Check, Status};
use crate::flow::Flow;
use crate::saml::capture::browser;

/// Timeout of `aws --version`.
const CHECK_TIMEOUT: Duration = Duration::from_secs(10);

/// The first AWS CLI that reads `sso-session`.
const SSO_SESSION_SINCE: (u32, u32) = (2, 9);

impl Flow {
    pub(super) fn capture_checks(&self) -> Vec<Check> {
        let ctx = self.ctx();
        let apps = self.apps().unwrap_or_default();
        let needed = apps.iter().any(|app| app.method.uses_browser());
        let found = browser::find(&ctx.env, self.settings().browser.as_deref());
        let mut checks = Vec::new();
        checks.push(match found {
            Ok(path) => Check::new(
                "browser",
                Status::Ok,
                format!("the capture browser is {}", path.display()),
            )
            .public("a capture browser was found"),
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

    pub(super) fn keyring_check(&self) -> Check {
        let works = self.inner.credentials.keyring_works();
        let check = |state, what: Cow<'static, str>| Check::new("keyring", state, what);
        match (self.ctx().settings.store, works) {
            (StorePolicy::File, _) => check(
                Status::Skipped,
                "credentials are in files that only you can read, as set in the settings".into(),
            ),
            (_, Ok(())) => check(Status::Ok, "credentials are in the system's keyring".into()),
            (StorePolicy::Auto, Err(why)) => check(
                Status::Skipped,
                format!("{why}: credentials are in files that only you can read").into(),
            )
            .public("the keyring cannot be used: credentials are in files"),
            (StorePolicy::Keyring, Err(why)) => {
                let what = format!("{why}, and the settings allow no other store");
                check(Status::Error, what.into())
                    .public("the keyring cannot be used, and the settings allow no other store")
                    .hint("set store to auto or file")
            }
        }
    }

    /// The AWS CLI is not needed, but reads what we write.
    pub(super) async fn aws_cli_check(&self) -> Check {
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
        let public = format!("the AWS CLI is {}.{}", number.0, number.1);
        if number.0 >= 2 && number < SSO_SESSION_SINCE {
            return Check::new(
                id,
                Status::Warning,
                format!("{what}, which does not support sso-session"),
            )
            .public(public)
            .hint("update it, or use another profile type: roledex use --as process");
        }
        Check::new(id, Status::Ok, what).public(public)
    }
}
