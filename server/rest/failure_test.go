package rest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"hawser/internal/fault"
	"hawser/internal/words"
	"hawser/server/rest"
)

// TestValidationInEveryLanguage: whatever huma's validation says becomes a reason of ours, so that nobody reads English in the
// middle of Chinese. A new version of huma with a new saying fails here or shows as field.invalid.
func TestValidationInEveryLanguage(t *testing.T) {
	rest.Document() // sets the form of errors
	for said, want := range map[string]string{
		validation.MsgUnexpectedProperty:                                       "field.unknown",
		validation.MsgExpectedRFC3339DateTime:                                  "field.type",
		validation.MsgExpectedRFC1123DateTime:                                  "field.format",
		validation.MsgExpectedRFC3339Date:                                      "field.format",
		validation.MsgExpectedRFCIPAddr:                                        "field.format",
		fmt.Sprintf(validation.MsgExpectedRFC5322Email, "no @"):                "field.format",
		fmt.Sprintf(validation.MsgExpectedRFC3986URI, "bad"):                   "field.format",
		fmt.Sprintf(validation.MsgExpectedDuration, "bad"):                     "field.format",
		fmt.Sprintf(validation.MsgExpectedMatchPattern, "^a$"):                 "field.format",
		fmt.Sprintf(validation.MsgExpectedBePattern, "a name"):                 "field.format",
		validation.MsgExpectedBase64String:                                     "field.format",
		validation.MsgExpectedBoolean:                                          "field.type",
		validation.MsgExpectedInteger:                                          "field.type",
		validation.MsgExpectedString:                                           "field.type",
		validation.MsgExpectedArray:                                            "field.type",
		validation.MsgExpectedObject:                                           "field.type",
		validation.MsgExpectedArrayItemsUnique:                                 "field.repeated",
		fmt.Sprintf(validation.MsgExpectedOneOf, "a, b"):                       "field.one_of",
		fmt.Sprintf(validation.MsgExpectedMinimumNumber, 1):                    "field.too_small",
		fmt.Sprintf(validation.MsgExpectedExclusiveMinimumNumber, 1):           "field.above",
		fmt.Sprintf(validation.MsgExpectedMaximumNumber, 1):                    "field.too_big",
		fmt.Sprintf(validation.MsgExpectedExclusiveMaximumNumber, 1):           "field.below",
		fmt.Sprintf(validation.MsgExpectedNumberBeMultipleOf, 2):               "field.multiple",
		fmt.Sprintf(validation.MsgExpectedMinLength, 1):                        "field.too_short",
		fmt.Sprintf(validation.MsgExpectedMaxLength, 1):                        "field.too_long",
		fmt.Sprintf(validation.MsgExpectedMinItems, 1):                         "field.too_few",
		fmt.Sprintf(validation.MsgExpectedMaxItems, 1):                         "field.too_many",
		fmt.Sprintf(validation.MsgExpectedMinProperties, 1):                    "field.too_few",
		fmt.Sprintf(validation.MsgExpectedMaxProperties, 1):                    "field.too_many",
		fmt.Sprintf(validation.MsgExpectedRequiredProperty, "name"):            "field.required",
		fmt.Sprintf(validation.MsgExpectedDependentRequiredProperty, "a", "b"): "field.needed_with",
		"required query parameter is missing":                                  "field.required",
		"unknown query parameter":                                              "field.unknown",
		"invalid integer":                                                      "field.type",
		"invalid float":                                                        "field.type",
		"expected at most one value, but received multiple values":             "field.once",
	} {
		raw, err := json.Marshal(huma.NewError(422, "validation failed", &huma.ErrorDetail{Location: "body.nodes[0]", Message: said, Value: "x"}))
		if err != nil {
			t.Fatal(err)
		}
		var f fault.Error
		if err := json.Unmarshal(raw, &f); err != nil || len(f.Fields) != 1 {
			t.Fatalf("%s: %s, err %v", said, raw, err)
		}
		got := f.Fields[0]
		if got.Reason != want || !strings.HasPrefix(got.Path, "nodes[0]") {
			t.Errorf("%q is told as %s at %s, want %s", said, got.Reason, got.Path, want)
		}
		for _, language := range words.Languages {
			if text := words.For(language).Field(got); strings.Contains(text, "?") || text == got.Message {
				t.Errorf("%q in %s: %s", said, language, text)
			}
		}
	}
}
