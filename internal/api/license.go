package api

import (
	"time"

	"hawser/internal/fault"
)

// License is what this server may do, by which licence, and until when. Whatever it says, what runs goes on as it is.
type License struct {
	State       string         `json:"state" enum:"trial,valid,grace,barred" doc:"By the trial, by a licence, by a licence whose token is missing for the moment, or not at all."`
	Barred      *fault.Error   `json:"barred,omitempty" doc:"Why nothing may be added. Only what makes something grow is barred."`
	Development bool           `json:"development,omitempty" doc:"A build that trusts no vendor: it takes no licence."`
	InForce     *LicenseShown  `json:"inForce,omitempty" doc:"The licence that counts; none during the trial."`
	Until       time.Time      `json:"until,omitzero" doc:"First moment after the end of the trial or of the licence in force; absent where there is no end."`
	DaysLeft    int            `json:"daysLeft" doc:"Days until then, begun ones count; 0 where there is no end."`
	Warn        bool           `json:"warn,omitempty" doc:"It ends soon enough to be told: within 60 days, or 30 for the trial."`
	Trial       LicenseTrial   `json:"trial"`
	Use         LicenseUse     `json:"use"`
	Kept        []LicenseShown `json:"kept" doc:"All licences that were given to this server, the one in force too."`
	Ukey        LicenseUkey    `json:"ukey"`
	ClockBack   bool           `json:"clockBack,omitempty" doc:"This machine's clock was set back; time goes on from where it was."`
	Reached     time.Time      `json:"reached" doc:"The latest time that this server has seen; days are counted from it."`
	Waiting     int            `json:"waiting" doc:"Requests that no code has answered yet."`
}

// States of a License.
const (
	LicenseTrialRuns = "trial"
	LicenseValid     = "valid"
	LicenseGrace     = "grace"
	LicenseBarred    = "barred"
)

// LicenseTrial is the trial that begins with the first start of a server.
type LicenseTrial struct {
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	Over  bool      `json:"over,omitempty"`
}

// LicenseUse is how much is managed. Member and remote nodes count; guests, which are inside of another node, do not.
type LicenseUse struct {
	Nodes    int `json:"nodes"`
	Clusters int `json:"clusters"`
}

// LicenseShown is one licence.
type LicenseShown struct {
	Number   uint32       `json:"number"`
	Customer string       `json:"customer"`
	Kind     string       `json:"kind" enum:"trial,node,ukey,site"`
	Site     string       `json:"site,omitempty"`
	Nodes    int          `json:"nodes" doc:"How many at most; 0 for any number."`
	Clusters int          `json:"clusters" doc:"How many at most; 0 for any number."`
	Features []string     `json:"features"`
	Issued   string       `json:"issued" doc:"A day in UTC, for example 2026-11-29."`
	From     string       `json:"from" doc:"First day on which it holds."`
	Until    string       `json:"until" doc:"Last day on which it holds; never where there is no end."`
	Added    time.Time    `json:"added,omitzero"`
	By       string       `json:"by,omitempty" doc:"Who gave it to this server."`
	Fault    *fault.Error `json:"fault,omitempty" doc:"Why it does not count, where it does not."`
}

// LicenseUkey is the token that proves a licence.
type LicenseUkey struct {
	Module     string       `json:"module,omitempty" doc:"The PKCS #11 library that the server's configuration names; none where empty."`
	Label      string       `json:"label,omitempty" doc:"Of the token that the configuration asks for; any where empty."`
	PINSet     bool         `json:"pinSet,omitempty" doc:"A PIN is kept. It is written, never read."`
	PINRefused bool         `json:"pinRefused,omitempty" doc:"The token has refused it: it is not tried again before another one is given."`
	Token      string       `json:"token,omitempty" doc:"Label of the token that is there."`
	Serial     string       `json:"serial,omitempty"`
	Proved     time.Time    `json:"proved,omitzero" doc:"When it last proved the licence."`
	GraceUntil time.Time    `json:"graceUntil,omitzero" doc:"Until when the licence counts without it."`
	GraceHours int          `json:"graceHours" doc:"How long a licence counts after its token was pulled out."`
	Fault      *fault.Error `json:"fault,omitempty" doc:"What is wrong with library or token."`
}

// NewLicenseRequest asks for a request to the vendor.
type NewLicenseRequest struct {
	Customer string `json:"customer" maxLength:"96" doc:"Who asks, as it is to stand in the licence."`
	Nodes    int    `json:"nodes,omitempty" minimum:"0" maximum:"65535" doc:"How many nodes are wanted; any number where 0."`
	Clusters int    `json:"clusters,omitempty" minimum:"0" maximum:"65535" doc:"How many clusters are wanted; any number where 0."`
}

// LicenseRequest is what the vendor answers with an activation code. It holds no secret.
type LicenseRequest struct {
	ID       string    `json:"id" doc:"Beginning of its hash, to tell it from others."`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Customer string    `json:"customer"`
	Nodes    int       `json:"nodes"`
	Clusters int       `json:"clusters"`
	Text     string    `json:"text" doc:"The request, in groups with check characters."`
	QR       []byte    `json:"qr" contentEncoding:"base64" doc:"The same as a QR code: a picture in PNG."`
}

// ActivateLicense gives the server a licence: an activation code, a document, or a picture of a QR code of one of them.
type ActivateLicense struct {
	Text  string `json:"text,omitempty" maxLength:"16384" doc:"An activation code, however its groups are set, or a whole document."`
	Image []byte `json:"image,omitempty" contentEncoding:"base64" doc:"A picture (PNG or JPEG) of its QR code."`
	Kind  string `json:"kind,omitempty" enum:"trial,node,ukey,site" doc:"Refuse a licence of another kind."`
	Try   bool   `json:"try,omitempty" doc:"Only say what it would be; nothing is kept."`
}

// LicenseActivated is what became of it.
type LicenseActivated struct {
	License LicenseShown  `json:"license" doc:"What was given."`
	Before  *LicenseShown `json:"before,omitempty" doc:"What was in force until then."`
	InForce bool          `json:"inForce" doc:"It is the one that counts now; otherwise another one allows more, or it does not hold yet."`
	Kept    bool          `json:"kept"`
}

// SetLicenseUkey gives the server a token's PIN, or has it look at the token now.
type SetLicenseUkey struct {
	PIN *string `json:"pin,omitempty" minLength:"1" maxLength:"64" doc:"Written, never read. Absent: as it was; the token is asked at once."`
}
