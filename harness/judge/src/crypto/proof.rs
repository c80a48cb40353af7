//! The proof key of an issued token, on both sides: as the requestor learns it, and as the token confirms it.

use super::{CryptoPredicates, enclosing, no, yes};
use crate::dsig::Ids;
use crate::keyinfo::{Finder, KeyFault, Material};
use crate::keys::base64;
use crate::predicate::Holding;
use crate::psha1::psha1;
use crate::scene::{Scene, Token};
use crate::tree::{Node, Tree};
use crate::trust::Response;
use crate::xenc::DecryptFault;
use crate::{uri, xenc};

impl CryptoPredicates {
    pub(super) fn proof_key_in_token(&self, tree: &Tree, node: Node, scene: &Scene<'_>) -> Option<Holding> {
        let Some(response) = enclosing(tree, node) else { return Some(no("it is in no RequestSecurityTokenResponse")) };
        let confirmed = match self.confirmed(scene)? {
            Ok(confirmed) => confirmed,
            Err(why) => return Some(no(why)),
        };
        let Some(longest) = confirmed.iter().map(Vec::len).max() else {
            return Some(no("the token confirms no symmetric key"));
        };
        Some(match self.proof(tree, &response, scene.request, longest) {
            Ok((key, how)) if confirmed.contains(&key) => {
                yes(format!("{how} gives the {} bits that the token confirms", key.len() * 8))
            }
            Ok((key, how)) => {
                no(format!("{how} gives a key of {} bits, and the token confirms another", key.len() * 8))
            }
            Err(why) => no(why),
        })
    }

    pub(super) fn computed_key_size(&self, tree: &Tree, node: Node, scene: &Scene<'_>) -> Option<Holding> {
        let response = enclosing(tree, node)?;
        let Some(bits) = key_size(tree, response.node).or_else(|| scene.request.and_then(requested_size)) else {
            return Some(no("neither request nor response says a KeySize"));
        };
        Some(match self.confirmed(scene)? {
            Ok(keys) if keys.iter().any(|key| key.len() * 8 == bits) => yes(format!("{bits} bits")),
            Ok(keys) => {
                let sizes: Vec<String> = keys.iter().map(|key| (key.len() * 8).to_string()).collect();
                no(format!("{bits} bits are due, the token confirms a key of {}", sizes.join(" or ")))
            }
            Err(why) => no(why),
        })
    }

    /// The secrets that the token confirms; `None` where the token cannot be looked into.
    fn confirmed(&self, scene: &Scene<'_>) -> Option<Result<Vec<Vec<u8>>, String>> {
        let Token::Document(token) = scene.token else { return None };
        let ids = Ids::of(token);
        let found = Finder::new(token, &ids, &self.keys).holder_keys(token.root());
        if let Err(KeyFault::Encrypted(fault)) = &found
            && matches!(**fault, DecryptFault::NoKey(_))
        {
            return None; // the key is for the relying party's eyes, and nobody lent them to us
        }
        Some(found.map_err(|fault| fault.to_string()).map(|keys| {
            let secrets = keys.into_iter().filter_map(|key| match key.material {
                Material::Secret(bytes) => Some(bytes),
                Material::Public(_) => None,
            });
            secrets.collect()
        }))
    }

    /// The key as the requestor works it out, and by which of the three ways. `usual` is its length if none is said.
    fn proof(
        &self,
        tree: &Tree,
        response: &Response,
        request: Option<&Tree>,
        usual: usize,
    ) -> Result<(Vec<u8>, &'static str), String> {
        let trust = response.version.namespace();
        let ours = || -> Result<Vec<u8>, String> {
            let request = request.ok_or("the request is not at hand")?;
            let entropy = find(request, "Entropy").ok_or("the request has no Entropy")?;
            self.secret_in(request, entropy)?.ok_or_else(|| "the request's Entropy holds no secret".to_owned())
        };
        let Some(proof) = response.proof else {
            return ours().map(|key| (key, "the requestor's entropy"));
        };
        if let Some(key) = self.secret_in(tree, proof)? {
            return Ok((key, "the proof token"));
        }
        let Some(computed) = tree.child(proof, trust, "ComputedKey") else {
            return Err("the RequestedProofToken holds neither a key nor how to compute one".into());
        };
        let algorithm = tree.text_of(computed);
        if algorithm.trim() != format!("{trust}/CK/PSHA1") {
            return Err(format!("the key is to be computed by `{}`, which is not supported", algorithm.trim()));
        }
        let theirs = response.entropy.ok_or("a ComputedKey without the issuer's Entropy")?;
        let theirs = self.secret_in(tree, theirs)?.ok_or("the issuer's Entropy holds no secret")?;
        let bits = key_size(tree, response.node).or_else(|| request.and_then(requested_size));
        let bits = bits.unwrap_or(usual * 8).min(65_536);
        Ok((psha1(&ours()?, &theirs, bits / 8), "P_SHA1 over both entropies"))
    }

    /// The `BinarySecret` or `EncryptedKey` directly inside an element.
    fn secret_in(&self, tree: &Tree, parent: Node) -> Result<Option<Vec<u8>>, String> {
        for child in tree.elements(parent) {
            if uri::TRUST.iter().any(|trust| tree.is(child, trust, "BinarySecret")) {
                let bytes = base64(&tree.text_of(child)).ok_or("a BinarySecret that is no base64")?;
                return Ok(Some(bytes));
            }
            if tree.is(child, uri::XENC, "EncryptedKey") {
                return xenc::unwrap_key(tree, child, &self.client)
                    .map(|key| Some(key.bytes))
                    .map_err(|fault| fault.to_string());
            }
        }
        Ok(None)
    }
}

fn requested_size(request: &Tree) -> Option<usize> {
    find(request, "RequestSecurityToken").and_then(|request_node| key_size(request, request_node))
}

fn key_size(tree: &Tree, parent: Node) -> Option<usize> {
    let size = uri::TRUST.iter().find_map(|trust| tree.child(parent, trust, "KeySize"))?;
    tree.text_of(size).trim().parse().ok()
}

fn find(tree: &Tree, local: &str) -> Option<Node> {
    let is = |&node: &Node| uri::TRUST.iter().any(|trust| tree.is(node, trust, local));
    std::iter::once(tree.root()).chain(tree.descendants(tree.root())).find(is)
}
