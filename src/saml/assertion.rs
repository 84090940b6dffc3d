//! Reading a SAML response (docs/requirements.md#external-accounts-saml). It comes from a browser, a file or the clipboard, and is
//! hostile input: bounded in size, no DTD (so no entities), and one bad value never fails the rest.
//!
//! Nothing is verified here: only STS has the identity provider's keys, and it is asked anyway.

mod html;

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use jiff::Timestamp;
use roxmltree::{Document, Node, ParsingOptions};
use zeroize::Zeroizing;

use crate::domain::arn::Arn;
use crate::domain::assertion::SESSION_SECONDS;
use crate::domain::chain::role_of;
use crate::domain::{Assertion, Problem, ProblemKind, SamlRole, Secret};

/// The maximum size of a response: more than any identity provider sends. STS accepts 75,000 bytes.
const MAX_BYTES: usize = 256 << 10;

/// The maximum number of nodes: more than any response has. It limits the cost of hostile input.
const MAX_NODES: u32 = 50_000;

/// The maximum number of attributes: more than any response has. The parser compares each with all others of its element, so
/// that their number counts twice.
const MAX_ATTRIBUTES: usize = 8_000;

/// The maximum length of two ARNs.
const MAX_VALUE_BYTES: usize = 4096;

/// Editors on Windows put it before the text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The names of a response, in a form and in an answer of the portal.
const NAMES: [&str; 2] = ["SAMLResponse", "encodedResponse"];

const ROLE: &str = "https://aws.amazon.com/SAML/Attributes/Role";
const SESSION_DURATION: &str = "https://aws.amazon.com/SAML/Attributes/SessionDuration";

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The reason why a text is not a usable SAML response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// It is empty.
    #[error("the SAML response is empty")]
    Empty,
    /// More than a quarter of a megabyte.
    #[error("the SAML response is too long")]
    TooLong,
    /// Neither base64 nor XML.
    #[error("this is not a SAML response")]
    NotBase64,
    /// The XML is broken, or has what no response may have.
    #[error("the SAML response is not well-formed")]
    NotXml {
        /// The parser's words.
        detail: String,
    },
    /// Well-formed XML, but not a SAML response.
    #[error("this is not a SAML response")]
    NotAResponse {
        /// The name of its first element.
        root: String,
    },
    /// The identity provider refused the sign-in.
    #[error("the identity provider refused the sign-in")]
    Refused {
        /// Its words, or its status code.
        detail: String,
    },
    /// The assertion is encrypted: only AWS can read it.
    #[error("the SAML assertion is encrypted")]
    Encrypted,
    /// It has no valid role.
    #[error("the SAML response names no AWS role")]
    NoRoles {
        /// A few of the values that are not roles, cleaned.
        skipped: Vec<String>,
    },
}

impl AssertionError {
    /// The problem of a response that nobody copied: a page or the portal sent it.
    pub(crate) fn of_page(self) -> Problem {
        let is_of_form = matches!(
            self,
            Self::Empty
                | Self::TooLong
                | Self::NotBase64
                | Self::NotXml { .. }
                | Self::NotAResponse { .. }
        );
        let problem = Problem::from(self);
        if is_of_form {
            problem.hint("try again; if it keeps failing, ask the administrator of the app")
        } else {
            problem
        }
    }
}

impl From<AssertionError> for Problem {
    fn from(error: AssertionError) -> Self {
        let problem = Self::new(ProblemKind::Failed, error.to_string());
        match error {
            AssertionError::Empty
            | AssertionError::NotBase64
            | AssertionError::NotAResponse { .. } => {
                let problem = match error {
                    AssertionError::NotAResponse { root } => {
                        problem.detail(format!("its first element is {root}"))
                    }
                    _ => problem,
                };
                problem.hint("copy the value of SAMLResponse from the browser's POST to AWS")
            }
            AssertionError::TooLong => problem.hint("copy only the value of SAMLResponse"),
            AssertionError::NotXml { detail } => problem.detail(detail).hint("copy all of it"),
            AssertionError::Refused { detail } => Self {
                kind: ProblemKind::AccessDenied,
                ..problem
            }
            .detail(detail)
            .hint("sign in again; if it keeps failing, ask your administrator"),
            AssertionError::Encrypted => {
                problem.hint("ask your administrator to turn off assertion encryption for this app")
            }
            AssertionError::NoRoles { skipped } => {
                let detail = if skipped.is_empty() {
                    "the attribute https://aws.amazon.com/SAML/Attributes/Role is missing"
                        .to_owned()
                } else {
                    format!(
                        "these values are not a role and a provider: {}",
                        skipped.join("; ")
                    )
                };
                Self {
                    kind: ProblemKind::AccessDenied,
                    ..problem
                }
                .detail(detail)
                .hint("ask your administrator to map the Role attribute for you")
            }
        }
    }
}

