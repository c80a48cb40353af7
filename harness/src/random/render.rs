//! From a script to the message that is sent, and from that message to its label.

use stsproof_judge::c14n;
use stsproof_judge::dsig;
use stsproof_judge::keys::Keys;
use stsproof_judge::time::Time;
use stsproof_judge::tree::{Node, Tree};

use super::data::Data;
use super::ground::Ground;
use super::label::{self, Context, Difference, Kind, Label, Verdict, differences};
use super::script::{Phase, Script, Stroke, operators};
use super::shape::Shape;
use crate::change::{Operator, apply_from, apply_unread};
use crate::exchange::fill::Values;
use crate::exchange::own::Own;
use crate::exchange::prepare::{Dialect, action_of, as_usual, filled_in, set, usual_headers};
use crate::exchange::sign::{KeyReference, Recipe, own_security, sign_read};
use crate::exchange::target::Door;
use crate::exchange::transcript::HttpRequest;
use crate::vocabulary::Vocabulary;

/// What every message of one baseline has in common.
pub(super) struct Setting<'a> {
    pub(super) ground: &'a Ground,
    pub(super) door: &'a Door<'a>,
    /// The token that its credential shows.
    pub(super) own: Option<&'a Own>,
    pub(super) data: &'a Data,
    pub(super) vocabulary: &'a Vocabulary,
    /// The relying parties that the target knows, and the one that it does not.
    pub(super) known: &'a [String],
    pub(super) unknown: &'a str,
    /// The certificates that the requestor signs with.
    pub(super) trusted: &'a Keys,
}

/// A message, ready to be sent.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) request: HttpRequest,
    pub(super) label: Verdict,
    /// What the operators promised, where it excludes the label.
    pub(super) conflict: Option<String>,
    /// What a strict reader sees in it, where it is a message at all.
    pub(super) shape: Option<Shape>,
}

/// Makes the first message of a script, or the copy behind it. An error where an operator finds nothing to work on.
pub(super) fn message(
    script: &Script,
    strokes: &[Stroke],
    setting: &Setting<'_>,
    values: &mut Values,
) -> Result<Message, String> {
    let ground = setting.ground;
    let translate = |text: &str| setting.vocabulary.translate(text, &ground.base.variant);
    let change: Vec<Operator> =
        operators(strokes, Phase::Change).iter().map(|operator| operator.map_text(translate)).collect();
    let changed =
        apply_from(&ground.template, &ground.tree, &change, &ground.paths).map_err(|error| error.to_string())?;
    let filled = values.fill(&changed).map_err(|error| error.to_string())?;
    let signed = match signing(setting) {
        None => filled,
        Some((key, reference)) => match Tree::from_text(&filled) {
            // What is not well-formed cannot be signed; it is sent as it is.
            Err(_) => filled,
            Ok(tree) => {
                let recipe = Recipe::usual(key, reference);
                sign_read(&filled, &tree, &recipe, key, &ground.paths, values.fresh())
                    .map_err(|error| error.to_string())?
            }
        },
    };
    let dialect = Dialect { vocabulary: setting.vocabulary, variant: &ground.base.variant, paths: &ground.paths };
    let tamper = operators(strokes, Phase::Tamper);
    let tamper = tamper.iter().map(|operator| filled_in(operator, &dialect, values)).collect::<Result<Vec<_>, _>>()?;
    let before = if tamper.is_empty() { None } else { Tree::from_text(&signed).ok() };
    let sent = match &before {
        Some(tree) => apply_from(&signed, tree, &tamper, &ground.paths),
        None => apply_unread(&signed, &tamper, &ground.paths),
    };
    let sent = sent.map_err(|error| error.to_string())?;

    let read = Tree::from_text(&sent);
    let (label, shape) = label(setting, values, before.as_ref(), read.as_ref(), ground);
    let promised = label::promised(strokes);
    let conflict = label::conflict(promised, label.label).then(|| {
        let promised = promised.map_or("nothing", Label::key);
        format!("the operators promise {promised}, the message is {}: {}", label.label.key(), label.because)
    });
    let action = read.as_ref().ok().and_then(action_of).or_else(|| ground.action.clone());
    let action = action.map(|action| values.fill_plain(&action)).transpose().map_err(|error| error.to_string())?;
    Ok(Message { request: request(script, setting, sent.into_bytes(), action.as_deref()), label, conflict, shape })
}

/// The key that signs, and how the signature names it.
fn signing<'a>(setting: &Setting<'a>) -> Option<(&'a crate::exchange::key::SigningKey, KeyReference)> {
    let own = setting.own.filter(|_| setting.ground.signs());
    let key = own.and_then(|own| own.secret.as_ref()).or(setting.door.key)?;
    let reference = setting.own.map_or(KeyReference::Certificate, |own| own.reference.clone());
    Some((key, reference))
}

