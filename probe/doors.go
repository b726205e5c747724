package probe

import "apifront/setup"

// Opens says whether API Gateway let a request through to an API, as the answers at
// one of its names show. It is setup.No if all were refused as no API is: with 403
// Forbidden for what was asked, and for a path below it that nobody knows. A method
// that wants an API key answers the first like that, but not the second.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html (documented)
// https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden (documented)
func Opens(seen []setup.Evidence) setup.Whether {
	refused, paired := false, false
	for i := range seen {
		e := &seen[i]
		switch {
		case !answered(e):
			continue
		case !forbidden(e):
			return setup.Yes
		}
		refused, paired = true, paired || e.Below || e.Upgrade
	}
	if refused && paired {
		return setup.No
	}
	return setup.Unknown
}
