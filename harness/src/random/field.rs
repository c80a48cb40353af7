//! Everything that a campaign against one target stands on, made once.

use std::collections::BTreeMap;

use stsproof_judge::keys::{Certificate, Keys};

use super::data::Data;
use super::ground::{Ground, baselines};
use super::oracle::Expected;
use super::render::{self, Message, Setting};
use super::script::{Base, Script, Stroke};
use crate::case::model::Capability;
use crate::error::Error;
use crate::exchange::fill::Values;
use crate::exchange::fresh::Fresh;
use crate::exchange::own::Own;
use crate::exchange::target::{Door, Target};
use crate::suite::Suite;

/// What a target claims that heeds the lifetime that is asked for.
pub(super) const LIFETIME: &str = "lifetime";

/// The golden requests of a campaign, and what it takes to send and label what is made of them.
pub struct Field<'a> {
    pub(super) suite: &'a Suite,
    pub(super) data: &'a Data,
    pub(super) target: &'a Target,
    pub(super) grounds: Vec<Ground>,
    doors: Vec<Door<'a>>,
    by_base: BTreeMap<Base, usize>,
    known: Vec<String>,
    trusted: Keys,
}

/// A golden request with the token that it shows, as long as that is good.
pub(super) struct Shown {
    pub(super) ground: Ground,
    pub(super) own: Own,
}

impl<'a> Field<'a> {
    /// Renders every baseline that the target can be asked.
    pub fn new(suite: &'a Suite, data: &'a Data, target: &'a Target) -> Result<Self, Error> {
        Self::over(baselines(suite, data, target.profile()), suite, data, target)
    }

    /// The same over baselines of one's own choice.
    pub fn over(bases: Vec<Base>, suite: &'a Suite, data: &'a Data, target: &'a Target) -> Result<Self, Error> {
        let profile = target.profile();
        if bases.is_empty() {
            return Err(Error::NothingSelected {
                cause: "no golden request can be asked of the target".to_owned(),
                remedy: "say in the profile, or by `--claim`, what the target offers".to_owned(),
            });
        }
        let grounds = bases.iter().map(|base| Ground::new(base, suite, data)).collect::<Result<Vec<_>, _>>()?;
        let door = |base: &Base| {
            target.door(&base.approach()).map_err(|cause| {
                Error::set_up("the profile", cause, "add what is missing, or take the credential out of its endpoints")
            })
        };
        let doors = bases.iter().map(door).collect::<Result<Vec<_>, _>>()?;
        let mut trusted = Keys::default();
        for door in &doors {
            if let Some(text) = door.values.get("client.certificate") {
                let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", text.as_str());
                trusted.certificates.extend(Certificate::from_pem(&pem).ok());
                break;
            }
        }
        let applies_to = &profile.applies_to;
        let known = [Some(&applies_to.known), applies_to.other.as_ref()];
        Ok(Self {
            suite,
            data,
            target,
            by_base: bases.into_iter().enumerate().map(|(at, base)| (base, at)).collect(),
            grounds,
            doors,
            known: known.into_iter().flatten().cloned().collect(),
            trusted,
        })
    }

    /// What decides which script a number stands for, and its label: the golden requests and what the target claims.
    pub fn digest(&self) -> String {
        let bases = self.grounds.iter().map(|ground| serde_json::to_string(&ground.base).unwrap_or_default());
        let claims = self.target.profile().claims.iter().map(|claim| claim.0.clone());
        let lines: Vec<String> = bases.chain(claims).collect();
        stsproof_cases::digest([("grounds", lines.join("\n").as_bytes())])
    }

    /// Which golden request a script starts from.
    pub(super) fn ground_of(&self, script: &Script) -> Option<usize> {
        self.by_base.get(&script.base).copied()
    }

    /// The golden requests.
    pub fn grounds(&self) -> &[Ground] {
        &self.grounds
    }

    pub(super) fn door(&self, ground: usize) -> &Door<'a> {
        &self.doors[ground]
    }

    /// Values for one script: what the profile gives, the rest afresh.
    pub(super) fn values(&self, ground: usize, fresh: Fresh) -> Values {
        Values::new(self.doors[ground].values.clone(), fresh)
    }

    /// Makes a message of a script.
    pub(super) fn message(
        &self,
        script: &Script,
        strokes: &[Stroke],
        ground: usize,
        shown: Option<&Shown>,
        values: &mut Values,
    ) -> Result<Message, String> {
        let setting = Setting {
            ground: shown.map_or(&self.grounds[ground], |shown| &shown.ground),
            door: &self.doors[ground],
            own: shown.map(|shown| &shown.own),
            data: self.data,
            vocabulary: &self.suite.vocabulary,
            known: &self.known,
            unknown: &self.target.profile().applies_to.unknown,
            trusted: &self.trusted,
        };
        render::message(script, strokes, &setting, values)
    }

    /// What is expected of every token, before the golden answer has been seen.
    pub(super) fn expected(&self) -> Expected {
        let heeds_lifetime = self.target.profile().claims.contains(&Capability(LIFETIME.to_owned()));
        Expected { secrets: self.target.passwords().collect(), heeds_lifetime, ..Expected::default() }
    }

    /// What a script looks like and how it is labelled, without a target to send it to. `None` for a script that shows
    /// a token, which only a target can give.
    pub fn offline(&self, script: &Script, fresh: Fresh) -> Option<Result<Offline, String>> {
        let ground = self.ground_of(script)?;
        if self.grounds[ground].shows_token() {
            return None;
        }
        let mut values = self.values(ground, fresh);
        let made = self.message(script, &script.strokes, ground, None, &mut values);
        Some(made.map(|message| Offline {
            body: message.request.body,
            label: message.label.label,
            because: message.label.because,
            clause: message.label.clause,
            conflict: message.conflict,
        }))
    }
}

/// A message that was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offline {
    /// Itself.
    pub body: Vec<u8>,
    /// Its label.
    pub label: super::label::Label,
    /// What decided the label.
    pub because: String,
    /// The row of the register that says so, where there is one.
    pub clause: Option<String>,
    /// What the operators promised, where that excludes the label.
    pub conflict: Option<String>,
}
