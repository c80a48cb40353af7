//! Whether a signature has the children that its schema wants.

use super::{no, yes};
use crate::predicate::Holding;
use crate::tree::{Node, Tree};
use crate::uri;

/// Whether the children of a `ds:Signature` are those of the schema, in order, each with its algorithm.
pub(super) fn signature(tree: &Tree, signature: Node) -> Holding {
    match check(tree, signature) {
        Err(complaint) => no(complaint),
        Ok(()) => yes("its structure is that of the schema"),
    }
}

fn check(tree: &Tree, signature: Node) -> Result<(), String> {
    order(tree, signature, &["SignedInfo", "SignatureValue"], &["KeyInfo"], Some("Object"))?;
    let head = ["CanonicalizationMethod", "SignatureMethod", "Reference"];
    for signed_info in tree.elements(signature).filter(|&child| tree.is(child, uri::DS, "SignedInfo")) {
        order(tree, signed_info, &head, &[], Some("Reference"))?;
        for reference in tree.elements(signed_info).filter(|&child| tree.is(child, uri::DS, "Reference")) {
            let transformed = tree.child(reference, uri::DS, "Transforms").is_some();
            let wanted = ["Transforms", "DigestMethod", "DigestValue"];
            order(tree, reference, &wanted[usize::from(!transformed)..], &[], None)?;
        }
    }
    Ok(())
}

/// Complains of the first child that is not where it should be: all of `wanted`, perhaps `optional`, any of `rest`.
fn order(tree: &Tree, parent: Node, wanted: &[&str], optional: &[&str], rest: Option<&str>) -> Result<(), String> {
    let name = tree.name(parent).local;
    let mut children = tree.elements(parent).peekable();
    for wanted in wanted {
        let child = children.next().ok_or_else(|| format!("{name} has no {wanted}"))?;
        if !tree.is(child, uri::DS, wanted) {
            return Err(format!("{name} has `{}` where {wanted} belongs", tree.name(child).local));
        }
        if wanted.ends_with("Method") && tree.attribute(child, None, "Algorithm").is_none() {
            return Err(format!("{wanted} names no Algorithm"));
        }
    }
    for optional in optional {
        children.next_if(|&child| tree.is(child, uri::DS, optional));
    }
    match children.find(|&child| rest.is_none_or(|rest| !tree.is(child, uri::DS, rest))) {
        Some(stray) => Err(format!("{name} has a `{}` too many or too late", tree.name(stray).local)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const REFERENCE: &str = "<Reference><DigestMethod Algorithm='d'/><DigestValue/></Reference>";
    const METHODS: &str = "<CanonicalizationMethod Algorithm='c'/><SignatureMethod Algorithm='s'/>";

    #[rstest]
    #[case("<SignedInfo>@M@R</SignedInfo><SignatureValue/>", None)]
    #[case("<SignedInfo>@M@R@R</SignedInfo><SignatureValue/><KeyInfo/><Object/><Object/>", None)]
    #[case("<SignatureValue/><SignedInfo>@M@R</SignedInfo>", Some("`SignatureValue` where SignedInfo belongs"))]
    #[case("<SignedInfo>@M</SignedInfo><SignatureValue/>", Some("no Reference"))]
    #[case("<SignedInfo>@M@R</SignedInfo>", Some("no SignatureValue"))]
    #[case("<SignedInfo>@M@R</SignedInfo><SignatureValue/><Object/><KeyInfo/>", Some("`KeyInfo` too many or too late"))]
    #[case("<SignedInfo><CanonicalizationMethod/></SignedInfo><SignatureValue/>", Some("names no Algorithm"))]
    fn children_have_their_order(#[case] inside: &str, #[case] complaint: Option<&str>) {
        let inside = inside.replace("@M", METHODS).replace("@R", REFERENCE);
        let tree = Tree::from_text(&format!("<Signature xmlns='{}'>{inside}</Signature>", uri::DS)).unwrap();
        let holding = signature(&tree, tree.root());
        assert_eq!(holding.holds, complaint.is_none(), "{}", holding.because);
        assert!(holding.because.contains(complaint.unwrap_or_default()), "{}", holding.because);
    }
}
