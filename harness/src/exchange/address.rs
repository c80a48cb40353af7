//! Where a target is: the parts of an `http` or `https` URL that a connection needs.

use std::fmt;

/// A URL taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// What a connection is made to.
    pub origin: Origin,
    /// Path and query as they stand in the request line; at least `/`.
    pub target: String,
}

/// What a connection is made to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Whether TLS is spoken.
    pub tls: bool,
    /// Name or IP address, an IPv6 address without its brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// Why a text is no address of a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` is no address of a target: {because}")]
pub struct AddressError {
    /// The text.
    pub url: String,
    /// What is wrong with it.
    pub because: String,
}

impl Address {
    /// Takes a URL apart.
    pub fn parse(url: &str) -> Result<Self, AddressError> {
        let wrong = |because: &str| AddressError { url: without_user(url), because: because.to_owned() };
        let (scheme, rest) =
            url.split_once("://").ok_or_else(|| wrong("it does not start with http:// or https://"))?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong("only http and https are spoken")),
        };
        if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(wrong("it contains white space"));
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(wrong("names and passwords belong into the profile, not into the URL"));
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or_else(|| wrong("`[` without `]`"))?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| wrong("what stands in brackets is no IPv6 address"))?;
                (host, port.strip_prefix(':').or(port.is_empty().then_some("")))
            }
            None => authority.split_once(':').map_or((authority, Some("")), |(host, port)| (host, Some(port))),
        };
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        let port = match port {
            Some("") => {
                if tls {
                    443
                } else {
                    80
                }
            }
            Some(port) => port
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| wrong("its port is no number from 1 to 65535"))?,
            None => return Err(wrong("something stands behind the brackets")),
        };
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self { origin: Origin { tls, host: host.to_owned(), port }, target: format!("{slash}{target}") })
    }

    /// The same place with another path.
    #[must_use]
    pub fn with_target(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }
}

impl Origin {
    /// The value of the Host header.
    pub fn host_header(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match (self.tls, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.origin.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.origin.host_header(), self.target)
    }
}

/// The URL as it may be shown: whoever writes a user into it writes the password, too.
fn without_user(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    match url[start..end].rfind('@') {
        Some(at) => format!("{}…{}", &url[..start], &url[start + at..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("http://h", false, "h", 80, "/", "h")]
    #[case("HTTPS://h.example:8443/sts?x=1#frag", true, "h.example", 8443, "/sts?x=1", "h.example:8443")]
    #[case("https://[::1]:443/a", true, "::1", 443, "/a", "[::1]")]
    #[case("http://[::1]", false, "::1", 80, "/", "[::1]")]
    #[case("http://127.0.0.1:80?q", false, "127.0.0.1", 80, "/?q", "127.0.0.1")]
    fn a_url_is_taken_apart(
        #[case] url: &str,
        #[case] tls: bool,
        #[case] host: &str,
        #[case] port: u16,
        #[case] target: &str,
        #[case] header: &str,
    ) {
        let address = Address::parse(url).expect("a good URL");
        assert_eq!(address.origin, Origin { tls, host: host.into(), port });
        assert_eq!((address.target.as_str(), address.origin.host_header().as_str()), (target, header));
    }

    #[rstest::rstest]
    #[case("localhost:8080", "does not start with")]
    #[case("ftp://h/", "only http and https")]
    #[case("http:///x", "no host")]
    #[case("http://h:0/", "no number")]
    #[case("http://h:x/", "no number")]
    #[case("http://a:b@h/", "belong into the profile")]
    #[case("http://[::1/", "without `]`")]
    #[case("http://[::1]x/", "behind the brackets")]
    #[case("http://h/a b", "white space")]
    fn a_wrong_url_says_what_is_wrong(#[case] url: &str, #[case] words: &str) {
        let error = Address::parse(url).expect_err("a wrong URL").to_string();
        assert!(error.contains(words) && error.contains(&without_user(url)), "{error}");
    }

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        let error = Address::parse("http://alice:se@cret@h/x").expect_err("a user in it").to_string();
        assert!(error.contains("`http://…@h/x`") && !error.contains("cret@"), "{error}");
        let error = Address::parse("ftp://h/a@b").expect_err("no http").to_string();
        assert!(error.contains("`ftp://h/a@b`"), "{error}");
    }
}
