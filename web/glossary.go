package web

import "strings"

// A Term is a word as apifront uses it.
type Term struct{ Word, Meaning string }

// A TermGroup is the terms of one field.
type TermGroup struct {
	Title string
	Terms []Term
}

// Glossary is the one glossary: the help page and docs/glossary.md are made of
// it. AWS names are written as AWS writes them.
func Glossary() []TermGroup {
	return []TermGroup{
		{"apifront", []Term{
			{"Setup", "What you want for one domain name, and the AWS resources that exist for it."},
			{"Draft", "A setup that is still in the wizard. Nothing exists in AWS for it."},
			{"Page", "One page of the wizard. There are six; the last one is the review."},
			{"Revision", "A numbered set of answers of a setup that a job put in place. A change makes a new one."},
			{"Plan", "What a job would make, change or reuse in AWS. It is shown before anything is made."},
			{"Job", "One piece of work on a setup: set it up, change it, clear cached answers, put an old DNS record back, or take it down. It goes on when the server restarts."},
			{"Check", "One comparison of a setup with its newest revision: it reads in AWS and DNS what each step is about, and calls the name from outside. It changes nothing. Checks run by schedule and after each job, and anybody who may start jobs can ask for one."},
			{"Diagnosis", "What the doctor finds out about a name, with or without a setup for it, and with or without an AWS account. It changes nothing, and is kept for 30 days."},
			{"Look", "One question of a check or of the doctor: of DNS, of a server, or of AWS. A line of dig, curl, openssl or aws repeats it."},
			{"Hop", "One of the four parts of the path of a request: name, edge, origin, API."},
			{"Verdict", "What a diagnosis comes to, in a few words."},
			{"Finding", "One thing that a check or the doctor says is not right. A finding of a check stays until a later check no longer sees it."},
			{"Notice", "A message to a chat, a mailbox or a program that something needs a person, has ended or has changed. About the same matter of a setup, at most one goes out in 15 minutes."},
			{"Place", "Where notices go, under the name that people gave it. Its address is stored encrypted."},
			{"State", "What is true for the callers of a setup now. It comes from the job at work and the last checks, not from how the last job ended."},
			{"Step", "One part of a job, such as the distribution. A step that failed is run again without the others."},
			{"Teardown", "The job that takes a setup down: it leads the name away from CloudFront, then deletes what apifront made."},
			{"Adopt", "To make a setup of what others made for a name, without changing anything in AWS."},
			{"Attempt", "One try of a step, numbered, started by the worker or by a person with a name."},
			{"Call", "One request that an attempt makes to AWS, with its answer and its request ID."},
			{"Event", "One numbered line of a job's history. The job's page is made of them."},
			{"Problem", "What a page says when something stops: what happened, why, how to go on, and a reference."},
			{"Connection", "How apifront reaches an AWS account: the default chain, a named profile, or a role that it assumes. No keys are stored."},
			{"Worker", "The part of the server that carries out jobs. Pages never call AWS themselves."},
			{"Simulator", "A stand-in for AWS, for the demo and for tests."},
		}},
		{"AWS", []Term{
			{"API Gateway", "The AWS service that runs your API. It answers under names of its own, and under custom domain names."},
			{"Regional", "An endpoint type of API Gateway: requests reach the API's own region directly, so your own CloudFront can stand in front."},
			{"Edge-optimised", "Another endpoint type. The API's own address has a CloudFront distribution of Amazon's in front, which you cannot configure. You can choose such an API all the same: requests to your name do not pass that distribution. A custom domain name has to be Regional."},
			{"Stage", "A published version of an API, such as prod. A path leads to one stage of one API."},
			{"Custom domain name", "A name of yours that API Gateway answers to. It needs a certificate in the API's region."},
			{"Path mapping", "Which API and stage answer below a path of the custom domain name."},
			{"Default endpoint", "The name under execute-api that API Gateway gives each API. It stays open beside CloudFront unless it is closed."},
			{"Regional name", "The name under execute-api that API Gateway gives a custom domain name. CloudFront calls it."},
			{"CloudFront", "The AWS service that takes requests close to the client and passes them on."},
			{"Distribution", "One configuration of CloudFront, with a name of its own under cloudfront.net."},
			{"Alternate domain name", "A name of yours that a distribution answers to. One name belongs to one distribution in all of AWS."},
			{"Edge", "The location of CloudFront that a client reaches."},
			{"Web ACL", "Rules of AWS WAF that let requests through or block them, at a distribution or at a stage of a REST API."},
			{"Origin", "Where CloudFront gets answers from: here, the custom domain name of API Gateway."},
			{"Cache policy", "What CloudFront keeps, for how long, and what tells two requests apart."},
			{"Origin request policy", "What CloudFront passes on to the origin. AllViewer passes on the Host header."},
			{"Invalidation", "Telling CloudFront to forget answers that it keeps. Pages call it clearing cached answers."},
			{"ACM", "AWS Certificate Manager. It makes the certificates and renews them."},
			{"Route 53", "The DNS service of AWS."},
			{"Hosted zone", "The records of one domain in Route 53."},
			{"Alias", "A record of Route 53 that follows an AWS resource, also at the top of a zone."},
			{"us-east-1", "The region in which CloudFront looks for its certificates, wherever the API is."},
			{"ARN", "The full name of a resource in AWS, with service, region and account."},
			{"IAM policy", "The list of what a user or a role may do in AWS."},
			{"Request ID", "The ID that AWS gives each call. AWS Support asks for it."},
			{"Quota", "How many of something AWS allows an account, or how often."},
		}},
		{"DNS", []Term{
			{"Zone", "The part of DNS that one set of name servers answers for."},
			{"Name server", "A server that knows the records of a zone. apifront asks the zone's own, so no cache misleads it."},
			{"Record", "One line of a zone: a name, a type and a value."},
			{"CNAME", "A record that makes a name stand for another name. It is not allowed at the top of a zone."},
			{"Validation record", "The CNAME that shows Amazon that a name is yours. Keep it: certificates renew only while it exists."},
			{"Traffic record", "The record that clients follow. It points at CloudFront once the tests have passed."},
			{"Time to live (TTL)", "How long others may keep a record before they ask again."},
			{"CAA", "A record that says which authorities may issue certificates for a name."},
		}},
		{"TLS and HTTP", []Term{
			{"Certificate", "What a server shows to prove that it is the right one for a name."},
			{"TLS", "The encryption of HTTPS. Both links are encrypted: client to CloudFront, CloudFront to API Gateway."},
			{"Server name (SNI)", "The name that a client asks for when the encrypted link is made."},
			{"Host header", "The name that a client asks for inside a request. API Gateway finds the API by it, so CloudFront passes it on unchanged."},
			{"Cache-Control", "The line of an answer that says whether and how long it may be kept."},
			{"Status code", "The number of an answer: 200 worked, 403 refused, 404 nothing there, 429 too many requests, 502 the origin was not reached."},
		}},
	}
}

// GlossaryDocument is docs/glossary.md.
func GlossaryDocument() string {
	var b strings.Builder
	b.WriteString("# Glossary\n\nOne word for one thing, in the pages, the code, the database and the logs. Made from `web/glossary.go` by `go generate ./web`; the pages show it under Help.\n")
	for _, g := range Glossary() {
		b.WriteString("\n## " + g.Title + "\n\n| word | meaning |\n|---|---|\n")
		for _, t := range g.Terms {
			b.WriteString("| **" + t.Word + "** | " + t.Meaning + " |\n")
		}
	}
	return b.String()
}

// helpGlossary is the glossary as a help page.
func helpGlossary() HelpTopic {
	t := HelpTopic{ID: "glossary", Title: "Glossary", Lede: "The words of these pages, and the words of AWS, DNS, TLS and HTTP that they use."}
	for _, g := range Glossary() {
		t.Sections = append(t.Sections, HelpSection{Title: g.Title, Terms: g.Terms})
	}
	return t
}
