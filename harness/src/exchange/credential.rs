//! The security header of each credential, as template text, and the request that gets a token to show.
//!
//! Written for the first value of every axis, like the bodies of cases; the variant is translated in afterwards, and
//! the operators of `change` see the header like any other part of the message.

use crate::case::model::Credential;

/// What `{{credential}}` stands for: a whole `wsse:Security`, or nothing.
pub fn block(credential: Credential) -> String {
    let proof = match credential {
        Credential::None => return String::new(),
        Credential::Username => format!(
            "<wsse:UsernameToken wsu:Id=\"UT-{{{{uuid:username}}}}\">{USER}{}</wsse:UsernameToken>",
            password("Text", "password")
        ),
        Credential::UsernameDigest => format!(
            "<wsse:UsernameToken wsu:Id=\"UT-{{{{uuid:username}}}}\">{USER}{}\
             <wsse:Nonce EncodingType=\"{MESSAGE}#Base64Binary\">{{{{nonce}}}}</wsse:Nonce>\
             <wsu:Created>{{{{created}}}}</wsu:Created></wsse:UsernameToken>",
            password("Digest", "password-digest")
        ),
        Credential::X509 => format!(
            "<wsse:BinarySecurityToken wsu:Id=\"X509-{{{{uuid:certificate}}}}\" EncodingType=\"{MESSAGE}#Base64Binary\" \
             ValueType=\"{}\">{{{{client.certificate}}}}</wsse:BinarySecurityToken>",
            super::names::X509_V3
        ),
        Credential::SamlBearer | Credential::SamlHolderOfKey => "{{credential.token}}".to_owned(),
    };
    format!(
        "<wsse:Security xmlns:wsse=\"{}\" xmlns:wsu=\"{}\" xmlns:must=\"http://www.w3.org/2003/05/soap-envelope\" must:mustUnderstand=\"1\">\
         <wsu:Timestamp wsu:Id=\"TS-{{{{uuid:timestamp}}}}\"><wsu:Created>{{{{created}}}}</wsu:Created>\
         <wsu:Expires>{{{{now+5m}}}}</wsu:Expires></wsu:Timestamp>{proof}</wsse:Security>",
        super::names::WSSE,
        super::names::WSU,
    )
}

/// The request for the token that a credential shows, without `AppliesTo`: it is meant for the target itself. `None` for
/// credentials that need none.
pub fn prerequisite(credential: Credential) -> Option<String> {
    let key = match credential {
        Credential::SamlBearer => format!("<wst:KeyType>{TRUST}/Bearer</wst:KeyType>"),
        Credential::SamlHolderOfKey => format!(
            "<wst:KeyType>{TRUST}/PublicKey</wst:KeyType><wst:UseKey><ds:KeyInfo xmlns:ds=\"{}\"><ds:X509Data>\
             <ds:X509Certificate>{{{{client.certificate}}}}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></wst:UseKey>",
            super::names::DS
        ),
        _ => return None,
    };
    Some(format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">\
         <s:Header><wsa:Action>{TRUST}/RST/Issue</wsa:Action><wsa:MessageID>{{{{message-id}}}}</wsa:MessageID>\
         <wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>\
         <wsa:To>{{{{to}}}}</wsa:To>{{{{credential}}}}</s:Header>\
         <s:Body><wst:RequestSecurityToken xmlns:wst=\"{TRUST}\">\
         <wst:TokenType>http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0</wst:TokenType>\
         <wst:RequestType>{TRUST}/Issue</wst:RequestType>\
         {key}</wst:RequestSecurityToken></s:Body></s:Envelope>"
    ))
}

const MESSAGE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0";
const PROFILE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
const TRUST: &str = "http://docs.oasis-open.org/ws-sx/ws-trust/200512";
const USER: &str = "<wsse:Username>{{user}}</wsse:Username>";

fn password(kind: &str, name: &str) -> String {
    format!("<wsse:Password Type=\"{PROFILE}#Password{kind}\">{{{{{name}}}}}</wsse:Password>")
}

#[cfg(test)]
mod tests {
    use stsproof_judge::tree::Tree;

    use super::*;

    #[rstest::rstest]
    #[case(Credential::Username)]
    #[case(Credential::UsernameDigest)]
    #[case(Credential::X509)]
    #[case(Credential::SamlBearer)]
    #[case(Credential::SamlHolderOfKey)]
    fn every_security_header_is_whole_by_itself(#[case] credential: Credential) {
        let tree = Tree::from_text(&block(credential)).expect("well-formed without anything around it");
        let first = tree.elements(tree.root()).next().expect("a child");
        assert_eq!(tree.name(first).local, "Timestamp", "it comes first");
    }

    #[test]
    fn a_prerequisite_is_an_envelope() {
        for credential in [Credential::SamlBearer, Credential::SamlHolderOfKey] {
            let envelope = prerequisite(credential).expect("it needs a token");
            assert!(Tree::from_text(&envelope).is_ok(), "{envelope}");
        }
        assert_eq!(prerequisite(Credential::Username), None);
    }
}
