use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;
use crate::case::model::{CaseId, Variant};
use crate::change::tag::{escape_attribute, escape_text};
use crate::exchange::transcript::{Break, Fact, HttpResponse};

fn redactor(password: &str) -> Redactor {
    Redactor::new(&Source::fixed(5, "2026-11-20T12:00:00Z".parse().expect("a time")), [password.to_owned()])
}

fn transcript(request: &str, answer: Vec<u8>, values: &[(&str, &str)]) -> Transcript {
    let mut transcript = Transcript::empty(CaseId("issue/a".into()), Variant([].into()));
    transcript.exchanges.push(Exchange {
        step: "a".into(),
        request: HttpRequest {
            method: "POST".into(),
            url: "http://h/sts".into(),
            headers: vec![("Authorization".into(), "Basic YWxpY2U6d29uZGVybGFuZA==".into())],
            body: request.as_bytes().to_vec(),
        },
        outcome: Outcome::Answered(HttpResponse { status: 200, headers: vec![], body: answer }),
        values: values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        sent: "2026-11-20T12:00:00.000Z".into(),
        millis: 1,
        facts: BTreeMap::new(),
        opened: None,
    });
    transcript
}

fn body(transcript: &Transcript) -> String {
    String::from_utf8(answer(&transcript.exchanges[0].outcome).to_vec()).expect("UTF-8")
}

#[test]
fn the_same_secret_has_the_same_pseudonym_wherever_it_stands() {
    let secret = STANDARD.encode([9; 32]);
    let request = format!("<wst:BinarySecret Type='x'>{secret}</wst:BinarySecret>");
    let answer = format!("<b:BinarySecret>{}\n{}</b:BinarySecret><p>{secret}</p>", &secret[..20], &secret[20..]);
    let mut transcript = transcript(&request, answer.clone().into_bytes(), &[("entropy", &secret), ("kept", &secret)]);
    redactor("wonderland").redact(&mut transcript);
    let pseudonym = transcript.exchanges[0].values["entropy"].clone();
    assert_eq!(STANDARD.decode(&pseudonym).expect("base64").len(), 32);
    assert_ne!(pseudonym, secret);
    assert_eq!(transcript.exchanges[0].values["kept"], pseudonym);
    assert_eq!(transcript.exchanges[0].request.body, request.replace(&secret, &pseudonym).into_bytes());
    let spread = format!("{}\n{}", &pseudonym[..20], &pseudonym[20..]);
    assert_eq!(body(&transcript), format!("<b:BinarySecret>{spread}</b:BinarySecret><p>{pseudonym}</p>"));
}

/// An answer confirms the signatures of its request by repeating them in an attribute.
#[test]
fn a_confirmed_signature_has_the_pseudonym_of_the_signature() {
    let (ours, theirs) = (STANDARD.encode([7; 256]), STANDARD.encode([8; 256]));
    let request = format!("<ds:SignatureValue>{}\n{}</ds:SignatureValue>", &ours[..76], &ours[76..]);
    let answer = format!(
        "<wsse11:SignatureConfirmation Value=\"{ours}\"/><ds:SignatureValue>{theirs}</ds:SignatureValue>\
         <wsse11:SignatureConfirmation Value='{theirs}'/>"
    );
    let mut transcript = transcript(&request, answer.into_bytes(), &[]);
    redactor("wonderland").redact(&mut transcript);
    let sent = String::from_utf8(transcript.exchanges[0].request.body.clone()).expect("UTF-8");
    let between = |text: &str, before: &str, after: &str| {
        let (_, rest) = text.split_once(before).expect("it begins");
        rest.split_once(after).expect("it ends").0.replace('\n', "")
    };
    let pseudonym = between(&sent, "<ds:SignatureValue>", "</ds");
    assert_ne!(pseudonym, ours);
    let body = body(&transcript);
    assert_eq!(between(&body, "Value=\"", "\""), pseudonym);
    assert_eq!(between(&body, "Value='", "'"), between(&body, "<ds:SignatureValue>", "</ds"));
    assert!(!body.contains(&theirs) && !body.contains(&ours), "{body}");
}

#[test]
fn what_is_no_secret_stays_byte_for_byte() {
    let text = "<?xml version='1.0'?>\r\n<a b = 'c'>&#x41;<Password/>\u{e4}</a>";
    let mut transcript = transcript(text, text.into(), &[("user", "alice")]);
    let before = transcript.clone();
    redactor("wonderland").redact(&mut transcript);
    assert_eq!(transcript.exchanges[0].request.body, before.exchanges[0].request.body);
    assert_eq!(transcript.exchanges[0].outcome, before.exchanges[0].outcome);
    assert_eq!(transcript.exchanges[0].values, before.exchanges[0].values);
    assert_eq!(transcript.exchanges[0].request.headers[0].1.split(' ').next(), Some("Basic"));
    assert!(!transcript.exchanges[0].request.headers[0].1.contains("YWxp"));
}

#[test]
fn a_message_in_utf16_is_redacted_too() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut transcript = transcript("", wide("\u{feff}<a>wonderland<Nonce>AAAA</Nonce></a>"), &[]);
    redactor("wonderland").redact(&mut transcript);
    let text = scan::text_of(answer(&transcript.exchanges[0].outcome)).expect("still UTF-16");
    assert!(text.starts_with("\u{feff}<a>") && !text.contains("wonderland") && !text.contains("AAAA"), "{text}");
}

