//! From what a profile says to what a run can rely on.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_spanned::Spanned;
use stsproof_judge::time::Span;

use super::raw::{RawAccount, RawEndpoint, RawExpected, RawLimits, RawProfile, RawReference};
use super::reference::Reference;
use super::{Account, Anchors, AppliesTo, Deviant, Endpoint, Expected, Limits, Profile};
use crate::case::model::{Axis, Capability};
use crate::nearest::did_you_mean;
use crate::plan;
use crate::problem::{Problem, Text};
use crate::suite::Suite;

/// The profile, unless it is no TOML of the right shape; every mistake is added to `problems`.
pub(super) fn profile(
    file: &Arc<Text>,
    folder: PathBuf,
    suite: &Suite,
    problems: &mut Vec<Problem>,
) -> Option<Profile> {
    let raw: RawProfile = match toml::from_str(&file.text) {
        Ok(raw) => raw,
        Err(error) => {
            // Nobody knows by now where the secrets are: a quote may be missing behind one.
            let shown = masked(file);
            problems.push(crate::case::raw::syntax_of(&shown, &without_value(error.message()), error.span()));
            return None;
        }
    };
    let file = &hidden(file, &raw);
    let mut reader = Reader { file, suite, problems, published: raw.published_test_secrets };
    let accounts = reader.accounts(raw.accounts);
    let anchors = Anchors {
        tls_ca: raw.anchors.tls_ca.map(|reference| reader.public(reference)),
        signing: raw.anchors.signing.into_iter().map(|reference| reader.public(reference)).collect(),
        relying_party_key: raw.anchors.relying_party_key.map(|reference| reader.secret(reference)),
    };
    if raw.endpoint.is_empty() {
        reader.problems.push(
            Problem::about(format!("{}: the profile names no endpoint", file.name))
                .help("add `[[endpoint]]` with `url` and `credentials`"),
        );
    }
    Some(Profile {
        name: raw.name,
        description: raw.description,
        owned: raw.owned,
        endpoints: raw.endpoint.into_iter().map(|endpoint| reader.endpoint(endpoint.into_inner(), &accounts)).collect(),
        claims: reader.claims(&raw.claims),
        limits: reader.limits(raw.limits),
        expected: raw.expected.iter().filter_map(|expected| reader.expected(expected)).collect(),
        accounts,
        anchors,
        applies_to: raw.applies_to.map_or_else(AppliesTo::default, |raw| AppliesTo {
            known: raw.known,
            other: raw.other,
            encrypted: raw.encrypted,
            unknown: raw.unknown.unwrap_or_else(|| AppliesTo::default().unknown),
        }),
        folder,
    })
}

/// The file as messages may show it: a secret that stands in it is why it is refused, and must not go into a log.
fn hidden(file: &Arc<Text>, raw: &RawProfile) -> Arc<Text> {
    let secrets = raw.accounts.values().flat_map(|account| [&account.password, &account.key]);
    let inline = secrets
        .chain([&raw.anchors.relying_party_key])
        .flatten()
        .filter(|secret| matches!(secret.get_ref(), RawReference::Inline(_)));
    let mut text = file.text.clone();
    for at in inline.map(Spanned::span) {
        text.replace_range(at.clone(), &"*".repeat(at.len()));
    }
    Arc::new(Text { name: file.name.clone(), text })
}

/// The file without the values of accounts and anchors; without any value where it is no TOML, so that nobody can say
/// what belongs to them. As long as before, line by line.
fn masked(file: &Text) -> Arc<Text> {
    let everything = toml::from_str::<toml::Table>(&file.text).is_err();
    let holds_secrets = |key: &str| key.trim_start().starts_with("accounts") || key.trim_start().starts_with("anchors");
    let mut within = false;
    let star = |c: char| if c.is_whitespace() { c.to_string() } else { "*".repeat(c.len_utf8()) };
    let stars = |text: &str| text.chars().map(star).collect::<String>();
    let mut shown = String::with_capacity(file.text.len());
    for line in file.text.split_inclusive('\n') {
        let bare = line.trim();
        if let Some(name) = bare.strip_prefix('[').filter(|_| bare.ends_with(']') && !bare.contains(['"', '\'', '='])) {
            within = holds_secrets(name.trim_start_matches('['));
            shown.push_str(line);
            continue;
        }
        match line.split_once('=') {
            _ if bare.is_empty() => shown.push_str(line),
            Some((key, value)) if everything || within || holds_secrets(key) => {
                shown.push_str(key);
                shown.push('=');
                shown.push_str(&stars(value));
            }
            None if everything || within => shown.push_str(&stars(line)),
            _ => shown.push_str(line),
        }
    }
    Arc::new(Text { name: file.name.clone(), text: shown })
}

