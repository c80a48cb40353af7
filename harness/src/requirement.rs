//! The register: one row for each statement of a specification.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use crate::capability::Capabilities;
use crate::case::model::{Capability, RequirementId};
use crate::nearest::did_you_mean;
use crate::problem::{Problem, Text};

/// What a row is made of.
const KEYS: &str = "a row has `id`, `section`, `versions` (such as \"2005/02\", \"1.3\", \"1.4\"), `level` (the keyword, \
    or STATED), `actor` (sts or requestor), `binding` (issue, any, …), `text` (the statement in your words), `observable` \
    (response-structure, needs-malformed-request, needs-crypto, needs-state, needs-two-parties, not-observable) and `how` \
    (a hint for the author of a case)";

/// All rows of all specifications.
#[derive(Debug, Clone, Default)]
pub struct Register {
    rows: Vec<Requirement>,
    by_id: BTreeMap<RequirementId, usize>,
}

/// One statement of a specification.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Requirement {
    /// Its name, never changed and never used again.
    pub id: RequirementId,
    /// The specification, in short.
    pub spec: String,
    /// The section of it.
    pub section: String,
    /// The SOAP version that it is about, where it is about one.
    #[serde(skip)]
    pub soap: Option<String>,
    /// The WS-Trust versions that it is a part of.
    pub versions: Vec<String>,
    /// What a target must claim for the specification to bind it; nothing where it binds everyone.
    pub needs: Option<Capability>,
    /// The keyword of the text.
    pub level: Level,
    /// Whom it binds.
    pub actor: Actor,
    /// The kind of answer that it is about, where it says nothing of any other.
    pub speaks_of: Option<SpeaksOf>,
    /// The binding of WS-Trust that it belongs to, or `any`.
    pub binding: String,
    /// The statement in our words.
    pub text: String,
    /// What it takes to see it.
    pub observable: Observable,
    /// A hint for the author of a case.
    pub how: String,
    /// The misbehaviour of the mock that its cases must catch.
    pub mutant: Option<String>,
    /// Why nothing tests it.
    pub untested: Option<String>,
    /// Where the row stands.
    #[serde(skip)]
    pub place: (Arc<Text>, Range<usize>),
}

/// The keyword of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// MUST, SHALL.
    #[serde(rename = "MUST")]
    Must,
    /// MUST NOT, SHALL NOT.
    #[serde(rename = "MUST NOT")]
    MustNot,
    /// REQUIRED.
    #[serde(rename = "REQUIRED")]
    Required,
    /// Said normatively without a keyword.
    #[serde(rename = "STATED")]
    Stated,
    /// SHOULD.
    #[serde(rename = "SHOULD")]
    Should,
    /// SHOULD NOT.
    #[serde(rename = "SHOULD NOT")]
    ShouldNot,
    /// RECOMMENDED.
    #[serde(rename = "RECOMMENDED")]
    Recommended,
    /// NOT RECOMMENDED.
    #[serde(rename = "NOT RECOMMENDED")]
    NotRecommended,
    /// MAY, OPTIONAL.
    #[serde(rename = "MAY")]
    May,
    /// The source contradicts itself: reported, never failed on.
    #[serde(rename = "AMBIGUOUS")]
    Ambiguous,
}

/// What breaking a statement is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Information.
    Note,
    /// Advice not followed.
    Warn,
    /// Not conformant.
    Fail,
}

/// Whom a statement binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// The service.
    Sts,
    /// Its client.
    Requestor,
}

/// A kind of answer that a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpeaksOf {
    /// Which code a fault has; not when a fault has to come.
    Fault,
}

/// What it takes to see whether a statement is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observable {
    /// A good request and a look at the answer.
    ResponseStructure,
    /// A wrong, odd or unauthenticated request.
    NeedsMalformedRequest,
    /// Signing, decrypting or verifying.
    NeedsCrypto,
    /// Several requests.
    NeedsState,
    /// A relying party, a second principal, or a client under test.
    NeedsTwoParties,
    /// It cannot be seen from outside.
    NotObservable,
}

impl Requirement {
    /// Whether the statement is a part of a version as it shows on the wire. WS-Trust 1.4 has the namespace of 1.3.
    pub fn is_in(&self, version: &str) -> bool {
        self.versions.iter().any(|own| own == version || (version == "1.3" && own == "1.4"))
    }

    /// Whether the statement speaks of a target that claims these, where it speaks that version: what 1.4 added is
    /// asked of nobody who does not claim 1.4.
    pub fn concerns(&self, version: &str, claims: &BTreeSet<Capability>) -> bool {
        let only_added = !self.versions.iter().any(|own| own == version);
        self.is_in(version) && (!only_added || claims.iter().any(|claim| claim.0 == "trust-1.4"))
    }

