//! What an answer can do on the wire.

use std::io::{Error, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use stsproof::answers::{When, Wire};

use crate::door::Behind;
use crate::net::{Answer, Request, Stream, position};

/// More than any time-out of a test; a thread that waits so long goes with the process.
const FOR_EVER: Duration = Duration::from_secs(60);
const MIB: usize = 1 << 20;

/// Puts an answer on the wire. An error ends the connection.
pub(crate) fn put(
    how: Wire,
    answer: &Answer,
    request: &Request,
    behind: &Behind,
    stream: &mut dyn Stream,
) -> Result<(), Error> {
    let body = &answer.body;
    let part = |percent: u8| &body[..body.len() * usize::from(percent) / 100];
    let whole = format!("Content-Length: {}\r\n", body.len());
    match how {
        Wire::Silent => sleep(FOR_EVER),
        Wire::ContinueFlood => endless(stream, b"HTTP/1.1 100 Continue\r\n\r\n", Duration::from_millis(1))?,
        Wire::Cut(percent) => {
            stream.write_all(&answer.head(&whole))?;
            stream.write_all(part(percent))?;
        }
        Wire::LastChunkMissing => {
            let end = b"Assertion>";
            let end = position(body, end).map_or(body.len(), |at| at + end.len());
            stream.write_all(&answer.head("Transfer-Encoding: chunked\r\n"))?;
            chunk(stream, &body[..end])?;
        }
        Wire::UntilClose(percent) => {
            stream.write_all(&answer.head("Connection: close\r\n"))?;
            stream.write_all(part(percent))?;
        }
        Wire::Drip(millis) => {
            for octet in answer.bytes() {
                stream.write_all(&[octet])?;
                stream.flush()?;
                sleep(Duration::from_millis(millis));
            }
        }
        Wire::SpaceDrip(millis) => {
            stream.write_all(&answer.head("Connection: close\r\n"))?;
            endless(stream, b" ", Duration::from_millis(millis))?;
        }
        Wire::Reset(_) => {} // there is no connection any more
        Wire::Padded(mib) => {
            let mib = usize::try_from(mib).unwrap_or(usize::MAX);
            stream.write_all(&answer.head(&format!("Content-Length: {}\r\n", body.len() + mib * MIB)))?;
            stream.write_all(body)?;
            (0..mib).try_for_each(|_| stream.write_all(&vec![b' '; MIB]))?;
        }
        Wire::Endless => {
            stream.write_all(&answer.head("Transfer-Encoding: chunked\r\n"))?;
            chunk(stream, body)?;
            loop {
                chunk(stream, &vec![b' '; MIB])?;
            }
        }
        Wire::Gzip(mib) => {
            let bomb = bomb(body, usize::try_from(mib).unwrap_or(usize::MAX));
            let framing = format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", bomb.len());
            stream.write_all(&answer.head(&framing))?;
            stream.write_all(&bomb)?;
        }
        Wire::Headers(number) => {
            let lines: Vec<_> = (0..number).map(|number| format!("X-Hunted-{number}: {number}\r\n")).collect();
            stream.write_all(&answer.head(&(lines.concat() + &whole)))?;
            stream.write_all(body)?;
        }
        Wire::LongHeader(kib) => {
            let value = "x".repeat(usize::try_from(kib).unwrap_or(0) << 10);
            stream.write_all(&answer.head(&format!("X-Hunted: {value}\r\n{whole}")))?;
            stream.write_all(body)?;
        }
        Wire::SecondAnswer | Wire::SecondFault => {
            let (of, to) = if how == Wire::SecondAnswer { ("alice", "bob") } else { ("wonderland", "wrong") };
            let other =
                request.body.replace(of, to).replace("wonderland", if to == "bob" { "builder" } else { "wrong" });
            let second = behind.genuine(&request.with(other), true);
            stream.write_all(&[answer.bytes(), second.bytes()].concat())?;
            return Ok(()); // the connection stays, with the second answer on it
        }
        Wire::Ring(length) => {
            let at =
                request.head.split(['/', ' ', '?']).find_map(|word| word.strip_prefix("ring-")?.parse::<u32>().ok());
            let mut answer = answer.clone();
            (answer.status, answer.body) = (307, Vec::new());
            answer.set("Location", &format!("/ring-{}", at.map_or(0, |at| (at + 1) % length)));
            stream.write_all(&answer.bytes())?;
            return Ok(());
        }
        Wire::Replayed | Wire::Crossed => return stream.write_all(&answer.bytes()),
    }
    stream.flush()?;
    Err(Error::other("the connection ends here"))
}

/// Resets a connection: whoever closes one with something unread in it says so to the other side.
pub(crate) fn reset(mut stream: TcpStream, when: When) {
    // Somebody who connects and says nothing is let go.
    let _ = stream.set_read_timeout(Some(FOR_EVER));
    let _ = stream.peek(&mut [0]);
    let begun = match when {
        When::Accept => "",
        When::Headers => "HTTP/1.1 200 OK\r\nContent-Ty",
        When::Body => {
            "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: 5000\r\n\r\n<s:Envelope"
        }
    };
    let _ = stream.write_all(begun.as_bytes());
    sleep(Duration::from_millis(20));
}

fn chunk(stream: &mut dyn Stream, bytes: &[u8]) -> Result<(), Error> {
    stream.write_all(format!("{:x}\r\n", bytes.len()).as_bytes())?;
    stream.write_all(bytes)?;
    stream.write_all(b"\r\n")
}

fn endless(stream: &mut dyn Stream, piece: &[u8], pause: Duration) -> Result<(), Error> {
    loop {
        stream.write_all(piece)?;
        stream.flush()?;
        sleep(pause);
    }
}

/// An envelope, stored, and so many MiB of white space behind it in so few octets as gzip can: 13 bits for each 258 of
/// them. Its check sum is left out; by then whoever inflates it has swallowed it.
fn bomb(envelope: &[u8], mib: usize) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for stored in envelope.chunks(0xffff) {
        let length = u16::try_from(stored.len()).unwrap_or(u16::MAX);
        bytes.push(0);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&(!length).to_le_bytes());
        bytes.extend_from_slice(stored);
    }
    let mut bits = Bits { bytes, left: 0 };
    bits.put(1, 1); // the last block,
    bits.put(1, 2); // with the fixed codes
    bits.code(0x30 + u32::from(b' '), 8);
    for _ in 0..16 {
        bits.code(0b1100_0101, 8); // 258 octets
        bits.code(0, 5); // like the one before
    }
    // Eight of these are thirteen octets, wherever they begin.
    if let Some(last) = bits.bytes.pop() {
        let eight = bits.bytes[bits.bytes.len() - 13..].repeat(mib * MIB / (8 * 258));
        bits.bytes.extend(eight);
        bits.bytes.push(last);
    }
    bits.code(0, 7);
    bits.bytes.extend_from_slice(&[0; 8]);
    bits.bytes
}

/// Bits as deflate packs them.
struct Bits {
    bytes: Vec<u8>,
    /// Free bits of the last octet.
    left: u32,
}

impl Bits {
    /// A number, its lowest bit first.
    fn put(&mut self, number: u32, width: u32) {
        for bit in 0..width {
            if self.left == 0 {
                self.bytes.push(0);
                self.left = 8;
            }
            if let Some(last) = self.bytes.last_mut().filter(|_| number >> bit & 1 == 1) {
                *last |= 1 << (8 - self.left);
            }
            self.left -= 1;
        }
    }

    /// A code, its highest bit first.
    fn code(&mut self, code: u32, width: u32) {
        self.put(code.reverse_bits() >> (32 - width), width);
    }
}
