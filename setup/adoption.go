package setup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Adoption is what there is of a name in an account, read so that it can become a
// setup as it is. To read and to adopt write nothing to AWS, not even a tag.
type Adoption struct {
	ReadAt time.Time `json:"read_at"`

	// Refused says why it cannot be adopted, and what to do; empty: it can.
	Refused []Problem `json:"refused,omitempty"`

	Spec      Spec       `json:"spec"`                // what is there, as answers; Spec.AsFound has what no answer says
	Resources []Resource `json:"resources,omitempty"` // what the setup would have; all of them Owned, with AttrAdopted

	Taken   []AdoptedThing `json:"taken,omitempty"`   // what would be taken over, in the order of a request's way
	Stays   []Thing        `json:"stays,omitempty"`   // what belongs to it and is not taken over, such as the APIs
	Differs []Difference   `json:"differs,omitempty"` // from what apifront would make
	Makers  []Maker        `json:"makers,omitempty"`  // other tools that look after it, as its tags say
}

// An AdoptedThing is something in AWS that a setup would take over.
type AdoptedThing struct {
	Thing

	Others string `json:"others,omitempty"` // what else uses it, such as "1 other distribution"; "": nothing else
	Stays  string `json:"stays,omitempty"`  // why no teardown deletes it; "": one does
}

// A Difference is a setting in which what is there differs from what apifront would make.
type Difference struct {
	Key   string `json:"key"`            // such as "distribution/AllowedMethods"; unlike those of all others
	Title string `json:"title"`          // such as "Only GET and HEAD are let through"
	Text  string `json:"text"`           // what callers notice of it
	Is    string `json:"is"`             // in AWS's words
	Want  string `json:"want"`           // likewise, what apifront would make
	Keep  bool   `json:"keep"`           // proposed: leave it, since callers could notice a change; false: only faults would vanish
	Only  string `json:"only,omitempty"` // why it can only be left as it is; "": it can be put right
}

// Keys of differences, of which pages say something too.
const (
	FoundCaching        = "distribution/CachePolicyId" // what CloudFront keeps and passes on
	FoundViewerProtocol = "distribution/ViewerProtocolPolicy"
	FoundViewerTLS      = "distribution/MinimumProtocolVersion"
	FoundHTTPVersion    = "distribution/HttpVersion"
	FoundPriceClass     = "distribution/PriceClass"
	FoundOriginProtocol = "distribution/OriginProtocolPolicy"
	FoundReadTimeout    = "distribution/OriginReadTimeout"
	FoundDomainTLS      = "domain/securityPolicy"
)

// StaysFound says whether a setting stays as it was found when the setup was adopted.
// An answer that a person has given since decides it; until then the answer that most
// people give stands in its place.
func (s Spec) StaysFound(key string) bool {
	if !slices.Contains(s.AsFound, key) {
		return false
	}
	answer, usual := s.Edge, DefaultSpec().Edge
	switch key {
	case FoundCaching:
		return answer.Caching == CachingOff
	case "distribution/Comment":
		return answer.Comment == ""
	case FoundViewerProtocol:
		return answer.ViewerProtocol == usual.ViewerProtocol
	case FoundViewerTLS:
		return answer.MinimumTLS == usual.MinimumTLS
	case FoundHTTPVersion:
		return answer.HTTPVersion == usual.HTTPVersion
	case FoundPriceClass:
		return answer.PriceClass == usual.PriceClass
	case FoundReadTimeout:
		return answer.ReadTimeout == usual.ReadTimeout
	case "distribution/AllowedMethods":
		return answer.Methods == usual.Methods
	case FoundDomainTLS:
		return s.Domain.SecurityPolicy == ""
	}
	return true
}

// CachingAsFound says whether what CloudFront keeps and passes on stays as it was found.
// Then no answer says whether it keeps anything.
func (s Spec) CachingAsFound() bool { return s.StaysFound(FoundCaching) }

// MayKeep says whether CloudFront may keep answers: it is to, or what it keeps stays as
// it was found.
func (s Spec) MayKeep() bool { return s.Edge.Keeps() || s.CachingAsFound() }

// A Maker is a tool that made a resource and would undo what others change.
type Maker struct {
	Tool string `json:"tool"`           // such as "Terraform"
	What string `json:"what"`           // such as "this distribution"
	Sign string `json:"sign"`           // by what it is known, such as "Its tag says ManagedBy: terraform"
	Line string `json:"line,omitempty"` // that makes the tool let go; "": there is none
}

// AdoptWithin is how old the look may be by which a name is adopted.
const AdoptWithin = 10 * time.Minute

// Why revisions were made that no job carries out. What follows for the setup is known
// by these words.
const (
	WhyAdopted   = "Adopted"
	WhyGivenBack = "Given back"
)

// Digest is the same for two looks that found the same: the same answers, things,
// differences and refusals. What changes by itself, such as the days that a certificate
// has left, is not in it.
func (a Adoption) Digest() string {
	type thing struct{ Key, ID, ARN, Region string }
	type difference struct{ Key, Is, Want, Only string }
	found := struct {
		Spec    Spec
		Things  []thing
		Differs []difference
		Refused []string
	}{Spec: a.Spec}
	for _, r := range a.Resources {
		found.Things = append(found.Things, thing{r.Key, r.ID, r.ARN, r.Region})
	}
	for _, d := range a.Differs {
		found.Differs = append(found.Differs, difference{d.Key, d.Is, d.Want, d.Only})
	}
	for _, p := range a.Refused {
		found.Refused = append(found.Refused, p.What)
	}
	text, err := json.Marshal(found)
	if err != nil { // not of these types
		text = fmt.Appendf(nil, "%+v", found)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// TooMuch is the adoption of a name of which more was found than is kept. It is refused.
func (a Adoption) TooMuch() *Adoption {
	return &Adoption{ReadAt: a.ReadAt, Refused: []Problem{{
		What: "There is more of this name than apifront keeps of one look.",
		Why:  "What was found of its paths, things and settings is too long to be stored, so nothing of it can be shown and chosen.",
		Fix:  "Make a setup of the name in the wizard instead, with the paths that are to be looked after.",
	}}}
}

// Right says whether the difference can be put right.
func (d Difference) Right() bool { return d.Only == "" }

// FoundWords are the settings that stay as they were found, as people read them, such as
// "AllowedMethods, PriceClass"; "" for none.
func (s Spec) FoundWords() string {
	var words []string
	for _, key := range s.AsFound {
		if s.StaysFound(key) {
			words = append(words, Printable(key[strings.IndexByte(key, '/')+1:]))
		}
	}
	return strings.Join(words, ", ")
}
