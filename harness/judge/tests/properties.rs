//! Laws that hold for every input, whoever wrote it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use stsproof_judge::addressing::Addressing;
use stsproof_judge::check::{Check, Scene, Token};
use stsproof_judge::crypto::CryptoPredicates;
use stsproof_judge::gate::{self, Limits};
use stsproof_judge::path::{Namespaces, Paths};
use stsproof_judge::saml::Assertion;
use stsproof_judge::time::{Span, Time};
use stsproof_judge::tree::{Node, Tree};
use stsproof_judge::trust::{Answer, CutOut};

/// Pieces of which odd and good documents are made, so that many of them come in.
const PIECES: &[&str] = &[
    "<a>",
    "</a>",
    "<a/>",
    "<p:a xmlns:p='urn:1' p:x='&lt;'>",
    "</p:a>",
    " x='1\r\n2'",
    "<a y=\"\t>\" z='&#x41;'>",
    "text",
    "\r\n",
    "&amp;",
    "&x;",
    "]]>",
    "<![CDATA[\r<]]>",
    "<!-- c\r -->",
    "<?pi d\r?>",
    "<!DOCTYPE a>",
    "<?xml version='1.0'?>",
    "\u{e4}\u{1F511}",
    "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'>",
    "</s:Envelope>",
    "<s:Body>",
    "</s:Body>",
    "<s:Fault>",
    "</s:Fault>",
    "<s:Code><s:Value>q:x</s:Value></s:Code>",
    "2026-11-21T10:00:00Z",
    "<",
    ">",
    "'",
    "\u{1}",
    "<t:RequestSecurityTokenResponse xmlns:t='http://docs.oasis-open.org/ws-sx/ws-trust/200512'>",
    "</t:RequestSecurityTokenResponse>",
    "<t:RequestedSecurityToken><Assertion xmlns='urn:oasis:names:tc:SAML:2.0:assertion'/></t:RequestedSecurityToken>",
];

fn document() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat());
    prop_oneof![
        2 => pieces.clone().prop_map(String::into_bytes),
        // Inside of one root, where much of it is well-formed.
        4 => prop::collection::vec(prop::sample::select(BALANCED), 0..12)
            .prop_map(|inside| format!("<r xmlns:s='urn:s' xmlns:t='urn:t'>{}</r>", inside.concat()).into_bytes()),
        1 => (pieces, prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)).prop_map(|(text, flips)| {
            let mut bytes = text.into_bytes();
            for (at, byte) in flips {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                }
            }
            bytes
        }),
        1 => prop::collection::vec(any::<u8>(), 0..64),
    ]
}

const BALANCED: &[&str] = &[
    "<a x='1\r\n2' y = \"\t>'\"/>",
    "<p:a xmlns:p='urn:1' p:x='&lt;' xmlns='urn:2' x=''><b/></p:a>",
    "text\r\n",
    "&amp;",
    "<![CDATA[\r<]]>",
    "<!-- c\r -->",
    "<?pi d\r?>",
    "\u{e4}\u{1F511}",
    "<\u{e4} \u{e4}='\u{1F511}'></\u{e4}>",
    "<s:a t:b='1' c='2\n\n3'\n/>",
];

/// A text, not bytes: what the harness reads when it rewrites a request.
fn admitted(bytes: &[u8]) -> Option<Tree> {
    Tree::read(bytes, None, &Limits::default()).ok()
}

