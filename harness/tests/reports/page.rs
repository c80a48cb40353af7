//! The page: what it says, and that nothing a target sends can be more than text in it.

use base64::Engine as _;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use stsproof::exchange::transcript::Outcome;
use stsproof::report::{Evidence, Format};
use stsproof::verdict::{CaseVerdict, Position, Run, Verdict};
use stsproof_judge::tree::{Node, Tree};

use super::run::finished;
use super::{written, written_with};

fn page() -> String {
    written(Format::Html, &finished())
}

/// A page is well-formed XML too, which makes it easy to look into.
fn read(page: &str) -> Tree {
    let document = page.strip_prefix("<!doctype html>\n").expect("it begins as HTML does");
    Tree::from_text(document).unwrap_or_else(|refusal| panic!("{refusal}\n{page}"))
}

fn elements<'t>(tree: &'t Tree, name: &'t str) -> impl Iterator<Item = Node> + 't {
    tree.descendants(tree.root()).filter(move |node| tree.name(*node).local == name)
}

fn names(tree: &Tree) -> Vec<String> {
    let elements = tree.descendants(tree.root()).filter(|node| tree.is_element(*node));
    elements.map(|node| tree.name(node).local.to_owned()).collect()
}

#[test]
fn the_page_says_everything() {
    let page = page();
    let (before, rest) = page.split_once("<style>").expect("a style");
    let (_, after) = rest.split_once("</style>").expect("its end");
    let hash = before.split("sha256-").nth(1).and_then(|rest| rest.split('\'').next()).expect("its hash");
    insta::assert_snapshot!("report_html", format!("{}<style>…</style>{after}", before.replace(hash, "…")));
}

#[test]
fn the_policy_of_the_page_allows_its_own_style_and_nothing_else() {
    let page = page();
    let tree = read(&page);
    let style = elements(&tree, "style").next().map(|node| tree.text_of(node)).expect("a style");
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
    let policies: Vec<&str> = elements(&tree, "meta")
        .filter_map(|meta| tree.attribute(meta, None, "content"))
        .filter(|c| c.contains("src"))
        .collect();
    let allowed = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'");
    assert_eq!(policies, [allowed]);
}

#[test]
fn the_page_asks_for_no_other_file_and_runs_no_script() {
    let tree = read(&page());
    for name in ["script", "img", "iframe", "object", "embed", "link", "form", "base"] {
        assert_eq!(elements(&tree, name).count(), 0, "{name}");
    }
    for node in tree.descendants(tree.root()) {
        for attribute in tree.attributes(node) {
            let (name, value) = (tree.name(attribute).local, tree.text_of(attribute));
            assert!(!name.starts_with("on") && name != "style" && name != "src", "{}", tree.source(node));
            assert!(name != "href" || value.starts_with('#'), "{value}");
        }
    }
    assert!(!page().contains("url(") && !page().contains("@import"));
}

#[test]
fn every_link_leads_somewhere() {
    for evidence in [Evidence::Findings, Evidence::All] {
        let tree = read(&written_with(evidence, Format::Html, &finished()));
        let attributes = |name: &'static str| {
            let all = tree.descendants(tree.root()).filter_map(|node| tree.attribute(node, None, name));
            all.map(str::to_owned).collect::<Vec<_>>()
        };
        let mut ids = attributes("id");
        let links = attributes("href");
        assert!(links.iter().all(|link| ids.contains(&link[1..].to_owned())), "{links:?}\n{ids:?}");
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id stands twice");
    }
}

#[test]
fn the_node_that_a_finding_is_about_is_marked_with_its_number() {
    let tree = read(&page());
    let marked: Vec<String> = elements(&tree, "mark").map(|node| tree.text_of(node)).collect();
    assert_eq!(marked, ["1<b x='1'/>"]);
}

#[test]
fn what_passed_shows_its_exchange_only_on_request() {
    let mut run = finished();
    let exchange = run.cases.iter().find_map(|case| case.evidence.exchanges.first()).cloned().expect("there is one");
    for case in &mut run.cases {
        case.evidence.exchanges = vec![exchange.clone()];
    }
    let unseen = run.cases.iter().find(|case| case.verdict == Verdict::Pass).cloned().expect("there is one");
    run.cases.push(CaseVerdict { name: "issue/passed-too@soap=1.2".to_owned(), ..unseen });
    let told = |evidence| {
        let tree = read(&written_with(evidence, Format::Html, &run));
        let cases = elements(&tree, "details")
            .filter(|node| tree.attribute(*node, None, "id").is_some_and(|id| id.starts_with('c')));
        cases.count()
    };
    assert_eq!(told(Evidence::All), run.cases.len());
    // The other one that passed was broken by a rule.
    assert_eq!(told(Evidence::Findings), run.cases.len() - 1);
}

/// A run in which the target, and a report that was tampered with, say whatever they like.
pub(crate) fn spoken(text: &str, body: &[u8], position: Position) -> Run {
    let mut run = finished();
    for field in [&mut run.target.name, &mut run.target.url, &mut run.target.again, &mut run.tool, &mut run.suite] {
        text.clone_into(field);
    }
    run.halted = Some(text.to_owned());
    for row in &mut run.requirements {
        text.clone_into(&mut row.text);
        text.clone_into(&mut row.section);
    }
    for deviation in &mut run.deviations {
        text.clone_into(&mut deviation.of);
        text.clone_into(&mut deviation.reason);
    }
    for rule in &mut run.rules {
        text.clone_into(&mut rule.rule);
        text.clone_into(&mut rule.why);
    }
    for case in &mut run.cases {
        text.clone_into(&mut case.name);
        text.clone_into(&mut case.why);
        text.clone_into(&mut case.title);
        text.clone_into(&mut case.variant);
        for finding in &mut case.findings {
            text.clone_into(&mut finding.message);
            finding.found = Some(text.to_owned());
            if let Some(spot) = &mut finding.spot {
                spot.to = position;
            }
        }
        for exchange in &mut case.evidence.exchanges {
            exchange.request.body = body.to_vec();
            exchange.request.headers.push((text.to_owned(), text.to_owned()));
            if let Outcome::Answered(answer) = &mut exchange.outcome {
                answer.body = body.to_vec();
            }
        }
    }
    run
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_text_can_add_an_element_that_the_program_does_not_write(
        text in "\\PC{0,40}|[<>&\"'a/! =-]{0,60}",
        body in "(\\PC|[<>&\"'a/!? =\r\n\t\u{0}\u{1b}-]){0,200}",
        line in 0_usize..4,
        column in 0_usize..90,
    ) {
        let run = spoken(&text, body.as_bytes(), Position { line, column });
        let tree = read(&written(Format::Html, &run));
        let known = names(&read(&written_with(Evidence::All, Format::Html, &finished())));
        for name in names(&tree) {
            prop_assert!(known.contains(&name) || ["i", "u", "em", "q", "strong"].contains(&name.as_str()), "{name}");
        }
    }
}
