package setup

import "fmt"

// A Region is an AWS region: its code and the name people know.
type Region struct{ Code, Name string }

// Regions lists the commercial regions in which API Gateway is offered. The
// host of every AWS call contains such a code, so no other text may be used as
// one.
// https://docs.aws.amazon.com/general/latest/gr/apigateway.html
func Regions() []Region {
	return []Region{
		{"us-east-1", "N. Virginia"},
		{"us-east-2", "Ohio"},
		{"us-west-1", "N. California"},
		{"us-west-2", "Oregon"},
		{"af-south-1", "Cape Town"},
		{"ap-east-1", "Hong Kong"},
		{"ap-east-2", "Taipei"},
		{"ap-northeast-1", "Tokyo"},
		{"ap-northeast-2", "Seoul"},
		{"ap-northeast-3", "Osaka"},
		{"ap-south-1", "Mumbai"},
		{"ap-south-2", "Hyderabad"},
		{"ap-southeast-1", "Singapore"},
		{"ap-southeast-2", "Sydney"},
		{"ap-southeast-3", "Jakarta"},
		{"ap-southeast-4", "Melbourne"},
		{"ap-southeast-5", "Malaysia"},
		{"ap-southeast-6", "New Zealand"},
		{"ap-southeast-7", "Thailand"},
		{"ca-central-1", "Canada Central"},
		{"ca-west-1", "Calgary"},
		{"eu-central-1", "Frankfurt"},
		{"eu-central-2", "Zurich"},
		{"eu-north-1", "Stockholm"},
		{"eu-south-1", "Milan"},
		{"eu-south-2", "Spain"},
		{"eu-west-1", "Ireland"},
		{"eu-west-2", "London"},
		{"eu-west-3", "Paris"},
		{"il-central-1", "Tel Aviv"},
		{"me-central-1", "UAE"},
		{"me-south-1", "Bahrain"},
		{"mx-central-1", "Mexico Central"},
		{"sa-east-1", "São Paulo"},
	}
}

// RegionCodes are the codes of Regions.
func RegionCodes() []string {
	var list []string
	for _, r := range Regions() {
		list = append(list, r.Code)
	}
	return list
}

// IsRegion says whether the code is one of Regions.
func IsRegion(code string) bool {
	for _, r := range Regions() {
		if r.Code == code {
			return true
		}
	}
	return false
}

// RefuseRegion says why no call may be made in a region over the connection. It
// is nil if the region is one of Regions and the connection allows it. It is
// also nil for "", which stands for the connection's own default region.
func (c Connection) RefuseRegion(region string) *Problem {
	switch {
	case region == "":
		return nil
	case !IsRegion(region):
		return &Problem{
			What: fmt.Sprintf("Nothing was asked in the region “%s”.", brief(region)),
			Why:  "This is no region of AWS that apifront knows, and the address of a call is made from it.",
			Fix:  "Choose the region of your API on the page Account and region.",
			Code: "UnknownRegion",
		}
	case !c.In(region):
		return &Problem{
			What: fmt.Sprintf("Nothing was asked in %s over the connection “%s”.", region, c.Name),
			Why:  fmt.Sprintf("The connection is for APIs in %s only.", Or(c.Regions)),
			Fix:  "Choose one of these regions on the page Account and region, or have an administrator add the region to the connection.",
			Code: "RegionNotAllowed",
		}
	}
	return nil
}
