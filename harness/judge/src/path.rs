//! XPath 1.0 over a [`Tree`], with the prefixes of one variant.

mod dialect;
mod lexer;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use uppsala::{XPathEvaluator, XPathValue};

use self::lexer::Word;
use crate::tree::{self, Node, Tree};

/// Prefixes and what they mean.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Namespaces(pub BTreeMap<String, String>);

impl Namespaces {
    /// What a prefix means.
    pub fn get(&self, prefix: &str) -> Option<&str> {
        self.0.get(prefix).map(String::as_str)
    }

    /// A prefix for a namespace, if there is one. The first in alphabetical order, so that it is always the same.
    pub fn prefix_of(&self, namespace: &str) -> Option<&str> {
        self.0.iter().find(|(_, uri)| *uri == namespace).map(|(prefix, _)| prefix.as_str())
    }
}

/// What a path yields.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nodes in document order.
    Nodes(Vec<Node>),
    /// A string.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Bool(bool),
}

impl Value {
    /// Whether XPath takes it for true.
    pub fn truth(&self) -> bool {
        match self {
            Self::Nodes(nodes) => !nodes.is_empty(),
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Bool(bool) => *bool,
        }
    }

    /// The value as XPath's `string()` gives it: of nodes the first.
    pub fn text(&self, tree: &Tree) -> String {
        match self {
            Self::Nodes(nodes) => nodes.first().map(|&node| tree.text_of(node)).unwrap_or_default(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Bool(bool) => bool.to_string(),
        }
    }
}

/// A path that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the path `{path}` {because}")]
pub struct PathError {
    /// The path.
    pub path: String,
    /// What is wrong with it: continues a sentence that begins with the path.
    pub because: String,
}

/// More paths than the suite has; those with a fresh value filled in are not kept beyond it.
const KEPT: usize = 4096;

/// Evaluates paths with the prefixes of one variant. Paths are compiled once; share it between threads.
pub struct Paths {
    namespaces: Namespaces,
    /// The engine remembers no more than 128 paths, and the rules alone have more: each takes a share of them.
    engines: Vec<XPathEvaluator>,
    translated: RwLock<HashMap<String, Arc<str>>>,
}

const ENGINES: usize = 16;

impl Paths {
    /// Takes the prefixes that paths may use.
    pub fn new(namespaces: &Namespaces) -> Self {
        let engine = || {
            let mut engine = XPathEvaluator::new().with_max_node_visits(4_000_000);
            for (prefix, uri) in &namespaces.0 {
                engine.add_namespace(prefix, uri);
            }
            engine
        };
        Self {
            namespaces: namespaces.clone(),
            engines: (0..ENGINES).map(|_| engine()).collect(),
            translated: RwLock::default(),
        }
    }

    /// The prefixes.
    pub fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    /// The nodes that a path selects, in document order.
    pub fn select(&self, tree: &Tree, path: &str) -> Result<Vec<Node>, PathError> {
        self.select_from(tree, tree.document_node(), path)
    }

    /// The same, relative paths beginning at a node.
    pub fn select_from(&self, tree: &Tree, from: Node, path: &str) -> Result<Vec<Node>, PathError> {
        match self.value_from(tree, from, path)? {
            Value::Nodes(nodes) => Ok(nodes),
            _ => Err(error(path, "yields a value where nodes are wanted")),
        }
    }

    /// What a path yields.
    pub fn value(&self, tree: &Tree, path: &str) -> Result<Value, PathError> {
        self.value_from(tree, tree.document_node(), path)
    }

    /// The same, relative paths beginning at a node.
    pub fn value_from(&self, tree: &Tree, from: Node, path: &str) -> Result<Value, PathError> {
        let value = tree
            .evaluate(self.engine_for(path), from, &self.translate(path)?)
            .map_err(|fault| error(path, &fault.to_string()))?;
        Ok(match value {
            XPathValue::NodeSet(nodes) => Value::Nodes(nodes.into_iter().map(tree::node).collect()),
            XPathValue::Boolean(bool) => Value::Bool(bool),
            XPathValue::Number(number) => Value::Number(number),
            XPathValue::String(text) => Value::Text(text),
        })
    }

