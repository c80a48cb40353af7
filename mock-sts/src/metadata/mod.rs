//! What the mock publishes about itself: a WSDL for who asks by GET, the same by WS-MetadataExchange.

mod policy;

use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::{Method, Request};

use crate::endpoint::STS_PATH;
use crate::fault::{AddressingCode, Code, Fault};
use crate::http::{Carriage, Head, carriage};
use crate::random::Random;
use crate::reply::Reply;
use crate::reply::envelope::Frame;
use crate::reply::fault::Refused;
use crate::request::{Addressing, AddressingVersion, SoapVersion};
use crate::server::Scheme;
use crate::wrong::{Wrongs, split_path};
use crate::xml::escape::escape_attribute;
use crate::xml::gate::{self, Limits};
use crate::xml::tree::{self, Ask as _, Node};
use crate::xml::write::Writer;

/// The path that answers WS-MetadataExchange.
pub(crate) const MEX_PATH: &str = "/sts/mex";

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const MEX: &str = "http://schemas.xmlsoap.org/ws/2004/09/mex";
/// The requests that are answered, each with the action of its answer.
const ACTIONS: [(&str, &str); 2] = [
    (
        "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get",
        "http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse",
    ),
    (
        "http://schemas.xmlsoap.org/ws/2004/09/mex/GetMetadata/Request",
        "http://schemas.xmlsoap.org/ws/2004/09/mex/GetMetadata/Response",
    ),
];

/// A request for metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The address of the service as the requestor sees it, misbehaviours in the path and all.
    address: String,
    secure: bool,
    by_exchange: bool,
}

impl Asked {
    /// What a request asks to know, if it is one for metadata.
    pub(crate) fn of<B>(request: &Request<B>) -> Option<Self> {
        let path = request.uri().path();
        let served = split_path(path).map_or(path, |(_, served)| served);
        let by_exchange = served == MEX_PATH;
        let wants_wsdl = request.uri().query().is_some_and(|query| query.eq_ignore_ascii_case("wsdl"));
        let asks = matches!(*request.method(), Method::GET | Method::HEAD);
        let is_asked = by_exchange || (served == STS_PATH && asks && wants_wsdl);
        if !is_asked {
            return None;
        }
        let secure = request.extensions().get::<Scheme>() == Some(&Scheme::Https);
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).filter(|host| is_host(host));
        let scheme = if secure { "https" } else { "http" };
        let service = path.strip_suffix("/mex").filter(|_| by_exchange).unwrap_or(path);
        let address = format!("{scheme}://{}{service}", host.unwrap_or("localhost"));
        Some(Self { address, secure, by_exchange })
    }

    /// The reply.
    pub(crate) fn reply(&self, head: &Parts, body: &[u8], random: &mut Random) -> Reply {
        if !self.by_exchange || head.method == Method::GET {
            let wsdl = self.wsdl().into_bytes();
            return Reply { content_type: Some("text/xml; charset=utf-8"), body: wsdl, ..Reply::bare(200) };
        }
        let field = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let head = Head {
            method: head.method.as_str(),
            content_type: field("content-type"),
            content_encoding: field("content-encoding"),
            soap_action: field("soapaction"),
            host: field("host"),
        };
        match carriage(&head, Wrongs::RIGHT) {
            Ok(carriage) => self.exchange(body, &carriage, random),
            Err(early) => Reply { header: early.header, ..Reply::bare(early.status) },
        }
    }

    fn wsdl(&self) -> String {
        let mut address = String::new();
        escape_attribute(&self.address, &mut address);
        let template = include_str!("service.wsdl");
        template.replace("@POLICIES@", policy::policies(self.secure).trim_end()).replace("@ADDRESS@", &address)
    }

    fn exchange(&self, body: &[u8], carriage: &Carriage, random: &mut Random) -> Reply {
        let refuse = |soap, addressing: Option<&Addressing>, fault: &Fault, random: &mut Random| {
            Refused { soap, addressing, trust: None, fault, wrongs: Wrongs::RIGHT }.reply(random)
        };
        let guessed = carriage.soap.unwrap_or(SoapVersion::V12);
        let read = gate::admit(body, carriage.charset.as_deref(), &Limits::default());
        let document = read
            .as_ref()
            .map_err(ToString::to_string)
            .and_then(|admitted| tree::parse(&admitted.text, false).map_err(|refused| refused.to_string()));
        let document = match document {
            Ok(document) => document,
            Err(because) => return refuse(guessed, None, &Fault::because(Code::Sender, because), random),
        };
        let root = document.root_element();
        let Some(soap) =
            SoapVersion::of(root.namespace()).filter(|soap| *soap == guessed && root.local() == "Envelope")
        else {
            return refuse(guessed, None, &Fault::of(Code::VersionMismatch), random);
        };
        let addressing = addressing(root, soap);
        let asked = addressing.as_ref().and_then(|headers| headers.action.clone()).or_else(|| carriage.action.clone());
        let answer = ACTIONS.iter().find(|(action, _)| asked.as_deref() == Some(*action));
        let Some((_, action)) = answer else {
            let fault = Fault::of(Code::Addressing(AddressingCode::ActionNotSupported, None));
            return refuse(soap, addressing.as_ref(), &fault, random);
        };
        let frame = Frame {
            soap,
            addressing: addressing.as_ref(),
            action: (*action).into(),
            is_fault: false,
            secured: None,
            signed: false,
            wrongs: Wrongs::RIGHT,
        };
        let envelope = frame.write("", "", random, |w, _| self.metadata(w));
        Reply::soap(200, soap, envelope.text, Wrongs::RIGHT)
    }

    fn metadata(&self, w: &mut Writer) {
        w.open("mex:Metadata").namespace("mex", MEX);
        w.open("mex:MetadataSection").attribute("Dialect", WSDL).attribute("Identifier", "urn:mock-sts:service");
        let wsdl = self.wsdl();
        w.raw(wsdl.split_once("?>").map_or(&*wsdl, |(_, document)| document.trim_start()));
        w.close().close();
    }
}

/// The addressing headers, as far as an answer needs them.
fn addressing(root: Node<'_>, soap: SoapVersion) -> Option<Addressing> {
    let header = root.one(soap.namespace(), "Header")?;
    let version = header.elements().find_map(|block| AddressingVersion::of(block.namespace()))?;
    let text = |name: &str| header.one(version.namespace(), name).map(|block| block.trimmed().into_owned());
    Some(Addressing {
        version,
        action: text("Action"),
        message_id: text("MessageID"),
        to: text("To"),
        from: None,
        reply_to: None,
        fault_to: None,
    })
}

/// Whether a Host header can stand in an address that is given out.
fn is_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
}
