//! The STS itself: a request in, a reply out. No sockets, no clock and no randomness but those handed in.
//!
//! Under a fixed time and a seeded [`Random`] the replies are the same, byte for byte, as long as tokens are signed with
//! RSA: aws-lc draws the nonce of an ECDSA signature itself, so those differ each time.

use std::sync::{LazyLock, Mutex, PoisonError, RwLock};

use jiff::Timestamp;

use crate::fault::{Code, Fault};
use crate::http::{Carriage, Head, carriage};
use crate::keyring::{Keyring, Recipient};
use crate::keys;
use crate::policy::{Policy, User};
use crate::proof::Proof;
use crate::random::Random;
use crate::read::{Desk, read};
use crate::reply::fault::Refused;
use crate::reply::rstr::Response;
use crate::reply::{self, Reply};
use crate::request::{Refusal, Request, SoapVersion};
use crate::security::{Acquaintance, BadCertificate, Marks, Memory};
use crate::token;
use crate::weak;
use crate::wrong::{Wrong, Wrongs};

/// A Security Token Service.
#[derive(Debug)]
pub struct Sts {
    settings: RwLock<Settings>,
    keyring: Keyring,
    past: Past,
    random: Mutex<Random>,
}

/// What can be changed while the service runs.
#[derive(Debug, Clone)]
struct Settings {
    policy: Policy,
    known: Acquaintance,
}

/// The published settings, read once: a test process may start hundreds of services.
static PUBLISHED: LazyLock<Settings> = LazyLock::new(|| {
    let policy = Policy::strict(&Recipient::published(), &Recipient::itself());
    let known = acquaintance(&policy.issuer).expect("the published certificates can be read");
    Settings { policy, known }
});

/// What earlier messages leave behind.
#[derive(Debug, Default)]
struct Past {
    marks: Marks,
    /// The last message that was served: kept only under a misbehaviour.
    served: Mutex<Option<Vec<u8>>>,
}

impl Past {
    fn remember(&self, body: &[u8]) {
        *self.served.lock().unwrap_or_else(PoisonError::into_inner) = Some(body.to_vec());
    }

