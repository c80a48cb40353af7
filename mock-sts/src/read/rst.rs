//! The RequestSecurityToken: which children there may be, and that none is there twice.

use crate::fault::{Fault, SecurityCode, TrustCode};
use crate::names::{AUTHORIZATION, POLICY_15, POLICY_2004, WSU, XENC, XML, XSI};
use crate::request::{Other, RequestType, Rst, SoapVersion, TRUST_14, TrustVersion};
use crate::security::Message;
use crate::wrong::{Wrong, Wrongs};
use crate::xml::c14n::by_itself;
use crate::xml::tree::{Ask as _, Node};

use super::{Outcome, entropy, parameters, tokens};

/// Finds the one RST that a Body holds.
pub(super) fn element(body: Node<'_>, wrongs: Wrongs) -> Outcome<Node<'_>> {
    let mut children = body.elements();
    let Some(first) = children.next() else { return refuse(TrustCode::InvalidRequest, "The Body is empty") };
    if children.next().is_some() && !wrongs.has(Wrong::WEAK_FIRST_OF_SEVERAL) {
        return refuse(TrustCode::InvalidRequest, "The Body holds more than one element");
    }
    let trust = TrustVersion::of(first.namespace());
    match (trust, first.local()) {
        (Some(_), "RequestSecurityToken") if wrongs.has(Wrong::SPOT_KNOWN_BY_PREFIX) && !is_usual(first) => {
            refuse(TrustCode::InvalidRequest, "The Body does not hold a RequestSecurityToken")
        }
        (Some(_), "RequestSecurityToken") => Ok(first),
        // Whatever the algorithm is, it is none that a message can be encrypted with here.
        _ if first.is(XENC, "EncryptedData") => Err(Box::new(Fault::of(SecurityCode::UnsupportedAlgorithm))),
        (Some(TrustVersion::V13), "RequestSecurityTokenCollection") => {
            refuse(TrustCode::BadRequest, "Several requests in one message are not supported")
        }
        _ => refuse(TrustCode::InvalidRequest, "The Body does not hold a RequestSecurityToken"),
    }
}

/// Whether an element is written with the prefix that most write.
fn is_usual(element: Node<'_>) -> bool {
    element.document().input_text()[element.range()].starts_with("<wst:")
}

/// What a service that looks at the Body too early would complain of.
pub(super) fn precheck(body: Node<'_>, wrongs: Wrongs) -> Outcome<()> {
    let rst = element(body, wrongs)?;
    match rst.one(rst.namespace(), "RequestType") {
        Some(_) => Ok(()),
        None => refuse(TrustCode::InvalidRequest, "There is no RequestType"),
    }
}

/// Reads the RST.
pub(super) fn read<'a>(rst: Node<'a>, message: &Message<'a>) -> Outcome<Rst> {
    let wrongs = message.desk.wrongs;
    // `element` found it by this namespace.
    let trust = TrustVersion::of(rst.namespace()).unwrap_or(TrustVersion::V13);
    if !wrongs.has(Wrong::ACCEPT_UNKNOWN_ATTRIBUTE) {
        attributes(rst)?;
    }
    if rst.has_text() {
        return refuse(TrustCode::InvalidRequest, "There is text between the parameters");
    }
    let mut reader = Reader { rst: blank(trust, context(rst, wrongs)), message, seen: Vec::with_capacity(16) };
    let mut secondary = None;
    let children: Vec<_> = rst.elements().collect();
    let secondary_first = wrongs.has(Wrong::RST_SECONDARY_WINS);
    let holders = || {
        children.iter().filter(|child| trust == TrustVersion::V13 && child.is(trust.namespace(), "SecondaryParameters"))
    };
    if secondary_first && let Some(holder) = holders().next() {
        reader.secondary(*holder)?;
    }
    for child in &children {
        if trust == TrustVersion::V13 && child.is(trust.namespace(), "SecondaryParameters") {
            if secondary.replace(*child).is_some() {
                return refuse(TrustCode::InvalidRequest, "SecondaryParameters stands there twice");
            }
        } else if !(secondary_first && reader.has(*child)) {
            reader.direct(*child)?;
        }
    }
    if let Some(holder) = secondary {
        reader.secondary(holder)?;
    }
    let mut rst = reader.rst;
    if rst.request_type.is_none() {
        if !wrongs.has(Wrong::ACCEPT_NO_REQUEST_TYPE) {
            return refuse(TrustCode::InvalidRequest, "There is no RequestType");
        }
        rst.request_type = Some(RequestType::Issue);
    }
    Ok(rst)
}

/// What comes back as it was sent.
fn context(rst: Node<'_>, wrongs: Wrongs) -> Option<String> {
    let context = rst.plain("Context");
    if wrongs.has(Wrong::SPOT_CONTEXT_FOLDED) { context.map(str::to_lowercase) } else { context.map(str::to_owned) }
}

