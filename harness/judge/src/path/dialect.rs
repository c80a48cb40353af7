//! Gaps of the engine, closed: a path is read by the grammar of XPath 1.0 and said again in words whose meaning the
//! engine has right, or refused.
//!
//! The engine takes `!=` for "not `=`" and compares by order with the first node only, while a node-set compares if
//! *some* node of it does, and an empty one never; it takes the operator in `a and (b)` for a function of that name.

use std::fmt::Write as _;

use super::lexer::{Word, words};

/// More nesting than any path has; the engine stops at half of it.
const DEEPEST: usize = 64;

/// The functions, what they yield, and how many arguments they take.
const FUNCTIONS: &[(&str, Kind, usize, usize)] = &[
    ("boolean", Kind::Bool, 1, 1),
    ("ceiling", Kind::Number, 1, 1),
    ("concat", Kind::Text, 2, usize::MAX),
    ("contains", Kind::Bool, 2, 2),
    ("count", Kind::Number, 1, 1),
    ("false", Kind::Bool, 0, 0),
    ("floor", Kind::Number, 1, 1),
    ("lang", Kind::Bool, 1, 1),
    ("last", Kind::Number, 0, 0),
    ("local-name", Kind::Text, 0, 1),
    ("name", Kind::Text, 0, 1),
    ("namespace-uri", Kind::Text, 0, 1),
    ("normalize-space", Kind::Text, 0, 1),
    ("not", Kind::Bool, 1, 1),
    ("number", Kind::Number, 0, 1),
    ("position", Kind::Number, 0, 0),
    ("round", Kind::Number, 1, 1),
    ("starts-with", Kind::Bool, 2, 2),
    ("string", Kind::Text, 0, 1),
    ("string-length", Kind::Number, 0, 1),
    ("substring", Kind::Text, 2, 3),
    ("substring-after", Kind::Text, 2, 2),
    ("substring-before", Kind::Text, 2, 2),
    ("sum", Kind::Number, 1, 1),
    ("translate", Kind::Text, 3, 3),
    ("true", Kind::Bool, 0, 0),
];
/// They look at the nodes of their argument, so that anything else is a mistake.
const OF_NODES: [&str; 5] = ["count", "local-name", "name", "namespace-uri", "sum"];
const NODE_TYPES: [&str; 4] = ["comment", "node", "processing-instruction", "text"];

/// The same path in words that the engine understands rightly, or what cannot be said in them.
pub(super) fn for_engine(path: &str) -> Result<String, String> {
    let words = words(path)?;
    let mut reader = Reader { words: &words, at: 0, depth: 0 };
    let whole = reader.expression()?;
    match reader.peek() {
        None => Ok(whole.text),
        Some(word) => Err(format!("goes on with `{}` where it should end", spelled(word))),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nodes,
    Text,
    Number,
    Bool,
}

/// A part of the path, said again, and what is known of its value.
struct Part {
    text: String,
    kind: Kind,
    /// Nodes: never more than one.
    single: bool,
    /// Always the same in one document, wherever it is asked.
    constant: bool,
    /// Nodes: the paths whose union it is, if each can take one more predicate.
    paths: Vec<String>,
}

struct Reader<'w, 'p> {
    words: &'w [Word<'p>],
    at: usize,
    depth: usize,
}

