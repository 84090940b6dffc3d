//! Shapes of responses that were seen in the wild, and forged ones.

use proptest::prelude::*;

use super::*;

const ROLE_ARN: &str = "arn:aws:iam::210987654321:role/Operator";
const PROVIDER: &str = "arn:aws:iam::210987654321:saml-provider/IdC";

/// A response with these values of the Role attribute, and more attributes.
fn xml(values: &[&str], more: &str) -> String {
    let value = |value: &&str| format!("<saml2:AttributeValue>{value}</saml2:AttributeValue>");
    let values = values.iter().map(value).collect::<Vec<_>>().concat();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<saml2p:Response xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" Destination="https://signin.aws.amazon.com/saml" ID="_r">
<saml2p:Status><saml2p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></saml2p:Status>
<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a">
<saml2:Issuer>https://portal.sso.eu-west-1.amazonaws.com/saml/assertion/X</saml2:Issuer>
<saml2:Subject><saml2:NameID>jo@example.com</saml2:NameID>
<saml2:SubjectConfirmation><saml2:SubjectConfirmationData NotOnOrAfter="2026-11-21T02:14:49.123Z" Recipient="https://signin.aws.amazon.com/saml"/></saml2:SubjectConfirmation></saml2:Subject>
<saml2:Conditions NotBefore="2026-11-21T02:04:49Z" NotOnOrAfter="2026-11-21T02:14:49.123Z"/>
<saml2:AuthnStatement SessionNotOnOrAfter="2026-11-21T10:09:49+00:00"/>
<saml2:AttributeStatement><saml2:Attribute Name="{ROLE}">{values}</saml2:Attribute>{more}</saml2:AttributeStatement>
</saml2:Assertion></saml2p:Response>"#
    )
}

fn pair(first: &str, second: &str) -> String {
    format!("{first},{second}")
}

#[test]
fn everything_that_is_asked_of_it() {
    let duration = format!(
        "<saml2:Attribute Name=\"{SESSION_DURATION}\"><saml2:AttributeValue> 28800 </saml2:AttributeValue></saml2:Attribute>"
    );
    let xml = xml(&[&pair(ROLE_ARN, PROVIDER)], &duration);
    let assertion = parse(&STANDARD.encode(&xml)).unwrap();
    assert_eq!(
        assertion.roles,
        [SamlRole {
            partition: "aws".to_owned(),
            account: "210987654321".parse().unwrap(),
            role: "Operator".into(),
            role_arn: ROLE_ARN.to_owned(),
            provider_arn: PROVIDER.to_owned(),
        }]
    );
    assert_eq!(assertion.session_duration, Some(28_800));
    let time = |text: &str| text.parse::<Timestamp>().ok();
    assert_eq!(assertion.session_ends_at, time("2026-11-21T10:09:49Z"));
    assert_eq!(assertion.not_before, time("2026-11-21T02:04:49Z"));
    assert_eq!(assertion.not_on_or_after, time("2026-11-21T02:14:49.123Z"));
    assert_eq!(
        assertion.recipient.as_deref(),
        Some("https://signin.aws.amazon.com/saml")
    );
    assert_eq!(assertion.subject.as_deref(), Some("jo@example.com"));
    assert!(assertion.issuer.unwrap().ends_with("/saml/assertion/X"));
    assert!(
        !format!("{:?}", assertion.response).contains("PD94"),
        "redacted"
    );
}

#[test]
fn roles_in_either_order_with_paths_commas_and_blanks_and_one_bad_value_fails_nothing() {
    let reversed = pair(PROVIDER, "arn:aws:iam::210987654321:role/teams/ops/Admin");
    let blanks = format!("\n  {PROVIDER} ,\n arn:aws-us-gov:iam::000000000001:role/A,B=C \n");
    let values = [
        reversed.as_str(),
        "nonsense",
        &blanks,
        "arn:aws:iam::210987654321:role/NoProvider",
        "arn:aws:iam::12:role/Short,arn:aws:iam::12:saml-provider/x",
        "",
        &reversed,
        "arn:aws:iam::210987654321:role/<!-- cut -->Whole,arn:aws:iam::210987654321:saml-provider/x",
    ];
    let assertion = parse(&xml(&values, "")).unwrap();
    let found: Vec<_> = assertion
        .roles
        .iter()
        .map(|role| format!("{} {} {}", role.partition, role.account, role.role))
        .collect();
    assert_eq!(
        found,
        [
            "aws 210987654321 Admin",
            "aws-us-gov 000000000001 A,B=C",
            "aws 210987654321 Whole"
        ]
    );
    assert_eq!(
        assertion.roles[0].role_arn,
        "arn:aws:iam::210987654321:role/teams/ops/Admin"
    );
    assert_eq!(assertion.skipped.len(), 4);
}

