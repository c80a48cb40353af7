//! From choices to operators on the places of one golden request.

use super::super::data::{Data, Fits, Relation, Rule, Signed, Strength, TextWay, Type, Way};
use super::super::ground::Ground;
use super::super::label::Label;
use super::super::locus::Locus;
use super::super::script::{Phase, Script, Stroke};
use super::{Blueprint, Family, Sketch};
use crate::change::{Base, Operator, Place, Rewrite};

/// Makes a blueprint real.
pub(super) fn script(blueprint: &Blueprint, grounds: &[Ground], shares: &[usize], data: &Data) -> Script {
    let ground = &grounds[shares[pick(shares.len(), blueprint.ground)]];
    let mut script = Script { base: ground.base.clone(), strokes: Vec::new(), headers: [].into(), again: None };
    if ground.base.twice {
        let mut again = Vec::new();
        let sketches = blueprint.sketches.iter().chain(&blueprint.preserved);
        sketches.for_each(|sketch| preserve(ground, data, *sketch, &mut again, &mut script));
        for stroke in &mut again {
            stroke.phase = Phase::Tamper;
        }
        script.again = Some(again);
        return script;
    }
    let mut strokes = Vec::new();
    for sketch in &blueprint.sketches {
        match sketch.family {
            Family::Copy => copy(ground, data, *sketch, &mut strokes),
            Family::Drop => empty(ground, data, *sketch, &mut strokes),
            Family::Text => text(ground, data, *sketch, &mut strokes),
            Family::Name => name(ground, data, *sketch, &mut strokes),
            Family::Preserve => preserve(ground, data, *sketch, &mut strokes, &mut script),
            Family::Bytes => bytes(ground, *sketch, &mut strokes),
        }
    }
    for sketch in &blueprint.preserved {
        preserve(ground, data, *sketch, &mut strokes, &mut script);
    }
    script.strokes = strokes;
    script
}

/// What is tried before anything is drawn.
pub(super) fn systematic(grounds: &[Ground], data: &Data) -> Vec<Script> {
    let mut all = Vec::new();
    let bait = grounds.iter().position(|ground| ground.base.bait);
    for (at, ground) in grounds.iter().enumerate() {
        let begin = all.len();
        let is_plainest = at == 0 || Some(at) == bait;
        let mut add = |strokes: Vec<Stroke>, headers: std::collections::BTreeMap<String, String>| {
            let base = ground.base.clone();
            let own: &[Script] = &all[begin..];
            if !own.iter().any(|script| script.strokes == strokes && script.headers == headers) {
                let again = ground.base.twice.then(Vec::new);
                all.push(Script { base, strokes, headers, again });
            }
        };
        add(Vec::new(), [].into());
        if ground.base.twice {
            continue;
        }
        for locus in &ground.loci {
            add(vec![dropped(ground, data, locus)], [].into());
            if !locus.has_elements {
                add(vec![written(data, locus, String::new())], [].into());
            }
            // Every value of its type, on the plainest request only: the others draw from the same tables.
            let values = data.values.get(&locus.kind).filter(|_| is_plainest && !locus.has_elements);
            for value in values.into_iter().flatten() {
                add(vec![written(data, locus, value.whole())], [].into());
            }
        }
        for splice in &data.splices {
            let places = splice.into.iter().filter(|place| has(ground, place));
            places.for_each(|place| add(vec![inserted(splice, place)], [].into()));
        }
        for relation in &data.relations {
            // At every place on the plainest request: a reader that goes by the looks of one element is found nowhere else.
            let places = if is_plainest { ground.loci.len() } else { 1 };
            for (way, first) in (0..ways(relation)).flat_map(|way| (0..places).map(move |first| (way, first))) {
                let [first, way] = [first, way].map(|number| u32::try_from(number).unwrap_or(0));
                let (mut strokes, mut script) = (Vec::new(), empty_script(ground));
                let sketch = Sketch { family: Family::Preserve, picks: [first, way, 0] };
                follow(ground, relation, sketch, &mut strokes, &mut script);
                if !strokes.is_empty() || !script.headers.is_empty() {
                    add(strokes, script.headers);
                }
            }
        }
    }
    all
}

