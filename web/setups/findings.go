package setups

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// A FindingView is one thing that is not right.
type FindingView struct {
	ID, Mark, Title, Where string
	Effect                 *web.ProblemView // what callers get, as it was seen
	Harm                   string           // what they get by what is known of the setting
	Paths                  string           // which mappings it is about; "" for all
	Pair                   bool             // Is and Want are there
	Field, Is, Want        string
	Who                    *TrailView
	Fix                    string           // what a person does; "" where a job puts it back
	Record                 *web.RecordTable // that a person adds or mends; nil: it is about none
	Evidence               []web.AskedView  // by what it is known
	Seen                   string           // since when it is seen, and who muted it
	Muted                  bool
	Passes                 bool
	Keep                   *Keeping // makes it what is wanted; nil where no answer says it
	Back                   string   // what putting back this one does; "" where that is said elsewhere
	// BackWord is what the button of it says; "" for the usual. Risky says that callers
	// are better off if it is put back.
	BackWord string
	Risky    bool
}

// A Keeping makes what is there what is wanted.
type Keeping struct {
	Text  string // what it does, in sentences
	Gains bool   // callers gain from it
}

// A BackView is the job that puts things back.
type BackView struct {
	web.PutBackOffer
	Plain bool // callers gain more if all is kept
}

// putBackForm is the ID of the form that puts things back.
const putBackForm = "put-back"

// findingsShown is how many findings a page shows.
const findingsShown = 25

// counts says whether somebody should look at a finding.
func counts(f setup.Finding) bool { return !f.Muted() && !f.Passes }

// findings are what is not right: what callers notice first, what does not count
// last.
func (v *Standing) findings(f Facts) {
	list := slices.Clone(f.Findings)
	rank := func(x setup.Finding) int {
		switch {
		case x.Muted():
			return 3
		case x.Passes:
			return 2
		case x.Effect == nil:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b setup.Finding) int { return cmp.Compare(rank(a), rank(b)) })
	v.More = max(len(list)-findingsShown, 0)
	met := slices.ContainsFunc(list, func(x setup.Finding) bool { return x.Effect != nil && counts(x) })
	said := map[string]bool{}
	for _, x := range list {
		v.Compared = max(v.Compared, x.Revision)
	}
	for _, x := range list[:min(len(list), findingsShown)] {
		one := newFinding(f, x)
		if k, ok := f.Keeps[x.ID]; ok && f.State.Job == 0 {
			k.Text = fmt.Sprintf("Becomes revision %d. %s", f.Setup.Revision+1, k.Text)
			one.Keep = &k
		}
		if !counts(x) {
			v.Quiet = append(v.Quiet, one)
			continue
		}
		one.harm(x, met, v.Answers, said)
		v.Open = append(v.Open, one)
	}
}

func newFinding(f Facts, x setup.Finding) FindingView {
	v := FindingView{
		ID: x.ID, Mark: "you", Title: x.Title, Where: web.PartWords(x.Part), Field: x.Field, Passes: x.Passes,
		Paths: seenAt(f, x), Muted: x.Muted(),
		Seen: "First seen " + f.Times.Minute(x.Since).Text + ", last seen " + f.Times.Minute(x.SeenAt).Text + ".",
	}
	v.Evidence = web.AskedViews(x.Evidence)
	v.Who = newTrail(f, x)
	v.Is, v.Want = web.IsAndWant(x)
	v.Pair = x.Is != "" || x.Want != ""
	if !x.Repair {
		v.Record = web.NewFindingRecord(f.Setup.Spec.Domain, x.FindingBody)
	}
	if x.Effect != nil {
		p := web.ShowProblem(x.Effect)
		p.Fix = ""
		if p.What == x.Title {
			p.What = ""
		}
		v.Effect = &p
		if !x.Passes {
			v.Mark = "failed"
		}
	}
	if !x.Passes && !saysHarm(x) {
		v.Harm = x.Setting.Harm()
	}
	if x.Muted() {
		v.Mark, v.Seen = "wait", v.Seen+" Muted by "+cmp.Or(x.MutedBy.Name, "somebody")+" "+f.Times.Past(x.MutedAt)+", until it changes."
	}
	if x.Added && x.There != nil {
		v.Want = noPath
		v.Harm = "A mapping that apifront did not make. It is open to callers now."
		if x.Revision == f.Setup.Revision && f.State.Job == 0 {
			v.Back, v.BackWord = removalWords(f, *x.There), "Put back: delete path "+setup.Clip(x.There.DisplayPath(), 60)
		}
	}
	if !x.Repair && x.Fix != "" {
		v.Fix = (&setup.Problem{Fix: x.Fix}).FixOutside()
	}
	return v
}

