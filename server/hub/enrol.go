package hub

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"hawser/internal/fault"
	"hawser/internal/wire"
	"hawser/server/pki"
)

// maxBody bounds the body of a request to enrol: facts of a host with hundreds of interfaces are far below it.
const maxBody = 1 << 20

// hostnamePattern is a host name as Linux and DNS take it. What Corosync refuses beyond that, the store or the wizard says.
var hostnamePattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

func (h *Hub) enrol(w http.ResponseWriter, r *http.Request) {
	address := remoteHost(r)
	if wait := h.limit.begin(address, time.Now()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		h.refuse(w, r, fault.New(fault.TooMany, "enrol.too_many", "too many failed enrolments from %s; try again in %s", address, wait.Round(time.Second)).
			With("address", address, "seconds", strconv.Itoa(int(wait/time.Second)+1)))
		return
	}
	answer, err := h.enrolOne(r, address)
	// A store that is away is not the host's failure.
	code := fault.CodeOf(err)
	h.limit.end(address, code == fault.Denied || code == fault.Invalid)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	reply(w, http.StatusOK, answer)
}

func (h *Hub) enrolOne(r *http.Request, address string) (wire.EnrolAnswer, error) {
	var q wire.EnrolRequest
	if err := readBody(r, &q); err != nil {
		return wire.EnrolAnswer{}, err
	}
	var fields fault.Fields
	if q.Token == "" || len(q.Token) > 256 {
		fields.Add("token", "field.required", "a token is needed")
	}
	if !hostnamePattern.MatchString(q.Facts.Hostname) {
		fields.Add("facts.hostname", "enrol.hostname_invalid", "is not a host name", "name", q.Facts.Hostname)
	}
	if err := fields.Err(); err != nil {
		return wire.EnrolAnswer{}, err
	}
	csr, err := pki.ReadRequest(q.CSR)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	host, err := h.o.Handler.Enrol(r.Context(), Enrolment{Token: q.Token, Key: csr.Key(), Facts: q.Facts, Address: address})
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	issued, err := h.issue(r, csr, host)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	h.o.Log.Info("host enrolled", "host", host, "name", q.Facts.Hostname, "address", address)
	return wire.EnrolAnswer{Host: host, Certificate: string(issued.PEM), CA: string(h.o.CA.PEM())}, nil
}

func (h *Hub) renew(w http.ResponseWriter, r *http.Request) {
	answer, err := h.renewOne(r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	reply(w, http.StatusOK, answer)
}

func (h *Hub) renewOne(r *http.Request) (wire.RenewAnswer, error) {
	id, err := h.o.CA.Identify(r.TLS)
	if err != nil {
		return wire.RenewAnswer{}, err
	}
	var q wire.RenewRequest
	if err := readBody(r, &q); err != nil {
		return wire.RenewAnswer{}, err
	}
	csr, err := pki.ReadRequest(q.CSR)
	if err != nil {
		return wire.RenewAnswer{}, err
	}
	issued, err := h.issue(r, csr, id.Host)
	if err != nil {
		return wire.RenewAnswer{}, err
	}
	h.o.Log.Info("certificate renewed", "host", id.Host, "expires", issued.Expires)
	return wire.RenewAnswer{Certificate: string(issued.PEM), CA: string(h.o.CA.PEM())}, nil
}

// issue signs, and has the serial noted before anybody gets the certificate.
func (h *Hub) issue(r *http.Request, csr pki.Request, host string) (pki.Issued, error) {
	issued, err := h.o.CA.SignAgent(csr, host)
	if err != nil {
		return pki.Issued{}, err
	}
	if err := h.o.Handler.Issued(r.Context(), host, Certificate{Serial: issued.Serial, Expires: issued.Expires}); err != nil {
		return pki.Issued{}, err
	}
	return issued, nil
}

func readBody(r *http.Request, into any) error {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return fault.New(fault.Invalid, "enrol.unreadable", "the request could not be read: %w", err)
	case len(data) > maxBody:
		return fault.New(fault.TooLarge, "enrol.too_large", "the request is larger than %d bytes", maxBody).With("limit", strconv.Itoa(maxBody))
	}
	// Unknown fields are let through: an agent may be newer than its server.
	if err := json.Unmarshal(data, into); err != nil {
		return fault.New(fault.Invalid, "enrol.unreadable", "the request is not the JSON that was expected: %w", err)
	}
	return nil
}

func errNoRoute(r *http.Request) error {
	return fault.New(fault.NotFound, "agent.no_route", "no route %s %s for agents", r.Method, r.URL.Path)
}

// refuse answers with a fault. Internal ones are logged whole and told bare.
func (h *Hub) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.Public(err)
	log := h.o.Log.With("path", r.URL.Path, "address", remoteHost(r), "err", err)
	if f.Code == fault.Internal {
		log.Error("request of an agent failed")
		if _, known := errors.AsType[*fault.Error](err); known {
			f = &fault.Error{Code: fault.Internal, Reason: "internal", Message: "internal error; the server's log says more"}
		}
	} else {
		log.Warn("request of an agent refused", "reason", f.Reason)
	}
	status, known := statuses[f.Code]
	if !known {
		status = http.StatusInternalServerError
	}
	reply(w, status, f)
}

// statuses is for the agents' three routes only; server/rest has its own table for people.
var statuses = map[fault.Code]int{
	fault.Invalid:     http.StatusUnprocessableEntity,
	fault.NotFound:    http.StatusNotFound,
	fault.Conflict:    http.StatusConflict,
	fault.Anonymous:   http.StatusUnauthorized,
	fault.Denied:      http.StatusForbidden,
	fault.Unlicensed:  http.StatusPaymentRequired,
	fault.TooLarge:    http.StatusRequestEntityTooLarge,
	fault.TooMany:     http.StatusTooManyRequests,
	fault.Unreachable: http.StatusServiceUnavailable,
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The agent that hung up asks again; there is nobody else to tell.
	_ = json.NewEncoder(w).Encode(body)
}

func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
