//! Verifying a signature as a whole.

use super::algorithms::{Mismatch, SignatureAlgorithm};
use super::fault::{Reason, SignatureFault};
use super::ids::Ids;
use super::references::{self, SignedReference, allowed, method, only};
use super::transforms::{Canonical, Selection};
use crate::keyinfo::{Finder, FoundKey, Material};
use crate::keys::{Carried, Keys, base64};
use crate::tree::{Node, Tree};
use crate::uri;

/// More references than any signer writes; each is a walk over the document.
const MOST_REFERENCES: usize = 64;

/// A signature that holds: what it covers, by which key, under which algorithms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The `ds:Signature`.
    pub signature: Node,
    /// The key that made it.
    pub key: KeyUsed,
    /// The URI of the signature algorithm.
    pub algorithm: String,
    /// The URI of the canonicalization of `SignedInfo`.
    pub canonicalization: String,
    /// The `PrefixList` of that canonicalization.
    pub inclusive_prefixes: Vec<String>,
    /// What is signed; never empty.
    pub references: Vec<SignedReference>,
}

/// The key that verified a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUsed {
    /// The key, its certificate, and how the message named it.
    pub found: FoundKey,
}

impl KeyUsed {
    /// The SHA-256 of the public key's `SubjectPublicKeyInfo`; `None` for a secret.
    pub fn fingerprint(&self) -> Option<String> {
        match &self.found.material {
            Material::Public(key) => Some(key.fingerprint()),
            Material::Secret(_) => None,
        }
    }
}

/// Verifies the signatures of one document; its identifiers are collected once.
#[derive(Debug)]
pub struct Verifier<'a> {
    tree: &'a Tree,
    keys: &'a Keys,
    ids: Ids,
}

/// Verifies one signature. For several in the same document a [`Verifier`] is cheaper.
pub fn verify(tree: &Tree, signature: Node, keys: &Keys) -> Result<Verified, SignatureFault> {
    Verifier::new(tree, keys).verify(signature)
}

impl Verified {
    /// Whether exactly this element is signed; compares nodes, and never looks anything up again.
    pub fn signs(&self, node: Node) -> bool {
        self.references.iter().any(|reference| reference.signed() == Some(node))
    }

    /// Whether this node is signed itself or lies in an element that is, and not in the signature.
    pub fn covers(&self, tree: &Tree, node: Node) -> bool {
        let path = || std::iter::once(node).chain(tree.ancestors(node));
        !path().any(|at| at == self.signature) && path().any(|at| self.signs(at))
    }
}

impl<'a> Verifier<'a> {
    /// Prepares to verify signatures of this document.
    pub fn new(tree: &'a Tree, keys: &'a Keys) -> Self {
        Self { tree, keys, ids: Ids::of(tree) }
    }

