//! Runs what is planned: every step of every case, several cases at a time, results in the order of the plan.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use stsproof_judge::gate::Limits;
use stsproof_judge::tree::Tree;
use tokio::sync::OnceCell;

use super::client::{Client, Wire};
use super::credential;
use super::fill::{Value, Values};
use super::fresh::{Source, date_time};
use super::keep::keep;
use super::own::Own;
use super::prepare::{Dialect, Order, prepare};
use super::redact::Redactor;
use super::sign::KeyReference;
use super::target::Target;
use super::transcript::{Exchange, Fact, HttpRequest, HttpResponse, Outcome, Stop, StopReason, Transcript};
use super::trap::{BaitFile, Listener};
use super::workers::spread;
use crate::case::hostile::Sign;
use crate::case::model::{Body, Credential, Http, Step, Variant};
use crate::paths::VariantPaths;
use crate::plan::{self, Planned};
use crate::profile::Approach;
use crate::vocabulary::Vocabulary;

/// How a run is driven.
#[derive(Debug, Clone)]
pub struct Options {
    /// Cases at the same time.
    pub workers: u16,
    /// Requests a second; no limit where it is absent.
    pub rate: Option<u32>,
    /// Requests in all; no limit where it is absent.
    pub requests: Option<u64>,
    /// How long one answer may take.
    pub timeout: Duration,
    /// Time and randomness.
    pub source: Source,
    /// Keep secrets in the transcripts.
    pub with_secrets: bool,
    /// How long a caller is waited for where a request gave an address of ours out.
    pub callback_grace: Duration,
}

/// Looks at an exchange while its secrets are still there.
pub trait Observe: Sync {
    /// What can be seen now and not later.
    fn observe(&self, seen: &Seen<'_>) -> Observed;
}

/// What was seen while the secrets were there.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// By the name of the fact.
    pub facts: BTreeMap<String, Fact>,
    /// The issued token as the relying party reads it, where it was encrypted.
    pub opened: Option<String>,
}

/// An exchange with its secrets.
#[derive(Debug)]
pub struct Seen<'a> {
    /// What was planned.
    pub planned: &'a Planned<'a>,
    /// Which step, counted from 0.
    pub step: usize,
    /// What was sent and what came back.
    pub exchange: &'a Exchange,
    /// The exchanges of the steps before.
    pub before: &'a [Exchange],
}

/// Observes nothing.
#[derive(Debug, Clone, Copy)]
pub struct Blind;

impl Observe for Blind {
    fn observe(&self, _: &Seen<'_>) -> Observed {
        Observed::default()
    }
}

/// Sends what is planned to one target.
#[derive(Debug)]
pub struct Exchanger<'a> {
    target: &'a Target,
    vocabulary: &'a Vocabulary,
    options: Options,
    client: Arc<Client>,
    redactor: Redactor,
    tokens: Mutex<HashMap<Approach, TokenCell>>,
    paths: VariantPaths<'a>,
    left: AtomicU64,
    next_slot: Mutex<Option<Instant>>,
    /// What is sent behind each hostile request, and behind one that nobody answers.
    canary: Option<&'a Step>,
    /// A file of this machine that a request may try to make the target read.
    bait_file: OnceLock<Option<BaitFile>>,
}

/// A token that is asked for once, by whoever needs it first.
type TokenCell = Arc<OnceCell<Token>>;

/// A token that the target issued for a credential, and how that was asked.
#[derive(Debug)]
struct Token {
    exchanges: Vec<Exchange>,
    got: Result<Own, String>,
}

/// One case on its way.
struct Course<'a> {
    planned: &'a Planned<'a>,
    transcript: Transcript,
    values: Values,
    /// The token that an earlier step got.
    own: Option<Own>,
}

impl<'a> Exchanger<'a> {
    /// An exchanger for a target.
    pub fn new(target: &'a Target, vocabulary: &'a Vocabulary, options: Options) -> Self {
        let mut client = Client::new(target.tls.clone());
        client.whole = options.timeout;
        client.connect = client.connect.min(options.timeout);
        Self {
            target,
            vocabulary,
            client: Arc::new(client),
            redactor: Redactor::new(&options.source, target.passwords()),
            tokens: Mutex::default(),
            paths: VariantPaths::new(vocabulary),
            left: AtomicU64::new(options.requests.unwrap_or(u64::MAX)),
            next_slot: Mutex::default(),
            canary: None,
            bait_file: OnceLock::new(),
            options,
        }
    }