#[test]
fn whatever_a_form_a_terminal_or_a_copy_did_to_the_base64() {
    let xml = xml(&[&pair(ROLE_ARN, PROVIDER)], "<!-- ?>?>?>~~~ -->");
    let clean = STANDARD.encode(&xml);
    assert!(
        clean.contains('+') || clean.contains('/'),
        "the sample must have them"
    );
    let wrapped: Vec<String> = clean
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let percent = clean
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    for (at, text) in [
        clean.clone(),
        format!("  {clean}\n"),
        wrapped.join("\n"),
        wrapped.join("\r\n"),
        wrapped.join("\n    "),
        clean.replace('+', " "),
        clean.replace('+', "-").replace('/', "_"),
        clean.trim_end_matches('=').to_owned(),
        percent.clone(),
        format!("SAMLResponse={percent}&RelayState=x"),
        format!("RelayState=a%20b&SAMLResponse={percent}"),
        format!("\"SAMLResponse\": \"{clean}\","),
        format!("'{clean}'"),
        format!("SAMLResponse: {clean}\nRelayState: "),
        format!("RelayState: x\r\nSAMLResponse: {clean}\r\n"),
        format!("SAMLResponse\n{clean}\nRelayState\nx"),
        format!("SAMLResponse\r\n{}\r\nRelayState: x", wrapped.join("\r\n")),
        format!("SAMLResponse\t\"{clean}\""),
        format!("{{\"name\":\"SAMLResponse\",\"value\":\"{percent}\"}}"),
        format!("{{\n  \"name\": \"SAMLResponse\",\n  \"value\": \"{clean}\"\n}}"),
        format!("{{\"encodedResponse\":\"{clean}\",\"destination\":\"https://x\"}}"),
        clean.replace('+', "&#43;").replace('=', "&#61;"),
        format!("\u{feff}{clean}\r\n"),
        format!("\u{feff}{xml}"),
        format!("<input type=\"hidden\" name=\"SAMLResponse\" value=\"{clean}\"/>"),
        format!(
            "<html><form method='post'><input name='SAMLResponse' value='{}'></form></html>",
            clean.replace('+', "&#43;").replace('=', "&#x3D;")
        ),
        xml.clone(),
    ]
    .into_iter()
    .enumerate()
    {
        let assertion = parse(&text).unwrap_or_else(|error| panic!("{at}: {error:?}"));
        assert_eq!(assertion.response.expose(), clean, "{at}");
    }
}

#[test]
fn each_refusal_is_told_apart() {
    let of = |text: &str| parse(text).unwrap_err();
    assert_eq!(of("  "), AssertionError::Empty);
    assert_eq!(of("\"\""), AssertionError::Empty);
    assert_eq!(of("not base64 at all!"), AssertionError::NotBase64);
    assert!(matches!(
        of("<html><body>Sign in"),
        AssertionError::NotXml { .. }
    ));
    assert!(matches!(of("<html/>"), AssertionError::NotAResponse { .. }));
    assert_eq!(of(&STANDARD.encode([0xff; 40])), AssertionError::NotBase64);
    assert!(
        matches!(of(&xml(&["x"], "")), AssertionError::NoRoles { skipped } if skipped == ["x"])
    );
    let encrypted = "<Response><EncryptedAssertion><X/></EncryptedAssertion></Response>";
    assert_eq!(of(encrypted), AssertionError::Encrypted);
    let refused = "<p:Response xmlns:p=\"p\"><p:Status><p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><p:StatusCode Value=\"urn:x:AuthnFailed\"/></p:StatusCode></p:Status></p:Response>";
    assert!(matches!(of(refused), AssertionError::Refused { detail } if detail == "AuthnFailed"));
    for error in [
        of(" "),
        of("?"),
        of(encrypted),
        of(refused),
        of(&xml(&["x"], "")),
    ] {
        assert!(Problem::from(error).hint.is_some());
    }
}

