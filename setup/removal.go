package setup

// A Removal is something of ours that is not wanted any more: it goes, or stays
// for a reason.
type Removal struct {
	Key    string `json:"key"` // of the resource
	Number int    `json:"number,omitempty"`
	Type   string `json:"type"` // as people read it, such as "Cache policy"
	ID     string `json:"id"`
	Region string `json:"region,omitempty"`
	Path   string `json:"path,omitempty"`  // of a mapping, with its slash
	Stays  bool   `json:"stays,omitempty"` // it is left as it is
	Gone   bool   `json:"gone,omitempty"`  // it was removed by this job
	Why    string `json:"why"`             // a sentence
}

// Name is what people call the thing.
func (r Removal) Name() string {
	if r.Path != "" {
		return r.Path
	}
	return r.Type + " " + r.ID
}
