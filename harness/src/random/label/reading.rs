//! What one difference means: by the region of the table where there is one, by what SOAP and the others say elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stsproof_judge::time::{Span, Time, Zone};

use super::super::data::{Column, Region, Rule, Type};
use super::super::shape::{Shape, collapsed, is_space};
use super::{Context, Difference, Kind, Label, Verdict};

/// What clocks may differ by before a time is certainly past or future: ten minutes, the grey zone of all products.
const GREY: i128 = 600_000_000_000;

/// The label of one difference.
pub(super) fn verdict(difference: &Difference, context: &Context<'_>) -> Verdict {
    let region = context.data.region(&difference.at);
    let (label, words) = label(difference, region, context);
    let by_region = || region.and_then(|region| region.clause_of(column(&difference.kind, words)));
    let clause = own_clause(difference).or_else(by_region);
    let clause = clause.and_then(|clause| of_version(clause, context.is_soap_12)).map(str::to_owned);
    Verdict { label, because: format!("{}: {words}", difference.at), clause }
}

fn label(difference: &Difference, region: Option<&Region>, context: &Context<'_>) -> (Label, &'static str) {
    let said = |pick: fn(&Region) -> Label| region.map_or(Label::May, pick);
    match &difference.kind {
        Kind::Absent if difference.at == "s:Envelope" => (Label::Reject, "the document is another one"),
        Kind::Absent if is_password_type(region) && !context.is_digest => (Label::Accept, "left out, as the default"),
        Kind::Absent if is_must_understand(&difference.at) => {
            (Label::Accept, "left out, on a block that is understood")
        }
        Kind::Absent if difference.at.starts_with(ADDRESSING) && !context.has_addressing => {
            (Label::May, "missing, with all others of WS-Addressing")
        }
        Kind::Absent if difference.at.ends_with("wsa:MessageID") && !context.wants_reply => {
            (Label::May, "missing, where no answer is wanted")
        }
        Kind::Absent if context.is_other_account && difference.at.starts_with(SECURITY) => {
            (Label::May, "missing, where another account shows what it has")
        }
        Kind::Absent if once_in_10(region) && !context.is_addressing_10 => (Label::May, "missing"),
        Kind::Absent => (said(|region| region.absent), "missing"),
        Kind::Twice if once_in_10(region) && !context.is_addressing_10 => (Label::May, "there twice"),
        Kind::Twice => (said(|region| region.twice), "there twice"),
        Kind::Foreign(element) => foreign(&difference.at, element, context),
        Kind::ForeignAttribute { value } => foreign_attribute(&difference.at, value, context),
        Kind::Text { golden, here } if is_must_understand(&difference.at) => must_understand(golden, here, context),
        Kind::Text { golden, here } => match region {
            Some(region) => text(region, golden, here, context),
            None => (Label::May, "another text"),
        },
        Kind::Order if matches!(difference.at.as_str(), "s:Envelope/s:Header" | RST) => {
            (Label::Accept, "in another order, which means nothing there")
        }
        Kind::Order if difference.at == "s:Envelope" => (Label::Reject, "Body before Header"),
        Kind::Order => (Label::May, "in another order"),
        Kind::Stray => (Label::May, "text between elements"),
        Kind::InText => (Label::May, "an element within its text"),
        Kind::Comment => (Label::May, "a comment within its text"),
        Kind::Instruction => (Label::May, "a processing instruction in it"),
        Kind::Around => (Label::May, "something around the root element"),
    }
}

const ADDRESSING: &str = "s:Envelope/s:Header/wsa:";
const SECURITY: &str = "s:Envelope/s:Header/wsse:Security/";
const ACTION: &str = "s:Envelope/s:Header/wsa:Action";
const RST: &str = "s:Envelope/s:Body/wst:RequestSecurityToken";

fn is_password_type(region: Option<&Region>) -> bool {
    region.is_some_and(|region| region.rule == Rule::PasswordType)
}

fn once_in_10(region: Option<&Region>) -> bool {
    region.is_some_and(|region| region.rule == Rule::OnceIn10)
}

/// Whether a place is the attribute `mustUnderstand` of a header block of the golden message.
fn is_must_understand(at: &str) -> bool {
    let Some(block) = at.strip_prefix("s:Envelope/s:Header/").and_then(|at| at.strip_suffix("/@s:mustUnderstand"))
    else {
        return false;
    };
    !block.contains('/')
}

/// What the specification of SOAP lets the attribute say.
fn must_understand(_golden: &str, here: &str, context: &Context<'_>) -> (Label, &'static str) {
    match (here, context.is_soap_12) {
        ("0" | "1", _) | ("true" | "false", true) => (Label::Accept, "another value, on a block that is understood"),
        _ => (Label::May, "no value that the version of SOAP has"),
    }
}

