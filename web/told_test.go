package web

import (
	"testing"

	"apifront/setup"
)

// The page of a job names a place only with what a job of its kind can tell; what a
// setup tells is named by every topic there is.
func TestEachKindOfJobTellsItsOwn(t *testing.T) {
	t.Parallel()
	words := map[setup.NoticeTopic]string{
		setup.TopicTurn: "When it needs somebody", setup.TopicFailed: "When it fails",
		setup.TopicSucceeded: "When it succeeds", setup.TopicTeardown: "When it succeeds", setup.TopicIssued: "When a certificate is issued",
	}
	tells := map[setup.JobKind][]setup.NoticeTopic{
		setup.JobApply:      {setup.TopicTurn, setup.TopicFailed, setup.TopicSucceeded, setup.TopicIssued},
		setup.JobInvalidate: {setup.TopicTurn, setup.TopicFailed, setup.TopicSucceeded},
		setup.JobRestore:    {setup.TopicTurn, setup.TopicFailed, setup.TopicSucceeded},
		setup.JobTeardown:   {setup.TopicTurn, setup.TopicFailed, setup.TopicTeardown},
	}
	for kind, topics := range tells {
		told := map[setup.NoticeTopic]bool{}
		for _, topic := range topics {
			told[topic] = true
		}
		for _, topic := range setup.NoticeTopics() {
			v := ToldOfJob([]setup.Listener{{Name: "#a", Topics: []setup.NoticeTopic{topic}}}, kind)
			switch {
			case !told[topic] && (len(v.Rows) > 0 || v.None != "Nobody is told."):
				t.Errorf("a job of kind %s tells of %s: %+v", kind, topic, v)
			case told[topic] && (len(v.Rows) != 1 || v.Rows[0].When != words[topic]):
				t.Errorf("a job of kind %s, %s: %+v, want %q", kind, topic, v, words[topic])
			}
		}
		if v := ToldOfJob([]setup.Listener{{Topics: topics}}, kind); len(v.Rows) != 1 || v.Rows[0].When != "Whatever happens" {
			t.Errorf("a job of kind %s, all that it tells: %+v", kind, v)
		}
	}
	seen := map[string]setup.NoticeTopic{}
	for _, topic := range setup.NoticeTopics() {
		v := ToldOfSetup([]setup.Listener{{Topics: []setup.NoticeTopic{topic}}})
		if len(v.Rows) != 1 || len(v.Rows[0].When) < len("When a") || seen[v.Rows[0].When] != "" {
			t.Errorf("%s: %+v, as %s", topic, v, seen[v.Rows[0].When])
			continue
		}
		seen[v.Rows[0].When] = topic
	}
}
