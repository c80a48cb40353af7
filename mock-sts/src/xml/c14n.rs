//! Canonical XML, exclusive and inclusive, written for this crate: the octets that digests and signatures are over.

use roxmltree::NodeId;

use super::escape::{escape_attribute, escape_text};
use super::tree::Node;

/// A canonicalisation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Method<'a> {
    /// Inclusive (Canonical XML 1.0) rather than exclusive.
    pub(crate) inclusive: bool,
    /// Whether comments stay.
    pub(crate) comments: bool,
    /// Prefixes that exclusive canonicalisation treats as the inclusive one does; `#default` for none.
    pub(crate) prefixes: &'a [&'a str],
    /// Whether the outermost element says `xmlns=""` where it has no default namespace (the STR-Transform wants that).
    pub(crate) states_default: bool,
}

/// A document that cannot be canonicalised: a relative namespace URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unfit;

/// The canonical form of an element, without one of its descendants where that is asked for.
pub(crate) fn canonical(element: Node<'_>, method: Method<'_>, without: Option<NodeId>) -> Result<String, Unfit> {
    let range = element.range();
    let mut writer = Writer {
        text: element.document().input_text(),
        method,
        without,
        apex: element.id(),
        rendered: Vec::with_capacity(16),
        out: String::with_capacity(range.len() + 256),
    };
    writer.element(element)?;
    Ok(writer.out)
}

/// An element as XML that stands by itself: its exclusive canonical form.
pub(crate) fn by_itself(element: Node<'_>) -> String {
    canonical(element, Method::default(), None).unwrap_or_default()
}

struct Writer<'a> {
    text: &'a str,
    method: Method<'a>,
    without: Option<NodeId>,
    apex: NodeId,
    /// The declarations in force in the output, the innermost last.
    rendered: Vec<(&'a str, &'a str)>,
    out: String,
}

impl<'a> Writer<'a> {
    fn element(&mut self, element: Node<'a>) -> Result<(), Unfit> {
        let name = qualified_name(self.text, element);
        self.out.push('<');
        self.out.push_str(name);
        let mark = self.rendered.len();
        self.namespaces(element, name)?;
        self.attributes(element);
        self.out.push('>');
        for child in element.children() {
            self.node(child)?;
        }
        self.rendered.truncate(mark);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        Ok(())
    }

    fn node(&mut self, node: Node<'a>) -> Result<(), Unfit> {
        if node.is_element() {
            return if self.without == Some(node.id()) { Ok(()) } else { self.element(node) };
        }
        if node.is_text() {
            escape_text(node.text().unwrap_or(""), &mut self.out);
        } else if node.is_comment() && self.method.comments {
            self.out.push_str("<!--");
            self.out.push_str(node.text().unwrap_or(""));
            self.out.push_str("-->");
        } else if let Some(instruction) = node.pi() {
            self.out.push_str("<?");
            self.out.push_str(instruction.target);
            if let Some(value) = instruction.value {
                self.out.push(' ');
                self.out.push_str(value);
            }
            self.out.push_str("?>");
        }
        Ok(())
    }

