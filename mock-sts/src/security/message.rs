//! The Security header as a whole: what is in it, and whom that makes the requestor.
//!
//! Codes: nobody, or somebody unknown, is `wst:FailedAuthentication` (WS-Trust's own code goes before
//! `wsse:FailedAuthentication`); a header of the wrong shape `wsse:InvalidSecurity`; a kind of token that is not
//! supported `wsse:UnsupportedSecurityToken`; a signature that leaves something important out `wsse:FailedCheck`.
//! Nothing of a message is decrypted here. An `EncryptedKey` is a token (WSS 1.1, 7.7) of a kind that is not supported;
//! anything else of XML Encryption uses an encryption algorithm, and none is: `wsse:UnsupportedAlgorithm`.

use jiff::Timestamp;

use crate::fault::{Fault, SecurityCode, TrustCode};
use crate::names::{DSIG, SAML_11, SAML_20, WSSE, WSSE_11, WSU, XENC};
use crate::read::soap::Envelope;
use crate::read::{Desk, Outcome};
use crate::request::AddressingVersion;
use crate::wrong::Wrong;
use crate::xml::tree::{Ask as _, Node};

use super::assertion::{BEARER, HOLDER_OF_KEY};
use super::ids::Ids;
use super::reference::{KeyFound, invalid, x509};
use super::signature::{Signature, failed};
use super::timestamp::{self, SKEW, later};
use super::{Assertion, Certificate, How, Key, PublicKey, Requestor, TokenKind, username};

/// A message while its security is being judged, and what was found.
pub(crate) struct Message<'a> {
    pub(crate) desk: Desk<'a>,
    pub(super) ids: Ids<'a>,
    body: Node<'a>,
    addressing: Vec<Node<'a>>,
    header: Option<Node<'a>>,
    proofs: Vec<Proof<'a>>,
}

/// A signature that holds.
struct Proof<'a> {
    signature: Node<'a>,
    key: Key,
    covered: Vec<Node<'a>>,
}

/// One way in which the requestor says who it is.
struct Credential {
    name: String,
    how: How,
    key: Option<Key>,
    /// Lower ones name the requestor before higher ones.
    rank: u8,
}

impl<'a> Message<'a> {
    /// Finds the Security header that is meant for us: one or none.
    pub(crate) fn gather(envelope: &Envelope<'a>, body: Node<'a>, desk: &Desk<'a>) -> Outcome<Self> {
        let mut headers = envelope.ours.iter().copied().filter(|block| block.is(WSSE, "Security"));
        let header = headers.next();
        if headers.next().is_some() && !desk.wrongs.has(Wrong::ACCEPT_TWO_SECURITY_HEADERS) {
            return invalid("Two Security headers are meant for one recipient");
        }
        // What an attacker could turn against us if it were changed: where the message goes and what it wants.
        let important = ["To", "Action", "ReplyTo", "FaultTo"];
        let addressing =
            envelope.ours.iter().copied().filter(|block| {
                AddressingVersion::of(block.namespace()).is_some() && important.contains(&block.local())
            });
        Ok(Self {
            desk: *desk,
            ids: Ids::gather(envelope.root, desk.wrongs)?,
            body,
            addressing: addressing.collect(),
            header,
            proofs: Vec::new(),
        })
    }

