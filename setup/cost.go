package setup

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Usage is how much a setup is expected to be used, as a person says.
type Usage struct {
	Requests   int64 // a month; 0: not said
	AnswerSize int64 // octets of an answer on average; 0: not said
}

// Limits of what a person may say.
const (
	MaxRequests   = int64(1e12)
	MaxAnswerSize = int64(50e9) // the largest file that CloudFront serves is 50 GB
)

// PricesRead is the day on which the prices below were looked up.
var PricesRead = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

// PricesAt is where AWS publishes its prices.
const PricesAt = "https://aws.amazon.com/cloudfront/pricing/"

// What CloudFront's pay-as-you-go prices leave free each month, for an account.
// https://aws.amazon.com/cloudfront/pricing/
const (
	freeRequests = 10_000_000
	freeOctets   = 1 << 40
)

// A tariff is what the cheapest and the dearest location of a price class cost, in
// US dollars: 10,000 HTTPS requests, and a GB to the Internet of the first 10 TB.
// Data out is from AWS's page as it is stored publicly; HTTPS requests are from the
// price list as infracost tests itself against it (cloudfront_distribution_test).
// https://aws.amazon.com/cloudfront/pricing/
type tariff struct{ requestLow, requestHigh, dataLow, dataHigh float64 }

func tariffOf(class string) tariff {
	switch class {
	case "PriceClass_100": // North America, Europe, Israel
		return tariff{0.0100, 0.0120, 0.085, 0.085}
	case "PriceClass_200": // and Africa, the Middle East, Japan, India, most of Asia
		return tariff{0.0100, 0.0120, 0.085, 0.120}
	}
	return tariff{0.0100, 0.0220, 0.085, 0.120} // and South America, Australia, New Zealand
}

// A Cost is a line of what a setup costs a month.
type Cost struct {
	What string
	Text string // the sum, or the price where the usage is not said
	How  string // how it comes about
}

// Costs estimates what a setup adds to the bill of a month: from the free tier and
// the cheapest location to no free tier and the dearest. The first line is the sum,
// if the requests are said.
func Costs(s Spec, u Usage) []Cost {
	t := tariffOf(s.Edge.PriceClass)
	requests := Cost{What: "HTTPS requests", Text: between(t.requestLow*100, t.requestHigh*100) + " for each million", How: "By where callers are. The first 10 million of an account are free each month."}
	data := Cost{What: "Data to callers", Text: between(t.dataLow, t.dataHigh) + " for each GB", How: "By where callers are. The first TB of an account is free each month; above 10 TB it costs less."}
	list := []Cost{}
	if n := float64(u.Requests); n > 0 {
		low, high := max(0, n-freeRequests)/1e4*t.requestLow, n/1e4*t.requestHigh
		requests.Text, requests.How = between(low, high), Thousands(int(u.Requests))+" a month. At least, if nothing else uses the 10 million free ones of the account and callers are where it costs least; at most, if none are free."
		sum := Cost{What: "In all", Text: between(low, high), How: "Without the data that callers get: say how large an answer is on average."}
		if u.AnswerSize > 0 {
			octets := n * float64(u.AnswerSize)
			dl, dh := max(0, octets-freeOctets)/(1<<30)*t.dataLow, octets/(1<<30)*t.dataHigh
			data.Text, data.How = between(dl, dh), fmt.Sprintf("%s GB a month. The first TB of an account is free; above 10 TB it costs less than this.", Thousands(int(math.Ceil(octets/(1<<30)))))
			sum.Text, sum.How = between(low+dl, high+dh), "For CloudFront, a month."
		}
		list = append(list, sum)
	}
	list = append(list, requests, data,
		Cost{What: "What callers send", Text: "$0.02 to $0.16 for each GB", How: "Bodies of requests that CloudFront passes on to the API."},
		Cost{What: "Clearing", Text: "$0.005 for each path", How: "The first " + Thousands(FreeCachePaths) + " of an account are free each month. A path with * counts as one."},
		Cost{What: "API Gateway", Text: "As before", How: apiCost(s)},
		Cost{What: "DNS", Text: "Nothing more", How: dnsCost(s)},
		// https://aws.amazon.com/certificate-manager/pricing/ (reported: the page itself was not read;
		// https://github.com/aws-controllers-k8s/acm-controller says that exportable ones have a price)
		Cost{What: "Certificates", Text: "Nothing", How: "Public certificates of ACM for CloudFront and API Gateway cost nothing."})
	switch s.Edge.AccessLogs.To {
	case LogsBucket:
		list = append(list, Cost{What: "Access logs", Text: "Not known here", How: "CloudFront delivers them to S3 without charge. S3 charges for what is stored and read, until you delete it."})
	case LogsGroup:
		list = append(list, Cost{What: "Access logs", Text: "Not known here", How: "CloudWatch Logs charges for each GB of vended logs that is delivered, and for what is stored, until you delete it. A bucket costs less."})
	}
	if s.Edge.WebACL != "" {
		list = append(list, Cost{What: "Firewall", Text: "Not known here", How: "AWS WAF charges the web ACL, its rules and each request by itself."})
	}
	return list
}

func apiCost(s Spec) string {
	if s.MayKeep() {
		return "Each request that reaches it costs what it did. Those that CloudFront answers from what it keeps do not reach it."
	}
	return "Every request still reaches it, and costs what it did."
}

func dnsCost(s Spec) string {
	if s.Domain.DNS == DNSRoute53 {
		return "Route 53 answers queries for an alias to CloudFront without charge. The hosted zone costs what it did."
	}
	return "Your DNS provider's prices stay as they are."
}

// between is a range of sums in US dollars.
func between(low, high float64) string {
	a, b := dollars(low), dollars(high)
	if a == b {
		return a
	}
	return a + " to " + b
}

// dollars writes a sum as people read it: to the cent, and small prices in full.
func dollars(sum float64) string {
	switch {
	case sum == 0:
		return "$0"
	case sum < 0.995:
		return "$" + strings.TrimRight(strconv.FormatFloat(sum, 'f', 3, 64), "0")
	case sum < 100:
		return "$" + strconv.FormatFloat(sum, 'f', 2, 64)
	}
	return "$" + Thousands(int(math.Round(sum)))
}

// ReadUsage reads what a person typed: requests a month, and the size of an answer
// in kB. Blanks, commas and dots between thousands do not matter in the first. The
// errors are for the two fields; nil: none.
func ReadUsage(requests, size string) (u Usage, requestsErr, sizeErr error) {
	if clean := strings.NewReplacer(",", "", ".", "", " ", "", "\u00a0", "", "'", "").Replace(requests); clean != "" {
		n, err := strconv.ParseInt(clean, 10, 64)
		if err != nil || n < 0 || n > MaxRequests {
			requestsErr = InputError("Enter a whole number of requests a month, like 5,000,000")
		}
		u.Requests = n
	}
	if clean := strings.ReplaceAll(strings.TrimSpace(size), ",", "."); clean != "" {
		kb, err := strconv.ParseFloat(clean, 64)
		if err != nil || !(kb >= 0 && kb*1000 <= float64(MaxAnswerSize)) {
			sizeErr = InputError("Enter the size of an answer in kB, like 12 or 0.5")
		} else {
			u.AnswerSize = int64(kb * 1000)
		}
	}
	return u, requestsErr, sizeErr
}
