//! A certificate as AWS's own endpoints have: RSA, below an intermediate authority, below a root.

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, Error, IsCa,
    PKCS_RSA_SHA256, PublicKeyData, SerialNumber, SignatureAlgorithm, SigningKey,
};
use std::sync::Arc;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto, pki_types::PrivatePkcs8KeyDer},
};

struct RsaKey(RsaKeyPair);

impl RsaKey {
    fn new() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }
}

impl PublicKeyData for RsaKey {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl SigningKey for RsaKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        let signed = self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        signed.map(|()| signature).map_err(|_| Error::RemoteKeyError)
    }
}

/// What serves TLS as `localhost`, and the root to trust for it, as PEM.
pub(crate) fn localhost() -> (TlsAcceptor, String) {
    let root = CertifiedIssuer::self_signed(authority("Root", 1), RsaKey::new()).unwrap();
    let intermediate =
        CertifiedIssuer::signed_by(authority("Intermediate", 2), RsaKey::new(), &root).unwrap();
    let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
    parameters.serial_number = Some(SerialNumber::from(3));
    let key = RsaKey::new();
    let certificate: Certificate = parameters.signed_by(&key, &intermediate).unwrap();
    let chain = vec![certificate.der().clone(), intermediate.der().clone()];
    let key = key.0.as_der().unwrap().as_ref().to_vec();
    let config =
        ServerConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivatePkcs8KeyDer::from(key).into())
            .unwrap();
    let root = STANDARD.encode(root.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{root}\n-----END CERTIFICATE-----\n");
    (TlsAcceptor::from(Arc::new(config)), pem)
}

fn authority(name: &str, serial_number: u64) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.serial_number = Some(SerialNumber::from(serial_number));
    parameters
}
