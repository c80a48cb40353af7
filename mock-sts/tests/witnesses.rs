//! What the mock signs verifies for those who share no code with it: xmlsec1 and signxml; and the published schemas
//! find nothing in it.
//!
//! With `STSPROOF_WITNESSES=require` 1,000 assertions and 1,000 signed messages, and a missing tool is an error;
//! otherwise 50 of each, where the tools are here.

#[path = "witness/ask.rs"]
mod ask;
#[path = "../../harness/tests/witnesses/tools.rs"]
mod tools;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ask::{ALGORITHMS, Ask, NOW};
use mock_sts::http::Head;
use mock_sts::sts::Message;
use mock_sts::{Random, Sts, Wrongs};

#[test]
fn every_assertion_verifies_for_others() {
    witnessed("assertion", |sts, ask| {
        let request = if ask.needs_signature() { ask.with_signature() } else { ask.with_password() };
        let answer = answer(sts, ask, &request);
        // Cut out of its answer, as clients do: it has to verify without what the envelope declares.
        let (start, end) = ["Assertion", "saml:Assertion"]
            .into_iter()
            .find_map(|name| {
                let close = format!("</{name}>");
                Some((answer.find(&format!("<{name} "))?, answer.find(&close)? + close.len()))
            })
            .unwrap_or_else(|| panic!("no assertion in {answer}"));
        answer[start..end].to_owned()
    });
}

#[test]
fn every_signed_answer_verifies_for_others() {
    witnessed("message", |sts, ask| answer(sts, ask, &ask.with_signature()));
}

/// Has documents made and judged. Of each algorithm one more is changed, which must be refused: a witness that says
/// yes to all is none.
#[track_caller]
fn witnessed(kind: &str, make: impl Fn(&Sts, &Ask) -> String) {
    if !tools::are_here(kind, &["xmlsec1", "xmllint", "signxml"]) {
        return;
    }
    let count = if tools::required() { 1000 } else { 50 };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("witness-{kind}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder of our own");
    let sts = Sts::new(Random::seeded(1));
    let (mut manifest, mut expected) = (String::new(), BTreeMap::new());
    for number in 0..count + ALGORITHMS.len() {
        let ask = Ask::number(number);
        let (mut text, untouched) = (make(&sts, &ask), number < count);
        if !untouched {
            text = text.replacen("10:00:00", "10:00:01", 1);
        }
        let file = format!("{kind}-{number:04}.xml");
        // An answer is signed with the key of the certificate that it shows, which is the RSA one.
        let key = if kind == "message" { "rsa" } else { ask.algorithm.1 };
        let state = if untouched { "untouched" } else { "changed" };
        writeln!(manifest, "{file}\t{kind}\t{key}\t{state}").expect("writing to a String");
        std::fs::write(folder.join(&file), text).expect("a file of our own");
        expected.insert(file, untouched);
    }
    std::fs::write(folder.join("manifest.tsv"), manifest).expect("a file of our own");
    compare(kind, &folder, &expected);
}

/// Holds what was said against what has to be said.
#[track_caller]
fn compare(kind: &str, folder: &Path, expected: &BTreeMap<String, bool>) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema: PathBuf = here.join("../../shared/xsd/all.xsd");
    let mut script = tools::python();
    script.arg("-B").arg(here.join("tests/witness/verify.py")).arg(folder).arg(here.join("keys"));
    if schema.exists() {
        script.arg(&schema);
    } else {
        // Not ours to hand out: who has no copy beside the workspace does without, whatever is required.
        let _ = writeln!(std::io::stderr(), "not run: {kind} by xmllint: the published schemas are missing");
    }
    let output = script.output().expect("Python starts");
    let (said, aside) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{aside}");
    let (mut heard, mut wrong) = (BTreeMap::<&str, usize>::new(), String::new());
    for line in said.lines() {
        let [file, tool, verdict] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        // A change does not make a message invalid by its schema.
        let accepts = tool == "xmllint" || expected[file];
        *heard.entry(tool).or_default() += 1;
        if accepts != (verdict == "accepted") {
            let _ = writeln!(wrong, "{file}: {verdict} by {tool}");
        }
    }
    assert!(wrong.is_empty(), "in {}:\n{wrong}{aside}", folder.display());
    for tool in ["xmlsec1", "signxml"] {
        assert_eq!(heard.get(tool), Some(&expected.len()), "{tool} has to speak of every file");
    }
    let with_schema = if kind == "message" && schema.exists() { expected.len() } else { 0 };
    assert_eq!(heard.get("xmllint").copied().unwrap_or(0), with_schema, "xmllint has to speak of every message");
}

/// The answer, which brings a token.
#[track_caller]
fn answer(sts: &Sts, ask: &Ask, request: &str) -> String {
    let head = Head { method: "POST", content_type: Some(ask.media_type()), ..Head::default() };
    let message = Message { head, path: "/sts", body: request.as_bytes() };
    let reply = sts.answer(&message, NOW.parse().expect("a time"), Wrongs::RIGHT);
    let text = String::from_utf8(reply.body).expect("an answer in UTF-8");
    assert_eq!(reply.status, 200, "{text}\n{request}");
    text
}
