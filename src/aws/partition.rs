//! Partitions: what follows from a region's name (L14, E11). Nothing is `aws` by default but what is.

/// One partition of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The second part of its ARNs.
    pub name: &'static str,
    /// The suffix of its service endpoints.
    pub dns_suffix: &'static str,
    /// The suffix of its dual-stack endpoints.
    pub dual_stack_suffix: &'static str,
}

/// Prefixes of region names; the commercial partition has all others.
const PARTITIONS: [(&str, Partition); 6] = [
    (
        "cn-",
        partition("aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ),
    (
        "us-gov-",
        partition("aws-us-gov", "amazonaws.com", "api.aws"),
    ),
    (
        "eusc-",
        partition("aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"),
    ),
    (
        "us-isob-",
        partition("aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"),
    ),
    (
        "us-iso-",
        partition("aws-iso", "c2s.ic.gov", "api.aws.ic.gov"),
    ),
    ("", partition("aws", "amazonaws.com", "api.aws")),
];

const fn partition(
    name: &'static str,
    dns_suffix: &'static str,
    dual_stack_suffix: &'static str,
) -> Partition {
    Partition {
        name,
        dns_suffix,
        dual_stack_suffix,
    }
}

/// The partition of a region.
#[must_use]
pub fn of_region(region: &str) -> Partition {
    let (_, last) = PARTITIONS[PARTITIONS.len() - 1];
    PARTITIONS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or(last, |(_, partition)| *partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_region() {
        for (region, name) in [
            ("eu-west-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
        ] {
            assert_eq!(of_region(region).name, name);
        }
    }
}
