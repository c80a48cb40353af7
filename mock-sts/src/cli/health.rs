//! `mock-sts healthcheck URL`: what a container runs to see whether the mock in it is well, with no other tool there.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper::http::uri::Scheme;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::ServerName;

use super::Failure;
use crate::endpoint::HEALTH_PATH;
use crate::keys;

const PATIENCE: Duration = Duration::from_secs(5);

/// Says `ok`, or fails with the reason.
pub(super) fn check(url: &str, out: &mut impl Write) -> Result<(), Failure> {
    let (host, port, secure) = address(url).map_err(|what| Failure::usage(format!("{url}: {what}")))?;
    match ask(&host, port, secure) {
        Ok(status) if status.split(' ').nth(1) == Some("200") => Ok(writeln!(out, "ok")?),
        Ok(status) => Err(Failure::failed(format!("{url}: this is no healthy mock-sts, it answered \"{status}\""))),
        Err(error) => Err(Failure::failed(format!("{url}: {error}; is the mock running, and is this its port?"))),
    }
}

/// Host, port, and whether TLS is spoken; the path is ours to choose.
fn address(url: &str) -> Result<(String, u16, bool), &'static str> {
    const EXPECTED: &str = "give the address as http://HOST:PORT or https://HOST:PORT";
    let uri: Uri = url.parse().map_err(|_| EXPECTED)?;
    let secure = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTP => false,
        Some(scheme) if *scheme == Scheme::HTTPS => true,
        _ => return Err(EXPECTED),
    };
    let host = uri.host().ok_or(EXPECTED)?.trim_start_matches('[').trim_end_matches(']');
    Ok((host.to_owned(), uri.port_u16().unwrap_or(if secure { 443 } else { 80 }), secure))
}

/// The status line of the answer.
fn ask(host: &str, port: u16, secure: bool) -> io::Result<String> {
    let address = (host, port).to_socket_addrs()?.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    if secure { converse(StreamOwned::new(client(host)?, stream), host) } else { converse(stream, host) }
}

fn converse(mut stream: impl Read + Write, host: &str) -> io::Result<String> {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    write!(stream, "GET {HEALTH_PATH} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    stream.flush()?;
    let mut head = Vec::new();
    // Whatever answers, a status line is not longer.
    stream.take(1024).read_to_end(&mut head)?;
    let line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(line).into_owned())
}

fn client(host: &str) -> io::Result<ClientConnection> {
    let mut roots = RootCertStore::empty();
    roots.add(keys::ca().certificate().clone()).map_err(io::Error::other)?;
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_and_without_port_and_path() {
        assert_eq!(address("http://localhost:8080/sts"), Ok(("localhost".to_owned(), 8080, false)));
        assert_eq!(address("https://[::1]"), Ok(("::1".to_owned(), 443, true)));
        for bad in ["localhost:8080", "ftp://localhost", "/sts", ""] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
