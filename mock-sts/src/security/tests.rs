//! Signed messages, made here with the same keys that a client is given.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::{digest, hmac, signature as signing};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::fault::{Code, SecurityCode, TrustCode};
use crate::http::Carriage;
use crate::keys::{self, Identity, KeyPair};
use crate::names::{DSIG, SAML_20_ID, SOAP_SECURITY_11, WSSE, X509};
use crate::read::{Desk, read};
use crate::request::{Refusal, Request, SoapVersion};
use crate::wrong::{Wrong, Wrongs};
use crate::xml::c14n::{Method, canonical};
use crate::xml::tree::Ask as _;

const PLAIN: &str = include_str!("../read/plain.xml");
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const HMAC_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
const ALL: [&str; 5] = ["body", "stamp", "to", "action", "reply"];
const NOW: &str = "2026-11-21T16:00:00Z";

#[derive(Default)]
struct Short(Marks);

impl Memory for Short {
    fn first_use(&self, mark: &[u8], until: Timestamp, now: Timestamp) -> bool {
        self.0.first_use(mark, until, now)
    }

    fn is_cancelled(&self, token: &str) -> bool {
        token == "_cancelled"
    }

    fn is_renewable(&self, token: &str) -> bool {
        token == "_renewable"
    }
}

/// A message ready to be signed: identifiers on all that matters, and these tokens in place of the user's.
fn unsigned(tokens: &str) -> String {
    let start = PLAIN.find("<o:UsernameToken").unwrap();
    let end = PLAIN.find("</o:Security>").unwrap();
    format!("{}{tokens}{{signature}}{}", &PLAIN[..start], &PLAIN[end..])
        .replace("<a:Action ", "<a:Action u:Id=\"action\" ")
        .replace("<a:To ", "<a:To u:Id=\"to\" ")
        .replace("<a:ReplyTo>", "<a:ReplyTo u:Id=\"reply\">")
        .replace("u:Id=\"_0\"", "u:Id=\"stamp\"")
        .replace("<s:Body>", "<s:Body u:Id=\"body\">")
}

/// Signs the parts of a text and puts the signature where `{signature}` stands.
fn signed(text: &str, parts: &[&str], method: &str, key_info: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let transform = "<ds:Transforms>{enveloped}<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>";
    let bare = text.replace("{signature}", "");
    let document = roxmltree::Document::parse(&bare).unwrap();
    let references = parts.iter().map(|part| {
        let has_id = |node: &roxmltree::Node<'_, '_>| node.attributes().any(|a| matches!(a.name(), "Id" | "ID") && a.value() == *part);
        let element = document.descendants().find(has_id).expect("the part to be signed");
        let octets = canonical(element, Method::default(), None).unwrap();
        let digest = STANDARD.encode(digest::digest(&digest::SHA256, octets.as_bytes()));
        let enveloped = if element.local() == "Assertion" {
            "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>"
        } else {
            ""
        };
        let transform = transform.replace("{enveloped}", enveloped);
        format!("<ds:Reference URI=\"#{part}\">{transform}<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>")
    });
    let references: Vec<_> = references.collect();
    let whole = format!(
        "<ds:Signature Id=\"sig\" xmlns:ds=\"{DSIG}\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/><ds:SignatureMethod Algorithm=\"{method}\"/>{}</ds:SignedInfo><ds:SignatureValue>{{value}}</ds:SignatureValue><ds:KeyInfo>{key_info}</ds:KeyInfo></ds:Signature>",
        references.concat()
    );
    let whole = text.replace("{signature}", &whole);
    let document = roxmltree::Document::parse(&whole).unwrap();
    let mut infos = document.descendants().filter(|node| node.is(DSIG, "SignedInfo"));
    let info = infos.find(|info| {
        info.parent()
            .is_some_and(|sig| sig.one(DSIG, "SignatureValue").is_some_and(|value| value.whole_text() == "{value}"))
    });
    let octets = canonical(info.unwrap(), Method::default(), None).unwrap();
    whole.replacen("{value}", &STANDARD.encode(sign(octets.as_bytes())), 1)
}

