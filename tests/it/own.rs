//! Own profiles: those that the user wrote by hand are listed and used, and never written.

use std::sync::{Arc, Mutex};

use crate::support::server::{Answer, Server};
use crate::support::{Home, ROLEDEX, Ran, aws_cli, botocore, caller_of, installed};

const READ_ONLY: &str = "org:mixed/333333333333/ReadOnlyAccess";

/// A home with profiles of every kind, signed in to its portal.
fn home() -> Home {
    let home = Home::new("mixed");
    home.fill();
    home.sign_in();
    home.ok(&["list", "--refresh"]);
    home
}

fn rows(home: &Home, args: &[&str]) -> Vec<serde_json::Value> {
    let text = home.ok(&[&["list", "--json"], args].concat());
    serde_json::from_str(&text).unwrap()
}

fn row<'a>(rows: &'a [serde_json::Value], id: &str) -> &'a serde_json::Value {
    rows.iter().find(|row| row["id"] == id).unwrap()
}

/// The identity of the keys that a command was given.
fn identity(home: &Home, arguments: &[&str]) -> Ran {
    let who = "aws sts get-caller-identity --region eu-west-1 --query Arn --output text";
    let mut command = home.command(ROLEDEX);
    command
        .arg("exec")
        .args(arguments)
        .args(["--", "sh", "-c", who]);
    Ran::new(&command.output().unwrap())
}

#[test]
fn the_role_of_a_shell_with_an_own_profile() {
    let home = home();
    let current = |id: &str, more: &[&str]| {
        let args = ["exec", id, "--", ROLEDEX, "status", "--current"];
        home.ok(&[&args[..], more].concat())
    };
    let fields = ["--format", "{role}@{account_id}"];
    assert_eq!(current("profile:deploy", &fields), "Deploy@444455556666\n");
    assert!(current("profile:deploy", &[]).starts_with("Deploy in "));
    let json: serde_json::Value =
        serde_json::from_str(&current("profile:deploy", &["--json"])).unwrap();
    assert_eq!(json["account_id"], "444455556666");
    assert_eq!(json["role"], "Deploy");
    // The files tell neither of its keys.
    assert_eq!(current("profile:jane", &fields), "@\n");
    assert!(current("profile:jane", &[]).starts_with("profile:jane"));
}

