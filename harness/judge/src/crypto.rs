//! The predicates that need keys: signatures, references and what a token confirms.

mod proof;
mod structure;

use std::fmt;

use crate::dsig::{Ids, Reason, SignatureFault, Verified, Verifier};
use crate::keyinfo::{Finder, FoundKey, KeyFault, Material, Target};
use crate::keys::{Carried, Certificate, DecryptionKeys, Keys, PublicKey};
use crate::predicate::{Holding, Predicates};
use crate::scene::{Scene, Token};
use crate::tree::{Node, Tree};
use crate::trust::{Answer, Response};
use crate::{uri, xenc};

/// More signatures than any service puts into a header; each is verified.
const MOST_SIGNATURES: usize = 8;

/// Answers predicates with the keys of a test: those of the service, of the relying party and of the requestor.
#[derive(Debug, Clone, Default)]
pub struct CryptoPredicates {
    keys: Keys,
    client: DecryptionKeys,
    client_certificate: Option<Certificate>,
}

impl CryptoPredicates {
    /// Trusts these keys for the signatures of the service.
    pub fn new(keys: Keys) -> Self {
        Self { keys, ..Self::default() }
    }

    /// What the relying party opens tokens with.
    #[must_use]
    pub fn relying_party(mut self, keys: DecryptionKeys) -> Self {
        self.keys.decryption = keys;
        self
    }

    /// The requestor's certificate, and what it opens a proof key with.
    #[must_use]
    pub fn client(mut self, certificate: Option<Certificate>, decryption: DecryptionKeys) -> Self {
        (self.client_certificate, self.client) = (certificate, decryption);
        self
    }

    /// Whether a signature holds. Where no key is trusted, the one that the message carries proves that nothing was
    /// changed after signing; whose key it is stays open then.
    fn signature_valid(&self, tree: &Tree, node: Node) -> Option<Holding> {
        if !self.trusts_nothing() {
            return Some(signer(tree, node, &self.keys).map_or_else(|flaw| no(flaw.to_string()), |by| signed(&by)));
        }
        let any = Keys { carried: Carried::Any, ..self.keys.clone() };
        match signer(tree, node, &any) {
            Ok(by) => {
                let open = "whether this key is the service's own is open: the profile names no signing certificate";
                Some(Holding { open: Some(open.to_owned()), ..signed(&by) })
            }
            Err(Flaw::Fault(fault)) if lacks_key(&fault) => None,
            Err(flaw) => Some(no(flaw.to_string())),
        }
    }

    fn certificate_fits(&self, tree: &Tree, signature: Node) -> Option<Holding> {
        let key_info = tree.child(signature, uri::DS, "KeyInfo")?;
        let (ids, any) = (Ids::of(tree), Keys { carried: Carried::Any, ..self.keys.clone() });
        let verified = match Verifier::new(tree, &any).verify(signature) {
            Ok(verified) => verified,
            Err(fault) => return Some(no(fault.to_string())),
        };
        let found = match Finder::new(tree, &ids, &any).keys_of(key_info) {
            Ok(found) => found,
            Err(fault) => return Some(no(fault.to_string())),
        };
        let certificates: Vec<_> = found.iter().filter_map(|key| key.certificate.as_ref()).collect();
        let own = |key: &PublicKey| verified.key.found.material == Material::Public(key.clone());
        let stray = certificates.iter().find(|certificate| {
            !own(certificate.key()) && !certificates.iter().any(|other| other.is_issued_under(certificate))
        });
        Some(match stray {
            _ if !certificates.iter().any(|certificate| own(certificate.key())) => {
                no("no certificate shown is that of the key that made the signature")
            }
            Some(stray) => no(format!("`{}` is neither the signer's certificate nor its issuer's", stray.subject())),
            None => yes(format!("{} certificate(s), that of the signer among them", certificates.len())),
        })
    }

    fn reference_resolves(&self, tree: &Tree, reference: Node, scene: &Scene<'_>) -> Holding {
        let ids = Ids::of(tree);
        let token = enclosing(tree, reference).and_then(|response| response.token);
        match Finder::new(tree, &ids, &self.keys).target(reference) {
            Ok(Target::Element(found)) if Some(found) == token => yes("it leads to the issued token"),
            Ok(Target::Element(found)) => {
                no(format!("it leads to `{}`, not to the issued token", tree.name(found).local))
            }
            Ok(Target::Name(name)) if token_id(scene).as_deref() == Some(name.trim_start_matches('#')) => {
                yes("it names the issued token by its identifier")
            }
            Ok(Target::Name(name)) => no(format!("`{name}` is not in the message")),
            Ok(Target::Certificate(certificate, _)) => {
                no(format!("it leads to the certificate of `{}`, not to the issued token", certificate.subject()))
            }
            Err(fault) => no(fault.to_string()),
        }
    }

