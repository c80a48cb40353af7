//! Signs a SOAP message: parts get ids, `SignedInfo` is written in its canonical form, the signature is put in by offset.
//!
//! Nothing is serialised again, so that every byte outside the ids and the signature stays as the case has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stsproof_judge::c14n;
use stsproof_judge::gate::Refusal;
use stsproof_judge::path::Paths;
use stsproof_judge::tree::{Node, Tree};

use super::fresh::Fresh;
use super::key::{DigestAlgorithm, SignatureAlgorithm, SigningKey};
use super::names::{DS, EXC_C14N, SAML1, SAML2, WSA, WSSE, WSSE11, WSU};
use crate::case::hostile::{Sign, SignedPart};
use crate::change::tag::StartTag;
use crate::change::{Operator, apply};

/// What is signed, how, and what the signature says about its key.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The parts; those that a message does not have are left out.
    pub parts: Vec<Part>,
    /// How the signature is made.
    pub algorithm: SignatureAlgorithm,
    /// How the parts are digested.
    pub digest: DigestAlgorithm,
    /// How the key is named.
    pub key: KeyReference,
    /// Prefixes that the canonical form of the parts treats inclusively.
    pub prefixes: Vec<String>,
    /// Changes of the signature before its value is computed.
    pub change: Vec<Operator>,
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `s:Body`.
    Body,
    /// `wsu:Timestamp` of the security header.
    Timestamp,
    /// Every header of WS-Addressing.
    Addressing,
}

/// How a signature names its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyReference {
    /// By the `BinarySecurityToken` beside it.
    Certificate,
    /// By the assertion beside it.
    Assertion,
    /// By this content of `ds:KeyInfo`.
    Given(String),
}

/// Why a message cannot be signed. Always a mistake of the case or the profile.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// It is no XML.
    #[error(
        "a message that is not well-formed cannot be signed: {0}; damage it with `tamper`, which comes after signing"
    )]
    Unreadable(Refusal),
    /// The key does not do it.
    #[error("{0}")]
    Key(String),
}

impl Recipe {
    /// Body, Timestamp and addressing headers by the usual algorithms of the key.
    pub fn usual(key: &SigningKey, reference: KeyReference) -> Self {
        let algorithm = key.usual();
        Self {
            parts: vec![Part::Body, Part::Timestamp, Part::Addressing],
            algorithm,
            digest: if algorithm == SignatureAlgorithm::HmacSha1 {
                DigestAlgorithm::Sha1
            } else {
                DigestAlgorithm::Sha256
            },
            key: reference,
            prefixes: Vec::new(),
            change: Vec::new(),
        }
    }

    /// The same with what a case wants otherwise. Its own changes and key reference have yet to be filled in.
    #[must_use]
    pub fn with(mut self, sign: &Sign) -> Self {
        let part = |part: &SignedPart| match part {
            SignedPart::Body => Part::Body,
            SignedPart::Timestamp => Part::Timestamp,
            SignedPart::Addressing => Part::Addressing,
        };
        if let Some(parts) = &sign.parts {
            self.parts = parts.iter().map(part).collect();
        }
        self.algorithm = sign.algorithm.unwrap_or(self.algorithm);
        self.digest = sign.digest.unwrap_or(self.digest);
        self
    }
}

/// The message with a signature at the end of its security header. A message without such a header, which a case may
/// have taken away on purpose, stays as it is.
pub fn sign(
    message: &str,
    recipe: &Recipe,
    key: &SigningKey,
    paths: &Paths,
    fresh: &mut Fresh,
) -> Result<String, SignError> {
    let tree = Tree::from_text(message).map_err(SignError::Unreadable)?;
    sign_read(message, &tree, recipe, key, paths, fresh)
}

