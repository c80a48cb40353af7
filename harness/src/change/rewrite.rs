//! Rewrites that leave the meaning of a message alone: the relations of `hostile/relations.toml` as operators.

use serde::{Deserialize, Serialize};
use stsproof_judge::tree::Node;

use super::apply::{Edit, Sheet, Trouble};
use super::tag::StartTag;

/// How something is written another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rewrite {
    /// Attribute values in the other kind of quotes.
    Quotes,
    /// The attributes and declarations of a tag in reverse order.
    AttributeOrder,
    /// White space and line breaks inside the tags.
    TagSpace,
    /// An empty-element tag as two tags, and the other way round.
    EmptyForm,
    /// Another prefix for an element, declared on it; its namespace stays.
    Prefix,
    /// No prefix for an element, which declares its namespace as the default one for itself alone.
    DefaultNamespace,
    /// The binding of an element's prefix written again on it.
    DeclarationRepeated,
    /// A namespace declaration that nothing uses.
    DeclarationUnused,
    /// A comment in front of each element inside.
    CommentBetween,
    /// White space and line breaks in front of each element inside.
    SpaceBetween,
    /// White space around a text that its type collapses.
    SpaceAround,
    /// Line breaks within a base64 text.
    Base64Lines,
    /// The byte order mark of UTF-8 in front of the document.
    ByteOrderMark,
    /// An XML declaration in front of the document.
    XmlDeclaration,
    /// Every line break as carriage return and line feed.
    LineEnds,
}

impl Rewrite {
    /// Whether it is about the whole document, whatever the path selects.
    pub fn is_about_the_document(self) -> bool {
        matches!(self, Self::ByteOrderMark | Self::XmlDeclaration | Self::LineEnds)
    }
}

