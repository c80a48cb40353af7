use proptest::prelude::*;

use super::*;
use crate::exchange::fresh::Source;

fn values() -> Values {
    let now = "2026-11-20T12:00:00Z".parse().expect("a time");
    let given = BTreeMap::from([
        ("user".to_owned(), Value::Text("al<ice>".to_owned())),
        ("password".to_owned(), Value::Text("wonderland".to_owned())),
        ("token".to_owned(), Value::Xml("<t a=\"b\"/>".to_owned())),
    ]);
    Values::new(given, Source::fixed(1, now).of("case"))
}

#[test]
fn text_is_escaped_and_xml_is_not() {
    assert_eq!(values().fill("<a>{{user}}{{token}}</a>").expect("known"), "<a>al&lt;ice&gt;<t a=\"b\"/></a>");
    assert_eq!(values().fill_plain("/x?{{user}}").expect("known"), "/x?al<ice>");
}

#[test]
fn times_are_relative_to_one_moment() {
    let filled = values().fill("{{now}} {{now+5m}} {{now-1h}} {{created}}").expect("known");
    assert_eq!(
        filled,
        "2026-11-20T12:00:00.000Z 2026-11-20T12:05:00.000Z 2026-11-20T11:00:00.000Z 2026-11-20T12:00:00.000Z"
    );
}

#[test]
fn a_value_is_made_once_for_a_request_and_again_for_the_next() {
    let mut values = values();
    let first = values.fill("{{message-id}} {{uuid:body}}").expect("known");
    assert_eq!(values.fill("{{message-id}} {{uuid:body}}").expect("known"), first);
    values.renew();
    let second = values.fill("{{message-id}} {{uuid:body}}").expect("known");
    assert_ne!(second, first);
    assert_eq!(second.split(' ').nth(1), first.split(' ').nth(1), "a named value belongs to the whole case");
    assert_ne!(values.fill("{{uuid:body}}"), values.fill("{{uuid:header}}"));
    assert_ne!(values.fill("{{nonce:once}}"), values.fill("{{nonce}}"));
}

#[test]
fn the_digest_is_that_of_nonce_time_and_password() {
    let mut values = values();
    values.set("nonce", Value::Text("bm9uY2U=".into()));
    let digest = values.fill_plain("{{password-digest}}").expect("known");
    assert_eq!(digest, STANDARD.encode(Sha1::digest("nonce2026-11-20T12:00:00.000Zwonderland")));
}

#[rstest::rstest]
#[case("{{mesage-id}}", "`{{mesage-id}}` has no value; did you mean `{{message-id}}`?")]
#[case("{{tokn}}", "`{{tokn}}` has no value; did you mean `{{token}}`?")]
#[case("{{uuid}}", "`{{uuid}}` has no value")]
#[case("{{uuid:}}", "`{{uuid:}}` has no value")]
#[case("{{now+5}}", "`{{now+5}}` has no value")]
#[case("{{xyzzy}}", "`{{xyzzy}}` has no value")]
#[case("<a>{{user</a>", "`{{` without `}}` after `<a>`")]
fn a_wrong_placeholder_is_an_error(#[case] template: &str, #[case] words: &str) {
    let error = values().fill(template).expect_err("a wrong placeholder").to_string();
    assert!(error.starts_with(words), "{error}");
}

#[test]
fn a_recorded_exchange_fills_checks() {
    let mut values = values();
    values.fill("{{context}}").expect("known");
    let seen = values.seen();
    assert_eq!(
        recorded("{{now+5m}}|{{context}}", &seen).expect("known"),
        format!("2026-11-20T12:05:00.000Z|{}", seen["context"])
    );
    assert!(recorded("{{message-id}}", &seen).is_err(), "it was never made");
}

proptest! {
    #[test]
    fn pieces_put_together_are_the_template(template in "(\\{\\{[a-z+:.-]{0,8}\\}\\}|[^{}]{0,8}|\\{|\\}){0,6}") {
        if let Ok(pieces) = pieces(&template) {
            let again: String = pieces.iter().map(|piece| match piece {
                Piece::Text(text) => (*text).to_owned(),
                Piece::Hole(name) => format!("{{{{{name}}}}}"),
            }).collect();
            prop_assert_eq!(again, template);
        }
    }

    #[test]
    fn a_reader_sees_the_value_that_was_filled_in(text in "[ -~äß€\\r\\n\\t]{0,30}") {
        let mut values = values();
        values.set("user", Value::Text(text.clone()));
        let filled = values.fill("<a b='{{user}}'>{{user}}</a>").expect("known");
        let tree = stsproof_judge::tree::Tree::from_text(&filled).expect("well-formed");
        prop_assert_eq!(tree.text_of(tree.root()), text.clone());
        prop_assert_eq!(tree.attribute(tree.root(), None, "b"), Some(text.as_str()));
    }
}
