//! Writers: each takes a finished run and knows nothing of the others, of the network or of the suite.

mod compare;
mod html;
mod json;
mod junit;
mod markdown;
mod summary;
mod terminal;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
pub use compare::Comparison;
pub use json::{Unread, read, schema};
pub use terminal::{Style, write as write_terminal};

use crate::verdict::Run;

/// A form that a finished run can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// What the terminal shows, without colour.
    Text,
    /// Everything, for programs; described by `stsproof schema`.
    Json,
    /// For CI servers: a test suite per specification area, a test per case and rule.
    Junit,
    /// A summary for pull requests.
    Markdown,
    /// One page with all the evidence, for reading, printing and passing on.
    Html,
}

/// Of which cases a report that is read by people shows what went over the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Evidence {
    /// Of those about which something was found.
    #[default]
    Findings,
    /// Of every case that was sent.
    All,
}

/// A report that was asked for: `FORMAT=PATH`, with `-` for standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// In which form.
    pub format: Format,
    /// Where to; `None` is standard output.
    pub path: Option<PathBuf>,
}

impl Format {
    /// Every form by the name used on the command line.
    pub const ALL: [(&'static str, Self); 5] = [
        ("text", Self::Text),
        ("json", Self::Json),
        ("junit", Self::Junit),
        ("markdown", Self::Markdown),
        ("html", Self::Html),
    ];

    /// Writes a run in this form.
    pub fn write(self, run: &Run, evidence: Evidence, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text => terminal::write(run, Style::plain(), out),
            Self::Json => json::write(run, out),
            Self::Junit => junit::write(run, out),
            Self::Markdown => markdown::write(run, out),
            Self::Html => html::write(run, evidence, out),
        }
    }
}

impl Wanted {
    /// Writes the report where it was asked for. A file appears whole or not at all.
    pub fn write(&self, run: &Run, evidence: Evidence, standard_output: &mut dyn Write) -> io::Result<()> {
        self.deliver(standard_output, |out| self.format.write(run, evidence, out))
    }

    /// Puts what is written where it was asked for.
    pub fn deliver(
        &self,
        standard_output: &mut dyn Write,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        match &self.path {
            None => write(standard_output),
            Some(path) => {
                let mut bytes = Vec::new();
                write(&mut bytes)?;
                write_whole(path, &bytes)
            }
        }
    }
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = || Format::ALL.map(|(name, _)| name).join(", ");
        let (name, path) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` names no file: write FORMAT=PATH, with FORMAT one of {}", names()))?;
        let format = Format::ALL
            .iter()
            .find_map(|(known, format)| (*known == name).then_some(*format))
            .ok_or_else(|| format!("`{name}` is no report format: it is one of {}", names()))?;
        if path.is_empty() {
            return Err(format!("`{text}` names no file after the `=`: give a path, or `-` for standard output"));
        }
        Ok(Self { format, path: (path != "-").then(|| PathBuf::from(path)) })
    }
}

/// Text of a target as a reader may see it: without what would steer a terminal or turn the direction of writing.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

fn steers(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The same in one line.
pub(crate) fn one_line(text: &str) -> String {
    harmless(text).replace('\n', " ")
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("no folder {}: {error}", folder.display()));
        fs::create_dir_all(folder).map_err(named)?;
    }
    // A device, a pipe or a link is written to. Only a file of its own is replaced.
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return fs::OpenOptions::new().write(true).truncate(true).open(path)?.write_all(bytes);
    }
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".unfinished");
    let unfinished = path.with_file_name(name);
    fs::write(&unfinished, bytes)?;
    fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_report_is_asked_for_by_format_and_path() {
        let wanted: Wanted = "junit=out/report.xml".parse().expect("it is well-formed");
        assert_eq!(wanted, Wanted { format: Format::Junit, path: Some("out/report.xml".into()) });
    }

    #[rstest]
    #[case::no_path("json", "write FORMAT=PATH")]
    #[case::unknown_format("yaml=x", "one of text, json, junit, markdown, html")]
    #[case::empty_path("json=", "give a path")]
    fn a_wrong_request_says_how_to_write_it(#[case] text: &str, #[case] remedy: &str) {
        let error = text.parse::<Wanted>().expect_err("it is wrong");
        assert!(error.contains(remedy), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_written_to_and_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let (real, link) = (folder.path().join("real"), folder.path().join("report.json"));
        fs::write(&real, "something longer than what comes").expect("a file");
        std::os::unix::fs::symlink(&real, &link).expect("a link");
        write_whole(&link, b"{}").expect("it can be written to");
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
        assert_eq!(fs::read(&real).expect("it is there"), b"{}");
        write_whole(Path::new("/dev/null"), b"{}").expect("it can be written to");
        assert!(!fs::metadata("/dev/null").expect("it is there").is_file());
    }
}
