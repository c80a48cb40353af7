//! The language of checks, one line at a time: what is written, what is answered, what comes of it.

use std::collections::BTreeMap;

use rstest::rstest;
use stsproof_judge::check::{Check, Finding, Holding, Outcome, Predicates, Scene, Token};
use stsproof_judge::path::{Namespaces, Paths};
use stsproof_judge::rule::Rules;
use stsproof_judge::time::Time;
use stsproof_judge::tree::{Node, Tree};
use stsproof_judge::trust::Kind;

const ANSWER: &str = "<a xmlns='urn:a' xmlns:q='urn:q' t='2026-11-21T10:00:00Z' u='2026-11-21T10:04:00Z'>
<b>1</b><b>2</b><c>q:x</c><d>text</d></a>";
const REQUEST: &str = "<r xmlns='urn:a'><d>text</d><e>2</e><e>3</e></r>";
const TOKEN: &str = "<t xmlns='urn:a'><d>text</d></t>";

#[rstest]
#[case::present("at='//p:b'  present=true", Outcome::Holds)]
#[case::not_present("at='//p:x' present=true", Outcome::Broken)]
#[case::absent("at='//p:x' absent=true", Outcome::Holds)]
#[case::not_absent("at='//p:b' absent=true", Outcome::Broken)]
#[case::count("at='//p:b' count=2", Outcome::Holds)]
#[case::count_at_least("at='//p:b' count='>= 3'", Outcome::Broken)]
#[case::count_at_most("at='//p:b' count='<= 2'", Outcome::Holds)]
#[case::equals("at='//p:d' equals='text'", Outcome::Holds)]
#[case::equals_exactly("at='//p:d' equals=' text'", Outcome::Broken)]
#[case::equals_every_node("at='//p:b' equals='1'", Outcome::Broken)]
#[case::equals_some_node("at='//p:b' equals='2' some=true", Outcome::Holds)]
#[case::equals_no_node("at='//p:b' equals='3' some=true", Outcome::Broken)]
#[case::equals_a_value("at='//p:d' equals='{{word}}'", Outcome::Holds)]
#[case::value_in_a_path("at='//p:d[. = \"{{word}}\"]' present=true", Outcome::Holds)]
#[case::value_without_name("at='//p:d' equals='{{nobody}}'", Outcome::Unusable)]
#[case::missing("at='//p:x' equals='1'", Outcome::Broken)]
#[case::missing_but_optional("at='//p:x' equals='1' optional=true", Outcome::NotApplicable)]
#[case::one_of("at='//p:b' one-of=['1', '2']", Outcome::Holds)]
#[case::not_one_of("at='//p:b' one-of=['1']", Outcome::Broken)]
#[case::not("at='//p:d' not='other'", Outcome::Holds)]
#[case::not_not("at='//p:d' not='text'", Outcome::Broken)]
#[case::matches("at='//p:d' matches='te.t'", Outcome::Holds)]
#[case::matches_the_whole("at='//p:d' matches='te'", Outcome::Broken)]
#[case::matches_a_value("at='//p:d' matches='{{word}}|x'", Outcome::Holds)]
#[case::form("at='/p:a/@t' type='utc-time'", Outcome::Holds)]
#[case::wrong_form("at='//p:d' type='unsigned-int'", Outcome::Broken)]
#[case::qname("at='//p:c' type='qname'", Outcome::Holds)]
#[case::before("at='/p:a/@t' before='/p:a/@u'", Outcome::Holds)]
#[case::not_before_itself("at='/p:a/@t' before='/p:a/@t'", Outcome::Broken)]
#[case::not_before("at='/p:a/@t' not-before='/p:a/@t'", Outcome::Holds)]
#[case::after("at='/p:a/@u' after='{{now+3m}}'", Outcome::Holds)]
#[case::not_after("at='/p:a/@u' not-after='{{now+3m}}'", Outcome::Broken)]
#[case::no_time("at='//p:d' before='{{now}}'", Outcome::Broken)]
#[case::bound_is_no_time("at='/p:a/@t' before='//p:d'", Outcome::Broken)]
#[case::bound_is_missing("at='/p:a/@t' before='//p:x'", Outcome::Broken)]
#[case::within("at='/p:a/@u' within='5m' of='/p:a/@t'", Outcome::Holds)]
#[case::not_within("at='/p:a/@u' within='3m' of='{{now}}'", Outcome::Broken)]
#[case::same_as("at='//p:d' same-as='//p:d'", Outcome::Holds)]
#[case::same_as_request("at='//p:d' same-as-request='//p:d'", Outcome::Holds)]
#[case::same_as_any_of_the_request("at='//p:b[2]' same-as-request='//p:e'", Outcome::Holds)]
#[case::other_than_the_request("at='//p:b[1]' same-as-request='//p:e'", Outcome::Broken)]
#[case::nothing_in_the_request("at='//p:d' same-as-request='//p:x'", Outcome::Unusable)]
#[case::differs_from("at='//p:d' differs-from='//p:b'", Outcome::Holds)]
#[case::does_not_differ("at='//p:b' differs-from='//p:b[1]'", Outcome::Broken)]
#[case::in_the_token("in='token' at='/p:t/p:d' same-as-answer='//p:d'", Outcome::Holds)]
#[case::in_the_request("in='request' at='//p:e' count=2", Outcome::Holds)]
#[case::header("header='content-type' equals='text/xml'", Outcome::Holds)]
#[case::no_header("header='X' absent=true", Outcome::Holds)]
#[case::status("http='status' equals='200'", Outcome::Holds)]
#[case::body("http='body' matches='(?s)<a.*'", Outcome::Holds)]
#[case::when_false("when='//p:x' at='//p:d' equals='no'", Outcome::NotApplicable)]
#[case::when_true("when='//p:b and (//p:c or //p:x)' at='//p:d' equals='text'", Outcome::Holds)]
#[case::when_request_false("when-request='//p:x' at='//p:d' equals='no'", Outcome::NotApplicable)]
#[case::predicate("at='//p:d' holds='one-key'", Outcome::Holds)]
#[case::predicate_false("at='//p:b' holds='one-key'", Outcome::Broken)]
#[case::predicate_untold("at='//p:b' holds='decrypts'", Outcome::NotApplicable)]
#[case::qname_in("at='//p:c' holds='qname-in:p,other'", Outcome::Holds)]
#[case::qname_not_in("at='//p:c' holds='qname-in:p'", Outcome::Broken)]
#[case::qname_by_its_prefix("at='//p:c' holds='qname-qualified'", Outcome::Holds)]
#[case::qname_by_default("at='//p:d' holds='qname-qualified'", Outcome::Holds)]
#[case::bits("at='//p:d' holds='base64-bits:24'", Outcome::Holds)]
#[case::too_few_bits("at='//p:d' holds='base64-bits:25'", Outcome::Broken)]
#[case::senseless_path("at='//p:b[' present=true", Outcome::Unusable)]
fn a_check_finds_what_it_says(#[case] check: &str, #[case] outcome: Outcome) {
    let findings = evaluate(check);
    assert_eq!(findings[0].outcome, outcome, "{}", findings[0]);
}

