use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::fault::{AddressingCode, HeaderTrouble, SecurityCode, TrustCode};
use crate::request::RequestType;
use crate::security::{How, Marks};

mod asked;

/// A plain request: SOAP 1.2, WS-Trust 1.3, WS-Addressing 1.0, user name and password.
pub(crate) const PLAIN: &str = include_str!("plain.xml");
pub(crate) const NOW: &str = "2026-11-21T16:00:00Z";

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

/// Reads one message with an empty memory.
fn answer(text: &str, wrongs: Wrongs) -> Result<Request, Box<Refusal>> {
    let known = Acquaintance::default().user("alice", "wonderland").user("bob", "builder");
    let memory = Short::default();
    let soap = if text.contains(SoapVersion::V11.namespace()) { SoapVersion::V11 } else { SoapVersion::V12 };
    let carriage = Carriage { soap: Some(soap), charset: Some("utf-8".to_owned()), action: None };
    let desk = Desk {
        now: NOW.parse().unwrap(),
        wrongs,
        path: "/sts",
        host: Some("sts.example.test"),
        known: &known,
        memory: &memory,
    };
    read(text.as_bytes(), &carriage, &desk)
}

fn right(text: &str) -> Request {
    answer(text, Wrongs::RIGHT).unwrap_or_else(|refusal| panic!("refused: {:?}", refusal.fault))
}

fn code(text: &str) -> Code {
    answer(text, Wrongs::RIGHT).expect_err("a refusal").fault.code
}

/// The plain request with one piece of text replaced; the piece must be there.
fn with(piece: &str, other: &str) -> String {
    assert!(PLAIN.contains(piece), "the plain request has no {piece}");
    PLAIN.replacen(piece, other, 1)
}

/// The plain request with an element more in its RST.
fn asking(parameter: &str) -> String {
    with("</wst:RequestSecurityToken>", &format!("{parameter}</wst:RequestSecurityToken>"))
}

fn soap_11(text: &str) -> String {
    text.replace(SoapVersion::V12.namespace(), SoapVersion::V11.namespace()).replace("s:role=", "s:actor=")
}

#[test]
fn a_plain_request_is_read_whole() {
    let request = right(PLAIN);
    assert_eq!(request.soap, SoapVersion::V12);
    assert_eq!(request.requestor.name, "alice");
    assert!(matches!(request.requestor.how, How::PasswordText));
    let addressing = request.addressing.unwrap();
    assert_eq!(addressing.message_id.as_deref(), Some("urn:uuid:4d3c9a3e-0000-4000-8000-000000000001"));
    assert_eq!(addressing.reply_to.unwrap().address, "http://www.w3.org/2005/08/addressing/anonymous");
    let rst = request.rst;
    assert_eq!(rst.trust, TrustVersion::V13);
    assert_eq!(rst.request_type, Some(RequestType::Issue));
    assert_eq!(rst.context.as_deref(), Some("urn:example:context"));
    assert_eq!(rst.key_type.as_deref(), Some("http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer"));
    assert_eq!(rst.applies_to.unwrap().address.as_deref(), Some("https://rp.example.test/"));
}

#[test]
fn the_same_request_is_read_in_soap_1_1_and_in_2005() {
    let text = soap_11(PLAIN).replace(TrustVersion::V13.namespace(), TrustVersion::V2005.namespace());
    let request = right(&text);
    assert_eq!((request.soap, request.rst.trust), (SoapVersion::V11, TrustVersion::V2005));
}

#[test]
fn a_request_without_addressing_is_fine() {
    let start = PLAIN.find("<a:Action").unwrap();
    let end = PLAIN.find("<o:Security").unwrap();
    assert!(right(&format!("{}{}", &PLAIN[..start], &PLAIN[end..])).addressing.is_none());
}

#[rstest]
#[case::other_envelope(PLAIN.replace(SoapVersion::V12.namespace(), "urn:example:soap"), Code::VersionMismatch)]
#[case::no_envelope("<x/>".to_owned(), Code::VersionMismatch)]
#[case::not_xml("<x".to_owned(), Code::Sender)]
#[case::doctype(format!("<!DOCTYPE x>{PLAIN}"), Code::Sender)]
#[case::instruction(with("<s:Body>", "<?x y?><s:Body>"), Code::Sender)]
#[case::no_body(with("<s:Body>", "<s:Bodi>").replace("</s:Body>", "</s:Bodi>"), Code::Sender)]
#[case::trailer(with("</s:Body>", "</s:Body><x:y xmlns:x=\"urn:x\"/>"), Code::Sender)]
#[case::two_bodies(with("</s:Body>", "</s:Body><s:Body/>"), Code::Sender)]
#[case::bad_boolean(with("s:mustUnderstand=\"1\"", "s:mustUnderstand=\"yes\""), Code::Sender)]
#[case::empty_body(format!("{}<s:Body/></s:Envelope>", &PLAIN[..PLAIN.find("<s:Body>").unwrap()]), TrustCode::InvalidRequest.into())]
#[case::two_children(with("</s:Body>", "<x/></s:Body>"), TrustCode::InvalidRequest.into())]
fn an_envelope_that_is_not_in_order_is_refused(#[case] text: String, #[case] expected: Code) {
    assert_eq!(code(&text), expected);
}

