//! What a run must be told about a target: where it listens, who may ask, what it claims, what it is known to get wrong.

mod raw;
mod read;
pub mod reference;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::case::model::{Axis, Capability, CaseId, Credential, RequirementId, Variant};
use crate::error::Error;
use crate::exchange::address::Address;
use crate::nearest::did_you_mean;
use crate::problem::{Problems, Text};
use crate::suite::Suite;
use reference::Reference;

/// One target.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What reports call it.
    pub name: String,
    /// In a sentence.
    pub description: String,
    /// Whether whoever runs the suite may attack it: hostile requests leave this machine for nobody else.
    pub owned: bool,
    /// Where it listens; the first that fits is asked.
    pub endpoints: Vec<Endpoint>,
    /// Who may ask, in the order of the file; the first that fits a credential is used.
    pub accounts: Vec<Account>,
    /// What it says that it offers.
    pub claims: BTreeSet<Capability>,
    /// Whom and what to believe.
    pub anchors: Anchors,
    /// Relying parties.
    pub applies_to: AppliesTo,
    /// How hard it may be asked.
    pub limits: Limits,
    /// What it is known to get wrong.
    pub expected: Vec<Expected>,
    /// The folder that relative file references start from.
    pub folder: PathBuf,
}

/// An address, and what is spoken there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `http://…` or `https://…`; `bundled:http` and `bundled:https` until the bundled mock has started, and `${NAME}`
    /// until the environment has been asked.
    pub url: String,
    /// How a requestor may prove who it is.
    pub credentials: Vec<Credential>,
    /// SOAP versions; all where it is empty.
    pub soap: Vec<String>,
    /// WS-Trust versions; all where it is empty.
    pub trust: Vec<String>,
    /// WS-Addressing versions; all where it is empty.
    pub addressing: Vec<String>,
    /// The account to use here instead of the first that fits.
    pub account: Option<String>,
}

/// How a target is approached: all that decides which of its endpoints is asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Approach {
    /// How the requestor proves who it is.
    pub credential: Credential,
    /// What is spoken.
    pub variant: Variant,
    /// Whether it has to be TLS; otherwise either will do.
    pub tls: bool,
}

/// Somebody who may ask.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name in the profile.
    pub name: String,
    /// User name.
    pub user: Option<String>,
    /// Password.
    pub password: Option<Reference>,
    /// Certificate, PEM.
    pub certificate: Option<Reference>,
    /// The certificate's private key, PEM.
    pub key: Option<Reference>,
    /// The name that a token speaks of: when the certificate was shown, or, for an account without one, whatever it shows.
    pub subject: Option<String>,
    /// Whether it is there to be locked: used by what may lock an account, and by nothing else.
    pub bait: bool,
    /// Whether that is an RSA key, once it has been looked up.
    pub key_is_rsa: Option<bool>,
}

/// Whom and what to believe.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    /// Authorities for TLS, PEM; those of the Web where it is absent.
    pub tls_ca: Option<Reference>,
    /// Certificates whose keys may sign tokens and answers, PEM.
    pub signing: Vec<Reference>,
    /// The private key of the relying party named in `applies-to.encrypted`, PEM.
    pub relying_party_key: Option<Reference>,
}

/// Relying parties by what the target knows of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliesTo {
    /// The usual one.
    pub known: String,
    /// A second one.
    pub other: Option<String>,
    /// One whose tokens are encrypted for it.
    pub encrypted: Option<String>,
    /// One that the target does not know.
    pub unknown: String,
}

/// How hard a target may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Exchanges at the same time.
    pub workers: u16,
    /// Requests a second; no limit where it is absent.
    pub rate: Option<u32>,
    /// How long one answer may take.
    pub timeout: Duration,
    /// Requests in all; no limit where it is absent.
    pub requests: Option<u64>,
}

/// A deviation that is known, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Expected {
    /// What deviates.
    pub of: Deviant,
    /// The verdict that is expected instead of a pass.
    pub verdict: ExpectedVerdict,
    /// Why it is accepted for now.
    pub reason: String,
    /// A file with an exchange that shows it, relative to the profile.
    #[serde(default)]
    pub evidence: Option<PathBuf>,
    /// The last day on which it is accepted.
    pub until: Option<jiff::civil::Date>,
}

