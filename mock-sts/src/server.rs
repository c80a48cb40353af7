//! Sockets: listeners, TLS and connections. What is answered to a request is the business of [`crate::endpoint`].
//!
//! All servers of a process share one small runtime of their own, so that `MockSts::start_blocking()` works in a plain
//! test, beside any runtime the test has, and hundreds of servers cost hundreds of sockets and no thread.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::endpoint::{self, Endpoint};
use crate::keys;

/// A port that is being served; dropping it closes the port and its connections without waiting for them.
#[derive(Debug)]
pub(crate) struct Listening {
    address: SocketAddr,
    task: AbortHandle,
}

/// What is spoken on a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Listening {
    /// Opens a port and serves it; port 0 takes a free one.
    pub(crate) fn open(address: SocketAddr, scheme: Scheme, endpoint: Arc<Endpoint>) -> io::Result<Self> {
        // Bound here and not in the task: a port that is taken is the caller's error, and the address is known at once.
        let listener = StdListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let _context = RUNTIME.enter();
        let listener = TcpListener::from_std(listener)?;
        let task = RUNTIME.spawn(accept(listener, scheme, endpoint)).abort_handle();
        Ok(Self { address, task })
    }

    /// The address with the port that was taken.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Runs something to its end beside the servers.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.min(4))
        .thread_name("mock-sts")
        .enable_all()
        .build()
        .expect("the system gives a few threads")
});

static TLS: LazyLock<TlsAcceptor> = LazyLock::new(|| {
    // With a provider named: a process that has linked two of them panics when rustls is left to choose.
    let identity = keys::tls();
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate().clone()], identity.pkcs8().clone_key().into())
        .expect("a published key belongs to its certificate");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
});

/// Runs until it is aborted; its connections live in its `JoinSet` and end with it.
async fn accept(listener: TcpListener, scheme: Scheme, endpoint: Arc<Endpoint>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, scheme, Arc::clone(&endpoint)));
                }
                // Out of descriptors, most likely: some will come free.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One connection. What goes wrong on it is its client's to notice: there is nobody else to tell.
async fn serve(stream: TcpStream, scheme: Scheme, endpoint: Arc<Endpoint>) {
    let _ = stream.set_nodelay(true);
    match scheme {
        Scheme::Http => converse(stream, scheme, endpoint).await,
        Scheme::Https => {
            if let Ok(stream) = TLS.accept(stream).await {
                converse(stream, scheme, endpoint).await;
            }
        }
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, scheme: Scheme, endpoint: Arc<Endpoint>) {
    let service = service_fn(|mut request| {
        // Addresses that are given out begin with what the requestor came by.
        request.extensions_mut().insert(scheme);
        endpoint::respond(Arc::clone(&endpoint), request)
    });
    let _ = http1::Builder::new()
        // Date comes from the endpoint's clock.
        .auto_date_header(false)
        .preserve_header_case(true)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
