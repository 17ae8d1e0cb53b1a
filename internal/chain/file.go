package chain

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"hawser/internal/api"
)

// A file begins with the hash of the entry before its first, and ends with the signed end: without it, it was cut.
//
// JSON Lines: {"before": …}, the entries, {"head": …}. CSV: the same as rows; the first column is before, the number, or head.

type line struct {
	Before *before        `json:"before,omitempty"`
	Head   *api.AuditHead `json:"head,omitempty"`
}

type before struct {
	Version int    `json:"version"`
	Entry   int64  `json:"entry"`
	Hash    string `json:"hash"`
}

const (
	version   = 1
	maxLine   = 64 << 10
	rowBefore = "before"
	rowHead   = "head"
)

var columns = []string{"id", "at", "actor", "address", "action", "object", "outcome", "hash"}

// Writer writes a file.
type Writer struct {
	out *bufio.Writer
	csv *csv.Writer // nil for JSON Lines
}

// NewWriter begins a file after the entry with that number and hash.
func NewWriter(w io.Writer, format api.AuditFormat, entry int64, hash string) (*Writer, error) {
	x := &Writer{out: bufio.NewWriter(w)}
	if format == api.AuditCSV {
		x.csv = csv.NewWriter(x.out)
		if err := x.csv.Write(columns); err != nil {
			return nil, err
		}
		return x, x.row(rowBefore, "", "", "", "", strconv.FormatInt(entry, 10), strconv.Itoa(version), hash)
	}
	return x, x.json(line{Before: &before{version, entry, hash}})
}

// Entry writes an entry.
func (x *Writer) Entry(e api.AuditEntry) error {
	if x.csv == nil {
		return x.json(e)
	}
	return x.row(strconv.FormatInt(e.ID, 10), e.At.UTC().Format(time.RFC3339Nano), e.Actor, e.Address, e.Action, e.Object, e.Outcome, e.Hash)
}

// Close writes the end.
func (x *Writer) Close(h api.AuditHead) error {
	var err error
	if x.csv == nil {
		err = x.json(line{Head: &h})
	} else {
		err = x.row(rowHead, h.At.UTC().Format(time.RFC3339Nano), "", "", "", strconv.FormatInt(h.Entries, 10), base64.StdEncoding.EncodeToString(h.Signature), h.Hash)
		x.csv.Flush()
		err = errors.Join(err, x.csv.Error())
	}
	return errors.Join(err, x.out.Flush())
}

func (x *Writer) json(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = x.out.Write(append(data, '\n'))
	return err
}

// row keeps spreadsheets from taking a cell for a formula: names in a log are chosen by whoever tries to sign in.
func (x *Writer) row(cells ...string) error {
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@'\t\r", rune(c[0])) {
			cells[i] = "'" + c
		}
	}
	return x.csv.Write(cells)
}

// Contents is what stands in a file that holds.
type Contents struct {
	First int64
	Head  api.AuditHead
}

// ErrFormat says that a file is none of ours, or that it was changed in a way that leaves it none.
var ErrFormat = errors.New("not an export of an audit log")

