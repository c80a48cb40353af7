//! Other people's tools sign, change and encrypt documents; the judge must say the same about each as they do.
//!
//! Needs `xmlsec1` (the Debian package of that name) and `signxml` (by pip). Where they are missing the tests say
//! so and pass, unless the environment has `STSPROOF_WITNESSES=require`.

#[path = "../../tests/witnesses/tools.rs"]
mod tools;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use stsproof_judge::dsig::Verifier;
use stsproof_judge::gate::Limits;
use stsproof_judge::keys::{Carried, Certificate, Keys, PrivateKey, Secret};
use stsproof_judge::tree::{Node, Tree};
use stsproof_judge::{keys::DecryptionKeys, xenc};

#[test]
fn the_judge_agrees_with_those_who_signed() {
    let Some(folder) = corpus("corpus.py", if tools::required() { "1000" } else { "100" }) else { return };
    let keys = keys(&folder);
    let manifest = read(&folder.join("manifest.tsv"));
    let rows: Vec<Vec<&str>> = manifest.lines().map(|line| line.split('\t').collect()).collect();
    let any = Keys { carried: Carried::Any, ..keys.clone() };
    let (mut disagreements, mut verdicts) = (String::new(), BTreeMap::<&str, usize>::new());
    for row in &rows {
        let [file, verdict, tool, algorithm, parts, change] = row[..] else { panic!("a manifest line: {row:?}") };
        let judged = judge(&folder.join(file), &keys, parts);
        *verdicts.entry(verdict).or_default() += 1;
        if change == "certificate" {
            // A stranger's certificate is refused for what it is, but its key does not fit either.
            assert!(judge(&folder.join(file), &any, parts).is_err(), "{file}: a swapped certificate");
            *verdicts.entry("swapped").or_default() += 1;
        }
        if judged.is_ok() != (verdict == "valid") {
            let said = judged.err().unwrap_or_else(|| "valid".to_owned());
            let _ = writeln!(disagreements, "{file}: {tool} says {verdict} ({algorithm}, {change}); the judge: {said}");
        }
    }
    let tampered = rows.iter().filter(|row| row[5] != "none").count();
    assert!(
        tampered * 2 == rows.len()
            && verdicts.get("invalid") > Some(&(tampered / 2))
            && verdicts.contains_key("swapped"),
        "a lopsided corpus: {verdicts:?}"
    );
    assert!(disagreements.is_empty(), "in {}:\n{disagreements}", folder.display());
}

/// Verifies the only signature of a document; all named parts must be what is signed.
fn judge(file: &Path, keys: &Keys, parts: &str) -> Result<(), String> {
    let tree = Tree::read(&std::fs::read(file).expect("a file of the manifest"), None, &Limits::default())
        .map_err(|why| why.to_string())?;
    let signature = find(&tree, "Signature").ok_or("no signature")?;
    let signatures = Verifier::new(&tree, keys);
    let verified = signatures.verify(signature).map_err(|why| why.to_string())?;
    for part in parts.split(',') {
        let Ok(node) = signatures.ids().find(&tree, part) else { continue };
        // A changed document may still be valid with a reference to the whole of it.
        if !verified.signs(node) && !verified.covers(&tree, node) {
            return Err(format!("`{part}` is not covered"));
        }
    }
    Ok(())
}

fn keys(folder: &Path) -> Keys {
    let certificate = |name| Certificate::from_pem(&read(&folder.join(format!("{name}.crt")))).expect("a certificate");
    Keys {
        certificates: ["rsa", "p256", "p384", "p521"].map(certificate).into(),
        secrets: vec![Secret::new("shared", std::fs::read(folder.join("shared.secret")).expect("the secret"))],
        ..Keys::default()
    }
}

fn find(tree: &Tree, local: &str) -> Option<Node> {
    std::iter::once(tree.root()).chain(tree.descendants(tree.root())).find(|&node| tree.name(node).local == local)
}

/// Has a script write its documents. `None`, said aloud, where the tools are missing and not required.
fn corpus(script: &str, count: &str) -> Option<PathBuf> {
    static RUN: AtomicUsize = AtomicUsize::new(0);
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/witness");
    if !tools::are_here(script, &["xmlsec1", "signxml"]) {
        return None;
    }
    let run = RUN.fetch_add(1, Ordering::Relaxed);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("witness-{}-{run}", script.replace('.', "-")));
    let _ = std::fs::remove_dir_all(&folder);
    let output =
        tools::python().arg("-B").arg(scripts.join(script)).arg(&folder).arg(count).output().expect("Python starts");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    Some(folder)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

#[test]
fn the_judge_decrypts_what_others_encrypted() {
    let Some(folder) = corpus("encrypted.py", "60") else { return };
    let private = PrivateKey::from_pem("relying party", &read(&folder.join("rsa.key"))).unwrap();
    let stranger = PrivateKey::from_pem("stranger", &read(&folder.join("stranger.key"))).unwrap();
    let wrapping = [16, 24, 32].map(|size| {
        Secret::new(format!("wrap-{size}"), std::fs::read(folder.join(format!("wrap-{size}.secret"))).unwrap())
    });
    let keys = DecryptionKeys { private: vec![stranger.clone(), private], secrets: wrapping.into() };
    let others = DecryptionKeys { private: vec![stranger], secrets: vec![Secret::new("other", [7; 32])] };
    let mut disagreements = String::new();
    for line in read(&folder.join("manifest.tsv")).lines() {
        let [file, verdict, plain, algorithms] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let tree = Tree::from_text(&read(&folder.join(file))).unwrap();
        let data = find(&tree, "EncryptedData").unwrap();
        let opened = xenc::decrypt(&tree, data, &keys);
        let expected = read(&folder.join(plain));
        let same = opened.as_ref().is_ok_and(|opened| opened.plaintext == expected.as_bytes());
        if same != (verdict == "opens") {
            let _ = writeln!(disagreements, "{file}: {verdict} ({algorithms}); the judge: {opened:?}");
        }
        let stolen = xenc::decrypt(&tree, data, &others);
        assert!(!stolen.is_ok_and(|opened| opened.plaintext == expected.as_bytes()), "{file} opened without its key");
    }
    assert!(disagreements.is_empty(), "in {}:\n{disagreements}", folder.display());
}
