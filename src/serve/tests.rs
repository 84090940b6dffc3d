use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

fn credentials(key: &str, expires_at: Timestamp) -> Credentials {
    Credentials {
        access_key_id: key.to_owned(),
        secret_access_key: "secret\"".into(),
        session_token: "session".into(),
        expires_at,
        obtained_at: None,
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_226_989 + seconds).unwrap()
}

/// An endpoint with credentials of an hour, what its source will say, and how often it was asked.
struct Stage {
    clock: Clock,
    uri: String,
    host: String,
    token: String,
    asked: Rc<RefCell<usize>>,
}

async fn with_server<F: Future>(
    answers: Vec<Result<Credentials, Problem>>,
    act: impl FnOnce(Stage) -> F,
) -> F::Output {
    let server = Server::bind(Peers::UserOrRoot).await.unwrap();
    let clock = Clock::manual(at(0));
    let asked = Rc::new(RefCell::new(0));
    let stage = Stage {
        clock: clock.clone(),
        uri: server.uri(),
        host: server.listener.host().to_owned(),
        token: server.token().expose().to_owned(),
        asked: Rc::clone(&asked),
    };
    let answers = RefCell::new(VecDeque::from(answers));
    let account = "111111111111".parse().unwrap();
    let serving = server.run(
        account,
        clock,
        credentials("first", at(3_600)),
        async || {
            *asked.borrow_mut() += 1;
            // Others may ask meanwhile.
            tokio::task::yield_now().await;
            let answer = answers.borrow_mut().pop_front();
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        },
    );
    tokio::select! {
        // The endpoint starts before the test moves the clock.
        biased;
        never = serving => match never {},
        output = act(stage) => output,
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

impl Stage {
    async fn send(
        &self,
        method: &str,
        path: &str,
        host: &str,
        token: &str,
    ) -> (u16, serde_json::Value) {
        let mut stream = TcpStream::connect(&self.host).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(head.contains("application/json"), "{head}");
        (status, serde_json::from_str(body).unwrap())
    }

    async fn get(&self) -> (u16, serde_json::Value) {
        self.send("GET", PATH, &self.host, &self.token).await
    }
}

#[test]
fn the_answer_is_what_sdks_read() {
    block_on(with_server(Vec::new(), async |stage| {
        assert_eq!(stage.uri, format!("http://{}/credentials", stage.host));
        assert_eq!(stage.token.len(), 43, "32 random bytes");
        let (status, body) = stage.get().await;
        assert_eq!(status, 200);
        assert_eq!(
            body,
            serde_json::json!({
                "AccessKeyId": "first",
                "SecretAccessKey": "secret\"",
                "Token": "session",
                "Expiration": "2026-11-21T03:09:49Z",
                "AccountId": "111111111111",
            })
        );
        assert_eq!(*stage.asked.borrow(), 0);
    }));
}

#[test]
fn everybody_else_is_refused_with_code_and_message() {
    block_on(with_server(Vec::new(), async |stage| {
        let (host, token) = (stage.host.as_str(), stage.token.as_str());
        let longer = format!("{token}x");
        for (method, path, host, token, status) in [
            ("GET", PATH, "evil.example", token, 403),
            ("GET", PATH, "localhost", token, 403),
            ("GET", PATH, host, "", 401),
            ("GET", PATH, host, "wrong", 401),
            ("GET", PATH, host, &longer, 401),
            ("GET", "/", host, "wrong", 401),
            ("GET", "/", host, token, 404),
            ("GET", "/credentials/", host, token, 404),
            ("POST", PATH, host, token, 405),
        ] {
            let (got, body) = stage.send(method, path, host, token).await;
            assert_eq!(got, status, "{method} {path} {host} {body}");
            assert!(
                body["code"].is_string() && body["message"].is_string(),
                "{body}"
            );
            assert!(!body.to_string().contains("session"), "{body}");
        }
    }));
}

#[test]
fn near_the_end_new_ones_are_fetched_once_for_all() {
    let answers = vec![Ok(credentials("second", at(9_000)))];
    block_on(with_server(answers, async |stage| {
        stage.clock.advance(3_600 - SOON_SECONDS - 1);
        assert_eq!(stage.get().await.1["AccessKeyId"], "first");
        stage.clock.advance(1);
        let all = futures_util::future::join_all((0..20).map(|_| stage.get())).await;
        assert!(
            all.iter()
                .all(|(status, body)| *status == 200 && body["AccessKeyId"] == "second")
        );
        assert_eq!(*stage.asked.borrow(), 1);
    }));
}

#[test]
fn after_a_failure_the_good_ones_are_served_for_a_while_without_asking() {
    let offline = || Err(Problem::new(ProblemKind::Offline, "nothing answered"));
    block_on(with_server(vec![offline(), offline()], async |stage| {
        stage.clock.advance(3_600 - SOON_SECONDS);
        for asked in [1, 2] {
            for _ in 0..3 {
                assert_eq!(stage.get().await.1["AccessKeyId"], "first");
                assert_eq!(*stage.asked.borrow(), asked);
            }
            stage.clock.advance(PAUSE_MS / 1_000);
        }
    }));
}

#[test]
fn trouble_is_told_only_when_the_old_ones_are_over() {
    let portal = "p".into();
    let answers = vec![
        Err(Problem::new(ProblemKind::Offline, "nothing answered")),
        Err(Problem::sign_in_needed(&portal)),
        Ok(credentials("second", at(9_000))),
    ];
    block_on(with_server(answers, async |stage| {
        stage.clock.advance(3_600 - 60);
        assert_eq!(stage.get().await.1["AccessKeyId"], "first", "still good");
        stage.clock.advance(60);
        let (status, body) = stage.get().await;
        assert_eq!((status, &body["code"]), (401, &"SignInNeeded".into()));
        assert_eq!(body["message"], "not signed in to p; run: roledex login p");
        assert_eq!(
            stage.get().await.1["AccessKeyId"],
            "second",
            "signed in meanwhile"
        );
        assert_eq!(*stage.asked.borrow(), 3);
    }));
}

#[test]
fn a_failure_of_just_now_is_told_at_once_while_another_renewal_goes_on() {
    let offline = Problem::new(ProblemKind::Offline, "nothing answered");
    block_on(with_server(vec![Err(offline)], async |stage| {
        stage.clock.advance(3_600);
        for asked in [1, 2, 2] {
            let (status, body) = timeout(RENEWAL_TIMEOUT / 2, stage.get()).await.unwrap();
            assert_eq!(
                (status, &body["message"]),
                (503, &"nothing answered".into())
            );
            assert_eq!(*stage.asked.borrow(), asked);
        }
    }));
}

#[test]
fn credentials_that_live_shortly_are_renewed_in_the_second_half_of_their_life() {
    let held = Held::new(credentials("x", at(5)), at(0));
    assert!(!held.is_due(at(2)));
    assert!(held.is_due(at(3)));
    let held = Held::new(credentials("x", at(43_200)), at(0));
    assert!(!held.is_due(at(43_200 - 901)));
    assert!(held.is_due(at(43_200 - 900)));
}

#[test]
fn connections_without_the_token_keep_nobody_out() {
    block_on(with_server(Vec::new(), async |stage| {
        let request = |token: &str| {
            let host = &stage.host;
            format!("GET {PATH} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\n\r\n")
        };
        let mut silent = Vec::new();
        for _ in 0..LIMITS.connections {
            silent.push(TcpStream::connect(&stage.host).await.unwrap());
        }
        assert_eq!(stage.get().await.0, 200);
        // The first one gave way; the last one is still there, with its time not over.
        let mut nothing = String::new();
        silent[0].read_to_string(&mut nothing).await.unwrap();
        assert_eq!(nothing, "");
        let last = silent.last_mut().unwrap();
        last.write_all(request(&stage.token).as_bytes())
            .await
            .unwrap();
        let mut answer = [0; 12];
        last.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        // Whoever guesses is hung up on.
        let mut guessing = TcpStream::connect(&stage.host).await.unwrap();
        guessing.write_all(request("x").as_bytes()).await.unwrap();
        let mut refusal = String::new();
        guessing.read_to_string(&mut refusal).await.unwrap();
        assert!(refusal.starts_with("HTTP/1.1 401"), "{refusal}");
    }));
}

#[test]
fn credentials_without_an_expiry_get_one_of_half_an_hour() {
    use crate::domain::credentials::NEVER;
    let held = Held::new(credentials("endless", NEVER), at(0));
    assert_eq!(held.credentials.expires_at, at(1_800));
    assert!(!held.is_due(at(899)) && held.is_due(at(900)));
}
