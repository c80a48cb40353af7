//! SAML assertions that come in a request: read, and weighed once.
//!
//! Codes, after the SAML token profile: a signature that does not hold `wsse:FailedCheck`; an issuer that is not known,
//! a period or an audience that does not fit `wsse:InvalidSecurityToken`; an unknown version or condition
//! `wsse:UnsupportedSecurityToken`. WS-Trust adds: cancelled is `wst:InvalidSecurityToken`, and over but renewable is
//! `wst:RenewNeeded`.

use jiff::Timestamp;

use crate::fault::{Fault, SecurityCode, TrustCode};
use crate::names::{DSIG, SAML_11, SAML_20, XENC};
use crate::read::Outcome;
use crate::request::TrustVersion;
use crate::wrong::Wrong;
use crate::xml::base64;
use crate::xml::time::instant;
use crate::xml::tree::{Ask as _, Node};

use super::message::Message;
use super::reference::{KeyFound, bad_token};
use super::signature::{Signature, failed};
use super::timestamp::{SKEW, later};
use super::{Assertion, Key, PublicKey, SamlVersion, Standing, decrypt, spki};

pub(super) const BEARER: [&str; 2] = ["urn:oasis:names:tc:SAML:2.0:cm:bearer", "urn:oasis:names:tc:SAML:1.0:cm:bearer"];
pub(super) const HOLDER_OF_KEY: [&str; 2] =
    ["urn:oasis:names:tc:SAML:2.0:cm:holder-of-key", "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key"];

/// The parts that the two versions write differently.
struct Form<'a> {
    version: SamlVersion,
    id: &'a str,
    issuer: String,
    subject: Option<Node<'a>>,
    name: String,
    confirmations: Vec<(String, Option<Node<'a>>)>,
    conditions: Option<Node<'a>>,
    attributes: Vec<(String, Vec<String>)>,
}

impl<'a> Message<'a> {
    /// Reads an assertion and weighs it. What it is worth is in its standing; only one that cannot be read is an error.
    pub(crate) fn assertion(&self, element: Node<'a>) -> Outcome<Assertion> {
        let form = if element.namespace() == SAML_20 { saml20(element)? } else { saml11(element)? };
        let end = |name: &str| match form.conditions.and_then(|conditions| conditions.plain(name)) {
            None => Ok(None),
            Some(text) => match instant(text) {
                Some(instant) => Ok(Some(instant.at)),
                None => bad_token("A time of the assertion is not an xs:dateTime"),
            },
        };
        let (not_before, not_on_or_after) = (end("NotBefore")?, end("NotOnOrAfter")?);
        let (audiences, once) = restrictions(form.conditions)?;
        let (confirmation, key) = self.confirmation(&form);
        let standing = self.standing(element, &form, not_before, not_on_or_after)?;
        Ok(Assertion {
            version: form.version,
            id: form.id.to_owned(),
            issuer: form.issuer,
            subject: form.name,
            confirmation,
            key,
            not_before,
            not_on_or_after,
            audiences,
            once,
            attributes: form.attributes,
            may_be_passed_on: may_be_passed_on(form.conditions),
            standing,
        })
    }

    /// Turns an assertion away that cannot be a credential here and now.
    pub(super) fn accept_assertion(&self, assertion: &Assertion) -> Outcome<()> {
        let wrongs = self.desk.wrongs;
        // Each restriction must hold, by one of its audiences.
        let names_us = |audiences: &Vec<String>| audiences.iter().any(|audience| self.is_our_name(audience));
        let is_for_us = assertion.audiences.iter().all(names_us) || wrongs.has(Wrong::ACCEPT_OTHER_AUDIENCE);
        match assertion.standing {
            Standing::Broken | Standing::Untrusted if wrongs.has(Wrong::ACCEPT_FORGED_ASSERTION) => Ok(()),
            Standing::Broken => failed("The signature of the assertion does not hold"),
            Standing::Untrusted => bad_token("The assertion is not signed by an issuer that is trusted here"),
            Standing::Revoked => Err(Box::new(Fault::of(TrustCode::InvalidSecurityToken))),
            Standing::Expired | Standing::Early if wrongs.has(Wrong::ACCEPT_EXPIRED_ASSERTION) => Ok(()),
            Standing::Expired if self.desk.memory.is_renewable(&assertion.id) => {
                Err(Box::new(Fault::of(TrustCode::RenewNeeded)))
            }
            Standing::Expired => bad_token("The assertion is over"),
            Standing::Early => bad_token("The assertion is not valid yet"),
            Standing::Good if !is_for_us => bad_token("The assertion is meant for somebody else"),
            Standing::Good if assertion.confirmation.is_empty() => {
                bad_token("The subject of the assertion cannot be confirmed here and now")
            }
            Standing::Good if assertion.once && !self.is_first_use(assertion) => {
                bad_token("The assertion is for one use, and was used")
            }
            Standing::Good => Ok(()),
        }
    }

