//! The hostile classes by layer: brought in, proved by a misbehaviour of the mock, and left with a reason.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use crate::case::hostile::Catches;
use crate::case::model::Case;
use crate::error::Error;
use crate::suite::Suite;

/// The classes of one layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Layer {
    /// A case sends them.
    brought_in: usize,
    /// Requests of those, the one without a defect among them.
    requests: usize,
    /// Of those brought in, the ones that catch a misbehaviour of the mock.
    with_mutant: usize,
    /// Nothing sends them, for a reason.
    left: usize,
}

/// A class that is not sent, or not proved, and why.
#[derive(Debug, Serialize)]
pub(super) struct Reason<'a> {
    id: &'a str,
    reason: &'a str,
}

/// All that is said of the classes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Classes<'a> {
    layers: BTreeMap<&'a str, Layer>,
    without_mutant: Vec<Reason<'a>>,
    left: Vec<Reason<'a>>,
}

impl<'a> Classes<'a> {
    /// Counts the classes of a suite.
    pub(super) fn of(suite: &'a Suite) -> Self {
        let mut layers: BTreeMap<&str, Layer> = BTreeMap::new();
        let mut without_mutant = Vec::new();
        for case in &suite.cases {
            let Some(hostile) = &case.hostile else { continue };
            let (layer, id) = place(case);
            let count = layers.entry(layer).or_default();
            count.brought_in += 1;
            count.requests += hostile.forms.len() + usize::from(hostile.forms.iter().any(|form| form.label.rejects()));
            match &hostile.catches {
                Catches::Mutant(_) => count.with_mutant += 1,
                Catches::None(reason) => without_mutant.push(Reason { id, reason }),
            }
        }
        for left in &suite.catalogue.left {
            layers.entry(&left.layer).or_default().left += 1;
        }
        let left = suite.catalogue.left.iter().map(|class| Reason { id: &class.id, reason: &class.left }).collect();
        Self { layers, without_mutant, left }
    }

    /// Writes the table, and the reasons if they are wanted.
    pub(super) fn write(&self, reasons: bool, to: &mut impl Write) -> Result<(), Error> {
        if self.layers.is_empty() {
            return Ok(());
        }
        let width = "Hostile classes".len();
        let heads = format!("{:>10}  {:>8}  {:>11}  {:>5}", "brought in", "requests", "with mutant", "left");
        writeln!(to, "\n{:width$}  {heads}", "Hostile classes")?;
        let mut total = Layer::default();
        for (name, layer) in &self.layers {
            row(name, *layer, width, to)?;
            total = total.plus(*layer);
        }
        row("all layers", total, width, to)?;
        if reasons {
            list("Left:", &self.left, to)?;
            list("Without a mutant:", &self.without_mutant, to)?;
        }
        Ok(())
    }
}

impl Layer {
    fn plus(self, other: Self) -> Self {
        Self {
            brought_in: self.brought_in + other.brought_in,
            requests: self.requests + other.requests,
            with_mutant: self.with_mutant + other.with_mutant,
            left: self.left + other.left,
        }
    }
}

fn row(name: &str, layer: Layer, width: usize, to: &mut impl Write) -> Result<(), Error> {
    let Layer { brought_in, requests, with_mutant, left } = layer;
    Ok(writeln!(to, "{name:width$}  {brought_in:>10}  {requests:>8}  {with_mutant:>11}  {left:>5}")?)
}

fn list(heading: &str, reasons: &[Reason<'_>], to: &mut impl Write) -> Result<(), Error> {
    writeln!(to, "\n{heading}")?;
    for Reason { id, reason } in reasons {
        writeln!(to, "  {id}: {reason}")?;
    }
    Ok(())
}

/// The layer of a class and its own name: `hostile/LAYER/NAME`.
fn place(case: &Case) -> (&str, &str) {
    let mut parts = case.id.0.split('/').skip(1);
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}
