//! A small failure as an ordinary case: it lints, runs and is told about like any other.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::data::{Data, Region};
use super::field::LIFETIME;
use super::ground::extra;
use super::label::Label;
use super::oracle::Oracle;
use super::part::Small;
use super::script::{Base, Phase, Script, Stroke, operators};
use crate::case::model::{Axis, Credential};
use crate::change::Operator;
use crate::error::Error;
use crate::suite::Suite;

/// The folder of what was found.
pub const FOLDER: &str = "hostile/found";

/// The id that a small failure has as a case.
pub fn id(small: &Small) -> String {
    format!("{FOLDER}/{}", small.name)
}

/// Its TOML file: one change of the golden case that it starts from, or two steps where a copy follows.
pub fn toml(small: &Small, suite: &Suite, data: &Data) -> Result<String, Error> {
    let script = &small.failing.script;
    let golden = suite.case(&script.base.case.0).ok_or_else(|| Error::Bug {
        cause: format!("the case `{}` is gone that `{}` starts from", script.base.case, small.name),
    })?;
    let base = extra(&script.base, data);
    let mut text = String::new();
    let mut line = |key: &str, value: String| {
        let _ = writeln!(text, "{key:<6} = {value}");
    };
    line("title", quoted(&title(small)));
    line("covers", list([quoted(clause(small))]));
    let lifetime = (small.signature.oracle == Oracle::LifetimeBounded).then_some(LIFETIME);
    let offered = decided(small, data).and_then(|region| region.needs.as_ref()).map(|need| need.0.as_str());
    let own = golden.needs.iter().map(|need| need.0.as_str());
    line("needs", list(own.chain(lifetime).chain(offered).collect::<BTreeSet<_>>().into_iter().map(quoted)));
    line("vary", vary(&script.base, suite));
    line("why", quoted(&format!("Found by the generator (script {}): {}.", small.failing.number, why(small))));
    let from = quoted(&script.base.case.0);
    let changed = |more: &[Stroke]| step(script, &base, &script.strokes, more);
    let mut steps: Vec<(&str, String)> = match &script.again {
        None => vec![("changed", changed(&[]))],
        Some(again) => vec![("first", changed(&[])), ("again", changed(again))],
    };
    // Whom the target calls what, only the target can tell.
    if small.signature.oracle == Oracle::IdentityExact {
        let golden = step(&Script { headers: [].into(), ..script.clone() }, &base, &[], &[]);
        steps.insert(0, ("golden", format!("{golden}keep   = {{ whom = {} }}\n", quoted(WHOM))));
    }
    if let [(_, only)] = steps.as_slice() {
        let _ = write!(text, "from   = {from}\n{only}\n[expect]\n{}", expect(small, "[[expect.check]]"));
        return Ok(text);
    }
    let last = steps.len() - 1;
    for (at, (name, done)) in steps.into_iter().enumerate() {
        let issued = || "answer = \"issued\"\n".to_owned();
        let expected = if at == last { expect(small, "[[step.expect.check]]") } else { issued() };
        let _ = write!(text, "\n[[step]]\nname   = {}\nfrom   = {from}\n{done}[step.expect]\n{expected}", quoted(name));
    }
    Ok(text)
}

/// The name in the token of an answer.
const WHOM: &str = "//saml2:Subject/saml2:NameID/text() | //saml:Subject/saml:NameIdentifier/text()";

/// The place of the table that made the label: of those that name its row the one that something was done to.
fn decided<'d>(small: &Small, data: &'d Data) -> Option<&'d Region> {
    let row = small.failing.clause.as_ref()?;
    let mut naming: Vec<&Region> =
        data.regions.iter().filter(|region| region.rows().any(|known| known == row)).collect();
    let is_touched = |region: &Region| small.failing.script.all().any(|stroke| stroke.role == region.at);
    naming.sort_by_key(|region| !is_touched(region));
    naming.into_iter().next()
}

fn title(small: &Small) -> String {
    let script = &small.failing.script;
    let done: Vec<String> =
        script.all().map(|stroke| format!("{} at {}", stroke.operator.key(), last(&stroke.role))).collect();
    let headers = script.headers.keys().map(|name| format!("the header {name}"));
    let done: Vec<String> = done.into_iter().chain(headers).collect();
    let what = if done.is_empty() { "the golden request".to_owned() } else { done.join(", then ") };
    let sent = if script.again.is_some() { "A message sent a second time" } else { "A request" };
    format!("{sent} changed by {what} {}", small.signature.label.words())
}

fn last(role: &str) -> &str {
    role.rsplit('/').next().filter(|last| !last.is_empty()).unwrap_or("the document")
}

fn why(small: &Small) -> String {
    let because = small.failing.because.split_whitespace().collect::<Vec<_>>().join(" ");
    because.replace("{{", "{ {").chars().take(200).collect()
}

