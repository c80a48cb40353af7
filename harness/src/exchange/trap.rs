//! Traps: a port that nobody has a reason to connect to, and a file that nobody has a reason to read. Whoever does was
//! told to by the request.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// How many files this process has put there.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// How long a caller may take to say what it wants.
const PATIENCE: Duration = Duration::from_millis(500);

/// Answers whoever comes with 404, and remembers what they asked. Closed when dropped.
#[derive(Debug)]
pub(super) struct Listener {
    port: u16,
    nonce: String,
    heard: Arc<Mutex<Vec<String>>>,
    task: AbortHandle,
}

impl Listener {
    /// Opens a free port of the loopback interface; the nonce is a part of the address that is given out.
    pub(super) async fn open(nonce: String) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(listen(listener, Arc::clone(&heard))).abort_handle();
        Ok(Self { port, nonce, heard, task })
    }

    /// The port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The address that a request gives out.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/{}", self.port, self.nonce)
    }

    /// The first line of each caller so far, or what there was of it.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A file with a text that nobody knows; gone when dropped.
#[derive(Debug)]
pub(super) struct BaitFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl BaitFile {
    /// Writes it among the temporary files of this machine.
    pub(super) fn write(nonce: &str) -> Option<Self> {
        // Two runs from one seed draw the same nonce, and each takes its own file away.
        let (process, number) = (std::process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("stsproof-{process}-{number}.txt"));
        let text = format!("canary-{nonce}");
        std::fs::write(&path, &text).ok()?;
        Some(Self { path, text })
    }
}

impl Drop for BaitFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn listen(listener: TcpListener, heard: Arc<Mutex<Vec<String>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let line = greet(stream).await;
        heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

async fn greet(mut stream: TcpStream) -> String {
    let mut first = [0; 512];
    let read = tokio::time::timeout(PATIENCE, stream.read(&mut first)).await;
    let length = read.ok().and_then(Result::ok).unwrap_or_default();
    let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    let line = first[..length].split(|byte| *byte == b'\n').next().unwrap_or_default();
    if line.is_empty() {
        return "a connection without a word".to_owned();
    }
    line.trim_ascii().escape_ascii().to_string()
}
