//! Makes a failing script as small as it can be, holding its label and what came back.

use std::time::{Duration, Instant};

use super::bucket::{self, Bucket, Failing, Signature};
use super::campaign::Campaign;
use super::course::{Course, failure};
use super::ground::plainer;
use super::part::{Part, Small};
use super::script::{Script, Stroke};
use crate::change::Operator;
use crate::exchange::client::Wire;
use crate::exchange::workers::block_on;

/// So many failures are made small; what is left is counted in its bucket all the same.
const MOST: usize = 64;

/// So often a failure is tried smaller: what is not small by then stays as it is.
const TRIES: u64 = 400;

/// As long a failure is tried smaller: one that is a target's silence takes a time-out for each try.
const PATIENCE: Duration = Duration::from_secs(60);

/// Repetitions of what is believed.
pub(super) const REPEATS: u8 = 3;

/// Makes the failures of a part small, each way once, and repeats what comes out.
pub fn shrink(campaign: &Campaign<'_>, part: &mut Part) {
    let mut small: Vec<Small> = Vec::new();
    block_on(async {
        let wire = campaign.exchanger().wire();
        let mut shrinker =
            Shrinker { campaign, wire, tries: 0, left: 0, since: Instant::now(), deadly: Vec::new(), stopped: None };
        // The smallest of each kind comes first: whoever fails in many ways is told of each.
        let of = |(signature, bucket): (&'_ Signature, &'_ Bucket)| -> Vec<(usize, Signature, Script, u64)> {
            let ranked = bucket.smallest.iter().enumerate();
            ranked.map(|(rank, one)| (rank, signature.clone(), one.script.clone(), one.number)).collect()
        };
        let mut failures: Vec<_> = part.buckets.0.iter().flat_map(of).collect();
        failures.sort_by_key(|(rank, ..)| *rank);
        for (_, signature, script, number) in failures {
            if small.len() >= MOST || small.iter().any(|known| known.explains(&signature, &script)) {
                continue;
            }
            (shrinker.left, shrinker.since) = (TRIES, Instant::now());
            let Some(script) = shrinker.smallest(&script, &signature).await else { continue };
            let Some((repeats, told)) = shrinker.repeats(&script, &signature).await else { continue };
            let name = bucket::name(&signature, &script);
            if !small.iter().any(|known| known.name == name) {
                // What the script did that it was made of may have broken another row, and in other words.
                let failing = Failing { script, number, because: told.because, clause: told.clause };
                small.push(Small { name, signature, failing, repeats });
            }
        }
        part.halted = shrinker.stopped;
    });
    if part.halted.is_none() {
        part.small = small;
    } else {
        // What an earlier run made small is true all the same.
        part.small.extend(small);
    }
    part.settle_small();
}

/// What is wrong with an answer, and the row of the register that says so.
struct Told {
    because: String,
    clause: Option<String>,
}

struct Shrinker<'a> {
    campaign: &'a Campaign<'a>,
    wire: Wire,
    /// How many messages it has sent: each has a name of its own.
    tries: u64,
    /// How many more the failure at hand is worth.
    left: u64,
    /// Since when that one is tried.
    since: Instant,
    /// What the target did not survive: it is not tried again.
    deadly: Vec<Script>,
    /// Why nothing more can be sent.
    stopped: Option<String>,
}