fn foreign_attribute(at: &str, value: &str, context: &Context<'_>) -> (Label, &'static str) {
    if is_must_understand(at) {
        return must_understand("", value, context);
    }
    let is_role = at
        .strip_prefix("s:Envelope/s:Header/")
        .is_some_and(|rest| rest.strip_suffix("/@s:role").is_some_and(|block| !block.contains('/')));
    if is_role && context.is_soap_12 && value == ULTIMATE {
        return (Label::Accept, "the role that is meant where none is named");
    }
    (Label::May, "an attribute that the golden one does not have")
}

const ULTIMATE: &str = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";

fn foreign(at: &str, element: &Shape, context: &Context<'_>) -> (Label, &'static str) {
    let Some((place, _)) = at.rsplit_once('/') else { return (Label::Reject, "the document is another one") };
    match place {
        "s:Envelope/s:Header" => header_block(element, context),
        _ => (Label::May, "what the golden message does not have"),
    }
}

/// An additional header block: ignored, unless it is meant for the service and mandatory, or one that it understands.
fn header_block(block: &Shape, context: &Context<'_>) -> (Label, &'static str) {
    let prefix = block.name.split_once(':').map_or("", |(prefix, _)| prefix);
    let is_mandatory = block.attribute("s:mustUnderstand");
    if !matches!(prefix, "x" | "wst" | "wsp")
        || block.attribute("s:role").is_some()
        || block.attribute("s:actor").is_some()
    {
        return (Label::May, "a header block that may be understood");
    }
    if block
        .any(&|part| part.attributes.iter().any(|(name, _)| matches!(name.as_str(), "wsu:Id" | "ID" | "Id" | "xml:id")))
    {
        return (Label::May, "a header block with identifiers");
    }
    match (is_mandatory, context.is_soap_12) {
        (None | Some("0"), _) | (Some("false"), true) => (Label::Accept, "an optional header block, to be ignored"),
        (Some("1"), _) | (Some("true"), true) if prefix == "x" => {
            (Label::Reject, "a mandatory header block that nobody understands")
        }
        _ => (Label::May, "a header block of unclear duty"),
    }
}

/// The column of the table that a difference falls into.
fn column(kind: &Kind, words: &str) -> Column {
    match (kind, words) {
        (Kind::Absent, _) => Column::Absent,
        (Kind::Twice, _) => Column::Twice,
        (_, "empty") => Column::Blank,
        (_, "none of its type" | "no base64" | "no time") => Column::Illegal,
        _ => Column::Other,
    }
}

/// The row that decides, where the kind of difference says more than the place.
fn own_clause(difference: &Difference) -> Option<&'static str> {
    let place = difference.at.rsplit_once('/').map_or("", |(place, _)| place);
    match (&difference.kind, place) {
        (Kind::Foreign(_), "s:Envelope/s:Header") => Some("soap.12.mustunderstand"),
        (Kind::Foreign(_) | Kind::Twice, "s:Envelope") | (Kind::Order, "") => Some("soap.12.malformed-sender"),
        (Kind::Twice, "s:Envelope/s:Header") if difference.at.starts_with(ADDRESSING) => Some("wsa.soap.cardinality"),
        (Kind::Text { .. }, "s:Envelope/s:Header") if difference.at == ACTION => Some("wsa.soap.invalid-header"),
        _ => None,
    }
}

/// The row of SOAP 1.1 where the message is one of SOAP 1.1, if that version says the same at all.
pub(super) fn of_version(clause: &str, is_soap_12: bool) -> Option<&str> {
    match clause {
        _ if is_soap_12 || !clause.starts_with("soap.12.") => Some(clause),
        "soap.12.mustunderstand" => Some("soap.11.mustunderstand"),
        "soap.12.version-mismatch" => Some("soap.11.version-mismatch"),
        "soap.12.malformed-sender" => Some("soap.11.body-position"),
        "soap.12.no-dtd" => Some("bp.r1008"),
        _ => None,
    }
}

/// Another text where the table knows the type.
fn text(region: &Region, golden: &str, here: &str, context: &Context<'_>) -> (Label, &'static str) {
    let folds = |text: &str| collapsed(text) == collapsed(golden);
    if is_space(here) && !golden.is_empty() {
        return (region.blank, "empty");
    }
    match region.rule {
        Rule::Secret if context.is_other_account => return (Label::May, "of another account, whole"),
        Rule::Secret => return secret(region, golden, here),
        Rule::Nonce | Rule::Octets => return octets(region, golden, here),
        Rule::Digested if !context.is_digest => return (Label::May, "another time"),
        Rule::Digested if folds(here) => return (Label::May, "the same with white space"),
        Rule::Digested => return (Label::Reject, "another text than the digest was made over"),
        Rule::Begins | Rule::Ends => return time(region, golden, here, context),
        _ => {}
    }
    if region.kind.collapses() && folds(here) {
        return (Label::May, "the same with white space, which its type collapses");
    }
    if region.kind == Type::Base64 && without_space(here) == without_space(golden) {
        return (Label::Accept, "the same octets in other lines");
    }
    if !is_legal(region.kind, here) {
        return (region.illegal, "none of its type");
    }
    match region.rule {
        Rule::Scope if context.known.iter().any(|known| known == here) => {
            (Label::Accept, "another party that is known")
        }
        Rule::Scope if here == context.unknown => (Label::Reject, "a party that is not known"),
        Rule::RequestType if !here.ends_with("/Issue") && here.contains("/trust") || here.contains("/ws-trust/") => {
            (Label::May, "another request")
        }
        Rule::RequestType if here.starts_with("urn:") => (Label::Reject, "no request that there is"),
        _ => (region.other, "another text"),
    }
}

