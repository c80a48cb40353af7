//! What the tests of the whole path share: the suite, the bundled mock under a fixed clock, and one run against it.

use std::ops::ControlFlow;
use std::sync::LazyLock;
use std::time::Duration;

use mock_sts::MockSts;
use mock_sts::clock::Clock;
use stsproof::exchange::drive::{Exchanger, Observe, Options};
use stsproof::exchange::fresh::Source as Fresh;
use stsproof::exchange::target::Target;
use stsproof::exchange::transcript::Transcript;
use stsproof::plan::{Planned, plan};
use stsproof::profile::Profile;
use stsproof::profile::reference::{self, Surroundings};
use stsproof::run::canary_step;
use stsproof::source::Source;
use stsproof::suite::Suite;
use stsproof::verdict::{self, Run, Setting};

/// The suite that the binary carries.
pub(crate) static SUITE: LazyLock<Suite> = LazyLock::new(|| {
    Suite::load(&Source::new(None)).unwrap_or_else(|error| panic!("the suite does not load: {error}"))
});

/// The profile of the bundled mock, without addresses.
pub(crate) static PROFILE: LazyLock<Profile> = LazyLock::new(|| {
    Profile::bundled(&SUITE).unwrap_or_else(|error| panic!("the mock's profile does not load: {error}"))
});

/// Everything that is planned against the bundled mock.
pub(crate) static PLAN: LazyLock<Vec<Planned<'static>>> = LazyLock::new(|| plan(&SUITE, &PROFILE));

/// The moment at which every test of the whole path happens.
const NOW: &str = "2026-01-15T12:00:00Z";

/// Starts the mock, wrong in the named ways, with the clock standing still.
pub(crate) fn mock(wrong: &str) -> MockSts {
    let mock = MockSts::builder()
        .clock(Clock::fixed(NOW.parse().expect("it is a time")))
        .seed(7)
        .user("mouse", "cheese")
        .start_blocking()
        .expect("a program may listen on loopback");
    if !wrong.is_empty() {
        mock.wrong(wrong).expect("the catalogue has the name");
    }
    mock
}

/// Asks the mock what is planned, with everything fresh standing still too, one case after the other.
pub(crate) fn ask(mock: &MockSts, planned: &[Planned<'_>], observe: &dyn Observe) -> Vec<Option<Transcript>> {
    let options = Options {
        workers: 1,
        rate: None,
        requests: None,
        timeout: PROFILE.limits.timeout,
        source: Fresh::fixed(7, NOW.parse().expect("it is a time")),
        with_secrets: false,
        callback_grace: Duration::ZERO,
    };
    let target = target(mock);
    Exchanger::new(&target, &SUITE.vocabulary, options).with_canary(canary_step(&SUITE)).run(
        planned,
        observe,
        &|_, _| ControlFlow::Continue(()),
    )
}

/// The mock as a target, with the keys that its profile names.
pub(crate) fn target(mock: &MockSts) -> Target {
    let mut profile = PROFILE.clone();
    profile.bind(&mock.url(), &mock.tls_url());
    let surroundings = Surroundings { env: &|_| None, folder: &profile.folder.clone(), bundled: &reference::published };
    Target::open(&profile, &surroundings, false).unwrap_or_else(|error| panic!("{error}"))
}

/// Judges what came back.
pub(crate) fn judge(planned: &[Planned<'_>], transcripts: &[Option<Transcript>]) -> Run {
    let setting = Setting {
        suite: &SUITE,
        target: verdict::Target {
            name: "mock-sts".to_owned(),
            url: "bundled:http".to_owned(),
            again: "stsproof run".to_owned(),
        },
        started: NOW.to_owned(),
        claims: &PROFILE.claims,
        expected: &[],
        halted: None,
    };
    verdict::judge(&setting, planned, transcripts, &[])
}
