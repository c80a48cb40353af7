//! The binary; everything it does is in `mock_sts::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    mock_sts::cli::main()
}
