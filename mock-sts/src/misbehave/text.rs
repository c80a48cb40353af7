//! Envelopes that no writer of SOAP would write: changes of the finished text.

use crate::wrong::{Wrong, Wrongs};

/// Changes a finished envelope.
pub(crate) fn change(text: String, wrongs: Wrongs) -> String {
    if wrongs.is_empty() {
        return text;
    }
    let mut text = text;
    if wrongs.has(Wrong::SOAP_DTD) {
        text.insert_str(0, "<!DOCTYPE s:Envelope>");
    }
    if wrongs.has(Wrong::SOAP_BODY_FIRST) {
        text = body_first(&text);
    }
    if wrongs.has(Wrong::SOAP_TWO_BODIES) {
        text = text.replacen("</s:Envelope>", "<s:Body></s:Body></s:Envelope>", 1);
    }
    if wrongs.has(Wrong::SOAP_NOT_WELL_FORMED) {
        text = text.replacen("</s:Envelope>", "", 1);
    }
    text
}

fn body_first(text: &str) -> String {
    let (Some(header), Some(body), Some(end)) =
        (text.find("<s:Header"), text.find("<s:Body"), text.rfind("</s:Envelope>"))
    else {
        return text.to_owned();
    };
    [&text[..header], &text[body..end], &text[header..body], &text[end..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_can_change_places_with_the_header() {
        let text = "<s:Envelope><s:Header>h</s:Header><s:Body>b</s:Body></s:Envelope>";
        assert_eq!(body_first(text), "<s:Envelope><s:Body>b</s:Body><s:Header>h</s:Header></s:Envelope>");
    }
}
