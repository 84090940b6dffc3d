//! External AWS Account applications: accounts outside the organization, reached by a SAML response
//! of the same portal (docs/reference.md#capture-methods).

use std::sync::Arc;

use url::{Host, Url};

use super::id::{AccountId, EntryId};

/// The address of an app as a user writes it, with `https://` or without.
///
/// # Errors
/// The fault of an address: neither `https` nor on this machine, or not a URL.
pub(crate) fn address(text: &str) -> Result<Url, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let url = Url::parse(&full).map_err(|error| error.to_string())?;
    let local = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return Err("it has no host name".to_owned()),
    };
    if !(url.scheme() == "https" || url.scheme() == "http" && local) {
        return Err("it does not start with https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it contains a user name".to_owned());
    }
    let has_dot = |host: &str| host.contains('.');
    if !local && !url.host_str().is_some_and(has_dot) {
        return Err("it has no host name".to_owned());
    }
    Ok(url)
}

/// The method that captures an app's SAML response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// The portal's own interface where it answers, else the browser.
    #[default]
    Auto,
    /// An installed browser with a profile of its own.
    Browser,
    /// The access portal's own interface, with the access token. It is undocumented.
    Portal,
    /// A customer-managed app that posts to this machine; the default browser does the rest.
    Loopback,
    /// No SAML response: the AWS console in the default browser, and a console session of it.
    Console,
    /// Only what the user gives with `--assertion`, or pastes.
    File,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 6] = [
        Self::Auto,
        Self::Browser,
        Self::Portal,
        Self::Loopback,
        Self::Console,
        Self::File,
    ];

    /// The word of `--method`, of the settings and of `--json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Browser => "browser",
            Self::Portal => "portal",
            Self::Loopback => "loopback",
            Self::Console => "console",
            Self::File => "file",
        }
    }

    /// The description of `--help`.
    #[must_use]
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Auto => "The portal's own interface if it answers, else the browser",
            Self::Browser => "An installed Chrome, Chromium, Edge or Brave with its own profile",
            Self::Portal => "The access portal's own, undocumented interface",
            Self::Loopback => "An app that posts to this machine, through your default browser",
            Self::Console => {
                "The AWS console in your default browser; makes a profile that every SDK renews"
            }
            Self::File => "A response given with --assertion, or pasted",
        }
    }

    /// `true` if the method may open the capture browser.
    pub(crate) fn uses_browser(self) -> bool {
        match self {
            Self::Auto | Self::Browser => true,
            Self::Portal | Self::Loopback | Self::Console | Self::File => false,
        }
    }

    /// `true` if the method can list the apps of a portal.
    pub(crate) fn discovers(self) -> bool {
        self.uses_browser() || self.asks_portal()
    }

    /// `true` if the method asks the portal's own interface first.
    pub(crate) fn asks_portal(self) -> bool {
        match self {
            Self::Auto | Self::Portal => true,
            Self::Browser | Self::Loopback | Self::Console | Self::File => false,
        }
    }

    /// The method of a word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// One app, as the settings describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its name, which is the source of its entries' ids.
    pub name: Arc<str>,
    /// The tile's link, or any page that starts the app.
    pub url: String,
    /// The portal it belongs to, where that is known.
    pub portal: Option<Arc<str>>,
    /// The method that captures its response.
    pub method: Method,
    /// The requested session duration (seconds); `None`: the response and STS decide (docs/requirements.md#session-duration).
    pub duration_seconds: Option<u32>,
    /// The port of its loopback ACS.
    pub port: Option<u16>,
}

/// A role that an app has given once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppRole {
    /// The account.
    pub account: AccountId,
    /// The role's name, without its path.
    pub role: Arc<str>,
}

impl AppRole {
    /// The entry of this role.
    #[must_use]
    pub fn entry(&self, app: &Arc<str>) -> EntryId {
        EntryId::external(Arc::clone(app), self.account, Arc::clone(&self.role))
    }
}

/// A tile of a portal that leads to an AWS account outside the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// `ins-…`.
    pub id: String,
    /// As the portal calls it; clean it before drawing (docs/requirements.md#remote-text).
    pub name: String,
    /// The portal's description. May be empty.
    pub description: String,
    /// Its deep link (docs/requirements.md#tile-links).
    pub url: String,
}

/// `true` if an app of a portal is offered as an external account: the catalog's *External AWS Account*, and
/// custom SAML apps that mention AWS. The organization's own accounts ("AWS Account") are listed elsewhere.
#[must_use]
pub(crate) fn leads_to_aws(application: &str, name: &str, description: &str) -> bool {
    let application = application.trim().to_lowercase();
    match application.as_str() {
        "external aws account" => true,
        "aws account" => false,
        _ => {
            let says_aws = |text: &str| {
                text.split(|c: char| !c.is_alphanumeric())
                    .any(|word| word.eq_ignore_ascii_case("aws"))
            };
            application.contains("saml")
                && (says_aws(&application) || says_aws(name) || says_aws(description))
        }
    }
}

/// A step on the way to a SAML response, reported to the waiting user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureStep {
    /// The portal's own interface is asked.
    AskingPortal,
    /// A browser tries without a window.
    Silent,
    /// The user has to sign in, in the capture browser's window.
    Window,
    /// The user has to sign in, in their own browser; it comes back to this machine. The address
    /// is there for where no browser could be opened.
    Loopback {
        /// The address to open.
        url: String,
        /// The reason why it was not opened, if it was not.
        not_opened: Option<String>,
    },
    /// A response that a page posted is not taken; the wait goes on.
    Refused {
        /// The reason.
        why: String,
    },
    /// A way led nowhere; the next one is tried.
    MethodFailed {
        /// The reason.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_have_names() {
        for method in Method::ALL {
            assert_eq!(Method::named(method.name()), Some(method));
        }
        assert_eq!(Method::named("telepathy"), None);
    }

    #[test]
    fn only_tiles_that_lead_to_aws() {
        assert!(leads_to_aws("External AWS Account", "Partner", ""));
        assert!(leads_to_aws("Custom SAML 2.0 application", "aws-dev", ""));
        assert!(leads_to_aws("Custom SAML 2.0", "x", "our old AWS"));
        assert!(!leads_to_aws("AWS Account", "123456789012 (x)", ""));
        assert!(!leads_to_aws("Salesforce", "Jaws of CRM", "AWS billing"));
        assert!(!leads_to_aws("Custom SAML 2.0", "Draws", ""));
    }
}
