//! Rules about the suite as a whole, beyond what any one file must satisfy to be read.

pub mod changes;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::case::model::{Axis, Case, RequirementId};
use crate::error::Error;
use crate::nearest::did_you_mean;
use crate::paths::VariantPaths;
use crate::plan;
use crate::problem::{Problem, Text};
use crate::requirement::Requirement;
use crate::suite::Suite;

/// Where the mock's misbehaviours are listed, for remedies.
const CATALOGUE: &str = "`mock-sts wrong` and `mock-sts/wrong.toml` list them";

/// What is wrong with a suite that could be read. `golden` is the folder of reviewed answers, where there is one.
pub fn lint(suite: &Suite, golden: Option<&Path>) -> Result<Vec<Problem>, Error> {
    let mut problems = Vec::new();
    register(suite, &mut problems);
    versions(suite, &mut problems);
    speechless(suite, &mut problems);
    former_ids(suite, &mut problems);
    classes(suite, &mut problems);
    given_out(suite, &mut problems);
    let paths = VariantPaths::new(&suite.vocabulary);
    problems.extend(suite.cases.iter().filter_map(|case| changes::impossible(case, suite, &paths)));
    if let Some(folder) = golden {
        unreferenced(suite, folder, &mut problems)?;
    }
    Ok(problems)
}

/// The list of all ids that were ever given out, as `ids.txt` keeps it: the old ones stay, the new ones are added.
pub fn ids(suite: &Suite) -> String {
    let mut ids: BTreeSet<String> = named(suite);
    ids.extend(suite.ids.iter().flat_map(|file| lines(file)).map(|(line, _)| line.to_owned()));
    let head = "# Every id that was given out, one a line: baselines and reports name them, so none vanishes without a `was`.\n\
                # `stsproof lint --update-ids` adds new ones.\n";
    ids.into_iter().fold(head.to_owned(), |text, id| text + &id + "\n")
}

/// The ids that the list does not have yet.
pub fn new_ids(suite: &Suite) -> Vec<String> {
    let listed: BTreeSet<&str> = suite.ids.iter().flat_map(|file| lines(file)).map(|(line, _)| line).collect();
    named(suite).into_iter().filter(|id| !listed.contains(id.as_str())).collect()
}

fn register(suite: &Suite, problems: &mut Vec<Problem>) {
    let covered = suite.covered();
    let known: Vec<&str> = mock_sts::wrong::catalogue().iter().map(|wrong| wrong.name).collect();
    for row in suite.register.rows() {
        let covered = covered.contains(&row.id);
        if let (true, Some(untested)) = (covered, &row.untested) {
            let problem = at(row, untested, format!("`{}` is covered, and marked untested as well", row.id));
            problems.push(problem.label("tested after all").help("delete `untested`"));
        }
        match &row.mutant {
            Some(mutant) if !known.contains(&mutant.as_str()) => {
                let problem = at(row, mutant, format!("the mock has no misbehaviour `{mutant}`"));
                problems.push(problem.help(did_you_mean(mutant, known.iter().copied(), CATALOGUE)));
            }
            None if covered && row.level.needs_mutant() => {
                let message = format!("`{}` is a {} and covered, but names no mutant", row.id, row.level.keyword());
                problems.push(at(row, &row.id.0, message).help(format!(
                    "add `mutant = \"…\"`: the misbehaviour of the mock that its case must catch; {CATALOGUE}"
                )));
            }
            _ => {}
        }
    }
}

