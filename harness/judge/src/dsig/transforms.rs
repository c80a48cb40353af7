//! What a reference selects, and the way from there to the bytes that are digested.

use aws_lc_rs::digest;
use bergshamra_c14n::{C14nMode, C14nSink, canonicalize_doc_to};
use bergshamra_xml::NodeSet;

use super::fault::Reason;
use crate::tree::{Node, Tree, id};
use crate::uri;

/// More transforms than any signer writes; each costs time.
const MOST: usize = 16;

/// A part of the document: an element, or everything, perhaps without one signature.
#[derive(Debug, Clone, Copy)]
pub(super) struct Selection {
    /// `None` for the whole document.
    pub(super) apex: Option<Node>,
    pub(super) comments: bool,
    pub(super) without: Option<Node>,
}

/// A canonical form.
#[derive(Debug, Clone)]
pub(super) struct Canonical {
    pub(super) mode: C14nMode,
    pub(super) prefixes: Vec<String>,
}

/// The transforms of a reference, understood.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The URIs as they were written.
    pub(super) uris: Vec<String>,
    pub(super) enveloped: bool,
    pub(super) finish: Finish,
}

/// The step that makes bytes.
#[derive(Debug, Clone)]
pub(super) enum Finish {
    Canonical(Canonical),
    /// The token that a `SecurityTokenReference` points to, in this canonical form.
    Token(Canonical),
}

impl Selection {
    pub(super) fn element(apex: Node) -> Self {
        Self { apex: Some(apex), comments: true, without: None }
    }

    /// Writes the canonical form of what is selected.
    pub(super) fn canonicalize(self, tree: &Tree, form: &Canonical, sink: &mut impl C14nSink) -> Result<(), Reason> {
        let document = tree.document();
        let apex = self.apex.map_or(document.root(), id);
        let mut nodes = if self.comments {
            NodeSet::tree_with_comments(apex, document)
        } else {
            NodeSet::tree_without_comments(apex, document)
        };
        if let Some(signature) = self.without {
            nodes.remove_id(id(signature));
            tree.descendants(signature).for_each(|node| nodes.remove_id(id(node)));
        }
        canonicalize_doc_to(document, form.mode, Some(&nodes), &form.prefixes, sink)
            .map_err(|error| Reason::Malformed(format!("the selected nodes have no canonical form: {error}")))
    }
}

impl Canonical {
    /// Reads a `CanonicalizationMethod`, a `Transform` or `TransformationParameters` around one.
    pub(super) fn read(tree: &Tree, method: Node, role: &'static str) -> Result<Self, Reason> {
        let algorithm = tree.attribute(method, None, "Algorithm").unwrap_or_default();
        let mode = C14nMode::from_uri(algorithm)
            .ok_or_else(|| Reason::Unsupported { role, algorithm: algorithm.to_owned() })?;
        let prefixes = match tree.child(method, uri::EXC_C14N, "InclusiveNamespaces") {
            Some(list) if mode.is_exclusive() => {
                let list = tree.attribute(list, None, "PrefixList").unwrap_or_default();
                list.split_ascii_whitespace().map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        Ok(Self { mode, prefixes })
    }

    fn default_form() -> Self {
        Self { mode: C14nMode::Inclusive, prefixes: Vec::new() }
    }
}

impl Plan {
    /// Reads the `Transforms` of a reference.
    pub(super) fn read(tree: &Tree, reference: Node) -> Result<Self, Reason> {
        let (mut uris, mut enveloped, mut finish) = (Vec::new(), false, None);
        let transforms = tree.child(reference, uri::DS, "Transforms");
        for transform in transforms.iter().flat_map(|&transforms| tree.elements(transforms)) {
            if !tree.is(transform, uri::DS, "Transform") {
                return Err(Reason::Malformed("ds:Transforms holds something else than ds:Transform".into()));
            }
            let algorithm = tree.attribute(transform, None, "Algorithm").unwrap_or_default();
            uris.push(algorithm.to_owned());
            if uris.len() > MOST {
                return Err(Reason::Malformed(format!("a reference with more than {MOST} transforms")));
            }
            if finish.is_some() {
                let after =
                    "a transform after the one that made bytes of the nodes, which would have to parse them again";
                return Err(Reason::Malformed(format!("{after}: {algorithm}")));
            }
            match algorithm {
                uri::ENVELOPED => enveloped = true,
                uri::STR_TRANSFORM => finish = Some(Finish::Token(token_form(tree, transform)?)),
                _ => finish = Some(Finish::Canonical(Canonical::read(tree, transform, "transform")?)),
            }
        }
        Ok(Self { uris, enveloped, finish: finish.unwrap_or(Finish::Canonical(Canonical::default_form())) })
    }

    /// The prefixes that the exclusive form treats inclusively.
    pub(super) fn prefixes(&self) -> &[String] {
        match &self.finish {
            Finish::Canonical(form) | Finish::Token(form) => &form.prefixes,
        }
    }
}

/// The canonical form that an STR-Transform asks for.
fn token_form(tree: &Tree, transform: Node) -> Result<Canonical, Reason> {
    let method = tree
        .child(transform, uri::WSSE, "TransformationParameters")
        .and_then(|parameters| tree.child(parameters, uri::DS, "CanonicalizationMethod"));
    let missing = "an STR-Transform without wsse:TransformationParameters/ds:CanonicalizationMethod";
    Canonical::read(tree, method.ok_or_else(|| Reason::Malformed(missing.into()))?, "canonicalization")
}

/// Digests canonical bytes as they come.
pub(super) struct Digesting(pub(super) digest::Context);

impl C14nSink for Digesting {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}
