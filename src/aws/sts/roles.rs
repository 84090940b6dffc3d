//! The calls of STS that own profiles and chains need: roles, MFA sessions, federated users.

use aws_sdk_sts::Client;
use aws_sdk_sts::config::IdentityCache;
use aws_sdk_sts::types::Tag;

use super::{Error, SERVICE, Sts, error, keys};
use crate::aws::http::sdk_config;
use crate::domain::assume::{RoleRequest, SESSION_NAME};
use crate::domain::{Credentials, Secret};

/// The policy of a federated user: it restricts nothing, so the user's own permissions apply.
const WHOLE_POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

impl Sts {
    /// Assumes a role with other credentials.
    ///
    /// # Errors
    /// A refusal, and a service that does not answer.
    pub(crate) async fn assume_role(
        &self,
        source: &Credentials,
        request: &RoleRequest,
    ) -> Result<Credentials, Error> {
        let client = self.client(source);
        let mut call = client
            .assume_role()
            .role_arn(&request.role_arn)
            .role_session_name(session_name(request))
            .set_external_id(request.external_id.clone())
            .set_duration_seconds(seconds(request));
        for (key, value) in &request.tags {
            call = call.tags(tag(key, value)?);
        }
        for key in &request.transitive_tags {
            call = call.transitive_tag_keys(key);
        }
        if let Some(mfa) = &request.mfa {
            call = call
                .serial_number(&mfa.device)
                .token_code(mfa.code.expose());
        }
        // A code of an MFA device is good once: the call is not made again after an answer was lost.
        let answer = if request.mfa.is_some() {
            self.once(async || call.clone().send().await).await
        } else {
            self.with_retries(async || call.clone().send().await).await
        };
        keys(answer.map_err(error)?.credentials)
    }

    /// Assumes a role with an OIDC token. Not signed: the token is the proof.
    ///
    /// # Errors
    /// A refusal, and a service that does not answer.
    pub(crate) async fn assume_role_with_web_identity(
        &self,
        token: &Secret,
        request: &RoleRequest,
    ) -> Result<Credentials, Error> {
        let config = sdk_config!(aws_sdk_sts, &self.http, &self.endpoint, &self.region)
            .identity_cache(IdentityCache::no_cache())
            .build();
        let client = Client::from_conf(config);
        let call = client
            .assume_role_with_web_identity()
            .role_arn(&request.role_arn)
            .role_session_name(session_name(request))
            .web_identity_token(token.expose().trim())
            .set_duration_seconds(seconds(request));
        let answer = self.with_retries(async || call.clone().send().await).await;
        keys(answer.map_err(error)?.credentials)
    }

    /// A session of a user's own keys, confirmed by a code of an MFA device. `seconds` is its length.
    ///
    /// # Errors
    /// A refusal, a wrong code among them, and a service that does not answer.
    pub(crate) async fn session_token(
        &self,
        source: &Credentials,
        device: &str,
        code: &Secret,
        seconds: u32,
    ) -> Result<Credentials, Error> {
        let client = self.client(source);
        let call = client
            .get_session_token()
            .serial_number(device)
            .token_code(code.expose())
            .duration_seconds(i32::try_from(seconds).unwrap_or(i32::MAX));
        let answer = self.once(async || call.clone().send().await).await;
        keys(answer.map_err(error)?.credentials)
    }

    /// A session of a federated user with all that a user's own keys may do: the console takes no
    /// other from such keys.
    ///
    /// # Errors
    /// A refusal, and a service that does not answer.
    pub(crate) async fn federation_token(
        &self,
        source: &Credentials,
    ) -> Result<Credentials, Error> {
        let client = self.client(source);
        let call = client
            .get_federation_token()
            .name(SESSION_NAME)
            .policy(WHOLE_POLICY);
        let answer = self.with_retries(async || call.clone().send().await).await;
        keys(answer.map_err(error)?.credentials)
    }
}

fn session_name(request: &RoleRequest) -> &str {
    request.session_name.as_deref().unwrap_or(SESSION_NAME)
}

fn seconds(request: &RoleRequest) -> Option<i32> {
    let seconds = request.duration_seconds?;
    Some(i32::try_from(seconds).unwrap_or(i32::MAX))
}

fn tag(key: &str, value: &str) -> Result<Tag, Error> {
    let tag = Tag::builder().key(key).value(value).build();
    tag.map_err(|error| Error::Service {
        service: SERVICE,
        detail: error.to_string(),
    })
}
