//! A campaign: scripts are drawn by number, labelled, sent and judged, block by block.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::bucket::{Failing, Signature};
use super::draw::Drawer;
use super::field::{Field, Shown};
use super::label::{Label, Verdict};
use super::oracle::{self, Expected, Failure, Observed};
use super::part::{Part, Tally};
use super::render::Message;
use super::script::{Base, Script};
use crate::error::Error;
use crate::exchange::client::Wire;
use crate::exchange::drive::{Exchanger, all, block_on};
use crate::exchange::fresh::{Source, date_time};
use crate::exchange::transcript::{Exchange, Outcome};

/// How a campaign is driven.
#[derive(Debug, Clone)]
pub struct Drive {
    /// Exchanges at the same time.
    pub workers: u16,
    /// When it ends, whatever is left.
    pub time: Option<Duration>,
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
    field: &'a Field<'a>,
    exchanger: &'a Exchanger<'a>,
    drive: Drive,
    shown: Mutex<Vec<Option<Known>>>,
    controls: Vec<Result<Expected, String>>,
}

/// A token that was asked for, and when.
type Known = (Instant, Arc<Shown>);

/// What became of one script.
#[derive(Debug)]
pub enum Course {
    /// It finds nothing to do.
    Void,
    /// Its golden request is not accepted.
    Blocked,
    /// Our two readings of it exclude each other.
    Conflict(String),
    /// It was sent.
    Sent(Vec<Sent>),
    /// Nobody can be reached any more.
    Gone(String),
}

/// One message that was sent.
#[derive(Debug)]
pub struct Sent {
    /// Its label.
    pub label: Verdict,
    /// What came back.
    pub observed: Observed,
    /// What is wrong with it.
    pub failure: Option<Failure>,
}

/// Scripts of one block: the state is written down behind each.
const BLOCK: u64 = 2048;

/// The same where the time is short: it is looked at between blocks.
const TIMED_BLOCK: u64 = 256;

/// A token is asked for anew after that long: no service lets one live shorter.
const TOKEN_AGE: Duration = Duration::from_secs(240);

impl<'a> Campaign<'a> {
    /// Asks every golden request once: what they bring is what the scripts are held against.
    pub fn begin(field: &'a Field<'a>, exchanger: &'a Exchanger<'a>, drive: Drive) -> Self {
        let mut campaign = Self {
            field,
            exchanger,
            drive,
            shown: Mutex::new((0..field.grounds.len()).map(|_| None).collect()),
            controls: (0..field.grounds.len()).map(|_| Ok(field.expected())).collect(),
        };
        let mut controls = Vec::new();
        block_on(async {
            let mut wire = exchanger.wire();
            for ground in 0..field.grounds.len() {
                controls.push(campaign.control(&mut wire, ground).await);
            }
        });
        campaign.controls = controls;
        campaign
    }

    /// The golden requests that are not accepted, and what came instead.
    pub fn blocked(&self) -> impl Iterator<Item = (&Base, &str)> {
        let pairs = self.field.grounds.iter().zip(&self.controls);
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
        part.halted = None;
        part.blocked = self.blocked().map(|(base, because)| (base.to_string(), because.to_owned())).collect();
        while part.count.is_none_or(|count| part.next < count) {
            if self.drive.time.is_some_and(|time| begin.elapsed() >= time) {
                break;
            }
            let block = if self.drive.time.is_some() { TIMED_BLOCK } else { BLOCK };
            let end = part.count.unwrap_or(u64::MAX).min(part.next.saturating_add(block * part.shards[0].of));
            let stop = self.block(drawer, part, end);
            match stop {
                ControlFlow::Continue(()) => part.next = end,
                ControlFlow::Break(because) => part.halted = because,
            }
            keep(part)?;
            listen.block(part, begin.elapsed());
            if part.next != end {
                break;
            }
        }
        Ok(())
    }

