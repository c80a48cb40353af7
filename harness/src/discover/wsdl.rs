//! WSDL 1.1: which ports there are, which SOAP each speaks, which actions it takes and which policies it has.

use std::collections::BTreeSet;

use stsproof_judge::tree::{Node, Tree};

use super::address::join;
use super::fetch::{Fetcher, Trouble};
use super::policy::{self, Facts};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const BINDINGS: [(&str, &str); 2] =
    [("http://schemas.xmlsoap.org/wsdl/soap12/", "1.2"), ("http://schemas.xmlsoap.org/wsdl/soap/", "1.1")];
const MEX: &str = "http://schemas.xmlsoap.org/ws/2004/09/mex";
/// Where an abstract input may name its action, and the version of WS-Addressing whose word that is.
const ACTIONS: [(&str, &str); 3] = [
    ("http://www.w3.org/2007/05/addressing/metadata", "2005/08"),
    ("http://www.w3.org/2006/05/addressing/wsdl", "2005/08"),
    ("http://schemas.xmlsoap.org/ws/2004/08/addressing", "2004/08"),
];
/// More ports, and more imports of one document, than an honest service has.
const PORTS: usize = 64;

/// The documents that describe a service.
#[derive(Debug, Default)]
pub(super) struct Library {
    documents: Vec<Document>,
}

#[derive(Debug)]
struct Document {
    url: String,
    tree: Tree,
    policies: policy::Named,
}

impl Document {
    fn new(url: String, tree: Tree) -> Self {
        let policies = policy::named(&tree);
        Self { url, tree, policies }
    }
}

/// A port: an address and how it is spoken to.
#[derive(Debug, Clone)]
pub(super) struct Port {
    /// Its name.
    pub(super) name: String,
    /// Its address, as the document has it.
    pub(super) address: String,
    /// The version of SOAP.
    pub(super) soap: &'static str,
    /// The actions of the requests that it takes.
    pub(super) actions: BTreeSet<String>,
    /// What its policies say.
    pub(super) facts: Facts,
}

/// Where the WSDL of a service may be found.
pub(super) fn places(url: &str) -> Vec<String> {
    let bare = url.split('#').next().unwrap_or(url);
    if bare.contains('?') { vec![bare.to_owned()] } else { vec![format!("{bare}?wsdl"), bare.to_owned()] }
}

impl Library {
    /// Adds a document if it describes a service.
    pub(super) fn take(&mut self, tree: Tree, url: &str) -> Result<(), Trouble> {
        let describes = std::iter::once(tree.root())
            .chain(tree.descendants(tree.root()))
            .any(|node| tree.is(node, WSDL, "definitions") || tree.is(node, MEX, "Location"));
        if !describes {
            let name = tree.name(tree.root()).local;
            return Err(Trouble::new(url, format!("`{name}` is no description of a service")));
        }
        self.documents.push(Document::new(url.to_owned(), tree));
        Ok(())
    }

    /// Fetches what the documents import; what cannot be had is told.
    pub(super) fn follow(&mut self, fetcher: &mut Fetcher) -> Vec<String> {
        let mut seen: BTreeSet<String> = self.documents.iter().map(|document| document.url.clone()).collect();
        let mut told = Vec::new();
        let mut at = 0;
        while let Some(document) = self.documents.get(at) {
            at += 1;
            let (base, references) = (document.url.clone(), imports(&document.tree));
            for reference in references {
                match join(&base, &reference).map(|url| (seen.insert(url.clone()), url)) {
                    Ok((true, url)) => match fetcher.get(&url) {
                        Ok(tree) => self.documents.push(Document::new(url, tree)),
                        Err(trouble) => told.push(trouble.words),
                    },
                    Ok((false, _)) => {}
                    Err(cause) => told.push(cause),
                }
            }
        }
        told
    }

    /// All ports that speak SOAP.
    pub(super) fn ports(&self) -> Vec<Port> {
        let mut ports = Vec::new();
        for document in &self.documents {
            let tree = &document.tree;
            let all = std::iter::once(tree.root()).chain(tree.descendants(tree.root()));
            for node in all.filter(|node| tree.is(*node, WSDL, "port")) {
                ports.extend(self.port(document, node));
                if ports.len() == PORTS {
                    return ports;
                }
            }
        }
        ports
    }

