//! The envelope around an answer or a fault: versions and addressing of the request, a Timestamp, a Body.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use crate::misbehave::token::with_offset;
use crate::names::{WSSE, WSU};
use crate::random::Random;
use crate::request::{Addressing, AddressingVersion, SoapVersion};
use crate::token::time_text;
use crate::wrong::{Wrong, Wrongs};
use crate::xml::write::{Writer, push_hex};

/// How long an answer may be under way.
const ANSWER_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// What an envelope is made for.
pub(crate) struct Frame<'a> {
    pub(crate) soap: SoapVersion,
    pub(crate) addressing: Option<&'a Addressing>,
    pub(crate) action: Cow<'a, str>,
    pub(crate) is_fault: bool,
    /// The time for the Timestamp of the Security header; without a time there is no such header.
    pub(crate) secured: Option<Timestamp>,
    /// Whether what a signature would cover gets Ids.
    pub(crate) signed: bool,
    pub(crate) wrongs: Wrongs,
}

/// An envelope, and where in it a signature of the message goes.
pub(crate) struct Envelope {
    pub(crate) text: String,
    pub(crate) signature_at: usize,
    /// The Ids that a signature covers.
    pub(crate) ids: Vec<&'static str>,
}

impl Frame<'_> {
    /// Writes the envelope. `more_headers` come first; `security` is what the Security header holds behind the
    /// Timestamp.
    pub(crate) fn write(
        &self,
        more_headers: &str,
        security: &str,
        random: &mut Random,
        body: impl FnOnce(&mut Writer, &mut Random),
    ) -> Envelope {
        let mut w = Writer::with_capacity(12 * 1024);
        let mut ids = Vec::new();
        w.open("s:Envelope").namespace("s", self.namespace());
        if let Some(addressing) = self.addressing {
            w.namespace("wsa", addressing.version.namespace());
        }
        w.namespace("wsu", WSU);
        if self.wrongs.has(Wrong::SOAP_ENCODING_STYLE) {
            w.attribute("s:encodingStyle", "http://schemas.xmlsoap.org/soap/encoding/");
        }
        w.open("s:Header").raw(more_headers);
        if let Some(addressing) = self.addressing {
            self.addressing(&mut w, addressing, random, &mut ids);
        }
        let signature_at = self.security(&mut w, security, &mut ids);
        w.close();
        self.body(&mut w, random, body, &mut ids);
        w.close();
        Envelope { text: w.finish(), signature_at, ids }
    }

    fn namespace(&self) -> &'static str {
        let other = match self.soap {
            SoapVersion::V11 => SoapVersion::V12,
            SoapVersion::V12 => SoapVersion::V11,
        };
        if self.wrongs.has(Wrong::SOAP_OTHER_VERSION) { other.namespace() } else { self.soap.namespace() }
    }

    fn addressing(&self, w: &mut Writer, request: &Addressing, random: &mut Random, ids: &mut Vec<&'static str>) {
        let mut header = |w: &mut Writer, name: &str, id: &'static str, value: &str| {
            w.open(name);
            if self.signed {
                w.attribute("wsu:Id", id);
                ids.push(id);
            }
            w.text(value).close();
        };
        if !self.wrongs.has(Wrong::WSA_NO_ACTION) {
            header(w, "wsa:Action", "action", &self.wrong_action(request));
        }
        if self.wrongs.has(Wrong::WSA_TWO_ACTIONS) {
            w.leaf("wsa:Action", &self.action);
        }
        let message_id = if self.wrongs.has(Wrong::WSA_SAME_MESSAGE_ID) {
            "urn:uuid:00000000-0000-4000-8000-000000000000".to_owned()
        } else {
            new_uuid(random)
        };
        let relative = self.wrongs.has(Wrong::WSA_RELATIVE_MESSAGE_ID);
        header(w, "wsa:MessageID", "message-id", if relative { &message_id[9..] } else { &message_id });
        self.relates_to(w, request, &mut header);
        match &request.reply_to {
            Some(endpoint) => header(w, "wsa:To", "to", &endpoint.address),
            // August 2004 has no default for To.
            None if request.version == AddressingVersion::V200408 => {
                header(w, "wsa:To", "to", request.version.anonymous());
            }
            None => {}
        }
        if !self.wrongs.has(Wrong::WSA_NO_REFERENCE_PARAMETERS) {
            for parameter in request.reference_parameters(self.is_fault) {
                w.raw(&self.marked(parameter, request.version));
            }
        }
    }

    fn wrong_action<'b>(&'b self, request: &'b Addressing) -> Cow<'b, str> {
        if self.wrongs.has(Wrong::WSA_WRONG_ACTION) {
            return Cow::Borrowed(request.action.as_deref().unwrap_or_default());
        }
        if self.wrongs.has(Wrong::WSA_RELATIVE_ACTION) {
            return Cow::Borrowed("IssueFinal");
        }
        if self.wrongs.has(Wrong::WSA_FAULT_ACTION) && self.is_fault {
            let wrong = self.action.replace("/addressing/soap/fault", "/addressing/fault");
            return Cow::Owned(wrong);
        }
        Cow::Borrowed(&self.action)
    }

    fn relates_to(
        &self,
        w: &mut Writer,
        request: &Addressing,
        header: &mut impl FnMut(&mut Writer, &str, &'static str, &str),
    ) {
        let Some(message_id) = &request.message_id else { return };
        if self.wrongs.has(Wrong::WSA_NO_RELATES_TO) {
            return;
        }
        if self.wrongs.has(Wrong::WSA_WRONG_RELATES_TO) {
            header(w, "wsa:RelatesTo", "relates-to", "urn:uuid:ffffffff-ffff-4fff-bfff-ffffffffffff");
        } else if self.wrongs.has(Wrong::WSA_RELATIONSHIP) {
            w.open("wsa:RelatesTo").attribute("RelationshipType", "urn:mock-sts:no-reply").text(message_id).close();
        } else {
            header(w, "wsa:RelatesTo", "relates-to", message_id);
        }
    }

    /// A returned reference parameter says that it is one; August 2004 does not know the mark.
    fn marked<'b>(&self, parameter: &'b str, version: AddressingVersion) -> Cow<'b, str> {
        if version == AddressingVersion::V200408 || self.wrongs.has(Wrong::WSA_UNMARKED_REFERENCE_PARAMETER) {
            return Cow::Borrowed(parameter);
        }
        let end_of_name = parameter.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').unwrap_or(0);
        let (name, rest) = parameter.split_at(end_of_name);
        // A prefix of its own: the parameter may have bound `wsa` to something else.
        let mark = format!(" xmlns:reply=\"{}\" reply:IsReferenceParameter=\"true\"", version.namespace());
        Cow::Owned([name, &mark, rest].concat())
    }

    fn security(&self, w: &mut Writer, content: &str, ids: &mut Vec<&'static str>) -> usize {
        let Some(now) = self.secured else { return 0 };
        if self.wrongs.has(Wrong::WSSE_NO_SECURITY) {
            return w.position();
        }
        w.open("wsse:Security").namespace("wsse", WSSE);
        if self.wrongs.has(Wrong::SOAP_MUST_UNDERSTAND_SPELLING) {
            w.attribute("s:mustUnderstand", "true");
        }
        if !self.wrongs.has(Wrong::WSSE_NO_TIMESTAMP) {
            self.timestamp(w, now);
            if self.signed {
                ids.push("timestamp");
            }
        }
        if self.wrongs.has(Wrong::WSSE_TWO_TIMESTAMPS) {
            self.timestamp(w, now);
        }
        let late = self.wrongs.has(Wrong::WSSE_TOKEN_AFTER_SIGNATURE);
        let before = w.position();
        w.raw(content);
        let signature_at = if late { before } else { w.position() };
        w.close();
        if self.wrongs.has(Wrong::WSSE_TWO_HEADERS) {
            w.open("wsse:Security").namespace("wsse", WSSE).close();
        }
        signature_at
    }

    fn timestamp(&self, w: &mut Writer, now: Timestamp) {
        let mut created = time_text(now);
        let mut expires = time_text(now.checked_add(ANSWER_LIFETIME).unwrap_or(now));
        if self.wrongs.has(Wrong::WSSE_TIMESTAMP_EXPIRED) {
            expires = time_text(now.checked_add(-ANSWER_LIFETIME).unwrap_or(now));
            created = time_text(now.checked_add(-ANSWER_LIFETIME * 2).unwrap_or(now));
        }
        if self.wrongs.has(Wrong::WSSE_TIMESTAMP_OFFSET) {
            (created, expires) = (with_offset(&created), with_offset(&expires));
        }
        if self.wrongs.has(Wrong::WSSE_TIMESTAMP_LEAP_SECOND) {
            created = crate::misbehave::token::with_leap_second(&created);
        }
        if self.wrongs.has(Wrong::WSSE_TIMESTAMP_NANOSECONDS) {
            created = created.replace('Z', "123456Z");
        }
        w.open("wsu:Timestamp").attribute("wsu:Id", "timestamp");
        let reversed = self.wrongs.has(Wrong::WSSE_TIMESTAMP_ORDER);
        if reversed {
            w.leaf("wsu:Expires", &expires);
        }
        if !self.wrongs.has(Wrong::WSSE_TIMESTAMP_NO_CREATED) {
            w.leaf("wsu:Created", &created);
        }
        if self.wrongs.has(Wrong::WSSE_TIMESTAMP_TWO_CREATED) {
            w.leaf("wsu:Created", &created);
        }
        if !reversed {
            w.leaf("wsu:Expires", &expires);
        }
        if self.wrongs.has(Wrong::WSSE_TIMESTAMP_UNKNOWN_CHILD) {
            w.open("x:Extra").namespace("x", "urn:mock-sts:extra").close();
        }
        w.close();
    }

    fn body(
        &self,
        w: &mut Writer,
        random: &mut Random,
        content: impl FnOnce(&mut Writer, &mut Random),
        ids: &mut Vec<&'static str>,
    ) {
        if self.wrongs.has(Wrong::SOAP_PROCESSING_INSTRUCTION) {
            w.raw("<?mock-sts odd?>");
        }
        w.open("s:Body");
        if self.wrongs.has(Wrong::SOAP_NAMESPACE_ATTRIBUTE) {
            w.attribute("s:extra", "1");
        }
        if self.signed {
            w.attribute("wsu:Id", "body");
            ids.push("body");
        }
        content(w, random);
        if self.wrongs.has(Wrong::SOAP_BODY_CHILD_WITHOUT_NAMESPACE) {
            w.leaf("extra", "");
        }
        w.close();
        if self.wrongs.has(Wrong::SOAP_TRAILER) {
            w.open("x:Trailer").namespace("x", "urn:mock-sts:extra").close();
        }
    }
}

/// A random UUID as a URN.
pub(crate) fn new_uuid(random: &mut Random) -> String {
    let mut bytes = random.array::<16>();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(45);
    text.push_str("urn:uuid");
    for (mark, group) in [(':', 0..4), ('-', 4..6), ('-', 6..8), ('-', 8..10), ('-', 10..16)] {
        text.push(mark);
        push_hex(&bytes[group], &mut text);
    }
    text
}