    /// One block. What is broken off leaves the part as it was, so that the block is done again.
    fn block(&self, drawer: &Drawer<'_>, part: &mut Part, end: u64) -> ControlFlow<Option<String>> {
        let shard = part.shards[0];
        let numbers: Vec<u64> = (part.next..end).filter(|number| shard.has(*number)).collect();
        let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let gone = Mutex::new(None);
        let whole = Mutex::new(Part::new(part.identity.clone(), shard, part.count));
        let worker = || async {
            let mut wire = self.exchanger.wire();
            let mut own = Part::new(part.identity.clone(), shard, part.count);
            while !stop.load(Ordering::Relaxed) {
                let at = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX);
                let Some(number) = numbers.get(at) else { break };
                let script = drawer.script(*number);
                let name = format!("script {number}");
                match self.course(&mut wire, &script, &name).await {
                    Course::Gone(because) => {
                        stop.store(true, Ordering::Relaxed);
                        let mut gone = gone.lock().unwrap_or_else(PoisonError::into_inner);
                        let told = serde_json::to_string(&script).unwrap_or_default();
                        gone.get_or_insert(format!("the target went away at script {number}: {because}; {told}"));
                    }
                    course => note(&mut own, *number, &script, course),
                }
            }
            let mut whole = whole.lock().unwrap_or_else(PoisonError::into_inner);
            whole.tally.add(&own.tally);
            whole.buckets.merge(own.buckets);
            whole.conflicts.extend(own.conflicts);
        };
        let workers = usize::from(self.drive.workers.max(1));
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(workers);
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let count = workers / threads + usize::from(thread < workers % threads);
                let worker = &worker;
                scope.spawn(move || block_on(all((0..count).map(|_| worker()).collect())));
            }
        });
        if stop.into_inner() {
            return ControlFlow::Break(gone.into_inner().unwrap_or_else(PoisonError::into_inner));
        }
        let whole = whole.into_inner().unwrap_or_else(PoisonError::into_inner);
        part.tally.add(&whole.tally);
        part.buckets.merge(whole.buckets);
        part.conflicts.extend(whole.conflicts);
        // The golden requests must still be answered as they were: otherwise nothing that follows means anything.
        let canary = block_on(async { self.canary(&mut self.exchanger.wire(), end).await });
        part.tally.canaries += self.field.grounds.len() as u64;
        match canary {
            Err(because) => ControlFlow::Break(Some(because)),
            Ok(()) => ControlFlow::Continue(()),
        }
    }

    /// Sends a script and looks at what comes back.
    pub async fn course(&self, wire: &mut Wire, script: &Script, name: &str) -> Course {
        let Some(ground) = self.field.ground_of(script) else { return Course::Blocked };
        let Ok(expected) = &self.controls[ground] else { return Course::Blocked };
        let shown = match self.shown(wire, ground).await {
            Ok(shown) => shown,
            Err(because) => return Course::Gone(because),
        };
        let shown = shown.as_deref();
        let mut values = self.field.values(ground, self.drive.source.of(name));
        let copy = script.again.as_ref();
        let mut sent = Vec::with_capacity(1 + usize::from(copy.is_some()));
        for (is_copy, strokes) in [(false, Some(&script.strokes)), (true, copy)] {
            let Some(strokes) = strokes else { continue };
            if is_copy {
                values.renew();
            }
            let Ok(message) = self.field.message(script, strokes, ground, shown, &mut values) else {
                return Course::Void;
            };
            // A copy is judged for being one; what is done to it is meant to change nothing.
            if let (Some(conflict), false) = (&message.conflict, is_copy) {
                return Course::Conflict(conflict.clone());
            }
            let label = if is_copy { seen_before(&message) } else { message.label.clone() };
            let exchange = match self.send(wire, ground, message.request).await {
                Ok(exchange) => exchange,
                Err(because) => return Course::Gone(because),
            };
            let (observed, failure) = oracle::look(&exchange, &label, message.shape.as_ref(), expected);
            if observed.gone {
                return Course::Gone(observed.words);
            }
            // A target that hangs or dies is not asked the rest: what follows would say nothing.
            if matches!(exchange.outcome, Outcome::Broken { .. }) && self.is_gone(wire, ground).await {
                return Course::Gone(format!("{}, and the golden request is not answered any more", observed.words));
            }
            let failed = failure.is_some();
            sent.push(Sent { label, observed, failure });
            if failed {
                break;
            }
        }
        Course::Sent(sent)
    }

    /// The golden request of a baseline: `Ok` with what its token says, or what came instead.
    pub async fn control(&self, wire: &mut Wire, ground: usize) -> Result<Expected, String> {
        let script = golden(&self.field.grounds[ground].base);
        let shown = self.shown(wire, ground).await?;
        // A golden request is asked many times, by many processes: none may look like a copy of another.
        let name = format!("control {}", Source::system().of("control").uuid());
        let mut values = self.field.values(ground, self.drive.source.of(&name));
        let message = self.field.message(&script, &[], ground, shown.as_deref(), &mut values)?;
        let exchange = self.send(wire, ground, message.request).await?;
        let (observed, failure) =
            oracle::look(&exchange, &message.label, message.shape.as_ref(), &self.field.expected());
        match failure {
            None if observed.kind == "token" => Ok(Expected { subject: observed.subject, ..self.field.expected() }),
            Some(failure) => Err(failure.because),
            None => Err(observed.words),
        }
    }

    /// Whether the golden request is not accepted any more, however often one asks.
    async fn is_gone(&self, wire: &mut Wire, ground: usize) -> bool {
        for _ in 0..2 {
            if self.control(wire, ground).await.is_ok() {
                return false;
            }
        }
        true
    }

    async fn canary(&self, wire: &mut Wire, before: u64) -> Result<(), String> {
        for (ground, known) in self.controls.iter().enumerate() {
            let Ok(known) = known else { continue };
            let told = |what: String| {
                format!(
                    "the golden request {} is answered in another way before script {before}: {what}",
                    self.field.grounds[ground].base
                )
            };
            match self.control(wire, ground).await {
                Ok(now) if now.subject == known.subject => {}
                Ok(now) => return Err(told(format!("a token about {:?}", now.subject))),
                Err(because) => return Err(told(because)),
            }
        }
        Ok(())
    }

    async fn send(
        &self,
        wire: &mut Wire,
        ground: usize,
        request: crate::exchange::transcript::HttpRequest,
    ) -> Result<Exchange, String> {
        self.exchanger.pace().await.map_err(|(_, because)| because)?;
        let (outcome, time) = wire.send(&self.field.door(ground).address, &request).await;
        Ok(Exchange {
            step: String::new(),
            request,
            outcome,
            values: std::collections::BTreeMap::new(),
            sent: date_time(self.drive.source.of("now").now()),
            millis: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            facts: std::collections::BTreeMap::new(),
            opened: None,
        })
    }

    /// The golden request with the token that it shows, which is asked for anew now and then.
    async fn shown(&self, wire: &mut Wire, ground: usize) -> Result<Option<Arc<Shown>>, String> {
        let golden = &self.field.grounds[ground];
        if !golden.shows_token() {
            return Ok(None);
        }
        let known = self.shown.lock().unwrap_or_else(PoisonError::into_inner)[ground].clone();
        if let Some((_, shown)) = known.filter(|(since, _)| since.elapsed() < TOKEN_AGE) {
            return Ok(Some(shown));
        }
        let own = self.exchanger.own(wire, &golden.base.approach()).await?;
        let ground_with = golden.with_token(&own.xml, self.field.data).map_err(|error| error.to_string())?;
        let shown = Arc::new(Shown { ground: ground_with, own });
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)[ground] = Some((Instant::now(), shown.clone()));
        Ok(Some(shown))
    }

    /// What stands under the campaign.
    pub(super) fn field(&self) -> &'a Field<'a> {
        self.field
    }

    /// What sends for it.
    pub(super) fn exchanger(&self) -> &'a Exchanger<'a> {
        self.exchanger
    }
}

