use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::*;
use crate::aws::testing::{Reply, Server, block_on};
use crate::config::Env;
use crate::domain::{Problem, ProblemKind};

const ANSWER: &str = r#"{"accessToken":{"accessKeyId":"ASIA1","secretAccessKey":"s","sessionToken":"t"},
"tokenType":"aws_sigv4","expiresIn":900,"refreshToken":"next","idToken":"h.eyJzdWIiOiJhcm46eCJ9.s"}"#;

fn service(url: &str) -> SignIn {
    let http = Http::new(&Env::default(), None).unwrap();
    let clock = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
    SignIn::new(&http, url, clock, Waiting::default())
}

fn refuse(status: u16, word: &str) -> Reply {
    Reply::new(
        status,
        format!(r#"{{"error":"{word}","message":"described"}}"#),
    )
    .header("x-amzn-ErrorType", "AccessDeniedException")
}

async fn refreshed(server: &Server) -> Result<Tokens, SignInError> {
    let key = DpopKey::generate();
    service(&server.url)
        .refresh(HERE, &Secret::from("used"), &key)
        .await
}

#[test]
fn a_refresh_token_is_exchanged_with_a_proof() {
    block_on(async {
        let server = Server::start(|_| Reply::new(200, ANSWER)).await;
        let tokens = refreshed(&server).await.unwrap();
        assert_eq!(tokens.credentials.access_key_id, "ASIA1");
        assert_eq!(tokens.credentials.expires_at.as_second(), 1_800_000_900);
        assert_eq!(tokens.refresh_token, Secret::from("next"));
        assert_eq!(subject(&tokens.id_token.unwrap()).as_deref(), Some("arn:x"));
        let asked = server.asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].path, "/v1/token");
        let body: serde_json::Value = serde_json::from_str(&asked[0].body).unwrap();
        assert_eq!(
            body,
            serde_json::json!({"clientId": HERE, "grantType": "refresh_token", "refreshToken": "used"})
        );
    });
}

#[test]
fn each_refusal_has_its_own_words() {
    for (status, word, kind, part) in [
        (401, "TOKEN_EXPIRED", ProblemKind::Failed, "sign in again"),
        (
            401,
            "AUTHCODE_EXPIRED",
            ProblemKind::Failed,
            "within a few minutes",
        ),
        (
            403,
            "USER_CREDENTIALS_CHANGED",
            ProblemKind::Failed,
            "sign in again",
        ),
        (
            403,
            "INSUFFICIENT_PERMISSIONS",
            ProblemKind::AccessDenied,
            "SignInLocalDevelopmentAccess, which allows signin:AuthorizeOAuth2Access and signin:CreateOAuth2Token",
        ),
        (
            400,
            "INVALID_REQUEST",
            ProblemKind::AccessDenied,
            "--region",
        ),
    ] {
        block_on(async {
            let server = Server::start(move |_| refuse(status, word)).await;
            let problem = Problem::from(refreshed(&server).await.unwrap_err());
            assert_eq!(problem.kind, kind, "{word}: {problem}");
            assert!(problem.hint.unwrap().contains(part), "{word}");
            assert_eq!(server.asked().len(), 1, "{word} is not asked again");
        });
    }
}

#[test]
fn only_a_request_that_was_surely_not_served_is_sent_again() {
    for (reply, asked) in [
        (Reply::new(429, r#"{"error":"x","message":"slow"}"#), 3),
        (Reply::new(503, ""), 3),
        (Reply::new(500, ""), 1),
        (Reply::dropped(), 1),
        (Reply::new(200, "{}"), 1),
    ] {
        block_on(async {
            let answer = reply.clone();
            let server = Server::start(move |_| answer.clone()).await;
            refreshed(&server).await.unwrap_err();
            assert_eq!(server.asked().len(), asked, "{reply:?}");
        });
    }
}

#[test]
fn the_address_is_the_aws_clis() {
    let authorization = service("https://eu-west-1.signin.aws.amazon.com/").authorize_elsewhere();
    let url = url::Url::parse(&authorization.url).unwrap();
    assert_eq!(url.path(), "/v1/authorize");
    let find = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
    };
    assert_eq!(find("client_id"), ELSEWHERE);
    assert_eq!(find("response_type"), "code");
    assert_eq!(find("code_challenge_method"), "SHA-256");
    assert_eq!(find("scope"), "openid");
    assert_eq!(
        find("redirect_uri"),
        "https://eu-west-1.signin.aws.amazon.com/v1/sessions/confirmation"
    );
    assert_eq!(find("state"), authorization.state.expose());
    let verifier = authorization.verifier.expose();
    assert_eq!(verifier.len(), 64);
    assert_eq!(
        find("code_challenge"),
        URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
    );
}

#[test]
fn a_pasted_text_counts_only_with_the_state_of_this_sign_in() {
    let authorization = service("https://x.example").authorize_elsewhere();
    let state = authorization.state.expose();
    let whole = format!("state={state}&code=a%2Bb");
    let code = |text: &str| authorization.code_in(&Secret::from(text));
    for text in [
        STANDARD.encode(&whole),
        format!(" {}\n", STANDARD_NO_PAD.encode(&whole)),
        URL_SAFE_NO_PAD.encode(&whole),
        format!("https://x.example/v1/sessions/confirmation?{whole}"),
    ] {
        assert_eq!(code(&text), Ok(Secret::from("a+b")), "{text}");
    }
    // The page itself: its heading, a sentence, and the code, which a terminal may have wrapped.
    let coded = STANDARD.encode(&whole);
    let (start, end) = coded.split_at(20);
    for text in [
        format!("You are signed in\nCopy this code into your terminal:\n\n  {coded}\n"),
        format!("Signed in\n{coded}\nYou can close this page.\n"),
        format!("You are signed in\nCopy this code:\n{start}\n{end}\n"),
        format!("{} {coded}", STANDARD.encode("state=other&code=x")),
    ] {
        assert_eq!(code(&text), Ok(Secret::from("a+b")), "{text}");
    }
    let long = "word ".repeat(40_000);
    assert_eq!(code(&long), Err(SignInError::BadPaste));
    for text in [
        "",
        "nonsense!",
        &STANDARD.encode("code=x"),
        &STANDARD.encode(format!("state={state}")),
    ] {
        assert_eq!(code(text), Err(SignInError::BadPaste), "{text}");
    }
    let other = STANDARD.encode("state=other&code=x");
    assert_eq!(code(&other), Err(SignInError::OtherSignIn));
}
