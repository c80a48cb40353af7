use std::collections::BTreeMap;

use proptest::prelude::*;
use stsproof_judge::path::Namespaces;

use super::*;

const SOURCE: &str = "<?xml version='1.0'?>\n<e:Envelope  xmlns:e='urn:e' xmlns:t=\"urn:t\">\n  <e:Header>{{credential-id}}</e:Header>\n  \
    <e:Body ><t:A k = 'v' n=\"1&amp;2\">{{now+5m}}</t:A><t:B/><!-- <t:A/> --><t:C><t:D>&#x78;</t:D></t:C ></e:Body>\n</e:Envelope>\n";

fn paths() -> Paths {
    Paths::new(&Namespaces(BTreeMap::from([
        ("e".into(), "urn:e".into()),
        ("t".into(), "urn:t".into()),
        ("n".into(), "urn:n".into()),
    ])))
}

fn change(table: &str) -> Result<String, ChangeError> {
    change_of(SOURCE, table)
}

fn change_of(source: &str, table: &str) -> Result<String, ChangeError> {
    #[derive(serde::Deserialize)]
    struct File {
        change: Vec<Operator>,
    }
    let file: File = toml::from_str(&format!("change = [{table}]")).expect("a good operator");
    apply(source, &file.change, &paths())
}

/// What the change took out and put in, between what stayed in front and what stayed behind.
fn difference(after: &str) -> (String, String) {
    let prefix = SOURCE.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let rest = (&SOURCE[prefix..], &after[prefix..]);
    let suffix = rest.0.bytes().rev().zip(rest.1.bytes().rev()).take_while(|(a, b)| a == b).count();
    (rest.0[..rest.0.len() - suffix].to_owned(), rest.1[..rest.1.len() - suffix].to_owned())
}

#[rstest::rstest]
#[case(r#"{ drop = "//t:B" }"#, "<t:B/>", "")]
#[case(r#"{ drop = "//t:A/@n" }"#, " n=\"1&amp;2\"", "")]
#[case(r#"{ drop = "//t:C | //t:D" }"#, "<t:C><t:D>&#x78;</t:D></t:C >", "")]
#[case(r#"{ text = "//t:A", to = "x<y" }"#, "{{now+5m}}", "x&lt;y")]
#[case(r#"{ text = "//t:B", to = "x" }"#, "/>", ">x</t:B>")]
#[case(r#"{ text = "//t:A/@k", to = "it's" }"#, "v", "it&apos;s")]
#[case(r#"{ insert = "<t:N/>", into = "//t:C" }"#, "", "<t:N/>")]
#[case(r#"{ insert = "<t:N/>", into = "//t:B" }"#, "/>", "><t:N/></t:B>")]
#[case(r#"{ attribute = "k", at = "//t:A", to = "w" }"#, "v", "w")]
#[case(r#"{ attribute = "l", at = "//t:A", to = "w" }"#, "", " l=\"w\"")]
#[case(r#"{ attribute = "xmlns:t", at = "//t:B", to = "urn:u" }"#, "", " xmlns:t=\"urn:u\"")]
#[case(r#"{ attribute = "n:l", at = "//t:A", to = "w" }"#, "", " xmlns:n=\"urn:n\" n:l=\"w\"")]
#[case(r#"{ rename = "//t:A/@k", to = "kk" }"#, "", "k")]
#[case(r#"{ rename = "//t:B", to = "t:Z" }"#, "B", "Z")]
#[case(r#"{ copy = "//t:B", after = "//t:B" }"#, "", "<t:B/>")]
#[case(r#"{ bytes = "<t:B/>", with = "<t:B>" }"#, "/", "")]
fn an_operator_touches_nothing_but_its_node(#[case] table: &str, #[case] out: &str, #[case] put: &str) {
    let after = change(table).expect("the operator works");
    let (gone, come) = difference(&after);
    // Text that is repeated beside the edit may be counted to either side: compare the lengths and the sum instead.
    assert_eq!(after.len() + out.len(), SOURCE.len() + put.len(), "{gone:?} -> {come:?}");
    assert!(out.len() >= gone.len() && put.len() >= come.len(), "{gone:?} -> {come:?}");
    assert!(after.contains(put));
}

