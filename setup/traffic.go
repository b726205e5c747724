package setup

// CanMove says whether one more job can lead clients to CloudFront: that is to
// happen later, and the last job that made or changed things has come to its end.
// Other kinds of jobs do not count.
func (s Spec) CanMove(have Resources, last Job) bool {
	return s.Domain.Switch == SwitchLater && have.Attr(KeyDistribution, AttrDomainName) != "" &&
		last.State == JobSucceeded
}
