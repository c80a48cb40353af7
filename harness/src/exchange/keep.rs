//! Takes a piece out of an answer, so that it can be sent again byte for byte.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use stsproof_judge::path::Paths;
use stsproof_judge::tree::{Node, Tree};

use super::fill::Value;
use crate::change::tag::StartTag;

/// The first node that a path selects: an element as XML, anything else as text.
pub fn keep(tree: &Tree, paths: &Paths, path: &str) -> Result<Value, String> {
    let found = paths.select(tree, path).map_err(|error| error.to_string())?;
    let node = *found.first().ok_or_else(|| format!("`{path}` selects nothing in the answer"))?;
    if tree.is_element(node) { Ok(Value::Xml(cut(tree, node))) } else { Ok(Value::Text(tree.text_of(node))) }
}

/// The source of an element. Prefixes that it uses but that were declared further up are declared on it, which leaves
/// its exclusive canonical form, and so its signature, as it was.
pub fn cut(tree: &Tree, element: Node) -> String {
    let mut inherited = BTreeMap::new();
    for ancestor in tree.ancestors(element) {
        for (prefix, uri) in tree.declarations(ancestor) {
            inherited.entry(prefix.to_owned()).or_insert_with(|| uri.to_owned());
        }
    }
    let source = tree.source(element);
    let own: Vec<_> = tree.declarations(element).map(|(prefix, _)| prefix).collect();
    let Some(tag) = StartTag::read(source, 0) else { return source.to_owned() };
    let mut declarations = String::new();
    for (prefix, uri) in inherited {
        let used = prefix.is_empty() && !uri.is_empty() || !prefix.is_empty() && source.contains(&format!("{prefix}:"));
        if used && !own.contains(&prefix.as_str()) {
            let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
            let _ = write!(declarations, " {name}=\"{}\"", crate::change::tag::escape_attribute(&uri));
        }
    }
    let at = tag.name.end;
    format!("{}{declarations}{}", &source[..at], &source[at..])
}

#[cfg(test)]
mod tests {
    use stsproof_judge::c14n;
    use stsproof_judge::path::Namespaces;

    use super::*;

    const ANSWER: &str = "<e xmlns='urn:d' xmlns:a='urn:a' xmlns:b='urn:b' xmlns:c='urn:c'><x xmlns:b='urn:bb'>\
        <a:t b:k='1'  t='c:q'><u/></a:t></x><y><a:v>it&#39;s</a:v></y></e>";

    fn paths() -> Paths {
        Paths::new(&Namespaces([("a", "urn:a"), ("b", "urn:bb")].map(|(p, u)| (p.to_owned(), u.to_owned())).into()))
    }

    #[test]
    fn what_is_cut_out_can_stand_alone_and_keeps_its_canonical_form() {
        let tree = Tree::from_text(ANSWER).expect("well-formed");
        let Value::Xml(xml) = keep(&tree, &paths(), "//a:t").expect("it is there") else { panic!("XML") };
        assert!(xml.ends_with("<u/></a:t>") && xml.contains(" b:k='1'  t='c:q'"), "{xml}");
        let alone = Tree::from_text(&xml).expect("well-formed alone");
        let before = paths().select(&tree, "//a:t").expect("a path")[0];
        assert_eq!(c14n::exclusive(&alone, alone.root(), &[]), c14n::exclusive(&tree, before, &[]));
        assert!(
            xml.contains("xmlns:c='urn:c'") || xml.contains("xmlns:c=\"urn:c\""),
            "a prefix in a value counts: {xml}"
        );
    }

    #[test]
    fn text_is_kept_as_a_reader_sees_it() {
        let tree = Tree::from_text(ANSWER).expect("well-formed");
        assert_eq!(keep(&tree, &paths(), "//@b:k"), Ok(Value::Text("1".into())));
        assert_eq!(keep(&tree, &paths(), "//a:v/text()"), Ok(Value::Text("it's".into())));
        assert_eq!(keep(&tree, &paths(), "//a:none"), Err("`//a:none` selects nothing in the answer".into()));
    }
}
