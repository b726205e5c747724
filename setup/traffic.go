package setup

// CanMove says whether one more job can lead clients to CloudFront. It can if
// the move was left for later, the distribution exists, and the last job
// succeeded, or the distribution was adopted and there was no job. The caller
// passes the last job that made or changed resources; other kinds of jobs do not
// count.
func (s Spec) CanMove(have Resources, last Job) bool {
	return s.Domain.Switch == SwitchLater && have.Attr(KeyDistribution, AttrDomainName) != "" &&
		(last.State == JobSucceeded || last.ID == 0 && have.Attr(KeyDistribution, AttrAdopted) != "")
}