fn empty_script(ground: &Ground) -> Script {
    Script { base: ground.base.clone(), strokes: Vec::new(), headers: [].into(), again: None }
}

fn pick(length: usize, with: u32) -> usize {
    usize::try_from(with).unwrap_or(0) % length.max(1)
}

fn has(ground: &Ground, path: &str) -> bool {
    ground.loci.iter().any(|locus| locus.path == path)
}

/// A place that is still there after what has been done, and that fits.
fn place<'g>(ground: &'g Ground, strokes: &[Stroke], with: u32, fits: impl Fn(&Locus) -> bool) -> Option<&'g Locus> {
    let gone = |locus: &Locus| {
        strokes.iter().any(|stroke| match &stroke.operator {
            Operator::Drop { path }
            | Operator::Rename { path, .. }
            | Operator::Move { path, .. }
            | Operator::Wrap { path, .. }
            | Operator::Replace { path, .. } => inside(&locus.path, path),
            Operator::Text { path, .. } => inside(&locus.path, path) && locus.path != *path,
            Operator::Attribute { name, at, .. } => name.starts_with("xmlns") && inside(&locus.path, at),
            _ => false,
        })
    };
    let fitting: Vec<&Locus> = ground.loci.iter().filter(|locus| fits(locus) && !gone(locus)).collect();
    (!fitting.is_empty()).then(|| fitting[pick(fitting.len(), with)])
}

fn inside(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '[']))
}

fn stroke(operator: Operator, role: &str, promise: Label) -> Stroke {
    Stroke { phase: Phase::Change, operator, role: role.to_owned(), promise: Some(promise), relation: None }
}

fn region_label(data: &Data, locus: &Locus, said: impl Fn(&super::super::data::Region) -> Label) -> Label {
    data.region(&locus.role).map_or(Label::May, said)
}

// ---- two subtrees where one is meant

fn copy(ground: &Ground, data: &Data, sketch: Sketch, strokes: &mut Vec<Stroke>) {
    let [first, second, kind] = sketch.picks;
    let element = |locus: &Locus| !locus.is_attribute && locus.role != "s:Envelope";
    match kind % 10 {
        0..=2 => {
            let Some(locus) = place(ground, strokes, first, element) else { return };
            let promise = region_label(data, locus, |region| region.twice);
            let to = [Place::After(locus.path.clone()), Place::Before(locus.path.clone())][pick(2, second)].clone();
            let mut made = stroke(Operator::Copy { path: locus.path.clone(), place: to }, &locus.role, promise);
            // A copy that the reader takes for the golden one, or the versions that differ: nothing is promised.
            made.promise = made.promise.filter(|_| !is_once_only(data, locus) || !is_old_addressing(ground));
            strokes.push(made);
        }
        3 | 4 => {
            let splice = &data.splices[pick(data.splices.len(), first)];
            let places: Vec<_> = splice.into.iter().filter(|place| has(ground, place)).collect();
            if !places.is_empty() {
                strokes.push(inserted(splice, places[pick(places.len(), second)]));
            }
        }
        5 => {
            let Some(locus) = place(ground, strokes, first, element) else { return };
            let within = ["x:Wrapper", "wsse:Wrapper", "s:Header", "wst:RequestSecurityToken"][pick(4, second)];
            strokes.push(Stroke {
                promise: None,
                ..stroke(
                    Operator::Wrap { path: locus.path.clone(), within: within.to_owned() },
                    &locus.role,
                    Label::May,
                )
            });
        }
        6 | 7 => {
            let Some(from) = place(ground, strokes, first, element) else { return };
            let Some(to) = place(ground, strokes, second, |to| to.has_elements && !inside(&to.path, &from.path)) else {
                return;
            };
            let to = if second % 2 == 0 { Place::Into(to.path.clone()) } else { Place::FirstInto(to.path.clone()) };
            let operator = if kind % 10 == 6 {
                Operator::Copy { path: from.path.clone(), place: to }
            } else {
                Operator::Move { path: from.path.clone(), place: to }
            };
            strokes.push(Stroke { promise: None, ..stroke(operator, "s:Envelope", Label::May) });
        }
        8 => reference(ground, data, first, second, strokes),
        _ => wrapped_body(ground, first, strokes),
    }
}

