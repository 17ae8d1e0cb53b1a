package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"hawser/internal/fault"
	"hawser/internal/words"
	"hawser/licensing"
	"hawser/licensing/activation"
	"hawser/licensing/issue"
	"hawser/licensing/qr"
	"hawser/licensing/ukey"
)

// tool is one run of the program.
type tool struct {
	in    io.Reader
	out   io.Writer
	words words.Catalogue
	ask   func(question string) ([]byte, error) // reads a passphrase; nil where nobody types
}

// options are the flags of all commands.
type options struct {
	key, passphrase, register, request, out, picture, trust string
	kind, customer, site, token, features, from, until      string
	nodes, clusters                                         uint
}

func (t tool) command(args []string) error {
	usage := fault.New(fault.Invalid, "vendor.usage", "wrong usage")
	if len(args) == 0 {
		return usage
	}
	var o options
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.SetOutput(io.Discard)
	for name, to := range map[string]*string{
		"key": &o.key, "passphrase-file": &o.passphrase, "register": &o.register, "request": &o.request, "out": &o.out, "qr": &o.picture, "trust": &o.trust,
		"kind": &o.kind, "customer": &o.customer, "site": &o.site, "token-key": &o.token, "features": &o.features, "from": &o.from, "until": &o.until,
	} {
		f.StringVar(to, name, "", "")
	}
	f.UintVar(&o.nodes, "nodes", 0, "")
	f.UintVar(&o.clusters, "clusters", 0, "")
	if err := f.Parse(args[1:]); err != nil {
		return usage
	}
	run, known := map[string]func(options, []string) error{
		"keygen": t.keygen, "public": t.public, "read": t.read, "issue": t.issue, "show": t.show,
	}[args[0]]
	if !known {
		return usage
	}
	return run(o, f.Args())
}

func missing(name string) error {
	var f fault.Fields
	f.Add(name, "field.required", "missing")
	return f.Err()
}

// keygen makes the vendor's key. A key file that is there is never written over.
func (t tool) keygen(o options, _ []string) error {
	if o.key == "" {
		return missing("key")
	}
	passphrase, err := t.passphrase(o, true)
	if err != nil {
		return err
	}
	key, file, err := issue.NewKey(passphrase)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(o.key, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(file)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return t.print(issue.Public(key))
}

// public prints the key that releases are built with.
func (t tool) public(o options, _ []string) error {
	key, err := t.openKey(o)
	if err != nil {
		return err
	}
	return t.print(issue.Public(key))
}

func (t tool) openKey(o options) (ed25519.PrivateKey, error) {
	if o.key == "" {
		return nil, missing("key")
	}
	file, err := os.ReadFile(o.key)
	if err != nil {
		return nil, err
	}
	passphrase, err := t.passphrase(o, false)
	if err != nil {
		return nil, err
	}
	return issue.OpenKey(file, passphrase)
}

// passphrase is read from a file or typed, twice where it is new; never taken from the command line, where others see it.
func (t tool) passphrase(o options, isNew bool) ([]byte, error) {
	if o.passphrase != "" {
		data, err := os.ReadFile(o.passphrase)
		return bytes.TrimRight(data, "\r\n"), err
	}
	if t.ask == nil {
		return nil, missing("passphrase-file")
	}
	once, err := t.ask(t.words.Sentence("vendor.passphrase", nil))
	if err != nil || !isNew {
		return once, err
	}
	twice, err := t.ask(t.words.Sentence("vendor.again", nil))
	if err == nil && !bytes.Equal(once, twice) {
		err = fault.New(fault.Invalid, "vendor.differ", "the two are not the same")
	}
	return once, err
}

// input reads what is given as text, as a file, or as a picture of a QR code; "-" is standard input.
func (t tool) input(given string) (string, error) {
	var data []byte
	var err error
	if given == "-" {
		data, err = io.ReadAll(io.LimitReader(t.in, qr.MaxPicture+1))
	} else if data, err = os.ReadFile(given); errors.Is(err, os.ErrNotExist) {
		data, err = []byte(given), nil // the text itself
	}
	if err != nil {
		return "", err
	}
	if bytes.HasPrefix(data, []byte("\x89PNG")) || bytes.HasPrefix(data, []byte("\xff\xd8\xff")) {
		return qr.Read(data)
	}
	return string(data), nil
}

// read says what a request asks for.
func (t tool) read(_ options, args []string) error {
	if len(args) != 1 {
		return fault.New(fault.Invalid, "vendor.usage", "wrong usage")
	}
	text, err := t.input(args[0])
	if err != nil {
		return err
	}
	r, err := activation.ParseRequest(text)
	if err != nil {
		return err
	}
	id := r.ID()
	return t.print(fmt.Sprintf("request: %s\ncustomer: %s\nnodes: %d\nclusters: %d\nmachine: %s", hex.EncodeToString(id[:]), r.Customer, r.Nodes, r.Clusters, r.Machine))
}

// issue signs a licence: as the answer to a request, a code; otherwise a document.
func (t tool) issue(o options, _ []string) error {
	l, err := t.licence(o)
	if err != nil {
		return err
	}
	if o.register == "" {
		return missing("register")
	}
	key, err := t.openKey(o)
	if err != nil {
		return err
	}
	l, signature, err := issue.OpenRegister(o.register).Issue(l, key)
	if err != nil {
		return err
	}
	text := string(licensing.Document(l, signature))
	if l.Kind == licensing.Node {
		text = activation.ForLicence(l, signature).Text() + "\n"
	}
	if o.picture != "" {
		picture, err := qr.PNG(strings.TrimSpace(text))
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.picture, picture, 0o644); err != nil { //nolint:gosec // it is for the customer
			return err
		}
	}
	if o.out != "" {
		return os.WriteFile(o.out, []byte(text), 0o644) //nolint:gosec // it is for the customer
	}
	return t.print(strings.TrimSpace(text))
}