impl Sheet<'_> {
    /// The edits of a rewrite. One that finds nothing to do is an error: it would claim to have changed something.
    pub(super) fn rewriting(&self, path: &str, how: Rewrite) -> Result<Vec<Edit>, Trouble> {
        let edits = if how.is_about_the_document() {
            self.document(how)
        } else {
            let mut edits = Vec::new();
            for node in self.select(path)? {
                edits.extend(self.rewritten(node, path, how)?);
            }
            edits
        };
        if edits.is_empty() {
            return Err(Trouble::Words(format!("`{path}` has nothing to rewrite in that way")));
        }
        Ok(edits)
    }

    fn document(&self, how: Rewrite) -> Vec<Edit> {
        let is_marked = self.text.starts_with('\u{feff}');
        let start = if is_marked { '\u{feff}'.len_utf8() } else { 0 };
        match how {
            Rewrite::ByteOrderMark if !is_marked => vec![Edit::insert(0, "\u{feff}")],
            Rewrite::XmlDeclaration if !self.text[start..].starts_with("<?xml") => {
                vec![Edit::insert(start, "<?xml version='1.0'  encoding=\"utf-8\" standalone='yes' ?>\n")]
            }
            Rewrite::LineEnds => {
                let bytes = self.text.as_bytes();
                let bare = |at: &usize| bytes[*at] == b'\n' && (*at == 0 || bytes[at - 1] != b'\r');
                (0..bytes.len()).filter(bare).map(|at| Edit::insert(at, "\r")).collect()
            }
            _ => Vec::new(),
        }
    }

    fn rewritten(&self, node: Node, path: &str, how: Rewrite) -> Result<Vec<Edit>, Trouble> {
        let (range, tag) = self.element(node, path)?;
        Ok(match how {
            Rewrite::Quotes => self.requoted(&tag),
            Rewrite::AttributeOrder if tag.attributes.len() > 1 => {
                let written = tag.attributes.iter().map(|one| one.name.start..one.value.end + 1);
                let ranges: Vec<_> = written.collect();
                let reversed = ranges.iter().rev().map(|range| self.text[range.clone()].to_owned());
                ranges.iter().cloned().zip(reversed).map(|(range, with)| Edit { range, with }).collect()
            }
            Rewrite::TagSpace => {
                let end = tag.range.end - if tag.empty { 2 } else { 1 };
                let mut edits: Vec<_> =
                    tag.attributes.iter().map(|one| Edit::insert(one.name.start, "\n\t ")).collect();
                edits.push(Edit::insert(end, " \n"));
                if !tag.empty {
                    edits.push(Edit::insert(range.end - 1, "\t\n "));
                }
                edits
            }
            Rewrite::EmptyForm => self.other_empty_form(&range, &tag),
            Rewrite::Prefix => self.reprefixed(node, &range, &tag, "other"),
            Rewrite::DefaultNamespace => self.reprefixed(node, &range, &tag, ""),
            Rewrite::DeclarationRepeated => self.repeated(node, &tag),
            Rewrite::DeclarationUnused => {
                vec![Edit::insert(tag.name.end, " xmlns:unused=\"urn:example:unused\"")]
            }
            Rewrite::CommentBetween => self.before_each(node, "<!-- between -->"),
            Rewrite::SpaceBetween => self.before_each(node, "\n\t  "),
            Rewrite::SpaceAround if !tag.empty => {
                vec![Edit::insert(tag.range.end, "\n\t "), Edit::insert(self.end_tag(&range), " \n")]
            }
            Rewrite::Base64Lines if !tag.empty => self.broken_lines(tag.range.end..self.end_tag(&range)),
            _ => Vec::new(),
        })
    }

    fn requoted(&self, tag: &StartTag) -> Vec<Edit> {
        let edits = tag.attributes.iter().flat_map(|one| {
            let (open, close) = (one.value.start - 1..one.value.start, one.value.end..one.value.end + 1);
            let other = if &self.text[open.clone()] == "\"" { "'" } else { "\"" };
            let fits = !self.text[one.value.clone()].contains(other);
            fits.then(|| [open, close].map(|range| Edit { range, with: other.to_owned() })).into_iter().flatten()
        });
        edits.collect()
    }

    fn other_empty_form(&self, range: &std::ops::Range<usize>, tag: &StartTag) -> Vec<Edit> {
        if tag.empty {
            let name = &self.text[tag.name.clone()];
            return vec![Edit { range: tag.range.end - 2..tag.range.end, with: format!("></{name}>") }];
        }
        let is_empty = self.end_tag(range) == tag.range.end;
        let close = Edit { range: tag.range.end - 1..range.end, with: "/>".to_owned() };
        if is_empty { vec![close] } else { Vec::new() }
    }

    /// Another prefix for the element alone: what is inside keeps its own, which stays declared outside.
    fn reprefixed(&self, node: Node, range: &std::ops::Range<usize>, tag: &StartTag, prefix: &str) -> Vec<Edit> {
        let name = self.tree.name(node);
        let (Some(namespace), Some(old)) = (name.namespace, name.prefix) else { return Vec::new() };
        // The default namespace would reach what is inside and has no prefix; a name in use would change its meaning.
        let unprefixed = |at: &Node| self.tree.is_element(*at) && self.tree.name(*at).prefix.is_none();
        let reaches = prefix.is_empty() && self.tree.descendants(node).any(|at| unprefixed(&at));
        let has = |name: &str| tag.attributes.iter().any(|one| self.text[one.name.clone()] == *name);
        if old == prefix || reaches || has("xmlns") || has("xmlns:other") {
            return Vec::new();
        }
        let (written, declared) = if prefix.is_empty() {
            (name.local.to_owned(), "xmlns".to_owned())
        } else {
            (format!("{prefix}:{}", name.local), format!("xmlns:{prefix}"))
        };
        let namespace = super::tag::escape_attribute(namespace);
        let mut edits = vec![Edit { range: tag.name.clone(), with: format!("{written} {declared}=\"{namespace}\"") }];
        if !tag.empty {
            let start = self.end_tag(range) + 2;
            edits.push(Edit { range: start..start + tag.name.len(), with: written });
        }
        edits
    }

    fn repeated(&self, node: Node, tag: &StartTag) -> Vec<Edit> {
        let name = self.tree.name(node);
        let (Some(namespace), Some(prefix)) = (name.namespace, name.prefix) else { return Vec::new() };
        let declared = format!("xmlns:{prefix}");
        if tag.attribute(self.text, &declared).is_some() {
            return Vec::new();
        }
        let namespace = super::tag::escape_attribute(namespace);
        vec![Edit::insert(tag.name.end, format!(" {declared}=\"{namespace}\""))]
    }

    fn before_each(&self, node: Node, what: &str) -> Vec<Edit> {
        self.tree.elements(node).map(|child| Edit::insert(self.range(child).start, what)).collect()
    }

    /// A break in the middle of what is base64 already, and at both ends of a placeholder, which is filled later.
    fn broken_lines(&self, content: std::ops::Range<usize>) -> Vec<Edit> {
        let text = &self.text[content.clone()];
        if text.contains("{{") {
            return vec![Edit::insert(content.start, "\n"), Edit::insert(content.end, "\r\n ")];
        }
        let is_base64 = text.len() > 1 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
        if is_base64 { vec![Edit::insert(content.start + text.len() / 2, " \n")] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stsproof_judge::c14n;
    use stsproof_judge::path::{Namespaces, Paths};
    use stsproof_judge::tree::Tree;

    use super::*;
    use crate::change::{Operator, apply};

    const SOURCE: &str = "<e:E xmlns:e='urn:e' xmlns:t=\"urn:t\">\n<e:H><t:A k='v' n=\"1&amp;2\">text</t:A><t:B/></e:H>\n\
        <e:C></e:C><t:D>QUJDREVG</t:D></e:E>";

    fn paths() -> Paths {
        Paths::new(&Namespaces([("e".to_owned(), "urn:e".to_owned()), ("t".to_owned(), "urn:t".to_owned())].into()))
    }

    fn rewrite(path: &str, how: Rewrite) -> Option<String> {
        apply(SOURCE, &[Operator::Rewrite { path: path.to_owned(), how }], &paths()).ok()
    }

    #[rstest::rstest]
    #[case(Rewrite::Quotes, "//t:A", "k=\"v\" n='1&amp;2'")]
    #[case(Rewrite::AttributeOrder, "//t:A", "<t:A n=\"1&amp;2\" k='v'>")]
    #[case(Rewrite::TagSpace, "//t:B", "<t:B \n/>")]
    #[case(Rewrite::EmptyForm, "//t:B", "<t:B></t:B>")]
    #[case(Rewrite::EmptyForm, "//e:C", "<e:C/>")]
    #[case(Rewrite::Prefix, "//t:A", "<other:A xmlns:other=\"urn:t\" k='v'")]
    #[case(Rewrite::DefaultNamespace, "//t:A", "<A xmlns=\"urn:t\" k='v'")]
    #[case(Rewrite::DeclarationRepeated, "//t:A", "<t:A xmlns:t=\"urn:t\" k")]
    #[case(Rewrite::DeclarationUnused, "//t:B", "<t:B xmlns:unused=")]
    #[case(Rewrite::CommentBetween, "//e:H", "<e:H><!-- between --><t:A")]
    #[case(Rewrite::SpaceBetween, "//e:H", "<e:H>\n\t  <t:A")]
    #[case(Rewrite::SpaceAround, "//t:A", ">\n\t text \n</t:A>")]
    #[case(Rewrite::Base64Lines, "//t:D", "QUJD \nREVG")]
    #[case(Rewrite::ByteOrderMark, "/*", "\u{feff}<e:E")]
    #[case(Rewrite::XmlDeclaration, "/*", "standalone='yes' ?>\n<e:E")]
    #[case(Rewrite::LineEnds, "/*", "</e:H>\r\n<e:C>")]
    fn a_rewrite_writes_the_same_another_way(#[case] how: Rewrite, #[case] path: &str, #[case] written: &str) {
        let after = rewrite(path, how).expect("there is something to rewrite");
        assert!(after.contains(written), "{after}");
        assert!(Tree::from_text(&after).is_ok(), "{after}");
    }

    #[test]
    fn a_rewrite_without_anything_to_do_is_refused() {
        assert_eq!(rewrite("//t:B", Rewrite::Quotes), None);
        assert_eq!(rewrite("//t:A", Rewrite::EmptyForm), None);
    }

    proptest! {
        /// What canonical XML takes for the same, a signature bears.
        #[test]
        fn what_a_signature_bears_is_canonically_the_same(which in 0..5usize, how in prop::sample::select(vec![
            Rewrite::Quotes, Rewrite::AttributeOrder, Rewrite::TagSpace, Rewrite::EmptyForm, Rewrite::LineEnds,
            Rewrite::ByteOrderMark, Rewrite::XmlDeclaration, Rewrite::DeclarationRepeated, Rewrite::DeclarationUnused,
        ])) {
            let path = ["//t:A", "//t:B", "//e:C", "//e:H", "/e:E"][which];
            if let Some(after) = rewrite(path, how) {
                let form = |text: &str| {
                    let tree = Tree::from_text(text).expect("well-formed");
                    c14n::exclusive(&tree, tree.root(), &[]).expect("it has a canonical form")
                };
                prop_assert_eq!(form(&after), form(SOURCE));
            }
        }
    }
}
