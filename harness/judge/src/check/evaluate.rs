//! Evaluating a check: from a scene to findings.

use std::borrow::Cow;

use super::{Check, Comparison, Look, Order, Pattern, Reference, Statement};
use crate::finding::{Document, Finding, Outcome, shorten};
use crate::predicate;
use crate::scene::{Scene, Token};
use crate::time::Time;
use crate::tree::{Node, Tree};

/// How many broken nodes of one check are told one by one.
const TOLD: usize = 5;

impl Check {
    /// What came of it, at least one finding: one if the statement holds, else one for each node that breaks it.
    pub fn evaluate(&self, scene: &Scene<'_>) -> Vec<Finding> {
        match self.judge(scene) {
            Ok(findings) => findings,
            Err(stop) => vec![self.finding(stop.outcome, stop.message)],
        }
    }

    fn judge(&self, scene: &Scene<'_>) -> Result<Vec<Finding>, Stop> {
        if let Some(path) = &self.when_request {
            let Some(request) = scene.request else { return Err(silent("what was sent is no document")) };
            if !truth(scene, request, path)? {
                return Err(silent("`when-request` is false"));
            }
        }
        let tree = match self.look {
            Look::At(_) => Some(self.tree(scene)?),
            _ => None,
        };
        if let Some(path) = &self.when {
            let tree = tree.map_or_else(|| self.tree(scene), Ok)?;
            if !truth(scene, tree, path)? {
                return Err(silent("`when` is false"));
            }
        }
        let items = self.items(scene, tree)?;
        if let Some(findings) = self.count(&items) {
            return Ok(findings);
        }
        if items.is_empty() {
            let (outcome, message) = if self.optional {
                (Outcome::NotApplicable, format!("{} is not there, which is fine", self.subject()))
            } else {
                (Outcome::Broken, format!("{} is missing in the {}", self.subject(), self.document))
            };
            return Ok(vec![self.finding(outcome, message)]);
        }
        self.each(scene, &items)
    }

