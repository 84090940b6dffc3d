//! The AWS SDKs use what roledex writes: profiles of every kind, the environment of `exec`, and the
//! endpoint of `exec --live`. They also say which names and paths they can read.

#![expect(
    clippy::disallowed_methods,
    reason = "a child is told by its environment what to do"
)]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use aws_config::BehaviorVersion;
use aws_config::provider_config::ProviderConfig;
use aws_sdk_sts::config::ProvideCredentials as _;
use roledex::internals::domain::process_line::needs_quotes;
use roledex::internals::domain::profile::is_valid_name;

use crate::support::sdks::{RUST_ANSWER, RUST_QUESTION, Sdk, each, write_profile};
use crate::support::{Home, ROLEDEX, Ran};

/// Account IDs that look like octal numbers, and role names that look like other things than text.
const SCENARIO: &str = r#"
[[portals]]
name = "p.q_r+s@t/u-9"
region = "eu-west-1"
start_url = "https://d-9067000009.awsapps.com/start"

[[portals.accounts]]
id = "012345678901"
name = "Numbers"
roles = ["R=b,c@d.e+f_g-h", "0x1F", "1e5", "0b12", "true", "1.50"]

[[portals.apps]]
name = "Partner & Co. é"
id = "ins-0123456789abcdef"
roles = ["arn:aws:iam::000000000012:role/team/Op=a,b@c"]
"#;

/// A home with the scenario, signed in.
fn home() -> Home {
    let home = Home::scenario(SCENARIO);
    home.sign_in();
    home.add_apps("portal");
    home
}

