package stsproof.real.cxf;

import java.util.List;
import java.util.Map;
import java.util.Properties;

import org.apache.cxf.Bus;
import org.apache.cxf.sts.StaticSTSProperties;
import org.apache.cxf.sts.cache.DefaultInMemoryTokenStore;
import org.apache.cxf.sts.claims.ClaimsAttributeStatementProvider;
import org.apache.cxf.sts.claims.ClaimsManager;
import org.apache.cxf.sts.claims.StaticClaimsHandler;
import org.apache.cxf.sts.operation.AbstractOperation;
import org.apache.cxf.sts.operation.TokenCancelOperation;
import org.apache.cxf.sts.operation.TokenIssueOperation;
import org.apache.cxf.sts.operation.TokenRenewOperation;
import org.apache.cxf.sts.operation.TokenRequestCollectionOperation;
import org.apache.cxf.sts.operation.TokenValidateOperation;
import org.apache.cxf.sts.service.StaticService;
import org.apache.cxf.sts.token.canceller.SCTCanceller;
import org.apache.cxf.sts.token.delegation.SAMLDelegationHandler;
import org.apache.cxf.sts.token.delegation.UsernameTokenDelegationHandler;
import org.apache.cxf.sts.token.provider.DefaultConditionsProvider;
import org.apache.cxf.sts.token.provider.SAMLTokenProvider;
import org.apache.cxf.sts.token.provider.SCTProvider;
import org.apache.cxf.sts.token.renewer.SAMLTokenRenewer;
import org.apache.cxf.sts.token.validator.SAMLTokenValidator;
import org.apache.cxf.sts.token.validator.SCTValidator;
import org.apache.cxf.sts.token.validator.UsernameTokenValidator;
import org.apache.cxf.sts.token.validator.X509TokenValidator;
import org.apache.cxf.ws.security.sts.provider.SecurityTokenServiceProvider;
import org.apache.cxf.ws.security.tokenstore.TokenStore;
import stsproof.real.Keys;

/** The STS behind a door: every operation that CXF offers, with its own defaults unless a manner says otherwise. */
final class Sts {
    /** How an STS is set up. */
    enum Manner {
        /** CXF's defaults. */
        USUAL,
        /** Unknown content is let through, a wished Lifetime is followed, security errors are told apart. */
        LENIENT,
        /** Tokens are encrypted for the relying party. */
        ENCRYPTING
    }

    /** One for all doors: a token from one can be renewed at another. */
    private static TokenStore tokens;

    private Sts() {
    }

    static SecurityTokenServiceProvider of(Bus bus, Keys keys, Manner manner) throws Exception {
        if (tokens == null) {
            tokens = new DefaultInMemoryTokenStore(bus);
        }
        StaticSTSProperties properties = new StaticSTSProperties();
        properties.setBus(bus);
        properties.setIssuer("stsproof-cxf");
        properties.setCallbackHandler(new Accounts());
        properties.setSignatureCryptoProperties(crypto(keys));
        properties.setSignatureUsername("sts");
        properties.setEncryptionCryptoProperties(crypto(keys));
        properties.setEncryptionUsername("rp");
        properties.configureProperties();

        TokenIssueOperation issue = prepare(new TokenIssueOperation(), properties, manner);
        TokenValidateOperation validate = prepare(new TokenValidateOperation(), properties, manner);
        TokenRenewOperation renew = prepare(new TokenRenewOperation(), properties, manner);
        renew.setTokenRenewers(List.of(renewer()));
        TokenCancelOperation cancel = prepare(new TokenCancelOperation(), properties, manner);
        cancel.setTokenCancellers(List.of(canceller()));
        TokenRequestCollectionOperation several =
            prepare(new TokenRequestCollectionOperation(), properties, manner);
        several.setIssueSingleOperation(issue);
        several.setValidateOperation(validate);
        several.setRenewOperation(renew);
        several.setCancelOperation(cancel);

        SecurityTokenServiceProvider provider = new SecurityTokenServiceProvider();
        provider.setIssueOperation(issue);
        provider.setValidateOperation(validate);
        provider.setRenewOperation(renew);
        provider.setCancelOperation(cancel);
        provider.setRequestCollectionOperation(several);
        return provider;
    }

    /** Where the keys are, in WSS4J's words. */
    static Properties crypto(Keys keys) {
        Properties properties = new Properties();
        String merlin = "org.apache.wss4j.crypto.merlin.keystore.";
        properties.put("org.apache.wss4j.crypto.provider", "org.apache.wss4j.common.crypto.Merlin");
        properties.put(merlin + "type", "pkcs12");
        properties.put(merlin + "password", Keys.PASSWORD);
        properties.put(merlin + "file", keys.store().toString());
        return properties;
    }

    private static <T extends AbstractOperation> T prepare(T operation, StaticSTSProperties properties, Manner manner) {
        SAMLTokenProvider saml = new SAMLTokenProvider();
        saml.setAttributeStatementProviders(List.of(new ClaimsAttributeStatementProvider()));
        DefaultConditionsProvider conditions = new DefaultConditionsProvider();
        conditions.setAcceptClientLifetime(manner == Manner.LENIENT);
        saml.setConditionsProvider(conditions);
        StaticService relyingParties = new StaticService();
        relyingParties.setEndpoints(List.of("https://rp\\.example\\.test/.*"));
        // Without it a request has to name one.
        relyingParties.setTokenType("http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0");

        operation.setStsProperties(properties);
        operation.setTokenStore(tokens);
        operation.setTokenProviders(List.of(saml, new SCTProvider()));
        operation.setTokenValidators(List.of(new SAMLTokenValidator(), new UsernameTokenValidator(),
            new X509TokenValidator(), new SCTValidator()));
        operation.setDelegationHandlers(List.of(new SAMLDelegationHandler(), new UsernameTokenDelegationHandler()));
        operation.setServices(List.of(relyingParties));
        operation.setClaimsManager(claims());
        operation.setAllowCustomContent(manner == Manner.LENIENT);
        operation.setEncryptIssuedToken(manner == Manner.ENCRYPTING);
        return operation;
    }

    private static ClaimsManager claims() {
        StaticClaimsHandler handler = new StaticClaimsHandler();
        String claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
        handler.setGlobalClaims(Map.of(claim + "givenname", "Alice", claim + "emailaddress", "alice@example.test"));
        ClaimsManager manager = new ClaimsManager();
        manager.setClaimHandlers(List.of(handler));
        return manager;
    }

    /** Who has a password need not sign with the token's key, too. */
    private static SCTCanceller canceller() {
        SCTCanceller canceller = new SCTCanceller();
        canceller.setVerifyProofOfPossession(false);
        return canceller;
    }

    private static SAMLTokenRenewer renewer() {
        SAMLTokenRenewer renewer = new SAMLTokenRenewer();
        renewer.setVerifyProofOfPossession(false);
        return renewer;
    }
}
