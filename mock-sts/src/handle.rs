//! The mock as a test holds it: started, asked, made wrong, and dropped.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use crate::clock::Clock;
use crate::endpoint::{Endpoint, STS_PATH};
use crate::journal::{Bounds, Journal};
use crate::keys;
use crate::random::Random;
use crate::server::{Listening, Scheme};
use crate::sts::Sts;
use crate::token::algorithm::SignatureAlgorithm;
use crate::wrong::{UnknownWrong, Wrongs};

/// A Security Token Service that runs as long as this is held.
///
/// It answers on a free port of the loopback address. Dropping it closes its ports and waits for nothing.
#[derive(Debug)]
pub struct MockSts {
    endpoint: Arc<Endpoint>,
    plain: Listening,
    // Opened when it is first asked for: most tests never do, and a descriptor a server is a lot for a test process.
    secure: OnceLock<Listening>,
}

impl MockSts {
    /// Starts a mock with two users, `alice` (`wonderland`) and `bob` (`builder`), and the system's clock.
    ///
    /// # Panics
    /// When the loopback address has no free port.
    pub async fn start() -> Self {
        // Opening a port does not wait for anything; the signature leaves room for a start that does.
        std::future::ready(Self::start_blocking()).await
    }

    /// The same without `async`, for a plain `#[test]`; it may be called inside any runtime, too.
    ///
    /// # Panics
    /// When the loopback address has no free port.
    pub fn start_blocking() -> Self {
        Self::builder().start_blocking().unwrap_or_else(|error| panic!("{error}"))
    }

    /// A mock with a port, a clock, a seed or users of your choice.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where requests go, without TLS: `http://127.0.0.1:PORT/sts`.
    pub fn url(&self) -> String {
        format!("http://{}{STS_PATH}", self.plain.address())
    }

    /// Where requests go, over TLS: `https://localhost:PORT/sts`. Clients have to trust [`MockSts::ca_pem`].
    ///
    /// # Panics
    /// When no port of its own was asked for and the address has no free one.
    pub fn tls_url(&self) -> String {
        let listening = self.secure.get_or_init(|| {
            let address = SocketAddr::new(self.plain.address().ip(), 0);
            let opened = Listening::open(address, Scheme::Https, Arc::clone(&self.endpoint));
            opened.unwrap_or_else(|cause| panic!("{}", StartError { address, cause }))
        });
        let address = listening.address();
        match address.ip() {
            ip if ip.is_loopback() => format!("https://localhost:{}{STS_PATH}", address.port()),
            _ => format!("https://{address}{STS_PATH}"),
        }
    }

    /// The certificate of the CA that the TLS port's certificate comes from.
    pub fn ca_pem(&self) -> &'static str {
        keys::CA.certificate
    }

    /// The certificate that tokens are signed with unless a request wants ECDSA.
    pub fn signing_certificate_pem(&self) -> &'static str {
        keys::SIGNING_RSA.certificate
    }

    /// The clock it goes by; setting it takes effect with the next request.
    pub fn clock(&self) -> &Clock {
        &self.endpoint.clock
    }

    /// Lets one more user in, or gives one another password.
    pub fn add_user(&self, name: impl Into<String>, password: impl Into<String>) {
        self.endpoint.sts.add_user(name, password);
    }

    /// Misbehaves from the next answer on, until [`MockSts::right`]; several names, one after another, add up.
    ///
    /// ```
    /// # use mock_sts::MockSts;
    /// let sts = MockSts::start_blocking();
    /// sts.wrong("rstr.no-context")?;
    /// assert!(sts.wrong("rstr.no-contxt").unwrap_err().to_string().contains("rstr.no-context"));
    /// # Ok::<(), mock_sts::wrong::UnknownWrong>(())
    /// ```
    pub fn wrong(&self, names: &str) -> Result<(), UnknownWrong> {
        let more: Wrongs = names.parse()?;
        self.endpoint.arm(|armed| armed.union(more));
        Ok(())
    }

    /// Misbehaves as long as the guard is held.
    ///
    /// ```
    /// # use mock_sts::MockSts;
    /// # let sts = MockSts::start_blocking();
    /// {
    ///     let _guard = sts.wrong_guard("token.wrong-audience")?;
    ///     // here the relying party under test has to refuse
    /// }
    /// // and here it gets a good token again
    /// # Ok::<(), mock_sts::wrong::UnknownWrong>(())
    /// ```
    pub fn wrong_guard(&self, names: &str) -> Result<WrongGuard, UnknownWrong> {
        let more: Wrongs = names.parse()?;
        let had = self.endpoint.armed();
        self.endpoint.arm(|armed| armed.union(more));
        Ok(WrongGuard { endpoint: Arc::clone(&self.endpoint), added: more.iter().filter(|w| !had.has(*w)).collect() })
    }

    /// Answers right again.
    pub fn right(&self) {
        self.endpoint.arm(|_| Wrongs::RIGHT);
    }

    /// What came and what was answered.
    pub fn journal(&self) -> &Journal {
        &self.endpoint.journal
    }
}

