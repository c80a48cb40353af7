//! A run on disk: what was run, then one file per transcript as soon as it is done.
//!
//! Files appear whole or not at all, so that a run that is killed leaves a recording that can be judged.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::transcript::Transcript;
use crate::case::model::{Capability, CaseId, Variant};
use crate::error::Error;
use crate::plan::Planned;
use crate::profile::{Expected, Profile};
use crate::suite::Suite;
use crate::verdict::Target;

/// The version of the files that this program writes and reads.
pub const FORMAT: u32 = 1;

const BEGIN: &str = "run.json";
const END: &str = "end.json";
const CANARY: &str = "canary-";

/// What was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The version of the files: [`FORMAT`].
    pub format: u32,
    /// The digest of the cases, rules and requirements.
    pub suite: String,
    /// What was tested.
    pub target: Target,
    /// When it began, as xs:dateTime in UTC.
    pub started: String,
    /// What was selected, in order.
    pub planned: Vec<Entry>,
    /// What the target says that it offers.
    #[serde(default)]
    pub claims: BTreeSet<Capability>,
    /// The deviations that the profile expects.
    pub expected: Vec<Expected>,
}

/// One case in one variant, as it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The case.
    pub case: CaseId,
    /// In which variant.
    pub variant: Variant,
    /// Why it was not sent, if it makes no sense for the target.
    pub inapplicable: Option<String>,
}

/// Why a recording cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", place.display())]
pub struct RecordError {
    /// The file or folder.
    pub place: PathBuf,
    /// What is wrong there.
    pub cause: String,
    /// What to do.
    pub remedy: &'static str,
    /// Whether the wrong folder was named; otherwise something around it is broken.
    pub wrong_use: bool,
}

/// A recording that is being written.
#[derive(Debug)]
pub struct Recorder {
    folder: PathBuf,
}

/// A recording that was read.
#[derive(Debug)]
pub struct Recording {
    /// What was run.
    pub run: Run,
    /// The plainest requests that were sent before all others.
    pub canaries: Vec<Transcript>,
    /// What is there, in the order of the plan.
    pub transcripts: Vec<Transcript>,
    /// Why the run could not go on, if it could not.
    pub halted: Option<String>,
    /// What was passed over, in sentences.
    pub notes: Vec<String>,
}

/// How a run ended.
#[derive(Debug, Serialize, Deserialize)]
struct End {
    halted: Option<String>,
}

impl Run {
    /// What is about to be run.
    pub fn of(suite: &Suite, profile: &Profile, target: &Target, started: &str, planned: &[Planned<'_>]) -> Self {
        let entry = |one: &Planned<'_>| Entry {
            case: one.case.id.clone(),
            variant: one.variant.clone(),
            inapplicable: one.inapplicable.clone(),
        };
        Self {
            format: FORMAT,
            suite: suite.digest.clone(),
            target: target.clone(),
            started: started.to_owned(),
            planned: planned.iter().map(entry).collect(),
            claims: profile.claims.clone(),
            expected: profile.expected.clone(),
        }
    }

    /// The plan again, with the cases of a suite.
    pub fn plan<'s>(&self, suite: &'s Suite) -> Result<Vec<Planned<'s>>, Error> {
        let planned = |entry: &Entry| {
            let case = suite.case(&entry.case.0).ok_or_else(|| {
                Error::usage(
                    format!("the recording has the case `{}`, which this suite does not have", entry.case),
                    "judge it with the version of stsproof, or the `--cases DIR`, that recorded it",
                )
            })?;
            Ok(Planned { case, variant: entry.variant.clone(), inapplicable: entry.inapplicable.clone() })
        };
        self.planned.iter().map(planned).collect()
    }
}

