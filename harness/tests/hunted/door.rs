//! The door that a run knocks at: behind it stands the mock, and what comes back is made hostile on the way.

use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use libtest_mimic::Failed;
use mock_sts::MockSts;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use stsproof::answers::{Form, Wire};
use stsproof::case::model::Variant;
use stsproof::exchange::fresh::Source;
use stsproof::exchange::tls::{self, TlsOptions};
use tempfile::TempDir;

use crate::net::{Answer, Request, Stream};
use crate::parts::Maker;
use crate::{asked, wire};

/// What time it is for the mock and for what is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// Always the same, for runs in this process.
    Fixed,
    /// What it is, for runs in a process of their own.
    System,
}

/// A running door.
pub(crate) struct Door {
    pub(crate) url: String,
    pub(crate) tls_url: String,
    /// A text of a file that nobody has a reason to read.
    pub(crate) canary: String,
    behind: Arc<Behind>,
    /// Two addresses to which an answer may lead, this machine under two names; who connects stays in the queue.
    traps: [TcpListener; 2],
    _folder: TempDir,
}

/// What stands behind a door.
pub(crate) struct Behind {
    pub(crate) form: Form,
    pub(crate) maker: Maker,
    from: usize,
    asked: AtomicUsize,
    ids: Mutex<Vec<String>>,
    first: Mutex<Option<Answer>>,
    swap: (Barrier, Mutex<BTreeMap<usize, Answer>>),
    /// What went wrong with us, and not with who knocked.
    trouble: Mutex<Option<String>>,
    mock: MockSts,
}

impl Clock {
    /// The time of every run in this process.
    pub(crate) fn now() -> Timestamp {
        "2026-01-15T12:00:00Z".parse().expect("it is a time")
    }

    pub(crate) fn source(self) -> Source {
        match self {
            Self::Fixed => Source::fixed(7, Self::now()),
            Self::System => Source::system(),
        }
    }

    /// A mock whose clock is off by some seconds.
    pub(crate) fn mock(self, skew: i64) -> MockSts {
        let by = SignedDuration::from_secs(skew);
        let clock = match self {
            Self::Fixed => mock_sts::clock::Clock::fixed(Self::now() + by),
            Self::System => mock_sts::clock::Clock::system(),
        };
        if self == Self::System {
            clock.skew(by);
        }
        MockSts::builder().clock(clock).seed(7).start_blocking().expect("a program may listen on loopback")
    }
}

impl Door {
    /// Opens a door for as many requests as a case has steps; the last of them is answered by the form, unless it says
    /// otherwise.
    pub(crate) fn open(form: &Form, steps: usize, variant: &Variant, clock: Clock) -> Self {
        let (plain, secure) = (listen(), listen());
        let url = format!("http://{}/sts", plain.local_addr().expect("it listens"));
        let tls_url = format!("https://localhost:{}/sts", port(&secure));
        let traps = [listen(), listen()];
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (canary, file) = ("canary-of-a-file".to_owned(), folder.path().join("canary.txt"));
        std::fs::write(&file, &canary).expect("the folder can be written");
        let given = [
            ("here", if form.tls { tls_url.clone() } else { url.clone() }),
            ("listener", format!("http://127.0.0.1:{}/hunted", port(&traps[0]))),
            // The same machine under another name: another host for who compares names.
            ("elsewhere", format!("http://localhost:{}/hunted", port(&traps[1]))),
            ("canary.file", file.display().to_string()),
            ("canary.text", canary.clone()),
        ];
        let behind = Arc::new(Behind {
            form: form.clone(),
            maker: Maker::new(form, variant, &given, clock),
            from: form.from.unwrap_or(steps),
            asked: AtomicUsize::new(0),
            ids: Mutex::default(),
            first: Mutex::default(),
            swap: (Barrier::new(2), Mutex::default()),
            trouble: Mutex::default(),
            mock: asked::mock(form, clock),
        });
        serve(plain, &behind, |stream| Some(Box::new(stream)));
        serve(secure, &behind, over_tls());
        Self { url, tls_url, canary, behind, traps, _folder: folder }
    }

    /// Whether nobody went where the answer led to, and nobody asked more often than there was a reason to.
    pub(crate) fn is_quiet(&self, most: usize) -> Result<(), Failed> {
        if let Some(trouble) = &*self.behind.trouble.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(format!("the answer could not be made: {trouble}").into());
        }
        for (trap, name) in self.traps.iter().zip(["listener", "elsewhere"]) {
            trap.set_nonblocking(true)?;
            if trap.accept().is_ok() {
                return Err(format!("somebody came to `{name}`").into());
            }
        }
        let asked = self.behind.asked.load(Ordering::Relaxed);
        // A connection that was kept and turns out closed is replaced, which costs one more.
        if asked > most + 1 {
            return Err(format!("{asked} requests came where {most} were enough").into());
        }
        Ok(())
    }
}

