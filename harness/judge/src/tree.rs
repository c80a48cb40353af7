//! The tree of a document that passed the gate, with the source text of every node.

use std::ops::Range;
use std::sync::OnceLock;

use uppsala::{Document, NodeId, NodeKind, Parser};

use crate::gate::{self, Limits, Reason, Refusal, tag};
use crate::place::{Lines, Place};
use crate::uri;

/// A node of a [`Tree`]: element, attribute, text, comment or processing instruction. Means nothing in another tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node(usize);

/// The name of an element, attribute or processing instruction. Other nodes have an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name<'t> {
    /// The namespace, if any.
    pub namespace: Option<&'t str>,
    /// The name without prefix.
    pub local: &'t str,
    /// The prefix as it is written, if any.
    pub prefix: Option<&'t str>,
}

/// A document: its text and its nodes.
#[derive(Debug)]
pub struct Tree {
    text: String,
    lines: Lines,
    document: Document<'static>,
    root: Node,
    /// Ranges by position of the attribute's node behind `first_attribute`; computed when first asked for.
    attributes: OnceLock<Vec<Range<usize>>>,
    first_attribute: usize,
}

impl Tree {
    /// Reads a document as it was received. `charset` is the parameter of the Content-Type, if it has one.
    pub fn read(bytes: &[u8], charset: Option<&str>, limits: &Limits) -> Result<Self, Refusal> {
        let (text, lines) = gate::admit(bytes, charset, limits)?.into_parts();
        let depth = u32::try_from(limits.max_depth).unwrap_or(u32::MAX);
        // The gate has counted; the parser counts a little differently, and must not be the one that refuses.
        let parser = Parser::new().with_forbid_dtd(true).with_max_depth(depth.saturating_add(2));
        let mut document = match parser.parse(&text) {
            Ok(document) => document.into_static(),
            Err(error) => return Err(Refusal::whole(Reason::NotWellFormed, error.to_string())),
        };
        let first_attribute = document.descendants(document.root()).iter().map(NodeId::index).max().unwrap_or(0) + 1;
        document.prepare_xpath();
        let Some(root) = document.document_element() else {
            return Err(Refusal::whole(Reason::Empty, "the document has no element"));
        };
        let root = Node(root.index());
        Ok(Self { text, lines, document, root, attributes: OnceLock::new(), first_attribute })
    }

    /// Reads a document that is text already, under the default limits.
    pub fn from_text(text: &str) -> Result<Self, Refusal> {
        Self::read(text.as_bytes(), Some("UTF-8"), &Limits::default())
    }

    /// The text that all ranges are about: UTF-8, with the white space of attribute values normalised.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The root element.
    pub fn root(&self) -> Node {
        self.root
    }

    /// The document itself, above the root element: where absolute paths begin.
    pub fn document_node(&self) -> Node {
        Node(self.document.root().index())
    }