/// The same with a message that has been read already.
pub(crate) fn sign_read(
    message: &str,
    tree: &Tree,
    recipe: &Recipe,
    key: &SigningKey,
    paths: &Paths,
    fresh: &mut Fresh,
) -> Result<String, SignError> {
    if Message::find(tree).is_none() {
        return Ok(message.to_owned());
    }
    let identified = identify(tree, recipe, fresh);
    let tree = Tree::from_text(&identified).map_err(SignError::Unreadable)?;
    let Some(message) = Message::find(&tree) else { return Ok(identified) };

    let mut signed_info = format!(
        "<ds:SignedInfo xmlns:ds=\"{DS}\"><ds:CanonicalizationMethod Algorithm=\"{EXC_C14N}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{}\"></ds:SignatureMethod>",
        recipe.algorithm.uri()
    );
    for part in message.parts(&recipe.parts) {
        let form = c14n::exclusive(&tree, part, &recipe.prefixes).map_err(SignError::Key)?;
        let id = tree.attribute(part, Some(WSU), "Id").unwrap_or_default();
        signed_info.push_str(&reference(id, recipe, &recipe.digest.digest(&form)));
    }
    signed_info.push_str("</ds:SignedInfo>");
    if !recipe.change.is_empty() {
        return changed(&message, &signed_info, recipe, key, paths);
    }
    let value = key.sign(recipe.algorithm, signed_info.as_bytes()).map_err(SignError::Key)?;
    let signature = format!(
        "<ds:Signature xmlns:ds=\"{DS}\">{signed_info}<ds:SignatureValue>{}</ds:SignatureValue><ds:KeyInfo>{}</ds:KeyInfo></ds:Signature>",
        STANDARD.encode(value),
        message.key_info(&recipe.key)
    );
    Ok(message.with(&signature))
}

/// The signature with the changes of the recipe, its value computed over what they left of `SignedInfo`, which is in its
/// exclusive canonical form whatever it says of itself. Where they left no place for a value there is none.
fn changed(
    message: &Message<'_>,
    signed_info: &str,
    recipe: &Recipe,
    key: &SigningKey,
    paths: &Paths,
) -> Result<String, SignError> {
    let key_info = message.key_info(&recipe.key);
    let blank = format!(
        "<ds:Signature xmlns:ds=\"{DS}\">{signed_info}<ds:SignatureValue></ds:SignatureValue><ds:KeyInfo>{key_info}</ds:KeyInfo></ds:Signature>"
    );
    let text = apply(&message.with(&blank), &recipe.change, paths)
        .map_err(|error| SignError::Key(format!("sign: {error}")))?;
    let tree = Tree::from_text(&text).map_err(SignError::Unreadable)?;
    let whole = "//ds:Signature[not(normalize-space(ds:SignatureValue))]";
    let node = |path: &str| paths.select(&tree, path).ok().and_then(|found| found.first().copied());
    let (Some(info), Some(value)) =
        (node(&format!("{whole}/ds:SignedInfo")), node(&format!("{whole}/ds:SignatureValue")))
    else {
        return Ok(text);
    };
    let form = c14n::exclusive(&tree, info, &[]).map_err(SignError::Key)?;
    let signed = STANDARD.encode(key.sign(recipe.algorithm, &form).map_err(SignError::Key)?);
    let range = tree.range(value);
    let at = range.start + tree.text()[range].find("</").unwrap_or_default();
    let mut text = tree.text().to_owned();
    text.insert_str(at, &signed);
    Ok(text)
}

fn reference(id: &str, recipe: &Recipe, digest: &[u8]) -> String {
    let list = match recipe.prefixes.as_slice() {
        [] => String::new(),
        // The canonical form of SignedInfo declares `ec` here, so it must be written here.
        some => format!(
            "<ec:InclusiveNamespaces xmlns:ec=\"{EXC_C14N}\" PrefixList=\"{}\"></ec:InclusiveNamespaces>",
            some.join(" ")
        ),
    };
    format!(
        "<ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"{EXC_C14N}\">{list}</ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{}\"></ds:DigestMethod><ds:DigestValue>{}</ds:DigestValue></ds:Reference>",
        recipe.digest.uri(),
        STANDARD.encode(digest)
    )
}

/// Gives a `wsu:Id` to every part that has none, and to the certificate that the signature will point to.
fn identify(tree: &Tree, recipe: &Recipe, fresh: &mut Fresh) -> String {
    let Some(message) = Message::find(tree) else { return tree.text().to_owned() };
    let mut wanted = message.parts(&recipe.parts);
    if recipe.key == KeyReference::Certificate {
        wanted.extend(message.certificate());
    }
    wanted.retain(|&node| tree.attribute(node, Some(WSU), "Id").is_none());
    wanted.sort_by_key(|&node| tree.range(node).start);
    let mut text = String::with_capacity(tree.text().len() + 256);
    let mut done = 0;
    for node in wanted {
        let Some(tag) = StartTag::read(tree.text(), tree.range(node).start) else { continue };
        let at = tag.end_of_attributes();
        text.push_str(&tree.text()[done..at]);
        let id = fresh.uuid();
        let declared = match tree.resolve(node, "wsu") {
            Some(WSU) => format!(" wsu:Id=\"id-{id}\""),
            None => format!(" xmlns:wsu=\"{WSU}\" wsu:Id=\"id-{id}\""),
            Some(_) => format!(" xmlns:wsuid=\"{WSU}\" wsuid:Id=\"id-{id}\""),
        };
        text.push_str(&declared);
        done = at;
    }
    text.push_str(&tree.text()[done..]);
    text
}