    /// Whether the statement is about messages of this version of SOAP: what one says is no rule for the other.
    pub fn is_about(&self, soap: Option<&str>) -> bool {
        self.soap.as_deref().is_none_or(|only| soap.is_none_or(|spoken| spoken == only))
    }

    /// What breaking the statement is worth to a target that claims these. A profile that it never claimed is a remark,
    /// and what a client is told to do binds no service: one that takes the opposite from a client deserves a warning.
    pub fn severity(&self, claims: &BTreeSet<Capability>) -> Severity {
        match (&self.needs, self.actor) {
            (Some(profile), _) if !claims.contains(profile) => Severity::Note,
            (_, Actor::Sts) => self.level.severity(),
            (_, Actor::Requestor) => self.level.severity().min(Severity::Warn),
        }
    }
}

impl Level {
    /// Every level.
    pub const ALL: [Self; 10] = [
        Self::Must,
        Self::MustNot,
        Self::Required,
        Self::Stated,
        Self::Should,
        Self::ShouldNot,
        Self::Recommended,
        Self::NotRecommended,
        Self::May,
        Self::Ambiguous,
    ];

    /// The columns of tables that count levels of one weight together.
    pub const COLUMNS: [&'static str; 4] = ["MUST", "STATED", "SHOULD", "MAY"];

    /// The column that it is counted in.
    pub fn column(self) -> &'static str {
        match self {
            Self::Must | Self::MustNot | Self::Required => "MUST",
            Self::Stated => "STATED",
            Self::Should | Self::ShouldNot | Self::Recommended | Self::NotRecommended => "SHOULD",
            Self::May | Self::Ambiguous => "MAY",
        }
    }

    /// The level that a keyword names.
    pub fn of_keyword(keyword: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.keyword() == keyword)
    }

    /// What breaking it is worth.
    pub fn severity(self) -> Severity {
        match self {
            Self::Must | Self::MustNot | Self::Required | Self::Stated => Severity::Fail,
            Self::Should | Self::ShouldNot | Self::Recommended | Self::NotRecommended => Severity::Warn,
            Self::May | Self::Ambiguous => Severity::Note,
        }
    }

    /// Whether a covered row of this level has to name a mutant. A definition without a keyword need not: many say
    /// what a thing means, and no single misbehaviour is its opposite.
    pub fn needs_mutant(self) -> bool {
        matches!(self, Self::Must | Self::MustNot | Self::Required)
    }

    /// The keyword, as the texts write it.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Required => "REQUIRED",
            Self::Stated => "STATED",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::Recommended => "RECOMMENDED",
            Self::NotRecommended => "NOT RECOMMENDED",
            Self::May => "MAY",
            Self::Ambiguous => "AMBIGUOUS",
        }
    }
}

impl Register {
    /// Adds the rows of one specification; every mistake is added to `problems`.
    pub fn read(&mut self, file: &Arc<Text>, capabilities: &Capabilities, problems: &mut Vec<Problem>) {
        match toml::from_str::<RawFile>(&file.text) {
            Ok(raw) => {
                if let Some(needs) = raw.needs.as_ref().filter(|needs| !capabilities.has(needs.get_ref())) {
                    let name = needs.get_ref();
                    let problem = Problem::at(file, needs.span(), format!("there is no capability `{name}`"));
                    problems.push(problem.help(capabilities.remedy(name)));
                }
                let needs = raw.needs.map(|needs| Capability(needs.into_inner()));
                let head = Head { spec: raw.spec, soap: raw.soap, needs };
                raw.requirement.into_iter().for_each(|row| self.add(&head, row, file, problems));
            }
            Err(error) => problems.push(crate::case::raw::syntax(file, &error)),
        }
    }

    /// All rows, in the order of the files.
    pub fn rows(&self) -> &[Requirement] {
        &self.rows
    }

    /// The row of that id.
    pub fn get(&self, id: &RequirementId) -> Option<&Requirement> {
        self.by_id.get(id).map(|index| &self.rows[*index])
    }

    /// The remedy for an id that is not in the register.
    pub(crate) fn remedy(&self, wrong: &str) -> String {
        let ids = self.rows.iter().map(|row| row.id.0.as_str());
        did_you_mean(wrong, ids, "the register stands in `requirements/`, which `stsproof export DIR` writes")
    }

