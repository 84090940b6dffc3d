//! Lines of the user and of other tools in the AWS files, with botocore as the judge of what they mean.

use crate::support::{Home, botocore, caller_of};

const READ_ONLY: &str = "org:mixed/333333333333/ReadOnlyAccess";

const JANE: &str = "aws_access_key_id = AKIASIMULATEDJANE001\n\
    aws_secret_access_key = simulated/secret/of/jane\n";

/// A home that is signed in to its portal, and what more its AWS files have.
fn home(config: &str, credentials: &str) -> Home {
    let home = Home::new("mixed");
    home.add_portals();
    let before = home.read(".aws/config");
    let place = home.dir.path().to_str().unwrap();
    home.write(
        ".aws/config",
        &(before + "\n" + config).replace("{home}", place),
    );
    home.write(".aws/credentials", credentials);
    home.sign_in();
    home
}

/// Other sources of credentials of a profile `p`, in the config and in the credentials file.
fn other_sources() -> [(&'static str, String, String); 9] {
    let role = "role_arn = arn:aws:iam::444455556666:role/Deploy\n";
    let config = |text: &str| {
        (
            format!("[profile jane]\n{JANE}\n[profile p]\nregion = eu-north-1\n{text}"),
            String::new(),
        )
    };
    let credentials = |text: &str| {
        (
            format!("[profile jane]\n{JANE}\n[profile p]\nregion = eu-north-1\n"),
            format!("[p]\n{text}"),
        )
    };
    let sso = "sso_start_url = https://other.awsapps.com/start\nsso_region = us-east-1\n\
        sso_account_id = 111111111111\nsso_role_name = Nobody\n";
    let with = |name, (config, credentials)| (name, config, credentials);
    [
        with("role", config(&format!("{role}source_profile = jane\n"))),
        with(
            "web identity",
            config(&format!("{role}web_identity_token_file = {{home}}/token\n")),
        ),
        with(
            "login",
            config("login_session = arn:aws:iam::555566667777:user/nobody\n"),
        ),
        with("sso", config(sso)),
        with("keys", config(JANE)),
        with(
            "role there",
            credentials(&format!("{role}source_profile = jane\n")),
        ),
        with("sso there", credentials(sso)),
        with("half there", credentials("sso_role_name = Nobody\n")),
        with("keys there", credentials(JANE)),
    ]
}

#[test]
fn force_leaves_no_other_source_of_credentials() {
    let Some(python) = botocore() else { return };
    for (name, config, credentials) in other_sources() {
        let home = home(&config, &credentials);
        home.write("token", "simulated.oidc.token");
        let before = (home.read(".aws/config"), home.read(".aws/credentials"));
        for mode in ["sso", "process", "static"] {
            let used = home.run(&["use", READ_ONLY, "--profile", "p", "--as", mode, "--force"]);
            assert_eq!(used.code, 0, "{name} {mode}: {used:?}");
            assert!(
                used.stderr.contains("to get it back, run: roledex undo"),
                "{name} {used:?}"
            );
            let caller = caller_of(&home, &python, "p");
            assert!(
                caller.contains(":333333333333:assumed-role/AWSReservedSSO_ReadOnlyAccess"),
                "{name} {mode}: {caller}"
            );
            assert_eq!(shadowed(&home), "ok", "{name} {mode}");
            home.ok(&["undo"]);
            let after = (home.read(".aws/config"), home.read(".aws/credentials"));
            assert_eq!(after, before, "{name} {mode}");
        }
    }
}

fn shadowed(home: &Home) -> String {
    let checks: serde_json::Value =
        serde_json::from_str(&home.run(&["doctor", "--json"]).stdout).unwrap();
    let checks = checks.as_array().unwrap().iter();
    let mut found = checks.filter(|check| check["id"] == "shadowed");
    found.next().unwrap()["state"].as_str().unwrap().to_owned()
}

#[test]
fn another_source_that_came_later_is_found_and_can_go() {
    let home = home("", "");
    home.ok(&["use", READ_ONLY, "--profile", "p", "--as", "process"]);
    assert_eq!(shadowed(&home), "ok");
    for (name, config, credentials) in other_sources() {
        let text = home.read(".aws/config");
        let more = config.split_once("eu-north-1\n").unwrap().1;
        home.write(".aws/config", &(text.clone() + more));
        home.write(".aws/credentials", &credentials);
        assert_eq!(shadowed(&home), "warning", "{name}");
        let used = home.run(&["use", "p"]);
        assert!(
            used.stderr.contains("which tools use instead"),
            "{name} {used:?}"
        );
        home.ok(&["use", READ_ONLY, "--profile", "p", "--force"]);
        assert_eq!(shadowed(&home), "ok", "{name}");
        assert_eq!(home.read(".aws/config"), text, "{name}");
    }
    // A key of another type of ours: it is written anew without it.
    let text = home.read(".aws/config");
    home.write(".aws/config", &format!("{text}sso_role_name = Nobody\n"));
    assert_eq!(shadowed(&home), "warning");
    home.ok(&["use", "p"]);
    assert_eq!(shadowed(&home), "ok");
    assert_eq!(home.read(".aws/config"), text);
}

#[test]
fn a_portal_that_is_added_again_keeps_what_the_user_wrote() {
    let home = Home::new("mixed");
    let portal = &home.sim.endpoints().portals[0];
    let section = format!(
        "[sso-session mixed]\nsso_start_url = {}/\nsso_region={}\n\
         sso_registration_scopes = sso:account:access, codewhisperer:completions\n",
        portal.start_url, portal.region
    );
    home.write(".aws/config", &section);
    let add = |region: &str, more: &[&str]| {
        let known = ["portal", "add", "mixed", "--start-url", &portal.start_url];
        home.run(&[&known[..], &["--region", region], more].concat())
    };
    let added = add(&portal.region, &[]);
    assert_eq!(added.code, 0, "{added:?}");
    assert_eq!(home.read(".aws/config"), section);
    let refused = add("us-east-1", &[]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let hint = "roledex portal edit mixed --region us-east-1";
    assert!(refused.stderr.contains(hint), "{refused:?}");
    assert_eq!(home.read(".aws/config"), section);
    home.ok(&["portal", "edit", "mixed", "--region", "us-east-1"]);
    let edited = section.replace(
        &format!("sso_region={}", portal.region),
        "sso_region = us-east-1",
    );
    assert_eq!(
        home.read(".aws/config"),
        edited,
        "the scopes stay as they are written"
    );
    add("us-east-1", &["--scopes", "sso:account:access"]);
    let config = home.read(".aws/config");
    assert!(
        config.ends_with("scopes = sso:account:access\n"),
        "{config}"
    );
}

#[test]
fn a_comment_above_the_last_key_stays_in_its_section() {
    let Some(python) = botocore() else { return };
    let home = home(
        "[profile two]\n# used by terraform\ncredential_process = /x/aws-sso -S Default process --account=333333333333 --role=ReadOnlyAccess\n\n# of another one\n[profile other]\nregion = eu-west-1\n",
        "",
    );
    let url = &home.sim.endpoints().portals[0].start_url;
    let tool = format!("SSOConfig:\n  Default:\n    SSORegion: eu-west-1\n    StartUrl: {url}\n");
    home.write(".aws-sso/config.yaml", &tool);
    home.ok(&["list", "--refresh"]);
    let before = home.read(".aws/config");
    home.ok(&["import", "--profiles", "--yes"]);
    assert!(caller_of(&home, &python, "two").contains("ReadOnlyAccess"));
    home.ok(&["undo"]);
    assert_eq!(home.read(".aws/config"), before);
    home.ok(&["use", READ_ONLY, "--profile", "pr", "--as", "process"]);
    let text = home.read(".aws/config");
    let (rest, own) = text.split_once("[profile pr]\n").unwrap();
    let (process, others): (Vec<&str>, Vec<&str>) = own
        .lines()
        .partition(|line| line.starts_with("credential_process"));
    let own = format!(
        "[profile pr]\n{}\n# for old tools\n{}\n\n# below\n[profile last]\nregion = eu-west-1\n",
        others.join("\n"),
        process[0]
    );
    home.write(".aws/config", &format!("{rest}{own}"));
    home.ok(&["use", "pr", "--as", "sso"]);
    let text = home.read(".aws/config");
    let (_, own) = text.split_once("[profile pr]\n").unwrap();
    let (own, after) = own.split_once("\n\n").unwrap();
    assert!(
        own.contains("# for old tools\n") && !own.contains("_process"),
        "{own}"
    );
    assert_eq!(after, "# below\n[profile last]\nregion = eu-west-1\n");
    assert!(caller_of(&home, &python, "pr").contains("ReadOnlyAccess"));
}

/// The problem of an own profile in the list, which has none that leads to another entry of it.
fn problem(home: &Home, profile: &str) -> Option<String> {
    let rows = home.ok(&["list", "--json", "--kind", "profile"]);
    let rows: serde_json::Value = serde_json::from_str(&rows).unwrap();
    let mut rows = rows.as_array().unwrap().iter();
    let row = rows.find(|row| row["profile"] == profile)?;
    row["problem"].as_str().map(str::to_owned)
}

/// The error of botocore if it gets no keys of a profile.
fn refusal(home: &Home, python: &std::path::Path, profile: &str) -> Option<String> {
    let script = "import boto3, sys; boto3.Session(profile_name=sys.argv[1]).get_credentials().get_frozen_credentials()";
    let mut command = home.command(python.to_str().unwrap());
    let output = command.args(["-c", script, profile]).output().unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn profiles_that_no_tool_accepts_have_a_problem() {
    let Some(python) = botocore() else { return };
    let (access, secret) = JANE.split_once('\n').unwrap();
    let role = "sso_account_id = 333333333333\nsso_role_name = ReadOnlyAccess\n";
    let home = home(
        &format!(
            "[profile in-config]\n{access}\n\n[profile in-credentials]\n{secret}\n\
             [profile from-two]\nrole_arn = arn:aws:iam::444455556666:role/Deploy\nsource_profile = in-config\n\n\
             [profile url]\nsso_session = mixed\nsso_start_url = https://other.awsapps.com/start\n{role}\n\
             [profile region]\nsso_session = mixed\nsso_region = us-east-1\n{role}\n\
             [profile same]\nsso_session = mixed\nsso_region = eu-west-1\n{role}\n\
             [sso-session half]\nsso_start_url = https://half.awsapps.com/start\n\n\
             [profile half]\nsso_session = half\n{role}"
        ),
        &format!("[in-config]\n{secret}\n[in-credentials]\n{access}\n"),
    );
    for (profile, is_usable) in [
        ("in-config", false),
        ("in-credentials", false),
        ("from-two", false),
        ("url", false),
        ("region", false),
        ("same", true),
        ("half", false),
    ] {
        let refusal = refusal(&home, &python, profile);
        assert_eq!(refusal.is_none(), is_usable, "{profile}: {refusal:?}");
        let problem = problem(&home, profile);
        assert_eq!(problem.is_none(), is_usable, "{profile}: {problem:?}");
    }
    let half = home.run(&["login", "half"]);
    assert!(
        half.stderr.contains("[sso-session half] has no sso_region"),
        "{half:?}"
    );
    let doctor = home.run(&["doctor"]).stdout;
    assert!(
        doctor.contains("[sso-session half] has no sso_region"),
        "{doctor}"
    );
}

/// The names of profiles or portals that botocore reads, in the config file.
fn names(home: &Home, python: &std::path::Path, of: &str) -> Vec<String> {
    let script = "import botocore.session as s, json, sys; print(json.dumps(list(s.Session().full_config[sys.argv[1]])))";
    let mut command = home.command(python.to_str().unwrap());
    let output = command.args(["-c", script, of]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// True if `doctor` says of a line that the AWS CLI does not read it; that SDKs do not is another thing.
fn is_told_of_the_cli(doctor: &str, place: &str) -> bool {
    let mut lines = doctor.lines();
    lines.any(|line| line.contains("the AWS CLI does not read") && line.contains(place))
}

#[test]
fn headers_that_the_aws_cli_does_not_read_are_found() {
    let Some(python) = botocore() else { return };
    let home = Home::new("mixed");
    for (header, name) in [
        ("[profile one]", "one"),
        ("[ profile one ]", "one"),
        ("[profile one ]", "one"),
        ("[profile  one]", "one"),
        ("[profile\tone]", "one"),
        ("[profile one] # mine", "one"),
        ("[profile one] # see [1]", "one"),
        ("[profile one]]", "one"),
        ("[profile one\u{a0}]", "one"),
        ("[profile three four]", "three four"),
        ("[profile \"three four\"]", "three four"),
        ("[profile 'three four']", "three four"),
        ("[profile x\"/\"y]", "x\"/\"y"),
        ("[profile it's]", "it's"),
        ("[default]", "default"),
        ("[ default ]", "default"),
        ("[profile default]", "default"),
        ("[sso-session mixed]", "mixed"),
        ("[ sso-session mixed ]", "mixed"),
        ("[sso-session mixed]]", "mixed"),
        ("[sso-session my portal]", "my portal"),
        ("[sso-session \"my portal\"]", "my portal"),
    ] {
        let of = ["profiles", "sso_sessions"][usize::from(header.contains("sso-session"))];
        let keys = "sso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n";
        home.write(".aws/config", &format!("# first\n{header}\n{keys}"));
        let is_read = names(&home, &python, of).iter().any(|known| known == name);
        let doctor = home.run(&["doctor"]).stdout;
        let is_told = is_told_of_the_cli(&doctor, "line 2 of ~/.aws/config");
        assert_eq!(is_told, !is_read, "{header}: {doctor}");
    }
    for (header, name) in [("[one]", "one"), ("[ one ]", "one"), ("[\"one\"]", "one")] {
        home.write(".aws/config", "");
        home.write(".aws/credentials", &format!("{header}\n{JANE}"));
        let is_read = names(&home, &python, "profiles")
            .iter()
            .any(|known| known == name);
        let doctor = home.run(&["doctor"]).stdout;
        let is_told = is_told_of_the_cli(&doctor, "line 1 of ~/.aws/credentials");
        assert_eq!(is_told, !is_read, "{header}");
    }
}

#[test]
fn nothing_is_written_below_a_header_that_the_aws_cli_does_not_read() {
    let home = home("[ profile p ]\nregion = eu-west-1\n", "");
    let before = home.read(".aws/config");
    let used = home.run(&["use", READ_ONLY, "--profile", "p", "--force"]);
    assert_eq!(used.code, 7, "{used:?}");
    assert!(used.stderr.contains("write it as [profile p]"), "{used:?}");
    assert_eq!(home.read(".aws/config"), before);
}

#[test]
fn a_line_that_is_no_setting_is_not_in_the_way() {
    let home = home(
        "[profile z]\nregion\n",
        "[old]\naws_access_key_id = AKIAOLD\nkeys of the old account, ask Jane\n",
    );
    let files = || (home.read(".aws/config"), home.read(".aws/credentials"));
    let before = files();
    home.ok(&["use", READ_ONLY, "--profile", "st", "--as", "static"]);
    home.ok(&["refresh", "st"]);
    home.ok(&["use", "st", "--as", "process"]);
    home.ok(&["forget", "st"]);
    assert_eq!(files(), before);
}

#[test]
fn a_comment_behind_a_value_gets_a_line_of_its_own() {
    let Some(python) = botocore() else { return };
    for write in [&["use", READ_ONLY, "--profile", "st"][..], &["sync"]] {
        let home = home(
            &format!(
                "[profile st]\nsso_session = mixed # our portal\nsso_account_id = 333333333333 ; staging\n\
                 sso_role_name = ReadOnlyAccess\nregion = eu-west-1\nroledex_entry = {READ_ONLY}\n"
            ),
            "",
        );
        home.ok(&["list", "--refresh"]);
        let warning = "the AWS CLI takes a comment behind a value for a part of the value: lines ";
        let doctor = home.run(&["doctor"]).stdout;
        assert!(doctor.contains(warning), "{doctor}");
        home.ok(write);
        let text = home.read(".aws/config");
        let lines = "# our portal\nsso_session = mixed\n; staging\nsso_account_id = 333333333333\n\
            sso_role_name = ReadOnlyAccess\n";
        assert!(text.contains(lines), "{write:?}: {text}");
        assert!(caller_of(&home, &python, "st").contains("ReadOnlyAccess"));
        let doctor = home.run(&["doctor"]).stdout;
        assert!(!doctor.contains(warning), "{doctor}");
        // What is as it should be is not written again.
        home.ok(write);
        assert_eq!(home.read(".aws/config"), text);
    }
}

#[test]
fn files_that_the_aws_cli_cannot_read_are_found() {
    let Some(python) = botocore() else { return };
    let home = Home::new("mixed");
    let script = "import botocore.session as s; s.Session().full_config";
    for text in [
        &b"\xEF\xBB\xBF[default]\nregion = x\n"[..],
        b"[default]\nregion = \xFF\n",
        b"[default]\n# \xFF\n",
        b"region = x\n[default]\n",
        b"  more\n[default]\n",
        b"# c\n\n[default]\nregion = x\n  more\n; c\n",
        b"[default]\nstray\nregion = x\n",
        b"[default]\nregion = x\nstray\n  region = y\n",
        b"[default]\n= no key\n",
        b"[default]\nregion =\n",
        b"[default]\nregion: x\n",
        b"[default]\n[half\n",
        b"[half\nregion = x\n",
        b"[default]\n[half = x\n",
        b"[half = x\n",
        b"[default]\n[]\n",
        b"[default]\n[]]\n",
        b"[default] stray\n",
        b"stray\n",
        b"\n",
    ] {
        home.write_bytes(".aws/config", text);
        let mut command = home.command(python.to_str().unwrap());
        let is_read = command
            .args(["-c", script])
            .output()
            .unwrap()
            .status
            .success();
        let doctor = home.run(&["doctor"]).stdout;
        let is_told = doctor.contains("the AWS CLI cannot read ~/.aws/config");
        let text = String::from_utf8_lossy(text);
        assert_eq!(is_told, !is_read, "{text:?}: {doctor}");
        assert_eq!(
            doctor.contains("~/.aws/config can be read: "),
            is_read,
            "{text:?}"
        );
    }
}
