//! The profile as a text with comments: what the description says stands there, what it does not say is commented out.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Found;
use super::doors::{Door, trust_of};
use crate::capability::Capabilities;
use crate::case::model::Credential;
use crate::report::one_line;

/// What the caller knows beside the description.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The day, for the description.
    pub day: String,
    /// User name.
    pub user: Option<String>,
    /// Where the password stands: a table such as `{ env = "STS_PASSWORD" }`.
    pub password: Option<String>,
    /// The requestor's certificate and key, files.
    pub identity: Option<(String, String)>,
    /// A relying party that the service knows.
    pub applies_to: Option<String>,
    /// The authority of its TLS certificate, a file.
    pub tls_ca: Option<String>,
    /// The certificates that it signs with, files.
    pub signing: Vec<String>,
}

/// The actions of WS-Trust by their last words, and the capability that each shows.
const ACTIONS: [(&str, &str); 7] = [
    ("/RST/Issue", "issue"),
    ("/RST/Renew", "renew"),
    ("/RST/Validate", "validate"),
    ("/RST/Cancel", "cancel"),
    ("/RST/KET", "key-exchange"),
    ("/RST/SCT", "sct"),
    ("/BatchIssue", "batch"),
];

/// Writes the profile of a service.
pub fn profile(found: &Found, given: &Given, capabilities: &Capabilities) -> String {
    let mut text = String::new();
    head(found, given, &mut text);
    claims(found, capabilities, &mut text);
    endpoints(found, &mut text);
    accounts(found, given, &mut text);
    anchors(found, given, &mut text);
    rest(given, &mut text);
    text
}

fn head(found: &Found, given: &Given, text: &mut String) {
    let host = found.url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
    let _ = write!(
        text,
        "# What a run must be told about the Security Token Service at\n# {}\n\
         # Written by `stsproof init` from {}.\n\
         # What the description does not say is commented out: fill in what you know.\n\
         name        = {}\ndescription = {}\n",
        one_line(&found.url),
        one_line(&found.sources.join(", ")),
        quoted(host),
        quoted(&format!("Described by {} on {}.", found.sources.join(", "), given.day)),
    );
}

/// What the description shows stands in the list, what is usual too; the rest is there to be uncommented.
fn claims(found: &Found, capabilities: &Capabilities, text: &mut String) {
    let usable = || found.doors.iter().filter(|door| door.usable.is_ok());
    let of_trust: Vec<&String> = found.actions.iter().filter(|action| trust_of(action).is_some()).collect();
    let by_action = |name: &str| {
        let action = ACTIONS.iter().find(|(_, of)| *of == name).map(|(action, _)| *action);
        action.is_some_and(|end| of_trust.iter().any(|action| action.ends_with(end)))
    };
    let says = |name: &str| match name {
        name if by_action(name) => Some("the description names its action"),
        "addressing" if usable().any(|door| !door.addressing.is_empty()) => Some("its policy or its actions say so"),
        "tls" if usable().any(|door| door.url.starts_with("https://")) => Some("an endpoint is https"),
        "metadata" if found.mex => Some("it was asked"),
        name if usable().any(|door| door.claims.contains(name)) => Some("its policy says so"),
        _ => None,
    };
    text.push_str(
        "\n# What it offers. A case whose need is not listed is inapplicable, never passed. A description hardly ever\n\
         # names tokens and keys: uncomment what the service has.\nclaims = [\n",
    );
    let actions_known = !of_trust.is_empty();
    for known in &capabilities.0 {
        let name = &known.name.0;
        let is_action = ACTIONS.iter().any(|(_, of)| of == name);
        match says(name) {
            Some(because) => {
                let _ = writeln!(text, "    {:<26} # {because}", format!("{},", quoted(name)));
            }
            None if known.assumed && !(is_action && actions_known) => {
                let _ =
                    writeln!(text, "    {:<26} # assumed, the description does not say", format!("{},", quoted(name)));
            }
            None => {
                let _ = writeln!(text, "    # {:<24} # {}", format!("{},", quoted(name)), one_line(&known.about));
            }
        }
    }
    text.push_str("]\n");
}

fn endpoints(found: &Found, text: &mut String) {
    text.push_str("\n# Where it is asked, by what the requestor shows.\n");
    for door in &found.doors {
        endpoint(door, text);
    }
}

