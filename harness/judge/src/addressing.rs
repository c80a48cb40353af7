//! WS-Addressing headers of both versions, doubles included: a message with two Actions has two here.

use crate::soap::Envelope;
use crate::tree::{Node, Tree};

/// Namespace of WS-Addressing 1.0.
pub const ADDRESSING_10: &str = "http://www.w3.org/2005/08/addressing";
/// Namespace of WS-Addressing of August 2004.
pub const ADDRESSING_2004: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing";

/// The versions of WS-Addressing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// 1.0, of August 2005.
    V2005,
    /// The submission of August 2004.
    V2004,
}

impl Version {
    /// The namespace of its headers.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V2005 => ADDRESSING_10,
            Self::V2004 => ADDRESSING_2004,
        }
    }

    /// As the variants of cases write it.
    pub fn label(self) -> &'static str {
        match self {
            Self::V2005 => "2005/08",
            Self::V2004 => "2004/08",
        }
    }
}

/// A header whose value is a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The header.
    pub node: Node,
    /// Its text without white space around it; of an endpoint reference the text of its Address.
    pub value: String,
    /// The `RelationshipType` of a `RelatesTo`, as it is written.
    pub relationship: Option<String>,
}

/// The addressing headers of one version in one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressing {
    /// The version.
    pub version: Version,
    /// `Action`.
    pub action: Vec<Header>,
    /// `MessageID`.
    pub message_id: Vec<Header>,
    /// `RelatesTo`.
    pub relates_to: Vec<Header>,
    /// `To`.
    pub to: Vec<Header>,
    /// `From`.
    pub from: Vec<Header>,
    /// `ReplyTo`.
    pub reply_to: Vec<Header>,
    /// `FaultTo`.
    pub fault_to: Vec<Header>,
}

impl Addressing {
    /// Reads the headers of each version that occurs in an envelope: none, one, or by mistake both.
    pub fn of(tree: &Tree, envelope: &Envelope) -> Vec<Self> {
        let versions = [Version::V2005, Version::V2004].into_iter();
        versions.map(|version| Self::of_version(tree, envelope, version)).filter(|found| !found.is_empty()).collect()
    }

    fn of_version(tree: &Tree, envelope: &Envelope, version: Version) -> Self {
        let namespace = version.namespace();
        let all = |local: &str| -> Vec<Header> {
            let found = envelope.headers.iter().copied().filter(|&node| tree.is(node, namespace, local));
            found.map(|node| Header::of(tree, node, namespace)).collect()
        };
        Self {
            version,
            action: all("Action"),
            message_id: all("MessageID"),
            relates_to: all("RelatesTo"),
            to: all("To"),
            from: all("From"),
            reply_to: all("ReplyTo"),
            fault_to: all("FaultTo"),
        }
    }

    fn is_empty(&self) -> bool {
        let singles = [&self.action, &self.message_id, &self.relates_to, &self.to];
        let references = [&self.from, &self.reply_to, &self.fault_to];
        singles.into_iter().chain(references).all(Vec::is_empty)
    }
}

impl Header {
    fn of(tree: &Tree, node: Node, namespace: &str) -> Self {
        let holder = tree.child(node, namespace, "Address").unwrap_or(node);
        Self {
            node,
            value: tree.text_of(holder).trim().to_owned(),
            relationship: tree.attribute(node, None, "RelationshipType").map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soap::SOAP_12;

    #[test]
    fn headers_are_read_as_often_as_they_stand_and_versions_apart() {
        let text = format!(
            "<s:Envelope xmlns:s='{SOAP_12}' xmlns:a='{ADDRESSING_10}' xmlns:o='{ADDRESSING_2004}'><s:Header>
             <a:Action>urn:1</a:Action><a:Action> urn:2 </a:Action><a:RelatesTo RelationshipType='urn:r'>urn:m</a:RelatesTo>
             <a:RelatesTo>urn:n</a:RelatesTo><a:ReplyTo><a:Address>urn:me</a:Address></a:ReplyTo><o:To>urn:you</o:To>
             </s:Header><s:Body><a:To>urn:body</a:To></s:Body></s:Envelope>"
        );
        let tree = Tree::from_text(&text).expect("well-formed");
        let found = Addressing::of(&tree, &Envelope::of(&tree).expect("an envelope"));
        let [new, old] = found.as_slice() else { panic!("two versions, not {}", found.len()) };
        assert_eq!((new.version, old.version), (Version::V2005, Version::V2004));
        assert_eq!(new.action.iter().map(|header| header.value.as_str()).collect::<Vec<_>>(), ["urn:1", "urn:2"]);
        assert_eq!(new.relates_to[0].relationship.as_deref(), Some("urn:r"));
        assert_eq!((new.reply_to[0].value.as_str(), old.to[0].value.as_str()), ("urn:me", "urn:you"));
        assert_eq!((new.to.len(), old.action.len()), (0, 0));
    }
}
