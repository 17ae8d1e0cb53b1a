package api

import (
	"time"

	"hawser/internal/fault"
	"hawser/internal/ha"
)

// Alarm is a condition that somebody has to know of, from when it began until it is over.
type Alarm struct {
	ID         int64             `json:"id"`
	Cluster    string            `json:"cluster,omitempty"`
	Kind       ha.AlarmKind      `json:"kind" doc:"alarm.<kind> in the catalogue is its title."`
	Object     string            `json:"object,omitempty" doc:"Node, resource, link or host concerned."`
	Severity   ha.Severity       `json:"severity" enum:"info,warning,critical" doc:"The worst since it was opened."`
	State      string            `json:"state" enum:"open,resolved"`
	Notice     bool              `json:"notice,omitempty" doc:"It happened and has no end; it was never open."`
	Opened     time.Time         `json:"opened"`
	Last       time.Time         `json:"last" doc:"When it was seen last."`
	Resolved   time.Time         `json:"resolved,omitzero"`
	Count      int               `json:"count" doc:"How often it was seen."`
	Event      string            `json:"event" doc:"Kind of the event that was seen last; event.<kind> in the catalogue is its sentence."`
	Args       map[string]string `json:"args,omitempty" doc:"Values for that sentence."`
	ResolvedBy string            `json:"resolvedBy,omitempty" doc:"Kind of the event that ended it, state where the cluster's state showed it, or user:<name>."`
	Ack        *Acknowledgement  `json:"ack,omitempty"`
	Silenced   bool              `json:"silenced,omitempty" doc:"A silence keeps it from being sent."`
}

// States of an alarm.
const (
	AlarmOpen     = "open"
	AlarmResolved = "resolved"
)

// ByState is Alarm.ResolvedBy where the cluster's state showed that it is over.
const ByState = "state"

// Acknowledgement says that somebody has taken an alarm on.
type Acknowledgement struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Note string    `json:"note,omitempty"`
}

// AckAlarm takes an alarm on.
type AckAlarm struct {
	Note string `json:"note,omitempty" maxLength:"1000"`
}

// AlarmDetail is an alarm with what happened around it and what was sent.
type AlarmDetail struct {
	Alarm
	Events   []Event   `json:"events" doc:"What happened on the cluster from its beginning to ten minutes after its end, oldest first; at most 200."`
	Messages []Message `json:"messages"`
}

// AlarmQuery says which alarms are wanted.
type AlarmQuery struct {
	Cluster  string `query:"cluster" doc:"Only of this cluster."`
	State    string `query:"state" enum:"open,resolved" doc:"Only in this state."`
	Kind     string `query:"kind" doc:"Only of this kind, for example node.away; node.* for all of nodes."`
	Severity string `query:"severity" enum:"info,warning,critical" doc:"Of this severity or worse."`
	Object   string `query:"object" doc:"Only of this object."`
	Unacked  bool   `query:"unacked" doc:"Only those that nobody has acknowledged."`
	Cut
}

// Silence keeps alarms from being sent for a time. It ends by itself; what is open then is sent.
type Silence struct {
	ID      int64     `json:"id"`
	Cluster string    `json:"cluster,omitempty"`
	Kind    string    `json:"kind,omitempty"`
	Object  string    `json:"object,omitempty"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`
	Author  string    `json:"author"`
	Reason  string    `json:"reason"`
	Active  bool      `json:"active"`
}

// NewSilence asks for a silence. What is empty is any.
type NewSilence struct {
	Cluster string    `json:"cluster,omitempty" maxLength:"64"`
	Kind    string    `json:"kind,omitempty" maxLength:"64" doc:"A kind of alarm; node.* for all of nodes."`
	Object  string    `json:"object,omitempty" maxLength:"256"`
	Since   time.Time `json:"since,omitzero" doc:"At once where it is absent."`
	Until   time.Time `json:"until"`
	Reason  string    `json:"reason" maxLength:"1000"`
}

// Kinds of channels.
const (
	ChannelMail     = "mail"
	ChannelWebhook  = "webhook"
	ChannelWeCom    = "wecom"
	ChannelDingTalk = "dingtalk"
)

// ChannelForm is where alarms are sent, as it is filled in. What is secret is written and never read.
type ChannelForm struct {
	Kind     string           `json:"kind" enum:"mail,webhook,wecom,dingtalk"`
	Enabled  bool             `json:"enabled"`
	Language string           `json:"language" enum:"zh,en"`
	Mail     *MailSettings    `json:"mail,omitempty"`
	Webhook  *WebhookSettings `json:"webhook,omitempty"`
	// Subject and Text replace the texts that there are.
	Subject string `json:"subject,omitempty" maxLength:"200" doc:"Subject of its own with blanks such as {{cluster}}; the usual one where empty."`
	Text    string `json:"text,omitempty" maxLength:"4000" doc:"Text of its own with blanks such as {{what}}; the usual one where empty."`
}

