//! The generator: what it draws is the same again, what it claims about a message is what a reader finds in it, and
//! the strict mock gives it no reason to complain.

#[path = "support/guesses.rs"]
mod guesses;
#[expect(dead_code, reason = "the other tests of the whole path need more of it")]
mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use mock_sts::MockSts;
use stsproof::case::model::{Axis, Credential};
use stsproof::exchange::drive::{Exchanger, Options};
use stsproof::exchange::fresh::Source as Fresh;
use stsproof::exchange::target::Target;
use stsproof::random::campaign::{Campaign, Drive, Listen};
use stsproof::random::data::Data;
use stsproof::random::draw::Drawer;
use stsproof::random::field::Field;
use stsproof::random::ground::{Ground, baselines};
use stsproof::random::label::Label;
use stsproof::random::part::{Identity, Part};
use stsproof::random::script::{Base, Phase, Script, Stroke};
use stsproof::random::share::Shard;
use stsproof::random::shrink;
use stsproof::source::Source;
use stsproof_judge::tree::Tree;

use guesses::guesses_in;
use support::{PROFILE, SUITE, mock, target};

/// The moment at which every test of the whole path happens.
const NOW: &str = "2026-01-15T12:00:00Z";

fn data() -> Data {
    Data::load(&Source::new(None), &SUITE).unwrap_or_else(|error| panic!("{error}"))
}

