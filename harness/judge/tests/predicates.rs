//! What the predicates with keys say of documents written here, with the keys of `data/` and of nobody else.

use std::collections::BTreeMap;

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stsproof_judge::check::{Holding, Predicates, Scene, Token};
use stsproof_judge::crypto::CryptoPredicates;
use stsproof_judge::keys::{Certificate, DecryptionKeys, Keys, PrivateKey, PublicKey};
use stsproof_judge::path::{Namespaces, Paths};
use stsproof_judge::psha1::psha1;
use stsproof_judge::time::Time;
use stsproof_judge::tree::{Node, Tree};

const CERTIFICATE: &str = include_str!("data/rsa.crt");
const PRIVATE: &str = include_str!("data/rsa.key");
const MESSAGE: &str = include_str!("data/message-xmlsec1.xml");
const ASSERTION: &str = include_str!("data/assertion-signxml.xml");
const SEALED: &str = include_str!("data/sealed-gcm.xml");
const WST: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200512";
const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const OURS: &[u8; 32] = b"the requestor's half, 32 octets.";
const THEIRS: &[u8; 32] = b"the issuer's half, 32 octets too";

/// The documents that a predicate may look at.
#[derive(Default)]
struct Exchange {
    answer: String,
    request: Option<String>,
    token: Option<String>,
}

impl Exchange {
    fn ask(&self, keys: &CryptoPredicates, name: &str, local: &str) -> Option<Holding> {
        self.ask_at(keys, name, |tree| find(tree, local))
    }

    fn ask_at(&self, keys: &CryptoPredicates, name: &str, pick: impl Fn(&Tree) -> Node) -> Option<Holding> {
        let answer = Tree::from_text(&self.answer).expect("an answer");
        let request = self.request.as_deref().map(|text| Tree::from_text(text).expect("a request"));
        let token = self.token.as_deref().map(|text| Tree::from_text(text).expect("a token"));
        let (paths, values) = (Paths::new(&Namespaces::default()), BTreeMap::new());
        let scene = Scene {
            status: 200,
            headers: &[],
            body: self.answer.as_bytes(),
            answer: Ok(&answer),
            token: token.as_ref().map_or(Token::Absent, Token::Document),
            request: request.as_ref(),
            values: &values,
            paths: &paths,
            now: Time::from_unix_nanos(0),
            predicates: keys,
        };
        keys.holds(name, &answer, pick(&answer), &scene)
    }

    #[track_caller]
    fn holds(&self, keys: &CryptoPredicates, name: &str, local: &str, because: &str) {
        let holding = self.ask(keys, name, local).expect("it can be told");
        assert!(holding.holds && holding.because.contains(because), "{name}: {holding:?}");
    }

    #[track_caller]
    fn breaks(&self, keys: &CryptoPredicates, name: &str, local: &str, because: &str) {
        let holding = self.ask(keys, name, local).expect("it can be told");
        assert!(!holding.holds && holding.because.contains(because), "{name}: {holding:?}");
    }
}

#[test]
fn the_parts_that_a_signature_in_the_header_signs_are_signed() {
    let message = only(MESSAGE);
    for part in ["Body", "Timestamp", "To", "BinarySecurityToken"] {
        message.holds(&trusting(), "signature-valid", part, "witness rsa");
    }
    message.holds(&trusting(), "signature-valid", "Signature", "rsa-sha");
}

#[test]
fn a_part_inside_a_signed_part_is_not_itself_signed() {
    only(MESSAGE).breaks(&trusting(), "signature-valid", "data", "signs another element");
}

#[test]
fn a_changed_body_is_not_signed() {
    let changed = MESSAGE.replacen("typed", "tyqed", 1);
    only(&changed).breaks(&trusting(), "signature-valid", "Body", "digest");
}

#[test]
fn a_body_put_in_the_place_of_the_signed_one_is_not_signed() {
    let begins = MESSAGE.find("<s:Body").expect("a body");
    let ends = MESSAGE.find("</s:Envelope>").expect("an end");
    let header_ends = MESSAGE.find("</s:Header>").expect("a header");
    let wrapped = format!(
        "{}<wrapper>{}</wrapper>{}<s:Body><evil/></s:Body>{}",
        &MESSAGE[..header_ends],
        &MESSAGE[begins..ends],
        &MESSAGE[header_ends..begins],
        &MESSAGE[ends..]
    );
    let last = |tree: &Tree| tree.elements(tree.root()).last().expect("a body");
    let answer = only(&wrapped).ask_at(&trusting(), "signature-valid", last).expect("it can be told");
    assert!(!answer.holds && answer.because.contains("signs another element"), "{answer:?}");
}

