//! Profiles: what they must say, and what is told to who says it wrong.

use std::path::PathBuf;

use stsproof::case::model::{Axis, Credential, RequirementId, Variant};
use stsproof::error::Error;
use stsproof::plan::plan;
use stsproof::problem::Text;
use stsproof::profile::reference::{Reference, Surroundings, published};
use stsproof::profile::{Approach, Deviant, Endpoint, Profile};
use stsproof::source::Source;
use stsproof::suite::Suite;

fn suite() -> Suite {
    Suite::read(&Source::Embedded).expect("the binary carries its data").0
}

fn read(text: &str) -> Result<Profile, Error> {
    let text = Text { name: "profile.toml".to_owned(), text: text.to_owned() };
    Profile::read(text, PathBuf::new(), &suite())
}

fn refusal(text: &str) -> String {
    let mut shown = Vec::new();
    read(text).expect_err("a wrong profile").write(&mut shown, false).expect("memory can be written to");
    String::from_utf8(shown).expect("messages are UTF-8")
}

const GOOD: &str = r#"
name        = "example"
description = "An example."
claims      = ["issue", "saml2"]

[[endpoint]]
url         = "https://sts.example.test/soap12"
credentials = ["username"]
soap        = ["1.2"]

[[endpoint]]
url         = "https://sts.example.test/certificate"
credentials = ["x509"]

[accounts.zoe]
user     = "zoe"
password = { env = "ZOE_PASSWORD" }

[accounts.adam]
user     = "adam"
password = { command = ["pass", "adam"] }
"#;

/// The good profile with a deviation that says this.
fn with_expected(rest: &str) -> String {
    format!("{GOOD}\n[[expected]]\nverdict = \"fail\"\n{rest}\n")
}

fn approach(credential: Credential, soap_version: &str) -> Approach {
    Approach { credential, variant: soap(soap_version), tls: false }
}

fn soap(version: &str) -> Variant {
    Variant([(Axis::Soap, version.to_owned())].into())
}

#[test]
fn the_bundled_profile_is_in_order_and_its_references_lead_somewhere() {
    let profile = Profile::bundled(&suite()).expect("in order");
    let nothing = |_: &str| None;
    let surroundings = Surroundings { env: &nothing, folder: &profile.folder, bundled: &published };
    let anchors =
        profile.anchors.signing.iter().chain(&profile.anchors.tls_ca).chain(&profile.anchors.relying_party_key);
    let accounts = profile.accounts.iter().flat_map(|account| [&account.certificate, &account.key, &account.password]);
    for reference in anchors.chain(accounts.flatten()) {
        reference.resolve(&surroundings).expect("it leads somewhere");
    }
}

#[test]
fn every_expected_deviation_of_a_bundled_profile_has_its_evidence() {
    let files = stsproof_cases::files();
    let suite = suite();
    let profiles = files.iter().filter_map(|(path, _)| path.strip_prefix("profiles/")?.strip_suffix(".toml"));
    for name in profiles {
        for expected in Profile::named(name, &suite).expect("in order").expected {
            let evidence = expected.evidence.map(|path| format!("profiles/{}", path.display()));
            let text = evidence.as_deref().and_then(|path| files.iter().find(|(known, _)| *known == path));
            let Some((_, text)) = text else { panic!("{name}: {:?} has {evidence:?}", expected.of) };
            // Its first line names the row, and a case that can show it: one that covers it, or any where a rule does.
            let head = std::str::from_utf8(text).ok().and_then(|text| text.lines().next()).unwrap_or_default();
            let (row, case) = head.trim_start_matches("# ").split_once(", seen in ").unwrap_or_default();
            let row = RequirementId(row.to_owned());
            let case = suite.case(case.split('@').next().unwrap_or_default());
            let by_rule = suite.rules.iter().any(|rule| {
                let checked = rule.checks.iter().filter_map(|check| check.clause.as_ref());
                rule.covers.iter().chain(checked).any(|covered| *covered == row.0)
            });
            assert_eq!(expected.of, Deviant::Requirement(row.clone()), "{name}: {evidence:?}");
            assert!(by_rule || case.is_some_and(|case| case.covers.contains(&row)), "{name}: {evidence:?}: `{head}`");
        }
    }
}

