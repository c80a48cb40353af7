use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn flaw(octets: &[u8], charset: Option<&str>) -> Option<Flaw> {
    admit(octets, charset, &Limits::default()).err().map(|refused| refused.flaw)
}

fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[rstest]
#[case::plain("<a/>")]
#[case::declared(
    "<?xml version=\"1.0\" encoding='utf-8' standalone = 'yes' ?>\n<a b='1' c=\"&#x41;&lt;\">]] x ]> é</a>\n<!-- - -->"
)]
#[case::cdata("<a><![CDATA[<&]]]]></a>")]
#[case::replacement_character_is_legal("<a>\u{FFFD}\u{FEFF}</a>")]
fn what_is_in_order_is_let_in(#[case] text: &str) {
    let admitted = admit(text.as_bytes(), None, &Limits::default()).unwrap();
    assert_eq!(admitted.text, text);
    assert!(!admitted.has_instruction);
}

#[rstest]
#[case::nothing("", Flaw::Empty)]
#[case::doctype("<!DOCTYPE a><a/>", Flaw::Doctype)]
#[case::small_doctype("<!doctype a><a/>", Flaw::Doctype)]
#[case::entity("<a>&x;</a>", Flaw::Reference)]
#[case::nul_reference("<a>&#0;</a>", Flaw::Reference)]
#[case::surrogate_reference("<a>&#xD800;</a>", Flaw::Reference)]
#[case::signed_reference("<a>&#+65;</a>", Flaw::Reference)]
#[case::control("<a>\u{1}</a>", Flaw::Character)]
#[case::control_in_comment("<a><!--\u{1}--></a>", Flaw::Character)]
#[case::noncharacter("<a b='\u{FFFE}'/>", Flaw::Character)]
#[case::version("<?xml version='1.1'?><a/>", Flaw::Declaration)]
#[case::late_declaration(" <?xml version='1.0'?><a/>", Flaw::Declaration)]
#[case::latin("<?xml version='1.0' encoding='iso-8859-1'?><a/>", Flaw::Encoding)]
#[case::lie("<?xml version='1.0' encoding='utf-16'?><a/>", Flaw::EncodingLie)]
#[case::two_roots("<a/><b/>", Flaw::Malformed("a second root element"))]
#[case::trailing_text("<a/>x", Flaw::Malformed("text outside the root element"))]
#[case::unclosed("<a>", Flaw::Malformed("an element without its end"))]
#[case::glued("<a b='1'c='2'/>", Flaw::Malformed("no white space before an attribute"))]
#[case::unbound("<a xmlns:b=''/>", Flaw::Malformed("a prefix bound to nothing"))]
#[case::cdata_end("<a>]]></a>", Flaw::Malformed("\"]]>\" in text"))]
fn what_is_not_in_order_is_refused(#[case] text: &str, #[case] expected: Flaw) {
    assert_eq!(flaw(text.as_bytes(), None), Some(expected));
}

#[test]
fn utf_16_is_read_where_a_mark_or_the_media_type_says_so() {
    let text = "<?xml version='1.0' encoding='UTF-16'?><a>é𝄞</a>";
    for big_endian in [true, false] {
        let marked = utf16(&format!("\u{FEFF}{text}"), big_endian);
        assert_eq!(admit(&marked, None, &Limits::default()).unwrap().text, text);
        let named = if big_endian { "utf-16be" } else { "utf-16le" };
        assert_eq!(admit(&utf16(text, big_endian), Some(named), &Limits::default()).unwrap().text, text);
    }
}

#[test]
fn an_encoding_that_the_octets_contradict_is_a_lie() {
    assert_eq!(flaw(b"<a/>", Some("utf-16")), Some(Flaw::EncodingLie));
    assert_eq!(flaw(&utf16("\u{FEFF}<a/>", true), Some("utf-8")), Some(Flaw::EncodingLie));
    assert_eq!(flaw(b"<a>\xC3\x28</a>", None), Some(Flaw::EncodingLie));
    assert_eq!(flaw(b"<a>\xC0\xBC</a>", Some("utf-8")), Some(Flaw::EncodingLie));
    assert_eq!(flaw(b"<a/>", Some("utf-7")), Some(Flaw::Encoding));
}

#[test]
fn limits_hold_at_their_edge() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert_eq!(flaw(nested(128).as_bytes(), None), None);
    assert_eq!(flaw(nested(129).as_bytes(), None), Some(Flaw::TooDeep));
    let attributes = |count: usize| {
        let all: Vec<_> = (0..count).map(|index| format!("a{index}=''")).collect();
        format!("<a {}/>", all.join(" "))
    };
    assert_eq!(flaw(attributes(128).as_bytes(), None), None);
    assert_eq!(flaw(attributes(129).as_bytes(), None), Some(Flaw::TooManyAttributes));
    assert_eq!(flaw(format!("<{}/>", "a".repeat(1025)).as_bytes(), None), Some(Flaw::LongName));
}

#[test]
fn an_instruction_is_told() {
    assert!(admit(b"<a><?x y?></a>", None, &Limits::default()).unwrap().has_instruction);
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200), charset in proptest::option::of("[a-z0-9-]{0,9}")) {
        let _ = admit(&octets, charset.as_deref(), &Limits::default());
    }

    #[test]
    fn nearly_xml_makes_it_not_panic_either(text in "[<>/!?&;#x'\"=\\[\\]\\-CDATA a:é]{0,60}") {
        let _ = admit(text.as_bytes(), None, &Limits::default());
    }

    #[test]
    fn what_a_parser_takes_without_a_doctype_is_not_called_malformed(text in "(<a>|</a>|<b c='d'/>|x|&lt;|<!--e-->){0,12}") {
        let parses = roxmltree::Document::parse(&text).is_ok();
        if parses {
            prop_assert_eq!(flaw(text.as_bytes(), None), None);
        }
    }
}
