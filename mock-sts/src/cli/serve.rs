//! `mock-sts serve`.

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::Failure;
use crate::clock::Clock;
use crate::handle::{Builder, MockSts};
use crate::{keys, server, wrong};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Port for HTTP; 0 takes a free one
    #[arg(long, default_value_t = 0, env = "MOCK_STS_PORT")]
    port: u16,
    /// Port for HTTPS; 0 takes a free one
    #[arg(long, default_value_t = 0, env = "MOCK_STS_TLS_PORT")]
    tls_port: u16,
    /// Address to listen on
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST.into(), env = "MOCK_STS_LISTEN")]
    listen: IpAddr,
    /// Allows an address that others can reach; the mock's private keys are public
    #[arg(long, env = "MOCK_STS_EXPOSE")]
    expose: bool,
    /// Misbehaviour to start with, several with commas between them; `mock-sts wrong` lists them
    #[arg(long, value_name = "NAME", value_delimiter = ',', env = "MOCK_STS_WRONG")]
    wrong: Vec<wrong::Wrong>,
    /// One more user; alice:wonderland and bob:builder are always there
    #[arg(long = "user", value_name = "NAME:PASSWORD", value_parser = user)]
    users: Vec<(String, String)>,
    /// Stops the clock at this time, as 2026-01-01T12:00:00Z
    #[arg(long, value_name = "TIME", env = "MOCK_STS_CLOCK")]
    clock: Option<Timestamp>,
    /// Draws ids and keys from this number, so that answers can be repeated
    #[arg(long, value_name = "NUMBER", env = "MOCK_STS_SEED")]
    seed: Option<u64>,
    /// Writes the ready line here, too
    #[arg(long, value_name = "FILE", env = "MOCK_STS_READY_FILE")]
    ready_file: Option<PathBuf>,
}

/// Serves until SIGTERM or SIGINT.
pub(super) fn serve(options: Options, out: &mut impl Write) -> Result<(), Failure> {
    if !options.listen.is_loopback() && !options.expose {
        return Err(Failure::usage(format!(
            "--listen {}: others can reach this address, and the keys of the mock are public; add --expose if that is meant",
            options.listen
        )));
    }
    let mut builder = MockSts::builder().listen(options.listen).port(options.port).tls_port(options.tls_port);
    builder = options.wrong.into_iter().fold(builder, Builder::wrong);
    builder = options.users.into_iter().fold(builder, |builder, (name, password)| builder.user(name, password));
    builder = options.clock.into_iter().fold(builder, |builder, at| builder.clock(Clock::fixed(at)));
    builder = options.seed.into_iter().fold(builder, Builder::seed);
    server::block_on(async {
        // Listened for before the ready line is out: who reads it may stop us at once.
        let asked_to_stop = stop_signal().map_err(|error| Failure::failed(format!("signals: {error}")))?;
        let sts = builder.start_blocking().map_err(|error| Failure::failed(error.to_string()))?;
        announce(&sts, options.ready_file.as_deref(), out)?;
        asked_to_stop.await;
        Ok(())
    })
}

/// Ends when the process is asked to stop: SIGTERM, SIGINT or, where there are no signals, Ctrl-C.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

fn announce(sts: &MockSts, file: Option<&Path>, out: &mut impl Write) -> Result<(), Failure> {
    let (http, https) = (sts.url(), sts.tls_url());
    let ca = keys::CA.certificate;
    let ready = json!({ "ready": true, "http": http, "https": https, "ca": ca, "version": env!("CARGO_PKG_VERSION") });
    let line = format!("{ready}\n");
    if let Some(file) = file {
        write_whole(file, &line)
            .map_err(|error| Failure::failed(format!("--ready-file {}: {error}", file.display())))?;
    }
    out.write_all(line.as_bytes())?;
    Ok(out.flush()?)
}

/// Whoever waits for the file finds it whole.
fn write_whole(file: &Path, text: &str) -> io::Result<()> {
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".part");
    fs::write(&unfinished, text)?;
    fs::rename(&unfinished, file)
}

fn user(text: &str) -> Result<(String, String), &'static str> {
    let (name, password) = text.split_once(':').ok_or("a user is NAME:PASSWORD")?;
    if name.is_empty() {
        return Err("the name before the colon is missing");
    }
    Ok((name.to_owned(), password.to_owned()))
}
