//! Requests without credentials. A service refuses them in its own words, which a gateway in its place does not know.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;

use super::error::Error;
use super::failure;
use super::http::{Http, read_body};

/// A service that can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// SSO OIDC.
    Oidc,
    /// The portal's API.
    Portal,
    /// STS.
    Sts,
}

impl Service {
    fn request(self, endpoint: &str) -> Result<HttpRequest, String> {
        let (method, path, kind, body) = match self {
            Self::Oidc => ("POST", "/token", "application/json", "{}"),
            Self::Portal => ("GET", "/assignment/accounts", "application/json", ""),
            Self::Sts => (
                "POST",
                "/",
                "application/x-www-form-urlencoded",
                "Action=GetCallerIdentity&Version=2011-06-15",
            ),
        };
        let mut request = HttpRequest::new(SdkBody::from(body));
        let url = format!("{}{path}", endpoint.trim_end_matches('/'));
        request
            .set_method(method)
            .map_err(|error| error.to_string())?;
        request.set_uri(url).map_err(|error| error.to_string())?;
        request.headers_mut().insert("content-type", kind);
        Ok(request)
    }
}

impl Http {
    /// Checks that a service can be reached. Returns its time.
    ///
    /// # Errors
    /// There was no answer, or it is not the service's.
    pub async fn probe(
        &self,
        service: Service,
        endpoint: &str,
    ) -> Result<Option<Timestamp>, Error> {
        let request = service.request(endpoint).map_err(|detail| Error::Service {
            service: "the endpoint",
            detail,
        })?;
        let target = self.target(endpoint);
        let mut response = self.send(request).await?;
        let time = self.server_time();
        let body = read_body(&mut response, &target).await?;
        match failure::gateway(&response, &body, &target) {
            Some(gateway) => Err(gateway.into()),
            None => Ok(time),
        }
    }
}
