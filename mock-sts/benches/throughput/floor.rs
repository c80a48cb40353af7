//! The floor: what no STS on this machine can be faster than.

use std::io::Write as _;
use std::thread::available_parallelism;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use mock_sts::keys::{self, KeyPair};
use tokio::net::TcpListener;

/// As long as an answer of the mock, about.
const ANSWER: usize = 5_000;

/// Prints its address and serves until it is killed.
pub(crate) fn serve(algorithm: &str) -> ! {
    let key = match algorithm {
        "rsa" => keys::signing_rsa().key(),
        _ => keys::signing_p256().key(),
    };
    let workers = available_parallelism().map_or(1, usize::from).min(4);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    runtime.expect("threads").block_on(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{{\"http\":\"http://{}/\"}}", listener.local_addr().expect("an address"));
        std::io::stdout().flush().expect("a reader");
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let _ = stream.set_nodelay(true);
            let service = service_fn(move |request| answer(key, request));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    })
}

async fn answer(key: &'static KeyPair, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    let mut answer = BASE64.encode(sign(key, &body));
    answer.extend(std::iter::repeat_n('x', ANSWER));
    Ok(Response::new(Full::new(Bytes::from(answer))))
}

fn sign(key: &KeyPair, message: &[u8]) -> Vec<u8> {
    let random = SystemRandom::new();
    match key {
        KeyPair::Rsa(key) => {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("a signature");
            signature
        }
        KeyPair::P256(key) | KeyPair::P384(key) => key.sign(&random, message).expect("a signature").as_ref().to_vec(),
        _ => unreachable!("the keyring has no others"),
    }
}