#[test]
fn a_signature_by_a_key_that_the_profile_does_not_trust_signs_nothing() {
    let stranger = CryptoPredicates::new(Keys { public_keys: vec![other_key()], ..Keys::default() });
    only(MESSAGE).breaks(&stranger, "signature-valid", "Body", "not trusted");
}

#[test]
fn without_a_trusted_key_a_signature_holds_by_the_key_that_it_carries_and_whose_that_is_stays_open() {
    let holding = only(MESSAGE).ask(&keys(), "signature-valid", "Body").expect("the certificate is in the message");
    assert!(holding.holds && holding.open.is_some_and(|open| open.contains("no signing certificate")));
    let trusted = only(MESSAGE).ask(&trusting(), "signature-valid", "Body").expect("it can be told");
    assert_eq!(trusted.open, None);
}

#[test]
fn what_was_changed_after_signing_shows_without_a_trusted_key() {
    only(&MESSAGE.replacen("typed", "tyqed", 1)).breaks(&keys(), "signature-valid", "Body", "digest");
    let value = MESSAGE.find("SignatureValue>").expect("a value") + "SignatureValue>".len();
    let (before, after) = MESSAGE.split_at(value);
    let flipped = if after.starts_with('A') { 'B' } else { 'A' };
    only(&format!("{before}{flipped}{}", &after[1..])).breaks(&keys(), "signature-valid", "Body", "does not verify");
}

#[test]
fn a_signature_that_carries_no_key_cannot_be_told_without_a_trusted_one() {
    let begins = MESSAGE.find("<ds:KeyInfo").expect("a KeyInfo");
    let ends = MESSAGE.find("</ds:KeyInfo>").expect("its end") + "</ds:KeyInfo>".len();
    let bare = format!("{}{}", &MESSAGE[..begins], &MESSAGE[ends..]);
    assert_eq!(only(&bare).ask(&keys(), "signature-valid", "Body"), None);
}

#[test]
fn a_signature_outside_of_the_header_signs_no_part_of_the_message() {
    let begins = MESSAGE.find("<ds:Signature ").expect("a signature");
    let ends = MESSAGE.find("</ds:Signature>").expect("its end") + "</ds:Signature>".len();
    let moved = format!("{}{}", &MESSAGE[..begins], &MESSAGE[ends..]);
    let moved = moved.replacen("</s:Body>", &format!("</s:Body>{}", &MESSAGE[begins..ends]), 1);
    only(&moved).breaks(&trusting(), "signature-valid", "Body", "no signature");
}

#[test]
fn an_assertion_is_signed_by_the_signature_in_it() {
    only(ASSERTION).holds(&trusting(), "signature-valid", "Assertion", "witness rsa");
    only(ASSERTION).holds(&trusting(), "signature-valid", "Signature", "witness rsa");
    let changed = ASSERTION.replacen("urn:witness", "urn:witnesz", 1);
    only(&changed).breaks(&trusting(), "signature-valid", "Assertion", "digest");
}

#[test]
fn the_certificate_of_the_signer_fits() {
    only(ASSERTION).holds(&trusting(), "certificate-fits", "Signature", "that of the signer");
}

#[test]
fn a_signature_that_does_not_verify_has_no_certificate_that_fits() {
    let changed = ASSERTION.replacen("urn:witness", "urn:witnesz", 1);
    only(&changed).breaks(&trusting(), "certificate-fits", "Signature", "digest");
}

#[test]
fn a_key_without_certificate_does_not_fit() {
    let (begin, end) = ("<ds:X509Data>", "</ds:X509Data>");
    let data = &ASSERTION[ASSERTION.find(begin).expect("data")..ASSERTION.find(end).expect("its end") + end.len()];
    let bare = ASSERTION.replace(data, &key_value(certificate().key()));
    only(&bare).breaks(&trusting(), "certificate-fits", "Signature", "no certificate shown");
}

#[test]
fn what_is_encrypted_to_the_relying_party_decrypts() {
    let party = CryptoPredicates::default().relying_party(private());
    only(SEALED).holds(&party, "decrypts", "EncryptedData", "aes");
    assert_eq!(only(SEALED).ask(&CryptoPredicates::default(), "decrypts", "EncryptedData"), None);
}