impl Recording {
    /// What went over the wire for each entry of the plan, if it was sent. The names are those of the recording: a case
    /// may be called otherwise by now.
    pub fn in_order(&self) -> Vec<Option<Transcript>> {
        let sent: HashMap<_, _> = self.transcripts.iter().map(|seen| ((&seen.case, &seen.variant), seen)).collect();
        let planned = self.run.planned.iter();
        planned.map(|entry| sent.get(&(&entry.case, &entry.variant)).map(|seen| (*seen).clone())).collect()
    }
}

impl Recorder {
    /// Begins a recording in a folder that does not exist yet, or is empty.
    pub fn begin(folder: &Path, run: &Run) -> Result<Self, RecordError> {
        let trouble = |error: &io::Error, remedy| RecordError {
            place: folder.to_owned(),
            cause: error.to_string(),
            remedy,
            wrong_use: false,
        };
        let writable = "name a folder that can be written";
        fs::create_dir_all(folder).map_err(|error| trouble(&error, writable))?;
        let mut entries = fs::read_dir(folder).map_err(|error| trouble(&error, writable))?;
        if entries.next().is_some() {
            return Err(RecordError {
                place: folder.to_owned(),
                cause: "the folder is not empty".to_owned(),
                remedy: "name a new folder, or empty this one",
                wrong_use: true,
            });
        }
        let recorder = Self { folder: folder.to_owned() };
        recorder.write(BEGIN, run)?;
        Ok(recorder)
    }

    /// Takes over another plan: what the target does not speak shows when it is first asked.
    pub fn plan(&self, run: &Run) -> Result<(), RecordError> {
        self.write(BEGIN, run)
    }

    /// Adds a transcript; `index` is its place in the plan.
    pub fn add(&self, index: usize, transcript: &Transcript) -> Result<(), RecordError> {
        let case = transcript.case.0.replace(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)), "-");
        self.write(&format!("{index:06}-{case}.json"), transcript)
    }

    /// Adds one of the plainest requests that are sent before all others.
    pub fn add_canary(&self, index: usize, transcript: &Transcript) -> Result<(), RecordError> {
        self.write(&format!("{CANARY}{index:03}.json"), transcript)
    }

    /// Ends the recording; `halted` says why it could not go on, if it could not.
    pub fn end(&self, halted: Option<&str>) -> Result<(), RecordError> {
        self.write(END, &End { halted: halted.map(str::to_owned) })
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), RecordError> {
        let place = self.folder.join(name);
        let half = self.folder.join(format!("{name}.half"));
        let written = serde_json::to_vec_pretty(value)
            .map_err(io::Error::from)
            .and_then(|bytes| fs::write(&half, bytes))
            .and_then(|()| fs::rename(&half, &place));
        written.map_err(|error| RecordError {
            place,
            cause: error.to_string(),
            remedy: "see whether the disk is full or read-only",
            wrong_use: false,
        })
    }
}

/// Reads a recording, whole or broken off.
pub fn read(folder: &Path) -> Result<Recording, RecordError> {
    let run = read_run(&folder.join(BEGIN))?;
    let mut names: Vec<String> = fs::read_dir(folder)
        .map_err(|error| RecordError {
            place: folder.to_owned(),
            cause: error.to_string(),
            remedy: "name a readable folder",
            wrong_use: true,
        })?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name != BEGIN && name != END)
        .collect();
    names.sort();
    let (mut canaries, mut transcripts, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        if Path::new(&name).extension().is_none_or(|extension| extension != "json") {
            notes.push(format!("{name}: passed over, it was not finished"));
            continue;
        }
        let read = fs::read(folder.join(&name)).map_err(|error| error.to_string());
        match read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string())) {
            Ok(transcript) if name.starts_with(CANARY) => canaries.push(transcript),
            Ok(transcript) => transcripts.push(transcript),
            Err(error) => notes.push(format!("{name}: passed over, it is no transcript: {error}")),
        }
    }
    let end = fs::read(folder.join(END)).ok().and_then(|bytes| serde_json::from_slice::<End>(&bytes).ok());
    let halted = end.map_or_else(
        || {
            let sent = run.planned.iter().filter(|entry| entry.inapplicable.is_none()).count();
            Some(format!("the recording broke off: {} of {sent} cases are there", transcripts.len()))
        },
        |end| end.halted,
    );
    Ok(Recording { run, canaries, transcripts, halted, notes })
}

