package web

func helpNotices() HelpTopic {
	return HelpTopic{ID: "notices", Title: "Notices", Lede: "Who is told what happens, where it goes, and how a program reads it.", Sections: []HelpSection{
		{Title: "Places", Text: []string{
			"A place is a chat with an incoming webhook in Slack’s format, a mailbox, or a program. Operators and administrators add them under Notices in the account menu, and choose what each place is told. Every place is told about all setups.",
			"The address of a place is stored encrypted and never shown again. To change an address, remove the place and add it again.",
			"The page of a setup, and the page of a job at work, say who is told.",
		}},
		{Title: "What is told", Text: []string{
			"A job needs somebody, failed or succeeded; a certificate was issued after a wait; a setup was taken down; a name does not answer, and answers again; something was changed outside apifront, and is as wanted again; a TTL is still low a week after it was lowered; a certificate will not renew. The last of these is repeated every week for as long as it is true, and when 45 and 30 days are left.",
			"A message says what happened, to which name, and what to do, and has one link. It holds no secrets and nothing of what an API answered.",
			"About the same matter of a setup, at most one message goes out in 15 minutes. What happens meanwhile is counted and sent in one message. Each turn of a job is a matter of its own.",
		}},
		{Title: "When a place takes nothing", Text: []string{
			"Each message is tried again for a day: after 1 minute, 5 minutes, half an hour, 90 minutes, then every 6 hours. The list of deliveries says what the other side answered, and has a button that sends a message again. After 3 days without success a place is paused, and administrators see that at the top of each page. A test message that is accepted ends the pause.",
		}},
		{Title: "A program", Text: []string{
			"It gets a POST with JSON, signed as Standard Webhooks describes (webhook-id, webhook-timestamp, webhook-signature), and answers with a status from 200 to 299. The key is shown once. The same message may come twice, with the same ID.",
		}},
		{Title: "In this browser", Text: []string{
			"The page of a job at work has the button Tell me in this browser. The browser asks you once. Then it tells you when it is your turn, and when the job failed or is done, while the tab with the job is in the background and you are signed in. After 2 hours without use you are signed out, unless you chose to stay signed in. Open the job in a tab of its own for that.",
			"The button is not there where the browser does not allow notifications: over plain HTTP (other than on this machine), or where you forbade them in its settings.",
		}},
	}}
}
