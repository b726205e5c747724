package setup

// A Person is who did something. The ID says who it was; the name is for
// reading, as it was at that time.
type Person struct {
	ID   string // of a user; "": not known, or no user, such as the worker
	Name string
}

// Same says whether two are one person: by ID where both are known, and by name
// otherwise.
func (p Person) Same(q Person) bool {
	if p.ID != "" && q.ID != "" {
		return p.ID == q.ID
	}
	return p.Name == q.Name
}

// String is the name.
func (p Person) String() string { return p.Name }
