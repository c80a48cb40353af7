//! Draws scripts: strategies choose by weight, and what they chose is made real on a golden request.
//!
//! What is drawn depends on the seed and the number of the script alone, so that any process can draw any part of a
//! campaign.

mod real;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sha2::{Digest as _, Sha256};

use super::data::Data;
use super::ground::Ground;
use super::script::Script;

/// The families of what is done to a message, with the share of each in hundred (`prop_oneof` below).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Two subtrees where one is meant: copies, pieces of other messages, wrapping, moving, other references.
    Copy,
    /// Absence and emptiness.
    Drop,
    /// Another text, by its type.
    Text,
    /// Other names and namespaces, foreign attributes.
    Name,
    /// The same message written another way.
    Preserve,
    /// What no reader of XML lets in.
    Bytes,
}

/// A choice that is not yet about any message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sketch {
    pub(super) family: Family,
    pub(super) picks: [u32; 3],
}

/// Chosen, but not yet real.
#[derive(Debug, Clone)]
struct Blueprint {
    ground: u32,
    sketches: Vec<Sketch>,
    preserved: Vec<Sketch>,
}

/// Draws the scripts of one campaign.
#[derive(Debug)]
pub struct Drawer<'a> {
    grounds: &'a [Ground],
    data: &'a Data,
    seed: u64,
    systematic: Vec<Script>,
    /// Which golden request, each as often as it is worth.
    shares: Vec<usize>,
    config: Config,
}

impl<'a> Drawer<'a> {
    /// A drawer over some golden requests.
    pub fn new(grounds: &'a [Ground], data: &'a Data, seed: u64) -> Self {
        let systematic = real::systematic(grounds, data);
        // What has to be signed costs as much as three others, and says little more.
        let share = |at: usize| std::iter::repeat_n(at, if grounds[at].signs() { 1 } else { 3 });
        let shares = (0..grounds.len()).flat_map(share).collect();
        Self {
            grounds,
            data,
            seed,
            systematic,
            shares,
            config: Config { failure_persistence: None, ..Config::default() },
        }
    }

    /// How many scripts are tried before any is drawn: every place dropped and emptied, every rewrite and every piece.
    pub fn systematic(&self) -> usize {
        self.systematic.len()
    }

    /// The script of that number. The first ones are the systematic ones, which no seed decides.
    pub fn script(&self, number: u64) -> Script {
        match usize::try_from(number).ok().and_then(|at| self.systematic.get(at)) {
            Some(script) => script.clone(),
            None => real::script(&self.blueprint(number), self.grounds, &self.shares, self.data),
        }
    }

    fn blueprint(&self, number: u64) -> Blueprint {
        let seed: [u8; 32] = Sha256::new()
            .chain_update(b"script")
            .chain_update(self.seed.to_be_bytes())
            .chain_update(number.to_be_bytes())
            .finalize()
            .into();
        let mut runner = TestRunner::new_with_rng(self.config.clone(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
        let tree = blueprint().new_tree(&mut runner).expect("no choice is ever refused");
        tree.current()
    }
}

/// The shares of `research`: structural copies first, since they find most of what matters.
fn family() -> impl Strategy<Value = Family> {
    prop_oneof![
        35 => Just(Family::Copy),
        15 => Just(Family::Drop),
        20 => Just(Family::Text),
        10 => Just(Family::Name),
        15 => Just(Family::Preserve),
        5 => Just(Family::Bytes),
    ]
}

fn sketch(family: impl Strategy<Value = Family>) -> impl Strategy<Value = Sketch> {
    (family, any::<[u32; 3]>()).prop_map(|(family, picks)| Sketch { family, picks })
}

fn blueprint() -> impl Strategy<Value = Blueprint> {
    let count = prop_oneof![50 => Just(1_usize), 28 => Just(2), 14 => Just(3), 8 => Just(5)];
    // Half of the messages are written another way besides: what is refused has to stay refused.
    let preserved = prop_oneof![60 => Just(0_usize), 20 => Just(1), 12 => Just(2), 8 => Just(5)];
    (any::<u32>(), count, preserved).prop_flat_map(|(ground, count, preserved)| {
        let sketches = prop::collection::vec(sketch(family()), count);
        let preserved = prop::collection::vec(sketch(Just(Family::Preserve)), preserved);
        (sketches, preserved).prop_map(move |(sketches, preserved)| Blueprint { ground, sketches, preserved })
    })
}