    fn each(&self, scene: &Scene<'_>, items: &[Item<'_>]) -> Result<Vec<Finding>, Stop> {
        let mut broken = Vec::new();
        let mut open = Vec::new();
        let mut held = None;
        for item in items {
            match self.about(scene, item)? {
                Verdict::Holds(because) if self.some => return Ok(vec![self.on(item, Outcome::Holds, &because, None)]),
                Verdict::Holds(because) => held = held.or_else(|| Some(self.on(item, Outcome::Holds, &because, None))),
                Verdict::HoldsSoFar(because) => held = Some(self.on(item, Outcome::Open, &because, None)),
                Verdict::Open(because) => open.push(self.on(item, Outcome::NotApplicable, &because, None)),
                Verdict::Breaks { because, expected } => {
                    broken.push(self.on(item, Outcome::Broken, &because, expected));
                }
            }
        }
        let more = broken.len().saturating_sub(TOLD);
        broken.truncate(TOLD);
        if let Some(last) = broken.last_mut().filter(|_| more > 0) {
            last.message = format!("{} (and {more} more like it)", last.message);
        }
        if self.some && !open.is_empty() {
            return Ok(open); // One that could not be told might be the one.
        }
        if !broken.is_empty() {
            if self.some {
                broken.truncate(1);
                let all = if items.len() == 1 { String::new() } else { format!("none of {}: ", items.len()) };
                broken[0].message = format!("{all}{}", broken[0].message);
            }
            return Ok(broken);
        }
        Ok(held.map_or(open, |held| vec![held]))
    }

    fn tree<'s>(&self, scene: &Scene<'s>) -> Result<&'s Tree, Stop> {
        match self.document {
            Document::Answer => scene.answer.map_err(|refusal| {
                let message = if scene.body.is_empty() {
                    "the answer has no body".to_owned()
                } else {
                    format!("the answer is no XML that may be read: {refusal}")
                };
                Stop { outcome: Outcome::Broken, message }
            }),
            Document::Request => scene.request.ok_or_else(|| silent("what was sent is no document")),
            Document::Token => match scene.token {
                Token::Document(tree) => Ok(tree),
                Token::Absent => Err(silent("there is no token in the answer")),
                Token::Sealed(because) => Err(silent(because)),
                Token::Unreadable(because) => Err(Stop {
                    outcome: Outcome::Broken,
                    message: format!("the token cannot be read outside of the answer: {because}"),
                }),
            },
        }
    }

    fn items<'s>(&self, scene: &Scene<'s>, tree: Option<&'s Tree>) -> Result<Vec<Item<'s>>, Stop> {
        let plain = |text: Cow<'s, str>| Item { text, node: None };
        Ok(match (&self.look, tree) {
            (Look::At(path), Some(tree)) => {
                let nodes = select(scene, tree, path)?;
                nodes
                    .into_iter()
                    .map(|node| Item { text: tree.text_of(node).into(), node: Some((tree, node)) })
                    .collect()
            }
            (Look::Header(name), _) => scene.header(name).map(|value| plain(Cow::Borrowed(value))).collect(),
            (Look::Status, _) => vec![plain(scene.status.to_string().into())],
            (Look::Body, _) if scene.body.is_empty() => Vec::new(),
            (Look::Body, _) => vec![plain(String::from_utf8_lossy(scene.body))],
            (Look::At(_), None) => Vec::new(),
        })
    }

    fn count(&self, items: &[Item<'_>]) -> Option<Vec<Finding>> {
        let (comparison, wanted) = match self.statement {
            Statement::Present => (Comparison::AtLeast, 1),
            Statement::Absent => (Comparison::AtMost, 0),
            Statement::Count(comparison, wanted) => (comparison, wanted),
            _ => return None,
        };
        let found = items.len();
        let holds = match comparison {
            Comparison::Exactly => found == wanted,
            Comparison::AtLeast => found >= wanted,
            Comparison::AtMost => found <= wanted,
        };
        let number = match comparison {
            Comparison::Exactly => wanted.to_string(),
            Comparison::AtLeast => format!("at least {wanted}"),
            Comparison::AtMost if wanted == 0 => "none".to_owned(),
            Comparison::AtMost => format!("at most {wanted}"),
        };
        let message = match (holds, found, wanted) {
            (true, ..) => format!("{} is there {found} times, as expected", self.subject()),
            (false, 0, _) => format!("{} is missing in the {}", self.subject(), self.document),
            (false, _, 0) => format!("{} must not be there", self.subject()),
            (false, ..) => format!("{} is there {found} times, expected {number}", self.subject()),
        };
        let mut finding = self.finding(if holds { Outcome::Holds } else { Outcome::Broken }, message);
        // The place that helps: the one too many.
        let telling = items.get(if found > wanted { wanted } else { 0 }).or(items.first());
        if let Some(item) = telling.filter(|_| !holds) {
            self.locate(&mut finding, item);
        }
        finding.expected = Some(number);
        finding.found = Some(found.to_string());
        Some(vec![finding])
    }

    fn about(&self, scene: &Scene<'_>, item: &Item<'_>) -> Result<Verdict, Stop> {
        let text = &*item.text;
        let quoted = |text: &str| format!("\"{}\"", shorten(text, 120));
        Ok(match &self.statement {
            Statement::Equals(wanted) => {
                let wanted = fill(scene, wanted)?;
                decide(text == wanted, &format!("must be {}", quoted(&wanted)), Some(&wanted))
            }
            Statement::Not(unwanted) => {
                let unwanted = fill(scene, unwanted)?;
                decide(text != unwanted, &format!("must not be {}", quoted(&unwanted)), None)
            }
            Statement::OneOf(texts) => {
                let texts = texts.iter().map(|text| fill(scene, text)).collect::<Result<Vec<_>, _>>()?;
                let list = texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ");
                decide(texts.iter().any(|wanted| *wanted == text), &format!("must be one of {list}"), Some(&list))
            }
            Statement::Matches(pattern) => {
                let holds = matches(scene, pattern, text)?;
                decide(holds, &format!("must match `{}`", pattern.source()), Some(pattern.source()))
            }
            Statement::Form(form) => match form.complaint(text, item.node) {
                None => Verdict::Holds(format!("is {}", form.label())),
                Some(because) => decide(false, &format!("must be {}: {because}", form.label()), Some(form.label())),
            },
            Statement::Order(order, bound) => in_order(scene, item, *order, bound)?,
            Statement::Within(span, of) => {
                let bound = bound(scene, item, of)?;
                let time = match Time::parse(text) {
                    Ok(time) => time,
                    Err(error) => {
                        return Ok(decide(false, &format!("must be an xs:dateTime: {}", error.because), None));
                    }
                };
                let distance = time.since(bound).length();
                let words = format!("must be within {span} of {bound}: it is {distance} away");
                decide(distance <= *span, &words, Some(&format!("{bound} \u{b1} {span}")))
            }
            Statement::SameAs(other) => {
                let others = texts(scene, item, other)?;
                let list = others.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" or ");
                let words = format!("must be the same as {}, which is {list}", reference_words(other));
                decide(others.iter().any(|other| other == text), &words, others.first().map(String::as_str))
            }
            Statement::DiffersFrom(path) => {
                let other = Reference::Here(path.clone());
                let others = texts(scene, item, &other)?;
                let words = format!("must differ from {}", reference_words(&other));
                decide(others.iter().all(|other| other != text), &words, None)
            }
            Statement::Holds(name) => {
                let Some((tree, node)) = item.node else { return Err(unusable("a predicate is about nodes")) };
                match predicate::holds(name, tree, node, scene) {
                    None => Verdict::Open(format!("`{name}` cannot be told here: no key, or no untouched bytes")),
                    Some(predicate::Holding { holds: true, because, open: Some(open) }) => {
                        Verdict::HoldsSoFar(format!("`{name}`: {because}; {open}"))
                    }
                    Some(answer) if answer.holds => Verdict::Holds(format!("`{name}`: {}", answer.because)),
                    Some(answer) => {
                        Verdict::Breaks { because: format!("is not `{name}`: {}", answer.because), expected: None }
                    }
                }
            }
            Statement::Present | Statement::Absent | Statement::Count(..) => Verdict::Holds(String::new()),
        })
    }

    /// What is looked at, as the beginning of a sentence.
    fn subject(&self) -> String {
        match &self.look {
            Look::At(path) => format!("`{path}`"),
            Look::Header(name) => format!("the HTTP header `{name}`"),
            Look::Status => "the HTTP status".to_owned(),
            Look::Body => "the HTTP body".to_owned(),
        }
    }

    fn finding(&self, outcome: Outcome, message: String) -> Finding {
        let message = match &self.say {
            Some(say) if outcome == Outcome::Broken => format!("{say}: {message}"),
            _ => message,
        };
        Finding {
            outcome,
            // It may hold what the document says, line breaks and all.
            message: shorten(&message, 1000),
            expected: None,
            found: None,
            document: self.document,
            place: None,
            end: None,
            excerpt: None,
            clause: self.clause.clone(),
        }
    }

    fn on(&self, item: &Item<'_>, outcome: Outcome, because: &str, expected: Option<String>) -> Finding {
        let name = match item.node {
            Some((tree, node)) => format!("`{}`", name(tree, node)),
            None => self.subject(),
        };
        let value = match (&self.statement, &self.look) {
            (Statement::Holds(_), _) | (_, Look::Body) => String::new(),
            _ => format!(" is \"{}\", but", shorten(&item.text, 120)),
        };
        let message = match outcome {
            Outcome::Broken => format!("{name}{value} {because}"),
            _ => format!("{name} {because}"),
        };
        let mut finding = self.finding(outcome, message);
        finding.expected = expected;
        self.locate(&mut finding, item);
        finding
    }

    fn locate(&self, finding: &mut Finding, item: &Item<'_>) {
        finding.found = Some(shorten(&item.text, 400));
        if let Some((tree, node)) = item.node {
            finding.place = Some(tree.place(node));
            finding.end = Some(tree.end(node));
            finding.excerpt = Some(shorten(tree.source(node), 240));
        }
        debug_assert_eq!(finding.document, self.document, "a finding is about the document looked into");
    }
}

