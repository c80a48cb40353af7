//! The comparison for a terminal: differences at length, the rest counted.

use std::io::{self, Write};

use super::{Agreement, Cell, Comparison, Row, letter};
use crate::report::{one_line, summary};

pub(super) fn write(comparison: &Comparison<'_>, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let width = comparison.runs.iter().map(|run| run.target.name.chars().count()).max().unwrap_or(0);
    for (index, run) in comparison.runs.iter().enumerate() {
        let (name, word) = (one_line(&run.target.name), summary::word(run).1);
        let (suite, started) = (one_line(&run.suite), one_line(&run.started));
        writeln!(out, "{:<3} {name:<width$}  {word} ({started}, suite {suite})", letter(index))?;
    }
    if let Some(caution) = comparison.caution() {
        writeln!(out, "\n{caution}")?;
    }
    held(comparison, out)?;
    for (agreement, heading) in Agreement::ALL {
        let count = comparison.count(agreement);
        writeln!(out, "\n{heading}: {count}")?;
        if count > 0 && (all || agreement == Agreement::Differs) {
            for (spec, rows) in comparison.by_specification(agreement) {
                writeln!(out, "\n{}", one_line(spec))?;
                rows.iter().try_for_each(|row| self::row(row, comparison, out))?;
            }
        }
    }
    let excused = comparison.rows.iter().flat_map(|row| &row.cells).flatten().any(|cell| cell.excused);
    if excused { writeln!(out, "\n* expected by the profile") } else { Ok(()) }
}

fn held(comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    let specs = comparison.specifications();
    let width = specs.iter().map(|spec| spec.chars().count()).max().unwrap_or(0).max("requirements that hold".len());
    write!(out, "\n{:<width$}", "requirements that hold")?;
    (0..comparison.runs.len()).try_for_each(|index| write!(out, "{:>9}", letter(index)))?;
    writeln!(out)?;
    for spec in specs {
        write!(out, "{:<width$}", one_line(spec))?;
        comparison.held(spec).into_iter().try_for_each(|held| write!(out, "{:>9}", held.to_string()))?;
        writeln!(out)?;
    }
    Ok(())
}

fn row(row: &Row<'_>, comparison: &Comparison<'_>, out: &mut dyn Write) -> io::Result<()> {
    let about = row.about;
    let said: Vec<String> =
        (0..comparison.runs.len()).map(|run| format!("{} {}", letter(run), word(row.cells[run]))).collect();
    writeln!(
        out,
        "  {} ({}, {}): {}",
        one_line(&about.id),
        one_line(&about.section),
        one_line(&about.level),
        said.join(", ")
    )?;
    writeln!(out, "      {}", one_line(&about.text))
}

fn word(cell: Option<Cell>) -> String {
    match cell {
        None => "-".to_owned(),
        Some(Cell { verdict, excused }) => format!("{verdict}{}", if excused { "*" } else { "" }),
    }
}
