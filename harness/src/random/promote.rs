//! A small failure as an ordinary case: it lints, runs and is told about like any other.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::data::Data;
use super::field::LIFETIME;
use super::ground::extra;
use super::label::Label;
use super::oracle::Oracle;
use super::part::Small;
use super::script::{Base, Phase, Stroke, operators};
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
    let decided = data.regions.iter().find(|region| region.clause.is_some() && region.clause == small.failing.clause);
    let offered = decided.and_then(|region| region.needs.as_ref()).map(|need| need.0.as_str());
    let own = golden.needs.iter().map(|need| need.0.as_str());
    line("needs", list(own.chain(lifetime).chain(offered).collect::<BTreeSet<_>>().into_iter().map(quoted)));
    line("vary", vary(&script.base, suite));
    line("why", quoted(&format!("Found by the generator (script {}): {}.", small.failing.number, why(small))));
    match &script.again {
        None => {
            line("from", quoted(&script.base.case.0));
            text.push_str(&step(&script.base, &base, &script.strokes, &[]));
            text.push_str(&http(script));
            text.push_str("\n[expect]\n");
            text.push_str(&expect(small, "[[expect.check]]"));
        }
        Some(again) => {
            for (name, more) in [("first", &[][..]), ("again", again.as_slice())] {
                let _ =
                    write!(text, "\n[[step]]\nname   = {}\nfrom   = {}\n", quoted(name), quoted(&script.base.case.0));
                text.push_str(&step(&script.base, &base, &script.strokes, more));
                let is_last = name == "again";
                text.push_str("[step.expect]\n");
                text.push_str(&if is_last {
                    expect(small, "[[step.expect.check]]")
                } else {
                    "answer = \"issued\"\n".to_owned()
                });
            }
        }
    }
    Ok(text)
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
fn step(base: &Base, golden: &[Operator], strokes: &[Stroke], more: &[Stroke]) -> String {
    let mut text = String::new();
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
    text
}

fn http(script: &super::script::Script) -> String {
    if script.headers.is_empty() {
        return String::new();
    }
    let usual = |name: &str| match name.to_ascii_lowercase().as_str() {
        "content-type" if script.base.variant.value("soap") == Some("1.1") => Some("text/xml ;  Charset=\"UTF-8\""),
        "content-type" => Some("application/soap+xml ;  Charset=\"UTF-8\""),
        _ => None,
    };
    let mut text = "\n[http.headers]\n".to_owned();
    for (name, value) in &script.headers {
        let value = if matches!(value.as_str(), "same" | "spelling") { usual(name) } else { Some(value.as_str()) };
        if let Some(value) = value {
            let _ = writeln!(text, "{} = {}", quoted(name), quoted(value));
        }
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
    let held = match small.signature.oracle {
        Oracle::IdentityExact => {
            "in     = \"token\"\nwhen   = \"//wst:RequestedSecurityToken\"\nat     = \"//saml2:Subject/saml2:NameID | //saml:NameIdentifier\"\nequals = \"{{subject}}\"\noptional = true\n"
        }
        Oracle::AudienceExact => {
            "in     = \"token\"\nwhen   = \"//wst:RequestedSecurityToken\"\nat     = \"//saml2:Audience | //saml:Audience\"\nsame-as-request = \"//wst:RequestSecurityToken/wsp:AppliesTo//wsa:Address\"\n"
        }
        Oracle::EchoExact => {
            "when   = \"//wst:RequestSecurityTokenResponse\"\nat     = \"//wst:RequestSecurityTokenResponse/@Context\"\nsame-as-request = \"//wst:RequestSecurityToken/@Context\"\n"
        }
        Oracle::LifetimeBounded => {
            "when   = \"//wst:RequestedSecurityToken\"\nat     = \"//wst:RequestSecurityTokenResponse/wst:Lifetime/wsu:Expires\"\nnot-after = \"{{now+15m}}\"\n"
        }
        Oracle::Crash | Oracle::NoToken | Oracle::Leak | Oracle::Accepted => {
            return format!("answer = {}\n", quoted(answer));
        }
    };
    format!("answer = {}\n{check}\n{held}", quoted(answer))
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
