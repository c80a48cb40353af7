//! The issued token in words. It is read here, not judged.

use stsproof_judge::gate::Limits;
use stsproof_judge::place::Place;
use stsproof_judge::saml::{Assertion, StatementKind, Version};
use stsproof_judge::tree::{Node, Tree};
use stsproof_judge::trust::{Answer, CutOut};

use super::Markup;
use super::listing::{Mark, listing};
use crate::exchange::transcript::{Exchange, Outcome};
use crate::verdict::Position;

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Longer values, and more of them, are for a machine.
const LONGEST: usize = 240;
const VALUES: usize = 40;

/// A token as it is by itself.
pub(super) struct Token {
    text: String,
    how: &'static str,
}

impl Token {
    /// The token that an answer issued, if it did.
    pub(super) fn of(seen: &Exchange) -> Option<Self> {
        let Outcome::Answered(http) = &seen.outcome else { return None };
        let answer = Tree::read(&http.body, http.charset(), &Limits::default()).ok()?;
        let node = Answer::of(&answer).and_then(|read| read.token())?;
        Some(match &seen.opened {
            Some(opened) => Self { text: opened.clone(), how: "decrypted with the relying party's key" },
            None => Self { text: CutOut::of(&answer, node).text, how: "cut out of the answer" },
        })
    }

    /// Where it begins in the answer, if it stands there, once, letter by letter.
    pub(super) fn stands_in(&self, seen: &Exchange) -> Option<Position> {
        let Outcome::Answered(http) = &seen.outcome else { return None };
        let text = std::str::from_utf8(&http.body).ok()?;
        let mut found = text.match_indices(&self.text).map(|(at, _)| at);
        let (at, None) = (found.next()?, found.next()) else { return None };
        Some(Place::of(text, at).into())
    }
}

/// What a token says; with its own text where marks stand in it.
pub(super) fn token(token: &Token, seen: &Exchange, marks: &[Mark]) -> Markup {
    let Token { text, how } = token;
    let mut told = Markup::of("<details class=\"token\"><summary>Token <small>{}</small></summary><dl>", &[how]);
    match Tree::from_text(text) {
        Ok(tree) => facts(&tree, &mut told),
        Err(refusal) => fact(&mut told, "unreadable", &refusal.to_string()),
    }
    for (name, found) in &seen.facts {
        let verb = if found.holds { "seen with the keys" } else { "not so, seen with the keys" };
        let name = name.split(' ').next().unwrap_or_default();
        fact(&mut told, verb, &format!("{name}: {}", found.because));
    }
    told.put("</dl>", &[]);
    if !marks.is_empty() {
        told.put("<pre class=\"xml\">{}</pre>", &[&listing(text.as_bytes(), Some("UTF-8"), marks)]);
    }
    told.put("</details>", &[]);
    told
}

fn facts(tree: &Tree, told: &mut Markup) {
    let Some(assertion) = Assertion::of(tree, tree.root()) else {
        let name = tree.name(tree.root());
        fact(told, "kind", &format!("{} in {}", name.local, name.namespace.unwrap_or("no namespace")));
        return;
    };
    fact(told, "kind", if assertion.version == Version::V20 { "SAML 2.0 assertion" } else { "SAML 1.1 assertion" });
    let known = |told: &mut Markup, name, value: &Option<String>| {
        if let Some(value) = value {
            fact(told, name, value);
        }
    };
    known(told, "id", &assertion.id);
    known(told, "issuer", &assertion.issuer);
    known(told, "issued", &assertion.instant);
    let limit = |limit: &Option<String>| limit.clone().unwrap_or_else(|| "…".to_owned());
    fact(told, "valid", &format!("{} to {}", limit(&assertion.not_before), limit(&assertion.not_on_or_after)));
    assertion.audiences.iter().take(VALUES).for_each(|audience| fact(told, "audience", audience));
    if let Some(subject) = &assertion.subject {
        known(told, "subject", &subject.name);
        known(told, "subject's format", &subject.format);
        for confirmation in subject.confirmations.iter().take(VALUES) {
            let keys = match confirmation.keys.len() {
                0 => String::new(),
                1 => ", with a key".to_owned(),
                many => format!(", with {many} keys"),
            };
            fact(told, "confirmed by", &format!("{}{keys}", confirmation.method));
        }
    }
    for statement in assertion.statements.iter().take(VALUES) {
        if statement.kind == StatementKind::Authentication {
            fact(told, "says", "how the subject was authenticated");
        }
        for attribute in statement.attributes.iter().take(VALUES) {
            fact(told, "attribute", &format!("{} = {}", attribute.name, attribute.values.join(", ")));
        }
    }
    match assertion.signature {
        Some(signature) => fact(told, "signature", &algorithms(tree, signature)),
        None => fact(told, "signature", "none"),
    }
}

fn algorithms(tree: &Tree, signature: Node) -> String {
    let inside = tree
        .descendants(signature)
        .filter(|&node| ["SignatureMethod", "DigestMethod"].iter().any(|local| tree.is(node, DS, local)));
    let uris: Vec<&str> = inside.filter_map(|node| tree.attribute(node, None, "Algorithm")).collect();
    uris.join(", ")
}

fn fact(told: &mut Markup, name: &str, value: &str) {
    let mut short: String = value.chars().take(LONGEST).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    told.put("<div><dt>{}</dt><dd>{}</dd></div>", &[&name, &short]);
}
