//! The URIs that reading compares with.

pub(crate) const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
pub(crate) const WSSE_11: &str = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd";
pub(crate) const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(crate) const DSIG_11: &str = "http://www.w3.org/2009/xmldsig11#";
pub(crate) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
pub(crate) const XENC_11: &str = "http://www.w3.org/2009/xmlenc11#";
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
pub(crate) const SAML_11: &str = "urn:oasis:names:tc:SAML:1.0:assertion";
pub(crate) const SAML_20: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(crate) const POLICY_2004: &str = "http://schemas.xmlsoap.org/ws/2004/09/policy";
pub(crate) const POLICY_15: &str = "http://www.w3.org/ns/ws-policy";
pub(crate) const AUTHORIZATION: &str = "http://docs.oasis-open.org/wsfed/authorization/200706";

/// The stem of the value types of WS-Security 1.0 itself.
pub(crate) const SOAP_SECURITY_10: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#";
/// The stem of the value types of WS-Security 1.1 itself.
pub(crate) const SOAP_SECURITY_11: &str = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#";
/// The stem of the URIs of the UsernameToken profile.
pub(crate) const USERNAME: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#";
/// The stem of the URIs of the X.509 profile.
pub(crate) const X509: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#";
/// A key identifier that names a SAML 1.1 assertion.
pub(crate) const SAML_11_ID: &str = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID";
/// A key identifier that names a SAML 2.0 assertion.
pub(crate) const SAML_20_ID: &str = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLID";
