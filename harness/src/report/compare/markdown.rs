//! The comparison for a page of documentation or a pull request.

use std::io::{self, Write};

use super::{Agreement, Cell, Comparison, Row, letter};
use crate::report::markdown::text;
use crate::report::summary;

pub(super) fn write(comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "|   | target | conclusion | begun | stsproof | suite | made by |\n|---|---|---|---|---|---|---|")?;
    for (index, run) in comparison.runs.iter().enumerate() {
        let (name, word) = (text(&run.target.name), summary::word(run).1);
        let (started, tool, suite) = (text(&run.started), text(&run.tool), text(&run.suite));
        let again = text(&run.target.again);
        writeln!(out, "| {} | {name} | {word} | {started} | {tool} | {suite} | {again} |", letter(index))?;
    }
    if let Some(caution) = comparison.caution() {
        writeln!(out, "\n{caution}")?;
    }
    writeln!(out, "\nRequirements that hold, of those that the run reached:\n")?;
    head(comparison, "specification", out)?;
    for spec in comparison.specifications() {
        let shares: Vec<String> = comparison.held(spec).iter().map(ToString::to_string).collect();
        writeln!(out, "| {} | {} |", text(spec), shares.join(" | "))?;
    }
    for (agreement, heading) in Agreement::ALL {
        let count = comparison.count(agreement);
        match agreement {
            Agreement::Differs => writeln!(out, "\n### {heading}: {count}\n")?,
            Agreement::Partial | Agreement::Alike => {
                writeln!(out, "\n<details><summary>{heading}: {count}</summary>\n")?;
            }
        }
        if count > 0 {
            head(comparison, "requirement", out)?;
            for (_, rows) in comparison.by_specification(agreement) {
                rows.iter().try_for_each(|row| self::row(row, out))?;
            }
        }
        if agreement != Agreement::Differs {
            writeln!(out, "\n</details>")?;
        }
    }
    let excused = comparison.rows.iter().flat_map(|row| &row.cells).flatten().any(|cell| cell.excused);
    if excused { writeln!(out, "\n\\* expected by the profile, with its reason there") } else { Ok(()) }
}

fn head(comparison: &Comparison<'_>, first: &str, out: &mut dyn Write) -> io::Result<()> {
    let letters: Vec<String> = (0..comparison.runs.len()).map(letter).collect();
    writeln!(out, "| {first} | {} |\n|---|{}", letters.join(" | "), ":---:|".repeat(letters.len()))
}

fn row(row: &Row<'_>, out: &mut dyn Write) -> io::Result<()> {
    let about = row.about;
    let cells: Vec<String> = row.cells.iter().map(|cell| word(*cell)).collect();
    let (section, level) = (text(&about.section), text(&about.level));
    writeln!(
        out,
        "| `{}` {} {section}, {level}: {} | {} |",
        about.id,
        text(&about.spec),
        text(&about.text),
        cells.join(" | ")
    )
}

fn word(cell: Option<Cell>) -> String {
    match cell {
        None => "·".to_owned(),
        Some(Cell { verdict, excused }) => {
            let mark = if excused { "\\*" } else { "" };
            if verdict.is_against() { format!("**{verdict}**{mark}") } else { format!("{verdict}{mark}") }
        }
    }
}
