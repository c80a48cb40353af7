//! What became of a campaign, or of a part of it: enough to go on, to merge, and to report.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::bucket::{self, Buckets, Failing, Signature};
use super::field::Field;
use super::label::Label;
use super::script::Script;
use super::share::{Shard, Share};
use crate::error::Error;
use crate::suite::Suite;

/// What makes two parts parts of the same campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The version of the form of a part.
    pub format: u32,
    /// The program.
    pub tool: String,
    /// The data.
    pub suite: String,
    /// What the target is called.
    pub target: String,
    /// The golden requests, what the target claims and where it listens, as a sum: the first two decide what a number stands
    /// for, and its label.
    pub grounds: String,
    /// What the scripts are drawn from.
    pub seed: u64,
}

impl Identity {
    /// The campaign that this program draws from a seed, with these data, for a target.
    pub fn new(suite: &Suite, target: &str, field: &Field<'_>, seed: u64) -> Self {
        Self {
            format: FORMAT,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            suite: suite.digest.clone(),
            target: target.to_owned(),
            grounds: field.digest(),
            seed,
        }
    }

    /// The same at these addresses.
    #[must_use]
    pub fn at<'u>(mut self, urls: impl Iterator<Item = &'u str>) -> Self {
        let urls = urls.collect::<Vec<_>>().join("\n");
        self.grounds = stsproof_cases::digest([("grounds", self.grounds.as_bytes()), ("addresses", urls.as_bytes())]);
        self
    }
}

/// A campaign, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What it is a part of.
    pub identity: Identity,
    /// The shares that it holds, and how far each came.
    pub shares: Vec<Share>,
    /// How many scripts the whole campaign has.
    pub count: u64,
    /// How many scripts there were of each kind.
    pub tally: Tally,
    /// What failed.
    pub buckets: Buckets,
    /// What was made small and repeats.
    pub small: Vec<Small>,
    /// Scripts about which our two readings exclude each other, by number: mistakes of ours.
    pub conflicts: BTreeMap<u64, String>,
    /// Golden requests that the target does not accept, with the answer.
    pub blocked: BTreeMap<String, String>,
    /// Scripts that ended the target, by number: they are not sent again.
    pub deadly: BTreeMap<u64, String>,
    /// Scripts that were on their way when the target ended: each is tried alone before the campaign goes on.
    pub suspects: BTreeMap<u64, String>,
    /// Why the campaign could not go on, with the script that it stopped at.
    pub halted: Option<String>,
}

/// How many scripts there were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Drawn.
    pub drawn: u64,
    /// Without anything to do, so that nothing was sent.
    pub void: u64,
    /// About a golden request that the target does not accept.
    pub blocked: u64,
    /// Messages sent, by label.
    pub sent: BTreeMap<Label, u64>,
    /// Of those that may be accepted, how many were.
    pub accepted: u64,
    /// Golden requests asked in between.
    pub canaries: u64,
    /// Connections that broke as they were used again, so that the message was made and sent once more.
    pub dropped: u64,
}

/// A failure that was made as small as it can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Small {
    /// Its name, by which `promote` finds it.
    pub name: String,
    /// What it is.
    pub signature: Signature,
    /// The script.
    pub failing: Failing,
    /// How many of three repetitions failed the same way.
    pub repeats: u8,
}

/// The version of the form of a part.
pub const FORMAT: u32 = 2;

const FILE: &str = "campaign.json";

impl Tally {
    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.drawn += other.drawn;
        self.void += other.void;
        self.blocked += other.blocked;
        self.accepted += other.accepted;
        self.canaries += other.canaries;
        self.dropped += other.dropped;
        for (label, count) in &other.sent {
            *self.sent.entry(*label).or_default() += count;
        }
    }

    /// Messages sent.
    pub fn messages(&self) -> u64 {
        self.sent.values().sum()
    }
}

impl Part {
    /// A campaign that has not begun.
    pub fn new(identity: Identity, shard: Shard, count: u64) -> Self {
        Self {
            identity,
            shares: vec![Share::new(shard)],
            count,
            tally: Tally::default(),
            buckets: Buckets::default(),
            small: Vec::new(),
            conflicts: BTreeMap::new(),
            blocked: BTreeMap::new(),
            deadly: BTreeMap::new(),
            suspects: BTreeMap::new(),
            halted: None,
        }
    }

