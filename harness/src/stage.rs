//! Sets the scene on which checks are played: documents, values and paths of one exchange.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use stsproof_judge::check::{Holding, Predicates, Scene, Token};
use stsproof_judge::gate::{Limits, Refusal};
use stsproof_judge::path::{Namespaces, Paths};
use stsproof_judge::time::Time;
use stsproof_judge::tree::{Node, Tree};
use stsproof_judge::trust::{Answer, CutOut};

use crate::case::model::Variant;
use crate::exchange::keep;
use crate::exchange::transcript::{Exchange, Fact, Outcome};
use crate::suite::Suite;
use crate::vocabulary::Vocabulary;

/// Paths for every variant, made once.
pub struct Stage<'s> {
    vocabulary: &'s Vocabulary,
    paths: Mutex<HashMap<Variant, Arc<Paths>>>,
}

/// The documents of one exchange, read once for all checks.
pub(crate) struct Documents {
    answer: Result<Tree, Refusal>,
    request: Option<Tree>,
    token: Cut,
}

enum Cut {
    Document(Box<Tree>),
    Absent,
    Sealed(String),
    Unreadable(String),
}

/// Facts that were found out while the secrets were there.
pub(crate) struct Facts<'f>(pub(crate) &'f BTreeMap<String, Fact>);

impl<'s> Stage<'s> {
    /// A stage for one suite.
    pub fn new(suite: &'s Suite) -> Self {
        Self { vocabulary: &suite.vocabulary, paths: Mutex::default() }
    }

    /// The evaluator with the prefixes of a variant.
    pub(crate) fn paths(&self, variant: &Variant) -> Arc<Paths> {
        let mut known = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let new = |variant: &Variant| Arc::new(Paths::new(&Namespaces(self.vocabulary.bindings(variant))));
        Arc::clone(known.entry(variant.spoken()).or_insert_with_key(new))
    }
}

impl Documents {
    /// Reads what was sent and what came; `opened` is the issued token where it was encrypted.
    pub(crate) fn of(exchange: &Exchange, opened: Option<&str>) -> Self {
        let answer = match &exchange.outcome {
            Outcome::Answered(http) => Tree::read(&http.body, http.charset(), &Limits::default()),
            Outcome::Broken { .. } => Tree::read(b"", None, &Limits::default()),
        };
        let request = Tree::read(&exchange.request.body, None, &Limits::default()).ok();
        let token = answer.as_ref().map_or(Cut::Absent, |tree| cut(tree, opened));
        Self { answer, request, token }
    }

    /// The answer, if it is a document.
    pub(crate) fn answer(&self) -> Option<&Tree> {
        self.answer.as_ref().ok()
    }

    /// The scene for the checks of one exchange.
    pub(crate) fn scene<'a>(
        &'a self,
        exchange: &'a Exchange,
        paths: &'a Paths,
        predicates: &'a dyn Predicates,
    ) -> Scene<'a> {
        let (status, headers, body): (u16, &[_], &[u8]) = match &exchange.outcome {
            Outcome::Answered(http) => (http.status, &http.headers, &http.body),
            Outcome::Broken { received, .. } => (0, &[], received),
        };
        Scene {
            status,
            headers,
            body,
            answer: self.answer.as_ref(),
            token: match &self.token {
                Cut::Document(tree) => Token::Document(tree),
                Cut::Absent => Token::Absent,
                Cut::Sealed(because) => Token::Sealed(because),
                Cut::Unreadable(because) => Token::Unreadable(because),
            },
            request: self.request.as_ref(),
            values: &exchange.values,
            paths,
            now: Time::parse(&exchange.sent).unwrap_or_else(|_| Time::from_unix_nanos(0)),
            predicates,
        }
    }
}

/// The issued token, cut out of the answer as a client does it, or opened when it is encrypted.
fn cut(tree: &Tree, opened: Option<&str>) -> Cut {
    let Some(node) = Answer::of(tree).and_then(|answer| answer.token()) else { return Cut::Absent };
    let encrypted = matches!(tree.name(node).local, "EncryptedAssertion" | "EncryptedData");
    match (encrypted, opened) {
        (true, None) => Cut::Sealed("it is encrypted, and the profile gives no key of the relying party".to_owned()),
        (true, Some(text)) => match Tree::from_text(text) {
            Ok(token) => Cut::Document(Box::new(token)),
            Err(refusal) => Cut::Unreadable(refusal.to_string()),
        },
        (false, _) => {
            let cut = CutOut::of(tree, node);
            // That names are declared around it is one fault, told by a rule; what they stand for is known all the same.
            let read = if cut.survives() { cut.tree } else { Tree::from_text(&keep::cut(tree, node)) };
            match read {
                Ok(token) => Cut::Document(Box::new(token)),
                Err(refusal) => Cut::Unreadable(refusal.to_string()),
            }
        }
    }
}

impl Predicates for Facts<'_> {
    fn holds(&self, name: &str, tree: &Tree, node: Node, scene: &Scene<'_>) -> Option<Holding> {
        self.0.get(&scene.fact_key(name, tree, node)).map(Holding::from)
    }
}
