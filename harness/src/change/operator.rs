//! What an operator says in a case file, and its checked form.

use serde::{Deserialize, Serialize};

use super::rewrite::Rewrite;
use super::table::RawOperator;

/// One rewrite. Paths that select several nodes act on each of them; paths that select none are an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawOperator", into = "RawOperator")]
pub enum Operator {
    /// Takes elements or attributes out.
    Drop {
        /// What goes.
        path: String,
    },
    /// Gives elements another content, or attributes another value. The text is escaped.
    Text {
        /// Whose content.
        path: String,
        /// The text.
        to: String,
    },
    /// Puts XML in the place of elements.
    Replace {
        /// What goes.
        path: String,
        /// What comes.
        with: String,
    },
    /// Puts XML somewhere.
    Insert {
        /// What comes.
        xml: String,
        /// Where.
        place: Place,
    },
    /// Sets an attribute of elements, or adds it.
    Attribute {
        /// Its name as written, `xmlns:…` included.
        name: String,
        /// The elements.
        at: String,
        /// Its value, which is escaped.
        to: String,
    },
    /// Gives elements or attributes another name.
    Rename {
        /// Which.
        path: String,
        /// The name as written.
        to: String,
    },
    /// Repeats elements somewhere else.
    Copy {
        /// Which.
        path: String,
        /// Where.
        place: Place,
    },
    /// Moves elements somewhere else.
    Move {
        /// Which.
        path: String,
        /// Where.
        place: Place,
    },
    /// Puts an element around each of the selected ones.
    Wrap {
        /// Which.
        path: String,
        /// The name of the new element as written.
        within: String,
    },
    /// Repeats elements of another message somewhere in this one.
    Splice {
        /// Which, in the other message.
        path: String,
        /// The other message.
        of: Other,
        /// Where, in this one.
        place: Place,
    },
    /// Puts markup into the middle of the text of elements.
    Split {
        /// Whose text.
        path: String,
        /// What comes there, as it is.
        with: String,
    },
    /// Writes every character of a text or of an attribute's value as a reference.
    Charref {
        /// Whose.
        path: String,
        /// How the number is written.
        base: Base,
    },
    /// Puts the text of elements into a CDATA section.
    Cdata {
        /// Whose.
        path: String,
    },
    /// Gives elements or attributes a content as it is, escaped or not, well-formed or not.
    Raw {
        /// Whose.
        path: String,
        /// The content.
        to: String,
    },
    /// Puts text, such as a document type declaration, in front of the root element.
    Prolog {
        /// What comes.
        text: String,
    },
    /// Puts text behind the root element.
    Epilog {
        /// What comes.
        text: String,
    },
    /// Writes elements another way that means the same.
    Rewrite {
        /// Which.
        path: String,
        /// How.
        how: Rewrite,
    },
    /// Replaces the first occurrence of a text, for what no tree can say.
    Bytes {
        /// What goes.
        find: String,
        /// What comes.
        with: String,
    },
    /// Does one of the others with what comes repeated so many times; a wrapping becomes so many, one in the other.
    Times {
        /// How often.
        times: u32,
        /// What is done.
        operator: Box<Operator>,
    },
}

/// Another message that pieces are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Other {
    /// The same one before any change of its phase.
    Golden,
    /// The same one as another user would send it.
    OtherUser,
}

/// How a character reference writes its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// `&#65;`
    Decimal,
    /// `&#x41;`
    Hex,
}

/// Where something is put, relative to the elements that a path selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// As the last child.
    Into(String),
    /// As the first child.
    FirstInto(String),
    /// In front.
    Before(String),
    /// Behind.
    After(String),
}

impl Operator {
    /// The same operator with every text argument rewritten, for the translation of URIs into a variant.
    #[must_use]
    pub fn map_text(&self, rewrite: impl Fn(&str) -> String) -> Self {
        let raw = RawOperator::from(self.clone()).map_text(rewrite);
        // The keys are those of a checked operator, so that checking them again cannot fail.
        Self::try_from(raw).unwrap_or_else(|_| self.clone())
    }

    /// The same operator, done once.
    pub fn once(&self) -> &Self {
        match self {
            Self::Times { operator, .. } => operator,
            operator => operator,
        }
    }

    /// The paths in it, for a linter.
    pub fn paths(&self) -> Vec<&str> {
        match self {
            Self::Drop { path }
            | Self::Text { path, .. }
            | Self::Replace { path, .. }
            | Self::Rename { path, .. }
            | Self::Wrap { path, .. }
            | Self::Split { path, .. }
            | Self::Charref { path, .. }
            | Self::Cdata { path }
            | Self::Raw { path, .. }
            | Self::Rewrite { path, .. }
            | Self::Attribute { at: path, .. } => vec![path],
            Self::Insert { place, .. } => vec![place.path()],
            Self::Copy { path, place } | Self::Move { path, place } | Self::Splice { path, place, .. } => {
                vec![path, place.path()]
            }
            Self::Bytes { .. } | Self::Prolog { .. } | Self::Epilog { .. } => Vec::new(),
            Self::Times { operator, .. } => operator.paths(),
        }
    }

    /// The key by which a case file calls it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Drop { .. } => "drop",
            Self::Text { .. } => "text",
            Self::Replace { .. } => "replace",
            Self::Insert { .. } => "insert",
            Self::Attribute { .. } => "attribute",
            Self::Rename { .. } => "rename",
            Self::Copy { .. } | Self::Splice { .. } => "copy",
            Self::Move { .. } => "move",
            Self::Wrap { .. } => "wrap",
            Self::Split { .. } => "split",
            Self::Charref { .. } => "charref",
            Self::Cdata { .. } => "cdata",
            Self::Raw { .. } => "raw",
            Self::Prolog { .. } => "prolog",
            Self::Epilog { .. } => "epilog",
            Self::Rewrite { .. } => "rewrite",
            Self::Bytes { .. } => "bytes",
            Self::Times { operator, .. } => operator.key(),
        }
    }

    /// Whether it takes something from that other message.
    pub fn takes_from(&self, other: Other) -> bool {
        match self {
            Self::Splice { of, .. } => *of == other,
            Self::Times { operator, .. } => operator.takes_from(other),
            _ => false,
        }
    }

    /// Whether what it leaves may be anything: nobody has to be able to read it.
    pub fn is_raw(&self) -> bool {
        match self {
            Self::Split { .. } | Self::Raw { .. } | Self::Prolog { .. } | Self::Epilog { .. } | Self::Bytes { .. } => {
                true
            }
            Self::Times { operator, .. } => operator.is_raw(),
            _ => false,
        }
    }
}

impl Place {
    /// The path that it is relative to.
    pub fn path(&self) -> &str {
        match self {
            Self::Into(path) | Self::FirstInto(path) | Self::Before(path) | Self::After(path) => path,
        }
    }
}
