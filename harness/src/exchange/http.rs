//! HTTP/1.1 as bytes: what a request looks like on the wire, and an answer read piece by piece. No sockets here.

use super::transcript::{Break, HttpRequest, HttpResponse};

/// How much of an answer is read before it is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the status line and headers, interim answers, trailers and chunk heads together; for the latter a
    /// quarter of the body comes on top.
    pub head: usize,
    /// Bytes of the body.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: 64 << 10, body: 16 << 20 }
    }
}

/// The bytes of a request, exactly its headers and body: nothing is added.
pub fn write(request: &HttpRequest, target: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512 + request.body.len());
    bytes.extend_from_slice(request.method.as_bytes());
    bytes.push(b' ');
    bytes.extend_from_slice(target.as_bytes());
    bytes.extend_from_slice(b" HTTP/1.1\r\n");
    for (name, value) in &request.headers {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&request.body);
    bytes
}

/// Why an answer cannot be read on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of break.
    pub how: Break,
    /// In words: place, cause.
    pub because: String,
}

impl Fault {
    fn new(how: Break, because: impl Into<String>) -> Self {
        Self { how, because: because.into() }
    }
}

/// Reads one answer from pieces of any size. Keeps what it was given, so that a broken answer can be shown.
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    bodiless: bool,
    received: Vec<u8>,
    /// How far `received` has been understood.
    at: usize,
    /// How much of that was not body.
    framing: usize,
    state: State,
    answer: HttpResponse,
    keep_alive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    /// That many bytes are still to come.
    Length(usize),
    UntilClose,
    ChunkHead,
    /// That many bytes of the chunk are still to come.
    Chunk(usize),
    ChunkEnd,
    Trailers,
    Done,
}

impl Reader {
    /// A reader for the answer to a request with this method.
    pub fn new(method: &str, limits: Limits) -> Self {
        Self {
            limits,
            bodiless: method == "HEAD",
            received: Vec::new(),
            at: 0,
            framing: 0,
            state: State::Head,
            answer: HttpResponse { status: 0, headers: Vec::new(), body: Vec::new() },
            keep_alive: false,
        }
    }

