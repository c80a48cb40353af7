//! What the mock publishes about itself.

use mock_sts::MockSts;

use crate::client::{send, send_secure};

const GET: &str = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get";
const GET_METADATA: &str = "http://schemas.xmlsoap.org/ws/2004/09/mex/GetMetadata/Request";
const SOAP_12: (&str, &str) = ("http://www.w3.org/2003/05/soap-envelope", "application/soap+xml");
const SOAP_11: (&str, &str) = ("http://schemas.xmlsoap.org/soap/envelope/", "text/xml");

fn attributes(document: &str, element: &str, attribute: &str) -> Vec<String> {
    let tree = roxmltree::Document::parse(document).unwrap_or_else(|error| panic!("{error}\n{document}"));
    let elements = tree.descendants().filter(|node| node.tag_name().name() == element);
    elements.filter_map(|node| node.attribute(attribute)).map(str::to_owned).collect()
}

fn metadata_request(soap: (&str, &str), action: &str) -> (String, String) {
    let body = format!(
        "<s:Envelope xmlns:s=\"{}\" xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header><a:Action>{action}</a:Action>\
         <a:MessageID>urn:example:1</a:MessageID></s:Header><s:Body/></s:Envelope>",
        soap.0
    );
    (format!("Content-Type: {}; charset=utf-8\r\nSOAPAction: \"{action}\"\r\n", soap.1), body)
}

#[test]
fn its_wsdl_names_the_address_it_was_asked_at() {
    let sts = MockSts::start_blocking();
    let wsdl = send(&format!("{}?wsdl", sts.url()), "GET", "", "");
    assert_eq!(wsdl.status, 200, "{}", wsdl.body);
    assert_eq!(attributes(&wsdl.body, "address", "location"), vec![sts.url(); 4]);

    let secure = send_secure(&format!("{}?wsdl", sts.tls_url()), "GET", "", "");
    assert_eq!(attributes(&secure.body, "address", "location"), vec![sts.tls_url(); 4]);
    assert!(secure.body.contains("TransportBinding") && !wsdl.body.contains("TransportBinding"));
}

#[test]
fn its_wsdl_leads_to_the_misbehaviour_it_was_asked_at() {
    let sts = MockSts::start_blocking();
    let wrong = sts.url().replace("/sts", "/w/rstr.no-context/sts");
    let wsdl = send(&format!("{wrong}?wsdl"), "GET", "", "");
    assert_eq!(attributes(&wsdl.body, "address", "location"), vec![wrong; 4]);
}

#[test]
fn every_name_in_its_wsdl_leads_to_something() {
    let sts = MockSts::start_blocking();
    let wsdl = send(&format!("{}?wsdl", sts.url()), "GET", "", "").body;
    let named = |element, reference: &str| {
        let names = attributes(&wsdl, element, "name");
        names.contains(&reference.trim_start_matches("tns:").to_owned())
    };
    assert!(attributes(&wsdl, "port", "binding").iter().all(|to| named("binding", to)));
    assert!(attributes(&wsdl, "binding", "type").iter().all(|to| named("portType", to)));
    assert!(attributes(&wsdl, "input", "message").iter().all(|to| named("message", to)));
    assert!(attributes(&wsdl, "output", "message").iter().all(|to| named("message", to)));
    let policies = attributes(&wsdl, "PolicyReference", "URI");
    assert!(policies.len() == 4 && policies.iter().all(|to| wsdl.contains(&format!("wsu:Id=\"{}\"", &to[1..]))));
}

#[test]
fn metadata_exchange_brings_the_same_in_both_versions_of_soap() {
    let sts = MockSts::start_blocking();
    for soap in [SOAP_12, SOAP_11] {
        for action in [GET, GET_METADATA] {
            let (headers, body) = metadata_request(soap, action);
            let answer = send(&format!("{}/mex", sts.url()), "POST", &headers, &body);
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert!(answer.head.to_lowercase().contains(soap.1), "{}", answer.head);
            assert!(
                answer.body.contains(soap.0) && answer.body.contains("RelatesTo>urn:example:1<"),
                "{}",
                answer.body
            );
            assert_eq!(attributes(&answer.body, "address", "location"), vec![sts.url(); 4]);
        }
    }
}

#[test]
fn who_asks_for_something_else_gets_a_fault() {
    let sts = MockSts::start_blocking();
    let (headers, body) = metadata_request(SOAP_12, "http://schemas.xmlsoap.org/ws/2004/09/transfer/Put");
    let answer = send(&format!("{}/mex", sts.url()), "POST", &headers, &body);
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.body.contains("ActionNotSupported"), "{}", answer.body);
    let answer = send(&format!("{}/mex", sts.url()), "POST", &headers, "no xml");
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(send(&sts.url(), "GET", "", "").status, 405, "a token is not asked for by GET");
}