impl Order {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::NotBefore => "not-before",
            Self::NotAfter => "not-after",
        }
    }
}

/// Something that a statement is about.
struct Item<'s> {
    text: Cow<'s, str>,
    node: Option<(&'s Tree, Node)>,
}

enum Verdict {
    Holds(String),
    /// It holds, and something about it cannot be told here.
    HoldsSoFar(String),
    Breaks {
        because: String,
        expected: Option<String>,
    },
    Open(String),
}

/// The end of a check before its statement is reached.
struct Stop {
    outcome: Outcome,
    message: String,
}

fn silent(because: &str) -> Stop {
    Stop { outcome: Outcome::NotApplicable, message: because.to_owned() }
}

fn unusable(because: impl Into<String>) -> Stop {
    Stop { outcome: Outcome::Unusable, message: because.into() }
}

fn decide(holds: bool, rule: &str, expected: Option<&str>) -> Verdict {
    if holds {
        let fact =
            [("must not be", "is not"), ("must be", "is"), ("must match", "matches"), ("must differ", "differs")]
                .into_iter()
                .find_map(|(demand, fact)| rule.strip_prefix(demand).map(|rest| format!("{fact}{rest}")));
        Verdict::Holds(fact.unwrap_or_else(|| rule.to_owned()))
    } else {
        Verdict::Breaks { because: rule.to_owned(), expected: expected.map(str::to_owned) }
    }
}

