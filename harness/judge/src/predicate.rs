//! Named statements that no path can make: about keys, signatures and the untouched bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::path::Namespaces;
use crate::scene::Scene;
use crate::soap::Code;
use crate::tree::{Node, Tree};
use crate::trust::CutOut;

/// Whether a predicate holds, with the evidence in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Whether it holds.
    pub holds: bool,
    /// Why, without secrets.
    pub because: String,
    /// What stays open although it holds, if anything does.
    pub open: Option<String>,
}

impl Holding {
    /// It holds.
    pub fn yes(because: impl Into<String>) -> Self {
        Self { holds: true, because: because.into(), open: None }
    }

    /// It does not hold.
    pub fn no(because: impl Into<String>) -> Self {
        Self { holds: false, because: because.into(), open: None }
    }
}

/// Answers predicates with keys at hand, or from facts that were found out before.
pub trait Predicates {
    /// Whether a predicate holds of a node; `None` if that cannot be told here, for want of a key or of the bytes.
    /// `name` is one of [`PREDICATES`], with its argument if it has one.
    fn holds(&self, name: &str, tree: &Tree, node: Node, scene: &Scene<'_>) -> Option<Holding>;
}

/// A predicate that checks may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Predicate {
    /// Its name, before the colon if it takes an argument.
    pub name: &'static str,
    /// What its argument is, if it takes one.
    pub argument: Option<&'static str>,
    /// When it holds, in a sentence.
    pub about: &'static str,
}

/// The closed list of predicates.
pub const PREDICATES: &[Predicate] = &[
    plain(
        "signature-valid",
        "The signature over this node verifies with a key that the profile trusts, or where it names none with the one \
         that is carried, and signs this very node.",
    ),
    plain("signature-schema", "A ds:Signature has the children that its schema wants, in order."),
    plain("reference-resolves", "The SecurityTokenReference leads to the issued token."),
    plain("names-token", "Its KeyIdentifier is the identifier of the issued token, or its URI leads to it by that."),
    plain("decrypts", "The relying party's key opens it."),
    plain("proof-key-in-token", "The proof key, sent or computed, is the one that the assertion confirms."),
    plain("computed-key-size", "The computed key is as long as KeySize says."),
    plain("confirms-client-key", "KeyInfo holds the public key of the requestor."),
    plain("one-key", "KeyInfo names a single key."),
    plain("certificate-fits", "Every certificate in an X509Data belongs to the key that verifies the signature."),
    plain("qname-qualified", "A QName in a namespace: that of its prefix, or the default one at this place."),
    plain("whole-by-itself", "Cut out of its document it means the same: it declares every namespace that it uses."),
    Predicate { name: "base64-bits", argument: Some("a number"), about: "Base64 of at least so many bits." },
    Predicate {
        name: "qname-in",
        argument: Some("prefixes of the vocabulary, with commas"),
        about: "A QName whose prefix is bound, here, to the namespace of one of these prefixes.",
    },
];

/// Answers a predicate: those that need no key at once, the others by asking.
pub fn holds(name: &str, tree: &Tree, node: Node, scene: &Scene<'_>) -> Option<Holding> {
    match name.split_once(':') {
        None if name == "whole-by-itself" => Some(whole_by_itself(tree, node)),
        Some(("base64-bits", bits)) => Some(base64_bits(&tree.text_of(node), bits.parse().unwrap_or(usize::MAX))),
        None if name == "qname-qualified" => Some(qname_qualified(tree, node)),
        Some(("qname-in", prefixes)) => Some(qname_in(tree, node, prefixes, scene.paths.namespaces())),
        _ => scene.predicates.holds(name, tree, node, scene),
    }
}

fn whole_by_itself(tree: &Tree, node: Node) -> Holding {
    let cut = CutOut::of(tree, node);
    let because = if cut.survives() { "it declares what it uses".to_owned() } else { cut.lost.join("; ") };
    Holding { holds: cut.survives(), because, open: None }
}

/// Why a predicate cannot be used, if it cannot: an unknown name, a missing or senseless argument.
pub fn complaint(text: &str, known_prefix: impl Fn(&str) -> bool) -> Option<String> {
    let (name, argument) = text.split_once(':').map_or((text, None), |(name, argument)| (name, Some(argument)));
    let Some(predicate) = PREDICATES.iter().find(|predicate| predicate.name == name) else {
        return Some(format!("there is no predicate `{name}`"));
    };
    match (predicate.argument, argument) {
        (None, Some(_)) => Some(format!("`{name}` takes no argument")),
        (Some(wanted), None) => Some(format!("`{name}` needs {wanted}, as in `{name}:\u{2026}`")),
        (Some(_), Some(bits)) if name == "base64-bits" => {
            bits.parse::<usize>().is_err().then(|| format!("`{bits}` is no number of bits"))
        }
        (Some(_), Some(prefixes)) => prefixes
            .split(',')
            .find(|prefix| !known_prefix(prefix))
            .map(|prefix| format!("the prefix `{prefix}` is unknown")),
        (None, None) => None,
    }
}

fn base64_bits(text: &str, wanted: usize) -> Holding {
    let compact: String = text.split_ascii_whitespace().collect();
    match STANDARD.decode(compact) {
        Ok(bytes) if bytes.len() * 8 >= wanted => Holding::yes(format!("{} bits", bytes.len() * 8)),
        Ok(bytes) => Holding::no(format!("has {} bits, not {wanted}", bytes.len() * 8)),
        Err(error) => Holding::no(format!("is no base64: {error}")),
    }
}

fn qname_in(tree: &Tree, node: Node, prefixes: &str, namespaces: &Namespaces) -> Holding {
    let code = Code::of(tree, node);
    let wanted: Vec<&str> = prefixes.split(',').filter_map(|prefix| namespaces.get(prefix)).collect();
    let holds = code.namespace.as_deref().is_some_and(|namespace| wanted.contains(&namespace));
    Holding { holds, because: placed(&code), open: None }
}

fn qname_qualified(tree: &Tree, node: Node) -> Holding {
    let code = Code::of(tree, node);
    let holds = code.namespace.as_deref().is_some_and(|namespace| !namespace.is_empty());
    Holding { holds, because: placed(&code), open: None }
}

fn placed(code: &Code) -> String {
    match &code.namespace {
        Some(namespace) => format!("`{}` is in the namespace {namespace}", code.written),
        None => format!("`{}` has no namespace at this place", code.written),
    }
}

const fn plain(name: &'static str, about: &'static str) -> Predicate {
    Predicate { name, argument: None, about }
}
