//! XML Encryption: keys to certificates, tokens to keys.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rsa::{Oaep, Pkcs1v15Encrypt};

use crate::keyring::Recipient;
use crate::names::{BASE64_BINARY, DSIG, THUMBPRINT_SHA1, WSSE, XENC, XENC_11};
use crate::random::Random;
use crate::token::algorithm::{ContentCipher, KeyTransport};
use crate::wrong::{Wrong, Wrongs};
use crate::xml::write::Writer;

const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";

/// To whom something is encrypted, and how its key travels.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) recipient: &'a Recipient,
    pub(crate) transport: KeyTransport,
    pub(crate) wrongs: Wrongs,
}

/// Writes an `xenc:EncryptedKey` that the holder of a certificate can open. `ds_declared` says whether the prefix `ds`
/// is declared outside, and in canonical form must not be again.
pub(crate) fn encrypted_key(w: &mut Writer, secret: &[u8], target: Target<'_>, ds_declared: bool, random: &mut Random) {
    let Target { recipient, transport, wrongs } = target;
    w.open("xenc:EncryptedKey").namespace("xenc", XENC);
    if wrongs.has(Wrong::ENC_KEY_HAS_RECIPIENT) {
        w.attribute("Recipient", "somebody");
    }
    w.open("xenc:EncryptionMethod").attribute("Algorithm", transport.uri());
    let sha = |w: &mut Writer, uri: &str| {
        w.open("ds:DigestMethod");
        if !ds_declared {
            w.namespace("ds", DSIG);
        }
        w.attribute("Algorithm", uri).close();
    };
    match transport {
        KeyTransport::Oaep => sha(w, "http://www.w3.org/2000/09/xmldsig#sha1"),
        KeyTransport::OaepSha256 => {
            sha(w, "http://www.w3.org/2001/04/xmlenc#sha256");
            w.open("xenc11:MGF").namespace("xenc11", XENC_11);
            w.attribute("Algorithm", "http://www.w3.org/2009/xmlenc11#mgf1sha256").close();
        }
        KeyTransport::Pkcs1 => {}
    }
    w.close();
    w.open("ds:KeyInfo");
    if !ds_declared {
        w.namespace("ds", DSIG);
    }
    w.open("wsse:SecurityTokenReference").namespace("wsse", WSSE);
    w.open("wsse:KeyIdentifier");
    if !wrongs.has(Wrong::ENC_NO_ENCODING_TYPE) {
        w.attribute("EncodingType", BASE64_BINARY);
    }
    w.attribute("ValueType", THUMBPRINT_SHA1);
    w.text(recipient.thumbprint()).close().close().close();
    let cipher = wrap(secret, recipient, transport, random);
    w.open("xenc:CipherData").leaf("xenc:CipherValue", &BASE64.encode(cipher)).close();
    w.close();
}

/// Writes the `xenc:EncryptedData` of an element; the key goes along in its `KeyInfo`, encrypted to the recipient.
pub(crate) fn encrypted_data(
    w: &mut Writer,
    element: &str,
    id: &str,
    cipher: ContentCipher,
    target: Target<'_>,
    random: &mut Random,
) {
    let key = random.bytes(cipher.key_length());
    w.open("xenc:EncryptedData").namespace("xenc", XENC).attribute("Id", id);
    if !target.wrongs.has(Wrong::ENC_NO_TYPE) {
        w.attribute("Type", ELEMENT);
    }
    if !target.wrongs.has(Wrong::ENC_NO_METHOD) {
        w.open("xenc:EncryptionMethod").attribute("Algorithm", cipher.uri()).close();
    }
    w.open("ds:KeyInfo").namespace("ds", DSIG);
    encrypted_key(w, &key, target, true, random);
    w.close();
    let content = encrypt(element.as_bytes(), &key, cipher, random);
    w.open("xenc:CipherData").leaf("xenc:CipherValue", &BASE64.encode(content)).close();
    w.close();
}

fn wrap(secret: &[u8], recipient: &Recipient, transport: KeyTransport, random: &mut Random) -> Vec<u8> {
    let wrapped = match transport {
        KeyTransport::Oaep => recipient.key().encrypt(random, Oaep::new::<sha1::Sha1>(), secret),
        KeyTransport::OaepSha256 => recipient.key().encrypt(random, Oaep::new::<sha2::Sha256>(), secret),
        KeyTransport::Pkcs1 => recipient.key().encrypt(random, Pkcs1v15Encrypt, secret),
    };
    wrapped.expect("a secret of 128 bytes at most fits into the smallest key that is let in")
}

/// The initialisation vector, then the cipher text (then the tag, in Galois/Counter mode).
fn encrypt(plain: &[u8], key: &[u8], cipher: ContentCipher, random: &mut Random) -> Vec<u8> {
    match cipher {
        ContentCipher::Aes128Cbc => cbc(plain, UnboundCipherKey::new(&AES_128, key), random),
        ContentCipher::Aes256Cbc => cbc(plain, UnboundCipherKey::new(&AES_256, key), random),
        ContentCipher::Aes128Gcm => gcm(plain, UnboundKey::new(&AES_128_GCM, key), random),
        ContentCipher::Aes256Gcm => gcm(plain, UnboundKey::new(&AES_256_GCM, key), random),
    }
}

fn cbc(plain: &[u8], key: Result<UnboundCipherKey, aws_lc_rs::error::Unspecified>, random: &mut Random) -> Vec<u8> {
    let key = key.and_then(PaddedBlockEncryptingKey::cbc_pkcs7).expect("the key has the length of its cipher");
    let vector = random.array::<16>();
    let mut text = plain.to_vec();
    let context = EncryptionContext::Iv128(FixedLength::from(&vector));
    key.less_safe_encrypt(&mut text, context).expect("CBC takes any text and a vector of one block");
    [vector.as_slice(), &text].concat()
}

fn gcm(plain: &[u8], key: Result<UnboundKey, aws_lc_rs::error::Unspecified>, random: &mut Random) -> Vec<u8> {
    let key = LessSafeKey::new(key.expect("the key has the length of its cipher"));
    let vector = random.array::<12>();
    let mut text = plain.to_vec();
    let sealed = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(vector), Aad::empty(), &mut text);
    sealed.expect("a token is far shorter than the limit of the mode");
    [vector.as_slice(), &text].concat()
}
