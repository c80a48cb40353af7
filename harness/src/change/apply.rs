//! Operators at work: nodes become ranges, ranges become edits, edits are made all at once.

use std::ops::Range;

use stsproof_judge::gate::Refusal;
use stsproof_judge::path::{PathError, Paths};
use stsproof_judge::tree::{Node, Tree};

use super::operator::{Base, Other};
use super::tag::{StartTag, escape_attribute, escape_text};
use super::{Operator, Place};

/// Why a change cannot be made. Always a mistake of the case, never of a target.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The text to change is no XML, so that no path leads into it.
    #[error(
        "change {number} (`{key}`): the text is not well-formed: {refusal}; use `bytes` for such a text, or put it last"
    )]
    Unreadable {
        /// Which operator, counted from 1.
        number: usize,
        /// Its key.
        key: &'static str,
        /// What the gate says.
        refusal: Refusal,
    },
    /// The operator made something that is no XML.
    #[error(
        "change {number} (`{key}`) leaves a text that is not well-formed: {refusal}; use `bytes` if that is wanted"
    )]
    Broke {
        /// Which operator, counted from 1.
        number: usize,
        /// Its key.
        key: &'static str,
        /// What the gate says.
        refusal: Refusal,
    },
    /// A path is wrong.
    #[error("change {number} (`{key}`): {error}")]
    Path {
        /// Which operator, counted from 1.
        number: usize,
        /// Its key.
        key: &'static str,
        /// What is wrong with the path.
        error: PathError,
    },
    /// The operator cannot do its work on what is there.
    #[error("change {number} (`{key}`): {because}")]
    Impossible {
        /// Which operator, counted from 1.
        number: usize,
        /// Its key.
        key: &'static str,
        /// In words, naming the path.
        because: String,
    },
}

impl ChangeError {
    /// Which operator, counted from 1.
    pub(crate) fn number(&self) -> usize {
        match self {
            Self::Unreadable { number, .. }
            | Self::Broke { number, .. }
            | Self::Path { number, .. }
            | Self::Impossible { number, .. } => *number,
        }
    }
}

/// The source after all operators, each seeing what the one before it left.
pub fn apply(source: &str, operators: &[Operator], paths: &Paths) -> Result<String, ChangeError> {
    apply_beside(source, None, operators, paths)
}

/// The same, with the message of another user that operators may take pieces from.
pub fn apply_beside(
    source: &str,
    other_user: Option<&str>,
    operators: &[Operator],
    paths: &Paths,
) -> Result<String, ChangeError> {
    let work = Work { known: None, other_user, is_read: true };
    work.apply(source, operators, paths)
}

/// The same on a source that has been read already; whether the last operator leaves something that is well-formed is
/// not looked at.
pub(crate) fn apply_from(
    source: &str,
    tree: &Tree,
    operators: &[Operator],
    paths: &Paths,
) -> Result<String, ChangeError> {
    let work = Work { known: Some(tree), other_user: None, is_read: false };
    work.apply(source, operators, paths)
}

/// The same on a source that has not.
pub fn apply_unread(source: &str, operators: &[Operator], paths: &Paths) -> Result<String, ChangeError> {
    let work = Work { known: None, other_user: None, is_read: false };
    work.apply(source, operators, paths)
}

/// What operators work with.
struct Work<'a> {
    /// The tree of the source, where it has been read already.
    known: Option<&'a Tree>,
    /// The message of another user.
    other_user: Option<&'a str>,
    /// Whether what the last operator leaves has to be well-formed.
    is_read: bool,
}

