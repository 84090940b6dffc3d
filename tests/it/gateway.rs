//! Answers that do not come from the service, and answers that lack what they are about.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::server::{Answer, Server};
use crate::support::{Home, ROLEDEX, Ran};

const ADMIN: &str = "org:startup/111111111111/AdministratorAccess";

fn home() -> Home {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    home
}

/// Runs roledex with one service somewhere else.
fn run(home: &Home, variable: &str, server: &Server, args: &[&str]) -> Ran {
    let mut command = home.command(ROLEDEX);
    command.args(args).env(variable, &server.url);
    Ran::new(&command.output().unwrap())
}

/// Lists from a server whose answers are an error with these words, then prunes the profiles.
fn fail_to_list_and_prune(home: &Home, server: &Server, words: &str) {
    let list = run(home, "AWS_ENDPOINT_URL_SSO", server, &["list", "--refresh"]);
    assert_eq!(list.code, 6, "{list:?}");
    assert!(list.stderr.contains(words), "{list:?}");
    home.ok(&["sync", "--prune"]);
}

/// Answers of a proxy or a captive portal.
fn answers() -> [fn() -> Answer; 6] {
    [
        || Answer::page(200),
        || Answer::page(403),
        || Answer::page(404),
        || Answer::page(407),
        || Answer::Full(407, "proxy-authenticate: Basic\r\n", String::new()),
        || {
            let to = "location: https://sign-in.network.test/\r\n";
            Answer::Full(302, to, String::new())
        },
    ]
}

#[test]
fn a_gateway_in_place_of_a_service_is_trouble_and_no_refusal() {
    let home = home();
    let chain = "[[chain]]\nname = \"deploy\"\nsource = \"org:startup/111111111111/AdministratorAccess\"\nrole_arn = \"arn:aws:iam::222222222222:role/Deploy\"\n";
    home.write(
        ".config/roledex/config.toml",
        &format!("store = \"file\"\n{chain}"),
    );
    let chained = "chain:deploy/222222222222/Deploy";
    home.ok(&["use", ADMIN]);
    for answer in answers() {
        let server = Server::start(move |_| answer());
        for (variable, args) in [
            ("AWS_ENDPOINT_URL_SSO", &["list", "--refresh"][..]),
            ("AWS_ENDPOINT_URL_SSO", &["refresh", ADMIN]),
            ("AWS_ENDPOINT_URL_STS", &["refresh", chained]),
            (
                "AWS_ENDPOINT_URL_SSO_OIDC",
                &["login", "--device", "--no-open"],
            ),
        ] {
            let ran = run(&home, variable, &server, args);
            assert_eq!(ran.code, 6, "{variable} {:?}: {ran:?}", answer());
            assert!(
                ran.stderr
                    .contains("a proxy or gateway answered instead of"),
                "{variable}: {ran:?}"
            );
            assert!(ran.stderr.contains("hint: "), "{ran:?}");
        }
        assert!(server.asked() > 0);
    }
    let chained = home.run(&["refresh", chained]);
    assert_eq!(chained.code, 0, "{chained:?}");
}

#[test]
fn a_sign_out_that_a_gateway_answered_is_not_confirmed() {
    let home = home();
    let server = Server::start(|_| Answer::page(200));
    let ran = run(&home, "AWS_ENDPOINT_URL_SSO", &server, &["logout"]);
    assert!(
        ran.stderr.contains("did not confirm the sign-out"),
        "{ran:?}"
    );
}

#[test]
fn an_answer_without_its_list_removes_nothing() {
    let home = home();
    home.ok(&["sync"]);
    let before = home.read(".aws/config");
    assert!(before.contains("roledex_entry"));
    let server = Server::start(|_| Answer::json(200, "{}"));
    fail_to_list_and_prune(&home, &server, "no list of accounts");
    assert_eq!(home.read(".aws/config"), before);
}

#[test]
fn a_refresh_in_which_every_account_fails_is_trouble() {
    let home = home();
    home.ok(&["sync"]);
    let before = home.read(".aws/config");
    let server = Server::start(|request| {
        if request.line.contains("/assignment/accounts") {
            return Answer::json(
                200,
                r#"{"accountList":[{"accountId":"111111111111","accountName":"A","emailAddress":"a@b.test"},
                    {"accountId":"444444444444","accountName":"B","emailAddress":"b@b.test"}]}"#,
            );
        }
        Answer::json(200, "{}")
    });
    fail_to_list_and_prune(&home, &server, "any of the 2 account");
    let after = home.read(".aws/config");
    for role in ["AdministratorAccess", "ReadOnlyAccess"] {
        let entry = format!("org:startup/111111111111/{role}");
        assert!(after.contains(&entry), "{after}");
    }
    assert!(before.contains("333333333333"));
}

