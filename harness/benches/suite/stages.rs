//! A run, one stage after the other.

use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use mock_sts::MockSts;
use mock_sts::clock::Clock;
use stsproof::exchange::address::Address;
use stsproof::exchange::drive::{Blind, Exchanger, Observe, Options};
use stsproof::exchange::fresh::Source as Fresh;
use stsproof::exchange::http;
use stsproof::exchange::target::Target;
use stsproof::exchange::transcript::Transcript;
use stsproof::observe::Observer;
use stsproof::plan::{Planned, plan};
use stsproof::profile::Profile;
use stsproof::profile::reference::{self, Surroundings};
use stsproof::report::{Evidence, Format};
use stsproof::source::Source;
use stsproof::suite::Suite;
use stsproof::verdict::{self, Setting};

/// Time stands still, so that messages made once can be sent again.
const NOW: &str = "2026-01-15T12:00:00Z";

/// What a [`Round`] times, in its order.
pub(crate) const NAMES: [&str; 5] =
    ["start the mock", "ask", "ask, looking at what comes", "judge", "report as text and JSON"];
const ASK: usize = 2;
const JUDGE: usize = 3;

/// What every round has in common.
pub(crate) struct Setup {
    suite: Suite,
    profile: Profile,
    pub(crate) reading: Duration,
    pub(crate) planning: Duration,
}

/// How long each stage took.
pub(crate) struct Round(pub(crate) [Duration; NAMES.len()]);

impl Round {
    /// What it takes to have verdicts.
    pub(crate) fn asked_and_judged(&self) -> Duration {
        self.0[ASK] + self.0[JUDGE]
    }
}

impl Setup {
    pub(crate) fn new() -> Self {
        let (reading, suite) = timed(|| Suite::load(&Source::new(None)).unwrap_or_else(|error| panic!("{error}")));
        let profile = Profile::bundled(&suite).unwrap_or_else(|error| panic!("{error}"));
        let (planning, _) = timed(|| plan(&suite, &profile));
        Self { suite, profile, reading, planning }
    }

    pub(crate) fn workers(&self) -> u16 {
        self.profile.limits.workers
    }

    /// Every stage once, each on its own.
    pub(crate) fn round(&self) -> Round {
        let planned = self.planned();
        let blind = mock();
        let (asking, _) = timed(|| self.ask(&self.target(&blind), &planned, &Blind, false));
        let (starting, mock) = timed(mock);
        let target = self.target(&mock);
        let observer = Observer::new(&self.suite, &target);
        let (looking, transcripts) = timed(|| self.ask(&target, &planned, &observer, false));
        let setting = Setting {
            suite: &self.suite,
            target: verdict::Target { name: String::new(), url: mock.url(), again: String::new() },
            started: NOW.to_owned(),
            expected: &[],
            claims: &self.profile.claims,
            halted: None,
        };
        let (judging, run) = timed(|| verdict::judge(&setting, &planned, &transcripts, &[]));
        let (reporting, ()) = timed(|| {
            Format::Text.write(&run, Evidence::Findings, &mut io::sink()).expect("a sink takes all");
            Format::Json.write(&run, Evidence::Findings, &mut io::sink()).expect("a sink takes all");
        });
        Round([starting, asking, looking, judging, reporting])
    }

    /// Every message of a round, as it goes over the wire.
    pub(crate) fn messages(&self) -> Vec<Vec<u8>> {
        let mock = mock();
        let transcripts = self.ask(&self.target(&mock), &self.planned(), &Blind, true);
        let exchanges = transcripts.iter().flatten().flat_map(|transcript| &transcript.exchanges);
        let written = exchanges.map(|exchange| {
            let address = Address::parse(&exchange.request.url).expect("it was asked");
            http::write(&exchange.request, &address.target)
        });
        written.collect()
    }

    /// What a plain load generator can send, too: without TLS.
    fn planned(&self) -> Vec<Planned<'_>> {
        let mut planned = plan(&self.suite, &self.profile);
        planned.retain(|planned| planned.inapplicable.is_none() && !planned.case.needs_tls());
        planned
    }

    fn target(&self, mock: &MockSts) -> Target {
        let mut profile = self.profile.clone();
        profile.bind(&mock.url(), &mock.tls_url());
        let surroundings = Surroundings { env: &|_| None, folder: &profile.folder, bundled: &reference::published };
        Target::open(&profile, &surroundings, false).unwrap_or_else(|error| panic!("{error}"))
    }

    fn ask(
        &self,
        target: &Target,
        planned: &[Planned<'_>],
        observe: &dyn Observe,
        with_secrets: bool,
    ) -> Vec<Option<Transcript>> {
        let options = Options {
            workers: self.workers(),
            rate: None,
            requests: None,
            timeout: self.profile.limits.timeout,
            source: Fresh::fixed(7, now()),
            with_secrets,
            callback_grace: Duration::ZERO,
        };
        let exchanger = Exchanger::new(target, &self.suite.vocabulary, options);
        exchanger.run(planned, observe, &|_, _| ControlFlow::Continue(()))
    }
}

/// A mock that has not been asked anything.
pub(crate) fn mock() -> MockSts {
    MockSts::builder().clock(Clock::fixed(now())).seed(7).start_blocking().expect("a free port")
}

fn now() -> jiff::Timestamp {
    NOW.parse().expect("it is a time")
}

fn timed<T>(task: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let done = task();
    (begun.elapsed(), done)
}