/// An attribute that is not understood leads to a fault; one of SOAP is to be ignored outside header blocks, and an
/// identifier is for whoever refers to it.
fn attributes(rst: Node<'_>) -> Outcome<()> {
    for attribute in rst.attributes() {
        let is_known = match attribute.namespace() {
            None => matches!(attribute.name(), "Context" | "Id"),
            Some(namespace) => matches!(namespace, WSU | XML | XSI) || SoapVersion::of(namespace).is_some(),
        };
        if !is_known {
            return refuse(TrustCode::BadRequest, "The RequestSecurityToken has an attribute that is not understood");
        }
    }
    Ok(())
}

struct Reader<'a, 'm> {
    rst: Rst,
    message: &'m Message<'a>,
    /// Names of what was read.
    seen: Vec<(&'a str, &'a str)>,
}

impl<'a> Reader<'a, '_> {
    fn has(&self, child: Node<'a>) -> bool {
        self.seen.contains(&(child.namespace(), child.local()))
    }

    /// A parameter that stands directly in the RST.
    fn direct(&mut self, child: Node<'a>) -> Outcome<()> {
        if self.has(child) {
            if self.message.desk.wrongs.has(Wrong::WEAK_FIRST_OF_SEVERAL) {
                return Ok(());
            }
            return refuse(TrustCode::InvalidRequest, format!("{} stands there twice", child.local()));
        }
        self.seen.push((child.namespace(), child.local()));
        if self.set(child)? {
            return Ok(());
        }
        let is_parameter = TrustVersion::of(child.namespace()).is_some() || child.namespace() == TRUST_14;
        let wrong = if is_parameter { Wrong::ACCEPT_UNKNOWN_PARAMETER } else { Wrong::ACCEPT_UNKNOWN_CHILD };
        if !self.message.desk.wrongs.has(wrong) {
            return refuse(TrustCode::BadRequest, "The request holds an element that is not understood");
        }
        self.carry(child);
        Ok(())
    }

    /// Parameters of a third party: they count where the requestor did not say the same, and only if they are known.
    fn secondary(&mut self, holder: Node<'a>) -> Outcome<()> {
        for child in holder.elements() {
            if child.is(holder.namespace(), "SecondaryParameters")
                && !self.message.desk.wrongs.has(Wrong::ACCEPT_NESTED_SECONDARY)
            {
                return refuse(TrustCode::InvalidRequest, "SecondaryParameters stands within SecondaryParameters");
            }
            // What is asked, and of whose credentials, is the requestor's own to say.
            let is_own = matches!(child.local(), "RequestType" | "OnBehalfOf" | "ActAs" | "UseKey" | "Entropy");
            if !is_own && !self.has(child) {
                self.seen.push((child.namespace(), child.local()));
                self.set(child)?;
            }
        }
        Ok(())
    }

    fn carry(&mut self, child: Node<'a>) {
        let (namespace, local) = (child.namespace().to_owned(), child.local().to_owned());
        self.rst.others.push(Other { namespace, local, xml: by_itself(child) });
    }

    /// Reads a child into its field; false where nobody knows it.
    fn set(&mut self, child: Node<'a>) -> Outcome<bool> {
        let trust = self.rst.trust;
        let namespace = child.namespace();
        if namespace == trust.namespace() {
            return Ok(self.set_uri(child)? || self.set_key(child)? || self.set_structure(child)?);
        }
        match (namespace, child.local()) {
            (POLICY_2004 | POLICY_15, "AppliesTo") => self.rst.applies_to = Some(parameters::applies_to(child)),
            (POLICY_2004 | POLICY_15, "Policy" | "PolicyReference") | (AUTHORIZATION, "AdditionalContext") => {
                self.carry(child);
            }
            (TRUST_14, "ActAs") if trust == TrustVersion::V13 => {
                self.rst.act_as = Some(tokens::content(child, self.message)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Parameters that are a URI.
    fn set_uri(&mut self, child: Node<'a>) -> Outcome<bool> {
        let wrongs = self.message.desk.wrongs;
        let rst = &mut self.rst;
        let field = match child.local() {
            "RequestType" => {
                let uri = parameters::uri(child)?;
                let step = uri.strip_prefix(rst.trust.namespace()).and_then(|rest| rest.strip_prefix('/'));
                let kind = step.and_then(|step| RequestType::ALL.into_iter().find(|kind| kind.step() == step));
                let guess = wrongs.has(Wrong::ACCEPT_UNKNOWN_REQUEST_TYPE).then_some(RequestType::Issue);
                rst.request_type = kind.or(guess);
                rst.request_type_uri = Some(uri);
                if rst.request_type.is_none() {
                    return refuse(TrustCode::BadRequest, "The RequestType is not one that this service knows");
                }
                return Ok(true);
            }
            "TokenType" if wrongs.has(Wrong::ACCEPT_ODD_TOKEN_TYPE) => {
                rst.token_type =
                    Some(child.trimmed().into_owned()).filter(|uri| crate::xml::tree::is_absolute_uri(uri));
                return Ok(true);
            }
            "TokenType" => &mut rst.token_type,
            "KeyType" => &mut rst.key_type,
            "AuthenticationType" => &mut rst.authentication_type,
            "SignatureAlgorithm" => &mut rst.signature_algorithm,
            "CanonicalizationAlgorithm" => &mut rst.canonicalization_algorithm,
            "EncryptionAlgorithm" => &mut rst.encryption_algorithm,
            "KeyWrapAlgorithm" if rst.trust == TrustVersion::V13 => &mut rst.key_wrap_algorithm,
            "ComputedKeyAlgorithm" => &mut rst.computed_key_algorithm,
            "SignWith" => &mut rst.sign_with,
            "EncryptWith" => &mut rst.encrypt_with,
            _ => return Ok(false),
        };
        *field = Some(parameters::uri(child)?);
        Ok(true)
    }

    /// Parameters about keys and periods.
    fn set_key(&mut self, child: Node<'a>) -> Outcome<bool> {
        let wrongs = self.message.desk.wrongs;
        let rst = &mut self.rst;
        match child.local() {
            "KeySize" => rst.key_size = parameters::key_size(child, wrongs)?,
            "Entropy" => rst.entropy = Some(entropy::read(child, self.message)?),
            "Lifetime" => rst.lifetime = Some(parameters::lifetime(child, wrongs)?),
            "UseKey" => rst.use_key = Some(tokens::use_key(child, self.message)?),
            "Renewing" => rst.renewing = Some(parameters::renewing(child)?),
            "Forwardable" => rst.forwardable = parameters::flag(child, wrongs)?,
            "Delegatable" => rst.delegatable = parameters::flag(child, wrongs)?,
            "AllowPostdating" => rst.allow_postdating = true,
            "Claims" => rst.claims = Some(parameters::claims(child, rst.trust, wrongs)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Parameters that hold a token, and those that are known and not acted on.
    fn set_structure(&mut self, child: Node<'a>) -> Outcome<bool> {
        let wrongs = self.message.desk.wrongs;
        let field = match child.local() {
            "OnBehalfOf" if wrongs.has(Wrong::ACCEPT_EMPTY_ON_BEHALF_OF) && child.elements().next().is_none() => {
                return Ok(true);
            }
            "DelegateTo" if wrongs.has(Wrong::ACCEPT_EMPTY_DELEGATE_TO) && child.elements().next().is_none() => {
                return Ok(true);
            }
            "OnBehalfOf" => &mut self.rst.on_behalf_of,
            "DelegateTo" => &mut self.rst.delegate_to,
            "Encryption" => &mut self.rst.encryption,
            "ProofEncryption" => &mut self.rst.proof_encryption,
            "RenewTarget" => &mut self.rst.renew_target,
            "ValidateTarget" => &mut self.rst.validate_target,
            "CancelTarget" => &mut self.rst.cancel_target,
            "Issuer"
            | "Participants"
            | "BinaryExchange"
            | "RequestKET"
            | "KeyExchangeToken"
            | "Authenticator"
            | "SignChallenge"
            | "SignChallengeResponse" => {
                self.carry(child);
                return Ok(true);
            }
            _ => return Ok(false),
        };
        *field = Some(tokens::content(child, self.message)?);
        Ok(true)
    }
}

pub(super) fn refuse<T>(code: TrustCode, reason: impl Into<String>) -> Outcome<T> {
    Err(Box::new(Fault::because(code, reason)))
}

fn blank(trust: TrustVersion, context: Option<String>) -> Rst {
    Rst {
        trust,
        context,
        request_type: None,
        request_type_uri: None,
        token_type: None,
        key_type: None,
        key_size: None,
        applies_to: None,
        claims: None,
        entropy: None,
        lifetime: None,
        computed_key_algorithm: None,
        use_key: None,
        on_behalf_of: None,
        act_as: None,
        delegate_to: None,
        forwardable: None,
        delegatable: None,
        renewing: None,
        allow_postdating: false,
        authentication_type: None,
        signature_algorithm: None,
        canonicalization_algorithm: None,
        encryption_algorithm: None,
        key_wrap_algorithm: None,
        sign_with: None,
        encrypt_with: None,
        encryption: None,
        proof_encryption: None,
        renew_target: None,
        validate_target: None,
        cancel_target: None,
        others: Vec::new(),
    }
}
