//! Keys that were encrypted for us.

use rsa::pkcs8::DecodePrivateKey as _;
use rsa::{Oaep, RsaPrivateKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::fault::{Fault, SecurityCode};
use crate::names::{DSIG, XENC, XENC_11};
use crate::read::Outcome;
use crate::xml::base64;
use crate::xml::tree::{Ask as _, Node};

use super::Acquaintance;
use super::algorithm::{Hash, unsupported};

/// Opens an `EncryptedKey` with one of our keys. Only OAEP: the older padding tells secrets to who may ask often.
pub(crate) fn encrypted_key(element: Node<'_>, known: &Acquaintance) -> Outcome<Vec<u8>> {
    let failed = || Box::new(Fault::of(SecurityCode::FailedCheck));
    let Some(method) = element.one(XENC, "EncryptionMethod") else { return Err(failed()) };
    let digest = match method.one(DSIG, "DigestMethod") {
        None => Hash::Sha1,
        Some(digest) => Hash::of(digest.plain("Algorithm").unwrap_or(""))?,
    };
    let mask = match method.plain("Algorithm") {
        Some("http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p") => Hash::Sha1,
        Some("http://www.w3.org/2009/xmlenc11#rsa-oaep") => match method.one(XENC_11, "MGF") {
            None => Hash::Sha1,
            Some(mask) => match mask.plain("Algorithm") {
                Some("http://www.w3.org/2009/xmlenc11#mgf1sha1") => Hash::Sha1,
                Some("http://www.w3.org/2009/xmlenc11#mgf1sha256") => Hash::Sha256,
                Some("http://www.w3.org/2009/xmlenc11#mgf1sha384") => Hash::Sha384,
                Some("http://www.w3.org/2009/xmlenc11#mgf1sha512") => Hash::Sha512,
                _ => return unsupported(),
            },
        },
        _ => return unsupported(),
    };
    let value = element.one(XENC, "CipherData").and_then(|data| data.one(XENC, "CipherValue"));
    let cipher = value.and_then(|value| base64::decode(&value.whole_text())).ok_or_else(failed)?;
    let opened = known.private_keys().iter().find_map(|pkcs8| {
        let key = RsaPrivateKey::from_pkcs8_der(pkcs8).ok()?;
        key.decrypt(padding(digest, mask), &cipher).ok()
    });
    opened.ok_or_else(failed)
}

fn padding(digest: Hash, mask: Hash) -> Oaep {
    fn with<D>(mask: Hash) -> Oaep
    where
        D: 'static + sha2::Digest + sha1::digest::DynDigest + Send + Sync,
    {
        match mask {
            Hash::Sha1 => Oaep::new_with_mgf_hash::<D, Sha1>(),
            Hash::Sha256 => Oaep::new_with_mgf_hash::<D, Sha256>(),
            Hash::Sha384 => Oaep::new_with_mgf_hash::<D, Sha384>(),
            Hash::Sha512 => Oaep::new_with_mgf_hash::<D, Sha512>(),
        }
    }
    match digest {
        Hash::Sha1 => with::<Sha1>(mask),
        Hash::Sha256 => with::<Sha256>(mask),
        Hash::Sha384 => with::<Sha384>(mask),
        Hash::Sha512 => with::<Sha512>(mask),
    }
}
