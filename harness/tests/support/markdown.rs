//! Markdown as whoever looks for live markup reads it.

/// A page without its code, in which nothing is alive. What opens and never ends is no code.
pub(crate) fn outside_code(page: &str) -> String {
    let (mut outside, mut rest) = (String::new(), page);
    while let Some(start) = rest.find('`') {
        let fence = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let (fence, inside) = rest[start..].split_at(fence);
        outside.push_str(&rest[..start]);
        // A longer run of back ticks does not end it.
        let is_whole = |at: &usize| !inside[..*at].ends_with('`') && !inside[at + fence.len()..].starts_with('`');
        if let Some(end) = inside.match_indices(fence).map(|(at, _)| at).find(is_whole) {
            rest = &inside[end + fence.len()..];
        } else {
            outside.push_str(fence);
            rest = inside;
        }
    }
    outside + rest
}