fn rsa(identity: &Identity, octets: &[u8]) -> Vec<u8> {
    let KeyPair::Rsa(key) = identity.key() else { panic!("an RSA key") };
    let mut out = vec![0; key.public_modulus_len()];
    key.sign(&signing::RSA_PKCS1_SHA256, &SystemRandom::new(), octets, &mut out).unwrap();
    out
}

fn binary_token(identity: &Identity) -> String {
    let octets = STANDARD.encode(identity.certificate());
    format!(
        "<o:BinarySecurityToken u:Id=\"cert\" ValueType=\"{X509}X509v3\" EncodingType=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary\">{octets}</o:BinarySecurityToken>"
    )
}

fn reference(inner: &str) -> String {
    format!("<o:SecurityTokenReference xmlns:o=\"{WSSE}\">{inner}</o:SecurityTokenReference>")
}

fn direct() -> String {
    reference(&format!("<o:Reference URI=\"#cert\" ValueType=\"{X509}X509v3\"/>"))
}

/// A message signed by a certificate's owner.
fn by(identity: &Identity, parts: &[&str]) -> String {
    signed(&unsigned(&binary_token(identity)), parts, RSA_SHA256, &direct(), |octets| rsa(identity, octets))
}

fn acquaintance() -> Acquaintance {
    Acquaintance::default()
        .user("alice", "wonderland")
        .authority(keys::ca().certificate())
        .and_then(|known| known.person(keys::client().certificate()))
        .and_then(|known| known.issuer("urn:mock-sts:issuer", keys::signing_rsa().certificate()))
        .unwrap()
        .audience("urn:mock-sts:issuer")
        .private_key(keys::relying_party().pkcs8().secret_pkcs8_der())
}

fn answer(text: &str, wrongs: Wrongs) -> Result<Request, Box<Refusal>> {
    answer_with(text, wrongs, &acquaintance(), &Short::default())
}

fn answer_with(text: &str, wrongs: Wrongs, known: &Acquaintance, memory: &Short) -> Result<Request, Box<Refusal>> {
    let desk = Desk { now: NOW.parse().unwrap(), wrongs, path: "/sts", host: Some("sts.example.test"), known, memory };
    let carriage = Carriage { soap: Some(SoapVersion::V12), ..Carriage::default() };
    read(text.as_bytes(), &carriage, &desk)
}

fn right(text: &str) -> Requestor {
    answer(text, Wrongs::RIGHT).unwrap_or_else(|refusal| panic!("refused: {:?}\n{text}", refusal.fault)).requestor
}

fn code(text: &str) -> Code {
    answer(text, Wrongs::RIGHT).expect_err("a refusal").fault.code
}

#[test]
fn a_signed_message_is_its_signers() {
    let requestor = right(&by(keys::client(), &ALL));
    assert_eq!(requestor.name, "mock-sts Client");
    assert!(requestor.message_signed);
    assert!(matches!(requestor.how, How::Certificate(der) if der == keys::client().certificate().as_ref()));
}

#[rstest]
#[case::key_identifier(format!("<o:KeyIdentifier ValueType=\"{X509}X509SubjectKeyIdentifier\">{}</o:KeyIdentifier>", STANDARD.encode(keys::client().subject_key_identifier().unwrap())))]
#[case::thumbprint(format!("<o:KeyIdentifier ValueType=\"{SOAP_SECURITY_11}ThumbprintSHA1\">{}</o:KeyIdentifier>", STANDARD.encode(keys::client().thumbprint())))]
#[case::issuer_serial(format!("<ds:X509Data xmlns:ds=\"{DSIG}\"><ds:X509IssuerSerial><ds:X509IssuerName>CN=mock-sts Test CA,O=mock-sts PUBLIC TEST KEY\\, do not trust</ds:X509IssuerName><ds:X509SerialNumber>6</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>"))]
#[case::embedded(format!("<o:Embedded>{}</o:Embedded>", binary_token(keys::client()).replace(" u:Id=\"cert\"", "")))]
fn a_certificate_is_found_by_every_form_of_reference(#[case] hint: String) {
    let text = signed(&unsigned(""), &ALL, RSA_SHA256, &reference(&hint), |octets| rsa(keys::client(), octets));
    assert_eq!(right(&text).name, "mock-sts Client");
}

