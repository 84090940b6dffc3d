//! The AWS clients against the simulated Identity Center: sign-in, listing, credentials, renewal.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use roledex::internals::aws::callback::Callback;
use roledex::internals::aws::oidc::{Oidc, OidcError};
use roledex::internals::aws::portal::{PortalClient, PortalError};
use roledex::internals::aws::{Bucket, Endpoints, Http, listing};
use roledex::internals::config::{Clock, Env};
use roledex::internals::domain::{
    AccessToken, AccountId, CatalogEvent, Problem, ProblemKind, Registration, Secret,
};
use roledex::internals::sim::{self, Running, Scenario, SimPortal};

const SCOPE: &str = "sso:account:access";

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn named(name: &str) -> Running {
    sim::start(Scenario::named(name).unwrap(), None).unwrap()
}

fn scenario(text: &str) -> Running {
    let portal = r#"
        [[portals]]
        name = "test"
        region = "us-east-1"
        start_url = "https://d-9067000999.awsapps.com/start"
    "#;
    sim::start(
        Scenario::parse(&text.replace("PORTAL", portal)).unwrap(),
        None,
    )
    .unwrap()
}

/// A user at a portal of the simulator.
struct User {
    portal: SimPortal,
    endpoints: Endpoints,
    http: Http,
}

impl User {
    fn at(sim: &Running, number: usize) -> Self {
        let at = sim.endpoints();
        let env: Env = [
            ("AWS_ENDPOINT_URL_SSO_OIDC", at.oidc.as_str()),
            ("AWS_ENDPOINT_URL_SSO", at.sso.as_str()),
            ("AWS_ENDPOINT_URL_STS", at.sts.as_str()),
        ]
        .into_iter()
        .collect();
        Self {
            portal: at.portals[number].clone(),
            endpoints: Endpoints::new(&env, |_| None, |_| None).unwrap(),
            http: Http::new(&env, None).unwrap(),
        }
    }

    fn oidc(&self) -> Oidc {
        let endpoint = self
            .endpoints
            .oidc(&self.portal.region, &self.portal.start_url)
            .unwrap();
        Oidc::new(&self.http, endpoint, &self.portal.region)
    }

    fn client(&self, rate: u32) -> PortalClient {
        let endpoint = self
            .endpoints
            .portal(&self.portal.region, &self.portal.start_url)
            .unwrap();
        PortalClient::new(&self.http, endpoint, &self.portal.region, Bucket::new(rate))
    }

    /// The device flow; `answer` is what the user does with the code.
    async fn device_flow(&self, answer: impl Fn(&str)) -> Result<AccessToken, OidcError> {
        let oidc = self.oidc();
        let registration = oidc.register("roledex", &[SCOPE.to_owned()]).await?;
        let device = oidc
            .start(&registration, &self.portal.start_url, &Clock::System)
            .await?;
        assert!(device.verification_uri_complete.contains(&device.user_code));
        answer(&device.user_code);
        oidc.poll(&registration, &device, &Clock::System).await
    }

    async fn sign_in(&self, sim: &Running) -> AccessToken {
        self.device_flow(|code| assert!(sim.approve(code)))
            .await
            .unwrap()
    }

    async fn renew(&self, token: &AccessToken) -> Result<Secret, Problem> {
        let registration: &Registration = token.registration.as_ref().unwrap();
        let refresh = token.refresh_token.as_ref().unwrap();
        let oidc = self.oidc();
        let renewed = oidc.refresh(registration, refresh, &Clock::System).await?;
        Ok(renewed.access_token)
    }

    async fn list(&self, rate: u32, token: &AccessToken) -> Listed {
        let listed = RefCell::new(Listed::default());
        let renewals = RefCell::new(0);
        let begin = Instant::now();
        let result = listing::list(
            &self.client(rate),
            &Arc::from(self.portal.name.as_str()),
            token.access_token.clone(),
            &Clock::System,
            listing::Queue::default(),
            async |_| {
                *renewals.borrow_mut() += 1;
                self.renew(token).await
            },
            |event| listed.borrow_mut().take(event),
        )
        .await;
        Listed {
            result: Some(result),
            renewals: renewals.into_inner(),
            took: begin.elapsed(),
            ..listed.into_inner()
        }
    }
}

