//! The gate: decides whether bytes are an XML document that may come in, before any tree is built.
//!
//! Everything that a SOAP message must not contain is refused here, with place and cause: a DOCTYPE, an encoding that
//! does not hold, names without a namespace, and what is merely too big. What passes is UTF-8 in which the white space
//! of attribute values is already normalised, because the parser behind it does not do that and signatures depend on it.

pub(crate) mod chars;
mod decode;
mod refusal;
pub(crate) mod tag;
mod walk;

pub use refusal::{Reason, Refusal};

use crate::place::{Lines, Place};

/// What a document may cost at most. The defaults are far above any honest message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document as received.
    pub max_bytes: usize,
    /// Elements open at the same time.
    pub max_depth: usize,
    /// Attributes of one element, namespace declarations included.
    pub max_attributes: usize,
    /// Namespace bindings in scope at one element.
    pub max_namespaces: usize,
    /// Bytes of one name.
    pub max_name: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 8 << 20, max_depth: 256, max_attributes: 128, max_namespaces: 256, max_name: 4096 }
    }
}

/// A document that may come in.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// The document in UTF-8 without byte order mark. Line breaks and tabs in attribute values are spaces, line breaks
    /// in comments, CDATA and processing instructions are single line feeds, and a declared encoding says UTF-8.
    pub text: String,
    /// The encoding it came in.
    pub encoding: &'static str,
    /// The encoding that its declaration named.
    pub declared: Option<String>,
    lines: Lines,
}

impl Admitted {
    /// The place of a byte of `text` in the document as it was received.
    pub fn place(&self, offset: usize) -> Place {
        self.lines.place(&self.text, offset)
    }

    pub(crate) fn into_parts(self) -> (String, Lines) {
        (self.text, self.lines)
    }
}

/// Lets a document in or tells why not.
///
/// `charset` is the parameter of that name in the Content-Type: it is believed before the document's own declaration
/// (RFC 7303), but not before a byte order mark.
pub fn admit(bytes: &[u8], charset: Option<&str>, limits: &Limits) -> Result<Admitted, Refusal> {
    if bytes.len() > limits.max_bytes {
        let detail = format!("the document has {} bytes, more than {}", bytes.len(), limits.max_bytes);
        return Err(Refusal { reason: Reason::TooLarge, place: None, detail });
    }
    let decoded = decode::decode(bytes, charset)?;
    let walked = walk::walk(decoded.text.into_owned(), limits)?;
    Ok(Admitted { text: walked.text, encoding: decoded.encoding, declared: decoded.declared, lines: walked.lines })
}
