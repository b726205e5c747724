package setup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

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