#[test]
fn bombs_and_junk() {
    let entities = "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><Response>&b;</Response>";
    assert!(matches!(
        parse(entities),
        Err(AssertionError::NotXml { .. })
    ));
    let external = "<!DOCTYPE r SYSTEM \"file:///etc/passwd\"><Response/>";
    assert!(matches!(
        parse(external),
        Err(AssertionError::NotXml { .. })
    ));
    let deep = "<a>".repeat(100_000);
    assert!(parse(&deep).is_err());
    let deep = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    assert!(parse(&deep).is_err());
    let wide = format!("<Response>{}</Response>", "<a/>".repeat(220_000));
    assert!(parse(&wide).is_err());
    let names = |prefix: &str| {
        let names: Vec<String> = (0..9_000).map(|n| format!("{prefix}{n}=''")).collect();
        names.join(" ")
    };
    for attributes in [names("a"), names("xmlns:a")] {
        let many = format!("<Response {attributes}/>");
        assert!(matches!(parse(&many), Err(AssertionError::NotXml { .. })));
    }
    let pair = pair(ROLE_ARN, PROVIDER);
    let nested = xml(&[&format!("x<AttributeValue>{pair}</AttributeValue>")], "");
    assert!(
        matches!(parse(&nested), Err(AssertionError::NoRoles { .. })),
        "a value within a value is none of its own"
    );
    assert_eq!(
        parse(&"A".repeat(MAX_BYTES * 4 + 1)),
        Err(AssertionError::TooLong)
    );
    assert_eq!(
        parse(&"A".repeat(MAX_BYTES * 2)),
        Err(AssertionError::TooLong)
    );
}

#[test]
fn two_hundred_kilobytes_are_read_whole() {
    let many: Vec<String> = (0..900)
        .map(|n| {
            pair(
                &format!("arn:aws:iam::{n:012}:role/{}", "x".repeat(60)),
                PROVIDER,
            )
        })
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let text = STANDARD.encode(xml(&many, ""));
    assert!(text.len() > 200_000);
    assert_eq!(parse(&text).unwrap().roles.len(), 900);
}

proptest! {
    #[test]
    fn junk_never_panics(text in "\\PC*", bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&text);
        let _ = parse(&STANDARD.encode(&bytes));
        let _ = parse(&format!("<Response>{text}</Response>"));
    }

    #[test]
    fn a_cut_or_changed_response_never_panics(at in 0_usize..1_500, with in any::<char>()) {
        let whole = xml(&[&pair(ROLE_ARN, PROVIDER)], "");
        let mut chars: Vec<char> = whole.chars().collect();
        let place = at % chars.len();
        chars[place] = with;
        let _ = parse(&chars.iter().collect::<String>());
        chars.truncate(place);
        let _ = parse(&chars.iter().collect::<String>());
    }

    #[test]
    fn role_values_of_any_shape(
        path in "(/[a-z]{1,8}){0,3}",
        name in "[A-Za-z0-9+=,.@_-]{1,64}",
        provider in "[A-Za-z0-9._-]{1,64}",
        account in "[0-9]{12}",
        partition in "aws|aws-cn|aws-us-gov|aws-eusc",
        reversed: bool,
        gap in "[ \\n]{0,3}",
    ) {
        let role_arn = format!("arn:{partition}:iam::{account}:role{path}/{name}");
        let provider_arn = format!("arn:{partition}:iam::{account}:saml-provider/{provider}");
        let value = if reversed { format!("{gap}{provider_arn}{gap},{gap}{role_arn}") } else { format!("{role_arn},{gap}{provider_arn}{gap}") };
        let found = role(&value).unwrap();
        prop_assert_eq!(&*found.role, name.as_str());
        prop_assert_eq!(found.account.to_string(), account);
        prop_assert_eq!((found.role_arn, found.provider_arn, found.partition), (role_arn, provider_arn, partition));
    }
}