// MailSettings say how mail is sent.
type MailSettings struct {
	Server      string   `json:"server" maxLength:"253" doc:"Name or address of the SMTP server."`
	Port        int      `json:"port"`
	Security    string   `json:"security" enum:"starttls,tls,none" doc:"starttls is required where it is chosen: without it nothing is sent."`
	Sender      string   `json:"sender" maxLength:"320"`
	Login       string   `json:"login,omitempty" maxLength:"320" doc:"No login where empty."`
	Password    *string  `json:"password,omitempty" maxLength:"1024" doc:"Written, never read. Absent: as it was."`
	PasswordSet bool     `json:"passwordSet,omitempty" doc:"There is a password; ignored when it is written."`
	Recipients  []string `json:"recipients"`
	CA          string   `json:"ca,omitempty" maxLength:"65536" doc:"Certificates (PEM) that are trusted beside the system's."`
	FromNodes   bool     `json:"fromNodes,omitempty" doc:"The nodes keep a copy of these settings and send themselves while this server is away."`
}

// WebhookSettings say where a webhook is.
type WebhookSettings struct {
	URL       string  `json:"url,omitempty" maxLength:"2048" doc:"Read with its query hidden, because that holds the key. Absent: as it was."`
	Secret    *string `json:"secret,omitempty" maxLength:"1024" doc:"Signs what is sent. Written, never read. Absent: as it was; empty: none."`
	SecretSet bool    `json:"secretSet,omitempty" doc:"There is a secret; ignored when it is written."`
}

// NewChannel is a channel to be made.
type NewChannel struct {
	Name string `json:"name" maxLength:"32"`
	ChannelForm
}

// Channel is where alarms are sent, and how that goes.
type Channel struct {
	Name string `json:"name"`
	ChannelForm
	Waiting  int          `json:"waiting" doc:"Messages that it has not taken yet."`
	LastSent time.Time    `json:"lastSent,omitzero"`
	Fault    *fault.Error `json:"fault,omitempty" doc:"Why it did not take the last message, where it did not."`
}

// ChannelTest is what became of a test message: the server's own answer.
type ChannelTest struct {
	OK     bool         `json:"ok"`
	Answer string       `json:"answer,omitempty" doc:"What the other side said."`
	Fault  *fault.Error `json:"fault,omitempty"`
	TookMS int          `json:"tookMs"`
}

// AlertRule says which alarms go to which channels. For each channel the first rule that fits decides.
type AlertRule struct {
	Name         string   `json:"name" maxLength:"32"`
	Enabled      bool     `json:"enabled"`
	Severity     string   `json:"severity" enum:"warning,critical" doc:"This or worse."`
	Clusters     []string `json:"clusters,omitempty" doc:"Any where empty."`
	Kinds        []string `json:"kinds,omitempty" doc:"Kinds of alarms, node.* for all of nodes; any where empty."`
	Channels     []string `json:"channels,omitempty" doc:"All where empty."`
	Language     string   `json:"language,omitempty" enum:"zh,en" doc:"The channel's where absent."`
	WaitSeconds  int      `json:"waitSeconds" minimum:"0" maximum:"3600" doc:"How long what follows is gathered into the same message."`
	EverySeconds int      `json:"everySeconds" minimum:"0" maximum:"86400" doc:"At most one message in this time about the same alarm that comes again."`
}

// EditAlertRule is an AlertRule under the name that it has.
type EditAlertRule struct {
	Enabled      bool     `json:"enabled"`
	Severity     string   `json:"severity" enum:"warning,critical"`
	Clusters     []string `json:"clusters,omitempty"`
	Kinds        []string `json:"kinds,omitempty"`
	Channels     []string `json:"channels,omitempty"`
	Language     string   `json:"language,omitempty" enum:"zh,en"`
	WaitSeconds  int      `json:"waitSeconds" minimum:"0" maximum:"3600"`
	EverySeconds int      `json:"everySeconds" minimum:"0" maximum:"86400"`
}

// States of a message.
const (
	MessageQueued  = "queued"  // what follows is still gathered, or it waits for its turn
	MessageSending = "sending" // it is being handed over
	MessageTrying  = "trying"  // the channel did not take it; it is tried again
	MessageSent    = "sent"
	MessageGaveUp  = "gave_up" // somebody has given it up
)

// Message is a message to one recipient: it is kept until the channel has taken it or somebody gives it up.
type Message struct {
	ID        int64        `json:"id"`
	Channel   string       `json:"channel"`
	Recipient string       `json:"recipient,omitempty"`
	Cluster   string       `json:"cluster,omitempty"`
	Severity  ha.Severity  `json:"severity" enum:"info,warning,critical"`
	State     string       `json:"state" enum:"queued,sending,trying,sent,gave_up"`
	Created   time.Time    `json:"created"`
	Due       time.Time    `json:"due,omitzero" doc:"When it is tried next."`
	Sent      time.Time    `json:"sent,omitzero"`
	Attempts  int          `json:"attempts"`
	Subject   string       `json:"subject,omitempty" doc:"Absent as long as what follows is gathered."`
	MessageID string       `json:"messageId"`
	Repeat    bool         `json:"repeat,omitempty" doc:"It may have arrived twice: an attempt ended so that nobody knows. Both have the same message ID."`
	Fault     *fault.Error `json:"fault,omitempty" doc:"Why the last attempt failed."`
	By        string       `json:"by,omitempty" doc:"Who has sent it, where that was a node; who has given it up."`
	Alarms    []int64      `json:"alarms"`
}

// MessageQuery says which messages are wanted.
type MessageQuery struct {
	Channel string `query:"channel" doc:"Only of this channel."`
	State   string `query:"state" enum:"queued,sending,trying,sent,gave_up" doc:"Only in this state."`
	Waiting bool   `query:"waiting" doc:"Only those that have not been taken yet."`
	Cut
}