/// Keeps misbehaviours going; see [`MockSts::wrong_guard`].
#[derive(Debug)]
#[must_use = "the misbehaviour ends when this is dropped"]
pub struct WrongGuard {
    endpoint: Arc<Endpoint>,
    added: Wrongs,
}

impl Drop for WrongGuard {
    fn drop(&mut self) {
        self.endpoint.arm(|armed| self.added.iter().fold(armed, Wrongs::without));
    }
}

/// What a mock can be started with.
#[derive(Debug)]
#[must_use = "nothing runs before `start`"]
pub struct Builder {
    address: IpAddr,
    port: u16,
    tls_port: Option<u16>,
    clock: Clock,
    random: Option<u64>,
    users: Vec<(String, String)>,
    signature: SignatureAlgorithm,
    wrongs: Wrongs,
    journal: Bounds,
    body_limit: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            tls_port: None,
            clock: Clock::system(),
            random: None,
            users: Vec::new(),
            signature: SignatureAlgorithm::RsaSha256,
            wrongs: Wrongs::RIGHT,
            journal: Bounds::default(),
            body_limit: 8 << 20,
        }
    }
}

impl Builder {
    /// Listens here instead of on `127.0.0.1`. Its keys are public: think before you leave the loopback address.
    pub fn listen(self, address: IpAddr) -> Self {
        Self { address, ..self }
    }

    /// The port without TLS; 0, the default, takes a free one.
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// The port with TLS, opened at the start. Without this a free one is opened by [`MockSts::tls_url`].
    pub fn tls_port(self, port: u16) -> Self {
        Self { tls_port: Some(port), ..self }
    }

    /// The clock it goes by.
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Draws ids, keys and padding from this seed: with a fixed clock, the same requests in the same order get the
    /// same answers, to the byte (but for ECDSA signatures, which are never the same twice).
    pub fn seed(self, seed: u64) -> Self {
        Self { random: Some(seed), ..self }
    }

    /// How tokens are signed unless a request asks for something else; RSA with SHA-256 by default.
    pub fn signature(self, signature: SignatureAlgorithm) -> Self {
        Self { signature, ..self }
    }

    /// One more user.
    pub fn user(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.users.push((name.into(), password.into()));
        self
    }

    /// Misbehaves from the start.
    pub fn wrong(self, wrong: impl Into<Wrongs>) -> Self {
        Self { wrongs: self.wrongs.union(wrong.into()), ..self }
    }

    /// How much the journal keeps.
    pub fn journal(self, bounds: Bounds) -> Self {
        Self { journal: bounds, ..self }
    }

    /// The largest request in bytes; a larger one gets HTTP 413. 8 MiB by default.
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes, ..self }
    }

    /// Starts it.
    pub async fn start(self) -> Result<MockSts, StartError> {
        std::future::ready(self.start_blocking()).await
    }

    /// Starts it without `async`.
    pub fn start_blocking(self) -> Result<MockSts, StartError> {
        let random = self.random.map_or_else(Random::system, Random::seeded);
        let sts = Sts::new(random);
        sts.change_policy(|policy| policy.signature = self.signature);
        for (name, password) in self.users {
            sts.add_user(name, password);
        }
        let journal = Journal::new(self.journal);
        let endpoint = Arc::new(Endpoint::new(sts, self.clock, journal, self.body_limit, self.wrongs));
        let open = |port, scheme| {
            let address = SocketAddr::new(self.address, port);
            Listening::open(address, scheme, Arc::clone(&endpoint)).map_err(|cause| StartError { address, cause })
        };
        let plain = open(self.port, Scheme::Http)?;
        let secure = match self.tls_port {
            Some(port) => open(port, Scheme::Https)?.into(),
            None => OnceLock::new(),
        };
        Ok(MockSts { endpoint, plain, secure })
    }
}

/// A port could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("{address}: the port cannot be opened: {cause}; {}", remedy(.cause))]
pub struct StartError {
    /// The address that was wanted.
    pub address: SocketAddr,
    /// What the system said.
    #[source]
    pub cause: io::Error,
}

fn remedy(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::AddrInUse => "choose another port, or 0 for a free one",
        io::ErrorKind::PermissionDenied => "choose a port from 1024 on",
        io::ErrorKind::AddrNotAvailable => "choose an address of this machine",
        _ => "`ulimit -n` may be too low for so many ports",
    }
}
