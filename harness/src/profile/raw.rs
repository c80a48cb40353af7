//! A profile as it is written.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_spanned::Spanned;

use super::ExpectedVerdict;
use crate::case::model::Credential;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawProfile {
    pub(super) name: String,
    pub(super) description: String,
    #[serde(default)]
    pub(super) published_test_secrets: bool,
    #[serde(default)]
    pub(super) owned: bool,
    #[serde(default)]
    pub(super) endpoint: Vec<Spanned<RawEndpoint>>,
    #[serde(default)]
    pub(super) accounts: BTreeMap<Spanned<String>, RawAccount>,
    #[serde(default)]
    pub(super) claims: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) anchors: RawAnchors,
    pub(super) applies_to: Option<RawAppliesTo>,
    #[serde(default)]
    pub(super) limits: RawLimits,
    #[serde(default)]
    pub(super) expected: Vec<Spanned<RawExpected>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEndpoint {
    pub(super) url: Spanned<String>,
    pub(super) credentials: Vec<Credential>,
    #[serde(default)]
    pub(super) soap: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) trust: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) addressing: Vec<Spanned<String>>,
    pub(super) account: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAccount {
    pub(super) user: Option<String>,
    pub(super) password: Option<Spanned<RawReference>>,
    pub(super) certificate: Option<Spanned<RawReference>>,
    pub(super) key: Option<Spanned<RawReference>>,
    pub(super) subject: Option<String>,
    #[serde(default)]
    pub(super) bait: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawAnchors {
    pub(super) tls_ca: Option<Spanned<RawReference>>,
    #[serde(default)]
    pub(super) signing: Vec<Spanned<RawReference>>,
    pub(super) relying_party_key: Option<Spanned<RawReference>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAppliesTo {
    pub(super) known: String,
    pub(super) other: Option<String>,
    pub(super) encrypted: Option<String>,
    pub(super) unknown: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLimits {
    pub(super) workers: Option<Spanned<u16>>,
    pub(super) rate: Option<Spanned<u32>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) requests: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExpected {
    pub(super) requirement: Option<Spanned<String>>,
    pub(super) case: Option<Spanned<String>>,
    pub(super) verdict: ExpectedVerdict,
    pub(super) reason: Option<Spanned<String>>,
    pub(super) evidence: Option<String>,
    pub(super) until: Option<Spanned<toml::value::Datetime>>,
}

/// A table that points somewhere, or the value itself as a string.
#[derive(Debug, Clone)]
pub(super) enum RawReference {
    Inline(String),
    Table(RawReferenceTable),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReferenceTable {
    pub(super) env: Option<String>,
    pub(super) file: Option<String>,
    pub(super) command: Option<Vec<String>>,
    pub(super) bundled: Option<String>,
}

/// By hand, so that a string gets our own answer, and a wrong table the parser's precise one.
impl<'de> Deserialize<'de> for RawReference {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = RawReference;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a reference such as { env = \"NAME\" }")
            }

            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                Ok(RawReference::Inline(value.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                RawReferenceTable::deserialize(MapAccessDeserializer::new(map)).map(RawReference::Table)
            }
        }

        from.deserialize_any(Either)
    }
}
