/// A WS-Trust client as small as can be: what is answered to a request for a SAML 2.0 bearer token.
pub(crate) fn login(url: &str, user: &str, password: &str) -> String {
    use std::io::{Read as _, Write as _};

    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a URL");
    let body = request(user, password);
    let mut stream = std::net::TcpStream::connect(host).expect("the mock listens");
    let length = body.len();
    write!(
        stream,
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/soap+xml; charset=utf-8\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .expect("the mock reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the mock answers in UTF-8");
    answer
}

/// The request: Issue, by user name and password, in WS-Trust 1.3 and SOAP 1.2.
pub(crate) fn request(user: &str, password: &str) -> String {
    let now = mock_sts::Clock::system().now();
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/issue.xml"))
        .replace("{{created}}", &format!("{now:.0}"))
        .replace("{{expires}}", &format!("{:.0}", now + jiff::SignedDuration::from_mins(5)))
        .replace("{{user}}", user)
        .replace("{{password}}", password)
        .replace("{{padding}}", "")
        .replace("{{algorithm}}", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
}
