package probe

import (
	"strings"

	"apifront/setup"
)

// A symptom is a row of the table: what is seen on a rung, who answered so, and
// which setting is the cause. Rows are tried in order, those of the lowest rung
// that fails first; the first that matches is the cause.
type symptom struct {
	id    string
	guide string       // rows of the project's AWS notes, section F.2
	rungs []setup.Rung // on which it is looked for
	when  func(*sight, *setup.Evidence) bool

	setting setup.Setting
	or      []setup.Setting
	tell    string // the look that would tell these apart
	passing bool
	own     bool // it shows whatever is wrong on the rungs below

	// What a person reads. {name}, {path}, {api}, {target}, {origin-words},
	// {status}, {server-words}, {server}, {names} and {waited} are replaced.
	why, fix string
}

var (
	onAPI          = []setup.Rung{setup.RungAPI}
	onRegional     = []setup.Rung{setup.RungRegional}
	onDistribution = []setup.Rung{setup.RungDistribution}
	onName         = []setup.Rung{setup.RungName}
	onEdge         = []setup.Rung{setup.RungDistribution, setup.RungName}
	onAny          = []setup.Rung{setup.RungAPI, setup.RungRegional, setup.RungDistribution, setup.RungName}
)

// symptoms is the table. AWS does not document most of the texts; rows match
// status, headers and key words, never whole texts.
var symptoms = []symptom{
	// No connection, or no name.
	{id: "no-connection", rungs: onAny, when: func(s *sight, _ *setup.Evidence) bool { return s.allBroke(PhaseConnect) }, setting: setup.SettingNetwork,
		why: "No address of any server on the way took a connection from here.", fix: "Check that this server may make HTTPS connections to the Internet."},
	{id: "untrusted-everywhere", rungs: onAny, when: func(s *sight, _ *setup.Evidence) bool {
		return s.allBroke(PhaseTLS, "unknown authority", "certificate signed by")
	}, setting: setup.SettingNetwork,
		why: "Every server on the way shows a certificate of an authority that this server does not trust. A proxy of this network that opens TLS does that.", fix: "Let this server make HTTPS connections past the proxy, or trust its authority."},
	{id: "no-resolver", rungs: onAny, when: func(s *sight, _ *setup.Evidence) bool { return s.allBroke(PhaseResolve, "look up") }, setting: setup.SettingNetwork,
		why: "No resolver gave an answer for any name on the way.", fix: "Check this machine's DNS: its resolvers do not answer, or fail."},
	{id: "api-gone", rungs: onAPI, when: broke(PhaseResolve), setting: setup.SettingRoute,
		why: "DNS does not know {api}, the API's own name.", fix: "Check whether the API was deleted, and choose another one."},
	{id: "target-gone", guide: "3", rungs: onRegional, when: broke(PhaseResolve), setting: setup.SettingCustomDomain,
		why: "DNS does not know {target}, the target of the custom domain. A custom domain that is deleted and made again gets another one.", fix: "Create the custom domain in API Gateway, and make its target the origin."},
	{id: "distribution-gone", rungs: onDistribution, when: broke(PhaseResolve), setting: setup.SettingEnabled,
		why: "DNS does not know {server}, the distribution's own name. CloudFront takes it away when a distribution is deleted.", fix: "Create the distribution."},
	{id: "name-has-no-address", guide: "26", rungs: onName, when: broke(PhaseResolve), setting: setup.SettingTrafficRecord, or: []setup.Setting{setup.SettingDelegation},
		tell: "A walk through DNS from the root to the name.",
		why:  "DNS has no address for {name}.", fix: "Add the record of the name, in the zone to which DNS leads."},
	{id: "old-server-is-silent", guide: "28", rungs: onName, when: func(s *sight, e *setup.Evidence) bool {
		return brokeOff(e, PhaseConnect) && s.fine(setup.RungDistribution)
	}, setting: setup.SettingTrafficRecord,
		why: "DNS leads {name} to an address that takes no connection. The distribution answers.", fix: "Point the record of {name} at the distribution."},
	{id: "no-server", rungs: onAny, when: broke(PhaseConnect), setting: setup.SettingNetwork,
		why: "No address of {server} took the connection from here.", fix: "Check that this server may make HTTPS connections to the Internet."},

	// TLS.
	{id: "name-at-other-distribution", guide: "22", rungs: onName, when: func(s *sight, e *setup.Evidence) bool {
		return brokeOff(e, PhaseTLS) && shows(e, edgeNames...) && s.fine(setup.RungDistribution)
	}, setting: setup.SettingTrafficRecord,
		why: "The server that answers for {name} shows the certificate {names}: DNS leads to another distribution.", fix: "Point the record of {name} at the distribution."},
	{id: "alias-not-everywhere", guide: "22", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return brokeOff(e, PhaseTLS) && shows(e, edgeNames...) && s.aliased() && s.serving()
	}, setting: setup.SettingDeployed, passing: true,
		why: "CloudFront shows its own certificate, {names}. The distribution has the name, so not all of CloudFront's locations know it yet.", fix: "Wait some minutes for CloudFront's locations to follow."},
	{id: "alias-missing", guide: "22", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool {
		return brokeOff(e, PhaseTLS) && shows(e, edgeNames...)
	}, setting: setup.SettingAlias, or: []setup.Setting{setup.SettingDeployed}, tell: "The distribution's alternate domain names and status, as AWS says them.",
		why: "CloudFront shows its own certificate, {names}, as it does for a name that no distribution has.", fix: "Add {name} to the distribution's alternate domain names, with a certificate that covers it."},
	{id: "name-at-api-gateway", guide: "23", rungs: onName, when: func(_ *sight, e *setup.Evidence) bool {
		return brokeOff(e, PhaseTLS) && shows(e, gatewayNames...)
	}, setting: setup.SettingTrafficRecord,
		why: "The server that answers for {name} shows the certificate {names}: DNS leads straight to API Gateway, to an address that does not know the name.", fix: "Point the record of {name} at the distribution."},
	{id: "domain-missing", guide: "2 23", rungs: onRegional, when: func(_ *sight, e *setup.Evidence) bool {
		return brokeOff(e, PhaseTLS) && shows(e, gatewayNames...)
	}, setting: setup.SettingCustomDomain,
		why: "API Gateway shows its own certificate, {names}: there is no custom domain {name} in this region.", fix: "Create the custom domain {name} in API Gateway, in the region of the API."},
	{id: "certificate-expired", guide: "2", rungs: onRegional, when: broke(PhaseTLS, "expired"), setting: setup.SettingRegionalCertificate,
		why: "The certificate of the custom domain is not valid any more.", fix: "Give the custom domain a certificate that is valid."},
	{id: "edge-certificate-expired", rungs: onEdge, when: broke(PhaseTLS, "expired"), setting: setup.SettingEdgeCertificate,
		why: "The certificate that is shown for {name} is not valid any more.", fix: "Give the distribution a certificate that is valid, from us-east-1."},
	{id: "domain-wants-client-certificate", guide: "2", rungs: onRegional, when: func(s *sight, e *setup.Evidence) bool {
		return brokeOff(e, PhaseTLS, "certificate required", "bad certificate") || brokeOff(e, PhaseHTTP, "certificate required", "bad certificate") ||
			e.Failed != "" && s.c.Domain != nil && s.c.Domain.MTLS
	}, setting: setup.SettingDomainMTLS,
		why: "The custom domain asks for a client certificate (mutual TLS), and CloudFront shows none.", fix: "Switch mutual TLS off on the custom domain."},
	{id: "domain-speaks-other-tls", guide: "41", rungs: onRegional, when: broke(PhaseTLS, "protocol version", "handshake failure"), setting: setup.SettingDomainTLS, or: []setup.Setting{setup.SettingDomainMTLS},
		tell: "The security policy and mutual TLS of the custom domain, as AWS says them.",
		why:  "API Gateway broke the TLS handshake off.", fix: "Set the security policy of the custom domain to TLS_1_2."},
	{id: "edge-speaks-other-tls", guide: "25", rungs: onEdge, when: broke(PhaseTLS, "protocol version", "handshake failure"), setting: setup.SettingViewerTLS,
		why: "CloudFront broke the TLS handshake off: the oldest version it takes is newer than what this server speaks.", fix: "Choose an older TLS version for clients on the page Edge settings."},
	{id: "domain-has-other-certificate", guide: "2", rungs: onRegional, when: broke(PhaseTLS), setting: setup.SettingRegionalCertificate,
		why: "The custom domain shows {certificate}.", fix: "Give the custom domain a certificate that covers {name}."},
	{id: "name-at-other-server", guide: "35", rungs: onName, when: func(s *sight, e *setup.Evidence) bool {
		return brokeOff(e, PhaseTLS) && s.fine(setup.RungDistribution)
	}, setting: setup.SettingTrafficRecord,
		why: "The server that answers for {name} shows {certificate}: DNS leads to another server.", fix: "Point the record of {name} at the distribution."},
	{id: "edge-has-other-certificate", rungs: onEdge, when: broke(PhaseTLS), setting: setup.SettingEdgeCertificate,
		why: "The server that answers for {name} shows {certificate}.", fix: "Give the distribution a certificate from us-east-1 that covers {name}."},

	// Past CloudFront.
	{id: "name-past-cloudfront", guide: "24", rungs: onName, when: func(_ *sight, e *setup.Evidence) bool { return fromGateway(e) && !ThroughEdge(e) },
		setting: setup.SettingTrafficRecord, or: []setup.Setting{setup.SettingProxy}, tell: "The addresses that DNS gives for the name.",
		why: "API Gateway answers for {name}, but not through CloudFront: DNS leads past it.", fix: "Point the record of {name} at the distribution, and switch off a proxy of the DNS provider."},
	{id: "name-at-stranger", guide: "35", rungs: onName, when: func(s *sight, e *setup.Evidence) bool {
		return answered(e) && !fromGateway(e) && (!ThroughEdge(e) || s.fine(setup.RungDistribution))
	}, setting: setup.SettingTrafficRecord,
		why: "Another server answers for {name}{server-words}. The distribution is not where DNS leads.", fix: "Point the record of {name} at the distribution."},

	// CloudFront's own answers.
	{id: "misdirected", guide: "16", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool { return status(e, 421) && (fromEdge(e) || !s.aliased()) }, setting: setup.SettingAlias,
		why: "CloudFront answered 421: the distribution that was reached does not have the name {name}.", fix: "Add {name} to the distribution's alternate domain names."},
	{id: "function-answers", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool { return fromFunction(e) && !fromGateway(e) }, own: true, setting: setup.SettingEdgeFunction,
		why: "A function at the edge made the answer (X-Cache says so), so the request never came to the API.", fix: "Take the function off the distribution, or let it pass {path}."},
	{id: "deploying", guide: "22", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return s.deploying() && (status(e, 502, 504) && !fromGateway(e) || forbidden(e) || unknownRoute(e) || e.Upgrade && fromGateway(e))
	}, setting: setup.SettingDeployed, passing: true,
		why: "CloudFront answers as before a change: the distribution is set as it should be, and not all of CloudFront's locations have that yet.", fix: "Wait some minutes for CloudFront's locations to follow."},
	{id: "error-page", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool { return errorPaged(e) }, setting: setup.SettingErrorPages,
		why: "CloudFront got an error, and answered with an error page in its place (CustomErrorResponses).", fix: "Take the error page off the distribution, or let it keep the status of the error."},
	{id: "origin-unknown", guide: "3", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool { return fromEdge(e) && status(e, 502) && says(e, "resolve") },
		setting: setup.SettingOriginDomain,
		why:     "CloudFront could not find the origin{origin-words} in DNS.", fix: "Make the target of the custom domain, {target}, the domain name of the origin."},
	{id: "origin-unreachable", guide: "1 2 41", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return status(e, 502) && !fromGateway(e) && s.c.Distribution == nil
	}, setting: setup.SettingOriginProtocol, or: []setup.Setting{setup.SettingOriginDomain, setup.SettingDomainTLS}, tell: "The origin of the distribution, as AWS says it.",
		why: "CloudFront could not talk to its origin. API Gateway listens on port 443 only, so the origin's protocol must be HTTPS; its certificate must cover {name}.", fix: "Set OriginProtocolPolicy of the origin to https-only."},
	{id: "origin-tls", guide: "2 41", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return status(e, 502) && !fromGateway(e) && s.strictTLS()
	}, setting: setup.SettingDomainTLS,
		why: "CloudFront could not talk to API Gateway, though the origin is right and answers by itself. The security policy of the custom domain or of the API takes TLS 1.3 alone.", fix: "Set the security policy of the custom domain to TLS_1_2."},
	{id: "origin-refuses", guide: "2", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool { return status(e, 502) && !fromGateway(e) },
		setting: setup.SettingOriginTLS, or: []setup.Setting{setup.SettingRegionalCertificate, setup.SettingDomainMTLS}, passing: true, tell: "The same request after some minutes: CloudFront's locations may still have the configuration of before.",
		why: "CloudFront could not talk to its origin, though the origin is set as it should be and answers by itself.", fix: "Wait some minutes for CloudFront's locations to follow. If it stays so, look at OriginSslProtocols and at mutual TLS of the custom domain."},
	{id: "slower-than-cloudfront-waits", guide: "17 51", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return (status(e, 504) && !fromGateway(e) || brokeOff(e, PhaseHTTP)) && s.slower()
	}, setting: setup.SettingOriginTimeout,
		why: "The API answers when it is asked without CloudFront, and takes longer than CloudFront waits for it (OriginReadTimeout).", fix: "Raise the waiting time on the page Edge settings, or make the API faster."},
	{id: "cloudfront-still-waits", guide: "17 51", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return leftOff(e) && (e.Rung == setup.RungDistribution || !s.fine(setup.RungDistribution))
	}, setting: setup.SettingOriginTimeout, or: []setup.Setting{setup.SettingBackend}, tell: "How long the API takes when it is asked without CloudFront.",
		why: "CloudFront was still waiting for the API after {waited}, when the test ended. CloudFront asks the API up to three times, and waits each time as long as OriginReadTimeout says.", fix: "Make the API faster, or raise the waiting time on the page Edge settings."},
	{id: "origin-slow", guide: "17 51", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool { return status(e, 504) && !fromGateway(e) },
		setting: setup.SettingOriginTimeout, or: []setup.Setting{setup.SettingBackend}, tell: "How long the API takes when it is asked without CloudFront.",
		why: "CloudFront waited for the API for as long as OriginReadTimeout says, and no answer came.", fix: "Raise the waiting time on the page Edge settings, or make the API faster."},
	{id: "country", guide: "9", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool { return fromEdge(e) && status(e, 403) && says(e, "country") },
		own: true, setting: setup.SettingRestriction,
		why: "The distribution does not serve the country that this server is in.", fix: "Change the geographic restriction of the distribution in CloudFront."},
	{id: "method-not-allowed", guide: "10 42", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool {
		return fromEdge(e) && status(e, 403) && says(e, "request method")
	}, own: true, setting: setup.SettingMethods,
		why: "CloudFront does not let the method through.", fix: "Allow the methods that the API takes on the page Edge settings."},
	{id: "blocked", guide: "9", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool {
		return fromEdge(e) && status(e, 403) && says(e, "request blocked")
	}, own: true, setting: setup.SettingFirewall,
		why: "The firewall of the distribution blocks the request.", fix: "Look at the rules of the web ACL in AWS WAF, and let the request through."},
	{id: "origin-is-a-distribution", guide: "8", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool {
		return fromEdge(e) && status(e, 403) && says(e, "bad request")
	}, setting: setup.SettingOriginDomain, or: []setup.Setting{setup.SettingAlias}, tell: "The origin of the distribution, as AWS says it.",
		why: "CloudFront passed the request on to another distribution, which does not know {name}. An API that is edge-optimized stands behind one.", fix: "Make the target of the custom domain, {target}, the domain name of the origin."},
	{id: "refused-by-edge", guide: "9 53", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool { return ThroughEdge(e) && !fromGateway(e) && status(e, 403) },
		setting: setup.SettingFirewall, or: []setup.Setting{setup.SettingRestriction, setup.SettingAlias, setup.SettingOriginDomain}, tell: "The web ACL, the restrictions and the aliases of the distribution, as AWS says them.",
		why: "CloudFront answered 403 without asking the API: a firewall, a geographic restriction or a missing alternate domain name does that.", fix: "Look at the firewall and at the restrictions of the distribution in CloudFront."},
	{id: "edge-busy", guide: "20", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool {
		return ThroughEdge(e) && !fromGateway(e) && e.Status >= 500
	}, setting: setup.SettingEdgeFunction, or: []setup.Setting{setup.SettingOriginDomain}, passing: true, tell: "The functions of the distribution, as AWS says them.",
		why: "CloudFront, or what stands before the API, answered with an error of its own.", fix: "Wait some minutes. If it stays so, look at the functions of the distribution."},
	{id: "stranger", guide: "35", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool { return ThroughEdge(e) && !fromGateway(e) },
		setting: setup.SettingOriginDomain, or: []setup.Setting{setup.SettingErrorPages, setup.SettingEdgeFunction}, tell: "The origin, the error pages and the functions of the distribution, as AWS says them.",
		why: "The answer has none of the headers that API Gateway puts on each{server-words}: another server than API Gateway is the origin, or an error page or a function made it.", fix: "Make the target of the custom domain, {target}, the domain name of the origin."},

	// API Gateway's answers.
	{id: "socket-refused-at-edge", guide: "49", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return e.Upgrade && status(e, 403) && s.fine(setup.RungRegional) && !s.passesHost()
	}, setting: setup.SettingHostHeader, or: []setup.Setting{setup.SettingForwarding, setup.SettingOriginPath}, tell: "What the policies of the distribution pass on, as AWS says it.",
		why: "The WebSocket handshake works without CloudFront, and is refused through it: Host, or a header of the handshake, is not passed on.", fix: "Give the default behavior the origin request policy AllViewer."},
	{id: "host-not-forwarded", guide: "4 5 38", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return forbidden(e) && s.fine(setup.RungRegional) && !s.passesHost()
	}, setting: setup.SettingHostHeader, or: []setup.Setting{setup.SettingOriginPath, setup.SettingOriginDomain}, tell: "The origin and the policies of the distribution, as AWS says them.",
		why: "API Gateway answers when it is asked with the name {name}, and refuses what comes through CloudFront: the Host header is not passed on, or a path is put before each.", fix: "Give the default behavior the origin request policy AllViewer, and empty OriginPath of the origin."},
	{id: "origin-path", guide: "6 7", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return unknownRoute(e) && s.fine(setup.RungRegional) && !unknownRoute(s.at[setup.RungRegional])
	}, setting: setup.SettingOriginPath, or: []setup.Setting{setup.SettingEdgeFunction}, tell: "OriginPath of the origin, as AWS says it.",
		why: "The API knows {path} when it is asked without CloudFront, and does not when the request comes through it: the path is changed on the way.", fix: "Empty OriginPath of the origin: the stage is in the mapping."},
	{id: "authorization-dropped", guide: "14", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return unauthorized(e) && answered(s.at[setup.RungRegional]) && s.at[setup.RungRegional].Status < 400
	}, setting: setup.SettingForwarding,
		why: "The API takes the request when it is asked without CloudFront, and misses its credentials when it comes through it.", fix: "Give the default behavior the origin request policy AllViewer."},
	{id: "signature-of-other-host", guide: "13", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool {
		return fromGateway(e) && strings.Contains(e.Header["X-Amzn-Errortype"], "InvalidSignature")
	}, setting: setup.SettingHostHeader,
		why: "The API says that the signature does not match: the Host that was signed is not the one that arrived.", fix: "Give the default behavior the origin request policy AllViewer, and sign for {name}."},
	{id: "policy-by-address", guide: "12", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return denied(e) && answered(s.at[setup.RungRegional]) && s.at[setup.RungRegional].Status < 400
	}, setting: setup.SettingAPIPolicy,
		why: "The API refuses what comes through CloudFront, and not what comes straight from here. Its resource policy goes by the caller's address, and behind CloudFront that is one of CloudFront's.", fix: "Change the resource policy of the API, or let a web ACL decide by address."},
	{id: "not-upgraded", guide: "49", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		return e.Upgrade && !opened(e) && s.fine(setup.RungRegional)
	}, setting: setup.SettingForwarding,
		why: "The WebSocket handshake works without CloudFront, and not through it: the headers of the handshake are not passed on.", fix: "Give the default behavior the origin request policy AllViewer, and no caching."},
	{id: "answers-differ", guide: "35", rungs: onEdge, when: func(s *sight, e *setup.Evidence) bool {
		_, top := s.top()
		return e == top && fromGateway(e) && !KeptCopy(e) && s.differs()
	}, setting: setup.SettingOriginDomain, or: []setup.Setting{setup.SettingEdgeFunction, setup.SettingOriginPath}, tell: "The origin and the functions of the distribution, as AWS says them.",
		why: "What answers through CloudFront is not what answers without it: another API or another path is reached, or the request is changed on the way.", fix: "Make the target of the custom domain, {target}, the domain name of the origin, and look at the functions of the distribution."},
	{id: "stage-firewall", guide: "11", rungs: onRegional, when: func(s *sight, e *setup.Evidence) bool {
		return forbidden(e) && s.mapped() && s.byMappings() && s.api().WebACL != "" && !s.fine(setup.RungAPI)
	}, setting: setup.SettingAPIPolicy,
		why: "The path is mapped, and the API asks callers for nothing. A web ACL stands before its stage, and refuses what comes through CloudFront and what comes straight from here.", fix: "Look at the rules of the web ACL of the stage in AWS WAF, and let in what comes through CloudFront."},
	{id: "mapping-not-known-yet", guide: "4", rungs: onRegional, when: func(s *sight, e *setup.Evidence) bool {
		return (forbidden(e) || e.Upgrade && status(e, 403)) && s.mapped() && s.byMappings() && (s.fine(setup.RungAPI) || s.access() == "NONE")
	}, setting: setup.SettingMapping, passing: true,
		why: "API Gateway refuses {path}, although it is mapped. API Gateway takes some seconds until a new mapping answers.", fix: "Wait a minute. If it stays so, map the path again."},
	{id: "unmapped", guide: "4 37", rungs: onRegional, when: func(s *sight, e *setup.Evidence) bool {
		return s.byMappings() && (forbidden(e) || e.Upgrade && status(e, 403)) && s.fine(setup.RungAPI)
	}, setting: setup.SettingMapping,
		why: "The API answers under its own name, and API Gateway refuses {name}{path}: the path is not mapped.", fix: "Map {path} on the custom domain."},
	{id: "unmapped-or-guarded", guide: "4 36 37", rungs: []setup.Rung{setup.RungRegional, setup.RungDistribution, setup.RungName}, when: func(_ *sight, e *setup.Evidence) bool {
		return forbidden(e) || e.Upgrade && status(e, 401, 403)
	}, setting: setup.SettingMapping, or: []setup.Setting{setup.SettingHostHeader, setup.SettingAPIAccess}, tell: "The mappings of the custom domain and the policies of the distribution, as AWS says them.",
		why: "API Gateway knows no API for {name}{path}, or the API asks for a key or a signature: both are answered alike.", fix: "Map {path} on the custom domain, and pass the Host header on."},
	{id: "throttled", guide: "21", rungs: onAny, when: func(_ *sight, e *setup.Evidence) bool { return throttled(e) }, setting: setup.SettingThrottling, passing: true,
		why: "The way to the API works; API Gateway refuses for now, since more requests came than its limits or those of the usage plan allow.", fix: "Wait, or raise the limits of the stage or the usage plan."},
	{id: "integration-timeout", guide: "18", rungs: onAny, when: func(_ *sight, e *setup.Evidence) bool { return failedBehind(e) && status(e, 504) }, setting: setup.SettingBackend,
		why: "The integration behind {path} did not answer in time, says API Gateway.", fix: "Make the integration faster, or raise its time-out in API Gateway."},
	{id: "integration-failed", guide: "19 20", rungs: onAny, when: func(_ *sight, e *setup.Evidence) bool { return failedBehind(e) }, setting: setup.SettingBackend,
		why: "The way to the API works; the answer is an error of the API or its integration.", fix: "Repair what is behind {path}. The API's own logs say what failed."},
	{id: "kept-answer", guide: "40", rungs: onEdge, when: func(_ *sight, e *setup.Evidence) bool { return fromGateway(e) && KeptCopy(e) }, setting: setup.SettingCaching,
		or: []setup.Setting{setup.SettingOriginDomain, setup.SettingHostHeader}, tell: "The configuration of the distribution, and the same request without CloudFront.",
		why: "The answer is one that CloudFront kept, so it says nothing of how things stand now.", fix: "Clear the cached answers, then test again."},
	{id: "other-status", rungs: onAny, when: func(s *sight, e *setup.Evidence) bool { return answered(e) && s.want.Status != 0 }, setting: setup.SettingRequest,
		or:  []setup.Setting{setup.SettingBackend},
		why: "The answer is {status}, and the setup says that another status proves that the API works.", fix: "Change the test of {path} on the page API and paths, or repair the API."},
	{id: "not-upgraded-anywhere", guide: "49", rungs: onAny, when: func(_ *sight, e *setup.Evidence) bool {
		return e.Upgrade && e.Failed == "" && (e.Rung != setup.RungAPI || !status(e, 401, 403)) // a guard of $connect refuses so
	}, setting: setup.SettingRoute,
		why: "The API does not take the WebSocket handshake: it answered {status}.", fix: "Deploy the API with a $connect route, or with none, and test again."},
	{id: "broke-off", guide: "51", rungs: onAny, when: broke(PhaseHTTP), setting: setup.SettingBackend, or: []setup.Setting{setup.SettingNetwork},
		why: "{server} took the connection, but no whole answer came back.", fix: "Look at what the API does with a plain GET of {path}."},
}

// broke is true of a request that broke off in the phase, with one of the words
// in what was said.
func broke(phase string, words ...string) func(*sight, *setup.Evidence) bool {
	return func(_ *sight, e *setup.Evidence) bool { return brokeOff(e, phase, words...) }
}
