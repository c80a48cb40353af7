//! Following a `wsse:SecurityTokenReference`.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::{Finder, FoundKey, KeyFault, Trail};
use crate::keys::{Certificate, base64, to_base64};
use crate::tree::Node;
use crate::uri;

/// What a reference leads to.
#[derive(Debug, Clone)]
pub enum Target {
    /// An element of the message.
    Element(Node),
    /// A certificate that the verifier knows; the encoding that the reference stated.
    Certificate(Box<Certificate>, Option<String>),
    /// Something outside the message, by its name.
    Name(String),
}

impl Finder<'_> {
    /// What a `SecurityTokenReference` leads to, in every form that WS-Security and its token profiles define.
    pub fn target(&self, reference: Node) -> Result<Target, KeyFault> {
        let Some(form) = self.tree.elements(reference).next() else {
            return Err(KeyFault::Unknown("an empty SecurityTokenReference".into()));
        };
        let name = self.tree.name(form);
        match (name.namespace.unwrap_or_default(), name.local) {
            (uri::WSSE, "Reference") => self.direct(form),
            (uri::WSSE, "KeyIdentifier") => self.key_identifier(form),
            (uri::WSSE, "Embedded") => {
                let token = self.tree.elements(form).next();
                token.map(Target::Element).ok_or_else(|| KeyFault::Unknown("an empty Embedded token".into()))
            }
            (uri::DS, "X509Data") => {
                let found = self.x509_data(form)?.into_iter().find_map(|key| key.certificate);
                let found = found.ok_or_else(|| KeyFault::Unknown("an X509Data without a certificate".into()))?;
                Ok(Target::Certificate(Box::new(found), None))
            }
            (uri::DS, "X509IssuerSerial") => {
                Err(KeyFault::Unsupported("an X509IssuerSerial outside of X509Data, where WS-Security wants it".into()))
            }
            (uri::DS, "KeyName") => Ok(Target::Name(self.tree.text_of(form).trim().to_owned())),
            (_, local) => Err(KeyFault::Unsupported(format!("a SecurityTokenReference by `{local}`"))),
        }
    }

    pub(in crate::keyinfo) fn reference(&self, reference: Node, trail: Trail<'_>) -> Result<Vec<FoundKey>, KeyFault> {
        match self.target(reference)? {
            Target::Element(token) => self.clue(token, trail),
            Target::Certificate(certificate, _) => Ok(vec![self.certificate(&certificate, "SecurityTokenReference")]),
            Target::Name(name) => self.named(&name, "SecurityTokenReference"),
        }
    }

    fn direct(&self, form: Node) -> Result<Target, KeyFault> {
        let target = self.tree.attribute(form, None, "URI").unwrap_or_default();
        match target.strip_prefix('#') {
            Some(id) => Ok(Target::Element(self.ids.find(self.tree, id)?)),
            None if target.is_empty() => Err(KeyFault::Unknown("a wsse:Reference without URI".into())),
            None => Ok(Target::Name(target.to_owned())),
        }
    }

    fn key_identifier(&self, form: Node) -> Result<Target, KeyFault> {
        let text = self.tree.text_of(form);
        let text = text.trim();
        let value_type = self.tree.attribute(form, None, "ValueType").unwrap_or_default();
        if uri::KEY_ID_SAML.contains(&value_type) {
            let found = self.ids.find(self.tree, text);
            return match found {
                Ok(node) if self.tree.name(node).local == "Assertion" => Ok(Target::Element(node)),
                Ok(_) | Err(crate::dsig::IdFault::Missing { .. }) => Ok(Target::Name(text.to_owned())),
                Err(fault) => Err(fault.into()),
            };
        }
        let wanted = base64(text).ok_or_else(|| KeyFault::unreadable("KeyIdentifier", "no base64"))?;
        let encoding = self.tree.attribute(form, None, "EncodingType").map(str::to_owned);
        let certificate = |found: Vec<&Certificate>| match found.first() {
            Some(found) => Ok(Target::Certificate(Box::new((*found).clone()), encoding.clone())),
            None => Err(KeyFault::Unknown(format!("the key identifier `{text}`"))),
        };
        match value_type {
            uri::KEY_ID_ENCRYPTED_KEY => Ok(self.encrypted_key(&wanted)),
            uri::KEY_ID_SKI => {
                let clue = format!("the subject key identifier `{text}`");
                certificate(self.known(&clue, |known| known.key_identifier() == Some(wanted.as_slice()))?)
            }
            uri::X509_V3 => {
                let known = Certificate::from_der(&wanted).map_err(|why| KeyFault::unreadable("KeyIdentifier", why))?;
                certificate(vec![&known])
            }
            _ if uri::KEY_ID_THUMBPRINT.contains(&value_type) => {
                let clue = format!("the thumbprint `{text}`");
                certificate(self.known(&clue, |known| known.thumbprint() == wanted)?)
            }
            other => Err(KeyFault::Unsupported(format!("a KeyIdentifier of the type `{other}`"))),
        }
    }

    /// The `EncryptedKey` of the message whose cipher text has this hash; else a secret known by the hash.
    fn encrypted_key(&self, wanted: &[u8]) -> Target {
        let tree = self.tree;
        let is = |&key: &Node| {
            let value = tree.is(key, uri::XENC, "EncryptedKey").then(|| tree.child(key, uri::XENC, "CipherData"));
            let value = value.flatten().and_then(|data| tree.child(data, uri::XENC, "CipherValue"));
            let value = value.and_then(|value| base64(&tree.text_of(value)));
            value.is_some_and(|value| digest(&SHA1_FOR_LEGACY_USE_ONLY, &value).as_ref() == wanted)
        };
        match tree.descendants(tree.root()).find(is) {
            Some(key) => Target::Element(key),
            None => Target::Name(to_base64(wanted)),
        }
    }
}
