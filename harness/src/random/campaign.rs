//! A campaign: scripts are drawn by number, labelled, sent and judged, block by block.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::bucket::{Buckets, Failing};
use super::course::{Asker, Course, Sent, Unmet, failure};
use super::draw::Drawer;
use super::field::Field;
use super::known;
use super::label::Label;
use super::oracle::Expected;
use super::part::{Part, Tally};
use super::script::{Base, Script};
use crate::error::Error;
use crate::exchange::client::Wire;
use crate::exchange::drive::Exchanger;
use crate::exchange::fresh::Source;
use crate::exchange::workers::{block_on, spread};

/// How a campaign is driven.
#[derive(Debug, Clone)]
pub struct Drive {
    /// Exchanges at the same time.
    pub workers: u16,
    /// When it ends, whatever is left.
    pub time: Option<Duration>,
    /// How long a target that went away is waited for.
    pub patience: Duration,
    /// Time and randomness of the messages.
    pub source: Source,
}

/// Hears how far a campaign has come.
pub trait Listen: Sync {
    /// After each block.
    fn block(&self, part: &Part, since: Duration);
}

/// Scripts on their way to a target.
pub struct Campaign<'a> {
    asker: Asker<'a>,
    drive: Drive,
    controls: Vec<Result<Expected, String>>,
    /// Why some golden request was not asked at all.
    unasked: Option<String>,
}

/// Scripts of one block: the state is written down behind each.
const BLOCK: u64 = 2048;

/// The same where the time is short: it is looked at between blocks.
const TIMED_BLOCK: u64 = 256;

/// A target that has died so often is not to be woken up again.
const DEATHS: usize = 16;

/// What the workers of a block bring together.
#[derive(Default)]
struct Harvest {
    tally: Tally,
    buckets: Buckets,
    conflicts: BTreeMap<u64, String>,
    done: BTreeSet<u64>,
    /// Scripts that the target had when nobody answered any more.
    suspects: BTreeMap<u64, String>,
    /// Why no more is sent.
    stop: Option<Stop>,
}

enum Stop {
    /// Nobody answers any more.
    Gone(String),
    /// Through nobody's fault.
    Asked(String),
}

impl<'a> Campaign<'a> {
    /// Asks every golden request once: what they bring is what the scripts are held against.
    pub fn begin(field: &'a Field<'a>, exchanger: &'a Exchanger<'a>, drive: Drive) -> Self {
        let asker = Asker::new(field, exchanger, drive.source.clone());
        let mut campaign = Self { asker, drive, controls: Vec::new(), unasked: None };
        for control in campaign.ask_golden() {
            if let Err(Unmet::Unasked(because)) = &control {
                campaign.unasked = Some(because.clone());
            }
            campaign.controls.push(control.map_err(Unmet::because));
        }
        block_on(known::learn(&campaign.asker, &mut campaign.controls));
        campaign
    }

    /// The golden requests that are not accepted, and what came instead.
    pub fn blocked(&self) -> impl Iterator<Item = (&Base, &str)> {
        let pairs = self.field().grounds.iter().zip(&self.controls);
        pairs.filter_map(|(ground, control)| Some((&ground.base, control.as_ref().err()?.as_str())))
    }

    /// Runs what is left of a part. `keep` writes it down behind each block.
    pub fn run(
        &self,
        drawer: &Drawer<'_>,
        part: &mut Part,
        listen: &dyn Listen,
        keep: &mut dyn FnMut(&Part) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let begin = Instant::now();
        part.halted.clone_from(&self.unasked);
        part.blocked = self.blocked().map(|(base, because)| (base.to_string(), because.to_owned())).collect();
        self.confront(drawer, part);
        while part.halted.is_none() && part.shares[0].next < part.count {
            if self.drive.time.is_some_and(|time| begin.elapsed() >= time) {
                break;
            }
            let block = if self.drive.time.is_some() { TIMED_BLOCK } else { BLOCK };
            let share = &part.shares[0];
            let end = part.count.min(share.next.saturating_add(block * share.shard.of));
            self.block(drawer, part, end);
            keep(part)?;
            listen.block(part, begin.elapsed());
        }
        keep(part)
    }

