//! Faults on the wire: both SOAP versions, the codes of four specifications.

use std::borrow::Cow;

use super::Reply;
use super::envelope::Frame;
use crate::fault::{AddressingCode, Code, Fault, HeaderTrouble, Problem, QName, SecurityCode, TrustCode};
use crate::names::{FEDERATION, WSSE};
use crate::random::Random;
use crate::request::{Addressing, AddressingVersion, SoapVersion, TrustVersion};
use crate::wrong::{Wrong, Wrongs};
use crate::xml::write::Writer;

/// A fault and the request that it answers, as far as that could be read.
pub(crate) struct Refused<'a> {
    pub(crate) soap: SoapVersion,
    pub(crate) addressing: Option<&'a Addressing>,
    pub(crate) trust: Option<TrustVersion>,
    pub(crate) fault: &'a Fault,
    pub(crate) wrongs: Wrongs,
}

impl Refused<'_> {
    /// Writes it.
    pub(crate) fn reply(&self, random: &mut Random) -> Reply {
        let frame = Frame {
            soap: self.soap,
            addressing: self.addressing.filter(|_| !self.wrongs.has(Wrong::FAULT_NO_ADDRESSING)),
            action: self.action(),
            is_fault: true,
            secured: None,
            signed: false,
            wrongs: self.wrongs,
        };
        let body = |w: &mut Writer, _: &mut Random| {
            self.write(w);
            if self.wrongs.has(Wrong::FAULT_TWICE) {
                self.write(w);
            }
        };
        let envelope = frame.write(&self.headers(), "", random, body);
        let fault = Some(self.fault.code.local().to_owned());
        Reply { fault, ..Reply::soap(self.status(), self.soap, envelope.text, self.wrongs) }
    }

    fn write(&self, w: &mut Writer) {
        match self.soap {
            SoapVersion::V11 => self.soap11(w),
            SoapVersion::V12 => self.soap12(w),
        }
    }

    /// SOAP 1.1: the narrowest code itself.
    fn soap11(&self, w: &mut Writer) {
        w.open("s:Fault");
        let (code, string) = if self.wrongs.has(Wrong::FAULT_QUALIFIED_CHILDREN) {
            ("s:faultcode", "s:faultstring")
        } else {
            ("faultcode", "faultstring")
        };
        let codes = self.codes();
        let narrowest = codes.last().filter(|_| !self.wrongs.has(Wrong::FAULT_NO_SUBCODE));
        w.open(code);
        match (narrowest, &self.fault.code) {
            _ if self.wrongs.has(Wrong::FAULT_DOT_NOTATION) => w.text("s:Client.Authentication"),
            _ if self.wrongs.has(Wrong::FAULT_UNPREFIXED_CODE) => w.text(self.fault.code.local()),
            (Some(name), _) => name.write(w),
            (None, Code::VersionMismatch) => w.text("s:VersionMismatch"),
            (None, Code::MustUnderstand(_)) => w.text("s:MustUnderstand"),
            (None, Code::Receiver) => w.text("s:Server"),
            (None, _) => w.text("s:Client"),
        };
        w.close();
        if !self.wrongs.has(Wrong::FAULT_NO_REASON) {
            w.leaf(string, &self.reason());
        }
        if self.wrongs.has(Wrong::FAULT_UNKNOWN_CHILD) {
            w.leaf("faultadvice", "none");
        }
        // `detail` is for trouble with the Body and for nothing else.
        let about_body = self.fault.code.is_about_body() != self.wrongs.has(Wrong::FAULT_DETAIL_FOR_HEADER);
        if about_body {
            w.open("detail").raw(self.fault.detail.as_deref().unwrap_or_default()).close();
        }
        w.close();
    }

    /// SOAP 1.2: from the widest code to the narrowest.
    fn soap12(&self, w: &mut Writer) {
        w.open("s:Fault").open("s:Code");
        w.leaf("s:Value", if self.wrongs.has(Wrong::FAULT_CODE_VALUE) { "s:Client" } else { self.soap12_code() });
        let codes = self.codes();
        let codes = if self.wrongs.has(Wrong::FAULT_NO_SUBCODE) { &[] } else { codes.as_slice() };
        for code in codes {
            w.open("s:Subcode").open("s:Value");
            if self.wrongs.has(Wrong::FAULT_UNPREFIXED_CODE) {
                w.text(code.local)
            } else {
                code.write(w)
            };
            w.close();
        }
        for _ in codes {
            w.close();
        }
        w.close();
        if !self.wrongs.has(Wrong::FAULT_NO_REASON) {
            w.open("s:Reason").open("s:Text");
            if !self.wrongs.has(Wrong::FAULT_NO_LANGUAGE) {
                w.attribute("xml:lang", "en");
            }
            w.text(&self.reason()).close().close();
        }
        if let Some(detail) = self.fault.detail.clone().or_else(|| self.problem()) {
            w.open("s:Detail").raw(&detail).close();
        }
        w.close();
    }

    fn soap12_code(&self) -> &'static str {
        match self.fault.code {
            Code::VersionMismatch => "s:VersionMismatch",
            Code::MustUnderstand(_) => "s:MustUnderstand",
            Code::Receiver | Code::Addressing(AddressingCode::EndpointUnavailable, _) => "s:Receiver",
            _ => "s:Sender",
        }
    }

    fn reason(&self) -> Cow<'_, str> {
        if self.wrongs.has(Wrong::FAULT_LEAKS) {
            return Cow::Borrowed("java.lang.NullPointerException at sts.Users.find(Users.java:42): no such user");
        }
        if self.wrongs.has(Wrong::FAULT_OTHER_TEXT) {
            return Cow::Borrowed("Something went wrong");
        }
        Cow::Borrowed(&self.fault.reason)
    }

    /// The codes below the SOAP one, from wide to narrow.
    fn codes(&self) -> Vec<Qualified> {
        let trust = self.trust.unwrap_or(TrustVersion::V13);
        match &self.fault.code {
            Code::Trust(code) => vec![Qualified::new("trust", self.trust_namespace(trust), self.trust_code(*code))],
            Code::UnsupportedClaimsDialect => vec![Qualified::new("fed", FEDERATION, self.fault.code.local())],
            Code::Security(code) => vec![Qualified::new("wsse", WSSE, code.name())],
            Code::Addressing(code, _) => {
                let version = self.addressing_version();
                let mut codes = vec![Qualified::new("wsa", version.namespace(), code.name(version))];
                if let AddressingCode::InvalidHeader(Some(trouble)) = code
                    && version == AddressingVersion::V200508
                    && !self.wrongs.has(Wrong::FAULT_NO_SUBSUBCODE)
                {
                    codes.push(Qualified::new("wsa", version.namespace(), HeaderTrouble::name(*trouble)));
                }
                codes
            }
            _ => Vec::new(),
        }
    }

    fn trust_namespace(&self, trust: TrustVersion) -> &'static str {
        match trust {
            TrustVersion::V13 if self.wrongs.has(Wrong::FAULT_OTHER_NAMESPACE) => TrustVersion::V2005.namespace(),
            TrustVersion::V2005 if self.wrongs.has(Wrong::FAULT_OTHER_NAMESPACE) => TrustVersion::V13.namespace(),
            version => version.namespace(),
        }
    }

    fn trust_code(&self, code: TrustCode) -> &'static str {
        let always = self.wrongs.has(Wrong::FAULT_ALWAYS_REQUEST_FAILED);
        if always { TrustCode::RequestFailed.name() } else { code.name() }
    }

    fn addressing_version(&self) -> AddressingVersion {
        self.addressing.map_or(AddressingVersion::V200508, |addressing| addressing.version)
    }

    /// The Action: WS-Addressing keeps one for its own faults.
    fn action(&self) -> Cow<'static, str> {
        Cow::Borrowed(match (self.addressing_version(), &self.fault.code) {
            (AddressingVersion::V200408, _) => "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault",
            (AddressingVersion::V200508, Code::Addressing(..)) => "http://www.w3.org/2005/08/addressing/fault",
            (AddressingVersion::V200508, _) => "http://www.w3.org/2005/08/addressing/soap/fault",
        })
    }

    fn status(&self) -> u16 {
        if self.wrongs.has(Wrong::FAULT_HTTP_200) {
            return 200;
        }
        let sender = self.soap == SoapVersion::V12 && self.soap12_code() == "s:Sender";
        if sender == self.wrongs.has(Wrong::FAULT_HTTP_SWAPPED) { 500 } else { 400 }
    }

    /// Headers that only faults have.
    fn headers(&self) -> String {
        let mut w = Writer::with_capacity(256);
        match &self.fault.code {
            Code::VersionMismatch if !self.wrongs.has(Wrong::FAULT_NO_UPGRADE) => upgrade(&mut w),
            Code::MustUnderstand(names)
                if self.soap == SoapVersion::V12 && !self.wrongs.has(Wrong::FAULT_NO_NOT_UNDERSTOOD) =>
            {
                for name in names {
                    not_understood(&mut w, name);
                }
            }
            Code::Addressing(..) if self.soap == SoapVersion::V11 && self.addressing.is_some() => {
                if let Some(problem) = self.problem() {
                    w.open("wsa:FaultDetail").raw(&problem).close();
                }
            }
            _ => {}
        }
        w.finish()
    }

    /// What a WS-Addressing fault is about.
    fn problem(&self) -> Option<String> {
        let Code::Addressing(_, Some(problem)) = &self.fault.code else { return None };
        let namespace = self.addressing_version().namespace();
        let mut w = Writer::with_capacity(256);
        match problem {
            Problem::HeaderName(name) => {
                w.open("wsa:ProblemHeaderQName").namespace("wsa", namespace);
                if name.namespace == namespace {
                    w.text(&format!("wsa:{}", name.local));
                } else {
                    w.namespace("h", &name.namespace).text(&format!("h:{}", name.local));
                }
                w.close();
            }
            Problem::Iri(iri) => {
                w.open("wsa:ProblemIRI").namespace("wsa", namespace).text(iri).close();
            }
            Problem::Action { action, soap_action } => {
                w.open("wsa:ProblemAction").namespace("wsa", namespace).leaf("wsa:Action", action);
                if let Some(soap_action) = soap_action {
                    w.leaf("wsa:SoapAction", soap_action);
                }
                w.close();
            }
        }
        Some(w.finish())
    }
}

