//! Roles of own profiles, and of the chains of the settings: one way to assume them all.

use zeroize::Zeroizing;

use super::super::Flow;
use super::mfa::Device;
use crate::aws::Error;
use crate::config::file;
use crate::domain::assume::{self, MfaCode, RoleRequest};
use crate::domain::chain::role_of;
use crate::domain::credentials::NEVER;
use crate::domain::own::Sections as _;
use crate::domain::own::check::ENVIRONMENT;
use crate::domain::own::provider::{self, Provider, WebIdentityProvider};
use crate::domain::{Credentials, EntryId, Problem, ProblemKind, Secret};
use crate::store::aws_files::Snapshot;

/// The profiles whose roles are assumed one after another, the last one first, and what they start from.
struct Chain<'a> {
    roles: Vec<&'a str>,
    base: Base<'a>,
}

enum Base<'a> {
    Profile(&'a str, Provider<'a>),
    Environment(&'a str),
}

impl Flow {
    /// Credentials of the role of a profile, through any number of source profiles. Every request has the region and
    /// the endpoint settings of this profile, as those of the AWS CLI have.
    pub(super) async fn request_role(
        &self,
        files: &Snapshot,
        name: &str,
    ) -> Result<Credentials, Problem> {
        let chain = chain(files, name)?;
        let entry = EntryId::profile(name);
        let mut credentials = None;
        let mut rest = chain.roles.as_slice();
        // The sources of a source need not be asked while its own credentials are good.
        for (at, role) in chain.roles.iter().enumerate().skip(1) {
            if let Some(found) = self.stored_role(files, role).await? {
                credentials = Some(found);
                rest = chain.roles.get(..at).unwrap_or_default();
                break;
            }
        }
        let mut credentials = match (credentials, chain.base) {
            (Some(found), _) => found,
            (None, Base::Profile(base, provider)) => {
                Box::pin(self.request_base(files, base, provider)).await?
            }
            (None, Base::Environment(name)) => self.keys_of_environment(name)?,
        };
        for role in rest.iter().rev() {
            let id = self.stored_as(files, role);
            let origin = self.origin(&id).await?;
            credentials = self.assume_own(&entry, files, role, &credentials).await?;
            if *role != name {
                credentials = self.ending_here(credentials);
                credentials.obtained_at = Some(self.ctx().clock.now());
                self.keep(&id, &credentials, &origin).await;
            }
        }
        Ok(credentials)
    }

    async fn stored_role(
        &self,
        files: &Snapshot,
        name: &str,
    ) -> Result<Option<Credentials>, Problem> {
        let held = self.held(&self.stored_as(files, name), false).await?;
        Ok(held.filter(|held| held.is_fresh(self.ctx().clock.now())))
    }

    async fn assume_own(
        &self,
        entry: &EntryId,
        files: &Snapshot,
        name: &str,
        source: &Credentials,
    ) -> Result<Credentials, Problem> {
        let mut request = request(files, name);
        let session;
        let mut source = source;
        if files.either(name, "mfa_serial").is_some() {
            let device = Device::from_profile(files, name, source.clone())?;
            if source.is_long_term() {
                session = self.mfa_session(entry, &device, false).await?;
                source = &session;
            } else {
                // GetSessionToken takes a user's own keys only.
                request.mfa = Some(MfaCode {
                    device: device.serial.clone(),
                    code: self.mfa_code(&device).await?,
                });
            }
        }
        self.assume_role(entry, source, &request, &format!("the profile {name}"))
            .await
    }

    /// Assumes a role, for an entry. `whose` says for what, in an error.
    pub(in super::super) async fn assume_role(
        &self,
        id: &EntryId,
        source: &Credentials,
        request: &RoleRequest,
        whose: &str,
    ) -> Result<Credentials, Problem> {
        let partition = role_of(&request.role_arn).map_or("aws", |(partition, ..)| partition);
        let sts = self.sts_for(id, partition)?;
        sts.assume_role(source, request).await.map_err(|error| {
            explain(
                error,
                request,
                whose,
                "name the identity that assumes it, and its external id where it asks for one",
            )
        })
    }