    /// The name of a node.
    pub fn name(&self, node: Node) -> Name<'_> {
        match self.kind(node) {
            Some(NodeKind::Element(element)) => name(&element.name),
            Some(NodeKind::Attribute(attribute, _)) => name(attribute),
            Some(NodeKind::ProcessingInstruction(pi)) => Name { namespace: None, local: &pi.target, prefix: None },
            _ => Name { namespace: None, local: "", prefix: None },
        }
    }

    /// Whether a node is an element of that name.
    pub fn is(&self, node: Node, namespace: &str, local: &str) -> bool {
        self.document.element(id(node)).is_some_and(|element| {
            let name = name(&element.name);
            name.local == local && name.namespace.unwrap_or_default() == namespace
        })
    }

    /// Whether a node is an element.
    pub fn is_element(&self, node: Node) -> bool {
        matches!(self.kind(node), Some(NodeKind::Element(_)))
    }

    /// Whether a node is an attribute.
    pub fn is_attribute(&self, node: Node) -> bool {
        matches!(self.kind(node), Some(NodeKind::Attribute(..)))
    }

    /// Whether a node is text, in a CDATA section or not.
    pub fn is_text(&self, node: Node) -> bool {
        matches!(self.kind(node), Some(NodeKind::Text(_) | NodeKind::CData(_)))
    }

    /// The value of an element's attribute. `None` as namespace means: without one.
    pub fn attribute(&self, node: Node, namespace: Option<&str>, local: &str) -> Option<&str> {
        let element = self.document.element(id(node))?;
        let found = element.attributes.iter().find(|attribute| {
            attribute.name.local_name == local && attribute.name.namespace_uri.as_deref() == namespace
        });
        found.map(|attribute| &*attribute.value)
    }

    /// The attributes of an element, in the order written, without namespace declarations.
    pub fn attributes(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        self.document.get_attribute_nodes(id(node)).iter().map(|id| Node(id.index()))
    }

    /// The namespace declarations of an element: prefix (empty for the default) and namespace.
    pub fn declarations(&self, node: Node) -> impl Iterator<Item = (&str, &str)> {
        let declarations = self.document.element(id(node)).map(|element| element.namespace_declarations.as_slice());
        declarations.unwrap_or_default().iter().map(|(prefix, uri)| (&**prefix, &**uri))
    }

    /// What a prefix means at a node; the empty prefix is the default namespace.
    pub fn resolve(&self, node: Node, prefix: &str) -> Option<&str> {
        if prefix == "xml" {
            return Some(uri::XML);
        }
        let mut at = Some(node);
        while let Some(node) = at {
            if let Some((_, uri)) = self.declarations(node).find(|(declared, _)| *declared == prefix) {
                return (!uri.is_empty()).then_some(uri);
            }
            at = self.parent(node);
        }
        None
    }

    /// The nodes directly inside a node, without attributes.
    pub fn children(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        self.document.children_iter(id(node)).map(|id| Node(id.index()))
    }

    /// The elements directly inside a node.
    pub fn elements(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        self.children(node).filter(|&child| self.is_element(child))
    }

    /// The first element of that name directly inside a node.
    pub fn child(&self, node: Node, namespace: &str, local: &str) -> Option<Node> {
        self.children(node).find(|&child| self.is(child, namespace, local))
    }

    /// The node that a node is in; for an attribute its element.
    pub fn parent(&self, node: Node) -> Option<Node> {
        self.document.parent(id(node)).map(|id| Node(id.index()))
    }

    /// The nodes that a node is in, from the inside out.
    pub fn ancestors(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        std::iter::successors(self.parent(node), |&node| self.parent(node))
    }

    /// Every node below a node in document order, without itself and without attributes.
    pub fn descendants(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        std::iter::successors(self.document.first_child(id(node)), move |&at| {
            self.document.first_child(at).or_else(|| {
                let mut at = at;
                while at != id(node) {
                    if let Some(next) = self.document.next_sibling(at) {
                        return Some(next);
                    }
                    at = self.document.parent(at)?;
                }
                None
            })
        })
        .map(|id| Node(id.index()))
    }

    /// The text of a node as XPath sees it: for an element all text below it, for an attribute its value.
    pub fn text_of(&self, node: Node) -> String {
        match self.kind(node) {
            Some(NodeKind::Text(text) | NodeKind::CData(text) | NodeKind::Comment(text)) => text.clone().into_owned(),
            Some(NodeKind::Attribute(_, value)) => value.clone().into_owned(),
            Some(NodeKind::ProcessingInstruction(pi)) => pi.data.as_deref().unwrap_or_default().to_owned(),
            Some(NodeKind::Element(_) | NodeKind::Document) => {
                let mut text = String::new();
                for below in self.descendants(node) {
                    text.push_str(self.document.text_content(id(below)).unwrap_or_default());
                }
                text
            }
            None => String::new(),
        }
    }

    /// The bytes of a node in [`Tree::text`], from `<` to `>`; for an attribute from its name to its closing quote.
    pub fn range(&self, node: Node) -> Range<usize> {
        if node == self.document_node() {
            return 0..self.text.len();
        }
        if let Some(at) = node.0.checked_sub(self.first_attribute) {
            return self.attributes.get_or_init(|| self.attribute_ranges()).get(at).cloned().unwrap_or(0..0);
        }
        self.document.node_range(id(node)).filter(|range| range.end <= self.text.len()).unwrap_or(0..0)
    }

    /// The bytes of an element's start tag.
    pub fn start_tag(&self, node: Node) -> Range<usize> {
        let whole = self.range(node);
        let mut quote = None;
        for (at, byte) in self.text[whole.clone()].bytes().enumerate() {
            match (quote, byte) {
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'>') => return whole.start..whole.start + at + 1,
                (Some(open), _) if open == byte => quote = None,
                _ => {}
            }
        }
        whole
    }

    /// The bytes between an element's tags. None if it has one tag only, such as `<a/>`, or is no element.
    pub fn inside(&self, node: Node) -> Option<Range<usize>> {
        let (whole, start) = (self.range(node), self.start_tag(node));
        if !self.is_element(node) || start == whole {
            return None;
        }
        let end = self.text[whole.clone()].rfind("</")? + whole.start;
        Some(start.end..end)
    }

    /// A node as it is written.
    pub fn source(&self, node: Node) -> &str {
        &self.text[self.range(node)]
    }

    /// The way from the root to a node by position among elements, such as `/0/2/@1`: the same in two documents that
    /// differ in texts only. Nodes other than elements and attributes have the way of their element.
    pub fn steps(&self, node: Node) -> String {
        let mut steps = Vec::new();
        let mut at = node;
        while let Some(parent) = self.parent(at) {
            if self.is_attribute(at) {
                steps.push(format!("/@{}", self.attributes(parent).take_while(|&other| other != at).count()));
            } else if self.is_element(at) {
                steps.push(format!("/{}", self.elements(parent).take_while(|&other| other != at).count()));
            }
            at = parent;
        }
        steps.reverse();
        steps.concat()
    }

    /// Where a node begins in the document as it was received.
    pub fn place(&self, node: Node) -> Place {
        self.lines.place(&self.text, self.range(node).start)
    }

    /// Where a node ends in the document as it was received: the place after its last character.
    pub fn end(&self, node: Node) -> Place {
        self.lines.place(&self.text, self.range(node).end)
    }

    /// The tree of the library below, for canonicalisation.
    pub(crate) fn document(&self) -> &Document<'static> {
        &self.document
    }

    pub(crate) fn evaluate(
        &self,
        engine: &uppsala::XPathEvaluator,
        from: Node,
        path: &str,
    ) -> uppsala::XmlResult<uppsala::XPathValue> {
        engine.evaluate(&self.document, id(from), path)
    }

    fn kind(&self, node: Node) -> Option<&NodeKind<'static>> {
        self.document.node_kind(id(node))
    }

    /// The parser does not keep them: they are read again from the start tags, all at once.
    fn attribute_ranges(&self) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let elements = std::iter::once(self.root).chain(self.descendants(self.root));
        for element in elements.filter(|&node| self.is_element(node)) {
            let nodes = self.document.get_attribute_nodes(id(element));
            if nodes.is_empty() {
                continue;
            }
            let start = self.start_tag(element);
            let tag = &self.text[start.clone()];
            let name = tag.find(|c: char| c.is_ascii_whitespace()).unwrap_or(tag.len());
            let end = start.end - if tag.ends_with("/>") { 2 } else { 1 };
            let written = tag::attributes(&self.text, start.start + name, end).flatten().filter(|attribute| {
                let name = &self.text[attribute.name.clone()];
                name != "xmlns" && !name.starts_with("xmlns:")
            });
            for (node, attribute) in nodes.iter().zip(written) {
                let at = node.index() - self.first_attribute;
                if ranges.len() <= at {
                    ranges.resize(at + 1, 0..0);
                }
                ranges[at] = attribute.whole;
            }
        }
        ranges
    }
}

