//! SOAP envelopes and faults of both versions, read as far as they can be: what is wrong with them is listed, and the
//! rest is still there to be judged.

use crate::tree::{Node, Tree};
use crate::uri;

/// Namespace of SOAP 1.1 envelopes.
pub const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Namespace of SOAP 1.2 envelopes.
pub const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// The outermost codes that SOAP 1.2 knows.
const CODES: [&str; 5] = ["VersionMismatch", "MustUnderstand", "DataEncodingUnknown", "Sender", "Receiver"];

/// The versions of SOAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// SOAP 1.1.
    V11,
    /// SOAP 1.2.
    V12,
}

impl Version {
    /// The namespace of its envelopes.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V11 => SOAP_11,
            Self::V12 => SOAP_12,
        }
    }

    /// As people and the variants of cases write it.
    pub fn label(self) -> &'static str {
        match self {
            Self::V11 => "1.1",
            Self::V12 => "1.2",
        }
    }
}

/// A breach of SOAP's own schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The node that is wrong, or that lacks something.
    pub node: Node,
    /// What is wrong, in words.
    pub because: String,
}

/// An envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Its version.
    pub version: Version,
    /// The Envelope itself.
    pub node: Node,
    /// The Header, if there is one.
    pub header: Option<Node>,
    /// The elements in the Header.
    pub headers: Vec<Node>,
    /// The Body, if there is one.
    pub body: Option<Node>,
    /// The elements in the Body.
    pub payload: Vec<Node>,
    /// Where it breaks the schema.
    pub flaws: Vec<Flaw>,
}

impl Envelope {
    /// Reads the envelope that is the root of a document; `None` if the root is something else.
    pub fn of(tree: &Tree) -> Option<Self> {
        let node = tree.root();
        let version = [Version::V12, Version::V11].into_iter().find(|v| tree.is(node, v.namespace(), "Envelope"))?;
        let namespace = version.namespace();
        let (header, body) = (tree.child(node, namespace, "Header"), tree.child(node, namespace, "Body"));
        let inside = |part: Option<Node>| part.map(|part| tree.elements(part).collect()).unwrap_or_default();
        let mut envelope =
            Self { version, node, header, headers: inside(header), body, payload: inside(body), flaws: Vec::new() };
        envelope.find_flaws(tree);
        Some(envelope)
    }

    /// The fault in the Body, if there is one.
    pub fn fault(&self, tree: &Tree) -> Option<Fault> {
        let node = self.payload.iter().copied().find(|&node| tree.is(node, self.version.namespace(), "Fault"))?;
        let mut fault = Fault::empty(node, self.version);
        match self.version {
            Version::V11 => fault.read_11(tree),
            Version::V12 => fault.read_12(tree),
        }
        if self.payload.len() > 1 {
            fault.flaw(node, "a Fault is the only element in the Body");
        }
        Some(fault)
    }

    fn find_flaws(&mut self, tree: &Tree) {
        let mut body_seen = false;
        for child in tree.children(self.node) {
            let flaw = if tree.is_text(child) {
                (!tree.text_of(child).trim().is_empty()).then_some("text directly in the Envelope")
            } else if !tree.is_element(child) {
                None
            } else if Some(child) == self.header {
                body_seen.then_some("the Header stands after the Body")
            } else if Some(child) == self.body {
                body_seen = true;
                None
            } else if tree.is(child, self.version.namespace(), "Body") {
                Some("a second Body")
            } else if tree.is(child, self.version.namespace(), "Header") {
                Some("a second Header")
            } else if self.version == Version::V11 && body_seen && tree.name(child).namespace.is_some() {
                None // SOAP 1.1 allows qualified elements after the Body.
            } else {
                Some("an Envelope holds a Header and a Body only")
            };
            if let Some(because) = flaw {
                self.flaws.push(Flaw { node: child, because: because.to_owned() });
            }
        }
        if self.body.is_none() {
            self.flaws.push(Flaw { node: self.node, because: "the Envelope has no Body".to_owned() });
        }
    }
}

/// A `QName` as the value of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The element.
    pub node: Node,
    /// As it is written.
    pub written: String,
    /// The namespace that its prefix has at that place; `None` if it has none.
    pub namespace: Option<String>,
    /// The name without prefix.
    pub local: String,
}

impl Code {
    /// Reads an element's text as a `QName`, its prefix resolved at that place.
    pub fn of(tree: &Tree, node: Node) -> Self {
        let written = tree.text_of(node).trim().to_owned();
        let (prefix, local) = written.split_once(':').unwrap_or(("", &written));
        let namespace = tree.resolve(node, prefix).map(str::to_owned);
        Self { node, local: local.to_owned(), namespace, written }
    }

    /// Whether it is that name.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && self.namespace.as_deref().unwrap_or_default() == namespace
    }
}

