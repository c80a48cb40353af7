//! Embeds anew when any file of the data changes: the embedding macro alone is not told of new files.

fn main() {
    println!("cargo::rerun-if-changed=.");
}
