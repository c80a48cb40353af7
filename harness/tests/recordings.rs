//! What a run leaves behind: recordings that judge the same again, whole or broken off, and snapshots of answers.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use mock_sts::MockSts;
use rstest::rstest;
use tempfile::TempDir;

use program::{PLAINEST, as_alice, assert_said, code, program, run, said, text, wrong};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn json(path: &Path) -> serde_json::Value {
    let bytes = fs::read(path).expect("the report is there");
    serde_json::from_slice(&bytes).expect("the report is JSON")
}

#[rstest]
#[case::plain(&[], &["--case", "issue/minimal"], 0)]
#[case::an_encrypted_token(&[], &["--case", "issue/encrypted-token", "--case", "issue/encrypted-proof"], 0)]
#[case::signed_and_delegated(&[], &["--case", "issue/public-key", "--case", "issue/on-behalf-of-assertion"], 0)]
#[case::with_its_secrets(&["--with-secrets"], &["--case", "issue/minimal", "--case", "issue/encrypted-token"], 0)]
#[case::everything_about_security(&[], &["--case", "security/*"], 0)]
fn a_recording_gives_the_same_verdicts_with_the_target_gone(
    #[case] flags: &[&str],
    #[case] cases: &[&str],
    #[case] exit: i32,
) {
    let folder = folder();
    let (recording, before, after) = (folder.path().join("d"), folder.path().join("a"), folder.path().join("b"));
    let (to_a, to_b) = (format!("json={}", text(&before)), format!("json={}", text(&after)));
    // The bundled mock ends with the run: nobody is there when its recording is judged.
    let ran = run(&[&["run", "--record", text(&recording), "--report", &to_a], flags, cases].concat());
    assert_eq!(code(&ran), exit, "{}", said(&ran));
    let judged = run(&["judge", text(&recording), "--report", &to_b]);
    assert_eq!(code(&judged), exit, "{}", said(&judged));
    assert_eq!(json(&before), json(&after));
    assert_eq!(ran.stdout, judged.stdout);
}

#[test]
fn a_recording_of_a_deviation_keeps_what_the_profile_expects() {
    let (mock, folder) = (MockSts::start_blocking(), folder());
    let (url, recording) = (wrong(&mock, "rstr.no-context"), folder.path().join("d"));
    let ran = run(&[as_alice(&url), vec!["--record", text(&recording)]].concat());
    drop(mock);
    assert_eq!(code(&ran), 1, "{}", said(&ran));
    assert_eq!(run(&["judge", text(&recording)]).stdout, ran.stdout);
}

#[test]
fn a_recording_of_a_target_that_could_not_be_asked_says_so_again() {
    let (mock, folder) = (MockSts::start_blocking(), folder());
    let (url, recording) = (mock.url(), folder.path().join("d"));
    drop(mock);
    let ran = run(&[as_alice(&url), vec!["--record", text(&recording)]].concat());
    assert_eq!(code(&ran), 3, "{}", said(&ran));
    let judged = run(&["judge", text(&recording)]);
    assert_eq!(code(&judged), 3);
    assert_eq!(judged.stdout, ran.stdout);
}

#[test]
fn secrets_stay_out_of_a_recording_unless_they_are_asked_for() {
    let folder = folder();
    for (name, flags, there) in [("without", &[][..], false), ("with", &["--with-secrets"][..], true)] {
        let recording = folder.path().join(name);
        let ran = run(&[&["run", "--case", PLAINEST, "--record", text(&recording)], flags].concat());
        assert_eq!(code(&ran), 0, "{}", said(&ran));
        let texts = files(&recording).into_iter().map(|file| fs::read_to_string(file).expect("it is text"));
        assert_eq!(texts.collect::<String>().contains("wonderland"), there, "{name}");
    }
}

/// A run that is stopped once so many transcripts are on disk.
fn killed_after(transcripts: usize, recording: &Path) {
    let mut running =
        program(&["run", "--case", "issue/*", "--workers", "1", "--rate", "20", "--record", text(recording)])
            .stdout(Stdio::null())
            .spawn()
            .expect("the program was built");
    let done = wait_for(|| recorded(recording) >= transcripts);
    // SIGKILL on Unix: the program has no say in it.
    end(&mut running);
    assert!(done, "it recorded {} transcripts only", recorded(recording));
}

#[test]
fn a_run_that_is_killed_leaves_a_recording_that_can_be_judged() {
    let folder = folder();
    let recording = folder.path().join("d");
    killed_after(3, &recording);
    let report = folder.path().join("report.json");
    let judged = run(&["judge", text(&recording), "--report", &format!("json={}", text(&report))]);
    assert_eq!(code(&judged), 3, "{}", said(&judged));
    assert!(said(&judged).contains("the recording broke off: "), "{}", said(&judged));
    let totals = &json(&report)["totals"];
    assert!(totals["pass"].as_u64() >= Some(3), "{totals}");
    assert!(totals["blocked"].as_u64() >= Some(1), "{totals}");
    assert_eq!(totals["fail"].as_u64(), None, "{totals}");
}

