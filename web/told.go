package web

import (
	"slices"

	"apifront/setup"
)

// A ToldView says who is told what happens to a setup, or to a job.
type ToldView struct {
	Rows []ToldRow
	More string // how many there are beside those; "" for none
	None string // in place of Rows
	Here bool   // a button tells in this browser too
}

// A ToldRow is a place that is told. Its address is shown nowhere.
type ToldRow struct {
	Name, When string
	Paused     bool
}

// fewTold is how many places are listed.
const fewTold = 6

// ToldOfSetup says who is told what happens to a setup.
func ToldOfSetup(list []setup.Listener) ToldView {
	return newTold(list, setup.NoticeTopics(), func(t setup.NoticeTopic) string {
		switch t {
		case setup.TopicTurn:
			return "a job needs somebody"
		case setup.TopicFailed:
			return "a job fails"
		case setup.TopicSucceeded:
			return "a job succeeds"
		case setup.TopicAnswering:
			return "it stops answering"
		case setup.TopicDrift:
			return "it is changed outside apifront"
		case setup.TopicRenewal:
			return "a certificate will not renew"
		case setup.TopicIssued:
			return "a certificate is issued"
		case setup.TopicTeardown:
			return "it is taken down"
		}
		return ""
	})
}

// ToldOfJob says who is told what happens to a job at work.
func ToldOfJob(list []setup.Listener, kind setup.JobKind) ToldView {
	topics := []setup.NoticeTopic{setup.TopicTurn, setup.TopicFailed, setup.TopicSucceeded}
	switch kind {
	case setup.JobTeardown:
		topics[2] = setup.TopicTeardown
	case setup.JobApply:
		topics = append(topics, setup.TopicIssued)
	case setup.JobInvalidate, setup.JobRestore:
	}
	return newTold(list, topics, func(t setup.NoticeTopic) string {
		switch t {
		case setup.TopicTurn:
			return "it needs somebody"
		case setup.TopicFailed:
			return "it fails"
		case setup.TopicIssued:
			return "a certificate is issued"
		case setup.TopicSucceeded, setup.TopicTeardown:
			return "it succeeds"
		case setup.TopicAnswering, setup.TopicDrift, setup.TopicRenewal:
		}
		return ""
	})
}

func newTold(list []setup.Listener, topics []setup.NoticeTopic, words func(setup.NoticeTopic) string) ToldView {
	v := ToldView{None: "Nobody is told."}
	more := 0
	for _, l := range list {
		var when []string
		for _, t := range topics {
			if slices.Contains(l.Topics, t) {
				when = append(when, words(t))
			}
		}
		switch {
		case len(when) == 0:
			continue
		case len(v.Rows) == fewTold:
			more++
			continue
		}
		row := ToldRow{Name: l.Name, When: "When " + setup.Or(when), Paused: l.Paused}
		if len(when) == len(topics) {
			row.When = "Whatever happens"
		}
		v.Rows = append(v.Rows, row)
	}
	if more > 0 {
		v.More = "And " + setup.Count(more, "more place")
	}
	return v
}
