//! Two STSs that nobody here wrote, judged as their profiles say: a suite believed only against its own mock proves
//! nothing.
//!
//! Needs a JDK and Maven, and Maven Central the first time. Where they are missing these tests are ignored and say why;
//! with `STSPROOF_REAL=require` that is a failure.

#[path = "real/init.rs"]
mod init;
#[path = "real/launcher.rs"]
mod launcher;
#[path = "real/verdicts.rs"]
mod verdicts;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use launcher::{Product, Running};
use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;
use verdicts::Report;

const PRODUCTS: [Product; 2] = [Product("cxf"), Product("metro")];

type Test = fn(Product, &Running) -> Result<(), Failed>;

const TESTS: &[(&str, Test)] = &[
    ("it_conforms_but_for_what_its_profile_expects", conforms),
    ("it_is_judged_alike_in_both_versions_of_soap", alike_over_soap),
    ("it_is_judged_alike_with_and_without_tls", alike_over_tls),
    ("a_signing_key_that_is_not_its_own_is_told_before_anything_is_judged", untrusted_key),
    ("a_wrong_password_is_told_before_anything_is_judged", wrong_password),
    ("a_relying_party_that_it_does_not_know_is_told_before_anything_is_judged", unknown_relying_party),
    ("its_addresses_are_enough_to_judge_it", init::init_then_run),
    ("its_end_in_the_middle_of_a_run_is_told_with_the_request", killed),
    ("it_ends_with_who_started_it", ends_with_its_parent),
];

