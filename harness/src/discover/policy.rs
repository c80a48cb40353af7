//! WS-SecurityPolicy, as far as a requestor must know it: which credentials a port wants, and which versions it speaks.
//!
//! Alternatives are taken together: a port that wants one credential or another is asked with both.

use std::collections::{BTreeMap, BTreeSet};

use stsproof_judge::tree::{Node, Tree};

use crate::case::model::Credential;

const POLICY: [&str; 3] = [
    "http://schemas.xmlsoap.org/ws/2004/09/policy",
    "http://www.w3.org/ns/ws-policy",
    "http://www.w3.org/2006/07/ws-policy",
];
/// WS-SecurityPolicy, with the version of WS-Trust that belongs to it.
const SECURITY: [(&str, &str); 2] = [
    ("http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702", "1.3"),
    ("http://schemas.xmlsoap.org/ws/2005/07/securitypolicy", "2005/02"),
];
const ADDRESSING: [(&str, &str); 4] = [
    ("http://www.w3.org/2006/05/addressing/wsdl", "2005/08"),
    ("http://www.w3.org/2007/05/addressing/metadata", "2005/08"),
    ("http://www.w3.org/2007/02/addressing/metadata", "2005/08"),
    ("http://schemas.xmlsoap.org/ws/2004/08/addressing/policy", "2004/08"),
];
const MICROSOFT_HTTP: &str = "http://schemas.microsoft.com/ws/06/2004/policy/http";
const UTILITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// What the policies of a port say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// What a requestor can show.
    pub(super) credentials: BTreeSet<Credential>,
    /// The version of WS-Trust that belongs to the assertions.
    pub(super) trust: BTreeSet<&'static str>,
    /// The versions of WS-Addressing.
    pub(super) addressing: BTreeSet<&'static str>,
    /// Capabilities that follow from assertions.
    pub(super) claims: BTreeSet<&'static str>,
    /// What a run cannot do, in words.
    pub(super) beyond: BTreeSet<String>,
}

/// Whose token an assertion is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Nobody's yet.
    Open,
    /// The requestor shows it.
    Shown,
    /// The requestor signs with it.
    Signing,
    /// The service's own.
    Service,
}

/// The policies of a document by their names: what references lead to.
pub(super) type Named = BTreeMap<String, Node>;

/// Lists the policies that have a name; of several with one name the first one counts.
pub(super) fn named(tree: &Tree) -> Named {
    let all = std::iter::once(tree.root()).chain(tree.descendants(tree.root()));
    let mut named = Named::new();
    for policy in all.filter(|node| is_policy(tree, *node, "Policy")) {
        let known_as = [
            tree.attribute(policy, Some(UTILITY), "Id"),
            tree.attribute(policy, Some("http://www.w3.org/XML/1998/namespace"), "id"),
            tree.attribute(policy, None, "Name"),
        ];
        for name in known_as.into_iter().flatten() {
            named.entry(name.to_owned()).or_insert(policy);
        }
    }
    named
}

/// Adds what the policies say that are attached to components, there or by reference.
pub(super) fn attached(tree: &Tree, named: &Named, components: &[Node], facts: &mut Facts) {
    let mut reader = Reader { tree, named, facts, seen: BTreeSet::new(), next: Vec::new() };
    for node in components {
        for child in tree.elements(*node) {
            if is_policy(tree, child, "Policy") || is_policy(tree, child, "PolicyReference") {
                reader.read(child, Whose::Open);
            } else {
                reader.addressing(child);
            }
        }
        let by_attribute = POLICY.iter().filter_map(|namespace| tree.attribute(*node, Some(namespace), "PolicyURIs"));
        for uri in by_attribute.flat_map(str::split_whitespace) {
            reader.follow(uri, Whose::Open);
        }
    }
    while let Some((policy, whose)) = reader.next.pop() {
        reader.read(policy, whose);
    }
}

fn is_policy(tree: &Tree, node: Node, local: &str) -> bool {
    POLICY.iter().any(|namespace| tree.is(node, namespace, local))
}

struct Reader<'a> {
    tree: &'a Tree,
    named: &'a Named,
    facts: &'a mut Facts,
    /// Policies that are read once, however often they are referred to, by themselves even.
    seen: BTreeSet<Node>,
    /// Policies that are still to be read: a chain of references is as long as a document likes.
    next: Vec<(Node, Whose)>,
}

