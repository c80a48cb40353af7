//! Builds the real STSs with Maven and starts them: one process each, on ports of its own, ended with the test.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

/// For tests half the memory and half the start-up are worth more than throughput.
const FLAGS: &[&str] = &["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"];

/// How long a start may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A product that can be started, by the name of its folder here and of its profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Product(pub(crate) &'static str);

/// A running STS. It ends when this is dropped, or when this process does.
pub(crate) struct Running {
    process: Child,
    /// Ends the process when it is closed.
    line: Option<ChildStdin>,
    /// What its profile asks the environment for.
    pub(crate) variables: BTreeMap<String, String>,
    /// From the start to the line that says it is ready.
    pub(crate) took: Duration,
}

/// Why the real STSs cannot be started here, if they cannot.
pub(crate) fn absent() -> Option<String> {
    [("java", "-version"), ("javac", "-version"), ("mvn", "--version")].into_iter().find_map(|(program, question)| {
        let answer = Command::new(program).arg(question).stdin(Stdio::null()).output();
        let runs = answer.is_ok_and(|answer| answer.status.success());
        (!runs).then(|| format!("`{program}` does not run here: install a JDK (17 or newer) and Maven"))
    })
}

impl Product {
    /// Builds it where that is needed, starts it, and waits until it is ready.
    pub(crate) fn start(self) -> Result<Running, String> {
        let jar = self.build()?;
        let folder = scratch().join(format!("{}-run", self.0));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let hosts = folder.join("hosts");
        fs::write(&hosts, "127.0.0.1 localhost\n").map_err(|error| format!("{}: {error}", hosts.display()))?;
        let log = fs::File::create(folder.join("log")).map_err(|error| error.to_string())?;

        let mut only_localhost = OsString::from("-Djdk.net.hosts.file=");
        only_localhost.push(&hosts);
        let began = Instant::now();
        let mut process = Command::new("java")
            .args(FLAGS)
            .arg(only_localhost)
            .arg("-jar")
            .arg(&jar)
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("java: {error}"))?;
        let line = process.stdin.take();
        let said = process.stdout.take().ok_or("it has no standard output")?;
        let mut running = Running { process, line, variables: BTreeMap::new(), took: Duration::ZERO };

        let (tell, hear) = mpsc::channel();
        std::thread::spawn(move || {
            let first = BufReader::new(said).lines().next();
            // Nobody listens any more when the patience has run out.
            let _ = tell.send(first);
        });
        let Ok(Some(Ok(ready))) = hear.recv_timeout(PATIENCE) else {
            return Err(format!("{} did not become ready; see {}", self.0, folder.join("log").display()));
        };
        running.took = began.elapsed();
        running.variables = variables(&ready).ok_or_else(|| format!("{} said `{ready}`", self.0))?;
        Ok(running)
    }

    /// The jar, made by Maven unless it is newer than everything that it is made of.
    fn build(self) -> Result<PathBuf, String> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real");
        let source = here.join(self.0);
        let target = scratch().join(self.0);
        let jar = target.join("sts.jar");
        let newest = newest(&source).max(newest(&here.join("shared")));
        if changed(&jar).is_some_and(|built| Some(built) > newest) {
            return Ok(jar);
        }
        let mut folder = OsString::from("-Dbuild.folder=");
        folder.push(&target);
        let built = Command::new("mvn")
            .args(["--batch-mode", "--quiet", "--no-transfer-progress", "package"])
            .arg(folder)
            .current_dir(&source)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("mvn: {error}"))?;
        if built.status.success() {
            return Ok(jar);
        }
        let said = String::from_utf8_lossy(&built.stdout);
        let said: Vec<&str> = said.lines().take(8).collect();
        Err(format!("`mvn package` in {}: {}\n{}", source.display(), built.status, said.join("\n")))
    }
}

impl Running {
    /// Ends it at once, as a crash would.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Closes the line to it, as the end of the process that started it would, and says whether it ends by itself.
    pub(crate) fn ends_with_its_parent(&mut self) -> bool {
        self.line = None;
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            if self.process.try_wait().is_ok_and(|ended| ended.is_some()) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where things are built and keys are kept, away from the sources.
pub(crate) fn scratch() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("real")
}

/// The values in the line that says who is ready.
fn variables(ready: &str) -> Option<BTreeMap<String, String>> {
    let line: serde_json::Value = serde_json::from_str(ready).ok()?;
    serde_json::from_value(line.get("variables")?.clone()).ok()
}

fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    entries
        .map(|entry| if entry.path().is_dir() { newest(&entry.path()) } else { changed(&entry.path()) })
        .max()
        .flatten()
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}
