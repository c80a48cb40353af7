//! The known name that somebody probably meant.

/// The known name nearest to `wrong`, if one is near enough to be a likely typo.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (likeness(wrong, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// Short names share too few letters for the usual measure: one slip of the finger makes them alike as well.
fn likeness(wrong: &str, name: &str) -> f64 {
    let slip = wrong.len() > 1 && strsim::damerau_levenshtein(wrong, name) == 1;
    strsim::jaro_winkler(wrong, name).max(if slip { 0.9 } else { 0.0 })
}

/// A remedy that names the nearest known name, or says where all of them stand.
pub fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    match nearest(wrong, known) {
        Some(name) => format!("did you mean `{name}`? {otherwise}"),
        None => otherwise.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_name_and_nonsense_finds_none() {
        let known = ["wst.rstr.context-echo", "wst.rst.requesttype-required"];
        assert_eq!(nearest("wst.rstr.context-ecko", known), Some("wst.rstr.context-echo"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(nearest("wts", ["wsa", "wst", "saml"]), Some("wst"));
    }
}