#[rstest]
#[case("at='//p:d' equals='other'", "answer, line 2, column 27: `d` is \"text\", but must be \"other\"")]
#[case("at='//p:b' count=1", "answer, line 2, column 9: `//p:b` is there 2 times, expected 1")]
#[case("at='//p:x' present=true", "`//p:x` is missing in the answer")]
#[case(
    "at='/p:a/@u' within='3m' of='{{now}}'",
    "answer, line 1, column 59: `@u` is \"2026-11-21T10:04:00Z\", but must be within 3m of 2026-11-21T10:00:00Z: it is 4m away"
)]
#[case("header='Content-Type' equals='a/b'", "the HTTP header `Content-Type` is \"text/xml\", but must be \"a/b\"")]
#[case(
    "at='//p:d' equals='other' say='D is wrong'",
    "answer, line 2, column 27: D is wrong: `d` is \"text\", but must be \"other\""
)]
#[case("at='//p:b' holds='one-key'", "answer, line 2, column 1: `b` is not `one-key`: because it is b")]
#[case(
    "at='//p:d' type='unsigned-int'",
    "answer, line 2, column 27: `d` is \"text\", but must be an xs:unsignedInt: it is no whole number from 0 to 4294967295"
)]
#[case("at='//p:d' equals='{{word}}'", "answer, line 2, column 27: `d` is \"text\"")]
fn a_finding_says_where_and_what_in_a_sentence(#[case] check: &str, #[case] message: &str) {
    assert_eq!(evaluate(check)[0].to_string(), message);
}