/// The golden request itself.
pub(super) fn golden(base: &Base) -> Script {
    Script { base: base.clone(), strokes: Vec::new(), headers: [].into(), again: None }
}

/// The first failure of a script, as a bucket has it.
pub(super) fn failure(sent: &[Sent]) -> Option<(Signature, &Failure, &Verdict)> {
    sent.iter().find_map(|sent| {
        let failure = sent.failure.as_ref()?;
        let signature = Signature {
            oracle: failure.oracle,
            label: sent.label.label,
            observed: sent.observed.kind.to_owned(),
            fingerprint: sent.observed.fingerprint.clone(),
        };
        Some((signature, failure, &sent.label))
    })
}

fn seen_before(_: &Message) -> Verdict {
    Verdict {
        label: Label::Reject,
        because: "a copy of a message that was accepted before".to_owned(),
        clause: Some("ut.nonce-cache".to_owned()),
    }
}

fn note(part: &mut Part, number: u64, script: &Script, course: Course) {
    part.tally.drawn += 1;
    match course {
        Course::Void => part.tally.void += 1,
        Course::Blocked => part.tally.blocked += 1,
        Course::Conflict(because) => {
            part.conflicts.insert(number, format!("{because}; {}", serde_json::to_string(script).unwrap_or_default()));
        }
        Course::Sent(sent) => {
            count(&mut part.tally, &sent);
            if let Some((signature, failure, label)) = failure(&sent) {
                let failing = Failing {
                    number,
                    script: script.clone(),
                    because: failure.because.clone(),
                    clause: label.clause.clone(),
                };
                part.buckets.add(signature, failing);
            }
        }
        Course::Gone(_) => {}
    }
}

fn count(tally: &mut Tally, sent: &[Sent]) {
    for one in sent {
        *tally.sent.entry(one.label.label).or_default() += 1;
        if one.label.label == Label::May && one.observed.kind == "token" {
            tally.accepted += 1;
        }
    }
}
