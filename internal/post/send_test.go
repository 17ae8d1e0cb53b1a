package post_test

import (
	"strings"
	"testing"
	"time"

	"hawser/internal/api"
	"hawser/internal/post"
	"hawser/internal/post/posttest"
)

// TestUnknown: nobody knows whether a mail was taken only where the connection ended when all of it had been sent. Whatever was
// answered, and whatever broke off before its end, was certainly not taken.
func TestUnknown(t *testing.T) {
	const short = "node n3 is lost"
	long := strings.Repeat("node n3 is lost\r\n", 1<<19) // more than a socket takes
	for _, c := range []struct {
		behave         posttest.Behaviour
		text           string
		taken, unknown bool
	}{
		{posttest.Accept, short, true, false},
		{posttest.Refuse, short, false, false},
		{posttest.Later, short, false, false},
		{posttest.Full, short, false, false},
		{posttest.CutInMail, long, false, false},
		{posttest.CutInMail, short, false, true}, // it is in the socket before anybody notices that the other end is gone
		{posttest.CutAfter, short, false, true},
		{posttest.CutAfter, long, false, true},
	} {
		name := string(c.behave)
		if c.text == long {
			name += ", long"
		}
		t.Run(name, func(t *testing.T) {
			p := posttest.New(t, posttest.Options{})
			p.Behave(func(int, string) posttest.Behaviour { return c.behave })
			o := post.Reach{Loopback: true}.Send(t.Context(), post.Parcel{
				Composed: post.Composed{Subject: "lost", Text: c.text},
				Message:  api.Message{Recipient: "ops@site.example", MessageID: "<1@site.example>", Created: time.Now()},
				Channel: post.Channel{Name: "ops", Form: api.ChannelForm{Kind: api.ChannelMail, Mail: &api.MailSettings{
					Server: "127.0.0.1", Port: p.Port(), Security: "none", Sender: "ha@site.example",
				}}},
			})
			if o.Taken != c.taken || o.Unknown != c.unknown {
				t.Errorf("got %+v", o)
			}
		})
	}
}
