//! `stsproof list`: what a run would send, and what not and why.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::Data;
use crate::case::model::{Capability, RequirementId, Variant};
use crate::error::Error;
use crate::plan::Planned;
use crate::profile::Profile;
use crate::selection::Selection;
use crate::suite::Suite;

/// List the cases that a run would send
#[derive(Debug, Clone, Default, Args)]
pub struct List {
    /// Where the data comes from.
    #[command(flatten)]
    pub data: Data,
    /// Which cases are meant.
    #[command(flatten)]
    pub selection: Selection,
    /// Plan for this target instead of the bundled mock
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

/// A line of the plan.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Row<'a> {
    id: String,
    case: &'a str,
    variant: &'a Variant,
    title: &'a str,
    covers: &'a [RequirementId],
    needs: &'a [Capability],
    inapplicable: Option<&'a str>,
}

/// Writes the plan.
pub fn list(args: &List, to: &mut impl Write) -> Result<(), Error> {
    let suite = Suite::load(&args.data.source())?;
    let profile = match &args.profile {
        Some(path) => Profile::load(path, &suite)?,
        None => Profile::bundled(&suite)?,
    };
    let plan = args.selection.of(&args.selection.plan(&suite, &profile)?, &suite)?;
    if args.json { json(&plan, to) } else { text(&plan, &profile, to) }
}

fn json(plan: &[Planned<'_>], to: &mut impl Write) -> Result<(), Error> {
    let rows: Vec<Row<'_>> = plan
        .iter()
        .map(|planned| Row {
            id: planned.id(),
            case: &planned.case.id.0,
            variant: &planned.variant,
            title: &planned.case.title,
            covers: &planned.case.covers,
            needs: &planned.case.needs,
            inapplicable: planned.inapplicable.as_deref(),
        })
        .collect();
    serde_json::to_writer_pretty(&mut *to, &rows).map_err(std::io::Error::from)?;
    Ok(writeln!(to)?)
}

fn text(plan: &[Planned<'_>], profile: &Profile, to: &mut impl Write) -> Result<(), Error> {
    let width = plan.iter().map(|planned| planned.id().len()).max().unwrap_or(0);
    for planned in plan {
        write!(to, "{:width$}  {}", planned.id(), planned.case.title)?;
        match &planned.inapplicable {
            Some(reason) => writeln!(to, "  [inapplicable: {reason}]")?,
            None => writeln!(to)?,
        }
    }
    let inapplicable = plan.iter().filter(|planned| planned.inapplicable.is_some()).count();
    let sent = plan.len() - inapplicable;
    Ok(writeln!(to, "\n{sent} to send to {}, {inapplicable} inapplicable", profile.name)?)
}
