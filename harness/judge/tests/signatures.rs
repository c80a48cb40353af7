//! Changed documents never make the judge panic, never pass as signed, and cost no more than their size.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use stsproof_judge::dsig::{Verifier, verify};
use stsproof_judge::gate::Limits;
use stsproof_judge::keys::{Carried, Certificate, DecryptionKeys, Keys, PrivateKey, Secret};
use stsproof_judge::tree::{Node, Tree};
use stsproof_judge::xenc;

const CERTIFICATE: &str = include_str!("data/rsa.crt");
const PRIVATE: &str = include_str!("data/rsa.key");
/// Signed and encrypted by xmlsec1, signxml and `witness/by_hand.py`, not by us; the key is for this and nothing else.
const SIGNED: [&str; 4] = [
    include_str!("data/assertion-xmlsec1.xml"),
    include_str!("data/assertion-signxml.xml"),
    include_str!("data/message-xmlsec1.xml"),
    include_str!("data/message-str-transform.xml"),
];
const SEALED: [&str; 2] = [include_str!("data/sealed-cbc.xml"), include_str!("data/sealed-gcm.xml")];

fn keys(carried: Carried) -> Keys {
    Keys { carried, ..Keys::trusting(Certificate::from_pem(CERTIFICATE).expect("a certificate")) }
}

fn decryption() -> DecryptionKeys {
    let private = PrivateKey::from_pem("relying party", PRIVATE).expect("a private key");
    DecryptionKeys { private: vec![private], secrets: vec![Secret::new("a secret", [1; 16])] }
}

fn all(tree: &Tree) -> impl Iterator<Item = Node> + '_ {
    std::iter::once(tree.root()).chain(tree.descendants(tree.root()))
}

fn signature(tree: &Tree) -> Node {
    all(tree).find(|&node| tree.name(node).local == "Signature").expect("a signature")
}

#[test]
fn what_others_signed_and_sealed_is_accepted() {
    for text in SIGNED {
        let tree = Tree::from_text(text).unwrap();
        let verified =
            verify(&tree, signature(&tree), &keys(Carried::MustBeTrusted)).unwrap_or_else(|why| panic!("{why}"));
        assert!(!verified.references.is_empty());
        assert!(verified.references.iter().all(|reference| reference.node.is_some()));
    }
    for text in SEALED {
        let tree = Tree::from_text(text).unwrap();
        let opened = xenc::decrypt(&tree, tree.root(), &decryption()).unwrap_or_else(|why| panic!("{why}"));
        assert!(opened.plaintext.starts_with(b"<a xmlns=\"urn:a\""));
    }
}

#[test]
fn a_key_that_nobody_trusts_is_told_from_a_wrong_signature() {
    let tree = Tree::from_text(SIGNED[1]).unwrap();
    let why = verify(&tree, signature(&tree), &Keys::default()).unwrap_err().to_string();
    assert!(why.contains("not trusted") && why.contains("witness rsa"), "{why}");
    assert!(verify(&tree, signature(&tree), &Keys { carried: Carried::Any, ..Keys::default() }).is_ok());
}

#[test]
fn a_forbidden_algorithm_is_refused_by_name() {
    let tree = Tree::from_text(SIGNED[3]).unwrap();
    for algorithm in [
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
    ] {
        let keys = Keys { forbidden: [algorithm.to_owned()].into(), ..keys(Carried::Any) };
        let why = verify(&tree, signature(&tree), &keys).unwrap_err().to_string();
        assert!(why.contains("forbidden") && why.contains(algorithm), "{why}");
    }
}

#[test]
fn what_is_signed_is_the_token_and_not_the_reference_to_it() {
    let tree = Tree::from_text(SIGNED[3]).unwrap();
    let verified = verify(&tree, signature(&tree), &keys(Carried::MustBeTrusted)).unwrap();
    let node = |local| all(&tree).find(|&node| tree.name(node).local == local).unwrap();
    assert!(verified.signs(node("BinarySecurityToken")) && verified.signs(node("Body")));
    assert!(!verified.signs(node("SecurityTokenReference")));
    assert!(verified.covers(&tree, tree.elements(node("Body")).next().unwrap()));
    assert!(!verified.covers(&tree, tree.root()));
}

#[test]
fn a_transform_that_runs_a_program_is_refused_by_name() {
    for transform in [
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
    ] {
        let text = SIGNED[1].replace("http://www.w3.org/2000/09/xmldsig#enveloped-signature", transform);
        let tree = Tree::from_text(&text).unwrap();
        let why = verify(&tree, signature(&tree), &keys(Carried::Any)).unwrap_err().to_string();
        assert!(why.contains("not supported") && why.contains(transform), "{why}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_document_never_panics(
        which in 0..SIGNED.len() + SEALED.len(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..40, "[ -~]{0,12}"), 1..6),
    ) {
        let mut text = SIGNED.iter().chain(&SEALED).nth(which).unwrap().as_bytes().to_vec();
        for (at, length, with) in cuts {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, with.into_bytes());
        }
        let Ok(tree) = Tree::read(&text, None, &Limits::default()) else { return Ok(()) };
        let (keys, decryption) = (keys(Carried::Any), decryption());
        let verifier = Verifier::new(&tree, &keys);
        for node in all(&tree) {
            if tree.name(node).local == "Signature" {
                if let Err(why) = verifier.verify(node) {
                    prop_assert!(!why.to_string().is_empty());
                }
            } else if tree.name(node).local.starts_with("Encrypted") {
                let _ = xenc::decrypt(&tree, node, &decryption);
                let _ = xenc::unwrap_key(&tree, node, &decryption);
            }
        }
    }

    #[test]
    fn a_letter_changed_in_what_is_signed_is_noticed(at in any::<prop::sample::Index>()) {
        let text = SIGNED[3];
        let body = text.find("<s:Body").unwrap()..text.find("</s:Body").unwrap();
        let letters: Vec<usize> = body.filter(|&at| text.as_bytes()[at].is_ascii_lowercase()).collect();
        let at = letters[at.index(letters.len())];
        let mut changed = text.as_bytes().to_vec();
        changed[at] = if changed[at] == b'q' { b'z' } else { b'q' };
        if let Ok(tree) = Tree::read(&changed, None, &Limits::default()) {
            prop_assert!(verify(&tree, signature(&tree), &keys(Carried::Any)).is_err());
        }
    }
}

#[test]
fn twice_the_document_costs_twice_the_time_and_not_four_times() {
    let keys = keys(Carried::Any);
    let time = |factor: usize| {
        let padding = "<data xmlns='urn:p' a='1'>text</data>".repeat(factor);
        let text = SIGNED[1].replacen("<data", &format!("{padding}<data"), 1);
        let tree = Tree::read(text.as_bytes(), None, &Limits::default()).unwrap();
        let signature = signature(&tree);
        let once = || {
            let start = Instant::now();
            assert!(verify(&tree, signature, &keys).is_err());
            start.elapsed()
        };
        (0..5).map(|_| once()).min().unwrap()
    };
    let (small, large) = (time(2_000), time(16_000));
    // Eight times the size; a neighbour on the machine may cost a factor of two, a quadratic step would cost eight.
    assert!(large < small * 24 + Duration::from_millis(20), "{small:?} for 2,000 elements, {large:?} for 16,000");
}