    fn served(&self) -> Option<Vec<u8>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A message as it came over HTTP.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The head of the HTTP request.
    pub head: Head<'a>,
    /// The path that it was sent to; `wsa:To` has to lead there.
    pub path: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl Sts {
    /// The published STS, drawing ids, keys and padding from `random`.
    pub fn new(random: Random) -> Self {
        Self {
            settings: RwLock::new(PUBLISHED.clone()),
            keyring: Keyring::published(),
            past: Past::default(),
            random: Mutex::new(random),
        }
    }

    /// Lets somebody in from now on; tokens will say the name and no more.
    pub fn add_user(&self, name: impl Into<String>, password: impl Into<String>) {
        let name = name.into();
        let mut settings = self.settings.write().unwrap_or_else(PoisonError::into_inner);
        settings.known = std::mem::take(&mut settings.known).user(name.clone(), password);
        settings.policy.users.push(User::named(name));
    }

    /// Changes what the STS allows.
    pub fn change_policy(&self, change: impl FnOnce(&mut Policy)) {
        change(&mut self.settings.write().unwrap_or_else(PoisonError::into_inner).policy);
    }

    /// The reply to a message.
    pub fn answer(&self, message: &Message<'_>, now: Timestamp, wrongs: Wrongs) -> Reply {
        let carriage = match carriage(&message.head, wrongs) {
            Ok(carriage) => carriage,
            Err(_) if wrongs.has(Wrong::WEAK_BARE_ERROR) => return Reply::bare(500),
            Err(early) => return Reply { header: early.header, ..Reply::plain(early.status, early.why) },
        };
        if wrongs.has(Wrong::HTTP_NEEDS_SOAP_ACTION) && lacks_soap_action(&message.head, &carriage) {
            return Reply::bare(500);
        }
        if wrongs.has(Wrong::SPOT_CDATA_CRASH) && memchr::memmem::find(message.body, b"<![CDATA[").is_some() {
            return Reply::bare(500);
        }
        let settings = self.settings.read().unwrap_or_else(PoisonError::into_inner);
        let host = message.head.host;
        let desk = Desk { now, wrongs, path: message.path, host, known: &settings.known, memory: &self.past };
        if wrongs.has(Wrong::WEAK_CHOKES) && weak::is_unusual(message.body) {
            return Reply::bare(500);
        }
        if wrongs.has(Wrong::WEAK_BARE_ERROR_UTF_16) && message.body.contains(&0) {
            return Reply::bare(500);
        }
        let reply = match read(message.body, &carriage, &desk) {
            Ok(request) => self.respond(&request, &settings.policy, now, wrongs),
            Err(refusal) => self.refuse(&refusal, wrongs),
        };
        if !wrongs.has(Wrong::WEAK_ANSWERS_ANYWAY) {
            return reply;
        }
        drop(settings);
        if reply.status == 200 {
            self.past.remember(message.body);
            return reply;
        }
        match self.past.served() {
            Some(last) if last != message.body => self.answer(&Message { body: &last, ..*message }, now, wrongs),
            _ => reply,
        }
    }

    fn respond(&self, request: &Request, policy: &Policy, now: Timestamp, wrongs: Wrongs) -> Reply {
        let mut reply = match self.issue(request, policy, now, wrongs) {
            Ok(reply) => reply,
            Err(fault) => self.refuse_with(&Refused {
                soap: request.soap,
                addressing: request.addressing.as_ref(),
                trust: Some(request.rst.trust),
                fault: &fault,
                wrongs,
            }),
        };
        reply.operation = request.rst.request_type;
        reply.user = Some(request.requestor.name.clone());
        reply.applies_to = request.rst.applies_to.as_ref().and_then(|scope| scope.address.clone());
        reply
    }

    fn refuse(&self, refusal: &Refusal, wrongs: Wrongs) -> Reply {
        if wrongs.has(Wrong::WEAK_BARE_ERROR) {
            return Reply::bare(500);
        }
        if wrongs.has(Wrong::HTTP_BARE_ERROR_FOR_ODD_ROOT) && refusal.fault.code == Code::VersionMismatch {
            return Reply::bare(500);
        }
        self.refuse_with(&Refused {
            soap: refusal.soap,
            addressing: refusal.addressing.as_ref(),
            trust: refusal.trust,
            fault: &refusal.fault,
            wrongs,
        })
    }

    fn refuse_with(&self, refused: &Refused<'_>) -> Reply {
        let unwanted = refused.addressing.is_some_and(|headers| headers.answer_is_unwanted(true));
        if unwanted && !refused.wrongs.has(Wrong::WSA_ANSWERS_NONE) || refused.wrongs.has(Wrong::WSA_FAULT_ELSEWHERE) {
            return Reply::bare(202);
        }
        refused.reply(&mut self.fork())
    }

    fn issue(&self, request: &Request, policy: &Policy, now: Timestamp, wrongs: Wrongs) -> Result<Reply, Fault> {
        let grant = policy.decide(request, now, wrongs)?;
        let unwanted = request.addressing.as_ref().is_some_and(|headers| headers.answer_is_unwanted(false));
        if unwanted && !wrongs.has(Wrong::WSA_ANSWERS_NONE) {
            return Ok(Reply::bare(202));
        }
        let random = &mut self.fork();
        let proof = Proof::make(&grant, random, wrongs);
        let secret = proof.as_ref().map(|proof| proof.in_token(wrongs));
        let token = token::issue(&grant, secret.as_deref(), now, &self.keyring, random, wrongs);
        let response = Response { rst: &request.rst, grant: &grant, token: &token, proof: proof.as_ref(), wrongs };
        Ok(reply::issued(request, &response, now, &self.keyring, random))
    }

    /// Each request has a stream of its own, so that what one draws does not shift what the next one gets.
    pub(crate) fn fork(&self) -> Random {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fork()
    }
}

impl Memory for Past {
    fn first_use(&self, mark: &[u8], until: Timestamp, now: Timestamp) -> bool {
        self.marks.first_use(mark, until, now)
    }

    fn is_cancelled(&self, _token: &str) -> bool {
        false
    }

    fn is_renewable(&self, _token: &str) -> bool {
        false
    }
}

/// Whom the published mock knows.
fn acquaintance(issuer: &str) -> Result<Acquaintance, BadCertificate> {
    Acquaintance::default()
        .user("alice", "wonderland")
        .user("bob", "builder")
        .authority(keys::ca().certificate())?
        .person(keys::client().certificate())?
        .issuer(issuer, keys::signing_rsa().certificate())?
        .issuer(issuer, keys::signing_p256().certificate())?
        .issuer(issuer, keys::signing_p384().certificate())
        .map(|known| known.audience(issuer).private_key(keys::signing_rsa().pkcs8().secret_pkcs8_der()))
}

fn lacks_soap_action(head: &Head<'_>, carriage: &Carriage) -> bool {
    let quoted = |value: &str| value.trim().starts_with('"') && value.trim() != r#""""#;
    carriage.soap == Some(SoapVersion::V11) && !head.soap_action.is_some_and(quoted)
}

#[cfg(test)]
mod tests;
