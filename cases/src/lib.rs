//! The cases, rules and requirements of stsproof as data, embedded.
//!
//! Nothing here knows what the files mean; the crate `stsproof` reads them, from here or from a folder.

use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};

/// The version of the data; a case whose verdict can change for an unchanged target raises it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

static PACKAGE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR");

/// Every data file as a path below `cases/`, with `/` between its parts, and its bytes; sorted by path.
pub fn files() -> Vec<(&'static str, &'static [u8])> {
    let mut found = Vec::new();
    collect(&PACKAGE, &mut found);
    found.retain(|(path, _)| is_data(path));
    found.sort_unstable();
    found
}

/// Whether a path below `cases/` is data, and not a part of the crate that carries it.
pub fn is_data(path: &str) -> bool {
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    !hidden && !path.starts_with("src/") && !matches!(path, "Cargo.toml" | "Cargo.lock" | "build.rs")
}

/// One name for the content of some files in the given order, so that a report can tell which data it was made with.
pub fn digest<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut sum = Sha256::new();
    for (path, bytes) in files {
        // Lengths in front, so that no two different sets of files run together into the same bytes.
        for part in [path.as_bytes(), bytes] {
            sum.update((part.len() as u64).to_be_bytes());
            sum.update(part);
        }
    }
    let sum = sum.finalize();
    sum.iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn collect(dir: &'static Dir<'static>, found: &mut Vec<(&'static str, &'static [u8])>) {
    for file in dir.files() {
        if let Some(path) = file.path().to_str() {
            found.push((path, file.contents()));
        }
    }
    for below in dir.dirs() {
        collect(below, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_is_embedded_and_the_crate_itself_is_not() {
        let paths: Vec<_> = files().into_iter().map(|(path, _)| path).collect();
        assert!(paths.contains(&"vocabulary.toml"), "{paths:?}");
        assert!(!paths.iter().any(|path| path.contains("src/") || *path == "build.rs"), "{paths:?}");
    }

    #[test]
    fn a_byte_moved_from_one_file_to_the_next_changes_the_digest() {
        let one = digest([("a", b"xy".as_slice()), ("b", b"z")]);
        let other = digest([("a", b"x".as_slice()), ("b", b"yz")]);
        assert_ne!(one, other);
    }
}
