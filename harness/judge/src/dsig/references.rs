//! One reference of a signature: what it points to, and whether that still has the stated digest.

use aws_lc_rs::digest::{Context, digest};

use super::algorithms::Hash;
use super::fault::Reason;
use super::token;
use super::transforms::{Digesting, Finish, Plan, Selection};
use crate::keyinfo::Finder;
use crate::keys::{base64, to_base64};
use crate::tree::{Node, Tree};
use crate::uri;

/// Something that a signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedReference {
    /// The `URI` as written.
    pub uri: String,
    /// The element it selects; the root element where the whole document is meant.
    pub node: Option<Node>,
    /// The token that an STR-Transform put in the place of the reference, where it is part of the message.
    pub token: Option<Node>,
    /// Whether an STR-Transform was applied, so that a token was signed and not `node`.
    pub dereferenced: bool,
    /// The URI of the digest algorithm.
    pub digest_algorithm: String,
    /// The URIs of the transforms, in order.
    pub transforms: Vec<String>,
    /// The `PrefixList` of its canonicalization.
    pub inclusive_prefixes: Vec<String>,
}

impl SignedReference {
    /// The element whose content the digest protects.
    pub fn signed(&self) -> Option<Node> {
        if self.dereferenced { self.token } else { self.node }
    }
}

/// Reads a reference and compares its digest.
pub(super) fn check(finder: &Finder<'_>, signature: Node, reference: Node) -> Result<SignedReference, Reason> {
    let tree = finder.tree;
    let target = tree.attribute(reference, None, "URI");
    let target = target.ok_or_else(|| Reason::Malformed("a ds:Reference without URI".into()))?;
    let mut selection = select(finder, target)?;
    let plan = Plan::read(tree, reference)?;
    for algorithm in &plan.uris {
        allowed(finder, "transform", algorithm)?;
    }
    if plan.enveloped {
        selection.without = Some(signature);
    }
    let algorithm = method(tree, reference, "DigestMethod")?;
    allowed(finder, "digest", algorithm)?;
    let hash = Hash::from_uri(algorithm)
        .ok_or_else(|| Reason::Unsupported { role: "digest", algorithm: algorithm.to_owned() })?;
    let stated = tree.child(reference, uri::DS, "DigestValue").map(|value| tree.text_of(value));
    let stated = stated.ok_or_else(|| Reason::Malformed("a ds:Reference without DigestValue".into()))?;
    let wanted = base64(&stated).ok_or_else(|| Reason::Malformed("a ds:DigestValue that is no base64".into()))?;

    let (token, computed) = match &plan.finish {
        Finish::Canonical(form) => {
            let mut digesting = Digesting(Context::new(hash.algorithm()));
            selection.canonicalize(tree, form, &mut digesting)?;
            (None, vec![digesting.0.finish()])
        }
        Finish::Token(form) => {
            let (token, forms) = token::dereference(finder, selection, form)?;
            (token, forms.iter().map(|bytes| digest(hash.algorithm(), bytes)).collect())
        }
    };
    if !computed.iter().any(|computed| computed.as_ref() == wanted) {
        return Err(Reason::Digest {
            algorithm: algorithm.to_owned(),
            stated: stated.split_ascii_whitespace().collect(),
            computed: computed.first().map(|computed| to_base64(computed.as_ref())).unwrap_or_default(),
        });
    }
    Ok(SignedReference {
        uri: target.to_owned(),
        node: selection.apex.or(Some(tree.root())),
        token,
        dereferenced: matches!(plan.finish, Finish::Token(_)),
        digest_algorithm: algorithm.to_owned(),
        inclusive_prefixes: plan.prefixes().to_vec(),
        transforms: plan.uris,
    })
}

/// The `Algorithm` of a child that must be there once.
pub(super) fn method<'t>(tree: &'t Tree, parent: Node, name: &str) -> Result<&'t str, Reason> {
    let child = only(tree, parent, name)?;
    tree.attribute(child, None, "Algorithm").ok_or_else(|| Reason::Malformed(format!("a ds:{name} without Algorithm")))
}

/// The child of this name in the signature namespace, of which there must be one.
pub(super) fn only(tree: &Tree, parent: Node, name: &str) -> Result<Node, Reason> {
    let mut found = tree.elements(parent).filter(|&child| tree.is(child, uri::DS, name));
    match (found.next(), found.next()) {
        (Some(child), None) => Ok(child),
        (None, _) => Err(Reason::Malformed(format!("ds:{} has no ds:{name}", tree.name(parent).local))),
        (Some(_), Some(_)) => Err(Reason::Malformed(format!("ds:{} has several ds:{name}", tree.name(parent).local))),
    }
}

pub(super) fn allowed(finder: &Finder<'_>, role: &'static str, algorithm: &str) -> Result<(), Reason> {
    if finder.keys.forbidden.contains(algorithm) {
        return Err(Reason::Forbidden { role, algorithm: algorithm.to_owned() });
    }
    Ok(())
}

fn select(finder: &Finder<'_>, target: &str) -> Result<Selection, Reason> {
    let Some(fragment) = target.strip_prefix('#') else {
        return match target {
            "" => Ok(Selection { apex: None, comments: false, without: None }),
            _ => Err(Reason::External),
        };
    };
    if fragment == "xpointer(/)" {
        return Ok(Selection { apex: None, comments: true, without: None });
    }
    let quoted = fragment.strip_prefix("xpointer(id(").and_then(|rest| rest.strip_suffix("))"));
    let pointed = quoted.and_then(|id| {
        let single = id.strip_prefix('\'').and_then(|id| id.strip_suffix('\''));
        single.or_else(|| id.strip_prefix('"').and_then(|id| id.strip_suffix('"')))
    });
    if pointed.is_none() && fragment.contains('(') {
        return Err(Reason::Unsupported { role: "XPointer", algorithm: fragment.to_owned() });
    }
    let found = finder.ids.find(finder.tree, pointed.unwrap_or(fragment)).map_err(Reason::Identifier)?;
    Ok(Selection { apex: Some(found), comments: pointed.is_some(), without: None })
}