#[test]
fn a_password_that_is_a_word_of_the_standards_leaves_the_evidence_as_it_is() {
    let text = "<s:Envelope><m>urn:oasis:names:tc:SAML:1.0:am:password</m><w:Password>password</w:Password>\
        <r>the password `password` is wrong</r></s:Envelope>";
    let mut transcript = transcript(text, text.into(), &[]);
    redactor("password").redact(&mut transcript);
    let left = body(&transcript);
    assert!(left.contains("<m>urn:oasis:names:tc:SAML:1.0:am:password</m>") && left.contains("<s:Envelope>"), "{left}");
    assert!(!left.contains("Password>password") && !left.contains("`password`"), "{left}");
}

#[test]
fn a_short_password_is_taken_out_of_a_sentence() {
    let mut transcript = transcript("", "<a>login failed for bob/abc12</a>".into(), &[]);
    redactor("abc12").redact(&mut transcript);
    assert!(!body(&transcript).contains("abc12"));
}

#[test]
fn a_token_that_can_be_used_as_it_stands_does_not_leave() {
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
    let answer = format!(
        "<t:RequestedSecurityToken><w:BinarySecurityToken ValueType='urn:ietf:params:oauth:token-type:jwt'>{jwt}\
         </w:BinarySecurityToken></t:RequestedSecurityToken>"
    );
    let mut transcript = transcript(&format!("<x>{jwt}</x>"), answer.into_bytes(), &[("token", jwt)]);
    redactor("wonderland").redact(&mut transcript);
    let written = serde_json::to_string(&transcript).expect("JSON");
    assert!(!written.contains(jwt), "{written}");
}

/// An answer that gives the secret away in some form, in some state of health.
fn leak(secret: &str, form: usize, cut: usize) -> Vec<u8> {
    let spelled = match form % 6 {
        0 => secret.to_owned(),
        1 => escape_text(secret),
        2 => escape_attribute(secret),
        3 => STANDARD.encode(secret),
        4 => serde_json::to_string(secret).expect("JSON"),
        _ => secret.replace('&', "&amp;").replace('<', "&lt;"),
    };
    let mut bytes = format!("<html><p a=\"{spelled}\">bad password {spelled} for alice</p><q>").into_bytes();
    if cut == 0 {
        bytes.extend_from_slice(b"\xff\xfe\0");
    }
    bytes
}

proptest! {
    #[test]
    fn no_secret_leaks_in_a_serialised_transcript(
        secret in "[!-~]{6,24}", entropy in prop::collection::vec(any::<u8>(), 16..33), form in 0..6usize, cut in 0..3usize,
    ) {
        let coded = STANDARD.encode(&entropy);
        let request = format!(
            "<wsse:Password Type='t'>{}</wsse:Password><wst:BinarySecret>{coded}</wst:BinarySecret>", escape_text(&secret),
        );
        let mut transcript = transcript(&request, leak(&secret, form, cut), &[("password", &secret), ("other", &coded)]);
        let exchange = &mut transcript.exchanges[0];
        exchange.facts.insert("f".into(), Fact { holds: false, because: format!("saw {secret}"), open: None });
        let broken = Outcome::Broken { how: Break::NotHttp, because: format!("`{secret}`"), received: leak(&secret, form, cut) };
        let mut second = exchange.clone();
        second.outcome = broken;
        transcript.exchanges.push(second);
        let original = transcript.clone();
        redactor(&secret).redact(&mut transcript);

        // Compare the fields, since a secret of few kinds of characters may be part of the format itself.
        for (after, before) in transcript.exchanges.iter().zip(&original.exchanges) {
            let mut seen = vec![
                String::from_utf8_lossy(&after.request.body).into_owned(),
                String::from_utf8_lossy(answer(&after.outcome)).into_owned(),
                after.facts["f"].because.clone(),
            ];
            seen.extend(after.values.values().cloned());
            if let Outcome::Broken { because, .. } = &after.outcome { seen.push(because.clone()); }
            for text in seen {
                for hidden in [&secret, &coded, &escape_text(&secret), &escape_attribute(&secret), &STANDARD.encode(&secret)] {
                    prop_assert!(!text.contains(hidden.as_str()), "{text} contains {hidden}");
                }
            }
            prop_assert_eq!(after.request.url.as_str(), before.request.url.as_str());
        }
        let once = transcript.clone();
        redactor(&secret).redact(&mut transcript);
        prop_assert_eq!(&transcript, &once, "redaction is idempotent");
        let json = serde_json::to_string(&transcript).expect("JSON");
        prop_assert!(!json.contains(&coded));
        let read: Transcript = serde_json::from_str(&json).expect("what was written can be read");
        prop_assert_eq!(read, transcript);
    }
}

#[rstest::rstest]
#[case::whole_it_is_found_as_text("<a>wonderland", false)]
#[case("<wsse:Password>wond", true)]
#[case("<wsse:Password>wo", false)]
#[case("nothing", false)]
fn a_password_that_breaks_off_is_no_less_a_password(#[case] octets: &str, #[case] disguised: bool) {
    assert_eq!(is_disguised("wonderland", octets.as_bytes()), disguised);
}

#[test]
fn a_password_is_found_in_every_encoding_that_a_case_can_ask_for() {
    for charset in [Charset::Utf16Le, Charset::Utf16Be, Charset::Utf32Le, Charset::Utf32Be, Charset::Ebcdic] {
        assert!(is_disguised("wonderland", &charset.write("<a>wonderland</a>")), "{charset:?}");
    }
}
