//! A target that goes away in the middle takes answers with it: what it was about to say then speaks neither for it nor
//! against it.

use stsproof_judge::time::{Span, Time};

use crate::exchange::transcript::{Break, Exchange, Outcome, Stop, StopReason, Transcript};

/// A target that answered before and that nobody can connect to now, or that leaves even the plainest request
/// unanswered that was sent behind one without an answer.
pub(super) fn went_away(transcript: &Transcript) -> Option<String> {
    let last = transcript.exchanges.last()?;
    let canary = transcript.canary.as_deref();
    if let Some(because) = [Some(last), canary].into_iter().flatten().find_map(nobody_there) {
        return Some(because.to_owned());
    }
    let canary = canary.filter(|canary| last.is_silence() && canary.is_silence())?;
    Some(match &canary.outcome {
        Outcome::Broken { because, .. } => format!("the plainest request is left unanswered, too: {because}"),
        Outcome::Answered(http) => format!("the plainest request gets HTTP {}, too", http.status),
    })
}

fn nobody_there(exchange: &Exchange) -> Option<&str> {
    match &exchange.outcome {
        Outcome::Broken { how: Break::Unreachable | Break::Unresolved, because, .. } => Some(because),
        Outcome::Broken { .. } | Outcome::Answered(_) => None,
    }
}

/// Takes what broke with the target out of the transcripts, and says which transcripts those are. What broke while the
/// target went on answering is the target's own doing, and stays.
pub(super) fn set_aside(transcripts: &mut [Option<Transcript>], because: &str) -> Vec<usize> {
    let exchanges = transcripts.iter().flatten().flat_map(|one| one.exchanges.iter().chain(one.canary.as_deref()));
    let alive = exchanges.filter(|exchange| !broke_off(exchange)).filter_map(sent).max();
    // Nothing that was asked after it broke was answered.
    let with_it = |exchange: &Exchange| {
        broke_off(exchange) && alive.zip(ended(exchange)).is_none_or(|(alive, ended)| alive <= ended)
    };
    let mut changed = Vec::new();
    for (index, transcript) in transcripts.iter_mut().enumerate() {
        let Some(transcript) = transcript else { continue };
        let (last, canary) = (transcript.exchanges.last().is_some_and(with_it), transcript.canary.as_deref());
        let canary = canary.is_some_and(with_it);
        if canary {
            transcript.canary = None;
        }
        if last {
            transcript.exchanges.pop();
            transcript.stopped = Some(Stop { reason: StopReason::Gone, because: because.to_owned() });
        }
        if last || canary {
            changed.push(index);
        }
    }
    changed
}

fn broke_off(exchange: &Exchange) -> bool {
    exchange.is_silence() || matches!(exchange.outcome, Outcome::Broken { how: Break::Truncated, .. })
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
        assert_eq!(set_aside(&mut run, "the target went away"), [2, 4]);
        let [first, _, third, _, last] = &run;
        assert_eq!(first.as_ref().map(|first| first.exchanges.len()), Some(1), "the target lived on");
        let stop = third.as_ref().and_then(|third| third.stopped.clone()).expect("it stopped");
        assert_eq!((stop.reason, &*stop.because), (StopReason::Gone, "the target went away"));
        assert!(last.as_ref().is_some_and(|last| last.exchanges.is_empty()), "nor does that speak against anybody");
    }

    #[test]
    fn a_target_is_gone_when_nobody_is_there_or_even_the_plainest_request_is_left_unanswered() {
        let status = |status| Outcome::Answered(HttpResponse { status, headers: Vec::new(), body: Vec::new() });
        let table = [
            (broken(Break::Unreachable), None, true),
            (broken(Break::TimedOut), None, false),
            (broken(Break::TimedOut), Some(answered()), false),
            (broken(Break::TimedOut), Some(broken(Break::TimedOut)), true),
            (status(502), Some(status(503)), true),
            (status(500), Some(broken(Break::TimedOut)), false),
            (answered(), Some(broken(Break::Unreachable)), true),
        ];
        for (last, canary, gone) in table {
            let words = format!("{last:?}, then {canary:?}");
            let mut one = transcript(1, last);
            one.canary = canary.and_then(|canary| transcript(2, canary).exchanges.pop()).map(Box::new);
            assert_eq!(went_away(&one).is_some(), gone, "{words}");
        }
    }
}
