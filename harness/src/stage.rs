//! Sets the scene on which checks are played: documents, values and paths of one exchange.

use std::collections::BTreeMap;
use std::sync::Arc;

use stsproof_judge::check::{Holding, Predicates, Scene, Token};
use stsproof_judge::gate::{Limits, Refusal};
use stsproof_judge::path::Paths;
use stsproof_judge::time::Time;
use stsproof_judge::tree::{Node, Tree};
use stsproof_judge::trust::{Answer, CutOut};

use crate::exchange::keep;
use crate::exchange::transcript::{Exchange, Fact, Outcome};

/// The documents of one exchange, read once for all checks.
pub(crate) struct Documents {
    answer: Result<Arc<Tree>, Refusal>,
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

impl Documents {
    /// Reads what was sent and what came; `opened` is the issued token where it was encrypted.
    pub(crate) fn of(exchange: &Exchange, opened: Option<&str>) -> Self {
        let answer = answer(exchange);
        let request = Tree::read(&exchange.request.body, None, &Limits::default()).ok();
        let token = answer.as_ref().map_or(Cut::Absent, |tree| cut(tree, opened));
        Self { answer, request, token }
    }

    /// The same, with the issued token as it was opened.
    pub(crate) fn opened(mut self, opened: &str) -> Self {
        self.token = self.answer.as_ref().map_or(Cut::Absent, |tree| cut(tree, Some(opened)));
        self
    }

    /// The answer, if it is a document.
    pub(crate) fn answer(&self) -> Option<&Arc<Tree>> {
        self.answer.as_ref().ok()
    }

    /// The issued token by itself, if it can be read.
    pub(crate) fn token(&self) -> Option<&Tree> {
        match &self.token {
            Cut::Document(tree) => Some(tree),
            Cut::Absent | Cut::Sealed(_) | Cut::Unreadable(_) => None,
        }
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
            answer: self.answer.as_deref(),
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

/// The answer as a document.
pub(crate) fn answer(exchange: &Exchange) -> Result<Arc<Tree>, Refusal> {
    let (body, charset): (&[u8], _) = match &exchange.outcome {
        Outcome::Answered(http) => (&http.body, http.charset()),
        Outcome::Broken { .. } => (b"", None),
    };
    Tree::read(body, charset, &Limits::default()).map(Arc::new)
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
