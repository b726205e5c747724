package setup

import "time"

// A NoticeEvent is what a notice tells. Programs that receive notices go by these
// names, so they do not change.
type NoticeEvent string

// The events, in the form that Standard Webhooks asks for: words of letters,
// digits and underscores, separated by dots.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const (
	NoticeTurn         NoticeEvent = "job.turn"      // a step waits for a person
	NoticeFailed       NoticeEvent = "job.failed"    // a job has ended so
	NoticeSucceeded    NoticeEvent = "job.succeeded" // a job has ended so
	NoticeTakenDown    NoticeEvent = "setup.taken_down"
	NoticeNotAnswering NoticeEvent = "setup.not_answering"
	NoticeAnswering    NoticeEvent = "setup.answering" // again
	NoticeDrifted      NoticeEvent = "setup.drifted"   // something was changed outside
	NoticeRepaired     NoticeEvent = "setup.repaired"  // and is as wanted again
	NoticeNoRenewal    NoticeEvent = "certificate.will_not_renew"
	NoticeIssued       NoticeEvent = "certificate.issued"
	NoticeTTLLow       NoticeEvent = "setup.ttl_low" // lowered a week ago, and traffic has not moved
	NoticeTest         NoticeEvent = "test"
)

// A NoticeTopic is a matter that a place may want to be told of. What opens it and
// what ends it is one topic, so that people who heard the first hear the last.
type NoticeTopic string

// The topics.
const (
	TopicTurn      NoticeTopic = "turn"
	TopicFailed    NoticeTopic = "failed"
	TopicSucceeded NoticeTopic = "succeeded"
	TopicAnswering NoticeTopic = "answering"
	TopicDrift     NoticeTopic = "drift"
	TopicRenewal   NoticeTopic = "renewal"
	TopicIssued    NoticeTopic = "issued"
	TopicTeardown  NoticeTopic = "teardown"
)

// NoticeTopics are all topics, in the order in which pages list them.
func NoticeTopics() []NoticeTopic {
	return []NoticeTopic{TopicTurn, TopicFailed, TopicSucceeded, TopicAnswering, TopicDrift, TopicRenewal, TopicIssued, TopicTeardown}
}

// Topic is the matter of the event; "" for NoticeTest, which goes where it is asked
// for.
func (e NoticeEvent) Topic() NoticeTopic {
	switch e {
	case NoticeTurn, NoticeTTLLow:
		return TopicTurn
	case NoticeFailed:
		return TopicFailed
	case NoticeSucceeded:
		return TopicSucceeded
	case NoticeTakenDown:
		return TopicTeardown
	case NoticeNotAnswering, NoticeAnswering:
		return TopicAnswering
	case NoticeDrifted, NoticeRepaired:
		return TopicDrift
	case NoticeNoRenewal:
		return TopicRenewal
	case NoticeIssued:
		return TopicIssued
	case NoticeTest:
	}
	return ""
}

// NoticeTopic is the topic that a new finding about the setting belongs to.
func (s Setting) NoticeTopic() NoticeTopic {
	if s == SettingRenewal || s == SettingValidationRecord || s == SettingCAA {
		return TopicRenewal
	}
	return TopicDrift
}

// A Notice is a message to people or programs outside.
type Notice struct {
	ID    string // UUIDv7; the same in each try and at each place
	At    time.Time
	Count int // how often it happened since the last message about the same; at least 1
	NoticeBody
}

// A NoticeBody is what a notice says. It holds no secrets and nothing of what an
// API answered.
type NoticeBody struct {
	Event   NoticeEvent `json:"event"`
	SetupID string      `json:"setup_id,omitempty"`
	Setup   string      `json:"setup,omitempty"` // the domain name
	Job     int64       `json:"job,omitempty"`   // 0: it is about the setup
	State   string      `json:"state,omitempty"` // of the job, or of the setup
	Title   string      `json:"title"`           // the event, then the name
	Text    string      `json:"text"`            // sentences; what to do is among them
	Problem *Problem    `json:"problem,omitempty"`
	// About tells apart what is never put together into one message although topic
	// and setup are the same: each turn of a job is another act to do.
	About string `json:"about,omitempty"`
}

// NoticeKind is what a place is.
type NoticeKind string

// The kinds of places.
const (
	NoticeChat NoticeKind = "chat" // takes the JSON of Slack's incoming webhooks
	NoticeMail NoticeKind = "mail"
	NoticeHook NoticeKind = "hook" // a program that takes Standard Webhooks
)

// A NoticePlace is where notices go.
type NoticePlace struct {
	ID     string // UUIDv7
	Kind   NoticeKind
	Name   string // as people call it
	Host   string // of its address, or the domain of a mailbox; the rest is sealed
	Sealed string // a NoticeSecret, as it is stored
	Topics []NoticeTopic

	CreatedBy    Person
	CreatedAt    time.Time
	FailingSince time.Time // of the first failure after the last success; zero: none
	PausedAt     time.Time // since when nothing is sent there; zero: it is not paused
}

// A Listener is a place as the pages of setups and jobs name it.
type Listener struct {
	Name   string
	Topics []NoticeTopic
	Paused bool // nothing is sent there until a test is taken
}

// A NoticeSecret is what is known of a place and shown to nobody.
type NoticeSecret struct {
	Address string `json:"address"`
	Key     string `json:"key,omitempty"` // NoticeHook: whsec_ and base64
}

// String keeps secrets out of logs.
func (NoticeSecret) String() string { return "sealed" }

// GoString keeps secrets out of what a broken program prints.
func (NoticeSecret) GoString() string { return "sealed" }

// DeliveryState is how far a delivery is.
type DeliveryState string

// The states of deliveries.
const (
	DeliveryWaiting DeliveryState = "waiting" // for its first or next try
	DeliveryDone    DeliveryState = "delivered"
	DeliveryGivenUp DeliveryState = "given-up"
)

// A Delivery is one notice to one place.
type Delivery struct {
	ID      string // UUIDv7
	PlaceID string
	Notice  Notice
	State   DeliveryState
	DueAt   time.Time // DeliveryWaiting: it is not tried before
	Tries   int
	TriedAt time.Time // of the last try; zero: none yet
	NoticeAnswer
}

// A NoticeAnswer is what the other side said to the last try.
type NoticeAnswer struct {
	Taken  bool
	Status int           // of HTTP, or the code of SMTP; 0: it gave no answer
	Text   string        // the beginning of what it said, or why there was no answer, in visible characters
	Took   time.Duration // of the try
	After  time.Duration // the other side asks not to be tried before; 0: it says nothing
	Gone   bool          // it says that it does not want any more of this
}
