//! WS-MetadataExchange: the request, and the documents in its answer.

use stsproof_judge::soap::{Envelope, SOAP_11, SOAP_12};
use stsproof_judge::tree::Tree;

use super::fetch::{Fetcher, Trouble};
use super::wsdl::Library;

const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";
const MEX: &str = "http://schemas.xmlsoap.org/ws/2004/09/mex";
/// What is asked for at an address of metadata: the resource there is the metadata.
const GET: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get";
/// What is asked for at the address of a service.
const GET_METADATA: &str = "http://schemas.xmlsoap.org/ws/2004/09/mex/GetMetadata/Request";

/// Where the metadata of a service may be asked for.
pub(super) fn places(url: &str) -> [String; 2] {
    let bare = url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/');
    [bare.to_owned(), format!("{bare}/mex")]
}

/// Asks at one place, in every way that services understand, until one brings a description.
pub(super) fn ask(fetcher: &mut Fetcher, place: &str, library: &mut Library) -> Result<(), Vec<Trouble>> {
    let mut troubles = Vec::new();
    for action in [GET, GET_METADATA] {
        for soap in [SOAP_12, SOAP_11] {
            let kind = if soap == SOAP_12 {
                format!("application/soap+xml; charset=utf-8; action=\"{action}\"")
            } else {
                "text/xml; charset=utf-8".to_owned()
            };
            let answered = fetcher.post(place, &kind, action, &request(place, soap, action));
            match answered.and_then(|tree| take(tree, place, library)) {
                Ok(()) => return Ok(()),
                Err(trouble) if trouble.gone.is_some() => return Err(vec![trouble]),
                Err(trouble) => troubles.push(trouble),
            }
        }
    }
    Err(troubles)
}

fn take(tree: Tree, place: &str, library: &mut Library) -> Result<(), Trouble> {
    let place = format!("POST {place}");
    let Some(envelope) = Envelope::of(&tree) else { return Err(Trouble::new(&place, "no SOAP message")) };
    if let Some(fault) = envelope.fault(&tree) {
        let codes: Vec<&str> = fault.codes().map(|code| code.written.as_str()).collect();
        return Err(Trouble::new(&place, format!("fault {}", codes.join(" / "))));
    }
    if !tree.descendants(tree.root()).any(|node| tree.is(node, MEX, "Metadata")) {
        return Err(Trouble::new(&place, "the answer holds no metadata"));
    }
    library.take(tree, place.trim_start_matches("POST "))
}

fn request(place: &str, soap: &str, action: &str) -> String {
    let body = if action == GET_METADATA { format!("<m:GetMetadata xmlns:m=\"{MEX}\"/>") } else { String::new() };
    format!(
        "<s:Envelope xmlns:s=\"{soap}\" xmlns:a=\"{ADDRESSING}\"><s:Header>\
         <a:Action s:mustUnderstand=\"1\">{action}</a:Action>\
         <a:MessageID>urn:uuid:7c1b4e2a-52b7-4f0d-9a5e-6f1f0a3d9c11</a:MessageID>\
         <a:ReplyTo><a:Address>{ADDRESSING}/anonymous</a:Address></a:ReplyTo>\
         <a:To s:mustUnderstand=\"1\">{}</a:To></s:Header><s:Body>{body}</s:Body></s:Envelope>",
        escaped(place)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
