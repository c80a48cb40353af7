//! SAML 2.0 assertions. The default namespace is SAML's: some clients look for the bare word `Assertion`.

use super::Unsigned;
use super::facts::{Confirmation, Facts};
use crate::names::{DSIG, SAML_20};
use crate::wrong::{Wrong, Wrongs};
use crate::xml::write::Writer;

const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// The assertion in canonical form; its signature goes right after Issuer.
pub(super) fn assertion(facts: &Facts, wrongs: Wrongs) -> Unsigned {
    let mut w = Writer::with_capacity(6144);
    w.open("Assertion").namespace("", SAML_20).attribute("ID", &facts.id).attribute("IssueInstant", &facts.issued);
    w.attribute("Version", if wrongs.has(Wrong::TOKEN_WRONG_VERSION) { "2.1" } else { "2.0" });
    if !wrongs.has(Wrong::TOKEN_NO_ISSUER) {
        w.leaf("Issuer", &facts.issuer);
    }
    let signature_at = w.position();
    if !(wrongs.has(Wrong::TOKEN_NO_SUBJECT) || wrongs.has(Wrong::TOKEN_HOLLOW)) {
        subject(&mut w, facts, wrongs);
    }
    conditions(&mut w, facts, wrongs);
    if !(wrongs.has(Wrong::TOKEN_NO_STATEMENTS) || wrongs.has(Wrong::TOKEN_HOLLOW)) {
        authentication(&mut w, facts, wrongs);
        attributes(&mut w, facts, wrongs);
    }
    w.close();
    Unsigned { text: w.finish(), signature_at }
}

fn subject(w: &mut Writer, facts: &Facts, wrongs: Wrongs) {
    w.open("Subject");
    w.open("NameID").attribute("Format", UNSPECIFIED).text(&facts.subject).close();
    match &facts.confirmation {
        Confirmation::Bearer => {
            let version = if wrongs.has(Wrong::TOKEN_BEARER_URI) { "1.0" } else { "2.0" };
            w.open("SubjectConfirmation").attribute("Method", &format!("urn:oasis:names:tc:SAML:{version}:cm:bearer"));
            delegate(w, facts);
            w.open("SubjectConfirmationData");
            confirmation_period(w, facts, wrongs);
            w.close();
        }
        Confirmation::HolderOfKey(key) => {
            w.open("SubjectConfirmation").attribute("Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key");
            delegate(w, facts);
            w.open("SubjectConfirmationData");
            if wrongs.has(Wrong::TOKEN_CONFIRMATION_TYPE) {
                w.namespace("xsi", "http://www.w3.org/2001/XMLSchema-instance").attribute("xsi:type", "NoSuchType");
            }
            if !wrongs.has(Wrong::TOKEN_HOLDER_OF_KEY_WITHOUT_KEY) {
                w.open("ds:KeyInfo").namespace("ds", DSIG).raw(key).close();
            }
            w.close();
        }
    }
    w.close().close();
}

/// Who may confirm in the subject's place (SAML 2.0 core, 2.4.1.1).
fn delegate(w: &mut Writer, facts: &Facts) {
    if let Some(name) = &facts.delegate {
        w.open("NameID").attribute("Format", UNSPECIFIED).text(name).close();
    }
}

/// When a bearer may be believed: as long as the assertion is good.
fn confirmation_period(w: &mut Writer, facts: &Facts, wrongs: Wrongs) {
    if wrongs.has(Wrong::TOKEN_CONFIRMATION_REVERSED) {
        w.attribute("NotBefore", &facts.not_on_or_after).attribute("NotOnOrAfter", &facts.not_before);
    } else if wrongs.has(Wrong::TOKEN_CONFIRMATION_OUTLIVES) {
        w.attribute("NotOnOrAfter", "2999-12-31T23:59:59.000Z");
    } else {
        w.attribute("NotOnOrAfter", &facts.not_on_or_after);
    }
}

fn conditions(w: &mut Writer, facts: &Facts, wrongs: Wrongs) {
    w.open("Conditions");
    w.attribute("NotBefore", &facts.not_before).attribute("NotOnOrAfter", &facts.not_on_or_after);
    if let Some(audience) = &facts.audience {
        w.open("AudienceRestriction").leaf("Audience", audience).close();
    }
    if wrongs.has(Wrong::TOKEN_ONE_TIME_USE_TWICE) {
        w.open("OneTimeUse").close().open("OneTimeUse").close();
    }
    if facts.is_last {
        w.open("ProxyRestriction").attribute("Count", "0").close();
    }
    w.close();
}

fn authentication(w: &mut Writer, facts: &Facts, wrongs: Wrongs) {
    let class = if facts.password { "PasswordProtectedTransport" } else { "X509" };
    w.open("AuthnStatement").attribute("AuthnInstant", &facts.authenticated);
    if !wrongs.has(Wrong::TOKEN_NO_AUTHN_CONTEXT) {
        w.open("AuthnContext");
        w.leaf("AuthnContextClassRef", &format!("urn:oasis:names:tc:SAML:2.0:ac:classes:{class}"));
        w.close();
    }
    w.close();
}

fn attributes(w: &mut Writer, facts: &Facts, wrongs: Wrongs) {
    if wrongs.has(Wrong::TOKEN_EMPTY_ATTRIBUTE_STATEMENT) {
        w.open("AttributeStatement").close();
        return;
    }
    if facts.attributes.is_empty() {
        return;
    }
    w.open("AttributeStatement");
    for (name, values) in &facts.attributes {
        w.open("Attribute").attribute("Name", name);
        w.attribute("NameFormat", "urn:oasis:names:tc:SAML:2.0:attrname-format:uri");
        for value in values {
            w.leaf("AttributeValue", value);
        }
        w.close();
    }
    w.close();
}
