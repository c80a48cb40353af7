//! The verbs `fuzz`, `merge` and `promote` as their users meet them.

#[path = "support/program.rs"]
#[expect(dead_code, reason = "the tests of the other verbs need more of it")]
mod program;

use std::path::Path;

use mock_sts::MockSts;

use program::{code, run, said, wrong};

/// A target as a stranger knows it: an address and an account.
const ALICE: [&str; 6] =
    ["--user", "alice", "--password-env", "STS_PASSWORD", "--applies-to", "https://rp.example.test/app"];

fn fuzz(url: &str, more: &[&str]) -> std::process::Output {
    run(&[&["fuzz", url], &ALICE[..], more].concat())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary folder has a plain name")
}

#[test]
fn nothing_is_sent_to_a_service_that_nobody_said_is_theirs() {
    let output = fuzz("https://sts.example.com/trust", &[]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert!(said(&output).contains("`owned = true`"), "{}", said(&output));
}

#[cfg(unix)]
#[test]
fn what_is_found_in_shares_is_merged_promoted_and_run_as_a_case() {
    let folder = tempfile::tempdir().expect("there is room");
    let at = |name: &str| folder.path().join(name);
    let mock = MockSts::start_blocking();
    let url = wrong(&mock, "spot.line-ends");
    for (share, name) in [("1/2", "one"), ("2/2", "two")] {
        let output = fuzz(&url, &["--count", "1200", "--shard", share, "--resume", text(&at(name))]);
        assert_eq!(code(&output), 1, "{}", said(&output));
    }
    what_is_shown_beside_a_finding_repeats_it(&fuzz(&url, &["--count", "1200", "--shard", "1/2"]), folder.path());
    // What is done is not done again.
    let output = fuzz(&url, &["--count", "1200", "--shard", "1/2", "--resume", text(&at("one"))]);
    assert_eq!(code(&output), 1, "{}", said(&output));
    let other = fuzz(&url, &["--count", "1200", "--seed", "2", "--shard", "1/2", "--resume", text(&at("one"))]);
    assert_eq!(code(&other), 2, "{}", said(&other));

    let merged = run(&["merge", text(&at("one")), text(&at("two")), "--into", text(&at("whole"))]);
    assert_eq!(code(&merged), 1, "{}", said(&merged));
    assert!(said(&merged).contains("accepted-rewrite"), "{}", said(&merged));
    let twice = run(&["merge", text(&at("one")), text(&at("one"))]);
    assert_eq!(code(&twice), 2, "{}", said(&twice));

    let cases = at("cases");
    let nowhere = run(&["promote", text(&at("whole")), "--into", text(&cases)]);
    assert_eq!(code(&nowhere), 2, "{}", said(&nowhere));
    assert!(said(&nowhere).contains("stsproof export") && !cases.exists(), "{}", said(&nowhere));
    assert_eq!(code(&run(&["export", text(&cases)])), 0);
    let promoted = run(&["promote", text(&at("whole")), "--into", text(&cases)]);
    assert_eq!(code(&promoted), 0, "{}", said(&promoted));
    let linted = run(&["lint", "--cases", text(&cases), "--update-ids"]);
    assert_eq!(code(&linted), 0, "{}", said(&linted));
    let judged = |url: &str| {
        let arguments = [&["run", url], &ALICE[..], &["--cases", text(&cases), "--case", "hostile/found/*"]].concat();
        run(&arguments)
    };
    let (there, gone) = (judged(&url), judged(&mock.url()));
    assert_eq!(code(&there), 1, "{}", said(&there));
    assert_eq!(code(&gone), 0, "{}", said(&gone));
}

/// Types the commands that a report shows, in a folder where nothing is yet.
#[cfg(unix)]
fn what_is_shown_beside_a_finding_repeats_it(found: &std::process::Output, folder: &Path) {
    let shown = said(found);
    let again = shown.lines().find_map(|line| line.trim().strip_prefix("again ")).expect("something was found");
    let program = Path::new(env!("CARGO_BIN_EXE_stsproof")).parent().expect("it is in a folder");
    let script = format!("PATH='{}':$PATH; {again}", text(program));
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &script]).current_dir(folder).env("STS_PASSWORD", "wonderland");
    let output = shell.output().expect("there is a shell");
    assert_eq!(code(&output), 1, "{again}\n{}", said(&output));
    assert!(said(&output).contains("1 case: 1 fail"), "{again}\n{}", said(&output));
}