/// The parser's words without the value that it found.
fn without_value(message: &str) -> String {
    let Some((found, expected)) = message.split_once(", expected ").filter(|_| message.starts_with("invalid ")) else {
        return message.to_owned();
    };
    let kind = found.split(['`', '"']).next().unwrap_or_default().trim_end();
    format!("{kind}, expected {expected}")
}

/// What is wrong with the address of an endpoint, and what to do.
pub(super) fn check_url(url: &str) -> Result<(), (String, String)> {
    // Looked at again when the environment has been asked.
    if url.starts_with("${") {
        return Ok(());
    }
    // A scheme may be written in capitals, too.
    let spelt = |scheme: &&str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let known = ["http://", "https://"].into_iter().find(spelt).map(|scheme| &url[scheme.len()..]);
    let host = known.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    match host {
        Some(host) if host.contains('@') => Err((
            format!("`{}` carries a user name", url.replace(host, "…")),
            "put it into an account, its password by reference".to_owned(),
        )),
        Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => Ok(()),
        _ => Err((format!("`{url}` is no address"), "write it as `https://host:port/path`".to_owned())),
    }
}

struct Reader<'a> {
    file: &'a Arc<Text>,
    suite: &'a Suite,
    problems: &'a mut Vec<Problem>,
    /// Whether the profile says that its secrets are published on purpose.
    published: bool,
}

