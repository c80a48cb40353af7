//! A service that asks whoever a message names. Only this machine is ever asked.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A document with its declarations taken out and what they lead to put in.
pub(super) fn with_entities(text: &str) -> String {
    let Some((start, end)) = doctype(text) else { return text.to_owned() };
    let declarations = &text[start..end];
    let mut document = [&text[..start], &text[end..]].concat();
    for system in identifiers(declarations) {
        let content = fetch(system);
        if let Some(name) = entity_of(declarations, system) {
            document = document.replace(&format!("&{name};"), &escaped(&content));
        }
    }
    document
}

/// Asks what attributes such as `schemaLocation`, `href` and `URI` lead to.
pub(super) fn after_following_hints(text: &str) -> String {
    for hint in ["ocation=", "href=", "base=", "URI=", "Location="] {
        for (at, _) in text.match_indices(hint) {
            let rest = &text[at + hint.len()..];
            let Some(quote) = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { continue };
            let value = rest[1..].split(quote).next().unwrap_or_default();
            drop(fetch(value.rsplit(' ').next().unwrap_or_default()));
        }
    }
    text.to_owned()
}

/// Sends word to every address that the message names, its own apart.
pub(super) fn after_calling_back(text: &str) -> String {
    for (at, _) in text.match_indices("://127.0.0.1:") {
        let rest = &text[at..];
        let address = &rest[..rest.find(['<', '"', '\'', ' ']).unwrap_or(rest.len())];
        if !address.ends_with("/sts") {
            drop(fetch(address));
        }
    }
    text.to_owned()
}

/// Asks the address in a name, as a library does that replaces variables in what it logs.
pub(crate) fn names(name: &str) {
    if let Some(at) = name.find("://") {
        drop(fetch(name[at..].trim_end_matches('}')));
    }
}

/// What is there: in a file, or behind an address of this machine. Anything else is not looked for.
fn fetch(identifier: &str) -> String {
    let file = identifier.strip_prefix("file://localhost").or_else(|| identifier.strip_prefix("file://"));
    if let Some(path) = file.or_else(|| identifier.starts_with('/').then_some(identifier)) {
        // A device without an end would hold the test, not the service.
        let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
        return is_file.then(|| std::fs::read_to_string(path).ok()).flatten().unwrap_or_default();
    }
    let address = identifier.split_once("://").map_or("", |(_, rest)| rest);
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    if !host.starts_with("127.0.0.1:") {
        return String::new();
    }
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.take(1 << 16).read_to_string(&mut answer)?;
        Ok(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    };
    ask().unwrap_or_default()
}

/// From `<!DOCTYPE` to its `>`.
fn doctype(text: &str) -> Option<(usize, usize)> {
    let start = text.find("<!DOCTYPE")?;
    let mut brackets = 0_usize;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            b'[' => brackets += 1,
            b']' => brackets = brackets.saturating_sub(1),
            b'>' if brackets == 0 => return Some((start, at + 1)),
            _ => {}
        }
    }
    None
}

/// What stands in quotes and could lead somewhere.
fn identifiers(declarations: &str) -> Vec<&str> {
    declarations.split(['"', '\'']).filter(|text| text.contains("://") || text.starts_with('/')).collect()
}

/// The name of the entity that has this identifier.
fn entity_of<'a>(declarations: &'a str, identifier: &str) -> Option<&'a str> {
    let before = &declarations[..declarations.find(identifier)?];
    before[before.rfind("<!ENTITY")? + "<!ENTITY".len()..].split_whitespace().next()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