#[test]
fn half_a_file_is_passed_over_and_said() {
    let folder = folder();
    let recording = folder.path().join("d");
    let ran = run(&["run", "--case", PLAINEST, "--record", text(&recording)]);
    assert_eq!(code(&ran), 0, "{}", said(&ran));
    let transcript = files(&recording).into_iter().find(|file| text(file).contains("000000-"));
    let transcript = transcript.expect("the case was recorded");
    let whole = fs::read(&transcript).expect("it can be read");
    fs::write(&transcript, &whole[..whole.len() / 2]).expect("it can be written");
    fs::write(recording.join("000001-issue-next.json.half"), "{").expect("it can be written");
    let judged = run(&["judge", text(&recording)]);
    assert_eq!(code(&judged), 3, "{}", said(&judged));
    assert_said("recording_half", &judged, Some(&recording));

    let for_programs = run(&["judge", text(&recording), "--report", "json=-"]);
    serde_json::from_slice::<serde_json::Value>(&for_programs.stdout).expect("nothing but JSON on standard output");
    assert!(String::from_utf8_lossy(&for_programs.stderr).contains("note: 000000-"), "{}", said(&for_programs));
}

#[rstest]
#[case::nothing_there("nothing", None)]
#[case::something_else("else", Some(r#"{"name": "left-pad"}"#))]
#[case::of_another_time(
    "future",
    Some(
        r#"{"format":99,"suite":"","target":{"name":"","url":"","again":""},"started":"","planned":[],"expected":[]}"#
    )
)]
#[case::of_another_suite("suite", Some(r#"{"format":1,"suite":"","target":{"name":"","url":"","again":""},"started":"","planned":[{"case":"issue/gone","variant":{},"inapplicable":null}],"expected":[]}"#))]
fn what_is_no_recording_is_wrong_use(#[case] name: &str, #[case] begin: Option<&str>) {
    let folder = folder();
    if let Some(begin) = begin {
        fs::write(folder.path().join("run.json"), begin).expect("the folder can be written");
    }
    let output = run(&["judge", text(folder.path())]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert_said(&format!("recording_{name}"), &output, Some(folder.path()));
}

#[test]
fn a_recording_is_not_written_over() {
    let folder = folder();
    fs::write(folder.path().join("thesis.txt"), "the only copy").expect("the folder can be written");
    let output = run(&["run", "--case", PLAINEST, "--record", text(folder.path())]);
    assert_eq!(code(&output), 2, "{}", said(&output));
    assert_said("recording_not_empty", &output, Some(folder.path()));
    assert_eq!(files(folder.path()).len(), 1);
}

// Snapshots.

#[test]
fn snapshots_show_what_changed_and_never_judge() {
    let (mock, folder) = (MockSts::start_blocking(), folder());
    let (right, changed) = (mock.url(), wrong(&mock, "rstr.no-context"));
    let snapshots = text(folder.path());
    let compare = |url: &str, flags: &[&str]| {
        let mut arguments = as_alice(url);
        arguments.extend(["--snapshots", snapshots]);
        arguments.extend(flags);
        run(&arguments)
    };

    let first = compare(&right, &[]);
    assert_eq!(code(&first), 0, "{}", said(&first));
    assert_said("snapshots_first", &first, None);
    let equal = compare(&right, &[]);
    assert_eq!(code(&equal), 0, "{}", said(&equal));
    assert!(!said(&equal).contains("snapshot"), "{}", said(&equal));

    let alone = run(&as_alice(&changed));
    let different = compare(&changed, &[]);
    assert_eq!(code(&different), code(&alone), "{}", said(&different));
    assert_said("snapshots_changed", &different, None);
    let again = compare(&changed, &["--accept"]);
    assert!(said(&again).contains("(taken over)"), "{}", said(&again));
    let taken = compare(&changed, &[]);
    assert!(!said(&taken).contains("snapshot"), "{}", said(&taken));

    // What was taken over is now what is compared with: the right answer differs, and is still right.
    let back = compare(&right, &[]);
    assert_eq!(code(&back), 0, "{}", said(&back));
    assert!(said(&back).contains("take it over with --accept"), "{}", said(&back));
}

#[test]
fn accepting_needs_snapshots() {
    let output = run(&["run", "--accept"]);
    assert_eq!(code(&output), 2);
    assert_said("accept_alone", &output, None);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    files.sort();
    files
}

/// How many transcripts of cases lie there.
fn recorded(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| name.starts_with(|c: char| c.is_ascii_digit()) && !name.contains(".half")).count()
}

fn wait_for(done: impl Fn() -> bool) -> bool {
    let begin = Instant::now();
    while !done() {
        if begin.elapsed() > Duration::from_secs(60) {
            return false;
        }
        sleep(Duration::from_millis(20));
    }
    true
}

fn end(running: &mut Child) {
    running.kill().expect("it runs");
    running.wait().expect("it has ended");
}
