//! The built program in a process of its own, so that its memory can be seen.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use stsproof::answers::Form;

use crate::door::{Clock, Door};
use crate::{asked, figures};

/// What no run may need, whatever it is answered.
const MEMORY: u64 = 256 << 10;

/// How long it waits for one answer, and when it has to be over: it asks for a description some ten times.
const TIMEOUT: &str = "2";
const LATEST: Duration = Duration::from_secs(60);

/// Asks once more in a process of its own, and holds that to its bounds.
pub(crate) fn within_bounds(name: &str, form: &'static Form, asks_init: bool) -> Result<(), Failed> {
    let of_init = Form { asks: Some("issue/minimal".into()), ..Form::default() };
    let planned = asked::planned(if asks_init { &of_init } else { form })?;
    let door = Door::open(&Form { from: Some(1), ..form.clone() }, 1, &planned.variant, Clock::System);
    let mut command = Command::new(env!("CARGO_BIN_EXE_stsproof"));
    let case = planned.id();
    command.env("STS_PASSWORD", "wonderland").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.args(if asks_init { ["init", &door.url] } else { ["run", &door.url] });
    command.args(["--timeout", TIMEOUT, "--user", "alice", "--password-env", "STS_PASSWORD"]);
    command.args(["--applies-to", "https://rp.example.test/app"]);
    if !asks_init {
        command.args(["--case", &case, "--report", "html=/dev/null"]);
    }
    let begun = Instant::now();
    let (code, kib) = watch(command.spawn()?)?;
    figures::took(&format!("{name} (a process)"), begun.elapsed());
    figures::had(name, kib);
    // What no exit code stands for is a mistake of ours, a panic or a signal.
    if !matches!(code, Some(0 | 1 | 3)) {
        return Err(format!("it ends with {code:?}").into());
    }
    // Only Linux tells it so; elsewhere the exit code and the time are what there is.
    let told = std::fs::exists("/proc/self/status").unwrap_or(false);
    if (told && kib == 0) || kib > MEMORY {
        return Err(format!("it had {kib} KiB at its height").into());
    }
    Ok(())
}

/// The exit code of a process, and its memory at its height: what was last seen of it, since that only grows.
fn watch(mut child: Child) -> Result<(Option<i32>, u64), Failed> {
    let begun = Instant::now();
    let status = format!("/proc/{}/status", child.id());
    let mut height = 0;
    loop {
        let seen = std::fs::read_to_string(&status).unwrap_or_default();
        let line = seen.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        height = height.max(kib.unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            return Ok((status.code(), height));
        }
        if begun.elapsed() > LATEST {
            child.kill()?;
            child.wait()?;
            return Err(format!("it hangs; it had {height} KiB at its height").into());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
