//! Signatures of an answer made anew, with whatever key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mock_sts::keys;
use stsproof::answers::{Resign, SigningKeyName};
use stsproof::change::{Operator, apply};
use stsproof::exchange::key::SigningKey;
use stsproof_judge::c14n::exclusive;
use stsproof_judge::path::Paths;
use stsproof_judge::tree::Tree;

/// The answer with its signature made anew.
pub(crate) fn again(answer: &str, resign: &Resign, paths: &Paths) -> String {
    let mut text = answer.to_owned();
    if let Some(element) = &resign.digest {
        // The signature stands in what it signs, and is left out of it. One that stands beside it does not matter.
        let without = apply(&text, &[Operator::Drop { path: resign.at.clone() }], paths).expect("there is a signature");
        let digest = STANDARD.encode(resign.with.digest(&canonical(&without, element, paths)));
        text = set(&text, &format!("{}/ds:SignedInfo/ds:Reference/ds:DigestValue", resign.at), digest, paths);
    }
    let Some(name) = resign.key else { return text };
    let key = key(name, &text, paths);
    let algorithm = resign.algorithm.unwrap_or_else(|| key.usual());
    let signed = canonical(&text, &format!("{}/ds:SignedInfo", resign.at), paths);
    let value = key.sign(algorithm, &signed).expect("the key and the algorithm go together");
    set(&text, &format!("{}/ds:SignatureValue", resign.at), STANDARD.encode(value), paths)
}

fn set(text: &str, path: &str, to: String, paths: &Paths) -> String {
    apply(text, &[Operator::Text { path: path.to_owned(), to }], paths).expect("the path leads somewhere")
}

fn canonical(text: &str, path: &str, paths: &Paths) -> Vec<u8> {
    let tree = Tree::from_text(text).expect("what is signed is well-formed");
    let element = paths.select(&tree, path).expect("a good path").into_iter().next().expect("the path leads somewhere");
    exclusive(&tree, element, &[]).expect("it has a canonical form")
}

fn key(name: SigningKeyName, text: &str, paths: &Paths) -> SigningKey {
    let pem = match name {
        SigningKeyName::Signing => keys::SIGNING_RSA,
        SigningKeyName::Client => keys::CLIENT,
        SigningKeyName::Expired => keys::CLIENT_EXPIRED,
        SigningKeyName::Stranger => keys::CLIENT_UNTRUSTED,
        SigningKeyName::Proof => {
            let tree = Tree::from_text(text).expect("it is well-formed");
            let secret = paths.value(&tree, "//wst:RequestedProofToken/wst:BinarySecret").expect("a good path");
            return SigningKey::Secret(STANDARD.decode(secret.text(&tree)).expect("the mock's secret is base64"));
        }
    };
    SigningKey::from_pem(pem.key).expect("it is published")
}