    /// One block. What was done of one that is broken off is kept, so that only the rest of it is done again.
    fn block(&self, drawer: &Drawer<'_>, part: &mut Part, end: u64) {
        let numbers: Vec<u64> = part.shares[0].left(end).filter(|number| !part.deadly.contains_key(number)).collect();
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let whole = Mutex::new(Harvest::default());
        let worker = || async {
            let mut wire = self.asker.exchanger.wire();
            let mut own = Harvest::default();
            while !stop.load(Ordering::Relaxed) {
                let Some(&number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let script = drawer.script(number);
                let course = self.course(&mut wire, &script, &format!("script {number}")).await;
                own.note(number, &script, course);
                if own.stop.is_some() {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            whole.lock().unwrap_or_else(PoisonError::into_inner).add(own);
        };
        spread(self.drive.workers, &worker);
        let mut harvest = whole.into_inner().unwrap_or_else(PoisonError::into_inner);
        harvest.tally.dropped = self.asker.dropped();
        let mut stop = harvest.stop.take();
        if stop.is_none() {
            match self.canary(end, &mut harvest.tally) {
                Ok(()) => {}
                Err(Unmet::Unasked(because)) => stop = Some(Stop::Asked(because)),
                // What was seen of a target that is not what it was means nothing: the block is done again.
                Err(Unmet::Refused(because)) => {
                    part.halted = Some(because);
                    return;
                }
            }
        }
        part.take(harvest);
        match stop {
            None => part.shares[0].reached(end),
            Some(Stop::Asked(because)) => part.halted = Some(because),
            Some(Stop::Gone(because)) => self.after_death(drawer, part, &because),
        }
    }

    /// The target went away. Where only one script can have done it, that one is known; where it comes back, each that
    /// was on its way is tried alone, and the campaign goes on without what it dies of.
    fn after_death(&self, drawer: &Drawer<'_>, part: &mut Part, because: &str) {
        match part.suspects.len() {
            0 => part.halted = Some(format!("the target went away: {because}")),
            1 => part.suspects.pop_first().into_iter().for_each(|(number, told)| self.kill(part, number, told)),
            _ if self.is_back() => self.confront(drawer, part),
            _ => {
                let numbers: Vec<String> = part.suspects.keys().map(u64::to_string).collect();
                part.halted = Some(format!("the target went away at script {}: {because}", numbers.join(" or ")));
            }
        }
    }

    /// A script that the target does not survive: it is not sent again.
    fn kill(&self, part: &mut Part, number: u64, told: String) {
        let because = format!("the target went away at script {number}: {told}");
        part.deadly.insert(number, told);
        if part.deadly.len() >= DEATHS || !self.is_back() {
            part.halted = Some(because);
        }
    }

    /// Sends each suspect alone.
    fn confront(&self, drawer: &Drawer<'_>, part: &mut Part) {
        while let (Some(number), None) = (part.suspects.keys().next().copied(), &part.halted) {
            let script = drawer.script(number);
            let course = block_on(async {
                let mut wire = self.asker.exchanger.wire();
                self.course(&mut wire, &script, &format!("script {number}")).await
            });
            let mut harvest = Harvest::default();
            harvest.note(number, &script, course);
            match (harvest.stop.take(), harvest.suspects.remove(&number)) {
                (Some(Stop::Gone(_)), Some(told)) => {
                    part.suspects.remove(&number);
                    self.kill(part, number, told);
                }
                (Some(Stop::Gone(because) | Stop::Asked(because)), _) => part.halted = Some(because),
                (None, _) => {
                    part.suspects.remove(&number);
                    part.take(harvest);
                }
            }
        }
    }

    fn is_back(&self) -> bool {
        block_on(self.comes_back())
    }

    /// Whether a target that went away accepts a golden request again, within some patience.
    pub(super) async fn comes_back(&self) -> bool {
        let Some(ground) = self.controls.iter().position(Result::is_ok) else { return false };
        let until = Instant::now() + self.drive.patience;
        loop {
            let answer = self.control(&mut self.asker.exchanger.wire(), ground).await;
            if answer.is_ok() || Instant::now() >= until {
                return answer.is_ok();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Sends a script and looks at what comes back.
    pub async fn course(&self, wire: &mut Wire, script: &Script, name: &str) -> Course {
        let Some(ground) = self.field().ground_of(script) else { return Course::Blocked };
        let Ok(expected) = &self.controls[ground] else { return Course::Blocked };
        self.asker.course(wire, script, ground, name, expected).await
    }

    /// The golden request of a baseline: `Ok` with what its token says, or what came instead.
    pub async fn control(&self, wire: &mut Wire, ground: usize) -> Result<Expected, Unmet> {
        self.asker.control(wire, ground).await
    }

    /// The golden requests must still be answered as they were: otherwise nothing that was seen means anything.
    fn canary(&self, before: u64, tally: &mut Tally) -> Result<(), Unmet> {
        let answers = self.ask_golden();
        tally.canaries += answers.len() as u64;
        for ((ground, known), now) in self.field().grounds.iter().zip(&self.controls).zip(answers) {
            let Ok(known) = known else { continue };
            let told = |what: String| {
                let base = &ground.base;
                Unmet::Refused(format!(
                    "the golden request {base} is answered in another way before script {before}: {what}"
                ))
            };
            match now {
                Ok(now) if now.subject == known.subject => {}
                Ok(now) => return Err(told(format!("a token about {:?}", now.subject))),
                Err(Unmet::Refused(because)) => return Err(told(because)),
                Err(unasked) => return Err(unasked),
            }
        }
        Ok(())
    }

    /// What each golden request brings.
    fn ask_golden(&self) -> Vec<Result<Expected, Unmet>> {
        let count = self.field().grounds.len();
        let answers = Mutex::new(BTreeMap::new());
        let next = AtomicUsize::new(0);
        let worker = || async {
            let mut wire = self.asker.exchanger.wire();
            loop {
                let ground = next.fetch_add(1, Ordering::Relaxed);
                if ground >= count {
                    break;
                }
                let answer = self.control(&mut wire, ground).await;
                answers.lock().unwrap_or_else(PoisonError::into_inner).insert(ground, answer);
            }
        };
        spread(self.drive.workers, &worker);
        answers.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }

    /// What stands under the campaign.
    pub(super) fn field(&self) -> &'a Field<'a> {
        self.asker.field
    }

    /// What sends for it.
    pub(super) fn exchanger(&self) -> &'a Exchanger<'a> {
        self.asker.exchanger
    }
}

impl Part {
    fn take(&mut self, harvest: Harvest) {
        self.tally.add(&harvest.tally);
        self.buckets.merge(harvest.buckets);
        self.conflicts.extend(harvest.conflicts);
        self.suspects.extend(harvest.suspects);
        self.shares[0].beyond.extend(harvest.done);
    }
}

impl Harvest {
    fn note(&mut self, number: u64, script: &Script, course: Course) {
        let told = || serde_json::to_string(script).unwrap_or_default();
        match course {
            Course::Gone { because, had_it } => {
                if had_it {
                    self.suspects.insert(number, format!("{because}; {}", told()));
                }
                self.stop = Some(Stop::Gone(because));
                return;
            }
            Course::Stopped(because) => {
                self.stop = Some(Stop::Asked(because));
                return;
            }
            Course::Void => self.tally.void += 1,
            Course::Blocked => self.tally.blocked += 1,
            Course::Conflict(because) => {
                self.conflicts.insert(number, format!("{because}; {}", told()));
            }
            Course::Sent(sent) => self.sent(number, script, &sent),
        }
        self.tally.drawn += 1;
        self.done.insert(number);
    }

    fn sent(&mut self, number: u64, script: &Script, sent: &[Sent]) {
        for one in sent {
            *self.tally.sent.entry(one.label.label).or_default() += 1;
            if one.label.label == Label::May && one.observed.kind == "token" {
                self.tally.accepted += 1;
            }
        }
        if let Some((signature, failure, label)) = failure(sent) {
            let (because, clause) = (failure.because.clone(), label.clause.clone());
            self.buckets.add(signature, Failing { number, script: script.clone(), because, clause });
        }
    }

    fn add(&mut self, other: Self) {
        self.tally.add(&other.tally);
        self.buckets.merge(other.buckets);
        self.conflicts.extend(other.conflicts);
        self.done.extend(other.done);
        self.suspects.extend(other.suspects);
        // Whoever goes away is not asked what else was the matter.
        self.stop = match (self.stop.take(), other.stop) {
            (Some(Stop::Gone(because)), _) | (_, Some(Stop::Gone(because))) => Some(Stop::Gone(because)),
            (one, other) => one.or(other),
        };
    }
}
