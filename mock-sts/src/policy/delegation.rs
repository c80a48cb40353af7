//! Tokens about somebody else: `OnBehalfOf` (the token is about that person) and `ActAs` (and says who acts); and
//! tokens for somebody else: `DelegateTo` (that one may use it) and `Delegatable` (others may have tokens made from it).

use super::Policy;
use crate::fault::{Fault, TrustCode};
use crate::request::Rst;
use crate::security::{Certificate, PublicKey, Requestor, SamlVersion, Standing, Token, TokenKind};
use crate::wrong::{Wrong, Wrongs};

/// Whom a token is about, and who acts, where that is somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parties {
    pub(super) subject: String,
    pub(super) actor: Option<String>,
}

/// Decides whom the token is about.
pub(super) fn decide(rst: &Rst, requestor: &Requestor, policy: &Policy, wrongs: Wrongs) -> Result<Parties, Fault> {
    let (token, acts) = match (&rst.on_behalf_of, &rst.act_as) {
        (None, None) => return Ok(Parties { subject: requestor.name.clone(), actor: None }),
        (Some(_), Some(_)) => {
            return Err(Fault::because(TrustCode::InvalidRequest, "OnBehalfOf and ActAs exclude each other"));
        }
        (Some(token), None) => (token, false),
        (None, Some(token)) => (token, true),
    };
    if policy.no_delegation.contains(&requestor.name) {
        return Err(Fault::because(TrustCode::RequestFailed, "The requestor may not ask for tokens about others"));
    }
    let mut subject = named(token, policy, wrongs)?;
    if wrongs.has(Wrong::TOKEN_REQUESTOR_INSTEAD) {
        subject.clone_from(&requestor.name);
    }
    Ok(Parties { subject, actor: acts.then(|| requestor.name.clone()) })
}

/// What a token says about being passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PassingOn {
    /// Who else may use it.
    pub(crate) to: Option<String>,
    /// Whether other tokens may be made from it, where the request spoke of that.
    pub(crate) allowed: Option<bool>,
}

/// Decides on `DelegateTo` and `Delegatable` (WS-Trust 1.4, 9.3).
///
/// SAML 2.0 has words for both. SAML 1.1 has none: it cannot name a delegate, and what is true of all its tokens here,
/// that others can be made from them, is what the answer says.
pub(super) fn passing_on(rst: &Rst, version: SamlVersion, policy: &Policy, wrongs: Wrongs) -> Result<PassingOn, Fault> {
    let allowed = rst.delegatable.map(|wish| wish || version == SamlVersion::V11);
    let Some(token) = &rst.delegate_to else { return Ok(PassingOn { to: None, allowed }) };
    if version == SamlVersion::V11 {
        return Err(Fault::because(TrustCode::RequestFailed, "A SAML 1.1 token cannot say who else may use it"));
    }
    let to = match &token.kind {
        TokenKind::Certificate(PublicKey { certificate: Some(der), .. }) => Certificate::read(der)
            .map(|certificate| certificate.name)
            .map_err(|_| Fault::of(TrustCode::RequestFailed))?,
        // Who is only named here is not spoken for: the assertion is not passed on by that.
        TokenKind::Assertion(assertion) if assertion.standing == Standing::Good => assertion.subject.clone(),
        _ => named(token, policy, wrongs)?,
    };
    Ok(PassingOn { to: Some(to), allowed })
}

fn named(token: &Token, policy: &Policy, wrongs: Wrongs) -> Result<String, Fault> {
    match &token.kind {
        TokenKind::Username { name, .. } if policy.user(name).is_some() => Ok(name.clone()),
        TokenKind::Assertion(assertion) => match assertion.standing {
            Standing::Good if !assertion.may_be_passed_on => {
                Err(Fault::because(TrustCode::RequestFailed, "The assertion says that no other may be made from it"))
            }
            Standing::Good => Ok(assertion.subject.clone()),
            Standing::Revoked => Err(Fault::of(TrustCode::InvalidSecurityToken)),
            Standing::Expired => Err(Fault::of(TrustCode::ExpiredData)),
            Standing::Early | Standing::Untrusted | Standing::Broken => Err(Fault::of(TrustCode::RequestFailed)),
        },
        TokenKind::Reference(name) if wrongs.has(Wrong::ACCEPT_ODD_REFERENCE) && policy.user(name).is_some() => {
            Ok(name.clone())
        }
        // An unknown user gets the same words as a token of an unknown kind, so that names cannot be tried out.
        _ => Err(Fault::of(TrustCode::RequestFailed)),
    }
}