#[test]
fn every_node_that_breaks_a_check_is_told_up_to_five() {
    let answer = format!("<a xmlns='urn:a'>{}</a>", "<b>1</b>".repeat(8));
    let findings = evaluate_on(&read("at='//p:b' equals='2'"), &Tree::from_text(&answer).expect("well-formed"));
    assert_eq!(findings.len(), 5);
    assert!(findings[4].message.ends_with("(and 3 more like it)"), "{}", findings[4]);
}

#[rstest]
#[case::nothing_said("at='//p:b'", "says nothing")]
#[case::two_statements("at='//p:b' equals='1' absent=true", "not both")]
#[case::nowhere("present=true", "looks nowhere")]
#[case::two_places("at='//p:b' header='X' present=true", "looks at one thing")]
#[case::unknown_key("at='//p:b' equal='1'", "unknown field `equal`")]
#[case::present_false("at='//p:b' present=false", "say the opposite")]
#[case::count_of_nothing("at='//p:b' count='many'", "count")]
#[case::within_nothing("at='//p:b' within='5m'", "needs one of")]
#[case::of_without_within("at='//p:b' equals='1' of='x'", "goes with `within`")]
#[case::no_length("at='//p:b' within='soon' of='x'", "no length of time")]
#[case::optional_absent("at='//p:b' absent=true optional=true", "no sense")]
#[case::predicate_of_a_header("header='X' holds='one-key'", "about nodes")]
#[case::header_in_the_token("in='token' header='X' present=true", "goes with `at` only")]
#[case::unknown_form("at='//p:b' type='date'", "unknown variant `date`")]
fn a_check_that_makes_no_sense_is_refused_when_it_is_read(#[case] check: &str, #[case] complaint: &str) {
    let error = toml::from_str::<Check>(&lines(check)).expect_err("it makes no sense").to_string();
    assert!(error.contains(complaint), "{error}");
}

#[test]
fn a_finding_is_one_line_of_bounded_length_whatever_the_document_says() {
    let long = "x".repeat(4000);
    let answer = format!("<a xmlns='urn:a' xmlns:q='urn:q'><c>q:two\nlines</c><d>{long}</d></a>");
    let answer = Tree::from_text(&answer).expect("well-formed");
    for check in ["at='//p:c' holds='qname-in:p'", "at='//p:d' holds='qname-in:p'", "at='//p:d' holds='base64-bits:9'"]
    {
        for finding in with_scene(&answer, |scene| read(check).evaluate(scene)) {
            let told = finding.to_string();
            assert!(!told.contains('\n') && told.len() < 1200, "{check}: {told}");
        }
    }
}

#[rstest]
#[case::prefix("at='//nobody:b' present=true", "at")]
#[case::when("when='//p:b[' at='//p:b' present=true", "when")]
#[case::function("at='//p:b' same-as='upper-case(//p:b)'", "same-as")]
#[case::predicate("at='//p:b' holds='is-nice'", "holds")]
#[case::argument("at='//p:b' holds='base64-bits'", "holds")]
#[case::prefix_of_a_predicate("at='//p:b' holds='qname-in:p,nobody'", "holds")]
#[case::expression("at='//p:b' matches='('", "matches")]
#[case::bound("at='//p:b' before='//p:b['", "before")]
fn a_check_that_can_never_work_is_found_without_an_answer(#[case] check: &str, #[case] key: &str) {
    let mistakes = read(check).validate(&paths());
    assert_eq!(mistakes.iter().map(|mistake| mistake.key).collect::<Vec<_>>(), [key]);
}

#[test]
fn a_check_without_mistakes_has_none() {
    for check in [
        "at='//p:b[. = \"{{word}}\"]' before='{{now+5m}}'",
        "at='//p:b' holds='qname-in:p,other'",
        "http='body' matches='{{word}}.*'",
    ] {
        assert_eq!(read(check).validate(&paths()), []);
    }
}