// removalWords say what a job does that deletes a mapping which somebody added.
func removalWords(f Facts, m setup.StandingMapping) string {
	gets := "403, since no other path answers for it"
	if above, ok := f.Setup.Spec.API.Above(m.Path); ok {
		gets = "what " + (setup.Mapping{Path: above}).DisplayPath() + " answers there"
	}
	text := "Starts a job that deletes this mapping at its end, if it still leads where it leads now. Its callers get " + gets + ". The API itself stays."
	if f.Setup.Spec.MayKeep() {
		text += " What CloudFront has kept of it is cleared."
	}
	if n := len(f.Setup.Repairs(f.Findings)); n > 0 {
		text += " The job also puts back the other " + setup.Count(n, "thing") + " below."
	}
	return text
}

// saysHarm says whether the title is what callers get. That of what was seen from
// outside is not, nor what earlier versions stored.
func saysHarm(x setup.Finding) bool {
	return (x.Field != "" || strings.HasSuffix(x.Key, "/missing")) && !strings.HasPrefix(x.Title, "Differs: ") && !strings.HasPrefix(x.Title, "Missing: ")
}

// harm says what callers get of what is known of a setting. Of several things that
// are wrong callers meet one first, which is the one that was seen; what was seen
// is said once, though it may come of several.
func (v *FindingView) harm(x setup.Finding, met, answers bool, said map[string]bool) {
	callers := strings.HasPrefix(v.Harm, "Callers")
	if saysHarm(x) && strings.HasPrefix(x.Title, "Callers") && x.Effect == nil {
		switch {
		case met:
			v.Harm = "Callers meet what stands above first, and this once that is put right."
		case answers:
			v.Harm = "The last check got right answers all the same."
		}
		return
	}
	switch {
	case x.Effect != nil && said[x.Effect.What+x.Effect.Why]:
		v.Effect, v.Harm = nil, "What was seen above may come from this as well."
	case x.Effect != nil:
		said[x.Effect.What+x.Effect.Why] = true
	case callers && met:
		v.Harm = "Callers meet what stands above first. Once that is put right: c" + v.Harm[1:]
	case callers && answers:
		v.Harm += " The last check got right answers all the same."
	}
}

// pathsShown is how many paths of a finding are named.
const pathsShown = 5

// seenAt says which paths a finding is about, if that is not all.
func seenAt(f Facts, x setup.Finding) string {
	if len(x.Paths) == 0 || len(x.Paths) >= len(f.Setup.Spec.API.Mappings) {
		return ""
	}
	var list []string
	for _, p := range x.Paths[:min(len(x.Paths), pathsShown)] {
		list = append(list, "/"+strings.TrimPrefix(p, "/"))
	}
	if n := len(x.Paths) - pathsShown; n > 0 {
		list = append(list, strconv.Itoa(n)+" more")
	}
	return "Seen at " + setup.And(list) + "."
}

// nothing is the side of a difference on which there is none.
const nothing = web.NoSide

// noPath is what is wanted of a path that somebody added.
const noPath = "No such path"

// back is the job that puts back all that a job can. What a check saw of an older
// revision does not tell what the job would do.
func (v *Standing) back(f Facts) {
	list := f.Setup.Repairs(f.Findings)
	offer := web.NewPutBackOffer(f.Setup, f.State.Job, list, putBackForm)
	if offer == nil {
		return
	}
	b := &BackView{PutBackOffer: *offer, Plain: !slices.ContainsFunc(list[:min(len(list), findingsShown)], func(x setup.Finding) bool { return !f.Keeps[x.ID].Gains })}
	v.Back = b
	for i := range v.Open {
		if j := slices.IndexFunc(list, func(x setup.Finding) bool { return x.ID == v.Open[i].ID }); j >= 0 && len(list) > 1 && b.Wait == "" {
			v.Open[i].Risky = v.Open[i].Keep == nil || !v.Open[i].Keep.Gains
			v.Open[i].Back = "Starts a job. It cannot leave anything out: it puts back the other " + setup.Count(len(list)-1, "thing") + " below as well."
			if len(list) == 2 {
				v.Open[i].Back = "Starts a job. It cannot leave anything out: it puts back the other thing as well, if you do not keep that first."
			}
			if b.Clear != nil {
				v.Open[i].Back += " The button below can also clear what CloudFront has kept meanwhile."
			}
		}
	}
}
