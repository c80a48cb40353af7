//! Messages that guess at somebody's password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};
use stsproof_judge::tree::{Node, Tree};

/// The tokens of a message that name an account of the profile with what is not its password. A service that counts
/// failures would lock it, so that only the bait may be named so.
pub(crate) fn guesses_in(tree: &Tree) -> Vec<String> {
    const REAL: [(&str, &str); 2] = [("alice", "wonderland"), ("bob", "builder")];
    let local = |node: Node| tree.name(node).local.to_owned();
    let texts = |node: Node, name: &str| -> Vec<String> {
        tree.elements(node).filter(|child| local(*child) == name).map(|child| tree.text_of(child)).collect()
    };
    let mut guesses = Vec::new();
    for token in tree.descendants(tree.root()).filter(|node| tree.is_element(*node) && local(*node) == "UsernameToken")
    {
        let proves = tree.parent(token).is_some_and(|parent| local(parent) == "Security");
        let passwords = texts(token, "Password");
        for name in texts(token, "Username") {
            let Some((_, right)) = REAL.iter().find(|(real, _)| *real == name.trim()) else { continue };
            let digest = |octets: &[u8], created: &str| {
                let digest = Sha1::new().chain_update(octets).chain_update(created).chain_update(right);
                STANDARD.encode(digest.finalize())
            };
            let decoded = |nonce: &str| STANDARD.decode(nonce.split_whitespace().collect::<String>()).ok();
            let nonces: Vec<_> = texts(token, "Nonce").iter().filter_map(|nonce| decoded(nonce)).collect();
            let times = texts(token, "Created");
            let is_right = |given: &String| {
                given == right || nonces.iter().any(|nonce| times.iter().any(|time| digest(nonce, time) == *given))
            };
            if proves && passwords.is_empty() || !passwords.iter().all(is_right) || nonces.len() > 1 || times.len() > 1
            {
                guesses.push(tree.text()[tree.range(token)].to_owned());
            }
        }
    }
    guesses
}