    /// Takes the next bytes. `true` once the answer is whole.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        self.received.extend_from_slice(bytes);
        while self.state != State::Done {
            if !self.step()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The peer has closed the connection: either that ends the answer, or the answer is broken.
    pub fn close(&mut self) -> Result<(), Fault> {
        match self.state {
            State::Done => Ok(()),
            State::UntilClose => {
                self.state = State::Done;
                Ok(())
            }
            State::Head if self.received.is_empty() => {
                Err(Fault::new(Break::Dropped, "the connection was closed before the answer began"))
            }
            State::Head => Err(Fault::new(
                Break::Truncated,
                format!("the connection was closed after {} bytes, within the headers", self.received.len()),
            )),
            State::Length(missing) => Err(Fault::new(
                Break::Truncated,
                format!(
                    "the connection was closed after {} bytes of the body; Content-Length promises {missing} more",
                    self.answer.body.len()
                ),
            )),
            State::ChunkHead | State::Chunk(_) | State::ChunkEnd | State::Trailers => Err(Fault::new(
                Break::Truncated,
                format!(
                    "the connection was closed after {} bytes of the body, before the last chunk",
                    self.answer.body.len()
                ),
            )),
        }
    }

    /// Whether any byte has come.
    pub fn began(&self) -> bool {
        !self.received.is_empty()
    }

    /// Whether the connection can carry another request: the answer is whole, says so, and nothing came behind it.
    pub fn reusable(&self) -> bool {
        self.state == State::Done && self.keep_alive && self.at == self.received.len()
    }

    /// The answer. Only whole after [`feed`](Self::feed) said `true`, or [`close`](Self::close) was content.
    pub fn into_answer(self) -> HttpResponse {
        self.answer
    }

    /// All bytes as they came, for an answer that broke.
    pub fn into_received(self) -> Vec<u8> {
        self.received
    }

    /// One step forward. `false` if more bytes are needed.
    fn step(&mut self) -> Result<bool, Fault> {
        match self.state {
            State::Head => self.head(),
            State::Length(missing) => Ok(self.take(missing).inspect(|&left| self.state = after_length(left)).is_some()),
            State::UntilClose => {
                let rest = self.received.len() - self.at;
                self.take(rest);
                self.check_body(0)?;
                Ok(false)
            }
            State::ChunkHead => self.chunk_head(),
            State::Chunk(missing) => Ok(self
                .take(missing)
                .inspect(|&left| self.state = if left == 0 { State::ChunkEnd } else { State::Chunk(left) })
                .is_some()),
            State::ChunkEnd => match self.line("the end of a chunk")? {
                None => Ok(false),
                Some(line) if line.is_empty() => {
                    self.state = State::ChunkHead;
                    Ok(true)
                }
                Some(_) => Err(Fault::new(Break::Truncated, "a chunk is longer than its length says")),
            },
            State::Trailers => match self.line("the trailers")? {
                None => Ok(false),
                Some(line) => {
                    if line.is_empty() {
                        self.state = State::Done;
                    }
                    Ok(true)
                }
            },
            State::Done => Ok(true),
        }
    }

    /// Moves up to `wanted` bytes to the body and tells how many are still missing. `None` if there was nothing to move.
    fn take(&mut self, wanted: usize) -> Option<usize> {
        let there = (self.received.len() - self.at).min(wanted);
        self.answer.body.extend_from_slice(&self.received[self.at..self.at + there]);
        self.at += there;
        (there > 0 || wanted == 0).then_some(wanted - there)
    }

    fn check_body(&self, more: usize) -> Result<(), Fault> {
        if self.answer.body.len().saturating_add(more) > self.limits.body {
            let because = format!("the body is larger than the limit of {} bytes", self.limits.body);
            return Err(Fault::new(Break::TooLarge, because));
        }
        Ok(())
    }

    /// Counts what is not body: interim answers, chunks and trailers can come without end, each of them small.
    fn charge(&mut self, bytes: usize) -> Result<(), Fault> {
        self.framing += bytes;
        if self.framing <= self.limits.head + self.answer.body.len() / 4 {
            return Ok(());
        }
        let because =
            format!("headers, chunk heads and trailers are larger than the limit of {} bytes", self.limits.head);
        Err(Fault::new(Break::TooLarge, because))
    }

    /// The next line without its end.
    fn line(&mut self, place: &str) -> Result<Option<Vec<u8>>, Fault> {
        let rest = &self.received[self.at..];
        match rest.iter().position(|&b| b == b'\n') {
            Some(end) if end <= self.limits.head => {
                let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]).to_vec();
                self.at += end + 1;
                self.charge(end + 1)?;
                Ok(Some(line))
            }
            None if rest.len() <= self.limits.head => Ok(None),
            _ => Err(Fault::new(Break::TooLarge, format!("{place}: a line longer than {} bytes", self.limits.head))),
        }
    }

    fn head(&mut self) -> Result<bool, Fault> {
        let rest = &self.received[self.at..];
        let begin = &rest[..rest.len().min(5)];
        if !b"HTTP/".starts_with(begin) {
            return Err(Fault::new(
                Break::NotHttp,
                format!("the answer starts with {}, not with `HTTP/`", shown(rest)),
            ));
        }
        let Some(length) = head_length(rest) else {
            if rest.len() > self.limits.head {
                let because = format!("the headers are larger than the limit of {} bytes", self.limits.head);
                return Err(Fault::new(Break::TooLarge, because));
            }
            return Ok(false);
        };
        if length > self.limits.head {
            let because = format!("the headers are larger than the limit of {} bytes", self.limits.head);
            return Err(Fault::new(Break::TooLarge, because));
        }
        let head = Head::read(&rest[..length])?;
        self.at += length;
        self.charge(length)?;
        if (100..200).contains(&head.status) && head.status != 101 {
            return Ok(true); // an interim answer, such as 100 Continue: the real one follows
        }
        self.keep_alive = head.keep_alive();
        self.state =
            if self.bodiless || matches!(head.status, 101 | 204 | 304) { State::Done } else { head.framing()? };
        if let State::Length(length) = self.state {
            self.check_body(length)?;
            self.state = after_length(length);
        }
        self.keep_alive &= self.state != State::UntilClose && head.status != 101;
        (self.answer.status, self.answer.headers) = (head.status, head.headers);
        Ok(true)
    }

    fn chunk_head(&mut self) -> Result<bool, Fault> {
        let Some(line) = self.line("the head of a chunk")? else { return Ok(false) };
        let digits = line.split(|&b| b == b';').next().unwrap_or_default().trim_ascii();
        let size = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| !digits.starts_with('+'))
            .and_then(|digits| usize::from_str_radix(digits, 16).ok())
            .ok_or_else(|| Fault::new(Break::Truncated, format!("{} is no length of a chunk", shown(&line))))?;
        self.check_body(size)?;
        self.state = if size == 0 { State::Trailers } else { State::Chunk(size) };
        Ok(true)
    }
}