impl Work<'_> {
    fn apply(&self, source: &str, operators: &[Operator], paths: &Paths) -> Result<String, ChangeError> {
        let other_user = self.other_user;
        let mut text = source.to_owned();
        let mut tree: Option<Tree> = None;
        for (index, operator) in operators.iter().enumerate() {
            let (number, key) = (index + 1, operator.key());
            let impossible = |because: String| ChangeError::Impossible { number, key, because };
            let (times, operator) = match operator {
                Operator::Times { times, operator } => (usize::try_from(*times).unwrap_or(usize::MAX), &**operator),
                operator => (1, operator),
            };
            if let Some(changed) = without_tree(&text, operator, times) {
                text = changed.map_err(impossible)?;
                tree = None;
                continue;
            }
            let own; // lives as long as what borrows from it
            let before = match (tree.take(), self.known.filter(|_| index == 0)) {
                (Some(tree), _) => {
                    own = tree;
                    &own
                }
                (None, Some(known)) => known,
                (None, None) => {
                    own = Tree::from_text(&text).map_err(|refusal| ChangeError::Unreadable { number, key, refusal })?;
                    &own
                }
            };
            let trouble = |trouble| match trouble {
                Trouble::Path(error) => ChangeError::Path { number, key, error },
                Trouble::Words(because) => ChangeError::Impossible { number, key, because },
            };
            let others = Others { golden: source, other_user };
            let sheet = Sheet { offsets: Offsets::between(&text, before.text()), text: &text, tree: before, paths };
            let edits = sheet.edits(operator, times, &others).map_err(trouble)?;
            let after = carry_out(&text, edits).ok_or_else(|| impossible("its places overlap".to_owned()))?;
            let is_looked_at = self.is_read || index + 1 < operators.len();
            if is_looked_at && !operator.is_raw() {
                tree = Some(Tree::from_text(&after).map_err(|refusal| ChangeError::Broke { number, key, refusal })?);
            }
            text = after;
        }
        Ok(text)
    }
}

/// Operators that act on the text alone. `None` for those that need a tree.
fn without_tree(text: &str, operator: &Operator, times: usize) -> Option<Result<String, String>> {
    match operator {
        Operator::Bytes { find, with } => Some(match text.find(find.as_str()) {
            Some(start) => Ok([&text[..start], &with.repeat(times), &text[start + find.len()..]].concat()),
            None => Err(format!("the text does not contain `{find}`")),
        }),
        Operator::Prolog { text: prolog } => {
            let start = if text.starts_with("<?xml ") { text.find("?>").map_or(0, |end| end + 2) } else { 0 };
            Some(Ok([&text[..start], &prolog.repeat(times), &text[start..]].concat()))
        }
        Operator::Epilog { text: epilog } => Some(Ok([text, &epilog.repeat(times)].concat())),
        _ => None,
    }
}

/// The other messages that pieces may be taken from.
struct Others<'a> {
    golden: &'a str,
    other_user: Option<&'a str>,
}

impl Others<'_> {
    /// The elements that a path selects in another message, as they stand there.
    fn take(&self, path: &str, of: Other, paths: &Paths) -> Result<String, Trouble> {
        let text = match of {
            Other::Golden => self.golden,
            Other::OtherUser => self.other_user.ok_or_else(|| {
                Trouble::Words("another user's message is there before signing only: write it in `change`".to_owned())
            })?,
        };
        let tree = Tree::from_text(text)
            .map_err(|refusal| Trouble::Words(format!("the other message is not well-formed: {refusal}")))?;
        let sheet = Sheet { offsets: Offsets::between(text, tree.text()), text, tree: &tree, paths };
        sheet.sources(&sheet.select(path)?, path)
    }
}

pub(super) enum Trouble {
    Path(PathError),
    Words(String),
}

pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) with: String,
}

impl Edit {
    pub(super) fn insert(at: usize, with: impl Into<String>) -> Self {
        Self { range: at..at, with: with.into() }
    }

    fn cut(range: Range<usize>) -> Self {
        Self { range, with: String::new() }
    }
}

/// A text with the tree that was read from it.
pub(super) struct Sheet<'a> {
    pub(super) text: &'a str,
    offsets: Offsets,
    pub(super) tree: &'a Tree,
    paths: &'a Paths,
}

