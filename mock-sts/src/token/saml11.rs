//! SAML 1.1 assertions. The prefix is `saml`, declared on the assertion: some clients look for those very letters.

use super::Unsigned;
use super::facts::{Confirmation, Facts};
use crate::names::{DSIG, SAML_11};
use crate::wrong::{Wrong, Wrongs};
use crate::xml::write::Writer;

const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// The assertion in canonical form; its signature goes to the end.
pub(super) fn assertion(facts: &Facts, wrongs: Wrongs) -> Unsigned {
    let mut w = Writer::with_capacity(6144);
    w.open("saml:Assertion").namespace("saml", SAML_11);
    w.attribute("AssertionID", &facts.id).attribute("IssueInstant", &facts.issued);
    if !wrongs.has(Wrong::TOKEN_NO_ISSUER) {
        w.attribute("Issuer", &facts.issuer);
    }
    w.attribute("MajorVersion", "1");
    w.attribute("MinorVersion", if wrongs.has(Wrong::TOKEN_WRONG_VERSION) { "2" } else { "1" });
    conditions(&mut w, facts);
    if !(wrongs.has(Wrong::TOKEN_NO_STATEMENTS) || wrongs.has(Wrong::TOKEN_HOLLOW)) {
        authentication(&mut w, facts, wrongs);
        attributes(&mut w, facts, wrongs);
    }
    let signature_at = w.position();
    w.close();
    Unsigned { text: w.finish(), signature_at }
}

fn conditions(w: &mut Writer, facts: &Facts) {
    w.open("saml:Conditions");
    w.attribute("NotBefore", &facts.not_before).attribute("NotOnOrAfter", &facts.not_on_or_after);
    if let Some(audience) = &facts.audience {
        w.open("saml:AudienceRestrictionCondition").leaf("saml:Audience", audience).close();
    }
    w.close();
}

fn authentication(w: &mut Writer, facts: &Facts, wrongs: Wrongs) {
    let method = if facts.password { "password" } else { "X509-PKI" };
    let method = format!("urn:oasis:names:tc:SAML:1.0:am:{method}");
    w.open("saml:AuthenticationStatement");
    w.attribute("AuthenticationInstant", &facts.authenticated).attribute("AuthenticationMethod", &method);
    subject(w, facts, wrongs);
    w.close();
}

fn attributes(w: &mut Writer, facts: &Facts, wrongs: Wrongs) {
    if facts.attributes.is_empty() {
        return;
    }
    w.open("saml:AttributeStatement");
    subject(w, facts, wrongs);
    for (name, values) in &facts.attributes {
        // A claim type is one URI; SAML 1.1 wants a name and a namespace, and everybody cuts at the last slash.
        let (namespace, name) = name.rsplit_once('/').unwrap_or(("urn:mock-sts:attribute", name));
        w.open("saml:Attribute").attribute("AttributeName", name).attribute("AttributeNamespace", namespace);
        for value in values {
            w.leaf("saml:AttributeValue", value);
        }
        w.close();
    }
    w.close();
}

fn subject(w: &mut Writer, facts: &Facts, wrongs: Wrongs) {
    if wrongs.has(Wrong::TOKEN_NO_SUBJECT) || wrongs.has(Wrong::TOKEN_HOLLOW) {
        return;
    }
    w.open("saml:Subject");
    w.open("saml:NameIdentifier").attribute("Format", UNSPECIFIED).text(&facts.subject).close();
    w.open("saml:SubjectConfirmation");
    match &facts.confirmation {
        Confirmation::Bearer => {
            let version = if wrongs.has(Wrong::TOKEN_BEARER_URI) { "2.0" } else { "1.0" };
            w.leaf("saml:ConfirmationMethod", &format!("urn:oasis:names:tc:SAML:{version}:cm:bearer"));
        }
        Confirmation::HolderOfKey(key) => {
            w.leaf("saml:ConfirmationMethod", "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key");
            if !wrongs.has(Wrong::TOKEN_HOLDER_OF_KEY_WITHOUT_KEY) {
                w.open("ds:KeyInfo").namespace("ds", DSIG).raw(key).close();
            }
        }
    }
    w.close().close();
}
