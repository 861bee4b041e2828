use super::is_public;

#[test]
fn every_address_outside_the_public_internet_is_refused() {
    for address in [
        // IPv4: the first and the last of each block.
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.255",
        "192.0.2.0",
        "192.0.2.255",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.0",
        "198.51.100.255",
        "203.0.113.0",
        "203.0.113.255",
        "224.0.0.0",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.255",
        // IPv6: unspecified, loopback, IPv4-compatible and IPv4-mapped, also of public addresses.
        "::",
        "::1",
        "::127.0.0.1",
        "::93.184.215.14",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:93.184.215.14",
        // NAT64, well-known and local.
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::5db8:d70e",
        "64:ff9b:1::a00:1",
        // Discard-only, protocol assignments, Teredo, ORCHID, benchmarks.
        "100::1",
        "2001::1",
        "2001:0:53aa:64c::1",
        "2001:2::1",
        "2001:20::1",
        "2001:1ff:ffff:ffff::1",
        // Documentation, 6to4.
        "2001:db8::1",
        "3fff::1",
        "3fff:fff::1",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::1",
        // Segment routing, unique local, clouds' metadata, link-local, site-local, multicast.
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fdff:ffff::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ] {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn the_neighbours_of_these_blocks_are_public() {
    for address in [
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "93.184.215.14",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2000::1",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2001:db7::1",
        "2001:db9::1",
        "2003::1",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "3ffe::1",
    ] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
}
