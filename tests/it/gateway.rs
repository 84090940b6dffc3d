//! Answers that do not come from the service, and answers that lack what they are about.

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
