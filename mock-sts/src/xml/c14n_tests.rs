use proptest::prelude::*;
use roxmltree::Document;
use rstest::rstest;

use super::super::tree::Ask as _;
use super::*;

fn exclusive<'a>(text: &str, local: &str, prefixes: &'a [&'a str]) -> String {
    with(text, local, Method { prefixes, ..Method::default() })
}

fn with(text: &str, local: &str, method: Method<'_>) -> String {
    let document = Document::parse(text).unwrap();
    let element = document.descendants().find(|node| node.is_element() && node.local() == local).unwrap();
    canonical(element, method, None).unwrap()
}

// The example of the recommendation, clause 2.2: one element under two contexts, and what each method makes of it.
const PART: &str =
    "<n1:elem2 xmlns:n0=\"http://example.net\" xml:lang=\"en\"><n3:stuff xmlns:n3=\"ftp://example.org\"/></n1:elem2>";

#[rstest]
#[case(
    "<n0:local xmlns:n0=\"foo:bar\" xmlns:n3=\"ftp://example.org\"><n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:stuff/></n1:elem2></n0:local>"
)]
#[case(
    "<n2:pdu xmlns:n1=\"http://example.net\" xmlns:n2=\"http://foo.example\" xml:lang=\"fr\" xml:space=\"retain\"><n1:elem2 xmlns:n3=\"ftp://example.org\" xml:lang=\"en\"><n3:stuff/></n1:elem2></n2:pdu>"
)]
fn exclusive_form_does_not_depend_on_the_context(#[case] text: &str) {
    let expected = "<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\"><n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>";
    assert_eq!(exclusive(text, "elem2", &[]), expected);
}

#[test]
fn inclusive_form_brings_the_context_along() {
    let text = format!(
        "<n2:pdu xmlns:n1=\"http://example.com\" xmlns:n2=\"http://foo.example\" xml:lang=\"fr\" xml:space=\"retain\">{PART}</n2:pdu>"
    );
    let expected = "<n1:elem2 xmlns:n0=\"http://example.net\" xmlns:n1=\"http://example.com\" xmlns:n2=\"http://foo.example\" xml:lang=\"en\" xml:space=\"retain\"><n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>";
    assert_eq!(with(&text, "elem2", Method { inclusive: true, ..Method::default() }), expected);
}

#[rstest]
#[case::empty_tags_and_quotes("<doc   a = 'x'   ><e1   /></doc  >", "<doc a=\"x\"><e1></e1></doc>")]
#[case::attributes_in_order(
    "<e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\" xmlns:b=\"http://www.ietf.org\" xmlns:a=\"http://www.w3.org\" xmlns=\"http://example.org\"/>",
    "<e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5>"
)]
#[case::default_undone(
    "<a xmlns=\"urn:a\"><b xmlns=\"\"><c xmlns=\"urn:a\"/></b></a>",
    "<a xmlns=\"urn:a\"><b xmlns=\"\"><c xmlns=\"urn:a\"></c></b></a>"
)]
#[case::no_needless_default("<a xmlns=\"\"><b/></a>", "<a><b></b></a>")]
#[case::text(
    "<t>First&#x0d;&#10;&lt;&gt;&amp;&quot;<![CDATA[a>\"b<]]></t>",
    "<t>First&#xD;\n&lt;&gt;&amp;\"a&gt;\"b&lt;</t>"
)]
#[case::attribute_value(
    "<t a=\"&#13;&#10;&#9;&lt;>&amp;&quot;'\tx\"/>",
    "<t a=\"&#xD;&#xA;&#x9;&lt;>&amp;&quot;' x\"></t>"
)]
#[case::comments_go("<a>1<!-- c -->2<?p  d?><?q?></a>", "<a>12<?p d?><?q?></a>")]
#[case::line_ends("<a>\r\nb\rc</a>", "<a>\nb\nc</a>")]
#[case::unused_prefix("<a xmlns:x=\"urn:x\"><x:b x:c=\"\"/></a>", "<a><x:b xmlns:x=\"urn:x\" x:c=\"\"></x:b></a>")]
#[case::rebound_prefix(
    "<x:a xmlns:x=\"urn:1\"><x:b xmlns:x=\"urn:2\"><x:c/></x:b><x:d/></x:a>",
    "<x:a xmlns:x=\"urn:1\"><x:b xmlns:x=\"urn:2\"><x:c></x:c></x:b><x:d></x:d></x:a>"
)]
fn canonical_form_is_as_the_recommendation_says(#[case] text: &str, #[case] expected: &str) {
    let document = Document::parse(text).unwrap();
    assert_eq!(canonical(document.root_element(), Method::default(), None).unwrap(), expected);
}

#[test]
fn comments_stay_where_the_method_keeps_them() {
    assert_eq!(with("<a><!-- c --></a>", "a", Method { comments: true, ..Method::default() }), "<a><!-- c --></a>");
}

#[test]
fn a_listed_prefix_is_treated_inclusively() {
    let text = "<a xmlns=\"urn:d\" xmlns:xs=\"urn:xs\" xmlns:p=\"urn:p\"><p:b t=\"xs:string\"><p:c/></p:b></a>";
    assert_eq!(exclusive(text, "b", &[]), "<p:b xmlns:p=\"urn:p\" t=\"xs:string\"><p:c></p:c></p:b>");
    assert_eq!(
        exclusive(text, "b", &["xs", "absent"]),
        "<p:b xmlns:p=\"urn:p\" xmlns:xs=\"urn:xs\" t=\"xs:string\"><p:c></p:c></p:b>"
    );
    assert_eq!(exclusive(text, "c", &["#default"]), "<p:c xmlns=\"urn:d\" xmlns:p=\"urn:p\"></p:c>");
}

#[test]
fn an_enveloped_signature_is_left_out() {
    let document = Document::parse("<a>1<s>x</s>2</a>").unwrap();
    let signature = document.root_element().first_element_child().unwrap();
    assert_eq!(canonical(document.root_element(), Method::default(), Some(signature.id())).unwrap(), "<a>12</a>");
}

#[test]
fn a_relative_namespace_has_no_canonical_form() {
    let document = Document::parse("<a xmlns='b'/>").unwrap();
    assert_eq!(canonical(document.root_element(), Method::default(), None), Err(Unfit));
}

proptest! {
    #[test]
    fn a_canonical_form_is_its_own_canonical_form(text in "<a xmlns='u:a' xmlns:p='u:p'>(<p:b c='&#10;x' p:d='\"'>|<b xmlns=''>|x&amp;){0,6}") {
        let mut text = text;
        let mut open: Vec<&str> = vec![];
        for tag in text.match_indices('<').map(|(at, _)| at).collect::<Vec<_>>() {
            let name = if text[tag..].starts_with("<p:b") { "p:b" } else if text[tag..].starts_with("<b") { "b" } else { "a" };
            open.push(name);
        }
        while let Some(name) = open.pop() {
            text.push_str("</");
            text.push_str(name);
            text.push('>');
        }
        let document = Document::parse(&text).unwrap();
        for method in [Method::default(), Method { inclusive: true, ..Method::default() }] {
            let once = canonical(document.root_element(), method, None).unwrap();
            let again = Document::parse(&once).unwrap();
            prop_assert_eq!(&canonical(again.root_element(), method, None).unwrap(), &once);
        }
    }
}
