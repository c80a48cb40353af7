//! What is wrong in a file that somebody wrote: place, cause, remedy.

use std::fmt;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, SourceSpan};

/// A text file under its name in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The path, as a reader can find it.
    pub name: String,
    /// The content.
    pub text: String,
}

/// One mistake in a file.
#[derive(Debug, Clone)]
pub struct Problem {
    message: String,
    help: Option<String>,
    place: Option<Place>,
}

#[derive(Debug, Clone)]
struct Place {
    source: NamedSource<String>,
    span: SourceSpan,
    label: String,
    line: usize,
}

/// All mistakes of one reading. Never empty.
#[derive(Debug, Clone)]
pub struct Problems(pub Vec<Problem>);

impl Problem {
    /// A mistake that has a place in a file.
    pub fn at(file: &Arc<Text>, at: Range<usize>, message: impl Into<String>) -> Self {
        let at = at.start.min(file.text.len())..at.end.min(file.text.len());
        let line = 1 + file.text.get(..at.start).map_or(0, |before| before.matches('\n').count());
        let place = Place {
            source: NamedSource::new(&file.name, file.text.clone()),
            span: SourceSpan::from(first_line(&file.text, at)),
            label: "here".to_owned(),
            line,
        };
        Self { message: message.into(), help: None, place: Some(place) }
    }

    /// A mistake about a file as a whole; the message names it.
    pub fn about(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, place: None }
    }

    /// What to write under the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        if let Some(place) = &mut self.place {
            place.label = label.into();
        }
        self
    }

    /// What to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The cause, without place and remedy.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Problems {
    /// `Ok` where nothing was found.
    pub fn none_of(found: Vec<Problem>) -> Result<(), Self> {
        if found.is_empty() { Ok(()) } else { Err(Self(found)) }
    }

    /// Writes each with its place, then their number.
    pub fn write(&self, to: &mut impl Write, colour: bool) -> io::Result<()> {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(110).with_primary_span_start();
        for problem in &self.0 {
            let mut text = String::new();
            handler.render_report(&mut text, problem).map_err(io::Error::other)?;
            writeln!(to, "{text}")?;
        }
        match self.0.len() {
            1 => writeln!(to, "1 problem"),
            many => writeln!(to, "{many} problems"),
        }
    }
}

/// A label over many lines hides the message in a frame; its first line is enough to find the place.
fn first_line(text: &str, at: Range<usize>) -> Range<usize> {
    let length = text.get(at.clone()).and_then(|part| part.find('\n')).unwrap_or(at.len());
    at.start..at.start + length
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref().map(|place| &place.source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        let label = LabeledSpan::new_primary_with_span(Some(place.label.clone()), place.span);
        Some(Box::new(std::iter::once(label)))
    }
}

impl fmt::Display for Problems {
    /// One line each, for places where there is no room for more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            if let Some(place) = &problem.place {
                write!(f, "{}:{}: ", place.source.name(), place.line)?;
            }
            f.write_str(&problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
