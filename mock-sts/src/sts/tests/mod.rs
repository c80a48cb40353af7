//! Whole answers to whole requests.

mod requests;
mod signed;
mod witness;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rstest::rstest;

use crate::request::{SoapVersion, TrustVersion};
use crate::sts::Sts;
use crate::wrong::{Wrong, catalogue};
use crate::{Random, Wrongs};
use requests::{Answer, Ask, SAML_11, SAML_20};

#[test]
fn an_answer_of_1_3_is_a_collection_and_one_of_2005_is_not() {
    let now = Answer::to(&Ask::bearer());
    now.has("<s:Body><trust:RequestSecurityTokenResponseCollection ").has("/RSTRC/IssueFinal</wsa:Action>");
    let then = Answer::to(&Ask::bearer().of(TrustVersion::V2005, SoapVersion::V11));
    then.has("<s:Body><trust:RequestSecurityTokenResponse ").has("/trust/RSTR/Issue</wsa:Action>");
    then.has("xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"");
}

#[test]
fn an_answer_tells_to_what_it_belongs() {
    let answer = Answer::to(&Ask::bearer());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.value("wsa:RelatesTo"), "urn:uuid:11111111-2222-4333-8444-555555555555");
    answer.has(" Context=\"urn:context:1\"").has("<a:Address>https://rp.example.test/service</a:Address>");
}

#[test]
fn a_bearer_token_comes_without_any_key() {
    Answer::to(&Ask::bearer())
        .has("cm:bearer")
        .lacks("trust:RequestedProofToken")
        .lacks("trust:Entropy")
        .lacks("KeySize");
}

#[test]
fn a_key_is_sent_when_the_requestor_brings_none_and_computed_when_it_does() {
    let made = Answer::to(&Ask::symmetric());
    made.has("<trust:RequestedProofToken><trust:BinarySecret ").has("cm:holder-of-key").lacks("trust:Entropy");
    let computed = Answer::to(&Ask::symmetric().entropy());
    computed.has("<trust:RequestedProofToken><trust:ComputedKey>").has("<trust:Entropy><trust:BinarySecret ");
}

/// Who brings such a token back signs with its key, which nobody but the STS could have told the STS.
#[rstest]
#[case::for_nobody("")]
#[case::for_itself("urn:mock-sts:issuer")]
fn the_key_in_a_token_for_the_sts_is_one_that_it_can_read(
    #[case] scope: &'static str,
    #[values(SAML_11, SAML_20)] token: &str,
) {
    let ask = Ask { scope, ..Ask::symmetric() }.token(token);
    let sts = Sts::new(Random::seeded(1));
    let xml = if scope.is_empty() { without_scope(&ask.xml()) } else { ask.xml() };
    let answer = Answer::of(&sts, SoapVersion::V12, &xml, Wrongs::RIGHT);
    let document = roxmltree::Document::parse(&answer.text).unwrap();
    let sealed = document.descendants().find(|node| node.has_tag_name("EncryptedKey")).unwrap();
    let known = super::acquaintance("urn:mock-sts:issuer").unwrap();
    let opened = crate::security::decrypt::encrypted_key(sealed, &known).unwrap();
    assert_eq!(BASE64.encode(opened), answer.value("trust:BinarySecret"));
}

fn without_scope(xml: &str) -> String {
    let (before, rest) = xml.split_once("<p:AppliesTo").unwrap();
    [before, rest.split_once("</p:AppliesTo>").unwrap().1].concat()
}

#[rstest]
#[case("128", "128", 24)]
#[case("256", "256", 44)]
#[case("17", "128", 24)]
#[case("513", "520", 88)]
fn a_key_is_at_least_as_long_as_was_asked_for(#[case] asked: &str, #[case] said: &str, #[case] base64: usize) {
    let answer = Answer::to(&Ask::symmetric().with(&format!("<t:KeySize>{asked}</t:KeySize>")));
    assert_eq!(answer.value("trust:KeySize"), said);
    assert_eq!(answer.value("trust:BinarySecret").len(), base64);
}

#[test]
fn lifetime_and_token_say_the_same() {
    let wish = format!(
        "<t:Lifetime><u:Expires xmlns:u=\"{}\">2026-03-01T10:07:00Z</u:Expires></t:Lifetime>",
        crate::names::WSU
    );
    let answer = Answer::to(&Ask::bearer().with(&wish));
    answer.has("NotBefore=\"2026-03-01T10:00:00.000Z\" NotOnOrAfter=\"2026-03-01T10:07:00.000Z\"");
    answer.has(
        "<trust:Lifetime><wsu:Created>2026-03-01T10:00:00.000Z</wsu:Created><wsu:Expires>2026-03-01T10:07:00.000Z<",
    );
}

