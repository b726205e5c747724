package web

func helpNotices() HelpTopic {
	return HelpTopic{ID: "notices", Title: "Notices", Lede: "Who is told what happens, where it goes, and how a program reads it.", Sections: []HelpSection{
		{Title: "Places", Text: []string{
			"A place is a chat with an incoming webhook in Slack’s format, a mailbox, or a program. Operators and administrators add them under Notices in the account menu, and say what goes where. Each place is told of all setups.",
			"The address of a place is stored encrypted and never shown again. Whoever can add a place can take it out and add it anew.",
			"The page of a setup, and of a job at work, says who is told.",
		}},
		{Title: "What is told", Text: []string{
			"A job needs somebody, failed or succeeded; a certificate was issued after a wait; a setup was taken down; a name does not answer, and answers again; something was changed outside apifront, and is as wanted again; a certificate will not renew. That one is told again every week for as long as it is so, and when 45 and 30 days are left.",
			"A message says what happened, to which name, what to do, and has one link. It holds no secrets and nothing of what an API answered.",
			"About the same matter of a setup goes out at most one message in 15 minutes. What happens meanwhile is counted and told together. Each turn of a job is a matter of its own.",
		}},
		{Title: "When a place takes nothing", Text: []string{
			"It is tried again for a day: after 1 minute, 5 minutes, half an hour, 90 minutes, then every 6 hours. The list of deliveries says what the other side answered, and sends one again. After 3 days without success a place is paused, and administrators are told at the top of each page. A test that is taken ends that.",
		}},
		{Title: "A program", Text: []string{
			"It gets a POST with JSON, signed as Standard Webhooks describes (webhook-id, webhook-timestamp, webhook-signature), and answers with a status from 200 to 299. The key is shown once. The same message may come twice: the ID stays the same.",
		}},
		{Title: "In this browser", Text: []string{
			"The page of a job at work has the button Tell me in this browser. The browser asks you once. Then it tells your turn, failed and done, while the tab with the job is in the background and you are signed in: after 2 hours without use you are not, unless you chose to stay signed in. Open the job in a tab of its own for that.",
			"The button is not there where the browser does not allow notifications: over plain HTTP (other than on this machine), or where you forbade them in its settings.",
		}},
	}}
}