#[test]
fn shares_that_are_missing_or_not_at_their_end_are_not_taken_for_the_whole() {
    let folder = tempfile::tempdir().expect("there is room");
    let at = |name: &str| folder.path().join(name);
    let mock = MockSts::start_blocking();
    for (share, name, more) in [("1/3", "one", None), ("3/3", "three", Some("12"))] {
        let budget = more.map(|budget| vec!["--budget", budget]).unwrap_or_default();
        let folder = at(name);
        let share = ["--count", "60", "--shard", share, "--resume", text(&folder)];
        let output = fuzz(&mock.url(), &[&share[..], &budget].concat());
        assert_eq!(code(&output), if more.is_none() { 0 } else { 3 }, "{}", said(&output));
        assert!(!said(&output).contains("went away"), "a budget is no fault of the target: {}", said(&output));
    }
    let merged = run(&["merge", text(&at("one"))]);
    assert_eq!(code(&merged), 3, "{}", said(&merged));
    assert!(said(&merged).contains("share 2/3 is missing, share 3/3 is missing"), "{}", said(&merged));
    let merged = run(&["merge", text(&at("three")), text(&at("one"))]);
    assert_eq!(code(&merged), 3, "{}", said(&merged));
    let over = run(&["merge", text(&at("one")), "--into", text(&at("three"))]);
    assert_eq!(code(&over), 2, "what was found is written over: {}", said(&over));
    let elsewhere = mock.url().replace("/sts", "/w/spot.line-ends/sts");
    let other = fuzz(&elsewhere, &["--count", "60", "--shard", "1/3", "--resume", text(&at("one"))]);
    assert_eq!(code(&other), 2, "another address is another service: {}", said(&other));
    std::fs::write(at("one").join("campaign.json"), "{").expect("there is room");
    let damaged = run(&["merge", text(&at("one"))]);
    assert_eq!(code(&damaged), 2, "{}", said(&damaged));
}

#[test]
fn a_budget_that_is_spent_before_the_campaign_began_leaves_nothing_out_of_it() {
    let folder = tempfile::tempdir().expect("there is room");
    let mock = MockSts::start_blocking();
    let kept = ["--count", "20", "--resume", text(folder.path())];
    let output = fuzz(&mock.url(), &[&kept[..], &["--budget", "1"]].concat());
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("as many requests as it may"), "{}", said(&output));
    let output = fuzz(&mock.url(), &kept);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("seed 1: 20 scripts"), "{}", said(&output));
}

#[test]
fn a_deviation_that_the_profile_expects_is_expected_of_merged_shares_too() {
    let folder = tempfile::tempdir().expect("there is room");
    let at = |name: &str| folder.path().join(name);
    let mock = MockSts::start_blocking();
    let output = fuzz(&wrong(&mock, "spot.line-ends"), &["--count", "1200", "--resume", text(&at("whole"))]);
    assert_eq!(code(&output), 1, "{}", said(&output));

    let report = format!("json={}", text(&at("merged.json")));
    let merge = |more: &[&str]| run(&[&["merge", text(&at("whole"))], more].concat());
    assert_eq!(code(&merge(&["--report", &report])), 1);
    let report = std::fs::read_to_string(at("merged.json")).expect("it was written");
    let report: serde_json::Value = serde_json::from_str(&report).expect("it is JSON");
    let cases = report["cases"].as_array().expect("there are cases");
    let failed = cases.iter().filter(|case| case["verdict"] == "fail").map(|case| case["case"].as_str());
    let entry = |case: &str| format!("[[expected]]\ncase = \"{case}\"\nverdict = \"fail\"\nreason = \"Known.\"\n");
    let entries: String = failed.map(|case| entry(case.expect("it has a name"))).collect();
    let mut profile = "name = \"known\"\ndescription = \"\"\nclaims = [\"issue\", \"bearer\"]\n".to_owned();
    profile += &entries;
    profile += "[[endpoint]]\nurl = \"http://127.0.0.1:1/sts\"\ncredentials = [\"username\"]\n";
    profile += "[accounts.alice]\nuser = \"alice\"\npassword = { env = \"STS_PASSWORD\" }\n";
    std::fs::write(at("known.toml"), profile).expect("there is room");
    let output = merge(&["--profile", text(&at("known.toml"))]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("expected deviations only"), "{}", said(&output));
}

#[test]
fn a_target_that_goes_away_makes_the_campaign_incomplete_and_names_the_script() {
    let mock = MockSts::start_blocking();
    let url = mock.url();
    let killer = std::thread::spawn(move || {
        while mock.journal().seen() < 60 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        drop(mock);
    });
    let output = fuzz(&url, &["--count", "100000"]);
    killer.join().expect("the mock stopped");
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("at script "), "{}", said(&output));
}

#[test]
fn a_time_that_is_up_ends_a_campaign_and_keeps_what_was_done() {
    let mock = MockSts::start_blocking();
    let folder = tempfile::tempdir().expect("there is room");
    let output = fuzz(&mock.url(), &["--count", "100000000", "--time", "1", "--resume", text(folder.path())]);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(folder.path().join("campaign.json").is_file());
    assert!(said(&output).contains("scripts a second"), "{}", said(&output));
}