fn inserted(splice: &super::super::data::Splice, place: &str) -> Stroke {
    let operator = Operator::Insert { xml: splice.xml.clone(), place: Place::Into(place.to_owned()) };
    Stroke { promise: None, ..stroke(operator, place.trim_start_matches('/'), Label::May) }
}

/// What was signed is touched after it was signed.
fn reference(ground: &Ground, data: &Data, first: u32, second: u32, strokes: &mut Vec<Stroke>) {
    let mut paths: Vec<&String> = Vec::new();
    if ground.shows_token() {
        paths.extend(&data.baselines.token.paths);
    }
    if ground.signs() {
        paths.extend(&data.baselines.signature.paths);
    }
    let Some(path) = paths.get(pick(paths.len(), first)).map(|path| (*path).clone()) else {
        // Nothing is signed: an identifier is as good a reference.
        let Some(locus) = place(ground, strokes, first, |locus| locus.is_attribute && locus.role.ends_with("Id"))
        else {
            return;
        };
        let operator = Operator::Text { path: locus.path.clone(), to: "twin".to_owned() };
        strokes.push(Stroke { promise: None, ..stroke(operator, &locus.role, Label::May) });
        return;
    };
    let is_attribute = path.contains("/@");
    let operator = match second % 4 {
        0 => Operator::Drop { path },
        1 if !is_attribute => Operator::Copy { place: Place::After(path.clone()), path },
        _ if is_attribute => Operator::Text {
            path,
            to: ["", "#nowhere", "urn:example:none", "http://127.0.0.1:9/"][pick(4, second / 4)].to_owned(),
        },
        2 => Operator::Text { path, to: "{{other.user}}".to_owned() },
        _ => Operator::Insert { xml: "<!-- -->x".to_owned(), place: Place::FirstInto(path) },
    };
    strokes.push(Stroke { phase: Phase::Tamper, promise: None, ..stroke(operator, "s:Envelope", Label::May) });
}

/// The request as it was signed, moved to where nobody should look, and another one in its place.
fn wrapped_body(ground: &Ground, first: u32, strokes: &mut Vec<Stroke>) {
    let body = "/s:Envelope/s:Body";
    let wrapper = "<x:Wrapper xmlns:x=\"urn:example:unknown\"/>".to_owned();
    let to = ["/s:Envelope/s:Header", "/s:Envelope/s:Header/wsse:Security"][pick(2, first)];
    let operators = [
        Operator::Insert { xml: wrapper, place: Place::Into(to.to_owned()) },
        Operator::Copy { path: body.to_owned(), place: Place::Into(format!("{to}/x:Wrapper")) },
        Operator::Text {
            path: format!("{body}/wst:RequestSecurityToken/@Context"),
            to: "urn:example:other".to_owned(),
        },
        Operator::Attribute { name: "wsu:Id".to_owned(), at: body.to_owned(), to: "other".to_owned() },
    ];
    let phase = if ground.signs() { Phase::Tamper } else { Phase::Change };
    let made = operators.into_iter().take(2 + pick(3, first / 2)).map(|operator| Stroke {
        phase,
        promise: None,
        ..stroke(operator, "s:Envelope", Label::May)
    });
    strokes.extend(made);
}

/// Whether a place is one of which only WS-Addressing 1.0 speaks.
fn is_once_only(data: &Data, locus: &Locus) -> bool {
    data.region(&locus.role).is_some_and(|region| region.rule == Rule::OnceIn10)
}