    fn standing(
        &self,
        element: Node<'a>,
        form: &Form<'a>,
        not_before: Option<Timestamp>,
        not_on_or_after: Option<Timestamp>,
    ) -> Outcome<Standing> {
        let now = self.desk.now;
        let mut signatures = element.named(DSIG, "Signature");
        let (Some(signature), None) = (signatures.next(), signatures.next()) else { return Ok(Standing::Untrusted) };
        let signature = Signature::read(signature, self.desk.wrongs)?;
        let named = signature.key_info.and_then(|info| {
            let shown = info.descendants().find(|hint| hint.is(DSIG, "X509Certificate"))?;
            base64::decode(&shown.whole_text())
        });
        let mut issuers = self.desk.known.issuer_certificates(&form.issuer).peekable();
        if issuers.peek().is_none() {
            return Ok(Standing::Untrusted);
        }
        let mut candidates = issuers.filter(|known| named.as_ref().is_none_or(|named| *named == known.der)).peekable();
        if candidates.peek().is_none() {
            return Ok(Standing::Untrusted);
        }
        let find = |id: &str| Some(element).filter(|_| id == form.id);
        let covered = signature.covered(find, Ok, self.desk.wrongs);
        let is_whole = signature.is_enveloped_alone()
            && covered.is_ok_and(|covered| covered == [element])
            && candidates.any(|known| signature.verify(&Key::Public(known.public_key()), self.desk.wrongs).is_ok());
        Ok(if !is_whole {
            Standing::Broken
        } else if self.desk.memory.is_cancelled(form.id) {
            Standing::Revoked
        } else if not_on_or_after.is_some_and(|end| later(end, SKEW) <= now) {
            Standing::Expired
        } else if not_before.is_some_and(|begin| begin > later(now, SKEW)) {
            Standing::Early
        } else {
            Standing::Good
        })
    }

    /// Notes the use of an assertion that says of itself that it is good for one.
    fn is_first_use(&self, assertion: &Assertion) -> bool {
        let wrongs = self.desk.wrongs;
        let until = assertion.not_on_or_after.map_or(Timestamp::MAX, |end| later(end, SKEW));
        self.desk.memory.first_use(assertion.id.as_bytes(), until, self.desk.now) || wrongs.has(Wrong::ACCEPT_REPLAY)
    }

    /// The confirmation that serves here and now: a bearer one, else one by a key, else one by a method that is not
    /// known, which is refused by its name.
    fn confirmation(&self, form: &Form<'a>) -> (String, Option<Key>) {
        let live = || form.confirmations.iter().filter(|(_, data)| data.is_none_or(|data| self.is_live(data)));
        let find = |methods: &[&str]| live().find(|(method, _)| methods.contains(&method.as_str()));
        let Some((method, data)) = find(&BEARER).or_else(|| find(&HOLDER_OF_KEY)).or_else(|| live().next()) else {
            return (String::new(), None);
        };
        let key = data.and_then(|data| data.descendants().find(|part| part.is(DSIG, "KeyInfo")));
        let key = key.filter(|_| HOLDER_OF_KEY.contains(&method.as_str())).and_then(|info| self.confirmed_key(info));
        (method.clone(), key)
    }

    /// Whether a confirmation holds at this time and at this place.
    fn is_live(&self, data: Node<'a>) -> bool {
        let now = self.desk.now;
        let time = |name: &str, holds: &dyn Fn(Timestamp) -> bool| {
            data.plain(name).is_none_or(|text| instant(text).is_some_and(|instant| holds(instant.at)))
        };
        let is_now = time("NotOnOrAfter", &|end| later(end, SKEW) > now)
            && time("NotBefore", &|begin| begin <= later(now, SKEW));
        (is_now || self.desk.wrongs.has(Wrong::ACCEPT_EXPIRED_ASSERTION))
            && data.plain("Recipient").is_none_or(|recipient| self.is_our_name(recipient))
    }

    /// The key in a confirmation. It is never looked for in another token.
    fn confirmed_key(&self, key_info: Node<'a>) -> Option<Key> {
        let hint = key_info.elements().next()?;
        match (hint.namespace(), hint.local()) {
            (XENC, "EncryptedKey") => decrypt::encrypted_key(hint, self.desk.known).ok().map(Key::Secret),
            (DSIG, "KeyValue") => {
                spki::from_key_value(hint).map(|spki| Key::Public(PublicKey { spki, certificate: None }))
            }
            (DSIG, "X509Data") => match self.key_info(key_info).ok()? {
                KeyFound::Certificate(certificate) => Some(Key::Public(certificate.public_key())),
                _ => None,
            },
            (namespace, "BinarySecret") if TrustVersion::of(namespace).is_some() => {
                base64::decode(&hint.whole_text()).map(Key::Secret)
            }
            _ => None,
        }
    }
}

