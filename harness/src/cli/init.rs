//! `stsproof init URL`: from the address of a service to a profile with which `run` works.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::Data;
use crate::discover::{self, Found, Given, Means};
use crate::error::Error;
use crate::exchange::fresh::{Source, date_time};
use crate::exchange::tls::{self, TlsOptions};
use crate::problem::Text;
use crate::profile::Profile;
use crate::suite::Suite;

/// Write a profile from what a service publishes about itself (WSDL or WS-MetadataExchange)
#[derive(Debug, Clone, Default, Args)]
pub struct Init {
    /// Where the data comes from.
    #[command(flatten)]
    pub data: Data,
    /// The address of the service, or of its WSDL; several where each kind of credential has its own
    #[arg(value_name = "URL", required = true)]
    pub urls: Vec<String>,
    /// The file to write; without it, standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "output")]
    pub force: bool,
    /// The requestor's user name
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The environment variable that will hold the password
    #[arg(long, value_name = "VARIABLE", conflicts_with = "password_file")]
    pub password_env: Option<String>,
    /// The file that holds the password
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The requestor's certificate, PEM
    #[arg(long, value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// The private key of that certificate, PEM
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// A relying party that the service knows
    #[arg(long, value_name = "URI")]
    pub applies_to: Option<String>,
    /// The authority of its TLS certificate, PEM
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The certificate that its tokens are signed with, PEM; may be repeated
    #[arg(long, value_name = "FILE")]
    pub signing_certificate: Vec<PathBuf>,
    /// Accept any TLS certificate: only to find out what is wrong with one
    #[arg(long)]
    pub insecure: bool,
    /// How many seconds one answer may take
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub timeout: u64,
}

/// Runs the verb.
pub fn init(arguments: &Init, out: &mut impl Write) -> Result<(), Error> {
    let suite = Suite::load(&arguments.data.source())?;
    if let Some(file) = arguments.output.as_ref().filter(|file| file.exists() && !arguments.force) {
        let cause = format!("{}: the file exists", file.display());
        return Err(Error::usage(cause, "name another file, or `--force` to replace it"));
    }
    let means = Means { tls: arguments.tls()?, timeout: Duration::from_secs(arguments.timeout) };
    let mut found: Option<Found> = None;
    for url in &arguments.urls {
        let more = discover::discover(url, means.clone())?;
        found = Some(match found {
            Some(found) => found.and(more),
            None => more,
        });
    }
    let Some(found) = found else { return Ok(()) }; // The command line has at least one.
    let text = discover::profile(&found, &arguments.given()?, &suite.capabilities);
    let folder = arguments.output.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let name = arguments.output.as_ref().map_or("the profile".to_owned(), |file| file.display().to_string());
    if found.doors.iter().any(|door| door.usable.is_ok()) {
        // What cannot be read again is a mistake of ours, and must not be found by the next command.
        Profile::read(Text { name, text: text.clone() }, folder, &suite)
            .map_err(|error| Error::Bug { cause: format!("the profile that was written cannot be read: {error}") })?;
    }
    let Some(file) = &arguments.output else { return Ok(out.write_all(text.as_bytes())?) };
    let trouble = |error: std::io::Error| {
        Error::set_up(file.display().to_string(), error.to_string(), "name a file in a folder that can be written")
    };
    std::fs::write(file, text).map_err(trouble)?;
    told(&found, file, out)
}

/// What was found, and what to do next.
fn told(found: &Found, file: &Path, out: &mut impl Write) -> Result<(), Error> {
    let usable = found.doors.iter().filter(|door| door.usable.is_ok()).count();
    let sources = crate::report::one_line(&found.sources.join(", "));
    writeln!(out, "{}: {} from {sources}", file.display(), endpoints(usable))?;
    let off = found.doors.len() - usable;
    if off > 0 {
        writeln!(out, "{} commented out, with the reason", endpoints(off))?;
    }
    Ok(writeln!(out, "read it through, then: stsproof run --profile {}", file.display())?)
}

fn endpoints(number: usize) -> String {
    if number == 1 { "1 endpoint".to_owned() } else { format!("{number} endpoints") }
}

impl Init {
    fn given(&self) -> Result<Given, Error> {
        let password = match (&self.password_env, &self.password_file) {
            (Some(variable), _) => Some(format!("{{ env = {variable:?} }}")),
            (None, Some(file)) => Some(format!("{{ file = {:?} }}", self.beside(file)?)),
            (None, None) => None,
        };
        let identity = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Some((self.beside(certificate)?, self.beside(key)?)),
            _ => None,
        };
        let now = date_time(Source::system().of("init").now());
        Ok(Given {
            day: now.chars().take(10).collect(),
            user: self.user.clone(),
            password,
            identity,
            applies_to: self.applies_to.clone(),
            tls_ca: self.ca.as_ref().map(|file| self.beside(file)).transpose()?,
            signing: self.signing_certificate.iter().map(|file| self.beside(file)).collect::<Result<_, _>>()?,
        })
    }

    /// A file as the profile names it: paths in a profile start at its own folder.
    fn beside(&self, file: &Path) -> Result<String, Error> {
        let folder = self.output.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        if folder.as_os_str().is_empty() {
            return Ok(file.display().to_string());
        }
        if let Ok(within) = file.strip_prefix(folder) {
            return Ok(within.display().to_string());
        }
        let absolute = std::path::absolute(file)
            .map_err(|error| Error::set_up(file.display().to_string(), error.to_string(), "give its whole path"))?;
        Ok(absolute.display().to_string())
    }

    fn tls(&self) -> Result<std::sync::Arc<rustls::ClientConfig>, Error> {
        let read = |file: &PathBuf| {
            std::fs::read_to_string(file).map_err(|error| Error::input(file.display(), error, "name a PEM file"))
        };
        let roots = self.ca.as_ref().map(read).transpose()?;
        let identity = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Some((read(certificate)?, read(key)?)),
            _ => None,
        };
        tls::config(&TlsOptions { roots, insecure: self.insecure, identity })
            .map_err(|cause| Error::input("TLS", cause, "give PEM files"))
    }
}