impl Sheet<'_> {
    fn edits(&self, operator: &Operator, times: usize, others: &Others<'_>) -> Result<Vec<Edit>, Trouble> {
        match operator {
            Operator::Drop { path } => Ok(self.outermost(path)?.into_iter().map(|node| self.removal(node)).collect()),
            Operator::Text { path, to } => {
                self.each(path, |node| self.content(node, &self.escaped(node, &to.repeat(times))))
            }
            Operator::Raw { path, to } => self.each(path, |node| self.content(node, &to.repeat(times))),
            Operator::Charref { path, base } => {
                self.each(path, |node| self.content(node, &references(&self.tree.text_of(node), *base)))
            }
            Operator::Cdata { path } => self.each(path, |node| {
                self.content(
                    node,
                    &format!("<![CDATA[{}]]>", self.tree.text_of(node).replace("]]>", "]]]]><![CDATA[>")),
                )
            }),
            Operator::Split { path, with } => self.each(path, |node| {
                let text = self.tree.text_of(node);
                let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
                let (head, tail) = text.split_at(middle);
                self.content(
                    node,
                    &[&*self.escaped(node, head), &with.repeat(times), &self.escaped(node, tail)].concat(),
                )
            }),
            Operator::Replace { path, with } => {
                let nodes = self.outermost(path)?;
                let with = with.repeat(times);
                nodes.into_iter().map(|n| Ok(Edit { range: self.element(n, path)?.0, with: with.clone() })).collect()
            }
            Operator::Insert { xml, place } => self.put(&xml.repeat(times), place),
            Operator::Attribute { name, at, to } => self.each(at, |node| self.set(node, at, name, &to.repeat(times))),
            Operator::Rename { path, to } => self.each(path, |node| self.renaming(node, to)),
            Operator::Copy { path, place } => self.put(&self.sources(&self.select(path)?, path)?.repeat(times), place),
            Operator::Splice { path, of, place } => self.put(&others.take(path, *of, self.paths)?.repeat(times), place),
            Operator::Move { path, place } => {
                let nodes = self.outermost(path)?;
                let mut edits = self.put(&self.sources(&nodes, path)?, place)?;
                if self.select(place.path())?.len() > 1 {
                    return Err(Trouble::Words(format!("`{}` selects several places to move to", place.path())));
                }
                edits.extend(nodes.into_iter().map(|node| self.removal(node)));
                Ok(edits)
            }
            Operator::Wrap { path, within } => self.each(path, |node| {
                let (range, _) = self.element(node, path)?;
                let first = format!("<{within}{}>", self.declaration(node, within));
                let open = first + &format!("<{within}>").repeat(times.saturating_sub(1));
                let close = format!("</{}>", first_word(within)).repeat(times);
                Ok(vec![Edit::insert(range.start, open), Edit::insert(range.end, close)])
            }),
            Operator::Rewrite { path, how } => self.rewriting(path, *how),
            Operator::Bytes { .. } | Operator::Prolog { .. } | Operator::Epilog { .. } | Operator::Times { .. } => {
                unreachable!("was done without a tree")
            }
        }
    }

    pub(super) fn select(&self, path: &str) -> Result<Vec<Node>, Trouble> {
        let nodes = self.paths.select(self.tree, path).map_err(Trouble::Path)?;
        if nodes.is_empty() { Err(Trouble::Words(format!("`{path}` selects nothing"))) } else { Ok(nodes) }
    }

    /// The selected nodes that do not lie inside another selected one: what is in them goes with them.
    fn outermost(&self, path: &str) -> Result<Vec<Node>, Trouble> {
        let nodes = self.select(path)?;
        let ranges: Vec<_> = nodes.iter().map(|&node| self.range(node)).collect();
        let inside = |inner: &Range<usize>| {
            ranges.iter().any(|outer| outer != inner && outer.start <= inner.start && inner.end <= outer.end)
        };
        Ok(nodes.into_iter().zip(&ranges).filter(|(_, range)| !inside(range)).map(|(node, _)| node).collect())
    }

    fn each(&self, path: &str, edits: impl Fn(Node) -> Result<Vec<Edit>, Trouble>) -> Result<Vec<Edit>, Trouble> {
        let mut all = Vec::new();
        for node in self.select(path)? {
            all.extend(edits(node)?);
        }
        Ok(all)
    }

    pub(super) fn range(&self, node: Node) -> Range<usize> {
        self.offsets.range(&self.tree.range(node))
    }

    /// The range of an element and its start tag.
    pub(super) fn element(&self, node: Node, path: &str) -> Result<(Range<usize>, StartTag), Trouble> {
        let range = self.range(node);
        let tag = StartTag::read(self.text, range.start)
            .filter(|_| !self.tree.is_attribute(node) && !self.text[range.start..].starts_with(['!', '?']))
            .filter(|tag| !self.text[tag.name.clone()].starts_with(['!', '?']));
        tag.map(|tag| (range, tag))
            .ok_or_else(|| Trouble::Words(format!("`{path}` selects something other than elements")))
    }

    /// An attribute goes with the white space in front of it, so that a tag does not keep a hole.
    fn removal(&self, node: Node) -> Edit {
        let mut range = self.range(node);
        if self.tree.is_attribute(node) {
            range.start = self.text[..range.start].trim_end().len();
        }
        Edit::cut(range)
    }

    /// Another content of an element, or value of an attribute, as it is to be written.
    fn content(&self, node: Node, to: &str) -> Result<Vec<Edit>, Trouble> {
        if self.tree.is_attribute(node) {
            return Ok(vec![self.value_of(node, to)?]);
        }
        let (range, tag) = self.element(node, "the path")?;
        Ok(vec![self.filling(&range, &tag, to, None)])
    }

    /// A text as it is written in an element or an attribute.
    fn escaped(&self, node: Node, text: &str) -> String {
        if self.tree.is_attribute(node) { escape_attribute(text) } else { escape_text(text) }
    }

    fn value_of(&self, attribute: Node, to: &str) -> Result<Edit, Trouble> {
        let range = self.range(attribute);
        let source = &self.text[range.clone()];
        let inner = source
            .find(['"', '\''])
            .filter(|open| open + 1 < source.len())
            .ok_or_else(|| Trouble::Words("the attribute has no text of its own".to_owned()))?;
        Ok(Edit { range: range.start + inner + 1..range.end - 1, with: to.to_owned() })
    }

    /// Content for an element: all of it, or something in front of or behind what it has.
    fn filling(&self, range: &Range<usize>, tag: &StartTag, xml: &str, end: Option<End>) -> Edit {
        if tag.empty {
            let name = &self.text[tag.name.clone()];
            return Edit { range: tag.range.end - 2..tag.range.end, with: format!(">{xml}</{name}>") };
        }
        let content = tag.range.end..self.end_tag(range);
        match end {
            None => Edit { range: content, with: xml.to_owned() },
            Some(End::First) => Edit::insert(content.start, xml),
            Some(End::Last) => Edit::insert(content.end, xml),
        }
    }

    pub(super) fn end_tag(&self, range: &Range<usize>) -> usize {
        range.start
            + self.text[range.clone()].rfind("</").expect("a well-formed element that is not empty has an end tag")
    }

    fn put(&self, xml: &str, place: &Place) -> Result<Vec<Edit>, Trouble> {
        self.each(place.path(), |node| {
            let (range, tag) = self.element(node, place.path())?;
            Ok(vec![match place {
                Place::Into(_) => self.filling(&range, &tag, xml, Some(End::Last)),
                Place::FirstInto(_) => self.filling(&range, &tag, xml, Some(End::First)),
                Place::Before(_) => Edit::insert(range.start, xml),
                Place::After(_) => Edit::insert(range.end, xml),
            }])
        })
    }

    fn sources(&self, nodes: &[Node], path: &str) -> Result<String, Trouble> {
        nodes.iter().map(|&node| Ok(&self.text[self.element(node, path)?.0])).collect()
    }

    fn set(&self, node: Node, path: &str, name: &str, to: &str) -> Result<Vec<Edit>, Trouble> {
        let (_, tag) = self.element(node, path)?;
        let value = escape_attribute(to);
        if let Some(attribute) = tag.attribute(self.text, name) {
            return Ok(vec![Edit { range: attribute.value.clone(), with: value }]);
        }
        let declared = self.declaration(node, name);
        Ok(vec![Edit::insert(tag.end_of_attributes(), format!("{declared} {name}=\"{value}\""))])
    }

    /// The declaration that a name needs at a node whose surroundings do not have one, by the prefixes of all paths.
    fn declaration(&self, node: Node, name: &str) -> String {
        let prefix = name.split_whitespace().next().and_then(|name| name.split_once(':')).map(|(prefix, _)| prefix);
        let unknown = prefix.filter(|&prefix| prefix != "xmlns" && self.tree.resolve(node, prefix).is_none());
        let unknown = unknown.filter(|prefix| !name.contains(&format!("xmlns:{prefix}")));
        let namespace = unknown.and_then(|prefix| Some((prefix, self.paths.namespaces().get(prefix)?)));
        namespace.map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{}\"", escape_attribute(uri))).unwrap_or_default()
    }

    fn renaming(&self, node: Node, to: &str) -> Result<Vec<Edit>, Trouble> {
        if self.tree.is_attribute(node) {
            let range = self.range(node);
            let length = self.text[range.clone()].find(['=', ' ', '\t', '\r', '\n']).unwrap_or(range.len());
            return Ok(vec![Edit { range: range.start..range.start + length, with: to.to_owned() }]);
        }
        let (range, tag) = self.element(node, "the path")?;
        let with = format!("{to}{}", self.declaration(node, to));
        let mut edits = vec![Edit { range: tag.name.clone(), with }];
        if !tag.empty {
            let start = self.end_tag(&range) + 2;
            edits.push(Edit { range: start..start + tag.name.len(), with: to.to_owned() });
        }
        Ok(edits)
    }
}

