//! Turns `wrong.toml` into Rust: one constant per name, and the table behind the catalogue.

use std::fmt::Write as _;
use std::{env, fs, path::PathBuf};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    wrong: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    clauses: Vec<String>,
    what: String,
    why: String,
}

fn main() {
    println!("cargo::rerun-if-changed=wrong.toml");
    let text = fs::read_to_string("wrong.toml").expect("wrong.toml lies beside build.rs");
    let catalogue: Catalogue = match toml::from_str(&text) {
        Ok(catalogue) => catalogue,
        Err(error) => return refuse(&format!("wrong.toml: {error}")),
    };
    for (index, entry) in catalogue.wrong.iter().enumerate() {
        if let Err(fault) = check(entry, &catalogue.wrong[..index]) {
            return refuse(&format!("wrong.toml, \"{}\": {fault}", entry.name));
        }
    }
    let target = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("wrong_names.rs");
    fs::write(target, generate(&catalogue.wrong)).expect("OUT_DIR can be written");
}

/// Cargo prints this as the one reason why the build failed.
fn refuse(message: &str) {
    for line in message.lines() {
        println!("cargo::error={line}");
    }
}

fn check(entry: &Entry, earlier: &[Entry]) -> Result<(), &'static str> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match entry.name.split_once('.') {
        Some((group, rest))
            if !group.is_empty() && !rest.is_empty() && group.chars().chain(rest.chars()).all(allowed) => {}
        _ => return Err("a name is group.what-it-does in small letters, digits and hyphens"),
    }
    if earlier.iter().any(|other| constant(&other.name) == constant(&entry.name)) {
        return Err("the name is taken; names keep their meaning, so choose another");
    }
    if entry.what.is_empty() || entry.why.is_empty() {
        return Err("`what` and `why` are one sentence each");
    }
    Ok(())
}

fn constant(name: &str) -> String {
    name.replace(['.', '-'], "_").to_uppercase()
}

fn generate(entries: &[Entry]) -> String {
    let mut out = String::from(
        "// Generated from wrong.toml by build.rs.\n\n#[expect(clippy::doc_markdown, reason = \"the sentences of wrong.toml are prose\")]\nimpl Wrong {\n",
    );
    for (index, Entry { name, what, why, .. }) in entries.iter().enumerate() {
        let constant = constant(name);
        writeln!(
            out,
            "    /// `{name}`: {what}\n    ///\n    /// {why}\n    pub const {constant}: Self = Self({index});"
        )
        .expect("writing to a String");
    }
    writeln!(
        out,
        "}}\n\nconst WORDS: usize = {};\n\nstatic CATALOGUE: &[WrongInfo] = &[",
        entries.len().div_ceil(64).max(1)
    )
    .expect("writing to a String");
    for Entry { name, clauses, what, why } in entries {
        let group = name.split('.').next().unwrap_or_default();
        let (constant, name) = (constant(name), name.as_str());
        writeln!(
            out,
            "    WrongInfo {{ wrong: Wrong::{constant}, constant: {constant:?}, name: {name:?}, group: {group:?}, \
             clauses: &{clauses:?}, what: {what:?}, why: {why:?} }},"
        )
        .expect("writing to a String");
    }
    out.push_str("];\n");
    out
}
