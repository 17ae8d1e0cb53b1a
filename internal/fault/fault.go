// Package fault is the one error that crosses a boundary: process, wire, REST, CLI.
//
// A fault carries no wording of its own beyond an English sentence for logs: Reason is the key of the sentence
// that internal/words holds in every language, Args fill its blanks. Console and CLI speak from these.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of failure it is. Programs may depend on it; it decides the HTTP status and the CLI's exit code.
type Code string

// The codes. Every fault has exactly one.
const (
	Invalid     Code = "invalid"     // the request makes no sense; Fields say where
	NotFound    Code = "not_found"   // no such object
	Conflict    Code = "conflict"    // it was changed meanwhile, exists already, or is in use
	Anonymous   Code = "anonymous"   // not signed in
	Denied      Code = "denied"      // signed in, but not allowed
	Unlicensed  Code = "unlicensed"  // the licence bars growth
	TooLarge    Code = "too_large"   // the body is larger than the route takes
	TooMany     Code = "too_many"    // slow down, or locked out for a time
	Unreachable Code = "unreachable" // node or agent does not answer; may be tried again
	Failed      Code = "failed"      // the cluster was asked and could not; Message holds its own words
	Internal    Code = "internal"    // a bug or a broken machine; the user sees no more than that
)

// Error is a failure that a user may be told about.
type Error struct {
	Code    Code              `json:"code" enum:"invalid,not_found,conflict,anonymous,denied,unlicensed,too_large,too_many,unreachable,failed,internal" doc:"Kind of failure; decides the HTTP status."`
	Reason  string            `json:"reason" doc:"Key of the sentence in every language, for example cluster.name_taken."`
	Message string            `json:"message" doc:"The sentence in English, for logs and for clients without a catalogue."`
	Args    map[string]string `json:"args,omitempty" doc:"Values for the blanks of the sentence."`
	Fields  []Field           `json:"fields,omitempty" doc:"What is wrong with which field of the request."`
	cause   error
}

// Field says what is wrong with one field of a request.
type Field struct {
	Path    string            `json:"path" doc:"Path of the field, for example nodes[1].addresses[0]."`
	Reason  string            `json:"reason" doc:"Key of the sentence, for example field.required."`
	Message string            `json:"message" doc:"The sentence in English."`
	Args    map[string]string `json:"args,omitempty" doc:"Values for the blanks of the sentence."`
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Path, f.Message)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.cause }

// New returns an Error with the given reason. A %w in format is kept as its cause.
func New(code Code, reason, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Reason: reason, Message: err.Error(), cause: errors.Unwrap(err)}
}

// With returns e with values for the blanks of its sentence, given as name, value, name, value.
func (e *Error) With(pairs ...string) *Error {
	if len(pairs)%2 != 0 {
		panic("fault.With: odd number of arguments")
	}
	if e.Args == nil {
		e.Args = make(map[string]string, len(pairs)/2)
	}
	for i := 0; i < len(pairs); i += 2 {
		e.Args[pairs[i]] = pairs[i+1]
	}
	return e
}

// Fields collects what is wrong with a request, so that all mistakes are told at once.
type Fields []Field

// Add notes that the field at path is wrong for reason; pairs fill the blanks of the sentence.
func (f *Fields) Add(path, reason, message string, pairs ...string) {
	field := Field{Path: path, Reason: reason, Message: message}
	for i := 0; i+1 < len(pairs); i += 2 {
		if field.Args == nil {
			field.Args = map[string]string{}
		}
		field.Args[pairs[i]] = pairs[i+1]
	}
	*f = append(*f, field)
}

// Err returns nil where nothing was added, else one Invalid fault with all fields.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	e := New(Invalid, "request.invalid", "the request is not valid")
	e.Fields = f
	return e
}

// CodeOf returns the code of the first Error in err's tree, Internal where there is none, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// Public returns what may be shown to a user: the first Error in err's tree, or a bare Internal one. Nil for nil.
func Public(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: Internal, Reason: "internal", Message: "internal error; the server's log says more", cause: err}
}
