//! What a target can do to a connection, and what becomes of it: an outcome in words, never an error of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use stsproof::exchange::address::Address;
use stsproof::exchange::client::{Client, Wire};
use stsproof::exchange::http::Limits;
use stsproof::exchange::tls::{TlsOptions, config};
use stsproof::exchange::transcript::{Break, HttpRequest, HttpResponse, Outcome};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

fn client(options: &TlsOptions) -> Client {
    Client {
        limits: Limits { head: 4 << 10, body: 64 << 10 },
        connect: Duration::from_secs(2),
        whole: Duration::from_millis(400),
        ..Client::new(config(options).expect("good options"))
    }
}

fn wire() -> Wire {
    Wire::new(Arc::new(client(&TlsOptions::default())))
}

fn request(body: &[u8]) -> HttpRequest {
    let headers = vec![("Host".to_owned(), "h".to_owned()), ("Content-Length".to_owned(), body.len().to_string())];
    HttpRequest { method: "POST".into(), url: String::new(), headers, body: body.to_vec() }
}

async fn ask(wire: &mut Wire, url: &str) -> Outcome {
    wire.send(&Address::parse(url).expect("a good URL"), &request(b"<x/>")).await.0
}

fn answered(outcome: Outcome) -> HttpResponse {
    match outcome {
        Outcome::Answered(answer) => answer,
        Outcome::Broken { how, because, .. } => panic!("{how:?}: {because}"),
    }
}

/// How it broke, in words, and what had come.
fn broken(outcome: Outcome) -> (Break, String, Vec<u8>) {
    match outcome {
        Outcome::Broken { how, because, received } => (how, because, received),
        Outcome::Answered(answer) => panic!("answered with status {}", answer.status),
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(b"<x/>") {
        match stream.read(&mut byte).await {
            Ok(1) => seen.push(byte[0]),
            _ => return false,
        }
    }
    true
}

async fn answer_with(mut stream: impl AsyncRead + AsyncWrite + Unpin, pieces: &[Vec<u8>]) {
    read_request(&mut stream).await;
    for piece in pieces {
        let _ = stream.write_all(piece).await;
        let _ = stream.flush().await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let _ = stream.shutdown().await;
}

/// A server that answers every connection with these bytes, piece by piece, and then closes it.
async fn server(pieces: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/sts", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            answer_with(stream, &pieces).await;
        }
    });
    url
}

#[tokio::test]
async fn a_web_page_is_an_answer() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(503).set_body_raw("<html><br>sorry", "text/html");
    Mock::given(any()).respond_with(page).mount(&server).await;
    let answer = answered(ask(&mut wire(), &server.uri()).await);
    assert_eq!((answer.status, answer.body.as_slice()), (503, b"<html><br>sorry".as_slice()));
    assert_eq!(answer.header("content-type"), Some("text/html"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = MockServer::start().await;
    let redirect = ResponseTemplate::new(302).insert_header("Location", "/elsewhere");
    Mock::given(any()).respond_with(redirect).expect(1).mount(&server).await;
    assert_eq!(answered(ask(&mut wire(), &server.uri()).await).status, 302);
}

#[tokio::test]
async fn an_answer_after_the_time_is_up_is_none() {
    let server = MockServer::start().await;
    let late = ResponseTemplate::new(200).set_delay(Duration::from_secs(5));
    Mock::given(any()).respond_with(late).mount(&server).await;
    let begin = Instant::now();
    let (how, because, _) = broken(ask(&mut wire(), &server.uri()).await);
    assert_eq!(how, Break::TimedOut);
    assert!(because.contains("no answer within 400 ms"), "{because}");
    assert!(begin.elapsed() < Duration::from_secs(3));
}

#[rstest::rstest]
#[case::nothing(&[""], Break::Dropped, "before the answer began")]
#[case::garbage(&["SSH-2.0-x\r\n"], Break::NotHttp, "`SSH-2.0-x")]
#[case::half_a_body(&["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "half"], Break::Truncated, "promises 5 more")]
#[case::bad_chunk(&["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "zz\r\n"], Break::Truncated, "no length of a chunk")]
#[case::missing_chunk(&["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"], Break::Truncated, "last chunk")]
#[case::two_lengths(&["HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab"], Break::NotHttp, "two values")]
#[tokio::test]
async fn a_broken_answer_is_named_and_kept(#[case] pieces: &[&str], #[case] how: Break, #[case] words: &str) {
    let url = server(pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect()).await;
    let (broke, because, received) = broken(ask(&mut wire(), &url).await);
    assert_eq!(broke, how, "{because}");
    assert!(because.starts_with("127.0.0.1:") && because.contains(words), "{because}");
    assert_eq!(received, pieces.concat().into_bytes());
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_given_up_early() {
    let mut pieces = vec![b"HTTP/1.1 200 OK\r\n\r\n".to_vec()];
    pieces.extend(std::iter::repeat_n(vec![b'x'; 64 << 10], 64));
    let (how, because, received) = broken(ask(&mut wire(), &server(pieces).await).await);
    assert_eq!(how, Break::TooLarge, "{because}");
    assert!(received.len() < 256 << 10, "it did not read on: {}", received.len());
}

#[tokio::test]
async fn headers_without_end_are_given_up() {
    let pieces = vec![b"HTTP/1.1 200 OK\r\n".to_vec(), b"A: b\r\n".repeat(2000)];
    assert_eq!(broken(ask(&mut wire(), &server(pieces).await).await).0, Break::TooLarge);
}

#[tokio::test]
async fn an_answer_byte_by_byte_is_read_whole() {
    let wire_form =
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let url = server(wire_form.iter().map(|&byte| vec![byte]).collect()).await;
    let patient = Client { whole: Duration::from_secs(10), ..client(&TlsOptions::default()) };
    assert_eq!(answered(ask(&mut Wire::new(Arc::new(patient)), &url).await).body, b"abc");
}

#[tokio::test]
async fn nobody_there_and_no_such_name_are_told_apart() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", free.local_addr().expect("an address"));
    drop(free);
    let (how, because, _) = broken(ask(&mut wire(), &url).await);
    assert_eq!(how, Break::Unreachable, "{because}");
    let (how, because, _) = broken(ask(&mut wire(), "http://no-such-host.invalid/").await);
    assert!(matches!(how, Break::Unresolved | Break::Unreachable), "{because}");
}

/// Answers each connection `answers` times, then closes it, or takes one more request first; counts connections.
async fn keeping(answers: usize, takes_one_more: bool) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                for _ in 0..answers {
                    if !read_request(&mut stream).await {
                        return;
                    }
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
                }
                if takes_one_more {
                    read_request(&mut stream).await;
                }
            });
        }
    });
    (url, connections)
}