/// The request with the usual headers, written another way where the script says so.
fn request(script: &Script, setting: &Setting<'_>, body: Vec<u8>, action: Option<&str>) -> HttpRequest {
    let address = &setting.door.address;
    let mut headers = usual_headers(&address.origin.host_header(), &setting.ground.base.variant, action);
    headers.push(("Content-Length".to_owned(), body.len().to_string()));
    for (name, value) in &script.headers {
        let value = as_usual(&headers, name, value).unwrap_or_else(|| value.clone());
        set(&mut headers, name, value);
    }
    HttpRequest { method: "POST".to_owned(), url: address.to_string(), headers, body }
}

/// The label of the finished message, and its shape. What was signed is compared as it was signed, since the
/// signature itself is ours and new each time; `before` is the message before it was tampered with, if it was.
fn label(
    setting: &Setting<'_>,
    values: &mut Values,
    before: Option<&Tree>,
    read: Result<&Tree, &stsproof_judge::gate::Refusal>,
    ground: &Ground,
) -> (Verdict, Option<Shape>) {
    let tree = match read {
        Ok(tree) => tree,
        Err(refusal) => return (Verdict::of_refusal(refusal, ground.is_soap_12()), None),
    };
    let (mut here, around) = Shape::of(tree, &ground.names);
    let has_twins = here.has_twins();
    here.keep_own_blocks(ground.is_soap_12());
    let now = Time::from_unix_nanos(values.now().as_nanosecond());
    let reply_to = here.child("s:Header").and_then(|header| header.child("wsa:ReplyTo"));
    let context = Context {
        data: setting.data,
        is_soap_12: ground.is_soap_12(),
        is_addressing_10: ground.base.variant.value("addressing") != Some("2004/08"),
        is_digest: ground.base.credential == crate::case::model::Credential::UsernameDigest,
        has_addressing: here
            .child("s:Header")
            .is_some_and(|header| header.children.iter().any(|block| block.name.starts_with("wsa:"))),
        wants_reply: reply_to
            .and_then(|to| to.child("wsa:Address"))
            .is_none_or(|to| !to.text.trim().ends_with("/none")),
        is_other_account: is_other_account(&here, values),
        now,
        known: setting.known,
        unknown: setting.unknown,
    };
    let mut fill = |text: &str| values.fill_plain(text).unwrap_or_else(|_| text.to_owned());
    let mut found = differences(&ground.shape, &here, &mut fill);
    if around {
        found.push(Difference { at: "/".to_owned(), kind: Kind::Around });
    }
    if ground.signs() {
        let mut own_signature = true;
        found.retain(|difference| match &difference.kind {
            Kind::ForeignAttribute { .. } => !difference.at.ends_with("/@wsu:Id"),
            // One is what signing adds; a second one is somebody else's doing.
            Kind::Foreign(_) if difference.at == SIGNATURE => !std::mem::take(&mut own_signature),
            _ => true,
        });
    }
    let mut verdict = Verdict::of(&found, &context);
    if has_twins {
        verdict = verdict.and(Verdict::new(Label::May, "an identifier is given twice"));
    }
    if let Some(before) = before.filter(|_| ground.signs() || ground.shows_token()) {
        verdict = verdict.and(tampered(setting, before, tree));
    }
    (verdict, Some(here))
}

/// Whether the message is another user's own: the name and the password of the same other account.
fn is_other_account(here: &Shape, values: &mut Values) -> bool {
    let user = here.only(&["s:Header", "wsse:Security", "wsse:UsernameToken"]);
    let mut says = |name: &str, placeholder: &str| {
        let said = user.and_then(|user| user.only(&[name]));
        said.is_some_and(|said| values.fill_plain(placeholder).is_ok_and(|other| said.text == other))
    };
    says("wsse:Username", "{{other.user}}") && says("wsse:Password", "{{other.password}}")
}

/// Where signing puts its own.
const SIGNATURE: &str = "s:Envelope/s:Header/wsse:Security/ds:Signature";

