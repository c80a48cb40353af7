//! Looks at an exchange while its secrets are still there, and writes down what checks will ask when they are gone.

use std::cell::RefCell;
use std::collections::BTreeMap;

use stsproof_judge::check::{Check, Holding, Predicates, Scene, Statement};
use stsproof_judge::crypto::CryptoPredicates;
use stsproof_judge::keys::DecryptionKeys;
use stsproof_judge::tree::{Node, Tree};
use stsproof_judge::trust::Answer;
use stsproof_judge::xenc;

use crate::exchange::drive::{Observe, Observed, Seen};
use crate::exchange::target::Target;
use crate::exchange::transcript::Fact;
use crate::paths::VariantPaths;
use crate::plan::approach;
use crate::stage::Documents;
use crate::suite::Suite;

/// Observes with the keys that the profile names.
pub struct Observer<'a> {
    suite: &'a Suite,
    paths: VariantPaths<'a>,
    target: &'a Target,
}

impl<'a> Observer<'a> {
    /// An observer of one target.
    pub fn new(suite: &'a Suite, target: &'a Target) -> Self {
        Self { suite, paths: VariantPaths::new(&suite.vocabulary), target }
    }
}

impl Observe for Observer<'_> {
    fn observe(&self, seen: &Seen<'_>) -> Observed {
        let closed = Documents::of(seen.exchange, None);
        let Some(tree) = closed.answer() else { return Observed::default() };
        let Some(answer) = Answer::of(tree) else { return Observed::default() };
        let opened = answer.token().and_then(|token| open(tree, token, self.target.relying_party()));
        let documents = match &opened {
            Some(text) => closed.opened(text),
            None => closed,
        };
        let paths = self.paths.of(&seen.planned.variant);
        let step = seen.planned.case.steps(&seen.planned.variant).get(seen.step);
        let approach = step.map(|step| approach(seen.planned.case, step, &seen.planned.variant));
        let keys = approach.map_or_else(|| self.target.any_keys(), |approach| self.target.keys(&approach));
        let witness = Witness { keys, seen: RefCell::default() };
        let scene = documents.scene(seen.exchange, &paths, &witness);
        // What the checks say now does not matter, only what they ask.
        if let Some(step) = step {
            step.expect.checks.iter().filter(|check| asks(check)).for_each(|check| drop(check.evaluate(&scene)));
        }
        let value = |axis: &str| seen.planned.variant.value(axis);
        let rules = self
            .suite
            .rules
            .iter()
            .filter(|rule| rule.checks.iter().any(asks) && rule.applies(Some(answer.kind), value));
        rules.for_each(|rule| drop(rule.evaluate_only(&scene, asks)));
        Observed { facts: witness.seen.into_inner(), opened }
    }
}

/// Whether a check asks something that only the holder of the secrets can answer.
fn asks(check: &Check) -> bool {
    matches!(check.statement, Statement::Holds(_))
}

/// The token as the relying party reads it, if it is encrypted to a key that we have.
fn open(tree: &Tree, token: Node, keys: &DecryptionKeys) -> Option<String> {
    let encrypted = matches!(tree.name(token).local, "EncryptedAssertion" | "EncryptedData");
    let plain = encrypted.then(|| xenc::decrypt(tree, token, keys).ok())??.plaintext;
    String::from_utf8(plain).ok()
}

/// Answers predicates with keys, and remembers each answer by its name.
struct Witness<'k> {
    keys: &'k CryptoPredicates,
    seen: RefCell<BTreeMap<String, Fact>>,
}

impl Predicates for Witness<'_> {
    fn holds(&self, name: &str, tree: &Tree, node: Node, scene: &Scene<'_>) -> Option<Holding> {
        let key = scene.fact_key(name, tree, node);
        if let Some(fact) = self.seen.borrow().get(&key) {
            return Some(Holding::from(fact));
        }
        let holding = self.keys.holds(name, tree, node, scene)?;
        self.seen.borrow_mut().insert(key, Fact::from(holding.clone()));
        Some(holding)
    }
}