#[test]
fn both_tags_of_an_element_are_renamed() {
    let after = change(r#"{ rename = "//t:C", to = "t:Long" }"#).expect("the operator works");
    assert_eq!(after, SOURCE.replace("<t:C>", "<t:Long>").replace("</t:C >", "</t:Long >"));
}

#[test]
fn wrapping_puts_an_element_around_each_node() {
    let after = change(r#"{ wrap = "//t:A | //t:B", in = "w xmlns='urn:w'" }"#).expect("the operator works");
    let expected = SOURCE
        .replace("<t:A k", "<w xmlns='urn:w'><t:A k")
        .replace("{{now+5m}}</t:A>", "{{now+5m}}</t:A></w>")
        .replace("<t:B/>", "<w xmlns='urn:w'><t:B/></w>");
    assert_eq!(after, expected);
}

#[test]
fn a_prefix_that_the_message_does_not_know_is_declared() {
    let after =
        change(r#"{ rename = "//t:B", to = "n:B" }, { wrap = "//t:D", in = "n:W" }"#).expect("the operators work");
    let wrapped = "<n:W xmlns:n=\"urn:n\"><t:D>&#x78;</t:D></n:W>";
    assert_eq!(after, SOURCE.replace("<t:B/>", "<n:B xmlns:n=\"urn:n\"/>").replace("<t:D>&#x78;</t:D>", wrapped));
}

#[test]
fn moving_keeps_the_bytes_of_what_is_moved() {
    let after = change(r#"{ move = "//t:A", first-into = "//t:C" }"#).expect("the operator works");
    let moved = "<t:A k = 'v' n=\"1&amp;2\">{{now+5m}}</t:A>";
    assert_eq!(after, SOURCE.replace(moved, "").replace("<t:C>", &format!("<t:C>{moved}")));
}

#[test]
fn each_operator_sees_what_the_one_before_left() {
    let after =
        change(r#"{ rename = "//t:B", to = "t:Q" }, { text = "//t:Q", to = "q" }, { bytes = "<t:Q>", with = "<<" }"#);
    assert!(after.expect("the operators work").contains("<<q</t:Q>"));
}

#[test]
fn line_breaks_in_attribute_values_stay_where_they_are() {
    let source = "<a x='1\r\n2\t3'\r\n y='4'><b/>\r\n</a>";
    let after = change_of(source, r#"{ drop = "//b" }"#).expect("the operator works");
    assert_eq!(after, "<a x='1\r\n2\t3'\r\n y='4'>\r\n</a>");
    let after = change_of(source, r#"{ text = "//@y", to = "5" }"#).expect("the operator works");
    assert_eq!(after, source.replace('4', "5"));
}

#[rstest::rstest]
#[case(r#"{ drop = "//t:Absent" }"#, "change 1 (`drop`): `//t:Absent` selects nothing")]
#[case(r#"{ bytes = "absent", with = "" }"#, "change 1 (`bytes`): the text does not contain `absent`")]
#[case(
    r#"{ drop = "//t:B" }, { insert = "<open>", into = "//t:C" }"#,
    "change 2 (`insert`) leaves a text that is not well-formed"
)]
#[case(r#"{ bytes = "<t:B/>", with = "<" }, { drop = "//t:A" }"#, "change 2 (`drop`): the text is not well-formed")]
#[case(r#"{ wrap = "//t:A/@k", in = "w" }"#, "something other than elements")]
#[case(r#"{ wrap = "//comment()", in = "w" }"#, "something other than elements")]
#[case(r#"{ move = "//t:C", into = "//t:D" }"#, "change 1 (`move`)")]
#[case(r#"{ move = "//t:A", after = "//t:B | //t:D" }"#, "several places")]
#[case(r#"{ drop = "//x:A" }"#, "change 1 (`drop`)")]
fn an_operator_that_cannot_work_is_an_error(#[case] table: &str, #[case] words: &str) {
    let error = change(table).expect_err("the operator cannot work").to_string();
    assert!(error.contains(words), "{error}");
}

proptest! {
    #[test]
    fn drop_undoes_insert(text in "[ a-z<&\"'{}]{0,20}", place in 0..4usize) {
        let place = [
            Place::Into("//t:C".into()), Place::FirstInto("//t:C".into()),
            Place::Before("//t:B".into()), Place::After("//t:B".into()),
        ][place].clone();
        let xml = format!("<t:New k=\"{}\">{}</t:New>", escape_attribute(&text), escape_text(&text));
        let insert = Operator::Insert { xml, place };
        let there = apply(SOURCE, std::slice::from_ref(&insert), &paths()).expect("the operator works");
        prop_assert_ne!(&there, SOURCE);
        let back = apply(SOURCE, &[insert, Operator::Drop { path: "//t:New".into() }], &paths());
        prop_assert_eq!(back.expect("the operators work"), SOURCE);
    }

    #[test]
    fn what_text_puts_in_is_what_a_reader_sees(text in "[ -~äß€\\r\\n\\t]{0,20}") {
        let operators = [
            Operator::Text { path: "//t:A".into(), to: text.clone() },
            Operator::Text { path: "//t:A/@k".into(), to: text.clone() },
            Operator::Attribute { name: "fresh".into(), at: "//t:A".into(), to: text.clone() },
        ];
        let after = apply(SOURCE, &operators, &paths()).expect("the operators work");
        let tree = Tree::from_text(&after).expect("still well-formed");
        let a = paths().select(&tree, "//t:A").expect("a good path")[0];
        prop_assert_eq!(tree.text_of(a), text.clone());
        prop_assert_eq!(tree.attribute(a, None, "k"), Some(text.as_str()));
        prop_assert_eq!(tree.attribute(a, None, "fresh"), Some(text.as_str()));
    }

    #[test]
    fn outside_the_node_every_byte_stays(source in document(), which in 0..12usize, kind in 0..4usize) {
        let path = format!("//*[count(preceding::*) + count(ancestor::*) = {which}]");
        let tree = Tree::from_text(&source).expect("a good document");
        let node = paths().select(&tree, &path).expect("a good path").first().copied();
        prop_assume!(node.is_some_and(|node| node != tree.root()));
        let range = tree.range(node.expect("assumed"));
        let (front, inside, behind) = (&source[..range.start], &source[range.clone()], &source[range.end..]);
        let (operator, expected) = match kind {
            0 => (Operator::Drop { path }, String::new()),
            1 => (Operator::Replace { path, with: "<n/>".into() }, "<n/>".into()),
            2 => (Operator::Wrap { path, within: "n".into() }, format!("<n>{inside}</n>")),
            _ => (Operator::Copy { path: path.clone(), place: Place::After(path) }, inside.repeat(2)),
        };
        let after = apply(&source, &[operator], &paths()).expect("the operator works");
        prop_assert_eq!(after, format!("{front}{expected}{behind}"));
    }

    #[test]
    fn renaming_there_and_back_is_nothing(source in document(), which in 0..12usize) {
        let path = format!("//*[count(preceding::*) + count(ancestor::*) = {which}]");
        let tree = Tree::from_text(&source).expect("a good document");
        let node = paths().select(&tree, &path).expect("a good path").first().copied();
        prop_assume!(node.is_some());
        let name = tree.name(node.expect("assumed")).local.to_owned();
        let there = Operator::Rename { path: path.clone(), to: "other-name".into() };
        let back = Operator::Rename { path, to: name };
        prop_assert_eq!(apply(&source, &[there, back], &paths()).expect("the operators work"), source);
    }
}

/// Small documents with every way of writing things that a reader takes for the same.
fn document() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        Just("&amp;"),
        Just("{{now+5m}}"),
        Just("<![CDATA[</a>]]>"),
        Just("<!-- </a> <b> -->"),
        Just(" \n"),
        Just("é")
    ];
    let leaf = prop_oneof![text.prop_map(str::to_owned), Just("<e/>".to_owned()), Just("<e  a='>' />".to_owned())];
    let tree = leaf.prop_recursive(4, 20, 4, |inner| {
        (prop::collection::vec(inner, 0..4), prop_oneof![Just(""), Just(" k = \"1\""), Just("\n k='&gt;'")])
            .prop_map(|(inner, attributes)| format!("<x{attributes}>{}</x >", inner.concat()))
    });
    prop::collection::vec(tree, 1..4).prop_map(|inner| format!("<?xml version='1.0'?>\n<r>{}</r>\n", inner.concat()))
}

#[rstest::rstest]
#[case(r#"{ insert = "<c/>", into = "//b", times = 3 }"#, "<a><b x='1'>two<c/><c/><c/></b></a>")]
#[case(r#"{ wrap = "//b", in = "c", times = 2 }"#, "<a><c><c><b x='1'>two</b></c></c></a>")]
#[case(r#"{ text = "//b", to = "ab", times = 2 }"#, "<a><b x='1'>abab</b></a>")]
#[case(r#"{ split = "//b", with = "<!--x-->" }"#, "<a><b x='1'>t<!--x-->wo</b></a>")]
#[case(r#"{ charref = "//b" }"#, "<a><b x='1'>&#116;&#119;&#111;</b></a>")]
#[case(r#"{ charref = "//b/@x", base = "hex" }"#, "<a><b x='&#x31;'>two</b></a>")]
#[case(r#"{ cdata = "//b" }"#, "<a><b x='1'><![CDATA[two]]></b></a>")]
#[case(r#"{ raw = "//b", to = "&e;" }"#, "<a><b x='1'>&e;</b></a>")]
#[case(r#"{ prolog = "<!DOCTYPE a>" }"#, "<!DOCTYPE a><a><b x='1'>two</b></a>")]
#[case(r#"{ epilog = "<a/>" }"#, "<a><b x='1'>two</b></a><a/>")]
#[case(r#"{ copy = "//b", of = "other-user", after = "//b" }"#, "<a><b x='1'>two</b><b>bob</b></a>")]
fn an_operator_of_the_hostile_kind_writes(#[case] table: &str, #[case] after: &str) {
    #[derive(serde::Deserialize)]
    struct File {
        change: Vec<Operator>,
    }
    let file: File = toml::from_str(&format!("change = [{table}]")).expect("a good operator");
    let source = "<a><b x='1'>two</b></a>";
    let paths = Paths::new(&Namespaces::default());
    let changed = apply_beside(source, Some("<a><b>bob</b></a>"), &file.change, &paths);
    assert_eq!(changed.expect("it can be done"), after);
}
