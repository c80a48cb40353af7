//! The STR-Transform: a `SecurityTokenReference` is signed by signing the token that it refers to.

use super::fault::Reason;
use super::transforms::{Canonical, Selection};
use crate::keyinfo::{Finder, Target};
use crate::keys::{Certificate, to_base64};
use crate::tree::Node;
use crate::uri;

/// The token in the message, if it is there, and the bytes to digest. Several forms where products differ.
pub(super) fn dereference(
    finder: &Finder<'_>,
    selection: Selection,
    form: &Canonical,
) -> Result<(Option<Node>, Vec<Vec<u8>>), Reason> {
    let tree = finder.tree;
    let reference = selection.apex.filter(|&apex| tree.is(apex, uri::WSSE, "SecurityTokenReference"));
    let Some(reference) = reference else {
        let what = "an STR-Transform over something else than a wsse:SecurityTokenReference";
        return Err(Reason::Malformed(what.into()));
    };
    match finder.target(reference).map_err(Reason::Key)? {
        Target::Element(token) => {
            let mut bytes = Vec::new();
            Selection { apex: Some(token), comments: selection.comments, without: selection.without }
                .canonicalize(tree, form, &mut bytes)?;
            Ok((Some(token), vec![undeclare_default(bytes)]))
        }
        Target::Certificate(certificate, encoding) => {
            let prefix = tree.name(reference).prefix.unwrap_or("wsse");
            // Some signers repeat the EncodingType of the reference in the token they make up, others do not.
            let forms = [None, encoding.as_deref()].map(|encoding| binary_token(prefix, &certificate, encoding));
            Ok((None, forms.into()))
        }
        Target::Name(name) => {
            Err(Reason::Malformed(format!("an STR-Transform whose token is not in the message: {name}")))
        }
    }
}

/// Every apex of a dereferenced token states its default namespace, even where that is none.
fn undeclare_default(canonical: Vec<u8>) -> Vec<u8> {
    let tag_end = canonical.iter().position(|byte| *byte == b'>').unwrap_or(canonical.len());
    let name_end = canonical.iter().position(|byte| matches!(byte, b' ' | b'>')).unwrap_or(tag_end);
    // In canonical form the default namespace comes before every other declaration and attribute.
    if canonical[name_end..].starts_with(b" xmlns=\"") {
        return canonical;
    }
    [&canonical[..name_end], b" xmlns=\"\"", &canonical[name_end..]].concat()
}

/// The canonical form of the token that stands for a certificate which the message only names.
fn binary_token(prefix: &str, certificate: &Certificate, encoding: Option<&str>) -> Vec<u8> {
    let encoding = encoding.map(|encoding| format!(" EncodingType=\"{encoding}\"")).unwrap_or_default();
    let (value, wsse, x509) = (to_base64(certificate.der()), uri::WSSE, uri::X509_V3);
    let (name, declaration) = match prefix {
        "" => ("BinarySecurityToken".to_owned(), format!(" xmlns=\"{wsse}\"")),
        _ => (format!("{prefix}:BinarySecurityToken"), format!(" xmlns=\"\" xmlns:{prefix}=\"{wsse}\"")),
    };
    format!("<{name}{declaration}{encoding} ValueType=\"{x509}\">{value}</{name}>").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::undeclare_default;

    #[test]
    fn the_default_namespace_is_stated_once() {
        let cases = [
            ("<a>x</a>", "<a xmlns=\"\">x</a>"),
            ("<p:a xmlns:p=\"u\">x</p:a>", "<p:a xmlns=\"\" xmlns:p=\"u\">x</p:a>"),
            ("<a xmlns=\"u\"></a>", "<a xmlns=\"u\"></a>"),
        ];
        for (canonical, expected) in cases {
            assert_eq!(undeclare_default(canonical.into()), expected.as_bytes());
        }
        assert_eq!(undeclare_default(Vec::new()), b" xmlns=\"\"");
    }
}