#[test]
fn body_before_header_is_refused() {
    let body = PLAIN.find("<s:Body>").unwrap();
    let header = PLAIN.find("<s:Header>").unwrap();
    let end = PLAIN.find("</s:Envelope>").unwrap();
    let swapped = format!("{}{}{}{}", &PLAIN[..header], &PLAIN[body..end], &PLAIN[header..body], &PLAIN[end..]);
    assert_eq!(code(&swapped), Code::Sender);
    assert!(answer(&swapped, Wrong::ACCEPT_BODY_FIRST.into()).is_ok());
}

#[rstest]
#[case::mandatory("s:mustUnderstand=\"1\"", false)]
#[case::spelled_out("s:mustUnderstand=\"true\"", false)]
#[case::optional("s:mustUnderstand=\"0\"", true)]
#[case::optional_spelled_out("s:mustUnderstand=\"false\"", true)]
#[case::next("s:mustUnderstand=\"1\" s:role=\"http://www.w3.org/2003/05/soap-envelope/role/next\"", false)]
#[case::ultimate(
    "s:mustUnderstand=\"1\" s:role=\"http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver\"",
    false
)]
#[case::for_another("s:mustUnderstand=\"1\" s:role=\"urn:example:other\"", true)]
#[case::for_nobody("s:mustUnderstand=\"1\" s:role=\"http://www.w3.org/2003/05/soap-envelope/role/none\"", true)]
fn an_unknown_header_matters_where_it_is_mandatory_and_ours(#[case] attributes: &str, #[case] served: bool) {
    let text = with(
        "<o:Security",
        &format!("<x:H xmlns:x=\"urn:x\" {attributes}><x:i s:mustUnderstand=\"1\"/></x:H><o:Security"),
    );
    // A broken RST behind it makes no difference: headers come first.
    let broken = text.replace("RequestType", "RequestTipe");
    if served {
        right(&text);
    } else {
        let expected = Code::MustUnderstand(vec![crate::fault::QName { namespace: "urn:x".into(), local: "H".into() }]);
        assert_eq!(code(&text), expected);
        assert_eq!(code(&broken), expected);
    }
}

#[rstest]
#[case::action_missing(
    "<a:Action s:mustUnderstand=\"1\">http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue</a:Action>",
    "",
    AddressingCode::HeaderRequired
)]
#[case::message_id_missing(
    "<a:MessageID>urn:uuid:4d3c9a3e-0000-4000-8000-000000000001</a:MessageID>",
    "",
    AddressingCode::HeaderRequired
)]
#[case::to_twice(
    "<a:To",
    "<a:To>http://localhost/sts</a:To><a:To",
    AddressingCode::InvalidHeader(Some(HeaderTrouble::InvalidCardinality))
)]
#[case::action_relative(
    "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue</a:Action>",
    "RST/Issue</a:Action>",
    AddressingCode::InvalidHeader(None)
)]
#[case::action_unknown(
    "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue</a:Action>",
    "urn:example:none</a:Action>",
    AddressingCode::ActionNotSupported
)]
#[case::reply_elsewhere(
    "http://www.w3.org/2005/08/addressing/anonymous",
    "http://localhost:9/",
    AddressingCode::InvalidHeader(Some(HeaderTrouble::OnlyAnonymousAddressSupported))
)]
#[case::reply_nowhere_said(
    "<a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address>",
    "",
    AddressingCode::InvalidHeader(Some(HeaderTrouble::MissingAddressInEpr))
)]
#[case::other_path("http://localhost/sts", "http://localhost/other", AddressingCode::DestinationUnreachable)]
fn addressing_that_is_not_in_order_is_refused(
    #[case] piece: &str,
    #[case] other: &str,
    #[case] expected: AddressingCode,
) {
    let Code::Addressing(code, _) = code(&with(piece, other)) else { panic!("an addressing fault") };
    assert_eq!(code, expected);
}

