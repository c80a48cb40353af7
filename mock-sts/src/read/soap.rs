//! The envelope: which version, which shape, and which headers concern us.

use crate::fault::{Code, Fault, QName};
use crate::names::{WSSE, XSI};
use crate::request::{AddressingVersion, SoapVersion};
use crate::wrong::{Wrong, Wrongs};
use crate::xml::tree::{Ask as _, Node, boolean};

use super::{Outcome, SoFar};

/// An opened envelope.
pub(crate) struct Envelope<'a> {
    pub(crate) version: SoapVersion,
    pub(crate) root: Node<'a>,
    pub(crate) header: Option<Node<'a>>,
    pub(crate) body: Option<Node<'a>>,
    /// The header blocks that are meant for us.
    pub(crate) ours: Vec<Node<'a>>,
}

/// Opens an envelope. The media type must announce the version that its namespace says.
pub(super) fn open<'a>(
    root: Node<'a>,
    announced: Option<SoapVersion>,
    so_far: &mut SoFar,
    wrongs: Wrongs,
) -> Outcome<Envelope<'a>> {
    let version = SoapVersion::of(root.namespace()).filter(|_| root.local() == "Envelope");
    let lenient = wrongs.has(Wrong::ACCEPT_OTHER_ENVELOPE) && root.local() == "Envelope";
    let version = match version {
        Some(version) if announced.is_none_or(|announced| announced == version) || lenient => version,
        None if lenient => so_far.soap,
        _ => return Err(Box::new(Fault::of(Code::VersionMismatch))),
    };
    so_far.soap = version;
    // The namespace as written, which is another one only under that misbehaviour.
    let namespace = root.namespace();
    let header = root.one(namespace, "Header");
    let body = root.one(namespace, "Body");
    let ours = header.into_iter().flat_map(|header| header.elements().collect::<Vec<_>>());
    let ours = ours.filter(|block| is_for_us(*block, version, wrongs)).collect();
    Ok(Envelope { version, root, header, body, ours })
}

/// Checks the order of things: at most one Header, then exactly one Body, and nothing else.
pub(super) fn structure<'a>(envelope: &Envelope<'a>, wrongs: Wrongs) -> Outcome<Node<'a>> {
    let malformed = |reason: &str| Box::new(Fault::because(Code::Sender, reason));
    let body = envelope.body.ok_or_else(|| malformed("the envelope has no Body"))?;
    let children: Vec<_> = envelope.root.elements().collect();
    let expected: Vec<_> = envelope.header.into_iter().chain([body]).collect();
    if children != expected {
        let mut sorted = children.clone();
        sorted.sort_by_key(|child| *child == body);
        let is_swapped = sorted == expected;
        let has_trailer = children.len() > expected.len() && children[..expected.len()] == expected[..];
        let is_foreign =
            has_trailer && children[expected.len()..].iter().all(|child| child.namespace() != body.namespace());
        let tolerated = (is_swapped && wrongs.has(Wrong::ACCEPT_BODY_FIRST))
            || (is_foreign && wrongs.has(Wrong::ACCEPT_TRAILER))
            || wrongs.has(Wrong::ACCEPT_UNKNOWN_ENVELOPE_CHILD);
        if !tolerated {
            return Err(malformed("an envelope is one Header, which may be missing, then one Body, and nothing else"));
        }
    }
    if envelope.root.has_text() || body.has_text() || envelope.header.is_some_and(|header| header.has_text()) {
        return Err(malformed("there is text between the elements of the message"));
    }
    let other = match envelope.version {
        SoapVersion::V11 => SoapVersion::V12,
        SoapVersion::V12 => SoapVersion::V11,
    };
    let mixes = |block: &Node<'_>| {
        block.namespace() == other.namespace()
            || block.attributes().any(|attribute| attribute.namespace() == Some(other.namespace()))
    };
    if envelope.header.is_some_and(|header| header.elements().any(|block| mixes(&block))) {
        return Err(malformed("the message mixes two versions of SOAP"));
    }
    Ok(body)
}

/// Refuses elements that call themselves nil: no schema here lets one be, and what they held would be believed or not
/// according to who reads it.
pub(super) fn nothing_is_nil(envelope: &Envelope<'_>, wrongs: Wrongs) -> Outcome<()> {
    let is_nil = |element: Node<'_>| element.attribute((XSI, "nil")).and_then(boolean) == Some(true);
    if wrongs.has(Wrong::WEAK_BELIEVES_NIL) || !envelope.root.descendants().any(is_nil) {
        return Ok(());
    }
    Err(Box::new(Fault::because(Code::Sender, "an element calls itself nil")))
}

/// Refuses a message with a mandatory header that is meant for us and that nobody here understands.
pub(super) fn must_understand(envelope: &Envelope<'_>, wrongs: Wrongs) -> Outcome<()> {
    let namespace = envelope.root.namespace();
    let mut unknown = Vec::new();
    let nested = envelope.ours.iter().filter(|_| wrongs.has(Wrong::REFUSE_NESTED_MUST_UNDERSTAND));
    let nested = nested.flat_map(|block| block.descendants().skip(1).filter(Node::is_element));
    let looked_at = if wrongs.has(Wrong::SPOT_MUST_UNDERSTAND_FIRST_ONLY) { 1 } else { usize::MAX };
    for block in envelope.ours.iter().copied().take(looked_at).chain(nested) {
        let Some(value) = block.attribute((namespace, "mustUnderstand")) else { continue };
        let is_mandatory = boolean(value)
            .ok_or_else(|| Box::new(Fault::because(Code::Sender, "mustUnderstand is neither true nor false")))?;
        let misread = wrongs.has(Wrong::REFUSE_MUST_UNDERSTAND_ZERO);
        if (is_mandatory || misread) && !is_understood(block) {
            unknown.push(QName { namespace: block.namespace().to_owned(), local: block.local().to_owned() });
        }
    }
    if unknown.is_empty() || wrongs.has(Wrong::ACCEPT_MUST_UNDERSTAND) {
        return Ok(());
    }
    Err(Box::new(Fault::of(Code::MustUnderstand(unknown))))
}

/// Whether a header block is meant for this node: the last one, and the only one.
fn is_for_us(block: Node<'_>, version: SoapVersion, wrongs: Wrongs) -> bool {
    if wrongs.has(Wrong::REFUSE_OTHER_ROLE) {
        return true;
    }
    let namespace = version.namespace();
    let role = match version {
        SoapVersion::V11 => block.attribute((namespace, "actor")),
        SoapVersion::V12 => block.attribute((namespace, "role")),
    };
    match (role, version) {
        (None | Some("" | "http://schemas.xmlsoap.org/soap/actor/next"), SoapVersion::V11)
        | (None | Some("" | "http://www.w3.org/2003/05/soap-envelope/role/next"), SoapVersion::V12) => true,
        (Some("http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"), SoapVersion::V12) => {
            !wrongs.has(Wrong::REFUSE_ULTIMATE_RECEIVER)
        }
        _ => false,
    }
}

fn is_understood(block: Node<'_>) -> bool {
    if AddressingVersion::of(block.namespace()).is_some() {
        return matches!(block.local(), "Action" | "To" | "MessageID" | "ReplyTo" | "FaultTo" | "From" | "RelatesTo");
    }
    block.is(WSSE, "Security")
}