    /// Judges the header. `rst` may name a key (`UseKey`) that a signature only proves possession of.
    pub(crate) fn judge(&mut self, rst: Option<Node<'a>>) -> Outcome<Requestor> {
        self.shape()?;
        let children: Vec<Node<'a>> =
            self.header.iter().flat_map(|header| header.elements().collect::<Vec<_>>()).collect();
        let of = |namespace: &'static str, local: &'static str| {
            children.iter().copied().filter(move |child| child.is(namespace, local))
        };

        let stamp = of(WSU, "Timestamp").next();
        let usable_until = stamp.map(|stamp| timestamp::check(stamp, &self.desk)).transpose()?;
        let mut credentials = Vec::with_capacity(2);
        let mut holders = Vec::new();
        for assertion in of(SAML_20, "Assertion").chain(of(SAML_11, "Assertion")) {
            let assertion = self.assertion(assertion)?;
            self.accept_assertion(&assertion)?;
            if HOLDER_OF_KEY.contains(&assertion.confirmation.as_str()) {
                holders.push(assertion);
            } else if BEARER.contains(&assertion.confirmation.as_str())
                || self.desk.wrongs.has(Wrong::ACCEPT_SENDER_VOUCHES)
            {
                credentials.push(Credential {
                    name: assertion.subject.clone(),
                    how: How::Assertion(Box::new(assertion)),
                    key: None,
                    rank: 0,
                });
            } else {
                // Sender-vouches would need somebody whom we trust to vouch; nobody is trusted with that here.
                return Err(Box::new(Fault::of(TrustCode::FailedAuthentication)));
            }
        }
        let wanted = rst.map(|rst| self.wanted_keys(rst)).unwrap_or_default();
        for signature in of(DSIG, "Signature") {
            if let Some(credential) = self.signature(signature, stamp, usable_until, &holders, &wanted)? {
                credentials.push(credential);
            }
        }
        for token in of(WSSE, "UsernameToken") {
            match username::check(token, &self.desk) {
                Ok((name, how)) => credentials.push(Credential { name, how, key: None, rank: 1 }),
                Err(_) if self.desk.wrongs.has(Wrong::WEAK_ANY_CREDENTIAL) => {}
                Err(fault) => return Err(fault),
            }
        }
        if self.desk.wrongs.has(Wrong::WEAK_UNSIGNED_CERTIFICATE) && credentials.is_empty() {
            for token in of(WSSE, "BinarySecurityToken") {
                credentials.extend(self.owner(&x509(token, self.desk.wrongs)?, &wanted)?);
            }
        }
        let is_proven = |holder: &Assertion| {
            credentials.iter().any(|known| matches!(&known.how, How::Assertion(proven) if proven.id == holder.id))
        };
        let unproven: Vec<_> = holders.iter().filter(|holder| !is_proven(holder)).cloned().collect();
        if !unproven.is_empty() && !self.desk.wrongs.has(Wrong::ACCEPT_UNPROVEN_HOLDER) {
            return Err(Box::new(Fault::of(TrustCode::FailedAuthentication)));
        }
        credentials.extend(unproven.into_iter().map(|holder| Credential {
            name: holder.subject.clone(),
            key: holder.key.clone(),
            how: How::Assertion(Box::new(holder)),
            rank: 0,
        }));
        self.requestor(credentials)
    }

    /// What may be in the header, and how often.
    fn shape(&self) -> Outcome<()> {
        let wrongs = self.desk.wrongs;
        if self.header.is_some_and(|header| header.has_text()) {
            return invalid("There is text between the parts of the Security header");
        }
        let (mut stamps, mut users, mut assertions) = (0, 0, 0);
        for child in self.header.iter().flat_map(|header| header.elements().collect::<Vec<_>>()) {
            match (child.namespace(), child.local()) {
                (WSU, "Timestamp") => stamps += 1,
                (WSSE, "UsernameToken") => users += 1,
                (SAML_11 | SAML_20, "Assertion") => assertions += 1,
                (WSSE, "BinarySecurityToken") if wrongs.has(Wrong::ACCEPT_UNKNOWN_TOKEN) => {}
                (WSSE, "BinarySecurityToken") => {
                    x509(child, wrongs)?;
                }
                (DSIG, "Signature") | (WSSE, "SecurityTokenReference") | (WSSE_11, "SignatureConfirmation") => {}
                _ if wrongs.has(Wrong::ACCEPT_UNKNOWN_SECURITY_CHILD) => {}
                (XENC, "EncryptedKey") => return Err(Box::new(Fault::of(SecurityCode::UnsupportedSecurityToken))),
                (XENC, _) => return Err(Box::new(Fault::of(SecurityCode::UnsupportedAlgorithm))),
                (WSSE | WSSE_11 | WSU | DSIG, _) => {
                    return invalid("The Security header holds something that is not supported");
                }
                _ if wrongs.has(Wrong::ACCEPT_UNKNOWN_TOKEN) => {}
                // A foreign element may well be a token; it is none that is known here.
                _ => return Err(Box::new(Fault::of(SecurityCode::UnsupportedSecurityToken))),
            }
        }
        if stamps > 1 && !wrongs.has(Wrong::ACCEPT_TIMESTAMP_TWICE) {
            return invalid("The Security header has two Timestamps");
        }
        if (users > 1 || assertions > 1) && !wrongs.has(Wrong::WEAK_ANY_CREDENTIAL) {
            return invalid("The Security header has two tokens of one kind");
        }
        Ok(())
    }

