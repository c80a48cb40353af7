//! The folder with one file for each case, variant and step.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::view;
use crate::exchange::transcript::{Outcome, Transcript};

/// A folder of snapshots, and whether changes are taken over.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    accept: bool,
}

/// How an answer differs from the one on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The first of its kind, now on disk.
    New {
        /// Which snapshot.
        name: String,
    },
    /// Different from the one on disk.
    Changed {
        /// Which snapshot.
        name: String,
        /// The difference, line by line.
        difference: String,
        /// Whether the new one was taken over.
        accepted: bool,
    },
}

impl Store {
    /// A folder; with `accept`, an answer that differs replaces the one on disk.
    pub fn new(folder: &Path, accept: bool) -> Self {
        Self { folder: folder.to_owned(), accept }
    }

    /// Compares the answers of one case with those on disk and keeps the new ones.
    pub fn compare(&self, transcript: &Transcript, variant: &str) -> io::Result<Vec<Change>> {
        let mut changes = Vec::new();
        for exchange in &transcript.exchanges {
            let Outcome::Answered(answer) = &exchange.outcome else { continue };
            let name = name_of(&transcript.case.0, variant, &exchange.step, transcript.exchanges.len() > 1);
            changes.extend(self.compare_one(name, &view::of_answer(answer))?);
        }
        Ok(changes)
    }

    fn compare_one(&self, name: String, now: &str) -> io::Result<Option<Change>> {
        let path = self.folder.join(format!("{name}.snap"));
        match fs::read_to_string(&path) {
            Ok(before) if before == now => Ok(None),
            Ok(before) => {
                if self.accept {
                    write(&path, now)?;
                }
                let difference = TextDiff::from_lines(before.as_str(), now)
                    .unified_diff()
                    .context_radius(2)
                    .header("before", "now")
                    .to_string();
                Ok(Some(Change::Changed { name, difference, accepted: self.accept }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                write(&path, now)?;
                Ok(Some(Change::New { name }))
            }
            Err(error) => Err(error),
        }
    }
}

/// The file of a snapshot below its folder, without extension: `issue/minimal@soap=1.1,trust=1.3`.
fn name_of(case: &str, variant: &str, step: &str, several: bool) -> String {
    let variant = variant.replace('/', "-");
    let mut name = case.to_owned();
    if !variant.is_empty() {
        name.push('@');
        name.push_str(&variant);
    }
    if several {
        name.push('.');
        name.push_str(step);
    }
    name
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
