//! What a target tells of itself before anything is drawn: by which names its tokens go for the accounts that may ask, and
//! what of its inside it shows to everybody.

use std::collections::BTreeSet;

use super::course::{Asker, Course, golden};
use super::label::Label;
use super::oracle::Expected;
use super::script::{Phase, Script, Stroke};
use super::shape::Shape;
use crate::case::model::Credential;
use crate::change::Operator;
use crate::exchange::client::Wire;
use crate::exchange::fresh::Source;
use crate::exchange::target::Door;
use crate::exchange::transcript::Outcome;
use crate::verdict::leak;

/// An account, as a message can show it.
#[derive(Clone, Default)]
pub struct Account {
    user: String,
    password: String,
    /// Whom its tokens name, as far as the target has told.
    subjects: BTreeSet<String>,
}

/// The names by which messages are filled, in front of `user` and `password`.
const WHO: [&str; 3] = ["", "other.", "bait."];

impl Account {
    /// Those that the profile names.
    pub(super) fn of(door: &Door<'_>) -> Vec<Self> {
        let value = |who: &str, part: &str| Some(door.values.get(&format!("{who}{part}"))?.as_str().to_owned());
        let of =
            |who: &str| Some(Self { user: value(who, "user")?, password: value(who, "password")?, ..Self::default() });
        WHO.iter().filter_map(|who| of(who)).collect()
    }

    /// Whether a message shows its name and its password together, so that a token about it is one that was earned.
    pub(super) fn is_proven(&self, here: &Shape) -> bool {
        let says = |token: &Shape, name: &str, text: &str| token.only(&[name]).is_some_and(|said| said.text == text);
        here.any(&|part| {
            part.name == "wsse:UsernameToken"
                && says(part, "wsse:Username", &self.user)
                && says(part, "wsse:Password", &self.password)
        })
    }

    /// Whether its tokens name it so, or nobody knows how they name it.
    pub(super) fn is_called(&self, subject: &str) -> bool {
        self.subjects.is_empty() || self.subjects.contains(subject)
    }
}

/// What is expected of every token, with the names that the target gives to each account that may ask.
pub(super) async fn learn(asker: &Asker<'_>, controls: &mut [Result<Expected, String>]) {
    let field = asker.field;
    let wire = &mut asker.exchanger.wire();
    let Some(first) = field
        .grounds()
        .iter()
        .position(|ground| ground.base.credential == Credential::Username && !ground.base.bait && !ground.base.twice)
    else {
        return;
    };
    let mut accounts = Account::of(field.door(first));
    for account in &mut accounts {
        for (ground, control) in field.grounds().iter().zip(&*controls) {
            let asks = field.door(first).values.get(if ground.base.bait { "bait.user" } else { "user" });
            let is_own = ground.base.credential == Credential::Username
                && asks.is_some_and(|user| user.as_str() == account.user);
            let told = control.as_ref().ok().filter(|_| is_own).and_then(|control| control.subject.clone());
            account.subjects.extend(told);
        }
    }
    let user = field.door(first).values.get("other.user");
    if let Some(other) = accounts.iter_mut().find(|account| user.is_some_and(|user| user.as_str() == account.user)) {
        other.subjects.extend(subject(asker, wire, first).await);
    }
    let mut shown = BTreeSet::new();
    for strokes in [Vec::new(), vec![plainest_mistake()]] {
        shown.extend(signs(asker, wire, first, strokes).await.into_iter().flatten());
    }
    for control in controls.iter_mut().flatten() {
        control.accounts.clone_from(&accounts);
        control.shown.clone_from(&shown);
    }
}

/// Whom the token of the other account names.
async fn subject(asker: &Asker<'_>, wire: &mut Wire, ground: usize) -> Option<String> {
    match asker.course(wire, &whole(asker, ground), ground, &name(), &asker.field.expected()).await {
        Course::Sent(sent) => sent.last()?.observed.subject.clone(),
        _ => None,
    }
}

/// What tells of the inside of the target in its answer.
async fn signs(asker: &Asker<'_>, wire: &mut Wire, ground: usize, strokes: Vec<Stroke>) -> Option<Vec<String>> {
    let script = Script { strokes, ..golden(&asker.field.grounds()[ground].base) };
    let mut values = asker.field.values(ground, asker.source.of(&name()));
    let message = asker.field.message(&script, &script.strokes, ground, None, &mut values).ok()?;
    asker.pace().await.ok()?;
    let (exchange, _) = asker.send(wire, ground, message.request).await;
    let Outcome::Answered(answer) = exchange.outcome else { return None };
    Some(leak::signs(&String::from_utf8_lossy(&answer.body)).map(str::to_owned).collect())
}

/// What is asked before the campaign is asked by many processes: none may look like a copy of another.
fn name() -> String {
    format!("known {}", Source::system().of("known").uuid())
}

/// A request without a `RequestType`.
fn plainest_mistake() -> Stroke {
    let path = "/s:Envelope/s:Body/wst:RequestSecurityToken/wst:RequestType".to_owned();
    let role = path[1..].to_owned();
    Stroke { phase: Phase::Change, operator: Operator::Drop { path }, role, promise: None, relation: None }
}

/// The golden request as the other account sends it.
fn whole(asker: &Asker<'_>, ground: usize) -> Script {
    let token = "/s:Envelope/s:Header/wsse:Security/wsse:UsernameToken";
    let stroke = |part: &str, to: &str| Stroke {
        phase: Phase::Change,
        operator: Operator::Text { path: format!("{token}/{part}"), to: to.to_owned() },
        role: format!("{}/{part}", &token[1..]),
        promise: Some(Label::May),
        relation: None,
    };
    let strokes = vec![stroke("wsse:Username", "{{other.user}}"), stroke("wsse:Password", "{{other.password}}")];
    Script { strokes, ..golden(&asker.field.grounds()[ground].base) }
}

#[cfg(test)]
mod tests {
    use stsproof_judge::path::Namespaces;
    use stsproof_judge::tree::Tree;

    use super::super::shape::Names;
    use super::*;

    const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

    fn shape(token: &str) -> Shape {
        let tree = Tree::from_text(&format!("<w:Security xmlns:w='{WSSE}'>{token}</w:Security>")).expect("it is XML");
        Shape::of(&tree, &Names::new(&Namespaces([("wsse".to_owned(), WSSE.to_owned())].into()))).0
    }

    #[test]
    fn another_account_is_proven_by_its_name_and_its_password_together() {
        let bob = Account { user: "bob".to_owned(), password: "builder".to_owned(), ..Account::default() };
        let name = "<w:Username>bob</w:Username>";
        let table = [
            (format!("<w:UsernameToken>{name}<w:Password>builder</w:Password></w:UsernameToken>"), true),
            (format!("<w:UsernameToken>{name}</w:UsernameToken>"), false),
            (format!("<w:UsernameToken>{name}<w:Password>guessed</w:Password></w:UsernameToken>"), false),
            (format!("<w:UsernameToken>{name}</w:UsernameToken><w:Password>builder</w:Password>"), false),
        ];
        for (token, is_proven) in table {
            assert_eq!(bob.is_proven(&shape(&token)), is_proven, "{token}");
        }
    }

    #[test]
    fn an_account_goes_by_the_names_that_the_target_gave_it() {
        let known = Account { subjects: ["bob@example.test".to_owned()].into(), ..Account::default() };
        assert!(known.is_called("bob@example.test") && !known.is_called("bob"));
        assert!(Account::default().is_called("whatever"));
    }
}
