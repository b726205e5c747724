package web

import (
	"encoding/json"
	"fmt"
)

// HelpTopics are the help pages, in order. actions is every IAM action that a
// job may use.
func HelpTopics(actions []string) []HelpTopic {
	return []HelpTopic{
		helpQuestions(), helpDNS(), helpCertificates(), helpCaching(), helpDoctor(), helpNotices(), helpPolicy(actions), helpDemo(), helpGlossary(), helpKeyboard(),
	}
}

func helpDNS() HelpTopic {
	return HelpTopic{ID: "dns", Title: "DNS records", Lede: "Which records there are, who adds them, and when clients move.", Sections: []HelpSection{
		{Title: "Two records", Text: []string{
			"The validation record shows Amazon that the name is yours. It moves no traffic, so it can be added at any time. Keep it for good: the certificates renew by themselves only while it exists.",
			"The traffic record is the one your clients follow. It points at CloudFront. The job asks for it, or writes it, only after its test requests have come through CloudFront to your API.",
		}},
		{Title: "In Route 53", Text: []string{
			"apifront writes both. The traffic record becomes an alias for IPv4 and IPv6. What stood there before is kept, and shown on the job's page.",
		}},
		{Title: "At another provider", Text: []string{
			"The job shows each record with copy buttons, says what is seen in DNS now, and looks again by itself. It asks the zone's own name servers, so an old answer in a cache does not mislead it.",
			"At Cloudflare set both records to DNS only. A proxied validation record hides its target, and the certificate stays pending. A proxied traffic record puts a second CDN in front of CloudFront.",
			"At the top of a zone, such as example.com itself, a CNAME is not allowed. Use what your provider calls ALIAS, ANAME or CNAME flattening instead.",
		}},
		{Title: "Still the old answer", Text: []string{
			"Caches keep a record until its time to live is over. A job that succeeded shows a command that goes to CloudFront without asking DNS.",
		}},
	}}
}

func helpCertificates() HelpTopic {
	return HelpTopic{ID: "certificates", Title: "Certificates", Lede: "Why there are two, and why one is in us-east-1.", Sections: []HelpSection{
		{Title: "One for each side", Text: []string{
			"CloudFront shows its certificate to your clients, and looks for it in us-east-1 only. API Gateway shows its own to CloudFront, and looks for it in the region of the API. Both are for the same name.",
			"If the API is in us-east-1, one certificate serves both.",
		}},
		{Title: "Which one can be reused", Text: []string{
			"One that is issued, in the right region, and covers the name. A wildcard stands for exactly one label: *.example.com covers api.example.com, but neither example.com nor v1.api.example.com.",
		}},
		{Title: "How long they last", Text: []string{
			"A public certificate from ACM lasts 198 days at most and renews by itself, as long as it is in use and its validation record is in DNS. The setup page shows the days left.",
		}},
		{Title: "Pending for long", Text: []string{
			"Usually the record is in another zone than the one that DNS leads to, or its name ends with the zone twice (_x.api.example.com.example.com). The job's page shows what DNS answers. A CAA record can forbid Amazon to issue; then the certificate fails with that reason.",
		}},
	}}
}

func helpCaching() HelpTopic {
	return HelpTopic{ID: "caching", Title: "Caching", Lede: "What CloudFront keeps, and how to make it forget.", Sections: []HelpSection{
		{Title: "Off unless you say so", Text: []string{
			"With caching off, every request reaches your API. Nobody ever gets an answer that was made for someone else.",
			"With caching on, only answers to GET and HEAD are kept. Requests that differ in the query string, or in one of the headers that you chose, never share an answer. In a new setup these are Authorization, X-Api-Key, Origin and Host. Cookies do not tell requests apart here.",
		}},
		{Title: "What decides who may read belongs in the key", Text: []string{
			"CloudFront cannot refuse to keep an answer because of a header of the request: what is kept is given to everybody whose request has the same key. So a header that decides who may read an answer, such as one with an API key, must be one of those that tell callers apart. If a cookie or the address decides, leave caching off.",
			"A setup that was made before X-Api-Key and Origin were chosen keeps what it has; its page says which callers share answers, and offers the change.",
		}},
		{Title: "Tested before DNS changes", Text: []string{
			"The job sends pairs of requests that differ in one thing, such as a made-up key, and checks whether the second gets the answer to the first. If it does, and the API itself answers the two differently, the job stops and says who gets what. If the API answers both alike, a real key may still be answered otherwise: the job goes on and says that it may be so.",
			"Where sharing harms nobody, you can accept it on the page Edge settings, kind by kind. Anything else that is shared still stops the job.",
		}},
		{Title: "Clear cached answers", Text: []string{
			"You find it in the menu More of a setup. Paths start with a slash, and a * is allowed at the end: /orders/* clears all below /orders/. /* clears everything. It takes about a minute, and CloudFront works on at most 15 paths with a * at a time.",
			"CloudFront keeps answers apart by their query string, and clears a path to the letter: /orders does not clear /orders?page=2. So the page says what each path covers before it is sent, and offers /orders* instead, which also clears /orders-archive; to clear /orders with all its query strings and nothing else, enter /orders and /orders?*. CloudFront clears no path that is written with ~ or %7E: use a wider path that ends with * where the ~ would come.",
			"Each path that is sent counts, however much it matches. The first 1,000 a month are free in each AWS account.",
		}},
		{Title: "See it at work", Text: []string{
			"Look at the x-cache line of an answer. “Miss from cloudfront” came from your API, “Hit from cloudfront” from what CloudFront kept.",
		}, Code: "curl -sI https://api.example.com/ | grep -i x-cache", What: "command"},
	}}
}