fn is_old_addressing(ground: &Ground) -> bool {
    ground.base.variant.value("addressing") == Some("2004/08")
}

// ---- absence and emptiness

fn dropped(ground: &Ground, data: &Data, locus: &Locus) -> Stroke {
    let promise =
        if locus.role == "s:Envelope" { Label::Reject } else { region_label(data, locus, |region| region.absent) };
    // What only WS-Addressing 1.0 says promises nothing of its forerunner.
    let is_foreign = is_once_only(data, locus) && is_old_addressing(ground);
    let operator = if locus.role == "s:Envelope" {
        Operator::Rename { path: locus.path.clone(), to: "s:Nothing".to_owned() }
    } else {
        Operator::Drop { path: locus.path.clone() }
    };
    let made = stroke(operator, &locus.role, promise);
    Stroke { promise: made.promise.filter(|_| !is_foreign), ..made }
}

fn empty(ground: &Ground, data: &Data, sketch: Sketch, strokes: &mut Vec<Stroke>) {
    let [first, second, _] = sketch.picks;
    let made = match second % 6 {
        0..=2 => place(ground, strokes, first, |_| true).map(|locus| dropped(ground, data, locus)),
        3 | 4 => {
            let blank = if second % 2 == 0 { "" } else { " \n" };
            let locus = place(ground, strokes, first, |locus| !locus.has_elements);
            locus.map(|locus| written(data, locus, blank.to_owned()))
        }
        _ => place(ground, strokes, first, |locus| locus.has_elements && locus.role != "s:Envelope").map(|locus| {
            Stroke {
                promise: None,
                ..stroke(Operator::Text { path: locus.path.clone(), to: String::new() }, &locus.role, Label::May)
            }
        }),
    };
    strokes.extend(made);
}

// ---- typed text

fn text(ground: &Ground, data: &Data, sketch: Sketch, strokes: &mut Vec<Stroke>) {
    let [first, second, _] = sketch.picks;
    let Some(locus) = place(ground, strokes, first, |locus| !locus.has_elements) else { return };
    let table = data.values.get(&locus.kind).or_else(|| data.values.get(&Type::Any));
    let Some(value) = table.and_then(|table| table.get(pick(table.len(), second))) else { return };
    strokes.push(written(data, locus, value.whole()));
}

/// Another text at a place, and what that promises by the table alone.
fn written(data: &Data, locus: &Locus, to: String) -> Stroke {
    let is_filled = to.contains("{{");
    let promise = match data.region(&locus.role) {
        Some(region) if super::super::shape::is_space(&to) => region.blank,
        Some(region) if !is_filled && !super::super::label::is_legal(region.kind, &to) => region.illegal,
        Some(region) if region.rule == Rule::Plain && !is_filled => region.other,
        None | Some(_) => Label::May,
    };
    stroke(Operator::Text { path: locus.path.clone(), to }, &locus.role, promise)
}

// ---- names

fn name(ground: &Ground, data: &Data, sketch: Sketch, strokes: &mut Vec<Stroke>) {
    let [first, second, kind] = sketch.picks;
    let Some(locus) = place(ground, strokes, first, |locus| !locus.is_attribute) else { return };
    let prefix = locus.name.split_once(':').map_or("x", |(prefix, _)| prefix);
    // Under another name it is not only gone: it is also something else that is there.
    let gone =
        if locus.role == "s:Envelope" { Label::Reject } else { region_label(data, locus, |region| region.absent) };
    let absent = gone.min(Label::May);
    strokes.push(match kind % 4 {
        0 => stroke(
            Operator::Rename {
                path: locus.path.clone(),
                to: format!("{prefix}:{}", ["Other", "request", "Issue"][pick(3, second)]),
            },
            &locus.role,
            absent,
        ),
        1 => stroke(
            Operator::Rename {
                path: locus.path.clone(),
                to: format!("x:{}", locus.name.rsplit(':').next().unwrap_or("Other")),
            },
            &locus.role,
            absent,
        ),
        _ => {
            let (name, value) = ATTRIBUTES[pick(ATTRIBUTES.len(), second)];
            let operator = Operator::Attribute { name: name.to_owned(), at: locus.path.clone(), to: value.to_owned() };
            Stroke { promise: None, ..stroke(operator, &locus.role, Label::May) }
        }
    });
}

