package steps

import (
	"slices"
	"strings"

	"apifront/setup"
)

// Keys of Spec.AsFound that stand for several fields. What CloudFront keeps and
// passes on is one setting: AWS takes the legacy one in the place of policies only.
const (
	foundCaching = setup.FoundCaching
	foundErrors  = "distribution/ErrorCachingMinTTL"
)

// foundKey is the key of Spec.AsFound for a field of a step.
func foundKey(step setup.StepID, field string) string {
	if strings.HasPrefix(field+" ", errorField) {
		return foundErrors
	}
	return string(step) + "/" + field
}

// stays says whether a field of a step stays as it was found when the setup was
// adopted: no job changes it, and no check calls it drift.
func stays(spec setup.Spec, step setup.StepID, field string) bool {
	key := foundKey(step, field)
	if field == "OriginRequestPolicyId" && slices.Contains(spec.AsFound, foundCaching) {
		key = foundCaching
	}
	return spec.StaysFound(key)
}

// decided are the fields that a spec decides: those that do not stay as found.
func decided(spec setup.Spec, step setup.StepID, fields []field) []field {
	if len(spec.AsFound) == 0 {
		return fields
	}
	return slices.DeleteFunc(fields, func(f field) bool { return stays(spec, step, f.name) })
}

// PutRight is the spec that wants these differences of what was adopted put right:
// they are as apifront would make them.
func PutRight(spec setup.Spec, keys []string) setup.Spec {
	usual := setup.DefaultSpec().Edge
	spec.AsFound = slices.DeleteFunc(slices.Clone(spec.AsFound), func(key string) bool { return slices.Contains(keys, key) })
	if len(spec.AsFound) == 0 {
		spec.AsFound = nil
	}
	for _, key := range keys {
		e := &spec.Edge
		switch key {
		case foundCaching:
			e.Caching = setup.CachingOff
		case "distribution/AllowedMethods":
			e.Methods = usual.Methods
		case setup.FoundViewerProtocol:
			e.ViewerProtocol = usual.ViewerProtocol
		case setup.FoundViewerTLS:
			e.MinimumTLS = usual.MinimumTLS
		case setup.FoundHTTPVersion:
			e.HTTPVersion = usual.HTTPVersion
		case "distribution/IsIPV6Enabled":
			e.IPv6 = usual.IPv6
		case "distribution/Compress":
			e.Compress = usual.Compress
		case setup.FoundPriceClass:
			e.PriceClass = usual.PriceClass
		case setup.FoundReadTimeout:
			e.ReadTimeout = usual.ReadTimeout
		}
	}
	return spec
}
