//! The listing against a scripted portal: what no sane portal does, and what a busy one does.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use tokio::time::Duration;

use super::*;
use crate::aws::testing::{Asked, Reply, Server, block_on, listed};
use crate::aws::{Bucket, Http};
use crate::config::Env;

/// The events of a listing.
#[derive(Default)]
struct Heard {
    accounts: Vec<AccountId>,
    roles: BTreeMap<AccountId, Result<Vec<Arc<str>>, Problem>>,
    order: Vec<AccountId>,
    end: Option<CatalogEvent>,
    /// Roles that came before the last page of accounts.
    early: usize,
}

impl Heard {
    fn take(&mut self, event: CatalogEvent) {
        assert!(self.end.is_none(), "nothing comes after the end");
        match event {
            CatalogEvent::Started { .. } => assert!(self.accounts.is_empty()),
            CatalogEvent::Accounts { accounts, .. } => {
                self.early = self.roles.len();
                self.accounts.extend(accounts.iter().map(|a| a.id));
            }
            CatalogEvent::Roles { account, roles, .. } => {
                assert!(self.accounts.contains(&account), "roles before the account");
                assert!(self.roles.insert(account, roles).is_none(), "told twice");
                self.order.push(account);
            }
            end => self.end = Some(end),
        }
    }

    fn failed(&self) -> usize {
        self.roles.values().filter(|roles| roles.is_err()).count()
    }
}

fn id(n: usize) -> AccountId {
    format!("{n:012}").parse().unwrap()
}

