//! The JSON report beside its published schema, by the word of a validator that shares no code with the types which
//! both are made from.

#[path = "../witnesses/tools.rs"]
mod tools;

use std::fs;
use std::path::Path;
use std::process::Command;

use stsproof::report::Format;
use stsproof::verdict::Run;

use super::run::finished;
use super::written;

const VALIDATE: &str = "\
import json, sys, jsonschema
schema, report = (json.load(open(path, encoding='utf-8')) for path in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
for error in jsonschema.Draft202012Validator(schema).iter_errors(report):
    print(error.json_path, error.message)
";

/// What is wrong with a report by the word of that validator.
fn mistakes(folder: &Path, report: &str) -> String {
    let file = folder.join("report.json");
    fs::write(&file, report).expect("the folder can be written");
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/report.schema.json");
    let output = tools::python().args(["-c", VALIDATE, schema]).arg(&file).output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_json_report_fits_the_published_schema() {
    if !tools::are_here("the_json_report_fits_the_published_schema", &["jsonschema"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let halted = Run { halted: Some("it is gone".to_owned()), ..finished() };
    let real = Command::new(env!("CARGO_BIN_EXE_stsproof"))
        .args(["run", "--case", "issue/minimal", "--report", "json=-"])
        .output()
        .expect("the program was built");
    let real = String::from_utf8(real.stdout).expect("UTF-8");
    for report in [written(Format::Json, &finished()), written(Format::Json, &halted), real] {
        assert_eq!(mistakes(folder.path(), &report), "", "{report}");
    }
    let odd = written(Format::Json, &finished()).replace("\"non-conformant\"", "\"perhaps\"");
    assert!(mistakes(folder.path(), &odd).starts_with("$.conclusion "), "the validator looks");
}