/// The row that the case covers: the one that made the label, or the one behind the oracle.
fn clause(small: &Small) -> &str {
    let by_oracle = match small.signature.oracle {
        Oracle::Crash => "wst.fault.soap-fault",
        Oracle::NoToken => "wst.fault.invalidrequest",
        Oracle::Leak => "wst.fault.detail-careful",
        Oracle::Accepted => "wst.rstr.token-or-proof",
        Oracle::IdentityExact => "wst.fault.failedauthentication",
        Oracle::AudienceExact => "saml.20.audience",
        Oracle::EchoExact => "wst.rstr.context-echo",
        Oracle::LifetimeBounded => "wst.issue.lifetime-expires-bound",
    };
    let own = small.failing.clause.as_deref();
    own.filter(|_| small.signature.oracle == Oracle::NoToken).unwrap_or(by_oracle)
}

/// The one variant in which it failed: the values that differ from those that a case has of itself. Said even if there
/// are none, or the case would inherit the variants of the golden one, in which nothing was seen to fail.
fn vary(base: &Base, suite: &Suite) -> String {
    let plain = suite.vocabulary.default_variant();
    let other = |axis: &Axis| base.variant.0.get(axis).filter(|value| plain.0.get(axis) != Some(*value)).cloned();
    let pairs: Vec<String> =
        Axis::ALL.iter().filter_map(|axis| Some(format!("{} = [{}]", axis.key(), quoted(&other(axis)?)))).collect();
    if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
}

/// Who asks, and what is done to the golden request.
fn step(script: &Script, golden: &[Operator], strokes: &[Stroke], more: &[Stroke]) -> String {
    let (base, mut text) = (&script.base, String::new());
    if base.credential != Credential::Username || base.case.0 == "issue/public-key" {
        let _ = writeln!(text, "credential = {}", quoted(base.credential.key()));
    }
    let all: Vec<Stroke> = strokes.iter().chain(more).cloned().collect();
    let change: Vec<Operator> = golden.iter().cloned().chain(operators(&all, Phase::Change)).collect();
    for (key, operators) in [("change", change), ("tamper", operators(&all, Phase::Tamper))] {
        if !operators.is_empty() {
            let _ = writeln!(text, "{key} = [");
            for operator in operators {
                let _ = writeln!(text, "    {},", inline(operator));
            }
            text.push_str("]\n");
        }
    }
    if !script.headers.is_empty() {
        let headers: Vec<String> =
            script.headers.iter().map(|(name, value)| format!("{} = {}", quoted(name), quoted(value))).collect();
        let _ = writeln!(text, "http   = {{ headers = {{ {} }} }}", headers.join(", "));
    }
    text
}

/// What the answer must be, and what must hold in it.
fn expect(small: &Small, check: &str) -> String {
    let answer = match small.signature.label {
        Label::Reject => "refused",
        Label::May => "orderly",
        Label::Accept => "issued",
    };
    let mut text = format!("answer = {}\n", quoted(answer));
    let checks = held(small);
    if small.signature.label == Label::May && checks.is_empty() {
        // Where either will do, a refusal has to be said as one of the request.
        text.push_str("code   = [\"wst:InvalidRequest\", \"wst:BadRequest\", \"wst:RequestFailed\", \"s:Sender\"]\n");
    }
    for held in checks {
        let _ = write!(text, "{check}\n{held}");
    }
    text
}

/// The checks of the oracle that failed, as it reads the request and the answer.
fn held(small: &Small) -> Vec<String> {
    const AUDIENCE: &str = "at     = \"//saml2:Audience | //saml:Audience\"\nsome   = true\nwhen-request = \"//wst:RequestSecurityToken/wsp:AppliesTo//wsa:Address\"\nsame-as-request = \"//wst:RequestSecurityToken/wsp:AppliesTo//wsa:Address\"\n";
    const NAME: &str = "at     = \"//saml2:Subject/saml2:NameID | //saml:Subject/saml:NameIdentifier\"\nequals = \"{{whom}}\"\noptional = true\n";
    const CONTEXT: &str = "when   = \"//wst:RequestSecurityTokenResponse\"\nwhen-request = \"//wst:RequestSecurityToken/@Context[normalize-space(.) = string(.)]\"\nat     = \"//wst:RequestSecurityTokenResponse/@Context\"\nsame-as-request = \"//wst:RequestSecurityToken/@Context\"\n";
    const NO_CONTEXT: &str = "when-request = \"not(//wst:RequestSecurityToken/@Context)\"\nat     = \"//wst:RequestSecurityTokenResponse/@Context\"\nabsent = true\n";
    const RELATION: &str = "when-request = \"/s:Envelope/s:Header/wsa:MessageID[normalize-space(.) = string(.)]\"\nat     = \"/s:Envelope/s:Header/wsa:RelatesTo\"\nsame-as-request = \"/s:Envelope/s:Header/wsa:MessageID\"\noptional = true\n";
    const END: &str = "at     = \"/saml2:Assertion/saml2:Conditions/@NotOnOrAfter | /saml:Assertion/saml:Conditions/@NotOnOrAfter\"\n";
    match small.signature.oracle {
        Oracle::IdentityExact => vec![format!("in     = \"token\"\n{NAME}")],
        Oracle::AudienceExact => vec![format!("in     = \"token\"\n{AUDIENCE}")],
        Oracle::EchoExact => [CONTEXT, NO_CONTEXT, RELATION].map(str::to_owned).into(),
        Oracle::LifetimeBounded => wished(&small.failing.script)
            .map(|wished| format!("in     = \"token\"\n{END}not-after = {}\n", quoted(&wished)))
            .into_iter()
            .collect(),
        Oracle::Crash | Oracle::NoToken | Oracle::Leak | Oracle::Accepted => Vec::new(),
    }
}

