//! The canonical form of one element, for those who sign.

use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::NodeSet;

use crate::tree::{Node, Tree, id};

/// The exclusive canonical form of an element without comments; `prefixes` are treated as in the inclusive form.
pub fn exclusive(tree: &Tree, element: Node, prefixes: &[String]) -> Result<Vec<u8>, String> {
    let nodes = NodeSet::tree_without_comments(id(element), tree.document());
    canonicalize_doc(tree.document(), C14nMode::Exclusive, Some(&nodes), prefixes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_element_uses_is_declared() {
        let tree = Tree::from_text(
            "<a:a xmlns:a='urn:a' xmlns:b='urn:b' xmlns:c='urn:c'><b:b z='1' a:y='2'/><!-- x --></a:a>",
        )
        .expect("well-formed");
        let b = tree.elements(tree.root()).next().expect("a child");
        let form = |prefixes: &[&str]| {
            let prefixes: Vec<_> = prefixes.iter().map(|&prefix| prefix.to_owned()).collect();
            String::from_utf8(exclusive(&tree, b, &prefixes).expect("it has a form")).expect("UTF-8")
        };
        assert_eq!(form(&[]), r#"<b:b xmlns:a="urn:a" xmlns:b="urn:b" z="1" a:y="2"></b:b>"#);
        assert_eq!(form(&["c"]), r#"<b:b xmlns:a="urn:a" xmlns:b="urn:b" xmlns:c="urn:c" z="1" a:y="2"></b:b>"#);
    }
}