#[test]
fn every_sdk_reads_every_kind_of_profile() {
    let home = home();
    let roles = ["R=b,c@d.e+f_g-h", "0x1F", "1e5", "0b12", "true", "1.50"];
    let mut expected: Vec<(String, String)> = Vec::new();
    for (number, role) in roles.into_iter().enumerate() {
        for kind in ["sso", "process", "static"] {
            let name = format!("{kind}-{number}");
            let entry = format!("org:p.q_r+s@t%2Fu-9/012345678901/{role}");
            home.ok(&["use", &entry, "--as", kind, "--profile", &name]);
            expected.push((
                name,
                format!("arn:aws:sts::012345678901:assumed-role/AWSReservedSSO_{role}_"),
            ));
        }
    }
    let external = home.ok(&["use", "Partner & Co. é"]).trim().to_owned();
    expected.push((
        external,
        "arn:aws:sts::000000000012:assumed-role/Op=a,b@c/".to_owned(),
    ));
    let profiles: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    let sdks = Sdk::all();
    let mut wrong = Vec::new();
    for (sdk, answers) in each(&sdks, |sdk| sdk.who(&home, &profiles)) {
        for ((profile, arn), answer) in expected.iter().zip(answers) {
            if !answer.starts_with(arn) {
                wrong.push(format!("{sdk}: {profile}: {answer}, not {arn}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_sdk_uses_the_environment_and_the_endpoint_of_exec() {
    let home = home();
    let entry = "org:p.q_r+s@t%2Fu-9/012345678901/R=b,c@d.e+f_g-h";
    // Botocore reads keys in this file before it asks an endpoint.
    home.write(
        "boto.cfg",
        "[Credentials]\naws_access_key_id = AKIAFOREIGN00000001\naws_secret_access_key = foreign\n",
    );
    let boto = home.path("boto.cfg");
    let older = [
        ("AWS_ACCESS_KEY", "AKIAFOREIGN00000001"),
        ("AWS_SECRET_KEY", "foreign"),
        ("BOTO_CONFIG", boto.to_str().unwrap()),
    ];
    for exec in [&[entry][..], &[entry, "--live"]] {
        for (sdk, answer) in each(&Sdk::all(), |sdk| sdk.who_in_exec(&home, exec, &older)) {
            let arn = "arn:aws:sts::012345678901:assumed-role/AWSReservedSSO_R=b,c@d.e+f_g-h_";
            assert!(answer.starts_with(arn), "{sdk} {exec:?}: {answer}");
        }
    }
}

/// The first profile of every SDK: an external account, which only a process can serve. The path of
/// roledex has a blank, and so had the line that an older roledex wrote.
#[test]
fn every_sdk_starts_a_roledex_whose_path_has_a_blank() {
    let home = home();
    let roledex = home.path("role dex/bin/roledex");
    fs::create_dir_all(roledex.parent().unwrap()).unwrap();
    fs::copy(ROLEDEX, &roledex).unwrap();
    let roledex = roledex.to_str().unwrap();
    let run = |args: &[&str]| Ran::new(&home.command(roledex).args(args).output().unwrap());
    let used = run(&["use", "Partner & Co. é", "--profile", "partner"]);
    assert_eq!(used.code, 0, "{used:?}");
    let link = home.path(".local/state/roledex/bin/roledex");
    let link = link.to_str().unwrap();
    let said = "profiles name the link ~/.local/state/roledex/bin/roledex";
    assert!(used.stderr.contains(said), "{used:?}");
    let config = home.read(".aws/config");
    let plain = format!("credential_process = {link} credentials ");
    assert!(config.contains(&plain), "{config}");
    let healthy = run(&["doctor"]).stdout;
    assert!(healthy.contains(said), "{healthy}");
    let who = || each(&Sdk::all(), |sdk| sdk.who(&home, &["partner"]).remove(0));
    let arn = "arn:aws:sts::000000000012:assumed-role/Op=a,b@c/";
    for (sdk, answer) in who() {
        assert!(answer.starts_with(arn), "{sdk}: {answer}");
    }

    // As an older roledex wrote it; and a link that leads nowhere.
    let quoted = format!("credential_process = \"{roledex}\" credentials ");
    home.write(".aws/config", &config.replace(&plain, &quoted));
    let found = run(&["doctor"]).stdout;
    assert!(found.contains("has its path in quotes"), "{found}");
    assert_eq!(run(&["doctor", "--fix"]).code, 0);
    assert_eq!(home.read(".aws/config"), config);
    fs::remove_file(link).unwrap();
    let found = run(&["doctor"]).stdout;
    assert!(found.contains("which is not this program"), "{found}");
    assert_eq!(run(&["doctor", "--fix"]).code, 0);
    for (sdk, answer) in who() {
        assert!(answer.starts_with(arn), "{sdk}: {answer}");
    }
    home.write(".aws/config", &config.replace(&plain, &quoted));
    assert_eq!(run(&["use", "partner"]).code, 0);
    assert_eq!(home.read(".aws/config"), config);
}

/// If every path contains a blank, the path is quoted. All SDKs except Go v1 can read that.
#[test]
fn a_path_that_has_to_be_quoted_is_quoted_for_a_shell() {
    let home = home();
    for directory in ["role dex", "$HOME `id` it's \"x\" \\"] {
        let roledex = home.path(directory).join("roledex");
        fs::create_dir_all(roledex.parent().unwrap()).unwrap();
        fs::copy(ROLEDEX, &roledex).unwrap();
        let run = |args: &[&str]| {
            let mut command = home.command(roledex.to_str().unwrap());
            command.env("XDG_STATE_HOME", home.path("the state"));
            Ran::new(&command.args(args).output().unwrap())
        };
        let used = run(&["use", "Partner & Co. é", "--profile", "partner"]);
        assert_eq!(used.code, 0, "{used:?}");
        let said = "programs with the AWS SDK for Go v1 cannot use process profiles";
        assert!(used.stderr.contains(said), "{used:?}");
        let doctor = run(&["doctor"]).stdout;
        assert!(doctor.contains(said), "{doctor}");
        let sdks = Sdk::all();
        for (sdk, answer) in each(&sdks, |sdk| sdk.who(&home, &["partner"]).remove(0)) {
            let arn = "arn:aws:sts::000000000012:assumed-role/Op=a,b@c/";
            assert!(
                answer.starts_with(arn) || sdk == "AWS SDK for Go v1",
                "{sdk}: {answer}"
            );
        }
    }
}

/// Characters that need no quotes in a path are read by every SDK without them.
#[test]
fn every_sdk_starts_a_program_at_a_path_without_quotes() {
    let home = Home::scenario(SCENARIO);
    let answer = "#!/bin/sh\nprintf '{\"Version\": 1, \"AccessKeyId\": \"%s\", \"SecretAccessKey\": \"s\", \
                  \"SessionToken\": \"t\"}' \"$#-$1-$2\"\n";
    let id = "org:a%20b/012345678901/R=b,c@d.e+f_g-h";
    let mut directories = Vec::new();
    for (number, c) in candidates().filter(|c| *c != '/').enumerate() {
        let program = home.path(&format!("paths/{number}/x{c}y/roledex"));
        if needs_quotes(program.to_str().unwrap()) {
            continue;
        }
        let name = format!("paths/{number}/x{c}y/roledex");
        home.write(&name, answer);
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let directory = home.path(&format!("paths/{number}"));
        let config = format!(
            "[profile p]\ncredential_process = {} credentials {id}\nregion = eu-west-1\n",
            program.display()
        );
        write_profile(&directory, "p", &config, "");
        directories.push(directory);
    }
    assert!(directories.len() > 70, "{}", directories.len());
    for (sdk, answers) in each(&Sdk::all(), |sdk| sdk.keys(&home, &directories)) {
        for (directory, answer) in directories.iter().zip(answers) {
            let expected = format!("2-credentials-{id}");
            assert_eq!(answer, expected, "{sdk}: {}", directory.display());
        }
    }
}

/// Every printable ASCII character, and some that are not ASCII.
fn candidates() -> impl Iterator<Item = char> {
    (' '..='~').chain(['é', 'ß', '名', '\u{a0}', '\u{3000}', '\u{200b}', '😀'])
}

/// Names that try each candidate at the start, in the middle and at the end, and words that some
/// parsers take for something else than text.
fn names() -> Vec<String> {
    let words = [
        "123456789012",
        "0123",
        "0x1F",
        "0b12",
        "0o17",
        "1e5",
        "1.50",
        "1_000",
        "true",
        "null",
        "profile",
        "sso-session",
        "services",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
        "__proto__",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
        "prototype",
        "a--b",
        "a..b",
        "../b",
        "a//b",
        "@/+._",
    ];
    let around = |c: char| [format!("a{c}b"), format!("{c}b"), format!("a{c}")];
    candidates()
        .flat_map(around)
        .chain(words.map(str::to_owned))
        .collect()
}

/// A name that roledex accepts is one that every SDK finds, in both files. The scenario's portal tries
/// the same characters as the name of an sso-session.
#[test]
fn every_sdk_reads_every_name_that_roledex_accepts() {
    let home = Home::scenario(SCENARIO);
    let names = names();
    let mut cases = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let keys = format!("aws_access_key_id = AKIA{number}\naws_secret_access_key = s\n");
        let in_config = format!("[profile {name}]\n{keys}");
        let in_credentials = format!("[{name}]\n{keys}");
        for (file, config, credentials) in [
            ("config", in_config.as_str(), ""),
            ("credentials", "", in_credentials.as_str()),
        ] {
            let directory = home.path(&format!("names/{number}-{file}"));
            write_profile(&directory, name, config, credentials);
            cases.push((name, file, format!("AKIA{number}"), directory));
        }
    }
    let directories: Vec<PathBuf> = cases.iter().map(|(.., path)| path.clone()).collect();
    let mut unreadable = BTreeSet::new();
    for (sdk, answers) in each(&Sdk::all(), |sdk| sdk.keys(&home, &directories)) {
        for ((name, file, key, _), answer) in cases.iter().zip(answers) {
            if answer != *key {
                unreadable.insert((name.as_str(), *file, sdk, answer));
            }
        }
    }
    let accepted: Vec<_> = unreadable
        .iter()
        .filter(|(name, ..)| is_valid_name(name))
        .collect();
    assert!(accepted.is_empty(), "{accepted:#?}");
}

/// The child of the tests above: the AWS SDK as every Rust program has it.
#[test]
fn child_that_is_the_rust_sdk() {
    let Ok(question) = std::env::var(RUST_QUESTION) else {
        return;
    };
    let question: Vec<String> = serde_json::from_str(&question).unwrap();
    let (question, arguments) = question.split_first().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for argument in arguments {
        let answer = runtime.block_on(async {
            match question.as_str() {
                "who" => rust_who(argument).await,
                _ => rust_keys(argument).await,
            }
        });
        let answer = answer.unwrap_or_else(|error| format!("error: {error}"));
        println!("{RUST_ANSWER}{}", answer.replace('\n', " "));
    }
}

async fn rust_who(profile: &str) -> Result<String, String> {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    let loader = match profile {
        "-" => loader.region("eu-west-1"),
        _ => loader.profile_name(profile),
    };
    let caller = aws_sdk_sts::Client::new(&loader.load().await)
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| format!("{error:?}"))?;
    caller.arn().map(str::to_owned).ok_or_else(String::new)
}

async fn rust_keys(directory: &str) -> Result<String, String> {
    use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
    let directory = PathBuf::from(directory);
    let name = fs::read_to_string(directory.join("name")).unwrap();
    let files = EnvConfigFiles::builder()
        .with_file(EnvConfigFileKind::Config, directory.join("config"))
        .with_file(
            EnvConfigFileKind::Credentials,
            directory.join("credentials"),
        )
        .build();
    let http = aws_smithy_http_client::Builder::new().build_http();
    aws_config::profile::ProfileFileCredentialsProvider::builder()
        .configure(&ProviderConfig::without_region().with_http_client(http))
        .profile_files(files)
        .profile_name(name)
        .build()
        .provide_credentials()
        .await
        .map(|credentials| credentials.access_key_id().to_owned())
        .map_err(|error| format!("{error:?}"))
}
