//! Documents that break XML, one rule each, and good ones that look odd. Each has its verdict and the reason for it.
//!
//! `b62` to `b65` are well-formed: they cost more than a message may cost, or look as if. Caps decide about them.

use std::time::{Duration, Instant};

use rstest::rstest;
use stsproof_judge::gate::Reason::{
    BadBytes, Declaration, Doctype, DuplicateAttribute, Empty, IllegalCharacter, LongName, LyingEncoding, Name,
    NamespaceRule, OutsideRoot, ProcessingInstruction, Reference, Syntax, TooDeep, TooManyAttributes, Unbalanced,
    UndeclaredPrefix, UnknownEncoding,
};
use stsproof_judge::gate::{self, Limits, Reason};
use stsproof_judge::tree::Tree;

/// Far more than any of them needs, even unoptimised and on a busy machine; a quadratic walk over the large ones, or the
/// expansion of an entity, takes minutes.
const PATIENCE: Duration = Duration::from_secs(60);

#[rstest]
// Document types: refused whatever they say, so that no entity is ever expanded and no file ever fetched.
#[case::b01_billion_laughs(
    b"<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;'><!ENTITY d '&c;&c;&c;'>]><a>&d;</a>",
    Doctype
)]
#[case::b03_external_entity(b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><a>&b;</a>", Doctype)]
#[case::b04_parameter_entity(b"<!DOCTYPE a [<!ENTITY % b SYSTEM 'http://127.0.0.1:9/b.dtd'> %b;]><a/>", Doctype)]
#[case::b05_external_subset(b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a/>", Doctype)]
#[case::b06_entity_recursion(b"<!DOCTYPE a [<!ENTITY b '&c;'><!ENTITY c '&b;'>]><a>&b;</a>", Doctype)]
#[case::b07_entity_with_markup_in_attribute(b"<!DOCTYPE a [<!ENTITY b '<'>]><a x='&b;'/>", Doctype)]
#[case::b08_undefined_entity(b"<a>&nobody;</a>", Reference)]
// Attributes and namespaces.
#[case::b12_same_attribute_twice(b"<a x='1' x='2'/>", DuplicateAttribute)]
#[case::b13_same_expanded_name_twice(b"<a xmlns:p='urn:1' xmlns:q='urn:1' p:x='1' q:x='2'/>", DuplicateAttribute)]
#[case::b14_same_declaration_twice(b"<a xmlns:p='urn:1' xmlns:p='urn:2'/>", DuplicateAttribute)]
#[case::b15_undeclared_prefix_of_element(b"<p:a/>", UndeclaredPrefix)]
#[case::b16_undeclared_prefix_of_attribute(b"<a p:x='1'/>", UndeclaredPrefix)]
// Bytes that are no characters.
#[case::b17_invalid_utf8(b"<a>\xFF</a>", BadBytes)]
#[case::two_byte_order_marks(b"\xEF\xBB\xBF\xEF\xBB\xBF<a/>", OutsideRoot)]
#[case::b18_overlong_utf8(b"<a>\xC0\xBC</a>", BadBytes)]
#[case::b19_surrogate_in_utf8(b"<a>\xED\xA0\x80</a>", BadBytes)]
#[case::b20_nul(b"<a>\0</a>", IllegalCharacter)]
#[case::b21_control(b"<a>\x01</a>", IllegalCharacter)]
#[case::b22_reference_to_nul(b"<a>&#0;</a>", Reference)]
#[case::b23_reference_to_control(b"<a>&#x1;</a>", Reference)]
#[case::b24_reference_to_surrogate(b"<a>&#xD800;</a>", Reference)]
#[case::b25_reference_beyond_unicode(b"<a x='&#x110000;'/>", Reference)]
#[case::b26_no_character(b"<a>\xEF\xBF\xBF</a>", IllegalCharacter)]
// Structure.
#[case::b27_wrong_end_tag(b"<a><b></a></b>", Unbalanced)]
#[case::b28_end_tag_with_other_prefix(b"<p:a xmlns:p='urn:1' xmlns:q='urn:1'></q:a>", Unbalanced)]
#[case::b29_two_roots(b"<a/><b/>", OutsideRoot)]
#[case::b30_text_after_root(b"<a/>x", OutsideRoot)]
#[case::b31_text_before_root(b"x<a/>", OutsideRoot)]
#[case::b32_nothing(b"", Empty)]
#[case::b33_white_space_only(b" \n\t ", Empty)]
#[case::b34_unclosed(b"<a><b/>", Unbalanced)]
// Syntax.
#[case::b35_less_than_in_attribute(b"<a x='<'/>", Syntax)]
#[case::b36_bare_ampersand(b"<a>1 & 2</a>", Reference)]
#[case::b37_attribute_without_quotes(b"<a x=1/>", Syntax)]
#[case::b38_attributes_without_space(b"<a x='1'y='2'/>", Syntax)]
#[case::b39_attribute_without_value(b"<a x/>", Syntax)]
#[case::b40_end_of_cdata_in_text(b"<a>]]></a>", Syntax)]
#[case::b41_two_dashes_in_comment(b"<a><!-- -- --></a>", Syntax)]
#[case::b55_dash_at_end_of_comment(b"<a><!-----></a>", Syntax)]
#[case::b42_reserved_instruction(b"<a><?XML x?></a>", ProcessingInstruction)]
#[case::b43_space_before_declaration(b" <?xml version='1.0'?><a/>", Declaration)]
#[case::b44_name_with_digit_first(b"<1a/>", Name)]
#[case::b45_name_with_odd_character(b"<a\xC3\x97b/>", Name)]
#[case::b46_two_colons(b"<p:q:a xmlns:p='urn:1'/>", Name)]
#[case::b47_empty_namespace_for_prefix(b"<a xmlns:p=''/>", NamespaceRule)]
#[case::b48_xml_rebound(b"<a xmlns:xml='urn:1'/>", NamespaceRule)]
#[case::b49_xmlns_declared(b"<a xmlns:xmlns='urn:1'/>", NamespaceRule)]
#[case::b50_prefix_for_namespace_of_xmlns(b"<a xmlns:p='http://www.w3.org/2000/xmlns/'/>", NamespaceRule)]
#[case::b51_version_nine(b"<?xml version='9.0'?><a/>", Declaration)]
#[case::b52_unknown_encoding(b"<?xml version='1.0' encoding='x-nobody'?><a/>", UnknownEncoding)]
#[case::b53_declared_utf16_but_utf8(b"<?xml version='1.0' encoding='UTF-16'?><a/>", LyingEncoding)]
#[case::b56_utf7(b"<?xml version='1.0' encoding='UTF-7'?><a>+ADw-</a>", UnknownEncoding)]
#[case::b57_end_tag_with_attribute(b"<a></a x='1'>", Unbalanced)]
#[case::b58_doctype_in_body(b"<a><!DOCTYPE a></a>", Doctype)]
#[case::b59_space_before_name(b"< a/>", Name)]
#[case::b60_cut_within_a_character(b"<a>ok</a>\xC3", BadBytes)]
fn a_bad_document_is_refused_for_what_is_wrong_with_it(#[case] bytes: &[u8], #[case] reason: Reason) {
    assert_eq!(verdict(bytes), Err(reason));
}

