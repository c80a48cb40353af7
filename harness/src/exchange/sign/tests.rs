use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _, UnparsedPublicKey};
use stsproof_judge::path::{Namespaces, Paths};

use super::*;
use crate::exchange::fresh::Source;
use crate::exchange::key::{DigestAlgorithm, SignatureAlgorithm};

const MESSAGE: &str = "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">\
    <s:Header><wsa:To  wsu:Id='to' xmlns:wsu=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\">x</wsa:To>\
    <wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">\
    <wsse:BinarySecurityToken>AA==</wsse:BinarySecurityToken></wsse:Security ></s:Header>\n<s:Body/></s:Envelope>";

fn fresh() -> Fresh {
    Source::fixed(3, "2026-11-20T12:00:00Z".parse().expect("a time")).of("case")
}

fn paths() -> Paths {
    let names = [("ds", DS), ("wsse", WSSE), ("wsu", WSU), ("s", "http://www.w3.org/2003/05/soap-envelope")];
    Paths::new(&Namespaces(names.iter().map(|(p, u)| ((*p).to_owned(), (*u).to_owned())).collect()))
}

fn one(tree: &Tree, path: &str) -> Node {
    let found = paths().select(tree, path).expect("a good path");
    assert_eq!(found.len(), 1, "{path}");
    found[0]
}

#[test]
fn a_signature_covers_the_parts_and_verifies_over_the_canonical_form() {
    let pair = EcdsaKeyPair::generate(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let public =
        UnparsedPublicKey::new(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref().to_vec());
    let key = SigningKey::P256(pair);
    let mut recipe = Recipe::usual(&key, KeyReference::Certificate);
    recipe.prefixes = vec!["wsa".to_owned()];
    let signed = sign(MESSAGE, &recipe, &key, &paths(), &mut fresh()).expect("it can be signed");
    let tree = Tree::from_text(&signed).expect("well-formed");

    let info = one(&tree, "//ds:SignedInfo");
    let canonical = c14n::exclusive(&tree, info, &[]).expect("it has a form");
    assert_eq!(canonical, tree.source(info).as_bytes(), "SignedInfo is written in its canonical form");
    let value = STANDARD.decode(tree.text_of(one(&tree, "//ds:SignatureValue"))).expect("base64");
    public.verify(&canonical, &value).expect("the signature verifies");

    let references = paths().select(&tree, "//ds:Reference").expect("a good path");
    assert_eq!(references.len(), 2, "there is no Timestamp to sign");
    for reference in references {
        let uri = tree.attribute(reference, None, "URI").expect("a URI");
        let target = one(&tree, &format!("//*[@wsu:Id = '{}']", &uri[1..]));
        let digest = tree.text_of(tree.child(reference, DS, "DigestValue").expect("a digest"));
        let form = c14n::exclusive(&tree, target, &recipe.prefixes).expect("it has a form");
        assert_eq!(STANDARD.decode(digest).expect("base64"), DigestAlgorithm::Sha256.digest(&form));
    }
    let pointed = tree.attribute(one(&tree, "//wsse:Reference"), None, "URI").expect("a URI");
    assert_eq!(
        pointed[1..],
        *tree.attribute(one(&tree, "//wsse:BinarySecurityToken"), Some(WSU), "Id").expect("an id")
    );
}

#[test]
fn signing_adds_ids_and_a_signature_and_touches_nothing_else() {
    let key = SigningKey::Secret(vec![1; 32]);
    let recipe = Recipe::usual(&key, KeyReference::Given("<k/>".to_owned()));
    let signed = sign(MESSAGE, &recipe, &key, &paths(), &mut fresh()).expect("it can be signed");
    let begin = signed.find("<ds:Signature ").expect("a signature");
    let end = signed.find("</ds:Signature>").expect("its end") + "</ds:Signature>".len();
    let mut rest = format!("{}{}", &signed[..begin], &signed[end..]);
    let id = rest.find("<s:Body").expect("a body") + "<s:Body".len();
    rest.replace_range(id..id + rest[id..].find("/>").expect("its end"), "");
    assert_eq!(rest, MESSAGE);
    assert!(signed.contains("<ds:KeyInfo><k/></ds:KeyInfo>"));
}

#[test]
fn a_message_without_security_header_stays_as_it_is() {
    let key = SigningKey::Secret(vec![1; 32]);
    let message = "<s:Envelope xmlns:s='urn:s'><s:Body/></s:Envelope>";
    assert_eq!(
        sign(message, &Recipe::usual(&key, KeyReference::Assertion), &key, &paths(), &mut fresh()).expect("fine"),
        message
    );
}

#[test]
fn what_cannot_be_signed_says_why() {
    let key = SigningKey::Secret(vec![1; 32]);
    let mut recipe = Recipe::usual(&key, KeyReference::Assertion);
    let error = sign("<a>", &recipe, &key, &paths(), &mut fresh()).expect_err("no XML").to_string();
    assert!(error.contains("damage it with `tamper`"), "{error}");
    recipe.algorithm = SignatureAlgorithm::RsaSha256;
    let error = sign(MESSAGE, &recipe, &key, &paths(), &mut fresh()).expect_err("no RSA key").to_string();
    assert_eq!(error, "a shared secret cannot sign with RsaSha256");
    assert!(SigningKey::from_pem("hello").expect_err("no PEM").starts_with("no private key"));
}

#[rstest::rstest]
#[case(SignatureAlgorithm::RsaSha1, &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY)]
#[case(SignatureAlgorithm::RsaSha256, &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256)]
#[case(SignatureAlgorithm::RsaSha384, &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA384)]
#[case(SignatureAlgorithm::RsaSha512, &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA512)]
fn an_rsa_key_signs_with_every_hash(
    #[case] algorithm: SignatureAlgorithm,
    #[case] verifier: &'static dyn aws_lc_rs::signature::VerificationAlgorithm,
) {
    let key = SigningKey::from_pem(mock_sts::keys::CLIENT.key).expect("a published key");
    let SigningKey::Rsa(pair, _) = &key else { panic!("an RSA key") };
    let public = UnparsedPublicKey::new(verifier, pair.public_key().as_ref().to_vec());
    let signed = key.sign(algorithm, b"some bytes").expect("it signs");
    public.verify(b"some bytes", &signed).expect("the signature verifies");
}

#[test]
fn a_signature_that_is_changed_before_its_value_is_made_still_verifies() {
    let pair = EcdsaKeyPair::generate(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let public =
        UnparsedPublicKey::new(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref().to_vec());
    let key = SigningKey::P256(pair);
    let mut recipe = Recipe::usual(&key, KeyReference::Certificate);
    recipe.change = vec![toml::from_str("drop = \"//ds:Reference\"").expect("an operator")];
    let signed = sign(MESSAGE, &recipe, &key, &paths(), &mut fresh()).expect("it can be signed");
    let tree = Tree::from_text(&signed).expect("well-formed");
    assert!(paths().select(&tree, "//ds:Reference").expect("a good path").is_empty());
    let canonical = c14n::exclusive(&tree, one(&tree, "//ds:SignedInfo"), &[]).expect("it has a form");
    let value = STANDARD.decode(tree.text_of(one(&tree, "//ds:SignatureValue"))).expect("base64");
    public.verify(&canonical, &value).expect("the signature verifies");
}
