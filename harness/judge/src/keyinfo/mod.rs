//! From a `ds:KeyInfo` or a `wsse:SecurityTokenReference` to the keys it names.

mod fault;
mod reference;
mod x509;

use std::cell::Cell;

use crate::dsig::Ids;
use crate::keys::{Certificate, Curve, Keys, PublicKey, base64};
use crate::tree::{Node, Tree};
use crate::{uri, xenc};

pub use fault::KeyFault;
pub use reference::Target;

/// References may lead to references; this many deep, and this many in all, are followed.
const DEEPEST: usize = 4;
const MOST_STEPS: usize = 64;
/// More keys than any message names; each is a signature to verify.
const MOST: usize = 16;

/// The key itself.
#[derive(Clone, PartialEq, Eq)]
pub enum Material {
    /// A public key.
    Public(PublicKey),
    /// A shared secret.
    Secret(Vec<u8>),
}

/// A key that a message names, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKey {
    /// The key.
    pub material: Material,
    /// How the message names it, e.g. `X509IssuerSerial`.
    pub how: &'static str,
    /// The certificate it was found in.
    pub certificate: Option<Certificate>,
    /// The label of the secret, where it is one of the caller's.
    pub label: Option<String>,
    /// Whether the caller trusts it.
    pub trusted: bool,
    /// The element of the message that holds the key, where one does.
    pub token: Option<Node>,
}

/// Finds keys in one document.
#[derive(Debug, Clone, Copy)]
pub struct Finder<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) ids: &'a Ids,
    pub(crate) keys: &'a Keys,
}

/// How far a search has gone, so that references to references cannot make it long.
#[derive(Debug, Clone, Copy)]
struct Trail<'t> {
    depth: usize,
    steps: &'t Cell<usize>,
}

impl<'a> Finder<'a> {
    /// Looks in this document, with these keys.
    pub fn new(tree: &'a Tree, ids: &'a Ids, keys: &'a Keys) -> Self {
        Self { tree, ids, keys }
    }

    /// Every key that a `ds:KeyInfo` names, without repetition; at least one.
    pub fn keys_of(&self, key_info: Node) -> Result<Vec<FoundKey>, KeyFault> {
        self.key_info(key_info, Trail { depth: 0, steps: &Cell::new(0) })
    }

    /// The keys that one child of a `ds:KeyInfo` names.
    pub fn keys_by(&self, clue: Node) -> Result<Vec<FoundKey>, KeyFault> {
        self.clue(clue, Trail { depth: 0, steps: &Cell::new(0) })
    }

    /// Every key that the caller trusts: what remains where a signature has no `KeyInfo`.
    pub fn trusted(&self) -> Vec<FoundKey> {
        let certificates = self.keys.certificates.iter().map(|certificate| self.certificate(certificate, "trusted"));
        let public = self.keys.public_keys.iter().map(|key| self.public(key.clone(), "trusted", None));
        let secrets = self.keys.secrets.iter().map(|secret| self.secret(secret.bytes.clone(), "trusted", None));
        distinct(certificates.chain(public).chain(secrets).collect())
    }

    /// The keys with which the holder of a SAML assertion proves that it is its own.
    pub fn holder_keys(&self, assertion: Node) -> Result<Vec<FoundKey>, KeyFault> {
        self.holder(assertion, Trail { depth: 0, steps: &Cell::new(0) })
    }

    fn key_info(&self, key_info: Node, trail: Trail<'_>) -> Result<Vec<FoundKey>, KeyFault> {
        let (mut found, mut first_fault) = (Vec::new(), None);
        for clue in self.tree.elements(key_info) {
            match self.clue(clue, trail) {
                Ok(keys) => found.extend(keys),
                Err(fault) => {
                    first_fault.get_or_insert(fault);
                }
            }
        }
        if found.is_empty() {
            return Err(first_fault.unwrap_or_else(|| KeyFault::Unknown("an empty KeyInfo".into())));
        }
        Ok(distinct(found))
    }

