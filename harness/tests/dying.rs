//! A target that dies of a message: the campaign says of which, goes on without it, and loses nothing of what it knew.

#[path = "support/net.rs"]
#[expect(dead_code, reason = "the hostile answers need more of it")]
mod net;
#[path = "support/program.rs"]
#[expect(dead_code, reason = "the tests of the other verbs need more of it")]
mod program;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use mock_sts::MockSts;
use serde_json::Value;

use net::Request;
use program::{code, run, said};

/// What the target dies of: a message that is to be told from others by nothing.
fn is_deadly(message: &str) -> bool {
    message.contains("<wsa:MessageID></wsa:MessageID>") || message.contains("<wsa:MessageID/>")
}

/// A gateway in front of the mock that takes the whole service down with it when a deadly message comes.
struct Gateway {
    address: SocketAddr,
    over: Arc<AtomicBool>,
}

impl Gateway {
    /// One that is back after a while, or only when somebody starts another one.
    fn open(mock: &MockSts, at: &str, back_after: Option<Duration>) -> Self {
        let listener = TcpListener::bind(at).expect("a program may listen on loopback");
        let address = listener.local_addr().expect("it has an address");
        let behind: SocketAddr =
            mock.url().trim_start_matches("http://").trim_end_matches("/sts").parse().expect("an address");
        let over = Arc::new(AtomicBool::new(false));
        let (is_dead, is_over) = (Arc::new(AtomicBool::new(false)), over.clone());
        thread::spawn(move || {
            let mut listener = Some(listener);
            while !is_over.load(Ordering::SeqCst) {
                let Some((stream, _)) = listener.as_ref().and_then(|listener| listener.accept().ok()) else { break };
                if !is_dead.load(Ordering::SeqCst) {
                    let dead = is_dead.clone();
                    thread::spawn(move || serve(stream, behind, address, &dead));
                    continue;
                }
                // Who waits in the queue is turned away, too.
                drop((stream, listener.take()));
                let Some(pause) = back_after else { break };
                thread::sleep(pause);
                is_dead.store(false, Ordering::SeqCst);
                listener = TcpListener::bind(address).ok();
            }
        });
        Self { address, over }
    }

    fn url(&self) -> String {
        format!("http://{}/sts", self.address)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// One connection, which lives no longer than the service.
fn serve(mut stream: TcpStream, behind: SocketAddr, own: SocketAddr, dead: &AtomicBool) {
    let Some(request) = Request::read(&mut stream) else { return };
    if is_deadly(&request.body) {
        dead.store(true, Ordering::SeqCst);
        // Wakes the one who accepts.
        let _ = TcpStream::connect(own);
        return;
    }
    let Ok(mut behind) = TcpStream::connect(behind) else { return };
    let request = format!("{}\r\nConnection: close\r\n\r\n{}", request.head, request.body);
    let mut answer = Vec::new();
    if behind.write_all(request.as_bytes()).and_then(|()| behind.read_to_end(&mut answer)).is_ok()
        && !dead.load(Ordering::SeqCst)
    {
        // Who asked may be gone.
        let _ = stream.write_all(&answer);
    }
}

fn fuzz(gateway: &Gateway, folder: &Path) -> std::process::Output {
    let folder = folder.to_str().expect("a temporary folder has a plain name");
    let account = ["--user", "alice", "--password-env", "STS_PASSWORD", "--applies-to", "https://rp.example.test/app"];
    run(&[&["fuzz", &gateway.url(), "--count", "400", "--resume", folder], &account[..]].concat())
}

/// What the folder holds.
fn kept(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("campaign.json")).expect("the campaign is kept");
    serde_json::from_str(&text).expect("it is JSON")
}

fn deadly(kept: &Value) -> Vec<(&String, &str)> {
    let deadly = kept["deadly"].as_object().expect("it says what was deadly");
    deadly.iter().map(|(number, told)| (number, told.as_str().expect("in words"))).collect()
}

#[test]
fn a_service_that_comes_back_is_asked_everything_but_what_it_dies_of() {
    let (mock, folder) = (MockSts::start_blocking(), tempfile::tempdir().expect("there is room"));
    let gateway = Gateway::open(&mock, "127.0.0.1:0", Some(Duration::from_millis(1500)));
    let output = fuzz(&gateway, folder.path());
    assert_eq!(code(&output), 3, "{}", said(&output));
    let kept = kept(folder.path());
    let deadly = deadly(&kept);
    assert!(!deadly.is_empty() && deadly.iter().all(|(_, told)| told.contains("wsa:MessageID")), "{deadly:?}");
    for (number, _) in &deadly {
        assert!(said(&output).contains(&format!("generated/deadly-{number}")), "{}", said(&output));
    }
    let drawn = kept["tally"]["drawn"].as_u64().expect("it counts");
    assert_eq!(drawn + deadly.len() as u64, 400, "{}", said(&output));
}

#[test]
fn a_service_that_stays_away_ends_the_campaign_at_the_script_that_did_it() {
    let (mock, folder) = (MockSts::start_blocking(), tempfile::tempdir().expect("there is room"));
    let gateway = Gateway::open(&mock, "127.0.0.1:0", None);
    let output = fuzz(&gateway, folder.path());
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("at script "), "{}", said(&output));
    let before = kept(folder.path());

    // Somebody has started it again: what was on its way is tried alone, and the campaign comes further each time.
    let at = gateway.address.to_string();
    drop(gateway);
    let output = fuzz(&Gateway::open(&mock, &at, None), folder.path());
    assert_eq!(code(&output), 3, "{}", said(&output));
    let after = kept(folder.path());
    assert_eq!(deadly(&after).len(), 1.max(deadly(&before).len()), "{before} {after}");
    assert!(deadly(&after).iter().all(|(_, told)| told.contains("wsa:MessageID")), "{after}");
    assert!(after["tally"]["drawn"].as_u64() >= before["tally"]["drawn"].as_u64());
}
