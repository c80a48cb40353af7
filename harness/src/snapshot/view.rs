//! The indented view of an answer, volatile values as holes.

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use stsproof_judge::gate::Limits;
use stsproof_judge::tree::{Node, Tree};

use crate::exchange::transcript::HttpResponse;

/// Elements whose text is a time, wherever they stand.
const TIMES: &[&str] = &["Created", "Expires"];
/// Attributes whose value is a time.
const TIME_ATTRIBUTES: &[&str] =
    &["IssueInstant", "NotBefore", "NotOnOrAfter", "AuthnInstant", "AuthenticationInstant", "SessionNotOnOrAfter"];
/// Attributes that give their element a name within the message.
const IDS: &[&str] = &["Id", "ID", "AssertionID"];
/// Elements whose text is fresh each time, and what their hole is called.
const FRESH: &[(&str, &str)] = &[
    ("MessageID", "message-id"),
    ("RelatesTo", "request-id"),
    ("DigestValue", "digest"),
    ("SignatureValue", "signature"),
    ("CipherValue", "cipher"),
    ("BinarySecret", "secret"),
    ("Nonce", "nonce"),
];
/// Attributes whose value is fresh each time, and what their hole is called.
const FRESH_ATTRIBUTES: &[(&str, &str)] =
    &[("Context", "context"), ("SessionIndex", "session"), ("Value", "confirmed-signature")];
/// Elements with long base64 text that stays the same: shown by its digest.
const LONG: &[&str] = &["X509Certificate", "BinarySecurityToken", "Modulus"];

/// The answer as it is compared and shown: status, media type, and the indented body.
pub fn of_answer(answer: &HttpResponse) -> String {
    let kind = answer.header("content-type").unwrap_or("no Content-Type");
    let mut view = format!("HTTP {}\n{kind}\n\n", answer.status);
    match Tree::read(&answer.body, None, &Limits::default()) {
        Ok(tree) => view.push_str(&of_tree(&tree)),
        Err(_) if answer.body.is_empty() => view.push_str("(no body)\n"),
        Err(refusal) => {
            let _ = writeln!(view, "(no XML: {refusal})");
            view.push_str(&String::from_utf8_lossy(&answer.body));
        }
    }
    view
}

/// The indented view of a document. A view of a view is the view.
pub(super) fn of_tree(tree: &Tree) -> String {
    let mut writer = View { tree, names: HashMap::new(), times: HashMap::new(), out: String::new() };
    writer.name_ids();
    writer.element(tree.root(), 0);
    writer.out
}

struct View<'t> {
    tree: &'t Tree,
    /// Ids and the number of their hole, in document order.
    names: HashMap<String, usize>,
    /// Times and the number of their hole, in document order.
    times: HashMap<String, usize>,
    out: String,
}

impl View<'_> {
    fn name_ids(&mut self) {
        for node in self.tree.descendants(self.tree.root()) {
            for attribute in self.tree.attributes(node) {
                if IDS.contains(&self.tree.name(attribute).local) {
                    let next = self.names.len() + 1;
                    self.names.entry(self.tree.text_of(attribute)).or_insert(next);
                }
            }
        }
    }

    fn element(&mut self, node: Node, depth: usize) {
        let indent = "  ".repeat(depth);
        let name = qualified(self.tree, node);
        self.out.push_str(&indent);
        self.out.push('<');
        self.out.push_str(&name);
        let declarations: Vec<(String, String)> =
            self.tree.declarations(node).map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned())).collect();
        for (prefix, uri) in declarations {
            let key = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
            self.attribute(&key, &uri);
        }
        for attribute in self.tree.attributes(node).collect::<Vec<_>>() {
            let value = self.attribute_value(attribute);
            self.attribute(&qualified(self.tree, attribute), &value);
        }
        let inside: Vec<Node> = self
            .tree
            .children(node)
            .filter(|child| {
                let is_word = self.tree.is_text(*child) && !self.tree.text_of(*child).trim().is_empty();
                self.tree.is_element(*child) || is_word
            })
            .collect();
        if inside.is_empty() {
            self.out.push_str("/>\n");
        } else if inside.iter().any(|child| self.tree.is_element(*child)) {
            self.out.push_str(">\n");
            for child in inside {
                if self.tree.is_element(child) {
                    self.element(child, depth + 1);
                } else {
                    let text = escape(self.tree.text_of(child).trim());
                    let _ = writeln!(self.out, "{indent}  {text}");
                }
            }
            let _ = writeln!(self.out, "{indent}</{name}>");
        } else {
            let text = self.text_value(node);
            let _ = writeln!(self.out, ">{}</{name}>", escape(&text));
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let _ = write!(self.out, " {name}=\"{}\"", escape_attribute(value));
    }

    fn attribute_value(&mut self, attribute: Node) -> String {
        let local = self.tree.name(attribute).local;
        let value = self.tree.text_of(attribute);
        if TIME_ATTRIBUTES.contains(&local) {
            return self.time(&value);
        }
        match FRESH_ATTRIBUTES.iter().find(|(name, _)| *name == local) {
            Some((_, hole)) => format!("{{{{{hole}}}}}"),
            None => self.named(value),
        }
    }

    fn text_value(&mut self, element: Node) -> String {
        let local = self.tree.name(element).local;
        let value = self.tree.text_of(element);
        if TIMES.contains(&local) {
            return self.time(&value);
        }
        if let Some((_, hole)) = FRESH.iter().find(|(name, _)| *name == local) {
            return format!("{{{{{hole}}}}}");
        }
        if LONG.contains(&local) {
            return summary(&value);
        }
        self.named(value)
    }

    fn time(&mut self, value: &str) -> String {
        let next = self.times.len() + 1;
        format!("{{{{time:{}}}}}", self.times.entry(value.to_owned()).or_insert(next))
    }

    /// An id, or a reference to one.
    fn named(&self, value: String) -> String {
        let (sign, id) = value.strip_prefix('#').map_or(("", value.as_str()), |id| ("#", id));
        match self.names.get(id) {
            Some(number) => format!("{sign}{{{{id:{number}}}}}"),
            None => value,
        }
    }
}

