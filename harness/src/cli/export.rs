//! `stsproof export DIR`: the data that the binary carries, as files to read and change.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Data;
use crate::error::Error;

/// Write the cases, rules and requirements into a folder
#[derive(Debug, Clone, Args)]
pub struct Export {
    /// Where the data comes from.
    #[command(flatten)]
    pub data: Data,
    /// The folder to write to; it is made if it does not exist
    pub dir: PathBuf,
    /// Write into a folder that is not empty; files of the same name are replaced
    #[arg(long)]
    pub force: bool,
}

/// Writes all files.
pub fn export(args: &Export, to: &mut impl Write) -> Result<(), Error> {
    let dir = &args.dir;
    let files = args.data.source().files()?;
    std::fs::create_dir_all(dir).map_err(|error| trouble(dir, &error))?;
    let mut there = std::fs::read_dir(dir).map_err(|error| trouble(dir, &error))?;
    if there.next().is_some() && !args.force {
        return Err(Error::usage(
            format!("{}: the folder is not empty", dir.display()),
            "name another folder, or `--force` to replace files of the same name",
        ));
    }
    for file in &files {
        let path = dir.join(&file.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| trouble(folder, &error))?;
        }
        std::fs::write(&path, &file.bytes).map_err(|error| trouble(&path, &error))?;
    }
    writeln!(to, "{} files in {}", files.len(), dir.display())?;
    Ok(writeln!(to, "`stsproof run --cases {}` uses them", dir.display())?)
}

fn trouble(path: &Path, error: &std::io::Error) -> Error {
    Error::set_up(path.display().to_string(), error.to_string(), "check that the place can be written to and has room")
}