fn saml20(element: Node<'_>) -> Outcome<Form<'_>> {
    if element.plain("Version") != Some("2.0") {
        return unsupported();
    }
    let subject = element.one(SAML_20, "Subject");
    let name = subject.and_then(|subject| subject.one(SAML_20, "NameID"));
    let confirmations =
        subject.into_iter().flat_map(|subject| subject.named(SAML_20, "SubjectConfirmation").collect::<Vec<_>>());
    let confirmations = confirmations.map(|confirmation| {
        let method = confirmation.plain("Method").unwrap_or("").to_owned();
        (method, confirmation.one(SAML_20, "SubjectConfirmationData"))
    });
    let statements = element.named(SAML_20, "AttributeStatement");
    let attributes = statements.flat_map(|statement| statement.named(SAML_20, "Attribute").collect::<Vec<_>>());
    Form {
        version: SamlVersion::V20,
        id: identifier(element, "ID")?,
        issuer: element.one(SAML_20, "Issuer").map(|issuer| issuer.trimmed().into_owned()).unwrap_or_default(),
        subject,
        name: name.map(|name| name.whole_text().into_owned()).unwrap_or_default(),
        confirmations: confirmations.collect(),
        conditions: element.one(SAML_20, "Conditions"),
        attributes: attributes
            .map(|attribute| (attribute.plain("Name").unwrap_or("").to_owned(), values(attribute, SAML_20)))
            .collect(),
    }
    .complete()
}

fn saml11(element: Node<'_>) -> Outcome<Form<'_>> {
    if element.plain("MajorVersion") != Some("1") || element.plain("MinorVersion") != Some("1") {
        return unsupported();
    }
    let statements: Vec<_> = element.elements().filter(|child| child.one(SAML_11, "Subject").is_some()).collect();
    let subjects: Vec<_> = statements.iter().filter_map(|statement| statement.one(SAML_11, "Subject")).collect();
    let name_of =
        |subject: &Node<'_>| subject.one(SAML_11, "NameIdentifier").map(|name| name.whole_text().into_owned());
    if subjects.iter().any(|subject| name_of(subject) != name_of(&subjects[0])) {
        return bad_token("The statements of the assertion speak of several subjects");
    }
    let subject = subjects.first().copied();
    let confirmation = subject.and_then(|subject| subject.one(SAML_11, "SubjectConfirmation"));
    let methods = confirmation.into_iter().flat_map(|confirmation| {
        let methods = confirmation.named(SAML_11, "ConfirmationMethod");
        methods.map(|method| (method.trimmed().into_owned(), Some(confirmation))).collect::<Vec<_>>()
    });
    let attributes = statements.iter().flat_map(|statement| statement.named(SAML_11, "Attribute").collect::<Vec<_>>());
    Form {
        version: SamlVersion::V11,
        id: identifier(element, "AssertionID")?,
        issuer: element.plain("Issuer").unwrap_or("").to_owned(),
        subject,
        name: subject.as_ref().and_then(name_of).unwrap_or_default(),
        confirmations: methods.collect(),
        conditions: element.one(SAML_11, "Conditions"),
        attributes: attributes
            .map(|attribute| {
                let part = |name: &str| attribute.plain(name).unwrap_or("");
                (format!("{}/{}", part("AttributeNamespace"), part("AttributeName")), values(attribute, SAML_11))
            })
            .collect(),
    }
    .complete()
}

impl Form<'_> {
    fn complete(self) -> Outcome<Self> {
        if self.subject.is_none() || self.name.is_empty() {
            return bad_token("The assertion names no subject");
        }
        Ok(self)
    }
}

fn identifier<'a>(element: Node<'a>, attribute: &str) -> Outcome<&'a str> {
    match element.plain(attribute) {
        Some(id) if !id.is_empty() => Ok(id),
        _ => bad_token("The assertion has no identifier"),
    }
}

fn values(attribute: Node<'_>, namespace: &str) -> Vec<String> {
    attribute.named(namespace, "AttributeValue").map(|value| value.whole_text().into_owned()).collect()
}

/// The audiences of each restriction, and whether the assertion is for one use. A condition that nobody knows makes it
/// one that cannot be judged.
fn restrictions(conditions: Option<Node<'_>>) -> Outcome<(Vec<Vec<String>>, bool)> {
    let (mut audiences, mut once) = (vec![], false);
    for condition in conditions.into_iter().flat_map(|conditions| conditions.elements().collect::<Vec<_>>()) {
        match (condition.namespace(), condition.local()) {
            (namespace @ SAML_20, "AudienceRestriction") | (namespace @ SAML_11, "AudienceRestrictionCondition") => {
                let named = condition.named(namespace, "Audience");
                audiences.push(named.map(|audience| audience.trimmed().into_owned()).collect());
            }
            (SAML_20, "OneTimeUse") => once = true,
            (SAML_20, "ProxyRestriction") | (SAML_11, "DoNotCacheCondition") => {}
            _ => return unsupported(),
        }
    }
    Ok((audiences, once))
}

/// A condition of SAML 2.0; in SAML 1.1 an element of that name is nothing that is known, and was refused.
fn may_be_passed_on(conditions: Option<Node<'_>>) -> bool {
    let restriction = conditions.and_then(|conditions| conditions.one(SAML_20, "ProxyRestriction"));
    restriction.and_then(|restriction| restriction.plain("Count")).is_none_or(|count| count.trim() != "0")
}

fn unsupported<T>() -> Outcome<T> {
    Err(Box::new(Fault::of(SecurityCode::UnsupportedSecurityToken)))
}