#[rstest]
#[case("stamp", SecurityCode::FailedCheck, Wrong::ACCEPT_TIMESTAMP_UNSIGNED)]
#[case("body", SecurityCode::FailedCheck, Wrong::ACCEPT_BODY_UNSIGNED)]
#[case("to", SecurityCode::FailedCheck, Wrong::ACCEPT_ADDRESSING_UNSIGNED)]
fn a_signature_leaves_out_nothing_that_matters(
    #[case] part: &str,
    #[case] expected: SecurityCode,
    #[case] wrong: Wrong,
) {
    let parts: Vec<_> = ALL.into_iter().filter(|known| *known != part).collect();
    let text = by(keys::client(), &parts);
    assert_eq!(code(&text), expected.into());
    assert!(answer(&text, wrong.into()).is_ok());
}

#[rstest]
#[case::body("Context=\"urn:example:context\"", "Context=\"urn:example:contexT\"")]
#[case::time("16:05:00.000Z", "16:06:00.000Z")]
#[case::digest("<ds:DigestValue>", "<ds:DigestValue>AAAA")]
#[case::value("<ds:SignatureValue>", "<ds:SignatureValue>AAAA")]
#[case::signed_info("<ds:SignedInfo>", "<ds:SignedInfo Id=\"x\">")]
fn a_changed_message_is_refused(#[case] piece: &str, #[case] other: &str) {
    let text = by(keys::client(), &ALL);
    assert!(text.contains(piece));
    assert_eq!(code(&text.replacen(piece, other, 1)), SecurityCode::FailedCheck.into());
}

#[test]
fn a_wrapped_body_does_not_speak_for_another() {
    let text = by(keys::client(), &ALL);
    let (start, end) = (text.find("<s:Body").unwrap(), text.find("</s:Envelope>").unwrap());
    let body = &text[start..end];
    let forged = body.replace(" u:Id=\"body\"", "").replace("rp.example.test", "evil.example.test");
    let hidden = format!(
        "{}<x:hide xmlns:x=\"urn:x\">{body}</x:hide></s:Header>{forged}</s:Envelope>",
        &text[..text.find("</s:Header>").unwrap()]
    );
    assert_eq!(code(&hidden), SecurityCode::FailedCheck.into());
    let same_id = hidden.replace(&forged, &forged.replace("<s:Body", "<s:Body u:Id=\"body\""));
    assert_eq!(code(&same_id), SecurityCode::InvalidSecurity.into());
}

#[rstest]
#[case::stranger(keys::client_untrusted())]
#[case::expired(keys::client_expired())]
fn a_certificate_that_nobody_vouches_for_names_nobody(#[case] identity: &Identity) {
    let text = by(identity, &ALL);
    assert_eq!(code(&text), TrustCode::FailedAuthentication.into());
    assert!(answer(&text, Wrong::ACCEPT_UNTRUSTED_CERTIFICATE.into()).is_ok());
}

#[test]
fn a_stranger_with_a_known_certificate_is_refused() {
    let text = signed(&unsigned(&binary_token(keys::client())), &ALL, RSA_SHA256, &direct(), |octets| {
        rsa(keys::client_untrusted(), octets)
    });
    assert_eq!(code(&text), SecurityCode::FailedCheck.into());
    assert!(answer(&text, Wrong::ACCEPT_BAD_SIGNATURE.into()).is_ok());
}

#[test]
fn a_public_key_is_no_secret() {
    let certificate = keys::client().certificate();
    let spki = Certificate::read(certificate).unwrap().public_key().spki;
    let text = signed(&unsigned(&binary_token(keys::client())), &ALL, HMAC_SHA256, &direct(), |octets| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &spki), octets).as_ref().to_vec()
    });
    assert_eq!(code(&text), SecurityCode::FailedCheck.into());
}

#[rstest]
#[case("http://www.w3.org/2001/04/xmldsig-more#rsa-md5")]
#[case("")]
fn an_unknown_algorithm_is_told(#[case] method: &str) {
    let text = by(keys::client(), &ALL).replace(RSA_SHA256, method);
    assert_eq!(code(&text), SecurityCode::UnsupportedAlgorithm.into());
}

