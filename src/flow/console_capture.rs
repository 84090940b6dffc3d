//! External accounts without a SAML response: the tile opens in the user's own browser, and a console sign-in
//! picks the session that it starts there (docs/reference.md#capture-methods).
//!
//! The profile is a plain `login_session`. Every SDK that knows it renews it without roledex.

use super::Flow;
use super::capture::AttemptFailed;
use super::console_sign_in::ConsoleOptions;
use super::own::session_of;
use super::posted::{Confirm, nobody_to_ask};
use crate::domain::claim::{CONSOLE, Claim};
use crate::domain::console_session::ConsoleIdentity;
use crate::domain::profile::{UseOptions, Used};
use crate::domain::sign_in::SignInStep;
use crate::domain::{
    App, AppRole, CaptureStep, Credentials, EntryId, Kind, Method, Problem, ProblemKind,
};
use crate::store::aws_files::{Edit, Snapshot};
use crate::store::{catalog_cache, confirmed};

impl Flow {
    /// Opens the tile of an app, signs in to the console session that it starts, and writes its profile. With
    /// `wanted`, the session must be that entry's; else of an account that the app is known to give, or that the
    /// user confirms.
    pub(super) async fn by_console(
        &self,
        app: &App,
        wanted: Option<&EntryId>,
        confirm: &dyn Confirm,
        sink: &impl Fn(CaptureStep),
    ) -> Result<AppRole, AttemptFailed> {
        let roles = self.roles_of(app)?;
        let accounts = confirmed::load(&self.ctx().dirs, &app.name)
            .map_err(Problem::from)?
            .accounts;
        if wanted.is_none() && roles.is_empty() && accounts.is_empty() && !confirm.is_possible() {
            return Err(nobody_to_ask(app).into());
        }
        let region = match wanted {
            Some(id) => self.working_region(id, None)?.map(|region| region.name),
            None => None,
        };
        let expect = wanted.map(|id| format!("{}/{}", id.account, id.role).parse());
        let attempt = self
            .start_console_sign_in(ConsoleOptions {
                region,
                expect: expect.and_then(Result::ok),
                open: self.opens_browser(),
                ..ConsoleOptions::default()
            })
            .await?;
        let opened = self.open_browser(&app.url).await;
        sink(CaptureStep::Loopback {
            url: app.url.clone(),
            not_opened: opened
                .err()
                .map(|why| why.detail.unwrap_or(why.title).to_string()),
        });
        let is_open = {
            let _wait = self.waiting.for_user("the answer to a question", None);
            confirm.signed_in(app).await
        };
        if !is_open {
            return Err(Problem::new(ProblemKind::Cancelled, "not signed in").into());
        }
        let show = |step| {
            let not_opened = match step {
                SignInStep::Opened => None,
                SignInStep::NotOpened(why) => Some(why),
                _ => return,
            };
            sink(CaptureStep::Loopback {
                url: attempt.url().to_owned(),
                not_opened,
            });
        };
        let signed_in = self.console_browser(&attempt, show).await?;
        let identity = signed_in.identity();
        let role = AppRole {
            account: identity.account,
            role: identity.name.as_str().into(),
        };
        let is_known =
            wanted.is_some() || roles.contains(&role) || accounts.contains(&role.account);
        let claim = Claim {
            app: app.name.clone(),
            origin: Some(CONSOLE.to_owned()),
            issuer: None,
            subject: Some(identity.arn.clone()),
            roles: vec![role.clone()],
        };
        let is_confirmed = is_known || {
            let _wait = self.waiting.for_user("the answer to a question", None);
            confirm.is_possible() && confirm.ask(&claim).await
        };
        if !is_confirmed {
            let title = format!("{}: {identity} is not confirmed as its account", app.name);
            return Err(Problem::new(ProblemKind::AccessDenied, title)
                .detail("nothing was changed")
                .hint("sign in again, and pick the session of the app in the browser")
                .into());
        }
        self.keep_console_session(signed_in, false).await?;
        let (app, added) = (app.clone(), role.clone());
        self.apart(move |flow| {
            confirmed::change(&flow.ctx().dirs, &app.name, |known| {
                known.accounts.insert(added.account);
            })?;
            flow.add_role(&app, &added, roles)
        })
        .await?;
        Ok(role)
    }

    /// The roles that an app is known to give.
    pub(super) fn roles_of(&self, app: &App) -> Result<Vec<AppRole>, Problem> {
        let part = self.cached_catalog()?.apps.get(&app.name).cloned();
        Ok(part.and_then(|part| part.roles).unwrap_or_default())
    }

    /// Remembers a role beside the known ones: a console session has one.
    fn add_role(&self, app: &App, role: &AppRole, mut roles: Vec<AppRole>) -> Result<(), Problem> {
        if !roles.contains(role) {
            roles.push(role.clone());
            roles.sort();
        }
        let now = self.ctx().clock.now();
        Ok(catalog_cache::save_app(
            &self.ctx().dirs,
            &app.name,
            &roles,
            now,
        )?)
    }

    /// The profile with the console session of an external entry whose app is captured so.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn console_profile(&self, id: &EntryId) -> Result<Option<String>, Problem> {
        if id.kind != Kind::External {
            return Ok(None);
        }
        let is_console = |app: &App| app.name == id.source && app.method == Method::Console;
        if !self.apps()?.iter().any(is_console) {
            return Ok(None);
        }
        let files = self.snapshot()?;
        let mut names = files.own_names();
        let found = names.find(|name| is_session_of(&files, name, id));
        Ok(found.map(str::to_owned))
    }

    /// Uses an external entry by its console session: the profile is the user's own, and the SDKs renew it.
    pub(super) async fn use_console(
        &self,
        id: &EntryId,
        profile: String,
        options: &UseOptions,
        credentials: Credentials,
    ) -> Result<Used, Problem> {
        let (id, options) = (id.clone(), options.clone());
        self.apart(move |flow| flow.write_console(&id, &profile, &options, &credentials))
            .await
    }

    fn write_console(
        &self,
        id: &EntryId,
        profile: &str,
        options: &UseOptions,
        credentials: &Credentials,
    ) -> Result<Used, Problem> {
        let files = self.snapshot()?;
        let name = options.profile.as_deref().unwrap_or(profile);
        if (name != profile || options.region.is_some())
            && let Some(session) = session_of(&files, profile)
        {
            let region = options.region.clone();
            self.edit(&[Edit::PutLogin {
                name: name.to_owned(),
                session: session.to_owned(),
                region: region.or_else(|| files.value(profile, "region")),
            }])?;
        }
        let used = self.used_own(&EntryId::profile(name), credentials)?;
        Ok(Used {
            entry: id.clone(),
            ..used
        })
    }
}

/// The problem of a console session that has ended, for the entry that it serves.
pub(super) fn capture_needed(id: &EntryId, problem: Problem) -> Problem {
    match problem.kind {
        ProblemKind::ConsoleSignInNeeded { .. } => Problem {
            kind: ProblemKind::CaptureNeeded {
                app: id.source.clone(),
            },
            ..problem
        }
        .hint(format!("run: roledex refresh {id}")),
        _ => problem,
    }
}

/// True if a profile has a console session of an entry's account and role.
fn is_session_of(files: &Snapshot, name: &str, id: &EntryId) -> bool {
    let identity = session_of(files, name).map(str::parse::<ConsoleIdentity>);
    let Some(Ok(identity)) = identity else {
        return false;
    };
    identity.account == id.account && identity.name.eq_ignore_ascii_case(&id.role)
}
