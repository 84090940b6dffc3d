//! The commands, their data, and their exit codes (docs/reference.md#commands), from outside.

use std::fs;

use std::collections::BTreeSet;

use crate::support::terminal::{ENTER, Terminal, ctrl};
use crate::support::{Home, ROLEDEX, Ran, botocore, caller_of, installed, wait_for};

fn signed_in(scenario: &str) -> Home {
    let home = Home::new(scenario);
    home.sign_in();
    home
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn list_json_has_the_documented_fields() {
    let home = signed_in("startup");
    home.ok(&["use", "sandbox"]);
    let list = json(&home.ok(&["list", "--json"]));
    let rows = list.as_array().unwrap();
    assert_eq!(rows.len(), 6);
    let fields: BTreeSet<_> = rows[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let documented = [
        "id",
        "kind",
        "portal",
        "app",
        "account_id",
        "account_name",
        "email",
        "role",
        "profile",
        "expires_at",
        "state",
        "pinned",
        "via",
        "problem",
        "region",
        "region_assumed",
    ];
    assert_eq!(fields, documented.into_iter().collect());
    let used = rows
        .iter()
        .find(|row| row["account_id"] == "333333333333")
        .unwrap();
    assert_eq!(used["profile"], "AdministratorAccess-333333333333");
    assert_eq!(used["state"], "fresh");
    assert!(used["expires_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        json(&home.ok(&["list", "--json", "--kind", "external"])),
        serde_json::json!([])
    );
    assert_eq!(
        json(&home.ok(&["list", "staging read", "--json"]))
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn status_json_has_the_documented_fields_and_order() {
    let home = signed_in("startup");
    home.ok(&["use", "sandbox", "--as", "static"]);
    home.ok(&[
        "use",
        "111111111111/ReadOnlyAccess",
        "--as",
        "process",
        "--profile",
        "prod",
    ]);
    let status = json(&home.ok(&["status", "--json"]));
    assert_eq!(status["portals"][0]["name"], "startup");
    assert_eq!(status["portals"][0]["signed_in"], true);
    let profiles = status["profiles"].as_array().unwrap();
    let names: Vec<_> = profiles
        .iter()
        .map(|profile| profile["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["AdministratorAccess-333333333333", "prod"],
        "soonest expiry first"
    );
    assert_eq!(profiles[0]["mode"], "static");
    assert_eq!(profiles[1]["mode"], "process");
    assert_eq!(profiles[1]["account_name"], "Startup Production");
    assert!(profiles[1]["seconds_left"].as_i64().unwrap() > 3_000);
    assert_eq!(
        home.ok(&["status", "--format", "{name}={state}"]),
        "AdministratorAccess-333333333333=fresh\nprod=fresh\n"
    );
}

#[test]
fn exit_codes() {
    let home = Home::new("startup");
    assert_eq!(home.run(&["nonsense"]).code, 2);
    assert_eq!(home.run(&["list"]).code, 1, "no portal");
    assert_eq!(home.run(&["use"]).code, 2, "no entry and no terminal");
    home.ok(&[
        "portal",
        "add",
        "startup",
        "--start-url",
        "https://d-9067000001.awsapps.com/start",
        "--region",
        "eu-west-1",
    ]);
    assert_eq!(home.run(&["list"]).code, 3, "not signed in");
    assert_eq!(
        home.run(&[
            "credentials",
            "org:startup/333333333333/AdministratorAccess"
        ])
        .code,
        3
    );
    home.login("startup");
    let several = home.run(&["use", "production"]);
    assert_eq!((several.code, several.stdout.as_str()), (4, ""));
    assert!(
        several
            .stderr
            .contains("org:startup/111111111111/ReadOnlyAccess"),
        "{}",
        several.stderr
    );
    assert_eq!(home.run(&["use", "zzz"]).code, 4);
    let denied = home.run(&["use", "org:startup/111111111111/Nope"]);
    assert_eq!(denied.code, 5, "{denied:?}");
    assert!(
        denied.stderr.starts_with("error: ") && denied.stderr.contains("\nhint: "),
        "{}",
        denied.stderr
    );
    assert_eq!(
        home.run(&["exec", "sandbox", "--", "sh", "-c", "exit 42"])
            .code,
        42
    );
    assert_eq!(
        home.run(&["exec", "sandbox", "--", "/no/such/program"])
            .code,
        127
    );
    let mut offline = home.command(crate::support::ROLEDEX);
    let offline = offline
        .env("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:9")
        .args(["refresh", "sandbox"]);
    assert_eq!(crate::support::Ran::new(&offline.output().unwrap()).code, 6);
    std::fs::remove_file(home.path(".aws/config")).unwrap();
    std::fs::create_dir(home.path(".aws/config")).unwrap();
    assert_eq!(home.run(&["status"]).code, 7, "an unreadable file");
}

#[test]
fn a_corrupt_token_file_means_sign_in_and_breaks_nothing() {
    let home = signed_in("startup");
    let token = home.path(".aws/sso/cache").join("7e1d1a9ac2e1a0a0.json");
    home.write(".aws/sso/cache/7e1d1a9ac2e1a0a0.json", "{ not json");
    home.ok(&["list", "--refresh"]);
    std::fs::remove_file(token).unwrap();
    for file in std::fs::read_dir(home.path(".aws/sso/cache")).unwrap() {
        let name = file.unwrap().file_name();
        home.write(
            &format!(".aws/sso/cache/{}", name.to_str().unwrap()),
            "{\"accessToken\":",
        );
    }
    assert_eq!(home.run(&["refresh", "sandbox"]).code, 3);
    assert!(
        home.ok(&["list"]).contains("Startup Sandbox"),
        "the cached list is still there"
    );
    home.login("startup");
    home.ok(&["refresh", "sandbox"]);
}

#[test]
fn foreign_profiles_are_refused_and_files_are_kept() {
    let home = signed_in("startup");
    let config = home.read(".aws/config")
        + "# mine\n[profile AdministratorAccess-333333333333]\nregion = us-east-2 # here\ns3 =\n  max_concurrent_requests = 20\n";
    home.write(".aws/config", &config);
    let refused = home.run(&["use", "sandbox"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(home.read(".aws/config"), config);
    home.ok(&["use", "sandbox", "--profile", "sandbox"]);
    assert!(home.read(".aws/config").starts_with(&config));
    home.ok(&[
        "use",
        "sandbox",
        "--profile",
        "AdministratorAccess-333333333333",
        "--force",
    ]);
    assert!(
        home.read(".aws/config")
            .contains("s3 =\n  max_concurrent_requests = 20\n")
    );
}

#[test]
fn use_tells_that_keys_in_the_environment_hide_the_profile() {
    let home = signed_in("startup");
    let told = |name: &str, value: &str| {
        let mut command = home.command(ROLEDEX);
        command.args(["use", "sandbox"]).env(name, value);
        let ran = Ran::new(&command.output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.stderr.contains("which programs use before AWS_PROFILE; to remove them, run: eval \"$(roledex env --unset)\"")
    };
    assert!(told("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"));
    assert!(!told("AWS_ACCESS_KEY_ID", ""));
    assert!(!told("AWS_PROFILE", "other"));
}

#[test]
fn a_second_use_changes_no_byte() {
    let home = signed_in("startup");
    home.ok(&["use", "sandbox"]);
    let before = (
        home.read(".aws/config"),
        std::fs::metadata(home.path(".aws/config"))
            .unwrap()
            .modified()
            .unwrap(),
    );
    home.ok(&["use", "sandbox"]);
    let after = (
        home.read(".aws/config"),
        std::fs::metadata(home.path(".aws/config"))
            .unwrap()
            .modified()
            .unwrap(),
    );
    assert_eq!(before, after);
}

#[test]
fn undo_takes_back_one_change_at_a_time() {
    let home = Home::new("startup");
    assert_eq!(home.run(&["undo"]).code, 1, "nothing to undo");
    let add = |name| {
        let url = "https://d-9067000001.awsapps.com/start";
        let region = "eu-west-1";
        home.ok(&[
            "portal",
            "add",
            name,
            "--start-url",
            url,
            "--region",
            region,
        ]);
        home.read(".aws/config")
    };
    let (one, two) = (add("one"), add("two"));
    let shown = home.ok(&["undo", "--dry-run"]);
    assert!(
        shown.starts_with("--- ~/.aws/config\n-[sso-session two]\n"),
        "{shown}"
    );
    assert_eq!(home.read(".aws/config"), two, "a dry run changes nothing");
    home.write(
        ".aws/config",
        &two.replace("[sso-session two]", "[sso-session two] # mine\na = b"),
    );
    let refused = home.run(&["undo"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("--force"), "{refused:?}");
    assert!(home.ok(&["undo", "--force"]).contains("-a = b\n"));
    assert_eq!(home.read(".aws/config").trim_end(), one.trim_end());
    home.ok(&["undo"]);
    assert!(!home.path(".aws/config").exists(), "as at first");
    assert_eq!(home.run(&["undo"]).code, 1);
}

#[test]
fn the_three_modes_work_with_botocore() {
    let Some(python) = botocore() else { return };
    let home = signed_in("startup");
    for mode in ["sso", "process", "static"] {
        home.ok(&["use", "sandbox", "--as", mode, "--profile", mode]);
        let arn = caller_of(&home, &python, mode);
        assert!(arn.contains(":333333333333:assumed-role/"), "{mode}: {arn}");
    }
    home.ok(&["logout"]);
    assert!(
        !home
            .read(".aws/credentials")
            .contains("aws_secret_access_key"),
        "static keys are gone"
    );
    assert_eq!(home.run(&["credentials", "process"]).code, 3);
}

#[test]
fn a_token_file_of_the_aws_cli_signs_us_in_and_is_refreshed_for_both() {
    let home = Home::scenario(
        "[sign_in]\ntoken_seconds = 60\n[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-1.awsapps.com/start\"\n[[portals.accounts]]\nid = \"111111111111\"\nname = \"One\"\nroles = [\"Admin\"]\n",
    );
    home.sign_in();
    let file = std::fs::read_dir(home.path(".aws/sso/cache"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .find(|path| {
            std::fs::read_to_string(path)
                .unwrap()
                .contains("accessToken")
        })
        .unwrap();
    let before = json(&std::fs::read_to_string(&file).unwrap());
    // As old tools wrote it, and over already: only a refresh can help.
    let mut old = before.clone();
    old["expiresAt"] = "2020-01-01T00:00:00UTC".into();
    home.write(
        &format!(
            ".aws/sso/cache/{}",
            file.file_name().unwrap().to_str().unwrap()
        ),
        &old.to_string(),
    );
    home.ok(&["list", "--refresh"]);
    let after = json(&std::fs::read_to_string(&file).unwrap());
    assert_ne!(after["accessToken"], before["accessToken"]);
    assert_eq!(
        after["refreshToken"], before["refreshToken"],
        "an answer may repeat it, or leave it out"
    );
    for field in [
        "clientId",
        "clientSecret",
        "registrationExpiresAt",
        "startUrl",
        "region",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
}

#[test]
fn a_revoked_token_is_renewed_once_without_a_user() {
    let home = signed_in("startup");
    home.sim.revoke_tokens(false);
    home.ok(&["refresh", "sandbox"]);
    home.sim.revoke_tokens(false);
    home.ok(&["list", "--refresh"]);
    home.sim.revoke_tokens(true);
    assert_eq!(home.run(&["refresh", "sandbox"]).code, 3);
}

#[test]
fn hostile_names_write_files_that_still_parse() {
    let home = signed_in("hostile");
    for (account, role) in [
        ("666000000001", "AdministratorAccess"),
        ("666000000002", "ReadOnlyAccess"),
        ("666000000003", "Role+=,.@-x"),
        ("666000000008", "ReadOnlyAccess"),
    ] {
        home.ok(&["use", &format!("{account}/{role}")]);
    }
    assert_eq!(
        json(&home.ok(&["status", "--json"]))["profiles"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    let Some(python) = botocore() else { return };
    let arn = caller_of(&home, &python, "Role+-.@-x-666000000003");
    assert!(arn.contains(":666000000003:"), "{arn}");
}

#[test]
fn hostile_export_lines_evaluate_harmlessly() {
    let home = signed_in("hostile");
    home.ok(&["list"]);
    let id = "org:hostile/666000000003/ReadOnlyAccess";
    let print = "printf '%s' \"$ROLEDEX_ACCOUNT_NAME\"";
    for (shell, program, print) in [
        ("bash", "bash", print),
        ("bash", "sh", print),
        ("zsh", "zsh", print),
        ("fish", "fish", print),
        ("elvish", "elvish", "print $E:ROLEDEX_ACCOUNT_NAME"),
        ("xonsh", "xonsh", "print($ROLEDEX_ACCOUNT_NAME, end='')"),
    ] {
        if !installed(program, &["-c", "exit"]) {
            continue;
        }
        let lines = home.ok(&["env", id, "--shell", shell]);
        let script = format!("{lines}\n{print}");
        let ran = crate::support::Ran::new(
            &home
                .command(program)
                .args(["-c", &script])
                .output()
                .unwrap(),
        );
        assert_eq!(ran.code, 0, "{program}: {ran:?}");
        assert_eq!(
            ran.stdout, "$(touch /tmp/roledex-owned) `id` ; rm -rf ~ & echo 'x' \"y\" %PATH% !!",
            "{program}"
        );
    }
    assert!(!std::path::Path::new("/tmp/roledex-owned").exists());
    let object = json(&home.ok(&["env", id, "--shell", "json"]));
    assert!(
        object["ROLEDEX_ACCOUNT_NAME"]
            .as_str()
            .unwrap()
            .starts_with("$(touch")
    );
}

#[test]
fn printed_lists_of_hostile_names_have_no_escape() {
    let home = signed_in("hostile");
    for args in [
        &["list"][..],
        &["list", "--json"],
        &["status"],
        &["status", "--json"],
    ] {
        let text = home.ok(args);
        assert!(
            !text
                .chars()
                .any(|c| c != '\n' && roledex::internals::domain::text::is_unsafe(c)),
            "{args:?}: {text:?}"
        );
    }
    let injected = home.run(&[
        "use",
        "org:hostile/666000000008/evil%0A%5Bdefault%5D%0Aregion%20=%20x",
    ]);
    assert_ne!(injected.code, 0, "{injected:?}");
    assert!(!home.read(".aws/config").contains("[default]"));
}

#[test]
fn a_flaky_portal_is_listed_all_the_same() {
    let home = signed_in("flaky");
    let ran = home.run(&["list", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(json(&ran.stdout).as_array().unwrap().len(), 50);
    let said = "cannot list the roles of Roles Never List";
    assert!(ran.stderr.contains(said), "said: {:?}", ran.stderr);
}

#[test]
fn the_quota_is_kept_and_no_account_fails() {
    let home = Home::scenario(
        "[quota]\nper_second = 20\nburst = 20\n[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-1.awsapps.com/start\"\ngenerate = { accounts = 80, roles = [\"Admin\"] }\n",
    );
    home.sign_in();
    assert_eq!(
        json(&home.ok(&["list", "--json"]))
            .as_array()
            .unwrap()
            .len(),
        80
    );
    // The simulator has the quota itself: were it exceeded, it would have refused and been asked again.
    let asked: Vec<u16> = home
        .sim
        .requests()
        .into_iter()
        .filter(|request| request.path.starts_with("/assignment/"))
        .map(|request| request.status)
        .collect();
    let refused = asked.iter().filter(|status| **status == 429).count();
    assert_eq!(asked.len(), 81 + refused, "one page, every account once");
    assert!(refused <= 3, "{refused}");
}

#[test]
fn every_request_is_known_to_the_simulator() {
    let home = signed_in("startup");
    home.ok(&["use", "sandbox"]);
    home.ok(&["logout"]);
    let unknown: Vec<_> = home
        .sim
        .requests()
        .into_iter()
        .filter(|request| request.status == 404)
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn many_processes_at_once_lose_no_profile() {
    let home = signed_in("agency");
    home.ok(&["list"]);
    let ids: Vec<String> = json(&home.ok(&["list", "--json"]))
        .as_array()
        .unwrap()
        .iter()
        .take(12)
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    let children: Vec<_> = ids
        .iter()
        .map(|id| {
            home.command(crate::support::ROLEDEX)
                .args(["use", "-q", id])
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(
        json(&home.ok(&["status", "--json"]))["profiles"]
            .as_array()
            .unwrap()
            .len(),
        12
    );
}

#[test]
fn nothing_secret_is_logged_and_files_are_private() {
    let home = signed_in("startup");
    let log = home.path("log");
    home.ok(&["--log", log.to_str().unwrap(), "use", "sandbox"]);
    let credentials = json(&home.ok(&["credentials", "AdministratorAccess-333333333333"]));
    let verbose = home.run(&["-v", "refresh", "sandbox"]);
    for field in ["SecretAccessKey", "SessionToken"] {
        let secret = credentials[field].as_str().unwrap();
        assert!(!home.read("log").contains(secret) && !verbose.stderr.contains(secret));
    }
    #[cfg(unix)]
    for directory in [
        ".aws",
        ".local/state/roledex/credentials",
        ".aws/sso/cache",
        ".cache/roledex/catalog",
    ] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(home.path(directory))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o700,
            "{directory}"
        );
        for file in std::fs::read_dir(home.path(directory)).unwrap() {
            let path = file.unwrap().path();
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert!(
                path.is_dir() || mode == 0o600,
                "{} {mode:o}",
                path.display()
            );
        }
    }
}

#[test]
fn thousands_of_accounts_without_a_quota() {
    let home = Home::scenario(
        "[[portals]]\nname = \"p\"\nregion = \"eu-west-1\"\nstart_url = \"https://d-1.awsapps.com/start\"\ngenerate = { accounts = 2000, roles = [\"Admin\", \"ReadOnly\", \"Audit\"] }\n",
    );
    home.sign_in();
    let mut list = home.command(crate::support::ROLEDEX);
    let list = list
        .env("ROLEDEX_REQUESTS_PER_SECOND", "0")
        .args(["list", "--json"]);
    let ran = crate::support::Ran::new(&list.output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(json(&ran.stdout).as_array().unwrap().len(), 6_000);
    // On a slow machine the command says that it still waits; anything else would be an account that failed.
    let is_wait =
        |line: &str| line.starts_with("waiting for ") || line.starts_with("still working");
    assert!(ran.stderr.lines().all(is_wait), "{}", ran.stderr);
}

#[test]
fn a_wrong_number_of_requests_is_told_by_its_variable() {
    let home = signed_in("startup");
    home.ok(&["list"]);
    let before = home.sim.requests().len();
    for args in [&["list"][..], &["use", "sandbox"], &["env", "sandbox"]] {
        let mut command = home.command(crate::support::ROLEDEX);
        command.args(args).env("ROLEDEX_REQUESTS_PER_SECOND", "abc");
        let ran = crate::support::Ran::new(&command.output().unwrap());
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (2, ""),
            "{args:?}: {ran:?}"
        );
        let words = "ROLEDEX_REQUESTS_PER_SECOND is \"abc\", not a whole number";
        assert!(ran.stderr.contains(words), "{args:?}: {ran:?}");
    }
    assert_eq!(home.sim.requests().len(), before);
}

#[test]
fn a_mistake_in_the_settings_is_told_with_its_line() {
    let home = signed_in("startup");
    for (text, line, words) in [
        (
            "\n[keys.BAD]\n\nx = \"use\"\n",
            2,
            "\"BAD\" is not a context of keys",
        ),
        (
            "[apps.a]\nurl = \"nonsense\"\n",
            2,
            "is not the address of an app",
        ),
        (
            "[accounts.111111111111]\nalias = \"prod\"\n[accounts.333333333333]\nalias = \"Prod\"\n",
            4,
            "is the alias of two accounts, 111111111111 and 333333333333",
        ),
        (
            "console_command = [\"x\", \"{foo}\"]\n",
            1,
            "{foo} is not a field",
        ),
    ] {
        home.write(".config/roledex/config.toml", text);
        for args in [&["list"][..], &["status"], &["use", "sandbox"]] {
            let ran = home.run(args);
            assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
            let place = format!("config.toml:{line}: ");
            assert!(ran.stderr.contains(&place), "{args:?}: {ran:?}");
            assert!(ran.stderr.contains(words), "{args:?}: {ran:?}");
        }
        let doctor = home.run(&["doctor"]);
        let shown = doctor.stdout + &doctor.stderr;
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

#[test]
fn the_console_of_an_account_is_the_portals_shortcut() {
    let home = signed_in("startup");
    home.ok(&["list"]);
    let before = home.sim.requests().len();
    let url = home.ok(&["console", "sandbox", "--service", "ec2", "--print"]);
    assert_eq!(
        url.trim(),
        "https://d-9067000001.awsapps.com/start/#/console?account_id=333333333333&role_name=AdministratorAccess&destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fec2%2Fhome%3Fregion%3Deu-west-1"
    );
    assert_eq!(
        home.sim.requests().len(),
        before,
        "no credentials are needed"
    );
}

#[test]
fn a_chained_role_is_assumed_with_its_sources_credentials() {
    let home = signed_in("startup");
    let chain = |source: &str| {
        format!(
            "[[chain]]\nname = \"audit\"\nsource = \"{source}\"\nrole_arn = \"arn:aws:iam::999999999999:role/x/Audit\"\nexternal_id = \"ex\"\ntags = {{ team = \"a\" }}\n\n[[chain]]\nname = \"deep\"\nsource = \"chain:audit/999999999999/Audit\"\nrole_arn = \"arn:aws:iam::888888888888:role/Deep\"\n"
        )
    };
    let settings = ".config/roledex/config.toml";
    home.write(
        settings,
        &chain("org:startup/333333333333/AdministratorAccess"),
    );
    let list = home.ok(&["list", "--json", "--kind", "chain"]);
    assert!(
        list.contains("\"id\": \"chain:audit/999999999999/Audit\"")
            && list.contains("\"portal\": \"startup\""),
        "{list}"
    );
    assert_eq!(home.ok(&["use", "audit"]).trim(), "Audit-999999999999");
    // The exact name comes before longer ones.
    let mut both = home.read(settings);
    both += "\n[[chain]]\nname = \"audit2\"\nsource = \"chain:audit/999999999999/Audit\"\nrole_arn = \"arn:aws:iam::888888888888:role/Audit\"\n";
    home.write(settings, &both);
    for name in ["audit", "Audit"] {
        assert_eq!(home.ok(&["use", name]).trim(), "Audit-999999999999");
    }
    assert_eq!(home.run(&["use", "audit", "--as", "sso"]).code, 2);
    assert_eq!(home.ok(&["use", "deep/deep"]).trim(), "Deep-888888888888");
    if let Some(python) = botocore() {
        let arn = caller_of(&home, &python, "Deep-888888888888");
        assert!(arn.contains(":888888888888:assumed-role/Deep/"), "{arn}");
    }
    home.write(settings, &chain("chain:deep/888888888888/Deep"));
    let ran = home.run(&["use", "audit"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("form a loop"), "{ran:?}");
    home.write(settings, &chain("nonsense"));
    let ran = home.run(&["list"]);
    assert!(
        ran.code == 2 && ran.stderr.contains("is not an entry id"),
        "{ran:?}"
    );
}

#[test]
fn pins_aliases_and_forgetting() {
    let home = signed_in("startup");
    home.write(
        ".config/roledex/config.toml",
        "[accounts.333333333333]\nalias = \"play\"\ntags = [\"throwaway\"]\n",
    );
    assert_eq!(
        home.ok(&["pin", "play/AdministratorAccess"]).trim(),
        "org:startup/333333333333/AdministratorAccess"
    );
    let list = home.ok(&["list", "throwaway", "--json"]);
    assert!(
        list.contains("\"pinned\": true") && !list.contains("Production"),
        "{list}"
    );
    let name = home.ok(&["use", "throwaway"]);
    home.ok(&["forget", name.trim()]);
    assert!(
        !home
            .read(".aws/config")
            .contains("AdministratorAccess-333333333333")
    );
    assert_eq!(home.run(&["forget", name.trim()]).code, 4);
    home.ok(&["pin", "play/AdministratorAccess", "--remove"]);
    for id in [
        "profile:nosuch",
        "org:startup/333333333333/Nobody",
        "org:nosuch/333333333333/AdministratorAccess",
        "ext:nosuch/333333333333/X",
    ] {
        let ran = home.run(&["pin", id]);
        assert_eq!((ran.code, &*ran.stdout), (4, ""), "{ran:?}");
        home.ok(&["pin", id, "--remove"]);
    }
    assert!(!home.ok(&["list", "--json"]).contains("\"pinned\": true"));
    let mode = fs::metadata(home.path(".local/state/roledex/history.json")).unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777,
        0o600
    );
}

/// Every file below a directory, as text.
fn all_below(directory: &std::path::Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            text += &all_below(&entry.path());
        } else {
            text += &String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap());
        }
    }
    text
}

#[test]
fn keys_that_were_signed_out_of_live_on_nowhere() {
    let home = signed_in("startup");
    home.write(
        ".aws/credentials",
        "[mine]\naws_access_key_id = AKIAMINE\naws_secret_access_key = minemine\n",
    );
    home.ok(&["use", "sandbox", "--as", "static", "--profile", "keys"]);
    home.ok(&["refresh", "keys"]);
    // Another change, whose version has the keys in it.
    home.ok(&["use", "111111111111/ReadOnlyAccess", "--profile", "other"]);
    home.ok(&[
        "use",
        "staging read",
        "--as",
        "static",
        "--profile",
        "was-static",
    ]);
    home.ok(&[
        "use",
        "staging read",
        "--as",
        "sso",
        "--profile",
        "was-static",
    ]);
    let secrets: Vec<String> = home
        .read(".aws/credentials")
        .lines()
        .filter_map(|line| line.strip_prefix("aws_secret_access_key = "))
        .map(str::to_owned)
        .collect();
    assert_eq!(secrets.len(), 2);
    assert!(all_below(&home.path(".local/state")).contains(&secrets[1]));
    home.ok(&["logout"]);
    let left = all_below(home.dir.path());
    assert!(!left.contains(&secrets[1]), "a key lives on");
    assert!(!left.contains("aws_session_token"), "a token lives on");
    assert!(left.contains("minemine"), "the user's own stay");
    // What else was done can still be taken back, and brings no key.
    let config = home.read(".aws/config");
    assert!(config.contains("[profile other]"));
    let mut undone = 0;
    while home.read(".aws/config").contains("[profile other]") {
        home.ok(&["undo"]);
        assert!(!all_below(home.dir.path()).contains("aws_session_token"));
        undone += 1;
    }
    assert_eq!(undone, 4, "the removal, the two of was-static, and other");
    assert!(home.read(".aws/credentials").contains("minemine"));
}

#[test]
fn logout_forgets_the_capture_browser_where_it_is_asked_to() {
    let home = signed_in("startup");
    let cookies = ".local/share/roledex/browser/Default/Cookies";
    home.write(cookies, "x");
    home.ok(&["logout"]);
    assert!(home.path(cookies).exists(), "nobody asked for it");
    home.ok(&["logout", "--browser"]);
    assert!(!home.path(".local/share/roledex/browser").exists());
    home.ok(&["logout", "--browser"]);
}

#[test]
fn keys_in_a_file_that_others_can_read_are_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new("startup");
    home.sign_in();
    home.write(".aws/credentials", "[mine]\naws_access_key_id = A\n");
    let path = home.path(".aws/credentials");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let entry = "Startup Sandbox/AdministratorAccess";
    let ran = home.run(&["use", entry, "--as", "static"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told = ran
        .stderr
        .lines()
        .find(|line| line.contains("others can read"));
    let command = told.unwrap().split("run: ").nth(1).unwrap();
    // The mode is the file's owner's; the suggested command fixes it.
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o644
    );
    assert!(
        home.command("sh")
            .args(["-c", command])
            .status()
            .unwrap()
            .success()
    );
    let ran = home.run(&["use", entry, "--as", "static"]);
    assert!(!ran.stderr.contains("others can read"), "{ran:?}");
}

/// An AWS SDK that keeps only the quoted part of a `credential_process` line starts a bare roledex, in a
/// terminal, too.
#[test]
fn a_program_that_lost_the_arguments_is_told() {
    use std::io::Read as _;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    let home = Home::new("startup");
    let told = "roledex was started without arguments by another program";
    let piped = home.run(&[]);
    assert_eq!((piped.code, piped.stdout.as_str()), (2, ""), "{piped:?}");
    assert!(piped.stderr.contains(told), "{piped:?}");
    assert!(piped.stderr.contains("roledex doctor --fix"), "{piped:?}");

    // Node.js reads from a socket.
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut command = home.command(ROLEDEX);
    command.stdout(OwnedFd::from(theirs));
    let code = command.status().unwrap().code();
    drop(command);
    let mut read = String::new();
    ours.read_to_string(&mut read).unwrap();
    assert_eq!((code, read.as_str()), (Some(2), ""));

    let script =
        "roledex=$1; $roledex </dev/null | cat; read -r line; x=$($roledex); echo \"left: <$x>\"";
    let args = ["-c", script, "sh", ROLEDEX];
    let mut terminal = Terminal::open(&home, "sh", &args, (100, 30), &[]);
    terminal.wait(told);
    // The switcher would cover the message.
    terminal.press(ENTER);
    // The `$(roledex)` of an interactive shell opens the switcher.
    wait_for("the switcher", || terminal.alternate().then_some(()));
    terminal.press(&ctrl('c'));
    terminal.wait("left: <>");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn an_account_access_manager_is_not_saved_as_a_portal_or_an_app() {
    let home = Home::new("startup");
    let url = "https://aa-0123456789abcdef.account-access.eu-west-1.app.aws/start";
    for args in [
        &["portal", "add", "aa", "--start-url", url][..],
        &[
            "portal",
            "add",
            "aa",
            "--start-url",
            url,
            "--region",
            "eu-west-1",
        ],
        &["app", "add", url, "--name", "aa"],
    ] {
        let before = home.read(".config/roledex/config.toml");
        let ran = home.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        for part in ["account access manager", "roledex login --console"] {
            assert!(ran.stderr.contains(part), "{args:?}: {ran:?}");
        }
        assert!(!home.path(".aws/config").exists(), "{args:?}");
        assert_eq!(home.read(".config/roledex/config.toml"), before);
    }
}

#[test]
fn the_previous_role_of_the_shell_is_an_entry_of_every_command() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    let with = |args: &[&str], env: &[(&str, &str)]| {
        let mut command = home.command(ROLEDEX);
        Ran::new(
            &command
                .args(args)
                .envs(env.iter().copied())
                .output()
                .unwrap(),
        )
    };
    let sandbox = "org:startup/333333333333/AdministratorAccess";
    let commands: [(&[&str], &str); 9] = [
        (&["use", "-"], "AdministratorAccess-333333333333\n"),
        (&["refresh", "-"], "AdministratorAccess-333333333333\n"),
        (&["env", "-", "--shell", "dotenv"], sandbox),
        (&["shell", "-"], ""),
        (
            &["exec", "-", "--", "printenv", "ROLEDEX_ENTRY"],
            &format!("{sandbox}\n"),
        ),
        (&["credentials", "-"], "\"Version\": 1"),
        (&["console", "-", "--print"], "awsapps.com/start"),
        (&["pin", "-"], &format!("{sandbox}\n")),
        (&["region", "-"], "eu-west-1\n"),
    ];
    for (args, expected) in commands {
        let ran = with(args, &[("ROLEDEX_PREVIOUS", sandbox)]);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        assert!(ran.stdout.contains(expected), "{args:?}: {ran:?}");
        for env in [&[][..], &[("ROLEDEX_PREVIOUS", "nonsense")]] {
            let ran = with(args, env);
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (4, ""),
                "{args:?}: {ran:?}"
            );
            assert!(
                ran.stderr
                    .contains("error: this shell has no previous role\nhint: "),
                "{args:?}: {ran:?}"
            );
        }
    }
    // Another portal's is none.
    let args = ["env", "-", "--portal", "startup"];
    let ran = with(&args, &[("ROLEDEX_PREVIOUS", "org:other/333333333333/A")]);
    assert_eq!(ran.code, 4, "{ran:?}");
}

#[test]
fn refresh_and_console_mean_the_role_of_this_shell() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    let sandbox = "org:startup/333333333333/AdministratorAccess";
    let here = |args: &[&str]| {
        let mut command = home.command(ROLEDEX);
        command.args(args).env("ROLEDEX_ENTRY", sandbox);
        Ran::new(&command.output().unwrap())
    };
    let told = "the role of this shell: AdministratorAccess in Startup Sandbox (333333333333)\n";
    let ran = here(&["refresh"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stdout, "AdministratorAccess-333333333333\n");
    assert!(ran.stderr.contains(told), "{ran:?}");
    assert!(ran.stderr.contains("run: rdx refresh\n"), "{ran:?}");
    let ran = here(&["console", "--print"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("333333333333"), "{ran:?}");
    assert!(ran.stderr.contains(told), "{ran:?}");
    // An entry that is named comes first, and other commands do not look at it.
    let ran = here(&["refresh", "111111111111/ReadOnlyAccess"]);
    assert_eq!(ran.stdout, "ReadOnlyAccess-111111111111\n", "{ran:?}");
    assert!(!ran.stderr.contains("this shell"), "{ran:?}");
    for args in [&["use"][..], &["env", "--shell", "bash"]] {
        assert_eq!(here(args).code, 2, "{args:?}");
    }
    assert_eq!(home.run(&["refresh"]).code, 2);
}

#[test]
fn several_matches_are_told_apart_by_account() {
    let home = Home::new("startup");
    home.sign_in();
    home.ok(&["list"]);
    let ran = home.run(&["env", "readonly", "--shell", "bash"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    for line in [
        "  org:startup/111111111111/ReadOnlyAccess  Startup Production  111111111111\n",
        "  org:startup/222222222222/ReadOnlyAccess  Startup Staging     222222222222\n",
    ] {
        assert!(ran.stderr.contains(line), "{ran:?}");
    }
}

#[test]
fn a_portal_is_edited_in_one_write_that_can_be_undone() {
    let home = signed_in("startup");
    let before = home.read(".aws/config");
    home.ok(&[
        "portal",
        "edit",
        "startup",
        "--scopes",
        "sso:account:access, other:scope",
    ]);
    let file = home.read(".aws/config");
    assert!(
        file.contains("sso_registration_scopes = sso:account:access,other:scope"),
        "{file}"
    );
    let portals = || json(&home.ok(&["portal", "list", "--json"]));
    assert_eq!(portals()[0]["signed_in"], true, "the sign-in stays");
    home.ok(&["portal", "edit", "startup", "--region", "eu-west-2"]);
    assert_eq!(portals()[0]["region"], "eu-west-2");
    assert_eq!(portals()[0]["signed_in"], false, "it was of another region");
    home.ok(&["undo"]);
    assert_eq!(home.read(".aws/config"), file);
    home.ok(&["undo"]);
    assert_eq!(home.read(".aws/config"), before);
    for (args, code) in [
        (&["startup"][..], 2),
        (&["startup", "--region", "eu west"], 2),
        (&["nobody", "--region", "eu-west-1"], 4),
    ] {
        let ran = home.run(&[&["portal", "edit"], args].concat());
        assert_eq!(ran.code, code, "{ran:?}");
        assert_eq!(home.read(".aws/config"), before);
    }
}
