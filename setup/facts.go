package setup

// A Fact is the answer of a look, as far as it is known. The zero value is the
// fact of a look that nobody has asked for.
type Fact[T any] struct {
	Value   T
	Have    bool     // there is a Value, though it may be old
	Pending bool     // asked and not answered yet
	Problem *Problem // why the last look got no answer; nil if it got one
}

// Known returns a fact that has the value.
func Known[T any](value T) Fact[T] { return Fact[T]{Value: value, Have: true} }

// Awaited says whether the look was asked for and has never been answered.
func (f Fact[T]) Awaited() bool { return f.Pending && !f.Have && f.Problem == nil }

// Facts are the answers of looks about what a spec names. A fact that is not
// known is no fault of the spec, unless the rule says otherwise.
type Facts struct {
	Connections  Fact[[]Connection]      // all connections that can be chosen
	Identity     Fact[Identity]          // of Account.Connection
	APIs         Fact[[]APIInfo]         // of Account.Region
	Keys         Fact[[]ProbeKey]        // that administrators bound to hosts
	Mapped       Fact[[]Mapping]         // on the custom domain in Account.Region now, as far as jobs of the setup know
	DNSIdentity  Fact[Identity]          // of Domain.Connection
	Zones        Fact[[]Zone]            // of the account with the hosted zone
	Name         Fact[NameFacts]         // of Domain.Name
	Certificates Fact[[]CertificateInfo] // that cover Domain.Name
	Other        Fact[Setup]             // another setup of the same account and name; not known if there is none
	Own          Fact[OwnEdge]           // what the setup that is changed has at the edge
}

// An OwnEdge is the distribution of a setup that is changed. The zero value is that of
// a setup that has none.
type OwnEdge struct {
	ID     string // of the distribution
	Domain string // d….cloudfront.net
	Moved  bool   // its records lead callers to the distribution, as far as jobs know
}

// Leads says whether the name leads to the setup's own distribution. An alias record
// has addresses only, which do not tell: then the record that a job knows of does,
// unless another distribution has the name.
func (o OwnEdge) Leads(n NameFacts) bool {
	if o.ID == "" {
		return false
	}
	if n.CNAME != "" {
		return o.Domain != "" && FoldName(n.CNAME) == FoldName(o.Domain)
	}
	return o.Moved && (n.HolderID == "" || n.HolderID == o.ID)
}

// Learn fills in the account numbers that the spec does not have yet. Only
// looks tell them; nobody types them.
func (s *Spec) Learn(f Facts) {
	if s.Account.AccountID == "" {
		s.Account.AccountID = f.Identity.Value.AccountID
	}
	if s.Domain.Connection != "" && s.Domain.AccountID == "" {
		s.Domain.AccountID = f.DNSIdentity.Value.AccountID
	}
}