    fn decrypts(&self, tree: &Tree, node: Node) -> Option<Holding> {
        if self.keys.decryption.private.is_empty() && self.keys.decryption.secrets.is_empty() {
            return None;
        }
        Some(match xenc::decrypt(tree, node, &self.keys.decryption) {
            Ok(opened) => yes(format!("{} bytes by {}", opened.plaintext.len(), opened.content_algorithm)),
            Err(fault) => no(fault.to_string()),
        })
    }

    fn confirms_client_key(&self, tree: &Tree, key_info: Node) -> Option<Holding> {
        let certificate = self.client_certificate.clone()?;
        let wanted = Material::Public(certificate.key().clone());
        // The token may name the certificate and not carry it. It is known here, and trusted for nothing else.
        let mut known = self.keys.clone();
        known.certificates.push(certificate);
        let ids = Ids::of(tree);
        Some(match Finder::new(tree, &ids, &known).keys_of(key_info) {
            Ok(found) if found.iter().any(|key| key.material == wanted) => yes("it holds the requestor's public key"),
            Ok(found) => {
                no(format!("it holds {}", found.iter().map(FoundKey::words).collect::<Vec<_>>().join(" and ")))
            }
            Err(fault) => no(fault.to_string()),
        })
    }

    fn one_key(&self, tree: &Tree, key_info: Node) -> Holding {
        let ids = Ids::of(tree);
        let finder = Finder::new(tree, &ids, &self.keys);
        let (mut materials, mut opaque) = (Vec::new(), 0);
        for clue in tree.elements(key_info) {
            // The further certificates of an X509Data are the chain of the first.
            match finder.keys_by(clue).ok().and_then(|keys| keys.into_iter().next()) {
                Some(key) if materials.contains(&key.material) => {}
                Some(key) => materials.push(key.material),
                None => opaque += 1,
            }
        }
        match materials.len() {
            0 if opaque == 1 => yes("one key, which cannot be read here"),
            0 => no(format!("{opaque} elements, none of which can be read as a key")),
            1 => yes("one key"),
            several => no(format!("{several} different keys")),
        }
    }

    fn trusts_nothing(&self) -> bool {
        let keys = &self.keys;
        let nothing = keys.certificates.is_empty() && keys.public_keys.is_empty() && keys.secrets.is_empty();
        nothing && keys.carried == Carried::MustBeTrusted
    }
}

impl Predicates for CryptoPredicates {
    fn holds(&self, name: &str, tree: &Tree, node: Node, scene: &Scene<'_>) -> Option<Holding> {
        match name {
            "signature-valid" => self.signature_valid(tree, node),
            "signature-schema" => Some(structure::signature(tree, node)),
            "certificate-fits" => self.certificate_fits(tree, node),
            "reference-resolves" => Some(self.reference_resolves(tree, node, scene)),
            "names-token" => names_token(tree, node, scene),
            "decrypts" => self.decrypts(tree, node),
            "proof-key-in-token" => self.proof_key_in_token(tree, node, scene),
            "computed-key-size" => self.computed_key_size(tree, node, scene),
            "confirms-client-key" => self.confirms_client_key(tree, node),
            "one-key" => Some(self.one_key(tree, node)),
            _ => None,
        }
    }
}

fn names_token(tree: &Tree, reference: Node, scene: &Scene<'_>) -> Option<Holding> {
    let id = token_id(scene)?;
    if id.trim().is_empty() {
        return Some(no("the issued token has an empty identifier, which names nothing"));
    }
    let form = tree.elements(reference).next();
    let Some(form) = form else { return Some(no("an empty SecurityTokenReference")) };
    Some(if tree.is(form, uri::WSSE, "KeyIdentifier") {
        let text = tree.text_of(form);
        if text.trim() == id { yes("the KeyIdentifier is its identifier") } else { no(format!("it says `{text}`")) }
    } else {
        let target = tree.attribute(form, None, "URI").unwrap_or_default();
        if leads_to(target, &id) {
            yes("the URI leads to its identifier")
        } else {
            no(format!("the URI is `{target}`"))
        }
    })
}

