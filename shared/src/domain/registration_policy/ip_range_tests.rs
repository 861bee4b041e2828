use super::IpRange;
use proptest::{arbitrary::any, prop_assert, prop_assert_eq, proptest};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[test]
fn a_range_has_the_addresses_with_its_prefix_and_no_others() {
    for (range, within, without) in [
        (
            "203.0.113.0/24",
            &["203.0.113.0", "203.0.113.255"][..],
            &["203.0.112.255", "203.0.114.0"][..],
        ),
        ("203.0.113.7/32", &["203.0.113.7"], &["203.0.113.6", "203.0.113.8"]),
        ("0.0.0.0/0", &["0.0.0.0", "255.255.255.255", "::ffff:8.8.8.8"], &["::1", "2001:db8::1"]),
        ("10.0.0.0/9", &["10.127.0.1"], &["10.128.0.1"]),
        ("2001:db8::/32", &["2001:db8::1", "2001:db8:ffff::"], &["2001:db9::", "203.0.113.7"]),
        ("2001:db8::7/128", &["2001:db8::7"], &["2001:db8::8"]),
        ("::/0", &["::1", "2001:db8::1"], &["203.0.113.7", "::ffff:203.0.113.7"]),
        ("203.0.113.0/24", &["::ffff:203.0.113.7"], &["::ffff:203.0.114.7", "::203.0.113.7"]),
        ("::ffff:203.0.113.0/120", &["203.0.113.7", "::ffff:203.0.113.7"], &["203.0.114.7"]),
    ] {
        let parsed: IpRange = range.parse().expect(range);
        for address in within {
            assert!(parsed.contains(address.parse().unwrap()), "{address} in {range}");
        }
        for address in without {
            assert!(!parsed.contains(address.parse().unwrap()), "{address} not in {range}");
        }
    }
}

#[test]
fn what_is_not_written_as_one_range_is_refused() {
    for text in [
        "",
        "/",
        "203.0.113.7",
        "203.0.113.0/",
        "203.0.113.0/33",
        "203.0.113.0/-1",
        "203.0.113.0/+8",
        "203.0.113.0/024",
        "203.0.113.0/24/24",
        "203.0.113.0 /24",
        "203.0.113.0/24 ",
        "203.0.113.7/24",
        "203.0.113/24",
        "0203.0.113.0/24",
        "203.0.113.0/255.255.255.0",
        "2001:db8::1/32",
        "2001:db8::/129",
        "2001:db8::%1/32",
        "[2001:db8::]/32",
        "::ffff:203.0.113.7/120",
        "::ffff:0.0.0.0/95",
        "example.com/24",
    ] {
        assert!(text.parse::<IpRange>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_what_it_shows_reads_back(text in "[0-9a-f:./ ]{0,45}") {
        if let Ok(range) = text.parse::<IpRange>() {
            let shown = String::from(range);
            prop_assert_eq!(shown.parse(), Ok(range));
        }
    }

    #[test]
    fn an_address_is_in_its_own_prefix_of_each_length(bits in any::<u128>(), length in 0..=128_u8) {
        let kept = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or_default();
        let address = Ipv6Addr::from_bits(bits);
        // What is mapped is IPv4, and no address of a range of IPv6.
        if address.to_ipv4_mapped().is_none() && Ipv6Addr::from_bits(bits & kept).to_ipv4_mapped().is_none() {
            let range: IpRange = format!("{}/{length}", Ipv6Addr::from_bits(bits & kept)).parse().unwrap();
            prop_assert!(range.contains(IpAddr::V6(address)));
            let neighbour = Ipv6Addr::from_bits(bits ^ (1_u128 << 127));
            let is_neighbour_in = length == 0 && neighbour.to_ipv4_mapped().is_none();
            prop_assert_eq!(range.contains(IpAddr::V6(neighbour)), is_neighbour_in);
        }
    }

    #[test]
    fn ipv4_addresses_are_the_same_mapped_and_plain(bits in any::<u32>(), of in any::<u32>(), length in 0..=32_u32) {
        let kept = u32::MAX.checked_shl(32 - length).unwrap_or_default();
        let range: IpRange = format!("{}/{length}", Ipv4Addr::from_bits(of & kept)).parse().unwrap();
        let address = Ipv4Addr::from_bits(bits);
        prop_assert_eq!(range.contains(address.into()), bits & kept == of & kept);
        prop_assert_eq!(range.contains(address.to_ipv6_mapped().into()), bits & kept == of & kept);
    }
}