#[test]
fn a_dangling_reference_is_told() {
    let text = by(keys::client(), &ALL).replace("URI=\"#cert\"", "URI=\"#none\"");
    assert_eq!(code(&text), SecurityCode::SecurityTokenUnavailable.into());
}

#[test]
fn an_unused_key_is_proved_beside_a_password() {
    let bare = PLAIN.replace("</o:Security>", "{signature}</o:Security>").replace("<s:Body>", "<s:Body u:Id=\"body\">");
    let token = binary_token(keys::client_untrusted());
    let bare = bare.replace("<o:UsernameToken", &format!("{token}<o:UsernameToken"));
    let use_key = format!("<wst:UseKey Sig=\"#sig\">{}</wst:UseKey></wst:RequestSecurityToken>", direct());
    let bare = bare.replace("</wst:RequestSecurityToken>", &use_key);
    let text = signed(&bare, &["body"], RSA_SHA256, &direct(), |octets| rsa(keys::client_untrusted(), octets));
    let request = answer(&text, Wrongs::RIGHT).unwrap();
    assert_eq!(request.requestor.name, "alice");
    assert!(request.rst.use_key.unwrap().proven);
}

/// An assertion of ours about alice, with a confirmation, signed.
fn assertion(id: &str, confirmation: &str, end: &str) -> String {
    assertion_from(&template(id, confirmation, end), id)
}

/// The same before it is signed.
fn template(id: &str, confirmation: &str, end: &str) -> String {
    format!(
        "<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" IssueInstant=\"{NOW}\" Version=\"2.0\"><saml2:Issuer>urn:mock-sts:issuer</saml2:Issuer>{{signature}}<saml2:Subject><saml2:NameID>alice</saml2:NameID>{confirmation}</saml2:Subject><saml2:Conditions NotBefore=\"2026-11-21T15:00:00Z\" NotOnOrAfter=\"{end}\"><saml2:AudienceRestriction><saml2:Audience>urn:mock-sts:issuer</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions></saml2:Assertion>"
    )
}

fn assertion_from(text: &str, id: &str) -> String {
    signed(text, &[id], RSA_SHA256, "<ds:KeyName>ours</ds:KeyName>", |octets| rsa(keys::signing_rsa(), octets))
        .replace(" Id=\"sig\"", "")
}

const BEARER: &str = "<saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"/>";
const LATER: &str = "2026-11-21T17:00:00Z";

fn with_token(token: &str) -> String {
    unsigned(token).replace("{signature}", "")
}

#[test]
fn a_bearer_assertion_of_ours_is_a_credential() {
    let requestor = right(&with_token(&assertion("_a", BEARER, LATER)));
    assert_eq!(requestor.name, "alice");
    assert!(matches!(requestor.how, How::Assertion(assertion) if assertion.standing == Standing::Good));
}

#[rstest]
#[case::changed(assertion("_a", BEARER, LATER).replace("alice", "bob"), SecurityCode::FailedCheck.into())]
#[case::unsigned(assertion("_a", BEARER, LATER).replace("ds:Signature ", "ds:Signatur ").replace("ds:Signature>", "ds:Signatur>"), SecurityCode::InvalidSecurityToken.into())]
#[case::other_issuer(assertion("_a", BEARER, LATER).replace("<saml2:Issuer>urn:mock-sts:issuer", "<saml2:Issuer>urn:other"), SecurityCode::InvalidSecurityToken.into())]
#[case::over(assertion("_a", BEARER, "2026-11-21T15:30:00Z"), SecurityCode::InvalidSecurityToken.into())]
#[case::over_but_renewable(assertion("_renewable", BEARER, "2026-11-21T15:30:00Z"), TrustCode::RenewNeeded.into())]
#[case::cancelled(assertion("_cancelled", BEARER, LATER), TrustCode::InvalidSecurityToken.into())]
#[case::version(assertion("_a", BEARER, LATER).replace("Version=\"2.0\"", "Version=\"2.1\""), SecurityCode::UnsupportedSecurityToken.into())]
#[case::confirmed_until_earlier(assertion("_a", &bearer("NotOnOrAfter=\"2026-11-21T15:30:00Z\""), LATER), SecurityCode::InvalidSecurityToken.into())]
#[case::confirmed_from_later_on(assertion("_a", &bearer("NotBefore=\"2026-11-21T16:30:00Z\""), LATER), SecurityCode::InvalidSecurityToken.into())]
#[case::delivered_to_another(assertion("_a", &bearer("Recipient=\"https://other.example.test/sts\""), LATER), SecurityCode::InvalidSecurityToken.into())]
#[case::for_another_place(for_audience("https://other.example.test/sts"), SecurityCode::InvalidSecurityToken.into())]
#[case::for_another_besides(for_audience("urn:mock-sts:issuer</saml2:Audience></saml2:AudienceRestriction><saml2:AudienceRestriction><saml2:Audience>urn:other"), SecurityCode::InvalidSecurityToken.into())]
#[case::vouched_for(assertion("_a", &BEARER.replace("cm:bearer", "cm:sender-vouches"), LATER), TrustCode::FailedAuthentication.into())]
fn an_assertion_that_is_not_in_order_is_refused(#[case] token: String, #[case] expected: Code) {
    assert_eq!(code(&with_token(&token)), expected);
}

