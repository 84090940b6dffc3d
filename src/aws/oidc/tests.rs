//! The device flow against a scripted service.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::aws::testing::{Asked, Reply, Server, block_on};
use crate::config::Env;
use crate::domain::Problem;

const TOKEN: &str = r#"{"accessToken":"aoa:1/+","expiresIn":28800,"tokenType":"Bearer",
    "refreshToken":null,"idToken":null,"aws_sso_app_session_id":null}"#;

fn now() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap()
}

fn oidc(url: &str) -> Oidc {
    let http = Http::new(&Env::default(), None).unwrap();
    Oidc::new(&http, url.to_owned(), "us-east-1")
}

fn registration() -> Registration {
    Registration {
        client_id: "id".to_owned(),
        client_secret: "secret".into(),
        expires_at: now(),
    }
}

/// A code that lives for so many milliseconds and is polled every ten.
fn device(life: i64) -> DeviceAuthorization {
    DeviceAuthorization {
        user_code: "ABCD-EFGH".to_owned(),
        verification_uri: String::new(),
        verification_uri_complete: String::new(),
        expires_at: now() + SignedDuration::from_millis(life),
        interval: Duration::from_millis(10),
        device_code: "device".into(),
    }
}

fn poll(
    life: i64,
    answer: impl Fn(usize) -> Reply + Send + Sync + 'static,
) -> (Result<AccessToken, OidcError>, Vec<Asked>) {
    block_on(async {
        let count = AtomicUsize::new(0);
        let server = Server::start(move |_| answer(count.fetch_add(1, Ordering::SeqCst))).await;
        let result = oidc(&server.url)
            .poll(&registration(), &device(life), &Clock::manual(now()))
            .await;
        (result, server.asked())
    })
}

fn pending() -> Reply {
    Reply::oauth_error(
        400,
        "AuthorizationPendingException",
        "authorization_pending",
    )
}

