package api

import "time"

// User is somebody who may sign in.
type User struct {
	Name         string    `json:"name"`
	Role         string    `json:"role" enum:"admin,operator,viewer,security,auditor"`
	Language     string    `json:"language,omitempty" enum:"zh,en"`
	Disabled     bool      `json:"disabled"`
	SecondFactor bool      `json:"secondFactor" doc:"Signs in with a code beside the password."`
	MustChange   bool      `json:"mustChange,omitempty" doc:"Has to choose a password at the next login."`
	Created      time.Time `json:"created"`
	PasswordSet  time.Time `json:"passwordSet,omitzero" doc:"Since when the password has been in force."`
	LastSeen     time.Time `json:"lastSeen,omitzero"`
}

// NewUser makes a user.
type NewUser struct {
	Name     string `json:"name" minLength:"1" maxLength:"64"`
	Role     string `json:"role" enum:"admin,operator,viewer,security,auditor"`
	Password string `json:"password" maxLength:"256"`
}

// UserChange changes a user; what is absent stays.
type UserChange struct {
	Role     *string `json:"role,omitempty" enum:"admin,operator,viewer,security,auditor"`
	Password *string `json:"password,omitempty" maxLength:"256"`
	Language *string `json:"language,omitempty" enum:"zh,en"`
	Disabled *bool   `json:"disabled,omitempty"`
}

// Login signs in.
type Login struct {
	Name     string `json:"name" maxLength:"64"`
	Password string `json:"password"`
	// Code is asked for by the fault login.code_needed.
	Code string `json:"code,omitempty" maxLength:"32" doc:"Of the second factor, where the user has one: six digits, or a recovery code."`
	// Bearer asks for a token in the answer instead of a cookie, for the CLI.
	Bearer bool `json:"bearer,omitempty"`
}

// PasswordChange changes the password of whoever is signed in.
type PasswordChange struct {
	Current string `json:"current"`
	New     string `json:"new" maxLength:"256"`
}

// What a session must be used for before anything else.
const (
	MustPassword     = "password"
	MustSecondFactor = "second_factor"
)

// Session is who is signed in.
type Session struct {
	User        User      `json:"user"`
	Permissions []string  `json:"permissions" doc:"Names of routes that may be called."`
	Must        string    `json:"must,omitempty" enum:"password,second_factor" doc:"What has to be set before anything else may be done."`
	Clusters    []string  `json:"clusters,omitempty" doc:"Of an API token: only these clusters."`
	Token       string    `json:"token,omitempty" doc:"Only in answer to a login with bearer."`
	Expires     time.Time `json:"expires"`
	Separated   bool      `json:"separated,omitempty" doc:"System, security and audit are administered by different people."`
	Demo        bool      `json:"demo,omitempty" doc:"The demo panel is there."`
	Version     string    `json:"version" doc:"Version of the server."`
}

// Access is a session of a person, or an API token: what the interface can be called with.
type Access struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind" enum:"browser,cli,token"`
	User     string    `json:"user"`
	Current  bool      `json:"current,omitempty" doc:"The very session that asks."`
	Label    string    `json:"label,omitempty" doc:"Of a token: what it is for."`
	Role     string    `json:"role,omitempty" enum:"admin,operator,viewer,security,auditor" doc:"Of a token: it may do what both this role and its user's may."`
	Clusters []string  `json:"clusters,omitempty" doc:"Of a token: only these clusters; all where there is none."`
	Address  string    `json:"address,omitempty" doc:"From where it was last used; of a session, from where it began."`
	Created  time.Time `json:"created"`
	Seen     time.Time `json:"seen,omitzero" doc:"When it was last used."`
	Expires  time.Time `json:"expires"`
}

// NewToken makes an API token.
type NewToken struct {
	Label    string   `json:"label" minLength:"1" maxLength:"64" doc:"What it is for."`
	Role     string   `json:"role" enum:"admin,operator,viewer,security,auditor" doc:"It may do what both this role and its user's may."`
	Clusters []string `json:"clusters,omitempty" maxItems:"100" doc:"Only these clusters."`
	Days     int      `json:"days" minimum:"1" maximum:"3650" doc:"So many days until it expires."`
}

// TokenMade is a new token; it is shown here and never again.
type TokenMade struct {
	Access
	Token string `json:"token"`
}

// Confirmation proves that it is the user who asks, not somebody at a screen left alone.
type Confirmation struct {
	Password string `json:"password" maxLength:"256"`
}

// TOTPSetup is a secret for an authenticator; it counts once a code made with it has come back.
type TOTPSetup struct {
	Secret string `json:"secret" doc:"Base32, for typing."`
	URI    string `json:"uri" doc:"otpauth://totp/…"`
	QR     string `json:"qr" doc:"The same as a picture: PNG in base64."`
}

