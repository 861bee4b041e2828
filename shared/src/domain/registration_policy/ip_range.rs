//! Ranges of IP addresses (RFC 4632 §3.1, RFC 4291 §2.3).

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, str::FromStr};

/// How many leading bits of an IPv6 address say that it is an IPv4 address (RFC 4291 §2.5.5.2).
const MAPPED_PREFIX: u8 = 96;

/// Addresses with a prefix in common, such as `203.0.113.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IpRange(IpNet);

/// A text is not an [`IpRange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be in CIDR notation, such as 203.0.113.0/24 or 2001:db8::/32, with no bits after the prefix"
)]
pub struct InvalidIpRange;

impl IpRange {
    /// Whether `address` is one of them. An IPv4-mapped IPv6 address is the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for IpRange {
    type Err = InvalidIpRange;

    /// Bits after the prefix are refused: whoever writes `10.1.2.3/8` may mean one address or all.
    fn from_str(text: &str) -> Result<Self, InvalidIpRange> {
        let (address, prefix) = text.split_once('/').ok_or(InvalidIpRange)?;
        let address: IpAddr = address.parse().map_err(|_| InvalidIpRange)?;
        let length: u8 = prefix.parse().map_err(|_| InvalidIpRange)?;
        if length.to_string() != prefix {
            return Err(InvalidIpRange);
        }
        let (address, length) = match (address.to_canonical(), length.checked_sub(MAPPED_PREFIX)) {
            (IpAddr::V4(mapped), Some(length)) if address.is_ipv6() => (mapped.into(), length),
            _ => (address, length),
        };
        let range = IpNet::new(address, length).map_err(|_| InvalidIpRange)?;
        (range == range.trunc()).then_some(Self(range)).ok_or(InvalidIpRange)
    }
}

impl TryFrom<String> for IpRange {
    type Error = InvalidIpRange;

    fn try_from(text: String) -> Result<Self, InvalidIpRange> {
        text.parse()
    }
}

impl From<IpRange> for String {
    fn from(range: IpRange) -> Self {
        range.0.to_string()
    }
}

#[cfg(test)]
#[path = "ip_range_tests.rs"]
mod tests;
