//! How what a campaign found is asked again: it is written as a case first.

use std::path::{Path, PathBuf};

use crate::random::part::Part;
use crate::random::promote;
use crate::shell::quoted;
use crate::verdict::Run;

/// What the commands are made of.
pub(in crate::cli) struct Repeat<'a> {
    /// The command that leaves the campaign in the folder, where it is not there yet.
    pub(in crate::cli) keep: Option<String>,
    /// The folder with the campaign.
    pub(in crate::cli) folder: PathBuf,
    /// The folder of cases that it was drawn from, if that is not the program itself.
    pub(in crate::cli) cases: Option<&'a Path>,
    /// The command that runs cases on its target.
    pub(in crate::cli) run: String,
}

impl Repeat<'_> {
    /// Writes the commands beside each case of a campaign; what is no failure by itself is repeated with the whole.
    pub(in crate::cli) fn note(&self, part: &Part, run: &mut Run) {
        for case in &mut run.cases {
            let found = part.small.iter().find(|small| promote::id(small) == case.case);
            let again = found.map_or_else(|| run.target.again.clone(), |small| self.commands(&small.name, &case.name));
            case.again = Some(again);
        }
    }

    fn commands(&self, name: &str, case: &str) -> String {
        let word = |path: &Path| quoted(&path.display().to_string());
        let (folder, own) = (word(&self.folder), word(&self.folder.join("cases")));
        let (export, cases, from) = match self.cases {
            None => (Some(format!("stsproof export {own} --force")), own, String::new()),
            Some(cases) => (None, word(cases), format!(" --cases {}", word(cases))),
        };
        let promote = format!("stsproof promote {folder} {} --into {cases}{from}", quoted(name));
        let run = format!("{} --cases {cases} --case {}", self.run, quoted(case));
        let commands: Vec<String> = self.keep.iter().cloned().chain(export).chain([promote, run]).collect();
        // A campaign that found something does not end with 0, and the next command is wanted all the same.
        commands.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeat(keep: Option<&str>, cases: Option<&'static Path>) -> Repeat<'static> {
        Repeat { keep: keep.map(str::to_owned), folder: "found".into(), cases, run: "stsproof run URL".to_owned() }
    }

    #[test]
    fn what_was_found_is_promoted_into_a_folder_beside_the_campaign() {
        assert_eq!(
            repeat(Some("stsproof fuzz URL --resume found"), None).commands("leak-1", "hostile/found/leak-1"),
            "stsproof fuzz URL --resume found; stsproof export found/cases --force; \
             stsproof promote found leak-1 --into found/cases; \
             stsproof run URL --cases found/cases --case hostile/found/leak-1"
        );
    }

    #[test]
    fn who_has_cases_of_their_own_gets_it_among_them() {
        assert_eq!(
            repeat(None, Some(Path::new("my cases"))).commands("leak-1", "hostile/found/leak-1"),
            "stsproof promote found leak-1 --into 'my cases' --cases 'my cases'; \
             stsproof run URL --cases 'my cases' --case hostile/found/leak-1"
        );
    }
}