/// What a known deviation is about.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deviant {
    /// A row of the register, in whatever case it shows.
    Requirement(RequirementId),
    /// A case, in the variants that have these values; in all of them where it names none.
    Case(CaseId, Variant),
}

impl fmt::Display for Deviant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requirement(row) => row.fmt(f),
            Self::Case(case, part) if part.0.is_empty() => case.fmt(f),
            Self::Case(case, part) => write!(f, "{case}@{part}"),
        }
    }
}

/// The verdicts that a profile can expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectedVerdict {
    /// A MUST missed.
    Fail,
    /// A SHOULD missed.
    Warn,
    /// A second-best answer.
    Note,
    /// A prerequisite that breaks.
    Blocked,
}

impl Default for Limits {
    fn default() -> Self {
        Self { workers: 4, rate: None, timeout: Duration::from_secs(30), requests: None }
    }
}

impl Default for AppliesTo {
    fn default() -> Self {
        Self {
            known: "https://rp.example.test/".to_owned(),
            other: None,
            encrypted: None,
            unknown: "https://unknown.example.test/".to_owned(),
        }
    }
}

impl Profile {
    /// Reads a profile from a file, with its names looked up in the suite. A plain name such as `cxf` is that of a profile
    /// that the binary carries.
    pub fn load(path: &Path, suite: &Suite) -> Result<Self, Error> {
        if let Some(name) = path.to_str().filter(|name| carried(name).is_some()) {
            return Self::named(name, suite);
        }
        let text = std::fs::read_to_string(path).map_err(|error| {
            let names = carried_names();
            let otherwise = format!(
                "`--profile` takes a TOML file, as `stsproof init` writes it, or the name of one that the program \
                 carries: {}",
                names.join(", ")
            );
            Error::input(path.display(), error, did_you_mean(&path.to_string_lossy(), names, &otherwise))
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Self::read(Text { name: path.display().to_string(), text }, folder, suite)
    }

    /// The profile of the mock that the binary carries. Its addresses are put in by [`Profile::bind`].
    pub fn bundled(suite: &Suite) -> Result<Self, Error> {
        Self::named("mock", suite)
    }

    /// A profile that the binary carries, by its name.
    pub fn named(name: &str, suite: &Suite) -> Result<Self, Error> {
        let file = format!("cases/profiles/{name}.toml");
        let text = carried(name).ok_or_else(|| Error::Bug { cause: format!("the binary carries no {file}") })?;
        Self::read(Text { name: file, text }, PathBuf::new(), suite)
    }

    /// Reads a profile from its text.
    pub fn read(text: Text, folder: PathBuf, suite: &Suite) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let profile = read::profile(&Arc::new(text), folder, suite, &mut problems);
        Problems::none_of(problems)?;
        profile.ok_or_else(|| Error::Bug { cause: "a profile was refused without a reason".to_owned() })
    }

    /// A target of which only the address is known: it claims what every service can be expected to offer, and TLS where
    /// the address says so.
    pub fn for_url(url: &str, suite: &Suite) -> Result<Self, Error> {
        read::check_url(url).map_err(|(cause, remedy)| Error::usage(cause, remedy))?;
        let endpoint = Endpoint {
            url: url.to_owned(),
            credentials: vec![Credential::Username],
            soap: Vec::new(),
            trust: Vec::new(),
            // Which SOAP and WS-Trust are spoken shows before the run; the addressing of drafts is not guessed at.
            addressing: suite.vocabulary.default_variant().0.remove(&Axis::Addressing).into_iter().collect(),
            account: None,
        };
        let by_address = Some("tls").filter(|tls| endpoint.is_tls() && suite.capabilities.has(tls));
        let by_address = by_address.map(|tls| Capability(tls.to_owned()));
        Ok(Self {
            name: url.to_owned(),
            description: String::new(),
            owned: false,
            endpoints: vec![endpoint],
            accounts: Vec::new(),
            claims: suite.capabilities.assumed().into_iter().chain(by_address).collect(),
            anchors: Anchors::default(),
            applies_to: AppliesTo::default(),
            limits: Limits::default(),
            expected: Vec::new(),
            folder: PathBuf::new(),
        })
    }

    /// What there is to say about a target that is not asked: it claims everything.
    pub fn for_merge(name: &str, suite: &Suite) -> Result<Self, Error> {
        let mut profile = Self::bundled(suite)?;
        name.clone_into(&mut profile.name);
        profile.claims = suite.capabilities.all().into_iter().collect();
        profile.expected.clear();
        Ok(profile)
    }

    /// Puts the addresses of the started mock where the profile says `bundled:http` and `bundled:https`.
    pub fn bind(&mut self, http: &str, https: &str) {
        for endpoint in &mut self.endpoints {
            match endpoint.url.as_str() {
                "bundled:http" => http.clone_into(&mut endpoint.url),
                "bundled:https" => https.clone_into(&mut endpoint.url),
                _ => {}
            }
        }
    }

    /// The endpoint that can be approached so, or why there is none.
    pub fn endpoint(&self, approach: &Approach) -> Result<&Endpoint, String> {
        let credential = approach.credential;
        let accepting: Vec<&Endpoint> = self.endpoints.iter().filter(|endpoint| endpoint.takes(credential)).collect();
        if accepting.is_empty() {
            return Err(format!("no endpoint takes the credential `{credential}`"));
        }
        if let Some(fit) = accepting.iter().find(|endpoint| endpoint.missing(approach).is_none()) {
            return Ok(fit);
        }
        let missing = accepting.iter().find_map(|endpoint| endpoint.missing(approach)).unwrap_or_default();
        Err(format!("no endpoint for `{credential}` speaks {missing}"))
    }

    /// The account that can show this credential, or why there is none. Who shows nothing, or an assertion that was
    /// asked for before, needs no account.
    pub fn account(&self, credential: Credential, endpoint: &Endpoint) -> Result<Option<&Account>, String> {
        let (fits, wanted): (fn(&Account) -> bool, _) = match credential {
            Credential::None | Credential::SamlBearer | Credential::SamlHolderOfKey => return Ok(None),
            Credential::Username | Credential::UsernameDigest => {
                (|account| account.user.is_some() && account.password.is_some(), "a user and a password")
            }
            Credential::X509 => {
                (|account| account.certificate.is_some() && account.key.is_some(), "a certificate and its key")
            }
        };
        let named = |account: &&Account| endpoint.account.as_ref().is_none_or(|name| *name == account.name);
        let mut able = self.accounts.iter().filter(|account| fits(account) && !account.bait);
        // The account that the endpoint names may be able to show one credential and not another.
        let account = able.clone().find(named).or_else(|| able.next());
        account.map(Some).ok_or_else(|| format!("no account has {wanted}"))
    }

    /// Whose key signs and whose certificate is shown: that of the account that shows the credential, or else the first
    /// that has both.
    pub fn client<'p>(&'p self, shown: Option<&'p Account>) -> Option<&'p Account> {
        shown.into_iter().chain(&self.accounts).find(|account| account.certificate.is_some() && account.key.is_some())
    }

    /// By which credential the assertion is asked for that this one shows: the first by which the target lets us ask.
    pub fn way(&self, approach: &Approach) -> Result<Credential, String> {
        let credential = approach.credential;
        let mut ways = [Credential::Username, Credential::UsernameDigest, Credential::X509];
        if credential == Credential::SamlHolderOfKey {
            ways.rotate_right(1); // the signature proves that the key is ours, which is what the token is to confirm
        }
        let lacks = ways.map(|way| (way, self.lacks(&approach.with(way))));
        let open = lacks.iter().find(|(_, lacks)| lacks.is_none()).map(|(way, _)| *way);
        open.ok_or_else(|| {
            let why = lacks.into_iter().find_map(|(_, lacks)| lacks).unwrap_or_default();
            format!("the assertion that `{credential}` shows cannot be asked for: {why}")
        })
    }

    /// Whether an endpoint says itself which versions of SOAP and WS-Trust it speaks, so that to be silent in one of
    /// them breaks its word.
    pub fn says_speech(&self, approach: &Approach) -> bool {
        self.endpoint(approach).is_ok_and(|endpoint| !endpoint.soap.is_empty() && !endpoint.trust.is_empty())
    }

    /// Why a placeholder cannot be filled in a message that shows this credential, if the profile lacks what it means.
    pub fn lacks_value(&self, name: &str, approach: &Approach) -> Option<String> {
        let shown = || self.account(approach.credential, self.endpoint(approach).ok()?).ok()?;
        let missing = match name {
            "applies-to.other" => self.applies_to.other.is_none(),
            "applies-to.encrypted" => self.applies_to.encrypted.is_none(),
            "user" | "password" => self.accounts.iter().all(|account| account.bait || account.password.is_none()),
            "bait.user" | "bait.password" | "bait.password-digest" => self.bait().is_none(),
            "other.user" | "other.password" => self.other_account().is_none(),
            "client.certificate" => self.client(shown()).is_none(),
            "client.modulus" | "client.exponent" => {
                self.client(shown()).is_none_or(|account| account.key_is_rsa == Some(false))
            }
            _ => false,
        };
        missing.then(|| format!("the profile has nothing for `{{{{{name}}}}}`"))
    }

    /// The account after the first that has a password: the other party of a delegation.
    pub fn other_account(&self) -> Option<&Account> {
        self.accounts.iter().filter(|account| account.password.is_some() && !account.bait).nth(1)
    }

    /// The account that may be locked.
    pub fn bait(&self) -> Option<&Account> {
        self.accounts.iter().find(|account| account.bait && account.password.is_some())
    }

    /// The first endpoint that lies beyond this machine.
    pub fn outside(&self) -> Option<&str> {
        let outside = |url: &str| {
            let host = Address::parse(url).ok().map(|address| address.origin.host);
            let ip = |host: &str| host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
            host.is_some_and(|host| host != "localhost" && !ip(&host))
        };
        self.endpoints.iter().map(|endpoint| endpoint.url.as_str()).find(|url| outside(url))
    }

    /// Why the target cannot be approached so, if it cannot.
    pub fn lacks(&self, approach: &Approach) -> Option<String> {
        let endpoint = match self.endpoint(approach) {
            Ok(endpoint) => endpoint,
            Err(reason) => return Some(reason),
        };
        match approach.credential {
            Credential::SamlHolderOfKey if self.client(None).is_none() => Some(format!(
                "no account has a certificate and its key, which the assertion for `{}` is to confirm",
                approach.credential
            )),
            // An assertion is asked for first.
            Credential::SamlBearer | Credential::SamlHolderOfKey => self.way(approach).err(),
            credential => self.account(credential, endpoint).err(),
        }
    }
}

/// The names of the profiles that the binary carries.
fn carried_names() -> Vec<&'static str> {
    let name = |path: &'static str| path.strip_prefix("profiles/")?.strip_suffix(".toml").filter(|n| !n.contains('/'));
    stsproof_cases::files().into_iter().filter_map(|(path, _)| name(path)).collect()
}

