//! XML signatures: which elements are covered, and whether the key made it.
//!
//! Codes: a shape that BSP does not have, a digest or a value that does not fit: `wsse:FailedCheck`; an algorithm that
//! is not accepted: `wsse:UnsupportedAlgorithm`; a reference that leads nowhere: `wsse:SecurityTokenUnavailable`.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::digest;

use crate::fault::{Fault, SecurityCode};
use crate::names::{DSIG, EXCLUSIVE_C14N, SOAP_SECURITY_10};
use crate::read::Outcome;
use crate::wrong::{Wrong, Wrongs};
use crate::xml::base64;
use crate::xml::c14n::{Method, canonical};
use crate::xml::tree::{Ask as _, Node};

use super::Key;
use super::algorithm::{Hash, SignatureMethod, unsupported};

/// More references or prefixes than these only keep us busy.
const MOST_REFERENCES: usize = 32;
const MOST_PREFIXES: usize = 100;

/// A signature, taken apart.
pub(super) struct Signature<'a> {
    pub(super) element: Node<'a>,
    pub(super) value: Vec<u8>,
    pub(super) key_info: Option<Node<'a>>,
    signed_info: Node<'a>,
    canonicalization: Canonicalization<'a>,
    method: SignatureMethod,
    references: Vec<Reference<'a>>,
}

struct Reference<'a> {
    id: &'a str,
    is_enveloped: bool,
    is_dereferenced: bool,
    canonicalization: Canonicalization<'a>,
    hash: Hash,
    digest: Vec<u8>,
}

/// A canonicalisation as it is named in a signature.
#[derive(Default)]
struct Canonicalization<'a> {
    inclusive: bool,
    comments: bool,
    prefixes: Vec<&'a str>,
}

impl<'a> Signature<'a> {
    /// Takes a `ds:Signature` apart: `SignedInfo`, `SignatureValue`, `KeyInfo`, and no Object to hide things in.
    pub(super) fn read(element: Node<'a>, wrongs: Wrongs) -> Outcome<Self> {
        let mut children: Vec<_> = element.elements().collect();
        if wrongs.has(Wrong::WEAK_FIRST_OF_SEVERAL) {
            let mut seen = Vec::new();
            children.retain(|child| {
                let is_new = !seen.contains(&child.local()) && child.local() != "Object";
                seen.push(child.local());
                is_new
            });
        }
        let (signed_info, value, key_info) = match children[..] {
            [signed_info, value] => (signed_info, value, None),
            [signed_info, value, key_info] if key_info.is(DSIG, "KeyInfo") => (signed_info, value, Some(key_info)),
            _ => return failed("A signature is SignedInfo, SignatureValue and KeyInfo"),
        };
        if !signed_info.is(DSIG, "SignedInfo") || !value.is(DSIG, "SignatureValue") {
            return failed("A signature is SignedInfo, SignatureValue and KeyInfo");
        }
        let parts: Vec<_> = signed_info.elements().collect();
        let [canonicalization, method, references @ ..] = &parts[..] else {
            return failed("SignedInfo is not complete");
        };
        let is_shaped = canonicalization.is(DSIG, "CanonicalizationMethod")
            && method.is(DSIG, "SignatureMethod")
            && references.iter().all(|reference| reference.is(DSIG, "Reference"))
            && ((1..=MOST_REFERENCES).contains(&references.len()) || wrongs.has(Wrong::WEAK_SKIPS_REFERENCES));
        if !is_shaped {
            return failed("SignedInfo has not the parts that it should have");
        }
        // HMACOutputLength would shorten a signature until anybody could guess it.
        if method.elements().next().is_some() && !wrongs.has(Wrong::ACCEPT_HMAC_OUTPUT_LENGTH) {
            return unsupported();
        }
        let Some(value) = base64::decode(&value.whole_text()) else { return failed("SignatureValue is not base64") };
        Ok(Self {
            element,
            value,
            key_info,
            signed_info,
            canonicalization: Canonicalization::read(*canonicalization, wrongs)?,
            method: SignatureMethod::of(method.plain("Algorithm").unwrap_or("")).or_else(|fault| {
                let usual = wrongs.has(Wrong::WEAK_ANY_ALGORITHM).then_some(SignatureMethod::Rsa(Hash::Sha256));
                usual.ok_or(fault)
            })?,
            references: references
                .iter()
                .map(|reference| Reference::read(*reference, wrongs))
                .filter(|read| read.is_ok() || !wrongs.has(Wrong::WEAK_SKIPS_REFERENCES))
                .collect::<Outcome<_>>()?,
        })
    }

