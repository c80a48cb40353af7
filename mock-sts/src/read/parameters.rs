//! The parameters of an RST that are simple values.

use crate::fault::TrustCode;
use crate::names::WSU;
use crate::request::{AddressingVersion, AppliesTo, ClaimType, Claims, Lifetime, Renewing, TrustVersion};
use crate::wrong::{Wrong, Wrongs};
use crate::xml::c14n::by_itself;
use crate::xml::time::instant;
use crate::xml::tree::{Ask as _, Node, boolean, is_absolute_uri};

use super::Outcome;
use super::rst::refuse;

/// A parameter that is a URI.
pub(super) fn uri(child: Node<'_>) -> Outcome<String> {
    let text = child.trimmed();
    if child.elements().next().is_some() || !is_absolute_uri(&text) {
        return refuse(TrustCode::InvalidRequest, format!("{} is not an absolute URI", child.local()));
    }
    Ok(text.into_owned())
}

/// A count of bits: digits only, and not none at all.
pub(super) fn key_size(child: Node<'_>, wrongs: Wrongs) -> Outcome<Option<u32>> {
    let text = child.trimmed();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u32>() {
        Ok(size) if is_number && size > 0 => Ok(Some(size)),
        _ if wrongs.has(Wrong::ACCEPT_BAD_KEY_SIZE) => Ok(None),
        _ => refuse(TrustCode::InvalidRequest, "KeySize is not a count of bits"),
    }
}

/// A boolean.
pub(super) fn flag(child: Node<'_>, wrongs: Wrongs) -> Outcome<Option<bool>> {
    match boolean(&child.whole_text()) {
        Some(value) => Ok(Some(value)),
        None if wrongs.has(Wrong::ACCEPT_BAD_FLAG) => Ok(None),
        None => refuse(TrustCode::InvalidRequest, format!("{} is neither true nor false", child.local())),
    }
}

/// Created and Expires, each at most once; what else may be in it is not ours.
pub(super) fn lifetime(child: Node<'_>, wrongs: Wrongs) -> Outcome<Lifetime> {
    if wrongs.has(Wrong::REFUSE_EXTENSION) && child.elements().any(|part| part.namespace() != WSU) {
        return refuse(TrustCode::BadRequest, "Lifetime holds an element that is not understood");
    }
    let end = |name: &str| {
        let mut found = child.named(WSU, name);
        let Some(first) = found.next() else { return Ok(None) };
        let text = first.whole_text();
        let is_fine = text.split_once('.').is_some_and(|(_, fraction)| fraction.len() > 4);
        let at = instant(&text).filter(|instant| instant.has_zone);
        match at {
            Some(at) if found.next().is_none() && !(is_fine && wrongs.has(Wrong::REFUSE_FINE_TIME)) => Ok(Some(at.at)),
            _ => refuse(TrustCode::InvalidTimeRange, format!("{name} of Lifetime is not one time in UTC")),
        }
    };
    Ok(Lifetime { created: end("Created")?, expires: end("Expires")? })
}

/// The wish for a renewable token.
pub(super) fn renewing(child: Node<'_>) -> Outcome<Renewing> {
    let attribute = |name: &str, default| match child.plain(name).map(boolean) {
        None => Ok(default),
        Some(Some(value)) => Ok(value),
        Some(None) => refuse(TrustCode::InvalidRequest, format!("{name} of Renewing is neither true nor false")),
    };
    Ok(Renewing { allow: attribute("Allow", true)?, after_end: attribute("OK", false)? })
}

/// The scope. Whether it is one that we know is policy; here it only has to be one address to be an address.
pub(super) fn applies_to(child: Node<'_>) -> AppliesTo {
    let mut endpoints = child.elements();
    let endpoint = endpoints.next().filter(|_| endpoints.next().is_none() && !child.has_text());
    let endpoint = endpoint.filter(|endpoint| {
        endpoint.local() == "EndpointReference" && AddressingVersion::of(endpoint.namespace()).is_some()
    });
    let address = endpoint.and_then(|endpoint| {
        let mut addresses = endpoint.named(endpoint.namespace(), "Address");
        addresses.next().filter(|_| addresses.next().is_none())
    });
    let address = address.filter(|address| address.elements().next().is_none());
    AppliesTo {
        policy_namespace: child.namespace().to_owned(),
        address: address.map(|address| address.trimmed().into_owned()).filter(|address| !address.is_empty()),
        xml: by_itself(child),
    }
}

/// Claims and the types asked for. WS-Trust 1.3 requires the dialect, February 2005 does not.
pub(super) fn claims(child: Node<'_>, trust: TrustVersion, wrongs: Wrongs) -> Outcome<Claims> {
    let dialect = child.plain("Dialect").map(str::to_owned);
    if dialect.is_none() && trust == TrustVersion::V13 && !wrongs.has(Wrong::ACCEPT_CLAIMS_WITHOUT_DIALECT) {
        return refuse(TrustCode::InvalidRequest, "Claims has no Dialect");
    }
    let uri_of = |claim: Node<'_>| claim.plain("Uri").or_else(|| claim.plain("URI")).map(str::to_owned);
    let is_nameless = child.elements().any(|claim| claim.local() == "ClaimType" && uri_of(claim).is_none());
    if is_nameless && !wrongs.has(Wrong::ACCEPT_CLAIM_WITHOUT_URI) {
        return refuse(TrustCode::InvalidRequest, "A ClaimType has no Uri");
    }
    let types = child.elements().filter_map(|claim| {
        let uri = uri_of(claim)?;
        Some(ClaimType { uri, optional: claim.plain("Optional").and_then(boolean).unwrap_or(false) })
    });
    Ok(Claims { dialect, types: types.collect(), xml: by_itself(child) })
}
