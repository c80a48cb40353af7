//! What the author of a case is told: a small suite in order, and one mistake at a time.

use std::fs;
use std::path::Path;

use stsproof::case::lint;
use stsproof::problem::{Problem, Problems};
use stsproof::source::Source;
use stsproof::suite::Suite;
use tempfile::TempDir;

const REGISTER: &str = r#"spec  = "Test"
title = "A specification for tests"

[[requirement]]
id         = "test.context-echo"
section    = "1"
versions   = ["1.3"]
level      = "MUST"
actor      = "sts"
binding    = "issue"
text       = "The answer carries the Context of the request."
observable = "response-structure"
how        = "Send one, look for it."
mutant     = "rstr.no-context"

[[requirement]]
id         = "test.type-required"
section    = "2"
versions   = ["1.3"]
level      = "STATED"
actor      = "sts"
binding    = "issue"
text       = "A request has a type."
observable = "needs-malformed-request"
how        = "Leave it out."
"#;

const CAPABILITIES: &str = r#"
[[capability]]
name  = "issue"
about = "Issues tokens."

[[capability]]
name  = "renew"
about = "Renews tokens."
"#;

const MINIMAL: &str = r#"title  = "The answer carries the request's Context"
covers = ["test.context-echo"]
needs  = ["issue"]
vary   = { soap = ["1.2", "1.1"] }
why    = "A client with several requests in flight tells the answers apart by Context."

[expect]
answer = "issued"
[[expect.check]]
at     = "//wst:RequestSecurityTokenResponse/@Context"
equals = "{{context}}"
"#;

const ENVELOPE: &str = r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">
    <s:Header>{{credential}}</s:Header>
    <s:Body>
        <wst:RequestSecurityToken xmlns:wst="http://docs.oasis-open.org/ws-sx/ws-trust/200512" Context="{{context}}">
            <wst:RequestType>http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue</wst:RequestType>
        </wst:RequestSecurityToken>
    </s:Body>
</s:Envelope>
"#;

const DERIVED: &str = r#"title  = "A request without RequestType is refused"
covers = ["test.type-required"]
from   = "issue/minimal"
change = [{ drop = "//wst:RequestType" }]
why    = "RequestType is what tells the service what is asked."

[expect]
answer = "fault"
code   = ["wst:InvalidRequest", "wst:BadRequest"]
"#;

const STEPS: &str = r#"title  = "A token is good for a second request"
covers = ["test.context-echo"]
why    = "A client that signs on once would have to ask for its password again."

[[step]]
from   = "issue/minimal"
keep   = { token = "//wst:RequestedSecurityToken/*" }
[step.expect]
answer = "issued"

[[step]]
body       = "minimal.xml"
credential = "saml-bearer"
[step.expect]
answer = "issued"
"#;

const RULES: &str = r#"
[[rule]]
id     = "context-echo"
covers = ["test.context-echo"]
title  = "Every response carries the Context"
why    = "A client tells the answers apart by it."
for    = "issued"
where  = { trust = ["1.3"] }
when   = "count(//wst:RequestSecurityTokenResponse) = 1"
[[rule.check]]
at     = "//wst:RequestSecurityTokenResponse/@Context"
same-as-request = "//wst:RequestSecurityToken/@Context"
"#;

/// A suite on disk, in order until a test breaks it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a temporary folder"));
        let vocabulary = stsproof_cases::files().into_iter().find(|(path, _)| *path == "vocabulary.toml");
        let vocabulary = vocabulary.expect("the vocabulary is embedded").1;
        folder.write("vocabulary.toml", std::str::from_utf8(vocabulary).expect("it is text"));
        folder.write("capabilities.toml", CAPABILITIES);
        folder.write("requirements/test.toml", REGISTER);
        folder.write("issue/minimal.toml", MINIMAL);
        folder.write("issue/minimal.xml", ENVELOPE);
        folder.write("issue/type-missing.toml", DERIVED);
        folder.write("issue/twice.toml", STEPS);
        folder.write("rules/test.toml", RULES);
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("files stand in folders")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.path().join(path)).expect("there is such a file");
    }

    fn replace(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path().join(path)).expect("there is such a file");
        assert!(text.contains(from), "{path} does not contain {from}");
        self.write(path, &text.replacen(from, to, 1));
    }

    fn source(&self) -> Source {
        Source::Folder { root: self.path().to_owned(), shown: "cases".to_owned() }
    }

    /// All mistakes, as `stsproof lint` finds them.
    fn problems(&self) -> Vec<Problem> {
        let (suite, problems) = Suite::read(&self.source()).expect("the folder can be read");
        if !problems.is_empty() {
            return problems;
        }
        lint::lint(&suite, None).expect("no folder is read")
    }

    fn told(&self) -> String {
        let mut shown = Vec::new();
        Problems(self.problems()).write(&mut shown, false).expect("memory can be written to");
        String::from_utf8(shown).expect("messages are UTF-8")
    }
}