/// Reads a response as it comes: base64 with whatever a form, a terminal or a copy did to it, a form's
/// `SAMLResponse=…`, its `<input>` element, or the XML itself.
///
/// # Errors
/// The reason why it is not one.
pub(crate) fn parse(text: &str) -> Result<Assertion, AssertionError> {
    let xml = Zeroizing::new(decode(text)?);
    // Almost any word is base64 of something; XML is text.
    let xml = std::str::from_utf8(&xml).map_err(|_not_text| AssertionError::NotBase64)?;
    if xml.bytes().filter(|byte| *byte == b'=').count() > MAX_ATTRIBUTES {
        return Err(AssertionError::NotXml {
            detail: "it has too many attributes".to_owned(),
        });
    }
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let document =
        Document::parse_with_options(xml, options).map_err(|error| AssertionError::NotXml {
            detail: error.to_string(),
        })?;
    read(&document, xml)
}

/// [`parse`], of a text that is kept secret.
///
/// # Errors
/// The reason why it is not one.
pub(crate) fn parse_secret(text: &Secret) -> Result<Assertion, AssertionError> {
    parse(text.expose())
}

/// The XML's bytes.
fn decode(text: &str) -> Result<Vec<u8>, AssertionError> {
    // Base64 is a third longer; percent signs may treble that.
    if text.len() > MAX_BYTES * 4 {
        return Err(AssertionError::TooLong);
    }
    // A blank at the end may have been a plus sign.
    let text = text
        .trim_start_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK)
        .trim_end_matches(['\r', '\n', '\t'])
        .trim_matches(['"', '\'']);
    if text.trim().is_empty() {
        return Err(AssertionError::Empty);
    }
    let bytes = if let Some(value) = html::field(text) {
        from_base64(&value).ok_or(AssertionError::NotBase64)?
    } else if text.starts_with('<') {
        text.as_bytes().to_vec()
    } else {
        let value = form_value(text);
        from_base64(&value).ok_or(AssertionError::NotBase64)?
    };
    match bytes.len() {
        0 => Err(AssertionError::Empty),
        length if length > MAX_BYTES => Err(AssertionError::TooLong),
        _ => Ok(bytes),
    }
}

/// The value of `SAMLResponse` in a form's body, a query, or what developer tools show of them; that of
/// `encodedResponse` in an answer of the portal; or the text itself.
fn form_value(text: &str) -> Zeroizing<String> {
    let plain;
    let text = if text.contains("&#") {
        plain = html::unescape(text);
        &*plain
    } else {
        text
    };
    let value = NAMES.iter().find_map(|name| named(text, name));
    let decoded = percent_encoding::percent_decode_str(value.unwrap_or(text)).decode_utf8_lossy();
    Zeroizing::new(decoded.into_owned())
}

/// The value behind a name.
fn named<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.match_indices(name).find_map(|(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        if before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        let quoted = |text: &'a str| text.trim_start_matches(['"', '\'', ' ', '\r']);
        let rest = quoted(text.get(at + name.len()..)?);
        let value = rest.strip_prefix(['=', ':', '\n', '\t']).or_else(|| {
            let rest = quoted(rest.strip_prefix(',')?.trim_start());
            quoted(rest.strip_prefix("value")?).strip_prefix(':')
        });
        let value = quoted(value?);
        let value = value.split(['&', '"', '\'', ';']).next().unwrap_or(value);
        // The next field is on a line of its own. Base64 has no colon.
        let is_next = |line: &str| line.contains(':') || line.starts_with("RelayState");
        let mut end = 0;
        for line in value.split_inclusive('\n') {
            if end > 0 && is_next(line) {
                break;
            }
            end += line.len();
        }
        value.get(..end)
    })
}

/// Base64 with line breaks, blanks that were plus signs, the URL alphabet, or without padding.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let lost_plus = text.ends_with(' ');
    let mut text: Zeroizing<String> = Zeroizing::new(
        text.trim()
            .lines()
            // Two blanks or more before a line are its indentation; one may have been a plus sign.
            .map(|line| {
                if line.starts_with("  ") {
                    line.trim_start()
                } else {
                    line
                }
            })
            .flat_map(str::chars)
            .filter(|c| !matches!(c, '\r' | '\t'))
            .map(|c| match c {
                '-' => '+',
                '_' => '/',
                c => c,
            })
            .collect(),
    );
    if lost_plus && text.len() % 4 == 3 && !text.ends_with('=') {
        text.push('+');
    }
    let as_plus = Zeroizing::new(text.replace(' ', "+"));
    LENIENT.decode(&*as_plus).ok().or_else(|| {
        let without = Zeroizing::new(text.replace(' ', ""));
        LENIENT.decode(&*without).ok()
    })
}