#[derive(Default)]
struct Listed {
    names: BTreeMap<AccountId, String>,
    roles: BTreeMap<AccountId, Result<usize, Problem>>,
    result: Option<Result<(), Problem>>,
    renewals: usize,
    took: Duration,
}

impl Listed {
    fn take(&mut self, event: CatalogEvent) {
        match event {
            CatalogEvent::Accounts { accounts, .. } => {
                for account in accounts {
                    let earlier = self.names.insert(account.id, account.name.to_string());
                    assert_eq!(earlier, None, "an account came twice");
                }
            }
            CatalogEvent::Roles { account, roles, .. } => {
                let roles = roles.map(|roles| roles.len());
                assert!(self.roles.insert(account, roles).is_none(), "roles twice");
            }
            _ => {}
        }
    }

    /// Everything was listed; how many accounts, roles and failed accounts there are.
    fn complete(&self) -> (usize, usize, usize) {
        self.result.clone().unwrap().unwrap();
        assert_eq!(self.names.len(), self.roles.len());
        let failed = self.roles.values().filter(|roles| roles.is_err()).count();
        let roles = self.roles.values().flatten().sum();
        (self.names.len(), roles, failed)
    }
}

#[test]
fn a_browser_that_does_not_come_back_is_told_apart() {
    let sim = named("startup");
    let user = User::at(&sim, 0);
    block_on(async {
        let (oidc, scopes) = (user.oidc(), [SCOPE.to_owned()]);
        let registration = oidc
            .register_for_browser("roledex", &scopes, &user.portal.start_url)
            .await
            .unwrap();
        let callback = Callback::bind(roledex::internals::loopback::owner::Peers::User)
            .await
            .unwrap();
        let page = oidc.authorize(&registration, &scopes, callback);
        let patience = Duration::from_millis(20);
        let error = oidc
            .redeem(&registration, &page, patience, &Clock::System)
            .await
            .unwrap_err();
        assert_eq!(error, OidcError::NoAnswer);
        let refused = oidc
            .register_for_browser("roledex", &scopes, "https://d-0.awsapps.com/start")
            .await;
        assert!(matches!(refused, Err(OidcError::InvalidRequest { .. })));
    });
}

#[test]
fn signing_in_and_renewing() {
    let sim = named("startup");
    block_on(async {
        let user = User::at(&sim, 0);
        let token = user.sign_in(&sim).await;
        assert!(token.expires_at > Clock::System.now());
        let renewed = user.renew(&token).await.unwrap();
        assert_ne!(renewed, token.access_token);
        // Signing out ends it, and doing so twice is no error.
        let client = user.client(0);
        client.logout(&renewed).await.unwrap();
        client.logout(&renewed).await.unwrap();
        let account = "333333333333".parse().unwrap();
        let error = client.role_credentials(&renewed, account, "r").await;
        let error = error.unwrap_err();
        assert_eq!(error, PortalError::Unauthorized);
        assert!(user.renew(&token).await.is_err());
    });
}

#[test]
fn without_scopes_there_is_no_refresh_token() {
    let sim = named("startup");
    block_on(async {
        let user = User::at(&sim, 0);
        let oidc = user.oidc();
        let registration = oidc.register("roledex", &[]).await.unwrap();
        let url = &user.portal.start_url;
        let device = oidc
            .start(&registration, url, &Clock::System)
            .await
            .unwrap();
        assert!(sim.approve(&device.user_code));
        let token = oidc.poll(&registration, &device, &Clock::System).await;
        assert_eq!(token.unwrap().refresh_token, None);
    });
}

#[test]
fn a_denied_code_an_expired_one_and_a_foreign_portal() {
    let sim = scenario("sign_in = { code_seconds = 2, interval_seconds = 1 }\nPORTAL");
    block_on(async {
        let user = User::at(&sim, 0);
        let denied = user.device_flow(|code| assert!(sim.deny(code))).await;
        assert!(
            matches!(denied, Err(OidcError::Denied { .. })),
            "{denied:?}"
        );
        let expired = user.device_flow(|_| {}).await;
        assert_eq!(expired, Err(OidcError::CodeExpired));

        let oidc = user.oidc();
        let mut registration = oidc.register("roledex", &[]).await.unwrap();
        let elsewhere = "https://d-0000000000.awsapps.com/start";
        let error = oidc
            .start(&registration, elsewhere, &Clock::System)
            .await
            .unwrap_err();
        let hint = Problem::from(error).hint.unwrap();
        assert!(hint.contains("us-east-1 is the portal's region"), "{hint}");
        registration.client_secret = "dead".into();
        let error = oidc
            .start(&registration, &user.portal.start_url, &Clock::System)
            .await
            .unwrap_err();
        assert_eq!(error, OidcError::InvalidClient);
    });
}

