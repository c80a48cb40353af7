package stsproof.real.metro;

import com.sun.xml.ws.security.trust.sts.BaseSTSImpl;
import jakarta.annotation.Resource;
import jakarta.xml.ws.Provider;
import jakarta.xml.ws.Service;
import jakarta.xml.ws.ServiceMode;
import jakarta.xml.ws.WebServiceContext;
import jakarta.xml.ws.WebServiceProvider;
import jakarta.xml.ws.handler.MessageContext;
import javax.xml.transform.Source;

/** Metro's own STS; its contract, policy and accounts stand in the WSDL that {@link Doors} writes. */
@ServiceMode(Service.Mode.PAYLOAD)
@WebServiceProvider
public class Sts extends BaseSTSImpl implements Provider<Source> {
    @Resource
    private WebServiceContext context;

    @Override
    public Source invoke(Source request) {
        return super.invoke(request);
    }

    @Override
    protected MessageContext getMessageContext() {
        return context.getMessageContext();
    }
}
