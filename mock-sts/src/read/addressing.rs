//! The addressing headers: read first and judged later, so that a fault can relate to what could be read.

use crate::fault::{AddressingCode, Code, Fault, HeaderTrouble, Problem, QName, TrustCode};
use crate::http::Carriage;
use crate::request::{Addressing, AddressingVersion, Endpoint, RequestType, Rst, TrustVersion};
use crate::wrong::{Wrong, Wrongs, split_path};
use crate::xml::c14n::by_itself;
use crate::xml::tree::{Ask as _, Node, is_absolute_uri};

use super::soap::Envelope;
use super::{Desk, Outcome};

/// Reads the addressing headers that are meant for us, and notes the first thing that is wrong with their form.
pub(super) fn gather(envelope: &Envelope<'_>, wrongs: Wrongs) -> (Option<Addressing>, Option<Box<Fault>>) {
    let headers = envelope.ours.iter().filter(|block| AddressingVersion::of(block.namespace()).is_some());
    let headers: Vec<_> = headers.copied().collect();
    let Some(version) = headers.first().and_then(|first| AddressingVersion::of(first.namespace())) else {
        return (None, None);
    };
    let mut reading = Reading { version, trouble: None, wrongs };
    let mixed = headers.iter().find(|block| block.namespace() != version.namespace());
    if let Some(stranger) = mixed {
        reading.invalid(None, stranger.namespace(), stranger.local());
    }
    let one = |reading: &mut Reading, name: &str| reading.only(&headers, name);
    let text = |reading: &mut Reading, name: &str| {
        let header = one(reading, name)?;
        let value = header.trimmed().into_owned();
        if value.is_empty() || header.elements().next().is_some() {
            reading.invalid(None, version.namespace(), name);
        }
        Some(value)
    };
    let action = text(&mut reading, "Action");
    let message_id = text(&mut reading, "MessageID");
    let to = text(&mut reading, "To");
    let endpoint = |reading: &mut Reading, name: &str| {
        let header = reading.only(&headers, name)?;
        reading.endpoint(header)
    };
    let from = endpoint(&mut reading, "From");
    let reply_to = endpoint(&mut reading, "ReplyTo");
    let fault_to = endpoint(&mut reading, "FaultTo");

    let addressing = Addressing { version, action, message_id, to, from, reply_to, fault_to };
    // Several libraries write "messageID": to them the header is there, so they are not told that it is missing.
    let has_nearly = headers.iter().any(|block| block.local() == "messageID");
    reading.required(&addressing, has_nearly);
    (Some(addressing), reading.trouble)
}

struct Reading {
    version: AddressingVersion,
    trouble: Option<Box<Fault>>,
    wrongs: Wrongs,
}

impl Reading {
    /// Notes a wrong header, unless something was wrong before it.
    fn invalid(&mut self, trouble: Option<HeaderTrouble>, namespace: &str, local: &str) {
        let name = QName { namespace: namespace.to_owned(), local: local.to_owned() };
        let code = Code::Addressing(AddressingCode::InvalidHeader(trouble), Some(Problem::HeaderName(name)));
        self.trouble.get_or_insert_with(|| Box::new(Fault::of(code)));
    }

    fn only<'a>(&mut self, headers: &[Node<'a>], name: &str) -> Option<Node<'a>> {
        let mut found = headers.iter().filter(|block| block.is(self.version.namespace(), name));
        let first = found.next().copied();
        if found.next().is_some() && !self.wrongs.has(Wrong::ACCEPT_ADDRESSING_TWICE) {
            self.invalid(Some(HeaderTrouble::InvalidCardinality), self.version.namespace(), name);
        }
        first
    }

    fn endpoint(&mut self, header: Node<'_>) -> Option<Endpoint> {
        let namespace = self.version.namespace();
        let mut addresses = header.named(namespace, "Address");
        let address = addresses.next();
        let trouble = match address {
            None => Some(HeaderTrouble::MissingAddressInEpr),
            Some(_) if addresses.next().is_some() => Some(HeaderTrouble::InvalidEpr),
            Some(address) if address.elements().next().is_some() => Some(HeaderTrouble::InvalidAddress),
            Some(address) if !is_absolute_uri(&address.trimmed()) => Some(HeaderTrouble::InvalidAddress),
            Some(_) => None,
        };
        if trouble.is_some() && !self.wrongs.has(Wrong::ACCEPT_NO_ADDRESS) {
            self.invalid(trouble, namespace, header.local());
            return None;
        }
        let kinds = ["ReferenceParameters", "ReferenceProperties"];
        let parameters =
            header.elements().filter(|child| child.namespace() == namespace && kinds.contains(&child.local()));
        let reference_parameters = parameters.flat_map(|holder| holder.elements().map(by_itself).collect::<Vec<_>>());
        Some(Endpoint {
            address: address
                .map_or_else(|| self.version.anonymous().to_owned(), |address| address.trimmed().into_owned()),
            reference_parameters: reference_parameters.collect(),
        })
    }

    fn required(&mut self, addressing: &Addressing, has_nearly: bool) {
        let wants_reply = !addressing.answer_is_unwanted(false);
        let missing = if addressing.action.is_none() && !self.wrongs.has(Wrong::ACCEPT_NO_ACTION) {
            "Action"
        } else if addressing.message_id.is_none()
            && wants_reply
            && !has_nearly
            && !self.wrongs.has(Wrong::ACCEPT_NO_MESSAGE_ID)
        {
            "MessageID"
        } else {
            return;
        };
        let name = QName { namespace: self.version.namespace().to_owned(), local: missing.to_owned() };
        let code = Code::Addressing(AddressingCode::HeaderRequired, Some(Problem::HeaderName(name)));
        self.trouble.get_or_insert_with(|| Box::new(Fault::of(code)));
    }
}

