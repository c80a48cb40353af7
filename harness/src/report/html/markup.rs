//! Markup in which every text is escaped: what is not a literal of this program cannot become a tag.

use std::fmt::Write as _;

use crate::report::harmless;
use crate::verdict::Verdict;

/// A piece of HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Markup(String);

/// What can be put into a template.
pub(crate) trait Value {
    /// Writes itself, escaped unless it is markup already.
    fn write(&self, to: &mut String);
}

impl Markup {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A template with its values in the places of `{}`.
    pub(crate) fn of(template: &'static str, values: &[&dyn Value]) -> Self {
        let mut markup = Self::new();
        markup.put(template, values);
        markup
    }

    /// Adds a template; its `{}` are filled with the values, in order. Only a literal can be one.
    pub(crate) fn put(&mut self, template: &'static str, values: &[&dyn Value]) {
        let mut pieces = template.split("{}");
        self.0.push_str(pieces.next().unwrap_or_default());
        let mut values = values.iter();
        for piece in pieces {
            if let Some(value) = values.next() {
                value.write(&mut self.0);
            }
            self.0.push_str(piece);
        }
        debug_assert!(values.next().is_none(), "more values than places in {template}");
    }

    /// Adds one escaped character.
    pub(crate) fn character(&mut self, character: char) {
        escape(character, &mut self.0);
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The finished text.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl Value for Markup {
    fn write(&self, to: &mut String) {
        to.push_str(&self.0);
    }
}

impl Value for str {
    fn write(&self, to: &mut String) {
        harmless(self).chars().for_each(|character| escape(character, to));
    }
}

impl Value for &str {
    fn write(&self, to: &mut String) {
        (**self).write(to);
    }
}

impl Value for String {
    fn write(&self, to: &mut String) {
        self.as_str().write(to);
    }
}

impl Value for usize {
    fn write(&self, to: &mut String) {
        let _ = write!(to, "{self}");
    }
}

impl Value for u64 {
    fn write(&self, to: &mut String) {
        let _ = write!(to, "{self}");
    }
}

impl Value for u16 {
    fn write(&self, to: &mut String) {
        let _ = write!(to, "{self}");
    }
}

impl Value for Verdict {
    fn write(&self, to: &mut String) {
        to.push_str(self.word());
    }
}

fn escape(character: char, to: &mut String) {
    match character {
        '<' => to.push_str("&lt;"),
        '>' => to.push_str("&gt;"),
        '&' => to.push_str("&amp;"),
        '"' => to.push_str("&quot;"),
        '\'' => to.push_str("&#39;"),
        other => to.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_literal_cannot_become_a_tag_or_leave_its_attribute() {
        let hostile = "\"><script>alert('1')</script>&\u{202e}\u{7}";
        let markup = Markup::of("<a title=\"{}\">{}</a>", &[&hostile, &7_usize]);
        let safe = "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\u{fffd}\u{fffd}";
        assert_eq!(markup.into_text(), format!("<a title=\"{safe}\">7</a>"));
    }

    #[test]
    fn braces_in_a_value_are_no_places() {
        let markup = Markup::of("{}|{}", &[&"{}", &Markup::of("<br>", &[])]);
        assert_eq!(markup.into_text(), "{}|<br>");
    }
}
