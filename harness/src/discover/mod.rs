//! From an address to a profile: reads what a service publishes about itself, and writes down what a run must be told.
//!
//! ```text
//! address ─► documents ─► ports, each with what its policies say ─► doors ─► profile
//! ```
//!
//! What is read was written by a target: every step is bounded, and nothing leads to another host.

mod address;
mod doors;
mod fetch;
mod mex;
mod policy;
mod profile;
mod wsdl;

use std::sync::Arc;
use std::time::Duration;

pub use self::doors::Door;
pub use self::profile::{Given, profile};

use self::fetch::Fetcher;
use self::wsdl::Library;
use crate::error::Error;

/// What a service says about itself.
#[derive(Debug)]
pub struct Found {
    /// The address that was asked.
    pub url: String,
    /// Where the descriptions were found.
    pub sources: Vec<String>,
    /// Where it can be asked, and how.
    pub doors: Vec<Door>,
    /// The actions that its description names.
    pub actions: Vec<String>,
    /// Whether it answers a WS-MetadataExchange request.
    pub mex: bool,
}

/// How documents are asked for.
#[derive(Debug, Clone)]
pub struct Means {
    /// Whom a TLS connection trusts.
    pub tls: Arc<rustls::ClientConfig>,
    /// How long one answer may take.
    pub timeout: Duration,
}

/// Asks a service for its description: first for its WSDL, then by WS-MetadataExchange.
pub fn discover(url: &str, means: Means) -> Result<Found, Error> {
    let mut fetcher = Fetcher::new(url, means)?;
    let mut tried = Vec::new();
    let (mut library, mut source) = (Library::default(), None);
    for place in wsdl::places(url) {
        match fetcher.get(&place).and_then(|tree| library.take(tree, &place)) {
            Ok(()) => {
                source = Some(place);
                break;
            }
            Err(trouble) => tried.push(fetcher.unless_gone(trouble)?),
        }
    }
    let mut mex = false;
    for place in mex::places(url) {
        // Who has a WSDL says the same by the other way: that it does is worth knowing, what it says is not.
        let mut spare = Library::default();
        let into = if source.is_some() { &mut spare } else { &mut library };
        match mex::ask(&mut fetcher, &place, into) {
            Ok(()) => {
                mex = true;
                source.get_or_insert(place);
                break;
            }
            Err(troubles) if source.is_none() => {
                for trouble in troubles {
                    tried.push(fetcher.unless_gone(trouble)?);
                }
            }
            Err(_) => {}
        }
    }
    let Some(source) = source else { return Err(nothing(url, &tried)) };
    tried.extend(library.follow(&mut fetcher));
    let ports = library.ports();
    let doors = doors::doors(&ports, url);
    if doors.is_empty() {
        tried.push(format!("{source}: it describes no port that speaks SOAP over HTTP"));
        return Err(nothing(url, &tried));
    }
    let mut actions: Vec<String> = ports.iter().flat_map(|port| port.actions.clone()).collect();
    actions.sort();
    actions.dedup();
    Ok(Found { url: url.to_owned(), sources: vec![source], doors, actions, mex })
}

impl Found {
    /// Adds what another address of the same service says.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.sources.extend(other.sources);
        self.doors.extend(other.doors);
        self.doors.sort_by_key(|door| door.usable.is_err());
        self.actions.extend(other.actions);
        self.mex |= other.mex;
        self
    }
}

fn nothing(url: &str, tried: &[String]) -> Error {
    // The same way may have been tried in two versions of SOAP.
    let mut tried: Vec<String> = tried.iter().map(|one| format!("\n    {}", crate::report::one_line(one))).collect();
    tried.dedup();
    Error::set_up(
        url,
        format!("no description of a service was found:{}", tried.concat()),
        "give the address at which the service publishes its WSDL or answers WS-MetadataExchange; \
         or write the profile by hand: `stsproof export DIR` brings DIR/profiles/mock.toml as an example",
    )
}
