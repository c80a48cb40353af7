//! What the generator knows: regions, values, splices, baselines and relations, read from the data like everything else.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::label::Label;
use crate::case::model::{Capability, Credential};
use crate::change::{Operator, Rewrite};
use crate::error::Error;
use crate::source::{File, Source};
use crate::suite::Suite;

/// Everything that scripts are drawn from and labelled by.
#[derive(Debug, Clone)]
pub struct Data {
    /// What a difference means, by its place.
    pub regions: Vec<Region>,
    /// Boundary values by type.
    pub values: BTreeMap<Type, Vec<Text>>,
    /// Whole pieces that do not belong into a message.
    pub splices: Vec<Splice>,
    /// The golden requests to start from.
    pub baselines: Baselines,
    /// The rewrites that must not change an answer.
    pub relations: Vec<Relation>,
    /// Whether a signature has to cover the Body: some policies ask for less.
    pub body_is_signed: bool,
}

/// What a difference means at one place of a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Region {
    /// The place, from the root down.
    pub at: String,
    /// The type of the text there.
    #[serde(rename = "type")]
    pub kind: Type,
    /// The label where it is missing.
    #[serde(default)]
    pub absent: Label,
    /// The label where it is there more than once.
    #[serde(default)]
    pub twice: Label,
    /// The label of an empty text.
    #[serde(default)]
    pub blank: Label,
    /// The label of a text that is none of the type.
    #[serde(default)]
    pub illegal: Label,
    /// The label of another text that is legal.
    #[serde(default)]
    pub other: Label,
    /// A reading that looks closer.
    #[serde(default)]
    pub rule: Rule,
    /// The row of the register that decides.
    #[serde(default)]
    pub clause: Option<String>,
    /// The same for one of the labels, where another row decides about that.
    #[serde(default)]
    pub clauses: BTreeMap<Column, String>,
    /// What a target claims that can be held to these labels.
    #[serde(default)]
    pub needs: Option<Capability>,
}

/// What can be wrong at a place: a column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Column {
    /// It is missing.
    Absent,
    /// It is there more than once.
    Twice,
    /// Its text is empty.
    Blank,
    /// Its text is none of its type.
    Illegal,
    /// Its text is another one.
    Other,
}

/// The types of loci.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Type {
    /// xs:anyURI
    Uri,
    /// xs:dateTime
    Time,
    /// xs:base64Binary
    Base64,
    /// xs:integer
    Integer,
    /// xs:boolean
    Boolean,
    /// xs:QName
    Name,
    /// xs:string
    String,
    /// An identifier.
    Id,
    /// A reference to an identifier.
    IdReference,
    /// Nothing but elements.
    Elements,
    /// Anything.
    Any,
}

/// Readings that look closer at another text than its type does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// None.
    #[default]
    Plain,
    /// Names and passwords: a folded spelling may still mean the same account.
    Secret,
    /// A time before which the message is from the future.
    Begins,
    /// A time after which the message is over.
    Ends,
    /// The address of a relying party.
    Scope,
    /// The nonce of a digest: its octets count.
    Nonce,
    /// The time of a digest: its text counts.
    Digested,
    /// Octets of a certificate.
    Octets,
    /// The type of a password.
    PasswordType,
    /// The kind of request.
    RequestType,
    /// The action of the message.
    Action,
    /// WS-Addressing 1.0 wants it once; its forerunner says nothing.
    #[serde(rename = "once-in-1.0")]
    OnceIn10,
}

/// A value of a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Text {
    /// As it is.
    Plain(String),
    /// Repeated.
    Repeated {
        /// What.
        text: String,
        /// How often.
        times: usize,
    },
}

/// A piece that does not belong into a message.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Splice {
    /// What it is called.
    pub name: String,
    /// Itself.
    pub xml: String,
    /// The places that it is put into.
    pub into: Vec<String>,
}

/// The golden requests to start from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baselines {
    /// Golden cases by the kind of key that they ask for.
    pub key: BTreeMap<String, String>,
    /// What makes a message of another addressing.
    pub addressing: BTreeMap<String, Vec<Operator>>,
    /// The values of the dimensions that are no axes.
    pub dimension: Dimension,
    /// What does not go together.
    pub never: Vec<Never>,
    /// What a message needs to be sent twice.
    pub replay: Replay,
    /// What makes a message one of the account that may be locked, by its credential.
    pub bait: BTreeMap<Credential, Vec<Operator>>,
    /// Where a token that is shown can be touched.
    pub token: Places,
    /// Where a signature of a message can be touched.
    pub signature: Places,
}

/// Places that only the finished message has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    /// Their paths.
    pub paths: Vec<String>,
}

