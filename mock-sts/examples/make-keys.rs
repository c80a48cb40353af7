//! Makes the published test keys anew: `cargo run -p mock-sts --example make-keys -- mock-sts/keys`.
//!
//! Nobody needs to run this: the keys are fixed so that every copy of the mock has the same ones, and answers under a
//! fixed clock and seed stay the same. It documents how they were made.

use std::path::Path;
use std::{env, error::Error, fs};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, RsaKeySize, SerialNumber, date_time_ymd,
};

const OID_SUBJECT_KEY_IDENTIFIER: [u64; 4] = [2, 5, 29, 14];

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args().nth(1).ok_or("give the directory to write to, as mock-sts/keys")?;
    let directory = Path::new(&directory);

    let ca_key = rsa()?;
    let mut ca = named("Test CA", 1);
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    write(directory, "ca", &ca.self_signed(&ca_key)?.pem(), &ca_key)?;
    let ca = Issuer::new(ca, ca_key);
    let issue = |file: &str, mut params: CertificateParams, key: KeyPair| -> Result<(), Box<dyn Error>> {
        params.use_authority_key_identifier_extension = true;
        params.custom_extensions.push(subject_key_identifier(&key));
        write(directory, file, &params.signed_by(&key, &ca)?.pem(), &key)
    };

    let mut tls = named("TLS server", 2);
    tls.subject_alt_names =
        CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into(), "::1".into()])?.subject_alt_names;
    tls.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    issue("tls", tls, p256()?)?;

    issue("signing-rsa", signer("Token signing RSA", 3), rsa()?)?;
    issue("signing-p256", signer("Token signing P-256", 4), p256()?)?;
    issue("signing-p384", signer("Token signing P-384", 5), KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)?)?;
    issue("client", signer("Client", 6), rsa()?)?;
    issue("relying-party", recipient("Relying party", 7), rsa()?)?;

    let mut expired = signer("Expired client", 8);
    expired.not_after = date_time_ymd(2021, 1, 1);
    issue("client-expired", expired, rsa()?)?;

    // Signed by itself, so that no chain leads from it to the CA.
    let stranger_key = rsa()?;
    let mut stranger = signer("Untrusted client", 9);
    stranger.custom_extensions.push(subject_key_identifier(&stranger_key));
    write(directory, "client-untrusted", &stranger.self_signed(&stranger_key)?.pem(), &stranger_key)
}

fn named(role: &str, serial: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::OrganizationName, "mock-sts PUBLIC TEST KEY, do not trust");
    params.distinguished_name.push(DnType::CommonName, format!("mock-sts {role}"));
    params.serial_number = Some(SerialNumber::from(serial));
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params
}

fn signer(role: &str, serial: u64) -> CertificateParams {
    let mut params = named(role, serial);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

fn recipient(role: &str, serial: u64) -> CertificateParams {
    let mut params = named(role, serial);
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment, KeyUsagePurpose::DataEncipherment];
    params
}

fn rsa() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048)
}

fn p256() -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
}

/// rcgen leaves this extension out of end-entity certificates; message signatures refer to certificates by it.
fn subject_key_identifier(key: &KeyPair) -> CustomExtension {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, key.der_bytes());
    let mut octet_string = vec![0x04, 0x14];
    octet_string.extend_from_slice(hash.as_ref());
    CustomExtension::from_oid_content(&OID_SUBJECT_KEY_IDENTIFIER, octet_string)
}

fn write(directory: &Path, file: &str, certificate: &str, key: &KeyPair) -> Result<(), Box<dyn Error>> {
    fs::write(directory.join(format!("{file}.cert.pem")), certificate)?;
    fs::write(directory.join(format!("{file}.key.pem")), key.serialize_pem())?;
    Ok(())
}
