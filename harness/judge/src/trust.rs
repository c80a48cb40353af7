//! What a Security Token Service answers: the responses of both versions of WS-Trust, and the token in them.

use crate::gate::Refusal;
use crate::soap::{Envelope, Fault};
use crate::tree::{Node, Tree};

/// Namespace of WS-Trust 1.3, which 1.4 shares.
pub const TRUST_13: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200512";
/// Namespace of WS-Trust of February 2005.
pub const TRUST_2005: &str = "http://schemas.xmlsoap.org/ws/2005/02/trust";
/// Namespace of what WS-Trust 1.4 adds.
pub const TRUST_14: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200802";

const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// The versions of WS-Trust, as far as namespaces tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// 1.3 or 1.4.
    V13,
    /// February 2005.
    V2005,
}

impl Version {
    /// The namespace of its elements.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V13 => TRUST_13,
            Self::V2005 => TRUST_2005,
        }
    }

    /// As the variants of cases write it.
    pub fn label(self) -> &'static str {
        match self {
            Self::V13 => "1.3",
            Self::V2005 => "2005/02",
        }
    }
}

/// What an answer is, whatever was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A token or a proof of possession.
    Issued,
    /// A status, or the confirmation that a token is cancelled.
    Status,
    /// A SOAP fault.
    Fault,
    /// A further question to the requestor: a negotiation is not over.
    Challenge,
    /// Anything else.
    Other,
}

/// An answer that is a SOAP message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it is.
    pub kind: Kind,
    /// The envelope.
    pub envelope: Envelope,
    /// The fault, if it is one.
    pub fault: Option<Fault>,
    /// The version of the responses, if there are any.
    pub version: Option<Version>,
    /// The collection that the responses are in, if they are in one.
    pub collection: Option<Node>,
    /// The responses, in order.
    pub responses: Vec<Response>,
}

/// One `RequestSecurityTokenResponse`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The element.
    pub node: Node,
    /// Its version.
    pub version: Version,
    /// Its Context.
    pub context: Option<String>,
    /// Its `TokenType`.
    pub token_type: Option<String>,
    /// `RequestedSecurityToken`.
    pub requested: Option<Node>,
    /// The token itself: the element in `RequestedSecurityToken`.
    pub token: Option<Node>,
    /// `RequestedProofToken`.
    pub proof: Option<Node>,
    /// `RequestedAttachedReference`.
    pub attached: Option<Node>,
    /// `RequestedUnattachedReference`.
    pub unattached: Option<Node>,
    /// Entropy.
    pub entropy: Option<Node>,
    /// When the token begins to be good, as it is written.
    pub created: Option<String>,
    /// When it ends to be good, as it is written.
    pub expires: Option<String>,
    /// The code of a Status.
    pub status: Option<String>,
    /// Whether it says that a token is cancelled.
    pub cancelled: bool,
    /// Whether it asks the requestor something.
    pub challenge: bool,
}

impl Answer {
    /// Reads a document as an answer; `None` if it is no SOAP message.
    pub fn of(tree: &Tree) -> Option<Self> {
        let envelope = Envelope::of(tree)?;
        let fault = envelope.fault(tree);
        let mut answer =
            Self { kind: Kind::Other, fault, version: None, collection: None, responses: Vec::new(), envelope };
        for &node in &answer.envelope.payload {
            for version in [Version::V13, Version::V2005] {
                let namespace = version.namespace();
                if tree.is(node, namespace, "RequestSecurityTokenResponseCollection") {
                    answer.collection = Some(node);
                    answer.version = Some(version);
                    let inside = tree.elements(node).filter(|&n| tree.is(n, namespace, "RequestSecurityTokenResponse"));
                    answer.responses.extend(inside.map(|response| Response::of(tree, response, version)));
                } else if tree.is(node, namespace, "RequestSecurityTokenResponse") {
                    answer.version = Some(version);
                    answer.responses.push(Response::of(tree, node, version));
                }
            }
        }
        answer.kind = answer.find_kind();
        Some(answer)
    }

    /// The first token in the answer.
    pub fn token(&self) -> Option<Node> {
        self.responses.iter().find_map(|response| response.token)
    }

    fn find_kind(&self) -> Kind {
        let any = |test: fn(&Response) -> bool| self.responses.iter().any(test);
        if self.fault.is_some() {
            Kind::Fault
        } else if any(|response| response.token.is_some() || response.proof.is_some()) {
            Kind::Issued
        } else if any(|response| response.challenge) {
            Kind::Challenge
        } else if any(|response| response.status.is_some() || response.cancelled) {
            Kind::Status
        } else {
            Kind::Other
        }
    }
}

impl Response {
    fn of(tree: &Tree, node: Node, version: Version) -> Self {
        let child = |local| tree.child(node, version.namespace(), local);
        let text = |local| child(local).map(|node| tree.text_of(node));
        let inside =
            |outer: Option<Node>, namespace, local| outer.and_then(|outer| tree.child(outer, namespace, local));
        let (requested, lifetime) = (child("RequestedSecurityToken"), child("Lifetime"));
        let time = |local| inside(lifetime, WSU, local).map(|node| tree.text_of(node));
        let asks = |namespace: &str, local: &str| tree.child(node, namespace, local).is_some();
        Self {
            node,
            version,
            context: tree.attribute(node, None, "Context").map(str::to_owned),
            token_type: text("TokenType"),
            requested,
            token: requested.and_then(|requested| tree.elements(requested).next()),
            proof: child("RequestedProofToken"),
            attached: child("RequestedAttachedReference"),
            unattached: child("RequestedUnattachedReference"),
            entropy: child("Entropy"),
            created: time("Created"),
            expires: time("Expires"),
            status: inside(child("Status"), version.namespace(), "Code").map(|code| tree.text_of(code)),
            cancelled: child("RequestedTokenCancelled").is_some(),
            challenge: ["BinaryExchange", "SignChallenge", "KeyExchangeToken"].iter().any(|l| child(l).is_some())
                || asks(TRUST_14, "InteractiveChallenge"),
        }
    }
}

