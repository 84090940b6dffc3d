//! The partitions of AWS, with their regions and hosts.

/// One partition of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// As in ARNs.
    pub name: &'static str,
    /// The suffix after a service's name and region.
    pub dns_suffix: &'static str,
    /// The same for endpoints that also speak IPv6; `None` where there are none.
    pub dual_stack_suffix: Option<&'static str>,
    /// The web console.
    pub console_host: &'static str,
    /// Signing in: where SAML responses go (docs/requirements.md#sign-in-hosts), alone and with a region before it.
    pub signin_host: &'static str,
    /// The same with credentials (docs/requirements.md#console-per-partition): one of those hosts.
    pub federation_host: &'static str,
    /// The region of STS when no other region is known.
    pub sts_region: &'static str,
}

const AWS: Partition = Partition {
    name: "aws",
    dns_suffix: "amazonaws.com",
    dual_stack_suffix: Some("api.aws"),
    console_host: "console.aws.amazon.com",
    signin_host: "signin.aws.amazon.com",
    federation_host: "signin.aws.amazon.com",
    sts_region: "us-east-1",
};

const OTHERS: &[(&str, Partition)] = &[
    (
        "cn-",
        Partition {
            name: "aws-cn",
            dns_suffix: "amazonaws.com.cn",
            dual_stack_suffix: Some("api.amazonwebservices.com.cn"),
            console_host: "console.amazonaws.cn",
            signin_host: "signin.amazonaws.cn",
            federation_host: "signin.amazonaws.cn",
            sts_region: "cn-northwest-1",
        },
    ),
    (
        "us-gov-",
        Partition {
            name: "aws-us-gov",
            dns_suffix: "amazonaws.com",
            dual_stack_suffix: Some("api.aws"),
            console_host: "console.amazonaws-us-gov.com",
            signin_host: "signin.amazonaws-us-gov.com",
            federation_host: "signin.amazonaws-us-gov.com",
            sts_region: "us-gov-west-1",
        },
    ),
    (
        "eusc-",
        Partition {
            name: "aws-eusc",
            dns_suffix: "amazonaws.eu",
            dual_stack_suffix: Some("api.amazonwebservices.eu"),
            console_host: "console.amazonaws-eusc.eu",
            signin_host: "signin.amazonaws-eusc.eu",
            // The host without a region is announced, and does not answer.
            federation_host: "eusc-de-east-1.signin.amazonaws-eusc.eu",
            sts_region: "eusc-de-east-1",
        },
    ),
    (
        "us-iso-",
        Partition {
            name: "aws-iso",
            dns_suffix: "c2s.ic.gov",
            dual_stack_suffix: Some("api.aws.ic.gov"),
            console_host: "console.c2shome.ic.gov",
            signin_host: "signin.c2shome.ic.gov",
            federation_host: "signin.c2shome.ic.gov",
            sts_region: "us-iso-east-1",
        },
    ),
    (
        "us-isob-",
        Partition {
            name: "aws-iso-b",
            dns_suffix: "sc2s.sgov.gov",
            dual_stack_suffix: Some("api.aws.scloud"),
            console_host: "console.sc2shome.sgov.gov",
            signin_host: "signin.sc2shome.sgov.gov",
            federation_host: "signin.sc2shome.sgov.gov",
            sts_region: "us-isob-east-1",
        },
    ),
    (
        "eu-isoe-",
        Partition {
            name: "aws-iso-e",
            dns_suffix: "cloud.adc-e.uk",
            dual_stack_suffix: None,
            console_host: "console.csphome.adc-e.uk",
            signin_host: "signin.csphome.adc-e.uk",
            federation_host: "signin.csphome.adc-e.uk",
            sts_region: "eu-isoe-west-1",
        },
    ),
    (
        "us-isof-",
        Partition {
            name: "aws-iso-f",
            dns_suffix: "csp.hci.ic.gov",
            dual_stack_suffix: None,
            console_host: "console.csphome.hci.ic.gov",
            signin_host: "signin.csphome.hci.ic.gov",
            federation_host: "signin.csphome.hci.ic.gov",
            sts_region: "us-isof-south-1",
        },
    ),
];

impl Partition {
    /// `true` for one that is not connected to the internet.
    pub(crate) fn is_isolated(&self) -> bool {
        self.name.starts_with("aws-iso")
    }

    /// `region` where it is one of this partition's, else the one that is always there.
    #[must_use]
    pub fn region_or_default<'a>(&self, region: Option<&'a str>) -> &'a str {
        region
            .filter(|region| of_region(region) == *self)
            .unwrap_or(self.sts_region)
    }
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = Partition> {
    std::iter::once(AWS).chain(OTHERS.iter().map(|(_, partition)| *partition))
}

/// The longest part of a host name.
const MAX_LABEL: usize = 63;

/// True for text that can be a part of a host name. A region becomes one, known or not.
#[must_use]
pub(crate) fn is_host_label(text: &str) -> bool {
    let is_good = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (1..=MAX_LABEL).contains(&text.len()) && text.bytes().all(is_good)
}

/// The partition of a region; one that is not known is taken for a new commercial one.
#[must_use]
pub fn of_region(region: &str) -> Partition {
    OTHERS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or(AWS, |(_, partition)| *partition)
}

/// The partition of an ARN (docs/requirements.md#partition-from-the-role); one that is not known is taken for the commercial one.
#[must_use]
pub fn named(name: &str) -> Partition {
    all()
        .find(|partition| partition.name == name)
        .unwrap_or(AWS)
}

/// `true` if `text` has the form of a region name, such as `us-gov-west-1`.
#[must_use]
pub(crate) fn looks_like_region(text: &str) -> bool {
    let mut parts = text.split('-').rev();
    let number = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && rest.len() >= 2
        && rest
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase()))
        && rest
            .last()
            .is_some_and(|first| (2..=4).contains(&first.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_region() {
        for (region, name) in [
            ("ap-northeast-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
            ("mx-central-1", "aws"),
        ] {
            assert_eq!(of_region(region).name, name, "{region}");
            assert_eq!(named(name).name, name);
            assert_eq!(of_region(named(name).sts_region).name, name);
        }
    }

    #[test]
    fn the_shape_of_a_region() {
        for region in [
            "us-east-1",
            "us-gov-west-1",
            "ap-southeast-7",
            "eusc-de-east-1",
        ] {
            assert!(looks_like_region(region), "{region}");
        }
        for text in [
            "",
            "us-east",
            "d-1234567890",
            "portal",
            "us--1",
            "US-EAST-1",
            "1",
        ] {
            assert!(!looks_like_region(text), "{text}");
        }
    }
}
