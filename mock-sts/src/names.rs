//! The URIs that requests are compared with and answers are made of. Those that SOAP, WS-Addressing and WS-Trust write
//! differently in each version are with the versions, in `request`.

/// Namespace of WS-Trust 1.3 and 1.4.
pub(crate) const TRUST_13: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200512";
/// Namespace of what WS-Trust 1.4 adds.
#[cfg(test)]
pub(crate) const TRUST_14: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200802";
/// Namespace of WS-Federation 1.2.
pub(crate) const FEDERATION: &str = "http://docs.oasis-open.org/wsfed/federation/200706";
/// Namespace of the authorization part of WS-Federation 1.2.
pub(crate) const AUTHORIZATION: &str = "http://docs.oasis-open.org/wsfed/authorization/200706";
/// Namespace of WS-Policy 1.2.
pub(crate) const POLICY_2004: &str = "http://schemas.xmlsoap.org/ws/2004/09/policy";
/// Namespace of WS-Policy 1.5.
pub(crate) const POLICY_15: &str = "http://www.w3.org/ns/ws-policy";
/// Namespace of WS-Security 1.0.
pub(crate) const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
/// Namespace of what WS-Security 1.1 adds.
pub(crate) const WSSE_11: &str = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd";
/// Namespace of the WS-Security utility schema.
pub(crate) const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
/// Namespace of SAML 1.1 assertions.
pub(crate) const SAML_11: &str = "urn:oasis:names:tc:SAML:1.0:assertion";
/// Namespace of SAML 2.0 assertions.
pub(crate) const SAML_20: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// Namespace of XML Signature.
pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Namespace of what XML Signature 1.1 adds.
pub(crate) const DSIG_11: &str = "http://www.w3.org/2009/xmldsig11#";
/// Namespace of XML Encryption.
pub(crate) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
/// Namespace of what XML Encryption 1.1 adds.
pub(crate) const XENC_11: &str = "http://www.w3.org/2009/xmlenc11#";
/// Namespace of `xml:lang` and `xml:id`.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Namespace of `xsi:type` and `xsi:nil`.
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Exclusive canonicalisation without comments.
pub(crate) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// Canonicalisation 1.0 without comments.
pub(crate) const INCLUSIVE_C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
/// The transform that leaves the signature itself out.
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The stem of the value types of WS-Security 1.0 itself.
pub(crate) const SOAP_SECURITY_10: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#";
/// The stem of the value types of WS-Security 1.1 itself.
pub(crate) const SOAP_SECURITY_11: &str = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#";
/// The stem of the URIs of the UsernameToken profile.
pub(crate) const USERNAME: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#";
/// The stem of the URIs of the X.509 profile.
pub(crate) const X509: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#";

/// Token type of SAML 1.1 by the token profile.
pub(crate) const TOKEN_SAML_11: &str = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1";
/// Token type of SAML 2.0 by the token profile.
pub(crate) const TOKEN_SAML_20: &str = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0";
/// Value type of a key identifier that names a SAML 1.1 assertion.
pub(crate) const SAML_11_ID: &str = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID";
/// Value type of a key identifier that names a SAML 2.0 assertion.
pub(crate) const SAML_20_ID: &str = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLID";
/// Value type of an X.509 certificate.
pub(crate) const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
/// Encoding type of base64.
pub(crate) const BASE64_BINARY: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";
/// Value type of a key identifier that holds the SHA-1 of a certificate.
pub(crate) const THUMBPRINT_SHA1: &str =
    "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1";
