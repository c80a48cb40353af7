//! One request, decided: everything that the token and the answer will say, or the fault.

use super::delegation::PassingOn;
use super::lifetime::Validity;
use super::{CLAIMS, KeyGrant, Policy, ROLE_CLAIM, RelyingParty, delegation, key, lifetime};
use crate::fault::{Code, Fault, TrustCode};
use crate::keyring::Recipient;
use crate::names::{SAML_11, SAML_20, TOKEN_SAML_11, TOKEN_SAML_20};
use crate::request::{Claims, Request, RequestType, Rst};
use crate::security::{How, SamlVersion, Token, TokenKind};
use crate::token::algorithm::{ContentCipher, KeyTransport, SignatureAlgorithm};
use crate::wrong::{Wrong, Wrongs};

const CLAIM_DIALECTS: [&str; 2] = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity",
    "http://docs.oasis-open.org/wsfed/authorization/200706/authclaims",
];

/// What is granted.
#[derive(Debug, Clone)]
pub(crate) struct Grant<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) version: SamlVersion,
    /// The token type in the words of the request, where it asked for this one.
    pub(crate) token_type: &'a str,
    pub(crate) audience: Option<&'a str>,
    pub(crate) subject: String,
    /// Who acts for the subject, if that is somebody else.
    pub(crate) actor: Option<String>,
    pub(crate) passing_on: PassingOn,
    pub(crate) claims: Vec<(String, Vec<String>)>,
    pub(crate) validity: Validity,
    pub(crate) key: KeyGrant,
    pub(crate) password: bool,
    pub(crate) signature: SignatureAlgorithm,
    /// To whom secrets in the token (and the token, where it is encrypted) are encrypted.
    pub(crate) recipient: Recipient,
    /// Whether the token is encrypted as a whole.
    pub(crate) encrypted: bool,
    pub(crate) cipher: ContentCipher,
    pub(crate) transport: KeyTransport,
    /// What the requestor will sign and encrypt with: never what the token is made with.
    pub(crate) sign_with: Option<&'a str>,
    pub(crate) encrypt_with: Option<&'a str>,
    /// To whom the proof is encrypted; in clear when there is nobody.
    pub(crate) proof_recipient: Option<Recipient>,
}

impl Policy {
    /// Decides on a request.
    pub(crate) fn decide<'a>(
        &'a self,
        request: &'a Request,
        now: jiff::Timestamp,
        wrongs: Wrongs,
    ) -> Result<Grant<'a>, Fault> {
        let rst = &request.rst;
        if rst.request_type.is_some_and(|kind| kind != RequestType::Issue) {
            return Err(Fault::because(TrustCode::BadRequest, "This service issues tokens and does nothing else"));
        }
        refuse_unsupported(rst)?;
        let party = self.scope(rst, wrongs)?;
        let (version, token_type) = token_type(rst, party, wrongs)?;
        let parties = delegation::decide(rst, &request.requestor, self, wrongs)?;
        let passing_on = delegation::passing_on(rst, version, self, wrongs)?;
        let key = key::decide(rst, &request.requestor, wrongs)?;
        let validity = lifetime::decide(rst.lifetime, now, self, wrongs)?;
        let encryption = recipient_of(rst.encryption.as_ref())?;
        let proof_encryption = recipient_of(rst.proof_encryption.as_ref())?;
        Ok(Grant {
            issuer: &self.issuer,
            version,
            token_type,
            audience: rst.applies_to.as_ref().and_then(|scope| scope.address.as_deref()),
            claims: self.claims(rst, &parties.subject)?,
            subject: parties.subject,
            actor: parties.actor,
            passing_on,
            validity,
            key,
            password: matches!(request.requestor.how, How::PasswordText | How::PasswordDigest),
            signature: named(rst.signature_algorithm.as_ref(), SignatureAlgorithm::from_uri).unwrap_or(self.signature),
            recipient: encryption.unwrap_or_else(|| party.recipient.clone()),
            encrypted: party.encrypts && !wrongs.has(Wrong::ENC_NOT_AT_ALL),
            cipher: named(rst.encryption_algorithm.as_ref(), ContentCipher::from_uri)
                .unwrap_or(ContentCipher::Aes256Cbc),
            transport: named(rst.key_wrap_algorithm.as_ref(), KeyTransport::from_uri).unwrap_or(KeyTransport::Oaep),
            sign_with: rst.sign_with.as_deref(),
            encrypt_with: rst.encrypt_with.as_deref(),
            proof_recipient: proof_encryption.or_else(|| signer(&request.requestor.how)),
        })
    }

    fn scope(&self, rst: &Rst, wrongs: Wrongs) -> Result<&RelyingParty, Fault> {
        let Some(applies_to) = &rst.applies_to else { return Ok(&self.implied) };
        let address = applies_to.address.as_deref().unwrap_or_default();
        let known = self.relying_parties.iter().find(|party| address.starts_with(&party.prefix));
        match known {
            Some(party) => Ok(party),
            None if wrongs.has(Wrong::ACCEPT_UNKNOWN_SCOPE) => Ok(&self.implied),
            None => Err(Fault::of(TrustCode::InvalidScope)),
        }
    }

    /// What the token says about its subject: all that is known, or what was asked for.
    fn claims(&self, rst: &Rst, subject: &str) -> Result<Vec<(String, Vec<String>)>, Fault> {
        // Certificates name people that no table has: what is known of them is their name.
        let known = self
            .user(subject)
            .map_or_else(|| vec![(format!("{CLAIMS}/name"), vec![subject.to_owned()])], |user| user.claims.clone());
        let Some(claims) = &rst.claims else { return Ok(known) };
        check_dialect(claims)?;
        if claims.types.is_empty() {
            return Ok(known);
        }
        for wanted in claims.types.iter().filter(|wanted| !wanted.optional) {
            if !known.iter().any(|(uri, _)| same_claim(uri, &wanted.uri)) {
                return Err(Fault::because(TrustCode::InvalidRequest, "A claim that is asked for is not available"));
            }
        }
        Ok(known
            .into_iter()
            .filter(|(uri, _)| claims.types.iter().any(|wanted| same_claim(uri, &wanted.uri)))
            .collect())
    }
}

