//! The web console: the portal's own shortcut for accounts of the organization, AWS's federation
//! endpoint for everything else (docs/requirements.md#console-per-partition).

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde::{Deserialize, Serialize};
use tokio::time::{Duration, timeout};
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::error::Error;
use super::failure::Failure;
use super::http::{Http, read_body};
use super::unreachable::{Page, Unreachable};
use crate::domain::partition::of_region;
use crate::domain::text::nearest;
use crate::domain::{AccountId, Credentials, Secret};

const SERVICE: &str = "AWS sign-in";
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// Services whose console page has another name.
const PAGES: &[(&str, &str)] = &[
    ("billing", "costmanagement/home"),
    ("cfn", "cloudformation/home"),
    ("cw", "cloudwatch/home"),
    ("cloudwatch-logs", "cloudwatch/home#logsV2:log-groups"),
    ("ddb", "dynamodbv2/home"),
    ("dynamodb", "dynamodbv2/home"),
    ("eb", "elasticbeanstalk/home"),
    ("iam", "iam/home"),
    ("logs", "cloudwatch/home#logsV2:log-groups"),
    ("org", "organizations/v2/home"),
    ("organizations", "organizations/v2/home"),
    ("params", "systems-manager/parameters"),
    ("secrets", "secretsmanager/home"),
    ("sfn", "states/home"),
    ("sm", "secretsmanager/home"),
    ("sqs", "sqs/v3/home"),
    ("sns", "sns/v3/home"),
    ("ssm", "systems-manager/home"),
    ("sso", "singlesignon/home"),
    ("vpc", "vpcconsole/home"),
];

/// Names of services, and of their pages in the console, one a line.
const SERVICES: &str = include_str!("../../assets/console-services.txt");

/// Checks the name of a service.
///
/// # Errors
/// For a name that is not known, the nearest ones that are, best first.
pub(crate) fn check_service(name: &str) -> Result<(), Vec<&'static str>> {
    let name = name.to_ascii_lowercase();
    let names = || {
        SERVICES
            .lines()
            .chain(PAGES.iter().map(|(short, _)| *short))
    };
    if names().any(|known| known == name) {
        return Ok(());
    }
    Err(nearest(&name, names()))
}

/// The console's page of a service in a region; `None`: there is no such service.
#[must_use]
pub fn service_page(service: &str, region: &str) -> Option<String> {
    let name = service.to_ascii_lowercase();
    let sound = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let known = PAGES.iter().find(|(short, _)| *short == name);
    let page = known.map_or_else(|| format!("{name}/home"), |(_, page)| (*page).to_owned());
    let (path, fragment) = page
        .split_once('#')
        .map_or((page.as_str(), None), |(path, rest)| (path, Some(rest)));
    let fragment = fragment.map_or_else(String::new, |rest| format!("#{rest}"));
    sound.then(|| format!("{}{path}?region={region}{fragment}", home(region)))
}

/// The console's first page in a region.
#[must_use]
pub fn home(region: &str) -> String {
    format!("https://{}/", of_region(region).console_host)
}

/// The portal's shortcut to the console (docs/requirements.md#console-per-partition): no credentials are needed, and several sessions can
/// live beside one another in one browser.
#[must_use]
pub(crate) fn portal_shortcut(
    start_url: &str,
    account: AccountId,
    role: &str,
    destination: Option<&str>,
) -> String {
    let start = start_url.split('#').next().unwrap_or(start_url);
    let start = start.trim_end_matches('/');
    let mut url = format!(
        "{start}/#/console?account_id={account}&role_name={}",
        encoded(role)
    );
    if let Some(destination) = destination {
        url += &format!("&destination={}", encoded(destination));
    }
    url
}

#[derive(Serialize)]
struct Keys<'a> {
    #[serde(rename = "sessionId")]
    id: &'a str,
    #[serde(rename = "sessionKey")]
    key: &'a str,
    #[serde(rename = "sessionToken")]
    token: &'a str,
}

#[derive(Deserialize)]
struct Token {
    #[serde(rename = "SigninToken")]
    signin_token: String,
}

