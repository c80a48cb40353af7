//! Reads the files of the answers, and says what is wrong with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_spanned::Spanned;

use super::{Answer, Answers, Client, Form, INIT, USUAL, Words};
use crate::case::hostile::Severity;
use crate::case::model::Case;
use crate::case::words::Words as Names;
use crate::case::{load, raw};
use crate::nearest::did_you_mean;
use crate::problem::{Problem, Text};
use crate::source::{File, Source};
use crate::verdict::Verdict;

/// What the words mean.
const WORDS: &str = "answers/words.toml";

/// What is filled in besides what fills a request.
const OF_THE_ANSWER: [&str; 6] = ["here", "elsewhere", "request-id", "earlier-id", "context", "number"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    answer: Vec<Spanned<RawAnswer>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawAnswer {
    id: String,
    title: String,
    severity: Severity,
    client: Client,
    makes: Option<String>,
    needs: Vec<String>,
    oracles: Vec<String>,
    asks: Option<String>,
    ends: Option<Verdict>,
    because: Option<String>,
    #[serde(default)]
    form: Vec<Form>,
}

/// What answers are held against.
struct Reader<'a> {
    names: &'a Names<'a>,
    cases: &'a [Case],
    words: Words,
    taken: BTreeSet<String>,
}

impl Answers {
    /// Reads every file of answers among those of a suite; every mistake is added to `problems`.
    pub(crate) fn read(
        source: &Source,
        files: &[File],
        names: &Names<'_>,
        cases: &[Case],
        problems: &mut Vec<Problem>,
    ) -> Self {
        let words = files.iter().find(|file| file.path == WORDS);
        let words = words.and_then(|file| parse(&load::text(source, file, problems)?, problems)).unwrap_or_default();
        let mut reader = Reader { names, cases, words, taken: BTreeSet::new() };
        let mut answers = Vec::new();
        for file in files.iter().filter(|file| file.path != WORDS) {
            let layer = file.path.strip_prefix("answers/").and_then(|name| name.strip_suffix(".toml"));
            let Some((layer, text)) = layer.zip(load::text(source, file, problems)) else { continue };
            let Some(raw) = parse::<RawFile>(&text, problems) else { continue };
            for one in raw.answer {
                let at = one.span();
                let mut wrong = Vec::new();
                answers.push(reader.answer(layer, one.into_inner(), &mut wrong));
                problems.extend(
                    wrong.into_iter().map(|(message, help)| Problem::at(&text, at.clone(), message).help(help)),
                );
            }
        }
        Self { answers, words: reader.words }
    }
}

type Wrong = Vec<(String, String)>;

impl Reader<'_> {
    fn answer(&mut self, layer: &str, raw: RawAnswer, wrong: &mut Wrong) -> Answer {
        let id = raw.id.clone();
        if !self.taken.insert(id.clone()) {
            wrong.push((format!("`{id}` is there twice"), "an id names one answer".to_owned()));
        }
        let unknown = |kind: &str, name: &String, known: Vec<&String>, wrong: &mut Wrong| {
            let help = did_you_mean(name, known.into_iter().map(String::as_str), &format!("`{WORDS}` has them"));
            wrong.push((format!("`{id}`: there is no {kind} `{name}`"), help));
        };
        for name in raw.needs.iter().filter(|name| !self.words.need.contains_key(*name)) {
            unknown("need", name, self.words.need.keys().collect(), wrong);
        }
        for name in raw.oracles.iter().filter(|name| !self.words.oracle.contains_key(*name)) {
            unknown("oracle", name, self.words.oracle.keys().collect(), wrong);
        }
        let mut forms = Vec::new();
        for mut form in raw.form.into_iter().flat_map(Form::spread) {
            form.client = form.client.or(Some(raw.client));
            form.asks = form.asks.or_else(|| raw.asks.clone()).or_else(|| Some(USUAL.to_owned()));
            // A reason is a reason for the ending beside it.
            let own = form.ends.is_some();
            form.ends = form.ends.or(raw.ends);
            form.because = form.because.or_else(|| raw.because.clone().filter(|_| !own));
            self.form(&id, &form, wrong);
            if forms.iter().any(|other: &Form| other.name == form.name) {
                wrong.push((format!("`{id}` has two forms `{}`", form.name), "name each".to_owned()));
            }
            forms.push(form);
        }
        if forms.is_empty() {
            wrong.push((format!("`{id}` has no form"), "add `form = [{ … }]`: what is served".to_owned()));
        }
        let (title, severity, needs, oracles, makes) = (raw.title, raw.severity, raw.needs, raw.oracles, raw.makes);
        Answer { id: raw.id, layer: layer.to_owned(), title, severity, needs, oracles, makes, forms }
    }

    fn form(&self, id: &str, form: &Form, wrong: &mut Wrong) {
        let place = |message: String| format!("`{id}`, form `{}`: {message}", form.name);
        let asks = form.asks.as_deref().unwrap_or_default();
        let case = asks.split('@').next().unwrap_or_default();
        if asks != INIT && !self.cases.iter().any(|known| known.id.0 == case) {
            let known = self.cases.iter().map(|case| case.id.0.as_str()).chain([INIT]);
            wrong.push((place(format!("there is no case `{case}`")), did_you_mean(case, known, "`stsproof list`")));
        }
        let catalogue: Vec<&str> = mock_sts::wrong::catalogue().iter().map(|wrong| wrong.name).collect();
        for name in form.wrong.iter().flat_map(|names| names.split(',')).filter(|name| !catalogue.contains(name)) {
            let help = did_you_mean(name, catalogue.iter().copied(), "`mock-sts wrong` lists them");
            wrong.push((place(format!("the mock has no misbehaviour `{name}`")), help));
        }
        let resigned = form.resign.iter().flat_map(|one| one.digest.iter().chain([&one.at])).map(String::as_str);
        let operated = form.ask.iter().chain(&form.change).flat_map(|operator| operator.paths());
        for path in operated.chain(resigned) {
            wrong.extend(self.names.path(path).err().map(|error| (place(error.message), error.help)));
        }
        let own = OF_THE_ANSWER.map(str::to_owned).into_iter().collect();
        for text in form.texts() {
            let holes = Names::placeholders(&text, &own).into_iter();
            wrong.extend(holes.map(|(error, _)| (place(error.message), error.help)));
        }
        ending(form, &mut |message: &str, help: &str| wrong.push((place(message.to_owned()), help.to_owned())));
    }
}

/// How a run ends is told, and where it is not how a client would end, why.
fn ending(form: &Form, tell: &mut dyn FnMut(&str, &str)) {
    let Some((ends, client)) = form.ends.zip(form.client) else {
        return tell("nobody says how a run ends on it", "add `ends`, to the form or to the answer");
    };
    let excused = form.because.as_ref().is_some_and(|reason| !reason.is_empty());
    let as_a_client = match client {
        Client::MustReject | Client::ShouldReject | Client::MustSurfaceFault => {
            matches!(ends, Verdict::Fail | Verdict::Error | Verdict::Warn)
        }
        Client::MustAccept => matches!(ends, Verdict::Pass | Verdict::Note),
        Client::MayAccept => true,
    };
    if !as_a_client && !excused {
        tell(
            &format!("a client `{}`, and a run ends in `{}`", client.word(), ends.word()),
            "say why in `because`, or find out which of the two is wrong",
        );
    }
}

fn parse<T: serde::de::DeserializeOwned>(file: &Arc<Text>, problems: &mut Vec<Problem>) -> Option<T> {
    toml::from_str(&file.text).map_err(|error| problems.push(raw::syntax(file, &error))).ok()
}