fn read_run(place: &Path) -> Result<Run, RecordError> {
    let trouble = |cause: String, remedy| RecordError { place: place.to_owned(), cause, remedy, wrong_use: true };
    let bytes = fs::read(place).map_err(|error| {
        let remedy = "name a folder that `stsproof run --record DIR` has written";
        trouble(
            if error.kind() == io::ErrorKind::NotFound { "there is no such file".into() } else { error.to_string() },
            remedy,
        )
    })?;
    let run: Run = serde_json::from_slice(&bytes)
        .map_err(|error| trouble(format!("it does not say what was run: {error}"), "record the run again"))?;
    if run.format != FORMAT {
        let cause = format!("the recording has format {}, this program reads {FORMAT}", run.format);
        return Err(trouble(cause, "judge it with the version that recorded it, or record the run again"));
    }
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::model::{CaseId, Variant};

    fn run() -> Run {
        Run {
            format: FORMAT,
            suite: "0.1.0".into(),
            target: Target { name: "mock".into(), url: "http://127.0.0.1:1/sts".into(), again: "stsproof run".into() },
            started: "2026-11-20T12:00:00.000Z".into(),
            planned: ["issue/a", "issue/b"].map(entry).into(),
            claims: BTreeSet::new(),
            expected: Vec::new(),
        }
    }

    fn entry(case: &str) -> Entry {
        Entry { case: CaseId(case.into()), variant: Variant([].into()), inapplicable: None }
    }

    fn transcript(case: &str) -> Transcript {
        Transcript::empty(CaseId(case.into()), Variant([].into()))
    }

    #[test]
    fn what_was_recorded_is_read_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let recorder = Recorder::begin(folder.path(), &run()).expect("it begins");
        recorder.add(1, &transcript("issue/b")).expect("it is written");
        recorder.add(0, &transcript("issue/a")).expect("it is written");
        recorder.end(None).expect("it is written");
        let recording = read(folder.path()).expect("it can be read");
        assert_eq!(recording.run, run());
        assert_eq!(recording.transcripts, [transcript("issue/a"), transcript("issue/b")]);
        assert_eq!(recording.in_order(), [Some(transcript("issue/a")), Some(transcript("issue/b"))]);
        assert!(recording.notes.is_empty());
        assert_eq!(recording.halted, None);
    }

    #[test]
    fn a_run_that_was_killed_leaves_what_it_had() {
        let folder = tempfile::tempdir().expect("a folder");
        let recorder = Recorder::begin(folder.path(), &run()).expect("it begins");
        recorder.add(0, &transcript("issue/a")).expect("it is written");
        fs::write(folder.path().join("000001-issue-b.json.half"), "{").expect("half a file");
        fs::write(folder.path().join("000002-issue-c.json"), "{").expect("a damaged file");
        let recording = read(folder.path()).expect("it can be read");
        assert_eq!(recording.transcripts, [transcript("issue/a")]);
        assert_eq!(recording.notes.len(), 2, "{:?}", recording.notes);
        assert_eq!(recording.halted.as_deref(), Some("the recording broke off: 1 of 2 cases are there"));
    }

    #[test]
    fn what_is_no_recording_says_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = read(folder.path()).expect_err("nothing is there");
        assert!(error.to_string().ends_with("run.json: there is no such file"), "{error}");
        assert!(error.remedy.contains("--record"));
        fs::write(folder.path().join("run.json"), "{}").expect("a file");
        assert!(read(folder.path()).expect_err("no run").to_string().contains("does not say what was run"));
        assert!(Recorder::begin(folder.path(), &run()).expect_err("not empty").to_string().contains("not empty"));
    }
}
