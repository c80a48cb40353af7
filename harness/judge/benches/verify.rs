//! What verifying costs beside its bare parts, and whether reading stays linear. `cargo bench -p stsproof-judge`.
//!
//! The figures are ratios within one run, rounds taken in turns and the fastest kept, so that a busy machine slows both.

#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use aws_lc_rs::{rand::SystemRandom, signature::RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_c14n::{C14nMode, C14nSink, canonicalize_doc, canonicalize_doc_to};
use bergshamra_xml::NodeSet;
use stsproof_judge::c14n;
use stsproof_judge::dsig::verify;
use stsproof_judge::gate::Limits;
use stsproof_judge::keys::{Certificate, Keys};
use stsproof_judge::tree::{Node, Tree};

const CERTIFICATE: &str = include_str!("../tests/data/rsa.crt");
const PRIVATE: &str = include_str!("../tests/data/rsa.key");
const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ROUNDS: usize = 60;

fn main() {
    let keys = Keys::trusting(Certificate::from_pem(CERTIFICATE).expect("a certificate"));
    println!("{:>12} {:>12} {:>12} {:>8} {:>18}", "assertion", "bare", "verify", "ratio", "gate+tree+verify");
    for attributes in [4, 40, 400] {
        let text = assertion(attributes);
        let tree = Tree::from_text(&text).expect("well-formed");
        let signature = find(&tree, "Signature");
        let bare = Bare::of(&text, &keys);
        let [plain, verified, all] = fastest([
            &|| bare.verify(),
            &|| drop(black_box(verify(&tree, signature, &keys).expect("it holds"))),
            &|| {
                let tree = Tree::read(text.as_bytes(), None, &Limits::default()).expect("well-formed");
                drop(black_box(verify(&tree, find(&tree, "Signature"), &keys).expect("it holds")));
            },
        ]);
        let ratio = plain.as_secs_f64() / verified.as_secs_f64();
        println!("{:>10} B {plain:>12.1?} {verified:>12.1?} {ratio:>8.2} {all:>18.1?}", text.len());
    }
    println!("\n{:>12} {:>12}", "message", "gate+tree");
    for size in [1, 4, 16, 64, 256, 1024].map(|kib| kib * 1024) {
        let text = message(size);
        let [time] = fastest([&|| {
            drop(black_box(Tree::read(text.as_bytes(), None, &Limits::default()).expect("well-formed")));
        }]);
        let length = u32::try_from(text.len()).expect("a message of a MiB at most");
        let rate = f64::from(length) / time.as_secs_f64() / 1e6;
        println!("{length:>10} B {rate:>7.0} MB/s");
    }
}

/// Each task in turn, several times over; the fastest of each.
fn fastest<const N: usize>(tasks: [&dyn Fn(); N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for (task, best) in tasks.iter().zip(&mut best) {
            let begun = Instant::now();
            task();
            *best = begun.elapsed().min(*best);
        }
    }
    best
}

/// The same work with nothing around it: two canonical forms, a digest, an RSA verification.
struct Bare {
    document: uppsala::Document<'static>,
    whole: NodeSet,
    signed_info: NodeSet,
    digest: Vec<u8>,
    key: UnparsedPublicKey<Vec<u8>>,
    value: Vec<u8>,
}

