package sim

import (
	"fmt"
	"net/http"
	"slices"
)

// A DemoFault is something that can be made to go wrong once, by name.
type DemoFault struct {
	ID    string
	Title string // what happens
	What  string // and what that shows, one or two sentences
	order Fault
}

const createDistribution = "CreateDistribution|CreateDistributionWithTags"

// demoFaults in the order people see them.
var demoFaults = []DemoFault{
	{
		ID: "domain-throttled", Title: "API Gateway answers “too many requests”",
		What:  "The next CreateDomainName is answered with 429. API Gateway allows one in 30 seconds, and at the pace of the demo one in 3, so this happens in real accounts.",
		order: Fault{Service: "apigateway", Operation: "CreateDomainName", Status: http.StatusTooManyRequests, Code: "TooManyRequestsException", Message: "Too Many Requests", RetryAfter: 3},
	},
	{
		ID: "distribution-refused", Title: "Creating the distribution is refused",
		What: "CloudFront says that the account must be verified first, as it does with new accounts. The step fails; re-run it and it goes on.",
		order: Fault{
			Service: "cloudfront", Operation: createDistribution, Status: http.StatusForbidden, Code: "AccessDenied",
			Message: unverified,
		},
	},
	{
		ID: "mapping-refused", Title: "Mapping the path is refused",
		What:  "API Gateway refuses the next API mapping because a permission is missing. The step fails; re-run just that step.",
		order: Fault{Service: "apigateway", Operation: "CreateApiMapping|CreateBasePathMapping", Kind: FaultDenied},
	},
	{
		ID: "certificate-caa", Title: "The certificate is refused by CAA",
		What:  "The next certificate requested ends as FAILED with CAA_ERROR, as if the domain's CAA records did not allow Amazon.",
		order: Fault{Service: "acm", Operation: "RequestCertificate", Kind: FaultCAA},
	},
	{
		ID: "answer-lost", Title: "The answer to creating the distribution is lost",
		What:  "CloudFront creates the distribution, but the connection ends before its answer arrives. Nothing is made twice.",
		order: Fault{Service: "cloudfront", Operation: createDistribution, Kind: FaultLost},
	},
	{
		ID: "server-errors", Title: "AWS answers 500 three times",
		What:  "The next three calls to API Gateway that change something answer 500. They are tried again by themselves.",
		order: Fault{Service: "apigateway", Operation: "CreateDomainName|CreateApiMapping|CreateBasePathMapping", Times: 3, Status: http.StatusInternalServerError, Code: "InternalFailure", Message: "Internal server error"},
	},
}

// unverified is how CloudFront refuses new accounts (V24).
const unverified = "Your account must be verified before you can add new CloudFront resources. To verify your account, please contact AWS Support (https://console.aws.amazon.com/support/home#/) and include this error message."

// DemoFaults is everything OrderDemoFault knows.
func (s *Sim) DemoFaults() []DemoFault { return slices.Clone(demoFaults) }

// OrderDemoFault makes the thing go wrong once. Ordering it again while it
// waits takes it back.
func (s *Sim) OrderDemoFault(id string) error {
	i := slices.IndexFunc(demoFaults, func(f DemoFault) bool { return f.ID == id })
	if i < 0 {
		return fmt.Errorf("there is no fault %q", id)
	}
	if slices.Contains(s.OrderedDemoFaults(), id) {
		s.Withdraw(id)
		return nil
	}
	f := demoFaults[i].order
	f.ID = id
	s.Order(f)
	return nil
}

// OrderedDemoFaults is the IDs of those that are ordered and have not
// happened yet.
func (s *Sim) OrderedDemoFaults() []string {
	ids := []string{}
	for _, f := range s.Ordered() {
		if f.ID != "" && !slices.Contains(ids, f.ID) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}
