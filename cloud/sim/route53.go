package sim

// route53 answers Route 53's REST XML protocol.
func (s *Sim) route53(req *request) (answer, error) { return s.route(req, nil) }