#[test]
fn the_scope_decides_before_the_token_type() {
    let answer = Answer::to(&Ask::bearer().token(SAML_11).scope("https://saml2.example.test/"));
    assert_eq!(answer.value("trust:TokenType"), SAML_20);
}

#[test]
fn references_to_saml_2_0_outside_of_the_message_are_uris() {
    let answer = Answer::to(&Ask::bearer().token(SAML_20));
    answer
        .has("<trust:RequestedAttachedReference><wsse:SecurityTokenReference ")
        .has("#SAMLID\">_")
        .has("<wsse:Reference URI=\"#_");
    Answer::to(&Ask::bearer().token(SAML_11)).has("#SAMLAssertionID\">_").lacks("<wsse:Reference ");
}

#[test]
fn a_token_on_behalf_of_somebody_speaks_of_that_one() {
    let token =
        format!("<o:UsernameToken xmlns:o=\"{}\"><o:Username>bob</o:Username></o:UsernameToken>", crate::names::WSSE);
    let behalf = Answer::to(&Ask::bearer().with(&format!("<t:OnBehalfOf>{token}</t:OnBehalfOf>")));
    assert_eq!(behalf.value("NameID"), "bob");
    let acts = format!("<t14:ActAs xmlns:t14=\"{}\">{token}</t14:ActAs>", crate::names::TRUST_14);
    let acts = Answer::to(&Ask::bearer().with(&acts));
    assert_eq!(acts.value("NameID"), "bob");
    acts.has("/claims/actor\"").has("<AttributeValue>alice</AttributeValue>");
}

/// SAML 2.0 core 2.4.1.1: a name within the confirmation is that of who may confirm in the subject's place.
#[rstest]
fn a_delegated_token_names_who_else_may_use_it(#[values(Ask::bearer(), Ask::symmetric())] ask: Ask) {
    let answer = Answer::to(&ask.with(&delegate_to("bob")));
    assert_eq!(answer.value("NameID"), "alice");
    let (_, confirmation) = answer.text.split_once("<SubjectConfirmation ").unwrap();
    assert!(confirmation.split_once('>').unwrap().1.starts_with("<NameID "), "{confirmation}");
    assert!(confirmation.split_once("</NameID>").unwrap().0.ends_with(">bob"), "{confirmation}");
}

#[rstest]
#[case::to_nobody_known(Ask::bearer(), "mallory")]
#[case::in_words_that_saml_1_1_lacks(Ask::bearer().token(SAML_11), "bob")]
fn a_delegation_that_no_token_can_express_is_refused(#[case] ask: Ask, #[case] to: &str) {
    Answer::to(&ask.with(&delegate_to(to))).has("trust:RequestFailed<");
}

#[test]
fn a_token_that_is_not_to_be_delegated_says_so_and_is_not() {
    let answer = Answer::to(&Ask::bearer().with("<t:Delegatable>false</t:Delegatable>"));
    answer.has("<ProxyRestriction Count=\"0\"></ProxyRestriction></Conditions>");
    answer.has("<trust:Delegatable>false</trust:Delegatable>");
    on_behalf_of(&answer).has("trust:RequestFailed<");

    let answer = Answer::to(&Ask::bearer().with("<t:Delegatable>true</t:Delegatable>"));
    answer.lacks("ProxyRestriction").has("<trust:Delegatable>true</trust:Delegatable>");
    assert_eq!(on_behalf_of(&answer).value("NameID"), "alice");
}

#[test]
fn an_answer_says_what_the_token_is_and_not_what_was_wished() {
    let wish = "<t:Forwardable>false</t:Forwardable><t:Delegatable>false</t:Delegatable>";
    let answer = Answer::to(&Ask::bearer().token(SAML_11).with(wish));
    answer.has("<trust:Forwardable>true<").has("<trust:Delegatable>true<").lacks("ProxyRestriction");
}

