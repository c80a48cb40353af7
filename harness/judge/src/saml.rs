//! SAML assertions of both versions in one shape. Times stay as they are written: judging them is for checks.

use crate::tree::{Node, Tree};
use crate::uri::{self, DS};

/// Namespace of SAML 1.1 assertions.
pub const SAML_11: &str = uri::SAML1;
/// Namespace of SAML 2.0 assertions.
pub const SAML_20: &str = uri::SAML2;

/// The versions of SAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// SAML 1.1.
    V11,
    /// SAML 2.0.
    V20,
}

impl Version {
    /// The namespace of its assertions.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V11 => SAML_11,
            Self::V20 => SAML_20,
        }
    }
}

/// An assertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The element.
    pub node: Node,
    /// Its version, by its namespace.
    pub version: Version,
    /// `AssertionID` or `ID`.
    pub id: Option<String>,
    /// Who says it.
    pub issuer: Option<String>,
    /// `IssueInstant`.
    pub instant: Option<String>,
    /// `Conditions`.
    pub conditions: Option<Node>,
    /// `NotBefore` of the conditions.
    pub not_before: Option<String>,
    /// `NotOnOrAfter` of the conditions.
    pub not_on_or_after: Option<String>,
    /// The audiences of all restrictions.
    pub audiences: Vec<String>,
    /// The subject; in SAML 1.1 that of the first statement that has one.
    pub subject: Option<Subject>,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// Its own signature.
    pub signature: Option<Node>,
}

/// Whom an assertion is about, and who may present it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The element.
    pub node: Node,
    /// `NameID` or `NameIdentifier`.
    pub name: Option<String>,
    /// Its format.
    pub format: Option<String>,
    /// The ways to confirm it. In SAML 1.1 one confirmation may have several methods: here it is one for each.
    pub confirmations: Vec<Confirmation>,
}

/// A way to confirm that the presenter is the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The `SubjectConfirmation`.
    pub node: Node,
    /// The method's URI.
    pub method: String,
    /// The keys: `ds:KeyInfo` elements.
    pub keys: Vec<Node>,
    /// `SubjectConfirmationData`.
    pub data: Option<Node>,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The element.
    pub node: Node,
    /// Its kind.
    pub kind: StatementKind,
    /// The attributes of an attribute statement.
    pub attributes: Vec<Attribute>,
}

/// The kinds of statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatementKind {
    /// The subject was authenticated.
    Authentication,
    /// The subject has attributes.
    Attribute,
    /// The subject may do something.
    Decision,
}

/// An attribute of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// `Name`, or `AttributeName`.
    pub name: String,
    /// `NameFormat`, or `AttributeNamespace`.
    pub format: Option<String>,
    /// Its values.
    pub values: Vec<String>,
}

impl Assertion {
    /// Reads an element as an assertion; `None` if it is none.
    pub fn of(tree: &Tree, node: Node) -> Option<Self> {
        let version = [Version::V11, Version::V20].into_iter().find(|v| tree.is(node, v.namespace(), "Assertion"))?;
        let namespace = version.namespace();
        let attribute = |name: &str| tree.attribute(node, None, name).map(str::to_owned);
        let conditions = tree.child(node, namespace, "Conditions");
        let limit = |name| conditions.and_then(|node| tree.attribute(node, None, name)).map(str::to_owned);
        let statements: Vec<Statement> = tree.elements(node).filter_map(|n| Statement::of(tree, n, version)).collect();
        let subject = match version {
            Version::V20 => tree.child(node, namespace, "Subject"),
            Version::V11 => statements.iter().find_map(|statement| tree.child(statement.node, namespace, "Subject")),
        };
        let (id, issuer) = match version {
            Version::V11 => (attribute("AssertionID"), attribute("Issuer")),
            Version::V20 => (attribute("ID"), tree.child(node, namespace, "Issuer").map(|node| tree.text_of(node))),
        };
        Some(Self {
            node,
            version,
            id,
            issuer,
            instant: attribute("IssueInstant"),
            conditions,
            not_before: limit("NotBefore"),
            not_on_or_after: limit("NotOnOrAfter"),
            audiences: conditions.map(|conditions| audiences(tree, conditions, version)).unwrap_or_default(),
            subject: subject.map(|subject| Subject::of(tree, subject, version)),
            statements,
            signature: tree.child(node, DS, "Signature"),
        })
    }
}

