//! One home with a hand-made profile of each kind: all are listed, each is used, and the AWS CLI and two SDKs
//! see who it is.

#![cfg(unix)]

use crate::console_session::sign_in;
use crate::support::sdks::Sdk;
use crate::support::{Home, ROLEDEX, Ran, aws_cli};

const OPS: &str = "arn:aws:sts::555566667777:assumed-role/Ops/jane";
const JANE: &str = "arn:aws:iam::111122223333:user/jane";

/// The profile, how it gets credentials, and the beginning of its identity.
const WAYS: [(&str, &str, &str); 10] = [
    ("jane", "keys", JANE),
    ("jane-mfa", "mfa", JANE),
    (
        "deploy",
        "role",
        "arn:aws:sts::444455556666:assumed-role/Deploy/jane-deploys",
    ),
    (
        "two-roles",
        "role",
        "arn:aws:sts::121212121212:assumed-role/Further/",
    ),
    (
        "audit",
        "role",
        "arn:aws:sts::777788889999:assumed-role/Audit/",
    ),
    (
        "from-env",
        "role",
        "arn:aws:sts::444455556666:assumed-role/Deploy/",
    ),
    (
        "pipeline",
        "web-identity",
        "arn:aws:sts::444455556666:assumed-role/Pipeline/",
    ),
    ("tool", "process", JANE),
    ("console", "login", OPS),
    (
        "elsewhere",
        "sso",
        "arn:aws:sts::333333333333:assumed-role/AWSReservedSSO_ReadOnlyAccess",
    ),
];

fn home() -> Home {
    let home = Home::new("mixed");
    home.fill();
    home.sign_in();
    let config = home
        .read(".aws/config")
        .replace("[profile workloads]", "[profile elsewhere]")
        + "\n[profile two-roles]\nrole_arn = arn:aws:iam::121212121212:role/Further\nsource_profile = deploy\n";
    home.write(".aws/config", &config);
    home.ok(&["list", "--refresh"]);
    home
}

/// `roledex` with the keys of a user in its environment, for `credential_source = Environment`.
fn with_keys(home: &Home, arguments: &[&str]) -> Ran {
    let mut command = home.command(ROLEDEX);
    command
        .args(arguments)
        .env("AWS_ACCESS_KEY_ID", "AKIASIMULATEDJANE001")
        .env("AWS_SECRET_ACCESS_KEY", "simulated/secret/of/jane");
    Ran::new(&command.output().unwrap())
}

#[test]
fn every_kind_is_listed_and_used_and_the_aws_cli_and_two_sdks_agree() {
    let home = home();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&home.ok(&["list", "--json"])).unwrap();
    for (profile, via, _) in WAYS {
        let id = format!("profile:{profile}");
        let is_it = |row: &&serde_json::Value| row["id"] == *id || row["profile"] == profile;
        let row = rows.iter().find(is_it).unwrap();
        // The role of a portal is the organization's row, which names the profile.
        let expected = (via != "sso").then_some(via);
        assert_eq!(row["via"].as_str(), expected, "{row}");
        assert_eq!(row["problem"], serde_json::Value::Null, "{row}");
    }

    // A wrong pick is refused; the right one serves the SDKs.
    assert_eq!(sign_in(&home, &["console"], JANE).code, 5);
    assert_eq!(home.run(&["credentials", "profile:console"]).code, 3);
    assert_eq!(sign_in(&home, &["console"], OPS).code, 0);
    home.ok(&["refresh", "profile:jane-mfa", "--mfa-code", "123456"]);

    if aws_cli().is_some() {
        for (profile, _, arn) in WAYS {
            let id = format!("profile:{profile}");
            let who = "aws sts get-caller-identity --region eu-west-1 --query Arn --output text";
            let ran = with_keys(&home, &["exec", &id, "--", "sh", "-c", who]);
            assert!(
                ran.code == 0 && ran.stdout.starts_with(arn),
                "{profile}: {ran:?}"
            );
        }
    }
    for (profile, ..) in WAYS {
        let id = format!("profile:{profile}");
        let ran = with_keys(&home, &["env", &id, "--shell", "bash"]);
        assert!(
            ran.code == 0 && ran.stdout.contains("AWS_SECRET_ACCESS_KEY="),
            "{profile}: {ran:?}"
        );
    }
    // The keys of the environment are of one command; a copy serves the others.
    let copy = [
        "use",
        "profile:from-env",
        "--as",
        "static",
        "--profile",
        "from-env-copy",
        "--region",
        "eu-west-1",
    ];
    assert_eq!(with_keys(&home, &copy).code, 0);
    let knows = ["AWS SDK for Go v2", "AWS SDK for JavaScript v3"];
    for sdk in Sdk::all()
        .into_iter()
        .filter(|sdk| knows.contains(&sdk.name))
    {
        for (profile, _, arn) in WAYS {
            let answer = if profile == "from-env" {
                sdk.who(&home, &["from-env-copy"]).remove(0)
            } else {
                sdk.who_in_exec(&home, &[&format!("profile:{profile}")], &[])
            };
            assert!(answer.starts_with(arn), "{}, {profile}: {answer}", sdk.name);
        }
        let answer = sdk.who(&home, &["console"]).remove(0);
        assert!(answer.starts_with(OPS), "{}: {answer}", sdk.name);
    }
}