#[test]
fn an_answer_names_no_cipher_where_nothing_was_encrypted() {
    let wish = "<t:EncryptionAlgorithm>http://www.w3.org/2009/xmlenc11#aes256-gcm</t:EncryptionAlgorithm>\
                <t:KeyWrapAlgorithm>http://www.w3.org/2001/04/xmlenc#rsa-1_5</t:KeyWrapAlgorithm>";
    Answer::to(&Ask::bearer().with(wish)).lacks("EncryptionAlgorithm").lacks("KeyWrapAlgorithm");
    let answer = Answer::to(&Ask::bearer().with(wish).scope("https://encrypted.example.test/"));
    answer.has("<trust:EncryptionAlgorithm>http://www.w3.org/2009/xmlenc11#aes256-gcm<");
    answer.has("EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#rsa-1_5\"");
}

/// A third party's wishes count where the requestor has none of its own, and what the service knows of them only.
#[test]
fn secondary_parameters_fill_in_what_the_request_leaves_open() {
    let secondary = |content: &str| format!("<t:SecondaryParameters>{content}</t:SecondaryParameters>");
    let type_11 = format!("<t:TokenType>{SAML_11}</t:TokenType>");
    let filled = Answer::to(&Ask::bearer().with(&secondary(&type_11)));
    assert_eq!(filled.value("trust:TokenType"), SAML_11);
    let own = Answer::to(&Ask::bearer().token(SAML_20).with(&secondary(&type_11)));
    assert_eq!(own.value("trust:TokenType"), SAML_20);
    let unknown = secondary("<x:Wish xmlns:x=\"urn:x\"/><t:KeyType>{trust}/SymmetricKey</t:KeyType>");
    Answer::to(&Ask::bearer().with(&unknown)).has("cm:bearer").lacks("RequestedProofToken");
}

fn delegate_to(name: &str) -> String {
    let wsse = crate::names::WSSE;
    format!(
        "<t:DelegateTo><o:UsernameToken xmlns:o=\"{wsse}\"><o:Username>{name}</o:Username></o:UsernameToken></t:DelegateTo>"
    )
}

/// What alice gets who shows the token of an answer as somebody else's.
fn on_behalf_of(answer: &Answer) -> Answer {
    let (start, end) = (answer.text.find("<Assertion ").unwrap(), answer.text.find("</Assertion>").unwrap());
    let token = format!("<t:OnBehalfOf>{}</Assertion></t:OnBehalfOf>", &answer.text[start..end]);
    Answer::to(&Ask::bearer().with(&token))
}

#[rstest]
#[case(SoapVersion::V12, 400, "<s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:trust=")]
#[case(SoapVersion::V11, 500, "<s:Fault><faultcode xmlns:trust=")]
fn a_wrong_password_is_a_fault_of_the_requests_versions(
    #[case] soap: SoapVersion,
    #[case] status: u16,
    #[case] shape: &str,
    #[values(TrustVersion::V13, TrustVersion::V2005)] trust: TrustVersion,
) {
    let answer = Answer::to(&Ask { password: "guess", ..Ask::bearer().of(trust, soap) });
    assert_eq!(answer.status, status);
    answer.has(shape).has(&format!("=\"{}\">trust:FailedAuthentication<", trust.namespace())).lacks("<detail>");
    answer.has("<wsa:RelatesTo>").has("http://www.w3.org/2005/08/addressing/soap/fault</wsa:Action>");
}

#[rstest]
#[case("https://nobody.example.test/", "", "InvalidScope")]
#[case("https://rp.example.test/", "<t:TokenType>urn:x</t:TokenType>", "BadRequest")]
#[case("https://rp.example.test/", "<t:Entropy><t:BinarySecret>AA==</t:BinarySecret></t:Entropy>", "InvalidRequest")]
fn what_cannot_be_granted_is_a_fault_about_the_body(
    #[case] scope: &'static str,
    #[case] more: &str,
    #[case] code: &str,
) {
    let ask = Ask::symmetric().of(TrustVersion::V13, SoapVersion::V11).scope(scope).with(more);
    let answer = Answer::to(&ask);
    assert_eq!(answer.status, 500);
    answer.has(&format!(">trust:{code}</faultcode>")).has("<detail></detail></s:Fault>");
}

#[rstest]
#[case(SoapVersion::V12, "<s:Subcode><s:Value xmlns:fed=")]
#[case(SoapVersion::V11, "<faultcode xmlns:fed=")]
fn claims_that_nobody_can_read_have_a_code_of_their_own(#[case] soap: SoapVersion, #[case] shape: &str) {
    let claims = "<t:Claims Dialect=\"urn:example:dialect\"/>";
    let answer = Answer::to(&Ask::bearer().of(TrustVersion::V13, soap).with(claims));
    answer.has(shape).has("wsfed/federation/200706\">fed:UnsupportedClaimsDialect<");
}