fn attributes(tree: &Tree) -> Vec<Node> {
    let elements = std::iter::once(tree.root()).chain(tree.descendants(tree.root()));
    elements.flat_map(|node| tree.attributes(node)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_judge_never_panics_whatever_the_answer_is(bytes in document(), charset in prop::option::of("[a-z0-9-]{0,10}")) {
        let read = Tree::read(&bytes, charset.as_deref(), &Limits::default());
        let answer = read.as_ref().ok().and_then(Answer::of);
        if let (Ok(tree), Some(answer)) = (&read, &answer) {
            let _ = Addressing::of(tree, &answer.envelope);
            if let Some(token) = answer.token() {
                let _ = (CutOut::of(tree, token).survives(), Assertion::of(tree, token));
            }
        }
        let namespaces = [("p", "urn:1"), ("s", "urn:s")].map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned()));
        let (paths, values) = (Paths::new(&Namespaces(namespaces.into())), BTreeMap::new());
        let scene = Scene {
            status: 200, headers: &[], body: &bytes, answer: read.as_ref(), token: Token::Absent, request: read.as_ref().ok(),
            values: &values, paths: &paths, now: Time::from_unix_nanos(0), predicates: &CryptoPredicates::default(),
        };
        for check in ["at = '//@*'\nequals = '1'", "at = '//*'\nbefore = '{{now}}'", "at = '//p:*'\nholds = 'qname-in:s'", "at = '//node()'\ncount = 3",
            "at = '//*'\nsame-as-request = '//@*'", "http = 'body'\nmatches = '(?s).*a'"] {
            let check: Check = toml::from_str(check).expect("a good check");
            let findings = check.evaluate(&scene);
            prop_assert!(!findings.is_empty());
            for finding in findings {
                prop_assert!(!finding.to_string().contains('\n'), "{finding}");
            }
        }
    }

    #[test]
    fn what_the_gate_admits_the_parser_reads_and_the_gate_admits_again_unchanged(bytes in document()) {
        if let Ok(admitted) = gate::admit(&bytes, None, &Limits::default()) {
            let again = gate::admit(admitted.text.as_bytes(), None, &Limits::default()).expect("what came in once comes in again");
            prop_assert_eq!(&again.text, &admitted.text);
            let tree = Tree::read(&bytes, None, &Limits::default()).expect("the gate leaves nothing to the parser");
            prop_assert_eq!(tree.text(), admitted.text);
        }
    }

    #[test]
    fn the_range_of_an_attribute_is_exactly_the_attribute(bytes in document()) {
        let Some(tree) = admitted(&bytes) else { return Ok(()) };
        for node in attributes(&tree) {
            let (name, source) = (tree.name(node), tree.source(node));
            let written = name.prefix.map_or(name.local.to_owned(), |prefix| format!("{prefix}:{}", name.local));
            prop_assert!(source.starts_with(&written) && source.ends_with(['"', '\'']), "{source}");
            // Put into an element of its own, it is the same attribute.
            let prefix = name.prefix.map(|prefix| format!(" xmlns:{prefix}='{}'", name.namespace.unwrap_or_default())).unwrap_or_default();
            let alone = Tree::from_text(&format!("<e{prefix} {source}/>")).expect("an attribute by itself");
            let value = alone.attribute(alone.root(), name.namespace, name.local).map(str::to_owned);
            prop_assert_eq!(value, Some(tree.text_of(node)));
        }
    }

    #[test]
    fn the_ranges_of_children_lie_in_order_within_their_parent(bytes in document()) {
        let Some(tree) = admitted(&bytes) else { return Ok(()) };
        for node in std::iter::once(tree.root()).chain(tree.descendants(tree.root())).filter(|&node| tree.is_element(node)) {
            let mut at = tree.start_tag(node).end;
            for child in tree.children(node) {
                let range = tree.range(child);
                prop_assert!(range.start == at && range.end > at, "{:?} after {at}", range);
                at = range.end;
            }
            prop_assert_eq!(tree.inside(node).map_or(tree.range(node).end, |inside| inside.end), at);
        }
    }

    #[test]
    fn a_time_is_read_back_as_it_is_written(nanos in -90_000_000_000_000_000_000_i128..300_000_000_000_000_000_000) {
        let time = Time::from_unix_nanos(nanos);
        prop_assert_eq!(Time::parse(&time.to_string()), Ok(time));
    }

    #[test]
    fn texts_that_are_no_times_or_spans_are_told_apart_without_a_panic(text in "[-+0-9TZ:.PDHMSmsdh\u{e4} ]{0,30}") {
        let _ = (Time::parse(&text), Span::parse(&text));
    }
}