fn endpoint(door: &Door, text: &mut String) {
    let mut lines = Vec::new();
    let mut notes: Vec<String> = vec![format!("port {}", door.names.join(", "))];
    notes.extend(door.usable.clone().err());
    notes.extend(door.beyond.iter().cloned());
    let mut credentials = list(door.credentials.iter().map(|credential| key(*credential)));
    if door.credentials.is_empty() && door.beyond.is_empty() {
        notes.push("it is not said what a requestor shows: a user name and a password are usual".to_owned());
        credentials = quoted("username");
    }
    lines.push("[[endpoint]]".to_owned());
    lines.push(format!("url         = {}", quoted(&door.url)));
    lines.push(format!("credentials = [{credentials}]"));
    for (name, values, all) in [
        ("soap", &door.soap, "\"1.2\", \"1.1\""),
        ("trust", &door.trust, "\"1.3\", \"2005/02\""),
        ("addressing", &door.addressing, "\"2005/08\", \"2004/08\""),
    ] {
        if values.is_empty() {
            lines.push(format!("# {name} = [{all}] # not in the description: all are asked"));
        } else {
            lines.push(format!("{name:<11} = [{}]", list(values.iter().map(String::as_str))));
        }
    }
    text.push('\n');
    for note in notes {
        let _ = writeln!(text, "# {}", one_line(&note));
    }
    for line in lines {
        let off = if door.usable.is_ok() || line.starts_with('#') { "" } else { "# " };
        let _ = writeln!(text, "{off}{line}");
    }
}

fn accounts(found: &Found, given: &Given, text: &mut String) {
    let shown: BTreeSet<Credential> = found
        .doors
        .iter()
        .filter(|door| door.usable.is_ok())
        .flat_map(|door| door.credentials.iter().copied())
        .collect();
    let signs = shown.contains(&Credential::X509) || given.identity.is_some();
    text.push_str(
        "\n# Who asks. Secrets never stand here: { env = \"NAME\" }, { file = \"PATH\" } or { command = [..] } leads to them.\n\
         [accounts.requestor]\n",
    );
    let user = given.user.as_deref().unwrap_or("the user's name");
    let fill_in = if given.user.is_some() { "" } else { " # to be filled in" };
    let password = given.password.as_deref().unwrap_or("{ env = \"STS_PASSWORD\" }");
    let _ = writeln!(text, "user     = {}{fill_in}\npassword = {password}", quoted(user));
    if let Some((certificate, key)) = &given.identity {
        let (certificate, key) = (quoted(certificate), quoted(key));
        let _ = writeln!(text, "certificate = {{ file = {certificate} }}\nkey         = {{ file = {key} }}");
    } else {
        let wanted = if signs { "wanted by an endpoint above" } else { "for endpoints that want a signature" };
        let _ = writeln!(
            text,
            "# certificate = {{ file = \"requestor.pem\" }} # {wanted}\n# key         = {{ file = \"requestor.key\" }}"
        );
    }
    text.push_str(
        "\n# The other party of a delegation (OnBehalfOf, ActAs).\n# [accounts.other]\n# user     = \"…\"\n\
         # password = { env = \"STS_OTHER_PASSWORD\" }\n",
    );
}

fn anchors(found: &Found, given: &Given, text: &mut String) {
    let tls = found.doors.iter().any(|door| door.usable.is_ok() && door.url.starts_with("https://"));
    text.push_str("\n# Whom and what to believe.\n[anchors]\n");
    match &given.tls_ca {
        Some(file) => {
            let _ = writeln!(text, "tls-ca = {{ file = {} }}", quoted(file));
        }
        None if tls => {
            text.push_str("# tls-ca = { file = \"ca.pem\" } # without it: the authorities that browsers trust\n");
        }
        None => {}
    }
    if given.signing.is_empty() {
        text.push_str(
            "# signing = [{ file = \"signing.pem\" }] # without it no signature of the service can be verified\n",
        );
    } else {
        let files: Vec<String> = given.signing.iter().map(|file| format!("{{ file = {} }}", quoted(file))).collect();
        let _ = writeln!(text, "signing = [{}]", files.join(", "));
    }
    text.push_str(
        "# relying-party-key = { file = \"relying-party.key\" } # opens the tokens for applies-to.encrypted\n",
    );
}

fn rest(given: &Given, text: &mut String) {
    let known = given.applies_to.as_deref().unwrap_or("https://rp.example.test/");
    let fill_in = if given.applies_to.is_some() { "" } else { " # to be filled in: a relying party that it knows" };
    let _ = write!(
        text,
        "\n# Relying parties by what the service knows of them.\n[applies-to]\nknown = {}{fill_in}\n\
         # other     = \"…\" # a second one\n# encrypted = \"…\" # one whose tokens are encrypted for it\n\
         # unknown   = \"https://unknown.example.test/\"\n\
         \n# [limits]\n# workers = 4\n# rate    = 50 # requests a second\n# timeout = \"30s\"\n\
         \n# What it is known to get wrong, each with the reason; a deviation that has gone fails the run.\n\
         # [[expected]]\n# requirement = \"wst.rstr.context-echo\"\n# verdict     = \"fail\"\n# reason      = \"…\"\n",
        quoted(known)
    );
}

fn key(credential: Credential) -> &'static str {
    match credential {
        Credential::None => "none",
        Credential::Username => "username",
        Credential::UsernameDigest => "username-digest",
        Credential::X509 => "x509",
        Credential::SamlBearer => "saml-bearer",
        Credential::SamlHolderOfKey => "saml-holder-of-key",
    }
}

fn list<'a>(values: impl Iterator<Item = &'a str>) -> String {
    values.map(quoted).collect::<Vec<_>>().join(", ")
}

/// A text as TOML writes it, on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in one_line(text).chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}
