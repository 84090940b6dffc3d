//! Credentials and sign-out against a scripted portal.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::aws::Bucket;
use crate::aws::testing::{Asked, Reply, Server, block_on};
use crate::aws::unreachable::Reach;
use crate::config::Env;
use crate::domain::{Problem, ProblemKind};

const GOOD: &str = r#"{"roleCredentials":{"accessKeyId":"ASIAX","secretAccessKey":"s/k+",
    "sessionToken":"t","expiration":1795226989123}}"#;

fn client(url: &str) -> PortalClient {
    let http = Http::new(&Env::default(), None).unwrap();
    PortalClient::new(&http, url.to_owned(), "us-east-1", Bucket::new(0))
}

fn get(
    answer: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
) -> (Result<Credentials, PortalError>, Vec<Asked>) {
    block_on(async {
        let count = AtomicUsize::new(0);
        let server =
            Server::start(move |asked| answer(asked, count.fetch_add(1, Ordering::SeqCst))).await;
        let account = "123456789012".parse().unwrap();
        let result = client(&server.url)
            .role_credentials(&"tok:en/+".into(), account, "Admin")
            .await;
        (result, server.asked())
    })
}

#[test]
fn milliseconds() {
    let (result, asked) = get(|_, _| Reply::new(200, GOOD));
    let credentials = result.unwrap();
    assert_eq!(credentials.expires_at.as_millisecond(), 1_795_226_989_123);
    assert_eq!(credentials.access_key_id, "ASIAX");
    assert_eq!(asked[0].path, "/federation/credentials");
    assert_eq!(asked[0].param("account_id").unwrap(), "123456789012");
    assert_eq!(asked[0].param("role_name").unwrap(), "Admin");
    assert_eq!(asked[0].token.as_deref(), Some("tok:en/+"));
}

#[test]
fn a_refusal_is_asked_once_more_because_the_portal_errs() {
    let (result, asked) = get(|_, n| match n {
        0 => Reply::portal_error(403, "ForbiddenException"),
        _ => Reply::new(200, GOOD),
    });
    assert!(result.is_ok());
    assert_eq!(asked.len(), 2);
    let (result, asked) = get(|_, _| Reply::portal_error(403, "ForbiddenException"));
    assert!(matches!(result, Err(PortalError::NotAssigned { .. })));
    assert_eq!(asked.len(), 2);
}

#[test]
fn an_answer_without_credentials_is_none() {
    for body in [
        "{}",
        "",
        r#"{"roleCredentials":null}"#,
        r#"{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"s","sessionToken":"t"}}"#,
        r#"{"roleCredentials":{"accessKeyId":"","secretAccessKey":"s","sessionToken":"t","expiration":1}}"#,
        r#"{"roleCredentials":{"accessKeyId":"A\n[default]","secretAccessKey":"s","sessionToken":"t","expiration":1795226989123}}"#,
        r#"{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"s k","sessionToken":"t","expiration":1795226989123}}"#,
        r#"{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"s","sessionToken":"t\u0000","expiration":1795226989123}}"#,
        "<html>",
    ] {
        // The first is bad, the second good: what matters is that the bad one is not taken.
        let (result, asked) = get(move |_, n| Reply::new(200, if n == 0 { body } else { GOOD }));
        assert!(result.is_ok(), "{body}");
        assert_eq!(asked.len(), 2, "{body}");
    }
}

#[test]
fn a_dead_token_is_not_tried_again() {
    let (result, asked) = get(|_, _| Reply::portal_error(401, "UnauthorizedException"));
    let error = result.unwrap_err();
    assert_eq!(asked.len(), 1);
    let problem = error.problem(&"acme".into());
    assert_eq!(problem.kind.exit_code(), 3);
    assert!(problem.hint.unwrap().contains("acme"));
}

