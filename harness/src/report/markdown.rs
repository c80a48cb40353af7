//! A summary for pull requests: the table, then what is against the target, folded.

use std::io::{self, Write};

use super::{harmless, one_line, summary};
use crate::verdict::{Conclusion, Deviation, DeviationState, Finding, Run, Verdict};

const COLUMNS: [Verdict; 6] =
    [Verdict::Pass, Verdict::Note, Verdict::Warn, Verdict::Fail, Verdict::Blocked, Verdict::Error];

/// Writes the run as Markdown.
pub(super) fn write(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let word = match (run.conclusion, summary::word(run).1) {
        (Conclusion::Conformant, word) => word.to_owned(),
        (_, word) => format!("**{word}**"),
    };
    writeln!(out, "## {}: {word}\n", text(&run.target.name))?;
    writeln!(out, "stsproof {}, suite {}, {}\n", text(&run.tool), text(&run.suite), text(&run.started))?;
    if let Some(reason) = &run.halted {
        writeln!(out, "The run could not go on: {}\n", code(reason))?;
    }
    table(run, out)?;
    hostile(run, out)?;
    totals(run, out)?;
    details(run, "Failed", Verdict::Fail, out)?;
    details(run, "Warned", Verdict::Warn, out)?;
    expected(run, out)
}

fn table(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let rows = summary::by_specification(run);
    let total = summary::total(&rows, run);
    writeln!(out, "| requirements of | reached | {} |", COLUMNS.map(Verdict::word).join(" | "))?;
    writeln!(out, "|---|---:|{}", "---:|".repeat(COLUMNS.len()))?;
    for row in rows.iter().chain([&total]) {
        let counts = COLUMNS.map(|verdict| row.totals.count(verdict).to_string()).join(" | ");
        writeln!(out, "| {} | {} | {counts} |", text(&row.spec), row.reached)?;
    }
    writeln!(out)
}

/// What hostile requests brought, by layer.
fn hostile(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let rows = summary::by_layer(run);
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "| hostile requests | sent | {} |", COLUMNS.map(Verdict::word).join(" | "))?;
    writeln!(out, "|---|---:|{}", "---:|".repeat(COLUMNS.len()))?;
    for row in &rows {
        let counts = COLUMNS.map(|verdict| row.totals.count(verdict).to_string()).join(" | ");
        writeln!(out, "| {} | {} | {counts} |", text(&row.spec), row.reached)?;
    }
    writeln!(out)
}

/// How many cases got each verdict, and why some were not asked.
fn totals(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n", summary::totals(run))?;
    let reasons = summary::not_asked(run);
    if reasons.is_empty() {
        return Ok(());
    }
    writeln!(out, "Inapplicable:\n")?;
    for (count, because) in reasons {
        writeln!(out, "- {count}: {}", text(&because))?;
    }
    writeln!(out)
}

fn details(run: &Run, heading: &str, verdict: Verdict, out: &mut dyn Write) -> io::Result<()> {
    let cases = run.cases.iter().filter(|case| case.verdict == verdict && case.expectation.is_none());
    let mut lines: Vec<String> = cases
        .map(|case| format!("- {}: {}{}", code(&case.name), text(&case.title), said(case.findings.first())))
        .collect();
    lines.extend(run.rules.iter().filter(|rule| rule.verdict == verdict && rule.expectation.is_none()).map(|rule| {
        let first = rule.occurrences.first().map(|seen| &seen.finding);
        format!(
            "- rule {}: {} ({} of {} answers){}",
            code(&rule.rule),
            text(&rule.title),
            rule.broken,
            rule.applied,
            said(first)
        )
    }));
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "<details><summary>{heading}: {}</summary>\n\n{}\n\n</details>\n", lines.len(), lines.join("\n"))
}

fn said(finding: Option<&Finding>) -> String {
    finding.map_or_else(String::new, |finding| {
        let requirement = finding.requirement.as_ref().map_or_else(String::new, |id| format!("{} ", code(id)));
        format!("<br>{requirement}{}", code(&finding.message))
    })
}

fn expected(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = Vec::new();
    for Deviation { of, reason, state, .. } in &run.deviations {
        let word = match state {
            DeviationState::Seen => "expected",
            DeviationState::Worse => "**worse**",
            DeviationState::Stale => "**stale**",
            DeviationState::Over => "**over**",
            DeviationState::Open => continue,
        };
        lines.push(format!("- {} {word}: {}", code(of), text(reason)));
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<details><summary>Deviations the profile lists: {}</summary>\n\n{}\n\n</details>",
        lines.len(),
        lines.join("\n")
    )
}

/// What a target sent, or a name that was read from a file: as code, in which nothing is a link, a mention or markup.
fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let room = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{room}{text}{room}{fence}")
}

/// What is ours must not become markup.
pub(super) fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in harmless(text).chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' => {
                safe.push('\\');
                safe.push(character);
            }
            '\n' | '\r' => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}
