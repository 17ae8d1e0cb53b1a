package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hawser/internal/api"
	"hawser/internal/fault"
)

func (a *app) totpCommands() *cobra.Command {
	secret := func(f *pflag.FlagSet) { f.Bool("password-stdin", false, a.t("cli.flag.password_stdin")) }
	return a.group("totp",
		verb{key: "totp.setup", flags: secret, run: func(ctx context.Context, k *call) error {
			password, err := k.password("cli.ask_current_password")
			if err != nil {
				return err
			}
			return k.setupTOTP(ctx, password)
		}},
		verb{key: "totp.recovery", flags: secret, run: func(ctx context.Context, k *call) error {
			password, err := k.password("cli.ask_current_password")
			if err != nil {
				return err
			}
			var codes api.RecoveryCodes
			if err := k.do(ctx, "totp.recovery", api.Confirmation{Password: password}, &codes); err != nil {
				return err
			}
			return k.printCodes(codes)
		}},
		verb{key: "totp.remove", flags: secret, run: func(ctx context.Context, k *call) error {
			password, err := k.password("cli.ask_current_password")
			if err != nil {
				return err
			}
			return k.do(ctx, "totp.remove", api.Confirmation{Password: password}, nil)
		}},
		verb{key: "totp.reset", args: []string{"user"}, run: func(ctx context.Context, k *call) error {
			if err := k.confirm(final, "cli.ask.totp.reset", "name", k.args["user"]); err != nil {
				return err
			}
			var u api.User
			if err := k.do(ctx, "totp.reset", nil, &u); err != nil {
				return err
			}
			return k.printUser(u)
		}},
	)
}

// setupTOTP shows the secret as a QR code and asks for a code made of it.
func (k *call) setupTOTP(ctx context.Context, password string) error {
	var setup api.TOTPSetup
	if err := k.do(ctx, "totp.setup", api.Confirmation{Password: password}, &setup); err != nil {
		return err
	}
	picture, err := qrcode.New(setup.URI, qrcode.Low)
	if err != nil {
		return fmt.Errorf("draw QR code: %w", err)
	}
	// Beside the output: what is drawn here is a secret, and output may go to a file.
	k.say("%s", picture.ToSmallString(false))
	k.say("%s", k.t("cli.totp.scan", "secret", setup.Secret))
	code, err := k.password("cli.ask_code")
	if err != nil {
		return err
	}
	var codes api.RecoveryCodes
	if err := k.do(ctx, "totp.confirm", api.TOTPCode{Code: strings.TrimSpace(code)}, &codes); err != nil {
		return err
	}
	return k.printCodes(codes)
}

func (k *call) printCodes(codes api.RecoveryCodes) error {
	k.say("%s", k.t("cli.totp.recovery_codes"))
	if k.output != "table" {
		return k.printData(codes)
	}
	_, err := fmt.Fprintln(k.env.Stdout, strings.Join(codes.Codes, "\n"))
	return err
}

// settle sets what a session has to be used for before anything else: a password, a second factor.
func (k *call) settle(ctx context.Context, s api.Session, password string) error {
	if s.Must == api.MustPassword {
		k.say("%s", k.t("cli.must_password"))
		next, err := k.password("cli.ask_next_password")
		if err != nil {
			return err
		}
		if err := k.do(ctx, "password.change", api.PasswordChange{Current: password, New: next}, nil); err != nil {
			return err
		}
		password = next
		if err := k.do(ctx, "session.show", nil, &s); err != nil {
			return err
		}
	}
	if s.Must == api.MustSecondFactor {
		k.say("%s", k.t("cli.must_second_factor"))
		return k.setupTOTP(ctx, password)
	}
	return nil
}

// signIn asks for a code of the second factor where the server says that one is needed.
func (k *call) signIn(ctx context.Context, in api.Login) (api.Session, error) {
	var s api.Session
	err := k.do(ctx, "session.create", in, &s)
	if f := fault.Public(err); f != nil && f.Reason == "login.code_needed" {
		code, asked := k.password("cli.ask_code")
		if asked != nil {
			return s, err
		}
		in.Code = strings.TrimSpace(code)
		err = k.do(ctx, "session.create", in, &s)
	}
	return s, err
}
