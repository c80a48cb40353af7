//! A plain HTTP client, so that a test says to the byte what is sent.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use mock_sts::keys;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};

/// An answer, taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// `http://host:port/path` as the address to connect to and the path.
pub(crate) fn split(url: &str) -> (String, String) {
    let rest = url.split_once("://").expect("a URL").1;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    (host.to_owned(), format!("/{path}"))
}

/// Connects to where a URL points.
pub(crate) fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(split(url).0).expect("somebody listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time limit");
    stream
}

/// Sends one request and reads the answer.
pub(crate) fn send(url: &str, method: &str, headers: &str, body: &str) -> Answer {
    exchange(&mut connect(url), url, method, headers, body)
}

/// Sends one request over TLS, trusting nothing but the mock's CA.
pub(crate) fn send_secure(url: &str, method: &str, headers: &str, body: &str) -> Answer {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(keys::CA.certificate.as_bytes()).expect("a certificate")).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = split(url).0;
    let name = host.rsplit_once(':').expect("a port").0.to_owned();
    let client =
        ClientConnection::new(Arc::new(config), ServerName::try_from(name).expect("a name")).expect("a client");
    exchange(&mut StreamOwned::new(client, connect(url)), url, method, headers, body)
}

/// One request and its answer on a connection that stays open.
pub(crate) fn exchange(stream: &mut (impl Read + Write), url: &str, method: &str, headers: &str, body: &str) -> Answer {
    let (host, path) = split(url);
    let length = body.len();
    let named = headers.contains("Content-Type:");
    let soap = if named { "" } else { "Content-Type: application/soap+xml; charset=utf-8\r\n" };
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{soap}Content-Length: {length}\r\n{headers}\r\n{body}")
        .expect("it takes a request");
    read(stream)
}

/// Reads one answer with a Content-Length.
fn read(stream: &mut impl Read) -> Answer {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a whole head");
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("a head in ASCII");
    let field = |name: &str| head.lines().find_map(|line| line.to_lowercase().strip_prefix(name).map(str::to_owned));
    let length = field("content-length: ").map_or(0, |value| value.parse().expect("a number"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("a whole body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
    Answer { status, head, body: String::from_utf8(body).expect("a body in UTF-8") }
}
