//! SecurityTokenReference and `KeyInfo`: from a hint to the token or key it means. Nothing is ever fetched.

use crate::fault::{Fault, SecurityCode};
use crate::names::{DSIG, SAML_11, SAML_11_ID, SAML_20, SAML_20_ID, SOAP_SECURITY_11, USERNAME, WSSE, X509};
use crate::read::Outcome;
use crate::wrong::{Wrong, Wrongs};
use crate::xml::base64;
use crate::xml::tree::{Ask as _, Node};

use super::certificate::Certificate;
use super::message::Message;
use super::{Assertion, PublicKey, TokenKind, spki};

/// A chain of references may be a circle.
const MOST_HOPS: usize = 8;

/// What a `KeyInfo`, or a reference that names no element, leads to.
pub(crate) enum KeyFound {
    /// A certificate; not yet one that anybody trusts.
    Certificate(Box<Certificate>),
    /// A bare public key.
    Bare(PublicKey),
    /// An assertion, whose confirmation has the key.
    Assertion(Box<Assertion>),
    /// Nothing in this message: the identifier of the token.
    Nothing(String),
}

impl<'a> Message<'a> {
    /// The key that a `KeyInfo` hints at.
    pub(crate) fn key_info(&self, key_info: Node<'a>) -> Outcome<KeyFound> {
        let mut hints = key_info.elements();
        let first_counts = self.desk.wrongs.has(Wrong::WEAK_FIRST_OF_SEVERAL);
        let hint = match (hints.next(), hints.next()) {
            (Some(hint), None) => hint,
            (Some(hint), Some(_)) if first_counts => hint,
            _ => return invalid("KeyInfo does not hold exactly one hint"),
        };
        match (hint.namespace(), hint.local()) {
            (WSSE, "SecurityTokenReference") => match self.referenced_token(hint)? {
                Ok(element) => self.key_of_token(element),
                Err(found) => Ok(found),
            },
            (DSIG, "X509Data") => self.x509_data(hint),
            (DSIG, "KeyValue") => match spki::from_key_value(hint) {
                Some(spki) => Ok(KeyFound::Bare(PublicKey { spki, certificate: None })),
                None => bad_token("The KeyValue is no key that can be used"),
            },
            _ => unavailable(),
        }
    }

