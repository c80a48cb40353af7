//! What must hold over a whole run, whatever is asked: nothing that went over the wire as a secret is written down.

mod support;

use std::collections::BTreeSet;

use mock_sts::MockSts;
use stsproof::observe::Observer;
use stsproof::source::Source;
use stsproof_judge::tree::Tree;

use support::{PLAN, SUITE, ask, judge, target};

/// Elements whose text is a secret, or makes a token usable.
const SECRETS: [&str; 5] = ["Password", "Nonce", "BinarySecret", "SignatureValue", "CipherValue"];

/// Shorter texts occur by chance, and a case that sends an empty or a broken secret sends none.
const SHORTEST: usize = 8;

/// Every secret that the mock saw or sent.
fn secrets(mock: &MockSts) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    for entry in mock.journal().entries() {
        for tree in [entry.request(), entry.response()].into_iter().filter_map(read) {
            let holds = tree.descendants(tree.root()).filter(|node| SECRETS.contains(&tree.name(*node).local));
            let texts = holds.map(|node| tree.text_of(node).split_whitespace().collect::<String>());
            secrets.extend(texts.filter(|text| text.len() >= SHORTEST));
        }
    }
    secrets
}

fn read(bytes: &[u8]) -> Option<Tree> {
    Tree::from_text(std::str::from_utf8(bytes).ok()?).ok()
}

/// The text of all cases and rules.
fn published() -> String {
    let files = Source::new(None).files().expect("the binary carries its data");
    let public = files.iter().filter(|file| !file.path.starts_with("profiles/"));
    public.map(|file| String::from_utf8_lossy(&file.bytes).into_owned()).collect()
}

#[test]
fn no_secret_of_a_run_is_in_its_report_or_its_recording() {
    let mock = support::mock("");
    let asked: Vec<_> = PLAN
        .iter()
        .filter(|planned| ["issue/", "security/"].iter().any(|topic| planned.case.id.0.starts_with(topic)))
        .filter(|planned| planned.inapplicable.is_none())
        .step_by(3)
        .cloned()
        .collect();
    let target = target(&mock);
    let transcripts = ask(&mock, &asked, &Observer::new(&SUITE, &target));
    let judged = judge(&asked, &transcripts);
    let mut secrets = secrets(&mock);
    // What a case writes for everybody to read, such as a digest of noughts, is none. A password in it would be one.
    let published = published();
    secrets.retain(|secret| !published.contains(secret.as_str()));
    secrets.insert("wonderland".to_owned());
    assert!(secrets.len() > 100, "the run has had secrets: {}", secrets.len());
    let written = serde_json::to_string(&judged).expect("JSON") + &serde_json::to_string(&transcripts).expect("JSON");
    let leaked: Vec<_> = secrets.iter().filter(|secret| written.contains(secret.as_str())).collect();
    assert!(leaked.is_empty(), "{} of {} are written down: {:?}", leaked.len(), secrets.len(), leaked.first());
}