impl Behind {
    /// Answers what comes. An answer that cannot be made must not pass for a broken one.
    fn attend_or_tell(&self, stream: &mut dyn Stream) {
        let attended = catch_unwind(AssertUnwindSafe(|| self.attend(stream)));
        if let Err(panic) = attended {
            let words = panic.downcast_ref::<String>().cloned();
            let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
            let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
            *trouble = Some(words.unwrap_or_else(|| "a panic without words".to_owned()));
        }
    }

    /// Answers one request after the other, until the connection is spoilt.
    fn attend(&self, stream: &mut dyn Stream) {
        while let Some(request) = Request::read(stream) {
            let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
            let (id, earlier) = self.known(&request);
            let due = number >= self.from;
            let genuine = self.genuine(&request, due);
            let kept = self
                .first
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert_with(|| genuine.clone())
                .clone();
            let given = [("request-id", id), ("earlier-id", earlier), ("number", number.to_string())];
            let answer = match (due, self.form.wire) {
                (false, _) => self.maker.lead(genuine, &request, &given),
                (true, Some(Wire::Crossed)) => self.swapped(number, genuine),
                (true, Some(Wire::Replayed)) => kept,
                (true, _) => self.maker.make(genuine, &request, &given),
            };
            let goes_on = match self.form.wire.filter(|_| due) {
                Some(how) => wire::put(how, &answer, &request, self, stream),
                None => stream.write_all(&answer.bytes()),
            };
            if goes_on.and_then(|()| stream.flush()).is_err() {
                return;
            }
        }
    }

    /// What the mock answers, asked as the form wants it.
    pub(crate) fn genuine(&self, request: &Request, due: bool) -> Answer {
        let asked = if due { self.maker.ask(request) } else { request.with(request.body.clone()) };
        let url = if self.form.tls { self.mock.tls_url() } else { self.mock.url() };
        let address = url.split('/').nth(2).unwrap_or_default();
        let stream = TcpStream::connect(address).expect("the mock listens");
        if !self.form.tls {
            return asked.ask(stream);
        }
        let roots = Some(self.mock.ca_pem().to_owned());
        let config = tls::config(&TlsOptions { roots, ..TlsOptions::default() }).expect("a good authority");
        let name = "localhost".try_into().expect("a name");
        asked.ask(rustls::StreamOwned::new(rustls::ClientConnection::new(config, name).expect("TLS"), stream))
    }

    /// The identifier of this request, and that of the first.
    fn known(&self, request: &Request) -> (String, String) {
        let id = between(&request.body, "MessageID>", "<").to_owned();
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.push(id.clone());
        (id, ids[0].clone())
    }

    /// The answer to the other of two requests.
    fn swapped(&self, number: usize, genuine: Answer) -> Answer {
        let (both, answers) = &self.swap;
        answers.lock().unwrap_or_else(PoisonError::into_inner).insert(number, genuine);
        both.wait();
        let answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
        let other = answers.iter().find(|(of, _)| **of != number);
        other.map(|(_, answer)| answer.clone()).expect("both have been answered")
    }
}

/// What stands between two texts.
pub(crate) fn between<'a>(text: &'a str, before: &str, behind: &str) -> &'a str {
    text.split_once(before).map_or("", |(_, rest)| rest.split(behind).next().unwrap_or_default())
}

fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().expect("it listens").port()
}

/// Takes every connection in a thread of its own.
fn serve(
    listener: TcpListener,
    behind: &Arc<Behind>,
    wrap: impl Fn(TcpStream) -> Option<Box<dyn Stream + Send>> + Send + 'static,
) {
    let behind = Arc::clone(behind);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let behind = Arc::clone(&behind);
            if let Some(Wire::Reset(when)) = behind.form.wire {
                behind.asked.fetch_add(1, Ordering::Relaxed);
                wire::reset(stream, when);
                continue;
            }
            if let Some(mut stream) = wrap(stream) {
                std::thread::spawn(move || behind.attend_or_tell(&mut *stream));
            }
        }
    });
}

/// TLS with the certificate of the mock.
fn over_tls() -> impl Fn(TcpStream) -> Option<Box<dyn Stream + Send>> + Send + 'static {
    let pem = mock_sts::keys::TLS;
    let chain = vec![CertificateDer::from_pem_slice(pem.certificate.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(pem.key.as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("they belong together");
    let config = Arc::new(config);
    move |stream| {
        let session = rustls::ServerConnection::new(Arc::clone(&config)).ok()?;
        Some(Box::new(rustls::StreamOwned::new(session, stream)))
    }
}
