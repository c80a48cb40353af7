//! What is asked: the RST and its parameters.

use rstest::rstest;

use super::*;
use crate::request::{Entropy, Lifetime};
use crate::security::TokenKind;

#[rstest]
#[case::no_request_type(PLAIN.replace("RequestType", "TokenType"), TrustCode::InvalidRequest)]
#[case::unknown_request_type(with("200512/Issue<", "200512/Nonsense<"), TrustCode::BadRequest)]
#[case::type_of_other_version(
    with(
        "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue<",
        "http://schemas.xmlsoap.org/ws/2005/02/trust/Issue<"
    ),
    TrustCode::BadRequest
)]
#[case::parameter(asking("<wst:NoSuchParameter/>"), TrustCode::BadRequest)]
#[case::foreign(asking("<x:Unknown xmlns:x='urn:x'/>"), TrustCode::BadRequest)]
#[case::attribute(
    with("<wst:RequestSecurityToken ", "<wst:RequestSecurityToken x:unknown='1' xmlns:x='urn:x' "),
    TrustCode::BadRequest
)]
#[case::twice(
    asking("<wst:KeyType>http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer</wst:KeyType>"),
    TrustCode::InvalidRequest
)]
#[case::token_type(asking("<wst:TokenType>not a uri</wst:TokenType>"), TrustCode::InvalidRequest)]
#[case::empty_token_type(asking("<wst:TokenType/>"), TrustCode::InvalidRequest)]
#[case::key_size(asking("<wst:KeySize>many</wst:KeySize>"), TrustCode::InvalidRequest)]
#[case::signed_key_size(asking("<wst:KeySize>-1</wst:KeySize>"), TrustCode::InvalidRequest)]
#[case::huge_key_size(asking("<wst:KeySize>4294967296</wst:KeySize>"), TrustCode::InvalidRequest)]
#[case::entropy(asking("<wst:Entropy/>"), TrustCode::InvalidRequest)]
#[case::base64(
    asking("<wst:Entropy><wst:BinarySecret>***</wst:BinarySecret></wst:Entropy>"),
    TrustCode::InvalidRequest
)]
#[case::secret_attribute(
    asking("<wst:Entropy><wst:BinarySecret x:a='' xmlns:x='urn:x'>AAAA</wst:BinarySecret></wst:Entropy>"),
    TrustCode::BadRequest
)]
#[case::dialect(asking("<wst:Claims/>"), TrustCode::InvalidRequest)]
#[case::nested(
    asking("<wst:SecondaryParameters><wst:SecondaryParameters/></wst:SecondaryParameters>"),
    TrustCode::InvalidRequest
)]
#[case::behalf_of_nobody(asking("<wst:OnBehalfOf/>"), TrustCode::InvalidRequest)]
#[case::behalf_of_text(asking("<wst:OnBehalfOf>bob</wst:OnBehalfOf>"), TrustCode::InvalidRequest)]
#[case::forwardable(asking("<wst:Forwardable>maybe</wst:Forwardable>"), TrustCode::InvalidRequest)]
#[case::lifetime(asking("<wst:Lifetime><u:Expires>soon</u:Expires></wst:Lifetime>"), TrustCode::InvalidTimeRange)]
#[case::dangling_sig(asking("<wst:UseKey Sig='#nosuch'/>"), TrustCode::InvalidRequest)]
#[case::response(PLAIN.replace("RequestSecurityToken", "RequestSecurityTokenResponse"), TrustCode::InvalidRequest)]
fn a_request_that_is_not_in_order_is_refused(#[case] text: String, #[case] expected: TrustCode) {
    assert_eq!(code(&text), expected.into());
}

#[test]
fn parameters_are_read() {
    let rst = right(&asking(
        "<wst:Entropy><wst:BinarySecret>AAEC\n Aw==</wst:BinarySecret></wst:Entropy><wst:KeySize> 256 </wst:KeySize>\
         <wst:Lifetime><u:Expires>2026-11-21T17:00:00Z</u:Expires></wst:Lifetime>\
         <wst:Renewing Allow='false'/><wst:OnBehalfOf><o:UsernameToken><o:Username>bob</o:Username></o:UsernameToken></wst:OnBehalfOf>\
         <wst:Claims Dialect='urn:d'><x:ClaimType xmlns:x='urn:x' Uri='urn:c' Optional='true'/></wst:Claims>",
    ))
    .rst;
    assert_eq!(rst.entropy, Some(Entropy::Octets { octets: vec![0, 1, 2, 3], was_encrypted: false }));
    assert_eq!(rst.key_size, Some(256));
    assert_eq!(rst.lifetime, Some(Lifetime { created: None, expires: Some("2026-11-21T17:00:00Z".parse().unwrap()) }));
    assert!(!rst.renewing.unwrap().allow);
    assert!(matches!(rst.on_behalf_of.unwrap().kind, TokenKind::Username { name, proven: false } if name == "bob"));
    let claims = rst.claims.unwrap();
    assert_eq!((claims.types[0].uri.as_str(), claims.types[0].optional), ("urn:c", true));
}

#[test]
fn a_direct_parameter_hides_the_secondary_one() {
    let text = asking(
        "<wst:SecondaryParameters><wst:KeyType>urn:x:k</wst:KeyType><wst:TokenType>urn:x:t</wst:TokenType></wst:SecondaryParameters>",
    );
    let rst = right(&text).rst;
    assert!(rst.key_type.unwrap().ends_with("/Bearer"));
    assert_eq!(rst.token_type.as_deref(), Some("urn:x:t"));
    let wrong = answer(&text, Wrong::RST_SECONDARY_WINS.into()).unwrap().rst;
    assert_eq!(wrong.key_type.as_deref(), Some("urn:x:k"));
}

#[test]
fn an_address_is_one_address() {
    let two = with(
        "</wsp:AppliesTo>",
        "<a:EndpointReference><a:Address>https://x.example.test/</a:Address></a:EndpointReference></wsp:AppliesTo>",
    );
    assert_eq!(right(&two).rst.applies_to.unwrap().address, None);
}
