//! The predicates that need keys: signatures, references and what a token confirms.

mod proof;
mod structure;

use crate::dsig::{Ids, Verified, Verifier};
use crate::keyinfo::{Finder, FoundKey, Material, Target};
use crate::keys::{Carried, DecryptionKeys, Keys, PublicKey};
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
    client_key: Option<PublicKey>,
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

    /// The requestor's public key, and what it opens a proof key with.
    #[must_use]
    pub fn client(mut self, key: Option<PublicKey>, decryption: DecryptionKeys) -> Self {
        (self.client_key, self.client) = (key, decryption);
        self
    }

    fn signature_valid(&self, tree: &Tree, node: Node) -> Option<Holding> {
        if self.trusts_nothing() {
            return None;
        }
        let signatures = Verifier::new(tree, &self.keys);
        if tree.is(node, uri::DS, "Signature") {
            return Some(match signatures.verify(node) {
                Err(fault) => no(fault.to_string()),
                // Alone it is enveloped in what it signs; in the header of a message it signs other parts of that.
                Ok(verified) if in_header(tree, node) || tree.parent(node).is_some_and(|at| verified.signs(at)) => {
                    signed(&verified)
                }
                Ok(_) => no("the signature holds, but signs another element"),
            });
        }
        // Its own signature has to hold; only an element without one may lean on that of the message around it.
        let own = tree.child(node, uri::DS, "Signature");
        let over_it: Vec<Node> = match own {
            Some(own) => vec![own],
            None => header_signatures(tree).take(MOST_SIGNATURES).collect(),
        };
        let mut complaint = no("it has no signature of its own, and the message has none in its header");
        for signature in over_it {
            complaint = match signatures.verify(signature) {
                Ok(verified) if verified.signs(node) => return Some(signed(&verified)),
                Ok(_) => no("the signature holds, but signs another element"),
                Err(fault) => no(fault.to_string()),
            };
        }
        Some(complaint)
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
        let wanted = Material::Public(self.client_key.clone()?);
        let ids = Ids::of(tree);
        Some(match Finder::new(tree, &ids, &self.keys).keys_of(key_info) {
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
    let form = tree.elements(reference).next();
    let Some(form) = form else { return Some(no("an empty SecurityTokenReference")) };
    Some(if tree.is(form, uri::WSSE, "KeyIdentifier") {
        let text = tree.text_of(form);
        if text.trim() == id { yes("the KeyIdentifier is its identifier") } else { no(format!("it says `{text}`")) }
    } else {
        let target = tree.attribute(form, None, "URI").unwrap_or_default();
        if target.contains(&id) { yes("the URI holds its identifier") } else { no(format!("the URI is `{target}`")) }
    })
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
    Holding { holds: true, because: because.into() }
}

fn no(because: impl Into<String>) -> Holding {
    Holding { holds: false, because: because.into() }
}