    fn namespaces(&mut self, element: Node<'a>, name: &'a str) -> Result<(), Unfit> {
        let mark = self.rendered.len();
        if self.method.inclusive {
            for namespace in element.namespaces() {
                let prefix = namespace.name().unwrap_or("");
                if prefix != "xml" {
                    self.declare(prefix, namespace_uri(element, prefix), mark)?;
                }
            }
            self.declare("", namespace_uri(element, ""), mark)?;
        } else {
            let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
            if prefix != "xml" {
                self.declare(prefix, element.tag_name().namespace().unwrap_or(""), mark)?;
            }
            for attribute in element.attributes() {
                if let Some(namespace) = attribute.namespace()
                    && let Some((prefix, _)) = self.text[attribute.range_qname()].split_once(':')
                    && prefix != "xml"
                {
                    self.declare(prefix, namespace, mark)?;
                }
            }
            for prefix in self.method.prefixes {
                let prefix = if *prefix == "#default" { "" } else { prefix };
                // A name that is bound to nothing here has no say.
                if prefix.is_empty() || element.lookup_namespace_uri(Some(prefix)).is_some() {
                    self.declare(prefix, namespace_uri(element, prefix), mark)?;
                }
            }
        }
        let states_default = self.method.states_default && element.id() == self.apex;
        if states_default && !self.rendered[mark..].iter().any(|(prefix, _)| prefix.is_empty()) {
            self.rendered.push(("", ""));
        }
        self.rendered[mark..].sort_unstable_by_key(|(prefix, _)| *prefix);
        for index in mark..self.rendered.len() {
            let (prefix, uri) = self.rendered[index];
            self.out.push_str(" xmlns");
            if !prefix.is_empty() {
                self.out.push(':');
                self.out.push_str(prefix);
            }
            self.out.push_str("=\"");
            escape_attribute(uri, &mut self.out);
            self.out.push('"');
        }
        Ok(())
    }

    /// Notes a declaration of this element, unless the output already says so.
    fn declare(&mut self, prefix: &'a str, uri: &'a str, mark: usize) -> Result<(), Unfit> {
        // The nearest declaration counts; one of this very element is never made twice.
        let now = self.rendered.iter().rev().find(|(known, _)| *known == prefix).map_or("", |(_, uri)| uri);
        let is_noted = self.rendered[mark..].iter().any(|(known, _)| *known == prefix);
        if is_noted || (now == uri) {
            return Ok(());
        }
        if !uri.is_empty() && !uri.contains(':') {
            return Err(Unfit);
        }
        self.rendered.push((prefix, uri));
        Ok(())
    }

    fn attributes(&mut self, element: Node<'a>) {
        let mut all: Vec<(&str, &str, &str, &str)> = element
            .attributes()
            .map(|attribute| {
                let qualified = &self.text[attribute.range_qname()];
                (attribute.namespace().unwrap_or(""), attribute.name(), qualified, attribute.value())
            })
            .collect();
        if self.method.inclusive && element.id() == self.apex {
            inherit_xml_attributes(element, &mut all);
        }
        all.sort_unstable();
        for (_, _, qualified, value) in all {
            self.out.push(' ');
            self.out.push_str(qualified);
            self.out.push_str("=\"");
            escape_attribute(value, &mut self.out);
            self.out.push('"');
        }
    }
}

/// Inclusive canonicalisation of a part brings `xml:lang` and its like along from above.
fn inherit_xml_attributes<'a>(element: Node<'a>, all: &mut Vec<(&'a str, &'a str, &'a str, &'a str)>) {
    const XML: &str = "http://www.w3.org/XML/1998/namespace";
    for ancestor in element.ancestors().skip(1) {
        for attribute in ancestor.attributes().filter(|attribute| attribute.namespace() == Some(XML)) {
            let known = all.iter().any(|(namespace, name, ..)| *namespace == XML && *name == attribute.name());
            if !known {
                let qualified = &ancestor.document().input_text()[attribute.range_qname()];
                all.push((XML, attribute.name(), qualified, attribute.value()));
            }
        }
    }
}

fn namespace_uri<'a>(element: Node<'a>, prefix: &str) -> &'a str {
    element.lookup_namespace_uri((!prefix.is_empty()).then_some(prefix)).unwrap_or("")
}

/// The name of an element as it is written: the tree keeps no prefixes.
fn qualified_name<'a>(text: &'a str, element: Node<'a>) -> &'a str {
    let start = element.range().start + 1;
    let rest = &text.as_bytes()[start..element.range().end];
    let end = rest.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'));
    &text[start..start + end.unwrap_or(rest.len())]
}

#[cfg(test)]
#[path = "c14n_tests.rs"]
mod tests;
