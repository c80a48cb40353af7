//! Leaves alone what only looks like a secret: a password may be a word of the standards, and then stands in names, in
//! namespaces and in the identifiers that a verdict rests on.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Everything that the cases say, for everybody to read.
static PUBLISHED: LazyLock<String> = LazyLock::new(|| {
    let files = stsproof_cases::files().into_iter();
    let public = files.filter(|(path, _)| !path.starts_with("profiles/"));
    public.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned() + "\n").collect()
});

/// What was looked up before: the few passwords of a run, again and again.
static KNOWN: LazyLock<Mutex<HashMap<String, bool>>> = LazyLock::new(Mutex::default);

/// Identifiers that begin so come from a standard, where nobody puts a secret.
const STANDARDS: [&str; 6] = [
    "urn:oasis:",
    "http://docs.oasis-open.org/",
    "http://www.w3.org/",
    "http://schemas.xmlsoap.org/",
    "http://schemas.microsoft.com/",
    "http://www.docs.oasis-open.org/",
];

/// Whether a secret is, or is a part of, a word that the standards use.
pub(super) fn is_a_word(secret: &str) -> bool {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.get(secret) {
        return *known;
    }
    let is_one = PUBLISHED.contains(secret);
    known.insert(secret.to_owned(), is_one);
    is_one
}

/// Replaces a secret that may be a word: not in markup, not within a longer word that is published, and a short one only
/// where it stands by itself.
pub(super) fn replace(bytes: &mut Vec<u8>, secret: &str, with: &str) {
    let mut found = occurrences(bytes, secret.as_bytes());
    if found.is_empty() {
        return;
    }
    let markup = markup(bytes);
    found.retain(|at| !markup.iter().any(|tag| tag.start < at.end && at.start < tag.end) && !is_innocent(bytes, at));
    for at in found.into_iter().rev() {
        bytes.splice(at, with.bytes());
    }
}

fn occurrences(bytes: &[u8], what: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + what.len() <= bytes.len() {
        if bytes[at..].starts_with(what) {
            found.push(at..at + what.len());
            at += what.len();
        } else {
            at += 1;
        }
    }
    found
}

/// Whether what stands there is a part of a word that is none of the requestor's secrets.
fn is_innocent(bytes: &[u8], at: &Range<usize>) -> bool {
    let of_word = |byte: &u8| byte.is_ascii_alphanumeric() || b":/#._-".contains(byte);
    let start = bytes[..at.start].iter().rposition(|byte| !of_word(byte)).map_or(0, |stop| stop + 1);
    let end = bytes[at.end..].iter().position(|byte| !of_word(byte)).map_or(bytes.len(), |stop| at.end + stop);
    let word = String::from_utf8_lossy(&bytes[start..end]);
    if word.len() == at.len() {
        return false;
    }
    if STANDARDS.iter().any(|standard| word.starts_with(standard)) || PUBLISHED.contains(&*word) {
        return true;
    }
    // Four digits are also a part of a time, and three letters of many a word.
    let secret = &bytes[at.clone()];
    let near = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let sides = (at.start.checked_sub(1).and_then(|before| bytes.get(before)), bytes.get(at.end));
    let of_number = |byte: Option<&u8>| byte.is_some_and(|byte| b"-:.+/".contains(byte));
    let digits = secret.iter().all(u8::is_ascii_digit);
    secret.len() < super::SHORTEST_ANYWHERE
        && (near(sides.0) || near(sides.1) || digits && (of_number(sides.0) || of_number(sides.1)))
}

/// The names in what looks like XML or HTML, and the namespaces: all but texts and the values of attributes.
fn markup(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(open) = bytes[at..].iter().position(|&byte| byte == b'<') {
        let start = at + open;
        let rest = &bytes[start..];
        let data = [(&b"<!--"[..], &b"-->"[..]), (b"<![CDATA[", b"]]>")];
        if let Some((_, end)) = data.iter().find(|(begin, _)| rest.starts_with(begin)) {
            at = rest.windows(3).position(|three| three == *end).map_or(bytes.len(), |found| start + found + 3);
            continue;
        }
        let mut from = start;
        let mut now = start + 1;
        // Only a name can follow: `<` in a text that is no markup begins none.
        if !rest.get(1).is_some_and(|byte| byte.is_ascii_alphabetic() || b"/_!?".contains(byte)) {
            at = now;
            continue;
        }
        while now < bytes.len() && bytes[now] != b'>' {
            if !matches!(bytes[now], b'"' | b'\'') {
                now += 1;
                continue;
            }
            let quote = bytes[now];
            let close =
                bytes[now + 1..].iter().position(|&byte| byte == quote).map_or(bytes.len(), |end| now + 1 + end);
            if !declares(&bytes[from..now]) {
                tags.push(from..now);
                from = close;
            }
            now = (close + 1).min(bytes.len());
        }
        tags.push(from..(now + 1).min(bytes.len()));
        at = now;
    }
    tags
}

/// Whether the attribute that ends here declares a namespace.
fn declares(before: &[u8]) -> bool {
    let name = before.trim_ascii_end().strip_suffix(b"=").unwrap_or_default().trim_ascii_end();
    let start = name.iter().rposition(u8::is_ascii_whitespace).map_or(0, |space| space + 1);
    name[start..].starts_with(b"xmlns")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn cleaned(text: &str, secret: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        replace(&mut bytes, secret, &"X".repeat(secret.len()));
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[rstest]
    #[case::a_method("<m>urn:oasis:names:tc:SAML:1.0:am:password</m>", "password")]
    #[case::a_name("<s:Envelope><s:Body a='b'/></s:Envelope>", "Envelope")]
    #[case::a_namespace("<a xmlns:q = 'urn:issuer'/>", "issuer")]
    #[case::a_type("<a Type=\"http://docs.oasis-open.org/x#PasswordText\"/>", "Password")]
    #[case::a_time("<a>2026-01-15T12:00:00.000Z</a>", "2026")]
    #[case::a_part_of_a_word("<a>Context</a>", "text")]
    fn a_word_stays(#[case] text: &str, #[case] secret: &str) {
        assert_eq!(cleaned(text, secret), text);
    }

    #[rstest]
    #[case::by_itself("<a>wrong: password</a>", "password", "<a>wrong: XXXXXXXX</a>")]
    #[case::in_an_attribute("<a b='password'/>", "password", "<a b='XXXXXXXX'/>")]
    #[case::in_a_word_of_nobody("login failed for bob/abc12", "abc12", "login failed for bob/XXXXX")]
    #[case::in_a_url("{\"u\":\"https://h/?p=secret&q\"}", "secret", "{\"u\":\"https://h/?p=XXXXXX&q\"}")]
    #[case::in_data("<a><![CDATA[<password>]]></a>", "password", "<a><![CDATA[<XXXXXXXX>]]></a>")]
    #[case::in_half_a_tag("<a b='password", "password", "<a b='XXXXXXXX")]
    fn a_secret_goes(#[case] text: &str, #[case] secret: &str, #[case] left: &str) {
        assert_eq!(cleaned(text, secret), left);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::sample::select(b"<>/!-[]CDATA'\"= xmlnsab".to_vec()), 0..60)) {
            let mut bytes = bytes;
            replace(&mut bytes, "ab", "XY");
        }
    }
}