fn bearer(data: &str) -> String {
    format!("{}><saml2:SubjectConfirmationData {data}/></saml2:SubjectConfirmation>", BEARER.trim_end_matches("/>"))
}

/// A good assertion but for whom it is meant.
fn for_audience(audience: &str) -> String {
    assertion_from(
        &template("_a", BEARER, LATER).replace("Audience>urn:mock-sts:issuer", &format!("Audience>{audience}")),
        "_a",
    )
}

#[rstest]
#[case::confirmed_here_and_now(assertion("_a", &bearer("NotOnOrAfter=\"2026-11-21T16:30:00Z\" Recipient=\"https://sts.example.test/sts\""), LATER))]
#[case::one_live_confirmation(assertion("_a", &(bearer("NotOnOrAfter=\"2026-11-21T15:30:00Z\"") + BEARER), LATER))]
#[case::for_this_address(for_audience("http://STS.example.test/sts"))]
fn an_assertion_that_is_meant_for_here_and_now_is_taken(#[case] token: String) {
    assert_eq!(right(&with_token(&token)).name, "alice");
}

#[test]
fn an_assertion_for_one_use_is_good_for_one() {
    let once = template("_a", BEARER, LATER).replace("</saml2:Conditions>", "<saml2:OneTimeUse/></saml2:Conditions>");
    let text = with_token(&assertion_from(&once, "_a"));
    let (known, memory) = (acquaintance(), Short::default());
    let ask = |text: &str| answer_with(text, Wrongs::RIGHT, &known, &memory);
    assert!(ask(&text).is_ok());
    assert_eq!(ask(&text).expect_err("a second use").fault.code, SecurityCode::InvalidSecurityToken.into());
    let often = with_token(&assertion("_b", BEARER, LATER));
    assert!(ask(&often).is_ok() && ask(&often).is_ok());
}

#[test]
fn a_token_may_be_credential_and_subject_of_one_message() {
    let token = assertion("_a", BEARER, LATER);
    let twice = |second: &str| {
        let behalf = format!("<wst:OnBehalfOf>{second}</wst:OnBehalfOf></wst:RequestSecurityToken>");
        with_token(&token).replace("</wst:RequestSecurityToken>", &behalf)
    };
    assert!(answer(&twice(&token), Wrongs::RIGHT).is_ok());
    assert_eq!(code(&twice(&token.replace("alice", "bob"))), SecurityCode::InvalidSecurity.into());
}

#[test]
fn a_message_that_does_not_say_its_end_is_not_good_for_ever() {
    let aged = |minutes: i64| {
        let created = NOW.parse::<Timestamp>().unwrap() - jiff::SignedDuration::from_mins(minutes);
        let start = PLAIN.find("<u:Created>").unwrap();
        let end = PLAIN.find("</u:Timestamp>").unwrap();
        format!("{}<u:Created>{created}</u:Created>{}", &PLAIN[..start], &PLAIN[end..])
    };
    assert!(answer(&aged(9), Wrongs::RIGHT).is_ok());
    assert_eq!(code(&aged(11)), TrustCode::ExpiredData.into());
}