/// Names and passwords: what some directory folds may be let in, under the invariant of the identity.
fn secret(region: &Region, golden: &str, here: &str) -> (Label, &'static str) {
    let letters = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    if here.trim() == golden || (here.is_ascii() && here.trim().eq_ignore_ascii_case(golden)) {
        return (Label::May, "the same but for case or white space");
    }
    // A name with marks that a directory may drop is not certainly another name.
    if !here.is_ascii() && letters(here) == letters(golden) {
        return (Label::May, "the same but for characters that may be folded");
    }
    (region.other, "another name or password")
}

fn without_space(text: &str) -> String {
    text.split([' ', '\t', '\r', '\n']).collect()
}

fn octets(region: &Region, golden: &str, here: &str) -> (Label, &'static str) {
    let decoded = |text: &str| STANDARD.decode(without_space(text)).ok();
    match (decoded(golden), decoded(here)) {
        (_, None) => (region.illegal, "no base64"),
        (golden, here) if golden == here => (Label::May, "the same octets, written another way"),
        _ => (region.other, "other octets"),
    }
}

fn time(region: &Region, golden: &str, here: &str, context: &Context<'_>) -> (Label, &'static str) {
    let (Ok(golden_time), Ok(time)) = (Time::parse(golden), Time::parse(here)) else {
        return (region.illegal, "no time");
    };
    let is_plain = here.trim() == here && time.zone() == Zone::Utc;
    if golden_time == time && is_plain {
        return (Label::Accept, "the same instant");
    }
    if time.zone() == Zone::Unsaid {
        return (Label::May, "a time without a zone");
    }
    let later = time.since(context.now);
    match region.rule {
        Rule::Begins if later > Span::from_nanos(GREY) => (Label::Reject, "in the future"),
        Rule::Ends if later < Span::from_nanos(-GREY) => (Label::Reject, "in the past"),
        _ => (Label::May, "another time"),
    }
}

/// Whether a text is one of its type, as far as that can be said without doubt.
pub(in crate::random) fn is_legal(kind: Type, text: &str) -> bool {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    match kind {
        // XML Schema takes nearly everything for a URI; what has white space or brackets in it is none anywhere.
        Type::Uri => !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c)),
        Type::Time => Time::parse(text).is_ok(),
        Type::Base64 => STANDARD.decode(without_space(text)).is_ok(),
        Type::Integer => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }
        Type::Boolean => matches!(text, "0" | "1" | "true" | "false"),
        Type::Name => !text.is_empty() && !text.contains([' ', '\t', '\r', '\n']) && text.matches(':').count() < 2,
        Type::Id => {
            let mut bytes = text.bytes();
            bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
                && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        }
        Type::String | Type::IdReference | Type::Elements | Type::Any => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_held_to_a_row_of_its_own_version_of_soap() {
        let (header, body) = ("s:Envelope/s:Header", "s:Envelope/s:Body");
        let foreign = || Kind::Foreign(Box::default());
        let table = [
            (format!("{header}/x:H"), foreign(), Some("soap.12.mustunderstand"), Some("soap.11.mustunderstand")),
            (
                "s:Envelope/x:Trailer".to_owned(),
                foreign(),
                Some("soap.12.malformed-sender"),
                Some("soap.11.body-position"),
            ),
            ("s:Envelope".to_owned(), Kind::Order, Some("soap.12.malformed-sender"), Some("soap.11.body-position")),
            (body.to_owned(), Kind::Twice, Some("soap.12.malformed-sender"), Some("soap.11.body-position")),
            (ACTION.to_owned(), Kind::Twice, Some("wsa.soap.cardinality"), Some("wsa.soap.cardinality")),
            (ACTION.to_owned(), Kind::Absent, None, None),
        ];
        for (at, kind, in_12, in_11) in table {
            let difference = Difference { at, kind };
            let row = |is_soap_12| of_version(own_clause(&difference)?, is_soap_12);
            assert_eq!((row(true), row(false)), (in_12, in_11), "{difference:?}");
        }
    }
}
