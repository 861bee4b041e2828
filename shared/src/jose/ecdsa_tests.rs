use super::raw_p256_signature;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED, EcdsaKeyPair, KeyPair,
        UnparsedPublicKey,
    },
};

fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| [&[2, u8::try_from(number.len()).unwrap()], number].concat();
    let content = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(content.len()).unwrap()], &content[..]].concat()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the key of a test signs with its own")]
fn a_signature_in_der_is_the_same_signature_in_jose() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
    // Enough for numbers with a sign, and with leading zeros.
    for round in 0..2_000_u32 {
        let message = round.to_be_bytes();
        let signature = pair.sign(&SystemRandom::new(), &message).unwrap();
        let raw = raw_p256_signature(signature.as_ref()).expect("a signature");
        key.verify(&message, &raw).unwrap();
    }
}

#[test]
fn short_numbers_are_filled_up_and_signs_are_taken_off() {
    let signed = [&[0], &[0x80; 32][..]].concat();
    for (r, s, first, last) in [
        (&[1][..], &[2][..], 0, 2),
        (&[0x7f; 32], &signed, 0x7f, 0x80),
        (&signed, &[0, 0x80], 0x80, 0x80),
    ] {
        let raw = raw_p256_signature(&der(r, s)).unwrap();
        assert_eq!((raw[0], raw[63]), (first, last), "{r:?} {s:?}");
    }
}

#[test]
fn what_is_written_in_another_way_is_no_signature() {
    let good = der(&[1], &[2]);
    let mut wrong_tag = good.clone();
    wrong_tag[0] = 0x31;
    for wrong in [
        vec![],
        vec![0x30],
        wrong_tag,
        good[..good.len() - 1].to_vec(),
        [&good[..], &[0]].concat(),
        der(&[], &[2]),
        der(&[0], &[2]),
        der(&[0, 1], &[2]),
        der(&[0x80], &[2]),
        der(&[1], &[1; 33]),
        vec![0x30, 9, 2, 1, 1, 2, 1, 2, 2, 1, 3],
        vec![0x30, 0x81, 6, 2, 1, 1, 2, 1, 2],
    ] {
        assert_eq!(raw_p256_signature(&wrong), None, "{wrong:?}");
    }
}