#[rstest]
fn a_body_without_a_request_is_refused_in_the_version_of_the_action(
    #[values(TrustVersion::V13, TrustVersion::V2005)] trust: TrustVersion,
) {
    let xml = Ask::bearer().of(trust, SoapVersion::V12).xml();
    let (before, rest) = xml.split_once("<t:RequestSecurityToken").unwrap();
    let xml = [before, rest.split_once("</t:RequestSecurityToken>").unwrap().1].concat();
    let answer = Answer::of(&Sts::new(Random::seeded(1)), SoapVersion::V12, &xml, Wrongs::RIGHT);
    answer.has(&format!("=\"{}\">trust:InvalidRequest<", trust.namespace()));
}

/// Even in SOAP 1.1, which has no header block for that: a client that speaks both learns that it may use the newer one.
#[rstest]
fn who_speaks_no_known_version_is_told_which_there_are(
    #[values(SoapVersion::V11, SoapVersion::V12)] soap: SoapVersion,
) {
    let xml = Ask::bearer().of(TrustVersion::V13, soap).xml().replace(soap.namespace(), "urn:example:soap");
    let answer = Answer::of(&Sts::new(Random::seeded(1)), soap, &xml, Wrongs::RIGHT);
    answer.has(&format!("<s:Envelope xmlns:s=\"{}\"", soap.namespace())).has("s:VersionMismatch<");
    answer.has("<s12:Upgrade xmlns:s12=\"http://www.w3.org/2003/05/soap-envelope\">");
    answer.has("<s12:SupportedEnvelope qname=\"s12:Envelope\">").has(" qname=\"s11:Envelope\">");
}

#[test]
fn the_same_seed_and_time_give_the_same_bytes() {
    for ask in requests::issued() {
        assert_eq!(Answer::to(&ask).text, Answer::to(&ask).text);
    }
}

#[test]
fn no_two_tokens_have_the_same_id() {
    let sts = Sts::new(Random::seeded(1));
    let id = || {
        let answer = Answer::of(&sts, SoapVersion::V12, &Ask::bearer().xml(), Wrongs::RIGHT);
        answer.text.split_once(" ID=\"").unwrap().1[..33].to_owned()
    };
    assert_ne!(id(), id());
}

#[test]
fn an_answer_that_is_wanted_nowhere_is_not_sent() {
    let reply_to = "<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/none</a:Address></a:ReplyTo>";
    let answer = Answer::to(&Ask { reply_to, ..Ask::bearer() });
    assert_eq!((answer.status, answer.text.as_str()), (202, ""));
}

#[test]
fn reference_parameters_come_back_and_say_what_they_are() {
    let reply_to = "<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address>\
                    <a:ReferenceParameters><x:Ticket xmlns:x=\"urn:x\">7</x:Ticket></a:ReferenceParameters></a:ReplyTo>";
    let answer = Answer::to(&Ask { reply_to, ..Ask::bearer() });
    answer.has("<x:Ticket xmlns:reply=\"http://www.w3.org/2005/08/addressing\" reply:IsReferenceParameter=\"true\"");
}

/// Every name changes what it should change somewhere; a name without effect would let a mutant survive unseen.
#[test]
fn every_misbehaviour_of_an_answer_can_be_seen_in_one() {
    let requests = signed::samples();
    let truth: Vec<_> = requests.iter().map(|sample| sample.reply(Wrongs::RIGHT)).collect();
    // These show only in answers to requests that no sample is like.
    let needs_odd_request = [Wrong::HTTP_NEEDS_SOAP_ACTION, Wrong::HTTP_BARE_ERROR_FOR_ODD_ROOT];
    let writing = ["rstr", "proof", "token", "sig", "enc", "soap", "wsa", "wsse", "http", "fault"];
    let ours =
        catalogue().iter().filter(|info| writing.contains(&info.group) && !needs_odd_request.contains(&info.wrong));
    let idle: Vec<_> = ours
        .filter(|info| requests.iter().zip(&truth).all(|(sample, truth)| &sample.reply(info.wrong.into()) == truth))
        .map(|info| info.name)
        .collect();
    assert!(idle.is_empty(), "these change nothing: {idle:#?}");
}
