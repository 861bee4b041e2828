use super::PublicJwk;
use crate::jose::SigningAlg;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

/// RFC 7517, appendix A.1.
const X: &str = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
const Y: &str = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";

fn point() -> Vec<u8> {
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    [&[4], &decode(X)[..], &decode(Y)[..]].concat()
}

#[test]
fn the_name_is_the_thumbprint_of_the_specification() {
    // RFC 7638 §3.1.
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let key = PublicJwk::rsa(&URL_SAFE_NO_PAD.decode(n).unwrap(), &[1, 0, 1]);
    assert_eq!(key.kid(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_eq!(key.alg(), SigningAlg::RS256);
}

#[test]
fn a_key_on_p_256_is_published_with_both_coordinates_and_comes_back_as_it_was() {
    let key = PublicJwk::p256(&point()).unwrap();
    let json = json!({
        "kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "x": X, "y": Y, "kid": key.kid(),
    });
    assert_eq!(serde_json::to_value(&key).unwrap(), json);
    assert_eq!(serde_json::from_value::<PublicJwk>(json).unwrap(), key);
    // Computed with another tool: printf of the members, sha256sum, base64url.
    assert_eq!(key.kid(), "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
}

#[test]
fn what_is_no_point_of_the_curve_is_no_key() {
    let mut elsewhere = point();
    elsewhere[64] ^= 1;
    for wrong in [&[][..], &point()[1..], &[&[2], &point()[1..33]].concat(), &elsewhere] {
        assert_eq!(PublicJwk::p256(wrong), None, "{wrong:?}");
    }
}
