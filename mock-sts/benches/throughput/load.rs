//! The load: connections that are kept open, each with one request under way.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use mock_sts::Clock;

use crate::process::Server;

/// How much of it.
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) time: Duration,
}

impl Load {
    /// Sends the request again and again until the time is over; gives how many were answered.
    pub(crate) fn run(&self, server: &Server, request: &Request) -> u64 {
        let end = Instant::now() + self.time;
        thread::scope(|scope| {
            let clients: Vec<_> = (0..self.connections)
                .map(|_| {
                    scope.spawn(move || {
                        let (mut stream, mut buffer, mut count) = (server.connect(), Vec::new(), 0);
                        while Instant::now() < end {
                            request.exchange(server, &mut stream, &mut buffer);
                            count += 1;
                        }
                        count
                    })
                })
                .collect();
            clients.into_iter().map(|client| client.join().expect("a client that was answered")).sum()
        })
    }
}

/// A request, written once.
pub(crate) struct Request {
    body: String,
}

impl Request {
    /// Issue, with user name and password, for a SAML 2.0 bearer token signed with this algorithm.
    pub(crate) fn issue(algorithm: &str) -> Self {
        Self::padded(algorithm, 0)
    }

    /// The same with this many KiB more of reference parameters in `AppliesTo`, which the answer repeats.
    pub(crate) fn padded(algorithm: &str, kibibytes: usize) -> Self {
        let now = Clock::system().now();
        let parameter = format!("<x:p xmlns:x=\"urn:example:padding\">{}</x:p>", "p".repeat(1024 - 42));
        let padding = match kibibytes {
            0 => String::new(),
            _ => format!("<wsa:ReferenceParameters>{}</wsa:ReferenceParameters>", parameter.repeat(kibibytes)),
        };
        let body = include_str!("../../tests/issue.xml")
            .replace("{{created}}", &format!("{now:.0}"))
            .replace("{{expires}}", &format!("{:.0}", now + SignedDuration::from_mins(5)))
            .replace("{{user}}", "alice")
            .replace("{{password}}", "wonderland")
            .replace("{{padding}}", &padding)
            .replace("{{algorithm}}", algorithm);
        Self { body }
    }

    /// One exchange on a connection of its own; gives the answer's body.
    pub(crate) fn ask(&self, server: &Server) -> String {
        let mut buffer = Vec::new();
        let body = self.exchange(server, &mut server.connect(), &mut buffer);
        String::from_utf8_lossy(&buffer[body..]).into_owned()
    }

    /// One exchange; gives where in the buffer the answer's body begins.
    fn exchange(&self, server: &Server, stream: &mut TcpStream, buffer: &mut Vec<u8>) -> usize {
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/soap+xml; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            server.path(),
            server.host(),
            self.body.len()
        );
        stream.write_all((head + &self.body).as_bytes()).expect("a server that reads");
        buffer.clear();
        let (mut chunk, mut expected) = ([0; 16_384], None);
        loop {
            let read = stream.read(&mut chunk).expect("an answer in time");
            assert!(read > 0, "the server closed: {}", String::from_utf8_lossy(buffer));
            buffer.extend_from_slice(&chunk[..read]);
            if expected.is_none() {
                expected = end_of_answer(buffer);
            }
            if let Some((body, end)) = expected
                && buffer.len() >= end
            {
                assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(buffer));
                return body;
            }
        }
    }
}

/// Where the body begins and ends, once the head is there.
fn end_of_answer(buffer: &[u8]) -> Option<(usize, usize)> {
    let body = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&buffer[..body]).expect("a head in ASCII").to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    Some((body, body + length.parse::<usize>().expect("a number")))
}
