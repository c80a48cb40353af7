//! A profile with every reference looked up: what an exchange needs in its hands.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stsproof_judge::crypto::CryptoPredicates;
use stsproof_judge::keys::{Certificate, DecryptionKeys, Keys, PrivateKey, PublicKey};

use super::address::Address;
use super::fill::Value;
use super::key::SigningKey;
use super::tls::{self, TlsOptions};
use crate::case::model::Credential;
use crate::error::Error;
use crate::profile::reference::{Reference, Surroundings};
use crate::profile::{Account, Approach, Profile};

/// A target that can be asked.
#[derive(Debug)]
pub struct Target {
    profile: Profile,
    accounts: BTreeMap<String, Known>,
    /// TLS set-up for all its endpoints.
    pub tls: Arc<rustls::ClientConfig>,
    /// What its answers are verified and opened with, apart from what a requestor brings.
    keys: CryptoPredicates,
    relying_party: DecryptionKeys,
    stranger: Stranger,
}

/// Somebody whom no target knows: a published certificate that signed itself.
#[derive(Debug)]
struct Stranger {
    certificate: Certificate,
    key: SigningKey,
}

/// What is known of an account once its references are looked up.
#[derive(Debug, Default)]
struct Known {
    user: Option<String>,
    password: Option<String>,
    certificate: Option<Certificate>,
    key: Option<SigningKey>,
    /// What the target's answers to this account are verified and opened with.
    judges: CryptoPredicates,
}

/// Where one request goes, and in whose name.
#[derive(Debug)]
pub struct Door<'t> {
    /// Where.
    pub address: Address,
    /// The values that the profile gives.
    pub values: BTreeMap<String, Value>,
    /// The key that signs for this credential.
    pub key: Option<&'t SigningKey>,
    /// The key that a certificate of some account belongs to, whatever the credential is.
    pub(super) client_key: Option<&'t SigningKey>,
    /// A key that nobody vouches for.
    pub(super) stranger: &'t SigningKey,
}

impl Target {
    /// Looks up every reference of a profile. Accepts any TLS certificate only if `insecure` says so.
    pub fn open(profile: &Profile, surroundings: &Surroundings<'_>, insecure: bool) -> Result<Self, Error> {
        let relying_party = relying_party(profile, surroundings)?;
        let keys = keys(profile, &relying_party, surroundings)?;
        let mut profile = profile.clone();
        let mut accounts = BTreeMap::new();
        let mut identity = None;
        for account in &mut profile.accounts {
            let (known, pem) = Known::of(account, &keys, surroundings)?;
            identity = identity.or(pem);
            let rsa = |certificate: &Certificate| matches!(certificate.key(), PublicKey::Rsa { .. });
            account.key_is_rsa = known.certificate.as_ref().map(rsa);
            accounts.insert(account.name.clone(), known);
        }
        for endpoint in &mut profile.endpoints {
            endpoint.url = surroundings.expand(&endpoint.url, &format!("endpoint {}", endpoint.url))?;
            Address::parse(&endpoint.url)
                .map_err(|error| Error::input("the profile's endpoints", error, "write http://HOST:PORT/PATH"))?;
        }
        let roots = look_up(profile.anchors.tls_ca.as_ref(), surroundings)?;
        let tls = tls::config(&TlsOptions { roots, insecure, identity })
            .map_err(|cause| Error::input("TLS", cause, "give the authority (`--ca`, `tls-ca`) and the keys as PEM"))?;
        let stranger = Stranger::new()?;
        Ok(Self { profile, accounts, tls, keys, relying_party, stranger })
    }

    /// What its answers are verified with, by the requestor that approaches it so.
    pub fn keys(&self, approach: &Approach) -> &CryptoPredicates {
        let shown = self.profile.endpoint(approach).and_then(|at| self.profile.account(approach.credential, at));
        let client = self.profile.client(shown.ok().flatten());
        client.and_then(|account| self.accounts.get(&account.name)).map_or(&self.keys, |known| &known.judges)
    }

    /// The same, where nobody is known to have asked.
    pub fn any_keys(&self) -> &CryptoPredicates {
        &self.keys
    }

    /// What the relying party opens tokens with.
    pub fn relying_party(&self) -> &DecryptionKeys {
        &self.relying_party
    }

    /// The profile.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Every password, for the one who takes them out of what is written.
    pub fn passwords(&self) -> impl Iterator<Item = String> {
        self.accounts.values().filter_map(|known| known.password.clone())
    }

    /// Where it is approached so, or what is missing for that.
    pub fn door(&self, approach: &Approach) -> Result<Door<'_>, String> {
        let credential = approach.credential;
        let endpoint = self.profile.endpoint(approach)?;
        let account = self.profile.account(credential, endpoint)?;
        let shown = account.and_then(|account| self.accounts.get(&account.name));
        // A body may name a user or show a certificate whatever the credential is.
        let first = |has: fn(&Known) -> bool| {
            let usual = self.profile.accounts.iter().filter(|account| !account.bait);
            let named = usual.filter_map(|account| self.accounts.get(&account.name));
            shown.filter(|known| has(known)).or_else(|| named.into_iter().find(|known| has(known)))
        };
        let user = first(|known| known.password.is_some());
        let client = self.profile.client(account).and_then(|account| self.accounts.get(&account.name));
        let other = self.profile.other_account().and_then(|account| self.accounts.get(&account.name));