#[rstest]
#[case::b02_quadratic_entity(quadratic_entity(), Doctype)]
#[case::b09_a_million_deep(deep(1_000_000), TooDeep)]
#[case::b10_a_hundred_thousand_deep(deep(100_000), TooDeep)]
#[case::b11_a_million_unclosed("<a>".repeat(1_000_000).into_bytes(), TooDeep)]
#[case::b54_declared_utf8_but_utf16(with_mark(&utf16("<?xml version='1.0' encoding='UTF-8'?><a/>", u16::to_le_bytes)), LyingEncoding)]
#[case::b55_utf16_without_mark_or_declaration(utf16("<a/>", u16::to_be_bytes), LyingEncoding)]
#[case::b61_a_hundred_thousand_attributes(numbered("x", "='1'"), TooManyAttributes)]
#[case::b62_a_hundred_thousand_declarations(numbered("xmlns:p", "='urn:1'"), TooManyAttributes)]
#[case::b63_scopes_that_pile_up(piled_scopes(), Reason::TooManyNamespaces)]
#[case::b64_a_name_of_65535_bytes(format!("<{}/>", "a".repeat(65_535)).into_bytes(), LongName)]
fn a_bad_document_too_long_to_write_is_refused_too(#[case] bytes: Vec<u8>, #[case] reason: Reason) {
    assert_eq!(verdict(&bytes), Err(reason));
}

