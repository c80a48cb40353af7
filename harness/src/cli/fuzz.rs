//! `stsproof fuzz`: messages that nobody thought of, drawn, labelled, sent and judged.

mod repeat;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mock_sts::MockSts;
use mock_sts::token::algorithm::SignatureAlgorithm;

pub(super) use self::repeat::Repeat;
use super::run::{Output, Target, exit};
use super::{Data, Surroundings};
use crate::error::Error;
use crate::exchange::drive::{Exchanger, Options};
use crate::exchange::fresh::{Source, date_time};
use crate::exit::Exit;
use crate::observe::Observer;
use crate::profile::Profile;
use crate::random::campaign::{Campaign, Drive, Listen};
use crate::random::data;
use crate::random::draw::Drawer;
use crate::random::field::Field;
use crate::random::label::Label::{Accept, May, Reject};
use crate::random::part::{Identity, Part};
use crate::random::share::{Shard, Share};
use crate::random::{outcome, shrink};
use crate::shell::quoted;
use crate::suite::Suite;
use crate::verdict;

/// Send generated messages and say what was answered otherwise than it must be; without a target, to the bundled mock
#[derive(Debug, Clone, Args)]
pub struct Fuzz {
    /// Where the data comes from.
    #[command(flatten)]
    pub data: Data,
    /// What is tested.
    #[command(flatten)]
    pub target: Target,
    /// How many scripts
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..))]
    pub count: u64,
    /// Stop after so many seconds, whatever is left
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub time: Option<u64>,
    /// What the scripts are drawn from: the same number draws the same scripts
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "explore")]
    pub seed: u64,
    /// Draw from a new seed, which is printed
    #[arg(long)]
    pub explore: bool,
    /// Do only share I of N, for several machines; `stsproof merge` puts the shares together
    #[arg(long, value_name = "I/N", conflicts_with = "explore")]
    pub shard: Option<Shard>,
    /// Keep the state in this folder, and go on where it stopped
    #[arg(long, value_name = "DIR")]
    pub resume: Option<PathBuf>,
    /// What is written.
    #[command(flatten)]
    pub output: Output,
}

/// Runs the verb.
pub fn fuzz(arguments: &Fuzz, around: &Surroundings<'_>, out: &mut dyn Write) -> Result<Exit, Error> {
    let source = arguments.data.source();
    let suite = Suite::load(&source)?;
    let data = data::Data::load(&source, &suite)?;
    // The mock lives as long as the campaign. How it signs decides no verdict, and half of the time went into RSA.
    let mock = MockSts::builder().signature(SignatureAlgorithm::EcdsaSha256);
    let (profile, bundled) = arguments.target.profile_or(mock, &suite)?;
    may_be_attacked(&profile)?;
    let data = data.for_claims(&profile.claims);
    let target = arguments.target.open(&profile, around)?;
    let options = Options {
        workers: profile.limits.workers,
        rate: profile.limits.rate,
        requests: profile.limits.requests,
        timeout: profile.limits.timeout,
        source: Source::system(),
        with_secrets: false,
        callback_grace: Duration::ZERO,
    };
    let exchanger = Exchanger::new(&target, &suite.vocabulary, options.clone());
    let field = Field::new(&suite, &data, &target)?;
    let mut part = begin(arguments, &suite, &profile, &field, bundled.is_some())?;
    let drawer = Drawer::new(field.grounds(), &data, part.identity.seed);
    let started = date_time(options.source.of("start").now());
    let drive = Drive {
        workers: options.workers,
        time: arguments.time.map(Duration::from_secs),
        patience: PATIENCE,
        source: options.source.clone(),
    };
    let campaign = Campaign::begin(&field, &exchanger, drive);
    let bar = Bar::new(around.interactive, arguments.count);
    let keep = |part: &Part| arguments.resume.as_ref().map_or(Ok(()), |folder| part.write(folder));
    let begun = part.tally.drawn;
    if campaign.blocked().count() == field.grounds().len() {
        let because = campaign.blocked().next().map_or("", |(_, because)| because);
        part.halted = Some(format!("no golden request is accepted: {because}"));
    } else {
        campaign.run(&drawer, &mut part, &bar, &mut { keep })?;
        if part.halted.is_none() {
            shrink::shrink(&campaign, &mut part);
        }
    }
    bar.finish();
    keep(&part)?;

    let with = outcome::suite_with(&part.small, &source, &suite, &data)?;
    let observer = Observer::new(&with, &target);
    let judged = verdict::Target {
        name: profile.name.clone(),
        url: profile.endpoints.first().map(|endpoint| endpoint.url.clone()).unwrap_or_default(),
        again: again(arguments, &part),
    };
    let mut run = outcome::run(&part, &with, &profile, Some((&exchanger, &observer)), judged, started);
    repeat(arguments, &part).note(&part, &mut run);
    arguments.output.write(&run, around, out)?;
    if arguments.output.takes_asides() {
        told(&part, begun, bar.seconds(), out)?;
        if profile.bait().is_none() {
            writeln!(out, "no account of the profile is a `bait`: nothing was done to names and passwords")?;
        }
    }
    conflicts(&part)?;
    Ok(exit(&run))
}

/// How long a target that went away may take to come back: a service that somebody looks after is soon there again.
const PATIENCE: Duration = Duration::from_secs(5);

/// A label conflict is a mistake of ours: nothing that the campaign says can be trusted then.
pub(super) fn conflicts(part: &Part) -> Result<(), Error> {
    match part.conflicts.iter().next() {
        None => Ok(()),
        Some((number, conflict)) => {
            let cause = format!("{} label conflicts; the first is script {number}: {conflict}", part.conflicts.len());
            Err(Error::Bug { cause })
        }
    }
}

