package post

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"hawser/internal/api"
	"hawser/internal/fault"
)

// Of a webhook's answer no more is read than says whether it was taken; it has half a minute for that.
const (
	hookWait   = 30 * time.Second
	hookAnswer = 16 << 10
)

// The headers of a plain webhook. The signature is the HMAC-SHA256, with the channel's secret, of timestamp, dot and body.
const (
	headerID        = "X-Hawser-Message-Id"
	headerTimestamp = "X-Hawser-Timestamp"
	headerSignature = "X-Hawser-Signature"
	headerRepeat    = "X-Hawser-Possible-Repeat"
)

// webhook posts a message.
func (r Reach) webhook(ctx context.Context, p Parcel) Outcome {
	ctx, cancel := context.WithTimeout(ctx, hookWait)
	defer cancel()
	now := time.Now()
	address := p.Channel.Secrets.URL
	if p.Channel.Form.Kind == api.ChannelDingTalk && p.Channel.Secrets.Secret != "" {
		address = signDingTalk(address, p.Channel.Secrets.Secret, now)
	}
	host := ""
	if u, err := url.Parse(address); err == nil {
		host = u.Host
	}
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) { written.Store(i.Err == nil) }})
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(p.Text))
	if err != nil {
		return Outcome{Refused: true, Fault: fault.New(fault.Failed, "alert.settings", "the address is of no use").With("message", "URL")} // its text holds the key
	}
	q.Header.Set("Content-Type", "application/json; charset=utf-8")
	q.Header.Set("User-Agent", "hawser-server")
	q.Header.Set(headerID, p.Message.MessageID)
	if p.Message.Repeat {
		q.Header.Set(headerRepeat, "yes")
	}
	if p.Channel.Form.Kind == api.ChannelWebhook && p.Channel.Secrets.Secret != "" {
		stamp := strconv.FormatInt(now.Unix(), 10)
		q.Header.Set(headerTimestamp, stamp)
		q.Header.Set(headerSignature, "sha256="+Sign(p.Channel.Secrets.Secret, stamp, p.Text))
	}
	transport := &http.Transport{DialContext: r.dial, DisableKeepAlives: true, TLSHandshakeTimeout: dialWait, MaxResponseHeaderBytes: hookAnswer}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(q)
	if err != nil {
		if inner, is := errors.AsType[*url.Error](err); is {
			err = inner.Err // the outer one names the address, and that holds the key
		}
		if written.Load() {
			return unknown(err)
		}
		if o := notLetIn(err, host); o.Fault != nil && o.Fault.Reason == "alert.certificate" {
			return o
		}
		return unreachable(err, host)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, hookAnswer))
	if err != nil && answer.StatusCode/100 == 2 && p.Channel.Form.Kind != api.ChannelWebhook {
		return unknown(err) // the robots say in the body whether they have taken it
	}
	return judge(p.Channel.Form.Kind, answer.StatusCode, body)
}

// judge reads the answer of a webhook.
func judge(kind string, status int, body []byte) Outcome {
	text := answerOf(fmt.Sprintf("%d %s", status, body))
	switch {
	case status == http.StatusTooManyRequests, status >= 500, status == http.StatusRequestTimeout:
		return later(text)
	case status/100 != 2:
		return refused(text)
	case kind == api.ChannelWebhook:
		return Outcome{Taken: true, Answer: text}
	}
	// The robots answer 200 whatever they think of it.
	var said struct {
		Code    *int   `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(body, &said); err != nil || said.Code == nil {
		return refused(text)
	}
	switch *said.Code {
	case 0:
		return Outcome{Taken: true, Answer: text}
	case -1, 45009, 130101, 410100: // busy; sent too often, in the words of WeCom and of DingTalk
		return later(text)
	}
	return refused(text)
}

// Sign signs what is posted to a plain webhook.
func Sign(secret, timestamp, body string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(timestamp + "." + body))
	return hex.EncodeToString(m.Sum(nil))
}

// signDingTalk adds the signature that DingTalk asks for: HMAC-SHA256 over time and secret, with the secret, good for an hour.
func signDingTalk(address, secret string, now time.Time) string {
	stamp := strconv.FormatInt(now.UnixMilli(), 10)
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(stamp + "\n" + secret))
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Set("timestamp", stamp)
	q.Set("sign", base64.StdEncoding.EncodeToString(m.Sum(nil)))
	u.RawQuery = q.Encode()
	return u.String()
}
