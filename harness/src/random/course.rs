//! One script on its way: made into a message, sent, and what came back held against its label.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use stsproof_judge::saml::Assertion;
use stsproof_judge::time::Time;
use stsproof_judge::tree::Tree;

use super::bucket::Signature;
use super::field::{Field, Shown};
use super::label::{Label, Verdict};
use super::oracle::{self, Expected, Failure, Observed};
use super::script::{Base, Script};
use crate::exchange::client::Wire;
use crate::exchange::drive::Exchanger;
use crate::exchange::fresh::{Source, date_time};
use crate::exchange::transcript::{Break, Exchange, HttpRequest, Outcome};

/// Sends scripts to a target, one at a time.
pub(super) struct Asker<'a> {
    pub(super) field: &'a Field<'a>,
    pub(super) exchanger: &'a Exchanger<'a>,
    pub(super) source: Source,
    shown: Mutex<Vec<Option<Known>>>,
    dropped: AtomicU64,
}

/// A token that was asked for, and until when it is shown.
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
    /// Nobody answers any more, not even the golden request.
    Gone {
        /// What came of it.
        because: String,
        /// Whether the target had it: otherwise it cannot be what ended the target.
        had_it: bool,
    },
    /// Nothing more is to be sent, through nobody's fault.
    Stopped(String),
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

/// Why a golden request brought no token.
#[derive(Debug, Clone)]
pub enum Unmet {
    /// It was not asked, or is to be asked later: through nobody's fault.
    Unasked(String),
    /// It was, and is not accepted.
    Refused(String),
}

impl Unmet {
    /// In words.
    pub fn because(self) -> String {
        match self {
            Self::Unasked(because) | Self::Refused(because) => because,
        }
    }
}

/// What came of one attempt.
enum Attempt {
    Made(Course),
    /// The connection had been used before, and broke as it was used again.
    Dropped,
}

/// A token is asked for anew after that long, however long it lives.
const TOKEN_AGE: Duration = Duration::from_secs(240);

impl<'a> Asker<'a> {
    pub(super) fn new(field: &'a Field<'a>, exchanger: &'a Exchanger<'a>, source: Source) -> Self {
        let shown = Mutex::new((0..field.grounds.len()).map(|_| None).collect());
        Self { field, exchanger, source, shown, dropped: AtomicU64::new(0) }
    }

    /// How many connections broke as they were used again, since that was asked last.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }

    /// Sends a script and looks at what comes back.
    pub(super) async fn course(
        &self,
        wire: &mut Wire,
        script: &Script,
        ground: usize,
        name: &str,
        expected: &Expected,
    ) -> Course {
        match self.attempt(wire, script, ground, name, expected).await {
            Attempt::Made(course) => course,
            // A target may close an idle connection just as it is used again, or break off over the message. It goes
            // out on a connection of its own, made afresh, so that it is not refused for having been there before.
            Attempt::Dropped => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                wire.part();
                match self.attempt(wire, script, ground, &format!("{name} again"), expected).await {
                    // The first time it did reach the target.
                    Attempt::Made(Course::Gone { because, .. }) => Course::Gone { because, had_it: true },
                    Attempt::Made(course) => course,
                    Attempt::Dropped => Course::Stopped("the target drops every connection".to_owned()),
                }
            }
        }
    }

    async fn attempt(
        &self,
        wire: &mut Wire,
        script: &Script,
        ground: usize,
        name: &str,
        expected: &Expected,
    ) -> Attempt {
        let shown = match self.shown(wire, ground).await {
            Ok(shown) => shown,
            Err(Unmet::Unasked(because)) => return Attempt::Made(Course::Stopped(because)),
            Err(Unmet::Refused(because)) => return Attempt::Made(Course::Gone { because, had_it: false }),
        };
        let mut values = self.field.values(ground, self.source.of(name));
        let copy = script.again.as_ref();
        let mut sent = Vec::with_capacity(1 + usize::from(copy.is_some()));
        for (is_copy, strokes) in [(false, Some(&script.strokes)), (true, copy)] {
            let Some(strokes) = strokes else { continue };
            if is_copy {
                values.renew();
                // What the target does about a copy shows on a connection that it has not closed by itself.
                wire.part();
            }
            let Ok(message) = self.field.message(script, strokes, ground, shown.as_deref(), &mut values) else {
                return Attempt::Made(Course::Void);
            };
            // A copy is judged for being one; what is done to it is meant to change nothing.
            if let (Some(conflict), false) = (message.conflict, is_copy) {
                return Attempt::Made(Course::Conflict(conflict));
            }
            let label = if is_copy { seen_before() } else { message.label };
            if let Err(unasked) = self.pace().await {
                return Attempt::Made(Course::Stopped(unasked.because()));
            }
            let (exchange, was_open) = self.send(wire, ground, message.request).await;
            let how = exchange.broke();
            if was_open && how == Some(Break::Dropped) {
                return Attempt::Dropped;
            }
            let (observed, failure) = oracle::look(&exchange, &label, message.shape.as_ref(), expected);
            // The service, or what stands in front of it, wants to be left alone.
            if observed.gone && how.is_none() {
                return Attempt::Made(Course::Stopped(observed.words));
            }
            // A target that hangs or dies is not asked the rest: what follows would say nothing.
            let is_gone = if how.is_some() { self.is_gone(wire, ground).await } else { Ok(false) };
            if let Err(because) = is_gone {
                return Attempt::Made(Course::Stopped(because));
            }
            if is_gone == Ok(true) {
                let had_it = !matches!(how, Some(Break::Unresolved | Break::Unreachable | Break::Tls));
                let because = format!("{}, and the golden request is not answered any more", observed.words);
                return Attempt::Made(Course::Gone { because, had_it });
            }
            if observed.gone {
                return Attempt::Made(Course::Stopped(observed.words));
            }
            let failed = failure.is_some();
            sent.push(Sent { label, observed, failure });
            if failed {
                break;
            }
        }
        Attempt::Made(Course::Sent(sent))
    }

    /// The golden request of a baseline: `Ok` with what its token says, or what came instead.
    pub(super) async fn control(&self, wire: &mut Wire, ground: usize) -> Result<Expected, Unmet> {
        let script = golden(&self.field.grounds[ground].base);
        let shown = self.shown(wire, ground).await?;
        // A golden request is asked many times, by many processes: none may look like a copy of another.
        let name = format!("control {}", Source::system().of("control").uuid());
        let mut values = self.field.values(ground, self.source.of(&name));
        let message =
            self.field.message(&script, &[], ground, shown.as_deref(), &mut values).map_err(Unmet::Refused)?;
        self.pace().await?;
        let address = &self.field.door(ground).address;
        let (outcome, time) = wire.send(address, &message.request).await;
        let exchange = self.exchange(message.request, outcome, time);
        let (observed, failure) =
            oracle::look(&exchange, &message.label, message.shape.as_ref(), &self.field.expected());
        match failure {
            None if observed.kind == "token" => Ok(Expected { subject: observed.subject, ..self.field.expected() }),
            Some(failure) => Err(Unmet::Refused(failure.because)),
            None if observed.gone && exchange.broke().is_none() => Err(Unmet::Unasked(observed.words)),
            None => Err(Unmet::Refused(observed.words)),
        }
    }

    /// Whether the golden request is not accepted any more, however often one asks; an error where it cannot be asked.
    async fn is_gone(&self, wire: &mut Wire, ground: usize) -> Result<bool, String> {
        for _ in 0..2 {
            match self.control(wire, ground).await {
                Ok(_) => return Ok(false),
                Err(Unmet::Unasked(because)) => return Err(because),
                Err(Unmet::Refused(_)) => {}
            }
        }
        Ok(true)
    }

    /// Waits until the next request may go out.
    pub(super) async fn pace(&self) -> Result<(), Unmet> {
        self.exchanger.pace().await.map_err(|(_, because)| Unmet::Unasked(because))
    }

    /// Sends a message once. Tells whether the connection had been used before.
    pub(super) async fn send(&self, wire: &mut Wire, ground: usize, request: HttpRequest) -> (Exchange, bool) {
        let sent = wire.send_once(&self.field.door(ground).address, &request).await;
        (self.exchange(request, sent.outcome, sent.time), sent.was_open)
    }

    fn exchange(&self, request: HttpRequest, outcome: Outcome, time: Duration) -> Exchange {
        Exchange {
            step: String::new(),
            request,
            outcome,
            values: std::collections::BTreeMap::new(),
            sent: date_time(self.source.of("now").now()),
            millis: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            facts: std::collections::BTreeMap::new(),
            opened: None,
        }
    }

    /// The golden request with the token that it shows, which is asked for anew now and then.
    async fn shown(&self, wire: &mut Wire, ground: usize) -> Result<Option<Arc<Shown>>, Unmet> {
        let golden = &self.field.grounds[ground];
        if !golden.shows_token() {
            return Ok(None);
        }
        let known = self.shown.lock().unwrap_or_else(PoisonError::into_inner)[ground].clone();
        if let Some((_, shown)) = known.filter(|(until, _)| Instant::now() < *until) {
            return Ok(Some(shown));
        }
        let unmet = if self.exchanger.is_spent() { Unmet::Unasked } else { Unmet::Refused };
        let own = self.exchanger.own(wire, &golden.base.approach()).await.map_err(unmet)?;
        let until = Instant::now() + self.good_for(&own.xml);
        let ground_with =
            golden.with_token(&own.xml, self.field.data).map_err(|error| Unmet::Refused(error.to_string()))?;
        let shown = Arc::new(Shown { ground: ground_with, own });
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)[ground] = Some((until, shown.clone()));
        Ok(Some(shown))
    }

    /// How long a token is shown: half as long as it lives, so that it never ends under way.
    fn good_for(&self, token: &str) -> Duration {
        let ends = || {
            let tree = Tree::from_text(token).ok()?;
            let ends = Assertion::of(&tree, tree.root())?.not_on_or_after?;
            Time::parse(&ends).ok()
        };
        let now = Time::from_unix_nanos(self.source.of("now").now().as_nanosecond());
        let left = ends().map(|ends| ends.since(now).nanos() / 2);
        let left = left.map(|left| Duration::from_nanos(u64::try_from(left).unwrap_or(0)));
        left.map_or(TOKEN_AGE, |left| left.min(TOKEN_AGE))
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

fn seen_before() -> Verdict {
    Verdict {
        label: Label::Reject,
        because: "a copy of a message that was accepted before".to_owned(),
        clause: Some("ut.nonce-cache".to_owned()),
    }
}