impl Shrinker<'_> {
    /// `None` where the failure does not come again.
    async fn smallest(&mut self, script: &Script, signature: &Signature) -> Option<Script> {
        let mut best = script.clone();
        if !self.fails(&best, signature).await {
            return None;
        }
        loop {
            let before = best.clone();
            self.operators(&mut best, signature).await;
            self.parameters(&mut best, signature).await;
            self.dimensions(&mut best, signature).await;
            if best == before {
                return Some(best);
            }
        }
    }

    /// Takes operators out: halves, then quarters, then each alone.
    async fn operators(&mut self, best: &mut Script, signature: &Signature) {
        for name in best.headers.keys().cloned().collect::<Vec<_>>() {
            let mut smaller = best.clone();
            smaller.headers.remove(&name);
            self.take(best, smaller, signature).await;
        }
        for copy in [false, true] {
            let length =
                |script: &Script| if copy { script.again.as_ref().map_or(0, Vec::len) } else { script.strokes.len() };
            let mut size = length(best).div_ceil(2);
            while size > 0 {
                let mut at = 0;
                while at < length(best) {
                    let mut smaller = best.clone();
                    let list = if copy { smaller.again.get_or_insert_default() } else { &mut smaller.strokes };
                    list.drain(at..(at + size).min(list.len()));
                    if !self.take(best, smaller, signature).await {
                        at += size;
                    }
                }
                size = if size == 1 { 0 } else { size.div_ceil(2) };
            }
        }
    }

    /// Plainer arguments: shorter texts, fewer elements and attributes in what is put in.
    async fn parameters(&mut self, best: &mut Script, signature: &Signature) {
        let mut at = 0;
        while at < best.strokes.len() {
            let candidates = simpler(&best.strokes[at]);
            let mut took = false;
            for candidate in candidates {
                let mut smaller = best.clone();
                smaller.strokes[at] = candidate;
                if self.take(best, smaller, signature).await {
                    took = true;
                    break;
                }
            }
            if !took {
                at += 1;
            }
        }
    }

    /// The plain value of each dimension; those that stay are the condition of the failure.
    async fn dimensions(&mut self, best: &mut Script, signature: &Signature) {
        let field = self.campaign.field();
        for base in plainer(&best.base, field.suite, field.data) {
            let mut smaller = best.clone();
            smaller.base = base;
            self.take(best, smaller, signature).await;
        }
    }

    async fn take(&mut self, best: &mut Script, smaller: Script, signature: &Signature) -> bool {
        if smaller == *best || self.left == 0 || self.since.elapsed() > PATIENCE {
            return false;
        }
        self.left -= 1;
        let fails = self.fails(&smaller, signature).await;
        if fails {
            *best = smaller;
        }
        fails
    }

    /// Whether a script fails in the same way.
    async fn fails(&mut self, script: &Script, signature: &Signature) -> bool {
        self.told(script, signature).await.is_some()
    }

    /// What is wrong where a script fails in the same way: same oracle, same label, same kind of answer.
    async fn told(&mut self, script: &Script, signature: &Signature) -> Option<Told> {
        if self.stopped.is_some() || self.deadly.contains(script) {
            return None;
        }
        self.tries += 1;
        let name = format!("shrink {} {}", self.tries, signature.oracle.key());
        let sent = match self.campaign.course(&mut self.wire, script, &name).await {
            Course::Sent(sent) => sent,
            Course::Gone { because, .. } => {
                self.deadly.push(script.clone());
                if self.campaign.comes_back().await {
                    return None;
                }
                let told = serde_json::to_string(script).unwrap_or_default();
                self.stopped = Some(format!("the target went away while a failure was made small: {because}; {told}"));
                return None;
            }
            Course::Stopped(because) => {
                self.stopped = Some(because);
                return None;
            }
            Course::Void | Course::Blocked | Course::Conflict(_) => return None,
        };
        let (found, failure, label) = failure(&sent)?;
        let is_same = found.is_kind_of(signature) && found.observed == signature.observed;
        is_same.then(|| Told { because: failure.because.clone(), clause: label.clause.clone() })
    }

    /// How often a script fails, and what is wrong then; `None` where it never does.
    async fn repeats(&mut self, script: &Script, signature: &Signature) -> Option<(u8, Told)> {
        let (mut repeats, mut last) = (0, None);
        for _ in 0..REPEATS {
            // A refusal counts only while the golden request is accepted.
            let golden = self.campaign.field().ground_of(script);
            let control = match golden {
                Some(ground) => self.campaign.control(&mut self.wire, ground).await.is_ok(),
                None => false,
            };
            let told = if control { self.told(script, signature).await } else { None };
            repeats += u8::from(told.is_some());
            last = told.or(last);
        }
        last.map(|told| (repeats, told))
    }
}

/// What is a little plainer than a stroke, the plainest first.
fn simpler(stroke: &Stroke) -> Vec<Stroke> {
    let with = |operator: Operator| Stroke { operator, promise: None, ..stroke.clone() };
    match &stroke.operator {
        Operator::Text { path, to } => {
            halves(to).into_iter().map(|to| with(Operator::Text { path: path.clone(), to })).collect()
        }
        Operator::Attribute { name, at, to } => halves(to)
            .into_iter()
            .map(|to| with(Operator::Attribute { name: name.clone(), at: at.clone(), to }))
            .collect(),
        Operator::Insert { xml, place } => {
            fewer_elements(xml).into_iter().map(|xml| with(Operator::Insert { xml, place: place.clone() })).collect()
        }
        _ => Vec::new(),
    }
}

/// A text without its back half and without its front half. What a placeholder stands for is an atom.
fn halves(text: &str) -> Vec<String> {
    if text.len() < 2 || text.contains("{{") {
        return Vec::new();
    }
    let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    if middle == 0 {
        return Vec::new();
    }
    vec![text[..middle].to_owned(), text[middle..].to_owned()]
}

/// A piece of XML without one of its elements or attributes, outer ones first.
fn fewer_elements(xml: &str) -> Vec<String> {
    use stsproof_judge::tree::Tree;
    let Ok(tree) = Tree::from_text(xml) else { return Vec::new() };
    if tree.text() != xml {
        return Vec::new();
    }
    let inner: Vec<_> = tree.descendants(tree.root()).filter(|node| tree.is_element(*node)).collect();
    let mut fewer = Vec::new();
    for element in inner {
        let range = tree.range(element);
        fewer.push([&xml[..range.start], &xml[range.end..]].concat());
    }
    fewer
}
