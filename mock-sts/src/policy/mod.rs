//! Policy: for whom tokens are made, of which kind, for how long, and who may ask for another.

mod decide;
mod delegation;
mod key;
mod lifetime;

use jiff::SignedDuration;

use crate::keyring::Recipient;
use crate::security::SamlVersion;
use crate::token::algorithm::SignatureAlgorithm;

pub(crate) use decide::Grant;
pub(crate) use key::KeyGrant;

/// What an STS allows; [`Policy::strict`] is what the suite runs against.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The name of the STS in its tokens.
    pub issuer: String,
    /// The relying parties that tokens are made for; anybody else is out of scope.
    pub relying_parties: Vec<RelyingParty>,
    /// The relying party that is meant when a request names none. Its address does not appear in the token.
    pub implied: RelyingParty,
    /// The users that a token can speak of, with what it says about them.
    pub users: Vec<User>,
    /// How long a token is good when nothing is asked for.
    pub lifetime: SignedDuration,
    /// How long a token can be good at most.
    pub longest_lifetime: SignedDuration,
    /// How far ahead a token can be dated.
    pub furthest_start: SignedDuration,
    /// What a clock may be off before a time counts as past or future.
    pub tolerance: SignedDuration,
    /// Users that may not ask for tokens about others.
    pub no_delegation: Vec<String>,
    /// How a token is signed when nothing is asked for.
    pub signature: SignatureAlgorithm,
}

/// Somebody that tokens are made for.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    /// What an `AppliesTo` address begins with to mean this relying party.
    pub prefix: String,
    /// The token made when none is asked for.
    pub token: SamlVersion,
    /// Whether it takes that one only, whatever is asked for.
    pub only: bool,
    /// Whether its tokens are encrypted.
    pub encrypts: bool,
    /// To whom tokens and the keys in them are encrypted.
    pub recipient: Recipient,
}

/// A user, as tokens speak of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name it signs in with.
    pub name: String,
    /// Claim types and values.
    pub claims: Vec<(String, Vec<String>)>,
}

/// The name of the STS in its tokens.
const ISSUER: &str = "urn:mock-sts:issuer";

impl Policy {
    /// The policy of the published mock. `recipient` is the relying parties' certificate, `own` that of the STS.
    ///
    /// | `AppliesTo` | token | encrypted | keys in it are for |
    /// |---|---|---|---|
    /// | `https://rp.example.test/…` | SAML 2.0 unless 1.1 is asked for | no | the relying party |
    /// | `https://encrypted.example.test/…` | SAML 2.0 unless 1.1 is asked for | yes | the relying party |
    /// | `https://saml2.example.test/…` | SAML 2.0, whatever is asked for | no | the relying party |
    /// | `urn:mock-sts:issuer`, or none | SAML 2.0 unless 1.1 is asked for | no | the STS itself |
    ///
    /// A token for nobody in particular can still be brought back here, so the STS must be able to read the key in it.
    pub fn strict(recipient: &Recipient, own: &Recipient) -> Self {
        let party = |prefix: &str, only, encrypts| RelyingParty {
            prefix: prefix.to_owned(),
            token: SamlVersion::V20,
            only,
            encrypts,
            recipient: recipient.clone(),
        };
        let itself = |prefix: &str| RelyingParty { recipient: own.clone(), ..party(prefix, false, false) };
        Self {
            issuer: ISSUER.to_owned(),
            relying_parties: vec![
                party("https://rp.example.test/", false, false),
                party("https://encrypted.example.test/", false, true),
                party("https://saml2.example.test/", true, false),
                itself(ISSUER),
            ],
            implied: itself(""),
            users: vec![User::published("alice", "Alice", "tester"), User::published("bob", "Bob", "builder")],
            lifetime: SignedDuration::from_hours(1),
            longest_lifetime: SignedDuration::from_hours(8),
            furthest_start: SignedDuration::from_hours(24),
            tolerance: SignedDuration::from_mins(5),
            no_delegation: vec!["bob".to_owned()],
            signature: SignatureAlgorithm::RsaSha256,
        }
    }

    fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }
}

/// The stem of the claim types of the information card profile.
pub(crate) const CLAIMS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
/// The claim that lists roles.
pub(crate) const ROLE_CLAIM: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

impl User {
    /// A user of whom nothing is known but the name.
    pub fn named(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { claims: vec![(format!("{CLAIMS}/name"), vec![name.clone()])], name }
    }

    fn published(name: &str, display: &str, role: &str) -> Self {
        Self {
            name: name.to_owned(),
            claims: vec![
                (format!("{CLAIMS}/name"), vec![display.to_owned()]),
                (format!("{CLAIMS}/emailaddress"), vec![format!("{name}@example.test")]),
                (format!("{CLAIMS}/upn"), vec![format!("{name}@example.test")]),
                (ROLE_CLAIM.to_owned(), vec![role.to_owned(), "user".to_owned()]),
            ],
        }
    }
}
