//! `wrong.toml` keeps its promises: each name is asked for where answers are made, each clause is one of the register.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mock_sts::wrong::catalogue;

#[test]
fn every_name_is_asked_for_where_answers_are_made() {
    let sources: String = files(&here("src"), "rs").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    // A constant may be the beginning of another one, so whole words are compared.
    let asked: BTreeSet<&str> = sources
        .split("Wrong::")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_').next().unwrap())
        .collect();
    let idle: Vec<_> = catalogue().iter().filter(|info| !asked.contains(info.constant)).map(|info| info.name).collect();
    assert!(idle.is_empty(), "in wrong.toml, but no answer asks for them (Wrong::NAME in src): {idle:#?}");
}

#[test]
fn every_clause_is_one_of_the_register() {
    let register = files(&here("../cases/requirements"), "toml");
    if register.is_empty() {
        return; // the crate was taken out of its workspace
    }
    let known: BTreeSet<String> = register.iter().flat_map(|path| ids(path)).collect();
    let unknown: Vec<_> = catalogue()
        .iter()
        .flat_map(|info| info.clauses.iter().map(move |clause| (info.name, *clause)))
        .filter(|(_, clause)| !known.contains(*clause))
        .collect();
    assert!(unknown.is_empty(), "not in cases/requirements: {unknown:#?}");
}

fn ids(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("the register can be read");
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows = table.get("requirement").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    rows.iter().filter_map(|row| row.get("id").and_then(toml::Value::as_str).map(str::to_owned)).collect()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("a directory entry").path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path, extension) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect()
}
