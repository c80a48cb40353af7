//! From the addresses of a product to a judged run, with nothing told but who asks: what `stsproof init` is for.

use std::fs;

use libtest_mimic::Failed;
use serde_json::Value;

use super::launcher::{Product, Running};
use super::{check, expect_code, folder, program, said, text};

/// The doors of each product, each with a description of its own.
const DOORS: [(&str, &[&str]); 2] = [
    (
        "cxf",
        &["{HTTPS}/ut12", "{HTTPS}/ut11", "{HTTPS}/utdigest12", "{HTTPS}/utdigest11", "{HTTP}/x50912", "{HTTP}/x50911"],
    ),
    ("metro", &["{HTTPS}/ut12", "{HTTPS}/ut11", "{HTTPS}/ut12-2005", "{HTTPS}/ut11-2005", "{HTTPS}/utdigest12"]),
];

/// Fewer passes than this would not be a run.
const PASSES: usize = 50;

/// `init`, then `run`, with nothing edited in between.
pub(crate) fn init_then_run(product: Product, running: &Running) -> Result<(), Failed> {
    let folder = folder()?;
    let at = |name: &str| text(&folder.path().join(name));
    let variable = |name: &str| {
        let name = format!("{}_{name}", product.0.to_uppercase());
        running.variables.get(&name).cloned().ok_or_else(|| Failed::from(format!("the launcher told no {name}")))
    };
    let (http, https, keys) = (variable("HTTP")?, variable("HTTPS")?, variable("KEYS")?);
    let doors = DOORS.iter().find(|(name, _)| *name == product.0).map_or(&[][..], |(_, doors)| doors);
    let urls: Vec<String> = doors.iter().map(|door| door.replace("{HTTPS}", &https).replace("{HTTP}", &http)).collect();
    fs::write(at("password"), "wonderland\n")?;

    let mut init = program(running, &["init"]);
    init.args(&urls).args(["--output", &at("sts.toml"), "--user", "alice", "--password-file", &at("password")]);
    init.args(["--applies-to", "https://rp.example.test/app", "--ca", &format!("{keys}/tls.cert.pem")]);
    init.args(["--signing-certificate", &format!("{keys}/sts.cert.pem")]);
    if doors.iter().any(|door| door.contains("/x509")) {
        init.args(["--certificate", &format!("{keys}/client.cert.pem"), "--key", &format!("{keys}/client.key.pem")]);
    }
    let output = init.output()?;
    expect_code(&output, 0)?;
    let profile = fs::read_to_string(at("sts.toml"))?;
    let missing: Vec<&String> =
        urls.iter().filter(|url| !profile.contains(&format!("\nurl         = \"{url}\""))).collect();
    check(missing.is_empty(), || format!("no endpoint for {missing:?}:\n{profile}"))?;

    let json = format!("json={}", at("report.json"));
    let output = program(running, &["run", "--profile", &at("sts.toml"), "--report", &json]).output()?;
    // What a product gets wrong is for its profile to say; here it is enough that it could be asked.
    check(matches!(output.status.code(), Some(0 | 1)), || format!("{}\n{}", output.status, said(&output)))?;
    let report: Value = serde_json::from_slice(&fs::read(at("report.json"))?)?;
    let none = Vec::new();
    let cases = report["cases"].as_array().unwrap_or(&none);
    let count = |verdict: &str| cases.iter().filter(|case| case["verdict"] == verdict).count();
    check(report["halted"].is_null(), || format!("halted: {}", report["halted"]))?;
    check(count("pass") >= PASSES, || format!("{} passes\n{}", count("pass"), said(&output)))?;
    let asked = cases.iter().filter(|case| case["case"] == "issue/minimal" && case["verdict"] != "inapplicable");
    let open: Vec<&Value> = asked.filter(|case| case["verdict"] == "blocked" || case["verdict"] == "error").collect();
    check(open.is_empty(), || format!("the plainest request brings no token: {open:#?}"))
}
