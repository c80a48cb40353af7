//! What the head of an HTTP request settles before its body is looked at.

use crate::request::SoapVersion;
use crate::wrong::{Wrong, Wrongs};

/// The head of a request, as far as it matters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head<'a> {
    /// The method.
    pub method: &'a str,
    /// The header `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The header `Content-Encoding`.
    pub content_encoding: Option<&'a str>,
    /// The header `SOAPAction`.
    pub soap_action: Option<&'a str>,
    /// The header `Host`: where the client thinks that it is talking to.
    pub host: Option<&'a str>,
}

/// What the head says of the message in the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carriage {
    /// The SOAP version that the media type announces.
    pub soap: Option<SoapVersion>,
    /// The parameter `charset`.
    pub charset: Option<String>,
    /// The action: the parameter `action` of SOAP 1.2, or else the header `SOAPAction` without its quotes. `None` where
    /// there is none or an empty one.
    pub action: Option<String>,
}

/// An answer to a request whose head is enough to turn it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Early {
    /// The status.
    pub status: u16,
    /// One header that the status calls for.
    pub header: Option<(&'static str, &'static str)>,
    /// For whoever reads it: what is wanted instead.
    pub why: &'static str,
}

const ONLY_POST: &str = "WS-Trust requests are sent by POST; GET /sts?wsdl says what is served here.\n";
const ONLY_SOAP: &str = "A SOAP message is wanted, with the Content-Type application/soap+xml (SOAP 1.2) or text/xml \
(SOAP 1.1).\n";
const NOT_CODED: &str = "The message has to come as it is, without a Content-Encoding.\n";

/// Reads a head, or turns the request away.
pub fn carriage(head: &Head<'_>, wrongs: Wrongs) -> Result<Carriage, Early> {
    if head.method != "POST" && !wrongs.has(Wrong::ACCEPT_ANY_METHOD) {
        return Err(Early { status: 405, header: Some(("allow", "POST")), why: ONLY_POST });
    }
    let accepted = Some(("accept-post", "application/soap+xml, text/xml"));
    let unsupported = Early { status: 415, header: accepted, why: ONLY_SOAP };
    if head.content_encoding.is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(Early { status: 415, header: Some(("accept-encoding", "identity")), why: NOT_CODED });
    }
    let (essence, parameters) = media_type(head.content_type.unwrap_or(""));
    let soap = [SoapVersion::V11, SoapVersion::V12].into_iter().find(|version| essence == version.media_type());
    if soap == Some(SoapVersion::V12) && wrongs.has(Wrong::REFUSE_SOAP_12_MEDIA_TYPE) {
        return Err(unsupported);
    }
    if soap.is_none() && !wrongs.has(Wrong::ACCEPT_ANY_MEDIA_TYPE) {
        return Err(unsupported);
    }
    let parameter = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let action = parameter("action").filter(|_| soap != Some(SoapVersion::V11));
    let header = || head.soap_action.map(|value| unquoted(value.trim()));
    let action = action.or_else(header).filter(|action| !action.is_empty());
    Ok(Carriage { soap, charset: parameter("charset"), action })
}

/// Takes a media type apart: the type in small letters, and its parameters with their names in small letters.
fn media_type(value: &str) -> (String, Vec<(String, String)>) {
    let (essence, mut rest) = value.split_once(';').unwrap_or((value, ""));
    let mut parameters = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let end = if after.starts_with('"') { quoted_length(after) } else { after.find(';').unwrap_or(after.len()) };
        parameters.push((name.trim().to_ascii_lowercase(), unquoted(after[..end].trim())));
        rest = after[end..].split_once(';').map_or("", |(_, rest)| rest);
    }
    (essence.trim().to_ascii_lowercase(), parameters)
}

/// The length of a quoted string, its quotes among it.
fn quoted_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return index + 1,
            b'\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
    }
    text.len()
}

fn unquoted(text: &str) -> String {
    let Some(inside) = text.strip_prefix('"') else { return text.to_owned() };
    let inside = inside.strip_suffix('"').unwrap_or(inside);
    let mut plain = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        plain.push(if character == '\\' { characters.next().unwrap_or('\\') } else { character });
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn post(content_type: &str) -> Head<'_> {
        Head { method: "POST", content_type: Some(content_type), ..Head::default() }
    }

    #[rstest]
    #[case("application/soap+xml", Some(SoapVersion::V12), None, None)]
    #[case(
        "Application/SOAP+XML ; Charset=\"utf-8\"; action=\"urn:a;b\"",
        Some(SoapVersion::V12),
        Some("utf-8"),
        Some("urn:a;b")
    )]
    #[case("application/soap+xml;action=urn:a;charset=UTF-8", Some(SoapVersion::V12), Some("UTF-8"), Some("urn:a"))]
    #[case("text/xml; charset=utf-8", Some(SoapVersion::V11), Some("utf-8"), None)]
    #[case("text/xml; action=\"urn:not-of-1.1\"", Some(SoapVersion::V11), None, None)]
    fn a_media_type_announces_version_charset_and_action(
        #[case] content_type: &str,
        #[case] soap: Option<SoapVersion>,
        #[case] charset: Option<&str>,
        #[case] action: Option<&str>,
    ) {
        let expected = Carriage { soap, charset: charset.map(str::to_owned), action: action.map(str::to_owned) };
        assert_eq!(carriage(&post(content_type), Wrongs::RIGHT), Ok(expected));
    }

    #[rstest]
    #[case("\"urn:a\"", Some("urn:a"))]
    #[case("urn:a", Some("urn:a"))]
    #[case("\"\"", None)]
    #[case("", None)]
    fn a_soap_action_is_read_with_and_without_quotes(#[case] header: &str, #[case] action: Option<&str>) {
        let head = Head { soap_action: Some(header), ..post("text/xml") };
        assert_eq!(carriage(&head, Wrongs::RIGHT).unwrap().action.as_deref(), action);
    }

    #[rstest]
    fn another_media_type_is_refused_with_415(
        #[values("", "application/json", "text/plain", "multipart/related; type=\"text/xml\"", "application/xml")]
        content_type: &str,
    ) {
        assert_eq!(carriage(&post(content_type), Wrongs::RIGHT).unwrap_err().status, 415);
        assert!(carriage(&post(content_type), Wrong::ACCEPT_ANY_MEDIA_TYPE.into()).is_ok());
    }

    #[test]
    fn another_method_is_refused_with_405_and_told_the_right_one() {
        let put = Head { method: "PUT", ..post("text/xml") };
        let early = carriage(&put, Wrongs::RIGHT).unwrap_err();
        assert_eq!((early.status, early.header), (405, Some(("allow", "POST"))));
        assert!(early.why.contains("by POST"), "{}", early.why);
    }

    #[test]
    fn a_coded_body_is_refused() {
        let coded = Head { content_encoding: Some("gzip"), ..post("text/xml") };
        assert_eq!(carriage(&coded, Wrongs::RIGHT).unwrap_err().status, 415);
    }

    proptest! {
        #[test]
        fn no_head_makes_it_panic(content_type in "[a-z/;=\"\\\\ é]{0,40}", soap_action in "[\"\\\\a:]{0,9}") {
            let _ = carriage(&Head { soap_action: Some(&soap_action), ..post(&content_type) }, Wrongs::RIGHT);
        }
    }
}
