//! The key that a token is bound to: none, the requestor's, or a secret made for the occasion.

use x509_parser::prelude::{FromDer as _, SubjectPublicKeyInfo};

use crate::fault::{Fault, TrustCode};
use crate::request::{Entropy, Rst, TrustVersion};
use crate::security::{Key, PublicKey, Requestor};
use crate::wrong::{Wrong, Wrongs};

/// Bearer in February 2005, by convention: that version has no URI of its own.
const NO_PROOF_KEY: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey";
/// Two misprints of the bearer URI, from the first text and the first schema of WS-Trust 1.3.
const BEARER_MISPRINTS: [&str; 2] =
    ["http://docs.oasis-open.org/ws-sx/wstrust/200512/Bearer", "http://docs.oasis-open.org/wssx/wstrust/200512/Bearer"];
/// Sizes of secrets in bits.
const SMALLEST: u32 = 128;
const DEFAULT: u32 = 256;
const LARGEST: u32 = 1024;
/// The least that a requestor has to bring, in bytes.
const LEAST_ENTROPY: usize = 16;

/// What a token is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyGrant {
    /// Nothing: whoever has it may use it. With the URI for the answer.
    Bearer(&'static str),
    /// A secret of that many bits, with the requestor's share where there is one.
    Symmetric { bits: u32, entropy: Option<Vec<u8>> },
    /// A key pair of the requestor.
    Public { key: PublicKey, bits: Option<u32> },
}

/// Decides on the key. A request without `KeyType` means a symmetric key, unless it brings a public one along.
pub(super) fn decide(rst: &Rst, requestor: &Requestor, wrongs: Wrongs) -> Result<KeyGrant, Fault> {
    if wrongs.has(Wrong::RSTR_KEY_TYPE_IGNORED) {
        return Ok(KeyGrant::Bearer(bearer_uri(rst.trust)));
    }
    let uri = rst.key_type.as_deref();
    let step = uri.map(|uri| uri.strip_prefix(rst.trust.namespace()).unwrap_or(uri));
    match step {
        None if rst.use_key.as_ref().is_some_and(|wanted| wanted.key.is_some()) => public(rst, requestor),
        None | Some("/SymmetricKey") => symmetric(rst),
        Some("/PublicKey") => public(rst, requestor),
        Some(step) if is_bearer(rst.trust, step) => Ok(KeyGrant::Bearer(bearer_uri(rst.trust))),
        Some(_) => Err(Fault::of(TrustCode::BadRequest)),
    }
}

fn is_bearer(trust: TrustVersion, step: &str) -> bool {
    let own = trust == TrustVersion::V13 && step == "/Bearer";
    own || step == NO_PROOF_KEY || BEARER_MISPRINTS.contains(&step)
}

fn bearer_uri(trust: TrustVersion) -> &'static str {
    match trust {
        TrustVersion::V13 => "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer",
        TrustVersion::V2005 => NO_PROOF_KEY,
    }
}

fn symmetric(rst: &Rst) -> Result<KeyGrant, Fault> {
    let bits = match rst.key_size {
        None => DEFAULT,
        Some(0) => return Err(Fault::because(TrustCode::InvalidRequest, "A key has at least one bit")),
        Some(bits) if bits > LARGEST => {
            let reason = format!("A key of {bits} bits is not supported; the largest has {LARGEST}");
            return Err(Fault::because(TrustCode::InvalidRequest, reason));
        }
        // At least what was asked for, in whole octets.
        Some(bits) => bits.max(SMALLEST).next_multiple_of(8),
    };
    let entropy = match &rst.entropy {
        None => None,
        Some(Entropy::Octets { octets, .. }) if octets.len() >= LEAST_ENTROPY => Some(octets.clone()),
        Some(Entropy::Octets { .. }) => {
            return Err(Fault::because(TrustCode::InvalidRequest, "Entropy of fewer than 128 bits is not accepted"));
        }
        Some(Entropy::Other) => {
            return Err(Fault::because(TrustCode::InvalidRequest, "Entropy holds a BinarySecret or an EncryptedKey"));
        }
    };
    let algorithm = rst.computed_key_algorithm.as_deref();
    let psha1 = format!("{}/CK/PSHA1", rst.trust.namespace());
    if entropy.is_some() && algorithm.is_some_and(|algorithm| algorithm != psha1) {
        return Err(Fault::because(TrustCode::BadRequest, "The algorithm for computed keys is not supported"));
    }
    Ok(KeyGrant::Symmetric { bits, entropy })
}

/// The key in `UseKey`, else the one that signed the message; both have to be proven.
fn public(rst: &Rst, requestor: &Requestor) -> Result<KeyGrant, Fault> {
    let refused = |reason: &str| Err(Fault::because(TrustCode::InvalidRequest, reason));
    let key = match (&rst.use_key, &requestor.key) {
        (Some(wanted), _) => match &wanted.key {
            Some(key) if wanted.proven => key,
            Some(_) => return refused("The request does not prove possession of the key in UseKey"),
            None => return refused("UseKey holds no public key"),
        },
        (None, Some(Key::Public(key))) => key,
        (None, _) => return refused("KeyType PublicKey needs UseKey or a signature with the key"),
    };
    Ok(KeyGrant::Public { bits: size(key), key: key.clone() })
}

fn size(key: &PublicKey) -> Option<u32> {
    let (_, info) = SubjectPublicKeyInfo::from_der(&key.spki).ok()?;
    u32::try_from(info.parsed().ok()?.key_size()).ok()
}
