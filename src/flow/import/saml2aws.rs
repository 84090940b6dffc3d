//! Import from saml2aws: its accounts, as apps.

use std::path::{Path, PathBuf};

use super::apps::Imported;
use crate::aws::app_link;
use crate::domain::Problem;
use crate::domain::assertion::SESSION_SECONDS;
use crate::flow::Flow;
use crate::flow::apps::{NewApp, portal_of};
use crate::flow::capture::add_portal_of;
use crate::store::other_tools::{self, SamlAccount};

impl Flow {
    /// The accounts of saml2aws (`~/.saml2aws`, or `SAML2AWS_CONFIGFILE`) as apps. Its user names and
    /// passwords are not read: the browser signs in. A second import changes nothing.
    ///
    /// # Errors
    /// A file that cannot be read, and settings that cannot be written.
    pub fn import_saml2aws(&self, dry_run: bool) -> Result<Imported, Problem> {
        let path = self.saml2aws_file();
        let mut found = Imported::default();
        let apps = self.apps()?;
        let portals = self.portals()?;
        for account in other_tools::saml2aws(self.ctx().dirs.owners(), &path)? {
            let name = account.name.clone();
            let url = match start_page(&account) {
                Ok(url) => url,
                Err(why) => {
                    found.left.push((name, why.to_owned()));
                    continue;
                }
            };
            let new = NewApp {
                url,
                name: Some(name),
                duration_seconds: account
                    .session_seconds
                    .filter(|seconds| SESSION_SECONDS.contains(seconds)),
                ..NewApp::default()
            };
            self.import_app(&new, &apps, dry_run, &mut found);
            if !account.others.is_empty() {
                let label = format!("{} of {}", account.others.join(", "), account.name);
                let why =
                    "give it when you use a role: roledex use ENTRY --profile NAME --region REGION";
                found.left.push((label, why.to_owned()));
            }
        }
        for app in &found.taken {
            let is_tile = app_link::parse(&app.url).is_ok_and(|link| link.instance.is_some());
            if is_tile && portal_of(&app.url, &portals).is_none() {
                let label = format!("the portal of {}", app.name);
                found.left.push((label, add_portal_of(&app.url)));
            }
        }
        Ok(found)
    }

    /// The configuration of saml2aws.
    pub fn saml2aws_file(&self) -> PathBuf {
        let ctx = self.ctx();
        let named = ctx.env.get_os("SAML2AWS_CONFIGFILE");
        named.map_or_else(
            || ctx.dirs.home.join(".saml2aws"),
            |path| ctx.dirs.expand_tilde(Path::new(&path)),
        )
    }
}

/// The page that starts the sign-in, from what saml2aws needs to know of a provider.
fn start_page(account: &SamlAccount) -> Result<String, &'static str> {
    let url = account.url.trim();
    if url.is_empty() {
        return Err("its url is missing");
    }
    match account.provider.to_lowercase().as_str() {
        "adfs" | "adfs2" => {
            let party = account
                .relying_party
                .as_deref()
                .unwrap_or("urn:amazon:webservices");
            let party: String = url::form_urlencoded::byte_serialize(party.as_bytes()).collect();
            let base = url.trim_end_matches('/');
            Ok(if base.contains("IdpInitiatedSignOn") {
                url.to_owned()
            } else {
                format!("{base}/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp={party}")
            })
        }
        "azuread" => match account.app_id.as_deref() {
            Some(app) => Ok(format!("https://myapps.microsoft.com/signin/{app}")),
            None => Err("its app_id is missing"),
        },
        // Their url is the page that starts the app.
        "browser" | "okta" | "keycloak" | "googleapps" | "onelogin" | "jumpcloud" | "auth0"
        | "authentik" | "pingone" | "pingfed" | "pingntlm" | "akamai" | "shibboleth"
        | "shibbolethecp" | "f5apm" | "psu" | "netiq" | "custom" => Ok(url.to_owned()),
        "" => Err("its provider is missing"),
        _ => Err(
            "its provider is unknown; to add the page that starts the app, run: roledex app add",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_pages() {
        let account = |provider: &str, url: &str, app_id: Option<&str>| SamlAccount {
            name: "x".to_owned(),
            provider: provider.to_owned(),
            url: url.to_owned(),
            app_id: app_id.map(str::to_owned),
            relying_party: None,
            session_seconds: None,
            others: Vec::new(),
        };
        let page = |provider: &str, url: &str| start_page(&account(provider, url, None));
        assert_eq!(page("Browser", " https://a.b/c ").unwrap(), "https://a.b/c");
        assert_eq!(
            page("ADFS", "https://id.example.com/").unwrap(),
            "https://id.example.com/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn%3Aamazon%3Awebservices"
        );
        assert!(page("AzureAD", "https://x.y").is_err());
        let azure = account("AzureAD", "https://x.y", Some("1-2"));
        assert_eq!(
            start_page(&azure).unwrap(),
            "https://myapps.microsoft.com/signin/1-2"
        );
        assert!(page("Telepathy", "https://x.y").is_err());
        assert!(page("Okta", "").is_err());
    }
}
