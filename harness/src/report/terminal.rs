//! What a person reads first: what is against the target with its evidence, then the table, then one word.

use std::io::{self, Write};

use super::summary::{self, Row};
use super::{harmless, one_line};
use crate::exchange::transcript::{Exchange, Outcome};
use crate::verdict::{
    CaseVerdict, Deviation, DeviationState, Expectation, Finding, RequirementVerdict, RuleVerdict, Run, Verdict,
};

const COLUMNS: [Verdict; 6] =
    [Verdict::Pass, Verdict::Note, Verdict::Warn, Verdict::Fail, Verdict::Blocked, Verdict::Error];

/// More blocked cases than this say nothing new one by one.
const BLOCKED_SHOWN: usize = 3;

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// With ANSI colours.
    pub colour: bool,
    /// Also what only deserves a note or a warning, at length.
    pub verbose: bool,
}

impl Style {
    /// No colour, nothing more than needed.
    pub fn plain() -> Self {
        Self { colour: false, verbose: false }
    }

    fn paint(self, verdict: Verdict, text: &str) -> String {
        let code = match verdict {
            Verdict::Pass => "32",
            Verdict::Note => "36",
            Verdict::Warn => "33",
            Verdict::Fail | Verdict::Error => "1;31",
            Verdict::Blocked => "35",
            Verdict::Inapplicable => "2",
        };
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Writes the run for a person.
pub fn write(run: &Run, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { run, style, out };
    page.head()?;
    page.cases()?;
    page.rules()?;
    page.deviations()?;
    page.table()?;
    page.hostile()?;
    page.conclusion()
}

struct Page<'a> {
    run: &'a Run,
    style: Style,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn head(&mut self) -> io::Result<()> {
        let Run { tool, suite, target, .. } = self.run;
        let name = if target.name == target.url { String::new() } else { format!("{} at ", target.name) };
        let head = format!("stsproof {tool}, suite {suite}: {name}{}", target.url);
        writeln!(self.out, "{}\n", one_line(&head))
    }

    fn cases(&mut self) -> io::Result<()> {
        let mut blocked = 0;
        for case in &self.run.cases {
            let shown = match case.verdict {
                Verdict::Fail | Verdict::Warn => !Expectation::excuses(case.expectation.as_ref()),
                Verdict::Error => true,
                Verdict::Blocked if Expectation::excuses(case.expectation.as_ref()) => false,
                // Why the run could not go on is said once, at the end.
                Verdict::Blocked if self.run.halted.is_some() => false,
                Verdict::Blocked => {
                    blocked += 1;
                    blocked <= BLOCKED_SHOWN
                }
                Verdict::Note => self.style.verbose,
                Verdict::Pass | Verdict::Inapplicable => false,
            };
            if shown {
                self.case(case)?;
            }
        }
        if blocked > BLOCKED_SHOWN {
            writeln!(self.out, "… and {} more cases blocked\n", blocked - BLOCKED_SHOWN)?;
        }
        Ok(())
    }

    fn case(&mut self, case: &CaseVerdict) -> io::Result<()> {
        let label = self.style.paint(case.verdict, &format!("{:<8}", case.verdict.word()));
        writeln!(self.out, "{label} {}\n         {}", one_line(&case.name), one_line(&case.title))?;
        for finding in case.findings.iter().filter(|finding| finding.verdict != Verdict::Pass) {
            self.finding(finding)?;
        }
        if case.verdict == Verdict::Blocked {
            return writeln!(self.out);
        }
        if let Some(exchange) = shown_exchange(case) {
            self.field("sent", &sent(exchange))?;
            self.field("came", &came(exchange))?;
        }
        self.field("why", &case.why)?;
        self.again(&case.name)?;
        writeln!(self.out)
    }

    fn again(&mut self, case: &str) -> io::Result<()> {
        self.field("again", &self.run.again(case))
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        if let Some(row) = finding.requirement.as_ref().and_then(|id| self.requirement(id)) {
            let clause = format!("{} ({} {}, {}): {}", row.id, row.spec, row.section, row.level, row.text);
            self.field("clause", &clause)?;
        }
        let place = finding.place.as_ref().map_or_else(String::new, |place| format!(" ({place})"));
        self.field(finding.verdict.word(), &format!("{}{place}", finding.message))?;
        let compared = [("expected", &finding.expected), ("found", &finding.found)];
        compared.into_iter().try_for_each(|(name, text)| text.as_ref().map_or(Ok(()), |text| self.field(name, text)))
    }

    /// A line below the head of a case or rule.
    fn field(&mut self, name: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "         {name:<9} {}", one_line(text))
    }

    fn rules(&mut self) -> io::Result<()> {
        for rule in &self.run.rules {
            let shown = match rule.verdict {
                Verdict::Fail | Verdict::Warn => !Expectation::excuses(rule.expectation.as_ref()),
                Verdict::Error => true,
                Verdict::Note => self.style.verbose,
                Verdict::Pass | Verdict::Blocked | Verdict::Inapplicable => false,
            };
            if shown {
                self.rule(rule)?;
            }
        }
        Ok(())
    }

    fn rule(&mut self, rule: &RuleVerdict) -> io::Result<()> {
        let label = self.style.paint(rule.verdict, &format!("{:<8}", rule.verdict.word()));
        let (broken, applied) = (rule.broken, rule.applied);
        let by = match broken {
            0 => format!("broken by none of {applied} answers, and left open by some"),
            _ => format!("broken by {broken} of {applied} answers"),
        };
        writeln!(self.out, "{label} rule {}, {by}\n         {}", one_line(&rule.rule), one_line(&rule.title))?;
        if let Some(seen) = rule.occurrences.first() {
            self.field("first in", &seen.case)?;
            self.finding(&seen.finding)?;
            self.field("why", &rule.why)?;
            self.again(&seen.case)?;
        }
        writeln!(self.out)
    }

