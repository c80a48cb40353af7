//! Decrypting what XML Encryption encrypted.

mod ciphers;
mod fault;
mod key;
mod transport;
mod wrap;

use crate::dsig::Ids;
use crate::keys::{DecryptionKeys, base64};
use crate::tree::{Node, Tree};
use crate::uri;

use ciphers::Cipher;
pub use fault::DecryptFault;
pub use key::UnwrappedKey;
pub(crate) use key::unwrap_key_within;

/// More recipients than any message has; each is a private-key operation.
const MOST_KEYS: usize = 16;

/// What was encrypted, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct Decrypted {
    /// The plain bytes: an element, content, or an octet string, as [`Decrypted::kind`] says.
    pub plaintext: Vec<u8>,
    /// The `Type` of the `EncryptedData`.
    pub kind: Option<String>,
    /// The URI of the content cipher.
    pub content_algorithm: String,
    /// How the content key was found.
    pub content_key: ContentKey,
}

/// Where a content key came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentKey {
    /// It travelled in an `EncryptedKey`.
    Transported(UnwrappedKey),
    /// It is the secret with this label.
    Known(String),
}

/// Decrypts an `xenc:EncryptedData`, or the one inside a wrapper such as `saml2:EncryptedAssertion`.
pub fn decrypt(tree: &Tree, encrypted: Node, keys: &DecryptionKeys) -> Result<Decrypted, DecryptFault> {
    let data = if tree.is(encrypted, uri::XENC, "EncryptedData") {
        encrypted
    } else {
        let inside = tree.child(encrypted, uri::XENC, "EncryptedData");
        inside.ok_or_else(|| {
            DecryptFault::Malformed(format!("`{}` holds no xenc:EncryptedData", tree.name(encrypted).local))
        })?
    };
    let ids = Ids::of(tree);
    let algorithm = algorithm(tree, data)?;
    let cipher = Cipher::from_uri(algorithm)
        .ok_or_else(|| DecryptFault::Unsupported { role: "content encryption", algorithm: algorithm.to_owned() })?;
    let content = cipher_value(tree, data)?;

    let mut faults = Vec::new();
    for candidate in candidates(tree, &ids, data, cipher, keys, &mut faults)? {
        let opened = match &candidate {
            Candidate::Encrypted(key) => cipher.decrypt(&key.bytes, &content),
            Candidate::Known(_, bytes) => cipher.decrypt(bytes, &content),
        };
        match opened {
            Ok(plaintext) => {
                let content_key = match candidate {
                    Candidate::Encrypted(key) => ContentKey::Transported(key),
                    Candidate::Known(label, _) => ContentKey::Known(label),
                };
                let kind = tree.attribute(data, None, "Type").map(str::to_owned);
                return Ok(Decrypted { plaintext, kind, content_algorithm: algorithm.to_owned(), content_key });
            }
            Err(why) => faults.push(DecryptFault::Content { algorithm: algorithm.to_owned(), why }),
        }
    }
    // A key that opened and a content that did not is nearer to the cause than a key meant for somebody else.
    let nearest = faults.iter().rposition(|fault| matches!(fault, DecryptFault::Content { .. })).unwrap_or(0);
    Err(if faults.is_empty() {
        DecryptFault::NoKey("the EncryptedData names no EncryptedKey and no known secret has the right size".into())
    } else {
        faults.swap_remove(nearest)
    })
}

/// Decrypts an `xenc:EncryptedKey` by itself: a proof key, or the key that a `KeyInfo` holds.
pub fn unwrap_key(tree: &Tree, encrypted_key: Node, keys: &DecryptionKeys) -> Result<UnwrappedKey, DecryptFault> {
    unwrap_key_within(tree, &Ids::of(tree), encrypted_key, keys)
}

impl std::fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = self.plaintext.len();
        write!(f, "Decrypted({length} bytes by {}, key {:?})", self.content_algorithm, self.content_key)
    }
}

enum Candidate {
    Encrypted(UnwrappedKey),
    Known(String, Vec<u8>),
}

/// The keys that may open the content; why others do not open goes to `faults`.
fn candidates(
    tree: &Tree,
    ids: &Ids,
    data: Node,
    cipher: Cipher,
    keys: &DecryptionKeys,
    faults: &mut Vec<DecryptFault>,
) -> Result<Vec<Candidate>, DecryptFault> {
    let encrypted = key::encrypted_keys(tree, ids, data)?;
    let mut candidates = Vec::new();
    for encrypted_key in encrypted {
        match unwrap_key_within(tree, ids, encrypted_key, keys) {
            Ok(key) => candidates.push(Candidate::Encrypted(key)),
            Err(fault) => faults.push(fault),
        }
    }
    let known = key::secrets_for(tree, data, keys).filter(|secret| secret.bytes.len() == cipher.key_len());
    candidates.extend(known.map(|secret| Candidate::Known(secret.label.clone(), secret.bytes.clone())));
    Ok(candidates)
}

/// The URI of the `EncryptionMethod`.
fn algorithm(tree: &Tree, encrypted: Node) -> Result<&str, DecryptFault> {
    let method = tree.child(encrypted, uri::XENC, "EncryptionMethod");
    method
        .and_then(|method| tree.attribute(method, None, "Algorithm"))
        .ok_or_else(|| DecryptFault::Malformed(format!("xenc:{} names no algorithm", tree.name(encrypted).local)))
}

fn cipher_value(tree: &Tree, encrypted: Node) -> Result<Vec<u8>, DecryptFault> {
    let name = tree.name(encrypted).local;
    let data = tree.child(encrypted, uri::XENC, "CipherData");
    let data = data.ok_or_else(|| DecryptFault::Malformed(format!("xenc:{name} without CipherData")))?;
    if tree.child(data, uri::XENC, "CipherReference").is_some() {
        let algorithm = "xenc:CipherReference".to_owned();
        return Err(DecryptFault::Unsupported { role: "place of the cipher text", algorithm });
    }
    let value = tree.child(data, uri::XENC, "CipherValue").map(|value| tree.text_of(value));
    value
        .and_then(|value| base64(&value))
        .ok_or_else(|| DecryptFault::Malformed(format!("xenc:{name} has no CipherValue in base64")))
}
