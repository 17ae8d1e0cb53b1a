package rest

import (
	"context"

	"hawser/internal/api"
)

type alarmIn struct {
	Alarm int64 `path:"alarm" minimum:"1"`
}

type ackIn struct {
	Alarm int64 `path:"alarm" minimum:"1"`
	Body  api.AckAlarm
}

type silenceIn struct {
	Silence int64 `path:"silence" minimum:"1"`
}

type channelIn struct {
	Channel string `path:"channel"`
}

type channelWith struct {
	Channel string `path:"channel"`
	Body    api.ChannelForm
}

type channelTestIn struct {
	Channel string `path:"channel"`
	Body    *api.ChannelForm
}

type alertRuleIn struct {
	Rule string `path:"rule"`
}

type alertRuleWith struct {
	Rule string `path:"rule"`
	Body api.EditAlertRule
}

type messageIn struct {
	Message int64 `path:"message" minimum:"1"`
}

func (s *Server) bindAlarms() {
	route(s, "alarm.list", func(ctx context.Context, in *api.AlarmQuery) (*out[api.Page[api.Alarm]], error) {
		return answer(s.o.Alerts.List(ctx, *in))
	})
	route(s, "alarm.show", func(ctx context.Context, in *alarmIn) (*out[api.AlarmDetail], error) {
		return answer(s.o.Alerts.Show(ctx, in.Alarm))
	})
	route(s, "alarm.ack", func(ctx context.Context, in *ackIn) (*out[api.Alarm], error) {
		return answer(s.o.Alerts.Ack(ctx, in.Alarm, actorOf(ctx), in.Body.Note))
	})
	route(s, "alarm.resolve", func(ctx context.Context, in *alarmIn) (*out[api.Alarm], error) {
		return answer(s.o.Alerts.Resolve(ctx, in.Alarm, actorOf(ctx)))
	})
	route(s, "silence.list", func(ctx context.Context, _ *none) (*out[api.Page[api.Silence]], error) {
		return page(s.o.Alerts.Silences(ctx))
	})
	route(s, "silence.create", func(ctx context.Context, in *with[api.NewSilence]) (*out[api.Silence], error) {
		about(ctx, in.Body.Cluster+"/"+in.Body.Kind+"/"+in.Body.Object)
		return answer(s.o.Alerts.Silence(ctx, actorOf(ctx), in.Body))
	})
	route(s, "silence.delete", func(ctx context.Context, in *silenceIn) (*out[api.OK], error) {
		return done(s.o.Alerts.Unsilence(ctx, in.Silence))
	})
	s.bindChannels()
	route(s, "alertrule.list", func(ctx context.Context, _ *none) (*out[api.Page[api.AlertRule]], error) {
		return page(s.o.Alerts.Rules(ctx))
	})
	route(s, "alertrule.create", func(ctx context.Context, in *with[api.AlertRule]) (*out[api.AlertRule], error) {
		about(ctx, in.Body.Name)
		return answer(s.o.Alerts.AddRule(ctx, in.Body))
	})
	route(s, "alertrule.edit", func(ctx context.Context, in *alertRuleWith) (*out[api.AlertRule], error) {
		return answer(s.o.Alerts.EditRule(ctx, in.Rule, in.Body))
	})
	route(s, "alertrule.delete", func(ctx context.Context, in *alertRuleIn) (*out[api.OK], error) {
		return done(s.o.Alerts.DeleteRule(ctx, in.Rule))
	})
	route(s, "message.list", func(ctx context.Context, in *api.MessageQuery) (*out[api.Page[api.Message]], error) {
		return answer(s.o.Alerts.Messages(ctx, *in))
	})
	route(s, "message.retry", func(ctx context.Context, in *messageIn) (*out[api.Message], error) {
		return answer(s.o.Alerts.Retry(ctx, in.Message))
	})
	route(s, "message.giveup", func(ctx context.Context, in *messageIn) (*out[api.Message], error) {
		return answer(s.o.Alerts.GiveUp(ctx, in.Message, actorOf(ctx)))
	})
}

func (s *Server) bindChannels() {
	route(s, "channel.list", func(ctx context.Context, _ *none) (*out[api.Page[api.Channel]], error) {
		return page(s.o.Alerts.Channels(ctx))
	})
	route(s, "channel.show", func(ctx context.Context, in *channelIn) (*out[api.Channel], error) {
		return answer(s.o.Alerts.Channel(ctx, in.Channel))
	})
	route(s, "channel.create", func(ctx context.Context, in *with[api.NewChannel]) (*out[api.Channel], error) {
		about(ctx, in.Body.Name)
		return answer(s.o.Alerts.AddChannel(ctx, in.Body))
	})
	route(s, "channel.edit", func(ctx context.Context, in *channelWith) (*out[api.Channel], error) {
		return answer(s.o.Alerts.EditChannel(ctx, in.Channel, actorOf(ctx), in.Body))
	})
	route(s, "channel.delete", func(ctx context.Context, in *channelIn) (*out[api.OK], error) {
		return done(s.o.Alerts.DeleteChannel(ctx, in.Channel, actorOf(ctx)))
	})
	route(s, "channel.test", func(ctx context.Context, in *channelTestIn) (*out[api.ChannelTest], error) {
		return answer(s.o.Alerts.TestChannel(ctx, in.Channel, in.Body))
	})
}
