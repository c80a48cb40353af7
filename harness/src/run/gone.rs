//! A target that goes away in the middle takes answers with it: what it was about to say then speaks neither for it nor
//! against it.

use stsproof_judge::time::{Span, Time};

use crate::exchange::transcript::{Break, Exchange, Outcome, Stop, StopReason, Transcript};

/// A target that answered before and that nobody can connect to now.
pub(super) fn went_away(transcript: &Transcript) -> Option<&str> {
    match &transcript.exchanges.last()?.outcome {
        Outcome::Broken { how: Break::Unreachable | Break::Unresolved, because, .. } => Some(because),
        Outcome::Broken { .. } | Outcome::Answered(_) => None,
    }
}

/// Takes the connections that broke with the target out of the transcripts, and says which transcripts those are. A
/// connection that broke while the target went on answering is the target's own doing, and stays.
pub(super) fn set_aside(transcripts: &mut [Option<Transcript>], because: &str) -> Vec<usize> {
    let exchanges = transcripts.iter().flatten().flat_map(|transcript| &transcript.exchanges);
    let alive = exchanges.filter(|exchange| matches!(exchange.outcome, Outcome::Answered(_))).filter_map(sent).max();
    let mut changed = Vec::new();
    for (index, transcript) in transcripts.iter_mut().enumerate() {
        let Some(transcript) = transcript else { continue };
        let Some(last) = transcript.exchanges.last().filter(|last| broke_off(last)) else { continue };
        // Nothing that was asked after it broke was answered.
        if alive.zip(ended(last)).is_none_or(|(alive, ended)| alive <= ended) {
            transcript.exchanges.pop();
            transcript.stopped = Some(Stop { reason: StopReason::Gone, because: because.to_owned() });
            changed.push(index);
        }
    }
    changed
}

fn broke_off(exchange: &Exchange) -> bool {
    matches!(exchange.outcome, Outcome::Broken { how: Break::Dropped | Break::Truncated, .. })
}

fn sent(exchange: &Exchange) -> Option<Time> {
    Time::parse(&exchange.sent).ok()
}

fn ended(exchange: &Exchange) -> Option<Time> {
    Some(sent(exchange)?.plus(Span::from_nanos(i128::from(exchange.millis) * 1_000_000)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::case::model::{CaseId, Variant};
    use crate::exchange::transcript::{HttpRequest, HttpResponse};

    fn transcript(second: u32, outcome: Outcome) -> Transcript {
        let request = HttpRequest { method: "POST".into(), url: String::new(), headers: Vec::new(), body: Vec::new() };
        let sent = format!("2026-01-15T12:00:{second:02}Z");
        let (values, facts) = (BTreeMap::new(), BTreeMap::new());
        let exchange = Exchange { step: "s".into(), request, outcome, values, sent, millis: 500, facts, opened: None };
        let empty = Transcript::empty(CaseId("issue/a".into()), Variant(BTreeMap::new()));
        Transcript { exchanges: vec![exchange], ..empty }
    }

    fn broken(how: Break) -> Outcome {
        Outcome::Broken { how, because: "it broke".into(), received: Vec::new() }
    }

    fn answered() -> Outcome {
        Outcome::Answered(HttpResponse { status: 200, headers: Vec::new(), body: Vec::new() })
    }

    #[test]
    fn what_broke_with_the_target_is_set_aside_and_what_broke_before_is_not() {
        let mut run = [
            Some(transcript(1, broken(Break::Dropped))),
            Some(transcript(2, answered())),
            Some(transcript(3, broken(Break::Dropped))),
            None,
            Some(transcript(4, broken(Break::Unreachable))),
        ];
        assert_eq!(set_aside(&mut run, "the target went away"), [2]);
        let [first, _, third, _, last] = &run;
        assert_eq!(first.as_ref().map(|first| first.exchanges.len()), Some(1), "the target lived on");
        let stop = third.as_ref().and_then(|third| third.stopped.clone()).expect("it stopped");
        assert_eq!((stop.reason, &*stop.because), (StopReason::Gone, "the target went away"));
        assert!(last.as_ref().is_some_and(|last| went_away(last).is_some()), "that is how it shows");
    }
}