pub(crate) fn node(id: NodeId) -> Node {
    Node(id.index())
}

pub(crate) fn id(node: Node) -> NodeId {
    NodeId::new(node.0)
}

fn name<'t>(name: &'t uppsala::QName<'static>) -> Name<'t> {
    Name { namespace: name.namespace_uri.as_deref(), local: &name.local_name, prefix: name.prefix.as_deref() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Tree {
        Tree::from_text(text).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    #[test]
    fn a_tree_can_be_shared_between_threads() {
        fn assert_shared<T: Send + Sync>(_: &T) {}
        assert_shared(&read("<a/>"));
    }

    #[test]
    fn attributes_have_the_ranges_they_are_written_in() {
        let tree = read("<a xmlns:p='urn:p' x = \"1>2\"\n  p:y='&lt;'><b/><c z='3' xmlns='urn:c'/></a>");
        let nodes: Vec<Node> = std::iter::once(tree.root()).chain(tree.descendants(tree.root())).collect();
        let attributes: Vec<&str> = nodes.iter().flat_map(|&n| tree.attributes(n)).map(|n| tree.source(n)).collect();
        assert_eq!(attributes, ["x = \"1>2\"", "p:y='&lt;'", "z='3'"]);
        let y = tree.attributes(tree.root()).nth(1).expect("there are two");
        assert_eq!((tree.text_of(y).as_str(), tree.name(y).namespace), ("<", Some("urn:p")));
        assert_eq!(tree.parent(y), Some(tree.root()));
    }

    #[test]
    fn white_space_in_attributes_is_normalised_and_lines_still_count_as_received() {
        let tree = read("<a x='1\r\n2\t3'>\r\n<b/></a>");
        assert_eq!(tree.attribute(tree.root(), None, "x"), Some("1 2 3"));
        let b = tree.child(tree.root(), "", "b").expect("there is one");
        assert_eq!(tree.place(b), Place { line: 3, column: 1 });
        assert_eq!(tree.end(b), Place { line: 3, column: 5 });
        assert_eq!(tree.text_of(tree.root()), "\n");
    }

    #[test]
    fn the_inside_of_an_element_is_what_its_tags_enclose() {
        let tree = read("<a x='>'>t<!-- </a> --><b></b><c/></a >");
        assert_eq!(tree.inside(tree.root()).map(|range| &tree.text()[range]), Some("t<!-- </a> --><b></b><c/>"));
        let inside = |local| tree.child(tree.root(), "", local).map(|node| tree.inside(node).map(|range| range.len()));
        assert_eq!((inside("b"), inside("c")), (Some(Some(0)), Some(None)));
    }

    #[test]
    fn prefixes_resolve_from_the_inside_out() {
        let tree = read("<a xmlns='urn:1' xmlns:p='urn:p'><b xmlns=''><c/></b></a>");
        let b = tree.elements(tree.root()).next().expect("there is one");
        assert_eq!(tree.resolve(tree.root(), ""), Some("urn:1"));
        assert_eq!((tree.resolve(b, ""), tree.resolve(b, "p"), tree.resolve(b, "q")), (None, Some("urn:p"), None));
    }

    #[test]
    fn text_in_pieces_is_one_text() {
        let tree = read("<a>1&amp;<![CDATA[2\r\n<]]>3<b>4</b><!-- no --></a>");
        assert_eq!(tree.text_of(tree.root()), "1&2\n<34");
        let sources: Vec<&str> = tree.children(tree.root()).map(|node| tree.source(node)).collect();
        assert_eq!(sources, ["1&amp;", "<![CDATA[2\n<]]>", "3", "<b>4</b>", "<!-- no -->"]);
    }
}
