package web

// helpDoctor says what the doctor looks at, and what it leaves alone.
func helpDoctor() HelpTopic {
	return HelpTopic{ID: "doctor", Title: "The doctor", Lede: "Why a name does not work: what is looked at, and what is left alone.", Sections: []HelpSection{
		{Title: "What it looks at", Text: []string{
			"Any public name, whether it has a setup here or not. It follows a request: the name in DNS, the edge that answers, the origin behind it, the API. A part of the path is called right only where a look of its own shows it.",
			"Each look has the line of dig, curl, openssl or aws that repeats it, with a button that copies it.",
		}},
		{Title: "Without AWS", Text: []string{
			"It asks every name server of the zone and public resolvers, reads the certificate that is shown, and sends a few GET requests. These show most causes; where several look alike, it says so.",
		}},
		{Title: "With a connection", Text: []string{
			"It also reads the distribution that has the name, its policies, the custom domain with its mappings in the regions of the connection, the certificates and the hosted zones. It only reads: nothing is written, not even a tag. The policy “Look only” of a setup is enough.",
			"What the connection may not read is not known, and the page says so.",
		}},
		{Title: "Adopt what it found", Text: []string{
			"A name that is served by a distribution and a custom domain that others made can be adopted: it becomes a setup as it is. Nothing is written to AWS, not even a tag. Settings that differ from what apifront would make stay as they are, or a change with a review of its own puts them right later.",
			"As long as no job has changed anything, “Give it back” forgets the setup and leaves AWS as it is.",
		}},
		{Title: "What it leaves alone", Text: []string{
			"No request changes anything, and none is sent to a private address: such a name is looked up and never called. The path that you ask about is shown on the result’s page, which everybody here can open; a query is left out, since it may hold a secret.",
		}},
		{Title: "Who may ask, and how long it is kept", Text: []string{
			"Anybody who is signed in, also with the role viewer, may start ten looks a minute. If the same name is asked within ten seconds, the page of the first look opens. Whoever started a look can stop it, and operators can stop any.",
			"A look goes on when its page is closed. It is kept for 30 days at an address of its own, which you can send to others who can sign in here.",
		}},
	}}
}