    fn engine_for(&self, path: &str) -> &XPathEvaluator {
        let sum = path.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        &self.engines[sum % ENGINES]
    }

    /// Whether a path can be used: its syntax, its prefixes and its functions, without a document to try it on.
    pub fn check(&self, path: &str) -> Result<(), PathError> {
        for word in lexer::words(path).map_err(|because| error(path, &because))? {
            if let Word::Name(name) | Word::Call(name) = word
                && let Some((prefix, _)) = name.split_once(':')
                && prefix != "xml"
                && self.namespaces.get(prefix).is_none()
            {
                return Err(error(path, &format!("uses the prefix `{prefix}`, which is unknown")));
            }
        }
        let nothing = Tree::from_text("<nothing/>").map_err(|refusal| error(path, &refusal.to_string()))?;
        self.value(&nothing, path).map(|_| ())
    }

    fn translate(&self, path: &str) -> Result<Arc<str>, PathError> {
        // A poisoned lock guards a map that is whole: entries are only ever added.
        let known = self.translated.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let said: Arc<str> = dialect::for_engine(path).map_err(|because| error(path, &because))?.into();
        let mut translated = self.translated.write().unwrap_or_else(PoisonError::into_inner);
        if translated.len() < KEPT {
            translated.insert(path.to_owned(), Arc::clone(&said));
        }
        Ok(said)
    }
}

impl fmt::Debug for Paths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Paths").field(&self.namespaces).finish()
    }
}

fn error(path: &str, because: &str) -> PathError {
    PathError { path: path.to_owned(), because: because.to_owned() }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn paths() -> Paths {
        let bindings = [("p", "urn:p"), ("wst", "urn:t")].map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned()));
        Paths::new(&Namespaces(bindings.into()))
    }

    #[rstest]
    #[case::plain("//p:a/@x", None)]
    #[case::strings_are_not_looked_into("//p:a[. = 'q:b $x foo()']", None)]
    #[case::axes("ancestor-or-self::p:a/following-sibling::*[1]", None)]
    #[case::wildcards("p:*|@p:*", None)]
    #[case::operators("count(//p:a) = 1 and (1 or 2)", None)]
    #[case::unknown_prefix("//q:a", Some("prefix `q`"))]
    #[case::unknown_function("matches(., 'x')", Some("`matches()`"))]
    #[case::variable("$x", Some("variable"))]
    #[case::syntax("//p:a[", Some(""))]
    #[case::trailing("//p:a]", Some(""))]
    #[case::a_part_of_an_operand("p:a and (p:b | p:c) = 1", None)]
    #[case::identifiers("id('x')", Some("compare the attribute"))]
    #[case::empty("", Some(""))]
    fn paths_are_checked_without_a_document(#[case] path: &str, #[case] complaint: Option<&str>) {
        let error = paths().check(path).err();
        assert_eq!(error.is_some(), complaint.is_some(), "{error:?}");
        if let (Some(error), Some(complaint)) = (error, complaint) {
            assert!(error.because.contains(complaint), "{error}");
        }
    }

    #[test]
    fn paths_select_elements_and_attributes_in_document_order() {
        let tree = Tree::from_text("<a xmlns='urn:p' x='1'><b x='2'/>t</a>").expect("well-formed");
        let nodes = paths().select(&tree, "//@x | //p:b | //p:a").expect("a good path");
        let sources: Vec<&str> = nodes.iter().map(|&node| tree.source(node)).collect();
        assert_eq!(sources, [tree.source(tree.root()), "x='1'", "<b x='2'/>", "x='2'"]);
    }

    #[test]
    fn a_value_is_typed() {
        let tree = Tree::from_text("<a xmlns='urn:p'>1</a>").expect("well-formed");
        assert_eq!(paths().value(&tree, "count(//p:a)"), Ok(Value::Number(1.0)));
        assert_eq!(paths().value(&tree, "p:a = 1"), Ok(Value::Bool(true)));
        assert_eq!(paths().value(&tree, "string(p:a)"), Ok(Value::Text("1".to_owned())));
        assert!(paths().select(&tree, "1 + 1").is_err());
    }
}
