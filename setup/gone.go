package setup

// IsGone says whether nothing of the setup is wanted any more.
func (s Spec) IsGone() bool { return s.Gone != nil }

// Wanted is the spec as it was before somebody wanted the setup to be taken
// down.
func (s Spec) Wanted() Spec {
	s.Gone = nil
	return s
}

// GivenBack says whether the setup was given back, with all that there is left as it is.
func (s Spec) GivenBack() bool { return s.Gone != nil && s.Gone.Name == GoneGiven }