fn holder() -> String {
    let key = keys::client().certificate();
    let info = format!(
        "<ds:KeyInfo xmlns:ds=\"{DSIG}\"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        STANDARD.encode(key)
    );
    let confirmation = format!(
        "<saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:holder-of-key\"><saml2:SubjectConfirmationData>{info}</saml2:SubjectConfirmationData></saml2:SubjectConfirmation>"
    );
    assertion("_a", &confirmation, LATER)
}

#[test]
fn a_holder_of_key_assertion_needs_a_signature_by_its_key() {
    assert_eq!(code(&with_token(&holder())), TrustCode::FailedAuthentication.into());
    let hint = reference(&format!("<o:KeyIdentifier ValueType=\"{SAML_20_ID}\">_a</o:KeyIdentifier>"));
    let text = |identity: &'static Identity| {
        signed(&unsigned(&holder()), &ALL, RSA_SHA256, &hint, |octets| rsa(identity, octets))
    };
    let requestor = right(&text(keys::client()));
    assert_eq!(requestor.name, "alice");
    assert!(matches!(requestor.key, Some(Key::Public(_))));
    assert_eq!(code(&text(keys::client_untrusted())), SecurityCode::FailedCheck.into());
}

const SALT: &str = "<d:Salt xmlns:d=\"http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd\">AAECAwQFBgcICQoLDA0ODw==</d:Salt><d:Iteration xmlns:d=\"http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd\">1000</d:Iteration>";

/// UsernameToken profile 1.1, clause 4: a key is derived instead of showing the password, never beside it.
#[rstest]
#[case::instead_of_the_password("UnsupportedSecurityToken")]
#[case::beside_the_password("InvalidSecurityToken")]
fn a_key_that_is_derived_from_a_password_is_told_to_be_unsupported(#[case] expected: &str) {
    let (start, end) = (PLAIN.find("<o:Password").unwrap(), PLAIN.find("</o:UsernameToken>").unwrap());
    let password = if expected == "InvalidSecurityToken" { &PLAIN[start..end] } else { "" };
    let text = [&PLAIN[..start], password, SALT, &PLAIN[end..]].concat();
    let Code::Security(code) = code(&text) else { panic!("a code of WS-Security") };
    assert_eq!(code.name(), expected);
}

const ENCRYPTED_DATA: &str = "<e:EncryptedData xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"><e:CipherData><e:CipherValue>AA==</e:CipherValue></e:CipherData></e:EncryptedData>";

#[rstest]
#[case::a_key(&ENCRYPTED_DATA.replace("EncryptedData", "EncryptedKey"), SecurityCode::UnsupportedSecurityToken)]
#[case::a_token(ENCRYPTED_DATA, SecurityCode::UnsupportedAlgorithm)]
#[case::a_list_of_parts(
    "<e:ReferenceList xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"><e:DataReference URI=\"#body\"/></e:ReferenceList>",
    SecurityCode::UnsupportedAlgorithm
)]
fn an_encrypted_part_is_told_to_be_unsupported(#[case] part: &str, #[case] expected: SecurityCode) {
    assert_eq!(code(&PLAIN.replace("<o:UsernameToken", &format!("{part}<o:UsernameToken"))), expected.into());
}

#[test]
fn an_encrypted_request_is_told_to_be_unsupported() {
    let (start, end) = (PLAIN.find("<wst:Req").unwrap(), PLAIN.find("</s:Body>").unwrap());
    let text = [&PLAIN[..start], ENCRYPTED_DATA, &PLAIN[end..]].concat();
    assert_eq!(code(&text), SecurityCode::UnsupportedAlgorithm.into());
}

proptest! {
    // Each case signs and verifies.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_letter_of_a_signed_body_can_be_changed(at: prop::sample::Index, letter in "[a-zA-Z0-9]") {
        let text = by(keys::client(), &ALL);
        let (start, end) = (text.find("<s:Body").unwrap(), text.find("</s:Envelope>").unwrap());
        let letters: Vec<_> = (start..end).filter(|at| text.as_bytes()[*at].is_ascii_alphanumeric()).collect();
        let at = *at.get(&letters);
        let mut changed = text.clone();
        changed.replace_range(at..=at, &letter);
        prop_assume!(changed != text);
        prop_assert!(answer(&changed, Wrongs::RIGHT).is_err());
    }
}