impl Subject {
    fn of(tree: &Tree, node: Node, version: Version) -> Self {
        let namespace = version.namespace();
        let local = if version == Version::V11 { "NameIdentifier" } else { "NameID" };
        let name = tree.child(node, namespace, local);
        let found = tree.elements(node).filter(|&child| tree.is(child, namespace, "SubjectConfirmation"));
        Self {
            node,
            name: name.map(|name| tree.text_of(name)),
            format: name.and_then(|name| tree.attribute(name, None, "Format")).map(str::to_owned),
            confirmations: found.flat_map(|child| Confirmation::of(tree, child, version)).collect(),
        }
    }
}

impl Confirmation {
    fn of(tree: &Tree, node: Node, version: Version) -> Vec<Self> {
        let namespace = version.namespace();
        let data = tree.child(node, namespace, "SubjectConfirmationData");
        let holder = match version {
            Version::V11 => Some(node),
            Version::V20 => data,
        };
        let keys: Vec<Node> = holder
            .map(|holder| tree.elements(holder).filter(|&child| tree.is(child, DS, "KeyInfo")).collect())
            .unwrap_or_default();
        let methods: Vec<String> = match version {
            Version::V11 => {
                let methods = tree.elements(node).filter(|&child| tree.is(child, namespace, "ConfirmationMethod"));
                methods.map(|method| tree.text_of(method).trim().to_owned()).collect()
            }
            Version::V20 => vec![tree.attribute(node, None, "Method").unwrap_or_default().to_owned()],
        };
        methods.into_iter().map(|method| Self { node, method, keys: keys.clone(), data }).collect()
    }
}

impl Statement {
    fn of(tree: &Tree, node: Node, version: Version) -> Option<Self> {
        let kinds = [
            (Version::V11, "AuthenticationStatement", StatementKind::Authentication),
            (Version::V20, "AuthnStatement", StatementKind::Authentication),
            (Version::V11, "AttributeStatement", StatementKind::Attribute),
            (Version::V20, "AttributeStatement", StatementKind::Attribute),
            (Version::V11, "AuthorizationDecisionStatement", StatementKind::Decision),
            (Version::V20, "AuthzDecisionStatement", StatementKind::Decision),
        ];
        let namespace = version.namespace();
        let known = |(of, local, kind)| (of == version && tree.is(node, namespace, local)).then_some(kind);
        let kind = kinds.into_iter().find_map(known)?;
        let found = tree.elements(node).filter(|&child| tree.is(child, namespace, "Attribute"));
        Some(Self { node, kind, attributes: found.map(|child| Attribute::of(tree, child, version)).collect() })
    }
}

impl Attribute {
    fn of(tree: &Tree, node: Node, version: Version) -> Self {
        let (name, format) = match version {
            Version::V11 => ("AttributeName", "AttributeNamespace"),
            Version::V20 => ("Name", "NameFormat"),
        };
        let values = tree.elements(node).filter(|&child| tree.is(child, version.namespace(), "AttributeValue"));
        Self {
            name: tree.attribute(node, None, name).unwrap_or_default().to_owned(),
            format: tree.attribute(node, None, format).map(str::to_owned),
            values: values.map(|value| tree.text_of(value)).collect(),
        }
    }
}

