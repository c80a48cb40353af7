//! From a step of a case to the request that is sent: body, credential, variant, changes, values, signature, tampering.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stsproof_judge::path::Paths;
use stsproof_judge::tree::Tree;

use super::credential;
use super::fill::Values;
use super::key::SigningKey;
use super::sign::{KeyReference, Recipe, sign};
use super::target::Door;
use super::transcript::HttpRequest;
use crate::case::hostile::{Sign, SignedBy};
use crate::case::model::{Axis, Body, Credential, Http, Variant};
use crate::change::{ChangeError, OctetOperator, Operator, Other, apply, apply_beside, apply_octets};
use crate::vocabulary::Vocabulary;

/// What a request is made of.
#[derive(Debug)]
pub(super) struct Order<'a> {
    pub(super) body: &'a Body,
    pub(super) change: &'a [Operator],
    pub(super) tamper: &'a [Operator],
    pub(super) encode: &'a [OctetOperator],
    pub(super) sign: &'a Sign,
    /// A message that is sent once more instead.
    pub(super) again: Option<&'a [u8]>,
    pub(super) credential: Credential,
    pub(super) http: &'a Http,
    /// How a signature refers to its key.
    pub(super) reference: KeyReference,
    /// The key to sign with, if it is not the one of the account.
    pub(super) key: Option<&'a SigningKey>,
}

impl Order<'_> {
    /// Whether nothing in it could make a target break off: it is sent as a client would send it.
    pub(super) fn is_plain(&self) -> bool {
        let rewritten = !self.change.is_empty() || !self.tamper.is_empty() || !self.encode.is_empty();
        !rewritten && self.again.is_none() && *self.http == Http::default() && matches!(self.body, Body::Xml(_))
    }
}

/// What a variant means for text and paths.
pub(crate) struct Dialect<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) variant: &'a Variant,
    pub(crate) paths: &'a Paths,
}

impl Dialect<'_> {
    pub(crate) fn translate(&self, text: &str) -> String {
        self.vocabulary.translate(text, self.variant)
    }
}

/// The request, or what is wrong with the case.
pub(super) fn prepare(
    order: &Order<'_>,
    dialect: &Dialect<'_>,
    door: &Door<'_>,
    values: &mut Values,
) -> Result<HttpRequest, String> {
    let (body, action) = match (order.again, order.body) {
        (Some(sent), _) => again(order, dialect, values, sent)?,
        (None, Body::Raw(bytes)) => (bytes.clone(), None),
        (None, Body::Xml(template)) => {
            let template = worded(template, order.credential, dialect);
            let changed = changed(&template, order.change, dialect).map_err(|error| error.to_string())?;
            let action = action(&changed).or_else(|| action(&template));
            let action = action.map(|action| values.fill_plain(&action)).transpose();
            let action = action.map_err(|error| error.to_string())?;
            (xml(order, dialect, door, values, &changed)?.into_bytes(), action)
        }
    };
    let body = apply_octets(body, order.encode).map_err(|error| error.to_string())?;
    let target = match &order.http.path {
        Some(path) => values.fill_plain(path).map_err(|error| error.to_string())?,
        None => door.address.target.clone(),
    };
    let address = door.address.clone().with_target(&target);
    let method = order.http.method.clone().unwrap_or_else(|| "POST".to_owned());
    let mut headers = usual_headers(&address.origin.host_header(), dialect.variant, action.as_deref());
    let (length, body) = framed(order.http, body)?;
    if !body.is_empty() || method == "POST" {
        headers.push(length);
    }
    for (name, value) in &order.http.headers {
        let value = match as_usual(&headers, name, value) {
            Some(usual) => usual,
            None => values.fill_plain(&dialect.translate(value)).map_err(|error| error.to_string())?,
        };
        set(&mut headers, name, value);
    }
    for line in &order.http.also {
        let line = values.fill_plain(&dialect.translate(line)).map_err(|error| error.to_string())?;
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        headers.push((name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()));
    }
    Ok(HttpRequest { method, url: address.to_string(), headers, body })
}

