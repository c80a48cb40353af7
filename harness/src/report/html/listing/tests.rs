use rstest::rstest;

use super::*;

fn shown(text: &str, marks: &[(usize, usize, usize)]) -> String {
    let position = |column| Position { line: 1, column };
    let mark = |&(from, to, number): &(usize, usize, usize)| Mark {
        from: position(from),
        to: position(to),
        verdict: Verdict::Fail,
        number,
    };
    let marks: Vec<Mark> = marks.iter().map(mark).collect();
    let plain = listing(text.as_bytes(), None, &marks).into_text();
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'")
}

#[rstest]
#[case::nested("<a><b>1</b><c/></a>", "<i><a></i>\n  <i><b></i>1<i></b></i>\n  <i><c/></i>\n<i></a></i>")]
#[case::blanks("<a>\n\n <b> </b></a>", "<i><a></i>\n  <i><b></i> <i></b></i>\n<i></a></i>")]
#[case::mixed("<a>x<b/>y</a>", "<i><a></i>x<i><b/></i>y<i></a></i>")]
#[case::quoted("<a b='>'/>", "<i><a b='>'/></i>")]
#[case::declared("<a xmlns='u' b='1'/>", "<i><a<u> xmlns='u'</u> b='1'/></i>")]
#[case::others("<?p ?><!-- <a> --><a/>", "<?p ?>\n<!-- <a> -->\n<i><a/></i>")]
#[case::no_markup("at <init>(x)", "at <init>(x)")]
#[case::broken("<a><b c=\"<", "<i><a></i><b c=\"<")]
#[case::control("<a>\u{0}\u{1b}\r\n</a>", "<i><a></i>\u{2400}\u{241b}\n<i></a></i>")]
fn a_message_is_laid_out_for_reading(#[case] text: &str, #[case] laid_out: &str) {
    assert_eq!(shown(text, &[]), laid_out);
}

#[test]
fn an_element_or_an_attribute_is_marked_where_it_stands() {
    let mark = |number| format!("<mark class=\"fail\"><b>{number}</b>");
    let element = shown("<a><b>1</b></a>", &[(4, 12, 1)]);
    assert_eq!(element, format!("<i><a></i>\n  {}<i><b></i>1<i></b></i></mark>\n<i></a></i>", mark(1)));
    let attribute = shown("<a x='1' y='2'/>", &[(4, 9, 1), (1, 17, 2)]);
    assert_eq!(attribute, format!("{}<i><a {}x='1'</mark> y='2'/></i></mark>", mark(2), mark(1)));
}

#[test]
fn marks_that_overlap_or_lie_outside_still_give_sound_markup() {
    for marks in [[(2, 9, 1), (5, 40, 2)], [(0, 3, 1), (9, 4, 2)], [(7, 10, 1), (8, 12, 2)]] {
        let shown = shown("<a x='1'><b>1</b></a>", &marks);
        let (mut open, mut rest) = (Vec::new(), shown.as_str());
        while let Some(at) = rest
            .find("<mark")
            .into_iter()
            .chain(rest.find("</mark>"))
            .chain(rest.find("<i>"))
            .chain(rest.find("</i>"))
            .min()
        {
            rest = &rest[at..];
            match &rest[..3] {
                "<ma" => open.push("</m"),
                "<i>" => open.push("</i"),
                close => assert_eq!(open.pop(), Some(close), "{shown}"),
            }
            rest = &rest[1..];
        }
        assert!(open.is_empty(), "{shown}");
    }
}

#[test]
fn long_base64_is_shortened_to_its_ends() {
    let long = "A".repeat(300);
    let shown = shown(&format!("<a>{long}</a>"), &[]);
    assert!(shown.contains("<em>… 232 more …</em>") && shown.len() < 150, "{shown}");
}
