package setup

// A Fact is the answer of a look as far as it is known. The zero value is one
// that nobody has asked for.
type Fact[T any] struct {
	Value   T
	Have    bool     // there is a Value, however old
	Pending bool     // asked and not answered yet
	Problem *Problem // why the last look found no answer; nil if it did
}

// Known is a fact with the value.
func Known[T any](value T) Fact[T] { return Fact[T]{Value: value, Have: true} }

// Awaited says whether the first answer is on its way.
func (f Fact[T]) Awaited() bool { return f.Pending && !f.Have && f.Problem == nil }

// Facts are what looks have answered about what a spec names. What is not known
// is no reason against a spec, except where the rule says so.
type Facts struct {
	Connections  Fact[[]Connection]      // all that can be chosen
	Identity     Fact[Identity]          // of Account.Connection
	APIs         Fact[[]APIInfo]         // of Account.Region
	DNSIdentity  Fact[Identity]          // of Domain.Connection
	Zones        Fact[[]Zone]            // of the account of DNS
	Name         Fact[NameFacts]         // of Domain.Name
	Certificates Fact[[]CertificateInfo] // that cover Domain.Name
	Other        Fact[Setup]             // one of the same account and name that the spec is not of; not known: none
}

// Learn fills in what looks tell and nobody types: the numbers of the accounts
// where they are not known yet.
func (s *Spec) Learn(f Facts) {
	if s.Account.AccountID == "" {
		s.Account.AccountID = f.Identity.Value.AccountID
	}
	if s.Domain.Connection != "" && s.Domain.AccountID == "" {
		s.Domain.AccountID = f.DNSIdentity.Value.AccountID
	}
}
