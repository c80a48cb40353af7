//! Failures that are one failure: by oracle, label, what came, and which operators on which places brought it about.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::label::Label;
use super::oracle::Oracle;
use super::script::Script;

/// What failures of one kind have in common, whatever brought them about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Signature {
    /// The oracle that failed first.
    pub oracle: Oracle,
    /// What the answer should have been.
    pub label: Label,
    /// What kind of answer came.
    pub observed: String,
    /// Status, codes and words of it, without what is volatile.
    pub fingerprint: String,
}

impl Signature {
    /// Whether it is the same thing that goes wrong, however that shows.
    pub fn is_kind_of(&self, other: &Self) -> bool {
        self.oracle == other.oracle && self.label == other.label
    }
}

/// One failing script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Its number in the campaign.
    pub number: u64,
    /// Itself.
    pub script: Script,
    /// What is wrong, in words.
    pub because: String,
    /// The row of the register that says so, where there is one.
    pub clause: Option<String>,
}

/// All failures of one signature: how many, and the smallest of each way to bring it about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// How many scripts failed so.
    pub count: u64,
    /// The first of them.
    pub first: u64,
    /// The last of them.
    pub last: u64,
    /// The smallest ones, each another way.
    pub smallest: Vec<Failing>,
}

/// The buckets of a campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(Signature, Bucket)>", into = "Vec<(Signature, Bucket)>")]
pub struct Buckets(pub BTreeMap<Signature, Bucket>);

/// How many ways of one signature are kept.
const WAYS: usize = 64;

impl Buckets {
    /// Adds a failure.
    pub fn add(&mut self, signature: Signature, failing: Failing) {
        let number = failing.number;
        let bucket = Bucket { count: 1, first: number, last: number, smallest: vec![failing] };
        self.merge_one(signature, bucket);
    }

    /// Adds those of another part of the campaign. The order of the parts does not matter.
    pub fn merge(&mut self, other: Self) {
        for (signature, bucket) in other.0 {
            self.merge_one(signature, bucket);
        }
    }

    fn merge_one(&mut self, signature: Signature, bucket: Bucket) {
        let known = self.0.entry(signature).or_insert_with(|| Bucket { first: bucket.first, ..Bucket::default() });
        known.count += bucket.count;
        known.first = known.first.min(bucket.first);
        known.last = known.last.max(bucket.last);
        known.smallest.extend(bucket.smallest);
        known.smallest.sort_by_cached_key(|failing| (failing.script.len(), way(&failing.script), failing.number));
        known.smallest.dedup_by_key(|failing| way(&failing.script));
        known.smallest.truncate(WAYS);
    }
}

impl From<Vec<(Signature, Bucket)>> for Buckets {
    fn from(list: Vec<(Signature, Bucket)>) -> Self {
        Self(list.into_iter().collect())
    }
}

impl From<Buckets> for Vec<(Signature, Bucket)> {
    fn from(buckets: Buckets) -> Self {
        buckets.0.into_iter().collect()
    }
}

/// What a script does, as a set: the operators with their places, without parameters and baseline.
pub fn way(script: &Script) -> Vec<String> {
    let mut way: Vec<String> =
        script.all().map(|stroke| format!("{} {}", stroke.operator.key(), stroke.role)).collect();
    way.extend(script.headers.keys().map(|name| format!("header {}", name.to_ascii_lowercase())));
    way.extend(script.again.as_ref().map(|_| "again".to_owned()));
    way.sort_unstable();
    way.dedup();
    way
}

/// A short name of a small failure, the same wherever it is found.
pub fn name(signature: &Signature, script: &Script) -> String {
    use sha2::{Digest as _, Sha256};
    let mut sum = Sha256::new();
    let label = signature.label.key();
    for part in [signature.oracle.key(), label, &signature.observed, &signature.fingerprint] {
        sum.update(part);
        sum.update([0]);
    }
    for part in way(script) {
        sum.update(part);
    }
    let short = sum.finalize().iter().take(4).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let kind = script.all().next().map_or("golden", |stroke| stroke.operator.key());
    format!("{}-{kind}-{short}", signature.oracle.key())
}
