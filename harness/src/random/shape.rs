//! A message as a reader takes it: without what the strong relations allow to differ, names by role.

use std::collections::HashMap;

use stsproof_judge::path::Namespaces;
use stsproof_judge::tree::{Node, Tree};

pub(super) use crate::verdict::wording::collapsed;

/// Prefixes by namespace.
#[derive(Debug, Clone)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// The prefixes of a vocabulary; of several for one namespace the first in alphabetical order.
    pub fn new(namespaces: &Namespaces) -> Self {
        let pairs = namespaces.0.iter().rev().map(|(prefix, uri)| (uri.clone(), prefix.clone()));
        Self(pairs.collect())
    }
}

/// An element and what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// Prefix of the vocabulary and local name, or the namespace in braces.
    pub name: String,
    /// Attributes by name, sorted.
    pub attributes: Vec<(String, String)>,
    /// All text directly in it, comments aside; nothing where it is white space between elements.
    pub text: String,
    /// Elements in it.
    pub children: Vec<Shape>,
    /// Whether a comment stands within its text.
    pub split: bool,
    /// Whether a processing instruction stands in it.
    pub instruction: bool,
}

impl Shape {
    /// The shape of a document, and whether something other than white space stands outside its root.
    pub fn of(tree: &Tree, names: &Names) -> (Self, bool) {
        let outside = tree.children(tree.document_node()).any(|node| node != tree.root() && !tree.is_text(node));
        (Self::element(tree, tree.root(), names), outside)
    }

    fn element(tree: &Tree, node: Node, names: &Names) -> Self {
        let mut shape = Self {
            name: role(tree, node, names),
            attributes: Vec::new(),
            text: String::new(),
            children: Vec::new(),
            split: false,
            instruction: false,
        };
        for attribute in tree.attributes(node) {
            shape.attributes.push((role(tree, attribute, names), tree.text_of(attribute)));
        }
        shape.attributes.sort_unstable();
        let mut comments = 0;
        for child in tree.children(node) {
            if tree.is_element(child) {
                shape.children.push(Self::element(tree, child, names));
            } else if tree.is_text(child) {
                shape.text.push_str(&tree.text_of(child));
            } else if tree.name(child).local.is_empty() {
                comments += 1;
            } else {
                shape.instruction = true;
            }
        }
        if !shape.children.is_empty() && is_space(&shape.text) {
            shape.text.clear();
        }
        shape.split = comments > 0 && shape.children.is_empty();
        shape
    }

    /// Takes out the header blocks that are meant for somebody else: whoever receives the message does not look at them.
    pub fn keep_own_blocks(&mut self, is_soap_12: bool) {
        let (name, next) = if is_soap_12 {
            ("s:role", "http://www.w3.org/2003/05/soap-envelope/role/")
        } else {
            ("s:actor", "http://schemas.xmlsoap.org/soap/actor/")
        };
        let is_ours = |block: &Self| {
            let role = block.attribute(name).unwrap_or_default();
            let own = role.strip_prefix(next).is_some_and(|role| matches!(role, "next" | "ultimateReceiver"));
            role.is_empty() || own || is_space(role)
        };
        for header in self.children.iter_mut().filter(|child| child.name == "s:Header") {
            header.children.retain(is_ours);
        }
    }

    /// Whether one identifier is given twice.
    pub fn has_twins(&self) -> bool {
        fn gather<'s>(shape: &'s Shape, ids: &mut Vec<&'s str>) {
            let is_id = |name: &str| matches!(name, "wsu:Id" | "ID" | "Id" | "AssertionID" | "xml:id");
            ids.extend(shape.attributes.iter().filter(|(name, _)| is_id(name)).map(|(_, value)| value.as_str()));
            shape.children.iter().for_each(|child| gather(child, ids));
        }
        let mut ids = Vec::new();
        gather(self, &mut ids);
        ids.sort_unstable();
        ids.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The only element at the end of a way down from here; `None` where a step is missing or there twice.
    pub fn only(&self, way: &[&str]) -> Option<&Self> {
        let Some((first, rest)) = way.split_first() else { return Some(self) };
        let mut found = self.children.iter().filter(|child| child.name == *first);
        let only = found.next()?;
        if found.next().is_some() { None } else { only.only(rest) }
    }

    /// This and everything below.
    pub fn any(&self, holds: &dyn Fn(&Self) -> bool) -> bool {
        holds(self) || self.children.iter().any(|child| child.any(holds))
    }
}

/// A name by the prefix that the vocabulary has for its namespace.
fn role(tree: &Tree, node: Node, names: &Names) -> String {
    let name = tree.name(node);
    match name.namespace.map(|namespace| (namespace, names.0.get(namespace))) {
        None => name.local.to_owned(),
        Some((_, Some(prefix))) => [prefix, ":", name.local].concat(),
        Some((namespace, None)) => ["{", namespace, "}", name.local].concat(),
    }
}

/// Whether a text is white space of XML, or nothing.
pub(super) fn is_space(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