#[rstest]
#[case::b65_lone_carriage_returns(b"<a>1\r2\r\n3</a>".to_vec(), "1\n2\n3")]
#[case::g01_plain(b"<a>1</a>".to_vec(), "1")]
#[case::g02_utf16_little_endian(with_mark(&utf16("<?xml version='1.0' encoding='utf-16'?><a>\u{e4}\u{1F511}</a>", u16::to_le_bytes)), "\u{e4}\u{1F511}")]
#[case::g03_utf16_big_endian([&[0xFE, 0xFF], utf16("<a>\u{e4}</a>", u16::to_be_bytes).as_slice()].concat(), "\u{e4}")]
#[case::g04_utf8_with_mark(b"\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?><a>\xC3\xA4</a>".to_vec(), "\u{e4}")]
#[case::g05_latin1(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE4</a>".to_vec(), "\u{e4}")]
#[case::g09_empty_comment(b"<a>1<!---->2</a>".to_vec(), "12")]
#[case::g06_cdata_comment_instruction(b"<?x y?><a>1<![CDATA[<2>]]><!-- - --><?z?>3</a><!-- -->\n".to_vec(), "1<2>3")]
#[case::g07_references(b"<a>&#65;&#x42;&lt;&amp;&gt;&quot;&apos;</a>".to_vec(), "AB<&>\"'")]
#[case::g08_xml_declared_as_what_it_is(b"<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='en'>1</a>".to_vec(), "1")]
#[case::g09_greater_than_in_text(b"<a x='>'>1 > 0 ]] ></a>".to_vec(), "1 > 0 ]] >")]
#[case::g11_two_hundred_deep(deep(200), "")]
#[case::g12_standalone(b"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\" ?>\n<a>1</a>".to_vec(), "1")]
fn a_good_document_comes_in_with_its_text(#[case] bytes: Vec<u8>, #[case] text: &str) {
    assert_eq!(verdict(&bytes).as_deref(), Ok(text));
}

/// Harmless, but a document type all the same: SOAP forbids it.
#[test]
fn g10_a_harmless_document_type_is_refused() {
    assert_eq!(verdict(b"<!DOCTYPE a [<!ELEMENT a ANY>]><a/>"), Err(Doctype));
}

#[test]
fn nothing_larger_than_the_limit_is_looked_at() {
    let limits = Limits { max_bytes: 10, ..Limits::default() };
    let refusal = gate::admit(b"<a>1234</a>", None, &limits).expect_err("11 bytes");
    assert_eq!((refusal.reason, refusal.reason.is_limit()), (Reason::TooLarge, true));
}

#[test]
fn the_dearest_document_that_comes_in_is_read_in_bounded_time() {
    let attributes = joined(60, |n| format!(" p{n}:x='1'"));
    let declarations = joined(60, |n| format!(" xmlns:p{n}='urn:{n}'"));
    let element = format!("<e{attributes}/>");
    let text = format!("<a{declarations}>{}</a>", element.repeat(1_000_000 / element.len()));
    assert_eq!(verdict(text.as_bytes()).as_deref(), Ok(""));
}

/// The text of a document that comes in, or why it does not. The gate and the tree agree, and neither takes long.
fn verdict(bytes: &[u8]) -> Result<String, Reason> {
    let begun = Instant::now();
    let admitted = gate::admit(bytes, None, &Limits::default()).map(drop).map_err(|refusal| refusal.reason);
    let read = Tree::read(bytes, None, &Limits::default());
    assert!(begun.elapsed() < PATIENCE, "took {:?}", begun.elapsed());
    let text = read.map(|tree| tree.text_of(tree.root())).map_err(|refusal| refusal.reason);
    assert_eq!(admitted, text.as_ref().map(drop).map_err(|reason| *reason), "the gate leaves nothing to the parser");
    text
}

fn deep(levels: usize) -> Vec<u8> {
    format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels)).into_bytes()
}

fn quadratic_entity() -> Vec<u8> {
    format!("<!DOCTYPE a [<!ENTITY b '{}'>]><a>{}</a>", "x".repeat(100_000), "&b;".repeat(100_000)).into_bytes()
}

fn numbered(before: &str, after: &str) -> Vec<u8> {
    let attributes = joined(100_000, |n| format!(" {before}{n}{after}"));
    format!("<a{attributes}/>").into_bytes()
}

fn joined(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().concat()
}

fn piled_scopes() -> Vec<u8> {
    let opened = joined(250, |n| format!("<a xmlns:p{n}='urn:{n}' xmlns:q{n}='urn:{n}'>"));
    format!("{opened}{}", "</a>".repeat(250)).into_bytes()
}

fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

fn with_mark(little_endian: &[u8]) -> Vec<u8> {
    [&[0xFF, 0xFE], little_endian].concat()
}