    /// Reads what a folder holds; `None` where nothing was begun in it.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let file = if folder.is_file() { folder.to_owned() } else { folder.join(FILE) };
        let wrong = |cause: String| Error::input(file.display(), cause, "name the folder that a campaign was kept in");
        if !file.exists() {
            return Ok(None);
        }
        let bytes = fs::read(&file).map_err(|error| wrong(error.to_string()))?;
        let any: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        match any["identity"]["format"].as_u64() {
            Some(format) if format != u64::from(FORMAT) => {
                Err(wrong(format!("it has the form {format}, this program reads {FORMAT}")))
            }
            _ => serde_json::from_value(any).map(Some).map_err(|error| wrong(error.to_string())),
        }
    }

    /// Writes it; whole or not at all.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let wrong = |error: std::io::Error| {
            Error::set_up(folder.display().to_string(), error.to_string(), "name a folder that can be written")
        };
        let bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::Bug { cause: format!("a campaign cannot be written: {error}") })?;
        fs::create_dir_all(folder).map_err(wrong)?;
        let unfinished = folder.join("campaign.unfinished");
        fs::write(&unfinished, bytes).map_err(wrong)?;
        fs::rename(&unfinished, folder.join(FILE)).map_err(wrong)
    }

    /// Whether nothing is left to be sent.
    pub fn is_finished(&self) -> bool {
        self.gaps().is_none()
    }

    /// What is missing of the campaign as a whole, in words.
    pub fn gaps(&self) -> Option<String> {
        let of = self.shares[0].shard.of;
        let known = |index: u64| self.shares.iter().find(|share| share.shard.index == index);
        let gaps = (1..=of).filter_map(|index| {
            let shard = Shard { index, of };
            match known(index) {
                None => Some(format!("share {shard} is missing")),
                Some(known) if known.next < self.count => {
                    Some(format!("share {shard} ends before script {} of {}", known.next, self.count))
                }
                Some(_) => None,
            }
        });
        let gaps: Vec<String> = gaps.collect();
        (!gaps.is_empty()).then(|| gaps.join(", "))
    }

    /// Puts another part beside this one. Parts of different campaigns do not mix.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        let remedy = "merge shards of one campaign: same program, data, target, claims, seed and count";
        if self.identity != other.identity || self.count != other.count {
            return Err(Error::usage("the parts are of different campaigns", remedy));
        }
        let clashes = |one: Shard, two: Shard| one.of != two.of || one.index == two.index;
        let overlaps = |one: &Share| other.shares.iter().any(|two| clashes(one.shard, two.shard));
        if self.shares.iter().any(overlaps) {
            return Err(Error::usage("two parts hold the same share, or shares of different sizes", remedy));
        }
        self.shares.extend(other.shares);
        self.shares.sort_by_key(|share| share.shard);
        if self.is_finished() {
            let mut whole = Share::new(Shard::WHOLE);
            whole.reached(self.count);
            self.shares = vec![whole];
        }
        self.tally.add(&other.tally);
        self.buckets.merge(other.buckets);
        self.small.extend(other.small);
        self.settle_small();
        self.conflicts.extend(other.conflicts);
        self.blocked.extend(other.blocked);
        self.deadly.extend(other.deadly);
        self.suspects.extend(other.suspects);
        self.halted = self.halted.take().or(other.halted);
        Ok(())
    }

    /// Small failures in a fixed order, without those that another explains: shares that were made small one by one
    /// then hold what the whole does.
    pub(super) fn settle_small(&mut self) {
        self.small.sort_by_cached_key(|small| {
            let script = &small.failing.script;
            (bucket::way(script).len(), small.signature.clone(), script.len(), small.failing.number)
        });
        let mut kept: Vec<Small> = Vec::new();
        for small in self.small.drain(..) {
            if !kept.iter().any(|known| known.explains(&small.signature, &small.failing.script)) {
                kept.push(small);
            }
        }
        kept.sort_by_cached_key(|small| small.name.clone());
        self.small = kept;
    }
}

impl Small {
    /// Whether a script does, among other things, what this one does, and fails the same way.
    pub(super) fn explains(&self, signature: &Signature, script: &Script) -> bool {
        let way = bucket::way(script);
        self.signature.is_kind_of(signature) && bucket::way(&self.failing.script).iter().all(|part| way.contains(part))
    }
}