    fn add(&mut self, head: &Head, row: Spanned<RawRow>, file: &Arc<Text>, problems: &mut Vec<Problem>) {
        let whole = row.span();
        let raw = row.into_inner();
        let missing = raw.missing();
        let RawRow {
            id: Some(id),
            section: Some(section),
            versions: Some(versions),
            level: Some(level),
            actor: Some(actor),
            binding: Some(binding),
            text: Some(text),
            observable: Some(observable),
            how: Some(how),
            speaks_of,
            mutant,
            untested,
        } = raw
        else {
            let problem = Problem::at(file, whole, format!("the row has no {}", missing.join(", no ")));
            problems.push(problem.label("this row").help(KEYS));
            return;
        };
        let at = id.span();
        let id = RequirementId(id.into_inner());
        if self.by_id.contains_key(&id) {
            problems.push(
                Problem::at(file, at, format!("the register has `{id}` twice"))
                    .help("give the row a name of its own; ids are never used again"),
            );
            return;
        }
        self.by_id.insert(id.clone(), self.rows.len());
        self.rows.push(Requirement {
            id,
            spec: head.spec.clone(),
            soap: head.soap.clone(),
            section,
            versions,
            needs: head.needs.clone(),
            level,
            actor,
            speaks_of,
            binding,
            text,
            observable,
            how,
            mutant,
            untested,
            place: (Arc::clone(file), at),
        });
    }
}

/// What all rows of a file have in common.
struct Head {
    spec: String,
    soap: Option<String>,
    needs: Option<Capability>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    spec: String,
    needs: Option<Spanned<String>>,
    #[serde(rename = "title")]
    _title: String,
    /// The SOAP version that all of it is about.
    soap: Option<String>,
    requirement: Vec<Spanned<RawRow>>,
}

/// A row as it is written. What is missing is told all at once, so that nothing is required here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRow {
    id: Option<Spanned<String>>,
    section: Option<String>,
    versions: Option<Vec<String>>,
    level: Option<Level>,
    actor: Option<Actor>,
    speaks_of: Option<SpeaksOf>,
    binding: Option<String>,
    text: Option<String>,
    observable: Option<Observable>,
    how: Option<String>,
    mutant: Option<String>,
    untested: Option<String>,
}

impl RawRow {
    /// The keys that a row has to have and that this one lacks.
    fn missing(&self) -> Vec<&'static str> {
        let keys = [
            ("`id`", self.id.is_some()),
            ("`section`", self.section.is_some()),
            ("`versions`", self.versions.is_some()),
            ("`level`", self.level.is_some()),
            ("`actor`", self.actor.is_some()),
            ("`binding`", self.binding.is_some()),
            ("`text`", self.text.is_some()),
            ("`observable`", self.observable.is_some()),
            ("`how`", self.how.is_some()),
        ];
        keys.into_iter().filter(|(_, is_there)| !is_there).map(|(key, _)| key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(versions: &[&str], needs: Option<&str>) -> Requirement {
        let mut register = Register::default();
        let needs = needs.map(|needs| format!("needs = {needs:?}\n")).unwrap_or_default();
        let text = format!(
            "spec = \"S\"\ntitle = \"T\"\n{needs}[[requirement]]\nid = \"s.a\"\nsection = \"1\"\nversions = {versions:?}\n\
             level = \"MUST\"\nactor = \"sts\"\nbinding = \"any\"\ntext = \"A.\"\nobservable = \"needs-crypto\"\nhow = \"B.\"\n"
        );
        let known = crate::capability::Known { name: capability("profile"), about: String::new(), assumed: false };
        let mut problems = Vec::new();
        let file = Arc::new(Text { name: "s.toml".to_owned(), text });
        register.read(&file, &Capabilities(vec![known]), &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        register.rows()[0].clone()
    }

    fn capability(name: &str) -> Capability {
        Capability(name.to_owned())
    }

    #[test]
    fn a_row_speaks_of_its_own_versions() {
        let (old, new) = (row(&["2005/02"], None), row(&["1.3", "1.4"], None));
        assert!(old.concerns("2005/02", &BTreeSet::new()) && !old.concerns("1.3", &BTreeSet::new()));
        assert!(new.concerns("1.3", &BTreeSet::new()) && !new.concerns("2005/02", &BTreeSet::new()));
    }

    #[test]
    fn what_1_4_added_concerns_who_claims_it() {
        let added = row(&["1.4"], None);
        assert!(!added.concerns("1.3", &BTreeSet::new()));
        assert!(added.concerns("1.3", &BTreeSet::from([capability("trust-1.4")])));
    }

    #[test]
    fn a_profile_that_was_not_claimed_is_worth_a_note() {
        let row = row(&["1.3"], Some("profile"));
        assert_eq!(row.severity(&BTreeSet::new()), Severity::Note);
        assert_eq!(row.severity(&BTreeSet::from([capability("profile")])), Severity::Fail);
    }
}
