//! Errors that belong to no single service: certificates, proxies, start URLs, STS.
//!
//! The services' own refusals are [`OidcError`](super::oidc_error::OidcError) and [`PortalError`](super::portal_error::PortalError).

use std::path::PathBuf;

use super::unreachable::{Reach, Unreachable};
use crate::domain::{InputField, Problem, ProblemKind};

/// An error of `aws` that is specific to neither a portal nor a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The CA bundle cannot be read, or has no usable certificate.
    #[error("cannot use the CA bundle {}", path.display())]
    CaBundle {
        /// The file.
        path: PathBuf,
        /// The cause.
        detail: String,
    },
    /// A proxy variable does not hold a proxy URL. The value may hold a password: it is not kept.
    #[error("{variable} is not a proxy URL")]
    Proxy {
        /// The variable.
        variable: &'static str,
        /// The cause.
        detail: String,
    },
    /// An endpoint override that is not a URL.
    #[error("{url:?} is not a valid endpoint of {service}")]
    Endpoint {
        /// The service's id.
        service: &'static str,
        /// As it was given, without user name, password and query.
        url: String,
    },
    /// The partition has no dual-stack endpoints.
    #[error("{service} has no dual-stack endpoint in {region}")]
    NoVariant {
        /// The service's id.
        service: &'static str,
        /// The region.
        region: String,
    },
    /// Text that cannot be a region, and would become part of a host's name.
    #[error("{region:?} is not a region")]
    Region {
        /// The text.
        region: String,
    },
    /// No text for a start URL.
    #[error("the start URL is empty")]
    NoStartUrl,
    /// A URL that cannot be a start URL.
    #[error("{url} is not the start URL of an access portal")]
    StartUrl {
        /// As it was given, without a password.
        url: String,
        /// The cause.
        detail: String,
    },
    /// The address of an account access manager, which has no interface of an access portal.
    #[error("{url} belongs to an AWS account access manager, not to an access portal")]
    AccountAccess {
        /// The address that was given.
        url: String,
    },
    /// A region that is not the one of a start URL.
    #[error("the start URL is in {place}, not in {region}")]
    OtherRegion {
        /// The region that was given.
        region: String,
        /// The region or partition of the host.
        place: String,
        /// A region that the start URL can have.
        example: String,
    },
    /// There was no answer.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The service refused.
    #[error("{service} refused the request")]
    Refused {
        /// The service, by its name.
        service: &'static str,
        /// Its code, where it gave one.
        code: Option<String>,
        /// Its words.
        detail: String,
    },
    /// The service failed, or its answer makes no sense.
    #[error("{service} sent an answer that cannot be used")]
    Service {
        /// The service, by its name.
        service: &'static str,
        /// The answer.
        detail: String,
    },
}

/// STS answers only in the regions that an account has switched on.
pub(super) const REGION_DISABLED_HINT: &str =
    "choose another region: set AWS_REGION or default_region";

const START_URL_HINT: &str =
    "copy the address of your access portal, such as https://d-1234567890.awsapps.com/start";

impl Error {
    /// True if there is no such host, or no network. A proxy looks names up itself: then it is not known.
    pub(crate) fn is_unknown_host(&self) -> bool {
        matches!(self, Self::Unreachable(error) if error.reach == Reach::Name && error.proxy.is_none())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let title = error.to_string();
        match error {
            Error::CaBundle { detail, .. } => {
                Self::new(ProblemKind::File, title).detail(detail).hint(
                    "set AWS_CA_BUNDLE (or ca_bundle in ~/.aws/config) to a readable file of PEM certificates that you or root own",
                )
            }
            Error::Proxy { variable, detail } => Self::new(ProblemKind::Usage, title)
                .detail(detail)
                .hint(format!(
                    "set {variable} to http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT; percent-encode the password: %23 for #, %2F for /, %3F for ?, %40 for @"
                )),
            Error::Endpoint { service, .. } => Self::new(ProblemKind::Usage, title).hint(format!(
                "set AWS_ENDPOINT_URL_{} (or AWS_ENDPOINT_URL, or endpoint_url in ~/.aws/config) to http://HOST:PORT or https://HOST, or remove it",
                service.to_ascii_uppercase()
            )),
            Error::NoVariant { service, .. } => Self::new(ProblemKind::Usage, title).hint(format!(
                "unset AWS_USE_DUALSTACK_ENDPOINT (or use_dualstack_endpoint in ~/.aws/config), or set AWS_ENDPOINT_URL_{}",
                service.to_ascii_uppercase()
            )),
            Error::Region { .. } => Self::new(ProblemKind::Usage, title)
                .hint(
                    "a region looks like eu-west-1; to change that of a portal, run: roledex portal edit NAME --region REGION",
                )
                .of_field(InputField::Region),
            Error::NoStartUrl => Self::new(ProblemKind::Usage, title).hint(START_URL_HINT),
            Error::OtherRegion { example, .. } => {
                Self::new(ProblemKind::Usage, title)
                    .hint(format!("give a region such as {example}"))
                    .of_field(InputField::Region)
            }
            Error::StartUrl { detail, .. } => {
                Self::new(ProblemKind::Usage, title).detail(detail).hint(START_URL_HINT)
            }
            Error::AccountAccess { .. } => Self::new(ProblemKind::AccountAccess, title)
                .detail("tools reach its accounts only through a sign-in to the AWS console")
                .hint(
                    "sign in to the AWS console from there: roledex login --console; \
                     roledex then lists the profile",
                ),
            Error::Unreachable(unreachable) => unreachable.into(),
            Error::Refused { code, detail, .. } => {
                let kind = ProblemKind::AccessDenied;
                match code.as_deref() {
                    Some("ExpiredToken" | "ExpiredTokenException") => {
                        Self::new(kind, "the credentials have expired")
                            .hint("get new ones: roledex refresh")
                    }
                    Some("RequestExpired" | "SignatureDoesNotMatch" | "RequestTimeTooSkewed") => {
                        Self::new(kind, title)
                            .detail(detail)
                            .hint("check this machine's clock")
                    }
                    Some("RegionDisabledException" | "RegionDisabled") => Self::new(kind, title)
                        .detail(detail)
                        .hint(REGION_DISABLED_HINT),
                    Some("ValidationError" | "ValidationException")
                        if detail.to_lowercase().contains("durationseconds") =>
                    {
                        Self::new(kind, title).detail(detail).hint(
                            "set duration_seconds to what the role allows; 3600 always works, and is the most for a role that another role assumes",
                        )
                    }
                    _ => Self::new(kind, title).detail(detail),
                }
            }
            Error::Service { detail, .. } => Self::new(ProblemKind::Service, title)
                .detail(detail)
                .hint("try again in a moment"),
        }
    }
}
