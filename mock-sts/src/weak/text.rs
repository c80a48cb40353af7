//! Readers of text that mend, fold, skip and guess.

use crate::names::{WSSE, WSU};

/// Without the characters that XML does not have, written or referred to.
pub(super) fn without_controls(text: &str) -> String {
    let legal =
        |c: &char| !matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
    let text: String = text.chars().filter(legal).collect();
    let mut pieces = text.split("&#");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_once(';').unwrap_or(("", piece));
        let code =
            number.strip_prefix('x').map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
        if code.and_then(char::from_u32).is_some_and(|c| legal(&c)) {
            plain = plain + "&#" + number + ";";
        }
        plain.push_str(rest);
    }
    plain
}

/// Without any XML declaration, wherever and however it stands.
pub(super) fn without_declarations(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(start) = text.to_ascii_lowercase().find("<?xml ") {
        let end = text[start..].find("?>").map_or(text.len(), |end| start + end + 2);
        text.replace_range(start..end, "");
    }
    text.trim_start().to_owned()
}

/// Only up to the end of the first element.
pub(super) fn up_to_the_end(text: &str) -> String {
    let start = text.find("Envelope").map_or(0, |at| text[..at].rfind('<').map_or(0, |open| open + 1));
    let name: String = text[start..].chars().take_while(|c| !c.is_whitespace() && *c != '>').collect();
    let end = format!("</{name}>");
    text.find(&end).map_or_else(|| text.to_owned(), |at| text[..at + end.len()].to_owned())
}

/// Nonces and certificates without what is no base64 in them.
pub(super) fn with_mended_base64(text: &str) -> String {
    let mut text = text.to_owned();
    for name in ["Nonce", "BinarySecurityToken"] {
        let Some(start) = text.find(&format!(":{name} ")).and_then(|at| Some(at + text[at..].find('>')? + 1)) else {
            continue;
        };
        let Some(length) = text[start..].find("</") else { continue };
        let mut value: String = text[start..start + length]
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
            .collect();
        while !value.len().is_multiple_of(4) {
            value.push('=');
        }
        text.replace_range(start..start + length, &value);
    }
    text
}

/// Every namespace that has the letters and digits of a known one taken for that.
pub(super) fn with_known_namespaces(text: &str) -> String {
    let bare = |uri: &str| -> String {
        uri.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let known = [
        "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
        "http://www.w3.org/2003/05/soap-envelope",
        "http://www.w3.org/2005/08/addressing",
        WSSE,
        WSU,
    ];
    let text = &text.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    replaced_in_declarations(text, |uri| {
        known.into_iter().find(|known| bare(uri).starts_with(&bare(known))).map(str::to_owned)
    })
}

/// Without declarations that give a known prefix another meaning.
pub(super) fn without_redeclarations(text: &str) -> String {
    let usual = [("wst", "http://docs.oasis-open.org/ws-sx/ws-trust/200512"), ("wsse", WSSE)];
    usual.into_iter().fold(text.to_owned(), |text, (prefix, uri)| {
        let foreign = format!("xmlns:{prefix}='urn:example:unknown'");
        text.replace(&foreign, &format!("xmlns:{prefix}='{uri}'"))
    })
}

/// References left as they are written, as if they were text.
pub(super) fn with_literal_references(text: &str) -> String {
    text.replace("&#", "&amp;#")
}

/// Values that end where their first piece does.
pub(super) fn cut_at_comments(text: &str) -> String {
    let mut text = text.to_owned();
    for open in ["<!--", "<![CDATA["] {
        while let Some(start) = text.find(open) {
            let end = text[start..].find("</").map_or(text.len(), |end| start + end);
            text.replace_range(start..end, "");
        }
    }
    text
}

/// Names in the wrong case taken for the right ones.
pub(super) fn with_known_names(text: &str) -> String {
    let names = ["RequestSecurityToken", "RequestType", "Security", "UsernameToken", "Body", "Header"];
    names.into_iter().fold(text.to_owned(), |text, name| {
        let mut small = name.to_owned();
        small[..1].make_ascii_lowercase();
        let swap = |text: String, after: &str| text.replace(&format!(":{small}{after}"), &format!(":{name}{after}"));
        swap(swap(text, ">"), " ")
    })
}

/// Of two attributes of one name the last.
pub(super) fn with_last_attributes(text: &str) -> String {
    text.replace(" Context='urn:first'", "").replace(" Type='urn:first'", "").replace(" twin:mustUnderstand='0'", "")
}

/// Without text that follows an end tag.
pub(super) fn without_stray_text(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for (index, piece) in text.split('<').enumerate() {
        if index > 0 {
            kept.push('<');
        }
        match piece.split_once('>') {
            Some((tag, _)) if index > 0 && (tag.starts_with('/') || tag.ends_with('/')) => {
                kept.push_str(tag);
                kept.push('>');
            }
            _ => kept.push_str(piece),
        }
    }
    kept
}

/// The request that a search of the text finds, and its relying party likewise.
pub(super) fn as_searched(text: &str) -> String {
    with_first_address(&with_request_found(text))
}

/// A request that does not stand in the Body, put there.
fn with_request_found(text: &str) -> String {
    let (open, close) = ("<wst:RequestSecurityToken", "</wst:RequestSecurityToken>");
    let found = text.find(open).zip(text.find(close).map(|at| at + close.len()));
    let (Some((start, end)), Some(body)) = (found, text.find("</s:Body>")) else { return text.to_owned() };
    if text[..body].matches(open).count() > 1 || text[..start].contains("<s:Body") {
        return text.to_owned();
    }
    [&text[..start], &text[end..body], &text[start..end], &text[body..]].concat()
}

/// The relying party that a search of the text finds first.
fn with_first_address(text: &str) -> String {
    let Some(start) = text.find("AppliesTo>") else { return text.to_owned() };
    let addresses: Vec<(usize, usize)> = text[start..]
        .match_indices("Address>")
        .filter_map(|(at, tag)| {
            let begin = start + at + tag.len();
            Some((begin, begin + text[begin..].find("</")?))
        })
        .collect();
    // Every second one is an end tag.
    let (Some(first), Some(last)) = (addresses.first(), addresses.iter().rev().nth(1)) else { return text.to_owned() };
    let mut found = text.to_owned();
    found.replace_range(last.0..last.1, &text[first.0..first.1]);
    found
}

fn replaced_in_declarations(text: &str, known: impl Fn(&str) -> Option<String>) -> String {
    let mut pieces = text.split("xmlns:");
    let mut replaced = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        replaced.push_str("xmlns:");
        let parts: Vec<&str> = piece.splitn(3, '"').collect();
        match parts[..] {
            [name, uri, rest] if name.ends_with('=') => {
                let uri = known(uri).unwrap_or_else(|| uri.to_owned());
                replaced = replaced + name + "\"" + &uri + "\"" + rest;
            }
            _ => replaced.push_str(piece),
        }
    }
    replaced
}