#[test]
fn the_mock_is_asked_everything_that_it_claims() {
    let suite = suite();
    let profile = Profile::bundled(&suite).expect("in order");
    for planned in plan(&suite, &profile) {
        let claimed = planned.case.needs.iter().all(|need| profile.claims.contains(need));
        assert_eq!(planned.inapplicable.is_none(), claimed, "{}: {:?}", planned.id(), planned.inapplicable);
    }
}

#[test]
fn accounts_keep_the_order_of_the_file() {
    let profile = read(GOOD).expect("in order");
    let names: Vec<_> = profile.accounts.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["zoe", "adam"]);
    assert_eq!(profile.other_account().map(|account| account.name.as_str()), Some("adam"));
    assert_eq!(profile.accounts[0].password, Some(Reference::Env("ZOE_PASSWORD".to_owned())));
}

#[test]
fn an_endpoint_is_chosen_by_credential_and_version() {
    let profile = read(GOOD).expect("in order");
    let url =
        |credential, version: &str| profile.endpoint(&approach(credential, version)).map(|found| found.url.as_str());
    assert_eq!(url(Credential::Username, "1.2"), Ok("https://sts.example.test/soap12"));
    assert_eq!(url(Credential::X509, "1.1"), Ok("https://sts.example.test/certificate"));
    assert_eq!(url(Credential::Username, "1.1"), Err("no endpoint for `username` speaks SOAP 1.1".to_owned()));
    assert_eq!(url(Credential::SamlBearer, "1.2"), Err("no endpoint takes the credential `saml-bearer`".to_owned()));
    assert_eq!(
        profile.lacks(&approach(Credential::X509, "1.2")).as_deref(),
        Some("no account has a certificate and its key")
    );
    assert_eq!(profile.lacks(&approach(Credential::None, "1.1")), None);
}

#[test]
fn what_needs_tls_is_asked_over_tls() {
    let mut profile = read(GOOD).expect("in order");
    let approach = approach(Credential::Username, "1.2");
    let secured = Approach { tls: true, ..approach.clone() };
    let secure = profile.endpoints[0].clone();
    profile.endpoints.insert(0, Endpoint { url: "http://sts.example.test/plain".to_owned(), ..secure.clone() });
    assert_eq!(profile.endpoint(&approach).map(Endpoint::is_tls), Ok(false));
    assert_eq!(profile.endpoint(&secured), Ok(&secure));
    profile.endpoints.truncate(1);
    assert_eq!(profile.endpoint(&secured), Err("no endpoint for `username` speaks TLS".to_owned()));
}

#[test]
fn bundled_addresses_are_put_in_when_the_mock_has_started() {
    let mut profile = Profile::bundled(&suite()).expect("in order");
    profile.bind("http://127.0.0.1:4711/sts", "https://localhost:4712/sts");
    assert!(profile.endpoints.iter().all(|endpoint| !endpoint.url.starts_with("bundled:")), "{:?}", profile.endpoints);
}

#[test]
fn a_bare_url_claims_what_every_service_offers() {
    let profile = Profile::for_url("https://sts.example.test/", &suite()).expect("an address");
    assert!(profile.claims.iter().any(|claim| claim.0 == "issue"));
    assert!(!profile.claims.iter().any(|claim| claim.0 == "renew"));
    assert!(matches!(Profile::for_url("sts.example.test", &suite()), Err(Error::Usage { .. })));
}

#[test]
fn a_bare_url_is_asked_only_what_its_few_values_can_fill() {
    let suite = suite();
    let mut profile = Profile::for_url("https://sts.example.test/", &suite).expect("an address");
    profile.accounts = read(GOOD).expect("in order").accounts.into_iter().take(1).collect();
    let plan = plan(&suite, &profile);
    let reason = |id: &str| {
        let mut of_case = plan.iter().filter(|planned| planned.case.id.0 == id);
        of_case.next().unwrap_or_else(|| panic!("there is no case `{id}`")).inapplicable.clone()
    };
    assert_eq!(reason("issue/minimal"), None);
    let missing = reason("issue/applies-to-audience").expect("a second relying party is not named");
    assert!(missing.contains("{{applies-to.other}}"), "{missing}");
    let mut drafts = plan.iter().filter(|planned| planned.variant.value("addressing") == Some("2004/08"));
    assert!(drafts.all(|planned| planned.inapplicable.is_some()));
}