    /// The element that a reference leads to, or else what it names without one.
    pub(crate) fn referenced_token(&self, reference: Node<'a>) -> Outcome<Result<Node<'a>, KeyFound>> {
        let lenient = self.desk.wrongs.has(Wrong::ACCEPT_ODD_REFERENCE);
        let mut hints = reference.elements();
        let hint = match (hints.next(), hints.next()) {
            (Some(hint), None) => hint,
            (Some(hint), Some(_)) if lenient => hint,
            _ => return invalid("A SecurityTokenReference does not hold exactly one reference"),
        };
        match (hint.namespace(), hint.local()) {
            (WSSE, "Reference") if lenient => Ok(self.followed(hint).ok_or_else(|| KeyFound::Nothing(String::new()))),
            (WSSE, "Reference") => self.direct(hint).map(Ok),
            (WSSE, "Embedded") => match hint.elements().next() {
                Some(token) if is_token(&token) => Ok(Ok(token)),
                _ => invalid("Embedded holds no token"),
            },
            (WSSE, "KeyIdentifier") => self.key_identifier(hint),
            (DSIG, "X509Data") => self.x509_data(hint).map(Err),
            (_, name) if lenient => Ok(Err(KeyFound::Nothing(name.to_owned()))),
            _ => invalid("A SecurityTokenReference holds something that is not understood"),
        }
    }

    fn direct(&self, hint: Node<'a>) -> Outcome<Node<'a>> {
        if hint.plain("URI").is_none() {
            return invalid("A Reference has no URI");
        }
        let Some(target) = self.target(hint) else { return unavailable() };
        if matches!(target.local(), "SecurityTokenReference" | "Embedded" | "Reference" | "KeyIdentifier") {
            return invalid("A reference leads to another reference");
        }
        if !is_token(&target) {
            return unavailable();
        }
        let expected = match target.local() {
            "UsernameToken" => Some(format!("{USERNAME}UsernameToken")),
            "BinarySecurityToken" => target.plain("ValueType").map(str::to_owned),
            _ => None,
        };
        match (hint.plain("ValueType"), expected) {
            (Some(named), Some(expected)) if named != expected => {
                invalid("A reference names another type than its token has")
            }
            _ => Ok(target),
        }
    }

    /// The element that a `Reference` points at, whatever it is.
    fn target(&self, hint: Node<'a>) -> Option<Node<'a>> {
        hint.plain("URI").and_then(|uri| uri.strip_prefix('#')).and_then(|id| self.ids.get(id))
    }

    /// A misbehaviour: the token at the end of a chain of references, whatever type they say it has.
    fn followed(&self, hint: Node<'a>) -> Option<Node<'a>> {
        let mut target = self.target(hint)?;
        for _ in 0..MOST_HOPS {
            if is_token(&target) {
                return Some(target);
            }
            target = match target.local() {
                "Reference" => self.target(target)?,
                _ => target.elements().next()?,
            };
        }
        None
    }

    fn key_identifier(&self, hint: Node<'a>) -> Outcome<Result<Node<'a>, KeyFound>> {
        let Some(kind) = hint.plain("ValueType") else { return invalid("A KeyIdentifier has no ValueType") };
        if kind == SAML_11_ID || kind == SAML_20_ID {
            let id = hint.trimmed();
            let namespace = if kind == SAML_11_ID { SAML_11 } else { SAML_20 };
            let found = self.ids.get(&id).filter(|element| element.is(namespace, "Assertion"));
            return Ok(found.ok_or_else(|| KeyFound::Nothing(id.into_owned())));
        }
        if kind.starts_with(USERNAME) {
            if self.desk.wrongs.has(Wrong::ACCEPT_ODD_REFERENCE) {
                return Ok(Err(KeyFound::Nothing(hint.trimmed().into_owned())));
            }
            return invalid("A UsernameToken is not referred to by KeyIdentifier");
        }
        let Some(octets) = base64::decode(&hint.whole_text()) else {
            return bad_token("A KeyIdentifier is not base64");
        };
        let fits = |certificate: &Certificate| match (kind.strip_prefix(X509), kind.strip_prefix(SOAP_SECURITY_11)) {
            (Some("X509SubjectKeyIdentifier"), _) => certificate.key_identifier.as_deref() == Some(&octets),
            // The text of WSS 1.1 spells it with a capital P, everybody else without.
            (_, Some("ThumbprintSHA1" | "ThumbPrintSHA1")) => certificate.thumbprint == octets,
            _ => false,
        };
        self.certificate_that(fits).map(|certificate| Err(KeyFound::Certificate(Box::new(certificate))))
    }

    fn x509_data(&self, data: Node<'a>) -> Outcome<KeyFound> {
        let mut hints = data.elements();
        let first_counts = self.desk.wrongs.has(Wrong::WEAK_FIRST_OF_SEVERAL);
        let hint = match (hints.next(), hints.next()) {
            (Some(hint), None) => hint,
            (Some(hint), Some(_)) if first_counts => hint,
            _ => return bad_token("X509Data does not hold exactly one hint"),
        };
        let certificate = match (hint.namespace(), hint.local()) {
            (DSIG, "X509Certificate") => certificate(hint)?,
            (DSIG, "X509IssuerSerial") => {
                let part =
                    |name: &str| hint.one(DSIG, name).map(|part| part.trimmed().into_owned()).unwrap_or_default();
                let (issuer, serial) = (part("X509IssuerName"), part("X509SerialNumber"));
                self.certificate_that(|certificate| certificate.has_issuer_serial(&issuer, &serial))?
            }
            (DSIG, "X509SKI") => {
                let octets = base64::decode(&hint.whole_text());
                self.certificate_that(|certificate| octets.is_some() && certificate.key_identifier == octets)?
            }
            _ => return unavailable(),
        };
        Ok(KeyFound::Certificate(Box::new(certificate)))
    }

    /// The one certificate, of those in the message and those that are known, that fits a hint.
    fn certificate_that(&self, fits: impl Fn(&Certificate) -> bool) -> Outcome<Certificate> {
        let sent = self.binary_tokens().filter_map(|token| certificate(token).ok());
        let mut found = sent.chain(self.desk.known.people().iter().cloned()).filter(fits);
        found.next().map_or_else(unavailable, Ok)
    }

    fn key_of_token(&self, token: Node<'a>) -> Outcome<KeyFound> {
        match (token.namespace(), token.local()) {
            (WSSE, "BinarySecurityToken") => Ok(KeyFound::Certificate(Box::new(x509(token, self.desk.wrongs)?))),
            (SAML_11 | SAML_20, _) => Ok(KeyFound::Assertion(Box::new(self.assertion(token)?))),
            _ => Err(Box::new(Fault::of(SecurityCode::UnsupportedSecurityToken))),
        }
    }
}

/// What a `BinarySecurityToken` in the Body is.
pub(crate) fn binary_token(token: Node<'_>) -> Outcome<TokenKind> {
    match token.plain("ValueType") {
        Some(kind) if kind.strip_prefix(X509) != Some("X509v3") => Ok(TokenKind::Other(kind.to_owned())),
        _ => Ok(TokenKind::Certificate(certificate(token)?.public_key())),
    }
}

fn is_token(element: &Node<'_>) -> bool {
    matches!(
        (element.namespace(), element.local()),
        (WSSE, "UsernameToken" | "BinarySecurityToken") | (SAML_11 | SAML_20, "Assertion")
    )
}

/// A `BinarySecurityToken` that has to be a certificate, and to say so.
pub(super) fn x509(token: Node<'_>, wrongs: Wrongs) -> Outcome<Certificate> {
    if wrongs.has(Wrong::WEAK_GUESSES_TOKEN_TYPE) {
        return certificate(token);
    }
    if token.plain("ValueType").and_then(|kind| kind.strip_prefix(X509)) != Some("X509v3") {
        return Err(Box::new(Fault::of(SecurityCode::UnsupportedSecurityToken)));
    }
    certificate(token)
}

fn certificate(element: Node<'_>) -> Outcome<Certificate> {
    let der = base64::decode(&element.whole_text());
    let read = der.and_then(|der| Certificate::read(&der).ok());
    read.map_or_else(|| bad_token("A certificate cannot be read"), Ok)
}

pub(super) fn invalid<T>(reason: &str) -> Outcome<T> {
    Err(Box::new(Fault::because(SecurityCode::InvalidSecurity, reason)))
}

pub(super) fn bad_token<T>(reason: &str) -> Outcome<T> {
    Err(Box::new(Fault::because(SecurityCode::InvalidSecurityToken, reason)))
}

fn unavailable<T>() -> Outcome<T> {
    Err(Box::new(Fault::of(SecurityCode::SecurityTokenUnavailable)))
}
