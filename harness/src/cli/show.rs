//! `stsproof show CASE`: one case on one screen: why, by which clause, what is sent, what must come back.

use std::io::Write;

use clap::Args;

use super::{Data, words};
use crate::case::hostile::{Catches, Hostile, REPAIRED};
use crate::case::model::{Body, Case, Expect, Step, Variant};
use crate::error::Error;
use crate::nearest::did_you_mean;
use crate::plan::{Planned, variants};
use crate::suite::Suite;

/// Show a case: why it is asked, what is sent, what must come back
#[derive(Debug, Clone, Args)]
pub struct Show {
    /// Where the data comes from.
    #[command(flatten)]
    pub data: Data,
    /// The case, such as `issue/minimal`, or one of its variants, such as `issue/minimal@soap=1.1`
    pub case: String,
    /// The variant to show, such as `soap=1.1,trust=2005/02`; axes left out take their first value
    #[arg(long, value_name = "AXIS=VALUE,..")]
    pub variant: Option<String>,
}

/// Writes one case.
pub fn show(args: &Show, to: &mut impl Write) -> Result<(), Error> {
    let suite = Suite::load(&args.data.source())?;
    let (id, in_name) = match args.case.split_once('@') {
        Some((id, variant)) => (id, Some(variant)),
        None => (args.case.as_str(), None),
    };
    let case = suite.case(id).ok_or_else(|| {
        let known = suite.cases.iter().map(|case| case.id.0.as_str());
        let remedy = did_you_mean(id, known, "`stsproof list` prints all cases");
        Error::usage(format!("there is no case `{id}`"), remedy)
    })?;
    let variants = variants(case, &suite.vocabulary);
    let variant = match args.variant.as_deref().or(in_name) {
        Some(wanted) => choose(wanted, case, &variants)?,
        // Of a hostile class a reader wants to see a defect.
        None => variants.iter().find(|one| one.value("form") != Some(REPAIRED)).unwrap_or(&variants[0]).clone(),
    };
    head(case, &suite, &variants, to)?;
    let steps = case.steps(&variant);
    for (index, step) in steps.iter().enumerate() {
        request(index, steps.len(), step, &variant, &suite, to)?;
        expect(&step.expect, to)?;
    }
    Ok(())
}

/// The first variant that has every value that is asked for.
fn choose(wanted: &str, case: &Case, variants: &[Variant]) -> Result<Variant, Error> {
    let pairs: Vec<(&str, String)> = wanted
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(axis, value)| (axis, value.replace('/', "-")))
        .collect();
    let has = |variant: &Variant, (axis, value): &(&str, String)| {
        variant.value(axis).is_some_and(|known| known.replace('/', "-") == *value)
    };
    let found = variants.iter().find(|variant| pairs.iter().all(|pair| has(variant, pair)));
    let complete = pairs.len() == wanted.split(',').count();
    found.filter(|_| complete).cloned().ok_or_else(|| {
        let planned = |variant: &Variant| Planned { case, variant: variant.clone(), inapplicable: None }.varied();
        let known: Vec<_> = variants.iter().map(|variant| planned(variant).to_string()).collect();
        let remedy = match known.as_slice() {
            [_] => "it does not vary: leave the variant out".to_owned(),
            known => format!("its variants: {}", known.join(" ")),
        };
        Error::usage(format!("`{}` has no variant `{wanted}`", case.id), remedy)
    })
}

