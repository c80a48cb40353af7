//! Whatever the mock is sent: it replies, without a panic, with something that a client can read; and whatever it
//! gives a token for is a message for another reader too, from somebody whom it can name.

#![no_main]

mod message;

use libfuzzer_sys::fuzz_target;
use mock_sts::http::Head;
use mock_sts::sts::Message as Received;
use mock_sts::{Random, Sts, Wrongs};
use stsproof_judge::gate::Limits;
use stsproof_judge::tree::Tree;
use stsproof_judge::trust::{Answer, Kind};

use message::{Message, charset};

/// When the seeds were made.
const NOW: &str = "2026-01-15T12:00:00Z";

fuzz_target!(|bytes: &[u8]| {
    let message = Message::read(bytes);
    let content_type = message.value("Content-Type");
    let head = Head {
        method: "POST",
        content_type,
        content_encoding: message.value("Content-Encoding"),
        soap_action: message.value("SOAPAction"),
        host: message.value("Host"),
    };
    // A new one each time: it remembers nonces, and an input must mean the same whatever came before it.
    let sts = Sts::new(Random::seeded(7));
    let received = Received { head, path: "/sts", body: message.body };
    let reply = sts.answer(&received, NOW.parse().expect("it is a time"), Wrongs::RIGHT);

    assert!((200..600).contains(&reply.status), "{} is no status", reply.status);
    let Some(kind) = reply.content_type else {
        assert!(reply.body.is_empty(), "what has a body has a type");
        return;
    };
    if kind.starts_with("text/plain") {
        assert!((400..500).contains(&reply.status), "what is no SOAP is told in words: {}", reply.status);
        return;
    }
    let came = Tree::read(&reply.body, charset(Some(kind)), &Limits::default()).expect("a reply is a document");
    let answer = Answer::of(&came).expect("a reply is a SOAP message");
    assert_eq!(answer.kind == Kind::Fault, reply.status >= 400, "{} with {:?}", reply.status, answer.kind);
    if answer.kind == Kind::Issued {
        assert!(reply.user.is_some(), "a token is about somebody who asked");
        if let Err(refusal) = Tree::read(message.body, charset(content_type), &Limits::default()) {
            assert!(refusal.reason.is_limit(), "a token for what is no document: {refusal}");
        }
    }
});
