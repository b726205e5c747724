package cloud

// dnsErrors are Route 53's.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
var dnsErrors = []explanation{
	{
		service: "route53", code: "InvalidChangeBatch", has: "conflicts with other records",
		what: "Route 53 refused the records.",
		why:  "A CNAME cannot stand beside other records of the same name, and there is one.",
		fix:  "Remove the record that is in the way in the Route 53 console, then re-run the step.",
	},
	{
		service: "route53", code: "InvalidChangeBatch", has: "a conflicting RRSet of type",
		what: "Route 53 refused the records.",
		why:  "Nothing can stand beside a CNAME of the same name, and there is one.",
		fix:  "Remove the CNAME that is in the way in the Route 53 console, then re-run the step.",
	},
	{
		service: "route53", code: "InvalidChangeBatch", has: "do not match the current values",
		what: "Route 53 refused the records.",
		why:  "Someone changed them between our look and our change.",
		fix:  "Re-run the step; it looks again first.", again: true,
	},
	{
		service: "route53", code: "InvalidChangeBatch", has: "is not permitted in zone",
		what: "Route 53 refused the records.",
		why:  "A record's name does not belong to the zone.",
		fix:  "Choose the zone of the name on the page Domain and DNS, then start again.",
	},
	{
		service: "route53", code: "InvalidChangeBatch", has: "but it already exists",
		what: "Route 53 refused the records.",
		why:  "Somebody made one of them between our look and our change.",
		fix:  "Re-run the step; it looks again first.",
	},
	{
		service: "route53", code: "InvalidChangeBatch", has: "but it was not found",
		what: "Route 53 refused the records.",
		why:  "Somebody deleted one of them between our look and our change.",
		fix:  "Re-run the step; it looks again first.",
	},
	{
		service: "route53", code: "InvalidChangeBatch", has: "does not lie within the target zone",
		what: "Route 53 refused the records.",
		why:  "An alias record names a hosted zone in which its target does not lie.",
		fix:  invalidFix,
	},
	{
		service: "route53", code: "InvalidChangeBatch", has: "invalid set of changes",
		what: "Route 53 refused the records.",
		why:  "The same record was to be changed twice at once, which Route 53 does not do.",
		fix:  "Re-run the step; it looks again first. If the same comes back, report it with the request ID.",
	},
	{
		service: "route53", code: "InvalidChangeBatch",
		what: "Route 53 refused the records.",
		why:  "One of them does not go together with what is in the zone; Route 53 says which below.",
		fix:  "Correct that record in the Route 53 console, then re-run the step.",
	},
	{
		service: "route53", code: "NoSuchHostedZone",
		what: "Route 53 does not have the hosted zone.",
		why:  "It was deleted, or belongs to another account than the connection's.",
		fix:  "Choose the zone again on the page Domain and DNS, then start again.",
	},
	{
		service: "route53", code: "PriorRequestNotComplete",
		what: "Route 53 was still busy with the zone's last change.",
		why:  "It takes one change to a zone at a time.",
		fix:  "Wait a few seconds, then re-run the step.", again: true,
	},
	{
		service: "route53", code: "HostedZoneNotEmpty",
		what: "Route 53 did not delete the hosted zone.",
		why:  "It still has records besides the SOA and NS records that every zone has.",
		fix:  "Remove the other records in the Route 53 console if nothing needs them, then re-run the step.",
	},
	{
		service: "route53", code: "NoSuchChange",
		what: "Route 53 does not know the change of the records any more.",
		why:  "It forgets changes after a while, or the change was made in another account.",
		fix:  "Re-run the step; it looks at the records themselves.",
	},
	{
		service: "route53", code: "NoSuchHealthCheck",
		what: "Route 53 refused the records.",
		why:  "One of them refers to a health check that does not exist.",
		fix:  "Correct that record in the Route 53 console, then re-run the step.",
	},
	{service: "route53", code: "NoSuchDelegationSet", what: "Route 53 refused the request.", why: invalidWhy, fix: invalidFix},
	{service: "route53", code: "DelegationSetNotReusable", what: "Route 53 refused the request.", why: invalidWhy, fix: invalidFix},
	{service: "route53", code: "InvalidInput", what: "Route 53 refused the request.", why: invalidWhy, fix: invalidFix},
	{service: "route53", code: "LimitsExceeded", what: "Route 53 refused another one of these.", why: "The account has used up a quota of Route 53.", fix: "Delete what nothing uses, or ask for more at https://console.aws.amazon.com/servicequotas/home/services/route53/quotas, then re-run the step."},
}