    /// Checks every digest and tells which elements are covered. `find` leads from an identifier to the element;
    /// `dereference` from a SecurityTokenReference to its token.
    pub(super) fn covered(
        &self,
        find: impl Fn(&str) -> Option<Node<'a>>,
        dereference: impl Fn(Node<'a>) -> Outcome<Node<'a>>,
        wrongs: Wrongs,
    ) -> Outcome<Vec<Node<'a>>> {
        let mut covered = Vec::with_capacity(self.references.len());
        for reference in &self.references {
            let Some(element) = find(reference.id) else {
                if wrongs.has(Wrong::WEAK_SKIPS_REFERENCES) {
                    continue;
                }
                return Err(Box::new(Fault::of(SecurityCode::SecurityTokenUnavailable)));
            };
            let target = if reference.is_dereferenced { dereference(element)? } else { element };
            // The enveloped transform drops this very signature, which is only meaningful inside the element.
            let without = reference.is_enveloped.then(|| self.element.id());
            if reference.is_enveloped && self.element.parent() != Some(target) {
                return failed("An enveloped signature does not stand in what it signs");
            }
            let method = Method { states_default: reference.is_dereferenced, ..reference.canonicalization.method() };
            let Ok(octets) = canonical(target, method, without) else {
                return failed("A signed element has no canonical form");
            };
            let is_right =
                verify_slices_are_equal(digest(reference.hash.digest(), octets.as_bytes()).as_ref(), &reference.digest);
            let tolerated = wrongs.has(Wrong::ACCEPT_BAD_SIGNATURE) || wrongs.has(Wrong::ACCEPT_CHANGED_CONTENT);
            if is_right.is_err() && !tolerated {
                return failed("A signed element was changed");
            }
            covered.push(element);
            if target != element {
                covered.push(target);
            }
        }
        Ok(covered)
    }

    /// Whether the element is covered by an enveloped signature and by nothing but one reference.
    pub(super) fn is_enveloped_alone(&self) -> bool {
        matches!(&self.references[..], [only] if only.is_enveloped && !only.is_dereferenced)
    }

    /// Checks the signature itself.
    pub(super) fn verify(&self, key: &Key, wrongs: Wrongs) -> Outcome<()> {
        let Ok(octets) = canonical(self.signed_info, self.canonicalization.method(), None) else {
            return failed("SignedInfo has no canonical form");
        };
        let as_secret = match key {
            Key::Public(key) => key.certificate.clone().filter(|_| wrongs.has(Wrong::WEAK_HMAC_WITH_CERTIFICATE)),
            Key::Secret(_) => None,
        };
        let fits = |key: &Key| self.method.verify(key, octets.as_bytes(), &self.value);
        if fits(key)
            || as_secret.is_some_and(|secret| fits(&Key::Secret(secret)))
            || wrongs.has(Wrong::ACCEPT_BAD_SIGNATURE)
        {
            return Ok(());
        }
        failed("The signature does not fit its key and what it signs")
    }
}

