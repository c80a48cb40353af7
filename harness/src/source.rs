//! Where the data comes from: the binary itself, or a folder that somebody works on.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A place that holds cases, rules, requirements, vocabulary, capabilities and profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// What the binary carries.
    Embedded,
    /// A folder of the same shape.
    Folder {
        /// Where it is.
        root: PathBuf,
        /// What messages call it.
        shown: String,
    },
}

/// One file of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Below the root, with `/` between its parts.
    pub path: String,
    /// Content.
    pub bytes: Cow<'static, [u8]>,
}

impl Source {
    /// The folder if one is named, otherwise what the binary carries.
    pub fn new(folder: Option<&Path>) -> Self {
        match folder {
            Some(root) => Self::Folder { root: root.to_owned(), shown: root.display().to_string() },
            None => Self::Embedded,
        }
    }

    /// The path of a file as messages give it.
    pub fn shown(&self, path: &str) -> String {
        match self {
            Self::Embedded => format!("cases/{path}"),
            Self::Folder { shown, .. } => format!("{}/{path}", shown.trim_end_matches('/')),
        }
    }

    /// All files, sorted by path.
    pub fn files(&self) -> Result<Vec<File>, Error> {
        let mut files: Vec<File> = match self {
            Self::Embedded => stsproof_cases::files()
                .into_iter()
                .map(|(path, bytes)| File { path: path.to_owned(), bytes: Cow::Borrowed(bytes) })
                .collect(),
            Self::Folder { root, .. } => {
                let mut files = Vec::new();
                walk(root, "", &mut files)?;
                files
            }
        };
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }
}

/// One name for the content of all files, for reports.
pub fn digest(files: &[File]) -> String {
    stsproof_cases::digest(files.iter().map(|file| (file.path.as_str(), &*file.bytes)))
}

fn walk(root: &Path, below: &str, files: &mut Vec<File>) -> Result<(), Error> {
    let folder = root.join(below);
    let trouble = |path: &Path, error: std::io::Error| {
        Error::usage(
            format!("{}: {error}", path.display()),
            "`--cases` takes a folder such as the one that `stsproof export DIR` writes",
        )
    };
    for entry in fs::read_dir(&folder).map_err(|error| trouble(&folder, error))? {
        let entry = entry.map_err(|error| trouble(&folder, error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            if !matches!(path.as_str(), "src" | "target") && !path.starts_with('.') {
                walk(root, &path, files)?;
            }
        } else if stsproof_cases::is_data(&path) {
            let bytes = fs::read(entry.path()).map_err(|error| trouble(&entry.path(), error))?;
            files.push(File { path, bytes: Cow::Owned(bytes) });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_embedded_is_what_stands_in_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
        let folder = Source::new(Some(&root)).files().expect("the folder can be read");
        let embedded = Source::Embedded.files().expect("the binary carries its data");
        assert_eq!(digest(&folder), digest(&embedded));
    }
}
