//! Tokens about somebody else: `OnBehalfOf` (the token is about that person) and `ActAs` (and says who acts).

use super::Policy;
use crate::fault::{Fault, TrustCode};
use crate::request::Rst;
use crate::security::{Requestor, Standing, Token, TokenKind};
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

fn named(token: &Token, policy: &Policy, wrongs: Wrongs) -> Result<String, Fault> {
    match &token.kind {
        TokenKind::Username { name, .. } if policy.user(name).is_some() => Ok(name.clone()),
        TokenKind::Assertion(assertion) => match assertion.standing {
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