/// A statement is judged only where its version is spoken, so what is covered has to be a part of what is sent.
fn versions(suite: &Suite, problems: &mut Vec<Problem>) {
    let all = suite.vocabulary.values(Axis::Trust);
    let never = |row: &Requirement, spoken: &[String]| {
        format!("`{}` is of WS-Trust {}, and only {} is sent", row.id, row.versions.join(", "), spoken.join(", "))
    };
    let remedy = "cover the row that says it in that version, or send that version";
    for case in suite.cases.iter().filter(|case| !case.covers.is_empty()) {
        let spoken = case.vary.get(&Axis::Trust).map_or(all.get(..1).unwrap_or_default(), Vec::as_slice);
        let rows: Vec<&Requirement> = case.covers.iter().filter_map(|id| suite.register.get(id)).collect();
        let mut report = |offending: &str, message: String| {
            let place = case.file.text.find(offending).map_or(0..0, |at| at..at + offending.len());
            problems.push(Problem::at(&case.file, place, message).label("never judged").help(remedy));
        };
        for row in rows.iter().filter(|row| !spoken.iter().any(|version| row.is_in(version))) {
            report(&row.id.0, never(row, spoken));
        }
        for version in spoken.iter().filter(|version| !rows.iter().any(|row| row.is_in(version))) {
            report(version, format!("nothing that the case covers is a part of WS-Trust {version}"));
        }
    }
    for rule in &suite.rules {
        let spoken = rule.variants.get(Axis::Trust.key()).map_or(all, Vec::as_slice);
        let rows = rule.covers.iter().filter_map(|id| suite.register.get(&RequirementId(id.clone())));
        for row in rows.filter(|row| !spoken.iter().any(|version| row.is_in(version))) {
            problems.push(Problem::about(format!("rule `{}`: {}", rule.id, never(row, spoken))).help(remedy));
        }
    }
}

/// A hostile class is brought in or left, and known by one name.
fn classes(suite: &Suite, problems: &mut Vec<Problem>) {
    let hostile = || suite.cases.iter().filter(|case| case.hostile.is_some());
    for case in hostile().filter(|case| case.id.0.strip_prefix("hostile/").is_none_or(|rest| !rest.contains('/'))) {
        let problem =
            Problem::at(&case.file, 0..0, "a hostile class lives in a folder of its layer").label("this class");
        problems.push(problem.help("move it to `hostile/LAYER/NAME.toml`"));
    }
    let mut seen = BTreeSet::new();
    for left in &suite.catalogue.left {
        if let Some(case) = hostile().find(|case| case.id.0.rsplit('/').next() == Some(&left.id)) {
            let message = format!("`{}` is brought in, and left in `hostile/left.toml` as well", left.id);
            problems.push(Problem::at(&case.file, 0..0, message).label("this class").help("take it out of the list"));
        }
        if !seen.insert(&left.id) || left.left.trim().is_empty() {
            let message = format!("`hostile/left.toml`: `{}` stands there twice, or without a reason", left.id);
            problems.push(Problem::about(message).help("one entry for a class, with why nothing brings it in"));
        }
    }
}

/// A case in a version of SOAP that none of its rows is about could say nothing there.
fn speechless(suite: &Suite, problems: &mut Vec<Problem>) {
    let about = |row: &RequirementId| suite.register.get(row).and_then(|row| row.soap.as_deref());
    for case in &suite.cases {
        let variants = plan::variants(case, &suite.vocabulary);
        let asked = variants.iter().filter_map(|variant| variant.value(Axis::Soap.key()));
        let mute = |version: &&str| {
            !case.covers.is_empty() && case.covers.iter().all(|row| about(row).is_some_and(|only| only != *version))
        };
        if let Some(version) = asked.into_iter().find(mute) {
            let message = format!("nothing that `{}` covers is about SOAP {version}, in which it is asked", case.id);
            problems.push(
                Problem::at(&case.file, 0..0, message)
                    .help("leave that version out of `vary`, or cover a row about it"),
            );
        }
    }
}

/// A former id must not be in use, and must not be claimed twice.
fn former_ids(suite: &Suite, problems: &mut Vec<Problem>) {
    let mut seen = BTreeMap::new();
    for case in &suite.cases {
        for was in &case.was {
            let place = case.file.text.find(&was.0).map_or(0..0, |at| at..at + was.0.len());
            if suite.cases.iter().any(|other| other.id == *was) {
                let problem = Problem::at(&case.file, place, format!("`{was}` is not a former id: a case has it now"));
                problems.push(problem.help("delete it from `was`"));
            } else if let Some(other) = seen.insert(was, &case.id) {
                let problem = Problem::at(&case.file, place, format!("`{other}` says that it was `{was}`, too"));
                problems.push(problem.help("one id becomes one case: delete it from the other `was`"));
            }
        }
    }
}

