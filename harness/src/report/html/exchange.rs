//! What was sent and what came back, side by side.

use super::Markup;
use super::listing::{Mark, listing};
use super::token::{Token, token};
use crate::exchange::transcript::{Exchange, Outcome};

/// One exchange; `marks` with the document that each is in.
pub(super) fn exchange(seen: &Exchange, named: bool, marks: &[(&str, Mark)]) -> Markup {
    let of = |document: &str| -> Vec<Mark> {
        marks.iter().filter(|(of, _)| *of == document).map(|(_, mark)| mark.clone()).collect()
    };
    let issued = Token::of(seen);
    let mut in_answer = of("answer");
    let mut in_token = of("token");
    // A token is shown where it came, unless it is not there as it is by itself.
    if let Some(base) = issued.as_ref().and_then(|token| token.stands_in(seen)) {
        in_answer.extend(in_token.drain(..).map(|mark| mark.moved(base)));
    }
    let mut section = Markup::of("<div class=\"exchange\">", &[]);
    if named {
        section.put("<h4>Step {}</h4>", &[&seen.step]);
    }
    section.put("<div class=\"pair\">{}{}</div>", &[&request(seen, &of("request")), &answer(seen, &in_answer)]);
    if let Some(issued) = &issued {
        section.put("{}", &[&token(issued, seen, &in_token)]);
    }
    section.put("</div>\n", &[]);
    section
}

fn request(seen: &Exchange, marks: &[Mark]) -> Markup {
    let request = &seen.request;
    let mut part = Markup::of("<div class=\"part\"><h5>Request <small>{}</small></h5>", &[&seen.sent]);
    part.put("<pre class=\"http\"><b>{} {}</b>\n{}</pre>", &[&request.method, &request.url, &head(&request.headers)]);
    part.put("{}</div>", &[&body(&request.body, None, marks)]);
    part
}

fn answer(seen: &Exchange, marks: &[Mark]) -> Markup {
    let mut part = Markup::of("<div class=\"part\"><h5>Answer <small>after {} ms</small></h5>", &[&seen.millis]);
    match &seen.outcome {
        Outcome::Answered(answer) => {
            part.put("<pre class=\"http\"><b>HTTP {}</b>\n{}</pre>", &[&answer.status, &head(&answer.headers)]);
            part.put("{}", &[&body(&answer.body, answer.charset(), marks)]);
        }
        Outcome::Broken { because, received, .. } => {
            part.put("<p class=\"broken\">No whole answer: {}</p>", &[because]);
            part.put("{}", &[&body(received, None, &[])]);
        }
    }
    part.put("</div>", &[]);
    part
}

fn head(headers: &[(String, String)]) -> Markup {
    let mut head = Markup::new();
    for (name, value) in headers {
        head.put("{}: {}\n", &[name, value]);
    }
    head
}

fn body(bytes: &[u8], charset: Option<&str>, marks: &[Mark]) -> Markup {
    if bytes.is_empty() {
        return Markup::of("<p class=\"empty\">no body</p>", &[]);
    }
    Markup::of("<pre class=\"xml\">{}</pre>", &[&listing(bytes, charset, marks)])
}
