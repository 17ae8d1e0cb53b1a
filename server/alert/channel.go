package alert

import (
	"context"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
	"hawser/internal/ha"
	"hawser/internal/post"
	"hawser/internal/words"
)

// Channels returns all channels, and how they fare.
func (a *Alerts) Channels(ctx context.Context) ([]api.Channel, error) {
	list, err := a.o.Store.Channels(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]api.Channel, 0, len(list))
	for _, c := range list {
		shown, err := a.show(ctx, c)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}

// Channel returns one channel.
func (a *Alerts) Channel(ctx context.Context, name string) (api.Channel, error) {
	c, err := a.channel(ctx, name)
	if err != nil {
		return api.Channel{}, err
	}
	return a.show(ctx, c)
}

func (a *Alerts) channel(ctx context.Context, name string) (post.Channel, error) {
	list, err := a.o.Store.Channels(ctx)
	if err != nil {
		return post.Channel{}, err
	}
	for _, c := range list {
		if c.Name == name {
			return c, nil
		}
	}
	return post.Channel{}, ErrNoChannel(name)
}

// ErrNoChannel is the fault of a channel that is not there.
func ErrNoChannel(name string) *fault.Error {
	return fault.New(fault.NotFound, "channel.not_found", "there is no channel %s", name).With("name", name)
}

// show is a channel as people may see it.
func (a *Alerts) show(ctx context.Context, c post.Channel) (api.Channel, error) {
	out := api.Channel{Name: c.Name, ChannelForm: c.Form}
	if m := c.Form.Mail; m != nil {
		copied := *m
		copied.Password, copied.PasswordSet = nil, c.Secrets.Password != ""
		out.Mail = &copied
	}
	if w := c.Form.Webhook; w != nil {
		out.Webhook = &api.WebhookSettings{URL: shownURL(c.Form.Kind, c.Secrets.URL), SecretSet: c.Secrets.Secret != ""}
	}
	state, err := a.o.Store.ChannelState(ctx, c.Name)
	out.Waiting, out.LastSent, out.Fault = state.Waiting, state.LastSent, state.Fault
	return out, err
}

// fillIn parts what is secret from what is not. What is absent stays as it was.
func fillIn(c *post.Channel, f api.ChannelForm) {
	moved := c.Form.Mail != nil && f.Mail != nil && (f.Mail.Server != c.Form.Mail.Server || f.Mail.Login != c.Form.Mail.Login)
	c.Form = f
	if f.Mail != nil {
		m := *f.Mail
		switch {
		case m.Password != nil:
			c.Secrets.Password = *m.Password
		case moved: // a password is of one account at one server: nobody may have it sent elsewhere
			c.Secrets.Password = ""
		}
		m.Password, m.PasswordSet = nil, false
		c.Form.Mail = &m
	}
	if f.Webhook != nil {
		w := *f.Webhook
		if w.URL != "" && w.URL != shownURL(f.Kind, c.Secrets.URL) {
			c.Secrets.URL = w.URL
		}
		if w.Secret != nil {
			c.Secrets.Secret = *w.Secret
		}
		c.Form.Webhook = &api.WebhookSettings{}
	}
}

// AddChannel makes a channel.
func (a *Alerts) AddChannel(ctx context.Context, n api.NewChannel) (api.Channel, error) {
	c := post.Channel{Name: n.Name}
	fillIn(&c, n.ChannelForm)
	if err := a.checkChannel(c); err != nil {
		return api.Channel{}, err
	}
	if err := a.o.Store.AddChannel(ctx, c); err != nil {
		return api.Channel{}, err
	}
	a.publish(api.Live{Topic: "channel", ID: c.Name})
	a.stir()
	return a.show(ctx, c)
}

// EditChannel changes a channel. Its kind is fixed: what waits was written for it.
func (a *Alerts) EditChannel(ctx context.Context, name, actor string, f api.ChannelForm) (api.Channel, error) {
	c, err := a.o.Store.ChangeChannel(ctx, name, actor, func(c *post.Channel) error {
		if f.Kind != c.Form.Kind {
			var fields fault.Fields
			fields.Add("kind", "alert.kind_fixed", "the kind of a channel is fixed", "kind", c.Form.Kind)
			return fields.Err()
		}
		fillIn(c, f)
		return a.checkChannel(*c)
	})
	if err != nil {
		return api.Channel{}, err
	}
	a.publish(api.Live{Topic: "channel", ID: name})
	a.stir()
	return a.show(ctx, c)
}

// DeleteChannel deletes a channel; what it has not taken is given up.
func (a *Alerts) DeleteChannel(ctx context.Context, name, actor string) error {
	err := a.o.Store.DeleteChannel(ctx, name, actor)
	if err == nil {
		a.publish(api.Live{Topic: "channel", ID: name})
		a.stir()
	}
	return err
}

// TestChannel sends a test message at once, past the outbox, and returns what the other side said. A form that is filled in and not
// saved yet is tried as it is; secrets that it does not hold are those of the channel of that name.
func (a *Alerts) TestChannel(ctx context.Context, name string, form *api.ChannelForm) (api.ChannelTest, error) {
	c, err := a.channel(ctx, name)
	switch {
	case err != nil && (form == nil || fault.CodeOf(err) != fault.NotFound):
		return api.ChannelTest{}, err
	case form != nil:
		c.Name = name
		fillIn(&c, *form)
		if err := a.checkChannel(c); err != nil {
			return api.ChannelTest{}, err
		}
	}
	now := a.o.Now().UTC()
	w := words.For(c.Form.Language)
	alarm := api.Alarm{
		Kind: ha.AlarmNodeAway, Object: "n2", Cluster: w.Sentence("mail.test_cluster", nil), Severity: ha.Warning, State: api.AlarmResolved,
		Opened: now.Add(-42 * time.Second), Last: now.Add(-42 * time.Second), Resolved: now, Count: 1, Event: string(ha.NodeLost), Args: map[string]string{"node": "n2"},
	}
	recipients, domain := []string{""}, "hawser"
	if c.Form.Mail != nil {
		recipients, domain = c.Form.Mail.Recipients, post.DomainOf(c.Form.Mail.Sender)
	}
	out := api.ChannelTest{OK: true}
	for _, r := range recipients {
		content := post.Content{
			Message: api.Message{
				Channel: c.Name, Recipient: r, Cluster: alarm.Cluster, Severity: ha.Warning, Created: now, Attempts: 1,
				MessageID: ha.MessageID(c.Name, r, domain, "test/"+now.Format(time.RFC3339Nano)),
			},
			Language: c.Form.Language, Channel: c, Items: []post.Item{{Alarm: alarm, Phase: post.PhaseOpened}},
			Events: []api.Event{{At: now.Add(-30 * time.Second), Kind: string(ha.ResourceMoved), Object: "vip", Severity: ha.Warning, Args: map[string]string{"resource": "vip", "from": "n2", "to": "n1"}}},
		}
		composed, err := post.Compose(content, a.o.Console)
		if err != nil {
			return out, err
		}
		composed.Subject = post.OneLine(w.Sentence("mail.test", map[string]string{"subject": composed.Subject}))
		o := a.o.Reach.Send(ctx, post.Parcel{Message: content.Message, Channel: c, Composed: composed})
		out.Answer = o.Answer
		if !o.Taken {
			out.OK, out.Fault = false, o.Fault
			break
		}
	}
	out.TookMS = int(a.o.Now().Sub(now).Milliseconds())
	return out, nil
}
