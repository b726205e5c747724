package handlers

func wizardRoutes(s *Server) []Route {
	return []Route{
		Post("/drafts", Operator, s.newDraft),
		Post("/setups/{id}/change", Operator, s.change),
		Get("/drafts/{id}", Operator, s.openDraft),
		Get("/drafts/{id}/plan", Operator, s.planPanel),
		Post("/drafts/{id}/plan", Operator, s.planPanel),
		Get("/drafts/{id}/plan.json", Operator, s.planJSON),
		Post("/drafts/{id}/start", Operator, s.start),
		Post("/drafts/{id}/rebase", Operator, s.rebase),
		Post("/drafts/{id}/leave", Operator, s.leave),
		Get("/drafts/{id}/delete", Operator, s.deletePage),
		Post("/drafts/{id}/delete", Operator, s.deleteDraft),
		Get("/drafts/{id}/{page}", Operator, s.wizardPage),
		Post("/drafts/{id}/{page}", Operator, s.saveWizardPage),
	}
}