// Check reads a file and returns what is wrong with the log in it. The log must hold the ends that older names, too; of ends
// before its first entry a file can say nothing.
func Check(r io.Reader, ca *x509.Certificate, older ...api.AuditHead) (Contents, *api.AuditBreak, error) {
	var c Contents
	next, err := open(r)
	if err != nil {
		return c, nil, err
	}
	begin, _, err := next()
	if err != nil {
		return c, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if begin.Before == nil || begin.Before.Version != version || begin.Before.Entry < 0 {
		return c, nil, ErrFormat
	}
	c.First = begin.Before.Entry + 1
	for _, o := range older {
		if o.Entries == begin.Before.Entry && o.Hash != begin.Before.Hash {
			return c, &api.AuditBreak{Entry: o.Entries, Reason: Other}, nil
		}
	}
	walk := NewWalk(begin.Before.Entry, begin.Before.Hash, older...)
	for {
		l, e, err := next()
		if errors.Is(err, io.EOF) {
			entries, _ := walk.End()
			return c, &api.AuditBreak{Entry: entries + 1, Reason: Cut}, nil
		}
		if err != nil {
			entries, _ := walk.End()
			return c, nil, fmt.Errorf("%w: after entry %d: %w", ErrFormat, entries, err)
		}
		if l.Head == nil {
			if broken, err := walk.Step(e); broken != nil || err != nil {
				return c, broken, err
			}
			continue
		}
		c.Head = *l.Head
		entries, hash := walk.End()
		switch {
		case !Signed(c.Head, ca):
			return c, &api.AuditBreak{Entry: c.Head.Entries, Reason: Signature}, nil
		case c.Head.Entries != entries:
			return c, &api.AuditBreak{Entry: entries + 1, Reason: Cut}, nil
		case c.Head.Hash != hash:
			return c, &api.AuditBreak{Entry: entries, Reason: Changed}, nil
		}
		if _, _, err := next(); !errors.Is(err, io.EOF) {
			return c, nil, fmt.Errorf("%w: something follows the end", ErrFormat)
		}
		return c, walk.Ended(), nil
	}
}

// HeadOf returns the signed end that a file closes with, without looking at the entries.
func HeadOf(r io.Reader, ca *x509.Certificate) (api.AuditHead, error) {
	next, err := open(r)
	if err != nil {
		return api.AuditHead{}, err
	}
	for {
		l, _, err := next()
		if err != nil {
			return api.AuditHead{}, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		if l.Head != nil {
			if !Signed(*l.Head, ca) {
				return api.AuditHead{}, fmt.Errorf("%w: its end is not signed by this server", ErrFormat)
			}
			return *l.Head, nil
		}
	}
}

// open returns a function that reads line by line; io.EOF is the end.
func open(r io.Reader) (func() (line, api.AuditEntry, error), error) {
	in := bufio.NewReaderSize(r, maxLine)
	first, err := in.Peek(1)
	if err != nil {
		return nil, fmt.Errorf("%w: it is empty", ErrFormat)
	}
	if first[0] == '{' {
		return func() (line, api.AuditEntry, error) { return readJSON(in) }, nil
	}
	rows := csv.NewReader(in)
	rows.FieldsPerRecord = len(columns)
	if head, err := rows.Read(); err != nil || strings.Join(head, ",") != strings.Join(columns, ",") {
		return nil, ErrFormat
	}
	return func() (line, api.AuditEntry, error) { return readRow(rows) }, nil
}

func readJSON(in *bufio.Reader) (l line, e api.AuditEntry, err error) {
	data, err := in.ReadSlice('\n')
	if err != nil && (!errors.Is(err, io.EOF) || len(data) == 0) {
		return l, e, err
	}
	strict := func(v any) error {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		return d.Decode(v)
	}
	if strict(&l) == nil && (l.Before != nil || l.Head != nil) {
		return l, e, nil
	}
	return line{}, e, strict(&e)
}

func readRow(rows *csv.Reader) (l line, e api.AuditEntry, err error) {
	cells, err := rows.Read()
	if err != nil {
		return l, e, err
	}
	for i, c := range cells {
		cells[i] = strings.TrimPrefix(c, "'")
	}
	number := func(s string) int64 {
		n, bad := strconv.ParseInt(s, 10, 64)
		err = errors.Join(err, bad)
		return n
	}
	moment := func(s string) time.Time {
		at, bad := time.Parse(time.RFC3339Nano, s)
		err = errors.Join(err, bad)
		return at
	}
	switch cells[0] {
	case rowBefore:
		l.Before = &before{Version: int(number(cells[6])), Entry: number(cells[5]), Hash: cells[7]}
	case rowHead:
		signature, bad := base64.StdEncoding.DecodeString(cells[6])
		err = errors.Join(err, bad)
		l.Head = &api.AuditHead{Entries: number(cells[5]), Hash: cells[7], At: moment(cells[1]), Signature: signature}
	default:
		e = api.AuditEntry{ID: number(cells[0]), At: moment(cells[1]), Actor: cells[2], Address: cells[3], Action: cells[4], Object: cells[5], Outcome: cells[6], Hash: cells[7]}
	}
	return l, e, err
}