impl<'p> Reader<'_, 'p> {
    fn expression(&mut self) -> Result<Part, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("is nested too deeply".into());
        }
        let mut left = self.conjunction()?;
        while self.take("or") {
            left = joined(&left, "or", &self.conjunction()?);
        }
        self.depth -= 1;
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Part, String> {
        let mut left = self.equality()?;
        while self.take("and") {
            left = joined(&left, "and", &self.equality()?);
        }
        Ok(left)
    }

    fn equality(&mut self) -> Result<Part, String> {
        let mut left = self.order()?;
        while let Some(sign) = self.take_one(&["=", "!="]) {
            left = compared(&left, sign, &self.order()?)?;
        }
        Ok(left)
    }

    fn order(&mut self) -> Result<Part, String> {
        let mut left = self.sum()?;
        while let Some(sign) = self.take_one(&["<", "<=", ">", ">="]) {
            left = compared(&left, sign, &self.sum()?)?;
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Part, String> {
        let mut left = self.product()?;
        while let Some(sign) = self.take_one(&["+", "-"]) {
            left = reckoned(&left, sign, &self.product()?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Part, String> {
        let mut left = self.sign()?;
        while let Some(sign) = self.take_one(&["*", "div", "mod"]) {
            left = reckoned(&left, sign, &self.sign()?);
        }
        Ok(left)
    }

    fn sign(&mut self) -> Result<Part, String> {
        let mut minus = false;
        let mut signed = false;
        while self.take("-") {
            (minus, signed) = (!minus, true);
        }
        let part = self.union()?;
        if !signed {
            return Ok(part);
        }
        let text = if minus { format!("-{}", part.text) } else { format!("number({})", part.text) };
        Ok(Part { constant: part.constant, ..value(text, Kind::Number) })
    }

    fn union(&mut self) -> Result<Part, String> {
        let mut left = self.operand()?;
        while self.take("|") {
            let right = self.operand()?;
            if left.kind != Kind::Nodes || right.kind != Kind::Nodes {
                return Err("unites values with `|`, which is for nodes".into());
            }
            let whole = !left.paths.is_empty() && !right.paths.is_empty();
            left = Part {
                text: format!("{} | {}", left.text, right.text),
                kind: Kind::Nodes,
                single: false,
                constant: left.constant && right.constant,
                paths: if whole { [left.paths, right.paths].concat() } else { Vec::new() },
            };
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Part, String> {
        let part = match self.peek() {
            Some(Word::Literal(literal)) => {
                self.at += 1;
                Part { constant: true, ..value(literal.to_owned(), Kind::Text) }
            }
            Some(Word::Number(number)) => {
                self.at += 1;
                Part { constant: true, ..value(number.to_owned(), Kind::Number) }
            }
            Some(Word::Sign("(")) => {
                self.at += 1;
                let inner = self.expression()?;
                self.expect(")")?;
                Part { text: format!("({})", inner.text), ..inner }
            }
            Some(Word::Call(name)) if !NODE_TYPES.contains(&name) => self.call(name)?,
            _ => return self.path(),
        };
        match self.peek() {
            Some(Word::Sign(sign @ ("[" | "/" | "//"))) => Err(format!(
                "goes on with `{sign}` after a parenthesis, which the engine cannot; put the predicate or the step \
                 into each path, and write `(//a)[1]` as `/descendant::a[1]`"
            )),
            _ => Ok(part),
        }
    }

    fn call(&mut self, name: &'p str) -> Result<Part, String> {
        if name == "id" {
            return Err("calls `id()`, which finds nothing without a DTD; compare the attribute".into());
        }
        let known = FUNCTIONS.iter().find(|(known, ..)| *known == name);
        let &(_, kind, least, most) =
            known.ok_or_else(|| format!("calls `{name}()`, which XPath 1.0 does not have"))?;
        self.at += 1;
        self.expect("(")?;
        let mut arguments: Vec<Part> = Vec::new();
        if self.peek() != Some(Word::Sign(")")) {
            arguments.push(self.expression()?);
            while self.take(",") {
                arguments.push(self.expression()?);
            }
        }
        self.expect(")")?;
        if !(least..=most).contains(&arguments.len()) {
            return Err(format!("calls `{name}()` with {} arguments", arguments.len()));
        }
        if OF_NODES.contains(&name) && arguments.iter().any(|argument| argument.kind != Kind::Nodes) {
            return Err(format!("asks `{name}()` about a value, where nodes are wanted"));
        }
        let here = arguments.is_empty() && !matches!(name, "true" | "false");
        let texts: Vec<&str> = arguments.iter().map(|argument| argument.text.as_str()).collect();
        let constant = !here && arguments.iter().all(|argument| argument.constant);
        Ok(Part { constant, ..value(format!("{name}({})", texts.join(", ")), kind) })
    }

    fn path(&mut self) -> Result<Part, String> {
        let mut text = String::new();
        let (mut single, mut extensible, mut from_document) = (true, true, false);
        let constant = matches!(self.peek(), Some(Word::Sign("/" | "//")));
        match self.take_one(&["/", "//"]) {
            Some("/") if !self.begins_step() => (extensible, text) = (false, "/".to_owned()),
            Some("/") => (from_document, text) = (true, "/".to_owned()),
            Some(sign) => (single, text) = (false, sign.to_owned()),
            None => {}
        }
        if extensible {
            single &= self.steps(&mut text, from_document)?;
        }
        let paths = if extensible { vec![text.clone()] } else { Vec::new() };
        Ok(Part { text, kind: Kind::Nodes, single, constant, paths })
    }

    /// Says the steps again; whether they lead from one node to one node at most.
    fn steps(&mut self, text: &mut String, from_document: bool) -> Result<bool, String> {
        let mut single = self.step(text, from_document)?;
        while let Some(sign) = self.take_one(&["/", "//"]) {
            text.push_str(sign);
            single &= self.step(text, false)? && sign == "/";
        }
        Ok(single)
    }

    /// Says a step again; whether it leads from one node to one node at most.
    fn step(&mut self, text: &mut String, from_document: bool) -> Result<bool, String> {
        // The engine allows no predicate after a dot, and one may be needed.
        for (short, long) in [(".", "self::node()"), ("..", "parent::node()")] {
            if self.take(short) {
                text.push_str(long);
                return Ok(true);
            }
        }
        let axis = match self.peek() {
            Some(Word::Axis(axis)) => {
                self.at += 1;
                let _ = write!(text, "{axis}::");
                axis
            }
            _ if self.take("@") => {
                text.push('@');
                "attribute"
            }
            _ => "child",
        };
        if axis == "namespace" {
            return Err("walks the namespace axis, which the engine does not have".into());
        }
        let name = match self.peek() {
            Some(Word::Name(name)) => {
                self.at += 1;
                text.push_str(name);
                name
            }
            Some(Word::Call(name)) if NODE_TYPES.contains(&name) => {
                self.at += 1;
                self.expect("(")?;
                self.expect(")")?;
                let _ = write!(text, "{name}()");
                "*"
            }
            Some(word) => return Err(format!("has `{}` where a step should be", spelled(word))),
            None => return Err("ends where a step should be".into()),
        };
        let mut single = match axis {
            "self" | "parent" => true,
            "attribute" => !name.ends_with('*'),
            "child" => from_document && !text.ends_with(')'),
            _ => false,
        };
        while self.take("[") {
            let begins = self.at;
            let predicate = self.expression()?;
            single |= matches!(&self.words[begins..self.at], [Word::Number(_)]) || predicate.text == "last()";
            self.expect("]")?;
            let _ = write!(text, "[{}]", predicate.text);
        }
        Ok(single)
    }

    fn begins_step(&self) -> bool {
        match self.peek() {
            Some(Word::Name(_) | Word::Axis(_) | Word::Sign("@" | "." | "..")) => true,
            Some(Word::Call(name)) => NODE_TYPES.contains(&name),
            _ => false,
        }
    }

    fn peek(&self) -> Option<Word<'p>> {
        self.words.get(self.at).copied()
    }

    fn take(&mut self, sign: &'static str) -> bool {
        self.take_one(&[sign]).is_some()
    }

    fn take_one(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        let Some(Word::Sign(found)) = self.peek() else { return None };
        let sign = signs.iter().find(|sign| **sign == found)?;
        self.at += 1;
        Some(sign)
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), String> {
        if self.take(sign) {
            return Ok(());
        }
        let found = self.peek().map_or_else(|| "the end".to_owned(), |word| format!("`{}`", spelled(word)));
        Err(format!("has {found} where `{sign}` is wanted"))
    }
}

fn value(text: String, kind: Kind) -> Part {
    Part { text, kind, single: false, constant: false, paths: Vec::new() }
}

fn spelled(word: Word<'_>) -> &str {
    match word {
        Word::Literal(text)
        | Word::Number(text)
        | Word::Name(text)
        | Word::Call(text)
        | Word::Axis(text)
        | Word::Sign(text) => text,
    }
}

/// `and`, `or`: the engine takes the word for a function where a parenthesis follows.
fn joined(left: &Part, sign: &str, right: &Part) -> Part {
    let operand = if right.text.starts_with('(') { format!("boolean({})", right.text) } else { right.text.clone() };
    Part { constant: left.constant && right.constant, ..value(format!("{} {sign} {operand}", left.text), Kind::Bool) }
}

fn reckoned(left: &Part, sign: &str, right: &Part) -> Part {
    let opens = matches!(sign, "div" | "mod") && right.text.starts_with('(');
    let operand = if opens { format!("number({})", right.text) } else { right.text.clone() };
    let constant = left.constant && right.constant;
    Part { constant, ..value(format!("{} {sign} {operand}", left.text), Kind::Number) }
}

fn compared(left: &Part, sign: &str, right: &Part) -> Result<Part, String> {
    let constant = left.constant && right.constant;
    let text = match (left.kind, right.kind) {
        (Kind::Nodes, Kind::Bool) if sign != "=" && sign != "!=" => {
            format!("boolean({}) {sign} {}", left.text, right.text)
        }
        (Kind::Bool, Kind::Nodes) if sign != "=" && sign != "!=" => {
            format!("{} {sign} boolean({})", left.text, right.text)
        }
        (Kind::Nodes, Kind::Text | Kind::Number | Kind::Nodes) | (Kind::Text | Kind::Number, Kind::Nodes)
            if sign != "=" =>
        {
            some_node(left, sign, right)?
        }
        _ => format!("{} {sign} {}", left.text, right.text),
    };
    Ok(Part { constant, ..value(text, Kind::Bool) })
}

/// `!=` and the orders where at least one side is nodes: true if it is true of some node.
fn some_node(left: &Part, sign: &str, right: &Part) -> Result<String, String> {
    let at_most_one = |part: &Part| part.kind != Kind::Nodes || part.single;
    let (a, b) = (&left.text, &right.text);
    if at_most_one(left) && at_most_one(right) {
        if sign != "!=" {
            return Ok(format!("{a} {sign} {b}")); // Of no node the engine makes NaN, which compares to nothing.
        }
        let there = [left, right].into_iter().filter(|part| part.kind == Kind::Nodes);
        let there: Vec<String> = there.map(|part| format!("boolean({})", part.text)).collect();
        return Ok(format!("boolean({} and not({a} = {b}))", there.join(" and ")));
    }
    let each = |nodes: &Part, test: &str| {
        let paths: Vec<String> = nodes.paths.iter().map(|path| format!("{path}[{test}]")).collect();
        paths.join(" | ")
    };
    let (several, other) = if at_most_one(left) { (right, left) } else { (left, right) };
    // The other side moves into a predicate, where it must still mean the same.
    if other.constant && at_most_one(other) && !several.paths.is_empty() {
        let test = match sign {
            "!=" if other.kind == Kind::Nodes => format!("boolean({0}) and not(self::node() = {0})", other.text),
            "!=" => format!("not(self::node() = {})", other.text),
            _ if std::ptr::eq(several, left) => format!("self::node() {sign} {b}"),
            _ => format!("{a} {sign} self::node()"),
        };
        return Ok(format!("boolean({})", each(several, &test)));
    }
    // Some pair differs unless all of them are the same as one.
    if let (true, Some((fixed, moving))) = (
        sign == "!=",
        [(left, right), (right, left)].into_iter().find(|(fixed, moving)| {
            fixed.constant && !fixed.paths.is_empty() && !moving.paths.is_empty() && moving.kind == Kind::Nodes
        }),
    ) {
        let test = format!("not(self::node() = string({}))", fixed.text);
        return Ok(format!(
            "boolean(boolean({a}) and boolean({b}) and boolean({} | {}))",
            each(fixed, &test),
            each(moving, &test)
        ));
    }
    Err(format!(
        "compares `{a}` by `{sign}` with `{b}`, where several nodes may stand on a side, which the engine cannot; \
         compare one node, such as `a[1]` or an attribute, or with a literal"
    ))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a and (b or c)", "a and boolean((b or c))")]
    #[case("6 div (1 + 2) = 2", "6 div number((1 + 2)) = 2")]
    #[case("a and (b | c) = 'd'", "a and boolean((b | c) = 'd')")]
    #[case("'a and (b)'", "'a and (b)'")]
    #[case("@a != 'x'", "boolean(boolean(@a) and not(@a = 'x'))")]
    #[case("//a[b != 'x']", "//a[boolean(b[not(self::node() = 'x')])]")]
    #[case("a[1] != b[last()]", "boolean(boolean(a[1]) and boolean(b[last()]) and not(a[1] = b[last()]))")]
    #[case("count(a) != 1", "count(a) != 1")]
    fn what_the_engine_would_misread_is_said_otherwise(#[case] path: &str, #[case] expected: &str) {
        assert_eq!(for_engine(path).as_deref(), Ok(expected));
    }

    #[rstest]
    #[case::several_on_both_sides("a != b", "compare one node")]
    #[case::order_of_several("a < b", "compare one node")]
    #[case::moving_context("a != ../b[1]", "compare one node")]
    #[case::filter("(//a)[1]", "/descendant::a[1]")]
    #[case::step_after_call("string(a)/b", "after a parenthesis")]
    #[case::namespaces("namespace::*", "namespace axis")]
    #[case::identifiers("id('x')", "compare the attribute")]
    #[case::count_of_text("count('a')", "nodes are wanted")]
    #[case::union_of_values("'a' | b", "which is for nodes")]
    #[case::arguments("not()", "0 arguments")]
    #[case::unfinished("a[b", "`]` is wanted")]
    #[case::unclosed_text("a = 'b", "does not end")]
    fn what_the_engine_cannot_do_is_refused_with_a_way_out(#[case] path: &str, #[case] because: &str) {
        let refusal = for_engine(path).expect_err("the engine cannot");
        assert!(refusal.contains(because), "{refusal}");
    }

    #[test]
    fn deep_nesting_is_refused_and_no_overflow() {
        assert!(for_engine(&"(".repeat(100_000)).is_err());
        assert!(for_engine(&"a[".repeat(100_000)).is_err());
    }
}
