//! One request out, one answer in. Every way in which that can go wrong is an [`Outcome`], never an error of ours.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::address::{Address, Origin};
use super::http::{self, Limits, Reader};
use super::transcript::{Break, HttpRequest, Outcome};

/// How long a target that refuses a connection is left alone before it is tried once more.
const PAUSE: Duration = Duration::from_millis(500);

/// What all connections to a target have in common.
#[derive(Debug, Clone)]
pub struct Client {
    /// TLS set-up, from [`super::tls::config`].
    pub tls: Arc<rustls::ClientConfig>,
    /// How much of an answer is read.
    pub limits: Limits,
    /// How long a connection may take, TLS handshake included.
    pub connect: Duration,
    /// How long the whole exchange may take once connected.
    pub whole: Duration,
}

/// One worker's connection, kept open between requests where the target allows it.
#[derive(Debug)]
pub struct Wire {
    client: Arc<Client>,
    idle: Option<(Origin, Stream)>,
}

/// What came of sending a request once.
#[derive(Debug)]
pub struct Sent {
    /// What came back.
    pub outcome: Outcome,
    /// How long it took.
    pub time: Duration,
    /// Whether it went out on a connection that had been used before.
    pub was_open: bool,
}

impl Client {
    /// The usual patience and limits.
    pub fn new(tls: Arc<rustls::ClientConfig>) -> Self {
        Self { tls, limits: Limits::default(), connect: Duration::from_secs(5), whole: Duration::from_secs(30) }
    }
}

impl Wire {
    /// A wire that is not connected yet.
    pub fn new(client: Arc<Client>) -> Self {
        Self { client, idle: None }
    }

    /// Sends a request exactly as it is and reads the answer. Redirects are answers like any other. Where the target
    /// closed a connection that had been idle just as it was used again, the request goes out once more.
    pub async fn send(&mut self, address: &Address, request: &HttpRequest) -> (Outcome, Duration) {
        let begin = Instant::now();
        let mut sent = self.send_once(address, request).await;
        if sent.was_open && matches!(sent.outcome, Outcome::Broken { how: Break::Dropped, .. }) {
            sent = self.send_once(address, request).await;
        }
        (sent.outcome, begin.elapsed())
    }

    /// The same, once, whatever becomes of it.
    pub async fn send_once(&mut self, address: &Address, request: &HttpRequest) -> Sent {
        let begin = Instant::now();
        let idle = self.take_idle(&address.origin).await;
        let was_open = idle.is_some();
        let outcome = match self.exchange(address, request, idle).await {
            Ok(outcome) => outcome,
            Err(broken) => Outcome::Broken {
                how: broken.how,
                because: format!("{}: {}", address.origin.host_header(), broken.because),
                received: broken.received,
            },
        };
        Sent { outcome, time: begin.elapsed(), was_open }
    }

    /// Lets go of the open connection: the next request goes out on one of its own, so that it is sent once, and does
    /// not follow what may not have ended where it should.
    pub fn part(&mut self) {
        self.idle = None;
    }

    async fn exchange(
        &mut self,
        address: &Address,
        request: &HttpRequest,
        idle: Option<Stream>,
    ) -> Result<Outcome, Broken> {
        let bytes = http::write(request, &address.target);
        let mut stream = match idle {
            Some(stream) => stream,
            None => self.client.connect(&address.origin).await?,
        };
        let talked = self.client.talk(&mut stream, &request.method, &bytes).await;
        self.finish(address, stream, talked)
    }

    fn finish(
        &mut self,
        address: &Address,
        stream: Stream,
        talked: Result<(Reader, bool), Broken>,
    ) -> Result<Outcome, Broken> {
        let (reader, sent) = talked?;
        if sent && reader.reusable() {
            self.idle = Some((address.origin.clone(), stream));
        }
        Ok(Outcome::Answered(reader.into_answer()))
    }

    async fn take_idle(&mut self, origin: &Origin) -> Option<Stream> {
        let (idle, stream) = self.idle.take()?;
        (idle == *origin && stream.is_quiet().await).then_some(stream)
    }
}

/// An exchange without a whole answer.
struct Broken {
    how: Break,
    because: String,
    received: Vec<u8>,
}

impl Broken {
    fn new(how: Break, because: impl Into<String>) -> Self {
        Self { how, because: because.into(), received: Vec::new() }
    }
}

impl Client {
    async fn connect(&self, origin: &Origin) -> Result<Stream, Broken> {
        let patience = self.connect;
        let reached = AtomicBool::new(false);
        timeout(patience, self.connect_twice(origin, &reached)).await.unwrap_or_else(|_| {
            let patience = shown(patience);
            Err(if reached.load(Ordering::Relaxed) {
                Broken::new(Break::Tls, format!("the TLS handshake did not end within {patience}"))
            } else {
                Broken::new(Break::Unreachable, format!("no connection within {patience}"))
            })
        })
    }

    /// One refusal is not the end of a service: a full queue or a restart takes a moment.
    async fn connect_twice(&self, origin: &Origin, reached: &AtomicBool) -> Result<Stream, Broken> {
        match self.connect_once(origin, reached).await {
            Err(broken) if broken.how == Break::Unreachable => {
                tokio::time::sleep(PAUSE.min(self.connect / 4)).await;
                self.connect_once(origin, reached).await
            }
            connected => connected,
        }
    }