/// The dimensions of the baselines that are no axes of cases.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Who asks.
    pub credential: Vec<Credential>,
    /// For which kind of key.
    pub key: Vec<String>,
    /// With which addressing.
    pub addressing: Vec<String>,
}

/// Values that exclude each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Never {
    /// With this kind of key,
    pub key: String,
    /// none of these credentials.
    pub credential: Vec<Credential>,
    /// Why.
    pub because: String,
}

/// What a message needs to be sent twice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Changes of the golden request.
    pub change: Vec<Operator>,
}

/// A rewrite that must not change an answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// Its name.
    pub id: String,
    /// The layer that it belongs to.
    pub group: String,
    /// Whether a sound service must bear it.
    pub strength: Strength,
    /// Whether a signed part bears it.
    pub signed: Signed,
    /// What it says.
    pub says: String,
    /// Where it ends.
    #[serde(default)]
    pub limits: Option<String>,
    /// Where its rewrites may be applied.
    #[serde(default)]
    pub at: Option<Fits>,
    /// Rewrites, each a way.
    #[serde(default)]
    pub rewrite: Vec<Way>,
    /// Lists of operators, each a way.
    #[serde(default)]
    pub change: Vec<Vec<Operator>>,
    /// Headers of HTTP, each a way.
    #[serde(default)]
    pub headers: Vec<BTreeMap<String, String>>,
    /// The SOAP version that it is about.
    #[serde(default)]
    pub soap: Option<String>,
    /// The version of WS-Addressing that it is about.
    #[serde(default)]
    pub addressing: Option<String>,
    /// The credential that it is about.
    #[serde(default)]
    pub credential: Option<Credential>,
    /// What holds it instead.
    #[serde(default)]
    pub by: Option<String>,
    /// Why nothing holds it yet.
    #[serde(default)]
    pub open: Option<String>,
}

/// How binding a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// The rewritten message must be accepted with the same meaning.
    Strong,
    /// It may be refused, cleanly.
    Weak,
}

/// Whether a signed part bears a rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signed {
    /// The signature holds.
    Safe,
    /// It breaks: the rewrite comes before signing.
    Breaks,
    /// That depends on the canonical form.
    Depends,
    /// Only the issuer could sign it.
    Resign,
    /// No single message is rewritten.
    #[serde(rename = "n/a")]
    NotApplicable,
}

/// Where a rewrite may be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fits {
    /// The whole document.
    Document,
    /// Any element.
    Element,
    /// An element with attributes.
    Tag,
    /// An element of elements.
    Parent,
    /// An element of text.
    Leaf,
    /// Base64.
    Base64,
    /// A type that collapses white space.
    Collapsing,
}

/// One way to rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", untagged)]
pub enum Way {
    /// By the operator `rewrite`.
    Rewrite(Rewrite),
    /// By another operator.
    Text(TextWay),
}

/// The ways to write a text that need it as it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextWay {
    /// Characters as references.
    Charref,
    /// A CDATA section.
    Cdata,
    /// A comment in the middle.
    CommentInside,
}

impl Data {
    /// Reads it; a mistake names the file.
    pub fn load(source: &Source, suite: &Suite) -> Result<Self, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Regions {
            region: Vec<Region>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Splices {
            splice: Vec<Splice>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Relations {
            relation: Vec<Relation>,
        }
        let files = source.files()?;
        let data = Self {
            regions: read::<Regions>(source, &files, "generator/regions.toml")?.region,
            values: read(source, &files, "generator/values.toml")?,
            splices: read::<Splices>(source, &files, "generator/splices.toml")?.splice,
            baselines: read(source, &files, "generator/baselines.toml")?,
            relations: read::<Relations>(source, &files, "hostile/relations.toml")?.relation,
            body_is_signed: true,
        };
        data.check(source, suite)?;
        Ok(data)
    }

    /// The same for a target that claims no more than this: what it does not offer it may do as it likes.
    #[must_use]
    pub fn for_claims(mut self, claims: &BTreeSet<Capability>) -> Self {
        let unclaimed = |region: &&mut Region| region.needs.as_ref().is_some_and(|needs| !claims.contains(needs));
        for region in self.regions.iter_mut().filter(unclaimed) {
            for label in
                [&mut region.absent, &mut region.twice, &mut region.blank, &mut region.illegal, &mut region.other]
            {
                *label = Label::May.max(*label);
            }
            region.rule = Rule::default();
        }
        self.body_is_signed = claims.contains(&Capability("signed-body".to_owned()));
        self
    }

    /// What is known of a place.
    pub fn region(&self, at: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.at == at)
    }