impl<'a> Reference<'a> {
    fn read(reference: Node<'a>, wrongs: Wrongs) -> Outcome<Self> {
        let Some(id) = reference.plain("URI").and_then(|uri| uri.strip_prefix('#')).filter(|id| !id.is_empty()) else {
            return failed("A signature of a message refers to its parts by identifier");
        };
        let mut parts = reference.elements();
        let mut next = parts.next();
        let transforms = next.filter(|part| part.is(DSIG, "Transforms"));
        if transforms.is_some() {
            next = parts.next();
        }
        let (Some(method), Some(value), None) = (next, parts.next(), parts.next()) else {
            return failed("A Reference has not the parts that it should have");
        };
        if !method.is(DSIG, "DigestMethod") || !value.is(DSIG, "DigestValue") {
            return failed("A Reference has not the parts that it should have");
        }
        let Some(digest) = base64::decode(&value.whole_text()) else { return failed("DigestValue is not base64") };
        let mut read = Self {
            id,
            is_enveloped: false,
            is_dereferenced: false,
            // Without a transform the recommendation has the inclusive form.
            canonicalization: Canonicalization { inclusive: true, ..Canonicalization::default() },
            hash: Hash::of(method.plain("Algorithm").unwrap_or(""))
                .or_else(|fault| wrongs.has(Wrong::WEAK_ANY_ALGORITHM).then_some(Hash::Sha256).ok_or(fault))?,
            digest,
        };
        if let Some(transforms) = transforms {
            read.transforms(transforms, wrongs)?;
        }
        Ok(read)
    }

    /// The enveloped transform, or none, and then one canonicalisation, by itself or within an STR-Transform.
    fn transforms(&mut self, transforms: Node<'a>, wrongs: Wrongs) -> Outcome<()> {
        let mut steps: Vec<_> = transforms.elements().collect();
        if steps.iter().any(|step| !step.is(DSIG, "Transform")) {
            return failed("Transforms has not the parts that it should have");
        }
        let algorithm = |step: &Node<'a>| step.plain("Algorithm").unwrap_or("");
        if steps.first().is_some_and(|step| algorithm(step) == "http://www.w3.org/2000/09/xmldsig#enveloped-signature")
        {
            self.is_enveloped = true;
            steps.remove(0);
        }
        match &steps[..] {
            [] if self.is_enveloped => Ok(()),
            [step] if algorithm(step).strip_prefix(SOAP_SECURITY_10) == Some("STR-Transform") => {
                let inner =
                    step.elements().next().and_then(|parameters| parameters.one(DSIG, "CanonicalizationMethod"));
                let Some(inner) = inner else { return failed("An STR-Transform says how to canonicalise") };
                self.is_dereferenced = true;
                self.canonicalization = Canonicalization::read(inner, wrongs)?;
                Ok(())
            }
            [step] => {
                self.canonicalization = Canonicalization::read(*step, wrongs)?;
                Ok(())
            }
            [step, ..] if wrongs.has(Wrong::WEAK_ANY_ALGORITHM) => {
                self.canonicalization = Canonicalization::read(*step, wrongs)?;
                Ok(())
            }
            _ => unsupported(),
        }
    }
}

impl<'a> Canonicalization<'a> {
    fn read(method: Node<'a>, wrongs: Wrongs) -> Outcome<Self> {
        let (inclusive, comments) = match method.plain("Algorithm").unwrap_or("") {
            EXCLUSIVE_C14N => (false, false),
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments" => (false, true),
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" => (true, false),
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments" => (true, true),
            _ if wrongs.has(Wrong::WEAK_ANY_ALGORITHM) => (false, false),
            _ => return unsupported(),
        };
        let list =
            method.one(EXCLUSIVE_C14N, "InclusiveNamespaces").and_then(|list| list.plain("PrefixList")).unwrap_or("");
        let prefixes: Vec<_> = list.split_ascii_whitespace().take(MOST_PREFIXES + 1).collect();
        if prefixes.len() > MOST_PREFIXES {
            return unsupported();
        }
        Ok(Self { inclusive, comments, prefixes })
    }

    fn method(&self) -> Method<'_> {
        Method { inclusive: self.inclusive, comments: self.comments, prefixes: &self.prefixes, states_default: false }
    }
}

pub(super) fn failed<T>(reason: &str) -> Outcome<T> {
    Err(Box::new(Fault::because(SecurityCode::FailedCheck, reason)))
}