/// Whether a URI names this identifier: as a whole, as its fragment, or as the `ID` that it asks a service for.
fn leads_to(target: &str, id: &str) -> bool {
    let (rest, fragment) = target.split_once('#').map_or((target, None), |(rest, fragment)| (rest, Some(fragment)));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let asked = query.split('&').filter_map(|pair| pair.split_once('='));
    target == id
        || fragment == Some(id)
        || asked.filter(|(name, _)| name.eq_ignore_ascii_case("id") || *name == "AssertionID").any(|(_, of)| of == id)
}

/// Who made the signature over a node: its own or, for an element without one, that of the message around it.
fn signer(tree: &Tree, node: Node, keys: &Keys) -> Result<Verified, Flaw> {
    let signatures = Verifier::new(tree, keys);
    if tree.is(node, uri::DS, "Signature") {
        let verified = signatures.verify(node).map_err(Flaw::Fault)?;
        // Alone it is enveloped in what it signs; in the header of a message it signs other parts of that.
        let signs = in_header(tree, node) || tree.parent(node).is_some_and(|at| verified.signs(at));
        return if signs { Ok(verified) } else { Err(Flaw::Elsewhere) };
    }
    let own = tree.child(node, uri::DS, "Signature");
    let over_it: Vec<Node> = match own {
        Some(own) => vec![own],
        None => header_signatures(tree).take(MOST_SIGNATURES).collect(),
    };
    let mut complaint = Flaw::Unsigned;
    for signature in over_it {
        complaint = match signatures.verify(signature) {
            Ok(verified) if verified.signs(node) => return Ok(verified),
            Ok(_) => Flaw::Elsewhere,
            Err(fault) => Flaw::Fault(fault),
        };
    }
    Err(complaint)
}

/// Whether a signature cannot be looked at for want of the key, and not because anything is wrong with it.
fn lacks_key(fault: &SignatureFault) -> bool {
    matches!(
        &fault.reason,
        Reason::Key(KeyFault::Unknown(_) | KeyFault::Unsupported(_) | KeyFault::Encrypted(_))
            | Reason::Unsupported { .. }
    )
}

/// Why a node is not validly signed.
enum Flaw {
    Unsigned,
    Elsewhere,
    Fault(SignatureFault),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("it has no signature of its own, and the message has none in its header"),
            Self::Elsewhere => f.write_str("the signature holds, but signs another element"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

/// The signatures of the message as a whole: those in a `wsse:Security` header.
fn header_signatures(tree: &Tree) -> impl Iterator<Item = Node> + '_ {
    let header = tree.elements(tree.root()).find(|&child| is_header(tree, child));
    let headers = header.into_iter().flat_map(|header| tree.elements(header));
    let security = headers.filter(|&block| tree.is(block, uri::WSSE, "Security"));
    security.flat_map(|block| tree.elements(block)).filter(|&child| tree.is(child, uri::DS, "Signature"))
}

fn in_header(tree: &Tree, signature: Node) -> bool {
    header_signatures(tree).any(|found| found == signature)
}

fn is_header(tree: &Tree, node: Node) -> bool {
    let root = tree.name(tree.root());
    let name = tree.name(node);
    root.local == "Envelope" && name.local == "Header" && name.namespace == root.namespace
}

fn signed(verified: &Verified) -> Holding {
    yes(format!("signed by {} with {}", verified.key.found.words(), verified.algorithm))
}

/// The identifier of the issued token, whatever kind it is.
fn token_id(scene: &Scene<'_>) -> Option<String> {
    let Token::Document(token) = scene.token else { return None };
    let root = token.root();
    let attributes = [(None, "ID"), (None, "AssertionID"), (Some(uri::WSU), "Id"), (None, "Id")];
    let identifier = || token.elements(root).find(|&child| token.name(child).local == "Identifier");
    let attribute = attributes.iter().find_map(|(namespace, name)| token.attribute(root, *namespace, name));
    // A security context token is known by its Identifier, not by the Id that it happens to have in a message.
    identifier().map(|node| token.text_of(node)).or_else(|| attribute.map(str::to_owned))
}

/// The response that a node of an answer is in, or is.
fn enclosing(tree: &Tree, node: Node) -> Option<Response> {
    let responses = Answer::of(tree)?.responses;
    let mut path = std::iter::once(node).chain(tree.ancestors(node));
    path.find_map(|at| responses.iter().find(|response| response.node == at)).cloned()
}

fn yes(because: impl Into<String>) -> Holding {
    Holding::yes(because)
}

fn no(because: impl Into<String>) -> Holding {
    Holding::no(because)
}
