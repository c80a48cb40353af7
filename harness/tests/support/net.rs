//! One HTTP message after the other, by hand.

use std::fmt::Write as _;
use std::io::{Read, Write};

/// A connection, plain or not.
pub(crate) trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

/// A request as it came.
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: String,
}

/// An answer before it is put on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Without those that frame the body.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The next request of a connection; none where it ends, or brings something else.
    pub(crate) fn read(stream: &mut dyn Stream) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 8192];
        loop {
            if let Some(end) = position(&bytes, b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse::<usize>().ok());
                if bytes.len() >= end + 4 + length.unwrap_or(0) {
                    return Some(Self { head, body: String::from_utf8(bytes.split_off(end + 4)).ok()? });
                }
            }
            let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
            bytes.extend_from_slice(&buffer[..read]);
        }
    }

    /// The same with another body.
    pub(crate) fn with(&self, body: String) -> Self {
        Self { head: self.head.clone(), body }
    }

    /// The same without the action that the headers repeat.
    pub(crate) fn without_action(mut self) -> Self {
        if let Some((before, rest)) = self.head.split_once("; action=\"") {
            self.head = format!("{before}{}", rest.split_once('"').map_or("", |(_, rest)| rest));
        }
        self
    }

    /// What a server answers, which is told that this is all.
    pub(crate) fn ask(&self, mut stream: impl Stream) -> Answer {
        let lines = self.head.lines().filter(|line| !line.starts_with("Content-Length:"));
        let head = lines.collect::<Vec<_>>().join("\r\n");
        let length = self.body.len();
        write!(stream, "{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{}", self.body)
            .expect("it reads");
        let mut bytes = Vec::new();
        // Who speaks TLS may end it without a word.
        let _ = stream.read_to_end(&mut bytes);
        Answer::read(&bytes)
    }
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let end = position(bytes, b"\r\n\r\n").expect("the mock speaks HTTP");
        let head = String::from_utf8_lossy(&bytes[..end]);
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("there is a status");
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let frames = |name: &str| ["content-length", "connection", "date"].contains(&&*name.to_ascii_lowercase());
        let headers =
            headers.filter(|(name, _)| !frames(name)).map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() }
    }

    /// Another value of a header; an empty one takes it out.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Status line and headers, with those that frame the body.
    pub(crate) fn head(&self, framing: &str) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Served\r\n", self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        (head + framing + "\r\n").into_bytes()
    }

    /// All of it, as it should be.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head(&format!("Content-Length: {}\r\n", self.body.len()));
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// Where some octets begin in others.
pub(crate) fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