/// What only this one can be asked: Metro's tokens are not encrypted.
const OF_CXF: &[(&str, Test)] = &[("what_it_encrypts_for_a_relying_party_is_opened_and_judged", encrypted)];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One JVM at a time is loaded, so that no verdict depends on how busy the other one keeps the machine.
    arguments.test_threads = Some(1);
    let required = std::env::var_os("STSPROOF_REAL").is_some_and(|value| value == "require");
    let absent = launcher::absent();
    if let (Some(why), false) = (&absent, required) {
        say(&format!("not run: the real STSs: {why}"));
    }
    let mut trials = Vec::new();
    for product in PRODUCTS {
        let running = Arc::new(LazyLock::new(move || product.start()));
        let own = if product.0 == "cxf" { OF_CXF } else { &[] };
        for (name, test) in TESTS.iter().chain(own) {
            let (running, absent) = (Arc::clone(&running), absent.clone());
            let ignored = absent.is_some() && !required;
            let trial = Trial::test(format!("{}::{name}", product.0), move || match absent {
                Some(why) => Err(format!("{why} (STSPROOF_REAL=require)").into()),
                None => test(product, running.as_ref().as_ref().map_err(Failed::from)?),
            });
            trials.push(trial.with_ignored_flag(ignored));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn conforms(product: Product, running: &Running) -> Result<(), Failed> {
    let began = Instant::now();
    let (output, report) = judged(running, &["--profile", product.0])?;
    let (ready, took) = (running.took.as_secs_f32(), began.elapsed().as_secs_f32());
    say(&format!("{}: ready after {ready:.1} s, judged in {took:.1} s", product.0));
    expect_code(&output, 0)?;
    let unexpected = report.against_and_not_expected();
    check(unexpected.is_empty(), || format!("against it, and not in the profile: {unexpected:#?}"))
}

fn alike_over_soap(product: Product, running: &Running) -> Result<(), Failed> {
    let report = whole(running, product.0)?;
    let unlike = report.unlike_over_soap();
    check(unlike.is_empty(), || format!("judged otherwise in the other version of SOAP: {unlike:#?}"))
}

fn alike_over_tls(product: Product, running: &Running) -> Result<(), Failed> {
    let secure = whole(running, product.0)?;
    let folder = folder()?;
    let plain = profile(product, folder.path(), |text| {
        let prefix = product.0.to_uppercase();
        text.replace(&format!("${{{prefix}_HTTPS}}/ut1"), &format!("${{{prefix}_HTTP}}/plain1"))
    })?;
    let plain = whole(running, &text(&plain))?;
    let unlike = secure.unlike_without_tls(&plain);
    check(unlike.is_empty(), || format!("judged otherwise without TLS: {unlike:#?}"))
}

fn encrypted(product: Product, running: &Running) -> Result<(), Failed> {
    let folder = folder()?;
    let profile = profile(product, folder.path(), |text| {
        let text = text.replace("/ut1", "/enc1").replace("claims = [", "claims = [\n    \"encrypted-token\",");
        text.replace("[applies-to]", "[applies-to]\nencrypted = \"https://rp.example.test/app\"")
    })?;
    let (_, report) = judged(running, &["--profile", &text(&profile), "--case", "issue/encrypted-token@*"])?;
    check(report.passes() == 4, || format!("{} of 4 pass: {report:#?}", report.passes()))?;
    let of_the_inside = ["saml.20.signed", "saml.11.signed", "xenc.type-element"];
    let unseen: Vec<_> = of_the_inside.iter().filter(|row| !report.holds(row)).collect();
    check(unseen.is_empty(), || format!("not judged, or not held: {unseen:?}"))
}

fn untrusted_key(product: Product, running: &Running) -> Result<(), Failed> {
    let wrong = |text: &str| text.replace("/sts.cert.pem", "/rp.cert.pem");
    blocked(product, running, wrong, &["signed with the key of", "anchors.signing"])
}

fn wrong_password(product: Product, running: &Running) -> Result<(), Failed> {
    let wrong = |text: &str| text.replace("\"wonderland\"", "\"looking-glass\"");
    blocked(product, running, wrong, &["brings no token", "the account"])
}

fn unknown_relying_party(product: Product, running: &Running) -> Result<(), Failed> {
    let wrong = |text: &str| text.replace("https://rp.example.test/app", "https://nobody.example.test/app");
    blocked(product, running, wrong, &["brings no token", "applies-to"])
}

/// A run with this mistake in its profile says what is wrong and what to do, and speaks against nothing.
fn blocked(
    product: Product,
    running: &Running,
    mistake: impl Fn(&str) -> String,
    words: &[&str],
) -> Result<(), Failed> {
    let folder = folder()?;
    let profile = profile(product, folder.path(), mistake)?;
    let (output, report) = judged(running, &["--profile", &text(&profile)])?;
    expect_code(&output, 3)?;
    let halted = report.halted.clone().unwrap_or_default();
    let missing: Vec<_> = words.iter().filter(|word| !halted.contains(**word)).collect();
    check(missing.is_empty() && halted.contains("help:"), || format!("`{halted}` lacks {missing:?}"))?;
    let against = report.against();
    check(against.is_empty(), || format!("it is judged all the same: {against:?}"))
}

fn killed(product: Product, _: &Running) -> Result<(), Failed> {
    let mut target = product.start()?;
    let folder = folder()?;
    let (record, json) = (folder.path().join("exchanges"), folder.path().join("report.json"));
    let mut run = program(&target, &["run", "--profile", product.0, "--record", &text(&record)])
        .args(["--report", &format!("json={}", json.display())])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program was built");
    let until = Instant::now() + Duration::from_secs(120);
    let recorded = || fs::read_dir(&record).map_or(0, Iterator::count);
    while recorded() < 40 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    target.kill();
    let code = run.wait()?.code();
    check(code == Some(3), || format!("exit code {code:?}, not 3"))?;
    let report = Report::read(&json)?;
    let halted = report.halted.clone().unwrap_or_default();
    check(halted.contains("the target went away while `"), || format!("it says `{halted}`"))?;
    check(recorded() >= 40, || "what was recorded is gone".to_owned())?;
    let again = program(&target, &["judge", &text(&record)]).output()?;
    expect_code(&again, 3)
}

fn ends_with_its_parent(product: Product, _: &Running) -> Result<(), Failed> {
    let mut another = product.start()?;
    check(another.ends_with_its_parent(), || "it outlives the process that started it".to_owned())
}

/// What a run found that nothing kept from asking everything.
fn whole(running: &Running, profile: &str) -> Result<Report, Failed> {
    let (_, report) = judged(running, &["--profile", profile])?;
    check(report.halted.is_none(), || format!("it could not go on: {:?}", report.halted))?;
    Ok(report)
}

/// A run to its end, and what it found.
fn judged(running: &Running, arguments: &[&str]) -> Result<(Output, Report), Failed> {
    let folder = folder()?;
    let json = folder.path().join("report.json");
    let output = program(running, &["run"])
        .args(arguments)
        .args(["--report", &format!("json={}", json.display())])
        .output()
        .expect("the program was built");
    let report = Report::read(&json).map_err(|error| Failed::from(format!("{error:?}\n{}", said(&output))))?;
    Ok((output, report))
}

/// The program, told where the STS is.
fn program(running: &Running, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stsproof"));
    command.args(arguments).envs(&running.variables).env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// The product's profile with a change, in a file of its own; what it is known to get wrong is left out.
fn profile(product: Product, folder: &Path, change: impl Fn(&str) -> String) -> Result<PathBuf, Failed> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../cases/profiles/{}.toml", product.0));
    let whole = fs::read_to_string(&source)?;
    let about = whole.split("[[expected]]").next().unwrap_or_default();
    let changed = change(about);
    check(changed != about, || format!("{} has nothing to change", source.display()))?;
    let file = folder.join("profile.toml");
    fs::write(&file, changed)?;
    Ok(file)
}

fn expect_code(output: &Output, code: i32) -> Result<(), Failed> {
    check(output.status.code() == Some(code), || format!("{}, not {code}\n{}", output.status, said(output)))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn check(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(otherwise().into()) }
}

fn folder() -> Result<TempDir, Failed> {
    Ok(tempfile::tempdir()?)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Past the capture of the test runner.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
