//! Links to an app's tile (docs/requirements.md#tile-links): `START/#/saml/default/NAME/ins-…`, on every host of a portal (docs/requirements.md#start-urls).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::error::Error;
use super::start_url::{self, is_account_access, shown};
use crate::domain::app::address;
use crate::domain::text::clean;
use crate::domain::{Problem, ProblemKind};

/// The hint for an address that is not an app's.
pub(crate) const COPY_HINT: &str = "copy the link of the tile in your access portal, such as \
     https://d-1234567890.awsapps.com/start/#/saml/default/NAME/ins-0123456789abcdef";

/// A link that starts an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppLink {
    /// The address to open.
    pub url: String,
    /// Its host, which identifies its portal.
    pub host: String,
    /// The app's name, where the link has it.
    pub name: Option<String>,
    /// `ins-…`, where the link has it.
    pub instance: Option<String>,
}

/// Reads a link as a user pastes it.
///
/// # Errors
/// Neither `https` nor on this machine, not a URL, or the address of an account access manager.
pub(crate) fn parse(text: &str) -> Result<AppLink, Problem> {
    let text = text.trim();
    let url = address(text).map_err(|why| {
        let problem = if text.is_empty() {
            Problem::new(ProblemKind::Usage, "the link is empty")
        } else {
            let title = format!("{} is not a link to an app", shown(text));
            Problem::new(ProblemKind::Usage, title).detail(why)
        };
        problem.hint(COPY_HINT)
    })?;
    if url.domain().is_some_and(is_account_access) {
        return Err(Error::AccountAccess {
            url: text.to_owned(),
        }
        .into());
    }
    let (name, instance) = fragment(&url).unwrap_or_default();
    Ok(AppLink {
        host: host_of(&url),
        url: url.into(),
        name,
        instance,
    })
}

/// True for the address of a portal itself, of these start URLs or on a host of AWS.
pub(crate) fn is_portal(
    link: &AppLink,
    mut start_urls: impl Iterator<Item = impl AsRef<str>>,
) -> bool {
    let address = link.url.split('#').next().unwrap_or_default();
    let address = address.trim_end_matches('/');
    let names_nothing = link.name.is_none() && link.instance.is_none();
    let is_start = || {
        let of_aws = start_url::parse(address).is_ok_and(|it| !it.vanity && it.url == address);
        let path = address.splitn(4, '/').nth(3).unwrap_or_default();
        of_aws && matches!(path, "" | "start")
    };
    names_nothing
        && (start_urls.any(|url| url.as_ref().trim_end_matches('/') == address) || is_start())
}

/// The host of a URL with its port, if it has one; empty for text that is not a URL.
pub(crate) fn host(text: &str) -> String {
    Url::parse(text).map_or_else(|_| String::new(), |url| host_of(&url))
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The tile's link of an app (docs/protocols.md#portal). Every byte that is not a letter or digit is encoded.
#[must_use]
pub(crate) fn tile_link(start_url: &str, application: &str, instance: &str) -> String {
    let start = start_url.split('#').next().unwrap_or(start_url);
    let start = start.trim_end_matches('/');
    let name = utf8_percent_encode(application, NON_ALPHANUMERIC);
    format!("{start}/#/saml/default/{name}/{instance}")
}

/// Name and instance in `#/saml/default/NAME/ins-…` or `#/saml/custom/NAME/BASE64`.
fn fragment(url: &Url) -> Option<(Option<String>, Option<String>)> {
    let path = url.fragment()?.split('?').next()?;
    let mut parts = path.trim_matches('/').split('/');
    if parts.next()? != "saml" {
        return None;
    }
    let custom = match parts.next()? {
        "default" => false,
        "custom" => true,
        _ => return None,
    };
    let decode = |part: &str| {
        let text = percent_decode_str(part).decode_utf8_lossy();
        clean(&text).trim().to_owned()
    };
    let name = parts.next().map(decode).filter(|name| !name.is_empty());
    let last = parts.next().map(decode).unwrap_or_default();
    let instance = if custom { in_base64(&last) } else { Some(last) };
    Some((name, instance.filter(|id| is_instance(id))))
}

/// `homeAccount_ins-…_p-…`, in base64 of either alphabet.
fn in_base64(text: &str) -> Option<String> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let standard = text.replace('-', "+").replace('_', "/");
    let bytes = LENIENT.decode(standard).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split('_')
        .find(|part| is_instance(part))
        .map(str::to_owned)
}

