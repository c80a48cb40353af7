//! Which of the planned exchanges are meant: the filters that `list` and `run` share.

use std::collections::BTreeSet;

use clap::Args;

use crate::case::hostile::Hazard;
use crate::case::model::RequirementId;
use crate::error::Error;
use crate::nearest::did_you_mean;
use crate::plan::{self, Planned};
use crate::profile::Profile;
use crate::suite::Suite;

/// The filters. Without any, everything is meant; several kinds narrow each other, several of a kind add up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Selection {
    /// Only cases whose name, variant included, contains this text or matches this pattern (`*` for any text)
    #[arg(long = "case", value_name = "NAME")]
    pub cases: Vec<String>,
    /// Only cases that cover this requirement, or one matching this pattern
    #[arg(long = "requirement", value_name = "ID")]
    pub requirements: Vec<String>,
    /// Only cases that need this capability
    #[arg(long = "needs", visible_alias = "tag", value_name = "CAPABILITY")]
    pub needs: Vec<String>,
    /// Send the hostile requests, too; only to this machine, or where the profile says `owned = true`
    #[arg(long)]
    pub hostile: bool,
    /// Send hostile requests that may do harm, last: load, crash, lockout
    #[arg(long = "hazard", value_name = "KIND", value_delimiter = ',')]
    pub hazards: Vec<Hazard>,
}

impl Selection {
    /// Everything that may be meant: the plan, and the hostile classes behind it where somebody asked for them.
    pub fn plan<'a>(&self, suite: &'a Suite, profile: &Profile) -> Result<Vec<Planned<'a>>, Error> {
        let mut planned = plan::plan(suite, profile);
        let named = self.cases.iter().any(|wanted| wanted.starts_with("hostile/"));
        let asked = self.hostile || !self.hazards.is_empty() || named;
        // What a campaign found is an ordinary case by its form, and as hostile as it was.
        let found = |one: &Planned<'_>| one.case.id.0.starts_with("hostile/") && one.inapplicable.is_none();
        if !asked && !planned.iter().any(|one| found(one) && self.takes(one)) {
            return Ok(planned);
        }
        if let Some(outside) = profile.outside().filter(|_| !profile.owned) {
            return Err(Error::usage(
                format!("hostile requests are not sent to {outside}, which is not this machine"),
                "say `owned = true` in the profile if the service is yours to attack",
            ));
        }
        if asked {
            planned.extend(plan::hostile(suite, profile, &self.hazards));
        }
        Ok(planned)
    }

    /// Whether everything is meant.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether one planned exchange is meant.
    pub fn takes(&self, planned: &Planned<'_>) -> bool {
        let id = planned.id();
        let any = |wanted: &[String], of: &dyn Fn(&String) -> bool| wanted.is_empty() || wanted.iter().any(of);
        any(&self.cases, &|wanted| names(wanted, &id))
            && any(&self.requirements, &|wanted| planned.case.covers.iter().any(|row| is(wanted, &row.0)))
            && any(&self.needs, &|wanted| planned.case.needs.iter().any(|need| need.0 == **wanted))
    }

    /// What is meant of a plan; nothing at all is an error that names the nearest thing.
    pub fn of<'a>(&self, plan: &[Planned<'a>], suite: &Suite) -> Result<Vec<Planned<'a>>, Error> {
        self.check(suite)?;
        let named: BTreeSet<&str> =
            plan.iter().filter(|planned| self.takes(planned)).map(|planned| planned.case.id.0.as_str()).collect();
        // What is refused of a class means nothing without the request that has no defect.
        let repaired = |planned: &Planned<'_>| planned.is_repaired() && named.contains(planned.case.id.0.as_str());
        let (taken, left): (Vec<_>, Vec<_>) =
            plan.iter().cloned().partition(|planned| self.takes(planned) || repaired(planned));
        if taken.is_empty() { Err(self.nothing(suite, &left)) } else { Ok(taken) }
    }

    /// Names that the suite does not have are typos, not empty selections.
    fn check(&self, suite: &Suite) -> Result<(), Error> {
        for id in self.requirements.iter().filter(|id| !id.contains('*')) {
            if suite.register.get(&RequirementId(id.clone())).is_none() {
                return Err(Error::usage(format!("there is no requirement `{id}`"), suite.register.remedy(id)));
            }
        }
        if let Some(name) = self.needs.iter().find(|name| !suite.capabilities.has(name)) {
            return Err(Error::usage(format!("there is no capability `{name}`"), suite.capabilities.remedy(name)));
        }
        Ok(())
    }

    fn nothing(&self, suite: &Suite, plan: &[Planned<'_>]) -> Error {
        let kinds = [("--case", &self.cases), ("--requirement", &self.requirements), ("--needs", &self.needs)];
        let asked: Vec<_> =
            kinds.iter().flat_map(|(flag, values)| values.iter().map(move |value| format!("{flag} {value}"))).collect();
        let misses = |wanted: &&String| !plan.iter().any(|planned| names(wanted, &planned.id()));
        let known = suite.cases.iter().map(|case| case.id.0.as_str());
        let remedy = match self.cases.iter().find(misses) {
            Some(case) => did_you_mean(case, known, "`stsproof list` prints all cases"),
            None if kinds.iter().filter(|(_, values)| !values.is_empty()).count() > 1 => {
                "filters of different kinds narrow each other: leave one out".to_owned()
            }
            None => "`stsproof list` prints all cases, `stsproof coverage` what they cover".to_owned(),
        };
        let cause = match asked.as_slice() {
            [] => "there are no cases".to_owned(),
            asked => format!("no case is selected by {}", asked.join(" ")),
        };
        Error::NothingSelected { cause, remedy }
    }
}

/// A case by its whole name, by a part of it, or by a pattern.
fn names(wanted: &str, id: &str) -> bool {
    if wanted.contains('*') {
        matches(wanted.as_bytes(), id.as_bytes()) || matches(wanted.as_bytes(), bare(id).as_bytes())
    } else {
        id.contains(wanted)
    }
}

/// An id, or a pattern for ids.
fn is(wanted: &str, id: &str) -> bool {
    if wanted.contains('*') { matches(wanted.as_bytes(), id.as_bytes()) } else { wanted == id }
}

fn bare(id: &str) -> &str {
    id.split_once('@').map_or(id, |(case, _)| case)
}

/// Whether a pattern, in which `*` stands for any text, fits the whole of a text. Goes back to the last `*` only, so
/// that its time grows with the product of the lengths and no further.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("issue/minimal", true)]
    #[case("minimal", true)]
    #[case("soap=1.1", true)]
    #[case("issue/*", true)]
    #[case("*minimal", true)]
    #[case("*@soap=1.1*", true)]
    #[case("*trust=1.3", true)]
    #[case("issue", true)]
    #[case("renew/*", false)]
    #[case("*maximal*", false)]
    #[case("issue/*x", false)]
    fn a_case_is_named_by_a_part_or_a_pattern(#[case] wanted: &str, #[case] taken: bool) {
        assert_eq!(names(wanted, "issue/minimal@soap=1.1,trust=1.3"), taken);
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        let text = "a".repeat(5000);
        let pattern = format!("{}b", "a*".repeat(500));
        assert!(!matches(pattern.as_bytes(), text.as_bytes()));
    }
}
