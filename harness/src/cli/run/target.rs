//! What is tested: a profile, an address with the few values that matter, or the bundled mock.

use std::path::PathBuf;

use clap::Args;
use mock_sts::{Builder, MockSts};

use super::mock::Mock;
use crate::case::model::Capability;
use crate::cli::Surroundings;
use crate::error::Error;
use crate::exchange::target::Target as Open;
use crate::profile::reference::{self, Reference};
use crate::profile::{Account, Profile};
use crate::shell::quoted;
use crate::suite::Suite;

/// What is tested, as it was typed.
#[derive(Debug, Clone, Default, Args)]
pub struct Target {
    /// The endpoint; without it and without --profile, the bundled mock is tested
    #[arg(value_name = "URL", conflicts_with = "profile")]
    pub url: Option<String>,
    /// A file that describes the target: endpoints, accounts, claims, certificates, expected deviations; or the name of a
    /// profile that the program carries, such as cxf
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// The account's user name
    #[arg(long, value_name = "NAME", requires = "url", conflicts_with = "profile")]
    pub user: Option<String>,
    /// The environment variable that holds its password
    #[arg(long, value_name = "VARIABLE", requires = "user", conflicts_with = "password_file")]
    pub password_env: Option<String>,
    /// The file that holds its password
    #[arg(long, value_name = "FILE", requires = "user")]
    pub password_file: Option<PathBuf>,
    /// A relying party that the target knows
    #[arg(long, value_name = "URI", requires = "url", conflicts_with = "profile")]
    pub applies_to: Option<String>,
    /// The authority of the target's TLS certificate, PEM
    #[arg(long, value_name = "FILE", requires = "url", conflicts_with = "profile")]
    pub ca: Option<PathBuf>,
    /// The certificate that its tokens are signed with, PEM; may be repeated
    #[arg(long, value_name = "FILE", requires = "url", conflicts_with = "profile")]
    pub signing_certificate: Vec<PathBuf>,
    /// Something that it offers, from `cases/capabilities.toml`; may be repeated
    #[arg(long, value_name = "CAPABILITY", requires = "url", conflicts_with = "profile")]
    pub claim: Vec<String>,
    /// Accept any TLS certificate: only to find out what is wrong with one
    #[arg(long)]
    pub insecure: bool,
    /// How many exchanges go on at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub workers: Option<u16>,
    /// At most so many requests a second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// At most so many requests in all
    #[arg(long, value_name = "N")]
    pub budget: Option<u64>,
    /// How many seconds one answer may take
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
}

impl Target {
    /// The profile that the arguments mean, and the mock if it is the target.
    pub(in crate::cli) fn profile(&self, suite: &Suite) -> Result<(Profile, Option<Mock>), Error> {
        self.profile_or(MockSts::builder(), suite)
    }

    /// The same with a mock of one's own choice.
    pub(in crate::cli) fn profile_or(&self, mock: Builder, suite: &Suite) -> Result<(Profile, Option<Mock>), Error> {
        let (mut profile, mock) = match (&self.profile, &self.url) {
            (Some(file), _) if file.as_os_str() != "mock" => (Profile::load(file, suite)?, None),
            (None, Some(url)) => (self.of_url(url, suite)?, None),
            (_, _) => {
                let mock = Mock::start(mock)?;
                (mock.profile(suite)?, Some(mock))
            }
        };
        let limits = &mut profile.limits;
        limits.workers = self.workers.unwrap_or(limits.workers);
        limits.rate = self.rate.or(limits.rate);
        limits.requests = self.budget.or(limits.requests);
        limits.timeout = self.timeout.map_or(limits.timeout, std::time::Duration::from_secs);
        Ok((profile, mock))
    }

    /// The target with every reference of its profile looked up.
    pub(in crate::cli) fn open(&self, profile: &Profile, around: &Surroundings<'_>) -> Result<Open, Error> {
        let folder = profile.folder.clone();
        let surroundings = reference::Surroundings { env: around.env, folder: &folder, bundled: &reference::published };
        Open::open(profile, &surroundings, self.insecure)
    }

    /// The command that tests the same target again.
    pub(in crate::cli) fn again(&self) -> String {
        let mut words = vec!["stsproof run".to_owned()];
        let mut add = |flag: &str, value: Option<String>| {
            words.extend(value.map(|value| [flag, &quoted(&value)].join(" ").trim().to_owned()));
        };
        let path = |path: &PathBuf| path.display().to_string();
        add("", self.url.clone());
        add("--profile", self.profile.as_ref().map(path));
        add("--user", self.user.clone());
        add("--password-env", self.password_env.clone());
        add("--password-file", self.password_file.as_ref().map(path));
        add("--applies-to", self.applies_to.clone());
        add("--ca", self.ca.as_ref().map(path));
        self.signing_certificate.iter().for_each(|file| add("--signing-certificate", Some(path(file))));
        self.claim.iter().for_each(|claim| add("--claim", Some(claim.clone())));
        add("--workers", self.workers.map(|number| number.to_string()));
        add("--rate", self.rate.map(|number| number.to_string()));
        add("--budget", self.budget.map(|number| number.to_string()));
        add("--timeout", self.timeout.map(|number| number.to_string()));
        words.extend(self.insecure.then(|| "--insecure".to_owned()));
        words.join(" ")
    }

    fn of_url(&self, url: &str, suite: &Suite) -> Result<Profile, Error> {
        let mut profile = Profile::for_url(url, suite)?;
        if let Some(user) = &self.user {
            let password = match (&self.password_env, &self.password_file) {
                (Some(variable), _) => Reference::Env(variable.clone()),
                (None, Some(file)) => Reference::File(file.clone()),
                (None, None) => {
                    return Err(Error::usage(
                        format!("`--user {user}` has no password"),
                        "name where it stands: `--password-env VARIABLE` or `--password-file FILE`",
                    ));
                }
            };
            profile.accounts.push(Account {
                name: user.clone(),
                user: Some(user.clone()),
                password: Some(password),
                certificate: None,
                key: None,
                subject: None,
                bait: false,
                key_is_rsa: None,
            });
        }
        if let Some(address) = &self.applies_to {
            profile.applies_to.known.clone_from(address);
        }
        profile.anchors.tls_ca = self.ca.clone().map(Reference::File);
        profile.anchors.signing = self.signing_certificate.iter().cloned().map(Reference::File).collect();
        for claim in &self.claim {
            if !suite.capabilities.has(claim) {
                let cause = format!("there is no capability `{claim}`");
                return Err(Error::usage(cause, suite.capabilities.remedy(claim)));
            }
            profile.claims.insert(Capability(claim.clone()));
        }
        if profile.accounts.is_empty() {
            return Err(Error::usage(
                "nobody is named who may ask, and without an account next to nothing is asked",
                "name one: `--user NAME` with `--password-env VARIABLE` or `--password-file FILE`; what asks by a \
                 certificate, or a service that knows no accounts, is described by a profile (`stsproof init URL`)",
            ));
        }
        Ok(profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_a_run_has_all_that_was_typed() {
        let target = Target {
            url: Some("https://sts.example.test/a b".to_owned()),
            insecure: true,
            rate: Some(5),
            timeout: Some(60),
            workers: Some(1),
            budget: Some(9),
            ..Target::default()
        };
        let again =
            "stsproof run 'https://sts.example.test/a b' --workers 1 --rate 5 --budget 9 --timeout 60 --insecure";
        assert_eq!(target.again(), again);
    }
}