#[test]
fn every_portal_of_the_small_scenarios() {
    for (name, portals) in [("startup", vec![3]), ("agency", vec![28, 12])] {
        let sim = named(name);
        for (number, accounts) in portals.into_iter().enumerate() {
            block_on(async {
                let user = User::at(&sim, number);
                let token = user.sign_in(&sim).await;
                let listed = user.list(20, &token).await;
                let (seen, roles, failed) = listed.complete();
                assert_eq!((seen, failed), (accounts, 0), "{name} {number}");
                assert!(roles >= accounts);
            });
        }
    }
}

#[test]
fn hostile_names_come_through_as_they_are() {
    let sim = named("hostile");
    block_on(async {
        let user = User::at(&sim, 0);
        let token = user.sign_in(&sim).await;
        let listed = user.list(0, &token).await;
        listed.complete();
        // Cleaning is for whoever draws them.
        let escape = &listed.names[&"666000000001".parse().unwrap()];
        assert!(escape.contains('\u{1b}'));
    });
}

#[test]
fn an_id_that_is_none_stays_out() {
    let sim = scenario(
        r#"PORTAL
        accounts = [{ id = "$(reboot)", roles = ["A"] }, { id = "12345678901", roles = ["A"] },
                    { id = "123456789012", roles = ["A"] }]"#,
    );
    block_on(async {
        let user = User::at(&sim, 0);
        let token = user.sign_in(&sim).await;
        assert_eq!(user.list(0, &token).await.complete(), (1, 1, 0));
    });
}

#[test]
fn a_bad_day_ends_well() {
    let sim = named("flaky");
    block_on(async {
        let user = User::at(&sim, 0);
        // The first poll is told to slow down, and the code is approved after it: more than six seconds.
        let begin = Instant::now();
        let code = RefCell::new(String::new());
        let sign_in = user.device_flow(|shown| shown.clone_into(&mut code.borrow_mut()));
        let approval = async {
            while !sim
                .requests()
                .iter()
                .any(|request| request.path.ends_with("/token"))
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            assert!(sim.approve(&code.borrow()));
        };
        let (token, ()) = tokio::join!(sign_in, approval);
        let token = token.unwrap();
        assert!(begin.elapsed() >= Duration::from_secs(6));
        let listed = user.list(10, &token).await;
        let (accounts, _, failed) = listed.complete();
        // The one account whose roles are never listed, and no other.
        assert_eq!((accounts, failed), (26, 1));
        let broken = listed.roles[&"500500500500".parse().unwrap()].clone();
        assert_eq!(broken.unwrap_err().kind, ProblemKind::Service);
    });
}

#[test]
fn tokens_that_die_early_are_renewed_as_often_as_it_takes() {
    let sim = scenario(
        r#"trouble = { forget_token_after = 60 }
        PORTAL
        generate = { accounts = 150, seed = 1, roles = ["A"] }"#,
    );
    block_on(async {
        let user = User::at(&sim, 0);
        let token = user.sign_in(&sim).await;
        let listed = user.list(0, &token).await;
        assert_eq!(listed.complete(), (150, 150, 0));
        // 152 answers, sixty for a token, which is more than are ever under way at once; refused
        // requests use up the old ones only.
        assert_eq!(listed.renewals, 2);
        let asked = |path: &str| sim.requests().iter().filter(|r| r.path == path).count();
        assert_eq!(asked("/token"), 1 + 2);
    });
}

#[test]
fn a_session_that_was_ended_needs_a_sign_in() {
    let sim = named("startup");
    block_on(async {
        let user = User::at(&sim, 0);
        let token = user.sign_in(&sim).await;
        sim.revoke_tokens(false);
        let listed = user.list(0, &token).await;
        assert_eq!((listed.complete().2, listed.renewals), (0, 1));

        sim.revoke_tokens(true);
        let error = listing::list(
            &user.client(0),
            &"startup".into(),
            token.access_token.clone(),
            &Clock::System,
            listing::Queue::default(),
            async |_| Err(Problem::sign_in_needed(&"startup".into())),
            |_| {},
        )
        .await
        .unwrap_err();
        assert_eq!(error.kind.exit_code(), 3);
    });
}

