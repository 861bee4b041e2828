use super::{Purpose, Sealing};
use crate::entropy::CountingEntropy;

#[test]
fn what_is_sealed_opens_only_for_its_purpose_and_under_its_key() {
    let sealing = Sealing::new(&[1; 32]);
    let sealed =
        sealing.seal(Purpose::AccessToken, &"secret", &CountingEntropy::default()).unwrap();
    assert!(sealed.starts_with("at_") && !sealed.contains("secret"));
    let open = |sealing: &Sealing, purpose, text: &str| sealing.open::<String>(purpose, text);
    assert_eq!(open(&sealing, Purpose::AccessToken, &sealed).as_deref(), Some("secret"));
    assert_eq!(open(&sealing, Purpose::AuthorizationCode, &sealed.replace("at_", "ac_")), None);
    assert_eq!(open(&sealing, Purpose::SessionCookie, &sealed.replace("at_", "")), None);
    assert_eq!(open(&Sealing::new(&[2; 32]), Purpose::AccessToken, &sealed), None);
    for text in ["", "at_", "at_AAAA", &sealed[..sealed.len() - 1], &format!("{sealed}A")] {
        assert_eq!(open(&sealing, Purpose::AccessToken, text), None, "{text}");
    }
}

#[test]
fn a_mac_covers_where_its_parts_begin_and_end() {
    let sealing = Sealing::new(&[1; 32]);
    let mac = sealing.mac(Purpose::ClientSecretMac, &["tenant", "client", "secret"]);
    assert!(sealing.verifies(Purpose::ClientSecretMac, &["tenant", "client", "secret"], &mac));
    assert!(!sealing.verifies(Purpose::ClientSecretMac, &["tenantc", "lient", "secret"], &mac));
    assert!(!sealing.verifies(Purpose::ClientSecretMac, &["tenant", "client", "secret\0"], &mac));
    assert!(!sealing.verifies(Purpose::FormToken, &["tenant", "client", "secret"], &mac));
    assert!(!sealing.verifies(Purpose::ClientSecretMac, &["tenant", "client", "secret"], ""));
}