    /// Credentials of a role that is assumed with an OIDC token in a file.
    pub(super) async fn request_web_identity(
        &self,
        files: &Snapshot,
        name: &str,
        provider: &WebIdentityProvider<'_>,
    ) -> Result<Credentials, Problem> {
        let path = std::path::Path::new(provider.token_file);
        let text = file::read(path).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|error| {
                let cause = error.utf8_error();
                drop(Zeroizing::new(error.into_bytes()));
                std::io::Error::other(cause)
            })
        });
        let token = text.map(Secret::new);
        let token = token.map_err(|error| {
            let title = format!("the token of the profile {name} cannot be read");
            Problem::new(ProblemKind::File, title)
                .detail(format!("{}: {error}", provider.token_file))
                .hint("the machine or job must provide web_identity_token_file")
        })?;
        let request = request(files, name);
        let partition = role_of(&request.role_arn).map_or("aws", |(partition, ..)| partition);
        let sts = self.sts_for(&EntryId::profile(name), partition)?;
        let answer = sts.assume_role_with_web_identity(&token, &request).await;
        answer.map_err(|error| {
            explain(
                error,
                &request,
                &format!("the profile {name}"),
                "name the token's issuer, audience and subject",
            )
        })
    }

    /// The keys in the environment, for a `credential_source` that names them.
    fn keys_of_environment(&self, name: &str) -> Result<Credentials, Problem> {
        let env = &self.ctx().env;
        let get = |name: &str| env.get(name).map(Secret::from);
        match (env.get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
            (Some(key), Some(secret)) => Ok(Credentials {
                access_key_id: key.to_owned(),
                secret_access_key: secret,
                session_token: get("AWS_SECURITY_TOKEN")
                    .or_else(|| get("AWS_SESSION_TOKEN"))
                    .unwrap_or_default(),
                expires_at: NEVER,
                obtained_at: None,
            }),
            _ => {
                let title =
                    format!("the profile {name} has no source: credential_source = {ENVIRONMENT}");
                Err(Problem::new(ProblemKind::Failed, title).hint(
                    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN if there is one",
                ))
            }
        }
    }
}

fn chain<'a>(files: &'a Snapshot, name: &'a str) -> Result<Chain<'a>, Problem> {
    let mut roles = vec![];
    let mut at = name;
    let mut provider = provider::direct(files, at);
    loop {
        let Some(Provider::Role(role)) = provider else {
            let provider = provider.ok_or_else(|| super::no_such_profile(at))?;
            let base = Base::Profile(at, provider);
            return Ok(Chain { roles, base });
        };
        let again = roles.contains(&at);
        roles.push(at);
        match (role.source_profile, role.credential_source) {
            (Some(source), _) if !again => {
                at = source;
                provider = provider::as_source(files, at);
            }
            (None, Some(source)) if source.eq_ignore_ascii_case(ENVIRONMENT) => {
                let base = Base::Environment(at);
                return Ok(Chain { roles, base });
            }
            _ => return Err(super::no_such_profile(at)),
        }
    }
}

/// The request that the settings of a profile make.
fn request(files: &Snapshot, name: &str) -> RoleRequest {
    let get = |key| files.either(name, key);
    let text = |key| get(key).map(str::to_owned);
    RoleRequest {
        role_arn: text("role_arn").unwrap_or_default(),
        session_name: text("role_session_name"),
        external_id: text("external_id"),
        duration_seconds: get("duration_seconds").and_then(|seconds| seconds.parse().ok()),
        tags: get("session_tags").map(assume::tags).unwrap_or_default(),
        transitive_tags: get("transitive_session_tags")
            .map(|keys| assume::words(keys).map(str::to_owned).collect())
            .unwrap_or_default(),
        mfa: None,
    }
}

/// A refusal of STS, in terms of the role.
fn explain(error: Error, request: &RoleRequest, whose: &str, must: &str) -> Problem {
    let is_denied = matches!(
        &error,
        Error::Refused { code: Some(code), .. } if code.starts_with("AccessDenied")
    );
    let problem = Problem::from(error);
    let cause = problem.to_string();
    let told = Problem::new(problem.kind, format!("no credentials for {whose}")).detail(cause);
    match problem.hint {
        Some(hint) => told.hint(hint),
        None if is_denied => told.hint(format!(
            "ask your administrator: the trust policy of {} must {must}",
            request.role_arn
        )),
        None => told,
    }
}
