//! The golden request that scripts start from: rendered once, with its tree, its shape and its loci.

use std::sync::Arc;

use stsproof_judge::path::{Namespaces, Paths};
use stsproof_judge::tree::Tree;

use super::data::Data;
use super::locus::{self, Locus};
use super::script::Base;
use super::shape::{Names, Shape};
use crate::case::model::{Axis, Body, Case, CaseId, Credential, Variant};
use crate::change::{Operator, apply};
use crate::error::Error;
use crate::exchange::credential;
use crate::profile::Profile;
use crate::suite::Suite;

/// A golden request, ready to be changed.
#[derive(Debug)]
pub struct Ground {
    /// What it is.
    pub base: Base,
    /// Its text with placeholders.
    pub template: String,
    /// The tree of the template.
    pub tree: Tree,
    /// Its shape.
    pub shape: Shape,
    /// Where something can be done to it.
    pub loci: Vec<Locus>,
    /// What it says that it wants.
    pub action: Option<String>,
    /// Paths with the prefixes of its variant.
    pub paths: Arc<Paths>,
    /// Names by the same prefixes.
    pub names: Names,
}

impl Ground {
    /// Renders a golden request.
    pub fn new(base: &Base, suite: &Suite, data: &Data) -> Result<Self, Error> {
        let bug = |cause: String| Error::Bug { cause: format!("the baseline {base}: {cause}") };
        let case = suite.case(&base.case.0).ok_or_else(|| bug("there is no such case".to_owned()))?;
        let step = case.steps.last().ok_or_else(|| bug("it has no step".to_owned()))?;
        let Body::Xml(body) = &step.body else { return Err(bug("it is no XML".to_owned())) };
        let paths = Arc::new(Paths::new(&Namespaces(suite.vocabulary.bindings(&base.variant))));
        let translate = |text: &str| suite.vocabulary.translate(text, &base.variant);
        let template = translate(&body.replace("{{credential}}", &credential::block(base.credential)));
        let changes: Vec<Operator> =
            changes(base, case, data).iter().map(|operator| operator.map_text(translate)).collect();
        let template = apply(&template, &changes, &paths).map_err(|error| bug(error.to_string()))?;
        Self::of(base.clone(), template, paths, data).map_err(bug)
    }

    /// The same, with the token that its credential shows in place.
    pub fn with_token(&self, token: &str, data: &Data) -> Result<Self, Error> {
        let template = self.template.replace("{{credential.token}}", token);
        let mut ground = Self::of(self.base.clone(), template, self.paths.clone(), data)
            .map_err(|cause| Error::Bug { cause: format!("the baseline {} with its token: {cause}", self.base) })?;
        // What is drawn must not depend on what a token looks like inside.
        ground.loci.clone_from(&self.loci);
        Ok(ground)
    }

    fn of(base: Base, template: String, paths: Arc<Paths>, data: &Data) -> Result<Self, String> {
        let tree = Tree::from_text(&template).map_err(|refusal| refusal.to_string())?;
        let names = Names::new(paths.namespaces());
        let (shape, _) = Shape::of(&tree, &names);
        let mut loci = locus::of(&shape, data);
        loci.retain(|locus| may_be_touched(&locus.role, &base));
        let header = shape.child("s:Header");
        let action = header.and_then(|header| header.child("wsa:Action")).map(|action| action.text.trim().to_owned());
        Ok(Self { base, template, tree, shape, loci, action, paths, names })
    }

    /// SOAP 1.2, or 1.1.
    pub fn is_soap_12(&self) -> bool {
        self.base.variant.value("soap") != Some("1.1")
    }

    /// Whether its credential signs the message.
    pub fn signs(&self) -> bool {
        matches!(self.base.credential, Credential::X509 | Credential::SamlHolderOfKey)
    }

    /// Whether its credential is an assertion.
    pub fn shows_token(&self) -> bool {
        matches!(self.base.credential, Credential::SamlBearer | Credential::SamlHolderOfKey)
    }
}

/// Whether something may be done at a place: to names, passwords and digests only where they are those of the account that
/// may be locked, which is asked about nothing else. What is sent twice is only written another way, anywhere; but a reader
/// may take that for another password, too.
fn may_be_touched(role: &str, base: &Base) -> bool {
    let has_password = matches!(base.credential, Credential::Username | Credential::UsernameDigest);
    let is_proof = role.starts_with(PROOF);
    !has_password || if base.bait { base.twice || is_proof } else { !is_proof }
}

/// The place of names and passwords.
const PROOF: &str = "s:Envelope/s:Header/wsse:Security/wsse:UsernameToken";

/// The changes that make a baseline of a golden case, written for the first value of every axis.
pub(super) fn changes(base: &Base, case: &Case, data: &Data) -> Vec<Operator> {
    let own = case.steps.last().map(|step| step.change.clone()).unwrap_or_default();
    own.into_iter().chain(extra(base, data)).collect()
}

/// Those of them that the golden case does not have itself.
pub(super) fn extra(base: &Base, data: &Data) -> Vec<Operator> {
    let unaddressed = data.baselines.addressing.get("none").filter(|_| !base.addressed).cloned().unwrap_or_default();
    let replay = if base.twice { data.baselines.replay.change.clone() } else { Vec::new() };
    let bait = data.baselines.bait.get(&base.credential).filter(|_| base.bait).cloned().unwrap_or_default();
    unaddressed.into_iter().chain(bait).chain(replay).collect()
}

