//! The URIs of XML Signature, XML Encryption and WS-Security that the judge has to recognise.

pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(crate) const DSIG11: &str = "http://www.w3.org/2009/xmldsig11#";
pub(crate) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
pub(crate) const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
pub(crate) const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
pub(crate) const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
pub(crate) const SAML1: &str = "urn:oasis:names:tc:SAML:1.0:assertion";
pub(crate) const SAML1P: &str = "urn:oasis:names:tc:SAML:1.0:protocol";
pub(crate) const SAML2: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(crate) const SAML2P: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(crate) const SAML2MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The trust namespaces in which a `BinarySecret` may stand.
pub(crate) const TRUST: [&str; 2] =
    ["http://docs.oasis-open.org/ws-sx/ws-trust/200512", "http://schemas.xmlsoap.org/ws/2005/02/trust"];

pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub(crate) const STR_TRANSFORM: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform";

pub(crate) const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
/// The core specification spells the thumbprint with a capital P, everybody else does not.
pub(crate) const KEY_ID_THUMBPRINT: [&str; 2] = [
    "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1",
    "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbPrintSHA1",
];
pub(crate) const KEY_ID_ENCRYPTED_KEY: &str =
    "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#EncryptedKeySHA1";
pub(crate) const KEY_ID_SKI: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509SubjectKeyIdentifier";
pub(crate) const KEY_ID_SAML: [&str; 2] = [
    "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID",
    "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLID",
];

pub(crate) const HOLDER_OF_KEY: [&str; 2] =
    ["urn:oasis:names:tc:SAML:1.0:cm:holder-of-key", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"];