    /// Checks one signature. It makes a credential, unless its key is only there to be proved.
    fn signature(
        &mut self,
        element: Node<'a>,
        stamp: Option<Node<'a>>,
        usable_until: Option<Timestamp>,
        holders: &[Assertion],
        wanted: &[PublicKey],
    ) -> Outcome<Option<Credential>> {
        let wrongs = self.desk.wrongs;
        let signature = Signature::read(element, wrongs)?;
        let Some(key_info) = signature.key_info else { return failed("The signature does not say whose it is") };
        let (credential, key) = match self.key_info(key_info)? {
            KeyFound::Bare(key) if wrongs.has(Wrong::WEAK_BARE_KEY) => {
                let key = Key::Public(key);
                let name = "whoever".to_owned();
                (Some(Credential { name, how: How::Nobody, key: Some(key.clone()), rank: 2 }), key)
            }
            KeyFound::Certificate(certificate) => {
                let key = certificate.public_key();
                (self.owner(&certificate, wanted)?, Key::Public(key))
            }
            KeyFound::Bare(key) if wanted.iter().any(|wanted| wanted.spki == key.spki) => (None, Key::Public(key)),
            KeyFound::Assertion(assertion) => {
                let key = holders.iter().find(|holder| holder.id == assertion.id).and_then(|holder| holder.key.clone());
                let Some(key) = key else { return failed("The assertion confirms no key that can be used") };
                let name = assertion.subject.clone();
                (Some(Credential { name, how: How::Assertion(assertion), key: Some(key.clone()), rank: 0 }), key)
            }
            KeyFound::Bare(_) => return Err(Box::new(Fault::of(TrustCode::FailedAuthentication))),
            KeyFound::Nothing(_) => return Err(Box::new(Fault::of(SecurityCode::SecurityTokenUnavailable))),
        };
        signature.verify(&key, wrongs)?;
        let dereference = |reference: Node<'a>| match self.referenced_token(reference)? {
            Ok(token) => Ok(token),
            Err(_) => Err(Box::new(Fault::of(SecurityCode::SecurityTokenUnavailable))),
        };
        let mut covered = signature.covered(|id| self.ids.get(id), dereference, wrongs)?;
        if wrongs.has(Wrong::WEAK_SKIPS_REFERENCES) {
            covered.extend([self.body].into_iter().chain(stamp).chain(self.addressing.iter().copied()));
        }
        if credential.is_some() {
            self.covers_what_matters(&covered, stamp)?;
        } else if !covered.contains(&self.body) && !stamp.is_some_and(|stamp| covered.contains(&stamp)) {
            return failed("A signature covers neither Body nor Timestamp");
        }
        let until = usable_until.unwrap_or_else(|| later(self.desk.now, SKEW * 2));
        if !self.desk.memory.first_use(&signature.value, until, self.desk.now) && !wrongs.has(Wrong::ACCEPT_REPLAY) {
            return Err(Box::new(Fault::of(TrustCode::FailedAuthentication)));
        }
        self.proofs.push(Proof { signature: element, key, covered });
        Ok(credential)
    }

    /// Whose certificate it is. One that nobody vouches for still proves a key that the request asks to be bound to.
    fn owner(&self, certificate: &Certificate, wanted: &[PublicKey]) -> Outcome<Option<Credential>> {
        let wrongs = self.desk.wrongs;
        let is_trusted = (self.desk.known.vouches_for(certificate) && certificate.is_valid_at(self.desk.now))
            || wrongs.has(Wrong::ACCEPT_UNTRUSTED_CERTIFICATE);
        if is_trusted {
            return Ok(Some(Credential {
                name: certificate.name.clone(),
                how: How::Certificate(certificate.der.clone()),
                key: Some(Key::Public(certificate.public_key())),
                rank: 2,
            }));
        }
        if wanted.iter().any(|wanted| wanted.spki == certificate.spki) {
            return Ok(None);
        }
        Err(Box::new(Fault::of(TrustCode::FailedAuthentication)))
    }

    /// A signature that speaks for the requestor covers the request itself, its time, and where it goes: by identity
    /// of the elements, so that nothing can stand in their place.
    fn covers_what_matters(&self, covered: &[Node<'a>], stamp: Option<Node<'a>>) -> Outcome<()> {
        let wrongs = self.desk.wrongs;
        let is_namesake = |part: &Node<'_>| wrongs.has(Wrong::SPOT_BODY_WRAPPED) && part.local() == "Body";
        let has_body = covered.contains(&self.body) || covered.iter().any(is_namesake);
        if !has_body && !wrongs.has(Wrong::ACCEPT_BODY_UNSIGNED) {
            return failed("The signature does not cover the Body");
        }
        if !stamp.is_some_and(|stamp| covered.contains(&stamp)) && !wrongs.has(Wrong::ACCEPT_TIMESTAMP_UNSIGNED) {
            return failed("The signature does not cover a Timestamp");
        }
        let has_all = self.addressing.iter().all(|block| covered.contains(block));
        if !has_all && !wrongs.has(Wrong::ACCEPT_ADDRESSING_UNSIGNED) {
            return failed("The signature does not cover all addressing headers");
        }
        Ok(())
    }

    /// Makes one requestor of all credentials; they must speak of the same one.
    fn requestor(&self, mut credentials: Vec<Credential>) -> Outcome<Requestor> {
        let message_signed = self.proofs.iter().any(|proof| proof.covered.contains(&self.body));
        let values = self.proofs.iter().filter_map(|proof| proof.signature.one(DSIG, "SignatureValue"));
        let signatures = values.map(|value| value.whole_text().split_ascii_whitespace().collect()).collect();
        credentials.sort_by_key(|credential| credential.rank);
        let mut credentials = credentials.into_iter();
        let Some(first) = credentials.next() else {
            if self.desk.wrongs.has(Wrong::ACCEPT_NOBODY) {
                let name = "anonymous".to_owned();
                return Ok(Requestor { name, how: How::Nobody, key: None, signatures, message_signed });
            }
            return Err(Box::new(Fault::of(TrustCode::FailedAuthentication)));
        };
        let mut key = first.key;
        for other in credentials {
            if other.name != first.name && !self.desk.wrongs.has(Wrong::WEAK_ANY_CREDENTIAL) {
                return Err(Box::new(Fault::of(TrustCode::FailedAuthentication)));
            }
            key = key.or(other.key);
        }
        Ok(Requestor { name: first.name, how: first.how, key, signatures, message_signed })
    }

    /// The keys that the RST asks a token for, as far as they can be made out before it is read in earnest.
    fn wanted_keys(&self, rst: Node<'a>) -> Vec<PublicKey> {
        let Some(use_key) = rst.one(rst.namespace(), "UseKey") else { return Vec::new() };
        let signer = use_key.plain("Sig").and_then(|uri| self.ids.get(uri.strip_prefix('#')?));
        let signer = signer.filter(|signer| signer.is(DSIG, "Signature") && signer.parent() == self.header);
        let hints = signer.and_then(|signer| signer.one(DSIG, "KeyInfo")).into_iter().chain(use_key.elements());
        let key = |hint: Node<'a>| match (hint.namespace(), hint.local()) {
            (DSIG, "KeyInfo") => self.key_info(hint).ok().and_then(public),
            (WSSE, "BinarySecurityToken") => {
                x509(hint, self.desk.wrongs).ok().map(|certificate| certificate.public_key())
            }
            (WSSE, "SecurityTokenReference") => match self.referenced_token(hint).ok()? {
                Ok(token) => x509(token, self.desk.wrongs).ok().map(|certificate| certificate.public_key()),
                Err(found) => public(found),
            },
            _ => None,
        };
        hints.filter_map(key).collect()
    }

    pub(super) fn binary_tokens(&self) -> impl Iterator<Item = Node<'a>> {
        self.header.into_iter().flat_map(|header| header.named(WSSE, "BinarySecurityToken").collect::<Vec<_>>())
    }

    /// Whether an audience is a name of ours: one that we were given, or the address that this came to.
    pub(super) fn is_our_name(&self, audience: &str) -> bool {
        let is_our_address = |rest: &str| {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            path == self.desk.path && self.desk.host.is_some_and(|ours| host.eq_ignore_ascii_case(ours))
        };
        self.desk.known.has_audience(audience)
            || audience
                .split_once("://")
                .is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https") && is_our_address(rest))
    }

    /// The key that made the signature of this identifier.
    pub(crate) fn proof_of_signature(&self, id: &str) -> Option<&Key> {
        let element = self.ids.get(id)?;
        self.proofs.iter().find(|proof| proof.signature == element).map(|proof| &proof.key)
    }

    /// Whether a signature of this message was made with a key.
    pub(crate) fn proves(&self, key: &PublicKey) -> bool {
        self.proofs.iter().any(|proof| matches!(&proof.key, Key::Public(proven) if proven.spki == key.spki))
    }

    /// The user in a UsernameToken of the Body; with a password it has to be the right one.
    pub(crate) fn represented_user(&self, token: Node<'a>) -> Outcome<TokenKind> {
        let failed =
            |_| Box::new(Fault::because(TrustCode::RequestFailed, "The represented user could not be verified"));
        if let Some(name) = username::bare_name(token, &self.desk).map_err(failed)? {
            return Ok(TokenKind::Username { name, proven: false });
        }
        let (name, _) = username::check(token, &self.desk).map_err(failed)?;
        Ok(TokenKind::Username { name, proven: true })
    }
}

fn public(found: KeyFound) -> Option<PublicKey> {
    match found {
        KeyFound::Certificate(certificate) => Some(certificate.public_key()),
        KeyFound::Bare(key) => Some(key),
        KeyFound::Assertion(assertion) => match assertion.key {
            Some(Key::Public(key)) => Some(key),
            _ => None,
        },
        KeyFound::Nothing(_) => None,
    }
}