func helpPolicy(actions []string) HelpTopic {
	t := HelpTopic{ID: "iam-policy", Title: "IAM policy", Lede: "What a connection must be allowed to do in AWS.", Sections: []HelpSection{
		{Title: "Every action a job may use", Text: []string{
			fmt.Sprintf("These are the %d actions that the steps of this version use, reads included. Most of them look, create or change. The last step of a job also deletes what apifront made and a change has replaced: paths, cache policies, certificates, and the custom domain of another region. No action deletes a distribution: taking a setup down needs more, and the setup has an IAM policy for it.", len(actions)),
			"The policy allows them on every resource. A job creates things whose names are not known beforehand, so narrow it only with care.",
		}, Code: policyJSON(actions), What: "IAM policy"},
		{Title: "For one setup", Text: []string{
			"The review page of a draft and the page of a setup have a link to an IAM policy of their own. It names the account, region, domain name and hosted zone, so it allows far less than this one. There is one to run jobs, one to look only, and one to take down.",
			"Permissions that only help to explain may be left out. Without cloudtrail:LookupEvents, a check does not say who made the change that it found. Without cloudwatch:GetMetricData in the region of the API, the review of a change does not say how many requests still reach a path that it takes out; without it in us-east-1, a teardown does not know whether callers still come to CloudFront, and asks nobody before it switches the distribution off.",
		}},
		{Title: "Where it goes", Text: []string{
			"Attach it to the user or role that this server's default chain or profile uses. The wizard's lists (APIs, hosted zones, certificates) are read with the same connection.",
		}},
	}}
	return t
}

func policyJSON(actions []string) string {
	type statement struct {
		Sid      string
		Effect   string
		Action   []string
		Resource string
	}
	policy := struct {
		Version   string
		Statement []statement
	}{"2012-10-17", []statement{{"Apifront", "Allow", actions, "*"}}}
	b, err := json.MarshalIndent(policy, "", "  ")
	if err != nil {
		return "" // strings always marshal
	}
	return string(b)
}

func helpDemo() HelpTopic {
	return HelpTopic{ID: "demo", Title: "Demo mode", Lede: "Try everything without an AWS account.", Sections: []HelpSection{
		{Title: "Start it", Text: []string{
			"Run this on a machine that has apifront. It prints an address, an email and a password to sign in with. Ctrl+C stops it.",
		}, Code: "apifront demo --listen 127.0.0.1:8081", What: "command"},
		{Title: "What it is", Text: []string{
			"A separate server with a simulator in the place of AWS, DNS and the internet. Nothing leaves the machine, and no AWS account is touched. The pages, the jobs and the checks are the same as on a real server.",
			"Steps take seconds where AWS takes minutes. With --pace real they take as long as in AWS.",
			"The review page and the first page list things that can go wrong. Press “Make it fail” at one, then start a job to see what a failed step looks like.",
		}},
		{Title: "Keep it", Text: []string{
			"All is thrown away when it stops, unless it is started with a file to keep it in.",
		}, Code: "apifront demo --state demo.json", What: "command that keeps the demo"},
	}}
}

// JobKeys are the keys of a job's page, as app.js has them.
func JobKeys() [][2]string {
	return [][2]string{
		{"?", "Opens this list"},
		{"n", "Goes to the next step"},
		{"p", "Goes to the step before"},
		{"o", "Opens or closes the step"},
		{"f", "Goes to the first failed step"},
		{"r", "Goes to the first button that goes on with a step, and does not press it"},
	}
}

func helpKeyboard() HelpTopic {
	return HelpTopic{ID: "accessibility", Title: "Keyboard and accessibility", Lede: "Everything works with the keyboard, without script, and in both themes.", Sections: []HelpSection{
		{Title: "Keys", Keys: [][2]string{
			{"Tab", "Goes to the next link, button or field. The first link skips to the main content; in the wizard, the links before it skip to the form and to the decision."},
			{"Enter", "Follows a link, presses a button; in a form, goes on to the next page."},
			{"Space", "Presses a button, ticks a box, opens and closes a step of a job."},
			{"Arrow keys", "Choose among options; scroll a table that has the focus."},
		}},
		{Title: "Keys on the page of a job", Keys: JobKeys(), Text: []string{
			"They only move the focus, or open and close the step that has it. They do nothing while you type in a field. The list that ? opens has a tick box that switches them off in this browser.",
		}},
		{Title: "Live pages", Text: []string{
			"A job's page changes by itself. It never moves the focus or the scroll position, and open steps stay open. One line near the top is read out when a step starts, ends or fails.",
			"Without script the page loads again every 5 seconds. A link stops that.",
		}},
		{Title: "Colours and motion", Text: []string{
			"The theme follows your system; the account menu changes it. Every state has a shape and a word beside its colour. Nothing moves if your system asks for reduced motion.",
		}},
		{Title: "What is not known yet", Text: []string{
			"Pages are tested in Chromium: with the keyboard, without script, narrow, in both themes and in forced colours. One way through them, from the sign-in page to a setup that serves callers, is tested in Firefox and in WebKit, on which Safari is built. Nobody has gone through them with a screen reader or in Safari itself yet. Tell the person who runs this server what does not work for you.",
		}},
		{Title: "Times", Text: []string{
			"Times are shown in your time zone: the one you chose in the account menu, or your browser's, or the server's where no script runs. Each carries its exact moment in UTC, for programs that read the page.",
		}},
	}}
}