/// A part of a document, as a document of its own.
#[derive(Debug)]
pub struct CutOut {
    /// The bytes as they stand in the whole.
    pub text: String,
    /// The tree of them, or why there is none.
    pub tree: Result<Tree, Refusal>,
    /// What got lost: names that mean something else without the surroundings, in words. Empty if it survives.
    pub lost: Vec<String>,
}

impl CutOut {
    /// Cuts an element out of its document, byte for byte, as a client does that passes a token on.
    pub fn of(whole: &Tree, node: Node) -> Self {
        let text = whole.source(node).to_owned();
        let tree = Tree::from_text(&text);
        let lost = match &tree {
            Ok(part) => lost(whole, node, part),
            Err(refusal) => vec![refusal.to_string()],
        };
        Self { text, tree, lost }
    }

    /// Whether it means the same without its surroundings.
    pub fn survives(&self) -> bool {
        self.lost.is_empty()
    }
}

fn lost(whole: &Tree, node: Node, part: &Tree) -> Vec<String> {
    let before = std::iter::once(node).chain(whole.descendants(node)).filter(|&n| whole.is_element(n));
    let after = std::iter::once(part.root()).chain(part.descendants(part.root())).filter(|&n| part.is_element(n));
    let mut lost = Vec::new();
    for (before, after) in before.zip(after) {
        let name = whole.name(before);
        if name.namespace != part.name(after).namespace {
            lost.push(format!("`{}` is in a namespace that is declared outside of the token", name.local));
        }
        // The one kind of content that everybody resolves: types of attribute values.
        let kind = whole.attribute(before, Some("http://www.w3.org/2001/XMLSchema-instance"), "type");
        if let Some((prefix, _)) = kind.and_then(|kind| kind.split_once(':'))
            && whole.resolve(before, prefix) != part.resolve(after, prefix)
        {
            lost.push(format!("the prefix `{prefix}` in an xsi:type is declared outside of the token"));
        }
    }
    lost.sort_unstable();
    lost.dedup();
    lost
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::soap::SOAP_12;

    fn document(body: &str) -> Tree {
        let text = format!(
            "<s:Envelope xmlns:s='{SOAP_12}' xmlns:t='{TRUST_13}' xmlns:o='{TRUST_2005}'><s:Body>{body}</s:Body></s:Envelope>"
        );
        Tree::from_text(&text).expect("well-formed")
    }

    #[rstest]
    #[case::collection(
        "<t:RequestSecurityTokenResponseCollection><t:RequestSecurityTokenResponse><t:RequestedSecurityToken><a/></t:RequestedSecurityToken></t:RequestSecurityTokenResponse></t:RequestSecurityTokenResponseCollection>",
        Kind::Issued
    )]
    #[case::old(
        "<o:RequestSecurityTokenResponse><o:RequestedSecurityToken><a/></o:RequestedSecurityToken></o:RequestSecurityTokenResponse>",
        Kind::Issued
    )]
    #[case::empty_token(
        "<t:RequestSecurityTokenResponse><t:RequestedSecurityToken/></t:RequestSecurityTokenResponse>",
        Kind::Other
    )]
    #[case::mixed_versions(
        "<t:RequestSecurityTokenResponse><o:RequestedSecurityToken><a/></o:RequestedSecurityToken></t:RequestSecurityTokenResponse>",
        Kind::Other
    )]
    #[case::status(
        "<t:RequestSecurityTokenResponse><t:Status><t:Code>urn:c</t:Code></t:Status></t:RequestSecurityTokenResponse>",
        Kind::Status
    )]
    #[case::cancelled(
        "<t:RequestSecurityTokenResponse><t:RequestedTokenCancelled/></t:RequestSecurityTokenResponse>",
        Kind::Status
    )]
    #[case::challenge(
        "<t:RequestSecurityTokenResponse><t:SignChallenge/></t:RequestSecurityTokenResponse>",
        Kind::Challenge
    )]
    #[case::fault("<s:Fault/>", Kind::Fault)]
    #[case::nothing("", Kind::Other)]
    fn an_answer_is_of_one_kind(#[case] body: &str, #[case] kind: Kind) {
        assert_eq!(Answer::of(&document(body)).map(|answer| answer.kind), Some(kind));
    }

    #[rstest]
    #[case::whole("<a:A xmlns:a='urn:a'><a:B/></a:A>", 0)]
    #[case::prefix_outside("<x:A xmlns='urn:d'/>", 1)]
    #[case::default_outside("<A/>", 1)]
    #[case::type_outside("<A xmlns='' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='x:string'/>", 1)]
    fn a_token_survives_when_it_brings_its_namespaces_along(#[case] token: &str, #[case] lost: usize) {
        let tree = document(&format!(
            "<t:RequestSecurityTokenResponse><t:RequestedSecurityToken xmlns='urn:d' xmlns:x='urn:x'>{token}</t:RequestedSecurityToken></t:RequestSecurityTokenResponse>"
        ));
        let node = Answer::of(&tree).and_then(|answer| answer.token()).expect("a token");
        let cut = CutOut::of(&tree, node);
        assert_eq!((cut.text.as_str(), cut.lost.len(), cut.survives()), (token, lost, lost == 0), "{:?}", cut.lost);
    }
}
