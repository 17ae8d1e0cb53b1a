package rest

import (
	"net/http"

	"hawser/internal/fault"
)

// statuses is the one table from kinds of failure to HTTP. No two codes share a status, so that it reads both ways.
var statuses = map[fault.Code]int{
	fault.Invalid:     http.StatusBadRequest,
	fault.Anonymous:   http.StatusUnauthorized,
	fault.Unlicensed:  http.StatusPaymentRequired,
	fault.Denied:      http.StatusForbidden,
	fault.NotFound:    http.StatusNotFound,
	fault.Conflict:    http.StatusConflict,
	fault.TooLarge:    http.StatusRequestEntityTooLarge,
	fault.TooMany:     http.StatusTooManyRequests,
	fault.Failed:      http.StatusBadGateway,
	fault.Unreachable: http.StatusServiceUnavailable,
	fault.Internal:    http.StatusInternalServerError,
}

// StatusOf returns the HTTP status of a code.
func StatusOf(code fault.Code) int {
	if s, known := statuses[code]; known {
		return s
	}
	return http.StatusInternalServerError
}

// codeOf is the reverse of StatusOf: what the audit log says of an answer. It is "ok" below 400.
func codeOf(status int) string {
	if status < http.StatusBadRequest {
		return "ok"
	}
	for code, s := range statuses {
		if s == status {
			return string(code)
		}
	}
	return string(fault.Internal)
}
