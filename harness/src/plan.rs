//! Cases times variants, held against what the target claims: what will be sent, and what is inapplicable and why.

use crate::case::model::{Axis, Case, Variant};
use crate::profile::Profile;
use crate::suite::Suite;
use crate::vocabulary::Vocabulary;

/// One case in one variant, and whether it will be sent.
#[derive(Debug, Clone)]
pub struct Planned<'a> {
    /// The case.
    pub case: &'a Case,
    /// One value for every axis.
    pub variant: Variant,
    /// `None` if it will be sent, otherwise the reason why it makes no sense for this target.
    pub inapplicable: Option<String>,
}

/// Every case in every variant, cases in the order of their ids.
pub fn plan<'a>(suite: &'a Suite, profile: &Profile) -> Vec<Planned<'a>> {
    let planned = |case: &'a Case| {
        variants(case, &suite.vocabulary).into_iter().map(move |variant| {
            let inapplicable = inapplicable(case, &variant, &suite.vocabulary, profile);
            Planned { case, variant, inapplicable }
        })
    };
    suite.cases.iter().flat_map(planned).collect()
}

/// Every combination of the values that a case varies; every other axis at its first value.
pub fn variants(case: &Case, vocabulary: &Vocabulary) -> Vec<Variant> {
    let mut variants = vec![vocabulary.default_variant()];
    for (axis, values) in &case.vary {
        let with = |variant: &Variant, value: &String| {
            let mut variant = variant.clone();
            variant.0.insert(*axis, value.clone());
            variant
        };
        variants = variants.iter().flat_map(|variant| values.iter().map(move |value| with(variant, value))).collect();
    }
    variants
}

impl Planned<'_> {
    /// The name of one case in one variant: `issue/minimal@soap=1.2,trust=1.3`. Axes that the case does not vary are left out.
    pub fn id(&self) -> String {
        let varied = self.varied();
        if varied.0.is_empty() { self.case.id.0.clone() } else { format!("{}@{varied}", self.case.id) }
    }

    /// The part of the variant that tells it from the others of its case.
    pub fn varied(&self) -> Variant {
        let varies = |axis: &Axis| self.case.vary.get(axis).is_some_and(|values| values.len() > 1);
        let pairs = self.variant.0.iter().filter(|(axis, _)| varies(axis));
        Variant(pairs.map(|(axis, value)| (*axis, value.clone())).collect())
    }
}

/// Why a case makes no sense for a target, if it does not: the first reason in the order a reader would look.
fn inapplicable(case: &Case, variant: &Variant, vocabulary: &Vocabulary, profile: &Profile) -> Option<String> {
    let by_axis = variant.0.iter().filter_map(|(axis, value)| vocabulary.claim_for(*axis, value));
    let mut needs = case.needs.iter().map(|need| need.0.as_str()).chain(by_axis);
    if let Some(missing) = needs.find(|need| !profile.claims.iter().any(|claim| claim.0 == *need)) {
        return Some(format!("the target does not claim `{missing}`"));
    }
    case.steps.iter().find_map(|step| profile.lacks(step.credential, variant))
}