impl Reader<'_> {
    fn report(&mut self, at: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::at(self.file, at, message).help(help));
    }

    fn accounts(&mut self, raw: std::collections::BTreeMap<Spanned<String>, RawAccount>) -> Vec<Account> {
        let mut raw: Vec<_> = raw.into_iter().collect();
        // The order of the file decides which account is the usual one.
        raw.sort_by_key(|(name, _)| name.span().start);
        raw.into_iter().map(|(name, account)| self.account(&name, account)).collect()
    }

    fn account(&mut self, name: &Spanned<String>, raw: RawAccount) -> Account {
        if raw.password.is_some() != raw.user.is_some() {
            self.report(name.span(), "an account has `user` and `password`, or neither", "add the other one");
        }
        if raw.certificate.is_some() != raw.key.is_some() {
            self.report(name.span(), "an account has `certificate` and `key`, or neither", "add the other one");
        }
        if raw.password.is_none() && raw.certificate.is_none() {
            self.report(
                name.span(),
                "the account can prove nothing",
                "add `user` and `password`, or `certificate` and `key`",
            );
        }
        Account {
            name: name.get_ref().clone(),
            user: raw.user,
            password: raw.password.map(|reference| self.secret(reference)),
            certificate: raw.certificate.map(|reference| self.public(reference)),
            key: raw.key.map(|reference| self.secret(reference)),
            subject: raw.subject,
            bait: raw.bait,
            key_is_rsa: None,
        }
    }

    fn secret(&mut self, reference: Spanned<RawReference>) -> Reference {
        if matches!(reference.get_ref(), RawReference::Inline(_)) && !self.published {
            self.report(
                reference.span(),
                "a secret stands in the profile itself",
                "point to it: `{ env = \"NAME\" }`, `{ file = \"PATH\" }` or `{ command = [\"program\", \"argument\"] }`; \
                 keys that are published on purpose need `published-test-secrets = true`",
            );
        }
        self.public(reference)
    }

    fn public(&mut self, reference: Spanned<RawReference>) -> Reference {
        let at = reference.span();
        let table = match reference.into_inner() {
            RawReference::Inline(value) => return Reference::Inline(value),
            RawReference::Table(table) => table,
        };
        let given = [
            table.env.map(Reference::Env),
            table.file.map(|path| Reference::File(path.into())),
            table.command.map(Reference::Command),
            table.bundled.map(Reference::Bundled),
        ];
        let mut given = given.into_iter().flatten();
        if let (Some(reference), None) = (given.next(), given.next()) {
            return reference;
        }
        self.report(at, "a reference points to exactly one place", "keep one of `env`, `file` and `command`");
        Reference::Inline(String::new())
    }

    fn endpoint(&mut self, raw: RawEndpoint, accounts: &[Account]) -> Endpoint {
        let url = raw.url.get_ref();
        if !matches!(url.as_str(), "bundled:http" | "bundled:https")
            && let Err((cause, remedy)) = check_url(url)
        {
            self.report(raw.url.span(), cause, remedy);
        }
        if let Some(name) = &raw.account
            && !accounts.iter().any(|account| account.name == *name.get_ref())
        {
            let known = accounts.iter().map(|account| account.name.as_str());
            let remedy = did_you_mean(name.get_ref(), known, "accounts stand in `[accounts.NAME]`");
            self.report(name.span(), format!("there is no account `{}`", name.get_ref()), remedy);
        }
        Endpoint {
            soap: self.versions(Axis::Soap, &raw.soap),
            trust: self.versions(Axis::Trust, &raw.trust),
            addressing: self.versions(Axis::Addressing, &raw.addressing),
            url: raw.url.into_inner(),
            credentials: raw.credentials,
            account: raw.account.map(Spanned::into_inner),
        }
    }

    fn versions(&mut self, axis: Axis, raw: &[Spanned<String>]) -> Vec<String> {
        let words = self.suite.words();
        let checked: Vec<_> = raw.iter().map(|value| (value.span(), words.axis_value(axis, value.get_ref()))).collect();
        let mut versions = Vec::new();
        for (at, value) in checked {
            match value {
                Ok(value) => versions.push(value),
                Err(wrong) => self.problems.push(wrong.at(self.file, at)),
            }
        }
        versions
    }

    fn claims(&mut self, raw: &[Spanned<String>]) -> BTreeSet<Capability> {
        let words = self.suite.words();
        let checked: Vec<_> = raw.iter().map(|name| (name.span(), words.capability(name.get_ref()))).collect();
        let mut claims = BTreeSet::new();
        for (at, claim) in checked {
            match claim {
                Ok(claim) => drop(claims.insert(claim)),
                Err(wrong) => self.problems.push(wrong.at(self.file, at)),
            }
        }
        claims
    }

    fn limits(&mut self, raw: RawLimits) -> Limits {
        let usual = Limits::default();
        if let Some(workers) = raw.workers.as_ref().filter(|workers| *workers.get_ref() == 0) {
            self.report(workers.span(), "without workers nothing is sent", "write at least 1");
        }
        if let Some(rate) = raw.rate.as_ref().filter(|rate| *rate.get_ref() == 0) {
            self.report(rate.span(), "at a rate of 0 nothing is sent", "write requests a second, or leave `rate` out");
        }
        let timeout = raw.timeout.and_then(|text| {
            let read = duration(text.get_ref());
            if read.is_none() {
                let cause = format!("`{}` is no time", text.get_ref());
                self.report(text.span(), cause, "write a number and a unit: `500ms`, `30s` or `2m`");
            }
            read
        });
        Limits {
            workers: raw.workers.map_or(usual.workers, Spanned::into_inner),
            rate: raw.rate.map(Spanned::into_inner),
            timeout: timeout.unwrap_or(usual.timeout),
            requests: raw.requests,
        }
    }

    fn expected(&mut self, raw: &Spanned<RawExpected>) -> Option<Expected> {
        let at = raw.span();
        let raw = raw.get_ref();
        let of = match (&raw.requirement, &raw.case) {
            (Some(row), None) => match self.suite.words().requirement(row.get_ref()) {
                Ok(row) => Deviant::Requirement(row),
                Err(wrong) => {
                    self.problems.push(wrong.at(self.file, row.span()));
                    return None;
                }
            },
            (None, Some(case)) => self.deviant_case(case)?,
            _ => {
                self.report(at, "a deviation is of one `requirement` or of one `case`", "keep exactly one of the two");
                return None;
            }
        };
        let reason = raw.reason.as_ref().map(|reason| reason.get_ref().trim()).filter(|reason| !reason.is_empty());
        if reason.is_none() {
            let at = raw.reason.as_ref().map_or(at, Spanned::span);
            self.report(
                at,
                "a deviation without a reason",
                "add `reason = \"…\"`: what was seen, and why it is accepted",
            );
        }
        let until = raw.until.as_ref().and_then(|until| {
            let read = until.get_ref().date.filter(|_| until.get_ref().time.is_none());
            let read = read.and_then(|date| {
                let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
                jiff::civil::Date::new(i16::try_from(date.year).ok()?, month, day).ok()
            });
            if read.is_none() {
                self.report(until.span(), "`until` is no day", "write it without quotes: `until = 2027-01-31`");
            }
            read
        });
        let evidence = raw.evidence.as_ref().map(PathBuf::from);
        Some(Expected { of, verdict: raw.verdict, reason: reason?.to_owned(), evidence, until })
    }

    fn deviant_case(&mut self, case: &Spanned<String>) -> Option<Deviant> {
        let (id, part) = case.get_ref().split_once('@').unwrap_or((case.get_ref(), ""));
        if let Some(found) = self.suite.case(id) {
            let Some(part) = plan::part(found, part) else {
                let whole = plan::variants(found, &self.suite.vocabulary).into_iter();
                let names =
                    whole.map(|variant| plan::varied(found, &variant).to_string()).filter(|name| !name.is_empty());
                let names: Vec<_> = names.collect();
                let remedy = match names.as_slice() {
                    [] => "it does not vary: leave out what stands behind the `@`".to_owned(),
                    names => format!("name one of its variants, or a part of one: {}", names.join(" ")),
                };
                self.report(case.span(), format!("`{}` has no variant `{part}`", found.id), remedy);
                return None;
            };
            return Some(Deviant::Case(found.id.clone(), part));
        }
        let known = self.suite.cases.iter().map(|case| case.id.0.as_str());
        let remedy = did_you_mean(id, known, "`stsproof list` prints all of them");
        self.report(case.span(), format!("there is no case `{id}`"), remedy);
        None
    }
}

