//! Answers, as bytes.

pub(crate) mod envelope;
pub(crate) mod fault;
mod message_signature;
pub(crate) mod rstr;

use std::borrow::Cow;

use jiff::Timestamp;

use crate::keyring::Keyring;
use crate::misbehave;
use crate::random::Random;
use crate::request::{Request, RequestType, SoapVersion, TrustVersion};
use crate::wrong::{Wrong, Wrongs};
use envelope::Frame;
use rstr::Response;

/// What goes back over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`; none when there is no body.
    pub content_type: Option<&'static str>,
    /// One further header, where the status calls for it.
    pub header: Option<(&'static str, &'static str)>,
    /// The body.
    pub body: Vec<u8>,
    /// What was asked, where that could be read.
    pub operation: Option<RequestType>,
    /// Who asked, where that could be proved.
    pub user: Option<String>,
    /// For whom a token was asked.
    pub applies_to: Option<String>,
    /// The narrowest code, where the reply is a fault.
    pub fault: Option<String>,
}

impl Reply {
    /// A status without a body.
    pub(crate) fn bare(status: u16) -> Self {
        Self {
            status,
            content_type: None,
            header: None,
            body: Vec::new(),
            operation: None,
            user: None,
            applies_to: None,
            fault: None,
        }
    }

    /// A status with a sentence for whoever reads it.
    pub(crate) fn plain(status: u16, text: &str) -> Self {
        let body = text.as_bytes().to_vec();
        Self { content_type: Some("text/plain; charset=utf-8"), body, ..Self::bare(status) }
    }

    pub(crate) fn soap(status: u16, soap: SoapVersion, text: String, wrongs: Wrongs) -> Self {
        let wrong_type = wrongs.has(Wrong::HTTP_WRONG_CONTENT_TYPE);
        let content_type = match soap {
            _ if wrong_type => "text/html; charset=utf-8",
            SoapVersion::V11 => "text/xml; charset=utf-8",
            SoapVersion::V12 => "application/soap+xml; charset=utf-8",
        };
        let text = misbehave::text::change(text, wrongs);
        Self { content_type: Some(content_type), body: text.into_bytes(), ..Self::bare(status) }
    }
}

/// The answer that brings a token.
pub(crate) fn issued(
    request: &Request,
    response: &Response<'_>,
    now: Timestamp,
    keyring: &Keyring,
    random: &mut Random,
) -> Reply {
    let wrongs = response.wrongs;
    let signed = request.requestor.message_signed && !wrongs.has(Wrong::WSSE_UNSIGNED_ANSWER);
    let frame = Frame {
        soap: request.soap,
        addressing: request.addressing.as_ref(),
        action: final_action(request.rst.trust),
        is_fault: false,
        secured: Some(now),
        signed,
        wrongs,
    };
    let security = match (signed, wrongs.has(Wrong::WSSE_CONFIRMATION_UNASKED)) {
        (true, _) => message_signature::tokens(&request.requestor, keyring, wrongs),
        (false, true) => message_signature::unasked_confirmation(),
        (false, false) => String::new(),
    };
    let headers = if wrongs.has(Wrong::RSTR_EMPTY_ISSUED_TOKENS) {
        format!("<trust:IssuedTokens xmlns:trust=\"{}\"/>", request.rst.trust.namespace())
    } else {
        String::new()
    };
    let mut envelope = frame.write(&headers, &security, random, |w, random| response.write(w, random));
    if signed {
        message_signature::sign(&mut envelope, keyring, response.grant.signature, &request.requestor, wrongs);
    }
    let status = if wrongs.has(Wrong::HTTP_500_WITH_TOKEN) { 500 } else { 200 };
    Reply::soap(status, request.soap, envelope.text, wrongs)
}

/// The Action of the last leg of Issue.
fn final_action(trust: TrustVersion) -> Cow<'static, str> {
    Cow::Borrowed(match trust {
        TrustVersion::V13 => "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RSTRC/IssueFinal",
        TrustVersion::V2005 => "http://schemas.xmlsoap.org/ws/2005/02/trust/RSTR/Issue",
    })
}
