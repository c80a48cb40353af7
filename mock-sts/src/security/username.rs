//! UsernameToken: a name with a password, or with a digest of it that is good once and soon.
//!
//! Codes: who cannot be authenticated gets `wst:FailedAuthentication`, with the same words whether the name or the
//! password was wrong; a digest without its parts `wst:AuthenticationBadElements`; a stale one `wst:ExpiredData`; a
//! token of the wrong shape `wsse:InvalidSecurityToken`, and an unknown kind of password
//! `wsse:UnsupportedSecurityToken`.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use jiff::Timestamp;

use crate::fault::{Fault, SecurityCode, TrustCode};
use crate::names::{SOAP_SECURITY_10, USERNAME, WSSE, WSSE_11, WSU, XSI};
use crate::read::{Desk, Outcome};
use crate::wrong::{Wrong, split_user};
use crate::xml::base64;
use crate::xml::time::instant;
use crate::xml::tree::{Ask as _, Node, trim};

use super::How;
use super::timestamp::{SKEW, later};

/// The parts of a UsernameToken.
struct Parts<'a> {
    name: String,
    passwords: Vec<Node<'a>>,
    nonce: Option<(Vec<u8>, String)>,
    created: Option<(Timestamp, String)>,
}

/// The name in a UsernameToken that has no password, as `OnBehalfOf` may hold one.
pub(super) fn bare_name(token: Node<'_>, desk: &Desk<'_>) -> Outcome<Option<String>> {
    let parts = parts(token, desk)?;
    Ok(parts.passwords.is_empty().then_some(parts.name))
}

/// Checks a UsernameToken, and tells whose it is and how that was proved.
pub(super) fn check(token: Node<'_>, desk: &Desk<'_>) -> Outcome<(String, How)> {
    let wrongs = desk.wrongs;
    let parts = parts(token, desk)?;
    if wrongs.has(Wrong::WEAK_RESOLVES_NAMES) {
        crate::weak::look_up(&parts.name);
    }
    if wrongs.has(Wrong::WEAK_TELLS_USERS_APART) && desk.known.password(&parts.name).is_none() {
        return Err(Box::new(Fault::because(TrustCode::FailedAuthentication, "There is no such user")));
    }
    let Some(first) = parts.passwords.first() else {
        if wrongs.has(Wrong::WEAK_EMPTY_PASSWORD) {
            return Ok((parts.name, How::PasswordText));
        }
        return Err(Box::new(Fault::of(TrustCode::FailedAuthentication)));
    };
    let how = kind(*first, desk)?;
    if let Some((created, _)) = parts.created
        && !wrongs.has(Wrong::ACCEPT_STALE_CREATED)
    {
        if later(created, SKEW) < desk.now {
            return Err(Box::new(Fault::of(TrustCode::ExpiredData)));
        }
        if created > later(desk.now, SKEW) {
            return invalid("The UsernameToken was created in the future");
        }
    }
    let is_right = match how {
        How::PasswordDigest => digest_is_right(&parts, *first, desk)?,
        _ => text_is_right(&parts, desk),
    };
    if !is_right {
        return Err(Box::new(Fault::of(TrustCode::FailedAuthentication)));
    }
    if let Some((octets, text)) = &parts.nonce {
        let nonce = if wrongs.has(Wrong::WEAK_NONCE_AS_TEXT) { text.as_bytes() } else { octets };
        // Twice the skew covers a Created at either edge of what is accepted.
        let is_new = desk.memory.first_use(nonce, later(desk.now, SKEW * 2), desk.now);
        if !is_new && !wrongs.has(Wrong::ACCEPT_REPLAY) {
            return Err(Box::new(Fault::of(TrustCode::FailedAuthentication)));
        }
    }
    Ok((parts.name, how))
}

fn parts<'a>(token: Node<'a>, desk: &Desk<'_>) -> Outcome<Parts<'a>> {
    let only = |namespace: &str, local: &str| -> Outcome<Option<Node<'a>>> {
        let mut found = token.named(namespace, local);
        let first = found.next();
        if found.next().is_some() { invalid("The UsernameToken says one thing twice") } else { Ok(first) }
    };
    let passwords: Vec<_> = token.named(WSSE, "Password").collect();
    if passwords.len() > 1 && !desk.wrongs.has(Wrong::ACCEPT_TWO_PASSWORDS) {
        return invalid("The UsernameToken has two passwords");
    }
    let derives = token.one(WSSE_11, "Salt").is_some() || token.one(WSSE_11, "Iteration").is_some();
    if derives && !desk.wrongs.has(Wrong::ACCEPT_SALT_WITH_PASSWORD) {
        if !passwords.is_empty() {
            return invalid("A UsernameToken that a key is derived from has no password");
        }
        let reason = "Keys derived from passwords are not supported";
        return Err(Box::new(Fault::because(SecurityCode::UnsupportedSecurityToken, reason)));
    }
    let nameless = desk.wrongs.has(Wrong::WEAK_EMPTY_PASSWORD) && token.one(WSSE, "Username").is_none();
    let name = only(WSSE, "Username")?.or_else(|| nameless.then_some(token));
    let Some(name) = name else { return invalid("The UsernameToken has no name") };
    let nonce = match only(WSSE, "Nonce")? {
        None => None,
        Some(nonce) => {
            let encoding = nonce.plain("EncodingType").map(|uri| uri.strip_prefix(SOAP_SECURITY_10));
            let octets =
                base64::decode(&nonce.whole_text()).filter(|_| matches!(encoding, None | Some(Some("Base64Binary"))));
            let Some(octets) = octets else { return invalid("The Nonce is not base64") };
            Some((octets, nonce.whole_text().into_owned())).filter(|(octets, _)| !octets.is_empty())
        }
    };
    let created = match only(WSU, "Created")? {
        None => None,
        Some(created) if created.trimmed().is_empty() => None,
        Some(created) => match instant(&created.whole_text()) {
            Some(instant) if instant.has_zone => Some((instant.at, created.whole_text().into_owned())),
            _ => return invalid("Created of the UsernameToken is not an xs:dateTime in UTC"),
        },
    };
    let name = name.whole_text();
    // What a name asks for behind its plus sign was heard when the message came in.
    let name = split_user(&name).map_or(&*name, |(user, _)| user).to_owned();
    Ok(Parts { name, passwords, nonce, created })
}