#[test]
fn what_was_changed_does_not_decrypt() {
    let ends = SEALED.rfind("</xenc:CipherValue>").expect("cipher text");
    let at = SEALED[..ends].rfind(|c: char| c.is_ascii_alphabetic()).expect("a letter of base64") - 8;
    let other = if SEALED.as_bytes()[at] == b'A' { "B" } else { "A" };
    let changed = format!("{}{other}{}", &SEALED[..at], &SEALED[at + 1..]);
    let party = CryptoPredicates::default().relying_party(private());
    only(&changed).breaks(&party, "decrypts", "EncryptedData", "authentication tag");
}

#[test]
fn a_proof_key_that_is_sent_is_the_one_that_the_token_confirms() {
    let sent = format!("<t:RequestedProofToken>{}</t:RequestedProofToken>", secret(THEIRS));
    issued(&sent, THEIRS).holds(&keys(), "proof-key-in-token", "RequestedProofToken", "the proof token");
    issued(&sent, OURS).breaks(&keys(), "proof-key-in-token", "RequestedProofToken", "confirms another");
}

#[test]
fn a_proof_key_that_is_encrypted_to_the_requestor_is_opened_first() {
    let sent = format!("<t:RequestedProofToken>{}</t:RequestedProofToken>", encrypted(THEIRS));
    let client = keys().client(None, private());
    issued(&sent, THEIRS).holds(&client, "proof-key-in-token", "RequestedProofToken", "256 bits");
    issued(&sent, OURS).breaks(&client, "proof-key-in-token", "RequestedProofToken", "confirms another");
    issued(&sent, THEIRS).breaks(&keys(), "proof-key-in-token", "RequestedProofToken", "no key to decrypt with");
}

#[test]
fn a_proof_key_that_the_token_confirms_for_the_relying_party_alone_cannot_be_told() {
    let sent = format!("<t:RequestedProofToken>{}</t:RequestedProofToken>", secret(THEIRS));
    let mut exchange = issued(&sent, OURS);
    exchange.token = Some(token(&key_info(&encrypted(THEIRS))));
    assert_eq!(exchange.ask(&keys(), "proof-key-in-token", "RequestedProofToken"), None);
    let relying_party = keys().relying_party(private());
    exchange.holds(&relying_party, "proof-key-in-token", "RequestedProofToken", "256 bits");
}

#[test]
fn a_proof_key_is_computed_from_both_entropies() {
    let key = psha1(OURS, THEIRS, 32);
    issued(&computed("PSHA1", 256), &key).holds(&keys(), "proof-key-in-token", "RequestedProofToken", "P_SHA1");
    let swapped = psha1(THEIRS, OURS, 32);
    issued(&computed("PSHA1", 256), &swapped).breaks(&keys(), "proof-key-in-token", "RequestedProofToken", "another");
    let other = issued(&computed("HASH", 256), &key);
    other.breaks(&keys(), "proof-key-in-token", "RequestedProofToken", "not supported");
}

#[test]
fn a_token_without_a_key_confirms_none() {
    let mut exchange = issued(&computed("PSHA1", 256), OURS);
    exchange.token = Some(token(""));
    exchange.breaks(&keys(), "proof-key-in-token", "RequestedProofToken", "confirms no key");
    exchange.token = None;
    assert_eq!(exchange.ask(&keys(), "proof-key-in-token", "RequestedProofToken"), None);
}

#[test]
fn a_computed_key_has_the_size_that_is_said() {
    let short = psha1(OURS, THEIRS, 16);
    issued(&computed("PSHA1", 128), &short).holds(&keys(), "computed-key-size", "ComputedKey", "128 bits");
    issued(&computed("PSHA1", 256), &short).breaks(&keys(), "computed-key-size", "ComputedKey", "a key of 128");
}

#[test]
fn the_size_that_was_asked_for_counts_where_the_response_says_none() {
    let unsaid = computed("PSHA1", 256).replace("<t:KeySize>256</t:KeySize>", "");
    let mut exchange = issued(&unsaid, &psha1(OURS, THEIRS, 32));
    exchange.holds(&keys(), "computed-key-size", "ComputedKey", "256 bits");
    exchange.request = Some(request().replace("<t:KeySize>256</t:KeySize>", ""));
    exchange.breaks(&keys(), "computed-key-size", "ComputedKey", "neither request nor response");
}