impl Reader<'_> {
    fn follow(&mut self, uri: &str, whose: Whose) {
        let policy = uri.trim().strip_prefix('#').and_then(|name| self.named.get(name));
        if let Some(policy) = policy.filter(|policy| self.seen.insert(**policy)) {
            self.next.push((*policy, whose));
        }
    }

    /// Reads an assertion, or an operator of WS-Policy, and what is in it.
    fn read(&mut self, node: Node, whose: Whose) {
        if is_policy(self.tree, node, "PolicyReference") {
            let uri = self.tree.attribute(node, None, "URI").unwrap_or_default().to_owned();
            return self.follow(&uri, whose);
        }
        self.addressing(node);
        let name = self.tree.name(node);
        if name.namespace == Some(MICROSOFT_HTTP) {
            self.facts.beyond.insert(format!("it wants {} of HTTP", name.local));
        }
        let Some((_, trust)) = SECURITY.iter().find(|(namespace, _)| name.namespace == Some(*namespace)) else {
            return self.inside(node, whose);
        };
        self.facts.trust.insert(trust);
        let local = name.local.to_owned();
        match local.as_str() {
            "InitiatorToken" | "InitiatorSignatureToken" => self.inside(node, Whose::Signing),
            "RecipientToken"
            | "RecipientSignatureToken"
            | "RecipientEncryptionToken"
            | "InitiatorEncryptionToken"
            | "EncryptionToken"
            | "SignatureToken" => self.inside(node, Whose::Service),
            "ProtectionToken" => {
                self.facts
                    .beyond
                    .insert("its messages are protected with a key for the service (SymmetricBinding)".into());
                self.inside(node, Whose::Service);
            }
            _ if local.ends_with("SupportingTokens") => {
                let signs = local.contains("Endorsing");
                self.inside(node, if signs { Whose::Signing } else { Whose::Shown });
            }
            _ if local.ends_with("Token") => self.token(node, &local, whose),
            "IncludeTimestamp" => {
                self.facts.claims.insert("timestamp");
                self.inside(node, whose);
            }
            "RequireClientEntropy" => drop(self.facts.claims.insert("client-entropy")),
            "RequireServerEntropy" => drop(self.facts.claims.insert("computed-key")),
            _ => self.inside(node, whose),
        }
    }

    fn inside(&mut self, node: Node, whose: Whose) {
        let inside: Vec<Node> = self.tree.elements(node).collect();
        for child in inside {
            self.read(child, whose);
        }
    }

    fn token(&mut self, node: Node, local: &str, whose: Whose) {
        let has = |name: &str| {
            self.tree.descendants(node).any(|below| self.tree.is_element(below) && self.tree.name(below).local == name)
        };
        let requestor = matches!(whose, Whose::Shown | Whose::Signing);
        let credential = match local {
            "UsernameToken" if requestor && has("NoPassword") => {
                self.facts.beyond.insert("it wants a UsernameToken without a password".to_owned());
                None
            }
            "UsernameToken" if requestor && has("HashPassword") => Some(Credential::UsernameDigest),
            "UsernameToken" if requestor => Some(Credential::Username),
            "X509Token" if whose == Whose::Signing => Some(Credential::X509),
            "SamlToken" if whose == Whose::Signing => Some(Credential::SamlHolderOfKey),
            "SamlToken" if whose == Whose::Shown => Some(Credential::SamlBearer),
            "IssuedToken" if requestor => Some(self.issued(node)),
            "HttpsToken" => {
                let by_attribute = self.tree.attribute(node, None, "RequireClientCertificate") == Some("true");
                if by_attribute || has("RequireClientCertificate") {
                    let wants = "TLS asks for a client certificate: name one, with its key, in an account";
                    self.facts.beyond.insert(wants.to_owned());
                }
                for scheme in ["HttpBasicAuthentication", "HttpDigestAuthentication"] {
                    if has(scheme) {
                        self.facts.beyond.insert(format!("it wants {scheme}"));
                    }
                }
                None
            }
            _ if requestor => {
                self.facts.beyond.insert(format!("it wants a {local}"));
                None
            }
            _ => None,
        };
        self.facts.credentials.extend(credential);
    }

    /// A token that this or another service issues: by its key type it is signed with or only shown.
    fn issued(&self, node: Node) -> Credential {
        let key_type = self.tree.descendants(node).find(|below| self.tree.name(*below).local == "KeyType");
        let bearer = key_type.is_some_and(|node| {
            let uri = self.tree.text_of(node);
            uri.trim().ends_with("/Bearer") || uri.trim().ends_with("/NoProofKey")
        });
        if bearer { Credential::SamlBearer } else { Credential::SamlHolderOfKey }
    }

    fn addressing(&mut self, node: Node) {
        let name = self.tree.name(node);
        let version = ADDRESSING.iter().find(|(namespace, _)| name.namespace == Some(*namespace));
        if let Some((_, version)) = version.filter(|_| matches!(name.local, "UsingAddressing" | "Addressing")) {
            self.facts.addressing.insert(version);
        }
    }
}
