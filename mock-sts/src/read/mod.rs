//! From octets to a [`Request`]: the order in which a message is judged, and what each judgement may use.
//!
//! The order is that of the specifications: the envelope, then headers that must be understood, then addressing, then
//! security, and only then what is asked for, so that a message with two faults is always refused for the same one.

mod addressing;
mod entropy;
mod parameters;
mod rst;
pub(crate) mod soap;
mod tokens;

use jiff::Timestamp;

use crate::fault::{Code, Fault};
use crate::http::Carriage;
use crate::request::{Addressing, Refusal, Request, SoapVersion, TrustVersion};
use crate::security::{self, Acquaintance, Memory};
use crate::weak;
use crate::wrong::{Wrong, Wrongs};
use crate::xml::gate::{self, Limits};
use crate::xml::tree::{self, Ask as _};

/// What a message is judged by.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The time.
    pub now: Timestamp,
    /// The misbehaviours that are armed.
    pub wrongs: Wrongs,
    /// The path that the message was sent to; `wsa:To` must lead there.
    pub path: &'a str,
    /// The host, and port, that the client asked for; with the path it makes an address that we answer to.
    pub host: Option<&'a str>,
    /// Users, certificates and issuers that are known here.
    pub known: &'a Acquaintance,
    /// What earlier messages left behind.
    pub memory: &'a dyn Memory,
}

/// Shorthand of the reading half.
pub(crate) type Outcome<T> = Result<T, Box<Fault>>;

/// Reads and judges a message.
///
/// # Errors
/// A refusal holds the fault and all that is needed to answer with it.
pub fn read(octets: &[u8], carriage: &Carriage, desk: &Desk<'_>) -> Result<Request, Box<Refusal>> {
    let guessed = carriage.soap.unwrap_or(SoapVersion::V12);
    let mut so_far = SoFar { soap: guessed, addressing: None, trust: None };
    match judge(octets, carriage, desk, &mut so_far) {
        Ok((requestor, rst)) => Ok(Request { soap: so_far.soap, addressing: so_far.addressing, requestor, rst }),
        Err(fault) => {
            let SoFar { soap, addressing, trust } = so_far;
            Err(Box::new(Refusal { soap, addressing, trust, fault: *fault }))
        }
    }
}

/// What is known of a message while it is being judged.
struct SoFar {
    soap: SoapVersion,
    addressing: Option<Addressing>,
    trust: Option<TrustVersion>,
}

fn judge(
    octets: &[u8],
    carriage: &Carriage,
    desk: &Desk<'_>,
    so_far: &mut SoFar,
) -> Outcome<(security::Requestor, crate::request::Rst)> {
    let wrongs = desk.wrongs;
    let limits = Limits { doctype: wrongs.has(Wrong::ACCEPT_DOCTYPE), ..Limits::default() };
    let unreadable = |refused: gate::Refused| Box::new(Fault::because(Code::Sender, refused.to_string()));
    let (octets, charset) = weak::reread(octets, carriage.charset.as_deref(), wrongs);
    let admitted = gate::admit(&octets, charset, &limits).map_err(unreadable)?;
    if wrongs.has(Wrong::SPOT_LINE_ENDS) && admitted.text.contains('\r') {
        return Err(Box::new(Fault::because(Code::Sender, "a message has no carriage returns")));
    }
    let document = tree::parse(&admitted.text, limits.doctype).map_err(unreadable)?;

    let envelope = soap::open(document.root_element(), carriage.soap, so_far, wrongs)?;
    if let Some(body) = envelope.body {
        so_far.trust = body.elements().find_map(|first| TrustVersion::of(first.namespace()));
    }
    let (addressing, trouble) = addressing::gather(&envelope, wrongs);
    so_far.addressing = addressing;
    so_far.trust = so_far.trust.or_else(|| addressing::trust_of(so_far.addressing.as_ref(), carriage));
    if admitted.has_instruction && !wrongs.has(Wrong::ACCEPT_INSTRUCTION) {
        return Err(Box::new(Fault::because(Code::Sender, "a SOAP message has no processing instruction")));
    }
    let body = soap::structure(&envelope, wrongs)?;
    soap::nothing_is_nil(&envelope, wrongs)?;
    let ahead = if wrongs.has(Wrong::REFUSE_BODY_BEFORE_HEADERS) { rst::precheck(body, wrongs) } else { Ok(()) };
    ahead?;
    soap::must_understand(&envelope, wrongs)?;
    if let Some(trouble) = trouble {
        return Err(trouble);
    }
    if let Some(addressing) = &so_far.addressing {
        addressing::judge(addressing, carriage, desk)?;
    }

    let asked = rst::element(body, wrongs);
    let mut message = security::Message::gather(&envelope, body, desk)?;
    let requestor = message.judge(asked.as_ref().ok().copied())?;
    let rst = rst::read(asked?, &message)?;
    addressing::match_operation(so_far.addressing.as_ref(), carriage, &rst, wrongs)?;
    Ok((requestor, rst))
}

#[cfg(test)]
mod tests;
