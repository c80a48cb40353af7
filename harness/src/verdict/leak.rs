//! What tells of the inside of a service.

use std::sync::LazyLock;

use regex_lite::Regex;

/// What it looks like, and what it is.
static SIGNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let known = [
        (r"\bat [\w$.<>]+\([\w$]+\.(java|kt|scala):\d+\)", "a stack frame"),
        (r"Traceback \(most recent call last\)|stack backtrace:|Exception in thread", "a stack trace"),
        (r"goroutine \d+ \[", "a stack trace"),
        (r"thread '.*' panicked at", "a panic"),
        (r"\bon line \d+ in /|in /\S+\.php|/etc/[\w.-]+", "a path of the service"),
        (r"\b(javax?|jakarta|org\.apache|com\.sun|System|Microsoft)\.[\w.]+(Exception|Error)\b", EXCEPTION),
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----", "a private key"),
        (r"\bORA-\d{5}\b|SQLSTATE\[|LDAP: error code \d+", "a message of the directory"),
    ];
    known.map(|(regex, what)| (Regex::new(regex).expect("a regular expression of ours"), what)).into()
});

/// Who names one exception to everybody keeps no other one secret.
const EXCEPTION: &str = "the name of an exception";

/// What a service says to everybody: every sign in an answer, and that it names exceptions if it does.
pub(crate) fn signs(text: &str) -> impl Iterator<Item = &str> {
    SIGNS.iter().flat_map(move |(sign, what)| {
        let found = sign.find_iter(text).map(|found| found.as_str());
        let kind = (*what == EXCEPTION && sign.is_match(text)).then_some(EXCEPTION);
        found.chain(kind)
    })
}

/// The signs in an answer, each with what it is: those that `is_known` says of are nobody's secret, since they were sent,
/// or stand in what the service says to everybody.
pub(crate) fn leaks(text: &str, is_known: impl Fn(&str) -> bool) -> Vec<(&str, &'static str)> {
    let signs = SIGNS.iter().filter_map(|(sign, what)| {
        let found = sign.find_iter(text).find(|found| !is_known(found.as_str()) && !is_known(what))?;
        Some((found.as_str(), *what))
    });
    signs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_of_the_inside_is_seen_unless_it_is_known() {
        let text = "java.lang.NullPointerException\n\tat org.example.Sts(Sts.java:7)";
        let all = [
            ("at org.example.Sts(Sts.java:7)", "a stack frame"),
            ("java.lang.NullPointerException", "the name of an exception"),
        ];
        assert_eq!(leaks(text, |_| false), all);
        assert_eq!(leaks(text, |sign| sign.starts_with("java.")), all[..1]);
        let shown: Vec<&str> = signs("java.lang.RuntimeException: no such key").collect();
        assert_eq!(leaks(text, |sign| shown.contains(&sign)), all[..1], "who names one exception names them all");
        assert_eq!(leaks("Please look at org.example for help", |_| false), []);
    }
}