#[rstest]
#[case::misspelt_message_id("a:MessageID", "a:messageID")]
#[case::no_reply_to("<a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>", "")]
#[case::nowhere("http://www.w3.org/2005/08/addressing/anonymous", "http://www.w3.org/2005/08/addressing/none")]
#[case::another_host("http://localhost/sts", "https://sts.example.test:444/sts?x")]
#[case::spaces("<a:To s:mustUnderstand=\"1\">", "<a:To s:mustUnderstand=\"1\">\n   ")]
fn what_clients_really_send_is_served(#[case] piece: &str, #[case] other: &str) {
    let text = PLAIN.replace(piece, other);
    assert_ne!(text, PLAIN);
    right(&text);
}

#[test]
fn the_action_is_that_of_the_body() {
    assert_eq!(code(&with("RST/Issue<", "RST/Validate<")), TrustCode::InvalidRequest.into());
    assert_eq!(
        code(&with(
            "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue<",
            "http://schemas.xmlsoap.org/ws/2005/02/trust/RST/Issue<"
        )),
        TrustCode::InvalidRequest.into()
    );
}

#[test]
fn a_refusal_tells_what_its_answer_needs() {
    let refusal = answer(&with("wonderland", "wrong"), Wrongs::RIGHT).unwrap_err();
    assert_eq!(refusal.trust, Some(TrustVersion::V13));
    assert!(refusal.addressing.unwrap().message_id.is_some());
    assert_eq!(refusal.fault, Fault::of(TrustCode::FailedAuthentication));
}

#[test]
fn an_unknown_user_and_a_wrong_password_look_the_same() {
    let unknown = answer(&with("alice", "nobody"), Wrongs::RIGHT).unwrap_err();
    let wrong = answer(&with("wonderland", "Wonderland"), Wrongs::RIGHT).unwrap_err();
    assert_eq!(unknown.fault, wrong.fault);
}

#[rstest]
#[case::no_security(format!("{}{}", &PLAIN[..PLAIN.find("<o:Security").unwrap()], &PLAIN[PLAIN.find("</s:Header>").unwrap()..]), TrustCode::FailedAuthentication.into())]
#[case::for_another(with("<o:Security ", "<o:Security s:role=\"urn:example:other\" "), TrustCode::FailedAuthentication.into())]
#[case::two(with("<o:Security ", "<o:Security/><o:Security "), SecurityCode::InvalidSecurity.into())]
#[case::foreign_child(with("<o:UsernameToken", "<x:T xmlns:x=\"urn:x\"/><o:UsernameToken"), SecurityCode::UnsupportedSecurityToken.into())]
#[case::unknown_binary(with("<o:UsernameToken", "<o:BinarySecurityToken ValueType=\"urn:x\">AA==</o:BinarySecurityToken><o:UsernameToken"), SecurityCode::UnsupportedSecurityToken.into())]
#[case::two_passwords(with("<o:Password", "<o:Password>x</o:Password><o:Password"), SecurityCode::InvalidSecurityToken.into())]
#[case::no_password(with("o:Password", "o:Passwort").replace("/o:Password", "/o:Passwort"), TrustCode::FailedAuthentication.into())]
#[case::unknown_type(with("#PasswordText", "#PasswordHash"), SecurityCode::UnsupportedSecurityToken.into())]
#[case::stale(with("</o:UsernameToken>", "<u:Created>2026-11-21T15:50:00Z</u:Created></o:UsernameToken>"), TrustCode::ExpiredData.into())]
#[case::duplicate_id(with("<s:Body>", "<s:Body u:Id=\"_0\">"), SecurityCode::InvalidSecurity.into())]
#[case::expired(PLAIN.replace("2026-11-21T16:05:00.000Z", "2026-11-21T15:55:00.000Z").replace("2026-11-21T16:00:00.000Z", "2026-11-21T15:50:00Z"), TrustCode::ExpiredData.into())]
#[case::future(PLAIN.replace("2026-11-21T16:05:00.000Z", "2026-11-21T17:05:00.000Z").replace("2026-11-21T16:00:00.000Z", "2026-11-21T17:00:00Z"), SecurityCode::InvalidSecurity.into())]
#[case::inverted(with("2026-11-21T16:05:00.000Z", "2026-11-21T16:00:00.000Z"), SecurityCode::InvalidSecurity.into())]
#[case::no_zone(with("2026-11-21T16:05:00.000Z", "2026-11-21T16:05:00.000"), SecurityCode::InvalidSecurity.into())]
#[case::no_created(with("<u:Created>2026-11-21T16:00:00.000Z</u:Created>", ""), SecurityCode::InvalidSecurity.into())]
#[case::timestamp_child(with("</u:Timestamp>", "<x:y xmlns:x=\"urn:x\"/></u:Timestamp>"), SecurityCode::InvalidSecurity.into())]
#[case::two_timestamps(with("<u:Timestamp", "<u:Timestamp><u:Created>2026-11-21T16:00:00Z</u:Created></u:Timestamp><u:Timestamp"), SecurityCode::InvalidSecurity.into())]
fn a_security_header_that_is_not_in_order_is_refused(#[case] text: String, #[case] expected: Code) {
    assert_eq!(code(&text), expected);
}

