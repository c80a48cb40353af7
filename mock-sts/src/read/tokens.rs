//! Tokens that stand in the Body: who is represented, which key is wanted, which token is meant.

use crate::fault::TrustCode;
use crate::names::{DSIG, SAML_11, SAML_20, WSSE};
use crate::request::{AddressingVersion, UseKey};
use crate::security::{Key, KeyFound, Message, PublicKey, Token, TokenKind, binary_token};
use crate::wrong::Wrong;
use crate::xml::c14n::by_itself;
use crate::xml::tree::{Ask as _, Node};

use super::Outcome;
use super::rst::refuse;

/// The one token that an element holds.
pub(super) fn content<'a>(holder: Node<'a>, message: &Message<'a>) -> Outcome<Token> {
    let mut children = holder.elements();
    match (children.next(), children.next()) {
        (Some(only), None) if !holder.has_text() => token(only, message),
        _ => refuse(TrustCode::InvalidRequest, format!("{} does not hold one token", holder.local())),
    }
}

/// A token, a reference to one, or an endpoint.
fn token<'a>(element: Node<'a>, message: &Message<'a>) -> Outcome<Token> {
    let kind = match (element.namespace(), element.local()) {
        (WSSE, "UsernameToken") => message.represented_user(element)?,
        (WSSE, "BinarySecurityToken") => binary_token(element)?,
        (SAML_11 | SAML_20, "Assertion") => TokenKind::Assertion(Box::new(message.assertion(element)?)),
        (WSSE, "SecurityTokenReference") => return referenced(element, message),
        (DSIG, "KeyInfo") => match message.key_info(element)? {
            KeyFound::Certificate(certificate) => TokenKind::Certificate(certificate.public_key()),
            KeyFound::Bare(key) => TokenKind::Certificate(key),
            KeyFound::Assertion(assertion) => TokenKind::Assertion(assertion),
            KeyFound::Nothing(identifier) => TokenKind::Reference(identifier),
        },
        (namespace, "EndpointReference") if AddressingVersion::of(namespace).is_some() => {
            let address = element.one(namespace, "Address").map(|address| address.trimmed().into_owned());
            match address.filter(|address| !address.is_empty()) {
                Some(address) => TokenKind::Endpoint(address),
                None => return refuse(TrustCode::InvalidRequest, "An endpoint reference has no address"),
            }
        }
        (namespace, local) => TokenKind::Other(format!("{{{namespace}}}{local}")),
    };
    Ok(Token { kind, xml: by_itself(element) })
}

fn referenced<'a>(reference: Node<'a>, message: &Message<'a>) -> Outcome<Token> {
    let xml = by_itself(reference);
    match message.referenced_token(reference)? {
        // A reference to a reference was refused there, so this ends.
        Ok(element) => Ok(Token { kind: token(element, message)?.kind, xml }),
        Err(KeyFound::Certificate(certificate)) => {
            Ok(Token { kind: TokenKind::Certificate(certificate.public_key()), xml })
        }
        Err(KeyFound::Bare(key)) => Ok(Token { kind: TokenKind::Certificate(key), xml }),
        Err(KeyFound::Assertion(assertion)) => Ok(Token { kind: TokenKind::Assertion(assertion), xml }),
        Err(KeyFound::Nothing(identifier)) => Ok(Token { kind: TokenKind::Reference(identifier), xml }),
    }
}

/// The key that a token is to be bound to, and whether this message proves it.
pub(super) fn use_key<'a>(child: Node<'a>, message: &Message<'a>) -> Outcome<UseKey> {
    let wrongs = message.desk.wrongs;
    let signature = child.plain("Sig").map(str::to_owned);
    let signed_with = match &signature {
        None => None,
        Some(uri) => match uri.strip_prefix('#').and_then(|id| message.proof_of_signature(id)) {
            Some(key) => Some(key),
            None if wrongs.has(Wrong::ACCEPT_DANGLING_SIG) => None,
            None => return refuse(TrustCode::InvalidRequest, "Sig of UseKey leads to no signature of this message"),
        },
    };
    let key = match child.elements().next() {
        Some(_) => key_of(&content(child, message)?),
        None => signed_with.and_then(|key| match key {
            Key::Public(key) => Some(key.clone()),
            Key::Secret(_) => None,
        }),
    };
    let proven = key.as_ref().is_some_and(|key| match (&signature, signed_with) {
        (Some(_), Some(Key::Public(signer))) => signer.spki == key.spki,
        (Some(_), _) => false,
        (None, _) => message.proves(key),
    });
    Ok(UseKey { signature, key, proven: proven || wrongs.has(Wrong::ACCEPT_UNPROVEN_USE_KEY), xml: by_itself(child) })
}

/// The public key of a token.
fn key_of(token: &Token) -> Option<PublicKey> {
    match &token.kind {
        TokenKind::Certificate(key) => Some(key.clone()),
        TokenKind::Assertion(assertion) => match &assertion.key {
            Some(Key::Public(key)) => Some(key.clone()),
            _ => None,
        },
        _ => None,
    }
}
