//! Which algorithms and keys are used: those that were granted, unless a misbehaviour uses others behind the answer's
//! back.

use std::sync::LazyLock;

use crate::keyring::Recipient;
use crate::keys;
use crate::policy::Grant;
use crate::token::algorithm::{ContentCipher, KeyTransport, SignatureAlgorithm};
use crate::wrong::{Wrong, Wrongs};

static SOMEBODY_ELSE: LazyLock<Recipient> = LazyLock::new(|| {
    Recipient::from_der(keys::client_untrusted().certificate()).expect("the published certificate has an RSA key")
});

/// What a token is made with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used<'a> {
    pub(crate) signature: SignatureAlgorithm,
    pub(crate) cipher: ContentCipher,
    pub(crate) transport: KeyTransport,
    pub(crate) recipient: &'a Recipient,
}

/// The algorithms for a token.
pub(crate) fn used<'a>(grant: &'a Grant<'_>, wrongs: Wrongs) -> Used<'a> {
    let mut used = Used {
        signature: grant.signature,
        cipher: grant.cipher,
        transport: grant.transport,
        recipient: &grant.recipient,
    };
    if wrongs.is_empty() {
        return used;
    }
    if wrongs.has(Wrong::SIG_SHA1) {
        used.signature = SignatureAlgorithm::RsaSha1;
    }
    if wrongs.has(Wrong::SIG_OTHER_ALGORITHM) {
        used.signature = match grant.signature {
            SignatureAlgorithm::RsaSha512 => SignatureAlgorithm::RsaSha256,
            _ => SignatureAlgorithm::RsaSha512,
        };
    }
    if wrongs.has(Wrong::SIG_FOLLOWS_SIGN_WITH) {
        used.signature = grant.sign_with.and_then(similar_signature).unwrap_or(grant.signature);
    }
    if wrongs.has(Wrong::ENC_OTHER_CIPHER) {
        used.cipher = match grant.cipher {
            ContentCipher::Aes128Gcm => ContentCipher::Aes256Cbc,
            _ => ContentCipher::Aes128Gcm,
        };
    }
    if wrongs.has(Wrong::ENC_FOLLOWS_ENCRYPT_WITH) {
        used.cipher = grant.encrypt_with.and_then(ContentCipher::from_uri).unwrap_or(grant.cipher);
    }
    if wrongs.has(Wrong::ENC_OTHER_TRANSPORT) {
        used.transport = match grant.transport {
            KeyTransport::Pkcs1 => KeyTransport::Oaep,
            _ => KeyTransport::Pkcs1,
        };
    }
    if wrongs.has(Wrong::ENC_OTHER_RECIPIENT) {
        used.recipient = &SOMEBODY_ELSE;
    }
    used
}

/// A client may name an HMAC, which no token is signed with here: the digest is followed at least.
fn similar_signature(uri: &str) -> Option<SignatureAlgorithm> {
    SignatureAlgorithm::from_uri(uri).or(match uri.rsplit_once('#')?.1 {
        "hmac-sha1" => Some(SignatureAlgorithm::RsaSha1),
        "hmac-sha256" => Some(SignatureAlgorithm::EcdsaSha256),
        "hmac-sha384" => Some(SignatureAlgorithm::RsaSha384),
        "hmac-sha512" => Some(SignatureAlgorithm::RsaSha512),
        _ => None,
    })
}