#[test]
fn a_suite_in_order_has_no_problems() {
    let folder = Folder::new();
    assert!(folder.problems().is_empty(), "{}", folder.told());
}

#[test]
fn a_derived_case_inherits_what_it_does_not_say() {
    let suite = Suite::load(&Folder::new().source()).expect("in order");
    let [base, derived] = ["issue/minimal", "issue/type-missing"].map(|id| suite.case(id).expect("it is there"));
    assert_eq!(derived.needs, base.needs);
    assert_eq!(derived.vary, base.vary);
    assert_eq!(derived.steps[0].change.len(), 1);
    assert_eq!(derived.steps[0].name, "type-missing");
    assert!(derived.steps[0].expect.checks.is_empty(), "expectations are not inherited");
}

#[test]
fn steps_are_told_apart_by_name() {
    let suite = Suite::load(&Folder::new().source()).expect("in order");
    let names: Vec<_> = suite.case("issue/twice").expect("it is there").steps.iter().map(|step| &step.name).collect();
    assert_eq!(names, ["minimal", "minimal-2"]);
}

/// One mistake in a file, by replacing a text.
#[rstest::rstest]
#[case::unknown_key("unknown_key", "issue/minimal.toml", "needs ", "need  ")]
#[case::version_without_row(
    "version_without_row",
    "issue/minimal.toml",
    "vary   = { soap = [\"1.2\", \"1.1\"] }",
    "vary   = { trust = [\"1.3\", \"2005/02\"] }"
)]
#[case::row_of_another_version("row_of_another_version", "rules/test.toml", "[\"1.3\"]", "[\"2005/02\"]")]
#[case::unknown_need_of_a_specification(
    "unknown_need_of_a_specification",
    "requirements/test.toml",
    "spec  = \"Test\"",
    "spec  = \"Test\"\nneeds = \"isue\""
)]
#[case::no_toml("no_toml", "issue/minimal.toml", "needs  = [\"issue\"]", "needs  = [\"issue\"")]
#[case::unknown_requirement("unknown_requirement", "issue/minimal.toml", "test.context-echo", "test.contxt-echo")]
#[case::no_requirement("no_requirement", "issue/minimal.toml", "[\"test.context-echo\"]", "[]")]
#[case::unknown_capability("unknown_capability", "issue/minimal.toml", "[\"issue\"]", "[\"isue\"]")]
#[case::unknown_axis("unknown_axis", "issue/minimal.toml", "soap =", "soup =")]
#[case::unknown_value("unknown_value", "issue/minimal.toml", "\"1.1\"", "\"1.0\"")]
#[case::bad_path_in_check("bad_path_in_check", "issue/minimal.toml", "Response/@Context", "Response/@Context[")]
#[case::unknown_prefix_in_check("unknown_prefix_in_check", "issue/minimal.toml", "//wst:", "//wts:")]
#[case::unknown_key_in_check("unknown_key_in_check", "issue/minimal.toml", "equals =", "eqals =")]
#[case::unknown_placeholder_in_check("unknown_placeholder_in_check", "issue/minimal.toml", "{{context}}", "{{contxt}}")]
#[case::unknown_predicate(
    "unknown_predicate",
    "issue/minimal.toml",
    "equals = \"{{context}}\"",
    "holds = \"signature-vaild\""
)]
#[case::clause_not_covered(
    "clause_not_covered",
    "issue/minimal.toml",
    "equals =",
    "clause = \"test.type-required\"\nequals ="
)]
#[case::unknown_requirement_in_rule(
    "unknown_requirement_in_rule",
    "rules/test.toml",
    "test.context-echo",
    "test.contxt-echo"
)]
#[case::unknown_axis_in_rule("unknown_axis_in_rule", "rules/test.toml", "trust =", "turst =")]
#[case::bad_condition_in_rule(
    "bad_condition_in_rule",
    "rules/test.toml",
    "count(//wst:RequestSecurityTokenResponse)",
    "cuont(//wst:RequestSecurityTokenResponse)"
)]
#[case::unknown_answer("unknown_answer", "issue/minimal.toml", "\"issued\"", "\"isued\"")]
#[case::unknown_placeholder_in_body(
    "unknown_placeholder_in_body",
    "issue/minimal.xml",
    "\"{{context}}\"",
    "\"{{contxt}}\""
)]
#[case::body_not_well_formed("body_not_well_formed", "issue/minimal.xml", "</s:Header>", "</s:Heade>")]
#[case::unknown_base("unknown_base", "issue/type-missing.toml", "issue/minimal", "issue/minimial")]
#[case::own_base("own_base", "issue/type-missing.toml", "issue/minimal", "issue/type-missing")]
#[case::unknown_operator("unknown_operator", "issue/type-missing.toml", "{ drop =", "{ dorp =")]
#[case::operator_without_argument("operator_without_argument", "issue/type-missing.toml", "{ drop =", "{ text =")]
#[case::unknown_prefix_in_change("unknown_prefix_in_change", "issue/type-missing.toml", "//wst:", "//wts:")]
#[case::bad_path_in_change("bad_path_in_change", "issue/type-missing.toml", "//wst:RequestType", "//wst:RequestType[")]
#[case::path_that_selects_nothing(
    "path_that_selects_nothing",
    "issue/type-missing.toml",
    "//wst:RequestType",
    "//wst:RequestSecurityToken/wst:RequestTyp"
)]
#[case::row_with_half_of_its_keys(
    "row_with_half_of_its_keys",
    "requirements/test.toml",
    "versions   = [\"1.3\"]\nlevel      = \"STATED\"\nactor      = \"sts\"\n",
    ""
)]
#[case::code_without_prefix("code_without_prefix", "issue/type-missing.toml", "wst:BadRequest", "BadRequest")]
#[case::code_of_unknown_prefix(
    "code_of_unknown_prefix",
    "issue/type-missing.toml",
    "wst:BadRequest",
    "wsst:BadRequest"
)]
#[case::code_where_none_is_expected(
    "code_where_none_is_expected",
    "issue/type-missing.toml",
    "\"fault\"",
    "\"issued\""
)]
#[case::no_expectation("no_expectation", "issue/twice.toml", "[step.expect]\nanswer = \"issued\"\n\n", "")]
#[case::unknown_body("unknown_body", "issue/twice.toml", "minimal.xml", "minimum.xml")]
#[case::change_beside_steps(
    "change_beside_steps",
    "issue/twice.toml",
    "\n[[step]]",
    "change = [{ drop = \"//a\" }]\n[[step]]"
)]
#[case::must_without_mutant("must_without_mutant", "requirements/test.toml", "mutant     = \"rstr.no-context\"\n", "")]
#[case::unknown_mutant("unknown_mutant", "requirements/test.toml", "rstr.no-context", "rstr.no-contxt")]
#[case::covered_and_untested(
    "covered_and_untested",
    "requirements/test.toml",
    "how        = \"Leave it out.\"",
    "how = \"x\"\nuntested = \"Nobody can see it.\""
)]
#[case::row_twice("row_twice", "requirements/test.toml", "test.type-required", "test.context-echo")]
#[case::unknown_level("unknown_level", "requirements/test.toml", "STATED", "SHALL")]
#[case::former_id_in_use("former_id_in_use", "issue/twice.toml", "\nwhy ", "\nwas = [\"issue/minimal\"]\nwhy ")]
fn a_mistake_is_told_with_place_cause_and_remedy(
    #[case] name: &str,
    #[case] file: &str,
    #[case] right: &str,
    #[case] wrong: &str,
) {
    let folder = Folder::new();
    folder.replace(file, right, wrong);
    insta::assert_snapshot!(format!("wrong_{name}"), folder.told());
}

