//! The files of all cases: which belong together, and which belong to nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::build::Builder;
use super::model::Case;
use super::raw::{self, RawCase};
use super::words::Words;
use crate::catalogue;
use crate::problem::{Problem, Text};
use crate::source::{File, Source};

/// Folders below `cases/` that hold something other than cases.
const OTHER_FOLDERS: &[&str] = &["requirements", "rules", "profiles", "generator", "answers"];

/// Files in a folder of cases that are none.
const OTHER_FILES: &[&str] = &["hostile/relations.toml"];

/// Files at the top of `cases/`.
const TOP_FILES: &[&str] = &["vocabulary.toml", "capabilities.toml", "ids.txt", "README.md"];

/// All cases that can be understood, sorted by id; every mistake is added to `problems`.
pub(crate) fn cases(source: &Source, files: &[File], words: &Words<'_>, problems: &mut Vec<Problem>) -> Vec<Case> {
    let mut tables = BTreeMap::new();
    let mut bodies = BTreeMap::new();
    for file in files {
        let (stem, extension) = file.path.rsplit_once('.').unwrap_or((&file.path, ""));
        match (folder(&file.path), extension) {
            (Some(other), _) if OTHER_FOLDERS.contains(&other) || OTHER_FILES.contains(&file.path.as_str()) => {}
            _ if catalogue::FILES.contains(&file.path.as_str()) => {}
            (Some(_), "toml") => {
                tables.insert(stem.to_owned(), file);
            }
            (Some(_), "xml" | "raw") => {
                bodies.insert(file.path.clone(), &*file.bytes);
            }
            (Some(_), "md") => {}
            (None, _) if TOP_FILES.contains(&file.path.as_str()) => {}
            _ => problems.push(stray(source, &file.path)),
        }
    }
    let raws: BTreeMap<_, _> =
        tables.iter().filter_map(|(id, file)| Some((id.clone(), read(source, file, problems)?))).collect();
    let unread: BTreeSet<String> = tables.keys().filter(|id| !raws.contains_key(*id)).cloned().collect();

    let mut builder = Builder::new(words, &raws, &bodies, &unread);
    let cases = raws.keys().filter_map(|id| builder.case(id)).collect();
    let used = builder.finish(problems);
    let orphans = bodies.keys().filter(|path| !used.contains(*path) && !belongs_to(path, &unread));
    problems.extend(orphans.map(|path| orphan(source, path, tables.keys())));
    cases
}

/// Text of a file, or the mistake that it is none.
pub(crate) fn text(source: &Source, file: &File, problems: &mut Vec<Problem>) -> Option<Arc<Text>> {
    let name = source.shown(&file.path);
    match String::from_utf8(file.bytes.to_vec()) {
        Ok(text) => Some(Arc::new(Text { name, text })),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            problems.push(Problem::about(format!("{name}: not UTF-8 at byte {at}")).help("write it in UTF-8"));
            None
        }
    }
}

fn read(source: &Source, file: &File, problems: &mut Vec<Problem>) -> Option<(Arc<Text>, RawCase)> {
    let text = text(source, file, problems)?;
    match toml::from_str(&text.text) {
        Ok(raw) => Some((text, raw)),
        Err(error) => {
            problems.push(raw::syntax(&text, &error));
            None
        }
    }
}

fn folder(path: &str) -> Option<&str> {
    path.split_once('/').map(|(folder, _)| folder)
}

/// A body is not called an orphan where the table beside it, or one of its folder, could not even be read.
fn belongs_to(body: &str, unread: &BTreeSet<String>) -> bool {
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    unread.iter().any(|id| folder(id) == folder(body))
}

fn orphan<'a>(source: &Source, path: &str, ids: impl Iterator<Item = &'a String>) -> Problem {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let otherwise =
        format!("write `{}`, name it as the `body` of a step, or delete it", source.shown(&format!("{stem}.toml")));
    let remedy = crate::nearest::did_you_mean(stem, ids.map(String::as_str), &otherwise);
    Problem::about(format!("{}: a body without its case", source.shown(path))).help(remedy)
}

fn stray(source: &Source, path: &str) -> Problem {
    Problem::about(format!("{}: nothing reads this file", source.shown(path)))
        .help("a case is a `.toml` in a folder, its body a `.xml` or `.raw` beside it; delete or rename the file")
}
