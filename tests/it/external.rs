//! Accounts outside the organization, from outside: the real binary, a real Chromium, botocore.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::support::server::{Answer, Server};
use crate::support::terminal::{ENTER, ESC, Terminal};
use crate::support::{Home, ROLEDEX, Ran, botocore, caller_of, peer, signal, wait_for};
use roledex::internals::sim::Scenario;
use rustix::process::Signal;

/// One portal with these apps; `web` is how its pages behave.
pub(crate) fn home(web: &str, apps: &str) -> Home {
    Home::scenario(&format!(
        "[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-9.awsapps.com/start\"\n\
         web = {{ {web} }}\n{apps}"
    ))
}

/// An app of one role.
pub(crate) fn app(name: &str, more: &str) -> String {
    let id = name
        .bytes()
        .map(|b| format!("{b:02x}"))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "[[portals.apps]]\nname = \"{name}\"\nid = \"ins-{id:0<16}\"\n\
         roles = [\"arn:aws:iam::210987654321:role/team/Operator\"]\n{more}\n"
    )
}

/// Adds the scenario's portal, and its apps with a method.
pub(crate) fn add(home: &Home, method: &str) {
    home.add_portals();
    home.add_apps(method);
}

/// Requests of a path that were answered so.
fn asked(home: &Home, method: &str, path: &str) -> usize {
    let requests = home.sim.requests();
    requests
        .iter()
        .filter(|request| request.method == method && request.path.ends_with(path))
        .count()
}

/// The installed Chromium, as a browser whose windows nobody sees. Its starts are written down.
pub(crate) fn chromium(home: &Home) -> Option<Vec<(String, String)>> {
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    let path = std::env::split_paths(&path_of(home)).collect::<Vec<_>>();
    let found = names
        .iter()
        .flat_map(|name| path.iter().map(move |directory| directory.join(name)))
        .find(|program| program.exists());
    if !peer("chromium", found.is_some()) {
        return None;
    }
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> '{0}/starts.log'\necho $$ > '{0}/browser.pid'\nexec '{1}' --headless=new \"$@\"\n",
        home.dir.path().display(),
        found.unwrap().display(),
    );
    home.write("browser.sh", &script);
    let program = home.path("browser.sh");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Some(vec![
        (
            "ROLEDEX_BROWSER".to_owned(),
            program.to_str().unwrap().to_owned(),
        ),
        ("DISPLAY".to_owned(), ":9".to_owned()),
    ])
}

fn path_of(home: &Home) -> String {
    let env = home.env();
    env.into_iter().find(|(name, _)| name == "PATH").unwrap().1
}

/// Windows that were opened, and browsers without one.
pub(crate) fn starts(home: &Home) -> (usize, usize) {
    let log = home.read("starts.log");
    let silent = log
        .lines()
        .filter(|line| line.contains("--headless"))
        .count();
    (log.lines().count() - silent, silent)
}

pub(crate) fn run(home: &Home, env: &[(String, String)], args: &[&str]) -> Ran {
    let mut command = home.command(ROLEDEX);
    command.args(args).envs(env.iter().cloned());
    Ran::new(&command.output().unwrap())
}

