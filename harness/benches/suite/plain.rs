//! A load generator that sends what it is given and looks at nothing but where an answer ends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mock_sts::MockSts;

/// Sends every message once, over so many connections, and tells how long it took.
pub(crate) fn load(mock: &MockSts, messages: &[Vec<u8>], connections: u16) -> Duration {
    let url = mock.url();
    let host = url.strip_prefix("http://").and_then(|rest| rest.split('/').next()).expect("a host and a port");
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let (mut stream, mut buffer) = (connect(host), Vec::new());
                while let Some(message) = messages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    stream.write_all(message).expect("a server that reads");
                    if !answered(&mut stream, &mut buffer) {
                        stream = connect(host);
                    }
                }
            });
        }
    });
    begun.elapsed()
}

fn connect(host: &str) -> TcpStream {
    let stream = TcpStream::connect(host).expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time limit");
    stream
}

/// Reads one answer; whether the connection is still good.
fn answered(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> bool {
    buffer.clear();
    let mut chunk = [0; 16 << 10];
    loop {
        let read = stream.read(&mut chunk).expect("an answer in time");
        buffer.extend_from_slice(&chunk[..read]);
        let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
            assert!(read > 0, "the server closed without an answer");
            continue;
        };
        let fields = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
        let length = fields.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().expect("a number"));
        if buffer.len() >= head + 4 + length {
            return !fields.contains("connection: close");
        }
        assert!(read > 0, "the server closed within an answer");
    }
}