/// The body as it goes over the wire, and the header that says where it ends.
fn framed(http: &Http, body: Vec<u8>) -> Result<((String, String), Vec<u8>), String> {
    let (header, framed) = match http.chunk {
        None => {
            let length = i128::try_from(body.len()).unwrap_or(i128::MAX) + i128::from(http.length);
            (("Content-Length".to_owned(), length.to_string()), body)
        }
        Some(size) => {
            let mut framed = Vec::with_capacity(body.len() * 2);
            for chunk in body.chunks(size.max(1)) {
                framed.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                framed.extend_from_slice(chunk);
                framed.extend_from_slice(b"\r\n");
            }
            framed.extend_from_slice(b"0\r\n\r\n");
            (("Transfer-Encoding".to_owned(), "chunked".to_owned()), framed)
        }
    };
    Ok((header, apply_octets(framed, &http.frame).map_err(|error| format!("frame: {error}"))?))
}

/// What was sent before, tampered with.
fn again(
    order: &Order<'_>,
    dialect: &Dialect<'_>,
    values: &mut Values,
    sent: &[u8],
) -> Result<(Vec<u8>, Option<String>), String> {
    let Ok(text) = std::str::from_utf8(sent) else { return Ok((sent.to_vec(), None)) };
    let text = tampered(order, dialect, values, text)?;
    let action = action(&text);
    Ok((text.into_bytes(), action))
}

/// A body in the words of a variant, with the block of its credential. No value is filled in yet.
pub(crate) fn worded(body: &str, credential: Credential, dialect: &Dialect<'_>) -> String {
    dialect.translate(&body.replace("{{credential}}", &credential::block(credential)))
}

/// The same, changed.
pub(crate) fn changed(template: &str, change: &[Operator], dialect: &Dialect<'_>) -> Result<String, ChangeError> {
    let change: Vec<_> = change.iter().map(|operator| operator.map_text(|text| dialect.translate(text))).collect();
    // What the same message of another user has is what the values of that user make of the template.
    let other = change.iter().any(|operator| operator.takes_from(Other::OtherUser)).then(|| {
        let names = [("{{user}}", "{{other.user}}"), ("{{password}}", "{{other.password}}")];
        names.iter().fold(template.to_owned(), |text, (ours, theirs)| text.replace(ours, theirs))
    });
    apply_beside(template, other.as_deref(), &change, dialect.paths)
}

fn xml(
    order: &Order<'_>,
    dialect: &Dialect<'_>,
    door: &Door<'_>,
    values: &mut Values,
    changed: &str,
) -> Result<String, String> {
    let filled = values.fill(changed).map_err(|error| error.to_string())?;
    let usual = order.key.or(door.key);
    let by = order.sign.key.map(|by| by.key(door)).transpose()?;
    let key = match &by {
        Some(By::Theirs(key)) => Some(*key),
        Some(By::Made(key)) => Some(key),
        None => usual,
    };
    let signed = match key.filter(|_| !order.sign.omit) {
        None => filled,
        Some(key) => {
            let mut recipe = Recipe::usual(key, order.reference.clone()).with(order.sign);
            let change = order.sign.change.iter().map(|operator| filled_in(operator, dialect, values));
            recipe.change = change.collect::<Result<_, _>>()?;
            if let Some(xml) = &order.sign.key_info {
                let xml = values.fill(&dialect.translate(xml)).map_err(|error| error.to_string())?;
                recipe.key = KeyReference::Given(xml);
            }
            sign(&filled, &recipe, key, dialect.paths, values.fresh()).map_err(|error| error.to_string())?
        }
    };
    tampered(order, dialect, values, &signed)
}

fn tampered(order: &Order<'_>, dialect: &Dialect<'_>, values: &mut Values, signed: &str) -> Result<String, String> {
    let tamper =
        order.tamper.iter().map(|operator| filled_in(operator, dialect, values)).collect::<Result<Vec<_>, _>>()?;
    apply(signed, &tamper, dialect.paths).map_err(|error| format!("tamper: {error}"))
}

/// A key that a case asks for by name.
enum By<'k> {
    Theirs(&'k SigningKey),
    Made(SigningKey),
}