/// A number and a unit: `500ms`, `30s`, `2m`.
fn duration(text: &str) -> Option<Duration> {
    let nanos = Span::parse(text).map(Span::nanos).filter(|nanos| *nanos > 0)?;
    u64::try_from(nanos).ok().map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Some(Duration::from_secs(120)));
        for wrong in ["", "5", "s", "0s", "5 s", "-5s", "5y"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_has_a_scheme_and_a_host_and_no_user() {
        assert!(check_url("https://sts.example.test:8443/sts").is_ok());
        assert!(check_url("HTTPS://STS.example.test/sts").is_ok());
        assert!(check_url("${STS}/sts").is_ok(), "known only at the start of a run");
        for wrong in ["sts.example.test", "ftp://a/", "https://", "https:///x", "https://alice:secret@a/"] {
            assert!(check_url(wrong).is_err(), "{wrong}");
        }
        let (cause, _) = check_url("https://alice:secret@a/").expect_err("a user in it");
        assert!(!cause.contains("secret"), "{cause}");
    }

    #[rstest::rstest]
    #[case::a_missing_quote("[accounts.a]\npassword = \"hunter2\nuser = 1\n")]
    #[case::a_missing_quote_before_it("name = \"x\n[accounts.a]\npassword = \"hunter2\"\n")]
    #[case::a_value_of_another_kind("[accounts.a]\npassword = [\"hunter2\"]\n")]
    #[case::a_number("[accounts.a]\npassword = 4711000\n")]
    #[case::a_key_of_another_name("[accounts.a]\npasswort = \"hunter2\"\n")]
    #[case::several_lines("[accounts.a]\nkey = \"\"\"\nhunter2\n\"\"\"\nuser = 1\n")]
    #[case::in_one_line("accounts.a.password = \"hunter2\"\naccounts.a.user = 1\n")]
    #[case::an_umlaut("[accounts.a]\nuser = \"\u{e4}\"\npasswort = \"hunter2\"\n")]
    fn a_profile_that_cannot_be_read_shows_no_secret(#[case] text: &str) {
        let suite = Suite::load(&crate::source::Source::Embedded).expect("the binary carries its data");
        let file = Text { name: "profile.toml".to_owned(), text: text.to_owned() };
        let error = Profile::read(file, PathBuf::new(), &suite).expect_err("it is wrong");
        let mut shown = Vec::new();
        error.write(&mut shown, false).expect("memory can be written to");
        let shown = String::from_utf8_lossy(&shown);
        assert!(!shown.contains("hunter2") && !shown.contains("4711000"), "{shown}");
    }
}