/// A SOAP message with a security header.
struct Message<'t> {
    tree: &'t Tree,
    body: Option<Node>,
    headers: Vec<Node>,
    security: Node,
}

impl<'t> Message<'t> {
    fn find(tree: &'t Tree) -> Option<Self> {
        let root = tree.root();
        let soap = tree.name(root).namespace.unwrap_or_default();
        let header = tree.child(root, soap, "Header")?;
        let security = own_security(tree, header, soap)?;
        Some(Self { tree, body: tree.child(root, soap, "Body"), headers: tree.elements(header).collect(), security })
    }

    fn parts(&self, parts: &[Part]) -> Vec<Node> {
        let of_addressing = |&&node: &&Node| WSA.contains(&self.tree.name(node).namespace.unwrap_or_default());
        let of = |part: &Part| match part {
            Part::Body => self.body.into_iter().collect(),
            Part::Timestamp => self.tree.child(self.security, WSU, "Timestamp").into_iter().collect(),
            Part::Addressing => self.headers.iter().filter(of_addressing).copied().collect::<Vec<_>>(),
        };
        parts.iter().flat_map(of).collect()
    }

    fn certificate(&self) -> Option<Node> {
        self.tree.child(self.security, WSSE, "BinarySecurityToken")
    }

    /// A reference that leads nowhere if the case has taken away what it leads to.
    fn key_info(&self, reference: &KeyReference) -> String {
        match reference {
            KeyReference::Given(xml) => xml.clone(),
            KeyReference::Certificate => {
                let id =
                    self.certificate().and_then(|node| self.tree.attribute(node, Some(WSU), "Id")).unwrap_or("absent");
                let kind = super::names::X509_V3;
                format!(
                    "<wsse:SecurityTokenReference xmlns:wsse=\"{WSSE}\"><wsse:Reference URI=\"#{id}\" ValueType=\"{kind}\"/>\
                     </wsse:SecurityTokenReference>"
                )
            }
            KeyReference::Assertion => self.assertion_reference(),
        }
    }

    fn assertion_reference(&self) -> String {
        let profile = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1";
        let old = self.tree.child(self.security, SAML1, "Assertion");
        let id = match old {
            Some(assertion) => self.tree.attribute(assertion, None, "AssertionID"),
            None => self
                .tree
                .child(self.security, SAML2, "Assertion")
                .and_then(|node| self.tree.attribute(node, None, "ID")),
        };
        let (token, kind) = match old {
            Some(_) => ("1#SAMLV1.1", "0#SAMLAssertionID"),
            None => ("1#SAMLV2.0", "1#SAMLID"),
        };
        let id = id.unwrap_or("absent");
        format!(
            "<wsse:SecurityTokenReference xmlns:wsse=\"{WSSE}\" xmlns:wsse11=\"{WSSE11}\" wsse11:TokenType=\"{profile}.{token}\">\
             <wsse:KeyIdentifier ValueType=\"{profile}.{kind}\">{id}</wsse:KeyIdentifier></wsse:SecurityTokenReference>"
        )
    }

    fn with(&self, signature: &str) -> String {
        let text = self.tree.text();
        let range = self.tree.range(self.security);
        let mut signed = text.to_owned();
        match StartTag::read(text, range.start) {
            Some(tag) if tag.empty => {
                let name = &text[tag.name.clone()];
                signed.replace_range(tag.range.end - 2..tag.range.end, &format!(">{signature}</{name}>"));
            }
            _ => signed.insert_str(range.start + text[range].rfind("</").unwrap_or_default(), signature),
        }
        signed
    }
}

/// The security header that the recipient looks at: not one for somebody else that stands in front of it.
pub(crate) fn own_security(tree: &Tree, header: Node, soap: &str) -> Option<Node> {
    let headers: Vec<Node> = tree.elements(header).filter(|&node| tree.is(node, WSSE, "Security")).collect();
    let role = |node: Node| {
        let role = tree.attribute(node, Some(soap), "role").or_else(|| tree.attribute(node, Some(soap), "actor"));
        role.unwrap_or_default()
    };
    let is_own = |&node: &Node| {
        let role = role(node);
        role.is_empty() || role.ends_with("/ultimateReceiver") || role.ends_with("/next")
    };
    headers.iter().copied().find(is_own).or(headers.first().copied())
}

#[cfg(test)]
mod tests;
