//! A gap of the engine, closed: it takes the operator in `a and (b)` for a function of that name.

use std::borrow::Cow;

/// The same path in the words that the engine understands: `a and (b or c)` becomes `a and boolean(b or c)`, which is
/// what the operator makes of its operand anyway. Left alone where the parenthesis is only a part of the operand.
pub(super) fn for_engine(path: &str) -> Cow<'_, str> {
    let mut insert = Vec::new();
    let mut open = Vec::new();
    let mut quote = None;
    for (at, byte) in path.bytes().enumerate() {
        if let Some(begun) = quote {
            quote = (byte != begun).then_some(begun);
            continue;
        }
        match byte {
            b'"' | b'\'' => quote = Some(byte),
            b'(' => open.push(operator_before(&path[..at]).map(|operator| (at, operator))),
            b')' => {
                if let Some(Some((begun, operator))) = open.pop()
                    && is_whole_operand(operator, path[at + 1..].trim_start())
                {
                    insert.push((begun, if matches!(operator, "and" | "or") { "boolean" } else { "number" }));
                }
            }
            _ => {}
        }
    }
    if insert.is_empty() {
        return Cow::Borrowed(path);
    }
    insert.sort_unstable();
    let mut out = String::new();
    let mut copied = 0;
    for (at, function) in insert {
        out.push_str(&path[copied..at]);
        out.push(' ');
        out.push_str(function);
        copied = at;
    }
    Cow::Owned(out + &path[copied..])
}

fn operator_before(path: &str) -> Option<&'static str> {
    let path = path.trim_end();
    ["and", "or", "div", "mod"].into_iter().find(|operator| {
        let before = path.strip_suffix(operator).and_then(|before| before.chars().next_back());
        before.is_some_and(|c| c.is_whitespace() || matches!(c, ')' | ']' | '"' | '\''))
    })
}

fn is_whole_operand(operator: &str, after: &str) -> bool {
    let ends = after.is_empty() || after.starts_with([')', ']', ',']);
    let goes_on = |words: &[&str]| words.iter().any(|word| after.starts_with(word));
    match operator {
        "and" | "or" => ends || goes_on(&["and", "or"]),
        _ => !goes_on(&["/", "[", "|"]),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a and (b or c)", "a and boolean(b or c)")]
    #[case("(a) or(b and (c))", "(a) or boolean(b and boolean(c))")]
    #[case("6 div (1 + 2) = 2", "6 div number(1 + 2) = 2")]
    #[case("a and (b | c) = 'd'", "a and (b | c) = 'd'")]
    #[case("'a and (b)'", "'a and (b)'")]
    #[case("brand(a)", "brand(a)")]
    fn operators_before_parentheses_get_a_function(#[case] path: &str, #[case] expected: &str) {
        assert_eq!(for_engine(path).replace("  ", " "), expected);
    }
}
