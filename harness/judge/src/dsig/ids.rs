//! Which element an identifier names.
//!
//! An attribute is an identifier because of its definition, not because of its spelling: `wsu:Id` and `xml:id` on any
//! element, `Id`, `ID` and `AssertionID` on the elements whose schema says so. A foreign `x:Id` is none, and can
//! neither take the place of one nor clash with it.

use std::collections::HashMap;

use crate::tree::{Node, Tree};
use crate::uri;

/// The identifiers of a document.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    elements: HashMap<String, Vec<Node>>,
}

/// An identifier that names no element, or several.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdFault {
    /// No element has it.
    #[error("no element has the identifier `{id}`{}", .alike.as_ref().map(|alike| format!(" ({alike})")).unwrap_or_default())]
    Missing {
        /// The identifier.
        id: String,
        /// An attribute with this value that is no identifier where it stands.
        alike: Option<String>,
    },
    /// Several elements have it, so that a reference to it says nothing.
    #[error("{count} elements have the identifier `{id}`")]
    Ambiguous {
        /// The identifier.
        id: String,
        /// How many.
        count: usize,
    },
}

impl Ids {
    /// Collects the identifiers of a document.
    pub fn of(tree: &Tree) -> Self {
        let mut elements: HashMap<String, Vec<Node>> = HashMap::new();
        for element in std::iter::once(tree.root()).chain(tree.descendants(tree.root())) {
            for id in identifiers(tree, element) {
                let holders = elements.entry(id).or_default();
                if holders.last() != Some(&element) {
                    holders.push(element);
                }
            }
        }
        Self { elements }
    }

    /// The one element with this identifier.
    pub fn find(&self, tree: &Tree, id: &str) -> Result<Node, IdFault> {
        match self.elements.get(id).map(Vec::as_slice) {
            Some([element]) => Ok(*element),
            Some(several) => Err(IdFault::Ambiguous { id: id.to_owned(), count: several.len() }),
            None => Err(IdFault::Missing { id: id.to_owned(), alike: alike(tree, id) }),
        }
    }
}

fn identifiers(tree: &Tree, element: Node) -> impl Iterator<Item = String> {
    let owner = tree.name(element);
    let attributes = tree.is_element(element).then(|| tree.attributes(element)).into_iter().flatten();
    attributes
        .filter(move |&attribute| {
            let name = tree.name(attribute);
            match name.namespace {
                Some(uri::WSU) => name.local == "Id",
                Some(uri::XML) => name.local == "id",
                Some(_) => false,
                None => defines(owner.namespace.unwrap_or_default(), owner.local, name.local),
            }
        })
        .map(|attribute| tree.text_of(attribute))
}

/// Whether the schema of an element gives it an identifier under this unqualified name.
fn defines(namespace: &str, element: &str, attribute: &str) -> bool {
    match namespace {
        uri::DS | uri::DSIG11 | uri::XENC | uri::XENC11 => attribute == "Id",
        uri::SAML2 => attribute == "ID" && element == "Assertion",
        uri::SAML2P | uri::SAML2MD => attribute == "ID",
        uri::SAML1 => attribute == "AssertionID" && element == "Assertion",
        uri::SAML1P => matches!((element, attribute), ("Response", "ResponseID") | ("Request", "RequestID")),
        _ => false,
    }
}

/// An attribute that has the value but is no identifier: most likely what the sender meant.
fn alike(tree: &Tree, id: &str) -> Option<String> {
    let elements = std::iter::once(tree.root()).chain(tree.descendants(tree.root()));
    let mut attributes = elements.flat_map(|element| tree.attributes(element).map(move |node| (element, node)));
    let (element, attribute) = attributes.find(|&(_, attribute)| {
        tree.name(attribute).local.eq_ignore_ascii_case("id") && tree.text_of(attribute) == id
    })?;
    let (element, attribute) = (tree.name(element).local, tree.name(attribute).local);
    Some(format!("an attribute `{attribute}` of `{element}` has this value, but there it is no identifier; use wsu:Id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WSU: &str = "xmlns:wsu='http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd'";

    fn names(xml: &str, id: &str) -> Result<String, IdFault> {
        let tree = Tree::from_text(xml).unwrap();
        let found = Ids::of(&tree).find(&tree, id)?;
        Ok(tree.name(found).local.to_owned())
    }

    #[test]
    fn a_foreign_id_neither_takes_the_place_of_an_identifier_nor_clashes_with_it() {
        let xml = format!("<r {WSU} xmlns:x='urn:x'><a x:Id='i'/><b wsu:Id='i'/><c Id='i'/></r>");
        assert_eq!(names(&xml, "i").as_deref(), Ok("b"));
    }

    #[test]
    fn a_duplicate_does_not_hide_behind_a_second_attribute() {
        let xml = format!("<r {WSU}><a Id='zzz' wsu:Id='i'/><b wsu:Id='i'/></r>");
        assert_eq!(names(&xml, "i"), Err(IdFault::Ambiguous { id: "i".into(), count: 2 }));
    }

    #[test]
    fn an_assertion_is_found_by_the_identifier_of_its_version() {
        let saml2 = "<Assertion xmlns='urn:oasis:names:tc:SAML:2.0:assertion' ID='i' AssertionID='j'/>";
        let saml1 = "<Assertion xmlns='urn:oasis:names:tc:SAML:1.0:assertion' ID='i' AssertionID='j'/>";
        assert_eq!(names(saml2, "i").as_deref(), Ok("Assertion"));
        assert_eq!(names(saml1, "j").as_deref(), Ok("Assertion"));
        assert!(names(saml2, "j").is_err() && names(saml1, "i").is_err());
    }

    #[test]
    fn two_identifiers_of_one_element_are_no_duplicate() {
        let xml = format!("<r {WSU}><a xml:id='i' wsu:Id='i'/></r>");
        assert_eq!(names(&xml, "i").as_deref(), Ok("a"));
    }

    #[test]
    fn what_was_probably_meant_is_named() {
        let error = names("<r><Body Id='i'/></r>", "i").unwrap_err().to_string();
        assert!(error.contains("`Id` of `Body`") && error.contains("wsu:Id"), "{error}");
    }
}