#[test]
fn a_missing_why_is_asked_for() {
    let folder = Folder::new();
    folder.replace("issue/minimal.toml", MINIMAL.lines().nth(4).expect("it has a why"), "");
    insta::assert_snapshot!(folder.told());
}

#[test]
fn a_body_without_its_case_is_an_orphan() {
    let folder = Folder::new();
    folder.write("issue/type-mising.xml", ENVELOPE);
    insta::assert_snapshot!(folder.told());
}

#[test]
fn a_case_without_a_body_is_told_how_to_get_one() {
    let folder = Folder::new();
    folder.replace("issue/type-missing.toml", "from   = \"issue/minimal\"\n", "");
    insta::assert_snapshot!(folder.told());
}

#[test]
fn a_file_that_nothing_reads_is_found() {
    let folder = Folder::new();
    folder.write("issue/minimal.yaml", "");
    folder.write("notes.txt", "");
    insta::assert_snapshot!(folder.told());
}

#[test]
fn a_missing_vocabulary_is_told_once() {
    let folder = Folder::new();
    folder.remove("vocabulary.toml");
    let told: Vec<_> = folder.problems().iter().map(|problem| problem.message().to_owned()).collect();
    assert_eq!(told, ["cases/vocabulary.toml: there is no such file"]);
}