// licence is what the flags ask for.
func (t tool) licence(o options) (l licensing.Licence, err error) {
	l.Kind = licensing.Kind(o.kind)
	l.Issued = licensing.DayOf(time.Now())
	l.From = l.Issued
	var f fault.Fields
	day := func(name, text string, to *licensing.Day) {
		if text == "" || text == "never" && name == "until" {
			return
		}
		d, is := licensing.ParseDay(text)
		if !is {
			f.Add(name, "vendor.day", "not a day such as 2026-11-29", "value", text)
		}
		*to = d
	}
	day("from", o.from, &l.From)
	day("until", o.until, &l.Until)
	if o.until == "" {
		f.Add("until", "field.required", "missing")
	}
	for name, n := range map[string]uint{"nodes": o.nodes, "clusters": o.clusters} {
		if n > 1<<16-1 {
			f.Add(name, "vendor.limit", "at most 65535")
		}
	}
	if err := f.Err(); err != nil {
		return l, err
	}
	l.Nodes, l.Clusters = uint16(o.nodes), uint16(o.clusters) //nolint:gosec // bounded above
	if o.features != "" {
		l.Features = strings.Split(o.features, ",")
	}
	l.Customer, l.Site = o.customer, o.site
	if o.request != "" {
		text, err := t.input(o.request)
		if err != nil {
			return l, err
		}
		r, err := activation.ParseRequest(text)
		if err != nil {
			return l, err
		}
		l.Kind, l.Customer, l.Request, l.Machine = licensing.Node, r.Customer, r.ID(), r.Machine
	} else if l.Kind == licensing.Node {
		return l, missing("request")
	}
	if l.Kind == licensing.Ukey {
		if l.Token, err = tokenKey(o.token); err != nil {
			return l, err
		}
	}
	// The number is given by the register; everything else is looked at before the passphrase is asked for.
	numbered := l
	numbered.Number = 1
	return l, numbered.Validate()
}

// tokenKey reads the public key of a token: PEM, as every tool for tokens writes it.
func tokenKey(file string) ([32]byte, error) {
	if file == "" {
		return [32]byte{}, missing("token-key")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return [32]byte{}, err
	}
	bad := fault.New(fault.Invalid, "vendor.token_key", "%s holds no public key in PEM", file).With("file", file)
	block, _ := pem.Decode(data)
	if block == nil {
		return [32]byte{}, bad
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return [32]byte{}, bad
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return [32]byte{}, bad
	}
	return sha256.Sum256(der), ukey.CheckKey(public)
}

// show reads a document and says whether it is signed by the key of --trust, or by that of --key.
func (t tool) show(o options, args []string) error {
	if len(args) != 1 {
		return fault.New(fault.Invalid, "vendor.usage", "wrong usage")
	}
	keys, err := licensing.ParseKeys(o.trust)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return missing("trust")
	}
	text, err := t.input(args[0])
	if err != nil {
		return err
	}
	l, err := licensing.Open([]byte(text), keys)
	if err != nil {
		return err
	}
	return t.print(strings.TrimSpace(string(l.Text())))
}

func (t tool) print(text string) error {
	_, err := fmt.Fprintln(t.out, text)
	return err
}
