package setup

// A Removal is a resource that apifront made and that is not wanted any more.
// The job deletes it, or leaves it for a reason.
type Removal struct {
	Key    string `json:"key"` // of the resource
	Number int    `json:"number,omitempty"`
	Type   string `json:"type"` // as people read it, such as "Cache policy"
	ID     string `json:"id"`
	Region string `json:"region,omitempty"`
	Path   string `json:"path,omitempty"`  // of a mapping, with its slash
	Stays  bool   `json:"stays,omitempty"` // the job leaves it as it is
	Gone   bool   `json:"gone,omitempty"`  // this job has deleted it
	Why    string `json:"why"`             // a sentence: why it goes, or why it stays
}

// Name is what people call the resource.
func (r Removal) Name() string {
	if r.Path != "" {
		return r.Path
	}
	return r.Type + " " + r.ID
}