#[test]
fn all_mistakes_of_a_suite_are_told_at_once() {
    let folder = Folder::new();
    folder.replace("issue/minimal.toml", "test.context-echo", "test.nothing-like-it");
    folder.replace("issue/twice.toml", "answer = \"issued\"", "answer = \"isued\"");
    folder.replace("issue/type-missing.toml", "wst:BadRequest", "BadRequest");
    folder.write("issue/alone.xml", ENVELOPE);
    // The base is broken, so that the derived case cannot be judged; its own turn comes when the base is mended.
    let told: Vec<_> = folder.problems().iter().map(|problem| problem.message().to_owned()).collect();
    assert!(told.iter().any(|message| message.contains("test.nothing-like-it")), "{told:?}");
    assert!(told.iter().any(|message| message.contains("isued")), "{told:?}");
}

#[test]
fn an_id_does_not_vanish_without_a_successor() {
    let folder = Folder::new();
    let suite = Suite::load(&folder.source()).expect("in order");
    folder.write("ids.txt", &lint::ids(&suite));
    assert!(folder.problems().is_empty(), "{}", folder.told());

    fs::rename(folder.path().join("issue/twice.toml"), folder.path().join("issue/again.toml"))
        .expect("it can be renamed");
    insta::assert_snapshot!(folder.told());

    folder.replace("issue/again.toml", "\nwhy ", "\nwas = [\"issue/twice\"]\nwhy ");
    let suite = Suite::load(&folder.source()).expect("in order");
    folder.write("ids.txt", &lint::ids(&suite));
    assert!(folder.problems().is_empty(), "{}", folder.told());
    assert_eq!(suite.case("issue/twice").map(|case| case.id.0.as_str()), Some("issue/again"));
}

#[test]
fn a_golden_answer_without_its_case_is_found() {
    let folder = Folder::new();
    let golden = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(golden.path().join("issue")).expect("a folder can be made");
    for name in ["issue/minimal@soap=1.1.snap", "issue/minimal.snap", "issue/gone@soap=1.2.snap"] {
        fs::write(golden.path().join(name), "").expect("a file can be written");
    }
    let suite = Suite::load(&folder.source()).expect("in order");
    let problems = lint::lint(&suite, Some(golden.path())).expect("the folder can be read");
    let told: Vec<_> = problems.iter().map(Problem::message).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with("issue/gone@soap=1.2.snap: a golden answer without its case"), "{told:?}");
}

#[test]
fn what_the_program_carries_is_in_order() {
    let (suite, mut problems) = Suite::read(&Source::Embedded).expect("the binary carries its data");
    if problems.is_empty() {
        problems = lint::lint(&suite, None).expect("no folder is read");
    }
    assert!(problems.is_empty(), "{}", Problems(problems));
}

const HOSTILE: &str = r#"title = "A DOCTYPE is refused"
why   = "It has no place in SOAP."
from  = "issue/minimal"
needs = ["issue"]

[hostile]
verdict  = "must-reject"
severity = "high"
faults   = ["client"]
mutant   = "accept.doctype"

[[form]]
tamper = [{ prolog = "{{each.text}}" }]
each   = { text = { bare = "<!DOCTYPE a>", subset = "<!DOCTYPE a []>" } }
"#;

const FAULTS: &str = "[faults]\nclient = [\"s:Sender\"]\n";

/// A suite with a hostile class, in order until a test breaks it.
fn hostile() -> Folder {
    let folder = Folder::new();
    folder.write("hostile/faults.toml", FAULTS);
    folder.write("hostile/xml/doctype.toml", HOSTILE);
    folder
}

#[test]
fn a_hostile_class_covers_no_row_and_is_multiplied_by_its_forms() {
    let folder = hostile();
    let (suite, problems) = Suite::read(&folder.source()).expect("it can be read");
    assert!(problems.is_empty(), "{}", folder.told());
    let class = suite.case("hostile/xml/doctype").expect("it is there");
    let variants = stsproof::plan::variants(class, &suite.vocabulary);
    let forms: Vec<_> = variants.iter().filter_map(|variant| variant.value("form")).collect();
    assert_eq!(forms, ["repaired", "bare", "subset"]);
    assert!(class.steps(&variants[0])[0].tamper.is_empty(), "nothing is wrong with the repaired one");
    assert_eq!(class.steps(&variants[1])[0].tamper.len(), 1);
    assert_eq!(class.steps(&variants[1])[0].expect.code, ["s:Sender"]);
}