#[test]
fn a_profile_whose_process_calls_itself_is_named_at_once() {
    let home = home();
    let config = home.read(".aws/config")
        + &format!(
            "[profile mirror]\ncredential_process = {ROLEDEX} credentials profile:mirror\n\
             [profile base]\ncredential_process = {ROLEDEX} credentials profile:on-base\n\
             [profile on-base]\nsource_profile = base\nrole_arn = arn:aws:iam::444455556666:role/Deploy\n"
        );
    home.write(".aws/config", &config);
    for (asked, named) in [("mirror", "mirror"), ("base", "base"), ("on-base", "base")] {
        let ran = home.run(&["credentials", &format!("profile:{asked}")]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let expected = format!("the process of the profile {named} calls itself");
        assert!(ran.stderr.contains(&expected), "{asked}: {ran:?}");
        assert!(!ran.stderr.contains("another process"), "{asked}: {ran:?}");
    }
}

#[test]
fn every_own_profile_is_a_row_with_its_way_and_nothing_is_run() {
    let home = home();
    let before = (home.read(".aws/config"), home.read(".aws/credentials"));
    let asked = home.sim.requests().len();
    // A process that is run leaves a mark.
    let config = home.read(".aws/config")
        + "[profile marks]\ncredential_process = touch marked\n\
           [profile on-ec2]\nrole_arn = arn:aws:iam::444455556666:role/Deploy\n\
           credential_source = Ec2InstanceMetadata\n";
    home.write(".aws/config", &config);
    let rows = rows(&home, &["--kind", "profile"]);
    let found: Vec<_> = rows
        .iter()
        .map(|row| {
            assert_eq!(row["kind"], "profile");
            let text = |field: &str| row[field].as_str().unwrap_or("-").to_owned();
            [
                text("profile"),
                text("via"),
                text("account_id"),
                text("role"),
            ]
            .join(" ")
        })
        .collect();
    assert_eq!(
        found,
        [
            "audit role 777788889999 Audit",
            "break-glass role 444455556666 Break-Glass",
            "console login 555566667777 Ops",
            "deploy role 444455556666 Deploy",
            "from-env role 444455556666 Deploy",
            "guarded role 444455556666 Guarded",
            "jane keys - -",
            "jane-mfa mfa - -",
            "loop-a role 444455556666 Deploy",
            "loop-b role 444455556666 Deploy",
            "lost-session sso 333333333333 ReadOnlyAccess",
            "lost-source role 444455556666 Deploy",
            "marks process - -",
            "on-ec2 role 444455556666 Deploy",
            "other-org sso 999999999999 Nobody",
            "pipeline web-identity 444455556666 Pipeline",
            "tool process - -",
        ]
    );
    let problem = |id: &str| row(&rows, id)["problem"].as_str().unwrap_or("-").to_owned();
    assert!(
        problem("profile:loop-a").contains("form a loop"),
        "{rows:#?}"
    );
    assert!(problem("profile:lost-source").contains("nobody"));
    assert!(problem("profile:lost-session").contains("nowhere"));
    assert!(problem("profile:on-ec2").contains("on the instance"));
    assert_eq!(problem("profile:deploy"), "-");
    let ran = home.run(&["use", "profile:loop-a"]);
    let hint = "hint: see [profile loop-a] in the AWS config";
    assert!(ran.stderr.contains(hint), "{ran:?}");
    let table = home.ok(&["list", "on-ec2"]);
    let mut lines = table.lines();
    assert!(lines.next().unwrap().ends_with("PROBLEM"), "{table}");
    let row = lines.next().unwrap();
    assert!(
        row.contains("Deploy") && row.contains("role  on-ec2"),
        "{table}"
    );
    assert_eq!(home.sim.requests().len(), asked, "nothing is asked");
    assert!(!home.path("marked").exists(), "nothing is run");
    assert_eq!(home.read(".aws/config"), config);
    assert_eq!(home.read(".aws/credentials"), before.1);
}

#[test]
fn a_profile_that_leads_to_a_listed_role_is_named_by_its_row() {
    let home = home();
    let all = rows(&home, &[]);
    assert_eq!(row(&all, READ_ONLY)["profile"], "workloads");
    assert_eq!(row(&all, READ_ONLY)["via"], serde_json::Value::Null);
    assert!(all.iter().all(|row| row["id"] != "profile:workloads"));
    let before = home.read(".aws/config");
    assert_eq!(home.ok(&["use", "workloads"]), "workloads\n");
    assert_eq!(home.read(".aws/config"), before);
}

#[test]
fn each_way_gives_the_identity_that_it_should() {
    if aws_cli().is_none() {
        return;
    }
    let home = home();
    for (profile, arn) in [
        ("jane", "arn:aws:iam::111122223333:user/jane"),
        (
            "deploy",
            "arn:aws:sts::444455556666:assumed-role/Deploy/jane-deploys",
        ),
        (
            "audit",
            "arn:aws:sts::777788889999:assumed-role/Audit/roledex",
        ),
        (
            "pipeline",
            "arn:aws:sts::444455556666:assumed-role/Pipeline/roledex",
        ),
        ("tool", "arn:aws:iam::111122223333:user/jane"),
        (
            "workloads",
            "arn:aws:sts::333333333333:assumed-role/AWSReservedSSO_ReadOnlyAccess",
        ),
    ] {
        let ran = identity(&home, &[&format!("profile:{profile}")]);
        assert!(
            ran.code == 0 && ran.stdout.starts_with(arn),
            "{profile}: {ran:?}"
        );
    }
    // MFA: the code is asked for once, and serves every role behind the device.
    let ran = identity(&home, &["profile:guarded"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("--mfa-code"), "{ran:?}");
    let wrong = identity(&home, &["profile:guarded", "--mfa-code", "000000"]);
    assert_eq!(wrong.code, 5, "{wrong:?}");
    for arguments in [
        &["profile:guarded", "--mfa-code", "123456"][..],
        &["profile:break-glass"],
        &["profile:jane-mfa"],
    ] {
        let ran = identity(&home, arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    }
    let all = rows(&home, &["--kind", "profile"]);
    assert_eq!(row(&all, "profile:guarded")["state"], "fresh");
    assert_eq!(row(&all, "profile:jane-mfa")["state"], "fresh");
    assert_eq!(row(&all, "profile:jane")["state"], "none");
}

#[test]
fn keys_in_the_environment_are_a_source() {
    if aws_cli().is_none() {
        return;
    }
    let home = home();
    let refused = identity(&home, &["profile:from-env"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("AWS_ACCESS_KEY_ID"), "{refused:?}");
    let ran = Ran::new(
        &home
            .command(ROLEDEX)
            .args(["credentials", "profile:from-env"])
            .env("AWS_ACCESS_KEY_ID", "AKIASIMULATEDJANE001")
            .env("AWS_SECRET_ACCESS_KEY", "simulated/secret/of/jane")
            .output()
            .unwrap(),
    );
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn credentials_never_ask_and_say_what_to_do() {
    let home = home();
    for (profile, words) in [
        ("guarded", "--mfa-code"),
        ("console", "roledex login --console console"),
        ("loop-a", "form a loop"),
        ("nope", "no own profile is named"),
    ] {
        let ran = home.run(&["credentials", &format!("profile:{profile}")]);
        assert!(
            ran.code != 0 && ran.stdout.is_empty() && ran.stderr.contains(words),
            "{profile}: {ran:?}"
        );
    }
    assert_eq!(home.run(&["credentials", "profile:guarded"]).code, 3);
    assert_eq!(home.run(&["credentials", "profile:console"]).code, 3);
}

#[test]
fn keys_without_an_end_are_not_stored_and_have_none() {
    let home = home();
    let text = home.ok(&["credentials", "profile:jane"]);
    let printed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(printed["AccessKeyId"], "AKIASIMULATEDJANE001");
    assert!(printed.get("Expiration").is_none() && printed.get("SessionToken").is_none());
    let lines = home.ok(&["env", "profile:jane", "--shell", "bash"]);
    assert!(lines.contains("unset AWS_SESSION_TOKEN"), "{lines}");
    assert!(!home.path(".local/state/roledex/credentials").exists());
    let refused = home.run(&["use", "profile:jane", "--as", "static", "--profile", "copy"]);
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn a_copy_serves_tools_that_cannot_ask_for_a_code() {
    let Some(python) = botocore() else { return };
    let home = home();
    let copy = [
        "use",
        "profile:guarded",
        "--as",
        "process",
        "--profile",
        "copy",
    ];
    let name = home.ok(&[&copy[..], &["--mfa-code", "654321"]].concat());
    assert_eq!(name, "copy\n");
    let arn = "arn:aws:sts::444455556666:assumed-role/Guarded/";
    assert!(caller_of(&home, &python, "copy").starts_with(arn));
    assert_eq!(home.ok(&["use", "copy"]), "copy\n");
    let fixed = [
        "use",
        "profile:deploy",
        "--as",
        "static",
        "--profile",
        "fixed",
    ];
    assert_eq!(home.ok(&fixed), "fixed\n");
    let arn = "arn:aws:sts::444455556666:assumed-role/Deploy/";
    assert!(caller_of(&home, &python, "fixed").starts_with(arn));
    // It cannot take its own place, nor be written without a name.
    let over = [
        "use",
        "profile:deploy",
        "--as",
        "process",
        "--force",
        "--profile",
        "deploy",
    ];
    assert_eq!(home.run(&over).code, 2);
    assert_eq!(
        home.run(&["use", "profile:deploy", "--as", "process"]).code,
        2
    );
}

#[test]
fn other_settings_lead_to_other_credentials() {
    let home = home();
    let key = |home: &Home| home.ok(&["credentials", "profile:deploy"]);
    let first = key(&home);
    assert_eq!(key(&home), first, "stored ones are used");
    let config = home.read(".aws/config");
    home.write(
        ".aws/config",
        &config.replace("jane-deploys", "someone-else"),
    );
    assert_ne!(key(&home), first);
    home.write(
        ".aws/config",
        &config.replace(
            "source_profile = jane\nrole_session",
            "source_profile = nobody\nrole_session",
        ),
    );
    assert_eq!(home.run(&["credentials", "profile:deploy"]).code, 1);
}

/// The program of a profile may answer by its environment, or for another identity than a moment ago.
#[test]
fn the_process_of_a_profile_is_run_by_every_command() {
    const SCENARIO: &str = r#"
        [[users]]
        arn = "arn:aws:iam::111122223333:user/jane"
        access_key_id = "AKIASIMULATEDJANE001"
        [[users]]
        arn = "arn:aws:iam::111122223333:user/june"
        access_key_id = "AKIASIMULATEDJUNE001"
        [[roles]]
        arn = "arn:aws:iam::444455556666:role/Deploy"
        trusts = ["arn:aws:iam::111122223333:user/jane", "arn:aws:iam::111122223333:user/june"]
        [[roles]]
        arn = "arn:aws:iam::777788889999:role/Audit"
        trusts = ["arn:aws:iam::444455556666:role/Deploy"]
    "#;
    let home = Home::scenario(SCENARIO);
    let answer = |stage: &str, name: &str| {
        let text = format!(
            r#"{{"Version": 1, "AccessKeyId": "AKIASIMULATED{name}001", "SecretAccessKey": "s", "Expiration": "2099-01-01T00:00:00Z"}}"#
        );
        home.write(stage, &text);
    };
    home.write("p.sh", "echo run >> \"$HOME/runs\"\ncat \"$HOME/$STAGE\"\n");
    let program = home.path("p.sh");
    home.write(
        ".aws/config",
        &format!(
            "[profile p]\ncredential_process = sh {}\nregion = eu-west-1\n\
             [profile role]\nsource_profile = p\nrole_arn = arn:aws:iam::444455556666:role/Deploy\n\
             [profile far]\nsource_profile = role\nrole_arn = arn:aws:iam::777788889999:role/Audit\n",
            program.display()
        ),
    );
    home.write(
        ".config/roledex/config.toml",
        "store = \"file\"\n[[chain]]\nname = \"c\"\nsource = \"profile:p\"\n\
         role_arn = \"arn:aws:iam::444455556666:role/Deploy\"\n",
    );
    let chain = "chain:c/444455556666/Deploy";
    let run = |stage: &str, id: &str| {
        let mut command = home.command(ROLEDEX);
        command.env("STAGE", stage).args(["credentials", id]);
        Ran::new(&command.output().unwrap())
    };
    let key = |stage: &str, id: &str| {
        let ran = run(stage, id);
        assert_eq!(ran.code, 0, "{stage} {id}: {ran:?}");
        let printed: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        printed["AccessKeyId"].as_str().unwrap().to_owned()
    };
    answer("dev", "JANE");
    answer("prod", "JUNE");
    for (stage, expected) in [("dev", "JANE"), ("prod", "JUNE"), ("dev", "JANE")] {
        let found = key(stage, "profile:p");
        assert_eq!(found, format!("AKIASIMULATED{expected}001"), "{stage}");
    }
    assert_eq!(home.read("runs").lines().count(), 3);
    let all = rows(&home, &["--kind", "profile"]);
    assert_eq!(row(&all, "profile:p")["state"], "fresh");
    // The source became another identity.
    answer("dev", "JUNE");
    assert_eq!(key("dev", "profile:p"), "AKIASIMULATEDJUNE001");
    answer("dev", "JANE");

    for id in ["profile:far", "profile:role", chain] {
        let first = key("dev", id);
        assert_eq!(key("dev", id), first, "{id}: of the same source");
        let runs = home.read("runs").lines().count();
        let other = key("prod", id);
        assert_ne!(other, first, "{id}");
        assert_eq!(home.read("runs").lines().count(), runs + 1, "{id}: once");
        assert_ne!(key("dev", id), other, "{id}");
    }
    for id in ["profile:p", "profile:role", "profile:far", chain] {
        let ran = run("none", id);
        assert!(
            ran.code == 1
                && ran.stdout.is_empty()
                && ran
                    .stderr
                    .contains("the credential_process of the profile p"),
            "{id}: {ran:?}"
        );
    }
}

#[test]
fn botocore_agrees_on_what_each_profile_is() {
    let Some(python) = botocore() else { return };
    let home = home();
    for profile in ["jane", "deploy", "pipeline", "tool", "workloads"] {
        let theirs = caller_of(&home, &python, profile);
        let ours = identity(&home, &[&format!("profile:{profile}")]).stdout;
        let bare = |arn: &str| arn.rsplit_once('/').map(|(role, _)| role.to_owned());
        assert_eq!(bare(&ours), bare(&theirs), "{profile}");
    }
}

/// Keys of a user without an expiry, and a session that a process gives without one.
#[test]
fn live_serves_a_session_without_an_expiry_and_refuses_keys_without_a_session() {
    let Some(python) = botocore() else { return };
    let home = home();
    for profile in ["profile:jane", "profile:tool"] {
        let ran = home.run(&["exec", profile, "--live", "--", "true"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        let is_clear =
            ran.stderr.contains("have no session token") && ran.stderr.contains("remove --live");
        assert!(is_clear, "{ran:?}");
    }
    let session = home.ok(&["credentials", "profile:deploy"]);
    let mut session: serde_json::Value = serde_json::from_str(&session).unwrap();
    session.as_object_mut().unwrap().remove("Expiration");
    home.write("session.json", &session.to_string());
    let config = home.read(".aws/config")
        + "[profile endless]\nregion = eu-west-1\ncredential_process = cat \"$HOME/session.json\"\n";
    let path = home.path("session.json");
    home.write(
        ".aws/config",
        &config.replace("$HOME/session.json", path.to_str().unwrap()),
    );
    if !installed("curl", &["--version"]) {
        return;
    }
    let fetch = "curl -s -H \"Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\" \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\"";
    let served = home.ok(&["exec", "profile:endless", "--live", "--", "sh", "-c", fetch]);
    let served: serde_json::Value = serde_json::from_str(&served).unwrap();
    assert_eq!(served["Token"], session["SessionToken"]);
    assert_eq!(served.get("AccountId"), None, "{served}");
    let end = served["Expiration"].as_str().unwrap();
    assert!(!end.starts_with("9999"), "{end}");
    let who = "import botocore.session as s; \
               print(s.get_session().create_client('sts').get_caller_identity()['Arn'])";
    let arn = home.ok(&[
        "exec",
        "profile:endless",
        "--live",
        "--",
        python.to_str().unwrap(),
        "-c",
        who,
    ]);
    assert!(
        arn.starts_with("arn:aws:sts::444455556666:assumed-role/Deploy/"),
        "{arn}"
    );
}

#[test]
fn a_logout_forgets_the_roles_behind_the_portal_and_no_others() {
    let home = home();
    let config = home.read(".aws/config")
        + "[profile behind]\nrole_arn = arn:aws:iam::121212121212:role/Any\nsource_profile = workloads\n"
        + "[profile further]\nrole_arn = arn:aws:iam::131313131313:role/Any\nsource_profile = behind\n";
    home.write(".aws/config", &config);
    let credentials = |name: &str| home.run(&["credentials", &format!("profile:{name}")]);
    let deploy = credentials("deploy").stdout;
    for name in ["further", "behind"] {
        assert_eq!(credentials(name).code, 0);
    }
    home.ok(&["logout", "mixed"]);
    for name in ["further", "behind"] {
        let ran = credentials(name);
        assert_eq!((ran.code, &*ran.stdout), (3, ""), "{name}: {ran:?}");
    }
    assert_eq!(credentials("deploy").stdout, deploy);
}

#[test]
fn the_console_opens_for_keys_of_a_user_and_refuses_their_mfa_session() {
    let home = home();
    for profile in ["profile:jane", "profile:tool"] {
        let ran = home.run(&["console", profile, "--print"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("SigninToken="), "{ran:?}");
    }
    let ran = home.run(&[
        "console",
        "profile:jane-mfa",
        "--print",
        "--mfa-code",
        "123456",
    ]);
    assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran:?}");
    assert!(ran.stderr.contains("MFA session"), "{ran:?}");
}

#[test]
fn an_expired_answer_names_the_profile() {
    let home = home();
    let over = r#"{"Version":1,"AccessKeyId":"ASIA1","SecretAccessKey":"s","SessionToken":"t","Expiration":"2001-01-01T00:00:00Z"}"#;
    home.write("tool.json", over);
    let ran = home.run(&["credentials", "profile:tool"]);
    assert!(
        ran.code != 0 && ran.stderr.contains("the profile tool"),
        "{ran:?}"
    );
}

/// The host that STS is asked at for an entry, where a proxy lets nobody through.
fn asked_at(home: &Home, id: &str) -> String {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let proxy = Server::start(move |request| {
        seen.lock().unwrap().push(request.line.clone());
        Answer::page(403)
    });
    let output = home
        .command(ROLEDEX)
        .env_remove("AWS_ENDPOINT_URL_STS")
        .env("HTTPS_PROXY", &proxy.url)
        .args(["credentials", id])
        .output()
        .unwrap();
    let ran = Ran::new(&output);
    let asked = asked.lock().unwrap();
    assert!(!asked.is_empty(), "{id}: {ran:?}");
    let host = asked[0].strip_prefix("CONNECT ").unwrap();
    host.split(':').next().unwrap().to_owned()
}

#[test]
fn sts_is_asked_where_the_profile_says() {
    let home = Home::new("startup");
    let role = "role_arn = arn:aws:iam::444455556666:role/Deploy\n";
    let keys = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n";
    let token = home.path("token");
    home.write("token", "x");
    home.write(
        ".aws/config",
        &format!(
            "[profile k]\n{keys}\
             [profile plain]\n{role}source_profile = k\nregion = ap-east-1\n\
             [profile gov]\nrole_arn = arn:aws-us-gov:iam::444455556666:role/Deploy\nsource_profile = k\nregion = us-gov-east-1\n\
             [profile elsewhere]\nrole_arn = arn:aws-us-gov:iam::444455556666:role/Deploy\nsource_profile = k\nregion = ap-east-1\n\
             [profile fips]\n{role}source_profile = k\nregion = us-west-2\nuse_fips_endpoint = true\n\
             [profile own]\n{role}source_profile = k\nregion = us-west-2\nservices = s\n\
             [profile outer]\n{role}source_profile = fips\nregion = ap-east-1\n\
             [profile mfa]\n{keys}mfa_serial = arn:aws:iam::111122223333:mfa/jane\nmfa_process = echo 123456\nregion = ap-east-1\n\
             [profile web]\n{role}web_identity_token_file = {}\nregion = ap-east-1\n\
             [services s]\nsts =\n  endpoint_url = https://sts.corp.example\n",
            token.display()
        ),
    );
    let chain = "chain:c/444455556666/Deploy";
    home.write(
        ".config/roledex/config.toml",
        &format!(
            "store = \"file\"\n[[chain]]\nname = \"c\"\nsource = \"profile:k\"\n\
             role_arn = \"arn:aws:iam::444455556666:role/Deploy\"\n\
             [entries.\"{chain}\"]\nregion = \"ap-east-1\"\n"
        ),
    );
    for (id, host) in [
        ("profile:plain", "sts.ap-east-1.amazonaws.com"),
        ("profile:gov", "sts.us-gov-east-1.amazonaws.com"),
        ("profile:elsewhere", "sts.us-gov-west-1.amazonaws.com"),
        ("profile:fips", "sts-fips.us-west-2.amazonaws.com"),
        ("profile:own", "sts.corp.example"),
        // As for the AWS CLI, the profile that is used counts, not its source.
        ("profile:outer", "sts.ap-east-1.amazonaws.com"),
        ("profile:mfa", "sts.ap-east-1.amazonaws.com"),
        ("profile:web", "sts.ap-east-1.amazonaws.com"),
        (chain, "sts.ap-east-1.amazonaws.com"),
    ] {
        assert_eq!(asked_at(&home, id), host, "{id}");
    }
}

#[test]
fn a_region_for_a_profile_that_is_used_as_it_is_leaves_its_copies_alone() {
    let home = home();
    let copy = [
        "use",
        "profile:deploy",
        "--as",
        "process",
        "--profile",
        "copy",
    ];
    home.ok(&[&copy[..], &["--region", "eu-west-3"]].concat());
    let config = home.read(".aws/config");
    let used = ["use", "profile:deploy", "--region", "ap-northeast-1"];
    assert_eq!(home.ok(&used), "deploy\n");
    assert_eq!(home.read(".aws/config"), config);
    assert_eq!(home.ok(&["region", "profile:deploy"]), "ap-northeast-1\n");
    // A copy of one that sets a region itself can have another.
    let copy = [
        "use",
        "profile:jane",
        "--as",
        "process",
        "--profile",
        "hers",
    ];
    home.ok(&[&copy[..], &["--region", "eu-west-3"]].concat());
    let set = home.run(&["region", "hers", "ap-northeast-1"]);
    assert_eq!((set.code, &*set.stdout), (0, "ap-northeast-1\n"), "{set:?}");
    assert_eq!(home.ok(&["region", "hers"]), "ap-northeast-1\n");
    assert_ne!(home.ok(&["region", "profile:jane"]), "ap-northeast-1\n");
    let forced = home.run(&["use", "profile:jane", "--force"]);
    assert_eq!(forced.code, 2, "{forced:?}");
    // It sets a region itself.
    let ran = home.run(&["use", "profile:jane", "--region", "eu-west-1"]);
    assert_eq!(ran.code, 2, "{ran:?}");
}