/// Holds the ids against the committed list of all ids ever given out.
fn given_out(suite: &Suite, problems: &mut Vec<Problem>) {
    let Some(file) = &suite.ids else { return };
    let now = named(suite);
    let former: BTreeSet<String> =
        suite.cases.iter().flat_map(|case| &case.was).map(|was| format!("case {was}")).collect();
    for (line, range) in lines(file) {
        if !now.contains(line) && !former.contains(line) {
            let kind = line.split(' ').next().unwrap_or_default();
            let remedy = if kind == "case" {
                "write `was = [\"…\"]` into the case that took its place; baselines still name it".to_owned()
            } else {
                format!("bring it back: a {kind} that is given up stays, marked so; baselines still name it")
            };
            let near = now.iter().map(String::as_str).filter(|other| other.starts_with(kind));
            let problem = Problem::at(file, range, format!("`{line}` vanished")).label("given out before");
            problems.push(problem.help(did_you_mean(line, near, &remedy)));
        }
    }
    let new = new_ids(suite);
    if let Some(first) = new.first() {
        let which = match new.len() {
            1 => format!("one new id, `{first}`, is"),
            many => format!("{many} new ids, such as `{first}`, are"),
        };
        let message = format!("{}: {which} not listed", file.name);
        problems.push(Problem::about(message).help("run `stsproof lint --cases DIR --update-ids` and commit the list"));
    }
}

/// Golden answers that no case produces any more.
fn unreferenced(suite: &Suite, folder: &Path, problems: &mut Vec<Problem>) -> Result<(), Error> {
    let mut found = Vec::new();
    snapshots(folder, "", &mut found)?;
    found.sort();
    for path in found {
        let name = stem(&path);
        let id = name.split('@').next().unwrap_or(name).replace("__", "/");
        // An answer of one step among several has the step's name behind a dot.
        let of_step = |case: &Case| case.steps.iter().any(|step| id == format!("{}.{}", case.id, step.name));
        if !suite.cases.iter().any(|case| case.id.0 == id || (case.steps.len() > 1 && of_step(case))) {
            let known = suite.cases.iter().map(|case| case.id.0.as_str());
            let problem = Problem::about(format!("{}: a golden answer without its case", folder.join(&path).display()));
            problems.push(problem.help(did_you_mean(&id, known, "delete it, or rename it with its case")));
        }
    }
    Ok(())
}

/// The name of a snapshot without its endings; what is no snapshot keeps all of it.
fn stem(path: &str) -> &str {
    path.strip_suffix(".new").unwrap_or(path).strip_suffix(".snap").unwrap_or(path)
}

fn snapshots(root: &Path, below: &str, found: &mut Vec<String>) -> Result<(), Error> {
    let folder = root.join(below);
    let trouble = |error: std::io::Error| {
        Error::usage(format!("{}: {error}", folder.display()), "`--golden` takes the folder of reviewed answers")
    };
    for entry in std::fs::read_dir(&folder).map_err(trouble)? {
        let entry = entry.map_err(trouble)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            snapshots(root, &path, found)?;
        } else if stem(&path) != path {
            found.push(path);
        }
    }
    Ok(())
}

/// Every id there is, with the word for its kind in front.
fn named(suite: &Suite) -> BTreeSet<String> {
    let cases = suite.cases.iter().map(|case| format!("case {}", case.id));
    let rules = suite.rules.iter().map(|rule| format!("rule {}", rule.id));
    let rows = suite.register.rows().iter().map(|row| format!("requirement {}", row.id));
    let answers = suite.answers.answers.iter().map(|answer| format!("answer {}", answer.id));
    cases.chain(rules).chain(rows).chain(answers).collect()
}

fn lines(file: &Text) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut start = 0;
    file.text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        let line = line.trim_end();
        (!line.is_empty() && !line.starts_with('#')).then_some((line, at..at + line.len()))
    })
}

/// At a text within the lines of a row.
fn at(row: &Requirement, offending: &str, message: String) -> Problem {
    let (file, id): (&Arc<Text>, _) = (&row.place.0, &row.place.1);
    let rest = &file.text[id.start..];
    let rest = &rest[..rest.find("[[requirement]]").unwrap_or(rest.len())];
    let found = rest.find(offending).map(|at| id.start + at..id.start + at + offending.len());
    Problem::at(file, found.unwrap_or_else(|| id.clone()), message)
}