fn spawn(home: &Home, env: &[(String, String)], args: &[&str]) -> Child {
    let mut command = home.command(ROLEDEX);
    command.args(args).envs(env.iter().cloned());
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until somebody has been shown the sign-in page, and returns the browser's process.
fn at_sign_in(home: &Home) -> u32 {
    wait_for("the sign-in page", || {
        (asked(home, "GET", "/sign-in") > 0).then_some(())
    });
    home.read("browser.pid").trim().parse().unwrap()
}

#[test]
fn by_the_portals_own_interface_to_a_profile_that_botocore_uses() {
    let home = home("", &app("Partner", ""));
    add(&home, "auto");
    let ran = home.run(&["use", "Partner"]);
    assert_eq!(
        ran.code, 3,
        "signed out, and no window can be shown: {ran:?}"
    );
    assert!(ran.stderr.contains("roledex login p"), "{ran:?}");
    home.login("p");
    let part = home.run(&["use", "artn"]);
    assert_eq!(part.code, 4, "{part:?}");
    assert!(part.stderr.contains("run: roledex use Partner"), "{part:?}");
    assert_eq!(home.ok(&["use", "partner"]).trim(), "Operator-210987654321");
    let config = home.read(".aws/config");
    assert!(
        config.contains("roledex_entry = ext:Partner/210987654321/Operator"),
        "{config}"
    );
    assert!(
        config.contains("credentials ext:Partner/210987654321/Operator"),
        "{config}"
    );
    assert!(
        !config.contains("ASIA") && home.read(".aws/credentials").is_empty(),
        "no secret in it"
    );
    let list = home.ok(&["list", "--json", "--kind", "external"]);
    for part in [
        "\"kind\": \"external\"",
        "\"portal\": \"p\"",
        "\"app\": \"Partner\"",
        "\"state\": \"fresh\"",
    ] {
        assert!(list.contains(part), "{list}");
    }
    // What STS refused is not asked for again: one call.
    let before = asked(&home, "POST", "/");
    home.ok(&["refresh", "Operator-210987654321"]);
    assert_eq!(asked(&home, "POST", "/") - before, 1);
    if let Some(python) = botocore() {
        let arn = caller_of(&home, &python, "Operator-210987654321");
        assert_eq!(
            arn.trim(),
            "arn:aws:sts::210987654321:assumed-role/Operator/simulated.user@example.com"
        );
    }
}

#[test]
fn only_repeated_refusals_switch_the_portals_interface_off() {
    let home = home("refuses_tokens = true", &app("Partner", ""));
    add(&home, "auto");
    home.login("p");
    let credentials = || {
        let ran = home.run(&["credentials", "ext:Partner/210987654321/Operator"]);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(
            ran.stderr
                .contains("roledex refresh ext:Partner/210987654321/Operator"),
            "{ran:?}"
        );
        assert!(ran.stdout.is_empty(), "{ran:?}");
        asked(&home, "GET", "/instance/appinstances")
    };
    // `use` asks twice, once for stored credentials and once with a user's help: one refusal.
    assert_eq!(home.run(&["use", "Partner"]).code, 1);
    let asked_by_use = asked(&home, "GET", "/instance/appinstances");
    assert_eq!(
        credentials(),
        asked_by_use + 1,
        "asked again after one refusal"
    );
    assert_eq!(credentials(), asked_by_use + 2, "and after two");
    assert_eq!(credentials(), asked_by_use + 2, "not after three");
    // Each of these starts afresh.
    let starts_afresh: [&[&str]; 2] = [
        &["doctor", "--fix"],
        &[
            "app",
            "add",
            &home.sim.endpoints().apps[0].url.clone(),
            "--portal",
            "p",
        ],
    ];
    let mut count = asked_by_use + 2;
    for command in starts_afresh {
        home.run(command);
        for _ in 0..3 {
            count += 1;
            assert_eq!(credentials(), count, "{command:?}");
        }
        assert_eq!(credentials(), count, "{command:?}");
    }
    home.login("p");
    assert_eq!(credentials(), count + 1);
}

#[test]
fn a_short_session_of_the_identity_provider_is_not_remembered() {
    // 20 minutes are left of the session there, once; the role itself allows 12 hours.
    let short = home(
        "",
        &app("Partner", "session_seconds = 1200\nmost_seconds = 43200"),
    );
    add(&short, "portal");
    short.login("p");
    short.ok(&["use", "Partner"]);
    let remembered = short.read(".local/state/roledex/learnt.json");
    let long = home(
        "",
        &app("Partner", "session_seconds = 50000\nmost_seconds = 43200"),
    );
    add(&long, "portal");
    long.login("p");
    // Taught by the short session, and by a roledex that remembered what it got.
    for remembered in [
        remembered,
        "{\"durations\":{\"ext:Partner/210987654321/Operator\":900}}".to_owned(),
    ] {
        long.write(".local/state/roledex/learnt.json", &remembered);
        let before = asked(&long, "POST", "/");
        let ran = long.run(&["refresh", "ext:Partner/210987654321/Operator"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(
            ran.stderr.contains("valid for 11 h 59 min") || ran.stderr.contains("valid for 12 h"),
            "{ran:?}"
        );
        assert!(asked(&long, "POST", "/") - before <= 2);
    }
}

#[test]
fn every_refusal_of_sts_is_explained() {
    let cases = [
        ("age_seconds = 400", 5, "too old", "capture a new one"),
        (
            "unknown_provider = true",
            5,
            "identity provider does not exist in the account",
            "saml-provider/IdentityCenter",
        ),
        (
            "audience = \"https://other\"",
            5,
            "https://signin.aws.amazon.com/saml",
            "SAML:aud",
        ),
        ("session_duration = 7200", 0, "valid for", ""),
    ];
    for (more, code, said, hint) in cases {
        let home = home("", &app("Partner", more));
        add(&home, "portal");
        home.login("p");
        let ran = home.run(&["use", "Partner"]);
        assert_eq!(ran.code, code, "{more}: {ran:?}");
        assert!(
            ran.stderr.contains(said) && ran.stderr.contains(hint),
            "{more}: {ran:?}"
        );
    }
}

#[test]
fn a_long_response_is_pasted_unseen() {
    let role = |at| format!("\"arn:aws:iam::111111111111:role/Role{at}\"");
    let roles: Vec<String> = (100..250).map(role).collect();
    let home = home(
        "",
        &format!(
            "[[portals.apps]]\nname = \"Many\"\nid = \"ins-0123456789abcdef\"\nroles = [{}]\n",
            roles.join(", ")
        ),
    );
    add(&home, "file");
    let response = home.sim.saml_response("Many").unwrap();
    assert!(
        response.len() > 3 * 4096,
        "longer than a line of a terminal"
    );
    let args = ["use", "ext:Many/111111111111/Role107", "--assertion", "-"];
    let pastes: [String; 2] = [
        format!("{response}\r"),
        // In lines, and with Ctrl-D.
        response
            .as_bytes()
            .chunks(76)
            .map(|line| String::from_utf8_lossy(line) + "\r")
            .collect::<String>()
            + "\x04",
    ];
    for pasted in pastes {
        let mut terminal = Terminal::open(&home, ROLEDEX, &args, (100, 30), &[]);
        terminal.wait("It is not shown");
        terminal.press(&pasted);
        terminal.wait("Role107-111111111111");
        assert_eq!(terminal.ended(), 0);
        let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
        assert!(!bytes.contains(response.get(200..240).unwrap()), "{bytes}");
    }
    // Ctrl-C gives the terminal back as it was.
    let script = format!("trap : INT; {ROLEDEX} {}; stty -a", args.join(" "));
    let mut terminal = Terminal::open(&home, "sh", &["-c", &script], (100, 30), &[]);
    terminal.wait("It is not shown");
    terminal.press("PHNh\x03");
    let screen = terminal.wait("icanon");
    assert!(!screen.contains("-icanon"), "{screen}");
    assert!(!screen.contains("-echo "), "{screen}");
}

#[test]
fn a_response_from_a_file_or_a_pipe() {
    let apps = "[[portals.apps]]\nname = \"Two\"\nid = \"ins-0123456789abcdef\"\nroles = [\"arn:aws:iam::111111111111:role/A\", \"arn:aws:iam::222222222222:role/x/B\"]\n";
    let home = home("", apps);
    add(&home, "file");
    let response = || home.sim.saml_response("Two").unwrap();
    let ran = home.run(&["use", "Two"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("--assertion -"), "{ran:?}");
    home.write(
        "response",
        &format!(
            "SAMLResponse={}&RelayState=",
            response().replace('+', "%2B")
        ),
    );
    let ran = home.run(&["use", "--assertion", "response"]);
    assert_eq!(ran.code, 4, "two roles, one app: {ran:?}");
    assert!(ran.stderr.contains("ext:Two/222222222222/B"), "{ran:?}");
    assert_eq!(
        home.ok(&["use", "ext:Two/222222222222/B", "--assertion", "response"])
            .trim(),
        "B-222222222222"
    );
    // From a pipe, in lines, into an environment; the roles are known by now.
    let mut child = home
        .command(ROLEDEX)
        .args(["env", "two/a", "--assertion", "-", "--shell", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<u8> = response()
        .as_bytes()
        .chunks(64)
        .collect::<Vec<_>>()
        .join(&b'\n');
    child.stdin.take().unwrap().write_all(&lines).unwrap();
    let ran = Ran::new(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout
            .contains("\"ROLEDEX_ACCOUNT_ID\": \"111111111111\"")
            || ran.stdout.contains("111111111111"),
        "{ran:?}"
    );
    home.write("response", &response());
    let ran = home.run(&[
        "exec",
        "ext:Two/111111111111/A",
        "--assertion",
        "response",
        "--",
        "sh",
        "-c",
        "echo $ROLEDEX_ROLE",
    ]);
    assert_eq!((ran.code, ran.stdout.trim()), (0, "A"), "{ran:?}");
    // Stored credentials answer without a response; new ones need one.
    home.ok(&["credentials", "ext:Two/111111111111/A"]);
    let ran = home.run(&["refresh", "ext:Two/111111111111/A"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    // As PowerShell and the elements panel of a browser give it.
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(response().encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut file = fs::File::create(home.path("response")).unwrap();
    file.write_all(&utf16).unwrap();
    home.ok(&["use", "ext:Two/111111111111/A", "--assertion", "response"]);
    let element = format!("<input name=\"SAMLResponse\" value=\"{}\">", response());
    home.write("response", &element);
    home.ok(&["use", "ext:Two/111111111111/A", "--assertion", "response"]);
    // A role that is not in the response.
    let ran = home.run(&["use", "ext:Two/222222222222/A", "--assertion", "response"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(
        ran.stderr
            .contains("the SAML response has no role A in 222222222222")
            && ran.stderr.contains("A in 111111111111, B in 222222222222"),
        "{ran:?}"
    );
    home.write("junk", "hello");
    let ran = home.run(&["use", "Two", "--assertion", "junk"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("not a SAML response"), "{ran:?}");
    assert_eq!(home.run(&["use", "Two", "--assertion", "nowhere"]).code, 7);
    nothing_leaks(&home);
}

#[test]
fn a_wrong_setting_is_not_reported_as_an_answer_of_sts() {
    let home = home("", &app("Partner", ""));
    add(&home, "file");
    home.write("response", &home.sim.saml_response("Partner").unwrap());
    for (variable, value, code) in [
        ("AWS_ENDPOINT_URL_STS", "nonsense", 2),
        ("AWS_CA_BUNDLE", "/nowhere/ca.pem", 7),
    ] {
        let env = [(variable.to_owned(), value.to_owned())];
        let ran = run(&home, &env, &["use", "Partner", "--assertion", "response"]);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(
            ran.stderr.contains(variable) && !ran.stderr.contains("cannot be used"),
            "{ran:?}"
        );
    }
}

#[test]
fn another_provider_of_a_role_is_tried() {
    let home = home("", &app("Partner", ""));
    add(&home, "file");
    let pair = |provider| {
        format!(
            "<AttributeValue>arn:aws:iam::210987654321:role/Op,arn:aws:iam::210987654321:saml-provider/{provider}</AttributeValue>"
        )
    };
    let values = pair("Old") + &pair("New");
    let name = "https://aws.amazon.com/SAML/Attributes/Role";
    home.write(
        "response",
        &format!("<Response><Attribute Name='{name}'>{values}</Attribute></Response>"),
    );
    let server = Server::start(|request| {
        let xml = "content-type: text/xml\r\ndate: Fri, 01 Jan 2100 00:00:00 GMT\r\n";
        if request.body.contains("saml-provider%2FOld") {
            let denied =
                "<Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error>";
            let body = format!("<ErrorResponse>{denied}</ErrorResponse>");
            return Answer::Full(403, xml, body);
        }
        let keys = "<AccessKeyId>ASIANEW</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
                    <Expiration>2100-01-01T01:00:00Z</Expiration>";
        let result = format!("<Credentials>{keys}</Credentials>");
        let result = format!("<AssumeRoleWithSAMLResult>{result}</AssumeRoleWithSAMLResult>");
        let body = format!("<AssumeRoleWithSAMLResponse>{result}</AssumeRoleWithSAMLResponse>");
        Answer::Full(200, xml, body)
    });
    let env = [("AWS_ENDPOINT_URL_STS".to_owned(), server.url.clone())];
    let ran = run(&home, &env, &["env", "Partner", "--assertion", "response"]);
    assert!(ran.code == 0 && ran.stdout.contains("ASIANEW"), "{ran:?}");
    assert_eq!(server.asked(), 2);
}

#[test]
fn apps_of_a_portal_that_is_out_of_reach_are_trouble_of_the_network() {
    let home = home("", &app("Partner", ""));
    add(&home, "file");
    home.login("p");
    let env = [(
        "AWS_ENDPOINT_URL_SSO".to_owned(),
        "http://127.0.0.1:9".to_owned(),
    )];
    let ran = run(&home, &env, &["app", "discover", "p"]);
    assert_eq!(ran.code, 6, "{ran:?}");
}

#[test]
fn a_response_that_is_refused_changes_nothing() {
    let apps = app("Partner", "")
        + "[[portals.apps]]\nname = \"Other\"\nid = \"ins-00000000000000ff\"\nroles = [\"arn:aws:iam::666666666666:role/Other\"]\n";
    let home = home("", &apps);
    add(&home, "file");
    let give = |app: &str, entry: &str| {
        home.write("response", &home.sim.saml_response(app).unwrap());
        home.run(&["use", entry, "--assertion", "response"])
    };
    assert_eq!(give("Partner", "Partner").code, 0);
    let ran = give("Other", OPERATOR);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.stderr.contains("has no role Operator"), "{ran:?}");
    let list = home.ok(&["list", "--kind", "external"]);
    assert!(
        list.contains("210987654321") && !list.contains("666666666666"),
        "{list}"
    );
}

#[test]
fn a_response_that_was_given_is_not_replaced_when_it_is_too_old() {
    // The portal would give another one.
    let apps = app("Partner", "") + &app("Old", "age_seconds = 400");
    let home = home("", &apps);
    add(&home, "file");
    home.login("p");
    home.write("response", &home.sim.saml_response("Old").unwrap());
    for method in ["file", "auto", "portal"] {
        let url = &home.sim.endpoints().apps[0].url;
        home.ok(&["app", "add", url, "--portal", "p", "--method", method]);
        let ran = home.run(&["use", "Partner", "--assertion", "response"]);
        assert_eq!(ran.code, 5, "{method}: {ran:?}");
        assert!(
            ran.stderr
                .contains("the response is older than five minutes; copy a new one")
                && !ran.stderr.contains("sign-in"),
            "{method}: {ran:?}"
        );
    }
}

/// No response and no cookie is anywhere but in the browser's own profile, and keys only in the store.
fn nothing_leaks(home: &Home) {
    fn walk(path: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().into_owned();
            if path.is_symlink()
                || name.ends_with("/share/roledex/browser")
                || name.ends_with("/response")
            {
                continue;
            }
            if path.is_dir() {
                walk(&path, found);
                continue;
            }
            let bytes = fs::read(&path).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            let stored = name.contains("/state/roledex/credentials/");
            let secrets = [
                "saml2p:Response",
                "PD94bWwg",
                "x-amz-sso_authn",
                "SAMLResponse=",
            ];
            if secrets.iter().any(|secret| text.contains(secret))
                || (text.contains("ASIA") && !stored)
            {
                found.push(name);
            }
        }
    }
    let mut found = Vec::new();
    walk(home.dir.path(), &mut found);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn apps_are_added_listed_and_removed() {
    let home = home("", &(app("Partner", "") + &app("Other", "")));
    let urls: Vec<String> = home
        .sim
        .endpoints()
        .apps
        .iter()
        .map(|app| app.url.clone())
        .collect();
    let ran = home.run(&["app", "add", "not a link"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let link =
        "https://d-9.awsapps.com/start/#/saml/default/Press%20%28prod%29/ins-0123456789abcdef";
    home.ok(&[
        "portal",
        "add",
        "p",
        "--start-url",
        "https://d-9.awsapps.com/start",
        "--region",
        "eu-west-1",
    ]);
    assert_eq!(home.ok(&["app", "add", link]).trim(), "Press (prod)");
    assert_eq!(
        home.ok(&["app", "add", link]).trim(),
        "Press (prod)",
        "again is the same"
    );
    let twin = link.replace("0123456789abcdef", "fedcba9876543210");
    assert_eq!(home.ok(&["app", "add", &twin]).trim(), "Press (prod) 3210");
    assert_eq!(
        home.ok(&[
            "app", "add", &urls[0], "--name", "mine", "--method", "browser"
        ])
        .trim(),
        "mine"
    );
    let ran = home.run(&["app", "add", &urls[1], "--name", "mine"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let json = home.ok(&["app", "list", "--json"]);
    assert!(
        json.contains("\"portal\": \"p\"") && json.contains("\"method\": \"browser\""),
        "{json}"
    );
    assert_eq!(home.run(&["app", "remove", "nobody"]).code, 4);
    home.ok(&["app", "remove", "mine"]);
    let settings = home.read(".config/roledex/config.toml");
    assert!(
        settings.contains("Press (prod)") && !settings.contains("mine"),
        "{settings}"
    );
}

#[test]
fn the_console_signs_in_by_itself() {
    let home = home("", &app("Partner", ""));
    add(&home, "portal");
    home.login("p");
    let url = home.ok(&["console", "Partner", "--service", "s3", "--print"]);
    assert!(
        url.contains("Action=login")
            && url.contains("Destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fs3%2Fhome"),
        "{url}"
    );
    let ran = home.run(&[
        "console",
        "Partner",
        "--destination",
        "https://evil.example/console.aws.amazon.com",
    ]);
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn saml2aws_is_imported() {
    let home = home("", "");
    home.write(
        ".saml2aws",
        "[default]\nname = default\nurl = https://d-9.awsapps.com/start/#/saml/default/X/ins-0123456789abcdef\nprovider = Browser\naws_session_duration = 7200\n\n[azure]\nurl = https://account.activedirectory.windowsazure.com\nprovider = AzureAD\n",
    );
    let before = home.read(".config/roledex/config.toml");
    let ran = home.run(&["import", "saml2aws", "--dry-run"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "default\n"), "{ran:?}");
    assert!(
        ran.stderr
            .contains("azure: not imported, its app_id is missing"),
        "{ran:?}"
    );
    assert_eq!(home.read(".config/roledex/config.toml"), before);
    for _ in 0..2 {
        assert_eq!(home.ok(&["import", "saml2aws"]), "default\n");
    }
    let settings = home.read(".config/roledex/config.toml");
    assert!(settings.contains("duration_seconds = 7200"), "{settings}");
}

#[test]
fn an_app_finds_the_portal_that_is_added_after_it() {
    let home = home("", &app("Partner", ""));
    let url = &home.sim.endpoints().apps[0].url;
    let (_, tile) = url.split_once('#').unwrap();
    let link = format!("https://d-9.awsapps.com/start/#{tile}");
    let text = format!(
        "[Partner]\nurl = {link}\nprovider = Browser\nregion = eu-west-1\naws_profile = x\n[]\nurl = {link}\nprovider = Browser\n"
    );
    home.write("saml accounts", &text);
    let import = |more: &[&str]| {
        let mut command = home.command(ROLEDEX);
        command.args(["import", "saml2aws"]).args(more);
        command.env("SAML2AWS_CONFIGFILE", "~/saml accounts");
        Ran::new(&command.output().unwrap())
    };
    let dry = import(&["--dry-run"]);
    assert_eq!(dry.stdout, "Partner\n", "{dry:?}");
    let taken = import(&[]);
    assert_eq!(taken.stdout, "Partner\n", "{taken:?}");
    for ran in [dry, taken] {
        for part in [
            "roledex portal add NAME --start-url https://d-9.awsapps.com/start\n",
            "region, aws_profile of Partner: not imported",
        ] {
            assert!(ran.stderr.contains(part), "{ran:?}");
        }
    }
    let alone = home.run(&["use", "Partner", "--method", "portal"]);
    let why = "the portal of the app Partner is not saved";
    assert!(alone.code != 0 && alone.stderr.contains(why), "{alone:?}");
    home.sign_in();
    let used = home.run(&["use", "Partner", "--method", "portal"]);
    assert_eq!(used.code, 0, "{used:?}");
}

#[test]
fn a_browser_first_with_a_sign_in_then_without_hands() {
    let home = home("by_itself = true", &app("Partner", ""));
    let Some(env) = chromium(&home) else { return };
    add(&home, "browser");
    // Nothing opens a window for a program that asks for credentials.
    let ran = run(
        &home,
        &env,
        &["credentials", "ext:Partner/210987654321/Operator"],
    );
    assert_eq!((ran.code, starts(&home)), (3, (0, 0)), "{ran:?}");
    let ran = run(&home, &env, &["use", "Partner"]);
    assert_eq!(
        (ran.code, ran.stdout.trim()),
        (0, "Operator-210987654321"),
        "{ran:?}"
    );
    assert_eq!(starts(&home), (1, 0));
    let profile = home.path(".local/share/roledex/browser");
    assert_eq!(
        fs::metadata(profile).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let signed_in = asked(&home, "POST", "/sign-in");
    let ran = run(&home, &env, &["refresh", "Operator-210987654321"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(starts(&home), (1, 1), "no window");
    assert_eq!(
        asked(&home, "POST", "/sign-in"),
        signed_in,
        "and no sign-in"
    );
    nothing_leaks(&home);
    if let Some(python) = botocore() {
        let arn = caller_of(&home, &python, "Operator-210987654321");
        assert!(
            arn.contains(":210987654321:assumed-role/Operator/"),
            "{arn}"
        );
    }
}

#[test]
fn a_new_tab_a_second_factor_and_two_hundred_kilobytes() {
    let more = "new_tab = true\nrelay_state_bytes = 200000";
    let home = home(
        "by_itself = true, second_factor = true",
        &app("Partner", more),
    );
    let Some(env) = chromium(&home) else { return };
    add(&home, "browser");
    let ran = run(&home, &env, &["use", "Partner"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(asked(&home, "POST", "/factor"), 1);
}

#[test]
fn a_user_without_the_app_is_told_so() {
    let home = home("by_itself = true", &app("Partner", "assigned = false"));
    let Some(env) = chromium(&home) else { return };
    add(&home, "browser");
    let ran = run(&home, &env, &["use", "Partner"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(
        ran.stderr
            .contains("the app Partner is not assigned to you, or was removed"),
        "{ran:?}"
    );
}

#[test]
fn a_sign_in_that_is_over_opens_a_window_again() {
    let home = home("by_itself = true", &app("Partner", ""));
    let Some(env) = chromium(&home) else { return };
    add(&home, "browser");
    assert_eq!(run(&home, &env, &["use", "Partner"]).code, 0);
    home.sim.forget_browsers();
    let ran = run(&home, &env, &["refresh", "Operator-210987654321"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    // The pages fill themselves in here, so the silent browser may get through by itself.
    assert_eq!(starts(&home).1, 1);
}

#[test]
fn a_silent_browser_that_meets_a_sign_in_page_gives_up_at_once() {
    let home = home("", &app("Partner", ""));
    let Some(env) = chromium(&home) else { return };
    add(&home, "browser");
    let remembered = format!(
        "{{\"signed_in\":{{\"{}\":\"2026-01-01T00:00:00Z\"}}}}",
        home.sim.endpoints().sso.trim_start_matches("http://")
    );
    home.write(".local/state/roledex/learnt.json", &remembered);
    let ran = run(
        &home,
        &env,
        &["credentials", "ext:Partner/210987654321/Operator"],
    );
    assert_eq!((ran.code, starts(&home)), (3, (0, 1)), "{ran:?}");
    assert!(ran.stderr.contains("session has ended"), "{ran:?}");
}

#[test]
fn a_browser_that_is_killed_and_one_that_is_quit_are_told_apart() {
    for (how, code, said) in [
        (Signal::KILL, 1, "exited unexpectedly"),
        (Signal::TERM, 130, "the browser window was closed"),
    ] {
        let home = home("", &app("Partner", ""));
        let Some(env) = chromium(&home) else { return };
        add(&home, "browser");
        let child = spawn(&home, &env, &["use", "Partner"]);
        signal(at_sign_in(&home), how);
        let ran = Ran::new(&child.wait_with_output().unwrap());
        assert_eq!(ran.code, code, "{how:?}: {ran:?}");
        assert!(ran.stderr.contains(said), "{how:?}: {ran:?}");
    }
}

#[test]
fn a_closed_window_is_told() {
    let home = home("", &app("Partner", ""));
    let Some(env) = chromium(&home) else { return };
    let Some(python) = botocore() else { return };
    let script = home.read("browser.sh").replace(
        "exec '",
        &format!(
            "exec '{}' '{}/tests/peers/closer.py' '{}/close' '",
            python.display(),
            env!("CARGO_MANIFEST_DIR"),
            home.dir.path().display()
        ),
    );
    home.write("browser.sh", &script.replace("--headless=new", ""));
    add(&home, "browser");
    let child = spawn(&home, &env, &["use", "Partner"]);
    at_sign_in(&home);
    home.write("close", "");
    let ran = Ran::new(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(
        ran.stderr
            .contains("error: Partner: the browser window was closed\nhint: "),
        "{ran:?}"
    );
}

#[test]
fn two_captures_at_once_and_a_roledex_that_dies() {
    let home = home("", &(app("Partner", "") + &app("Other", "")));
    let Some(env) = chromium(&home) else { return };
    add(&home, "browser");
    let mut child = spawn(&home, &env, &["use", "Partner"]);
    let browser = at_sign_in(&home);
    let ran = run(&home, &env, &["use", "Other"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("another capture is running"), "{ran:?}");
    // However roledex ends, its browser does not stay.
    signal(child.id(), Signal::KILL);
    child.wait().unwrap();
    wait_for("the browser's end", || {
        let alive = fs::read_to_string(format!("/proc/{browser}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z "));
        (!alive).then_some(())
    });
}

#[test]
fn nobody_signs_in_in_time() {
    let home = home("", &app("Partner", ""));
    let Some(env) = chromium(&home) else { return };
    add(&home, "browser");
    let settings = home.read(".config/roledex/config.toml");
    home.write(
        ".config/roledex/config.toml",
        &format!("capture_seconds = 2\n{settings}"),
    );
    let ran = run(&home, &env, &["use", "Partner"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr.contains("no SAML response arrived in time"),
        "{ran:?}"
    );
}

#[test]
fn esc_in_the_switcher_ends_the_browser() {
    let home = home("", &app("Partner", ""));
    let Some(env) = chromium(&home) else { return };
    add(&home, "browser");
    let env: Vec<(&str, &str)> = env
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut terminal = Terminal::open(&home, ROLEDEX, &[], (100, 30), &env);
    terminal.wait("Partner");
    terminal.press(ENTER);
    terminal.wait("Time left: 2:5");
    let browser = at_sign_in(&home);
    terminal.press(ESC);
    terminal.until("the list", |screen| !screen.contains("Time left"));
    wait_for("the browser's end", || {
        let stat = fs::read_to_string(format!("/proc/{browser}/stat"));
        (!stat.is_ok_and(|stat| !stat.contains(") Z "))).then_some(())
    });
}

#[test]
fn no_second_browser_starts_while_the_first_one_still_lives() {
    let home = home("", &app("Partner", ""));
    add(&home, "browser");
    // It neither answers nor sees that it is to close.
    let script = format!(
        "#!/bin/sh\necho $$ >> '{}/pids'\nexec sleep 600\n",
        home.dir.path().display()
    );
    home.write("browser.sh", &script);
    let program = home.path("browser.sh");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let env = [
        ("ROLEDEX_BROWSER", program.to_str().unwrap()),
        ("DISPLAY", ":9"),
    ];
    let pids = |count: usize| {
        wait_for("a browser", || {
            let pids = home.read("pids");
            let pids: Vec<String> = pids.lines().map(str::to_owned).collect();
            (pids.len() >= count).then_some(pids)
        })
    };
    let mut terminal = Terminal::open(&home, ROLEDEX, &[], (100, 30), &env);
    terminal.wait("Partner");
    terminal.press(ENTER);
    let first = pids(1).remove(0);
    // The browser runs before the dialog is there: Esc and Enter at once would be Alt-Enter.
    terminal.wait("Time left");
    terminal.press(ESC);
    terminal.until("the list", |screen| !screen.contains("Time left"));
    terminal.press(ENTER);
    pids(2);
    let stat = fs::read_to_string(format!("/proc/{first}/stat"));
    assert!(!stat.is_ok_and(|stat| !stat.contains(") Z ")));
    terminal.press(ESC);
    signal(pids(2).remove(1).parse().unwrap(), Signal::KILL);
}

#[test]
fn a_browser_that_is_none() {
    let home = home("", &app("Partner", ""));
    add(&home, "browser");
    let named = |program: &str| {
        let env = [("ROLEDEX_BROWSER", program), ("DISPLAY", ":9")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()));
        run(&home, &env, &["use", "Partner"])
    };
    let ran = named("/nowhere/chrome");
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("ROLEDEX_BROWSER is /nowhere/chrome"),
        "{ran:?}"
    );
    let ran = named("/bin/false");
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("the browser did not start"), "{ran:?}");
}

#[test]
fn the_portals_page_lists_its_apps() {
    let apps =
        app("Partner", "") + &app("Planner", "application = \"Custom SAML 2.0 application\"");
    let home = home("by_itself = true", &apps);
    let Some(env) = chromium(&home) else { return };
    // A start URL that the browser can reach.
    let base = home.sim.endpoints().sso.clone();
    home.write(
        ".aws/config",
        &format!("[sso-session p]\nsso_start_url = {base}/web/p/start\nsso_region = eu-west-1\n"),
    );
    let ran = run(
        &home,
        &env,
        &["app", "discover", "p", "--method", "browser", "--json"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout.contains("\"name\": \"Partner\"") && !ran.stdout.contains("Planner"),
        "{ran:?}"
    );
}

#[test]
fn loopback_through_the_users_own_browser() {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let acs = format!("acs = \"http://127.0.0.1:{port}/saml/acs\"");
    let home = home("by_itself = true", &app("Lab", &acs));
    let Some(env) = chromium(&home) else { return };
    let mine = format!(
        "#!/bin/sh\nexec '{}' --no-sandbox --no-first-run --user-data-dir='{}/mine' \"$@\" >/dev/null 2>&1\n",
        home.path("browser.sh").display(),
        home.dir.path().display()
    );
    home.write("mine.sh", &mine);
    fs::set_permissions(home.path("mine.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    add(&home, "loopback");
    let url = home.sim.endpoints().apps[0].url.clone();
    home.ok(&[
        "app",
        "add",
        &url,
        "--portal",
        "p",
        "--method",
        "loopback",
        "--port",
        &port.to_string(),
    ]);
    home.ok(&["app", "trust", "Lab", "210987654321"]);
    let mut env = env;
    env.push((
        "BROWSER".to_owned(),
        home.path("mine.sh").to_str().unwrap().to_owned(),
    ));
    let ran = run(&home, &env, &["use", "Lab"]);
    if let Ok(pid) = home.read("browser.pid").trim().parse::<u32>() {
        signal(pid, Signal::KILL);
    }
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stdout.trim(), "Operator-210987654321");
}

#[test]
fn built_in_scenarios_have_apps() {
    let scenario = Scenario::named("external").unwrap();
    assert_eq!(scenario.portals[0].apps.len(), 5);
}

const OPERATOR: &str = "ext:Partner/210987654321/Operator";

/// One app whose credentials last `seconds`; STS takes the first length that it is asked for.
fn with_short_credentials(seconds: i64, web: &str) -> Home {
    Home::scenario(&format!(
        "credential_seconds = {seconds}\n[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\n\
         start_url = \"https://d-9.awsapps.com/start\"\nweb = {{ {web} }}\n{}",
        app("Partner", "most_seconds = 43200")
    ))
}

/// The one file with stored credentials.
fn stored(home: &Home) -> std::path::PathBuf {
    let directory = home.path(".local/state/roledex/credentials");
    fs::read_dir(directory)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
}

/// Lets stored credentials be of an unknown age, as an older roledex stored them: of those the last
/// fifteen minutes are the time to renew them.
fn let_them_end_soon(home: &Home) {
    let path = stored(home);
    let text = fs::read_to_string(&path).unwrap();
    let Some((before, after)) = text.split_once(",\"obtained_at\":\"") else {
        return;
    };
    let rest = after.split_once('"').unwrap().1;
    let mut file = fs::File::create(&path).unwrap();
    write!(file, "{before}{rest}").unwrap();
}

fn key_of(ran: &Ran) -> String {
    assert_eq!(ran.code, 0, "{ran:?}");
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    json["AccessKeyId"].as_str().unwrap().to_owned()
}

#[test]
fn credentials_of_ten_minutes_are_captured_once() {
    let home = with_short_credentials(600, "by_itself = true");
    let Some(env) = chromium(&home) else { return };
    add(&home, "browser");
    assert_eq!(run(&home, &env, &["use", "Partner"]).code, 0);
    let key = key_of(&run(&home, &env, &["credentials", OPERATOR]));
    assert_eq!(key, key_of(&run(&home, &env, &["credentials", OPERATOR])));
    assert_eq!(
        run(&home, &env, &["env", OPERATOR, "--shell", "bash"]).code,
        0
    );
    assert_eq!(run(&home, &env, &["exec", OPERATOR, "--", "true"]).code, 0);
    assert_eq!((starts(&home), asked(&home, "POST", "/")), ((1, 0), 1));
    assert_eq!(run(&home, &env, &["refresh", OPERATOR]).code, 0);
    assert_eq!((starts(&home), asked(&home, "POST", "/")), ((1, 1), 2));
}

#[test]
fn credentials_that_end_soon_are_used_while_one_process_renews_them() {
    let home = with_short_credentials(600, "by_itself = true");
    let Some(env) = chromium(&home) else { return };
    add(&home, "browser");
    assert_eq!(run(&home, &env, &["use", "Partner"]).code, 0);
    let_them_end_soon(&home);
    let before = asked(&home, "POST", "/");
    let old = fs::read_to_string(stored(&home)).unwrap();
    let children: Vec<Child> = (0..4)
        .map(|_| spawn(&home, &env, &["credentials", OPERATOR]))
        .collect();
    for child in children {
        let ran = Ran::new(&child.wait_with_output().unwrap());
        key_of(&ran);
    }
    wait_for("new credentials", || {
        (fs::read_to_string(stored(&home)).unwrap() != old).then_some(())
    });
    assert_eq!(
        (starts(&home), asked(&home, "POST", "/") - before),
        ((1, 1), 1)
    );
    assert!(!old.contains(&key_of(&run(&home, &env, &["credentials", OPERATOR]))));
}

/// The pipes that a process has from its callers: the two of the `DevTools` protocol are its own.
fn open_pipes(pid: u32) -> usize {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    // The shell may close its script's file meanwhile.
    let targets = files.filter_map(|file| fs::read_link(file.unwrap().path()).ok());
    let pipes = targets.filter(|target| target.to_string_lossy().starts_with("pipe:"));
    pipes.count()
}

#[test]
fn a_browser_that_hangs_keeps_no_command_with_live_credentials() {
    let home = with_short_credentials(600, "by_itself = true");
    let Some(mut env) = chromium(&home) else {
        return;
    };
    add(&home, "browser");
    assert_eq!(run(&home, &env, &["use", "Partner"]).code, 0);
    let_them_end_soon(&home);
    home.write(
        "hangs.sh",
        &format!(
            "#!/bin/sh\necho $$ >> '{0}/hangs.log'\nexec sleep 600\n",
            home.dir.path().display()
        ),
    );
    let program = home.path("hangs.sh");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    env[0].1 = program.to_str().unwrap().to_owned();
    // A caller that waits for the end of a pipe, of which the command has one more copy.
    let mut caller = home.command("sh");
    let script = format!("exec 7>&1; '{ROLEDEX}' credentials {OPERATOR}");
    let caller = caller.envs(env.iter().cloned()).args(["-c", &script]);
    let key = key_of(&Ran::new(&caller.output().unwrap()));
    let browser = wait_for("the browser", || {
        home.read("hangs.log").trim().parse::<u32>().ok()
    });
    assert_eq!(open_pipes(browser), 2, "it holds the caller's files");
    for args in [
        &["credentials", OPERATOR][..],
        &["env", OPERATOR, "--shell", "bash"],
        &["exec", OPERATOR, "--", "true"],
        &["use", "Partner"],
    ] {
        assert_eq!(run(&home, &env, args).code, 0, "{args:?}");
    }
    assert_eq!(key, key_of(&run(&home, &env, &["credentials", OPERATOR])));
    assert_eq!(
        home.read("hangs.log").lines().count(),
        1,
        "only one capture"
    );
    assert!(
        fs::exists(format!("/proc/{browser}")).unwrap(),
        "nobody has waited for it"
    );
    signal(browser, Signal::KILL);
    wait_for("the remembered failure", || {
        home.read(".local/state/roledex/learnt.json")
            .contains("\"failure\"")
            .then_some(())
    });
    assert_eq!(key, key_of(&run(&home, &env, &["credentials", OPERATOR])));
    let ran = run(&home, &env, &["use", "Partner"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("expire soon and could not be renewed"),
        "{ran:?}"
    );
    assert_eq!(
        home.read("hangs.log").lines().count(),
        1,
        "once for these credentials"
    );
}

#[test]
fn refresh_opens_the_window_where_there_is_a_terminal() {
    let home = with_short_credentials(600, "");
    let Some(env) = chromium(&home) else { return };
    add(&home, "browser");
    let remembered = format!(
        "{{\"signed_in\":{{\"{}\":\"2026-01-01T00:00:00Z\"}}}}",
        home.sim.endpoints().sso.trim_start_matches("http://")
    );
    home.write(".local/state/roledex/learnt.json", &remembered);
    let ran = run(&home, &env, &["refresh", OPERATOR]);
    assert_eq!((ran.code, starts(&home)), (3, (0, 1)), "{ran:?}");
    assert!(ran.stderr.contains("run in a terminal"), "{ran:?}");
    let env: Vec<(&str, &str)> = env
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let terminal = Terminal::open(&home, ROLEDEX, &["refresh", OPERATOR], (100, 30), &env);
    terminal.wait("sign in in the browser window that opens");
    // Two browsers without a window have been there before it.
    wait_for("the sign-in page in the window", || {
        (asked(&home, "GET", "/sign-in") == 3).then_some(())
    });
    assert_eq!(starts(&home), (1, 2));
    let browser = home.read("browser.pid").trim().parse().unwrap();
    signal(browser, Signal::TERM);
    terminal.wait("the browser window was closed");
}

#[test]
fn credentials_that_are_over_are_an_error() {
    let home = with_short_credentials(-5, "");
    add(&home, "portal");
    home.login("p");
    for args in [
        &["use", "Partner"][..],
        &["refresh", OPERATOR],
        &["credentials", OPERATOR],
    ] {
        let ran = home.run(args);
        assert_eq!(ran.code, 6, "{args:?}: {ran:?}");
        assert!(
            ran.stderr.contains("have expired already"),
            "{args:?}: {ran:?}"
        );
        assert!(ran.stdout.is_empty(), "{args:?}: {ran:?}");
    }
}

/// Answers every connection with HTTP 503, or not at all.
fn failing_server(answers: bool) -> String {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for mut stream in listener.incoming().flatten() {
            if answers {
                let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
                let _ = stream.write_all(
                    b"HTTP/1.1 503 Unavailable\r\nContent-Type: text/html\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndown",
                );
            } else {
                kept.push(stream);
            }
        }
    });
    host
}

#[test]
fn a_portal_that_is_down_is_not_a_sign_in_that_is_over() {
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let closed_host = closed.local_addr().unwrap().to_string();
    drop(closed);
    let cases = [
        (failing_server(false), "127.0.0.1 timed out after 20 s"),
        (closed_host, "127.0.0.1 (net::ERR_CONNECTION_REFUSED)"),
        (failing_server(true), "127.0.0.1 answered with HTTP 503"),
    ];
    let mut running = Vec::new();
    for (host, said) in cases {
        let home = home("", "");
        let Some(env) = chromium(&home) else { return };
        let link = format!("http://{host}/start#/saml/default/Partner/ins-0123456789abcdef");
        home.ok(&["app", "add", &link, "--method", "browser"]);
        let remembered = format!("{{\"signed_in\":{{\"{host}\":\"2026-01-01T00:00:00Z\"}}}}");
        home.write(".local/state/roledex/learnt.json", &remembered);
        let child = spawn(&home, &env, &["credentials", OPERATOR]);
        running.push((home, child, said));
    }
    for (_home, child, said) in running {
        let ran = Ran::new(&child.wait_with_output().unwrap());
        assert_eq!(ran.code, 6, "{said}: {ran:?}");
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
        assert!(!ran.stderr.contains("signed in"), "{said}: {ran:?}");
    }
}

#[test]
fn a_signed_out_portal_is_named_with_the_command_that_helps() {
    let home = home("", &app("Partner", ""));
    add(&home, "auto");
    home.login("p");
    home.ok(&["use", "Partner"]);
    home.ok(&["logout", "p"]);
    for command in ["credentials", "refresh"] {
        let ran = home.run(&[command, "ext:Partner/210987654321/Operator"]);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.stderr.contains("not signed in to p"), "{ran:?}");
        assert!(ran.stderr.contains("roledex login p"), "{ran:?}");
    }
    // A response that is pasted is asked for, with the command that takes it.
    let ran = home.run(&[
        "refresh",
        "ext:Partner/210987654321/Operator",
        "--method",
        "file",
    ]);
    assert!(
        ran.code == 3 && ran.stderr.contains("--assertion -"),
        "{ran:?}"
    );
}

#[test]
fn an_app_is_found_in_any_case_and_a_portal_is_none() {
    let home = home("", &app("Partner", ""));
    add(&home, "auto");
    home.ok(&["app", "trust", "partner", "210987654321"]);
    home.ok(&["app", "remove", "PARTNER"]);
    assert_eq!(home.ok(&["app", "list", "--json"]).trim(), "[]");
    for portal in [
        "https://d-9.awsapps.com/start",
        "https://other.awsapps.com/start/#/",
    ] {
        let ran = home.run(&["app", "add", portal, "--name", "partner"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains("the address of the portal"), "{ran:?}");
    }
}