#[derive(Clone, Copy)]
enum End {
    First,
    Last,
}

/// Text written as nothing but character references.
fn references(text: &str, base: Base) -> String {
    let reference = |c: char| match base {
        Base::Decimal => format!("&#{};", u32::from(c)),
        Base::Hex => format!("&#x{:X};", u32::from(c)),
    };
    text.chars().map(reference).collect()
}

/// `wrap` may carry attributes or a declaration behind the name.
fn first_word(tag: &str) -> &str {
    tag.split_whitespace().next().unwrap_or(tag)
}

/// All edits at once. `None` if two of them want the same bytes.
fn carry_out(text: &str, mut edits: Vec<Edit>) -> Option<String> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut result = String::with_capacity(text.len() + edits.iter().map(|edit| edit.with.len()).sum::<usize>());
    let mut done = 0;
    for edit in edits {
        result.push_str(text.get(done..edit.range.start)?);
        result.push_str(&edit.with);
        done = edit.range.end;
    }
    result.push_str(text.get(done..)?);
    Some(result)
}

/// From the text that the gate admitted back to the source, which may have line breaks in attribute values.
struct Offsets(Option<Vec<usize>>);

impl Offsets {
    fn between(source: &str, admitted: &str) -> Self {
        if source == admitted {
            return Self(None);
        }
        let (source, admitted) = (source.as_bytes(), admitted.as_bytes());
        let mut at = if source.starts_with("\u{feff}".as_bytes()) && !admitted.starts_with("\u{feff}".as_bytes()) {
            3
        } else {
            0
        };
        let mut offsets = Vec::with_capacity(admitted.len() + 1);
        for &byte in admitted {
            offsets.push(at);
            let one_space_for_two = byte == b' ' && source.get(at..at + 2) == Some(b"\r\n");
            at += if one_space_for_two { 2 } else { 1 };
        }
        offsets.push(at);
        Self(Some(offsets))
    }

    fn range(&self, admitted: &Range<usize>) -> Range<usize> {
        match &self.0 {
            None => admitted.clone(),
            Some(offsets) => offsets[admitted.start]..offsets[admitted.end],
        }
    }
}

#[cfg(test)]
mod tests;