#[test]
fn a_token_confirms_the_key_of_the_requestor_and_no_other() {
    let info = only(&key_info(&key_value(certificate().key())));
    let client = keys().client(Some(certificate()), DecryptionKeys::default());
    info.holds(&client, "confirms-client-key", "KeyInfo", "the requestor's");
    only(&key_info(&key_value(&other_key()))).breaks(&client, "confirms-client-key", "KeyInfo", "it holds");
    assert_eq!(info.ask(&keys(), "confirms-client-key", "KeyInfo"), None);
    let named = format!("<d:KeyName xmlns:d='{DS}'>witness rsa</d:KeyName>");
    only(&key_info(&named)).holds(&client, "confirms-client-key", "KeyInfo", "the requestor's");
}

#[test]
fn a_key_that_is_named_twice_is_one_key() {
    let value = key_value(certificate().key());
    let body = CERTIFICATE.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let shown = format!("<d:X509Data xmlns:d='{DS}'><d:X509Certificate>{body}</d:X509Certificate></d:X509Data>");
    only(&key_info(&value)).holds(&keys(), "one-key", "KeyInfo", "one key");
    only(&key_info(&format!("{value}{shown}"))).holds(&keys(), "one-key", "KeyInfo", "one key");
}

#[test]
fn two_keys_are_not_one() {
    let two = format!("{}{}", key_value(certificate().key()), key_value(&other_key()));
    only(&key_info(&two)).breaks(&keys(), "one-key", "KeyInfo", "2 different keys");
    only(&key_info("")).breaks(&keys(), "one-key", "KeyInfo", "0 elements");
}

#[test]
fn a_reference_resolves_to_the_issued_token_only() {
    let reference = |form: &str| {
        issued(&format!("<t:RequestedAttachedReference>{}</t:RequestedAttachedReference>", str(form)), OURS)
    };
    let holds = |form: &str, because| {
        reference(form).holds(&keys(), "reference-resolves", "SecurityTokenReference", because);
    };
    let breaks = |form: &str, because| {
        reference(form).breaks(&keys(), "reference-resolves", "SecurityTokenReference", because);
    };
    holds("<w:Reference URI='#_token'/>", "the issued token");
    holds(&identifier("_token"), "the issued token");
    breaks("<w:Reference URI='#_nobody'/>", "_nobody");
    breaks("<w:Reference URI='#other'/>", "`Other`");
    breaks("<w:Reference URI='urn:elsewhere'/>", "not in the message");
    breaks("", "empty");
}

#[test]
fn a_reference_names_the_token_by_its_identifier() {
    let reference = |form: &str| issued(&str(form), OURS);
    for form in
        [identifier("_token"), "<w:Reference URI='#_token'/>".into(), "<w:Reference URI='urn:x?id=_token'/>".into()]
    {
        reference(&form).holds(&keys(), "names-token", "SecurityTokenReference", "its identifier");
    }
    reference(&identifier("_other")).breaks(&keys(), "names-token", "SecurityTokenReference", "_other");
    for longer in
        ["<w:Reference URI='#x_token'/>", "<w:Reference URI='#_token2'/>", "<w:Reference URI='urn:x?id=_token2'/>"]
    {
        reference(longer).breaks(&keys(), "names-token", "SecurityTokenReference", "_token");
    }
    let mut nameless = reference("<w:Reference URI='#anything'/>");
    nameless.token = nameless.token.map(|token| token.replace("_token", ""));
    nameless.breaks(&keys(), "names-token", "SecurityTokenReference", "empty identifier");
    reference("<w:Reference URI='#_x'/>").breaks(&keys(), "names-token", "SecurityTokenReference", "#_x");
    reference("").breaks(&keys(), "names-token", "SecurityTokenReference", "empty");
    let mut unknown = reference(&identifier("_token"));
    unknown.token = None;
    assert_eq!(unknown.ask(&keys(), "names-token", "SecurityTokenReference"), None);
}

/// An answer with these parts beside a token that confirms a secret, to a request with entropy.
fn issued(parts: &str, confirmed: &[u8]) -> Exchange {
    let token = token(&format!(
        "<c:KeyInfo xmlns:c='{DS}'>{}</c:KeyInfo>",
        secret(confirmed).replace("<t:BinarySecret", &format!("<t:BinarySecret xmlns:t='{WST}'"))
    ));
    let answer = format!(
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>\
         <t:RequestSecurityTokenResponseCollection xmlns:t='{WST}'><t:RequestSecurityTokenResponse>\
         <t:RequestedSecurityToken>{token}</t:RequestedSecurityToken>{parts}\
         </t:RequestSecurityTokenResponse></t:RequestSecurityTokenResponseCollection>\
         <Other xml:id='other'/></s:Body></s:Envelope>"
    );
    Exchange { answer, request: Some(request()), token: Some(token) }
}

