//! The words of an answer without what differs between any two answers.

/// Shorter pieces of a request are looked for nowhere: they would hit words that are nobody's.
const SHORTEST_SAID: usize = 3;

/// A text with everything volatile taken out: what the request itself said, numbers, identifiers, addresses, times, and
/// what stands in quotes.
pub(crate) fn templated<'t>(text: &str, said: impl IntoIterator<Item = &'t str>) -> String {
    let mut said: Vec<&str> = said.into_iter().map(str::trim).filter(|said| said.len() >= SHORTEST_SAID).collect();
    // What holds another piece goes first.
    said.sort_unstable_by_key(|said| std::cmp::Reverse(said.len()));
    let text = said.into_iter().fold(text.to_owned(), |text, said| text.replace(said, "…"));
    let mut kept = String::new();
    let mut quoted = false;
    for word in text.split_whitespace() {
        let opens = word.matches(['"', '`']).count() + apostrophes(word);
        let volatile = quoted
            || opens % 2 == 1
            || word.contains(['"', '`', '/', '<', '{', '…'])
            || word.trim_end_matches(':').contains(':')
            || word.bytes().any(|b| b.is_ascii_digit());
        quoted ^= opens % 2 == 1;
        kept.push_str(if volatile { "…" } else { word });
        kept.push(' ');
    }
    kept.trim_end().to_owned()
}

/// White space as a type that collapses it reads it.
pub(crate) fn collapsed(text: &str) -> String {
    text.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Those that quote: one between letters belongs to its word.
fn apostrophes(word: &str) -> usize {
    let letters: Vec<char> = word.chars().collect();
    let is_letter = |at: usize| letters.get(at).is_some_and(|c| c.is_alphanumeric());
    let quotes = |at: usize| letters[at] == '\'' && !(at > 0 && is_letter(at - 1) && is_letter(at + 1));
    (0..letters.len()).filter(|at| quotes(*at)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_between_any_two_answers_is_taken_out() {
        let table = [
            ("incident 4711 at 2026-01-15T12:00:00Z", "incident … at …"),
            ("Unknown user 'x y' at urn:uuid:1-2", "Unknown user … … at …"),
            ("Error: no such user", "Error: no such user"),
            ("It doesn't hold: wrong password", "It doesn't hold: wrong password"),
            ("  two\n lines ", "two lines"),
        ];
        for (text, expected) in table {
            assert_eq!(templated(text, []), expected);
        }
    }

    #[test]
    fn what_the_request_said_itself_tells_nobody_anything() {
        let answers = ["alice is not known", "x' or '1'='1 is not known"];
        let said = ["alice", "x' or '1'='1", "a"];
        let [first, second] = answers.map(|answer| templated(answer, said));
        assert_eq!(first, second);
        assert_ne!(first, templated("alice has another password", said));
    }
}