#[test]
fn a_rule_is_silent_where_its_conditions_are_false() {
    let rules: Rules = toml::from_str(
        "[[rule]]\nid='r'\ncovers=['c']\ntitle='t'\nwhy='w'\nfor='issued'\nwhere={trust=['1.3']}\nwhen='//p:b'\n\
         when-request='//p:e'\n[[rule.check]]\nat='//p:d'\nequals='text'\n[[rule.check]]\nat='//p:d'\nequals='other'\n",
    )
    .expect("a good file");
    let mut rule = rules.rules.into_iter().next().expect("one rule");
    let trust = |value| move |axis: &str| (axis == "trust").then_some(value);
    assert!(rule.applies(Some(Kind::Issued), trust("1.3")));
    assert!(!rule.applies(Some(Kind::Issued), trust("2005/02")));
    assert!(!rule.applies(Some(Kind::Fault), trust("1.3")));
    assert!(!rule.applies(None, trust("1.3")));
    assert_eq!(rule.validate(&paths()), []);

    let answer = Tree::from_text(ANSWER).expect("well-formed");
    let outcomes = |rule: &stsproof_judge::rule::Rule| -> Vec<Outcome> {
        with_scene(&answer, |scene| rule.evaluate(scene).concat()).into_iter().map(|finding| finding.outcome).collect()
    };
    assert_eq!(outcomes(&rule), [Outcome::Holds, Outcome::Broken]);
    with_scene(&answer, |scene| {
        assert_eq!(rule.evaluate(scene).len(), rule.checks.len(), "one list for each check");
        Vec::new()
    });
    rule.when = Some("//p:x".to_owned());
    assert_eq!(outcomes(&rule), []);
}

#[test]
fn an_answer_that_is_no_document_breaks_every_check_of_it() {
    let refusal = Tree::from_text("<a>").expect_err("it does not end");
    let (paths, values) = (paths(), BTreeMap::new());
    let mut scene = Scene {
        status: 500,
        headers: &[],
        body: b"<a>",
        answer: Err(&refusal),
        token: Token::Absent,
        request: None,
        values: &values,
        paths: &paths,
        now: Time::from_unix_nanos(0),
        predicates: &ByName,
    };
    let outcome = |check, scene: &Scene<'_>| read(check).evaluate(scene)[0].outcome;
    assert_eq!(outcome("at='//p:x' absent=true", &scene), Outcome::Broken);
    assert_eq!(outcome("in='token' at='//p:x' absent=true", &scene), Outcome::NotApplicable);
    assert_eq!(outcome("http='status' equals='500'", &scene), Outcome::Holds);
    scene.token = Token::Unreadable("a prefix is declared outside");
    assert_eq!(outcome("in='token' at='//p:x' absent=true", &scene), Outcome::Broken);
    scene.token = Token::Sealed("no key");
    assert_eq!(outcome("in='token' at='//p:x' absent=true", &scene), Outcome::NotApplicable);
}

fn evaluate(check: &str) -> Vec<Finding> {
    evaluate_on(&read(check), &Tree::from_text(ANSWER).expect("well-formed"))
}

fn evaluate_on(check: &Check, answer: &Tree) -> Vec<Finding> {
    with_scene(answer, |scene| check.evaluate(scene))
}

fn with_scene(answer: &Tree, judge: impl FnOnce(&Scene<'_>) -> Vec<Finding>) -> Vec<Finding> {
    let request = Tree::from_text(REQUEST).expect("well-formed");
    let token = Tree::from_text(TOKEN).expect("well-formed");
    let values = BTreeMap::from([("word".to_owned(), "text".to_owned())]);
    judge(&Scene {
        status: 200,
        headers: &[("Content-Type".to_owned(), "text/xml".to_owned())],
        body: answer.text().as_bytes(),
        answer: Ok(answer),
        token: Token::Document(&token),
        request: Some(&request),
        values: &values,
        paths: &paths(),
        now: Time::parse("2026-11-21T10:00:00Z").expect("a time"),
        predicates: &ByName,
    })
}

fn paths() -> Paths {
    let bindings = [("p", "urn:a"), ("other", "urn:q")];
    Paths::new(&Namespaces(bindings.map(|(prefix, uri)| (prefix.to_owned(), uri.to_owned())).into()))
}

fn read(check: &str) -> Check {
    toml::from_str(&lines(check)).unwrap_or_else(|error| panic!("{error}"))
}

/// `key='value' key='value'` on lines of their own, as TOML wants them.
fn lines(check: &str) -> String {
    let (mut out, mut quote, mut depth) = (String::new(), false, 0);
    for c in check.chars() {
        match c {
            '\'' => quote = !quote,
            '[' if !quote => depth += 1,
            ']' if !quote => depth -= 1,
            _ => {}
        }
        out.push(if c == ' ' && !quote && depth == 0 { '\n' } else { c });
    }
    out
}

/// `one-key` holds of elements called d; nothing else can be told.
struct ByName;

impl Predicates for ByName {
    fn holds(&self, name: &str, tree: &Tree, node: Node, _: &Scene<'_>) -> Option<Holding> {
        let local = tree.name(node).local;
        (name == "one-key").then(|| Holding {
            holds: local == "d",
            because: format!("because it is {local}"),
            open: None,
        })
    }
}