// TOTPCode is a code of the second factor.
type TOTPCode struct {
	Code string `json:"code" minLength:"6" maxLength:"32"`
}

// RecoveryCodes each stand in for the second factor once; they are shown here and never again.
type RecoveryCodes struct {
	Codes []string `json:"codes"`
}

// Policy is what holds for everybody who signs in.
type Policy struct {
	Separation   bool          `json:"separation" doc:"System, security and audit are administered by different people (三员分立)."`
	SecondFactor string        `json:"secondFactor" enum:"optional,administrators,everybody" doc:"Who has to have a second factor."`
	Password     PasswordRules `json:"password"`
	Lock         LockRules     `json:"lock"`
	Session      SessionRules  `json:"session"`
}

// PasswordRules are what a new password has to meet.
type PasswordRules struct {
	MinLength   int  `json:"minLength" minimum:"8" maximum:"64" doc:"Characters at least."`
	Classes     int  `json:"classes" minimum:"1" maximum:"4" doc:"How many of small letters, capitals, digits and other characters must occur."`
	History     int  `json:"history" minimum:"0" maximum:"24" doc:"It is none of the last so many."`
	MaxAgeDays  int  `json:"maxAgeDays" minimum:"0" maximum:"3650" doc:"After so many days another has to be chosen; 0 for never."`
	FirstChange bool `json:"firstChange" doc:"A password that somebody else has set has to be changed at the first login."`
}

// LockRules say how guessing is stopped.
type LockRules struct {
	Failures       int `json:"failures" minimum:"3" maximum:"20" doc:"So many failed logins in a row are free; each further one doubles the wait."`
	FirstSeconds   int `json:"firstSeconds" minimum:"1" maximum:"3600" doc:"The first wait."`
	LongestMinutes int `json:"longestMinutes" minimum:"1" maximum:"1440" doc:"The longest wait."`
}

// SessionRules say how long sessions and tokens last.
type SessionRules struct {
	IdleMinutes  int `json:"idleMinutes" minimum:"5" maximum:"10080" doc:"A browser's session ends after so long without use."`
	LifeHours    int `json:"lifeHours" minimum:"1" maximum:"720" doc:"And after so long in any case."`
	CLIHours     int `json:"cliHours" minimum:"1" maximum:"8760" doc:"A session of the command line."`
	TokenMaxDays int `json:"tokenMaxDays" minimum:"1" maximum:"3650" doc:"The longest life of an API token."`
}

// PolicyChange changes the policy; what is absent stays.
type PolicyChange struct {
	Separation   *bool          `json:"separation,omitempty"`
	SecondFactor *string        `json:"secondFactor,omitempty" enum:"optional,administrators,everybody"`
	Password     *PasswordRules `json:"password,omitempty"`
	Lock         *LockRules     `json:"lock,omitempty"`
	Session      *SessionRules  `json:"session,omitempty"`
}

// AuditEntry is who did what.
type AuditEntry struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Address string    `json:"address"`
	Action  string    `json:"action" doc:"The route's name."`
	Object  string    `json:"object,omitempty"`
	Outcome string    `json:"outcome" doc:"ok, or the fault's code."`
	Hash    string    `json:"hash" doc:"SHA-256 over this entry and the hash before it."`
}

// AuditHead is the end of the audit log at one moment, signed by the server's CA. Whoever keeps one can later tell whether
// anything before it was changed or cut off.
type AuditHead struct {
	Entries   int64     `json:"entries"`
	Hash      string    `json:"hash" doc:"Of the newest entry."`
	At        time.Time `json:"at"`
	Signature []byte    `json:"signature" doc:"ECDSA over the three above, by the CA's key."`
}

// AuditCheck is what a walk through the audit log has found.
type AuditCheck struct {
	OK     bool        `json:"ok"`
	Head   AuditHead   `json:"head" doc:"The end that was found, signed now."`
	Since  int64       `json:"since" doc:"The first entry of which an end was kept outside of the database: before it, a log that was cut and written anew would not show."`
	Broken *AuditBreak `json:"broken,omitempty"`
}

// AuditBreak is where a log is not what it was.
type AuditBreak struct {
	Entry  int64  `json:"entry"`
	Reason string `json:"reason" enum:"missing,changed,cut,signature,other" doc:"An entry is missing; an entry is not what was kept; the end was cut off; the signature of the end is not this server's; the log is not the one that an earlier end belongs to."`
}

// AuditFormat is the form of an export.
type AuditFormat string

// The forms: both hold everything that proves the chain.
const (
	AuditJSONL AuditFormat = "jsonl"
	AuditCSV   AuditFormat = "csv"
)
