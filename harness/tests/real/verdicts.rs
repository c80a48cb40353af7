//! What a run's JSON report says, as far as these tests ask.

use std::collections::BTreeMap;
use std::path::Path;

use libtest_mimic::Failed;
use serde::Deserialize;

/// A report.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    /// Why the run could not go on, if it could not.
    pub(crate) halted: Option<String>,
    requirements: Vec<Requirement>,
    cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
struct Requirement {
    id: String,
    verdict: String,
    expectation: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the report calls them so")]
struct Case {
    case: String,
    variant: String,
    verdict: String,
}

impl Report {
    pub(crate) fn read(file: &Path) -> Result<Self, Failed> {
        Ok(serde_json::from_slice(&std::fs::read(file)?)?)
    }

    /// How many cases and variants pass.
    pub(crate) fn passes(&self) -> usize {
        self.cases.iter().filter(|case| case.verdict == "pass").count()
    }

    /// Whether a requirement was judged, and holds.
    pub(crate) fn holds(&self, row: &str) -> bool {
        self.requirements.iter().any(|requirement| requirement.id == row && requirement.verdict == "pass")
    }

    /// The requirements that something is said against.
    pub(crate) fn against(&self) -> Vec<&str> {
        let against = self.requirements.iter().filter(|row| is_against(&row.verdict));
        against.map(|row| row.id.as_str()).collect()
    }

    /// Those that the profile does not expect.
    pub(crate) fn against_and_not_expected(&self) -> Vec<&str> {
        let against = self.requirements.iter().filter(|row| is_against(&row.verdict) && row.expectation.is_none());
        against.map(|row| row.id.as_str()).collect()
    }

    /// Cases whose verdict changes with nothing but the version of SOAP.
    pub(crate) fn unlike_over_soap(&self) -> Vec<String> {
        let mut verdicts: BTreeMap<(&str, String), BTreeMap<&str, &str>> = BTreeMap::new();
        for case in &self.cases {
            let (soap, rest): (Vec<&str>, Vec<&str>) =
                case.variant.split(',').partition(|part| part.starts_with("soap="));
            if let [soap] = soap[..] {
                verdicts.entry((&case.case, rest.join(","))).or_default().insert(soap, &case.verdict);
            }
        }
        let unlike = verdicts.into_iter().filter(|(_, by_soap)| {
            by_soap.values().any(|verdict| by_soap.values().any(|other| is_against(verdict) != is_against(other)))
        });
        unlike.map(|((case, rest), by_soap)| format!("{case} [{rest}]: {by_soap:?}")).collect()
    }

    /// Cases that are judged otherwise in a run that differs in nothing but TLS. What asks for TLS itself is asked in
    /// one of them only.
    pub(crate) fn unlike_without_tls(&self, plain: &Self) -> Vec<String> {
        let name = |case: &Case| format!("{} [{}]", case.case, case.variant);
        let plain: BTreeMap<String, &str> = plain.asked().map(|case| (name(case), &*case.verdict)).collect();
        let both = self.asked().filter_map(|with| Some((name(with), &with.verdict, *plain.get(&name(with))?)));
        both.filter(|(_, with, without)| is_against(with) != is_against(without))
            .map(|(case, with, without)| format!("{case}: {with} with TLS, {without} without"))
            .collect()
    }

    fn asked(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.verdict != "inapplicable")
    }
}

fn is_against(verdict: &str) -> bool {
    matches!(verdict, "fail" | "warn")
}
