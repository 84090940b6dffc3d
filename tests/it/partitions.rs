//! Every partition of AWS, through what the rest of the program asks (docs/requirements.md#console-per-partition, docs/requirements.md#sign-in-hosts, docs/requirements.md#partition-from-the-role, docs/requirements.md#dual-stack-portals, docs/requirements.md#start-urls): one
//! table, so that a new partition is one row.

use roledex::internals::aws::endpoints::Endpoints;
use roledex::internals::aws::{console, start_url};
use roledex::internals::config::Env;
use roledex::internals::domain::chain::role_of;
use roledex::internals::domain::partition;

use crate::support::{Home, Ran, botocore_with_login};

/// The visible properties of one partition.
struct Row {
    name: &'static str,
    /// A region of it that is not the one for STS, where there is another.
    region: &'static str,
    /// Behind `oidc.REGION.` and the like.
    suffix: &'static str,
    /// The same where the portal is dual-stack (docs/requirements.md#dual-stack-portals); empty where there are no such endpoints.
    dual_stack: &'static str,
    sts_region: &'static str,
    federation: &'static str,
    console: &'static str,
    /// Portals as they are written there (docs/requirements.md#start-urls); those of `dual` are dual-stack.
    portals: &'static [&'static str],
    dual: &'static [&'static str],
}

const ROWS: &[Row] = &[
    Row {
        name: "aws",
        region: "ap-northeast-1",
        suffix: "amazonaws.com",
        dual_stack: "api.aws",
        sts_region: "us-east-1",
        federation: "https://signin.aws.amazon.com",
        console: "https://console.aws.amazon.com/",
        portals: &["https://ssoins-1.ap-northeast-1.portal.amazonaws.com"],
        dual: &["https://ssoins-1.portal.ap-northeast-1.app.aws"],
    },
    Row {
        name: "aws-cn",
        region: "cn-north-1",
        suffix: "amazonaws.com.cn",
        dual_stack: "api.amazonwebservices.com.cn",
        sts_region: "cn-northwest-1",
        federation: "https://signin.amazonaws.cn",
        console: "https://console.amazonaws.cn/",
        portals: &[
            "https://start.cn-north-1.home.awsapps.cn/directory/d-1",
            "https://ssoins-1.cn-north-1.portal.amazonaws.com.cn",
        ],
        dual: &["https://ssoins-1.portal.cn-north-1.app.amazonwebservices.com.cn"],
    },
    Row {
        name: "aws-us-gov",
        region: "us-gov-east-1",
        suffix: "amazonaws.com",
        dual_stack: "api.aws",
        sts_region: "us-gov-west-1",
        federation: "https://signin.amazonaws-us-gov.com",
        console: "https://console.amazonaws-us-gov.com/",
        portals: &["https://start.us-gov-east-1.us-gov-home.awsapps.com/directory/d-1"],
        dual: &["https://ssoins-1.portal.us-gov-east-1.app.aws"],
    },
    Row {
        name: "aws-eusc",
        region: "eusc-de-east-1",
        suffix: "amazonaws.eu",
        dual_stack: "api.amazonwebservices.eu",
        sts_region: "eusc-de-east-1",
        federation: "https://eusc-de-east-1.signin.amazonaws-eusc.eu",
        console: "https://console.amazonaws-eusc.eu/",
        portals: &["https://ssoins-1.eusc-de-east-1.portal.amazonaws.eu"],
        dual: &["https://ssoins-1.portal.eusc-de-east-1.api.amazonwebservices.eu"],
    },
    Row {
        name: "aws-iso",
        region: "us-iso-west-1",
        suffix: "c2s.ic.gov",
        dual_stack: "api.aws.ic.gov",
        sts_region: "us-iso-east-1",
        federation: "https://signin.c2shome.ic.gov",
        console: "https://console.c2shome.ic.gov/",
        portals: &[],
        dual: &[],
    },
    Row {
        name: "aws-iso-b",
        region: "us-isob-west-1",
        suffix: "sc2s.sgov.gov",
        dual_stack: "api.aws.scloud",
        sts_region: "us-isob-east-1",
        federation: "https://signin.sc2shome.sgov.gov",
        console: "https://console.sc2shome.sgov.gov/",
        portals: &[],
        dual: &[],
    },
    Row {
        name: "aws-iso-e",
        region: "eu-isoe-west-1",
        suffix: "cloud.adc-e.uk",
        dual_stack: "",
        sts_region: "eu-isoe-west-1",
        federation: "https://signin.csphome.adc-e.uk",
        console: "https://console.csphome.adc-e.uk/",
        portals: &[],
        dual: &[],
    },
    Row {
        name: "aws-iso-f",
        region: "us-isof-east-1",
        suffix: "csp.hci.ic.gov",
        dual_stack: "",
        sts_region: "us-isof-south-1",
        federation: "https://signin.csphome.hci.ic.gov",
        console: "https://console.csphome.hci.ic.gov/",
        portals: &[],
        dual: &[],
    },
];

