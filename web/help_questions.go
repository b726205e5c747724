package web

// QuestionURL leads to the answer to a question that people have before their first job.
func QuestionURL(id string) string { return "/help/questions#" + id }

// helpQuestions answers what people ask before they start their first job.
func helpQuestions() HelpTopic {
	return HelpTopic{ID: "questions", Title: "Before the first job", Lede: "Ten questions that people ask in the wizard.", Sections: []HelpSection{
		{ID: "which-api", Title: "Which API is chosen?", Text: []string{
			"The one that you choose on the page API and paths, in one stage. If the account has several APIs in the region, none is chosen for you. The review names the API, and with “Change” on the page of the setup you can choose another one later.",
		}},
		{ID: "old-record", Title: "What happens to the old DNS record?", Text: []string{
			"Nothing until the new way has passed its tests. Then the job replaces it in Route 53, or asks you to replace it at another provider. What stood there before is kept, and shown on the page of the setup.",
		}},
		{ID: "cost", Title: "What does it cost?", Text: []string{
			"CloudFront and API Gateway bill per request and for data, at the prices of your AWS account. Public ACM certificates for them cost nothing. The review estimates a month from the requests that you expect.",
		}},
		{ID: "how-long", Title: "How long does it take?", Text: []string{
			"The panel beside each page of the wizard says how long. Most of it is waiting: until a certificate is issued, and until CloudFront has deployed the distribution. If you add records by hand, the time until they are there is added.",
		}},
		{ID: "close", Title: "What if I close the page?", Text: []string{
			"A job goes on: the server runs it. A draft keeps what you had entered when you last pressed a button; the first page lists it. Notices tell you when a job needs you.",
		}},
		{ID: "who", Title: "Who can see this?", Text: []string{
			"Whoever can sign in here sees setups, drafts and jobs. Viewers only look; operators and administrators start jobs. Callers notice nothing before DNS changes, but the names of public certificates are listed in public logs as soon as they are issued.",
		}},
		{ID: "undo", Title: "How do I undo it?", Text: []string{
			"“Put the old record back” on the page of the setup sends callers back to where they were. It deletes nothing in AWS, and traffic can be moved again at any time.",
		}},
		{ID: "test", Title: "How do I test it first?", Text: []string{
			"The job sends test requests through CloudFront before DNS changes, and waits if they fail. To try it yourself, choose “Later, when I change the record myself” on the page Domain and DNS: the page of the finished job has a curl command that calls CloudFront without asking DNS.",
			"The demo shows all of this without an AWS account.",
		}},
		{ID: "fail", Title: "What if it fails?", Text: []string{
			"The step stops and says what happened, why, and what to do. What was made stays, and the job goes on from there. DNS moves last, so callers are still served as before. Only a name that moves from another distribution, or from an edge-optimised custom domain, moves earlier, and the review says so.",
		}},
		{ID: "remove", Title: "How do I remove it all?", Text: []string{
			"“Take down” in the menu More of the setup. Its page shows what is deleted and what stays, asks where callers are to go, and asks you to type the name. Deleting a draft changes nothing in AWS.",
		}},
	}}
}