#[test]
fn trouble_passes() {
    let (result, asked) = get(|_, n| match n {
        0 => Reply::new(429, "{}").header("retry-after", "1"),
        1 => Reply::new(502, "<html>"),
        2 => Reply::dropped(),
        _ => Reply::new(200, GOOD),
    });
    assert!(result.is_ok());
    assert_eq!(asked.len(), 4);
    let waited = asked[1].at - asked[0].at;
    assert!(waited >= std::time::Duration::from_secs(1), "{waited:?}");
}

#[test]
fn signing_out_of_a_dead_session_is_fine() {
    block_on(async {
        let server = Server::start(|asked| {
            assert_eq!(asked.path, "/logout");
            match asked.token.as_deref() {
                Some("dead") => Reply::portal_error(401, "UnauthorizedException"),
                _ => Reply::new(200, ""),
            }
        })
        .await;
        let client = client(&server.url);
        client.logout(&"live".into()).await.unwrap();
        client.logout(&"dead".into()).await.unwrap();
    });
}

#[test]
fn a_web_page_in_place_of_an_answer_is_a_gateways_whatever_its_status() {
    block_on(async {
        let server = Server::start(|_| {
            Reply::new(200, "<html>Blocked</html>")
                .header("content-type", "text/html; charset=utf-8")
        })
        .await;
        let client = client(&server.url);
        // Its answer has no content, and is not read.
        let error = client.logout(&"t".into()).await.unwrap_err();
        assert!(matches!(error, PortalError::Blocked(_)), "{error:?}");
        let failed = client.try_accounts(&"t".into(), None).await.unwrap_err();
        let PortalError::Blocked(unreachable) = failed.error else {
            panic!("{:?}", failed.error);
        };
        assert_eq!(unreachable.detail, "HTTP 200 with a web page");
    });
}

#[test]
fn a_proxy_that_refuses_the_password_is_asked_once() {
    block_on(async {
        let server = Server::start(|_| Reply::new(407, "")).await;
        let proxy = server.url.replace("http://", "http://user:wrong@");
        let env: Env = [("HTTPS_PROXY", proxy.as_str())].into_iter().collect();
        let http = Http::new(&env, None).unwrap();
        let endpoint = "https://portal.invalid".to_owned();
        let client = PortalClient::new(&http, endpoint, "us-east-1", Bucket::new(0));
        let account = "123456789012".parse().unwrap();
        let error = client.role_credentials(&"t".into(), account, "r").await;
        let Err(PortalError::Offline(unreachable)) = error else {
            panic!("{error:?}");
        };
        assert_eq!(unreachable.reach, Reach::ProxyPassword);
        let problem = Problem::from(unreachable);
        assert!(problem.hint.unwrap().contains("password"));
        assert_eq!(server.asked().len(), 1);
    });
}

#[test]
fn a_proxy_that_does_not_allow_the_host_is_asked_a_few_times() {
    block_on(async {
        let server = Server::start(|_| Reply::new(403, "<html>")).await;
        let env: Env = [("HTTPS_PROXY", server.url.as_str())].into_iter().collect();
        let http = Http::new(&env, None).unwrap();
        let endpoint = "https://portal.invalid".to_owned();
        let client = PortalClient::new(&http, endpoint, "us-east-1", Bucket::new(0));
        let account = "123456789012".parse().unwrap();
        let error = client.role_credentials(&"t".into(), account, "r").await;
        let problem = Problem::from(error.unwrap_err());
        assert!(problem.hint.unwrap().contains("may not allow this host"));
        assert_eq!(server.asked().len(), 3);
    });
}

#[test]
fn nobody_there() {
    block_on(async {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let client = client(&format!("http://{address}"));
        let failed = client
            .try_accounts(&"token".into(), None)
            .await
            .unwrap_err();
        let PortalError::Offline(unreachable) = failed.error else {
            panic!("{:?}", failed.error);
        };
        assert_eq!(unreachable.reach, Reach::Connection);
        assert_eq!(unreachable.host, address.to_string());
        let problem = Problem::from(unreachable);
        assert_eq!(problem.kind, ProblemKind::Offline);
        assert!(problem.detail.unwrap().contains("refused"));
    });
}