/// Judges what the headers say: an action that exists and is the one of the HTTP head, a way back, and our address.
pub(super) fn judge(addressing: &Addressing, carriage: &Carriage, desk: &Desk<'_>) -> Outcome<()> {
    let wrongs = desk.wrongs;
    let version = addressing.version;
    let invalid = |trouble, local: &str| {
        let name = QName { namespace: version.namespace().to_owned(), local: local.to_owned() };
        let code = Code::Addressing(AddressingCode::InvalidHeader(trouble), Some(Problem::HeaderName(name)));
        Err(Box::new(Fault::of(code)))
    };
    if let Some(action) = &addressing.action {
        if !is_absolute_uri(action) && !wrongs.has(Wrong::ACCEPT_RELATIVE_ACTION) {
            return invalid(None, "Action");
        }
        let announced = carriage.action.as_ref().filter(|announced| *announced != action);
        if let Some(announced) = announced.filter(|_| !wrongs.has(Wrong::ACCEPT_OTHER_HTTP_ACTION)) {
            let problem = Problem::Action { action: action.clone(), soap_action: Some(announced.clone()) };
            let code = AddressingCode::InvalidHeader(Some(HeaderTrouble::ActionMismatch));
            return Err(Box::new(Fault::of(Code::Addressing(code, Some(problem)))));
        }
    }
    for (name, endpoint) in [("ReplyTo", &addressing.reply_to), ("FaultTo", &addressing.fault_to)] {
        let Some(endpoint) = endpoint else {
            if name == "ReplyTo" && wrongs.has(Wrong::REFUSE_NO_REPLY_TO) {
                return invalid(None, "ReplyTo");
            }
            continue;
        };
        let address = endpoint.address.as_str();
        let is_back_here = address == version.anonymous() || Some(address) == version.none();
        if !is_back_here && !wrongs.has(Wrong::ACCEPT_OTHER_REPLY_TO) {
            return invalid(Some(HeaderTrouble::OnlyAnonymousAddressSupported), name);
        }
    }
    if let Some(to) = &addressing.to
        && to != version.anonymous()
        && path_of(to) != Some(desk.path)
        && !wrongs.has(Wrong::ACCEPT_OTHER_DESTINATION)
    {
        let problem = Some(Problem::Iri(to.clone()));
        return Err(Box::new(Fault::of(Code::Addressing(AddressingCode::DestinationUnreachable, problem))));
    }
    match &addressing.action {
        Some(action) if operation(action).is_none() && !wrongs.has(Wrong::ACCEPT_OTHER_ACTION) => {
            let problem = Some(Problem::Action { action: action.clone(), soap_action: None });
            Err(Box::new(Fault::of(Code::Addressing(AddressingCode::ActionNotSupported, problem))))
        }
        _ => Ok(()),
    }
}

/// Refuses a request whose action (in the message, or in the HTTP head where the message has none) is that of another
/// operation than its body asks for.
pub(super) fn match_operation(
    addressing: Option<&Addressing>,
    carriage: &Carriage,
    rst: &Rst,
    wrongs: Wrongs,
) -> Outcome<()> {
    let action = addressing.and_then(|addressing| addressing.action.as_ref()).or(carriage.action.as_ref());
    let (Some(action), Some(request_type)) = (action, rst.request_type) else { return Ok(()) };
    let fits = match operation(action) {
        Some(operation) => operation == (rst.trust, request_type),
        // Without addressing the head is only a hint, and one that nobody may depend on.
        None => addressing.is_none() || wrongs.has(Wrong::ACCEPT_OTHER_ACTION),
    };
    if fits || wrongs.has(Wrong::ACCEPT_OTHER_ACTION) {
        return Ok(());
    }
    Err(Box::new(Fault::because(TrustCode::InvalidRequest, "The action is not that of the request in the Body")))
}

/// The operation that an action stands for.
fn operation(action: &str) -> Option<(TrustVersion, RequestType)> {
    [TrustVersion::V13, TrustVersion::V2005].into_iter().find_map(|trust| {
        let step = action.strip_prefix(trust.namespace())?.strip_prefix("/RST/")?;
        RequestType::ALL.into_iter().find(|kind| kind.step() == step).map(|kind| (trust, kind))
    })
}

/// The version of WS-Trust that the action speaks: all that is left to go by where the Body does not tell.
pub(super) fn trust_of(addressing: Option<&Addressing>, carriage: &Carriage) -> Option<TrustVersion> {
    let of_message = addressing.and_then(|addressing| addressing.action.as_deref()).and_then(operation);
    of_message.or_else(|| operation(carriage.action.as_deref()?)).map(|(trust, _)| trust)
}

/// The path of an HTTP address; one that asks for misbehaviours (`/w/NAME/sts`) counts as the one behind it.
fn path_of(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let path = rest.find('/').map_or("/", |start| &rest[start..]);
    let path = path.split(['?', '#']).next().unwrap_or(path);
    Some(split_path(path).map_or(path, |(_, meant)| meant))
}