/// An explanation for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultText {
    /// The language, if it says so.
    pub lang: Option<String>,
    /// The text.
    pub text: String,
}

/// A fault of either version in one shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The Fault element.
    pub node: Node,
    /// The version it is written in.
    pub version: Version,
    /// Code in SOAP 1.2, faultcode in 1.1.
    pub code: Option<Code>,
    /// The subcodes from the outside in. SOAP 1.1 has none: there the faultcode itself may be the specific one.
    pub subcodes: Vec<Code>,
    /// Reason in SOAP 1.2, faultstring in 1.1.
    pub reasons: Vec<FaultText>,
    /// Who failed: Role in SOAP 1.2, faultactor in 1.1.
    pub role: Option<String>,
    /// The Node of SOAP 1.2.
    pub reporter: Option<String>,
    /// What is specific to the application.
    pub detail: Option<Node>,
    /// Where it breaks the schema.
    pub flaws: Vec<Flaw>,
}

impl Fault {
    /// All codes from the general to the specific.
    pub fn codes(&self) -> impl Iterator<Item = &Code> {
        self.code.iter().chain(&self.subcodes)
    }

    fn empty(node: Node, version: Version) -> Self {
        Self {
            node,
            version,
            code: None,
            subcodes: Vec::new(),
            reasons: Vec::new(),
            role: None,
            reporter: None,
            detail: None,
            flaws: Vec::new(),
        }
    }

    fn flaw(&mut self, node: Node, because: impl Into<String>) {
        self.flaws.push(Flaw { node, because: because.into() });
    }

    fn read_11(&mut self, tree: &Tree) {
        for child in tree.elements(self.node) {
            let name = tree.name(child);
            if !matches!(name.local, "faultcode" | "faultstring" | "faultactor" | "detail") {
                self.flaw(child, format!("SOAP 1.1 has no `{}` in a Fault", name.local));
                continue;
            }
            if name.namespace.is_some() {
                self.flaw(child, format!("`{}` has a namespace, but SOAP 1.1 wants it without", name.local));
            }
            match name.local {
                "faultcode" => {
                    let code = Code::of(tree, child);
                    if code.namespace.is_none() && code.written.contains(':') {
                        self.flaw(
                            child,
                            format!("the prefix of the faultcode `{}` is not declared here", code.written),
                        );
                    }
                    self.code = Some(code);
                }
                "faultstring" => {
                    let lang = language(tree, child);
                    self.reasons.push(FaultText { lang, text: tree.text_of(child) });
                }
                "faultactor" => self.role = Some(tree.text_of(child)),
                _ => self.detail = Some(child),
            }
        }
        if self.code.is_none() {
            self.flaw(self.node, "the Fault has no faultcode");
        }
        if self.reasons.is_empty() {
            self.flaw(self.node, "the Fault has no faultstring");
        }
    }

    fn read_12(&mut self, tree: &Tree) {
        let mut passed = 0;
        for child in tree.elements(self.node) {
            let local = tree.name(child).local;
            let known = ["Code", "Reason", "Node", "Role", "Detail"].iter().position(|known| *known == local);
            let Some(rank) = known.filter(|_| tree.is(child, SOAP_12, local)) else {
                self.flaw(child, format!("SOAP 1.2 has no such `{local}` in a Fault"));
                continue;
            };
            if rank < passed {
                self.flaw(child, "the order in a Fault is Code, Reason, Node, Role, Detail");
            }
            passed = passed.max(rank);
            match rank {
                0 => self.read_code(tree, child),
                1 => self.read_reason(tree, child),
                2 => self.reporter = Some(tree.text_of(child)),
                3 => self.role = Some(tree.text_of(child)),
                _ => self.detail = Some(child),
            }
        }
        match &self.code {
            None => self.flaw(self.node, "the Fault has no Code with a Value"),
            Some(code) if !CODES.iter().any(|known| code.is(SOAP_12, known)) => {
                let because = format!("the outermost code `{}` is none of SOAP 1.2's five", code.written);
                self.flaw(code.node, because);
            }
            Some(_) => {}
        }
        if self.reasons.is_empty() {
            self.flaw(self.node, "the Fault has no Reason with a Text");
        }
    }

    fn read_code(&mut self, tree: &Tree, code: Node) {
        let mut level = Some(code);
        while let Some(at) = level {
            match tree.child(at, SOAP_12, "Value").map(|value| Code::of(tree, value)) {
                None => self.flaw(at, "a code has a Value"),
                Some(value) => {
                    if value.namespace.is_none() {
                        self.flaw(
                            value.node,
                            format!("`{}` has no namespace here: a code is a qualified name", value.written),
                        );
                    }
                    if at == code {
                        self.code = Some(value);
                    } else {
                        self.subcodes.push(value);
                    }
                }
            }
            level = tree.child(at, SOAP_12, "Subcode");
        }
    }

