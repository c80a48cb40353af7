//! Whatever an STS answers: every rule comes to a finding without a panic, and every finding is one line.

#![no_main]

mod message;
mod vocabulary;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;
use std::sync::Mutex;

use libfuzzer_sys::fuzz_target;
use mock_sts::keys;
use stsproof_judge::addressing::Addressing;
use stsproof_judge::crypto::CryptoPredicates;
use stsproof_judge::gate::Limits;
use stsproof_judge::keys::{Certificate, DecryptionKeys, Keys, PrivateKey};
use stsproof_judge::path::Paths;
use stsproof_judge::rule::{Rule, Rules};
use stsproof_judge::saml::Assertion;
use stsproof_judge::scene::{Scene, Token};
use stsproof_judge::time::Time;
use stsproof_judge::tree::Tree;
use stsproof_judge::trust::{Answer, CutOut};
use stsproof_judge::xenc;

use message::{Message, charset};
use vocabulary::{Vocabulary, files, value};

/// What was sent stands behind what came.
const SENT: &[u8] = b"\n\nwhat was sent:\n\n";

/// When the seeds were made.
const NOW: &str = "2026-01-15T12:00:00Z";

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(vocabulary::read);

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rules =
        files("rules/").map(|(path, text)| toml::from_str::<Rules>(text).unwrap_or_else(|e| panic!("{path}: {e}")));
    rules.flat_map(|file| file.rules).collect()
});

static OPENS: LazyLock<DecryptionKeys> = LazyLock::new(|| {
    let key = PrivateKey::from_pem("relying party", keys::RELYING_PARTY.key).expect("the published key can be read");
    DecryptionKeys { private: vec![key], secrets: Vec::new() }
});

static WITNESS: LazyLock<CryptoPredicates> = LazyLock::new(|| {
    let certificate =
        |pem: keys::Pem| Certificate::from_pem(pem.certificate).expect("published certificates can be read");
    CryptoPredicates::new(Keys::trusting(certificate(keys::SIGNING_RSA)))
        .relying_party(OPENS.clone())
        .client(Some(certificate(keys::CLIENT)), DecryptionKeys::default())
});

static VALUES: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| [("to".to_owned(), "http://127.0.0.1:1/sts".to_owned())].into());

/// Paths by variant: what they know is expensive to make.
static PATHS: LazyLock<Mutex<HashMap<Vec<usize>, &'static Paths>>> = LazyLock::new(Mutex::default);

fuzz_target!(|bytes: &[u8]| {
    let (came, sent) = match bytes.windows(SENT.len()).position(|part| part == SENT) {
        Some(at) => (&bytes[..at], Some(&bytes[at + SENT.len()..])),
        None => (bytes, None),
    };
    let message = Message::read(came);
    let content_type = message.value("Content-Type");
    let variant = message.value("Variant").unwrap_or_default();
    let paths = paths(variant);
    let read = Tree::read(message.body, charset(content_type), &Limits::default());
    let request = sent.and_then(|sent| Tree::read(sent, None, &Limits::default()).ok());
    let answer = read.as_ref().ok().and_then(Answer::of);
    let token = read.as_ref().ok().zip(answer.as_ref()).map_or(Cut::Absent, |(tree, answer)| cut(tree, answer));
    let headers: Vec<_> = content_type.map(|text| ("Content-Type".to_owned(), text.to_owned())).into_iter().collect();
    let scene = Scene {
        status: message.value("Status").and_then(|status| status.parse().ok()).unwrap_or(200),
        headers: &headers,
        body: message.body,
        answer: read.as_ref(),
        token: match &token {
            Cut::Document(tree) => Token::Document(tree),
            Cut::Absent => Token::Absent,
            Cut::Sealed(because) => Token::Sealed(because),
        },
        request: request.as_ref(),
        values: &VALUES,
        paths,
        now: Time::parse(NOW).expect("it is a time"),
        predicates: &*WITNESS,
    };
    let kind = answer.as_ref().map(|answer| answer.kind);
    for rule in RULES.iter().filter(|rule| rule.applies(kind, |axis| value(variant, axis))) {
        for finding in rule.evaluate(&scene).into_iter().flatten() {
            assert!(!finding.to_string().contains('\n'), "{}: {finding}", rule.id);
        }
    }
});

enum Cut {
    Document(Box<Tree>),
    Absent,
    Sealed(String),
}

/// The issued token as a document of its own: opened, or cut out.
fn cut(tree: &Tree, answer: &Answer) -> Cut {
    let _ = Addressing::of(tree, &answer.envelope);
    let Some(node) = answer.token() else { return Cut::Absent };
    let read = match xenc::decrypt(tree, node, &OPENS) {
        Ok(opened) => String::from_utf8(opened.plaintext).map_err(|error| error.to_string()),
        Err(_) => Ok(CutOut::of(tree, node).text),
    };
    match read.and_then(|text| Tree::from_text(&text).map_err(|refusal| refusal.to_string())) {
        Ok(token) => {
            let _ = Assertion::of(&token, token.root());
            Cut::Document(Box::new(token))
        }
        Err(because) => Cut::Sealed(because),
    }
}

fn paths(variant: &str) -> &'static Paths {
    let columns = VOCABULARY.columns(variant);
    let mut known = PATHS.lock().expect("nobody panics while holding it");
    known.entry(columns).or_insert_with_key(|columns| Box::leak(Box::new(VOCABULARY.paths(columns))))
}