/// The end that a script wishes for.
fn wished(script: &Script) -> Option<String> {
    let pieces = script.all().filter_map(|stroke| match &stroke.operator {
        Operator::Insert { xml, .. } if xml.contains("Lifetime") => Some(xml),
        _ => None,
    });
    let (_, rest) = pieces.last()?.rsplit_once("<wsu:Expires")?;
    let (_, rest) = rest.split_once('>')?;
    rest.split_once('<').map(|(wished, _)| wished.to_owned())
}

fn inline(operator: Operator) -> String {
    toml::Value::try_from(operator).map_or_else(|error| format!("# {error}"), |value| value.to_string())
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::bucket::{Failing, Signature};
    use super::super::ground::baselines;
    use super::super::outcome::suite_with;
    use super::*;
    use crate::case::model::Case;
    use crate::change::Place;
    use crate::profile::Profile;
    use crate::source::Source;

    fn small(oracle: Oracle, script: Script) -> Small {
        let signature =
            Signature { oracle, label: Label::May, observed: "token".to_owned(), fingerprint: "200".to_owned() };
        let failing = Failing { script, number: 7, because: "it is so".to_owned(), clause: None };
        Small { name: format!("{}-1", oracle.key()), signature, failing, repeats: 3 }
    }

    /// The case that is written of a script, read back.
    fn promoted(oracle: Oracle, change: impl Fn(&mut Script)) -> Case {
        let suite = Suite::load(&Source::Embedded).expect("the suite is in order");
        let data = Data::load(&Source::Embedded, &suite).expect("it is in order");
        let profile = Profile::bundled(&suite).expect("it is in order");
        let base = baselines(&suite, &data, &profile).into_iter().find(|base| base.bait).expect("there is a bait");
        let mut script = Script { base, strokes: Vec::new(), headers: [].into(), again: None };
        change(&mut script);
        let small = small(oracle, script);
        let with = suite_with(std::slice::from_ref(&small), &Source::Embedded, &suite, &data);
        let with = with.unwrap_or_else(|error| panic!("{error}"));
        with.case(&id(&small)).expect("it is a case").clone()
    }

    fn checks(case: &Case) -> String {
        format!("{:?}", case.steps.last().expect("it has a step").expect.checks)
    }

    #[test]
    fn headers_are_promoted_as_they_were_sent_with_each_message() {
        let headers = [("HOST", "{{usual}}"), ("Content-Type", "{{usual.respelled}}"), ("X-Unknown", "1")];
        let case = promoted(Oracle::Accepted, |script| {
            script.headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            script.again = Some(Vec::new());
        });
        assert_eq!(case.steps.len(), 2);
        for step in &case.steps {
            for (name, value) in headers {
                assert_eq!(step.http.headers.get(name).map(String::as_str), Some(value), "{name}");
            }
        }
    }

    #[test]
    fn what_was_not_returned_as_it_was_sent_is_what_the_case_looks_at() {
        let checks = checks(&promoted(Oracle::EchoExact, |_| {}));
        assert!(checks.contains("@Context") && checks.contains("wsa:RelatesTo"), "{checks}");
    }

    #[test]
    fn a_lifetime_is_held_to_what_was_wished() {
        let wish =
            "<wst:Lifetime xmlns:wst='urn:w'><wsu:Expires xmlns:wsu='urn:u'>{{now+7m}}</wsu:Expires></wst:Lifetime>";
        let insert = Operator::Insert {
            xml: wish.to_owned(),
            place: Place::Into("/s:Envelope/s:Body/wst:RequestSecurityToken".to_owned()),
        };
        let checks = checks(&promoted(Oracle::LifetimeBounded, |script| {
            let role = String::new();
            script.strokes =
                vec![Stroke { phase: Phase::Change, operator: insert.clone(), role, promise: None, relation: None }];
        }));
        assert!(checks.contains("{{now+7m}}") && checks.contains("NotOnOrAfter"), "{checks}");
    }

    #[test]
    fn whom_a_token_has_to_name_is_asked_of_the_target_first() {
        let case = promoted(Oracle::IdentityExact, |_| {});
        let [golden, changed] = case.steps.as_slice() else { panic!("{} steps", case.steps.len()) };
        assert!(golden.keep.contains_key("whom"));
        assert!(format!("{:?}", changed.expect.checks).contains("{{whom}}"));
    }
}