    async fn connect_once(&self, origin: &Origin, reached: &AtomicBool) -> Result<Stream, Broken> {
        let unresolved = |because: String| Broken::new(Break::Unresolved, because);
        let addresses: Vec<_> = tokio::net::lookup_host((origin.host.as_str(), origin.port))
            .await
            .map_err(|error| unresolved(format!("the name has no address: {error}")))?
            .collect();
        let mut trouble = unresolved("the name has no address".to_owned());
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(tcp) => {
                    reached.store(true, Ordering::Relaxed);
                    // Without it a small request can wait for the acknowledgement of the one before.
                    let _ = tcp.set_nodelay(true);
                    return if origin.tls { self.handshake(tcp, origin).await } else { Ok(Stream::Plain(tcp)) };
                }
                Err(error) => {
                    let ours = error.kind() == io::ErrorKind::AddrNotAvailable;
                    let whose = if ours { " (this machine has no port left to connect from)" } else { "" };
                    trouble = Broken::new(Break::Unreachable, format!("cannot connect to {address}: {error}{whose}"));
                }
            }
        }
        Err(trouble)
    }

    async fn handshake(&self, tcp: TcpStream, origin: &Origin) -> Result<Stream, Broken> {
        let failed = |because: String| Broken::new(Break::Tls, format!("the TLS handshake failed: {because}"));
        let name = ServerName::try_from(origin.host.clone()).map_err(|error| failed(error.to_string()))?;
        let connector = TlsConnector::from(self.tls.clone());
        let stream = connector.connect(name, tcp).await.map_err(|error| failed(error.to_string()))?;
        Ok(Stream::Tls(Box::new(stream)))
    }

    /// Writes the request and reads the answer at the same time, since a target may refuse before it has read all.
    /// Tells whether the whole request could be written.
    async fn talk(&self, stream: &mut Stream, method: &str, bytes: &[u8]) -> Result<(Reader, bool), Broken> {
        let mut reader = Reader::new(method, self.limits);
        let mut sent = false;
        let spoken = timeout(self.whole, async {
            let (mut from, mut to) = tokio::io::split(stream);
            let mut writing = pin!(async {
                to.write_all(bytes).await?;
                to.flush().await
            });
            let mut buffer = vec![0; 16 << 10];
            let mut unsent = true;
            loop {
                let read = tokio::select! {
                    written = &mut writing, if unsent => {
                        unsent = false;
                        sent = written.is_ok(); // a failed write shows its reason when reading
                        continue;
                    }
                    read = from.read(&mut buffer) => read,
                };
                match read {
                    Ok(0) => return reader.close().map_err(|fault| Broken::new(fault.how, fault.because)),
                    Ok(length) => match reader.feed(&buffer[..length]) {
                        Ok(true) => return Ok(()),
                        Ok(false) => {}
                        Err(fault) => return Err(Broken::new(fault.how, fault.because)),
                    },
                    Err(error) => return lost(&mut reader, &error),
                }
            }
        })
        .await
        .unwrap_or_else(|_| {
            let so_far = if reader.began() { "the answer was not whole" } else { "no answer" };
            Err(Broken::new(Break::TimedOut, format!("{so_far} within {}", shown(self.whole))))
        });
        match spoken {
            Ok(()) => Ok((reader, sent)),
            Err(broken) => Err(Broken { received: reader.into_received(), ..broken }),
        }
    }
}

/// Reading failed. A TLS peer that closes without saying so is taken as closed: many do. In TLS 1.3 the target judges
/// our certificate when we think that the handshake is over; any other alert is its answer to the request.
fn lost(reader: &mut Reader, error: &io::Error) -> Result<(), Broken> {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if let Some(tls) = tls.filter(|tls| !reader.began() && is_about_us(tls)) {
        return Err(Broken::new(Break::Tls, format!("the target broke off TLS: {tls}")));
    }
    match reader.close() {
        Ok(()) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
        Ok(()) => Err(Broken::new(Break::Truncated, format!("the connection broke within the answer: {error}"))),
        Err(fault) => Err(Broken::new(fault.how, format!("{} ({error})", fault.because))),
    }
}

/// Whether TLS broke over who we are or what we speak, and not over what we said.
fn is_about_us(error: &rustls::Error) -> bool {
    use rustls::AlertDescription as Alert;
    match error {
        rustls::Error::AlertReceived(alert) => !matches!(
            alert,
            Alert::InternalError
                | Alert::CloseNotify
                | Alert::UserCanceled
                | Alert::UnexpectedMessage
                | Alert::DecodeError
        ),
        _ => true,
    }
}

fn shown(time: Duration) -> String {
    if time.as_millis().is_multiple_of(1000) {
        format!("{} s", time.as_secs())
    } else {
        format!("{} ms", time.as_millis())
    }
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Whether the peer has neither closed the connection nor sent anything that nobody asked for.
    async fn is_quiet(&self) -> bool {
        let tcp = match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.get_ref().0,
        };
        let mut byte = [0];
        std::future::poll_fn(|cx| Poll::Ready(tcp.poll_peek(cx, &mut ReadBuf::new(&mut byte)).is_pending())).await
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
