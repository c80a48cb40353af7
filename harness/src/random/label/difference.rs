//! Where two messages differ, as a list.

use super::super::shape::{Shape, is_space};

/// One difference from the golden message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The place, by roles from the root down.
    pub at: String,
    /// What is different there.
    pub kind: Kind,
}

/// The kinds of difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// What is golden is not there.
    Absent,
    /// Another of the same name stands beside the golden one.
    Twice,
    /// An element, or an attribute with its value, that the golden message does not have.
    Foreign(Box<Shape>),
    /// An attribute that the golden message does not have.
    ForeignAttribute {
        /// Its value.
        value: String,
    },
    /// Another text.
    Text {
        /// The golden one, values filled in.
        golden: String,
        /// What stands there.
        here: String,
    },
    /// Text where there are only elements.
    Stray,
    /// An element in the middle of a text.
    InText,
    /// A comment in the middle of a text.
    Comment,
    /// A processing instruction.
    Instruction,
    /// The same elements in another order.
    Order,
    /// Something around the root element.
    Around,
}

/// Lists the differences. `golden` may hold placeholders; `fill` knows what they were filled with.
pub fn differences(golden: &Shape, here: &Shape, fill: &mut dyn FnMut(&str) -> String) -> Vec<Difference> {
    let mut found = Vec::new();
    if golden.name == here.name {
        Comparison { found: &mut found, fill }.elements(golden, here, &golden.name);
    } else {
        found.push(Difference { at: golden.name.clone(), kind: Kind::Absent });
    }
    found
}

struct Comparison<'a> {
    found: &'a mut Vec<Difference>,
    fill: &'a mut dyn FnMut(&str) -> String,
}

impl Comparison<'_> {
    fn note(&mut self, at: &str, kind: Kind) {
        self.found.push(Difference { at: at.to_owned(), kind });
    }

    fn filled(&mut self, text: &str) -> String {
        if text.contains("{{") { (self.fill)(text) } else { text.to_owned() }
    }

    fn elements(&mut self, golden: &Shape, here: &Shape, at: &str) {
        self.attributes(golden, here, at);
        let is_leaf = golden.children.is_empty();
        if is_leaf {
            let wanted = self.filled(&golden.text);
            // An element without content and one of white space only differ for those who read its text.
            if wanted != here.text {
                self.note(at, Kind::Text { golden: wanted, here: here.text.clone() });
            }
            if !here.children.is_empty() {
                let kind = if golden.text.is_empty() { None } else { Some(Kind::InText) };
                match kind {
                    Some(kind) => self.note(at, kind),
                    None => here.children.iter().for_each(|child| self.foreign(at, child)),
                }
            }
            if here.split {
                self.note(at, Kind::Comment);
            }
        } else {
            if !is_space(&here.text) {
                self.note(at, Kind::Stray);
            }
            self.children(golden, here, at);
        }
        if here.instruction {
            self.note(at, Kind::Instruction);
        }
    }

    fn attributes(&mut self, golden: &Shape, here: &Shape, at: &str) {
        if golden.attributes == here.attributes {
            return;
        }
        for (name, value) in &golden.attributes {
            let at = format!("{at}/@{name}");
            match here.attribute(name) {
                None => self.note(&at, Kind::Absent),
                Some(found) => {
                    let wanted = self.filled(value);
                    if wanted != found {
                        self.note(&at, Kind::Text { golden: wanted, here: found.to_owned() });
                    }
                }
            }
        }
        for (name, value) in &here.attributes {
            if golden.attribute(name).is_none() {
                self.note(&format!("{at}/@{name}"), Kind::ForeignAttribute { value: value.clone() });
            }
        }
    }

    fn children(&mut self, golden: &Shape, here: &Shape, at: &str) {
        let mut taken = vec![false; here.children.len()];
        let mut places = Vec::with_capacity(golden.children.len());
        for wanted in &golden.children {
            let below = format!("{at}/{}", wanted.name);
            let candidates: Vec<usize> =
                (0..here.children.len()).filter(|at| !taken[*at] && here.children[*at].name == wanted.name).collect();
            // Of several that could be it, it is the one that differs least.
            let nearest = match candidates.as_slice() {
                [only] => Some(*only),
                several => several.iter().copied().min_by_key(|at| self.distance(wanted, &here.children[*at])),
            };
            match nearest {
                None => self.note(&below, Kind::Absent),
                Some(place) => {
                    taken[place] = true;
                    places.push(place);
                    self.elements(wanted, &here.children[place], &below);
                }
            }
        }
        if !places.is_sorted() {
            self.note(at, Kind::Order);
        }
        for (child, _) in here.children.iter().zip(&taken).filter(|(_, taken)| !**taken) {
            if golden.children.iter().any(|known| known.name == child.name) {
                self.note(&format!("{at}/{}", child.name), Kind::Twice);
            } else {
                self.foreign(at, child);
            }
        }
    }

    fn foreign(&mut self, at: &str, child: &Shape) {
        self.note(&format!("{at}/{}", child.name), Kind::Foreign(Box::new(child.clone())));
    }

    fn distance(&mut self, golden: &Shape, here: &Shape) -> usize {
        let mut found = Vec::new();
        Comparison { found: &mut found, fill: self.fill }.elements(golden, here, "");
        found.len()
    }
}