fn field<'a>(data: &'a Data, target: &'a Target) -> Field<'a> {
    Field::new(&SUITE, data, target).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn what_operators_promise_is_what_a_reader_finds() {
    let mock = mock("");
    let (data, target) = (data(), target(&mock));
    let field = field(&data, &target);
    let drawer = Drawer::new(field.grounds(), &data, 7);
    let count = u64::try_from(drawer.systematic()).expect("it fits") + 2000;
    let mut conflicts = BTreeMap::new();
    let (mut void, mut labels) = (0, BTreeMap::<Label, usize>::new());
    for number in 0..count {
        let script = drawer.script(number);
        let fresh = Fresh::fixed(number, NOW.parse().expect("a time")).of("script");
        match field.offline(&script, fresh) {
            None => {}
            Some(Err(_)) => void += 1,
            Some(Ok(made)) => {
                *labels.entry(made.label).or_default() += 1;
                if let Some(conflict) = made.conflict {
                    conflicts.entry(conflict).or_insert_with(|| format!("{script:?}"));
                }
            }
        }
    }
    assert!(conflicts.is_empty(), "{} kinds of conflict: {conflicts:#?}", conflicts.len());
    assert!(void * 10 < count, "{void} of {count} scripts find nothing to do");
    assert!(labels.len() == 3 && labels.values().all(|share| *share > 300), "{labels:?}");
}

#[test]
fn the_same_seed_draws_the_same_scripts_and_another_seed_others() {
    let mock = mock("");
    let (data, target) = (data(), target(&mock));
    let field = field(&data, &target);
    let [first, again, other] = [7, 7, 8].map(|seed| {
        let drawer = Drawer::new(field.grounds(), &data, seed);
        let start = u64::try_from(drawer.systematic()).expect("it fits");
        (start..start + 200).map(|number| drawer.script(number)).collect::<Vec<_>>()
    });
    assert_eq!(first, again);
    assert_ne!(first, other);
    for script in first {
        let written = serde_json::to_string(&script).expect("a script can be written");
        assert_eq!(serde_json::from_str::<Script>(&written).expect("and read"), script);
    }
}

/// What each change of the plainest request means by the specifications, whatever the mock makes of it.
#[test]
fn labels_are_those_of_the_specifications() {
    use Label::{Accept, May, Reject};
    let table = [
        (r#"rewrite = "/s:Envelope", as = "byte-order-mark""#, Accept),
        (r#"rewrite = "/s:Envelope/s:Body/wst:RequestSecurityToken", as = "comment-between""#, Accept),
        (r#"drop = "/s:Envelope/s:Header/wsa:ReplyTo""#, Accept),
        (r#"drop = "//wsse:Password/@Type""#, Accept),
        (r#"insert = "<x:H xmlns:x='urn:example:unknown'/>", into = "/s:Envelope/s:Header""#, Accept),
        (r#"text = "//wsp:AppliesTo//wsa:Address", to = "{{applies-to.other}}""#, Accept),
        (r#"move = "//wst:RequestType", into = "//wst:RequestSecurityToken""#, Accept),
        (r#"drop = "//wst:TokenType""#, May),
        (r#"text = "//wst:TokenType", to = "not a uri""#, May),
        (r#"drop = "//wsa:MessageID""#, May),
        (r#"drop = "//wsu:Timestamp/wsu:Created""#, May),
        (r#"copy = "//wsu:Timestamp/wsu:Expires", after = "//wsu:Timestamp/wsu:Expires""#, May),
        (r#"copy = "//wst:RequestSecurityToken", after = "//wst:RequestSecurityToken""#, May),
        (r#"insert = "<x:Trailer xmlns:x='urn:example:unknown'/>", into = "/s:Envelope""#, May),
        (r#"text = "//wsse:Username", to = "{{user}} ""#, May),
        (r#"copy = "//wsse:UsernameToken", after = "//wsse:UsernameToken""#, May),
        (r#"insert = "<?x y?>", before = "//wst:RequestType""#, May),
        (r#"text = "//wst:RequestSecurityToken/@Context", to = "not a uri""#, May),
        (r#"rewrite = "//wst:RequestType", as = "space-around""#, May),
        (r#"drop = "//wst:RequestType""#, Reject),
        (r#"drop = "//wsse:Security""#, Reject),
        (r#"text = "//wsse:Password", to = "guessed""#, Reject),
        (r#"text = "//wsse:Username", to = "{{other.user}}""#, Reject),
        (r#"text = "//wsu:Timestamp/wsu:Expires", to = "{{now-2h}}""#, Reject),
        (r#"text = "//wsu:Timestamp/wsu:Created", to = "{{now+2h}}""#, Reject),
        (r#"text = "//wsp:AppliesTo//wsa:Address", to = "{{applies-to.unknown}}""#, Reject),
        (r#"copy = "//wsu:Timestamp", after = "//wsu:Timestamp""#, Reject),
        (
            r#"insert = "<x:H xmlns:x='urn:example:unknown' xmlns:s='http://www.w3.org/2003/05/soap-envelope' s:mustUnderstand='1'/>", into = "/s:Envelope/s:Header""#,
            Reject,
        ),
        (r#"attribute = "s:role", at = "//wsse:Security", to = "urn:example:other""#, Reject),
        (r#"bytes = "<s:Envelope", with = "<!DOCTYPE s:Envelope><s:Envelope""#, Reject),
        (r#"bytes = "</s:Envelope>", with = """#, Reject),
    ];
    let mock = mock("");
    let (data, target) = (data(), target(&mock));
    let field = field(&data, &target);
    let plainest =
        |base: &&Base| base.credential == Credential::Username && base.case.0 == "issue/minimal" && base.addressed;
    let base = field.grounds().iter().map(|ground| &ground.base).find(plainest).expect("there is one");
    let base = Base { variant: SUITE.vocabulary.default_variant(), twice: false, ..base.clone() };
    let field = Field::over(vec![base.clone()], &SUITE, &data, &target).unwrap_or_else(|error| panic!("{error}"));
    let labelled = |field: &Field<'_>, base: &Base, operator: &str| {
        let table: toml::Table =
            toml::from_str(&format!("it = {{ {operator} }}")).unwrap_or_else(|error| panic!("{operator}: {error}"));
        let operator = table["it"].clone().try_into().unwrap_or_else(|error| panic!("{operator}: {error}"));
        let stroke = Stroke { phase: Phase::Change, operator, role: String::new(), promise: None, relation: None };
        let script = Script { base: base.clone(), strokes: vec![stroke], headers: [].into(), again: None };
        let fresh = Fresh::fixed(1, NOW.parse().expect("a time")).of("label");
        field.offline(&script, fresh).expect("it shows no token").unwrap_or_else(|error| panic!("{script:?}: {error}"))
    };
    for (operator, label) in table {
        let made = labelled(&field, &base, operator);
        assert_eq!(made.label, label, "{operator}: {}", made.because);
        assert!(label != Reject || made.clause.is_some(), "{operator}: no row says so");
    }
    // The forerunner of WS-Addressing 1.0 wants to know where the answer goes.
    let mut old = base.clone();
    old.variant.0.insert(Axis::Addressing, "2004/08".to_owned());
    let field = Field::over(vec![old.clone()], &SUITE, &data, &target).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(labelled(&field, &old, r#"drop = "/s:Envelope/s:Header/wsa:ReplyTo""#).label, May);
}

#[test]
fn no_script_guesses_at_an_account_that_is_no_bait() {
    let mock = mock("");
    let (data, target) = (data(), target(&mock));
    let field = field(&data, &target);
    let drawer = Drawer::new(field.grounds(), &data, 3);
    let count = u64::try_from(drawer.systematic()).expect("it fits") + 3000;
    let (mut guesses, mut baited) = (BTreeMap::new(), 0);
    for number in 0..count {
        let script = drawer.script(number);
        baited += u64::from(script.base.bait);
        let fresh = Fresh::fixed(number, NOW.parse().expect("a time")).of("script");
        let Some(Ok(made)) = field.offline(&script, fresh) else { continue };
        let Ok(tree) = Tree::from_text(&String::from_utf8_lossy(&made.body)) else { continue };
        for guess in guesses_in(&tree) {
            guesses.entry(guess).or_insert(script.strokes.clone());
        }
    }
    assert!(guesses.is_empty(), "{} kinds of guess: {guesses:#?}", guesses.len());
    assert!(baited > 100, "only {baited} scripts are about the bait");
}

#[test]
fn without_a_bait_nothing_is_done_to_names_and_passwords() {
    let mut profile = PROFILE.clone();
    profile.accounts.retain(|account| !account.bait);
    let data = data();
    for base in &baselines(&SUITE, &data, &profile) {
        let ground = Ground::new(base, &SUITE, &data).unwrap_or_else(|error| panic!("{error}"));
        assert!(!base.bait && !ground.loci.iter().any(|locus| locus.role.contains("UsernameToken")), "{base}");
    }
}

#[test]
fn every_legal_pair_of_values_occurs_in_some_baseline() {
    let mock = mock("");
    let (data, target) = (data(), target(&mock));
    let field = field(&data, &target);
    let bases: Vec<_> = field.grounds().iter().map(|ground| &ground.base).collect();
    let with = |credential: &str, case: &str| {
        bases.iter().any(|base| base.credential.key() == credential && base.case.0 == case)
    };
    for credential in ["username", "username-digest", "x509", "saml-bearer", "saml-holder-of-key"] {
        assert!(
            with(credential, "issue/minimal") && with(credential, "issue/symmetric-key"),
            "{credential}: {bases:?}"
        );
        for axis in [("soap", "1.1"), ("soap", "1.2"), ("trust", "1.3"), ("trust", "2005/02"), ("token", "saml11")] {
            let has = bases
                .iter()
                .any(|base| base.credential.key() == credential && base.variant.value(axis.0) == Some(axis.1));
            assert!(has, "{credential} with {axis:?}");
        }
        assert!(bases.iter().any(|base| base.credential.key() == credential && !base.addressed), "{credential}");
    }
    assert!(with("x509", "issue/public-key") && !with("username", "issue/public-key"));
    assert!(bases.len() < 30, "{} baselines are more than pairs need", bases.len());
}

/// A campaign against a mock, with everything fresh standing still.
fn campaign(mock: &MockSts, shard: Shard, count: u64, stops: &[u64]) -> Part {
    let (data, target) = (data(), target(mock));
    let field = field(&data, &target);
    let source = Fresh::fixed(7, NOW.parse().expect("a time"));
    let options = Options {
        workers: 4,
        rate: None,
        requests: None,
        timeout: PROFILE.limits.timeout,
        source: source.clone(),
        with_secrets: false,
        callback_grace: Duration::ZERO,
    };
    let exchanger = Exchanger::new(&target, &SUITE.vocabulary, options);
    let drawer = Drawer::new(field.grounds(), &data, 1);
    let identity = Identity::new(&SUITE, "mock-sts", &field, 1);
    let mut part = Part::new(identity, shard, count);
    for stop in stops.iter().copied().chain([count]) {
        let drive = Drive { workers: 4, time: None, patience: Duration::ZERO, source: source.clone() };
        let campaign = Campaign::begin(&field, &exchanger, drive);
        assert_eq!(campaign.blocked().collect::<Vec<_>>(), [], "a golden request is not accepted");
        // What is written down is all that is left of a campaign that was stopped.
        let written = serde_json::to_string(&part).expect("it can be written");
        part = serde_json::from_str(&written).expect("it can be read");
        part.count = stop;
        campaign.run(&drawer, &mut part, &Silent, &mut |_| Ok(())).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(part.halted, None);
        if stop == count {
            shrink::shrink(&campaign, &mut part);
        }
    }
    part
}

struct Silent;

impl Listen for Silent {
    fn block(&self, _: &Part, _: Duration) {}
}

#[test]
fn the_strict_mock_answers_two_thousand_scripts_as_it_must() {
    let part = campaign(&mock(""), Shard::WHOLE, 2000, &[]);
    assert_eq!(part.conflicts, BTreeMap::new(), "our two readings exclude each other");
    let found: Vec<_> =
        part.buckets.0.iter().map(|(signature, bucket)| (signature, bucket.count, &bucket.smallest[0])).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(part.tally.drawn, 2000);
    assert!(part.tally.messages() > 1800, "{:?}", part.tally);
}

#[test]
fn a_campaign_in_pieces_is_the_campaign_as_a_whole() {
    let whole = campaign(&mock("spot.line-ends"), Shard::WHOLE, 900, &[]);
    assert!(!whole.buckets.0.is_empty(), "there is something to compare");
    let stopped = campaign(&mock("spot.line-ends"), Shard::WHOLE, 900, &[100, 555]);
    assert_eq!(found(&stopped), found(&whole), "stopped twice");

    let shards = (1..=4).map(|index| campaign(&mock("spot.line-ends"), Shard { index, of: 4 }, 900, &[]));
    let mut merged: Option<Part> = None;
    for part in shards.collect::<Vec<_>>().into_iter().rev() {
        match &mut merged {
            None => merged = Some(part),
            Some(merged) => merged.merge(part).unwrap_or_else(|error| panic!("{error}")),
        }
    }
    let merged = merged.expect("there are four parts");
    assert_eq!(merged.shares.iter().map(|share| share.shard).collect::<Vec<_>>(), [Shard::WHOLE]);
    assert_eq!(found(&merged), found(&whole), "in four shares");
    let again = campaign(&mock(""), Shard { index: 2, of: 4 }, 10, &[]);
    assert!(merged.clone().merge(again).is_err(), "another count is another campaign");
}

/// What a campaign found, without what depends on how it was cut.
fn found(part: &Part) -> impl PartialEq + std::fmt::Debug + use<> {
    let buckets = part.buckets.0.iter().map(|(signature, bucket)| {
        let numbers: Vec<u64> = bucket.smallest.iter().map(|failing| failing.number).collect();
        (format!("{signature:?}"), bucket.count, numbers)
    });
    let names = part.small.iter().map(|small| small.name.clone());
    (part.tally.messages(), buckets.collect::<Vec<_>>(), names.collect::<Vec<_>>())
}