/// `ins-` and hexadecimal digits: it goes into a path of the portal's interface.
fn is_instance(text: &str) -> bool {
    text.strip_prefix("ins-").is_some_and(|rest| {
        (8..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_address_of_a_portal_is_no_app() {
        let known = ["https://sso.acme.example/start"];
        let is = |text: &str| is_portal(&parse(text).unwrap(), known.iter());
        assert!(is("https://acme.awsapps.com/start"));
        assert!(is("https://acme.awsapps.com/start/#/?tab=accounts"));
        assert!(is("https://ssoins-1.portal.eu-west-1.app.aws/"));
        assert!(is("https://sso.acme.example/start/"));
        assert!(!is("https://sso.acme.example/app"));
        assert!(!is("https://idp.example/start"));
        assert!(!is(
            "https://acme.awsapps.com/start/#/saml/default/Partner/ins-0123456789abcdef"
        ));
    }

    #[test]
    fn every_host_of_a_portal() {
        for start in [
            "https://d-1234567890.awsapps.com/start",
            "https://acme.awsapps.com/start/",
            "https://start.us-gov-west-1.us-gov-home.awsapps.com/directory/d-1",
            "https://start.cn-north-1.home.awsapps.cn/directory/d-1",
            "https://ssoins-1.portal.eu-west-1.app.aws",
            "https://ssoins-1.us-east-2.portal.amazonaws.com",
            "https://ssoins-1.eusc-de-east-1.portal.amazonaws.eu",
            "https://identitycenter.amazonaws.com/ssoins-1",
            "https://sso.acme.example/portal",
        ] {
            let text = tile_link(start, "External AWS Account", "ins-0123456789abcdef");
            let link = parse(&text).unwrap();
            assert_eq!(link.name.as_deref(), Some("External AWS Account"), "{text}");
            assert_eq!(
                link.instance.as_deref(),
                Some("ins-0123456789abcdef"),
                "{text}"
            );
            assert_eq!(link.host, host(start), "{text}");
        }
    }

    #[test]
    fn custom_links_and_other_pages() {
        let id = STANDARD.encode("123456789012_ins-0123456789abcdef_p-1122334455667788");
        let id = utf8_percent_encode(&id, NON_ALPHANUMERIC);
        let link = parse(&format!(
            "d-1.awsapps.com/start#/saml/custom/Partner%20%28prod%29/{id}"
        ))
        .unwrap();
        assert_eq!(link.name.as_deref(), Some("Partner (prod)"));
        assert_eq!(link.instance.as_deref(), Some("ins-0123456789abcdef"));
        let link = parse("https://idp.example/app/aws?x=1").unwrap();
        assert_eq!((link.name, link.instance), (None, None));
        let link =
            parse("http://127.0.0.1:8/start/#/saml/default/%1b%5d0%3bx/ins-../../x").unwrap();
        assert_eq!((link.name.as_deref(), link.instance), (Some("]0;x"), None));
        assert_eq!(link.host, "127.0.0.1:8");
    }

    #[test]
    fn what_is_no_link() {
        for text in [
            "",
            "http://d-1.awsapps.com/start",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "--help",
            "https://a@b.c/",
            "https://intranet/",
            "ftp://x.y",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_link_keeps_name_and_instance(name in "[^\\pC\\pZ]{1,30}", id in "[0-9a-f]{16}") {
            let link = parse(&tile_link("https://d-1.awsapps.com/start", &name, &format!("ins-{id}"))).unwrap();
            // Nothing is left of a name of invisible characters.
            let name = clean(&name).trim().to_owned();
            prop_assert_eq!(link.name.unwrap_or_default(), name);
            prop_assert_eq!(link.instance.unwrap(), format!("ins-{id}"));
        }

        #[test]
        fn anything_can_be_pasted(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}