impl Bare {
    fn of(text: &str, keys: &Keys) -> Self {
        let document = uppsala::parse(text).expect("well-formed").into_static();
        let descendants = document.descendants(document.root());
        let named = |name: &str| {
            let is = |&&node: &&uppsala::NodeId| document.element(node).is_some_and(|it| it.name.local_name == name);
            *descendants.iter().find(is).expect("such an element")
        };
        let mut whole = NodeSet::tree_without_comments(named("Assertion"), &document);
        let signature = named("Signature");
        whole.remove_id(signature);
        document.descendants(signature).into_iter().for_each(|node| whole.remove_id(node));
        let signed_info = NodeSet::tree_without_comments(named("SignedInfo"), &document);
        let decoded = |name| STANDARD.decode(document.text_content_deep(named(name))).expect("base64");
        let (digest, value) = (decoded("DigestValue"), decoded("SignatureValue"));
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, keys.certificates[0].key().spki());
        Self { document, whole, signed_info, digest, key, value }
    }

    fn verify(&self) {
        let mut digesting = Digesting(Context::new(&SHA256));
        canonicalize_doc_to(&self.document, C14nMode::Exclusive, Some(&self.whole), &[""; 0], &mut digesting)
            .expect("a canonical form");
        assert_eq!(digesting.0.finish().as_ref(), self.digest);
        let signed = canonicalize_doc(&self.document, C14nMode::Exclusive, Some(&self.signed_info), &[""; 0]);
        self.key.verify(&signed.expect("a canonical form"), &self.value).expect("it holds");
    }
}

struct Digesting(Context);

impl C14nSink for Digesting {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

/// A signed assertion with so many attributes.
fn assertion(attributes: usize) -> String {
    let attribute = |number| {
        format!(
            "<a:Attribute Name=\"urn:name:{number}\"><a:AttributeValue>value of {number}</a:AttributeValue></a:Attribute>"
        )
    };
    let attributes: String = (0..attributes).map(attribute).collect();
    let unsigned = format!(
        "<a:Assertion xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_1\" Version=\"2.0\">\
         <a:Issuer>urn:issuer</a:Issuer>@<a:Subject><a:NameID>alice</a:NameID></a:Subject>\
         <a:AttributeStatement>{attributes}</a:AttributeStatement></a:Assertion>"
    );
    let digest = aws_lc_rs::digest::digest(&SHA256, &canonical(&unsigned.replacen('@', "", 1)));
    let signed_info = format!(
        "<d:SignedInfo xmlns:d=\"{DS}\"><d:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>\
         <d:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>\
         <d:Reference URI=\"#_1\"><d:Transforms><d:Transform Algorithm=\"{DS}enveloped-signature\"/>\
         <d:Transform Algorithm=\"{EXCLUSIVE}\"/></d:Transforms>\
         <d:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
         <d:DigestValue>{}</d:DigestValue></d:Reference></d:SignedInfo>",
        STANDARD.encode(digest)
    );
    let pair = RsaKeyPair::from_pkcs8(&pem(PRIVATE)).expect("a private key");
    let mut value = vec![0; pair.public_modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, &canonical(&signed_info), &mut value).expect("it signs");
    let (value, certificate) = (STANDARD.encode(value), STANDARD.encode(pem(CERTIFICATE)));
    let signature = format!(
        "<d:Signature xmlns:d=\"{DS}\">{signed_info}<d:SignatureValue>{value}</d:SignatureValue><d:KeyInfo>\
         <d:X509Data><d:X509Certificate>{certificate}</d:X509Certificate></d:X509Data></d:KeyInfo></d:Signature>"
    );
    unsigned.replacen('@', &signature, 1)
}

/// An envelope of about this size.
fn message(size: usize) -> String {
    let item = "<p:item xmlns:p=\"urn:p\" number=\"17\"><p:text>some words &amp; more</p:text></p:item>";
    let items = item.repeat((size - 150) / item.len());
    format!("<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>{items}</s:Body></s:Envelope>")
}

fn canonical(text: &str) -> Vec<u8> {
    let tree = Tree::from_text(text).expect("well-formed");
    c14n::exclusive(&tree, tree.root(), &[]).expect("a canonical form")
}

fn pem(text: &str) -> Vec<u8> {
    let lines: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(lines).expect("base64")
}

fn find(tree: &Tree, local: &str) -> Node {
    let mut all = std::iter::once(tree.root()).chain(tree.descendants(tree.root()));
    all.find(|&node| tree.name(node).local == local).expect("such an element")
}