    /// The same, with a request that is sent behind each hostile one, and behind one that nobody answers, to see
    /// whether the target is still well.
    #[must_use]
    pub fn with_canary(mut self, canary: Option<&'a Step>) -> Self {
        self.canary = canary;
        self
    }

    /// Runs every planned case that makes sense for the target, and blocks until all are done or `done` says stop.
    /// `done` sees each transcript, without its secrets, as soon as it is there; the result has them in the order of
    /// the plan, with `None` for what is inapplicable or was not begun.
    pub fn run(
        &self,
        planned: &[Planned<'_>],
        observe: &dyn Observe,
        done: &(dyn Fn(usize, &Transcript) -> ControlFlow<()> + Sync),
    ) -> Vec<Option<Transcript>> {
        let results: Vec<OnceLock<Transcript>> = planned.iter().map(|_| OnceLock::new()).collect();
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let worker = || async {
            let mut wire = Wire::new(self.client.clone());
            while !stop.load(Ordering::Relaxed) {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(one) = planned.get(index) else { break };
                if one.inapplicable.is_some() {
                    continue;
                }
                let transcript = self.one(&mut wire, one, observe).await;
                if done(index, &transcript).is_break() {
                    stop.store(true, Ordering::Relaxed);
                }
                let _ = results[index].set(transcript);
            }
        };
        spread(self.options.workers, &worker);
        results.into_iter().map(OnceLock::into_inner).collect()
    }

    /// Runs the steps of one case and takes the secrets out.
    pub async fn one(&self, wire: &mut Wire, planned: &Planned<'_>, observe: &dyn Observe) -> Transcript {
        let mut course = Course {
            planned,
            transcript: Transcript::empty(planned.case.id.clone(), planned.variant.clone()),
            values: Values::new(BTreeMap::new(), self.options.source.of(&planned.id())),
            own: None,
        };
        let steps = planned.case.steps(&planned.variant);
        let listener = if planned.case.hostile.is_some() { self.set_trap(&mut course.values).await } else { None };
        for (index, step) in steps.iter().enumerate() {
            if index > 0 {
                course.values.renew();
            }
            let stopped = self.step(wire, &mut course, index, step, observe).await.err();
            if let Some((reason, because)) = stopped {
                let because = format!("step `{}`: {because}", step.name);
                course.transcript.stopped = Some(Stop { reason, because });
                break;
            }
        }
        let mut transcript = course.transcript;
        let is_silent = transcript.exchanges.last().is_some_and(Exchange::is_silence);
        if is_silent || planned.case.hostile.is_some() && !transcript.exchanges.is_empty() {
            if is_silent || steps.last().is_some_and(|step| step.http.is_framed_oddly()) {
                wire.part();
            }
            transcript.canary = self.canary(wire, planned).await.map(Box::new);
        }
        if let Some(listener) = listener {
            let given_out = |exchange: &Exchange| contains(&exchange.request, &listener.port().to_string());
            if transcript.exchanges.iter().any(given_out) {
                tokio::time::sleep(self.options.callback_grace).await;
            }
            transcript.callbacks = listener.heard();
        }
        if !self.options.with_secrets {
            self.redactor.redact(&mut transcript);
        }
        transcript
    }

    async fn step(
        &self,
        wire: &mut Wire,
        course: &mut Course<'_>,
        index: usize,
        step: &Step,
        observe: &dyn Observe,
    ) -> Result<(), (StopReason, String)> {
        let approach = plan::approach(course.planned.case, step, &course.planned.variant);
        let sent = step.again.as_ref().and_then(|name| {
            let earlier = course.transcript.exchanges.iter().find(|exchange| exchange.step == *name);
            earlier.map(|exchange| exchange.request.body.clone())
        });
        let mut order = Order {
            body: &step.body,
            change: &step.change,
            tamper: &step.tamper,
            encode: &step.encode,
            sign: &step.sign,
            again: sent.as_deref(),
            credential: step.credential,
            http: &step.http,
            reference: KeyReference::Certificate,
            key: None,
        };
        let cell; // lives as long as the order that borrows from it
        if matches!(step.credential, Credential::SamlBearer | Credential::SamlHolderOfKey) {
            let own = if let Some(own) = &course.own {
                own
            } else {
                cell = self.token_cell(&approach);
                let token = cell.get_or_init(|| self.obtain(wire, &approach, "")).await;
                if course.transcript.prerequisites.is_empty() {
                    course.transcript.prerequisites.clone_from(&token.exchanges);
                }
                token.got.as_ref().map_err(|because| (StopReason::Prerequisite, because.clone()))?
            };
            course.values.set("credential.token", Value::Xml(own.xml.clone()));
            order.reference = own.reference.clone();
            order.key = own.secret.as_ref().filter(|_| step.credential == Credential::SamlHolderOfKey);
        }
        let mut exchange = self.exchange(wire, &step.name, &order, &approach, &mut course.values).await?;
        let seen =
            Seen { planned: course.planned, step: index, exchange: &exchange, before: &course.transcript.exchanges };
        let Observed { facts, opened } = observe.observe(&seen);
        (exchange.facts, exchange.opened) = (facts, opened);
        course.transcript.exchanges.push(exchange);
        let last = index + 1 == course.planned.case.steps(&course.planned.variant).len();
        if last { Ok(()) } else { self.keep(step, course) }
    }

    /// Makes and sends one request.
    async fn exchange(
        &self,
        wire: &mut Wire,
        name: &str,
        order: &Order<'_>,
        approach: &Approach,
        values: &mut Values,
    ) -> Result<Exchange, (StopReason, String)> {
        // Waiting comes first: a message carries the time at which it is made, and is to be fresh when it goes out.
        self.pace().await?;
        let variant = &approach.variant;
        let door = self.target.door(approach).map_err(|because| (StopReason::Profile, because))?;
        if order.credential == Credential::SamlHolderOfKey && order.key.or(door.key).is_none() {
            let because = format!("no account has a certificate and its key, which `{}` signs with", order.credential);
            return Err((StopReason::Profile, because));
        }
        for (name, value) in &door.values {
            values.set(name, value.clone());
        }
        let paths = self.paths.of(variant);
        let dialect = Dialect { vocabulary: self.vocabulary, variant, paths: &paths };
        let request = prepare(order, &dialect, &door, values).map_err(|because| (StopReason::Case, because))?;
        let target = request_target(&request.url, &door.address.to_string(), &door.address.target);
        let address = door.address.clone().with_target(&target);
        if !order.is_plain() {
            wire.part();
        }
        let (outcome, time) = wire.send(&address, &request).await;
        Ok(Exchange {
            step: name.to_owned(),
            request,
            outcome,
            values: values.seen(),
            sent: date_time(values.now()),
            millis: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            facts: BTreeMap::new(),
            opened: None,
        })
    }

    /// Opens a port that only the request will know, and puts a file there that only the request will name.
    async fn set_trap(&self, values: &mut Values) -> Option<Listener> {
        let nonce = values.fresh().uuid();
        if let Some(file) = self.bait_file.get_or_init(|| BaitFile::write(&nonce)) {
            values.set("canary.file", Value::Text(file.path.display().to_string()));
            values.set("canary.text", Value::Text(file.text.clone()));
        }
        let listener = Listener::open(nonce).await.ok()?;
        values.set("listener", Value::Text(listener.url()));
        values.set("listener.port", Value::Text(listener.port().to_string()));
        Some(listener)
    }

    /// The plainest request on the connection that the hostile one went over, if that is still open.
    async fn canary(&self, wire: &mut Wire, planned: &Planned<'_>) -> Option<Exchange> {
        let step = self.canary?;
        let approach =
            |credential| Approach { credential, variant: planned.variant.spoken(), tls: planned.case.needs_tls() };
        let ways = [Credential::Username, Credential::UsernameDigest, Credential::X509];
        let credential = ways.into_iter().find(|&way| self.target.door(&approach(way)).is_ok())?;
        let order = Order {
            body: &step.body,
            change: &step.change,
            tamper: &[],
            encode: &[],
            sign: &Sign::default(),
            again: None,
            credential,
            http: &step.http,
            reference: KeyReference::Certificate,
            key: None,
        };
        let source = self.options.source.of(&format!("canary behind {}", planned.id()));
        let mut values = Values::new(BTreeMap::new(), source);
        self.exchange(wire, "canary", &order, &approach(credential), &mut values).await.ok()
    }

    /// Takes what later steps need from the answer.
    fn keep(&self, step: &Step, course: &mut Course<'_>) -> Result<(), (StopReason, String)> {
        let earlier = |because: String| (StopReason::EarlierStep, because);
        let exchange = course.transcript.exchanges.last().ok_or_else(|| earlier("it was not sent".to_owned()))?;
        let answer = match &exchange.outcome {
            Outcome::Answered(answer) => answer,
            Outcome::Broken { because, .. } => return Err(earlier(because.clone())),
        };
        if step.keep.is_empty() {
            return Ok(());
        }
        let tree = read(answer).map_err(earlier)?;
        let paths = self.paths.of(&course.planned.variant);
        for (name, path) in &step.keep {
            let value = keep(&tree, &paths, path);
            course.values.set(name, value.map_err(|because| earlier(format!("`{name}` cannot be kept: {because}")))?);
        }
        if step.keeps_token() {
            course.own = Own::of(&tree, &exchange.request.body, &paths);
        }
        Ok(())
    }

    fn token_cell(&self, approach: &Approach) -> TokenCell {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let spoken = Approach { variant: approach.variant.spoken(), ..approach.clone() };
        tokens.entry(spoken).or_default().clone()
    }

    /// Asks for the token that a credential shows, by the first way in which the target lets us ask.
    async fn obtain(&self, wire: &mut Wire, approach: &Approach, salt: &str) -> Token {
        let Approach { credential, ref variant, .. } = *approach;
        let name = format!("prerequisite: a token for `{credential}`");
        let way = match self.target.profile().way(approach) {
            Ok(way) => way,
            Err(because) => return Token { exchanges: Vec::new(), got: Err(format!("{name}: {because}")) },
        };
        let body = Body::Xml(credential::prerequisite(credential).unwrap_or_default());
        let order = Order {
            body: &body,
            change: &[],
            tamper: &[],
            encode: &[],
            sign: &Sign::default(),
            again: None,
            credential: way,
            http: &Http::default(),
            reference: KeyReference::Certificate,
            key: None,
        };
        let source = self.options.source.of(&format!("prerequisite {credential}@{}{salt}", variant.spoken()));
        let mut values = Values::new(BTreeMap::new(), source);
        match self.exchange(wire, &name, &order, &approach.with(way), &mut values).await {
            Err((_, because)) => Token { exchanges: Vec::new(), got: Err(format!("{name}: {because}")) },
            Ok(exchange) => {
                let got = self.token_in(&exchange, variant).map_err(|because| format!("{name}: {because}"));
                Token { exchanges: vec![exchange], got }
            }
        }
    }

    /// A token of one's own for a credential, asked for anew.
    pub(crate) async fn own(&self, wire: &mut Wire, approach: &Approach) -> Result<Own, String> {
        // Asked for a second time, it must not look like a copy of the first.
        let salt = Source::system().of("own").uuid();
        self.obtain(wire, approach, &salt).await.got
    }

    /// A wire that is not connected yet.
    pub(crate) fn wire(&self) -> Wire {
        Wire::new(self.client.clone())
    }

    fn token_in(&self, exchange: &Exchange, variant: &Variant) -> Result<Own, String> {
        let answer = match &exchange.outcome {
            Outcome::Answered(answer) => answer,
            Outcome::Broken { because, .. } => return Err(because.clone()),
        };
        Own::of(&read(answer)?, &exchange.request.body, &self.paths.of(variant))
            .ok_or_else(|| format!("the target did not issue one: status {}", answer.status))
    }

    /// Whether it has sent as many requests as it may.
    pub(crate) fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// Waits until the next request may go out. An error once the budget is spent.
    pub(crate) async fn pace(&self) -> Result<(), (StopReason, String)> {
        let spent = |_| (StopReason::Budget, "the run has sent as many requests as it may".to_owned());
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).map_err(spent)?;
        if let Some(rate) = self.options.rate.filter(|rate| *rate > 0) {
            let slot = {
                let mut next = self.next_slot.lock().unwrap_or_else(PoisonError::into_inner);
                let slot = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
                *next = Some(slot + Duration::from_secs(1) / rate);
                slot
            };
            tokio::time::sleep_until(slot.into()).await;
        }
        Ok(())
    }
}

/// Whether a text stands anywhere in a request.
fn contains(request: &HttpRequest, text: &str) -> bool {
    let in_body = String::from_utf8_lossy(&request.body).contains(text);
    in_body || request.url.contains(text) || request.headers.iter().any(|(_, value)| value.contains(text))
}

fn read(answer: &HttpResponse) -> Result<Tree, String> {
    Tree::read(&answer.body, answer.charset(), &Limits::default())
        .map_err(|refusal| format!("the answer (status {}) is no XML that can be read: {refusal}", answer.status))
}

/// What stands in the request line: the case may ask for another path than the endpoint's.
fn request_target(url: &str, usual: &str, target: &str) -> String {
    let base = usual.len() - target.len();
    url.get(base..).unwrap_or(target).to_owned()
}

#[cfg(test)]
mod tests;