        let mut values = BTreeMap::new();
        let mut set = |name: &str, text: Option<String>| {
            text.and_then(|text| values.insert(name.to_owned(), Value::Text(text)));
        };
        let applies_to = &self.profile.applies_to;
        set("to", Some(endpoint.url.clone()));
        set("applies-to", Some(applies_to.known.clone()));
        set("applies-to.other", applies_to.other.clone());
        set("applies-to.encrypted", applies_to.encrypted.clone());
        set("applies-to.unknown", Some(applies_to.unknown.clone()));
        set("user", user.and_then(|known| known.user.clone()));
        set("password", user.and_then(|known| known.password.clone()));
        set("other.user", other.and_then(|known| known.user.clone()));
        set("other.password", other.and_then(|known| known.password.clone()));
        let name = user.and_then(|known| known.user.clone());
        // A token for a key is asked for with that key.
        let by_certificate = matches!(credential, Credential::X509 | Credential::SamlHolderOfKey);
        let certified = || self.profile.accounts.iter().find(|account| account.certificate.is_some());
        set(
            "subject",
            // The profile says whom the certificate of an account stands for; where an account has none, whom its tokens
            // are about, if that is not its user.
            match account.filter(|who| who.certificate.is_none()).and_then(|who| who.subject.clone()) {
                _ if by_certificate => account.or_else(certified).and_then(|who| who.subject.clone()),
                Some(subject) => Some(subject),
                None => name,
            },
        );
        let bait = self.profile.bait().and_then(|account| self.accounts.get(&account.name));
        set("bait.user", bait.and_then(|known| known.user.clone()));
        set("bait.password", bait.and_then(|known| known.password.clone()));
        let mut put = |who: &str, certificate: &Certificate| {
            set(&format!("{who}.certificate"), Some(STANDARD.encode(certificate.der())));
            if let PublicKey::Rsa { modulus, exponent } = certificate.key() {
                set(&format!("{who}.modulus"), Some(STANDARD.encode(modulus)));
                set(&format!("{who}.exponent"), Some(STANDARD.encode(exponent)));
            }
        };
        put("stranger", &self.stranger.certificate);
        if let Some(certificate) = client.and_then(|known| known.certificate.as_ref()) {
            put("client", certificate);
        }
        let signs = matches!(credential, Credential::X509 | Credential::SamlHolderOfKey);
        let client_key = client.and_then(|known| known.key.as_ref());
        let key = client_key.filter(|_| signs);
        let address = Address::parse(&endpoint.url).map_err(|error| error.to_string())?;
        Ok(Door { address, values, key, client_key, stranger: &self.stranger.key })
    }
}

impl Stranger {
    fn new() -> Result<Self, Error> {
        let bug = |cause: String| Error::Bug { cause: format!("the published stranger: {cause}") };
        let pem = mock_sts::keys::CLIENT_UNTRUSTED;
        Ok(Self {
            certificate: Certificate::from_pem(pem.certificate).map_err(|error| bug(error.to_string()))?,
            key: SigningKey::from_pem(pem.key).map_err(bug)?,
        })
    }
}

impl Known {
    /// What is known of an account, and the certificate and key that it can show in TLS.
    fn of(
        account: &Account,
        keys: &CryptoPredicates,
        surroundings: &Surroundings<'_>,
    ) -> Result<(Self, Option<(String, String)>), Error> {
        let place = |part: &str| format!("account `{}`, its {part}", account.name);
        let certificate = look_up(account.certificate.as_ref(), surroundings)?;
        let key = look_up(account.key.as_ref(), surroundings)?;
        let read = |pem: &String| {
            Certificate::from_pem(pem)
                .map_err(|error| Error::input(place("certificate"), error, "give an X.509 certificate as PEM"))
        };
        let sign = |pem: &String| {
            SigningKey::from_pem(pem).map_err(|cause| {
                Error::input(place("key"), cause, "give a private key as PEM, PKCS#8 and not encrypted")
            })
        };
        let shown = certificate.as_ref().map(read).transpose()?;
        // Only an RSA key opens what is encrypted to the account.
        let private = key.as_ref().and_then(|pem| PrivateKey::from_pem("the requestor's key", pem).ok());
        let opens = DecryptionKeys { private: private.into_iter().collect(), ..DecryptionKeys::default() };
        let known = Self {
            user: account.user.clone(),
            password: look_up(account.password.as_ref(), surroundings)?,
            judges: keys.clone().client(shown.clone(), opens),
            certificate: shown,
            key: key.as_ref().map(sign).transpose()?,
        };
        Ok((known, certificate.zip(key)))
    }
}

/// The keys that a profile trusts, and what opens tokens.
fn keys(
    profile: &Profile,
    relying_party: &DecryptionKeys,
    surroundings: &Surroundings<'_>,
) -> Result<CryptoPredicates, Error> {
    let mut trusted = Keys::default();
    for reference in &profile.anchors.signing {
        let pem = reference.resolve(surroundings)?;
        let certificate = Certificate::from_pem(pem.reveal())
            .map_err(|error| Error::input(reference, error, "give the signing certificate as PEM"))?;
        trusted.certificates.push(certificate);
    }
    Ok(CryptoPredicates::new(trusted).relying_party(relying_party.clone()))
}

fn relying_party(profile: &Profile, surroundings: &Surroundings<'_>) -> Result<DecryptionKeys, Error> {
    let Some(reference) = &profile.anchors.relying_party_key else { return Ok(DecryptionKeys::default()) };
    let pem = reference.resolve(surroundings)?;
    let key = PrivateKey::from_pem("the relying party's key", pem.reveal())
        .map_err(|error| Error::input(reference, error, "give an RSA private key as PEM, not encrypted"))?;
    Ok(DecryptionKeys { private: vec![key], ..DecryptionKeys::default() })
}

fn look_up(reference: Option<&Reference>, surroundings: &Surroundings<'_>) -> Result<Option<String>, Error> {
    reference.map(|reference| Ok(reference.resolve(surroundings)?.reveal().to_owned())).transpose()
}