/// The answers of a sign-in service to everything but the question for a token.
fn sign_in_service(request: &crate::support::server::Request) -> Option<Answer> {
    let body = if request.line.contains("/client/register") {
        r#"{"clientId":"c","clientSecret":"s","clientIdIssuedAt":1795000000,"clientSecretExpiresAt":4102444800}"#
    } else if request.line.contains("/device_authorization") {
        r#"{"deviceCode":"d","userCode":"ABCD-EFGH","verificationUri":"https://x/","expiresIn":600,"interval":1}"#
    } else {
        return None;
    };
    Some(Answer::json(200, body))
}

#[test]
fn a_client_that_dies_while_its_code_waits_is_registered_again() {
    let home = Home::new("startup");
    home.add_portals();
    let registered = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&registered);
    let server = Server::start(move |request| {
        if request.line.contains("/client/register") {
            count.fetch_add(1, Ordering::SeqCst);
        }
        sign_in_service(request)
            .unwrap_or_else(|| Answer::json(401, r#"{"error":"invalid_client"}"#))
    });
    for attempt in 1..=2 {
        let login = ["login", "--device", "--no-open"];
        let ran = run(&home, "AWS_ENDPOINT_URL_SSO_OIDC", &server, &login);
        assert!(
            ran.code == 1 && ran.stderr.contains("registration is no longer valid"),
            "{ran:?}"
        );
        assert_eq!(registered.load(Ordering::SeqCst), attempt);
    }
}

#[test]
fn a_clock_behind_that_of_aws_is_told_and_keys_end_by_it() {
    // One hour before the end of the keys.
    let date = "content-type: application/json\r\ndate: Fri, 01 Jan 2100 00:00:00 GMT\r\n";
    let keys = r#"{"roleCredentials":{"accessKeyId":"ASIAEXAMPLE","secretAccessKey":"s","sessionToken":"t","expiration":4102448400000}}"#;
    let server = Server::start(move |_| Answer::Full(200, date, keys.to_owned()));
    let end = "echo $AWS_CREDENTIAL_EXPIRATION";
    for (at, args) in [
        &["credentials", ADMIN][..],
        &["exec", ADMIN, "--", "sh", "-c", end],
        &["refresh", ADMIN],
    ]
    .into_iter()
    .enumerate()
    {
        let home = home();
        let ran = run(&home, "AWS_ENDPOINT_URL_SSO", &server, args);
        assert_eq!(ran.code, 0, "{ran:?}");
        let told = ran.stderr.matches("behind AWS; correct it").count();
        assert_eq!(told, 1, "{ran:?}");
        assert!(!ran.stdout.contains("2100"), "{ran:?}");
        let again = ["credentials", ADMIN];
        let ran = run(&home, "AWS_ENDPOINT_URL_SSO", &server, &again);
        assert!(ran.code == 0 && ran.stderr.is_empty(), "{ran:?}");
        assert!(!ran.stdout.contains("2100"), "{ran:?}");
        assert_eq!(server.asked(), at + 1, "they are stored");
    }
}

#[test]
fn a_refresh_that_is_denied_needs_a_sign_in() {
    let home = home();
    let cache = home.path(".aws/sso/cache");
    for file in std::fs::read_dir(cache).unwrap() {
        let path = file.unwrap().path();
        let mut token: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        if token["accessToken"].is_string() {
            token["expiresAt"] = "2020-01-01T00:00:00Z".into();
            let name = path.file_name().unwrap().to_str().unwrap();
            home.write(&format!(".aws/sso/cache/{name}"), &token.to_string());
        }
    }
    let server = Server::start(|_| Answer::json(400, r#"{"error":"access_denied"}"#));
    let args = ["refresh", ADMIN];
    let ran = run(&home, "AWS_ENDPOINT_URL_SSO_OIDC", &server, &args);
    assert!(
        ran.code == 3 && ran.stderr.contains("roledex login startup"),
        "{ran:?}"
    );
}

#[test]
fn only_a_denial_of_sts_is_blamed_on_the_trust_policy() {
    let home = home();
    let chain = "[[chain]]\nname = \"deploy\"\nsource = \"org:startup/111111111111/AdministratorAccess\"\nrole_arn = \"arn:aws:iam::222222222222:role/Deploy\"\n";
    home.write(
        ".config/roledex/config.toml",
        &format!("store = \"file\"\n{chain}"),
    );
    for (code, message, hint) in [
        ("AccessDenied", "not authorized", "trust policy"),
        ("RegionDisabledException", "not activated", "another region"),
        (
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
            "3600",
        ),
        ("MalformedPolicyDocument", "x", ""),
    ] {
        let body = format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        );
        let server =
            Server::start(move |_| Answer::Full(403, "content-type: text/xml\r\n", body.clone()));
        let chained = ["refresh", "chain:deploy/222222222222/Deploy"];
        let ran = run(&home, "AWS_ENDPOINT_URL_STS", &server, &chained);
        assert_eq!(ran.code, 5, "{ran:?}");
        assert!(ran.stderr.contains(hint), "{ran:?}");
        let is_blamed = ran.stderr.contains("trust policy");
        assert_eq!(is_blamed, code == "AccessDenied", "{ran:?}");
    }
}
