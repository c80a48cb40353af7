//! Whom the service knows.

use std::collections::HashMap;

use super::certificate::{BadCertificate, Certificate};

/// Users, certificates, issuers, and the keys that open what was encrypted for us. Built once, then shared.
#[derive(Clone, Debug, Default)]
pub struct Acquaintance {
    users: HashMap<String, String>,
    authorities: Vec<Certificate>,
    people: Vec<Certificate>,
    issuers: Vec<(String, Certificate)>,
    audiences: Vec<String>,
    private_keys: Vec<Vec<u8>>,
}

impl Acquaintance {
    /// Adds a user and the password.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.users.insert(name.into(), password.into());
        self
    }

    /// Adds an authority (DER): who shows a certificate that it signed is known by the common name in it.
    pub fn authority(mut self, certificate: &[u8]) -> Result<Self, BadCertificate> {
        self.authorities.push(Certificate::read(certificate)?);
        Ok(self)
    }

    /// Adds a certificate (DER) that is known by itself. It is also found by identifier, thumbprint and serial number.
    pub fn person(mut self, certificate: &[u8]) -> Result<Self, BadCertificate> {
        self.people.push(Certificate::read(certificate)?);
        Ok(self)
    }

    /// Adds an issuer of assertions by name and certificate (DER); an issuer may have several certificates.
    pub fn issuer(mut self, name: impl Into<String>, certificate: &[u8]) -> Result<Self, BadCertificate> {
        self.issuers.push((name.into(), Certificate::read(certificate)?));
        Ok(self)
    }

    /// Adds a name of ours, as assertions that are meant for us have it among their audiences.
    #[must_use]
    pub fn audience(mut self, name: impl Into<String>) -> Self {
        self.audiences.push(name.into());
        self
    }

    /// Adds an RSA key (PKCS #8, DER) that opens keys encrypted for us.
    #[must_use]
    pub fn private_key(mut self, pkcs8: impl Into<Vec<u8>>) -> Self {
        self.private_keys.push(pkcs8.into());
        self
    }

    pub(super) fn password(&self, user: &str) -> Option<&str> {
        self.users.get(user).map(String::as_str)
    }

    /// Certificates that a reference without a certificate in the message can mean.
    pub(super) fn people(&self) -> &[Certificate] {
        &self.people
    }

    /// The certificates of an issuer; empty for one that is not known.
    pub(super) fn issuer_certificates(&self, name: &str) -> impl Iterator<Item = &Certificate> {
        self.issuers.iter().filter(move |(known, _)| known == name).map(|(_, certificate)| certificate)
    }

    pub(super) fn has_audience(&self, name: &str) -> bool {
        self.audiences.iter().any(|known| known == name)
    }

    pub(super) fn private_keys(&self) -> &[Vec<u8>] {
        &self.private_keys
    }

    /// Whether a certificate is known, or vouched for by an authority. Its period is another question.
    pub(super) fn vouches_for(&self, certificate: &Certificate) -> bool {
        self.people.iter().any(|known| known.der == certificate.der)
            || (!certificate.is_authority && self.authorities.iter().any(|authority| authority.has_signed(certificate)))
    }
}