#[test]
fn every_partition_has_its_own_hosts_regions_and_arns() {
    let endpoints = Endpoints::new(&Env::default(), |_| None, |_| None).unwrap();
    for row in ROWS {
        let (name, region) = (row.name, row.region);
        let arn = format!("arn:{name}:iam::123456789012:role/team/Ops");
        let (of_arn, account, role) = role_of(&arn).unwrap();
        assert_eq!(
            (account.to_string().as_str(), role),
            ("123456789012", "Ops")
        );
        let partition = partition::named(of_arn);
        assert_eq!(partition, partition::of_region(region), "{name}");
        assert_eq!(partition.name, name);
        assert_eq!(partition.sts_region, row.sts_region);
        assert_eq!(partition::of_region(row.sts_region), partition);
        assert_eq!(partition.region_or_default(Some(region)), region);
        assert_eq!(partition.region_or_default(None), row.sts_region);

        let suffix = row.suffix;
        let sts = endpoints.sts(region).unwrap();
        assert_eq!(sts, format!("https://sts.{region}.{suffix}"));
        for (portals, suffix) in [(row.portals, suffix), (row.dual, row.dual_stack)] {
            for portal in portals {
                let start = start_url::parse(&format!("{portal}/#/")).unwrap();
                assert_eq!(start.url, *portal);
                assert!(!start.vanity, "{portal}");
                assert_eq!(start.region.as_deref(), Some(region), "{portal}");
                let oidc = endpoints.oidc(region, &start.url).unwrap();
                assert_eq!(oidc, format!("https://oidc.{region}.{suffix}"));
                let api = endpoints.portal(region, &start.url).unwrap();
                assert_eq!(api, format!("https://portal.sso.{region}.{suffix}"));
            }
        }

        assert_eq!(endpoints.sign_in(&partition), row.federation);
        assert_eq!(console::home(region), row.console);
        assert_eq!(
            console::service_page("s3", region).unwrap(),
            format!("{}s3/home?region={region}", row.console)
        );
    }
}

#[test]
fn a_region_of_another_partition_is_not_worked_in() {
    for row in ROWS {
        let partition = partition::named(row.name);
        for other in ROWS.iter().filter(|other| other.name != row.name) {
            let region = partition.region_or_default(Some(other.region));
            assert_eq!(region, row.sts_region, "{} {}", row.name, other.region);
        }
    }
}

#[test]
fn what_has_no_region_in_its_host_is_aws_all_the_same() {
    for portal in [
        "https://d-1234567890.awsapps.com/start",
        "https://identitycenter.amazonaws.com/ssoins-1",
        "https://identitycenter.amazonaws.com.cn/ssoins-1",
        "https://identitycenter.amazonaws.eu/ssoins-1",
        "https://identitycenter.us-gov.amazonaws.com/ssoins-1",
    ] {
        let start = start_url::parse(portal).unwrap();
        assert_eq!((start.url.as_str(), start.region), (portal, None));
        assert!(!start.vanity, "{portal}");
    }
}

/// Every service in every partition, with every combination of the variants: botocore decides.
#[test]
fn the_variants_of_the_hosts_are_those_of_botocore() {
    let Some(python) = botocore_with_login() else {
        return;
    };
    let regions = ROWS.iter().flat_map(|row| [row.region, row.sts_region]);
    let home = Home::new("startup");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/endpoints.py");
    let output = home
        .command(python.to_str().unwrap())
        .env_remove("AWS_ENDPOINT_URL_SSO_OIDC")
        .env_remove("AWS_ENDPOINT_URL_SSO")
        .env_remove("AWS_ENDPOINT_URL_STS")
        .env_remove("AWS_ENDPOINT_URL_SIGNIN")
        .arg(script)
        .args(regions.clone())
        .output()
        .unwrap();
    let expected = Ran::new(&output);
    assert_eq!(expected.code, 0, "{}", expected.stderr);
    let mut ours = String::new();
    for region in regions {
        for (dual_stack, fips) in [
            ("false", "false"),
            ("true", "false"),
            ("false", "true"),
            ("true", "true"),
        ] {
            let env: Env = [
                ("AWS_USE_DUALSTACK_ENDPOINT", dual_stack),
                ("AWS_USE_FIPS_ENDPOINT", fips),
            ]
            .into_iter()
            .collect();
            let endpoints = Endpoints::new(&env, |_| None, |_| None).unwrap();
            let start = "https://d-1234567890.awsapps.com/start";
            for (service, found) in [
                ("sso", endpoints.portal(region, start)),
                ("sso-oidc", endpoints.oidc(region, start)),
                ("sts", endpoints.sts(region)),
                ("signin", endpoints.console_sessions(region)),
            ] {
                let found = found.unwrap_or_else(|_| "none".to_owned());
                ours += &format!("{region} {service} {dual_stack} {fips} {found}\n");
            }
        }
    }
    assert_eq!(ours, expected.stdout);
}

#[test]
fn a_profile_asks_for_dual_stack_and_an_override_counts_before() {
    let home = Home::new("startup");
    let with = |extra: &str| {
        home.write(
            ".aws/config",
            &format!(
                "[default]\nuse_dualstack_endpoint = true\n[sso-session isolated]\n\
                 sso_start_url = https://d-1234567890.awsapps.com/start\nsso_region = eu-isoe-west-1\n{extra}"
            ),
        );
    };
    with("");
    let login = ["login", "isolated", "--device", "--no-open"];
    let output = home
        .command(crate::support::ROLEDEX)
        .env_remove("AWS_ENDPOINT_URL_SSO_OIDC")
        .args(login)
        .output()
        .unwrap();
    let ran = Ran::new(&output);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr
            .contains("sso_oidc has no dual-stack endpoint in eu-isoe-west-1"),
        "{ran:?}"
    );
    // The simulator's address is an override; it is asked.
    let doctor = home.run(&["doctor", "--online"]);
    assert!(
        doctor
            .stdout
            .contains("isolated is reachable at http://127.0.0.1"),
        "{doctor:?}"
    );
}