    /// What one child of a `KeyInfo`, or one token, says about the key.
    fn clue(&self, clue: Node, trail: Trail<'_>) -> Result<Vec<FoundKey>, KeyFault> {
        trail.step()?;
        let name = self.tree.name(clue);
        match (name.namespace.unwrap_or_default(), name.local) {
            (uri::DS, "X509Data") => self.x509_data(clue),
            (uri::DS, "KeyValue") => self.key_value(clue),
            (uri::DSIG11, "DEREncodedKeyValue") => {
                let key =
                    PublicKey::from_spki(&self.binary(clue)?).map_err(|why| KeyFault::unreadable(name.local, why))?;
                Ok(vec![self.public(key, "DEREncodedKeyValue", Some(clue))])
            }
            (uri::DS, "KeyName") => self.named(self.tree.text_of(clue).trim(), "KeyName"),
            (uri::WSSE, "SecurityTokenReference") => self.reference(clue, trail.deeper()?),
            (uri::WSSE, "BinarySecurityToken") => self.binary_token(clue),
            (uri::SAML1 | uri::SAML2, "Assertion") => self.holder(clue, trail),
            (uri::XENC, "EncryptedKey") => {
                let key = xenc::unwrap_key_within(self.tree, self.ids, clue, &self.keys.decryption)
                    .map_err(|fault| KeyFault::Encrypted(Box::new(fault)))?;
                Ok(vec![self.secret(key.bytes, "EncryptedKey", Some(clue))])
            }
            (namespace, "BinarySecret") if uri::TRUST.contains(&namespace) => {
                Ok(vec![self.secret(self.binary(clue)?, "BinarySecret", Some(clue))])
            }
            (_, local) => Err(KeyFault::Unsupported(format!("a key given by `{local}`"))),
        }
    }

    fn key_value(&self, value: Node) -> Result<Vec<FoundKey>, KeyFault> {
        let field = |of, namespace, name: &'static str| {
            let field = self.tree.child(of, namespace, name).ok_or_else(|| KeyFault::unreadable("KeyValue", name))?;
            self.binary(field)
        };
        let key = if let Some(rsa) = self.tree.child(value, uri::DS, "RSAKeyValue") {
            PublicKey::rsa(&field(rsa, uri::DS, "Modulus")?, &field(rsa, uri::DS, "Exponent")?)
        } else if let Some(ec) = self.tree.child(value, uri::DSIG11, "ECKeyValue") {
            let curve = self.tree.child(ec, uri::DSIG11, "NamedCurve");
            let curve = curve.and_then(|curve| self.tree.attribute(curve, None, "URI")).unwrap_or_default();
            let known = curve.strip_prefix("urn:oid:").and_then(Curve::from_oid);
            let known = known.ok_or_else(|| KeyFault::Unsupported(format!("an EC key on the curve `{curve}`")))?;
            PublicKey::ec(known, &field(ec, uri::DSIG11, "PublicKey")?)
        } else {
            let kind = self.tree.elements(value).next().map_or("nothing", |kind| self.tree.name(kind).local);
            return Err(KeyFault::Unsupported(format!("a KeyValue of the kind `{kind}`")));
        };
        let key = key.map_err(|why| KeyFault::unreadable("KeyValue", why))?;
        Ok(vec![self.public(key, "KeyValue", Some(value))])
    }

    /// The secrets and certificates of the caller that go by a name.
    pub(super) fn named(&self, name: &str, how: &'static str) -> Result<Vec<FoundKey>, KeyFault> {
        let secrets = self.keys.secrets.iter();
        let secrets = secrets.filter(|secret| secret.label == name || secret.names.iter().any(|known| known == name));
        let secrets = secrets.map(|secret| self.secret(secret.bytes.clone(), how, None));
        let certificates = self.keys.certificates.iter().filter(|certificate| certificate.is_named(name));
        let certificates = certificates.map(|certificate| self.certificate(certificate, how));
        let found: Vec<FoundKey> = secrets.chain(certificates).collect();
        if found.is_empty() { Err(KeyFault::Unknown(format!("{how} `{name}`"))) } else { Ok(found) }
    }

    fn holder(&self, assertion: Node, trail: Trail<'_>) -> Result<Vec<FoundKey>, KeyFault> {
        let mut fault =
            KeyFault::Unknown("a SAML assertion that confirms no key (no holder-of-key confirmation)".into());
        for confirmation in self.tree.descendants(assertion) {
            let name = self.tree.name(confirmation);
            let key_info = match (name.namespace.unwrap_or_default(), name.local) {
                (uri::SAML2, "SubjectConfirmation") if self.confirms_holder(confirmation) => {
                    let data = self.tree.child(confirmation, uri::SAML2, "SubjectConfirmationData");
                    data.and_then(|data| self.tree.child(data, uri::DS, "KeyInfo"))
                }
                (uri::SAML1, "SubjectConfirmation") if self.confirms_holder(confirmation) => {
                    self.tree.child(confirmation, uri::DS, "KeyInfo")
                }
                _ => None,
            };
            match key_info.map(|key_info| self.key_info(key_info, trail)) {
                Some(Ok(keys)) => return Ok(keys),
                Some(Err(why)) => fault = why,
                None => {}
            }
        }
        Err(fault)
    }

    fn confirms_holder(&self, confirmation: Node) -> bool {
        let method = self.tree.attribute(confirmation, None, "Method").map(str::to_owned);
        let mut methods =
            self.tree.elements(confirmation).filter(|&at| self.tree.is(at, uri::SAML1, "ConfirmationMethod"));
        method.is_some_and(|method| uri::HOLDER_OF_KEY.contains(&method.as_str()))
            || methods.any(|method| uri::HOLDER_OF_KEY.contains(&self.tree.text_of(method).trim()))
    }

    pub(super) fn binary(&self, element: Node) -> Result<Vec<u8>, KeyFault> {
        let name = self.tree.name(element).local;
        base64(&self.tree.text_of(element)).ok_or_else(|| KeyFault::unreadable(name, "no base64"))
    }

    pub(super) fn certificate(&self, certificate: &Certificate, how: &'static str) -> FoundKey {
        FoundKey { certificate: Some(certificate.clone()), ..self.public(certificate.key().clone(), how, None) }
    }

    fn public(&self, key: PublicKey, how: &'static str, token: Option<Node>) -> FoundKey {
        let trusted = self.keys.trusts(&key);
        FoundKey { material: Material::Public(key), how, certificate: None, label: None, trusted, token }
    }

    pub(super) fn secret(&self, bytes: Vec<u8>, how: &'static str, token: Option<Node>) -> FoundKey {
        let label = self.keys.secrets.iter().find(|secret| secret.bytes == bytes).map(|secret| secret.label.clone());
        let trusted = label.is_some();
        FoundKey { material: Material::Secret(bytes), how, certificate: None, label, trusted, token }
    }
}