    /// The identifiers of the document.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// Looks for keys in the document.
    pub fn finder(&self) -> Finder<'_> {
        Finder::new(self.tree, &self.ids, self.keys)
    }

    /// Verifies one `ds:Signature`.
    pub fn verify(&self, signature: Node) -> Result<Verified, SignatureFault> {
        let place = |reason| SignatureFault { reason, reference: None, place: self.tree.place(signature) };
        let head = self.head(signature).map_err(place)?;
        let candidates = self.candidates(signature).map_err(place)?;

        let references = self.references(signature, head.signed_info);
        let digests_match = match &references {
            Ok(_) => true,
            Err(SignatureFault { reason: Reason::Digest { .. }, .. }) => false,
            // A reference that cannot be followed says more than a value that, then, does not verify either.
            Err(fault) => return Err(fault.clone()),
        };
        let key = self.key(&head, candidates, digests_match).map_err(place)?;
        Ok(Verified {
            signature,
            key: KeyUsed { found: key },
            algorithm: head.algorithm_uri,
            canonicalization: head.canonical.mode.uri().to_owned(),
            inclusive_prefixes: head.canonical.prefixes,
            references: references?,
        })
    }

    fn head(&self, signature: Node) -> Result<Head, Reason> {
        let tree = self.tree;
        if !tree.is(signature, uri::DS, "Signature") {
            return Err(Reason::Malformed(format!("`{}` is no ds:Signature", tree.name(signature).local)));
        }
        let signed_info = only(tree, signature, "SignedInfo")?;
        let canonicalization = only(tree, signed_info, "CanonicalizationMethod")?;
        let canonical = Canonical::read(tree, canonicalization, "canonicalization")?;
        allowed(&self.finder(), "canonicalization", canonical.mode.uri())?;
        let algorithm_uri = method(tree, signed_info, "SignatureMethod")?.to_owned();
        allowed(&self.finder(), "signature", &algorithm_uri)?;
        let algorithm = SignatureAlgorithm::from_uri(&algorithm_uri)
            .ok_or_else(|| Reason::Unsupported { role: "signature", algorithm: algorithm_uri.clone() })?;
        let bits = self.hmac_bits(only(tree, signed_info, "SignatureMethod")?, algorithm)?;
        let value = only(tree, signature, "SignatureValue")?;
        let value = base64(&tree.text_of(value))
            .ok_or_else(|| Reason::Malformed("a ds:SignatureValue that is no base64".into()))?;
        Ok(Head { signed_info, canonical, algorithm, algorithm_uri, bits, value })
    }

    fn hmac_bits(&self, method: Node, algorithm: SignatureAlgorithm) -> Result<Option<usize>, Reason> {
        let Some(length) = self.tree.child(method, uri::DS, "HMACOutputLength") else { return Ok(None) };
        let Some((least, whole)) = algorithm.least_hmac_bits() else {
            return Err(Reason::Malformed("an HMACOutputLength on an algorithm that is no HMAC".into()));
        };
        let text = self.tree.text_of(length);
        match text.trim().parse::<usize>() {
            Ok(bits) if bits < least => Err(Reason::Truncated { bits, least }),
            Ok(bits) if bits <= whole && bits % 8 == 0 => Ok(Some(bits)),
            _ => {
                Err(Reason::Malformed(format!("an HMACOutputLength of `{}`, the algorithm makes {whole}", text.trim())))
            }
        }
    }

    /// The keys that may have made the signature, trusted ones first.
    fn candidates(&self, signature: Node) -> Result<Vec<FoundKey>, Reason> {
        let finder = self.finder();
        let mut key_infos = self.tree.elements(signature).filter(|&child| self.tree.is(child, uri::DS, "KeyInfo"));
        let mut found = match (key_infos.next(), key_infos.next()) {
            (None, _) => finder.trusted(),
            (Some(key_info), None) => finder.keys_of(key_info).map_err(Reason::Key)?,
            (Some(_), Some(_)) => return Err(Reason::Malformed("ds:Signature has several ds:KeyInfo".into())),
        };
        if found.is_empty() {
            let none = "a signature without KeyInfo, while no trusted key is given".to_owned();
            return Err(Reason::Key(crate::keyinfo::KeyFault::Unknown(none)));
        }
        found.sort_by_key(|key| !key.trusted);
        if self.keys.carried == Carried::MustBeTrusted {
            if !found[0].trusted {
                return Err(Reason::Untrusted { key: found[0].words() });
            }
            found.retain(|key| key.trusted);
        }
        Ok(found)
    }

    /// The first candidate with which the value verifies.
    fn key(&self, head: &Head, candidates: Vec<FoundKey>, digests_match: bool) -> Result<FoundKey, Reason> {
        let mut message = Vec::new();
        Selection::element(head.signed_info).canonicalize(self.tree, &head.canonical, &mut message)?;
        let mut worst = None;
        let mut tried = Vec::new();
        for key in candidates {
            match head.algorithm.verify(&key.material, &message, &head.value, head.bits) {
                Ok(()) => return Ok(key),
                Err(mismatch) => {
                    tried.push((key.words(), mismatch.clone()));
                    // A value that does not verify says more than a key of another kind beside it.
                    if worst.is_none() || worst == Some(Mismatch::KeyKind) {
                        worst = Some(mismatch);
                    }
                }
            }
        }
        tried.retain(|(_, mismatch)| Some(mismatch) == worst.as_ref());
        let key = tried.into_iter().map(|(words, _)| words).collect::<Vec<_>>().join(" or ");
        Err(match worst {
            Some(Mismatch::KeyKind) => Reason::KeyKind { wanted: head.algorithm.key_kind(), key },
            Some(Mismatch::Unsupported(what)) => Reason::Unsupported { role: "signature", algorithm: what },
            Some(Mismatch::Shape(shape)) => Reason::Value { key, shape: Some(shape), digests_match },
            Some(Mismatch::Value) | None => Reason::Value { key, shape: None, digests_match },
        })
    }

    fn references(&self, signature: Node, signed_info: Node) -> Result<Vec<SignedReference>, SignatureFault> {
        let finder = self.finder();
        let whole = |what: String| SignatureFault {
            reason: Reason::Malformed(what),
            reference: None,
            place: self.tree.place(signed_info),
        };
        let references = self.tree.elements(signed_info).filter(|&child| self.tree.is(child, uri::DS, "Reference"));
        let references: Vec<Node> = references.collect();
        if references.is_empty() {
            return Err(whole("ds:SignedInfo has no ds:Reference: nothing is signed".into()));
        }
        if references.len() > MOST_REFERENCES {
            return Err(whole(format!("{} references, more than the {MOST_REFERENCES} looked at", references.len())));
        }
        let check = |(number, &reference): (usize, &Node)| {
            references::check(&finder, signature, reference).map_err(|reason| SignatureFault {
                reason,
                reference: Some((
                    number + 1,
                    self.tree.attribute(reference, None, "URI").unwrap_or_default().to_owned(),
                )),
                place: self.tree.place(reference),
            })
        };
        references.iter().enumerate().map(check).collect()
    }
}

/// What stands at the beginning of a signature.
struct Head {
    signed_info: Node,
    canonical: Canonical,
    algorithm: SignatureAlgorithm,
    algorithm_uri: String,
    bits: Option<usize>,
    value: Vec<u8>,
}
