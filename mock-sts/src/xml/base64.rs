//! `xs:base64Binary`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Reads it: white space anywhere, and otherwise nothing that is not canonical base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    if text.bytes().any(|byte| is_space(&byte)) {
        let dense: Vec<u8> = text.bytes().filter(|byte| !is_space(byte)).collect();
        return STANDARD.decode(dense).ok();
    }
    STANDARD.decode(text).ok()
}
