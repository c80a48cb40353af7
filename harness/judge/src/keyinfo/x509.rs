//! Keys named by their certificate.

use aws_lc_rs::digest::digest;

use super::{Finder, FoundKey, KeyFault};
use crate::dsig::Hash;
use crate::keys::{Certificate, base64};
use crate::tree::Node;
use crate::uri;

impl Finder<'_> {
    /// The keys that an `X509Data` means: those of the certificates in it, else those it points out among the known.
    pub(super) fn x509_data(&self, data: Node) -> Result<Vec<FoundKey>, KeyFault> {
        let (mut carried, mut known, mut clues) = (Vec::new(), Vec::new(), Vec::new());
        for part in self.tree.elements(data) {
            let name = self.tree.name(part);
            match (name.namespace.unwrap_or_default(), name.local) {
                (uri::DS, "X509Certificate") => carried.push(self.carried(part, "X509Certificate")?),
                (uri::DS, "X509CRL") => {}
                (_, local) => {
                    let (how, clue, found) = self.pointed_out(part, local)?;
                    clues.push(clue);
                    known.extend(found.into_iter().map(|certificate| self.certificate(certificate, how)));
                }
            }
        }
        if !carried.is_empty() {
            return Ok(carried);
        }
        if known.is_empty() {
            let clues = if clues.is_empty() { "an empty X509Data".to_owned() } else { clues.join(" and ") };
            return Err(KeyFault::Unknown(clues));
        }
        Ok(known)
    }

    /// The key of a `BinarySecurityToken`.
    pub(super) fn binary_token(&self, token: Node) -> Result<Vec<FoundKey>, KeyFault> {
        match self.tree.attribute(token, None, "ValueType") {
            None | Some(uri::X509_V3) => Ok(vec![self.carried(token, "BinarySecurityToken")?]),
            Some(other) => Err(KeyFault::Unsupported(format!("a BinarySecurityToken of the type `{other}`"))),
        }
    }

    /// The known certificate with this thumbprint, key identifier, …
    pub(super) fn known(&self, clue: &str, is: impl Fn(&Certificate) -> bool) -> Result<Vec<&Certificate>, KeyFault> {
        let found: Vec<&Certificate> = self.keys.certificates.iter().filter(|certificate| is(certificate)).collect();
        if found.is_empty() { Err(KeyFault::Unknown(clue.to_owned())) } else { Ok(found) }
    }

    fn carried(&self, element: Node, how: &'static str) -> Result<FoundKey, KeyFault> {
        let der = self.binary(element)?;
        // Nearly always one that is known: reading it again would cost as much as verifying with its key.
        let found = if let Some(known) = self.keys.certificates.iter().find(|known| known.der() == der) {
            self.certificate(known, how)
        } else {
            let unknown = Certificate::from_der(&der).map_err(|why| KeyFault::unreadable(how, why))?;
            self.certificate(&unknown, how)
        };
        Ok(FoundKey { token: Some(element), ..found })
    }

    fn pointed_out(&self, part: Node, local: &str) -> Result<(&'static str, String, Vec<&Certificate>), KeyFault> {
        let text = self.tree.text_of(part);
        let all = self.keys.certificates.iter();
        Ok(match local {
            "X509IssuerSerial" => {
                let field = |name| self.tree.child(part, uri::DS, name).map(|node| self.tree.text_of(node));
                let (issuer, serial) = (field("X509IssuerName"), field("X509SerialNumber"));
                let (issuer, serial) = (issuer.unwrap_or_default(), serial.unwrap_or_default());
                let clue = format!("the certificate `{}` of the issuer `{}`", serial.trim(), issuer.trim());
                ("X509IssuerSerial", clue, all.filter(|certificate| certificate.is_issued(&issuer, &serial)).collect())
            }
            "X509SKI" => {
                let wanted = base64(&text).ok_or_else(|| KeyFault::unreadable("X509SKI", "no base64"))?;
                let found = all.filter(|certificate| certificate.key_identifier() == Some(wanted.as_slice())).collect();
                ("X509SKI", format!("the subject key identifier `{}`", text.trim()), found)
            }
            "X509SubjectName" => {
                let found = all.filter(|certificate| certificate.has_subject(&text)).collect();
                ("X509SubjectName", format!("the subject `{}`", text.trim()), found)
            }
            "X509Digest" => {
                let algorithm = self.tree.attribute(part, None, "Algorithm").unwrap_or_default();
                let hash = Hash::from_uri(algorithm)
                    .ok_or_else(|| KeyFault::Unsupported(format!("an X509Digest by `{algorithm}`")))?;
                let wanted = base64(&text).unwrap_or_default();
                let is = |found: &&Certificate| digest(hash.algorithm(), found.der()).as_ref() == wanted;
                ("X509Digest", format!("the certificate digest `{}`", text.trim()), all.filter(is).collect())
            }
            other => return Err(KeyFault::Unsupported(format!("a certificate given by `{other}`"))),
        })
    }
}