/// Elements that the reading half knows and that nothing here acts on. Some change what the token would be for, and
/// a token that ignores them would say too much: who shares it (`Participants`, WS-Trust 1.4, 9.5), or that a
/// negotiation has begun (`BinaryExchange`, 8.4; `RequestKET`, 8.5).
///
/// What a service does not support it may refuse with `InvalidRequest` or a more specific code (section 3).
/// `BadRequest` is the more specific one: such a request is well formed, and not one that is understood here (11).
fn refuse_unsupported(rst: &Rst) -> Result<(), Fault> {
    let ignored_in_silence = |local: &str| matches!(local, "Participants" | "BinaryExchange" | "RequestKET");
    match rst.others.iter().find(|other| ignored_in_silence(&other.local)) {
        Some(other) => Err(Fault::because(TrustCode::BadRequest, format!("{} is not supported", other.local))),
        None => Ok(()),
    }
}

fn token_type<'a>(rst: &'a Rst, party: &RelyingParty, wrongs: Wrongs) -> Result<(SamlVersion, &'a str), Fault> {
    let by_namespace = |version| match version {
        SamlVersion::V11 => SAML_11,
        SamlVersion::V20 => SAML_20,
    };
    let (version, uri) = match rst.token_type.as_deref() {
        None => (party.token, by_namespace(party.token)),
        Some(uri @ (SAML_11 | TOKEN_SAML_11)) => (SamlVersion::V11, uri),
        Some(uri @ (SAML_20 | TOKEN_SAML_20)) => (SamlVersion::V20, uri),
        Some(_) => return Err(Fault::because(TrustCode::BadRequest, "The requested token type is not supported")),
    };
    // What the scope needs goes before what was asked for; the answer then shows the change.
    if party.only && version != party.token {
        return Ok((party.token, by_namespace(party.token)));
    }
    if wrongs.has(Wrong::RSTR_OTHER_TOKEN_TYPE) {
        let other = if version == SamlVersion::V11 { SamlVersion::V20 } else { SamlVersion::V11 };
        return Ok((other, by_namespace(other)));
    }
    Ok((version, uri))
}

/// Which dialects can be read. Whether there has to be one is the business of the reading half.
fn check_dialect(claims: &Claims) -> Result<(), Fault> {
    match claims.dialect.as_deref() {
        Some(dialect) if !CLAIM_DIALECTS.contains(&dialect) => Err(Fault::of(Code::UnsupportedClaimsDialect)),
        _ => Ok(()),
    }
}

fn same_claim(ours: &str, wanted: &str) -> bool {
    ours == wanted || (ours == ROLE_CLAIM && wanted == format!("{CLAIMS}/role"))
}

fn named<T>(uri: Option<&String>, find: impl Fn(&str) -> Option<T>) -> Option<T> {
    uri.and_then(|uri| find(uri))
}

fn recipient_of(token: Option<&Token>) -> Result<Option<Recipient>, Fault> {
    let Some(token) = token else { return Ok(None) };
    if let TokenKind::Certificate(key) = &token.kind
        && let Some(Ok(recipient)) = key.certificate.as_deref().map(Recipient::from_der)
    {
        return Ok(Some(recipient));
    }
    Err(Fault::because(TrustCode::InvalidRequest, "Only an RSA certificate can be encrypted to"))
}

/// Who signed with a certificate gets secrets encrypted to it; a certificate without an RSA key cannot be used so.
fn signer(how: &How) -> Option<Recipient> {
    match how {
        How::Certificate(certificate) => Recipient::from_der(certificate).ok(),
        _ => None,
    }
}