/// Generated messages go to this machine only, unless the profile says that the user owns the target.
fn may_be_attacked(profile: &Profile) -> Result<(), Error> {
    match profile.outside() {
        Some(outside) if !profile.owned => Err(Error::usage(
            format!("generated messages are not sent to {outside}, which is not this machine"),
            "say `owned = true` in the profile if the service is yours to attack",
        )),
        _ => Ok(()),
    }
}

/// The campaign, or where it stopped.
fn begin(
    arguments: &Fuzz,
    suite: &Suite,
    profile: &Profile,
    field: &Field<'_>,
    is_bundled: bool,
) -> Result<Part, Error> {
    let shard = arguments.shard.unwrap_or(Shard::WHOLE);
    let known = arguments.resume.as_deref().map(Part::read).transpose()?.flatten();
    let seed = match (&known, arguments.explore) {
        (Some(known), true) => known.identity.seed,
        (None, true) => u64::from(u32::from_be_bytes(Source::system().of("explore").bytes())),
        (_, false) => arguments.seed,
    };
    // The bundled mock is the same wherever it listens; any other address may be another service.
    let urls = profile.endpoints.iter().map(|endpoint| endpoint.url.as_str()).filter(|_| !is_bundled);
    let identity = Identity::new(suite, &profile.name, field, seed).at(urls);
    match known {
        None => Ok(Part::new(identity, shard, arguments.count)),
        Some(mut known) if known.identity == identity && matches!(&*known.shares, [share] if share.shard == shard) => {
            // More may be asked of a campaign than it had, never less than it has done.
            known.count = known.shares.iter().map(Share::end).fold(arguments.count, u64::max);
            Ok(known)
        }
        Some(_) => Err(Error::usage(
            "the folder holds another campaign: another target or address, seed, share, program or data, or the target claims something else",
            "name another folder with `--resume`, or repeat the arguments of the campaign that it holds",
        )),
    }
}

/// The command that sends the same messages again. A folder of `--resume` is not a part of it: there they are done.
fn again(arguments: &Fuzz, part: &Part) -> String {
    let target = arguments.target.again();
    let target = target.strip_prefix("stsproof run").unwrap_or_default();
    let cases = arguments.data.folder.as_ref().map(|folder| quoted(&folder.display().to_string()));
    let cases = cases.map(|folder| format!(" --cases {folder}")).unwrap_or_default();
    let shard = arguments.shard.map(|Shard { index, of }| format!(" --shard {index}/{of}")).unwrap_or_default();
    format!("stsproof fuzz{target}{cases} --seed {} --count {}{shard}", part.identity.seed, arguments.count)
}

/// How what was found is asked again. A campaign that was kept nowhere is drawn once more, into a folder.
fn repeat<'a>(arguments: &'a Fuzz, part: &Part) -> Repeat<'a> {
    let kept = arguments.resume.clone();
    Repeat {
        keep: kept.is_none().then(|| format!("{} --resume found", again(arguments, part))),
        folder: kept.unwrap_or_else(|| "found".into()),
        cases: arguments.data.folder.as_deref(),
        run: arguments.target.again(),
    }
}

/// The campaign in numbers, and its buckets.
pub(super) fn told(part: &Part, begun: u64, seconds: f64, out: &mut dyn Write) -> Result<(), Error> {
    let tally = &part.tally;
    let of = |label| tally.sent.get(&label).copied().unwrap_or(0);
    writeln!(
        out,
        "\nseed {}: {} scripts, {} messages: {} must be refused, {} may be accepted ({} were), {} must be accepted; {} found nothing to do",
        part.identity.seed,
        tally.drawn,
        tally.messages(),
        of(Reject),
        of(May),
        tally.accepted,
        of(Accept),
        tally.void
    )?;
    if seconds > 0.0 && tally.drawn > begun {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = (tally.drawn - begun) as f64 / seconds;
        writeln!(out, "{seconds:.1} s, {rate:.0} scripts a second")?;
    }
    if tally.dropped > 0 {
        writeln!(
            out,
            "{} connections broke as they were used again; what was to be sent was made and sent anew",
            tally.dropped
        )?;
    }
    for (signature, bucket) in &part.buckets.0 {
        writeln!(
            out,
            "bucket {}: {} that {} ({}), first script {}",
            signature.oracle.key(),
            bucket.count,
            signature.label.words(),
            crate::report::harmless(&signature.fingerprint),
            bucket.first
        )?;
    }
    for small in &part.small {
        let reliable = if small.repeats == 3 { "" } else { ", not each time" };
        let length = small.failing.script.len();
        writeln!(out, "  {}: {length} operators, failed {} of 3 times{reliable}", small.name, small.repeats)?;
    }
    Ok(())
}

/// How far the campaign has come, its rate, and how many buckets there are.
struct Bar {
    bar: ProgressBar,
    since: std::sync::Mutex<Duration>,
}

impl Bar {
    fn new(interactive: bool, count: u64) -> Self {
        let target = if interactive { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(count), target);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, since: std::sync::Mutex::default() }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn seconds(&self) -> f64 {
        self.since.lock().unwrap_or_else(std::sync::PoisonError::into_inner).as_secs_f64()
    }
}

impl Listen for Bar {
    fn block(&self, part: &Part, since: Duration) {
        *self.since.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = since;
        self.bar.set_position(part.shares[0].next);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = part.tally.drawn as f64 / since.as_secs_f64().max(0.001);
        let conflicts = if part.conflicts.is_empty() {
            String::new()
        } else {
            format!(", {} label conflicts", part.conflicts.len())
        };
        self.bar.set_message(format!("{rate:.0}/s, {} buckets{conflicts}", part.buckets.0.len()));
    }
}