/// The text of a profile that the binary carries.
fn carried(name: &str) -> Option<String> {
    let path = format!("profiles/{name}.toml");
    let (_, bytes) = stsproof_cases::files().into_iter().find(|(carried, _)| *carried == path)?;
    String::from_utf8(bytes.to_vec()).ok()
}

impl Approach {
    /// The same with another credential.
    #[must_use]
    pub fn with(&self, credential: Credential) -> Self {
        Self { credential, ..self.clone() }
    }
}

impl Endpoint {
    /// Whether it is one for TLS.
    pub fn is_tls(&self) -> bool {
        self.url.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
            || self.url == "bundled:https"
    }

    /// A message without a credential is sent wherever some credential is wanted.
    fn takes(&self, credential: Credential) -> bool {
        credential == Credential::None || self.credentials.contains(&credential)
    }

    /// What of an approach is not spoken here.
    fn missing(&self, approach: &Approach) -> Option<String> {
        if approach.tls && !self.is_tls() {
            return Some("TLS".to_owned());
        }
        let axes = [(Axis::Soap, &self.soap), (Axis::Trust, &self.trust), (Axis::Addressing, &self.addressing)];
        axes.into_iter().find_map(|(axis, spoken)| {
            let wanted = approach.variant.0.get(&axis)?;
            let missing = !spoken.is_empty() && !spoken.contains(wanted);
            missing.then(|| format!("{} {wanted}", axis.title()))
        })
    }
}
