//! Addresses that a document names, seen from the address that it came from.

use crate::exchange::address::Address;

/// The address of a reference in a document, or why it is not followed.
pub(super) fn join(base: &str, reference: &str) -> Result<String, String> {
    let reference = reference.trim();
    let from = Address::parse(base).map_err(|error| error.to_string())?;
    let origin = origin(&from);
    let path = from.target.split('?').next().unwrap_or("/");
    let joined = if reference.contains("://") {
        reference.to_owned()
    } else if let Some(rest) = reference.strip_prefix("//") {
        format!("{}://{rest}", if from.origin.tls { "https" } else { "http" })
    } else if reference.starts_with('/') {
        format!("{origin}{}", without_dots(reference))
    } else if reference.starts_with('?') {
        format!("{origin}{path}{reference}")
    } else {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{origin}{}", without_dots(&format!("{folder}/{reference}")))
    };
    let to = Address::parse(&joined).map_err(|error| error.to_string())?;
    if !same_host(&from, &to) {
        return Err(format!("`{joined}` is on another host, which is not asked"));
    }
    if from.origin.tls && !to.origin.tls {
        return Err(format!("`{joined}` leads out of TLS"));
    }
    Ok(joined)
}

/// Whether two addresses are on one host, whatever the port.
pub(super) fn same_host(one: &Address, other: &Address) -> bool {
    one.origin.host.eq_ignore_ascii_case(&other.origin.host)
}

fn origin(address: &Address) -> String {
    let scheme = if address.origin.tls { "https" } else { "http" };
    format!("{scheme}://{}", address.origin.host_header())
}

fn without_dots(path: &str) -> String {
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}{query}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::whole("http://a:80/x", "http://a:80/x")]
    #[case::other_port("https://A:8443/x", "https://A:8443/x")]
    #[case::path("/x.wsdl", "http://a:8080/x.wsdl")]
    #[case::sibling("x.wsdl", "http://a:8080/services/x.wsdl")]
    #[case::up("../x.wsdl?a", "http://a:8080/x.wsdl?a")]
    #[case::query("?wsdl=1", "http://a:8080/services/sts?wsdl=1")]
    fn a_reference_starts_from_its_document(#[case] reference: &str, #[case] joined: &str) {
        assert_eq!(join("http://a:8080/services/sts?wsdl", reference).as_deref(), Ok(joined));
    }

    #[rstest]
    #[case::other_host("http://a/", "http://b/")]
    #[case::host_without_scheme("http://a/", "//b/x")]
    #[case::file("http://a/", "file:///etc/passwd")]
    #[case::down("https://a/", "http://a/")]
    #[case::no_address("http://a/", "http://")]
    fn nothing_leads_to_another_host_or_out_of_tls(#[case] base: &str, #[case] reference: &str) {
        assert!(join(base, reference).is_err());
    }
}