    fn port(&self, document: &Document, node: Node) -> Option<Port> {
        let tree = &document.tree;
        let (extension, soap) = tree.elements(node).find_map(|child| {
            BINDINGS.iter().find(|(namespace, _)| tree.is(child, namespace, "address")).map(|(_, soap)| (child, *soap))
        })?;
        let address = tree.attribute(extension, None, "location")?.trim().to_owned();
        let (of_binding, binding) = self.named(tree, node, "binding", "binding")?;
        let bound = &of_binding.tree;
        let mut facts = Facts::default();
        policy::attached(tree, &document.policies, &[node], &mut facts);
        let mut components = vec![binding];
        let mut actions = BTreeSet::new();
        for operation in bound.elements(binding).filter(|child| bound.is(*child, WSDL, "operation")) {
            components.push(operation);
            for child in bound.elements(operation) {
                if bound.is(child, WSDL, "input") {
                    components.push(child);
                }
                let action = BINDINGS.iter().find(|(namespace, _)| bound.is(child, namespace, "operation"));
                let action = action.and_then(|_| bound.attribute(child, None, "soapAction"));
                actions
                    .extend(action.filter(|action| !action.trim().is_empty()).map(|action| action.trim().to_owned()));
            }
        }
        policy::attached(bound, &of_binding.policies, &components, &mut facts);
        if let Some((of_type, port_type)) = self.named(bound, binding, "type", "portType") {
            let named = inputs(&of_type.tree, port_type);
            // Who names actions in the words of a version speaks it, whatever the policies leave out.
            if facts.addressing.is_empty() {
                facts.addressing.extend(named.iter().map(|(_, version)| *version));
            }
            actions.extend(named.into_iter().map(|(action, _)| action));
        }
        let name = tree.attribute(node, None, "name").unwrap_or_default().to_owned();
        Some(Port { name, address, soap, actions, facts })
    }

    /// The component that a qualified name in an attribute means.
    fn named(&self, tree: &Tree, node: Node, attribute: &str, kind: &str) -> Option<(&Document, Node)> {
        let written = tree.attribute(node, None, attribute)?.trim();
        let (prefix, local) = written.split_once(':').unwrap_or(("", written));
        let namespace = tree.resolve(node, prefix).unwrap_or_default();
        self.documents.iter().find_map(|document| {
            let tree = &document.tree;
            let mut all = std::iter::once(tree.root()).chain(tree.descendants(tree.root()));
            let found = all.find(|node| {
                let within = tree.parent(*node).and_then(|parent| tree.attribute(parent, None, "targetNamespace"));
                tree.is(*node, WSDL, kind)
                    && tree.attribute(*node, None, "name") == Some(local)
                    && within.unwrap_or_default() == namespace
            });
            found.map(|node| (document, node))
        })
    }
}

/// The addresses of documents that a document needs.
fn imports(tree: &Tree) -> Vec<String> {
    let all = std::iter::once(tree.root()).chain(tree.descendants(tree.root()));
    let found = all.filter_map(|node| {
        if tree.is(node, WSDL, "import") {
            tree.attribute(node, None, "location").map(str::to_owned)
        } else if tree.is(node, MEX, "Location") {
            Some(tree.text_of(node))
        } else {
            None
        }
    });
    found.take(PORTS).collect()
}

/// The actions that the inputs of a port type name, each with the version of WS-Addressing that it is named in.
fn inputs(tree: &Tree, port_type: Node) -> Vec<(String, &'static str)> {
    let operations = tree.elements(port_type).filter(|child| tree.is(*child, WSDL, "operation"));
    let inputs =
        operations.flat_map(|operation| tree.elements(operation).filter(|child| tree.is(*child, WSDL, "input")));
    let named = inputs.filter_map(|input| {
        ACTIONS.iter().find_map(|(namespace, version)| {
            let action = tree.attribute(input, Some(namespace), "Action")?;
            Some((action.trim().to_owned(), *version))
        })
    });
    named.collect()
}
