use proptest::prelude::*;

use super::*;

const SMALL: Limits = Limits { head: 200, body: 1000 };

/// The whole answer in one piece, and then the end of the connection.
fn read(bytes: &[u8]) -> Result<(HttpResponse, bool), Fault> {
    read_in_pieces(bytes, bytes.len().max(1))
}

fn read_in_pieces(bytes: &[u8], size: usize) -> Result<(HttpResponse, bool), Fault> {
    let mut reader = Reader::new("POST", SMALL);
    for piece in bytes.chunks(size) {
        if reader.feed(piece)? {
            break;
        }
    }
    reader.close()?;
    let reusable = reader.reusable();
    Ok((reader.into_answer(), reusable))
}

#[rstest::rstest]
#[case::length("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc", true)]
#[case::same_length_twice("HTTP/1.1 200 OK\r\nContent-Length: 3\r\ncontent-length: 3\r\n\r\nabc", 200, "abc", true)]
#[case::chunks(
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: t\r\n\r\n",
    200,
    "abc",
    true
)]
#[case::until_close("HTTP/1.1 500 \r\n\r\nabc", 500, "abc", false)]
#[case::old("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc", false)]
#[case::says_close("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 200, "", false)]
#[case::interim("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", 200, "a", true)]
#[case::no_content("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true)]
#[case::bare_line_feeds("HTTP/1.1 200 OK\nContent-Length: 1\n\na", 200, "a", true)]
#[case::something_behind("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc", 200, "a", false)]
#[case::redirect("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, "", true)]
fn a_good_answer_is_read(#[case] wire: &str, #[case] status: u16, #[case] body: &str, #[case] reusable: bool) {
    let (answer, again) = read(wire.as_bytes()).expect("a good answer");
    assert_eq!((answer.status, &*String::from_utf8_lossy(&answer.body), again), (status, body, reusable));
}

#[rstest::rstest]
#[case::nothing("", Break::Dropped, "before the answer began")]
#[case::garbage("220 mail.example ESMTP", Break::NotHttp, "`220 mail.example ESMTP`")]
#[case::http2("HTTP/2 200\r\n\r\n", Break::NotHttp, "no status line")]
#[case::odd_status("HTTP/1.1 20 OK\r\n\r\n", Break::NotHttp, "no status line")]
#[case::half_a_head("HTTP/1.1 200 OK\r\nCont", Break::Truncated, "within the headers")]
#[case::no_colon("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", Break::NotHttp, "`nonsense` is no header")]
#[case::half_a_body("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", Break::Truncated, "promises 2 more")]
#[case::two_lengths(
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 3\r\n\r\nabc",
    Break::NotHttp,
    "two values"
)]
#[case::negative("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc", Break::NotHttp, "`-5` is no Content-Length")]
#[case::overflow(
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nabc",
    Break::TooLarge,
    "limit of 1000"
)]
#[case::large("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\nabc", Break::TooLarge, "limit of 1000")]
#[case::large_chunk("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFF\r\n", Break::TooLarge, "limit of 1000")]
#[case::no_chunk(
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    Break::Truncated,
    "`xyz` is no length"
)]
#[case::long_chunk(
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    Break::Truncated,
    "longer than"
)]
#[case::missing_chunk(
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    Break::Truncated,
    "last chunk"
)]
#[case::coding("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", Break::NotHttp, "`gzip`")]
fn a_broken_answer_says_how(#[case] wire: &str, #[case] how: Break, #[case] words: &str) {
    let fault = read(wire.as_bytes()).expect_err("a broken answer");
    assert_eq!(fault.how, how, "{}", fault.because);
    assert!(fault.because.contains(words), "{}", fault.because);
}

#[test]
fn headers_without_end_are_given_up() {
    let wire = format!("HTTP/1.1 200 OK\r\n{}", "A: b\r\n".repeat(100));
    assert_eq!(read(wire.as_bytes()).expect_err("too much").how, Break::TooLarge);
}

#[test]
fn a_request_is_written_as_it_is() {
    let request = HttpRequest {
        method: "PUT".into(),
        url: "http://h/p".into(),
        headers: vec![("SOAPAction".into(), "\"a\"".into())],
        body: b"\0\xff".to_vec(),
    };
    assert_eq!(write(&request, "/p"), b"PUT /p HTTP/1.1\r\nSOAPAction: \"a\"\r\n\r\n\0\xff");
}

/// Bytes that look enough like HTTP to get past the first line.
fn wire() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("HTTP/1.1 200 OK\r\n".to_owned()),
        Just("HTTP/1.0 500 \n".to_owned()),
        Just("HTTP/1.1 100 Continue\r\n\r\n".to_owned()),
        Just("Transfer-Encoding: chunked\r\n".to_owned()),
        Just("\r\n".to_owned()),
        "Content-Length: [0-9]{1,4}\r\n",
        "[0-9a-f]{1,3}\r\n",
        "[ -~\r\n]{0,20}",
    ];
    let noise = prop::collection::vec(any::<u8>(), 0..20);
    (prop::collection::vec(line, 0..10), noise).prop_map(|(lines, noise)| [lines.concat().into_bytes(), noise].concat())
}

proptest! {
    #[test]
    fn no_answer_makes_the_reader_panic_and_pieces_do_not_matter(wire in wire(), size in 1..9usize) {
        let whole = read(&wire);
        let pieces = read_in_pieces(&wire, size);
        match (&whole, &pieces) {
            (Ok((a, _)), Ok((b, _))) => prop_assert_eq!(a, b),
            (Err(a), Err(b)) => prop_assert_eq!(a.how, b.how),
            _ => prop_assert!(false, "{:?} {:?}", whole, pieces),
        }
    }

    #[test]
    fn what_is_received_is_kept(wire in wire()) {
        let mut reader = Reader::new("POST", SMALL);
        let _ = reader.feed(&wire);
        prop_assert_eq!(reader.into_received(), wire);
    }
}

#[rstest::rstest]
#[case::interim_answers("", "HTTP/1.1 100 Continue\r\n\r\n")]
#[case::trailers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n")]
#[case::chunk_extensions("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1;x=yyyyyyyyyy\r\na\r\n")]
fn small_pieces_without_end_are_given_up(#[case] start: &str, #[case] piece: &str) {
    let endless = format!("{start}{}", piece.repeat(100));
    assert_eq!(read_in_pieces(endless.as_bytes(), 7).expect_err("too much").how, Break::TooLarge);
}