impl SignedBy {
    fn key<'k>(self, door: &Door<'k>) -> Result<By<'k>, String> {
        match self {
            Self::Client => {
                door.client_key.map(By::Theirs).ok_or_else(|| "no account has a key to sign with".to_owned())
            }
            Self::Stranger => Ok(By::Theirs(door.stranger)),
            Self::EmptySecret => Ok(By::Made(SigningKey::Secret(Vec::new()))),
            Self::CertificateAsSecret => {
                let certificate =
                    door.values.get("client.certificate").and_then(|text| STANDARD.decode(text.as_str()).ok());
                certificate
                    .map(|der| By::Made(SigningKey::Secret(der)))
                    .ok_or_else(|| "no account has a certificate".to_owned())
            }
        }
    }
}

/// An operator that comes after filling brings its own values.
pub(crate) fn filled_in(operator: &Operator, dialect: &Dialect<'_>, values: &mut Values) -> Result<Operator, String> {
    let (values, trouble) = (RefCell::new(values), RefCell::new(None));
    let filled = operator.map_text(|text| {
        values.borrow_mut().fill_plain(&dialect.translate(text)).unwrap_or_else(|error| {
            *trouble.borrow_mut() = Some(error.to_string());
            String::new()
        })
    });
    trouble.into_inner().map_or(Ok(filled), Err)
}

/// What the message says that it wants. The transport repeats it: a case that changes the one is not about a
/// contradiction between the two.
fn action(template: &str) -> Option<String> {
    action_of(&Tree::from_text(template).ok()?)
}

/// The same, of a message that has been read.
pub(crate) fn action_of(tree: &Tree) -> Option<String> {
    let root = tree.root();
    let header = tree.elements(root).find(|&node| tree.name(node).local == "Header")?;
    let of_addressing = |&node: &_| {
        let name = tree.name(node);
        name.local == "Action" && super::names::WSA.contains(&name.namespace.unwrap_or_default())
    };
    let action = tree.elements(header).find(of_addressing)?;
    Some(tree.text_of(action).trim().to_owned())
}

pub(crate) fn usual_headers(host: &str, variant: &Variant, action: Option<&str>) -> Vec<(String, String)> {
    let mut headers = vec![("Host".to_owned(), host.to_owned())];
    let old = variant.0.get(&Axis::Soap).is_some_and(|soap| soap == "1.1");
    // A quote or a line break would end the header; such an action is for the body alone.
    let action = action.filter(|action| !action.contains(['"', '\\', '\r', '\n']));
    if old {
        headers.push(("Content-Type".to_owned(), "text/xml; charset=utf-8".to_owned()));
        headers.push(("SOAPAction".to_owned(), format!("\"{}\"", action.unwrap_or_default())));
    } else {
        let action = action.map(|action| format!("; action=\"{action}\"")).unwrap_or_default();
        headers.push(("Content-Type".to_owned(), format!("application/soap+xml; charset=utf-8{action}")));
    }
    headers.push(("User-Agent".to_owned(), concat!("stsproof/", env!("CARGO_PKG_VERSION")).to_owned()));
    headers
}

/// What a header says that is only written another way: `{{usual}}` is what it says anyway, `{{usual.respelled}}` the same
/// in other letters where those mean nothing.
pub(crate) fn as_usual(headers: &[(String, String)], name: &str, value: &str) -> Option<String> {
    let usual = || headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone());
    match value {
        "{{usual}}" => usual(),
        "{{usual.respelled}}" => Some(usual()?.replace("; charset=utf-8", " ;  Charset=\"UTF-8\"")),
        _ => None,
    }
}

/// Replaces, adds, or with an empty value leaves out a header.
pub(crate) fn set(headers: &mut Vec<(String, String)>, name: &str, value: String) {
    let place = headers.iter().position(|(known, _)| known.eq_ignore_ascii_case(name));
    match (place, value.is_empty()) {
        (Some(place), true) => drop(headers.remove(place)),
        (Some(place), false) => headers[place] = (name.to_owned(), value),
        (None, false) => headers.push((name.to_owned(), value)),
        (None, true) => {}
    }
}
