//! Whatever comes in: the gate decides without a panic, what it lets in is a document for the parser, and stays the
//! same when it comes in again. Any path can be asked of it.

#![no_main]

mod message;
mod vocabulary;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stsproof_judge::gate::{Limits, admit};
use stsproof_judge::path::Paths;
use stsproof_judge::tree::Tree;

use message::{Message, charset};

static PATHS: LazyLock<Paths> = LazyLock::new(|| {
    let vocabulary = vocabulary::read();
    vocabulary.paths(&vocabulary.columns(""))
});

fuzz_target!(|bytes: &[u8]| {
    let message = Message::read(bytes);
    let (body, charset, limits) = (message.body, charset(message.value("Content-Type")), Limits::default());
    let path = message.value("Path").unwrap_or_default();
    let is_path = PATHS.check(path).is_ok();
    let Ok(admitted) = admit(body, charset, &limits) else { return };
    let again = admit(admitted.text.as_bytes(), None, &limits).expect("what came in once comes in again");
    assert_eq!(again.text, admitted.text, "what comes in again is the same");
    let tree = Tree::read(body, charset, &limits).expect("the gate leaves nothing to the parser");
    assert_eq!(tree.text(), admitted.text, "both read the same");
    for node in tree.descendants(tree.root()) {
        let _ = (tree.source(node), tree.text_of(node), tree.attributes(node).count());
    }
    // Paths are written by whoever writes cases: long ones may take long.
    if is_path && path.len() <= 64 {
        let _ = PATHS.select(&tree, path);
    }
});