fn audiences(tree: &Tree, conditions: Node, version: Version) -> Vec<String> {
    let restriction = match version {
        Version::V11 => "AudienceRestrictionCondition",
        Version::V20 => "AudienceRestriction",
    };
    let namespace = version.namespace();
    let restrictions = tree.elements(conditions).filter(|&node| tree.is(node, namespace, restriction));
    let audiences =
        restrictions.flat_map(|node| tree.elements(node)).filter(|&node| tree.is(node, namespace, "Audience"));
    audiences.map(|node| tree.text_of(node)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Assertion {
        let tree = Tree::from_text(text).expect("well-formed");
        Assertion::of(&tree, tree.root()).expect("an assertion")
    }

    #[test]
    fn an_assertion_of_saml_20_is_read() {
        let assertion = read(
            "<a:Assertion xmlns:a='urn:oasis:names:tc:SAML:2.0:assertion' xmlns:ds='http://www.w3.org/2000/09/xmldsig#' ID='_1'
             Version='2.0' IssueInstant='2026-11-21T10:00:00Z'><a:Issuer>urn:i</a:Issuer><ds:Signature/><a:Subject>
             <a:NameID Format='urn:f'>alice</a:NameID><a:SubjectConfirmation Method='urn:hok'><a:SubjectConfirmationData>
             <ds:KeyInfo/></a:SubjectConfirmationData></a:SubjectConfirmation></a:Subject>
             <a:Conditions NotBefore='x' NotOnOrAfter='y'><a:AudienceRestriction><a:Audience>urn:rp</a:Audience></a:AudienceRestriction></a:Conditions>
             <a:AuthnStatement/><a:AttributeStatement><a:Attribute Name='n'><a:AttributeValue>1</a:AttributeValue><a:AttributeValue>2</a:AttributeValue></a:Attribute></a:AttributeStatement></a:Assertion>",
        );
        assert_eq!((assertion.id.as_deref(), assertion.issuer.as_deref()), (Some("_1"), Some("urn:i")));
        assert_eq!((assertion.not_before.as_deref(), assertion.not_on_or_after.as_deref()), (Some("x"), Some("y")));
        assert_eq!((assertion.audiences.as_slice(), assertion.signature.is_some()), (&["urn:rp".to_owned()][..], true));
        let subject = assertion.subject.expect("a subject");
        assert_eq!((subject.name.as_deref(), subject.format.as_deref()), (Some("alice"), Some("urn:f")));
        assert_eq!((subject.confirmations[0].method.as_str(), subject.confirmations[0].keys.len()), ("urn:hok", 1));
        assert_eq!(assertion.statements[1].attributes[0].values, ["1", "2"]);
    }

    #[test]
    fn an_assertion_of_saml_11_fills_the_same_shape() {
        let assertion = read(
            "<a:Assertion xmlns:a='urn:oasis:names:tc:SAML:1.0:assertion' xmlns:ds='http://www.w3.org/2000/09/xmldsig#'
             AssertionID='_1' Issuer='urn:i' IssueInstant='2026-11-21T10:00:00Z'><a:Conditions NotBefore='x' NotOnOrAfter='y'>
             <a:AudienceRestrictionCondition><a:Audience>urn:rp</a:Audience></a:AudienceRestrictionCondition></a:Conditions>
             <a:AttributeStatement><a:Subject><a:NameIdentifier Format='urn:f'>alice</a:NameIdentifier><a:SubjectConfirmation>
             <a:ConfirmationMethod>urn:hok</a:ConfirmationMethod><a:ConfirmationMethod>urn:sv</a:ConfirmationMethod><ds:KeyInfo/>
             </a:SubjectConfirmation></a:Subject><a:Attribute AttributeName='n' AttributeNamespace='urn:ns'><a:AttributeValue>1</a:AttributeValue></a:Attribute>
             </a:AttributeStatement></a:Assertion>",
        );
        assert_eq!((assertion.id.as_deref(), assertion.issuer.as_deref()), (Some("_1"), Some("urn:i")));
        let subject = assertion.subject.expect("a subject");
        let methods: Vec<&str> =
            subject.confirmations.iter().map(|confirmation| confirmation.method.as_str()).collect();
        assert_eq!((subject.name.as_deref(), methods), (Some("alice"), vec!["urn:hok", "urn:sv"]));
        assert!(subject.confirmations.iter().all(|confirmation| confirmation.keys.len() == 1));
        assert_eq!(assertion.statements[0].attributes[0].format.as_deref(), Some("urn:ns"));
        assert_eq!(assertion.audiences, ["urn:rp"]);
    }
}