#[tokio::test]
async fn a_connection_is_kept_and_a_stale_one_replaced() {
    for takes_one_more in [false, true] {
        let (url, connections) = keeping(3, takes_one_more).await;
        let mut wire = wire();
        for _ in 0..3 {
            answered(ask(&mut wire, &url).await);
        }
        assert_eq!(connections.load(Ordering::Relaxed), 1, "one connection carries three exchanges");
        answered(ask(&mut wire, &url).await);
        assert_eq!(connections.load(Ordering::Relaxed), 2, "the fourth one found it closed and took another");
    }
}

#[tokio::test]
async fn what_a_target_breaks_off_over_is_not_sent_twice() {
    let (url, connections) = keeping(1, true).await;
    let mut wire = wire();
    answered(ask(&mut wire, &url).await);
    wire.part();
    answered(ask(&mut wire, &url).await);
    assert_eq!(connections.load(Ordering::Relaxed), 2, "it went out on a connection of its own");
}

#[tokio::test]
async fn a_service_that_starts_again_is_waited_for() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = free.local_addr().expect("an address");
    drop(free);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let back = TcpListener::bind(address).await.expect("the port is still free");
        while let Ok((stream, _)) = back.accept().await {
            answer_with(stream, &[b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()]).await;
        }
    });
    assert_eq!(answered(ask(&mut wire(), &format!("http://{address}/")).await).status, 200);
}

#[tokio::test]
async fn a_target_that_only_drops_is_asked_once_on_a_new_connection() {
    let (url, connections) = keeping(0, true).await;
    assert_eq!(broken(ask(&mut wire(), &url).await).0, Break::Dropped);
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_refusal_before_the_whole_request_was_read_is_seen() {
    let listener = TcpListener::bind("[::1]:0").await.expect("IPv6 on loopback");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let _ = stream.read(&mut [0; 100]).await;
        let _ = stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").await;
        tokio::time::sleep(Duration::from_secs(5)).await; // never reads the rest
    });
    let large = request(&vec![b'x'; 32 << 20]);
    let (outcome, _) = wire().send(&Address::parse(&url).expect("a good URL"), &large).await;
    assert_eq!(answered(outcome).status, 413);
}

/// A TLS server on loopback, which may ask for a client certificate. Gives its URL and its certificate as PEM.
async fn tls_server(clients: Option<CertificateDer<'static>>) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let certificate =
        CertificateParams::new(vec!["localhost".into()]).expect("a name").self_signed(&key).expect("signed");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("TLS");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(trusted) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(trusted).expect("a root");
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        }
    };
    let key_der = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = builder.with_single_cert(vec![certificate.der().clone()], key_der).expect("a certificate");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("https://localhost:{}/", listener.local_addr().expect("an address").port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                answer_with(stream, &[b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()]).await;
            }
        }
    });
    (url, certificate.pem())
}

#[tokio::test]
async fn a_certificate_is_believed_only_if_its_authority_is_known() {
    let (url, authority) = tls_server(None).await;
    let outcome = async |options: TlsOptions| ask(&mut Wire::new(Arc::new(client(&options))), &url).await;

    let (how, because, _) = broken(outcome(TlsOptions::default()).await);
    assert_eq!(how, Break::Tls);
    assert!(because.contains("the TLS handshake failed") && because.contains("certificate"), "{because}");
    answered(outcome(TlsOptions { roots: Some(authority), ..TlsOptions::default() }).await);
    answered(outcome(TlsOptions { insecure: true, ..TlsOptions::default() }).await);
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_it_is_asked_for() {
    let key = KeyPair::generate().expect("a key");
    let own = CertificateParams::new(vec!["client".into()]).expect("a name").self_signed(&key).expect("signed");
    let (url, authority) = tls_server(Some(own.der().clone())).await;
    let identity = Some((own.pem(), key.serialize_pem()));
    let outcome = async |options: TlsOptions| ask(&mut Wire::new(Arc::new(client(&options))), &url).await;

    let roots = Some(authority);
    answered(outcome(TlsOptions { roots: roots.clone(), identity, ..TlsOptions::default() }).await);
    let (how, because, _) = broken(outcome(TlsOptions { roots, ..TlsOptions::default() }).await);
    assert_eq!(how, Break::Tls, "{because}");
}

#[tokio::test]
async fn plain_http_on_a_tls_port_and_the_other_way_round_are_broken_in_words() {
    let (url, _) = tls_server(None).await;
    let (_, because, _) = broken(ask(&mut wire(), &url.replace("https", "http")).await);
    assert!(because.starts_with("localhost:"), "{because}");
    let url = server(vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()]).await;
    let (how, because, _) = broken(ask(&mut wire(), &url.replace("http", "https")).await);
    assert!(matches!(how, Break::Tls | Break::TimedOut), "{because}");
}