/// Whether what was signed before the message was tampered with still holds.
fn tampered(setting: &Setting<'_>, before: &Tree, here: &Tree) -> Verdict {
    let broken = |because: &str, clause: &str| Verdict {
        label: Label::Reject,
        because: because.to_owned(),
        clause: Some(clause.to_owned()),
    };
    let inside = |tree: &Tree, local: &str| -> Option<Node> {
        tree.elements(security_of(tree)?).find(|node| tree.name(*node).local == local)
    };
    if setting.ground.shows_token() {
        let form = |tree: &Tree| c14n::exclusive(tree, inside(tree, "Assertion")?, &[]).ok();
        let signed = |tree: &Tree| issued(tree, inside(tree, "Assertion")?);
        if signed(before) != signed(here) {
            let saml_20 = "urn:oasis:names:tc:SAML:2.0:assertion";
            let is_20 = inside(before, "Assertion").is_some_and(|node| before.name(node).namespace == Some(saml_20));
            let row = if is_20 { "saml.20.sig-verify" } else { "dsig.core-validation" };
            return broken("the assertion is not as its issuer signed it", row);
        }
        if form(before) != form(here) && !setting.ground.signs() {
            return Verdict::new(Label::May, "what the issuer did not sign is other in its signature");
        }
    }
    if !setting.ground.signs() {
        return Verdict::new(Label::Accept, "the assertion is as it was");
    }
    let Some(signature) = inside(here, "Signature") else {
        return broken("the signature is gone", "wst.rst.signed-proves-claims");
    };
    let form = |tree: &Tree| c14n::exclusive(tree, inside(tree, "Signature")?, &[]).ok();
    if setting.ground.base.credential != crate::case::model::Credential::X509 {
        // The key is confirmed by the assertion: what is signed must be what was signed.
        return if parts(before).is_none_or(|before| Some(before) != parts(here)) {
            if stands_elsewhere(before, here) {
                broken("what was signed is there, but not where it counts", "wss.sig-only-signed-parts")
            } else {
                broken("what was signed has changed", "wss.sig-invalid-fails")
            }
        } else if form(before) == form(here) {
            Verdict::new(Label::Accept, "what is signed is as it was")
        } else {
            Verdict::new(Label::May, "what is signed is as it was, and the signature has something else beside it")
        };
    }
    match dsig::verify(here, signature, setting.trusted) {
        Err(_) => broken("the signature does not hold", "dsig.core-validation"),
        // What the signature says of its key beside what it signs is a hint, and a service may need it.
        Ok(_) if form(here) != form(before) => {
            Verdict::new(Label::May, "the signature holds, and says of its key something else")
        }
        Ok(verified) => {
            let body = here.elements(here.root()).find(|node| here.name(*node).local == "Body");
            if body.is_some_and(|body| verified.signs(body)) {
                Verdict::new(Label::Accept, "the signature holds")
            } else if setting.data.body_is_signed {
                broken("the signature does not cover the Body", "wss.sig-only-signed-parts")
            } else {
                Verdict::new(Label::May, "the signature does not cover the Body, which some policies allow")
            }
        }
    }
}

/// The security header that the recipient looks at.
fn security_of(tree: &Tree) -> Option<Node> {
    let soap = tree.name(tree.root()).namespace.unwrap_or_default();
    own_security(tree, tree.child(tree.root(), soap, "Header")?, soap)
}

/// What an issuer signed of an assertion, and the signature's own value: everything but the rest of the signature.
fn issued(tree: &Tree, assertion: Node) -> Option<Vec<Vec<u8>>> {
    let mut attributes: Vec<String> =
        tree.attributes(assertion).map(|at| format!("{}={}", tree.name(at).local, tree.text_of(at))).collect();
    attributes.sort_unstable();
    let mut parts: Vec<Vec<u8>> = attributes.into_iter().map(String::into_bytes).collect();
    for child in tree.children(assertion) {
        if tree.is_text(child) {
            parts.push(tree.text_of(child).into_bytes());
        } else if !tree.is_element(child) {
            // Comments are not signed; an instruction is, and there is none.
        } else if tree.name(child).local == "Signature" {
            for part in
                tree.elements(child).filter(|part| matches!(tree.name(*part).local, "SignedInfo" | "SignatureValue"))
            {
                parts.push(c14n::exclusive(tree, part, &[]).ok()?);
            }
        } else {
            parts.push(c14n::exclusive(tree, child, &[]).ok()?);
        }
    }
    Some(parts)
}

/// Whether all that was signed is still somewhere in a message, so that the signature may hold all the same.
fn stands_elsewhere(before: &Tree, here: &Tree) -> bool {
    let Some(signed) = parts(before) else { return false };
    let is_of_a_kind = |node: &Node| {
        let name = here.name(*node);
        matches!(name.local, "Body" | "Timestamp" | "SignedInfo" | "SignatureValue")
            || name.namespace.is_some_and(|uri| uri.ends_with("/addressing"))
    };
    let elements = here.descendants(here.root()).filter(|node| here.is_element(*node));
    let forms: Vec<Vec<u8>> =
        elements.filter(is_of_a_kind).filter_map(|node| c14n::exclusive(here, node, &[]).ok()).collect();
    signed.iter().all(|part| forms.contains(part))
}

/// The canonical forms of what a usual signature covers, and of the signature over it.
fn parts(tree: &Tree) -> Option<Vec<Vec<u8>>> {
    let child = |node: Node, local: &str| tree.elements(node).find(|child| tree.name(*child).local == local);
    let header = child(tree.root(), "Header")?;
    let security = security_of(tree)?;
    let of_addressing = |node: &Node| tree.name(*node).namespace.is_some_and(|uri| uri.ends_with("/addressing"));
    let signature = child(security, "Signature")?;
    let mut nodes = vec![child(tree.root(), "Body")?, child(security, "Timestamp")?];
    nodes.extend([child(signature, "SignedInfo")?, child(signature, "SignatureValue")?]);
    nodes.extend(tree.elements(header).filter(of_addressing));
    nodes.into_iter().map(|node| c14n::exclusive(tree, node, &[]).ok()).collect()
}