    fn read_reason(&mut self, tree: &Tree, reason: Node) {
        for text in tree.elements(reason).filter(|&text| tree.is(text, SOAP_12, "Text")) {
            let lang = language(tree, text);
            if lang.is_none() {
                self.flaw(text, "a Text says its language in xml:lang");
            }
            self.reasons.push(FaultText { lang, text: tree.text_of(text) });
        }
    }
}

fn language(tree: &Tree, node: Node) -> Option<String> {
    tree.attribute(node, Some(uri::XML), "lang").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn fault(text: &str) -> Fault {
        let tree = Tree::from_text(text).expect("well-formed");
        Envelope::of(&tree).and_then(|envelope| envelope.fault(&tree)).expect("a fault")
    }

    #[test]
    fn a_fault_of_soap_12_has_codes_from_the_general_to_the_specific() {
        let fault = fault(
            "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' xmlns:t='urn:t'><s:Body><s:Fault>
             <s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value> t:InvalidRequest </s:Value></s:Subcode></s:Code>
             <s:Reason><s:Text xml:lang='en'>no</s:Text></s:Reason><s:Role>urn:r</s:Role><s:Detail/></s:Fault></s:Body></s:Envelope>",
        );
        assert!(fault.code.as_ref().is_some_and(|code| code.is(SOAP_12, "Sender")));
        assert!(fault.codes().last().is_some_and(|code| code.is("urn:t", "InvalidRequest")));
        assert_eq!((fault.role.as_deref(), fault.detail.is_some()), (Some("urn:r"), true));
        assert_eq!(fault.flaws, []);
    }

    #[test]
    fn a_fault_of_soap_11_fills_the_same_shape() {
        let fault = fault(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns:t='urn:t'><s:Body><s:Fault>
             <faultcode>t:InvalidRequest</faultcode><faultstring>no</faultstring><faultactor>urn:r</faultactor><detail/>
             </s:Fault></s:Body></s:Envelope>",
        );
        assert!(fault.codes().last().is_some_and(|code| code.is("urn:t", "InvalidRequest")));
        assert_eq!(fault.reasons, [FaultText { lang: None, text: "no".to_owned() }]);
        assert_eq!(fault.flaws, []);
    }

    #[rstest]
    #[case::unbound_code(
        "http://www.w3.org/2003/05/soap-envelope",
        "<s:Code><s:Value>q:X</s:Value></s:Code><s:Reason><s:Text xml:lang='en'/></s:Reason>",
        2
    )]
    #[case::no_language(
        "http://www.w3.org/2003/05/soap-envelope",
        "<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text/></s:Reason>",
        1
    )]
    #[case::order(
        "http://www.w3.org/2003/05/soap-envelope",
        "<s:Reason><s:Text xml:lang='en'/></s:Reason><s:Code><s:Value>s:Sender</s:Value></s:Code>",
        1
    )]
    #[case::shape_of_11_in_12(
        "http://www.w3.org/2003/05/soap-envelope",
        "<faultcode>s:Sender</faultcode><faultstring/>",
        4
    )]
    #[case::qualified(
        "http://schemas.xmlsoap.org/soap/envelope/",
        "<s:faultcode>s:Client</s:faultcode><faultstring/>",
        1
    )]
    #[case::empty("http://schemas.xmlsoap.org/soap/envelope/", "", 2)]
    fn flaws_are_listed_and_the_rest_is_still_read(
        #[case] namespace: &str,
        #[case] inside: &str,
        #[case] flaws: usize,
    ) {
        let fault = fault(&format!(
            "<s:Envelope xmlns:s='{namespace}'><s:Body><s:Fault>{inside}</s:Fault></s:Body></s:Envelope>"
        ));
        assert_eq!(fault.flaws.len(), flaws, "{:?}", fault.flaws);
    }

    #[rstest]
    #[case::good("<s:Header/><s:Body/>", 0)]
    #[case::no_body("<s:Header/>", 1)]
    #[case::wrong_order("<s:Body/><s:Header/>", 1)]
    #[case::two_bodies("<s:Body/><s:Body/>", 1)]
    #[case::trailing("<s:Body/><x/>", 1)]
    #[case::text("x<s:Body/>", 1)]
    fn an_envelope_lists_its_flaws(#[case] inside: &str, #[case] flaws: usize) {
        let text = format!("<s:Envelope xmlns:s='{SOAP_12}'>{inside}</s:Envelope>");
        let envelope = Envelope::of(&Tree::from_text(&text).expect("well-formed")).expect("an envelope");
        assert_eq!(envelope.flaws.len(), flaws, "{:?}", envelope.flaws);
    }
}
