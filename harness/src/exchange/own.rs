//! A token that a case got for itself, ready to be shown: the token, how to refer to it, and the key that proves it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stsproof_judge::path::Paths;
use stsproof_judge::psha1::psha1;
use stsproof_judge::tree::Tree;

use super::keep::keep;
use super::key::SigningKey;
use super::sign::KeyReference;
use crate::case::model::TOKEN;

/// An issued token.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) xml: String,
    pub(crate) reference: KeyReference,
    /// The shared secret that the token confirms, where it does not confirm the client's own key.
    pub(crate) secret: Option<SigningKey>,
}

impl Own {
    /// The token of an answer, with what the request says about its key. `None` if there is no token.
    pub(super) fn of(answer: &Tree, request: &[u8], paths: &Paths) -> Option<Self> {
        let xml = keep(answer, paths, TOKEN).ok()?.as_str().to_owned();
        let reference = keep(answer, paths, "//wst:RequestedAttachedReference/*");
        let reference = reference.map_or(KeyReference::Assertion, |xml| KeyReference::Given(xml.as_str().to_owned()));
        let request = std::str::from_utf8(request).ok().and_then(|request| Tree::from_text(request).ok());
        let secret = secret(answer, request.as_ref(), paths).map(SigningKey::Secret);
        Some(Self { xml, reference, secret })
    }
}

/// The secret in the proof token, or the one to compute from what both sides gave, or the one that the request gave.
fn secret(answer: &Tree, request: Option<&Tree>, paths: &Paths) -> Option<Vec<u8>> {
    let decoded = |tree: &Tree, path: &str| {
        let node = *paths.select(tree, path).ok()?.first()?;
        let text: String = tree.text_of(node).split_whitespace().collect();
        STANDARD.decode(text).ok()
    };
    let proof = decoded(answer, "//wst:RequestedProofToken/wst:BinarySecret");
    if proof.is_some() {
        return proof;
    }
    let ours = decoded(request?, "//wst:RequestSecurityToken/wst:Entropy/wst:BinarySecret")?;
    if !paths.select(answer, "//wst:RequestedProofToken/wst:ComputedKey").is_ok_and(|found| !found.is_empty()) {
        return Some(ours);
    }
    let theirs = decoded(answer, "//wst:Entropy/wst:BinarySecret")?;
    let bits = |tree: &Tree| -> Option<usize> {
        tree.text_of(*paths.select(tree, "//wst:KeySize").ok()?.first()?).trim().parse().ok()
    };
    // A size that no key has would only ask for memory.
    let bits = bits(answer).or_else(|| bits(request?)).filter(|bits| *bits <= 1 << 16).unwrap_or(256);
    Some(psha1(&ours, &theirs, bits / 8))
}

#[cfg(test)]
mod tests {
    use stsproof_judge::path::Namespaces;

    use super::*;

    const WST: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200512";

    fn secret_of(answer: &str, request: &str) -> Option<Vec<u8>> {
        let read = |inner: &str| Tree::from_text(&format!("<a xmlns:wst='{WST}'>{inner}</a>")).expect("well-formed");
        let paths = Paths::new(&Namespaces([("wst".to_owned(), WST.to_owned())].into()));
        secret(&read(answer), Some(&read(request)), &paths)
    }

    #[test]
    fn the_key_is_the_proof_or_computed_or_our_own() {
        let ours = "<wst:RequestSecurityToken><wst:Entropy><wst:BinarySecret>b3Vycw==</wst:BinarySecret></wst:Entropy></wst:RequestSecurityToken>";
        let proof =
            "<wst:RequestedProofToken><wst:BinarySecret> cHJv\nb2Y= </wst:BinarySecret></wst:RequestedProofToken>";
        let computed = "<wst:RequestedProofToken><wst:ComputedKey>x</wst:ComputedKey></wst:RequestedProofToken>\
            <wst:Entropy><wst:BinarySecret>dGhlaXJz</wst:BinarySecret></wst:Entropy><wst:KeySize>128</wst:KeySize>";
        assert_eq!(secret_of(proof, ours), Some(b"proof".to_vec()));
        assert_eq!(secret_of(computed, ours), Some(psha1(b"ours", b"theirs", 16)));
        assert_eq!(secret_of("", ours), Some(b"ours".to_vec()));
        assert_eq!(secret_of("", ""), None);
    }
}
