//! Cases times variants, held against what the target claims: what will be sent, and what is inapplicable and why.

use std::collections::BTreeSet;

use crate::case::hostile::{Hazard, REPAIRED};
use crate::case::model::{Axis, Case, Credential, Step, Variant};
use crate::profile::{Approach, Profile};
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

/// Every case in every variant, cases in the order of their ids. Hostile classes are not among them.
pub fn plan<'a>(suite: &'a Suite, profile: &Profile) -> Vec<Planned<'a>> {
    let cases = suite.cases.iter().filter(|case| case.hostile.is_none());
    cases.flat_map(|case| of_case(case, suite, profile)).collect()
}

/// Every hostile class in every form, what does no harm first. What may do harm is sent if its hazard is among those
/// that are allowed.
pub fn hostile<'a>(suite: &'a Suite, profile: &Profile, allowed: &[Hazard]) -> Vec<Planned<'a>> {
    let mut classes: Vec<(&Case, Hazard)> =
        suite.cases.iter().filter_map(|case| Some((case, case.hostile.as_ref()?.hazard))).collect();
    classes.sort_by_key(|(_, hazard)| *hazard);
    let planned = |(case, hazard): (&'a Case, Hazard)| {
        let mut planned = of_case(case, suite, profile);
        for one in &mut planned {
            one.inapplicable = one.inapplicable.take().or_else(|| forbidden(hazard, allowed, profile));
        }
        planned
    };
    classes.into_iter().flat_map(planned).collect()
}

fn of_case<'a>(case: &'a Case, suite: &'a Suite, profile: &Profile) -> Vec<Planned<'a>> {
    let planned = |variant: Variant| {
        let inapplicable = inapplicable(case, &variant, &suite.vocabulary, profile);
        Planned { case, variant, inapplicable }
    };
    variants(case, &suite.vocabulary).into_iter().map(planned).collect()
}

/// Why a class with this hazard is not sent, if it is not.
fn forbidden(hazard: Hazard, allowed: &[Hazard], profile: &Profile) -> Option<String> {
    if hazard != Hazard::None && !allowed.contains(&hazard) {
        return Some(format!("it may do harm: `--hazard {}` allows it", hazard.word()));
    }
    let baited = hazard != Hazard::Lockout || profile.bait().is_some();
    (!baited).then(|| "the profile has no account with `bait = true` that may be locked".to_owned())
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

/// The part of a variant that tells it from the others of its case.
pub fn varied(case: &Case, variant: &Variant) -> Variant {
    let several = |axis: &Axis| case.vary.get(axis).is_some_and(|values| values.len() > 1);
    let varies = |axis: &Axis| *axis == Axis::Form || several(axis);
    Variant(variant.0.iter().filter(|(axis, _)| varies(axis)).map(|(axis, value)| (*axis, value.clone())).collect())
}

/// The values that a text such as `soap=1.1,trust=2005-02` names, if the case varies over all of them.
pub fn part(case: &Case, text: &str) -> Option<Variant> {
    let pairs = text.split(',').filter(|_| !text.is_empty()).map(|pair| {
        let (axis, wanted) = pair.split_once('=')?;
        let axis = Axis::ALL.into_iter().find(|known| known.key() == axis)?;
        // A reader may copy the value from a report, in which no slash stands.
        let is = |known: &&String| *known == wanted || known.replace('/', "-") == wanted;
        Some((axis, case.vary.get(&axis)?.iter().find(is)?.clone()))
    });
    pairs.collect::<Option<_>>().map(Variant)
}

impl Planned<'_> {
    /// The name of one case in one variant: `issue/minimal@soap=1.2,trust=1.3`. Axes that the case does not vary are left out.
    pub fn id(&self) -> String {
        let varied = self.varied();
        if varied.0.is_empty() { self.case.id.0.clone() } else { format!("{}@{varied}", self.case.id) }
    }

    /// Whether it is the request of a hostile class that has no defect.
    pub fn is_repaired(&self) -> bool {
        self.variant.value("form") == Some(REPAIRED)
    }

    /// The part of the variant that tells it from the others of its case.
    pub fn varied(&self) -> Variant {
        varied(self.case, &self.variant)
    }
}

/// How a step of a case approaches the target.
pub(crate) fn approach(case: &Case, step: &Step, variant: &Variant) -> Approach {
    Approach { credential: step.credential, variant: variant.clone(), tls: case.needs_tls() }
}

/// Why a case makes no sense for a target, if it does not: the first reason in the order a reader would look.
fn inapplicable(case: &Case, variant: &Variant, vocabulary: &Vocabulary, profile: &Profile) -> Option<String> {
    let by_axis = variant.0.iter().filter_map(|(axis, value)| vocabulary.claim_for(*axis, value));
    let mut needs = case.needs.iter().map(|need| need.0.as_str()).chain(by_axis);
    if let Some(missing) = needs.find(|need| !profile.claims.iter().any(|claim| claim.0 == *need)) {
        return Some(format!("the target does not claim `{missing}`"));
    }
    if let Some(offered) = case.unless.iter().find(|offered| profile.claims.contains(*offered)) {
        return Some(format!("the target claims `{}`", offered.0));
    }
    let mut kept: BTreeSet<&str> = BTreeSet::new();
    let mut has_token = false;
    for step in case.steps(variant) {
        let placeholders = step.placeholders();
        let approach = approach(case, step, variant);
        let shows_own = has_token && matches!(step.credential, Credential::SamlBearer | Credential::SamlHolderOfKey);
        let lacks = if shows_own { profile.endpoint(&approach).err() } else { profile.lacks(&approach) };
        let unfilled = || {
            let mut given = placeholders.iter().filter(|name| !kept.contains(name.as_str()));
            given.find_map(|name| profile.lacks_value(name, &approach))
        };
        if let Some(reason) = lacks.or_else(unfilled) {
            return Some(reason);
        }
        kept.extend(step.keep.keys().map(String::as_str));
        has_token |= step.keeps_token();
    }
    None
}