/// The baselines that a target can be asked, as a covering array: every pair of values that is legal occurs in one.
pub fn baselines(suite: &Suite, data: &Data, profile: &Profile) -> Vec<Base> {
    let mut all = every(suite, data);
    all.retain(|base| applies(base, suite, profile));
    let mut uncovered: std::collections::BTreeSet<(String, String)> = all.iter().flat_map(pairs).collect();
    let mut chosen = Vec::new();
    // The first that covers most of what is left; the list is in a fixed order, so the choice is always the same.
    while !uncovered.is_empty() {
        let gain = |base: &Base| pairs(base).iter().filter(|pair| uncovered.contains(*pair)).count();
        let Some(best) = all.iter().enumerate().max_by_key(|(at, base)| (gain(base), usize::MAX - at)) else { break };
        let best = all[best.0].clone();
        for pair in pairs(&best) {
            uncovered.remove(&pair);
        }
        chosen.push(best);
    }
    let by = |credential| chosen.iter().find(|base| base.credential == credential && base.addressed).cloned();
    let [plain, digest] = [Credential::Username, Credential::UsernameDigest].map(by);
    let bait = profile.bait().is_some();
    if bait {
        // Next to the plainest: what is tried on it comes early.
        let baited: Vec<Base> = plain.iter().chain(&digest).map(|base| Base { bait, ..base.clone() }).collect();
        let at = chosen.len().min(1);
        chosen.splice(at..at, baited);
    }
    if profile.claims.iter().any(|claim| claim.0 == "replay-detection") {
        chosen.extend(plain.map(|base| Base { twice: true, bait, ..base }));
    }
    chosen
}

fn every(suite: &Suite, data: &Data) -> Vec<Base> {
    let mut all = Vec::new();
    let dimension = &data.baselines.dimension;
    for (key, credential) in dimension.key.iter().flat_map(|key| dimension.credential.iter().map(move |one| (key, one)))
    {
        let excluded = |never: &super::data::Never| never.key == *key && never.credential.contains(credential);
        let Some(case) = data.baselines.key.get(key).filter(|_| !data.baselines.never.iter().any(excluded)) else {
            continue;
        };
        for soap in suite.vocabulary.values(Axis::Soap) {
            for trust in suite.vocabulary.values(Axis::Trust) {
                for token in suite.vocabulary.values(Axis::Token) {
                    for addressing in &dimension.addressing {
                        let mut variant = suite.vocabulary.default_variant();
                        let known = suite.vocabulary.values(Axis::Addressing).contains(addressing);
                        let mut set = |axis, value: &String| variant.0.insert(axis, value.clone());
                        set(Axis::Soap, soap);
                        set(Axis::Trust, trust);
                        set(Axis::Token, token);
                        if known {
                            set(Axis::Addressing, addressing);
                        }
                        all.push(Base {
                            case: CaseId(case.clone()),
                            variant,
                            credential: *credential,
                            addressed: known,
                            twice: false,
                            bait: false,
                        });
                    }
                }
            }
        }
    }
    all
}

/// Whether the target can be asked that: what it claims, where it listens, who may ask.
fn applies(base: &Base, suite: &Suite, profile: &Profile) -> bool {
    let claims = |need: &str| profile.claims.iter().any(|claim| claim.0 == need);
    let Some(case) = suite.case(&base.case.0) else { return false };
    let spoken = base.variant.0.iter().filter_map(|(axis, value)| suite.vocabulary.claim_for(*axis, value)).all(claims);
    case.needs.iter().all(|need| claims(&need.0)) && spoken && profile.lacks(&base.approach()).is_none()
}

/// Every two values of a baseline.
fn pairs(base: &Base) -> Vec<(String, String)> {
    let mut values: Vec<String> = base.variant.0.iter().map(|(axis, value)| format!("{axis}={value}")).collect();
    values.extend([base.case.to_string(), base.credential.to_string(), format!("addressed={}", base.addressed)]);
    let later = |at: usize| values[at + 1..].iter();
    let pairs =
        values.iter().enumerate().flat_map(|(at, one)| later(at).map(move |other| (one.clone(), other.clone())));
    pairs.collect()
}

/// The plainer values to try for each dimension, when a failure is made smaller.
pub(super) fn plainer(base: &Base, suite: &Suite, data: &Data) -> Vec<Base> {
    let mut plainer = Vec::new();
    let plain = suite.vocabulary.default_variant();
    for axis in Axis::ALL {
        if base.variant.0.get(&axis) != plain.0.get(&axis) {
            let mut variant: Variant = base.variant.clone();
            plain.0.get(&axis).map(|value| variant.0.insert(axis, value.clone()));
            plainer.push(Base { variant, ..base.clone() });
        }
    }
    if !base.addressed {
        plainer.push(Base { addressed: true, ..base.clone() });
    }
    if let Some(bearer) = data.baselines.key.get("bearer").filter(|bearer| **bearer != base.case.0) {
        plainer.push(Base { case: CaseId(bearer.clone()), ..base.clone() });
    }
    if base.credential != Credential::Username && !base.twice {
        plainer.push(Base { credential: Credential::Username, ..base.clone() });
    }
    plainer
}