/// Attributes that the message does not have, and that mean something to somebody.
const ATTRIBUTES: [(&str, &str); 12] = [
    ("x:unknown", "1"),
    ("unknown", "1"),
    ("wsu:Id", "twin"),
    ("Id", "twin"),
    ("xml:id", "twin"),
    ("xml:lang", "de"),
    ("xsi:nil", "true"),
    ("s:role", "urn:example:other"),
    ("s:role", "http://www.w3.org/2003/05/soap-envelope/role/next"),
    ("s:encodingStyle", "urn:example:none"),
    ("Type", "urn:example:none"),
    ("Context", "urn:example:second"),
];

// ---- the same message written another way

fn preserve(ground: &Ground, data: &Data, sketch: Sketch, strokes: &mut Vec<Stroke>, script: &mut Script) {
    let drawn: Vec<&Relation> = data.relations.iter().filter(|relation| ways(relation) > 0).collect();
    if !drawn.is_empty() {
        follow(ground, drawn[pick(drawn.len(), sketch.picks[2])], sketch, strokes, script);
    }
}

fn ways(relation: &Relation) -> usize {
    relation.rewrite.len() + relation.change.len() + relation.headers.len()
}

fn follow(ground: &Ground, relation: &Relation, sketch: Sketch, strokes: &mut Vec<Stroke>, script: &mut Script) {
    let [first, way, _] = sketch.picks;
    let is_other =
        |axis, value: &Option<String>| value.as_deref().is_some_and(|it| ground.base.variant.value(axis) != Some(it));
    let other_version = is_other("soap", &relation.soap) || is_other("addressing", &relation.addressing);
    let other_credential = relation.credential.is_some_and(|credential| ground.base.credential != credential);
    if other_version || other_credential {
        return;
    }
    let promise = match relation.strength {
        Strength::Strong => Label::Accept,
        Strength::Weak => Label::May,
    };
    let mut way = pick(ways(relation), way);
    let made = |operator: Operator, role: &str, promise: Label, phase: Phase| Stroke {
        phase,
        operator,
        role: role.to_owned(),
        promise: Some(promise),
        relation: Some(relation.id.clone()),
    };
    if let Some(rewrite) = relation.rewrite.get(way) {
        let how = match *rewrite {
            Way::Rewrite(how) => how,
            Way::Text(way) => return text_way(ground, relation, way, first, promise, strokes),
        };
        let safe = relation.signed == Signed::Safe && ground.signs() || how.is_about_the_document();
        let fits = |locus: &Locus| fits(relation.at, locus) && suits(how, locus);
        let Some(locus) = place(ground, strokes, first, fits) else { return };
        // What a digest or a string type covers as text may differ for some.
        let is_text =
            matches!(how, Rewrite::Base64Lines) && !matches!(locus.role.rsplit('/').next(), Some("ds:X509Certificate"));
        let promise = if is_text { Label::May } else { promise };
        let operator = Operator::Rewrite { path: locus.path.clone(), how };
        let role = if how.is_about_the_document() { "document" } else { &locus.role };
        strokes.push(made(operator, role, promise, if safe { Phase::Tamper } else { Phase::Change }));
        return;
    }
    way -= relation.rewrite.len();
    if let Some(change) = relation.change.get(way) {
        let there = |operator: &Operator| {
            operator.paths().iter().all(|path| place(ground, strokes, 0, |locus| locus.path == *path).is_some())
        };
        if change.iter().all(there) {
            for operator in change {
                let role = operator.paths().first().map_or("document", |path| path.trim_start_matches('/')).to_owned();
                strokes.push(made(operator.clone(), &role, promise, Phase::Change));
            }
        }
        return;
    }
    way -= relation.change.len();
    if let Some(headers) = relation.headers.get(way) {
        script.headers.extend(headers.clone());
    }
}