    /// Names that lead nowhere would make a label that nobody meant.
    fn check(&self, source: &Source, suite: &Suite) -> Result<(), Error> {
        let clauses = self.regions.iter().flat_map(Region::rows);
        let mut unknown =
            clauses.filter(|id| suite.register.get(&crate::case::model::RequirementId((*id).clone())).is_none());
        if let Some(unknown) = unknown.next() {
            let cause = format!("there is no requirement `{unknown}`");
            return Err(Error::set_up(
                source.shown("generator/regions.toml"),
                cause,
                "name a row of cases/requirements",
            ));
        }
        // Whoever is told that a message must be refused wants to read where that stands.
        if let Some((at, column)) = self.regions.iter().find_map(|region| Some((&region.at, region.unfounded()?))) {
            let cause = format!("no row says why a message must be refused by its `{at}` ({column:?})");
            return Err(Error::set_up(source.shown("generator/regions.toml"), cause, "add `clause`, or to `clauses`"));
        }
        let known = suite.capabilities.all();
        if let Some(unknown) =
            self.regions.iter().filter_map(|region| region.needs.as_ref()).find(|it| !known.contains(it))
        {
            let cause = format!("there is no capability `{}`", unknown.0);
            return Err(Error::set_up(
                source.shown("generator/regions.toml"),
                cause,
                "name one of cases/capabilities.toml",
            ));
        }
        if let Some(unknown) = self.baselines.key.values().find(|id| suite.case(id).is_none()) {
            let cause = format!("there is no case `{unknown}`");
            return Err(Error::set_up(source.shown("generator/baselines.toml"), cause, "name a golden case"));
        }
        let idle = self.relations.iter().find(|relation| {
            let ways = relation.rewrite.len() + relation.change.len() + relation.headers.len();
            (ways == 0) == (relation.by.is_none() && relation.open.is_none())
        });
        match idle {
            Some(idle) => {
                let cause = format!("`{}` has neither a way nor a reason, or both", idle.id);
                let remedy = "give it one of `rewrite`, `change`, `headers`, `by` and `open`";
                Err(Error::set_up(source.shown("hostile/relations.toml"), cause, remedy))
            }
            None => Ok(()),
        }
    }
}

impl Region {
    /// The row that decides about a column.
    pub fn clause_of(&self, column: Column) -> Option<&str> {
        self.clauses.get(&column).or(self.clause.as_ref()).map(String::as_str)
    }

    /// Every row that it names.
    pub fn rows(&self) -> impl Iterator<Item = &String> {
        self.clauses.values().chain(&self.clause)
    }

    /// A column whose label is a refusal of which no row speaks.
    fn unfounded(&self) -> Option<Column> {
        let closer = !matches!(self.rule, Rule::Plain | Rule::OnceIn10 | Rule::PasswordType);
        let said = [
            (Column::Absent, self.absent),
            (Column::Twice, self.twice),
            (Column::Blank, self.blank),
            (Column::Illegal, self.illegal),
            (Column::Other, if closer { Label::Reject } else { self.other }),
        ];
        let mut refused = said.into_iter().filter(|(_, label)| *label == Label::Reject).map(|(column, _)| column);
        refused.find(|column| self.clause_of(*column).is_none())
    }
}

impl Text {
    /// The text.
    pub fn whole(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Repeated { text, times } => text.repeat(*times),
        }
    }
}

impl Type {
    /// Whether white space around a text of this type means nothing.
    pub fn collapses(self) -> bool {
        matches!(self, Self::Uri | Self::Time | Self::Integer | Self::Boolean | Self::Name)
    }
}

fn read<T: serde::de::DeserializeOwned>(source: &Source, files: &[File], path: &str) -> Result<T, Error> {
    let wrong = |cause: String| {
        Error::set_up(source.shown(path), cause, "compare it with the file that `stsproof export DIR` writes")
    };
    let file = files.iter().find(|file| file.path == path).ok_or_else(|| wrong("there is no such file".to_owned()))?;
    let text = std::str::from_utf8(&file.bytes).map_err(|error| wrong(error.to_string()))?;
    toml::from_str(text).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_that_is_demanded_has_a_row_that_says_so() {
        let region = |more: &str| -> Region {
            toml::from_str(&format!("at = \"a\"\ntype = \"uri\"\n{more}")).expect("it is a region")
        };
        assert_eq!(region("absent = \"reject\"").unfounded(), Some(Column::Absent));
        assert_eq!(region("rule = \"ends\"").unfounded(), Some(Column::Other));
        assert_eq!(region("absent = \"reject\"\nclauses = { absent = \"a.row\" }").unfounded(), None);
        assert_eq!(region("absent = \"reject\"\nclause = \"a.row\"").unfounded(), None);
        assert_eq!(region("blank = \"may\"").unfounded(), None);
    }
}