fn summary(base64: &str) -> String {
    if base64.starts_with("{{") {
        return base64.to_owned();
    }
    let text: String = base64.split_whitespace().collect();
    let digest = Sha256::digest(text.as_bytes());
    format!("{{{{sha256:{:02x}{:02x}{:02x}{:02x}}}}}", digest[0], digest[1], digest[2], digest[3])
}

fn qualified(tree: &Tree, node: Node) -> String {
    let name = tree.name(node);
    match name.prefix {
        Some(prefix) if !prefix.is_empty() => format!("{prefix}:{}", name.local),
        _ => name.local.to_owned(),
    }
}

/// Escapes what a reader of the view would otherwise read as something else.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#xD;")
}

fn escape_attribute(value: &str) -> String {
    escape(value).replace('"', "&quot;").replace('\n', "&#xA;").replace('\t', "&#x9;")
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::{option, sample};

    use super::*;

    fn view(xml: &str) -> String {
        of_tree(&Tree::from_text(xml).expect("the test's XML is well-formed"))
    }

    #[test]
    fn equal_ids_and_times_get_equal_holes() {
        let xml = r##"<r><a Id="x17"/><b URI="#x17"/><t><Created>2026-01-01T00:00:00Z</Created><Expires>2026-01-01T00:00:00Z</Expires></t></r>"##;
        let seen = view(xml);
        assert!(seen.contains(r#"<a Id="{{id:1}}"/>"#), "{seen}");
        assert!(seen.contains(r##"<b URI="#{{id:1}}"/>"##), "{seen}");
        assert!(
            seen.contains("<Created>{{time:1}}</Created>") && seen.contains("<Expires>{{time:1}}</Expires>"),
            "{seen}"
        );
    }

    #[test]
    fn what_stays_the_same_is_shown_as_it_is() {
        assert_eq!(view("<a><b k='v'>text &amp; more</b></a>"), "<a>\n  <b k=\"v\">text &amp; more</b>\n</a>\n");
    }

    #[test]
    fn a_view_of_a_view_is_the_view() {
        let once = view(r#"<a ID="_1"><X509Certificate>QUJD</X509Certificate><Nonce>eA==</Nonce><ref>_1</ref></a>"#);
        assert_eq!(view(&once), once);
    }

    /// Elements of which some are volatile, with what may stand in them.
    fn element() -> impl Strategy<Value = String> {
        let text = || "[ a-z0-9&<>\"'#\t\r\n{}:_-]{0,12}".prop_map(|text| escape_attribute(&text));
        let value = prop_oneof![text(), Just("_1".to_owned()), Just("#_1".to_owned()), Just("{{id:7}}".to_owned())];
        let attribute = (sample::select(vec!["ID", "URI", "NotBefore", "Context", "k"]), value)
            .prop_map(|(name, value)| format!(" {name}=\"{value}\""));
        let name = || sample::select(vec!["a", "Created", "Expires", "Nonce", "X509Certificate", "ref"]);
        let leaf = (name(), option::of(attribute.clone()), text()).prop_map(|(name, attribute, text)| {
            let attribute = attribute.unwrap_or_default();
            format!("<{name}{attribute}>{text}</{name}>")
        });
        leaf.prop_recursive(4, 24, 4, move |inner| {
            let content = prop_oneof![4 => inner, 2 => text(), 1 => Just("<!-- a -->".to_owned())];
            (name(), option::of(attribute.clone()), vec(content, 0..4)).prop_map(|(name, attribute, content)| {
                let attribute = attribute.unwrap_or_default();
                format!("<{name}{attribute}>{}</{name}>", content.concat())
            })
        })
    }

    proptest! {
        #[test]
        fn a_view_of_any_view_is_the_view(xml in element()) {
            let once = view(&xml);
            prop_assert_eq!(view(&once), once);
        }
    }
}
