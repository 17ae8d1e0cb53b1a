package licence

import (
	"context"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/licensing"
	"hawser/licensing/activation"
	"hawser/licensing/qr"
)

// Request makes a request to the vendor. It is kept until a code has answered it.
func (l *Licences) Request(ctx context.Context, actor string, in api.NewLicenseRequest) (api.LicenseRequest, error) {
	r, err := activation.NewRequest(in.Customer, uint16(in.Nodes), uint16(in.Clusters), l.o.Machine()) //nolint:gosec // bounded by the route
	if err != nil {
		return api.LicenseRequest{}, err
	}
	one := request{At: l.o.Now().UTC(), By: actor, Text: r.Text()}
	err = l.change(ctx, func(s *state) error {
		s.Requests = append(s.Requests, one)
		s.Requests = s.Requests[max(0, len(s.Requests)-mostRequests):]
		return nil
	})
	if err != nil {
		return api.LicenseRequest{}, err
	}
	l.o.Changed()
	return one.show()
}

// Requests are those that no code has answered yet, newest first.
func (l *Licences) Requests(context.Context) ([]api.LicenseRequest, error) {
	l.mu.Lock()
	kept := slices.Clone(l.state.Requests)
	l.mu.Unlock()
	slices.Reverse(kept)
	list := []api.LicenseRequest{}
	for _, one := range kept {
		shown, err := one.show()
		if err != nil {
			return nil, err
		}
		list = append(list, shown)
	}
	return list, nil
}

func (one request) show() (api.LicenseRequest, error) {
	r, err := activation.ParseRequest(one.Text)
	if err != nil {
		return api.LicenseRequest{}, err
	}
	picture, err := qr.PNG(one.Text)
	id := r.ID()
	return api.LicenseRequest{
		ID: hex.EncodeToString(id[:4]), At: one.At, By: one.By, Customer: r.Customer, Nodes: int(r.Nodes), Clusters: int(r.Clusters), Text: one.Text, QR: picture,
	}, err
}

// Activate takes a licence, or says what is wrong with it.
func (l *Licences) Activate(ctx context.Context, actor string, in api.ActivateLicense) (api.LicenseActivated, error) {
	none := api.LicenseActivated{}
	text := in.Text
	switch {
	case (text == "") == (len(in.Image) == 0):
		return none, fault.New(fault.Invalid, "licence.nothing_given", "give a code, a document or a picture, and one of them")
	case len(in.Image) > 0:
		var err error
		if text, err = qr.Read(in.Image); err != nil {
			return none, err
		}
	}
	one, document, err := l.read(text)
	if err != nil {
		return none, err
	}
	if in.Kind != "" && in.Kind != string(one.Kind) {
		return none, fault.New(fault.Invalid, "licence.other_kind", "this licence is of kind %s", one.Kind).With("kind", string(one.Kind), "wanted", in.Kind)
	}
	if err := l.acceptable(ctx, one); err != nil {
		return none, err
	}
	out := api.LicenseActivated{Kept: !in.Try}
	added := kept{At: l.o.Now().UTC(), By: actor, Document: string(document)}
	put := func(s *state) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if _, force := l.all(s); force != nil {
			shown := force.show()
			out.Before = &shown
		}
		if err := s.room(one); err != nil {
			return err
		}
		s.add(added, one, l.o.Now())
		_, force := l.all(s)
		out.License, out.InForce = l.judge(s, added).show(), force != nil && force.licence.Number == one.Number
		return nil
	}
	if in.Try {
		l.mu.Lock()
		l.reach()
		next := l.state.clone()
		l.mu.Unlock()
		err := put(&next)
		return out, err
	}
	if err := l.change(ctx, put); err != nil {
		return none, err
	}
	l.o.Log.Info("licence taken", "number", one.Number, "kind", one.Kind, "customer", one.Customer, "by", actor)
	l.o.Changed()
	return out, nil
}

// read makes a licence of a code or a document, and asks who has signed it.
func (l *Licences) read(text string) (licensing.Licence, []byte, error) {
	if licensing.IsDocument(text) {
		one, signature, err := licensing.Parse([]byte(text))
		if err == nil {
			err = licensing.Verify(one, signature, l.o.Keys)
		}
		return one, licensing.Document(one, signature), err
	}
	a, err := activation.ParseActivation(text)
	if err != nil {
		return licensing.Licence{}, nil, err
	}
	l.mu.Lock()
	requests := slices.Clone(l.state.Requests)
	l.mu.Unlock()
	for _, kept := range requests {
		r, err := activation.ParseRequest(kept.Text)
		if err != nil || !a.Answers(r) {
			continue
		}
		one := a.Licence(r)
		if err := licensing.Verify(one, a.Signature[:], l.o.Keys); err != nil {
			return one, nil, err
		}
		return one, licensing.Document(one, a.Signature[:]), one.Validate()
	}
	return licensing.Licence{}, nil, fault.New(fault.Invalid, "licence.other_request", "this code answers no request of this server")
}

// acceptable refuses what would not count: it is for another machine or over, or its token does not prove it. One that begins later is
// kept until then.
func (l *Licences) acceptable(ctx context.Context, one licensing.Licence) error {
	l.mu.Lock()
	at := l.reach()
	if one.Issued > l.state.Newest { // the time that was reached may have been wrong: see add
		at = latest(l.o.Now(), one.Issued.Begin())
	}
	late, other := one.Holds(at), l.fits(one)
	l.mu.Unlock()
	switch {
	case late != nil && late.Reason != "licence.early":
		return late
	case other != nil:
		return other
	case one.Kind == licensing.Ukey:
		return l.alone(ctx, func() error { return l.prove(ctx, one) })
	}
	return nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a.UTC()
	}
	return b.UTC()
}

// room makes room for one more licence: the oldest goes of those that have ended or cannot be read. Where there is none, the new one is
// refused: none that counts, or may count again, goes without a word.
func (s *state) room(one licensing.Licence) error {
	if len(s.Licences) < mostKept {
		return nil
	}
	useless := slices.IndexFunc(s.Licences, func(k kept) bool {
		old, _, err := licensing.Parse([]byte(k.Document))
		if err != nil || old.Number == one.Number { // which takes its place in any case
			return true
		}
		late := old.Holds(s.Reached)
		return late != nil && late.Reason == "licence.expired"
	})
	if useless < 0 {
		return fault.New(fault.Conflict, "licence.too_many", "%d licences are kept already, and none of them has ended", mostKept).With("max", strconv.Itoa(mostKept))
	}
	s.Licences = slices.Delete(s.Licences, useless, useless+1)
	return nil
}

// add keeps a licence in place of one of the same number, and forgets the request that it answers.
func (s *state) add(k kept, one licensing.Licence, now time.Time) {
	s.Licences = slices.DeleteFunc(s.Licences, func(old kept) bool {
		l, _, err := licensing.Parse([]byte(old.Document))
		return err != nil || l.Number == one.Number
	})
	s.Licences = append(s.Licences, k)
	s.Requests = slices.DeleteFunc(s.Requests, func(r request) bool {
		asked, err := activation.ParseRequest(r.Text)
		return err != nil || one.Kind == licensing.Node && asked.ID() == one.Request
	})
	// A clock that once was far ahead would have ended everything for good. A licence that was issued after all others proves what day
	// it is at least, and sets that right.
	if one.Issued > s.Newest {
		s.Newest, s.Reached = one.Issued, latest(now, one.Issued.Begin())
	}
}
