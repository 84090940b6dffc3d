//! The simulator, judged by botocore: what it does not understand, the simulator says wrongly.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::{Home, Ran, botocore};

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
    let ran = Ran::of(&output);
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