fn request() -> String {
    let (ours, size) = (secret(OURS), "<t:KeySize>256</t:KeySize>");
    format!("<t:RequestSecurityToken xmlns:t='{WST}'>{size}<t:Entropy>{ours}</t:Entropy></t:RequestSecurityToken>")
}

fn computed(algorithm: &str, bits: usize) -> String {
    let theirs = secret(THEIRS);
    format!(
        "<t:RequestedProofToken><t:ComputedKey>{WST}/CK/{algorithm}</t:ComputedKey></t:RequestedProofToken>\
         <t:Entropy>{theirs}</t:Entropy><t:KeySize>{bits}</t:KeySize>"
    )
}

/// An assertion whose holder has this key.
fn token(key_info: &str) -> String {
    format!(
        "<a:Assertion xmlns:a='urn:oasis:names:tc:SAML:2.0:assertion' ID='_token'><a:Subject><a:SubjectConfirmation \
         Method='urn:oasis:names:tc:SAML:2.0:cm:holder-of-key'><a:SubjectConfirmationData>{key_info}\
         </a:SubjectConfirmationData></a:SubjectConfirmation></a:Subject></a:Assertion>"
    )
}

fn secret(bytes: &[u8]) -> String {
    format!("<t:BinarySecret>{}</t:BinarySecret>", STANDARD.encode(bytes))
}

/// A key encrypted to the key of `data/`.
fn encrypted(bytes: &[u8]) -> String {
    let key = PublicEncryptingKey::from_der(&certificate().key().spki()).expect("a public key");
    let key = OaepPublicEncryptingKey::new(key).expect("an RSA key");
    let mut sealed = vec![0; key.ciphertext_size()];
    let sealed = key.encrypt(&OAEP_SHA1_MGF1SHA1, bytes, &mut sealed, None).expect("it fits");
    let value = STANDARD.encode(sealed);
    format!(
        "<x:EncryptedKey xmlns:x='{XENC}'><x:EncryptionMethod Algorithm='{XENC}rsa-oaep-mgf1p'/>\
         <x:CipherData><x:CipherValue>{value}</x:CipherValue></x:CipherData></x:EncryptedKey>"
    )
}

fn str(form: &str) -> String {
    format!("<w:SecurityTokenReference xmlns:w='{WSSE}'>{form}</w:SecurityTokenReference>")
}

fn identifier(id: &str) -> String {
    let kind = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLID";
    format!("<w:KeyIdentifier ValueType='{kind}'>{id}</w:KeyIdentifier>")
}

fn key_info(inside: &str) -> String {
    format!("<d:KeyInfo xmlns:d='{DS}'>{inside}</d:KeyInfo>")
}

fn key_value(key: &PublicKey) -> String {
    let spki = STANDARD.encode(key.spki());
    format!("<e:DEREncodedKeyValue xmlns:e='http://www.w3.org/2009/xmldsig11#'>{spki}</e:DEREncodedKeyValue>")
}

fn only(answer: &str) -> Exchange {
    Exchange { answer: answer.to_owned(), ..Exchange::default() }
}

fn find(tree: &Tree, local: &str) -> Node {
    let mut all = std::iter::once(tree.root()).chain(tree.descendants(tree.root()));
    all.find(|&node| tree.name(node).local == local).expect("such an element")
}

fn certificate() -> Certificate {
    Certificate::from_pem(CERTIFICATE).expect("a certificate")
}

/// A key that nobody has.
fn other_key() -> PublicKey {
    PublicKey::rsa(&[0xC5; 256], &[1, 0, 1]).expect("a modulus")
}

fn keys() -> CryptoPredicates {
    CryptoPredicates::default()
}

fn trusting() -> CryptoPredicates {
    CryptoPredicates::new(Keys::trusting(certificate()))
}

fn private() -> DecryptionKeys {
    let private = PrivateKey::from_pem("relying party", PRIVATE).expect("a private key");
    DecryptionKeys { private: vec![private], secrets: Vec::new() }
}