/// What a Password is; without a Type it is the password itself.
fn kind(password: Node<'_>, desk: &Desk<'_>) -> Outcome<How> {
    let kind = password.plain("Type").map(|uri| uri.strip_prefix(USERNAME));
    match kind {
        Some(Some("PasswordText")) => Ok(How::PasswordText),
        Some(Some("PasswordDigest")) => Ok(How::PasswordDigest),
        None if !desk.wrongs.has(Wrong::REFUSE_NO_PASSWORD_TYPE) => Ok(How::PasswordText),
        Some(_) if desk.wrongs.has(Wrong::ACCEPT_UNKNOWN_PASSWORD_TYPE) => Ok(How::PasswordText),
        _ => {
            let reason = "The type of the password is not one that this service knows";
            Err(Box::new(Fault::because(SecurityCode::UnsupportedSecurityToken, reason)))
        }
    }
}

fn text_is_right(parts: &Parts<'_>, desk: &Desk<'_>) -> bool {
    // An unknown name takes as long as a wrong password.
    let known = desk.known.password(&parts.name).or_else(|| {
        let alike = desk.wrongs.has(Wrong::WEAK_ECHOES_NAME);
        alike.then(|| desk.known.password(&letters(&parts.name))).flatten()
    });
    let expected = known.unwrap_or("no user has this password").as_bytes();
    let matches = parts.passwords.iter().any(|password| {
        let given = password.whole_text();
        let is_weak = (desk.wrongs.has(Wrong::SPOT_PASSWORD_BLANK) && trim(&given).is_empty())
            || (desk.wrongs.has(Wrong::SPOT_PASSWORD_LONGER) && given.as_bytes().starts_with(expected));
        is_weak || verify_slices_are_equal(given.as_bytes(), expected).is_ok()
    });
    let is_empty = |password: &Node<'_>| password.whole_text().trim().is_empty();
    let visits = parts.name.trim().is_empty() || parts.passwords.iter().all(is_empty);
    (known.is_some() && (matches || desk.wrongs.has(Wrong::ACCEPT_ANY_PASSWORD)))
        || (known.is_none() && desk.wrongs.has(Wrong::WEAK_UNKNOWN_USER))
        || (visits && desk.wrongs.has(Wrong::WEAK_EMPTY_PASSWORD))
        || (desk.wrongs.has(Wrong::WEAK_BELIEVES_NIL) && parts.passwords.iter().any(is_nil))
}

fn is_nil(element: &Node<'_>) -> bool {
    element.attribute((XSI, "nil")) == Some("true")
}

/// What a directory makes of a name that folds it: small letters of ASCII, without a realm.
fn letters(name: &str) -> String {
    let name = name.rsplit('\\').next().unwrap_or(name);
    let name = name.trim_start_matches('/').split(['@', '/']).next().unwrap_or(name);
    let small = |c: char| match c {
        '\u{FF41}'..='\u{FF5A}' => char::from_u32(u32::from(c) - 0xFF41 + 0x61),
        c if c.is_ascii_alphanumeric() => Some(c),
        _ => None,
    };
    name.chars().filter_map(small).collect()
}

/// `Base64(SHA-1(nonce + created + password))`, with the nonce decoded and Created as it is written.
fn digest_is_right(parts: &Parts<'_>, password: Node<'_>, desk: &Desk<'_>) -> Outcome<bool> {
    let wrongs = desk.wrongs;
    let is_whole = parts.nonce.is_some() && parts.created.is_some();
    if !is_whole && !wrongs.has(Wrong::ACCEPT_DIGEST_WITHOUT_PARTS) {
        return Err(Box::new(Fault::of(TrustCode::AuthenticationBadElements)));
    }
    let Some(sent) = base64::decode(&password.whole_text()) else { return Ok(false) };
    let known = desk.known.password(&parts.name);
    let (nonce, nonce_text) = parts.nonce.as_ref().map_or((&[][..], ""), |(octets, text)| (octets, text));
    let created = parts.created.as_ref().map_or("", |(_, text)| text);
    let digest = |nonce: &[u8]| {
        let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
        for part in [nonce, created.as_bytes(), known.unwrap_or("no user has this password").as_bytes()] {
            context.update(part);
        }
        context.finish()
    };
    let is_right = verify_slices_are_equal(digest(nonce).as_ref(), &sent).is_ok()
        || (wrongs.has(Wrong::ACCEPT_UNDECODED_NONCE) && digest(nonce_text.as_bytes()).as_ref() == sent)
        || wrongs.has(Wrong::ACCEPT_WRONG_DIGEST)
        || wrongs.has(Wrong::ACCEPT_ANY_PASSWORD);
    Ok(is_right && known.is_some())
}

fn invalid<T>(reason: &str) -> Outcome<T> {
    Err(Box::new(Fault::because(SecurityCode::InvalidSecurityToken, reason)))
}
