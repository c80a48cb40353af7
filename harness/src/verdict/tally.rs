//! Counts findings by requirement: what holds, what does not, and how grave that is.

use std::collections::BTreeMap;

use stsproof_judge::check;

use super::{Finding, Setting, Spot, Verdict};
use crate::case::model::{RequirementId, Variant};
use crate::requirement::Requirement;

/// The findings of one case or rule.
pub(super) struct Tally<'r> {
    setting: &'r Setting<'r>,
    /// The WS-Trust version that was spoken.
    version: &'r str,
    /// What was found, in the order of the steps and checks.
    pub(super) findings: Vec<Finding>,
    /// The worst verdict for each requirement that something was said about.
    pub(super) requirements: BTreeMap<String, Verdict>,
    /// Whether any check could be used.
    pub(super) spoke: bool,
}

impl<'r> Tally<'r> {
    /// Nothing was found yet. Rows that are no part of the variant's version, or that were never asked of this target,
    /// will be passed over.
    pub(super) fn new(setting: &'r Setting<'r>, variant: &'r Variant) -> Self {
        let version = variant.value("trust").unwrap_or_default();
        Self { setting, version, findings: Vec::new(), requirements: BTreeMap::new(), spoke: false }
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
                check::Outcome::Holds | check::Outcome::Broken if about.is_empty() => {}
                check::Outcome::Holds => self.holds(&about),
                check::Outcome::NotApplicable => {}
                check::Outcome::Broken => self.broken(step, number, &about, &found),
                check::Outcome::Unusable => {
                    self.spoke = true;
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
        let worst = self.breach(rows);
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

    /// The answer itself is not what these requirements ask for.
    pub(super) fn missed(&mut self, step: &str, rows: &[&str], message: String, spot: Option<Spot>) {
        let (requirement, verdict) = self.breach(rows);
        self.push(verdict, requirement, step, None, message);
        self.mark(spot);
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
        self.spoke = true;
        self.push(Verdict::Error, None, step, None, message);
    }

    /// The worst of what was found.
    pub(super) fn verdict(&self) -> Verdict {
        self.findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Pass)
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

    /// Marks the requirements as broken; returns the gravest, the first of several.
    fn breach(&mut self, rows: &[&str]) -> (Option<String>, Verdict) {
        let setting = self.setting;
        let rows: Vec<&str> = rows.iter().copied().filter(|row| self.concerns(row)).collect();
        let severity =
            |id: &str| row(setting, id).map_or(Verdict::Fail, |row| Verdict::from(row.severity(setting.claims)));
        self.say(&rows, severity);
        let worst = rows.iter().map(|row| severity(row)).max().unwrap_or(Verdict::Fail);
        (rows.iter().find(|row| severity(row) == worst).map(|row| (*row).to_owned()), worst)
    }

    fn say(&mut self, rows: &[&str], verdict: impl Fn(&str) -> Verdict) {
        self.spoke = true;
        let rows: Vec<&str> = rows.iter().copied().filter(|row| self.concerns(row)).collect();
        for row in rows {
            let now = verdict(row);
            let said = self.requirements.entry(row.to_owned()).or_insert(now);
            *said = (*said).max(now);
        }
    }

    /// Whether a row speaks of this target in this version.
    fn concerns(&self, row_id: &str) -> bool {
        row(self.setting, row_id).is_none_or(|row| row.concerns(self.version, self.setting.claims))
    }
}

fn row<'r>(setting: &Setting<'r>, id: &str) -> Option<&'r Requirement> {
    setting.suite.register.get(&RequirementId(id.to_owned()))
}