fn read(document: &Document<'_>, xml: &str) -> Result<Assertion, AssertionError> {
    let root = document.root_element();
    if !matches!(local(root), "Response" | "Assertion") {
        return Err(AssertionError::NotAResponse {
            root: local(root).chars().take(40).collect(),
        });
    }
    refused(root)?;
    let mut roles: Vec<SamlRole> = Vec::new();
    let mut skipped = Vec::new();
    let mut session_duration = None;
    for attribute in all(root, "Attribute") {
        match attribute.attribute("Name").map(str::trim) {
            Some(ROLE) => {
                for value in values(attribute).map(text) {
                    match role(&value) {
                        Some(role) if roles.contains(&role) => {}
                        Some(role) => roles.push(role),
                        None => skipped.push(value.trim().chars().take(200).collect::<String>()),
                    }
                }
            }
            Some(SESSION_DURATION) => {
                session_duration = values(attribute)
                    .filter_map(|value| text(value).trim().parse().ok())
                    .find(|seconds| SESSION_SECONDS.contains(seconds));
            }
            _ => {}
        }
    }
    if roles.is_empty() {
        if all(root, "EncryptedAssertion").next().is_some() {
            return Err(AssertionError::Encrypted);
        }
        skipped.truncate(5);
        return Err(AssertionError::NoRoles { skipped });
    }
    let time = |element: &str, name: &str| {
        all(root, element).find_map(|node| node.attribute(name)?.trim().parse::<Timestamp>().ok())
    };
    let content = |element: &str| {
        all(root, element)
            .map(|node| text(node).trim().to_owned())
            .find(|text| !text.is_empty())
    };
    Ok(Assertion {
        response: Secret::new(STANDARD.encode(xml)),
        roles,
        skipped,
        session_duration,
        session_ends_at: time("AuthnStatement", "SessionNotOnOrAfter"),
        not_before: time("Conditions", "NotBefore"),
        not_on_or_after: time("Conditions", "NotOnOrAfter")
            .or_else(|| time("SubjectConfirmationData", "NotOnOrAfter")),
        recipient: all(root, "SubjectConfirmationData")
            .find_map(|node| node.attribute("Recipient").map(str::to_owned)),
        issuer: content("Issuer"),
        subject: content("NameID"),
    })
}

/// A status other than success is the identity provider's no.
fn refused(root: Node<'_, '_>) -> Result<(), AssertionError> {
    let codes: Vec<&str> = all(root, "StatusCode")
        .filter_map(|code| code.attribute("Value"))
        .collect();
    let Some(first) = codes.first().filter(|code| !code.ends_with(":Success")) else {
        return Ok(());
    };
    let said = all(root, "StatusMessage").map(text).next();
    let short = |code: &str| code.rsplit(':').next().unwrap_or(code).to_owned();
    Err(AssertionError::Refused {
        detail: said
            .map(|said| said.trim().to_owned())
            .filter(|said| !said.is_empty())
            .unwrap_or_else(|| short(codes.get(1).unwrap_or(first))),
    })
}

/// The elements of a local name; namespaces are left to STS, prefixes are arbitrary.
fn all<'a, 'input: 'a>(
    node: Node<'a, 'input>,
    name: &'a str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.descendants()
        .filter(move |node| node.is_element() && node.tag_name().name() == name)
}

/// The values of an attribute: its own children, so that nesting them costs nothing.
fn values<'a, 'input: 'a>(attribute: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    attribute
        .children()
        .filter(|node| node.is_element() && local(*node) == "AttributeValue")
}

fn local<'a>(node: Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

/// All text in an element: a comment must not cut a value in two.
fn text(node: Node<'_, '_>) -> String {
    node.descendants()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect()
}

/// `role,provider` or `provider,role`, with blanks anywhere around (docs/requirements.md#role-attribute). A role's name may hold a
/// comma, so the value is cut where an ARN begins.
fn role(value: &str) -> Option<SamlRole> {
    let value = value.trim();
    let cut = value.match_indices(',').find_map(|(at, _)| {
        let rest = value.get(at + 1..)?.trim_start();
        rest.starts_with("arn:").then_some((value.get(..at)?, rest))
    })?;
    let (first, second) = (cut.0.trim(), cut.1.trim());
    let (role_arn, provider_arn) = if is_provider(first) {
        (second, first)
    } else {
        (first, second)
    };
    let (partition, account, role) = role_of(role_arn)?;
    let is_pair = value.len() <= MAX_VALUE_BYTES && is_provider(provider_arn);
    is_pair.then(|| SamlRole {
        partition: partition.to_owned(),
        account,
        role: Arc::from(role),
        role_arn: role_arn.to_owned(),
        provider_arn: provider_arn.to_owned(),
    })
}

fn is_provider(arn: &str) -> bool {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "iam");
    let name = arn.and_then(|arn| arn.resource.strip_prefix("saml-provider/"));
    name.is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests;
