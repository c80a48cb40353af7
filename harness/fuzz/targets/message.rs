//! Inputs as messages: lines `Name: value`, an empty line, the body. A mutation of such a text is mostly such a text.

/// A message, taken apart.
pub(crate) struct Message<'a> {
    head: Vec<(&'a str, &'a str)>,
    pub(crate) body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Any bytes are a message; without an empty line they are a body.
    pub(crate) fn read(bytes: &'a [u8]) -> Self {
        let Some(end) = bytes.windows(2).position(|pair| pair == b"\n\n") else {
            return Self { head: Vec::new(), body: bytes };
        };
        let head = std::str::from_utf8(&bytes[..end]).unwrap_or_default();
        Self { head: head.lines().filter_map(|line| line.split_once(": ")).collect(), body: &bytes[end + 2..] }
    }

    /// The first value of that name, if it is one that a server hands on: visible ASCII, spaces and tabs.
    pub(crate) fn value(&self, name: &str) -> Option<&'a str> {
        let value = self.head.iter().find(|(known, _)| *known == name)?.1;
        value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')).then_some(value)
    }
}

/// The parameter `charset` of a media type, as whoever receives a message takes it out.
pub(crate) fn charset(content_type: Option<&str>) -> Option<&str> {
    let parameters = content_type?.split(';').skip(1).filter_map(|one| one.split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    charsets.next().map(|(_, value)| value.trim().trim_matches('"'))
}