fn after_length(missing: usize) -> State {
    if missing == 0 { State::Done } else { State::Length(missing) }
}

/// Up to and including the empty line.
fn head_length(bytes: &[u8]) -> Option<usize> {
    let mut start = 0;
    while let Some(end) = bytes[start..].iter().position(|&b| b == b'\n') {
        let line = &bytes[start..start + end];
        start += end + 1;
        if line.is_empty() || line == b"\r" {
            return Some(start);
        }
    }
    None
}

struct Head {
    status: u16,
    old: bool,
    headers: Vec<(String, String)>,
}

impl Head {
    fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let not_http = |because: String| Fault::new(Break::NotHttp, because);
        let text: String = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|&b| char::from(b)).collect(), // Latin-1, as HTTP once had it
        };
        let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let first = lines.next().unwrap_or_default();
        let mut words = first.splitn(3, ' ');
        let version = words.next().unwrap_or_default();
        let status = words
            .next()
            .filter(|code| code.len() == 3)
            .and_then(|code| code.parse::<u16>().ok())
            .filter(|code| (100..=999).contains(code) && matches!(version, "HTTP/1.1" | "HTTP/1.0"))
            .ok_or_else(|| not_http(format!("{} is no status line of HTTP/1.1", shown(first.as_bytes()))))?;
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines.take_while(|line| !line.is_empty()) {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = headers.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                continue;
            }
            let (name, value) = line
                .split_once(':')
                .filter(|(name, _)| !name.is_empty() && !name.contains([' ', '\t']))
                .ok_or_else(|| not_http(format!("{} is no header", shown(line.as_bytes()))))?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        Ok(Self { status, old: version == "HTTP/1.0", headers })
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let same = self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name));
        same.flat_map(|(_, value)| value.split(',').map(str::trim))
    }

    fn keep_alive(&self) -> bool {
        let says = |word: &str| self.all("Connection").any(|value| value.eq_ignore_ascii_case(word));
        if self.old { says("keep-alive") } else { !says("close") }
    }

    fn framing(&self) -> Result<State, Fault> {
        let mut codings = self.all("Transfer-Encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity"));
        match (codings.next(), codings.next()) {
            (Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => return Ok(State::ChunkHead),
            (None, _) => {}
            (Some(coding), _) => {
                let because =
                    format!("the answer has the transfer coding {}, for which nobody asked", shown(coding.as_bytes()));
                return Err(Fault::new(Break::NotHttp, because));
            }
        }
        let mut lengths = self.all("Content-Length");
        let Some(length) = lengths.next() else { return Ok(State::UntilClose) };
        if lengths.any(|other| other != length) {
            return Err(Fault::new(Break::NotHttp, "the answer has two values of Content-Length"));
        }
        let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
        match length.parse() {
            Ok(length) if digits => Ok(State::Length(length)),
            _ if digits => Ok(State::Length(usize::MAX)),
            _ => Err(Fault::new(Break::NotHttp, format!("{} is no Content-Length", shown(length.as_bytes())))),
        }
    }
}

/// The beginning of some bytes, readable in a message.
fn shown(bytes: &[u8]) -> String {
    let begin = &bytes[..bytes.len().min(40)];
    format!("`{}{}`", begin.escape_ascii(), if bytes.len() > begin.len() { "…" } else { "" })
}

#[cfg(test)]
mod tests;
