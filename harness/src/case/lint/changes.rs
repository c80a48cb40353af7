//! Whether the changes of a case can be made. They act on its body before any value is filled in, so that this can be
//! told without a target.

use std::collections::BTreeSet;

use stsproof_judge::tree::Tree;

use crate::case::build::top;
use crate::case::model::{Body, Case, Step, Variant};
use crate::change::{ChangeError, Operator};
use crate::exchange::prepare::{Dialect, changed, worded};
use crate::nearest::did_you_mean;
use crate::paths::VariantPaths;
use crate::plan;
use crate::problem::Problem;
use crate::suite::Suite;

/// The first change of a case that cannot be made, in any of its forms.
pub fn impossible(case: &Case, suite: &Suite, paths: &VariantPaths<'_>) -> Option<Problem> {
    let mut forms = BTreeSet::new();
    // What versions have different names for is translated, in the body and in the path alike: one of them is enough.
    let variants = plan::variants(case, &suite.vocabulary);
    let mut each_form = variants.iter().filter(|variant| forms.insert(variant.value("form").map(str::to_owned)));
    each_form.find_map(|variant| {
        let changed = |step: &&Step| step.again.is_none() && !step.change.is_empty();
        case.steps(variant).iter().filter(changed).find_map(|step| of_step(case, step, variant, suite, paths))
    })
}

fn of_step(case: &Case, step: &Step, variant: &Variant, suite: &Suite, paths: &VariantPaths<'_>) -> Option<Problem> {
    let Body::Xml(body) = &step.body else { return None };
    let paths = paths.of(variant);
    let dialect = Dialect { vocabulary: &suite.vocabulary, variant, paths: &paths };
    let template = worded(body, step.credential, &dialect);
    // Once shows as well as a million times whether something can be done.
    let once: Vec<Operator> = step.change.iter().map(|operator| operator.once().clone()).collect();
    let error = changed(&template, &once, &dialect).err()?;
    let paths =
        error.number().checked_sub(1).and_then(|index| once.get(index)).map(Operator::paths).unwrap_or_default();
    let said = error.to_string();
    let offending = paths.into_iter().find(|path| said.contains(&dialect.translate(path))).unwrap_or_default();
    let place = case.file.text.find(offending).filter(|_| !offending.is_empty());
    let place = place.map_or_else(|| top(&case.file), |at| at..at + offending.len());
    let problem = Problem::at(&case.file, place, format!("`{}`: {said}", case.id));
    Some(problem.help(remedy(&error, offending, &template)))
}

/// The name in a path that the body does not have is most likely a typo.
fn remedy(error: &ChangeError, path: &str, template: &str) -> String {
    let otherwise =
        "a path is about the body as it is written, before values are filled in; `stsproof show CASE` prints it";
    let Ok(tree) = Tree::from_text(template) else { return otherwise.to_owned() };
    let elements: Vec<_> = std::iter::once(tree.root()).chain(tree.descendants(tree.root())).collect();
    let attributes = elements.iter().flat_map(|element| tree.attributes(*element));
    let known: BTreeSet<String> =
        elements.iter().copied().chain(attributes).map(|node| tree.name(node).local.to_owned()).collect();
    let is_name = |c: char| c.is_alphanumeric() || "-_.:".contains(c);
    let words = path.split(|c: char| !is_name(c)).filter_map(|word| word.split_once(':')).map(|(_, local)| local);
    let attributes = path.split('@').skip(1).filter_map(|rest| rest.split(|c: char| !is_name(c)).next());
    let strange = words
        .chain(attributes)
        .find(|name| name.starts_with(char::is_alphabetic) && !name.contains(':') && !known.contains(*name));
    match (error, strange) {
        (ChangeError::Impossible { .. }, Some(name)) => did_you_mean(name, known.iter().map(String::as_str), otherwise),
        _ => otherwise.to_owned(),
    }
}
