//! The bundled mock as the target: started on a free port and asked over a real socket like any other.

use mock_sts::{Builder, MockSts};

use crate::error::Error;
use crate::profile::Profile;
use crate::suite::Suite;

/// A running mock; it stops when this is dropped.
pub(in crate::cli) struct Mock(MockSts);

impl Mock {
    /// Starts it on a free port of the loopback interface, with a third user who may be locked out.
    pub(super) fn start(with: Builder) -> Result<Self, Error> {
        let mock = with.user("mouse", "cheese").start_blocking().map_err(|error| {
            Error::set_up("the bundled mock", error.to_string(), "see whether programs may listen on 127.0.0.1 here")
        })?;
        Ok(Self(mock))
    }

    /// Its profile, with the addresses that it got.
    pub(super) fn profile(&self, suite: &Suite) -> Result<Profile, Error> {
        let mut profile = Profile::bundled(suite)?;
        profile.bind(&self.0.url(), &self.0.tls_url());
        Ok(profile)
    }
}