impl Trail<'_> {
    fn deeper(self) -> Result<Self, KeyFault> {
        match self.depth {
            depth if depth < DEEPEST => Ok(Self { depth: depth + 1, ..self }),
            _ => Err(KeyFault::Unsupported(format!("a chain of more than {DEEPEST} references to a key"))),
        }
    }

    fn step(self) -> Result<(), KeyFault> {
        self.steps.set(self.steps.get() + 1);
        match self.steps.get() {
            0..=MOST_STEPS => Ok(()),
            _ => Err(KeyFault::Unsupported(format!("a key named by more than {MOST_STEPS} elements"))),
        }
    }
}

impl FoundKey {
    /// The key as a report names it; a secret by its label, never by its bytes.
    pub fn words(&self) -> String {
        match (&self.material, &self.certificate) {
            (Material::Public(key), Some(certificate)) => {
                format!("the key of `{}` ({}, {})", certificate.subject(), key.words(), self.how)
            }
            (Material::Public(key), None) => {
                format!("a key {} ({}, SHA-256 {})", key.words(), self.how, key.fingerprint())
            }
            (Material::Secret(bytes), _) => {
                let label = self.label.as_deref().unwrap_or("unknown to us");
                format!("a shared secret of {} bits ({}, {label})", bytes.len() * 8, self.how)
            }
        }
    }
}

impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Public(key) => write!(f, "Public({}, {})", key.words(), key.fingerprint()),
            Self::Secret(bytes) => write!(f, "Secret({} bits)", bytes.len() * 8),
        }
    }
}

/// One entry per key: the first way in which it was named, but the certificate wherever one was seen.
fn distinct(found: Vec<FoundKey>) -> Vec<FoundKey> {
    let mut distinct: Vec<FoundKey> = Vec::new();
    for key in found {
        if let Some(known) = distinct.iter_mut().find(|known| known.material == key.material) {
            known.certificate = known.certificate.take().or(key.certificate);
        } else if distinct.len() < MOST {
            distinct.push(key);
        }
    }
    distinct
}