fn head(case: &Case, suite: &Suite, variants: &[Variant], to: &mut impl Write) -> Result<(), Error> {
    writeln!(to, "{}\n{}\n\n{}\n", case.id, case.title, case.why)?;
    for id in &case.covers {
        if let Some(row) = suite.register.get(id) {
            writeln!(to, "  {id}  ({} {}, {})", row.spec, row.section, row.level.keyword())?;
            writeln!(to, "      {}", row.text)?;
            if let Some(mutant) = &row.mutant {
                writeln!(to, "      caught when missed: the mock's `{mutant}`")?;
            }
        }
    }
    writeln!(to)?;
    if !case.needs.is_empty() {
        let needs: Vec<_> = case.needs.iter().map(|need| need.0.as_str()).collect();
        writeln!(to, "needs     {}", needs.join(", "))?;
    }
    if variants.len() > 1 {
        let varied = case.vary.iter().map(|(axis, values)| format!("{axis}: {}", values.join(", ")));
        writeln!(to, "variants  {} ({})", variants.len(), varied.collect::<Vec<_>>().join("; "))?;
    }
    if let Some(hostile) = &case.hostile {
        class(hostile, to)?;
    }
    Ok(writeln!(to, "file      {}", case.file.name)?)
}

/// What is demanded of a hostile class.
fn class(hostile: &Hostile, to: &mut impl Write) -> Result<(), Error> {
    let (label, severity, hazard) = (hostile.label.word(), hostile.severity.word(), hostile.hazard.word());
    writeln!(to, "verdict   {label}, severity {severity}, hazard {hazard}, within {} s", hostile.bound.as_secs())?;
    if !hostile.oracles.is_empty() {
        writeln!(to, "oracles   {}", hostile.oracles.join(", "))?;
    }
    match &hostile.catches {
        Catches::Mutant(name) => writeln!(to, "catches   the mock's `{name}`")?,
        Catches::None(reason) => writeln!(to, "catches   nothing of the mock's: {reason}")?,
    }
    for form in hostile.forms.iter().filter(|form| form.label != hostile.label) {
        writeln!(to, "but form  {}: {}", form.name, form.label.word())?;
    }
    Ok(())
}

fn request(
    index: usize,
    steps: usize,
    step: &Step,
    variant: &Variant,
    suite: &Suite,
    to: &mut impl Write,
) -> Result<(), Error> {
    let number = if steps > 1 { format!("step {} of {steps}: {}, ", index + 1, step.name) } else { String::new() };
    writeln!(to, "\n--- {number}sent with credential {} ({variant})\n", step.credential)?;
    for (name, value) in &step.http.headers {
        writeln!(to, "{name}: {}", if value.is_empty() { "(left out)" } else { value })?;
    }
    match &step.body {
        Body::Raw(bytes) => write!(to, "{}", String::from_utf8_lossy(bytes))?,
        Body::Xml(text) => write!(to, "{}", suite.vocabulary.translate(text, variant))?,
    }
    for (when, operators) in [("changed", &step.change), ("changed after signing", &step.tamper)] {
        for operator in operators {
            let operator = operator.map_text(|text| suite.vocabulary.translate(text, variant));
            let table = toml::to_string(&operator).unwrap_or_default();
            writeln!(to, "\n{when}: {{ {} }}", table.trim_end().replace('\n', ", "))?;
        }
    }
    if let Some(again) = &step.again {
        writeln!(to, "\nsent instead: once more what step `{again}` sent")?;
    }
    if !step.sign.is_usual() {
        let table = toml::to_string(&step.sign).unwrap_or_default();
        writeln!(to, "\nsigned: {{ {} }}", table.trim_end().replace('\n', ", "))?;
    }
    for operator in &step.encode {
        let table = toml::to_string(operator).unwrap_or_default();
        writeln!(to, "\nencoded: {{ {} }}", table.trim_end())?;
    }
    for (name, path) in &step.keep {
        writeln!(to, "\nkept for later: {name} from {path}")?;
    }
    Ok(())
}

fn expect(expect: &Expect, to: &mut impl Write) -> Result<(), Error> {
    writeln!(to, "\n--- must come back: {}\n", expect.answer.key())?;
    match expect.code.as_slice() {
        [] => {}
        [only] => writeln!(to, "code {only}")?,
        [first, rest @ ..] => writeln!(to, "code {first}; with a note {}", rest.join(", "))?,
    }
    for check in &expect.checks {
        writeln!(to, "{}", words::check(check))?;
    }
    Ok(())
}
