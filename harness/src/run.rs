//! A whole run: see whether the target answers at all, ask it everything that is planned, judge.

mod gone;
mod preflight;

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use crate::case::model::{Credential, Step, Variant};
use crate::error::Error;
use crate::exchange::drive::{Exchanger, Options};
use crate::exchange::fresh::date_time;
use crate::exchange::record::{self, RecordError, Recorder};
use crate::exchange::target::Target;
use crate::exchange::transcript::Transcript;
use crate::observe::Observer;
use crate::plan::Planned;
use crate::profile::Approach;
use crate::selection::Selection;
use crate::snapshot::{Change, Store};
use crate::suite::Suite;
use crate::verdict::{self, CANARY, Run, Setting};

/// What is to be run.
pub struct Job<'a> {
    /// The cases, rules and requirements.
    pub suite: &'a Suite,
    /// The target, every reference of its profile looked up.
    pub target: &'a Target,
    /// Which of the planned exchanges.
    pub selection: &'a Selection,
    /// How it is driven.
    pub options: Options,
    /// The folder in which the exchanges are kept.
    pub record: Option<&'a std::path::Path>,
    /// What the answers are compared with.
    pub snapshots: Option<Store>,
    /// The command that repeats the run.
    pub again: String,
}

/// A finished run.
pub struct Finished {
    /// What is said about the target.
    pub run: Run,
    /// How its answers differ from the snapshots.
    pub changes: Vec<Change>,
}

/// Hears how far the run has come.
pub trait Progress: Sync {
    /// So many cases will be asked.
    fn begin(&self, cases: usize);
    /// One more is done.
    fn done(&self, name: &str);
}

impl Job<'_> {
    /// Runs it. What is wrong with the target is in the [`Run`]; an error is of our own, or of the files around.
    pub fn run(&self, progress: &dyn Progress) -> Result<Finished, Error> {
        let profile = self.target.profile();
        let whole = self.selection.plan(self.suite, profile)?;
        let canaries = canaries(&whole);
        let mut selected = self.selection.of(&whole, self.suite)?;
        something_applies(&selected)?;
        let canaries: Vec<Planned<'_>> =
            canaries.into_iter().filter(|canary| selected.iter().any(|planned| alike(planned, canary))).collect();
        let started = date_time(self.options.source.of("start").now());
        let target = verdict::Target {
            name: profile.name.clone(),
            url: profile.endpoints.first().map(|endpoint| endpoint.url.clone()).unwrap_or_default(),
            again: self.again.clone(),
        };
        let about = |planned: &[Planned<'_>]| record::Run::of(self.suite, profile, &target, &started, planned);
        let recorder = self.record.map(|folder| Recorder::begin(folder, &about(&selected)));
        let recorder = recorder.transpose().map_err(trouble)?;
        let observer = Observer::new(self.suite, self.target);
        let exchanger = Exchanger::new(self.target, &self.suite.vocabulary, self.options.clone())
            .with_canary(canary_step(self.suite));
        let keeper = Keeper { recorder: recorder.as_ref(), snapshots: self.snapshots.as_ref(), kept: Mutex::default() };

        let heard = exchanger.run(&canaries, &observer, &|index, transcript| keeper.canary(index, transcript));
        let heard: Vec<Transcript> = heard.into_iter().flatten().collect();
        let mut halted = preflight::diagnose(profile, &heard);
        if halted.is_none() {
            let claims = |variant: &Variant| profile.says_speech(&approach_of(&canaries, variant));
            verdict::leave_out_unspoken(&mut selected, &heard, claims);
            if let Some(recorder) = &recorder {
                recorder.plan(&about(&selected)).map_err(trouble)?;
            }
        }
        let mut transcripts = if halted.is_some() {
            vec![None; selected.len()]
        } else {
            progress.begin(selected.iter().filter(|planned| planned.inapplicable.is_none()).count());
            exchanger.run(&selected, &observer, &|index, transcript| {
                progress.done(&selected[index].id());
                keeper.keep(index, &selected[index], transcript)
            })
        };
        let kept = keeper.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        kept.trouble.map_or(Ok(()), Err)?;
        if let Some(gone) = &kept.gone {
            for index in gone::set_aside(&mut transcripts, gone) {
                let changed = transcripts[index].as_ref().zip(recorder.as_ref());
                changed.map_or(Ok(()), |(transcript, recorder)| recorder.add(index, transcript)).map_err(trouble)?;
            }
        }
        halted = halted.or(kept.gone);
        if let Some(recorder) = &recorder {
            recorder.end(halted.as_deref()).map_err(trouble)?;
        }
        let (claims, expected) = (&profile.claims, profile.expected.as_slice());
        let setting = Setting { suite: self.suite, target, started, claims, expected, halted };
        Ok(Finished { run: verdict::judge(&setting, &selected, &transcripts, &heard), changes: kept.changes })
    }
}