#[test]
fn the_quota_is_used_up_and_kept() {
    let sim = scenario(
        r#"quota = { per_second = 20, burst = 20 }
        PORTAL
        generate = { accounts = 120, seed = 1, roles = ["A", "B"] }"#,
    );
    block_on(async {
        let user = User::at(&sim, 0);
        let token = user.sign_in(&sim).await;
        let listed = user.list(20, &token).await;
        assert_eq!(listed.complete(), (120, 240, 0));
        // How fast it is, is the benchmark's business (`benches/listing.rs`). Twenty come at once.
        assert!(
            listed.took >= Duration::from_millis(4_500),
            "{:?}",
            listed.took
        );
        let requests = sim.requests();
        let refused = requests.iter().filter(|request| request.status == 429);
        assert!(refused.count() <= 3);
    });
}

#[test]
fn credentials_and_who_they_are() {
    let sim = scenario(
        r#"credential_seconds = 900
        PORTAL
        [[portals.accounts]]
        id = "111122223333"
        name = "Prod"
        roles = ["Admin", "Gone"]
        forbidden_roles = ["Gone"]
        [[portals.accounts]]
        id = "444455556666"
        roles = ["Admin"]
        empty_credentials = true"#,
    );
    block_on(async {
        let user = User::at(&sim, 0);
        let token = user.sign_in(&sim).await.access_token;
        let client = user.client(0);
        let account: AccountId = "111122223333".parse().unwrap();
        let credentials = client
            .role_credentials(&token, account, "Admin")
            .await
            .unwrap();
        let left = credentials.expires_at.duration_since(Clock::System.now());
        assert!((880..=900).contains(&left.as_secs()), "{left:?}");

        let caller = async |key: &str| {
            let keys = aws_sdk_sts::config::Credentials::new(
                key,
                credentials.secret_access_key.expose(),
                Some(credentials.session_token.expose().to_owned()),
                None,
                "test",
            );
            let config = aws_sdk_sts::Config::builder()
                .behavior_version(aws_sdk_sts::config::BehaviorVersion::latest())
                .region(aws_sdk_sts::config::Region::from_static("us-east-1"))
                .endpoint_url(user.endpoints.sts("us-east-1").unwrap())
                .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
                .http_client(aws_smithy_http_client::Builder::new().build_http())
                .credentials_provider(keys)
                .build();
            let client = aws_sdk_sts::Client::from_conf(config);
            client.get_caller_identity().send().await
        };
        let identity = caller(&credentials.access_key_id).await.unwrap();
        assert_eq!(identity.account(), Some("111122223333"));
        assert!(identity.arn().unwrap().contains("AWSReservedSSO_Admin_"));
        let foreign = caller("ASIAFOREIGN").await.unwrap_err();
        assert!(format!("{foreign:?}").contains("InvalidClientTokenId"));

        let gone = client.role_credentials(&token, account, "Gone").await;
        assert!(matches!(gone, Err(PortalError::NotAssigned { .. })));
        let other = "444455556666".parse().unwrap();
        let empty = client.role_credentials(&token, other, "Admin").await;
        assert!(matches!(empty, Err(PortalError::Malformed { .. })));
    });
}

#[test]
fn without_a_quota_many_are_asked_at_once() {
    let sim = scenario(
        r#"trouble = { latency_ms = 50 }
        PORTAL
        generate = { accounts = 600, seed = 1, roles = ["A"] }"#,
    );
    block_on(async {
        let user = User::at(&sim, 0);
        let token = user.sign_in(&sim).await;
        let listed = user.list(0, &token).await;
        assert_eq!(listed.complete(), (600, 600, 0));
        // One at a time would be half a minute.
        assert!(listed.took < Duration::from_secs(25), "{:?}", listed.took);
    });
}

#[test]
fn a_code_that_is_allowed_already_waits_for_no_interval() {
    let sim = scenario(
        r#"sign_in = { interval_seconds = 3600 }
        PORTAL
        accounts = [{ id = "123456789012", roles = ["A"] }]"#,
    );
    block_on(async {
        let user = User::at(&sim, 0);
        let signed_in = tokio::time::timeout(Duration::from_secs(30), user.sign_in(&sim)).await;
        assert!(signed_in.is_ok(), "the first poll comes at once");
    });
}
