//! From the addresses of a product to a judged run, with nothing told but who asks: what `stsproof init` is for.

use std::collections::BTreeSet;
use std::fs;

use libtest_mimic::Failed;
use stsproof::profile::Profile;
use stsproof::source::Source;
use stsproof::suite::Suite;

use super::launcher::{Product, Running};
use super::{check, expect_code, folder, program, text, whole};

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

    let report = whole(running, &at("sts.toml"))?;
    check(report.passes() >= PASSES, || format!("only {} passes", report.passes()))?;
    // What init believes about a product must not accuse it of more than its own profile knows.
    let known = known(product)?;
    let more: Vec<_> = report.against().into_iter().filter(|row| !known.contains(*row)).collect();
    check(more.is_empty(), || format!("against it, and not in {}.toml: {more:?}", product.0))
}

/// The requirements that the product's own profile expects it to miss.
fn known(product: Product) -> Result<BTreeSet<String>, Failed> {
    let suite = Suite::load(&Source::new(None))?;
    let expected = Profile::named(product.0, &suite)?.expected;
    Ok(expected.into_iter().map(|entry| entry.of.to_string()).collect())
}
