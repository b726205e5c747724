package jobs

import (
	"strings"

	"apifront/setup"
)

// recordAdvice is what a person has to know who adds the records of a step: what they are
// for, and what is particular to the form of the provider.
func recordAdvice(s setup.Step, p setup.Provider) []string {
	var advice []string
	for _, r := range s.Records {
		if r.Why != "" {
			advice = append(advice, r.Why)
			break
		}
	}
	if p.Name == "" {
		return append(advice, "At Cloudflare, set it to DNS only. A proxied record hides its target.")
	}
	zone := s.Records[0].Apex
	if p.Relative && zone != "" {
		advice = append(advice, p.Name+" adds "+zone+" to the name by itself. Enter the name as it stands here.")
	}
	if p.Dot {
		advice = append(advice, "Enter the full stop at the end of the value too. Without it, "+p.Name+" adds the zone to the value.")
	}
	if p.Top != "" && s.Records[0].Type == "ALIAS" {
		advice = append(advice, p.Top)
	}
	if p.Note != "" {
		advice = append(advice, p.Note)
	}
	return advice
}

// asEntered is a record with what tells how the form of its provider wants it: where it
// was not seen with this record, it was with another one of the job.
func (f Facts) asEntered(r setup.Record) setup.Record {
	if len(r.Servers) > 0 || r.Alias {
		return r
	}
	for _, s := range f.Steps {
		for _, o := range s.Records {
			if len(o.Servers) > 0 && setup.InZone(r.Name, o.Apex) {
				r.Apex, r.Servers = o.Apex, o.Servers
				return r
			}
		}
	}
	return r
}

// providerOf is the provider where the records are added; the zero Provider if it is not
// known.
func providerOf(records []setup.Record) setup.Provider {
	if len(records) == 0 {
		return setup.Provider{}
	}
	p, _ := setup.ProviderOf(records[0].Servers)
	return p
}

// where says where a person adds a record.
func where(f Facts, p setup.Provider) string {
	switch p.Name {
	case "":
		return "where the DNS of " + f.Job.SetupName + " is managed"
	case setup.ProviderRoute53:
		return "in Route 53, in the account that has the zone of " + f.Job.SetupName
	}
	return "at " + p.Name + ", which manages the DNS of " + f.Job.SetupName
}

// whereFirst is the same at the beginning of a sentence.
func whereFirst(f Facts, p setup.Provider) string {
	text := where(f, p)
	return strings.ToUpper(text[:1]) + text[1:]
}