/// Ways that need the text as it is sent: on the finished message.
fn text_way(ground: &Ground, relation: &Relation, way: TextWay, first: u32, promise: Label, strokes: &mut Vec<Stroke>) {
    // Before and after what it tells apart, a comment would be a difference of its own: it stands in the middle.
    let fits = |locus: &Locus| fits(relation.at, locus) && !ground.shows_token();
    let Some(locus) = place(ground, strokes, first, fits) else { return };
    let path = locus.path.clone();
    let operator = match way {
        TextWay::Charref => Operator::Charref { path, base: [Base::Decimal, Base::Hex][pick(2, first / 7)] },
        TextWay::Cdata => Operator::Cdata { path },
        TextWay::CommentInside => Operator::Split { path, with: "<!-- inside -->".to_owned() },
    };
    strokes.push(Stroke {
        phase: Phase::Tamper,
        operator,
        role: locus.role.clone(),
        promise: Some(promise),
        relation: Some(relation.id.clone()),
    });
}

fn fits(at: Option<Fits>, locus: &Locus) -> bool {
    match at {
        None => true,
        Some(Fits::Document) => locus.role == "s:Envelope",
        Some(Fits::Element) => !locus.is_attribute,
        Some(Fits::Tag) => !locus.is_attribute && locus.has_attributes,
        Some(Fits::Parent) => locus.has_elements,
        Some(Fits::Leaf) => !locus.is_attribute && !locus.has_elements && !locus.text.is_empty(),
        Some(Fits::Base64) => !locus.is_attribute && locus.kind == Type::Base64,
        Some(Fits::Collapsing) => !locus.is_attribute && !locus.has_elements && locus.kind.collapses(),
    }
}

/// Whether a rewrite has anything to do there.
fn suits(how: Rewrite, locus: &Locus) -> bool {
    match how {
        Rewrite::EmptyForm => !locus.has_elements && locus.text.is_empty(),
        Rewrite::DefaultNamespace => !locus.has_elements,
        _ => true,
    }
}

// ---- what no reader lets in

fn bytes(ground: &Ground, sketch: Sketch, strokes: &mut Vec<Stroke>) {
    let [first, second, _] = sketch.picks;
    if second % 3 == 0 {
        let Some(locus) = place(ground, strokes, first, |locus| !locus.is_attribute) else { return };
        let operator = Operator::Insert { xml: "<?x y?>".to_owned(), place: Place::Before(locus.path.clone()) };
        strokes.push(Stroke { promise: None, ..stroke(operator, &locus.role, Label::May) });
        return;
    }
    let (find, with) = BROKEN[pick(BROKEN.len(), first)];
    let operator = Operator::Bytes { find: find.to_owned(), with: with.to_owned() };
    strokes.push(Stroke { phase: Phase::Tamper, ..stroke(operator, "document", Label::Reject) });
}

/// Texts of every golden message, and what makes no message of it.
const BROKEN: [(&str, &str); 12] = [
    ("<s:Envelope", "<!DOCTYPE s:Envelope><s:Envelope"),
    ("<s:Envelope", "<!DOCTYPE s:Envelope [<!ENTITY e \"Issue\">]><s:Envelope"),
    ("<s:Envelope", "<!doctype s:Envelope><s:Envelope"),
    ("<s:Envelope", "<s:Envelope x=1"),
    ("<s:Envelope", "text<s:Envelope"),
    ("<s:Envelope", "<s:Envelope xmlns:p=\"\""),
    ("<s:Body", "<s:Body a=\"1\" a=\"2\""),
    ("</s:Envelope>", ""),
    ("</s:Envelope>", "</s:Envelope><s:Envelope/>"),
    ("</s:Body>", "&undefined;</s:Body>"),
    ("</s:Body>", "\u{1}</s:Body>"),
    ("</s:Body>", "<p:undeclared/></s:Body>"),
];
