package cloud

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"apifront/setup"
)

// An Account is one AWS account reached over one connection, in one region. It
// is safe for use by several goroutines. Its clients record every HTTP attempt.
type Account struct {
	Connection string
	Region     string
	// ID is the account's number, for pacing: two connections to one account
	// share its turns. It is filled from what STS last said of the connection.
	ID string

	cloud   *Cloud
	base    aws.Config // of the connection
	config  aws.Config // with what every call passes through
	way     setup.Connection
	session string
	holder  string
	record  setup.Recorder
	stood   *stood // in all its regions

	mu           sync.Mutex
	sts          *sts.Client
	acm          map[string]*acm.Client // by region
	apigateway   *apigateway.Client
	apigatewayv2 *apigatewayv2.Client
	cloudfront   *cloudfront.Client
	route53      *route53.Client
	iam          *iam.Client
	cloudtrail   map[string]*cloudtrail.Client // by region
	cloudwatch   map[string]*cloudwatch.Client // by region
	logs         *cloudwatchlogs.Client
}

// STS is the client for identities, in the account's region.
func (a *Account) STS() *sts.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sts == nil {
		a.sts = sts.NewFromConfig(a.in(a.Region))
	}
	return a.sts
}

// ACM is the client for certificates of a region.
func (a *Account) ACM(region string) *acm.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.acm == nil {
		a.acm = map[string]*acm.Client{}
	}
	if a.acm[region] == nil {
		a.acm[region] = acm.NewFromConfig(a.in(region))
	}
	return a.acm[region]
}

// APIGateway is the client of API Gateway v1, in the account's region.
func (a *Account) APIGateway() *apigateway.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.apigateway == nil {
		a.apigateway = apigateway.NewFromConfig(a.in(a.Region))
	}
	return a.apigateway
}

// APIGatewayV2 is the client of API Gateway v2, in the account's region.
func (a *Account) APIGatewayV2() *apigatewayv2.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.apigatewayv2 == nil {
		a.apigatewayv2 = apigatewayv2.NewFromConfig(a.in(a.Region))
	}
	return a.apigatewayv2
}

// CloudFront is the client of CloudFront, which is signed for us-east-1
// wherever the API is.
// https://docs.aws.amazon.com/general/latest/gr/cf_region.html
func (a *Account) CloudFront() *cloudfront.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cloudfront == nil {
		a.cloudfront = cloudfront.NewFromConfig(a.in(setup.EdgeRegion))
	}
	return a.cloudfront
}

// Route53 is the client of Route 53, which is signed for us-east-1 wherever
// the API is.
// https://docs.aws.amazon.com/general/latest/gr/r53.html
func (a *Account) Route53() *route53.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.route53 == nil {
		a.route53 = route53.NewFromConfig(a.in(setup.EdgeRegion))
	}
	return a.route53
}

// IAM is the client of IAM, which is signed for us-east-1 wherever the API is.
// https://docs.aws.amazon.com/general/latest/gr/iam-service.html
func (a *Account) IAM() *iam.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.iam == nil {
		a.iam = iam.NewFromConfig(a.in(setup.EdgeRegion))
	}
	return a.iam
}

// CloudTrail is the client for the calls of a region. Those of CloudFront and Route
// 53 are in us-east-1.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/logging_using_cloudtrail.html (documented)
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/logging-using-cloudtrail.html (documented)
func (a *Account) CloudTrail(region string) *cloudtrail.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cloudtrail == nil {
		a.cloudtrail = map[string]*cloudtrail.Client{}
	}
	if a.cloudtrail[region] == nil {
		a.cloudtrail[region] = cloudtrail.NewFromConfig(a.in(region))
	}
	return a.cloudtrail[region]
}

// CloudWatchLogs is the client for the log deliveries of distributions, which are set
// up in us-east-1 wherever the logs go.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html (documented)
func (a *Account) CloudWatchLogs() *cloudwatchlogs.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.logs == nil {
		a.logs = cloudwatchlogs.NewFromConfig(a.in(setup.EdgeRegion))
	}
	return a.logs
}

// in is the account's configuration for a region.
func (a *Account) in(region string) aws.Config {
	cfg := a.config.Copy()
	cfg.Region = region
	return cfg
}
