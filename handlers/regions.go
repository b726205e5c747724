package handlers

import "apifront/setup"

// regionTitle is a region's code and name: "eu-west-1 (Ireland)".
func regionTitle(code string) string {
	for _, r := range setup.Regions() {
		if r.Code == code {
			return r.Code + " (" + r.Name + ")"
		}
	}
	return code
}
