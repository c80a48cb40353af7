//! The forms that a text can be asked to have.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::gate::chars;
use crate::time::{Time, Zone};
use crate::tree::{Node, Tree};

/// A form of text, mostly a type of XML Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// `xs:dateTime` in UTC, written with `Z` or a zero offset.
    UtcTime,
    /// `xs:dateTime`.
    Time,
    /// A URI with a scheme.
    AnyUri,
    /// `xs:base64Binary`, not empty.
    Base64,
    /// `xs:NCName`.
    Ncname,
    /// `xs:unsignedInt`.
    UnsignedInt,
    /// `xs:QName` whose prefix is bound at that place.
    Qname,
}

impl Form {
    /// What it is, with its article.
    pub fn label(self) -> &'static str {
        match self {
            Self::UtcTime => "an xs:dateTime in UTC",
            Self::Time => "an xs:dateTime",
            Self::AnyUri => "an absolute URI",
            Self::Base64 => "base64",
            Self::Ncname => "a name without colon (xs:NCName)",
            Self::UnsignedInt => "an xs:unsignedInt",
            Self::Qname => "a qualified name",
        }
    }

    /// Why a text does not have the form, if it does not. White space around it counts as XML Schema counts it.
    pub(super) fn complaint(self, text: &str, at: Option<(&Tree, Node)>) -> Option<String> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        let unless = |holds: bool, because: &str| (!holds).then(|| because.to_owned());
        match self {
            Self::Time => Time::parse(text).err().map(|error| error.because.to_owned()),
            Self::UtcTime => match Time::parse(text) {
                Err(error) => Some(error.because.to_owned()),
                Ok(time) => unless(matches!(time.zone(), Zone::Utc | Zone::Offset(0)), "it is not in UTC"),
            },
            Self::AnyUri => unless(is_absolute(text), "it has no scheme, or characters that no URI has"),
            Self::Base64 => {
                let compact: String = text.split_ascii_whitespace().collect();
                match STANDARD.decode(&compact) {
                    Ok(_) => unless(!compact.is_empty(), "it is empty"),
                    Err(error) => Some(error.to_string()),
                }
            }
            Self::Ncname => unless(chars::is_ncname(text), "it has characters that such a name must not have there"),
            Self::UnsignedInt => {
                let digits = text.strip_prefix('+').unwrap_or(text);
                let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                unless(plain && digits.parse::<u32>().is_ok(), "it is no whole number from 0 to 4294967295")
            }
            Self::Qname => match chars::split(text) {
                None => Some("it is no name".to_owned()),
                Some((None, _)) => None,
                Some((Some(prefix), _)) => at
                    .filter(|(tree, node)| tree.resolve(*node, prefix).is_none())
                    .map(|_| format!("the prefix `{prefix}` is not declared at this place")),
            },
        }
    }
}

fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let good_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    good_scheme
        && !rest.is_empty()
        && !rest.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Form::UtcTime, "2026-11-21T10:00:00Z", true)]
    #[case(Form::UtcTime, "2026-11-21T10:00:00+00:00", true)]
    #[case(Form::UtcTime, "2026-11-21T10:00:00+01:00", false)]
    #[case(Form::UtcTime, "2026-11-21T10:00:00", false)]
    #[case(Form::Time, "2026-11-21T10:00:00", true)]
    #[case(Form::Time, "yesterday", false)]
    #[case(Form::AnyUri, "urn:uuid:1", true)]
    #[case(Form::AnyUri, "https://a.example/\u{e4}?x=%20#y", true)]
    #[case(Form::AnyUri, "/a", false)]
    #[case(Form::AnyUri, "urn:", false)]
    #[case(Form::AnyUri, "http://a b", false)]
    #[case(Form::Base64, "QUJD\n QQ==", true)]
    #[case(Form::Base64, "QUJDQQ", false)]
    #[case(Form::Base64, "", false)]
    #[case(Form::Ncname, "_id-1", true)]
    #[case(Form::Ncname, "1d", false)]
    #[case(Form::Ncname, "a:b", false)]
    #[case(Form::UnsignedInt, " 256 ", true)]
    #[case(Form::UnsignedInt, "4294967296", false)]
    #[case(Form::UnsignedInt, "-1", false)]
    #[case(Form::Qname, "a", true)]
    #[case(Form::Qname, "a:b:c", false)]
    fn a_text_has_a_form_or_not(#[case] form: Form, #[case] text: &str, #[case] has: bool) {
        assert_eq!(form.complaint(text, None).is_none(), has);
    }
}