#[rstest::rstest]
#[case("mutant   = \"accept.doctype\"", "mutant = \"accept.doctipe\"", "the mock has no misbehaviour `accept.doctipe`")]
#[case("mutant   = \"accept.doctype\"", "", "either the misbehaviour of the mock that it catches")]
#[case("\"client\"", "\"clint\"", "there is no set of faults `clint`")]
#[case("severity = \"high\"", "severity = \"high\"\noracles = [\"same\"]", "there is no oracle `same`")]
#[case("bare =", "repaired =", "is no name for a form")]
#[case("[[form]]", "[[forms]]", "unknown key `forms`")]
#[case("severity = \"high\"", "severity = \"high\"\nbound = \"long\"", "a bound is a number of seconds")]
fn a_mistake_in_a_hostile_class_is_told(#[case] from: &str, #[case] to: &str, #[case] words: &str) {
    let folder = hostile();
    folder.replace("hostile/xml/doctype.toml", from, to);
    let told = folder.told();
    assert!(told.contains(words), "{told}");
}

#[test]
fn a_class_that_is_brought_in_is_not_left_as_well() {
    let folder = hostile();
    folder.write(
        "hostile/left.toml",
        "[[class]]\nid = \"doctype\"\nlayer = \"xml\"\nseverity = \"high\"\nhazard = \"none\"\nverdict = \"must-reject\"\n\
         title = \"x\"\nleft = \"no time\"\n",
    );
    let told = folder.told();
    assert!(told.contains("left in `hostile/left.toml` as well"), "{told}");
}

const WORDS: &str =
    "[client]\nmust-reject = \"Refuses.\"\n[need]\nany-client = \"Any.\"\n[oracle]\nclient-core = \"It lives.\"\n";

const ANSWERS: &str = r#"
[[answer]]
id       = "resp-doctype"
title    = "The answer has a document type declaration."
severity = "high"
client   = "must-reject"
needs    = ["any-client"]
oracles  = ["client-core"]
ends     = "fail"
form     = [{ change = [{ drop = "//s:Body" }, { prolog = "{{each.text}}" }], each = { text = { bare = "<!DOCTYPE a>", subset = "<!DOCTYPE a []>" } } }]
"#;

/// A suite with a hostile answer, in order until a test breaks it.
fn answers() -> Folder {
    let folder = Folder::new();
    folder.write("answers/words.toml", WORDS);
    folder.write("answers/xml.toml", ANSWERS);
    folder
}

#[test]
fn a_hostile_answer_is_multiplied_by_its_forms() {
    let folder = answers();
    let (suite, problems) = Suite::read(&folder.source()).expect("it can be read");
    assert!(problems.is_empty(), "{}", folder.told());
    let [answer] = suite.answers.answers.as_slice() else { panic!("there is one") };
    let forms: Vec<_> = answer.forms.iter().map(|form| (form.name.as_str(), form.change.len())).collect();
    assert_eq!((answer.layer.as_str(), forms), ("xml", vec![("bare", 2), ("subset", 2)]));
    assert_eq!(answer.forms[0].asks.as_deref(), Some("issue/minimal"));
}

#[rstest::rstest]
#[case("any-client", "every-client", "there is no need `every-client`")]
#[case("client-core", "client-cure", "there is no oracle `client-cure`")]
#[case("//s:Body", "//q:Body", "prefix `q` is not bound")]
#[case("form     = [{", "form     = [{ wire = \"mute\",", "unknown value `mute`")]
#[case("form     = [{", "form     = [{ wrong = \"soap.dtdd\",", "the mock has no misbehaviour `soap.dtdd`")]
#[case("form     = [{", "form     = [{ asks = \"issue/maximal\",", "there is no case `issue/maximal`")]
#[case("form     = [{", "form     = [{ body = \"{{token}}\",", "nothing fills `{{token}}`")]
#[case("\"fail\"", "\"pass\"", "a client `must-reject`, and a run ends in `pass`")]
#[case("ends     = \"fail\"", "", "nobody says how a run ends on it")]
fn a_mistake_in_a_hostile_answer_is_told(#[case] from: &str, #[case] to: &str, #[case] words: &str) {
    let folder = answers();
    folder.replace("answers/xml.toml", from, to);
    let told = folder.told();
    assert!(told.contains(words), "{told}");
}