    fn deviations(&mut self) -> io::Result<()> {
        let listed = self.run.deviations.iter().filter(|deviation| deviation.state != DeviationState::Open);
        let listed: Vec<&Deviation> = listed.collect();
        for Deviation { of, verdict, reason, evidence, state } in &listed {
            let seen = evidence.as_ref().map_or_else(String::new, |file| format!(" (shown in {file})"));
            let said = match state {
                DeviationState::Seen | DeviationState::Open => format!("expected {verdict} {of}: {reason}{seen}"),
                DeviationState::Worse => {
                    format!("worse    {of}: the profile lists it as a {verdict}, and it is worse ({reason})")
                }
                DeviationState::Stale => {
                    format!("stale    {of}: the profile lists a deviation that has gone, take it out ({reason})")
                }
                DeviationState::Over => format!("over     {of}: the time of this deviation is up ({reason})"),
            };
            writeln!(self.out, "{}", one_line(&said))?;
        }
        if listed.is_empty() { Ok(()) } else { writeln!(self.out) }
    }

    fn table(&mut self) -> io::Result<()> {
        let rows = summary::by_specification(self.run);
        if rows.is_empty() {
            return Ok(());
        }
        let total = summary::total(&rows, self.run);
        let width = rows.iter().chain([&total]).map(|row| row.spec.chars().count()).max().unwrap_or(0);
        let heads = COLUMNS.map(|verdict| format!("{:>8}", verdict.word())).concat();
        writeln!(self.out, "{:<width$}{:>9}{heads}", "requirements of", "reached")?;
        for row in &rows {
            self.row(row, width)?;
        }
        self.row(&total, width)
    }

    /// What hostile requests brought, by layer.
    fn hostile(&mut self) -> io::Result<()> {
        let rows = summary::by_layer(self.run);
        if rows.is_empty() {
            return Ok(());
        }
        let width = rows.iter().map(|row| row.spec.len()).chain(["hostile requests".len()]).max().unwrap_or(0);
        let heads = COLUMNS.map(|verdict| format!("{:>8}", verdict.word())).concat();
        writeln!(self.out, "\n{:<width$}{:>9}{heads}", "hostile requests", "sent")?;
        rows.iter().try_for_each(|row| self.row(row, width))
    }

    fn row(&mut self, row: &Row, width: usize) -> io::Result<()> {
        let counts = COLUMNS.map(|verdict| match row.totals.count(verdict) {
            0 => format!("{:>8}", "·"),
            count => self.style.paint(verdict, &format!("{count:>8}")),
        });
        writeln!(self.out, "{:<width$}{:>9}{}", row.spec, row.reached, counts.concat())
    }

    fn conclusion(&mut self) -> io::Result<()> {
        writeln!(self.out, "\n{}", summary::totals(self.run))?;
        self.not_asked()?;
        self.unshown()?;
        if let Some(reason) = &self.run.halted {
            writeln!(self.out, "\nthe run could not go on: {}", harmless(reason))?;
        }
        let (verdict, word) = summary::word(self.run);
        writeln!(self.out, "{}", self.style.paint(verdict, word))
    }

    /// Why cases were not asked, and what brings more of them in.
    fn not_asked(&mut self) -> io::Result<()> {
        let reasons = summary::not_asked(self.run);
        for (index, (count, because)) in reasons.iter().enumerate() {
            let head = if index == 0 { "inapplicable" } else { "" };
            writeln!(self.out, "{head:<12}{count:>6}  {}", one_line(because))?;
        }
        // Who has a profile has read what it claims.
        if !reasons.is_empty() && self.run.target.name == self.run.target.url {
            writeln!(self.out, "{:<12}{:>6}  `--claim`, or a profile from `stsproof init`, brings in more", "", "")?;
        }
        Ok(())
    }

    /// How much is kept from a reader who has not asked for it.
    fn unshown(&mut self) -> io::Result<()> {
        let cases = self.run.cases.iter().map(|case| case.verdict);
        let notes = cases.chain(self.run.rules.iter().map(|rule| rule.verdict)).filter(|of| *of == Verdict::Note);
        match notes.count() {
            0 => Ok(()),
            _ if self.style.verbose => Ok(()),
            1 => writeln!(self.out, "1 note, which `-v` shows"),
            many => writeln!(self.out, "{many} notes, which `-v` shows"),
        }
    }

    fn requirement(&self, id: &str) -> Option<&RequirementVerdict> {
        self.run.requirements.iter().find(|row| row.id == id)
    }
}

/// The exchange that the worst finding speaks of, or the last one.
fn shown_exchange(case: &CaseVerdict) -> Option<&Exchange> {
    let exchanges = &case.evidence.exchanges;
    case.findings
        .first()
        .and_then(|finding| exchanges.iter().find(|exchange| exchange.step == finding.step))
        .or_else(|| exchanges.last())
}

fn sent(exchange: &Exchange) -> String {
    let request = &exchange.request;
    format!("{} {} ({} bytes)", request.method, request.url, request.body.len())
}

fn came(exchange: &Exchange) -> String {
    match &exchange.outcome {
        Outcome::Answered(answer) => {
            let kind = answer.header("content-type").unwrap_or("no Content-Type");
            format!("HTTP {}, {kind}, {} bytes in {} ms", answer.status, answer.body.len(), exchange.millis)
        }
        Outcome::Broken { because, .. } => because.clone(),
    }
}