#[rstest]
#[case::no_type(with(
    " Type=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText\"",
    ""
))]
#[case::ultimate(with(
    "<o:Security ",
    "<o:Security s:role=\"http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver\" "
))]
#[case::second_for_another(with(
    "<o:Security ",
    "<o:Security s:role=\"urn:example:other\"><x/></o:Security><o:Security "
))]
#[case::seven_digits(with("16:05:00.000Z", "16:05:00.0001234Z"))]
#[case::misplaced_must_understand(with(
    "<wst:RequestSecurityToken ",
    "<wst:RequestSecurityToken s:mustUnderstand=\"1\" "
))]
#[case::id_on_the_request(with("<wst:RequestSecurityToken ", "<wst:RequestSecurityToken Id=\"RST0\" "))]
#[case::extension(asking("<wst:Lifetime><x:y xmlns:x=\"urn:x\"/></wst:Lifetime>"))]
fn what_is_allowed_is_served(#[case] text: String) {
    right(&text);
}

fn digest_token(nonce: &[u8], created: &str, password: &str) -> String {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let whole = [nonce, created.as_bytes(), password.as_bytes()].concat();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &whole);
    let profile = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest";
    let start = PLAIN.find("<o:Password").unwrap();
    let end = PLAIN.find("</o:UsernameToken>").unwrap();
    let (digest, nonce) = (engine.encode(digest), engine.encode(nonce));
    format!(
        "{}<o:Password Type=\"{profile}\">{digest}</o:Password><o:Nonce>{nonce}</o:Nonce><u:Created>{created}</u:Created>{}",
        &PLAIN[..start],
        &PLAIN[end..]
    )
}

#[test]
fn a_right_digest_is_good_once() {
    let known = Acquaintance::default().user("alice", "wonderland");
    let memory = Short::default();
    let carriage = Carriage { soap: Some(SoapVersion::V12), ..Carriage::default() };
    let desk = Desk {
        now: NOW.parse().unwrap(),
        wrongs: Wrongs::RIGHT,
        path: "/sts",
        host: Some("sts.example.test"),
        known: &known,
        memory: &memory,
    };
    let text = digest_token(b"0123456789abcdef", NOW, "wonderland");
    assert!(matches!(read(text.as_bytes(), &carriage, &desk).unwrap().requestor.how, How::PasswordDigest));
    let again = read(text.as_bytes(), &carriage, &desk).unwrap_err();
    assert_eq!(again.fault.code, TrustCode::FailedAuthentication.into());
    let lax = Desk { wrongs: Wrong::ACCEPT_REPLAY.into(), ..desk };
    assert!(read(text.as_bytes(), &carriage, &lax).is_ok());
}

#[rstest]
#[case::other_password(digest_token(b"0123", NOW, "Wonderland"), TrustCode::FailedAuthentication)]
#[case::other_created(digest_token(b"0123", NOW, "wonderland").replace(NOW, "2026-11-21T16:00:01Z"), TrustCode::FailedAuthentication)]
#[case::no_nonce(digest_token(b"", NOW, "wonderland"), TrustCode::AuthenticationBadElements)]
#[case::stale(digest_token(b"0123", "2026-11-21T15:54:59Z", "wonderland"), TrustCode::ExpiredData)]
fn a_digest_that_is_not_right_whole_and_fresh_is_refused(#[case] text: String, #[case] expected: TrustCode) {
    assert_eq!(code(&text), expected.into());
}

proptest! {
    #[test]
    fn no_octets_make_reading_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        let known = Acquaintance::default();
        let memory = Short::default();
        let desk = Desk { now: NOW.parse().unwrap(), wrongs: Wrongs::RIGHT, path: "/sts", host: Some("sts.example.test"), known: &known, memory: &memory };
        let _ = read(&octets, &Carriage::default(), &desk);
    }

    #[test]
    fn no_damage_to_a_request_makes_reading_panic(at in 0..2000_usize, length in 0..200_usize, piece in "[<>/a-z\"= &;#:0-9]{0,20}", accept: bool) {
        let mut octets = PLAIN.as_bytes().to_vec();
        let at = at.min(octets.len());
        let end = (at + length).min(octets.len());
        octets.splice(at..end, piece.into_bytes());
        let wrongs = if accept { crate::wrong::catalogue().iter().map(|info| info.wrong).collect() } else { Wrongs::RIGHT };
        let _ = answer(&String::from_utf8_lossy(&octets), wrongs);
    }
}
