//! The built program as its users meet it: arguments in, exit code and text out.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use mock_sts::MockSts;

/// The case, in one variant, that asks least: enough where any run will do.
pub(crate) const PLAINEST: &str = "issue/minimal@soap=1.2,trust=1.3,token=saml2";

/// The program with these arguments and none of the surroundings of the test.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stsproof"));
    command.args(arguments).env("NO_COLOR", "1").env("STS_PASSWORD", "wonderland").stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    program(arguments).output().expect("the program was built")
}

/// The exit code.
pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

/// What was said on both channels, for messages and snapshots.
pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let mut said = format!("exit code {}\n", code(output));
    for (name, bytes) in [("standard output", &output.stdout), ("standard error", &output.stderr)] {
        if !bytes.is_empty() {
            let _ = writeln!(said, "\n--- {name}\n{}", text(bytes));
        }
    }
    said
}

/// The arguments that test a mock as a stranger, by its address and an account.
pub(crate) fn as_alice(url: &str) -> Vec<&str> {
    vec![
        "run",
        url,
        "--user",
        "alice",
        "--password-env",
        "STS_PASSWORD",
        "--applies-to",
        "https://rp.example.test/app",
        "--case",
        PLAINEST,
    ]
}

/// The address at which a running mock is wrong in the named way.
pub(crate) fn wrong(mock: &MockSts, name: &str) -> String {
    mock.url().replace("/sts", &format!("/w/{name}/sts"))
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

/// Compares what a reader sees with the reviewed snapshot. What differs from run to run and from machine to machine is
/// named instead, and so are the counts that grow with the suite.
pub(crate) fn assert_said(name: &str, output: &Output, folder: Option<&Path>) {
    let mut said = said(output);
    if let Some(folder) = folder {
        said = said.replace(text(folder), "DIR");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    for (pattern, name) in FILTERS {
        settings.add_filter(pattern, *name);
    }
    settings.bind(|| insta::assert_snapshot!(format!("cli__{name}"), said));
}

const FILTERS: &[(&str, &str)] = &[
    (r"(127\.0\.0\.1|localhost):\d+", "$1:PORT"),
    (r"stsproof \d+\.\d+\.\d+", "stsproof VERSION"),
    (r"suite [0-9a-f]{16}", "suite DIGEST"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r"\d+ bytes in \d+ ms", "N bytes in N ms"),
    (r"\(\d+ bytes\)", "(N bytes)"),
    (r"line \d+,? column \d+", "line N column N"),
    (r"\(os error \d+\)", "(os error N)"),
    (r"(?s)requirements of  .*?all specifications[^\n]*", "[table of requirements]"),
    (r"(?s)Specification  .*?\n\n", "[table of specifications]\n\n"),
    (r"(?s)Hostile classes  .*?all layers[^\n]*", "[table of hostile classes]"),
    (
        r"\d+ requirements: \d+ covered, \d+ untested with a reason, \d+ open",
        "N requirements: N covered, N untested with a reason, N open",
    ),
    (r"\d+ cases, \d+ rules, \d+ requirements", "N cases, N rules, N requirements"),
    (r"\d+ files in", "N files in"),
];
