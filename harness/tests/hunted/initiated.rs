//! `stsproof init` that gets a hostile description of a service.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use stsproof::answers::Form;
use stsproof::cli::init::{Init, init};
use stsproof::cli::{Data, ended};
use stsproof::exit::Exit;
use stsproof::verdict::Verdict;
use tempfile::TempDir;

use crate::asked::{patience, steers};
use crate::door::{Clock, Door};
use crate::{Ended, figures};

/// No request of `init` takes longer than the time-out, and after some forty it stops by itself.
const LATEST: Duration = Duration::from_secs(60);

/// More than `init` asks: the requests that it allows itself.
const REQUESTS: usize = 40;

/// As much of the data as a profile is written from: the whole of it takes longer to read than most answers.
static DATA: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, bytes) in stsproof_cases::files() {
        if ["vocabulary.toml", "capabilities.toml"].contains(&path) {
            std::fs::write(folder.path().join(path), bytes).expect("the folder can be written");
        }
    }
    folder
});

/// Asks for a profile, and tells how that ends.
pub(crate) fn end(name: &str, form: &'static Form) -> Result<Ended, Failed> {
    let variant = crate::support::SUITE.vocabulary.default_variant();
    let door = Door::open(&Form { from: Some(form.from.unwrap_or(1)), ..form.clone() }, 1, &variant, Clock::Fixed);
    let folder = tempfile::tempdir()?;
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, mock_sts::keys::CA.certificate)?;
    let arguments = Init {
        data: Data { folder: Some(DATA.path().to_owned()) },
        urls: vec![if form.tls { door.tls_url.clone() } else { door.url.clone() }],
        user: Some("alice".into()),
        password_env: Some("STS_PASSWORD".into()),
        ca: form.tls.then_some(authority),
        timeout: patience(form),
        ..Init::default()
    };
    let (mut profile, mut told) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    let exit = ended(|| init(&arguments, &mut profile).map(|()| Exit::Done), &mut told, false);
    let took = begun.elapsed();
    figures::took(name, took);
    if took > LATEST {
        return Err(format!("it took {took:?}").into());
    }
    door.is_quiet(REQUESTS)?;
    let said = String::from_utf8(profile)? + &String::from_utf8(told)?;
    if said.contains(&door.canary) {
        return Err("the profile holds what is in a file of this machine".into());
    }
    if let Some(c) = said.chars().find(|c| steers(*c)) {
        return Err(format!("{c:?} reaches the terminal").into());
    }
    if said.contains("\n[accounts.evil]") {
        return Err("the service has written into the profile".into());
    }
    let verdict = match exit {
        Exit::Done if said.contains("# [[endpoint]]") || said.contains("#[[endpoint]]") => Verdict::Note,
        Exit::Done => Verdict::Pass,
        Exit::Usage | Exit::Incomplete => Verdict::Error,
        exit => return Err(format!("{exit:?}\n{said}").into()),
    };
    Ok(Ended { verdict, said })
}

/// What the mock publishes is read whole.
pub(crate) fn genuine_is_read() -> Result<(), Failed> {
    static GENUINE: LazyLock<Form> = LazyLock::new(Form::default);
    let ended = end("genuine description", &GENUINE)?;
    if ended.verdict == Verdict::Pass && ended.said.contains("[[endpoint]]") { Ok(()) } else { Err(ended.said.into()) }
}