/// A run in which nothing can be asked says nothing about the target.
fn something_applies(selected: &[Planned<'_>]) -> Result<(), Error> {
    let (Some(first), true) = (selected.first(), selected.iter().all(|planned| planned.inapplicable.is_some())) else {
        return Ok(());
    };
    let reason = first.inapplicable.as_deref().unwrap_or_default();
    Err(Error::NothingSelected {
        cause: format!("nothing that is selected can be asked of the target; `{}`: {reason}", first.id()),
        remedy: "select something else, or say in the profile, or by `--claim`, what the target offers".to_owned(),
    })
}

/// Judges a recording, without a network.
pub fn judge(suite: &Suite, recording: &record::Recording) -> Result<Run, Error> {
    let planned = recording.run.plan(suite)?;
    let transcripts = recording.in_order();
    let setting = Setting {
        suite,
        target: recording.run.target.clone(),
        started: recording.run.started.clone(),
        claims: &recording.run.claims,
        expected: &recording.run.expected,
        halted: recording.halted.clone(),
    };
    Ok(verdict::judge(&setting, &planned, &transcripts, &recording.canaries))
}

/// The plainest request in every version that is spoken: what must work before anything else means something.
fn canaries<'a>(whole: &[Planned<'a>]) -> Vec<Planned<'a>> {
    let plainest = |planned: &&Planned<'_>| planned.case.id.0 == CANARY && planned.inapplicable.is_none();
    whole.iter().filter(plainest).cloned().collect()
}

/// How the plainest requests would approach the target in a variant.
fn approach_of(canaries: &[Planned<'_>], variant: &Variant) -> Approach {
    let step = canaries.first().and_then(|canary| canary.case.steps.first());
    let credential = step.map_or(Credential::Username, |step| step.credential);
    Approach { credential, variant: variant.clone(), tls: false }
}

fn alike(planned: &Planned<'_>, canary: &Planned<'_>) -> bool {
    planned.inapplicable.is_none() && verdict::speech(&planned.variant) == verdict::speech(&canary.variant)
}

/// What is sent behind each hostile request.
pub fn canary_step(suite: &Suite) -> Option<&Step> {
    suite.case(CANARY)?.steps.last()
}

/// Takes each transcript as soon as it is there.
struct Keeper<'a> {
    recorder: Option<&'a Recorder>,
    snapshots: Option<&'a Store>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    changes: Vec<Change>,
    /// Why the target cannot be asked any more.
    gone: Option<String>,
    /// What keeps us from keeping.
    trouble: Option<Error>,
}

impl Keeper<'_> {
    fn canary(&self, index: usize, transcript: &Transcript) -> ControlFlow<()> {
        match self.recorder.map(|recorder| recorder.add_canary(index, transcript)) {
            Some(Err(error)) => self.stop(|kept| kept.trouble = Some(trouble(error))),
            _ => ControlFlow::Continue(()),
        }
    }

    fn keep(&self, index: usize, planned: &Planned<'_>, transcript: &Transcript) -> ControlFlow<()> {
        if let Some(Err(error)) = self.recorder.map(|recorder| recorder.add(index, transcript)) {
            return self.stop(|kept| kept.trouble = Some(trouble(error)));
        }
        match self.snapshots.map(|store| store.compare(transcript, &planned.varied().to_string())) {
            Some(Ok(changes)) => {
                self.kept.lock().unwrap_or_else(PoisonError::into_inner).changes.extend(changes);
            }
            Some(Err(error)) => {
                let error = Error::set_up("snapshots", error.to_string(), "name a folder that can be written");
                return self.stop(|kept| kept.trouble = Some(error));
            }
            None => {}
        }
        match gone::went_away(transcript) {
            Some(because) => {
                let name = planned.id();
                self.stop(|kept| {
                    let because = format!("the target went away while `{name}` was asked: {because}");
                    kept.gone.get_or_insert(because);
                })
            }
            None => ControlFlow::Continue(()),
        }
    }

    fn stop(&self, because: impl FnOnce(&mut Kept)) -> ControlFlow<()> {
        because(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        ControlFlow::Break(())
    }
}

pub(crate) fn trouble(error: RecordError) -> Error {
    if error.wrong_use {
        return Error::usage(error.to_string(), error.remedy);
    }
    Error::set_up(error.place.display().to_string(), error.cause, error.remedy)
}
