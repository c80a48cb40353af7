//! Finding and opening the keys that content is encrypted with.

use super::fault::DecryptFault;
use super::transport::{Hash, Transport};
use super::{algorithm, cipher_value, wrap};
use crate::dsig::Ids;
use crate::keys::{DecryptionKeys, Secret, base64};
use crate::tree::{Node, Tree};
use crate::uri;

/// Keys that wrap keys that wrap keys: this many are followed.
const DEEPEST: usize = 4;

/// A key that came encrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct UnwrappedKey {
    /// The key itself.
    pub bytes: Vec<u8>,
    /// The URI of the key transport or key wrap.
    pub algorithm: String,
    /// The URI of the digest that OAEP was told to use.
    pub digest: Option<String>,
    /// The URI of the mask generation function that OAEP was told to use.
    pub mask: Option<String>,
    /// The label of the key that opened it.
    pub opened_by: String,
}

impl std::fmt::Debug for UnwrappedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UnwrappedKey({} bits by {}, opened by {})", self.bytes.len() * 8, self.algorithm, self.opened_by)
    }
}

/// Opens an `EncryptedKey`.
pub(crate) fn unwrap_key_within(
    tree: &Tree,
    ids: &Ids,
    encrypted_key: Node,
    keys: &DecryptionKeys,
) -> Result<UnwrappedKey, DecryptFault> {
    unwrap_at(tree, ids, encrypted_key, keys, 0)
}

fn unwrap_at(
    tree: &Tree,
    ids: &Ids,
    node: Node,
    keys: &DecryptionKeys,
    depth: usize,
) -> Result<UnwrappedKey, DecryptFault> {
    if !tree.is(node, uri::XENC, "EncryptedKey") {
        return Err(DecryptFault::Malformed(format!("`{}` is no xenc:EncryptedKey", tree.name(node).local)));
    }
    let uri = algorithm(tree, node)?;
    let data = cipher_value(tree, node)?;
    let key = |bytes, opened_by: &str, digest, mask| UnwrappedKey {
        bytes,
        algorithm: uri.to_owned(),
        digest,
        mask,
        opened_by: opened_by.to_owned(),
    };
    let mut tried = Vec::new();
    if let Some(size) = wrap_size(uri) {
        for (label, wrapping) in wrapping_keys(tree, ids, node, keys, depth)? {
            match wrap::unwrap(&wrapping, &data) {
                _ if wrapping.len() != size => tried.push(format!("`{label}` has {} bits", wrapping.len() * 8)),
                Some(bytes) => return Ok(key(bytes, &label, None, None)),
                None => tried.push(format!("`{label}` does not unwrap it")),
            }
        }
    } else {
        let (transport, parameters) = transport(tree, node, uri)?;
        for private in &keys.private {
            match transport.decrypt(private, &parameters.label, &data) {
                Ok(bytes) => return Ok(key(bytes, private.label(), parameters.digest, parameters.mask)),
                Err(why) => tried.push(format!("`{}`: {why}", private.label())),
            }
        }
    }
    if tried.is_empty() {
        return Err(DecryptFault::NoKey(format!("nothing at hand could open an EncryptedKey by {uri}")));
    }
    Err(DecryptFault::Key { algorithm: uri.to_owned(), why: tried.join("; ") })
}

