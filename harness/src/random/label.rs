//! What a sound service must make of a message, computed from the message itself: its differences from the golden
//! request, each given a label by its place and kind, and the lowest of all.

mod difference;
mod reading;

use serde::{Deserialize, Serialize};
use stsproof_judge::gate::Refusal;
use stsproof_judge::time::Time;

pub use difference::{Difference, Kind, differences};
pub(super) use reading::is_legal;

use super::data::Data;
use super::script::Stroke;

/// The lattice: the lowest of several counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// No token, no positive status.
    Reject,
    /// Either answer, under the invariants.
    #[default]
    May,
    /// A token, with the meaning of the golden one.
    Accept,
}

/// A label with what decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The label.
    pub label: Label,
    /// The first difference that brought it so low, in words.
    pub because: String,
    /// The row of the register that says so, where there is one.
    pub clause: Option<String>,
}

/// What a label needs to know besides the message.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact about the message")]
pub struct Context<'a> {
    /// The table of regions.
    pub data: &'a Data,
    /// SOAP 1.2, or 1.1.
    pub is_soap_12: bool,
    /// WS-Addressing 1.0, or its forerunner.
    pub is_addressing_10: bool,
    /// Whether the password is a digest, so that what stands beside it is covered by it.
    pub is_digest: bool,
    /// Whether the message has any header of WS-Addressing left.
    pub has_addressing: bool,
    /// Whether an answer is wanted at all.
    pub wants_reply: bool,
    /// Whether it is another user's own message.
    pub is_other_account: bool,
    /// When the message is sent.
    pub now: Time,
    /// The relying parties that the service knows.
    pub known: &'a [String],
    /// The relying party that it does not know.
    pub unknown: &'a str,
}

impl Label {
    /// The name by which tables and reports call it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::May => "may",
            Self::Accept => "accept",
        }
    }

    /// As a sentence has it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reject => "must be refused",
            Self::May => "may be accepted or refused",
            Self::Accept => "must be accepted",
        }
    }
}

impl Verdict {
    /// A label for a reason.
    pub fn new(label: Label, because: impl Into<String>) -> Self {
        Self { label, because: because.into(), clause: None }
    }

    /// The lower of the two; of equals the first.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if other.label < self.label { other } else { self }
    }

    /// The label of bytes that no strict reader takes for a message.
    pub fn of_refusal(refusal: &Refusal, is_soap_12: bool) -> Self {
        use stsproof_judge::gate::Reason;
        // What is only too big, or in an encoding that a service need not know, is not wrong by the specifications.
        let is_open = refusal.reason.is_limit() || refusal.reason == Reason::UnknownEncoding;
        // Only the HTTP binding of SOAP 1.2 speaks of what is malformed.
        let clause = match (refusal.reason == Reason::Doctype, is_soap_12) {
            (true, _) => reading::of_version("soap.12.no-dtd", is_soap_12),
            (false, true) => Some("soap.http.malformed-400"),
            (false, false) => Some("wst.fault.soap-fault"),
        };
        Self {
            label: if is_open { Label::May } else { Label::Reject },
            because: format!("not what SOAP allows: {}", refusal.detail),
            clause: clause.map(str::to_owned),
        }
    }

    /// The label of a message by its differences from the golden one.
    pub fn of(found: &[Difference], context: &Context<'_>) -> Self {
        let golden = Self::new(Label::Accept, "no difference that a reader could see");
        found.iter().map(|difference| reading::verdict(difference, context)).fold(golden, Self::and)
    }
}

/// The label that operators promise together, where what each of them does is independent of the others.
pub fn promised(strokes: &[Stroke]) -> Option<Label> {
    let overlap = |a: &Stroke, b: &Stroke| below(&a.role, &b.role) || below(&b.role, &a.role);
    let independent =
        strokes.iter().enumerate().all(|(at, one)| strokes[..at].iter().all(|other| !overlap(one, other)));
    if !independent {
        return None;
    }
    strokes.iter().map(|stroke| stroke.promise).try_fold(Label::Accept, |lowest, promise| Some(lowest.min(promise?)))
}

/// Whether what was promised and what the finished message says exclude each other. Then one of our two readings of it
/// is wrong. A promise of `may` binds nobody.
pub fn conflict(promised: Option<Label>, found: Label) -> bool {
    match promised {
        Some(Label::Accept) => found != Label::Accept,
        Some(Label::Reject) => found != Label::Reject,
        Some(Label::May) | None => false,
    }
}

/// Whether a place is another one, or inside it.
fn below(place: &str, other: &str) -> bool {
    place.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::super::script::Phase;
    use super::*;
    use crate::change::Operator;

    fn stroke(role: &str, promise: Option<Label>) -> Stroke {
        let operator = Operator::Drop { path: format!("/{role}") };
        Stroke { phase: Phase::Change, operator, role: role.to_owned(), promise, relation: None }
    }

    #[test]
    fn the_lowest_promise_counts_where_operators_are_independent() {
        let (accept, may, reject) = (Some(Label::Accept), Some(Label::May), Some(Label::Reject));
        assert_eq!(promised(&[]), accept);
        assert_eq!(promised(&[stroke("a/b", accept), stroke("a/c", may)]), may);
        assert_eq!(promised(&[stroke("a/b", accept), stroke("a/c", reject), stroke("a/d", may)]), reject);
        assert_eq!(promised(&[stroke("a/b", reject), stroke("a/c", None)]), None);
    }

    #[test]
    fn operators_on_one_place_promise_nothing_together() {
        let (accept, reject) = (Some(Label::Accept), Some(Label::Reject));
        assert_eq!(promised(&[stroke("a/b", accept), stroke("a/b/c", reject)]), None);
        assert_eq!(promised(&[stroke("a/b", reject), stroke("a/b", reject)]), None);
        assert_eq!(promised(&[stroke("a/b", accept), stroke("a/bc", reject)]), reject);
    }

    #[test]
    fn only_a_promise_can_be_broken() {
        assert!(conflict(Some(Label::Accept), Label::May) && conflict(Some(Label::Reject), Label::Accept));
        assert!(conflict(Some(Label::Reject), Label::May));
        assert!(!conflict(Some(Label::May), Label::Reject) && !conflict(None, Label::Reject));
    }
}
