//! Identifiers: each names one element, whatever the attribute is called.

use std::collections::HashMap;

use crate::fault::{Fault, SecurityCode};
use crate::names::{DSIG, SAML_11, SAML_20, WSU, XENC, XML};
use crate::read::Outcome;
use crate::wrong::{Wrong, Wrongs};
use crate::xml::tree::{Ask as _, Node};

/// The identifiers of a message.
pub(crate) struct Ids<'a>(HashMap<&'a str, (Node<'a>, bool)>);

impl<'a> Ids<'a> {
    /// Gathers them. The same one twice is refused, also under two names: a signature over one element must not be
    /// taken for one over the other. Only a token may come twice, as the credential and as what the request is about,
    /// if both are the same to the letter.
    pub(crate) fn gather(root: Node<'a>, wrongs: Wrongs) -> Outcome<Self> {
        let mut known: HashMap<&str, (Node<'_>, bool)> = HashMap::with_capacity(16);
        for element in root.descendants().filter(Node::is_element) {
            for attribute in element.attributes() {
                let kind = match (attribute.namespace(), attribute.name()) {
                    (Some(WSU), "Id") | (Some(XML), "id") => Some(true),
                    (None, "Id") => Some(matches!(element.namespace(), DSIG | XENC)),
                    (None, "ID") => Some(element.is(SAML_20, "Assertion")),
                    (None, "AssertionID") => Some(element.is(SAML_11, "Assertion")),
                    _ => None,
                };
                let Some(can_be_meant) = kind else { continue };
                match known.get_mut(attribute.value()) {
                    None => {
                        known.insert(attribute.value(), (element, can_be_meant));
                    }
                    Some((first, meant)) if *first == element => *meant |= can_be_meant,
                    Some((first, _)) if is_copy_of_a_token(*first, element) => {}
                    Some(_) if wrongs.has(Wrong::ACCEPT_DUPLICATE_IDS) => {}
                    Some(_) => {
                        let reason = "Two elements have the same identifier";
                        return Err(Box::new(Fault::because(SecurityCode::InvalidSecurity, reason)));
                    }
                }
            }
        }
        Ok(Self(known))
    }

    /// The element that a fragment names. Of two copies it is the first. An attribute that is no identifier of its element is passed over.
    pub(crate) fn get(&self, id: &str) -> Option<Node<'a>> {
        self.0.get(id).filter(|(_, can_be_meant)| *can_be_meant).map(|(element, _)| *element)
    }
}

fn is_copy_of_a_token(first: Node<'_>, second: Node<'_>) -> bool {
    token_around(first).is_some_and(|text| token_around(second) == Some(text))
}

fn token_around(node: Node<'_>) -> Option<&str> {
    let is_token = |node: &Node<'_>| node.is(SAML_20, "Assertion") || node.is(SAML_11, "Assertion");
    let token = node.ancestors().find(is_token)?;
    Some(&token.document().input_text()[token.range()])
}
