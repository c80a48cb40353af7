//! Counts findings by requirement: what holds, what does not, and how grave that is.

use std::collections::BTreeMap;

use stsproof_judge::check;

use super::{Finding, Setting, Spot, Verdict};
use crate::case::model::{Axis, RequirementId, Variant};
use crate::requirement::Requirement;

/// The findings of one case or rule.
pub(super) struct Tally<'r> {
    setting: &'r Setting<'r>,
    /// The versions that were spoken.
    variant: &'r Variant,
    /// What was found, in the order of the steps and checks.
    pub(super) findings: Vec<Finding>,
    /// The worst verdict for each requirement that something was said about.
    pub(super) requirements: BTreeMap<String, Verdict>,
    /// Whether anything was said about any requirement.
    pub(super) spoke: bool,
    /// Whether any statement was found not to hold.
    pub(super) broke: bool,
}

impl<'r> Tally<'r> {
    /// Nothing was found yet. Rows that are no part of the variant's versions, or that were never asked of this target,
    /// will be passed over.
    pub(super) fn new(setting: &'r Setting<'r>, variant: &'r Variant) -> Self {
        Self { setting, variant, findings: Vec::new(), requirements: BTreeMap::new(), spoke: false, broke: false }
    }

    /// Takes the findings of checks over, those of each check together.
    pub(super) fn checks<'a>(
        &mut self,
        step: &str,
        rows: impl Fn() -> Vec<&'a str>,
        findings: impl IntoIterator<Item = Vec<check::Finding>>,
    ) {
        let numbered = findings.into_iter().zip(1..);
        for (found, number) in numbered.flat_map(|(found, number)| found.into_iter().map(move |one| (one, number))) {
            let about: Vec<String> = match &found.clause {
                Some(clause) => vec![clause.clone()],
                None => rows().into_iter().map(str::to_owned).collect(),
            };
            let about: Vec<&str> = about.iter().map(String::as_str).filter(|row| self.concerns(row)).collect();
            match found.outcome {
                // What this version does not say cannot be broken in it.
                check::Outcome::Holds | check::Outcome::Open | check::Outcome::Broken if about.is_empty() => {}
                check::Outcome::Holds => self.holds(&about),
                check::Outcome::Open => {
                    self.say(&about, |_| Verdict::Note);
                    self.push(
                        Verdict::Note,
                        about.first().copied().map(str::to_owned),
                        step,
                        Some(number),
                        found.message,
                    );
                }
                check::Outcome::NotApplicable => {}
                check::Outcome::Broken => self.broken(step, number, &about, &found),
                check::Outcome::Unusable => {
                    self.push(Verdict::Error, None, step, Some(number), found.message);
                }
            }
        }
    }

    /// The statement of these requirements holds.
    pub(super) fn holds(&mut self, rows: &[&str]) {
        self.say(rows, |_| Verdict::Pass);
    }

    /// The statement of these requirements does not hold.
    fn broken(&mut self, step: &str, number: usize, rows: &[&str], found: &check::Finding) {
        let worst = self.breach(rows, Verdict::Fail);
        self.findings.push(Finding {
            verdict: worst.1,
            requirement: worst.0,
            step: step.to_owned(),
            check: Some(number),
            message: found.message.clone(),
            expected: found.expected.clone(),
            found: found.found.clone().or_else(|| found.excerpt.clone()),
            place: found.place.map(|place| format!("{} {place}", found.document)),
            spot: found.place.zip(found.end).map(|(from, to)| Spot {
                document: found.document.to_string(),
                from: from.into(),
                to: to.into(),
            }),
        });
    }

    /// The answer itself is not what these requirements ask for. `rows` are those that say something of such an answer;
    /// `otherwise` is how grave it is where none does.
    pub(super) fn missed(
        &mut self,
        step: &str,
        rows: &[&str],
        otherwise: Verdict,
        message: String,
        spot: Option<Spot>,
    ) {
        let (requirement, verdict) = self.breach(rows, otherwise);
        self.push(verdict, requirement, step, None, message);
        self.mark(spot);
    }

    /// Nothing could be said, and why.
    pub(super) fn silent(&mut self, step: &str, message: String) {
        self.push(Verdict::Inapplicable, None, step, None, message);
    }

    /// Allowed, but second best.
    pub(super) fn remark(&mut self, step: &str, rows: &[&str], message: String, spot: Option<Spot>) {
        self.say(rows, |_| Verdict::Note);
        let first = rows.iter().find(|row| self.concerns(row)).map(|row| (*row).to_owned());
        self.push(Verdict::Note, first, step, None, message);
        self.mark(spot);
    }

    /// A verdict that no requirement gives.
    pub(super) fn say_of_us(&mut self, verdict: Verdict, step: &str, message: String) {
        self.spoke = true;
        self.push(verdict, None, step, None, message);
    }

    /// Something that the question stands on broke.
    pub(super) fn blocked(&mut self, step: &str, rows: &[&str], message: String) {
        self.say(rows, |_| Verdict::Blocked);
        self.push(Verdict::Blocked, None, step, None, message);
    }

    /// Our own fault, or the network's.
    pub(super) fn error(&mut self, step: &str, message: String) {
        self.push(Verdict::Error, None, step, None, message);
    }

    /// The worst of what was found. Where nothing was said about anything, that is no pass.
    pub(super) fn verdict(&self) -> Verdict {
        let least = if self.spoke { Verdict::Pass } else { Verdict::Inapplicable };
        self.findings.iter().map(|finding| finding.verdict).max().unwrap_or(least).max(least)
    }

    /// The findings, worst first.
    pub(super) fn into_parts(mut self) -> (Vec<Finding>, BTreeMap<String, Verdict>) {
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
        (self.findings, self.requirements)
    }

    fn push(
        &mut self,
        verdict: Verdict,
        requirement: Option<String>,
        step: &str,
        check: Option<usize>,
        message: String,
    ) {
        let (step, expected, found, place, spot) = (step.to_owned(), None, None, None, None);
        self.findings.push(Finding { verdict, requirement, step, check, message, expected, found, place, spot });
    }

    /// Says which node the last finding is about.
    fn mark(&mut self, spot: Option<Spot>) {
        if let Some(last) = self.findings.last_mut() {
            last.spot = spot;
        }
    }

    /// Marks the requirements as broken; returns the gravest, the first of several. `otherwise` is how grave it is that
    /// nothing holds of which no requirement speaks.
    fn breach(&mut self, rows: &[&str], otherwise: Verdict) -> (Option<String>, Verdict) {
        self.broke = true;
        let setting = self.setting;
        let rows: Vec<&str> = rows.iter().copied().filter(|row| self.concerns(row)).collect();
        let severity =
            |id: &str| row(setting, id).map_or(Verdict::Fail, |row| Verdict::from(row.severity(setting.claims)));
        self.say(&rows, severity);
        let worst = rows.iter().map(|row| severity(row)).max().unwrap_or(otherwise);
        (rows.iter().find(|row| severity(row) == worst).map(|row| (*row).to_owned()), worst)
    }

    fn say(&mut self, rows: &[&str], verdict: impl Fn(&str) -> Verdict) {
        let concerned: Vec<&str> = rows.iter().copied().filter(|row| self.concerns(row)).collect();
        // A class of requests may stand for itself, and for no row.
        self.spoke |= rows.is_empty() || !concerned.is_empty();
        for row in concerned {
            let now = verdict(row);
            let said = self.requirements.entry(row.to_owned()).or_insert(now);
            *said = (*said).max(now);
        }
    }

    /// Whether a row speaks of this target in this version.
    fn concerns(&self, row_id: &str) -> bool {
        let (soap, trust) = (self.variant.value(Axis::Soap.key()), self.variant.value(Axis::Trust.key()));
        row(self.setting, row_id)
            .is_none_or(|row| row.is_about(soap) && row.concerns(trust.unwrap_or_default(), self.setting.claims))
    }
}

fn row<'r>(setting: &Setting<'r>, id: &str) -> Option<&'r Requirement> {
    setting.suite.register.get(&RequirementId(id.to_owned()))
}