impl Code {
    /// Whether the Body could not be processed, rather than a header.
    fn is_about_body(&self) -> bool {
        match self {
            Self::UnsupportedClaimsDialect => true,
            Self::Trust(code) => !matches!(
                code,
                TrustCode::FailedAuthentication | TrustCode::AuthenticationBadElements | TrustCode::RenewNeeded
            ),
            _ => false,
        }
    }

    /// The local name of the narrowest code.
    fn local(&self) -> &'static str {
        match self {
            Self::VersionMismatch => "VersionMismatch",
            Self::MustUnderstand(_) => "MustUnderstand",
            Self::Sender => "Client",
            Self::Receiver => "Server",
            Self::UnsupportedClaimsDialect => "UnsupportedClaimsDialect",
            Self::Trust(code) => code.name(),
            Self::Security(code) => SecurityCode::name(*code),
            Self::Addressing(code, _) => code.name(AddressingVersion::V200508),
        }
    }
}

/// A code with the prefix it gets.
struct Qualified {
    prefix: &'static str,
    namespace: &'static str,
    local: &'static str,
}

impl Qualified {
    fn new(prefix: &'static str, namespace: &'static str, local: &'static str) -> Self {
        Self { prefix, namespace, local }
    }

    /// As the content of the element just opened, which declares the prefix.
    fn write<'w>(&self, w: &'w mut Writer) -> &'w mut Writer {
        w.namespace(self.prefix, self.namespace).text(&format!("{}:{}", self.prefix, self.local))
    }
}

/// The versions that are spoken here. SOAP 1.2 has its own header block for that, in its own namespace, in the faults
/// of SOAP 1.1, too (Part 1, appendix A).
fn upgrade(w: &mut Writer) {
    w.open("s12:Upgrade").namespace("s12", SoapVersion::V12.namespace());
    for (prefix, version) in [("s12", SoapVersion::V12), ("s11", SoapVersion::V11)] {
        w.open("s12:SupportedEnvelope");
        if version == SoapVersion::V11 {
            w.namespace(prefix, version.namespace());
        }
        w.attribute("qname", &format!("{prefix}:Envelope")).close();
    }
    w.close();
}

fn not_understood(w: &mut Writer, name: &QName) {
    w.open("s:NotUnderstood");
    if name.namespace.is_empty() {
        w.attribute("qname", &name.local);
    } else {
        w.namespace("h", &name.namespace).attribute("qname", &format!("h:{}", name.local));
    }
    w.close();
}
