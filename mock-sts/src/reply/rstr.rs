//! The response: what stands in the Body of an answer that issues a token.

use crate::misbehave::token::with_offset;
use crate::names::{
    POLICY_2004, SAML_11, SAML_11_ID, SAML_20, SAML_20_ID, TOKEN_SAML_11, TOKEN_SAML_20, TRUST_13, WSSE, WSSE_11,
};
use crate::policy::{Grant, KeyGrant};
use crate::proof::{Answer, Proof};
use crate::random::Random;
use crate::request::{Rst, TrustVersion};
use crate::security::SamlVersion;
use crate::token::{Issued, time_text};
use crate::wrong::{Wrong, Wrongs};
use crate::xml::write::Writer;

/// Everything that a response tells.
pub(crate) struct Response<'a> {
    pub(crate) rst: &'a Rst,
    pub(crate) grant: &'a Grant<'a>,
    pub(crate) token: &'a Issued,
    pub(crate) proof: Option<&'a Proof>,
    pub(crate) wrongs: Wrongs,
}

impl Response<'_> {
    /// Writes the content of Body: a collection of one in WS-Trust 1.3, the response by itself in February 2005.
    pub(crate) fn write(&self, w: &mut Writer, random: &mut Random) {
        let collection = match self.rst.trust {
            TrustVersion::V13 => !self.wrongs.has(Wrong::RSTR_SINGLE_FOR_COLLECTION),
            TrustVersion::V2005 => self.wrongs.has(Wrong::RSTR_COLLECTION_2005),
        };
        if collection {
            w.open("trust:RequestSecurityTokenResponseCollection").namespace("trust", self.namespace());
        }
        if !(collection && self.wrongs.has(Wrong::RSTR_EMPTY_COLLECTION)) {
            self.response(w, !collection, random);
        }
        if self.wrongs.has(Wrong::RSTR_TWO_RESPONSES) {
            self.response(w, !collection, random);
        }
        if collection {
            w.close();
        }
    }

    fn response(&self, w: &mut Writer, declares: bool, random: &mut Random) {
        w.open("trust:RequestSecurityTokenResponse");
        if declares {
            w.namespace("trust", self.namespace());
        }
        self.context(w);
        self.token_type(w);
        self.request_type(w);
        self.requested_token(w);
        self.applies_to(w);
        self.references(w);
        self.proof(w, random);
        self.lifetime(w);
        self.key(w);
        self.algorithms(w);
        self.wishes(w);
        self.oddities(w);
        w.close();
    }

    fn namespace(&self) -> &'static str {
        match self.rst.trust {
            TrustVersion::V13 if self.wrongs.has(Wrong::RSTR_TRAILING_SLASH_NAMESPACE) => {
                "http://docs.oasis-open.org/ws-sx/ws-trust/200512/"
            }
            TrustVersion::V13 if self.wrongs.has(Wrong::RSTR_OTHER_TRUST_NAMESPACE) => TrustVersion::V2005.namespace(),
            TrustVersion::V2005 if self.wrongs.has(Wrong::RSTR_OTHER_TRUST_NAMESPACE) => TRUST_13,
            version => version.namespace(),
        }
    }

    fn context(&self, w: &mut Writer) {
        if self.wrongs.has(Wrong::RSTR_WRONG_CONTEXT) {
            w.attribute("Context", "urn:mock-sts:context-of-another-request");
        } else if let Some(context) = &self.rst.context
            && !self.wrongs.has(Wrong::RSTR_NO_CONTEXT)
        {
            w.attribute("Context", context);
        }
    }

    fn token_type(&self, w: &mut Writer) {
        if self.wrongs.has(Wrong::RSTR_NO_TOKEN_TYPE) {
            return;
        }
        let lie = match self.grant.version {
            SamlVersion::V11 => SAML_20,
            SamlVersion::V20 => SAML_11,
        };
        let lies = self.wrongs.has(Wrong::RSTR_TOKEN_TYPE_LIES);
        w.leaf("trust:TokenType", if lies { lie } else { self.grant.token_type });
    }

    fn request_type(&self, w: &mut Writer) {
        let step = if self.wrongs.has(Wrong::RSTR_OTHER_REQUEST_TYPE) { "Validate" } else { "Issue" };
        let uri = format!("{}/{step}", self.rst.trust.namespace());
        if self.wrongs.has(Wrong::RSTR_STRAY_NAMESPACE) {
            let stray = format!("{}/", self.rst.trust.namespace());
            w.open("stray:RequestType").namespace("stray", &stray).text(&uri).close();
        } else {
            w.leaf("trust:RequestType", &uri);
        }
    }

    fn requested_token(&self, w: &mut Writer) {
        if self.wrongs.has(Wrong::RSTR_NO_TOKEN) || self.wrongs.has(Wrong::RSTR_HOLLOW_RESPONSE) {
            return;
        }
        w.open("trust:RequestedSecurityToken");
        if !self.wrongs.has(Wrong::RSTR_EMPTY_TOKEN) {
            w.raw(&self.token.xml);
        }
        if self.wrongs.has(Wrong::RSTR_TWO_TOKENS) {
            w.raw(&self.token.xml);
        }
        w.close();
    }

    /// The scope as it was asked for, in the request's own words and version of WS-Policy.
    fn applies_to(&self, w: &mut Writer) {
        let Some(applies_to) = &self.rst.applies_to else { return };
        if self.wrongs.has(Wrong::RSTR_NO_APPLIES_TO) {
            return;
        }
        let xml = match (&applies_to.address, self.wrongs.has(Wrong::RSTR_OTHER_APPLIES_TO)) {
            (Some(address), true) => applies_to.xml.replace(address.as_str(), "https://somebody-else.example.test/"),
            _ => applies_to.xml.clone(),
        };
        if self.wrongs.has(Wrong::RSTR_OTHER_POLICY_VERSION) {
            let other = if applies_to.policy_namespace == POLICY_2004 { crate::names::POLICY_15 } else { POLICY_2004 };
            w.raw(&xml.replace(&applies_to.policy_namespace, other));
        } else {
            w.raw(&xml);
        }
    }

    fn references(&self, w: &mut Writer) {
        if self.wrongs.has(Wrong::RSTR_NO_REFERENCES) {
            return;
        }
        let wrong_id = self.wrongs.has(Wrong::RSTR_REFERENCES_WRONG_ID);
        let id = if wrong_id { "_not-the-token" } else { &self.token.id };
        // An encrypted token is reached by the Id of its EncryptedData; its own identifier cannot be seen.
        if self.token.encrypted_id.is_none() {
            w.open("trust:RequestedAttachedReference");
            self.reference(w, id, true);
            w.close();
        }
        w.open("trust:RequestedUnattachedReference");
        self.reference(w, id, false);
        w.close();
    }

    /// SAML 1.1 is always named by its identifier; SAML 2.0 outside of the message only by a URI.
    fn reference(&self, w: &mut Writer, id: &str, attached: bool) {
        let by_version = match self.grant.version {
            SamlVersion::V11 => (TOKEN_SAML_11, SAML_11_ID),
            SamlVersion::V20 => (TOKEN_SAML_20, SAML_20_ID),
        };
        let (token_type, value_type) = by_version;
        let swapped = if token_type == TOKEN_SAML_11 { TOKEN_SAML_20 } else { TOKEN_SAML_11 };
        let reference_by_uri = if self.wrongs.has(Wrong::RSTR_REFERENCE_FORM) {
            self.grant.version == SamlVersion::V11
        } else {
            self.grant.version == SamlVersion::V20 && !attached
        };
        w.open("wsse:SecurityTokenReference").namespace("wsse", WSSE);
        if !self.wrongs.has(Wrong::RSTR_REFERENCE_NO_TOKEN_TYPE) {
            let lies = self.wrongs.has(Wrong::RSTR_REFERENCE_TOKEN_TYPE_LIES);
            w.namespace("wsse11", WSSE_11).attribute("wsse11:TokenType", if lies { swapped } else { token_type });
        }
        let again = match id {
            _ if self.wrongs.has(Wrong::RSTR_REFERENCE_TO_TWO) => Some("_another-token"),
            id if self.wrongs.has(Wrong::RSTR_REFERENCE_TWICE) => Some(id),
            _ => None,
        };
        for id in std::iter::once(id).chain(again) {
            if reference_by_uri {
                self.by_uri(w, id, value_type);
            } else {
                self.by_identifier(w, id, value_type);
            }
        }
        if self.wrongs.has(Wrong::RSTR_REFERENCE_KEY_NAME) {
            w.open("ds:KeyName").namespace("ds", crate::names::DSIG).text(id).close();
        }
        w.close();
    }

    fn by_uri(&self, w: &mut Writer, id: &str, value_type: &str) {
        w.open("wsse:Reference");
        if !self.wrongs.has(Wrong::RSTR_REFERENCE_NO_URI) {
            w.attribute("URI", &format!("#{id}"));
        }
        if self.wrongs.has(Wrong::RSTR_REFERENCE_VALUE_TYPE) {
            w.attribute("ValueType", value_type);
        }
        w.close();
    }

    fn by_identifier(&self, w: &mut Writer, id: &str, value_type: &str) {
        w.open("wsse:KeyIdentifier");
        if self.wrongs.has(Wrong::RSTR_REFERENCE_ENCODING_TYPE) {
            w.attribute("EncodingType", crate::names::BASE64_BINARY);
        }
        if !self.wrongs.has(Wrong::RSTR_REFERENCE_NO_VALUE_TYPE) {
            w.attribute("ValueType", value_type);
        }
        w.text(id).close();
    }

    fn proof(&self, w: &mut Writer, random: &mut Random) {
        if self.wrongs.has(Wrong::RSTR_HOLLOW_RESPONSE) {
            return;
        }
        let recipient = self.grant.proof_recipient.as_ref();
        let answer = Answer { trust: self.rst.trust, recipient, transport: self.grant.transport };
        match self.proof {
            Some(proof) => proof.write(w, &answer, random, self.wrongs),
            None if self.wrongs.has(Wrong::PROOF_WITH_BEARER) => {
                w.open("trust:RequestedProofToken");
                answer.secret(w, &random.bytes(32), "/SymmetricKey", random, self.wrongs);
                w.close();
            }
            None => {}
        }
        if self.wrongs.has(Wrong::PROOF_ENTROPY_UNASKED) {
            w.open("trust:Entropy");
            answer.secret(w, &random.bytes(32), "/Nonce", random, self.wrongs);
            w.close();
        }
    }

    /// From when to when the token is good: the same instants that it has itself.
    fn lifetime(&self, w: &mut Writer) {
        if self.wrongs.has(Wrong::RSTR_NO_LIFETIME) {
            return;
        }
        let validity = self.grant.validity;
        let hour = jiff::SignedDuration::from_hours(1);
        let until = if self.wrongs.has(Wrong::RSTR_LIFETIME_BEYOND_TOKEN) {
            validity.until.checked_add(hour).unwrap_or(validity.until)
        } else {
            validity.until
        };
        let (mut created, mut expires) = (time_text(validity.from), time_text(until));
        if self.wrongs.has(Wrong::RSTR_LIFETIME_REVERSED) {
            std::mem::swap(&mut created, &mut expires);
        }
        if self.wrongs.has(Wrong::RSTR_LIFETIME_NO_ZONE) {
            created.pop();
            expires.pop();
        }
        if self.wrongs.has(Wrong::RSTR_LIFETIME_OFFSET) {
            (created, expires) = (with_offset(&created), with_offset(&expires));
        }
        if self.wrongs.has(Wrong::RSTR_LIFETIME_LEAP_SECOND) {
            created = crate::misbehave::token::with_leap_second(&created);
        }
        if self.wrongs.has(Wrong::RSTR_LIFETIME_NO_DATE) {
            "soon".clone_into(&mut expires);
        }
        w.open("trust:Lifetime").leaf("wsu:Created", &created).leaf("wsu:Expires", &expires).close();
    }

    fn key(&self, w: &mut Writer) {
        let namespace = self.rst.trust.namespace();
        let (uri, bits) = match &self.grant.key {
            KeyGrant::Bearer(uri) => ((*uri).to_owned(), None),
            KeyGrant::Symmetric { bits, .. } => (format!("{namespace}/SymmetricKey"), Some(*bits)),
            KeyGrant::Public { bits, .. } => (format!("{namespace}/PublicKey"), *bits),
        };
        let uri = if self.wrongs.has(Wrong::RSTR_BEARER_MISSPELT) {
            uri.replace("ws-sx/ws-trust", "ws-sx/wstrust")
        } else {
            uri
        };
        let uri = if self.wrongs.has(Wrong::RSTR_KEY_TYPE_LIES) { format!("{namespace}/PublicKey") } else { uri };
        w.leaf("trust:KeyType", &uri);
        if let Some(bits) = bits
            && !self.wrongs.has(Wrong::RSTR_NO_KEY_SIZE)
        {
            let shown = if self.wrongs.has(Wrong::RSTR_KEY_SIZE_LIES) { bits / 2 } else { bits };
            w.leaf("trust:KeySize", &shown.to_string());
        }
    }

    /// What was used, wherever something was asked for: the same, or what came instead. Nothing where nothing was
    /// encrypted.
    fn algorithms(&self, w: &mut Writer) {
        let (rst, grant) = (self.rst, self.grant);
        if rst.signature_algorithm.is_some() {
            w.leaf("trust:SignatureAlgorithm", grant.signature.uri());
        }
        if rst.canonicalization_algorithm.is_some() {
            w.leaf("trust:CanonicalizationAlgorithm", crate::names::EXCLUSIVE_C14N);
        }
        if rst.encryption_algorithm.is_some() && grant.encrypted {
            w.leaf("trust:EncryptionAlgorithm", grant.cipher.uri());
        }
        let wraps = grant.encrypted || matches!(grant.key, KeyGrant::Symmetric { .. });
        if rst.key_wrap_algorithm.is_some() && rst.trust == TrustVersion::V13 && wraps {
            w.leaf("trust:KeyWrapAlgorithm", grant.transport.uri());
        }
        if rst.computed_key_algorithm.is_some() && self.proof.is_some() {
            w.leaf("trust:ComputedKeyAlgorithm", &format!("{}/CK/PSHA1", rst.trust.namespace()));
        }
        // These two say what the requestor will do, and are its own decision.
        for (name, uri) in [("trust:SignWith", &rst.sign_with), ("trust:EncryptWith", &rst.encrypt_with)] {
            if let Some(uri) = uri {
                w.leaf(name, uri);
            }
        }
    }

    fn wishes(&self, w: &mut Writer) {
        let rst = self.rst;
        if let Some(claims) = &rst.claims {
            w.raw(&claims.xml);
        }
        // No token here is bound to the machine that asked for it, and an answer says what is, not what was wished.
        let forwardable = rst.forwardable.map(|_| true);
        for (name, fact) in [("trust:Forwardable", forwardable), ("trust:Delegatable", self.grant.passing_on.allowed)] {
            if let Some(fact) = fact {
                w.leaf(name, if fact { "true" } else { "false" });
            }
        }
        if rst.authentication_type.is_some() {
            let class = if self.grant.password { "Password" } else { "X509" };
            w.leaf("trust:AuthenticationType", &format!("urn:oasis:names:tc:SAML:2.0:ac:classes:{class}"));
        }
        if rst.renewing.is_some() {
            // Nothing renews a token yet, and the answer says so.
            w.open("trust:Renewing").attribute("Allow", "false").attribute("OK", "false").close();
        }
    }

    fn oddities(&self, w: &mut Writer) {
        if self.wrongs.has(Wrong::RSTR_UNKNOWN_CHILD) {
            w.leaf("trust:NoSuchThing", "x");
        }
    }
}
