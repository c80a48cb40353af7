//! Whom a connection trusts, and what it shows of itself.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};

/// How TLS is spoken to a target.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    /// The certificate authorities to trust, as PEM. Without them: those that browsers trust.
    pub roots: Option<String>,
    /// Accept every certificate. Only ever on explicit demand.
    pub insecure: bool,
    /// The certificate chain and key to show, as PEM.
    pub identity: Option<(String, String)>,
}

/// The set-up of TLS connections, or what is wrong with the options.
pub fn config(options: &TlsOptions) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS: {error}"))?;
    let builder = if options.insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider)))
    } else {
        builder.with_root_certificates(roots(options.roots.as_deref())?)
    };
    let mut config = match &options.identity {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
                .map_err(|error| format!("the key of the client certificate: {error}"))?;
            let chain = certificates(chain, "the client certificate")?;
            builder.with_client_auth_cert(chain, key).map_err(|error| format!("the client certificate: {error}"))?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn roots(pem: Option<&str>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    match pem {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            for certificate in certificates(pem, "the certificate authorities")? {
                roots.add(certificate).map_err(|error| format!("the certificate authorities: {error}"))?;
            }
        }
    }
    Ok(roots)
}

fn certificates(pem: &str, what: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(found) if found.is_empty() => Err(format!("{what}: no certificate in the PEM text")),
        Ok(found) => Ok(found),
        Err(error) => Err(format!("{what}: {error}")),
    }
}

/// Believes every certificate, but still checks that the peer holds its key.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_a_certificate_is_refused_in_words() {
        let options = TlsOptions { roots: Some("hello".into()), ..TlsOptions::default() };
        assert_eq!(
            config(&options).expect_err("no PEM"),
            "the certificate authorities: no certificate in the PEM text"
        );
        let options = TlsOptions { identity: Some((String::new(), String::new())), ..TlsOptions::default() };
        assert!(config(&options).expect_err("no key").starts_with("the key of the client certificate: "));
    }

    #[test]
    fn the_public_authorities_are_there_by_default() {
        assert!(config(&TlsOptions::default()).is_ok());
    }
}