/// A portal with so many accounts, each with one role, pages of `page`.
fn accounts_page(asked: &Asked, count: usize, page: usize) -> Reply {
    let from: usize = asked
        .param("next_token")
        .map_or(0, |token| token.parse().unwrap());
    let until = (from + page).min(count);
    let list: Vec<String> = (from..until)
        .map(|n| format!(r#"{{"accountId":"{n:012}","accountName":"a{n}"}}"#))
        .collect();
    let next = if until < count {
        format!("\"{until}\"")
    } else {
        "null".to_owned()
    };
    Reply::new(
        200,
        format!(
            r#"{{"nextToken":{next},"accountList":[{}]}}"#,
            list.join(",")
        ),
    )
}

fn role(name: &str) -> Reply {
    Reply::new(
        200,
        format!(r#"{{"nextToken":null,"roleList":[{{"roleName":"{name}","accountId":"1"}}]}}"#),
    )
}

async fn run_with(
    server: &Server,
    rate: u32,
    queue: Queue,
    renew: impl AsyncFn(Secret) -> Result<Secret, Problem>,
) -> (Result<(), Problem>, Heard) {
    let http = Http::new(&Env::default(), None).unwrap();
    let client = PortalClient::new(&http, server.url.clone(), "us-east-1", Bucket::new(rate));
    let heard = RefCell::new(Heard::default());
    let result = list(
        &client,
        &"acme".into(),
        Secret::from("first"),
        &Clock::manual(Timestamp::UNIX_EPOCH),
        queue,
        renew,
        |event| heard.borrow_mut().take(event),
    )
    .await;
    (result, heard.into_inner())
}

async fn run(server: &Server, rate: u32) -> (Result<(), Problem>, Heard) {
    run_with(server, rate, Queue::default(), async |_| {
        panic!("nothing to renew")
    })
    .await
}

#[test]
fn everything_is_listed_and_roles_come_while_pages_do() {
    block_on(async {
        let server = Server::start(|asked| match asked.path.as_str() {
            "/assignment/accounts" => {
                assert_eq!(asked.param("max_result").as_deref(), Some("100"));
                accounts_page(asked, 1000, 100).after(5)
            }
            _ => role(&asked.param("account_id").unwrap()).after(2),
        })
        .await;
        let (result, heard) = run(&server, 0).await;
        result.unwrap();
        assert_eq!(heard.accounts.len(), 1000);
        assert_eq!(heard.roles.len(), 1000);
        assert_eq!(heard.failed(), 0);
        assert_eq!(
            heard.roles[&id(7)].as_ref().unwrap()[0].as_ref(),
            "000000000007"
        );
        assert!(heard.early > 50, "{}", heard.early);
        assert!(matches!(heard.end, Some(CatalogEvent::Finished { .. })));
    });
}

#[test]
fn a_burst_and_then_the_rate() {
    block_on(async {
        let server = Server::start(|asked| match asked.path.as_str() {
            "/assignment/accounts" => accounts_page(asked, 300, 100),
            _ => role("r").after(20),
        })
        .await;
        let begin = Instant::now();
        let (result, heard) = run(&server, 100).await;
        result.unwrap();
        assert_eq!(heard.roles.len(), 300);
        // 303 requests, of which 100 at once.
        let took = begin.elapsed();
        assert!(took >= Duration::from_millis(1950), "{took:?}");
    });
}

#[test]
fn throttling_never_costs_an_account() {
    block_on(async {
        // A portal that takes 40 requests a second and no more.
        let window = std::sync::Mutex::new((Instant::now(), 0));
        let server = Server::start(move |asked| {
            let mut window = window.lock().unwrap();
            if window.0.elapsed() > Duration::from_millis(250) {
                *window = (Instant::now(), 0);
            }
            window.1 += 1;
            match asked.path.as_str() {
                _ if window.1 > 10 => Reply::new(429, "HTTP 429 Unknown Code"),
                "/assignment/accounts" => accounts_page(asked, 60, 20),
                _ => role("r"),
            }
        })
        .await;
        // Without a limit of our own: the portal must teach it.
        let (result, heard) = run(&server, 0).await;
        result.unwrap();
        assert_eq!((heard.roles.len(), heard.failed()), (60, 0));
        let refused = server.asked().len() - 63;
        assert!(refused < 120, "{refused} requests for nothing");
    });
}

#[test]
fn an_accounts_failure_is_its_own() {
    block_on(async {
        let tries = AtomicUsize::new(0);
        let server = Server::start(move |asked| {
            if asked.path == "/assignment/accounts" {
                return accounts_page(asked, 40, 100);
            }
            match asked.param("account_id").unwrap().parse().unwrap() {
                1 => Reply::portal_error(403, "ForbiddenException"),
                2 => Reply::portal_error(404, "ResourceNotFoundException"),
                3 => Reply::new(500, "<html>"),
                4 if tries.fetch_add(1, Ordering::SeqCst) < 3 => Reply::dropped(),
                5 => Reply::new(200, "<html>not JSON</html>"),
                6 => Reply::new(200, r#"{"roleList":[],"nextToken":"again"}"#),
                7..12 => Reply::dropped(),
                _ => role("r"),
            }
        })
        .await;
        let (result, heard) = run(&server, 0).await;
        result.unwrap();
        assert_eq!(heard.roles.len(), 40);
        let kind = |n| heard.roles[&id(n)].as_ref().map_err(|p| p.kind.clone());
        assert_eq!(kind(1), Err(ProblemKind::AccessDenied));
        assert_eq!(kind(2), Err(ProblemKind::AccessDenied));
        assert_eq!(kind(3), Err(ProblemKind::Service));
        assert!(kind(4).is_ok());
        assert_eq!(kind(5), Err(ProblemKind::Service));
        assert_eq!(kind(6), Err(ProblemKind::Service));
        assert_eq!(kind(7), Err(ProblemKind::Offline));
        assert_eq!(heard.failed(), 10);
        let asked_of_3 = server
            .asked()
            .iter()
            .filter(|asked| asked.param("account_id").as_deref() == Some("000000000003"))
            .count();
        assert_eq!(asked_of_3, 6);
    });
}

#[test]
fn pages_of_roles_and_doubtful_accounts() {
    block_on(async {
        let server = Server::start(|asked| {
            if asked.path == "/assignment/accounts" {
                return Reply::new(
                    200,
                    r#"{"accountList":[{"accountId":"12345"},{"accountId":"000000000001"},
                        {"accountId":"000000000001"},{"accountName":"no id"}],"nextToken":""}"#,
                );
            }
            match asked.param("next_token").as_deref() {
                None => Reply::new(200, r#"{"roleList":[{"roleName":"a"}],"nextToken":"2"}"#),
                Some(_) => Reply::new(200, r#"{"roleList":[{"roleName":"b"},{}]}"#),
            }
        })
        .await;
        let (result, heard) = run(&server, 0).await;
        result.unwrap();
        assert_eq!(heard.accounts, [id(1)]);
        let roles = heard.roles[&id(1)].as_ref().unwrap();
        assert_eq!(
            roles.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
            ["a", "b"]
        );
    });
}

#[test]
fn one_renewal_for_all() {
    block_on(async {
        let server = Server::start(|asked| {
            let old = asked.token.as_deref() == Some("first");
            match asked.path.as_str() {
                "/assignment/accounts" => accounts_page(asked, 50, 100),
                _ if old => Reply::portal_error(401, "UnauthorizedException").after(20),
                _ => role("r"),
            }
        })
        .await;
        let renewals = AtomicUsize::new(0);
        let (result, heard) = run_with(&server, 0, Queue::default(), async |refused| {
            assert_eq!(refused, Secret::from("first"));
            renewals.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok(Secret::from("second"))
        })
        .await;
        result.unwrap();
        assert_eq!(renewals.into_inner(), 1);
        assert_eq!((heard.roles.len(), heard.failed()), (50, 0));
        let refused = server.asked().len() - 51;
        assert!(refused <= 32, "{refused}");
    });
}

#[test]
fn a_refused_renewal_ends_it() {
    block_on(async {
        let server = Server::start(|asked| match asked.path.as_str() {
            "/assignment/accounts" => accounts_page(asked, 50, 100),
            _ => Reply::portal_error(401, "UnauthorizedException"),
        })
        .await;
        let renewals = AtomicUsize::new(0);
        let (result, heard) = run_with(&server, 0, Queue::default(), async |_| {
            renewals.fetch_add(1, Ordering::SeqCst);
            Ok(Secret::from("second"))
        })
        .await;
        let needed = Problem::sign_in_needed(&"acme".into());
        assert_eq!(result, Err(needed.clone()));
        assert_eq!(renewals.into_inner(), 1);
        assert!(
            matches!(heard.end, Some(CatalogEvent::Failed { problem, .. }) if problem == needed)
        );
        // No token at all ends it in the same way, and so does the same token again.
        let (result, _) = run_with(&server, 0, Queue::default(), async |_| {
            Err(Problem::sign_in_needed(&"acme".into()))
        })
        .await;
        assert_eq!(result, Err(needed.clone()));
        let (result, _) = run_with(&server, 0, Queue::default(), async |same| Ok(same)).await;
        assert_eq!(result, Err(needed));
    });
}

#[test]
fn one_account_that_refuses_every_token_stops_nobody() {
    block_on(async {
        let server = Server::start(|asked| {
            if asked.path == "/assignment/accounts" {
                return accounts_page(asked, 400, 100);
            }
            match asked.param("account_id").unwrap().as_str() {
                "000000000000" => Reply::portal_error(401, "UnauthorizedException"),
                _ => role("r").after(3),
            }
        })
        .await;
        let renewals = AtomicUsize::new(0);
        let (result, heard) = run_with(&server, 0, Queue::default(), async |_| {
            let n = renewals.fetch_add(1, Ordering::SeqCst);
            Ok(Secret::new(format!("new{n}")))
        })
        .await;
        // Whether the refusal or another answer comes first after a renewal is the network's
        // choice; both ends are right, an endless one is not.
        assert!(renewals.into_inner() <= 3);
        if result.is_ok() {
            assert_eq!((heard.roles.len(), heard.failed()), (400, 1));
        }
    });
}

/// The first two of a hundred accounts that are asked for their roles.
fn asked_first(queue: Queue) -> Vec<String> {
    block_on(async {
        let server = Server::start(|asked| match asked.path.as_str() {
            "/assignment/accounts" => accounts_page(asked, 100, 100),
            _ => role("r").after(1),
        })
        .await;
        let (result, heard) = run_with(&server, 0, queue, async |_| unreachable!()).await;
        result.unwrap();
        assert_eq!(heard.order.len(), 100);
        let mut first: Vec<_> = server.asked()[1..=2]
            .iter()
            .map(|asked| asked.param("account_id").unwrap())
            .collect();
        // Two requests at once may arrive in either order.
        first.sort();
        first
    })
}

#[test]
fn what_is_on_screen_comes_first() {
    let priority = Priority::default();
    priority.prefer(vec![id(90), id(80)]);
    let first = asked_first(Queue::new(priority, None));
    assert_eq!(first, ["000000000080", "000000000090"]);
}

#[test]
fn what_is_not_known_comes_next_and_then_what_changed() {
    let mut before = listed((0..100).filter(|n| *n != 50).map(id));
    before.add_changed([id(70), id(60)]);
    let first = asked_first(Queue::new(Priority::default(), Some(&before)));
    assert_eq!(first, ["000000000050", "000000000070"]);
}

#[test]
fn a_portal_that_fails_at_the_first_page_says_so() {
    block_on(async {
        let server = Server::start(|_| Reply::portal_error(403, "ForbiddenException")).await;
        let (result, heard) = run(&server, 0).await;
        assert_eq!(result.unwrap_err().kind, ProblemKind::AccessDenied);
        assert!(matches!(heard.end, Some(CatalogEvent::Failed { .. })));
        assert_eq!(server.asked().len(), 1);
    });
}

#[test]
fn an_outage_is_waited_out_and_is_no_accounts_fault() {
    block_on(async {
        // It begins with the tenth request, when few are under way: how many are by a given time
        // depends on the machine.
        let (count, begin) = (AtomicUsize::new(0), OnceLock::new());
        let server = Server::start(move |asked| {
            let away = count.fetch_add(1, Ordering::Relaxed) >= 10
                && begin.get_or_init(Instant::now).elapsed() < Duration::from_secs(2);
            match asked.path.as_str() {
                _ if away => Reply::dropped(),
                "/assignment/accounts" => accounts_page(asked, 100, 100),
                _ => role("r").after(30),
            }
        })
        .await;
        let (result, heard) = run(&server, 0).await;
        result.unwrap();
        assert_eq!((heard.roles.len(), heard.failed()), (100, 0));
        // It does not hammer meanwhile.
        let asked = server.asked().len();
        assert!(asked < 101 + 60, "{asked}");
    });
}

#[test]
fn dropping_it_stops_it() {
    block_on(async {
        let server = Server::start(|asked| match asked.path.as_str() {
            "/assignment/accounts" => accounts_page(asked, 1000, 100),
            _ => role("r").after(10),
        })
        .await;
        let stopped = tokio::time::timeout(Duration::from_millis(100), run(&server, 0)).await;
        assert!(stopped.is_err());
        // What was on the way may still arrive; nothing new is sent.
        tokio::time::timeout(Duration::from_secs(5), async {
            let mut before = usize::MAX;
            while before != server.asked().len() {
                before = server.asked().len();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await
        .unwrap();
        assert!(server.asked().len() < 900);
    });
}

#[test]
fn lists_without_end_come_to_an_end() {
    block_on(async {
        let count = AtomicUsize::new(1);
        let server = Server::start(move |asked| {
            let next = count.fetch_add(1, Ordering::SeqCst);
            match asked.path.as_str() {
                "/assignment/accounts" => Reply::new(
                    200,
                    format!(
                        r#"{{"nextToken":"{next}","accountList":[{{"accountId":"000000000001"}}]}}"#
                    ),
                ),
                _ => Reply::new(
                    200,
                    format!(r#"{{"nextToken":"{next}","roleList":[{{"roleName":"r{next}"}}]}}"#),
                ),
            }
        })
        .await;
        let (result, heard) = run(&server, 0).await;
        let problem = result.unwrap_err();
        assert!(problem.to_string().contains("does not end"), "{problem}");
        assert!(matches!(heard.end, Some(CatalogEvent::Failed { .. })));
        assert!(server.asked().len() < 500);

        let count = AtomicUsize::new(1);
        let server = Server::start(move |asked| match asked.path.as_str() {
            "/assignment/accounts" => accounts_page(asked, 1, 100),
            _ => Reply::new(
                200,
                format!(
                    r#"{{"nextToken":"{0}","roleList":[{{"roleName":"r{0}"}}]}}"#,
                    count.fetch_add(1, Ordering::SeqCst)
                ),
            ),
        })
        .await;
        let (result, heard) = run(&server, 0).await;
        result.unwrap();
        assert_eq!((heard.roles.len(), heard.failed()), (1, 1));
    });
}
