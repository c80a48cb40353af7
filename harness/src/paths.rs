//! XPath with the prefixes of a variant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use stsproof_judge::path::{Namespaces, Paths};

use crate::case::model::Variant;
use crate::vocabulary::Vocabulary;

/// The evaluators of every variant, made once and shared between threads.
#[derive(Debug)]
pub struct VariantPaths<'v> {
    vocabulary: &'v Vocabulary,
    known: Mutex<HashMap<Variant, Arc<Paths>>>,
}

impl<'v> VariantPaths<'v> {
    /// None yet.
    pub fn new(vocabulary: &'v Vocabulary) -> Self {
        Self { vocabulary, known: Mutex::default() }
    }

    /// The evaluator with the prefixes of a variant.
    pub(crate) fn of(&self, variant: &Variant) -> Arc<Paths> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new = |variant: &Variant| Arc::new(Paths::new(&Namespaces(self.vocabulary.bindings(variant))));
        Arc::clone(known.entry(variant.spoken()).or_insert_with_key(new))
    }
}
