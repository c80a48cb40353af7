//! A server as a process of its own, so that its CPU time and memory are its own.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

/// A running server; killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    host: String,
    path: String,
}

impl Server {
    /// The mock, as its users get it.
    pub(crate) fn mock() -> Self {
        Self::start(Command::new(env!("CARGO_BIN_EXE_mock-sts")).arg("serve"))
    }

    /// The floor, with this key.
    pub(crate) fn floor(algorithm: &str) -> Self {
        Self::start(Command::new(env::current_exe().expect("this program")).args(["floor", algorithm]))
    }

    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a ready line");
        let url = line.split("\"http\":\"http://").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
        let (host, path) = url.split_once('/').expect("a path");
        Self { child, host: host.to_owned(), path: format!("/{path}") }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time limit");
        stream
    }

    /// The CPU time it took so far.
    pub(crate) fn cpu_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("Linux");
        // The name in parentheses may hold blanks; user and system time are the 12th and 13th field behind it.
        let fields: Vec<&str> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
        let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
        // Linux shows 100 ticks a second to programs, whatever it counts itself.
        Duration::from_millis(ticks * 10)
    }

    /// The memory it holds, in MiB.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a resident size");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number").div_ceil(1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
