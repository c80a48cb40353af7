//! Ports of one address that want the same are one door: what a profile calls an endpoint.

use std::collections::BTreeSet;

use super::address::same_host;
use super::wsdl::Port;
use crate::case::model::Credential;
use crate::exchange::address::Address;

/// An address, and what is spoken and wanted there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The names of its ports.
    pub names: Vec<String>,
    /// Its address.
    pub url: String,
    /// What a requestor can show; empty where the description does not say.
    pub credentials: BTreeSet<Credential>,
    /// SOAP versions.
    pub soap: BTreeSet<String>,
    /// WS-Trust versions; empty where the description does not say.
    pub trust: BTreeSet<String>,
    /// WS-Addressing versions; empty where the description does not say.
    pub addressing: BTreeSet<String>,
    /// Capabilities that follow from its policies.
    pub claims: BTreeSet<&'static str>,
    /// What a run cannot do there, in words.
    pub beyond: BTreeSet<String>,
    /// Whether a run may use it as it stands.
    pub usable: Result<(), String>,
}

/// The doors of all ports; those that a run can use stand first.
pub(super) fn doors(ports: &[Port], asked: &str) -> Vec<Door> {
    let speaks_trust = |port: &Port| port.actions.iter().any(|action| trust_of(action).is_some());
    let any = ports.iter().any(speaks_trust);
    let mut doors: Vec<Door> = Vec::new();
    // Beside its tokens a service may offer other things.
    for port in ports.iter().filter(|port| !any || speaks_trust(port)) {
        let new = door(port, asked);
        let alike = |known: &&mut Door| {
            (&known.url, &known.credentials, &known.beyond, &known.usable, &known.addressing)
                == (&new.url, &new.credentials, &new.beyond, &new.usable, &new.addressing)
                // A version that only one of them speaks must not be asked for in the other's SOAP.
                && (known.soap == new.soap || known.trust == new.trust)
        };
        match doors.iter_mut().find(alike) {
            Some(known) => {
                known.names.extend(new.names);
                known.soap.extend(new.soap);
                known.trust.extend(new.trust);
                known.claims.extend(new.claims);
            }
            None => doors.push(new),
        }
    }
    doors.sort_by_key(|door| door.usable.is_err());
    doors
}

/// The version of WS-Trust that an action belongs to.
pub(super) fn trust_of(action: &str) -> Option<&'static str> {
    if action.starts_with("http://docs.oasis-open.org/ws-sx/ws-trust/200512/") {
        Some("1.3")
    } else if action.starts_with("http://schemas.xmlsoap.org/ws/2005/02/trust/") {
        Some("2005/02")
    } else {
        None
    }
}

fn door(port: &Port, asked: &str) -> Door {
    let owned = |values: &BTreeSet<&'static str>| values.iter().map(|value| (*value).to_owned()).collect();
    let by_action: BTreeSet<&'static str> = port.actions.iter().filter_map(|action| trust_of(action)).collect();
    Door {
        names: vec![port.name.clone()],
        url: port.address.clone(),
        credentials: port.facts.credentials.clone(),
        soap: [port.soap.to_owned()].into(),
        // An action says it outright; the namespace of the policy only belongs to a version.
        trust: owned(if by_action.is_empty() { &port.facts.trust } else { &by_action }),
        addressing: owned(&port.facts.addressing),
        claims: port.facts.claims.clone(),
        beyond: port.facts.beyond.clone(),
        usable: usable(port, asked),
    }
}

fn usable(port: &Port, asked: &str) -> Result<(), String> {
    let address = Address::parse(&port.address).map_err(|error| error.to_string())?;
    let asked = Address::parse(asked).map_err(|error| error.to_string())?;
    if !same_host(&asked, &address) {
        return Err("it is on another host than the one that was asked: use it only if it is yours".to_owned());
    }
    if asked.origin.tls && !address.origin.tls {
        return Err("it leads out of TLS, where the service was asked with it: use it only if nothing there is secret"
            .to_owned());
    }
    if port.facts.credentials.is_empty() && !port.facts.beyond.is_empty() {
        return Err("no credential that a run can show is enough here".to_owned());
    }
    Ok(())
}