/// A page that signs in to the console with credentials, good for fifteen minutes: it is a secret.
/// `endpoint` is the partition's federation endpoint.
///
/// # Errors
/// Credentials that are refused, and nothing that answers.
pub(crate) async fn federation_url(
    http: &Http,
    endpoint: &str,
    credentials: &Credentials,
    issuer: &str,
    destination: &str,
) -> Result<Secret, Error> {
    let garbled = |detail: String| Error::Service {
        service: SERVICE,
        detail,
    };
    let session = serde_json::to_string(&Keys {
        id: &credentials.access_key_id,
        key: credentials.secret_access_key.expose(),
        token: credentials.session_token.expose(),
    })
    .map(Zeroizing::new)
    .map_err(|error| garbled(error.to_string()))?;
    // Without SessionDuration: chained credentials may not name one (docs/requirements.md#fixed-session-length).
    let url = Secret::new(format!(
        "{endpoint}/federation?Action=getSigninToken&Session={}",
        encoded(&session)
    ));
    let request = HttpRequest::get(url.expose()).map_err(|error| garbled(error.to_string()))?;
    let target = http.target(endpoint);
    let answer = timeout(REQUEST_TIMEOUT, async {
        let mut response = http.send(request).await?;
        let body = read_body(&mut response, &target).await?;
        Ok::<_, Unreachable>((response, Zeroizing::new(body)))
    });
    let (response, body) = match answer.await {
        Ok(answer) => answer?,
        Err(late) => {
            return Err(Unreachable::from_cause(&late, true, &target.host, target.proxy).into());
        }
    };
    let status = response.status().as_u16();
    let token = match (status, serde_json::from_slice::<Token>(&body)) {
        // Whatever its type says it is.
        (200, Ok(token)) => Secret::new(token.signin_token),
        (200, Err(_would_quote_a_token)) if Page::of(&response).is_none() => {
            return Err(garbled("the answer has no sign-in token".to_owned()));
        }
        // It explains a refusal with a page, if at all.
        (400 | 401 | 403, _) => {
            return Err(Error::Refused {
                service: SERVICE,
                code: None,
                detail: format!("HTTP {status}: the credentials were not accepted"),
            });
        }
        _ => return Err(Failure::from_response(&response, &body, &target).into_error(SERVICE)),
    };
    Ok(Secret::new(format!(
        "{endpoint}/federation?Action=login&Issuer={}&Destination={}&SigninToken={}",
        encoded(issuer),
        encoded(destination),
        encoded(token.expose())
    )))
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Reply, Server, block_on, half_answers};
    use crate::aws::unreachable::Reach;
    use crate::config::Env;

    async fn federation(endpoint: &str) -> Result<Secret, Error> {
        let http = Http::new(&Env::default(), None).unwrap();
        let keys = Credentials {
            access_key_id: "ASIAEXAMPLE".to_owned(),
            secret_access_key: Secret::from("secret"),
            session_token: Secret::from("token"),
            expires_at: jiff::Timestamp::MAX,
            obtained_at: None,
        };
        federation_url(&http, endpoint, &keys, "issuer", "https://console").await
    }

    async fn federation_error(endpoint: &str) -> Error {
        federation(endpoint).await.unwrap_err()
    }

    #[test]
    fn a_token_counts_whatever_the_type_of_its_answer_is() {
        block_on(async {
            let answer = Reply::new(200, r#"{"SigninToken":"t+"}"#);
            let answer = answer.header("content-type", "text/html;charset=UTF-8");
            let server = Server::start(move |_| answer.clone()).await;
            let url = federation(&server.url).await.unwrap();
            assert!(url.expose().ends_with("&SigninToken=t%2B"));
        });
    }

    #[test]
    fn only_a_refusal_is_about_the_credentials() {
        block_on(async {
            for (status, kind) in [
                (400, "Refused"),
                (403, "Refused"),
                (429, "Service"),
                (502, "Service"),
                (503, "Service"),
                (302, "Gateway"),
                (407, "Gateway"),
            ] {
                let server = Server::start(move |_| Reply::new(status, "<html>")).await;
                let error = federation_error(&server.url).await;
                assert!(format!("{error:?}").contains(kind), "{status}: {error:?}");
            }
            let page = Reply::new(200, "<html>").header("content-type", "text/html");
            let server = Server::start(move |_| page.clone()).await;
            let error = federation_error(&server.url).await;
            assert!(format!("{error:?}").contains("Gateway"), "{error:?}");
            let Error::Unreachable(broken) = federation_error(&half_answers().await).await else {
                panic!("half an answer");
            };
            assert_eq!(broken.reach, Reach::Dropped);
        });
    }

    #[test]
    fn pages_by_service_and_partition() {
        let page = |service: &str, region: &str| service_page(service, region).unwrap();
        assert_eq!(
            page("s3", "eu-west-1"),
            "https://console.aws.amazon.com/s3/home?region=eu-west-1"
        );
        assert_eq!(
            page("DynamoDB", "cn-north-1"),
            "https://console.amazonaws.cn/dynamodbv2/home?region=cn-north-1"
        );
        assert_eq!(
            page("logs", "us-gov-west-1"),
            "https://console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1#logsV2:log-groups"
        );
        assert!(page("ec2", "eusc-de-east-1").starts_with("https://console.amazonaws-eusc.eu/"));
        for service in ["", "s3/../x", "a b", "x?y", "é"] {
            assert_eq!(service_page(service, "eu-west-1"), None, "{service}");
        }
    }

    #[test]
    fn an_unknown_service_has_near_names() {
        for known in ["s3", "S3", "ec2", "cw", "dynamodb", "lambda", "states"] {
            assert_eq!(check_service(known), Ok(()), "{known}");
        }
        for (typed, meant) in [
            ("lamda", "lambda"),
            ("dynamo", "dynamodb"),
            ("cloudwach", "cloudwatch"),
            ("ec3", "ec2"),
        ] {
            let near = check_service(typed).unwrap_err();
            assert!(near.contains(&meant), "{typed}: {near:?}");
        }
        assert_eq!(check_service("qqqqqqqqqq"), Err(Vec::new()));
    }

    #[test]
    fn the_shortcut() {
        let account = "111111111111".parse().unwrap();
        let url = portal_shortcut(
            "https://d-1.awsapps.com/start#/",
            account,
            "A,B+C",
            Some("https://console.aws.amazon.com/s3/home?region=x"),
        );
        assert_eq!(
            url,
            "https://d-1.awsapps.com/start/#/console?account_id=111111111111&role_name=A%2CB%2BC&destination=https%3A%2F%2Fconsole.aws.amazon.com%2Fs3%2Fhome%3Fregion%3Dx"
        );
    }
}
