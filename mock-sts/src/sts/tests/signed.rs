//! Requests that no text is needed for: what a signed message leads to, without signing one.

use super::requests::{Ask, NOW, issued};
use super::witness::{self, Tool};
use crate::http::{Head, carriage};
use crate::keyring::Recipient;
use crate::policy::Policy;
use crate::read::{Desk, read};
use crate::reply::Reply;
use crate::request::{Refusal, Request, SoapVersion, TrustVersion, UseKey};
use crate::security::{How, Key, Marks, Memory, PublicKey};
use crate::sts::{Past, Sts, acquaintance};
use crate::{Random, Wrongs, keys};

/// A request after it was read.
pub(super) struct Sample(Result<Request, Box<Refusal>>);

impl Sample {
    fn read(ask: &Ask) -> Self {
        let head = Head { method: "POST", content_type: Some(ask.soap.media_type()), ..Head::default() };
        let carriage = carriage(&head, Wrongs::RIGHT).unwrap();
        let known = acquaintance("urn:mock-sts:issuer").unwrap();
        let past = Past { marks: Marks::default(), ..Past::default() };
        let memory: &dyn Memory = &past;
        let desk = Desk {
            now: NOW.parse().unwrap(),
            wrongs: Wrongs::RIGHT,
            path: "/sts",
            host: Some("sts.example.test"),
            known: &known,
            memory,
        };
        Self(read(ask.xml().as_bytes(), &carriage, &desk))
    }

    /// The same, as if it had been signed with the client's certificate.
    fn signed(ask: &Ask) -> Self {
        let mut request = Self::read(ask).0.unwrap();
        let certificate = keys::client().certificate().to_vec();
        request.requestor.how = How::Certificate(certificate);
        request.requestor.key = Some(Key::Public(client_key()));
        request.requestor.message_signed = true;
        request.requestor.signatures = vec!["c2lnbmF0dXJl".to_owned()];
        Self(Ok(request))
    }

    fn with_use_key(mut self) -> Self {
        let request = self.0.as_mut().unwrap();
        request.rst.use_key =
            Some(UseKey { signature: None, key: Some(client_key()), proven: true, xml: String::new() });
        self
    }

    pub(super) fn reply(&self, wrongs: Wrongs) -> Reply {
        let sts = Sts::new(Random::seeded(1));
        match &self.0 {
            Ok(request) => sts.respond(request, &published(), NOW.parse().unwrap(), wrongs),
            Err(refusal) => sts.refuse(refusal, wrongs),
        }
    }

    fn text(&self) -> String {
        String::from_utf8(self.reply(Wrongs::RIGHT).body).unwrap()
    }
}

fn published() -> Policy {
    Policy::strict(&Recipient::published(), &Recipient::itself())
}

fn client_key() -> PublicKey {
    let certificate = keys::client().certificate().to_vec();
    let (_, parsed) = x509_parser::parse_x509_certificate(&certificate).unwrap();
    PublicKey { spki: parsed.public_key().raw.to_vec(), certificate: Some(certificate.clone()) }
}

/// Requests that between them call for everything an answer can hold.
pub(super) fn samples() -> Vec<Sample> {
    let ticket = "<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address>\
                  <a:ReferenceParameters><x:Ticket xmlns:x=\"urn:x\">7</x:Ticket></a:ReferenceParameters></a:ReplyTo>";
    let nowhere = "<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/none</a:Address></a:ReplyTo>";
    let stranger = "<x:Strange xmlns:x=\"urn:x\" s:mustUnderstand=\"1\"/>";
    let twice = "<a:Action>urn:x</a:Action>";
    let bob =
        format!("<o:UsernameToken xmlns:o=\"{}\"><o:Username>bob</o:Username></o:UsernameToken>", crate::names::WSSE);
    let later = format!(
        "<t:Lifetime><u:Created xmlns:u=\"{0}\">2026-03-01T11:00:00Z</u:Created><u:Expires xmlns:u=\"{0}\">\
         2026-03-01T12:00:00Z</u:Expires></t:Lifetime>",
        crate::names::WSU
    );
    let act_as = format!("<t14:ActAs xmlns:t14=\"{}\">{bob}</t14:ActAs>", crate::names::TRUST_14);
    let with = "<t:SignWith>http://www.w3.org/2001/04/xmldsig-more#hmac-sha512</t:SignWith>\
                <t:EncryptWith>http://www.w3.org/2001/04/xmlenc#aes128-cbc</t:EncryptWith>";
    let mut asks = issued();
    asks.push(Ask { reply_to: ticket, ..Ask::bearer() });
    asks.push(Ask { reply_to: nowhere, ..Ask::bearer() });
    asks.push(Ask::bearer().with(&format!("<t:OnBehalfOf>{bob}</t:OnBehalfOf>")));
    asks.push(Ask::bearer().with(&act_as));
    asks.push(Ask::bearer().with(&later));
    asks.push(Ask::symmetric().with(with).scope("https://encrypted.example.test/"));
    for soap in [SoapVersion::V11, SoapVersion::V12] {
        for trust in [TrustVersion::V13, TrustVersion::V2005] {
            asks.push(Ask { password: "guess", ..Ask::bearer().of(trust, soap) });
        }
        asks.push(Ask::bearer().of(TrustVersion::V13, soap).scope("https://nobody.example.test/"));
        asks.push(Ask { more_headers: stranger, ..Ask::bearer().of(TrustVersion::V13, soap) });
        asks.push(Ask { more_headers: twice, ..Ask::bearer().of(TrustVersion::V13, soap) });
    }
    let mut samples: Vec<Sample> = asks.iter().map(Sample::read).collect();
    samples.push(Sample::signed(&Ask::bearer()));
    samples.push(Sample::signed(&Ask::symmetric().entropy()));
    samples.push(Sample::signed(&Ask { key: "{trust}/PublicKey", ..Ask::bearer() }).with_use_key());
    samples.push(other_envelope());
    samples
}

/// An envelope of no version that there is.
fn other_envelope() -> Sample {
    let mut sample = Sample::read(&Ask { password: "guess", ..Ask::bearer() });
    if let Err(refusal) = &mut sample.0 {
        refusal.fault = crate::fault::Fault::of(crate::fault::Code::VersionMismatch);
    }
    sample
}

#[test]
fn a_signed_request_gets_secrets_encrypted_to_its_certificate() {
    let text = Sample::signed(&Ask::symmetric().entropy()).text();
    assert!(text.contains("<trust:Entropy><xenc:EncryptedKey"), "{text}");
    assert!(!text.contains("BinarySecret "), "{text}");
}

#[test]
fn a_token_is_bound_to_the_key_that_was_proven() {
    let text = Sample::signed(&Ask { key: "{trust}/PublicKey", ..Ask::bearer() }).text();
    let certificate = keys::CLIENT.certificate.lines().nth(1).unwrap();
    assert!(text.contains("cm:holder-of-key") && text.contains(certificate), "{text}");
    assert!(text.contains("<trust:KeySize>2048</trust:KeySize>"), "{text}");
}

#[test]
fn a_signed_request_gets_a_signed_answer_that_xmlsec1_verifies() {
    let Some(xmlsec1) = Tool::find("xmlsec1") else { return };
    for soap in [SoapVersion::V11, SoapVersion::V12] {
        for ask in [Ask::bearer(), Ask::symmetric().entropy()] {
            let text = Sample::signed(&ask.of(TrustVersion::V13, soap)).text();
            assert!(text.contains("<wsse11:SignatureConfirmation "), "{text}");
            xmlsec1.accepts(&witness::message_arguments(soap), &text);
        }
    }
}
