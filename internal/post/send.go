package post

import (
	"context"
	"errors"
	"strings"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// Outcome is what became of an attempt.
type Outcome struct {
	Taken bool
	// Unknown: the connection ended after everything was sent and before the answer came. Whoever sends again may send twice.
	Unknown bool
	// Refused: the other side will not take this message, ever.
	Refused bool
	// Down: the other side did not get as far as this message: none of the others would fare better now.
	Down   bool
	Answer string
	Fault  *fault.Error
}

// Parcel is what is handed to a channel.
type Parcel struct {
	Message api.Message
	Channel Channel
	Composed
}

// sendWait bounds an attempt as a whole. Servers that look for viruses take a minute to answer; RFC 5321 asks for ten.
const sendWait = 3 * time.Minute

// Send hands a parcel over, and says what became of it.
func (r Reach) Send(ctx context.Context, p Parcel) Outcome {
	ctx, cancel := context.WithTimeout(ctx, sendWait)
	defer cancel()
	if p.Channel.Form.Kind == api.ChannelMail {
		return r.mail(ctx, p)
	}
	return r.webhook(ctx, p)
}

// answerMost bounds what is kept of an answer.
const answerMost = 500

// answerOf makes one line of what the other side said.
func answerOf(text string) string {
	text = OneLine(strings.ToValidUTF8(text, "?"))
	return cutBytes(text, answerMost)
}

func unreachable(err error, host string) Outcome {
	if errors.Is(err, errForbidden) {
		return Outcome{Down: true, Refused: true, Fault: fault.New(fault.Invalid, "alert.host_forbidden", "%s is an address of this machine or a link-local one: not allowed", host).With("host", host)}
	}
	return Outcome{Down: true, Fault: fault.New(fault.Unreachable, "alert.unreachable", "%s cannot be reached: %s", host, answerOf(err.Error())).
		With("host", host, "message", answerOf(err.Error()))}
}

func refused(answer string) Outcome {
	return Outcome{Refused: true, Answer: answer, Fault: fault.New(fault.Failed, "alert.refused", "refused: %s", answer).With("answer", answer)}
}

func later(answer string) Outcome {
	return Outcome{Answer: answer, Fault: fault.New(fault.Unreachable, "alert.later", "not now: %s", answer).With("answer", answer)}
}

func unknown(err error) Outcome {
	m := answerOf(err.Error())
	return Outcome{Unknown: true, Fault: fault.New(fault.Unreachable, "alert.unknown", "the connection ended before the answer came: %s", m).With("message", m)}
}
