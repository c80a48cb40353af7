//! What others say to our answers: `xmllint` with the published schemas, `xmlsec1` with the published certificate.
//!
//! Where a witness is missing its test says "not run"; with `STSPROOF_WITNESSES=require` it fails instead.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::requests::{Answer, Ask, SAML_11, SAML_20, issued};
use crate::keys;
use crate::request::{SoapVersion, TrustVersion};

/// A program that judges our answers.
pub(super) struct Tool(&'static str);

impl Tool {
    /// The program, if it is here.
    pub(super) fn find(name: &'static str) -> Option<Self> {
        let is_here = Command::new(name).arg("--version").output().is_ok();
        missing(is_here, name).then_some(Self(name))
    }

    /// Runs it over a text, which it has to find good.
    #[track_caller]
    pub(super) fn accepts(&self, arguments: &[String], text: &str) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("answer.xml");
        std::fs::write(&file, text).unwrap();
        let output = Command::new(self.0).args(arguments).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}{text}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Whether to go on; says so when not.
#[expect(clippy::print_stderr, clippy::disallowed_methods, reason = "a test that did not run has to say so")]
fn missing(is_here: bool, what: &str) -> bool {
    if !is_here {
        assert!(std::env::var("STSPROOF_WITNESSES").as_deref() != Ok("require"), "{what} is required and missing");
        eprintln!("not run: {what} is missing");
    }
    is_here
}

/// How to verify the signature of a message: every element that can be signed, and our CA.
pub(super) fn message_arguments(soap: SoapVersion) -> Vec<String> {
    let wsa = "http://www.w3.org/2005/08/addressing";
    let wsu = crate::names::WSU;
    let mut signed: Vec<String> = ["Action", "MessageID", "RelatesTo", "To"].map(|name| format!("{wsa}:{name}")).into();
    signed.push(format!("{wsu}:Timestamp"));
    signed.push(format!("{}:SignatureConfirmation", crate::names::WSSE_11));
    signed.push(format!("{}:Body", soap.namespace()));
    let path = "/*/*[local-name()='Header']/*[local-name()='Security']/*[local-name()='Signature']";
    let mut arguments = verify();
    arguments.extend(["--node-xpath".to_owned(), path.to_owned()]);
    // xmlsec1 knows no SecurityTokenReference: it gets the certificate by hand.
    arguments.extend(["--pubkey-cert-pem".to_owned(), key_file("signing-rsa.cert.pem")]);
    arguments.extend(signed.into_iter().flat_map(|name| ["--id-attr:Id".to_owned(), name]));
    arguments
}

fn verify() -> Vec<String> {
    vec!["--verify".to_owned()]
}

fn assertion_arguments() -> Vec<String> {
    let ids = [("--id-attr:ID", SAML_20), ("--id-attr:AssertionID", SAML_11)];
    let mut arguments = verify();
    arguments.extend(ids.into_iter().flat_map(|(option, name)| [option.to_owned(), format!("{name}:Assertion")]));
    arguments.extend(["--trusted-pem".to_owned(), key_file("ca.cert.pem")]);
    arguments
}

fn key_file(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("keys").join(name).display().to_string()
}

#[test]
fn every_answer_is_valid_by_the_published_schemas() {
    let schema: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/xsd/all.xsd");
    let Some(xmllint) = Tool::find("xmllint") else { return };
    if !missing(schema.exists(), "the folder of published schemas beside the workspace") {
        return;
    }
    let arguments = ["--noout", "--nonet", "--schema", &schema.display().to_string()].map(str::to_owned);
    let mut asks = issued();
    for soap in [SoapVersion::V11, SoapVersion::V12] {
        asks.push(Ask { password: "guess", ..Ask::bearer().of(TrustVersion::V13, soap) });
        asks.push(Ask::bearer().of(TrustVersion::V2005, soap).scope("https://nobody.example.test/"));
    }
    for ask in asks {
        xmllint.accepts(&arguments, &Answer::to(&ask).text);
    }
}

#[test]
fn every_assertion_verifies_for_xmlsec1() {
    let Some(xmlsec1) = Tool::find("xmlsec1") else { return };
    for ask in issued().iter().filter(|ask| !ask.scope.contains("encrypted")) {
        xmlsec1.accepts(&assertion_arguments(), &Answer::to(ask).text);
    }
}

#[test]
fn an_assertion_is_signed_with_the_algorithm_that_was_asked_for() {
    let Some(xmlsec1) = Tool::find("xmlsec1") else { return };
    let more = "http://www.w3.org/2001/04/xmldsig-more#";
    let named =
        ["rsa-sha256", "rsa-sha384", "rsa-sha512", "ecdsa-sha256", "ecdsa-sha384"].map(|name| format!("{more}{name}"));
    let old = ["http://www.w3.org/2000/09/xmldsig#rsa-sha1".to_owned()];
    for uri in named.into_iter().chain(old) {
        for token in [SAML_11, SAML_20] {
            let wish = format!("<t:SignatureAlgorithm>{uri}</t:SignatureAlgorithm>");
            let answer = Answer::to(&Ask::bearer().token(token).with(&wish));
            answer.has(&format!("<ds:SignatureMethod Algorithm=\"{uri}\">"));
            xmlsec1.accepts(&assertion_arguments(), &answer.text);
        }
    }
}

#[test]
fn the_relying_party_opens_an_encrypted_token() {
    let Some(xmlsec1) = Tool::find("xmlsec1") else { return };
    let ciphers = [
        "2001/04/xmlenc#aes128-cbc",
        "2001/04/xmlenc#aes256-cbc",
        "2009/xmlenc11#aes128-gcm",
        "2009/xmlenc11#aes256-gcm",
    ];
    let transports = ["rsa-oaep-mgf1p", "rsa-1_5"];
    let arguments = ["--decrypt", "--privkey-pem", &key_file("relying-party.key.pem")].map(str::to_owned);
    for (cipher, transport) in ciphers.iter().flat_map(|cipher| transports.map(|transport| (cipher, transport))) {
        let wish = format!(
            "<t:EncryptionAlgorithm>http://www.w3.org/{cipher}</t:EncryptionAlgorithm>\
             <t:KeyWrapAlgorithm>http://www.w3.org/2001/04/xmlenc#{transport}</t:KeyWrapAlgorithm>"
        );
        let answer = Answer::to(&Ask::bearer().scope("https://encrypted.example.test/").with(&wish));
        answer.has(cipher).has(transport).lacks(keys::SIGNING_RSA.certificate.lines().nth(1).unwrap());
        xmlsec1.accepts(&arguments, &answer.text);
    }
}
