//! The AWS services: Identity Center sign-in, the portal, STS; endpoints and partitions.
