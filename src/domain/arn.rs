//! Amazon Resource Names: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.

/// The parts of an ARN, as they are written; the account may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// As in `aws-us-gov`.
    pub partition: &'a str,
    /// As in `iam`.
    pub service: &'a str,
    /// Empty for services that have none.
    pub region: &'a str,
    /// Twelve digits, or nothing.
    pub account: &'a str,
    /// All the rest: it may have colons and slashes.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// `None`: it is no ARN of a partition of AWS, or has blanks or control characters.
    #[must_use]
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts[..] else {
            return None;
        };
        let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        (partition.starts_with("aws") && is_plain).then_some(Self {
            partition,
            service,
            region,
            account,
            resource,
        })
    }
}