#[test]
fn registration_with_and_without_scopes() {
    block_on(async {
        let server = Server::start(|_| {
            Reply::new(
                200,
                r#"{"clientId":"c","clientSecret":"s","clientIdIssuedAt":1795000000,
                    "clientSecretExpiresAt":1802776000,"tokenEndpoint":null}"#,
            )
        })
        .await;
        let oidc = oidc(&server.url);
        let scopes = ["sso:account:access".to_owned()];
        let registration = oidc.register("roledex", &scopes).await.unwrap();
        assert_eq!(registration.expires_at.as_second(), 1_802_776_000);
        oidc.register("roledex", &[]).await.unwrap();
        let asked = server.asked();
        assert_eq!(asked[0].path, "/client/register");
        assert!(asked[0].body.contains(r#""scopes":["sso:account:access"]"#));
        for request in asked {
            // One grant family per registration, and none named for the device flow (docs/requirements.md#one-grant-per-registration).
            assert!(!request.body.contains("grantTypes"), "{}", request.body);
        }
        assert!(!server.asked()[1].body.contains("scopes"));
    });
}

#[test]
fn starting_with_what_the_service_leaves_out() {
    block_on(async {
        let server = Server::start(|asked| {
            assert!(asked.body.contains("https://d-1.awsapps.com/start"));
            Reply::new(
                200,
                r#"{"deviceCode":"d","userCode":"ABCD-EFGH","verificationUri":"https://x/"}"#,
            )
        })
        .await;
        let clock = Clock::manual(now());
        let device = oidc(&server.url)
            .start(&registration(), "https://d-1.awsapps.com/start", &clock)
            .await
            .unwrap();
        assert_eq!(device.interval, Duration::from_secs(5));
        assert_eq!(device.expires_at, now() + SignedDuration::from_secs(600));
        assert_eq!(device.verification_uri_complete, "https://x/");
        assert!(!format!("{device:?}").contains("\"d\""));
    });
}

#[test]
fn a_lost_answer_is_not_blamed_on_the_region() {
    let used = || Reply::oauth_error(400, "InvalidGrantException", "invalid_grant");
    let (result, _) = poll(60_000, move |n| match n {
        0 => pending(),
        1 => Reply::dropped(),
        _ => used(),
    });
    let error = result.unwrap_err();
    assert_eq!(error, OidcError::AnswerLost);
    let problem = Problem::from(error);
    assert_eq!(problem.hint.as_deref(), Some("sign in again"));
    let (result, _) = poll(60_000, move |_| used());
    assert!(matches!(result, Err(OidcError::InvalidGrant { .. })));
}

#[test]
fn pending_then_approved() {
    let (result, asked) = poll(60_000, |n| match n {
        0..3 => pending(),
        _ => Reply::new(200, TOKEN),
    });
    let token = result.unwrap();
    assert_eq!(token.access_token, "aoa:1/+".into());
    assert_eq!(token.expires_at, now() + SignedDuration::from_hours(8));
    assert_eq!(token.refresh_token, None);
    assert_eq!(token.registration, Some(registration()));
    assert_eq!(asked.len(), 4);
    for pair in asked.windows(2) {
        assert!(pair[1].at - pair[0].at >= Duration::from_millis(10));
    }
}

#[test]
fn slow_down_makes_the_interval_longer_and_goes_on() {
    // The five seconds are more than the code's life: the second poll comes at its very end.
    let (result, asked) = poll(800, |n| match n {
        0 => Reply::oauth_error(400, "SlowDownException", "slow_down"),
        _ => Reply::new(200, TOKEN),
    });
    assert!(result.is_ok());
    assert_eq!(asked.len(), 2);
    let waited = asked[1].at - asked[0].at;
    assert!(waited >= Duration::from_millis(700), "{waited:?}");
}

#[test]
fn every_end_is_told_apart() {
    let end = |name: &'static str, word: &'static str| {
        let (result, asked) = poll(60_000, move |_| Reply::oauth_error(400, name, word));
        assert_eq!(asked.len(), 1, "{name}");
        result.unwrap_err()
    };
    assert_eq!(
        end("ExpiredTokenException", "expired_token"),
        OidcError::CodeExpired
    );
    assert!(matches!(
        end("AccessDeniedException", "access_denied"),
        OidcError::Denied { .. }
    ));
    assert_eq!(
        end("InvalidClientException", "invalid_client"),
        OidcError::InvalidClient
    );
    assert!(matches!(
        end("InvalidGrantException", "invalid_grant"),
        OidcError::InvalidGrant { region, .. } if region == "us-east-1"
    ));
    let (result, _) = poll(60_000, |_| {
        Reply::new(
            400,
            r#"{"error":"invalid_request","region":"eu-west-1","endpoint":"https://x"}"#,
        )
        .header("x-amzn-errortype", "InvalidRequestRegionException")
    });
    assert_eq!(
        result.unwrap_err(),
        OidcError::WrongRegion {
            asked: "us-east-1".to_owned(),
            hint: Some("eu-west-1".to_owned())
        }
    );
}

#[test]
fn the_code_ends_even_if_the_service_never_says_so() {
    let (result, asked) = poll(150, |_| pending());
    assert_eq!(result.unwrap_err(), OidcError::CodeExpired);
    assert!((2..=16).contains(&asked.len()), "{}", asked.len());
}

#[test]
fn trouble_on_the_way_is_tolerated_until_the_code_ends() {
    let (result, asked) = poll(60_000, |n| match n {
        0 => Reply::dropped(),
        1 => Reply::new(503, "<html>"),
        2 => pending(),
        _ => Reply::new(200, TOKEN),
    });
    assert!(result.is_ok());
    assert_eq!(asked.len(), 4);
    let (result, _) = poll(400, |_| Reply::dropped());
    assert!(matches!(result, Err(OidcError::Offline(_))));
}

#[test]
fn a_page_of_a_proxy_ends_the_wait_only_before_the_service_has_answered() {
    for (status, kind, body) in [
        (407, "text/html", "<html>"),
        (302, "text/plain", ""),
        (200, "text/html", "<html>"),
        (400, "text/plain", ""),
        (404, "text/html", "<html>"),
    ] {
        let page = move || Reply::new(status, body).header("content-type", kind);
        let (result, asked) = poll(60_000, move |n| match n {
            0 | 2 => pending(),
            1 => page(),
            _ => Reply::new(200, TOKEN),
        });
        assert!(result.is_ok(), "{status}: {result:?}");
        assert_eq!(asked.len(), 4, "{status}");
        let (result, asked) = poll(60_000, move |_| page());
        assert!(matches!(result, Err(OidcError::Offline(_))), "{status}");
        assert_eq!(asked.len(), 2, "{status}");
        // The request for the code was answered: one page is none of the service's.
        let (result, _) = poll(60_000, move |n| match n {
            0 => page(),
            _ => Reply::new(200, TOKEN),
        });
        assert!(result.is_ok(), "{status}: {result:?}");
    }
}

#[test]
fn a_jump_of_the_clock_ends_the_code() {
    block_on(async {
        let server = Server::start(|_| pending()).await;
        let clock = Clock::manual(now());
        let (registration, device) = (registration(), device(600_000));
        let (client, moved) = (oidc(&server.url), clock.clone());
        let poll = client.poll(&registration, &device, &clock);
        let jump = async {
            while server.asked().is_empty() {
                tokio::task::yield_now().await;
            }
            moved.advance(3600);
        };
        let (result, ()) = tokio::join!(poll, jump);
        assert_eq!(result.unwrap_err(), OidcError::CodeExpired);
    });
}

#[test]
fn refreshing_keeps_the_old_refresh_token() {
    block_on(async {
        let server = Server::start(|asked| {
            assert!(asked.body.contains(r#""grantType":"refresh_token""#));
            if asked.body.contains("rotating") {
                Reply::new(
                    200,
                    r#"{"accessToken":"a","expiresIn":3600,"refreshToken":"new"}"#,
                )
            } else {
                Reply::new(200, TOKEN)
            }
        })
        .await;
        let clock = Clock::manual(now());
        let refresh = async |old: &str| {
            oidc(&server.url)
                .refresh(&registration(), &old.into(), &clock)
                .await
                .unwrap()
                .refresh_token
        };
        assert_eq!(refresh("old").await, Some("old".into()));
        assert_eq!(refresh("rotating").await, Some("new".into()));
    });
}

#[test]
fn a_refresh_that_may_have_been_used_is_not_sent_twice() {
    block_on(async {
        let server = Server::start(|_| Reply::dropped()).await;
        let result = oidc(&server.url)
            .refresh(&registration(), &"old".into(), &Clock::manual(now()))
            .await;
        assert!(matches!(result, Err(OidcError::Offline(_))));
        assert_eq!(server.asked().len(), 1);
    });
}

#[test]
fn an_address_that_is_no_web_page_is_never_shown() {
    for (plain, complete) in [
        ("--help", ""),
        ("file:///etc/passwd", ""),
        ("https://x/", "javascript:alert(1)"),
        ("http://phish.example/", ""),
    ] {
        let answer = format!(
            r#"{{"deviceCode":"d","userCode":"ABCD-EFGH","verificationUri":"{plain}","verificationUriComplete":"{complete}"}}"#
        );
        let device = start(answer);
        assert!(
            matches!(device, Err(OidcError::Malformed { .. })),
            "{plain} {complete}"
        );
    }
}

#[test]
fn numbers_from_the_end_of_the_range_are_taken_for_what_they_are() {
    let device = start(format!(
        r#"{{"deviceCode":"d","userCode":"A","verificationUri":"https://x/","expiresIn":{0},"interval":{0}}}"#,
        i32::MAX
    ));
    assert_eq!(
        device.unwrap().expires_at,
        now() + SignedDuration::from_hours(1)
    );
    let registered = block_on(async {
        let server = Server::start(|_| {
            Reply::new(
                200,
                r#"{"clientId":"c","clientSecret":"s","clientIdIssuedAt":9223372036854775807}"#,
            )
        })
        .await;
        oidc(&server.url).register("roledex", &[]).await
    });
    assert!(matches!(registered, Err(OidcError::Malformed { .. })));
}

fn start(answer: String) -> Result<DeviceAuthorization, OidcError> {
    block_on(async {
        let server = Server::start(move |_| Reply::new(200, answer.clone())).await;
        oidc(&server.url)
            .start(&registration(), "https://x/start", &Clock::manual(now()))
            .await
    })
}

#[test]
fn a_token_without_a_life_or_with_control_characters_is_no_token() {
    for body in [
        r#"{"accessToken":"a"}"#,
        r#"{"accessToken":"a","expiresIn":0}"#,
        r#"{"accessToken":"a","expiresIn":-100}"#,
        r#"{"accessToken":"a\r\nX-Evil: 1","expiresIn":3600}"#,
        r#"{"accessToken":"a\u0000","expiresIn":3600}"#,
    ] {
        let (result, asked) = poll(10_000, move |_| Reply::new(200, body));
        assert!(
            matches!(result, Err(OidcError::Malformed { .. })),
            "{body}: {result:?}"
        );
        assert_eq!(asked.len(), 1, "the code is used up");
    }
}

#[test]
fn a_long_interval_leaves_a_last_poll() {
    block_on(async {
        let count = AtomicUsize::new(0);
        let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
            0 => pending(),
            _ => Reply::new(200, TOKEN),
        })
        .await;
        let device = DeviceAuthorization {
            interval: Duration::from_hours(1),
            ..device(1_050)
        };
        let clock = Clock::manual(now());
        let poll = oidc(&server.url)
            .poll(&registration(), &device, &clock)
            .await;
        assert!(poll.is_ok(), "{poll:?}");
    });
}

#[test]
fn a_page_of_another_host_and_a_code_that_cannot_be_seen_are_refused() {
    for body in [
        r#"{"deviceCode":"d","userCode":"A","verificationUri":"https://aws.example@x/"}"#,
        r#"{"deviceCode":"d","userCode":"\u001b\u200b","verificationUri":"https://x/"}"#,
    ] {
        block_on(async {
            let server = Server::start(move |_| Reply::new(200, body)).await;
            let (oidc, clock) = (oidc(&server.url), Clock::manual(now()));
            let started = oidc
                .start(&registration(), "https://d-1/start", &clock)
                .await;
            assert!(
                matches!(started, Err(OidcError::Malformed { .. })),
                "{body}: {started:?}"
            );
        });
    }
}
