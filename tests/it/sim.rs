//! The simulator, checked by botocore: what it does not understand, the simulator says wrongly.

use std::io::{Read, Write};
use std::net::TcpStream;

use roledex::internals::sim::{self, ConsoleFault, Scenario};

use crate::support::{Home, Ran, botocore, botocore_with_login, browse, pick_console_session};

#[test]
fn botocore_understands_every_answer() {
    let Some(python) = botocore() else { return };
    let home = Home::new("startup");
    let endpoints = home.sim.endpoints();
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/peers/identity_center.py"
    );
    let output = home
        .command(python.to_str().unwrap())
        .args([
            script,
            &endpoints.oidc,
            &endpoints.start_url,
            &endpoints.region,
        ])
        .output()
        .unwrap();
    let ran = Ran::new(&output);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let expected = "\
unknown client: InvalidClientException 401
wrong start URL: InvalidRequestException 400
before a decision: AuthorizationPendingException 400
the page shows the code: True
used again: InvalidGrantException 400
token: Bearer 28800 True
accounts: 3 Startup Production
roles: [\"AdministratorAccess\", \"PowerUserAccess\", \"ReadOnlyAccess\"]
wrong token: UnauthorizedException 401
not assigned: ForbiddenException 403
caller: 111111111111
assumed: ASIA
too long: ValidationError 400
unknown key: InvalidClientTokenId 403
signed out: UnauthorizedException 401
";
    assert_eq!(ran.stdout, expected);
}

#[test]
fn what_it_does_not_know_is_404_and_remembered() {
    let home = Home::new("startup");
    let address = home
        .sim
        .endpoints()
        .sso
        .trim_start_matches("http://")
        .to_owned();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert_eq!(home.sim.requests().last().unwrap().status, 404);
}

const JANE: &str = "arn:aws:iam::111122223333:user/jane";
const POWERLESS: &str = "arn:aws:sts::444455556666:assumed-role/Viewer/jane";

#[test]
fn botocore_signs_in_to_a_console_session_and_renews_it() {
    let Some(python) = botocore_with_login() else {
        return;
    };
    let home = Home::new("mixed");
    home.write(".aws/config", "");
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/peers/console_session.py"
    );
    let output = home
        .command(python.to_str().unwrap())
        .args([script, &home.sim.endpoints().signin, JANE, POWERLESS])
        .output()
        .unwrap();
    let ran = Ran::new(&output);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let expected = "\
SHA-256 as S256: 400 None
scope=openid as scope=email: 400 None
response_type=code as response_type=token: 400 None
same-device as other-device: 400 None
same-device as cross-device: 400 None
127.0.0.1%3A4711 as localhost%3A4711: 400 None
code_challenge= as code_challenge=x: 400 None
canceled: http://127.0.0.1:4711/oauth/callback?error=access_denied&state=s
wrong verifier: ValidationException INVALID_REQUEST 400
used code: AccessDeniedException AUTHCODE_EXPIRED 401
other address: ValidationException INVALID_REQUEST 400
not permitted: AccessDeniedException INSUFFICIENT_PERMISSIONS 403
a proof used again: ValidationException INVALID_REQUEST 400
no proof: ValidationException INVALID_REQUEST 400
session: aws_sigv4 900 arn:aws:iam::111122223333:user/jane
caller: arn:aws:iam::111122223333:user/jane
renewed by botocore: arn:aws:iam::111122223333:user/jane
rotated: True True
old refresh token: AccessDeniedException TOKEN_EXPIRED 401
other key: ValidationException INVALID_REQUEST 400
other client: ValidationException INVALID_REQUEST 400
renewed: False arn:aws:iam::111122223333:user/jane
other region: AccessDeniedException TOKEN_EXPIRED 401
its region: arn:aws:iam::111122223333:user/jane
";
    assert_eq!(ran.stdout, expected);
}

#[test]
fn a_console_session_is_chosen_as_the_test_says() {
    let home = Home::new("mixed");
    let base = &home.sim.endpoints().signin;
    let url = format!(
        "{base}/v1/authorize?response_type=code&client_id=arn%3Aaws%3Asignin%3A%3A%3Adevtools%2Fsame-device\
         &state=s&code_challenge_method=SHA-256&scope=openid&code_challenge={}\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Foauth%2Fcallback",
        "c".repeat(43)
    );
    let back = "http://127.0.0.1:4711/oauth/callback?code=";
    let by_hand = pick_console_session(&url, JANE).location.unwrap();
    assert!(by_hand.starts_with(back), "{by_hand}");
    home.sim.pick_console_session(Some(JANE));
    let at_once = browse(&url, None);
    assert_eq!(at_once.status, 303, "{at_once:?}");
    assert!(at_once.location.unwrap().starts_with(back));
    home.sim
        .pick_console_session(Some("arn:aws:iam::999999999999:root"));
    assert_eq!(browse(&url, None).status, 400);
    home.sim.pick_console_session(None);
    assert_eq!(browse(&url, None).status, 200);
}

#[test]
fn console_tokens_fail_as_the_test_says() {
    let token = |sim: &sim::Running| {
        let url = format!("{}/v1/token", sim.endpoints().signin);
        let page = browse(&url, Some("{}"));
        let body: serde_json::Value = serde_json::from_str(&page.text).unwrap();
        (page.status, body["error"].as_str().unwrap().to_owned())
    };
    let scenario = "[console]\nfault = \"RATE_EXCEEDED\"\nfault_after = 1\n";
    let scenario = Scenario::parse(scenario).unwrap();
    let running = sim::start(scenario, None).unwrap();
    let no_proof = (400, "INVALID_REQUEST".to_owned());
    assert_eq!(token(&running), no_proof);
    assert_eq!(token(&running), (429, "rate_exceeded".to_owned()));
    let running = sim::start(Scenario::default(), None).unwrap();
    for (fault, status, code) in [
        (ConsoleFault::TokenExpired, 401, "TOKEN_EXPIRED"),
        (ConsoleFault::AuthcodeExpired, 401, "AUTHCODE_EXPIRED"),
        (
            ConsoleFault::UserCredentialsChanged,
            403,
            "USER_CREDENTIALS_CHANGED",
        ),
        (
            ConsoleFault::InsufficientPermissions,
            403,
            "INSUFFICIENT_PERMISSIONS",
        ),
        (ConsoleFault::RateExceeded, 429, "rate_exceeded"),
        (ConsoleFault::ServerError, 500, "server_error"),
    ] {
        running.fail_console_tokens(Some(fault));
        assert_eq!(token(&running), (status, code.to_owned()));
    }
    running.fail_console_tokens(None);
    assert_eq!(token(&running), no_proof);
}