#[test]
fn through_a_proxy_by_our_environment_with_its_password() {
    block_on(async {
        let server = Server::start(|_| Reply::new(200, GOOD)).await;
        let proxy = server.url.replace("http://", "http://user:p%40ss@");
        let env: Env = [("HTTP_PROXY", proxy.as_str()), ("NO_PROXY", "localhost")]
            .into_iter()
            .collect();
        let http = Http::new(&env, None).unwrap();
        let endpoint = "http://portal.invalid".to_owned();
        let client = PortalClient::new(&http, endpoint, "us-east-1", Bucket::new(0));
        let account = "123456789012".parse().unwrap();
        let credentials = client.role_credentials(&"t".into(), account, "r").await;
        assert!(credentials.is_ok());
        let asked = &server.asked()[0];
        assert_eq!(asked.host.as_deref(), Some("portal.invalid"));
        // user:p@ss
        assert_eq!(asked.proxy_auth.as_deref(), Some("Basic dXNlcjpwQHNz"));
    });
}

#[test]
fn a_proxy_that_is_down_is_named() {
    block_on(async {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let proxy = format!("http://user:hunter2@{address}");
        let env: Env = [("https_proxy", proxy.as_str())].into_iter().collect();
        let http = Http::new(&env, None).unwrap();
        let endpoint = "https://portal.sso.us-east-1.amazonaws.com".to_owned();
        let client = PortalClient::new(&http, endpoint, "us-east-1", Bucket::new(0));
        let failed = client.try_accounts(&"t".into(), None).await.unwrap_err();
        let problem = Problem::from(failed.error);
        assert!(problem.title.contains(&address.to_string()), "{problem}");
        assert!(!format!("{problem:?}").contains("hunter2"));
        assert!(problem.hint.unwrap().contains("HTTPS_PROXY"));
    });
}

#[test]
fn an_answer_without_end_is_not_read_to_its_end() {
    let (result, _) = get(|_, _| {
        let filling = "a".repeat(5 << 20);
        let rest = GOOD.trim_start_matches('{');
        Reply::new(200, format!(r#"{{"x":"{filling}",{rest}"#))
    });
    assert!(matches!(result, Err(PortalError::Offline(_))), "{result:?}");
}

#[test]
fn names_are_bounded_and_no_role_becomes_another() {
    block_on(async {
        let long = "n".repeat(100_000);
        let server = Server::start(move |asked| {
            let body = match asked.path.as_str() {
                "/assignment/accounts" => format!(
                    r#"{{"accountList":[{{"accountId":"000000000001","accountName":"{long}"}}]}}"#
                ),
                _ => format!(r#"{{"roleList":[{{"roleName":"{long}"}},{{"roleName":"r"}}]}}"#),
            };
            Reply::new(200, body)
        })
        .await;
        let client = client(&server.url);
        let (accounts, _) = client.try_accounts(&"t".into(), None).await.unwrap();
        assert_eq!(accounts[0].name.chars().count(), 257);
        let id = accounts[0].id;
        let (roles, _) = client.try_roles(&"t".into(), id, None).await.unwrap();
        assert_eq!(roles, ["r".into()]);
    });
}

#[test]
fn an_answer_that_is_too_long_is_said_so_and_not_asked_for_again() {
    let body = format!("{{\"roleCredentials\":\"{}\"}}", "x".repeat(5 << 20));
    let (result, asked) = get(move |_, _| Reply::new(200, body.clone()));
    let Err(PortalError::Offline(unreachable)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(unreachable.reach, Reach::TooLong);
    assert_eq!(asked.len(), 1);
    let problem = Problem::from(unreachable);
    assert_eq!(problem.kind, ProblemKind::Service);
    assert!(problem.to_string().contains("too long"), "{problem}");
}