fn in_order(scene: &Scene<'_>, item: &Item<'_>, order: Order, of: &str) -> Result<Verdict, Stop> {
    let bound = bound(scene, item, &Reference::Here(of.to_owned()))?;
    let time = match Time::parse(&item.text) {
        Ok(time) => time,
        Err(error) => return Ok(decide(false, &format!("must be an xs:dateTime: {}", error.because), None)),
    };
    let later = time.since(bound).nanos();
    let (holds, words) = match order {
        Order::Before => (later < 0, "before"),
        Order::After => (later > 0, "after"),
        Order::NotBefore => (later >= 0, "not before"),
        Order::NotAfter => (later <= 0, "not after"),
    };
    Ok(decide(holds, &format!("must be {words} {bound}"), Some(&format!("{words} {bound}"))))
}

fn fill<'t>(scene: &Scene<'_>, text: &'t str) -> Result<Cow<'t, str>, Stop> {
    scene.fill(text).map_err(|name| unusable(format!("`{{{{{name}}}}}` has no value in this exchange")))
}

fn select(scene: &Scene<'_>, tree: &Tree, path: &str) -> Result<Vec<Node>, Stop> {
    scene.paths.select(tree, &fill(scene, path)?).map_err(|error| unusable(error.to_string()))
}

fn truth(scene: &Scene<'_>, tree: &Tree, path: &str) -> Result<bool, Stop> {
    let value = scene.paths.value(tree, &fill(scene, path)?).map_err(|error| unusable(error.to_string()))?;
    Ok(value.truth())
}

fn matches(scene: &Scene<'_>, pattern: &Pattern, text: &str) -> Result<bool, Stop> {
    if let Some(compiled) = &pattern.compiled {
        return Ok(compiled.is_match(text));
    }
    let source = fill(scene, &pattern.source)?;
    Pattern::compile(&source).map(|compiled| compiled.is_match(text)).map_err(|error| unusable(error.to_string()))
}

/// The texts that a reference leads to. None at all: in the answer the target's fault, in what was sent ours.
fn texts(scene: &Scene<'_>, item: &Item<'_>, reference: &Reference) -> Result<Vec<String>, Stop> {
    let (tree, path) = match reference {
        Reference::Here(path) => (item.node.map(|(tree, _)| tree).or(scene.answer.ok()), path),
        Reference::Request(path) => (scene.request, path),
        Reference::Answer(path) => (scene.answer.ok(), path),
    };
    let Some(tree) = tree else { return Err(silent("there is no document to compare with")) };
    let texts: Vec<String> = select(scene, tree, path)?.into_iter().map(|node| tree.text_of(node)).collect();
    if !texts.is_empty() {
        return Ok(texts);
    }
    let message = format!("there is nothing to compare with: {} is missing", reference_words(reference));
    let outcome = if matches!(reference, Reference::Request(_)) { Outcome::Unusable } else { Outcome::Broken };
    Err(Stop { outcome, message })
}

/// The time that a reference leads to.
fn bound(scene: &Scene<'_>, item: &Item<'_>, reference: &Reference) -> Result<Time, Stop> {
    if let Reference::Here(text) = reference
        && let Ok(time) = Time::parse(&fill(scene, text)?)
    {
        return Ok(time);
    }
    let found = texts(scene, item, reference)?;
    let text = found.first().map(String::as_str).unwrap_or_default();
    Time::parse(text).map_err(|error| Stop {
        outcome: Outcome::Broken,
        message: format!("there is no time to compare with: {} is {error}", reference_words(reference)),
    })
}

fn reference_words(reference: &Reference) -> String {
    match reference {
        Reference::Here(path) => format!("`{path}`"),
        Reference::Request(path) => format!("`{path}` of the request"),
        Reference::Answer(path) => format!("`{path}` of the answer"),
    }
}

fn name(tree: &Tree, node: Node) -> String {
    let name = tree.name(node);
    let sign = if tree.is_attribute(node) { "@" } else { "" };
    match name.prefix {
        Some(prefix) => format!("{sign}{prefix}:{}", name.local),
        None if name.local.is_empty() => "text".to_owned(),
        None => format!("{sign}{}", name.local),
    }
}