#[test]
fn an_assertion_is_asked_for_by_whatever_credential_the_target_takes() {
    let by = |ways: &str| {
        let endpoint = GOOD.replace(r#"["username"]"#, &format!("[{ways}, \"saml-bearer\", \"saml-holder-of-key\"]"));
        read(&endpoint).expect("in order")
    };
    let digest = by(r#""username-digest""#);
    assert_eq!(digest.way(&approach(Credential::SamlBearer, "1.2")), Ok(Credential::UsernameDigest));
    assert_eq!(digest.lacks(&approach(Credential::SamlBearer, "1.2")), None);
    assert_eq!(
        digest.lacks(&approach(Credential::SamlHolderOfKey, "1.2")).as_deref(),
        Some("no account has a certificate and its key, which the assertion for `saml-holder-of-key` is to confirm")
    );
}

#[test]
fn a_deviation_of_a_case_may_name_a_part_of_its_variant() {
    let text = |case: &str| with_expected(&format!("case = '{case}'\nreason = 'seen'"));
    let of = |case: &str| read(&text(case)).expect("in order").expected[0].of.to_string();
    assert_eq!(of("issue/minimal"), "issue/minimal");
    assert_eq!(of("issue/minimal@soap=1.1"), "issue/minimal@soap=1.1");
    assert_eq!(of("issue/minimal@trust=2005-02,soap=1.1"), "issue/minimal@soap=1.1,trust=2005-02");
    assert_eq!(of("issue/minimal@trust=2005/02"), "issue/minimal@trust=2005-02");
}

#[rstest::rstest]
#[case::inline_secret("inline_secret", &GOOD.replace(r#"{ env = "ZOE_PASSWORD" }"#, r#""hunter2""#))]
#[case::two_places("two_places", &GOOD.replace(r#"{ env = "ZOE_PASSWORD" }"#, r#"{ env = "A", file = "b" }"#))]
#[case::unknown_reference("unknown_reference", &GOOD.replace(r#"env = "ZOE_PASSWORD""#, r#"enf = "A""#))]
#[case::unknown_claim("unknown_claim", &GOOD.replace("saml2", "saml20"))]
#[case::unknown_version("unknown_version", &GOOD.replace(r#"["1.2"]"#, r#"["1.3"]"#))]
#[case::unknown_credential("unknown_credential", &GOOD.replace(r#"["username"]"#, r#"["user-name"]"#))]
#[case::no_address("no_address", &GOOD.replace("https://sts.example.test/soap12", "sts.example.test"))]
#[case::unknown_key("unknown_key", &GOOD.replace("claims ", "claim "))]
#[case::half_an_account("half_an_account", &GOOD.replace("user     = \"zoe\"\n", ""))]
#[case::no_reason("no_reason", &with_expected("requirement = 'wst.rstr.context-echo'"))]
#[case::unknown_row("unknown_row", &with_expected("requirement = 'wst.rstr.contxt-echo'\nreason = 'x'"))]
#[case::unknown_variant("unknown_variant", &with_expected("case = 'soap/doctype@soap=1.3'\nreason = 'x'"))]
#[case::no_day("no_day", &with_expected("requirement = 'wst.rstr.context-echo'\nreason = 'x'\nuntil = 10:00:00"))]
#[case::bad_limits("bad_limits", &format!("{GOOD}\n[limits]\ntimeout = '30 seconds'\nworkers = 0\n"))]
fn a_wrong_profile_is_refused_with_place_cause_and_remedy(#[case] name: &str, #[case] text: &str) {
    insta::assert_snapshot!(format!("wrong_{name}"), refusal(text));
}

#[test]
fn an_expected_deviation_has_its_reason_and_its_end() {
    let text = with_expected("requirement = 'wst.rstr.context-echo'\nreason = 'seen'\nuntil = 2027-01-31");
    let profile = read(&text).expect("in order");
    assert_eq!(profile.expected[0].until, Some(jiff::civil::date(2027, 1, 31)));
}