/// The `EncryptedKey`s that may hold the key of this `EncryptedData`, the most explicitly named first.
pub(super) fn encrypted_keys(tree: &Tree, ids: &Ids, data: Node) -> Result<Vec<Node>, DecryptFault> {
    let mut found = Vec::new();
    if let Some(key_info) = tree.child(data, uri::DS, "KeyInfo") {
        for clue in tree.elements(key_info) {
            let name = tree.name(clue);
            match (name.namespace.unwrap_or_default(), name.local) {
                (uri::XENC, "EncryptedKey") => found.push(clue),
                (uri::DS, "RetrievalMethod") => found.extend(pointed(tree, ids, clue)?),
                (uri::WSSE, "SecurityTokenReference") => {
                    for form in tree.elements(clue) {
                        if tree.is(form, uri::WSSE, "Reference") {
                            found.extend(pointed(tree, ids, form)?);
                        } else if tree.is(form, uri::XENC, "EncryptedKey") {
                            found.push(form);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    let siblings = tree.parent(data).into_iter().flat_map(|parent| tree.elements(parent));
    found.extend(siblings.filter(|&node| tree.is(node, uri::XENC, "EncryptedKey")));
    if let Some(id) = tree.attribute(data, None, "Id") {
        let naming = tree.descendants(tree.root()).filter(|&node| tree.is(node, uri::XENC, "EncryptedKey"));
        found.extend(naming.filter(|&key| lists(tree, key, id)));
    }
    let mut distinct = Vec::new();
    for key in found {
        if distinct.len() == super::MOST_KEYS {
            break;
        }
        if !distinct.contains(&key) {
            distinct.push(key);
        }
    }
    Ok(distinct)
}

/// The secrets that a `KeyName` names; without one every secret.
pub(super) fn secrets_for<'k>(
    tree: &Tree,
    encrypted: Node,
    keys: &'k DecryptionKeys,
) -> impl Iterator<Item = &'k Secret> + 'k {
    let key_info = tree.child(encrypted, uri::DS, "KeyInfo");
    let name = key_info.and_then(|info| tree.child(info, uri::DS, "KeyName")).map(|name| tree.text_of(name));
    let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    keys.secrets
        .iter()
        .filter(move |secret| name.as_ref().is_none_or(|name| *name == secret.label || secret.names.contains(name)))
}

/// The keys that may have wrapped this one: known secrets, or a key that is itself encrypted.
fn wrapping_keys(
    tree: &Tree,
    ids: &Ids,
    node: Node,
    keys: &DecryptionKeys,
    depth: usize,
) -> Result<Vec<(String, Vec<u8>)>, DecryptFault> {
    let mut wrapping: Vec<_> =
        secrets_for(tree, node, keys).map(|secret| (secret.label.clone(), secret.bytes.clone())).collect();
    if depth < DEEPEST {
        let key_info = tree.child(node, uri::DS, "KeyInfo");
        let inner = key_info.and_then(|key_info| tree.child(key_info, uri::XENC, "EncryptedKey"));
        if let Some(inner) = inner {
            let key = unwrap_at(tree, ids, inner, keys, depth + 1)?;
            wrapping.push((format!("a key opened by {}", key.opened_by), key.bytes));
        }
    }
    Ok(wrapping)
}

fn pointed(tree: &Tree, ids: &Ids, reference: Node) -> Result<Option<Node>, DecryptFault> {
    let target = tree.attribute(reference, None, "URI").and_then(|uri| uri.strip_prefix('#'));
    let found = target.map(|id| ids.find(tree, id)).transpose().map_err(DecryptFault::Identifier)?;
    Ok(found.filter(|&node| tree.is(node, uri::XENC, "EncryptedKey")))
}

fn lists(tree: &Tree, key: Node, id: &str) -> bool {
    let list = tree.child(key, uri::XENC, "ReferenceList");
    list.into_iter().flat_map(|list| tree.elements(list)).any(|entry| {
        tree.is(entry, uri::XENC, "DataReference")
            && tree.attribute(entry, None, "URI").and_then(|uri| uri.strip_prefix('#')) == Some(id)
    })
}

fn wrap_size(uri: &str) -> Option<usize> {
    match uri {
        "http://www.w3.org/2001/04/xmlenc#kw-aes128" => Some(16),
        "http://www.w3.org/2001/04/xmlenc#kw-aes192" => Some(24),
        "http://www.w3.org/2001/04/xmlenc#kw-aes256" => Some(32),
        _ => None,
    }
}

#[derive(Default)]
struct Parameters {
    label: Vec<u8>,
    digest: Option<String>,
    mask: Option<String>,
}

fn transport(tree: &Tree, node: Node, uri: &str) -> Result<(Transport, Parameters), DecryptFault> {
    let unsupported = |role, algorithm: &str| DecryptFault::Unsupported { role, algorithm: algorithm.to_owned() };
    let fixed_mask = match uri {
        "http://www.w3.org/2001/04/xmlenc#rsa-1_5" => return Ok((Transport::Pkcs1, Parameters::default())),
        "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p" => true,
        "http://www.w3.org/2009/xmlenc11#rsa-oaep" => false,
        other => return Err(unsupported("key transport", other)),
    };
    let method = tree.child(node, uri::XENC, "EncryptionMethod");
    let child = |namespace, name| method.and_then(|method| tree.child(method, namespace, name));
    let named =
        |node: Option<Node>| node.map(|node| tree.attribute(node, None, "Algorithm").unwrap_or_default().to_owned());
    let digest = named(child(uri::DS, "DigestMethod"));
    // The older URI fixes the mask to SHA-1 by its name, whatever stands inside.
    let mask = if fixed_mask { None } else { named(child(uri::XENC11, "MGF")) };
    let label = match child(uri::XENC, "OAEPparams").map(|label| base64(&tree.text_of(label))) {
        Some(None) => return Err(DecryptFault::Malformed("xenc:OAEPparams that are no base64".into())),
        Some(Some(label)) => label,
        None => Vec::new(),
    };
    let digest_hash = match &digest {
        Some(uri) => Hash::from_digest_uri(uri).ok_or_else(|| unsupported("OAEP digest", uri))?,
        None => Hash::Sha1,
    };
    let mask_hash = match &mask {
        Some(uri) => Hash::from_mask_uri(uri).ok_or_else(|| unsupported("OAEP mask", uri))?,
        None => Hash::Sha1,
    };
    Ok((Transport::Oaep { digest: digest_hash, mask: mask_hash }, Parameters { label, digest, mask }))
}
