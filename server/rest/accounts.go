package rest

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"hawser/internal/api"
)

// none is a request without path parameters, query or body.
type none struct{}

// with is a request that is a body.
type with[B any] struct {
	Body B
}

// sessionOut answers a login: a cookie for browsers, a token in the body for those who asked for one.
type sessionOut struct {
	Cookie http.Cookie `header:"Set-Cookie"`
	Body   api.Session
}

// okOut ends a session in the browser too.
type okOut struct {
	Cookie http.Cookie `header:"Set-Cookie"`
	Body   api.OK
}

type userIn struct {
	User string `path:"user"`
}

type sessionIn struct {
	Session string `path:"session"`
}

type tokenIn struct {
	Token string `path:"token"`
}

type accessIn struct {
	Access string `path:"access"`
}

type editUserIn struct {
	User string `path:"user"`
	Body api.UserChange
}

func (s *Server) bindAccounts() {
	route(s, "session.create", s.login)
	route(s, "session.show", func(ctx context.Context, _ *none) (*out[api.Session], error) {
		return answer(callerOf(ctx).session, nil)
	})
	route(s, "session.delete", func(ctx context.Context, _ *none) (*okOut, error) {
		if err := s.o.Accounts.Logout(ctx, callerOf(ctx).token); err != nil {
			return nil, err
		}
		return &okOut{Cookie: sessionCookie("", time.Unix(1, 0)), Body: api.OK{OK: true}}, nil
	})
	route(s, "password.change", func(ctx context.Context, in *with[api.PasswordChange]) (*out[api.OK], error) {
		return done(s.o.Accounts.ChangePassword(ctx, callerOf(ctx).token, in.Body))
	})
	route(s, "user.list", func(ctx context.Context, _ *none) (*out[api.Page[api.User]], error) {
		return page(s.o.Accounts.Users(ctx))
	})
	route(s, "user.create", func(ctx context.Context, in *with[api.NewUser]) (*out[api.User], error) {
		about(ctx, in.Body.Name)
		return answer(s.o.Accounts.CreateUser(ctx, in.Body))
	})
	route(s, "user.edit", func(ctx context.Context, in *editUserIn) (*out[api.User], error) {
		return answer(s.o.Accounts.EditUser(ctx, actorOf(ctx), in.User, in.Body))
	})
	route(s, "user.delete", func(ctx context.Context, in *userIn) (*out[api.OK], error) {
		return done(s.o.Accounts.DeleteUser(ctx, in.User))
	})
	route(s, "totp.setup", func(ctx context.Context, in *with[api.Confirmation]) (*out[api.TOTPSetup], error) {
		return answer(s.o.Accounts.SetupTOTP(ctx, callerOf(ctx).token, in.Body))
	})
	route(s, "totp.confirm", func(ctx context.Context, in *with[api.TOTPCode]) (*out[api.RecoveryCodes], error) {
		return answer(s.o.Accounts.ConfirmTOTP(ctx, callerOf(ctx).token, in.Body))
	})
	route(s, "totp.remove", func(ctx context.Context, in *with[api.Confirmation]) (*out[api.OK], error) {
		return done(s.o.Accounts.RemoveTOTP(ctx, callerOf(ctx).token, in.Body))
	})
	route(s, "totp.recovery", func(ctx context.Context, in *with[api.Confirmation]) (*out[api.RecoveryCodes], error) {
		return answer(s.o.Accounts.RenewRecovery(ctx, callerOf(ctx).token, in.Body))
	})
	route(s, "totp.reset", func(ctx context.Context, in *userIn) (*out[api.User], error) {
		return answer(s.o.Accounts.ResetTOTP(ctx, in.User))
	})
	route(s, "policy.show", func(ctx context.Context, _ *none) (*out[api.Policy], error) {
		return answer(s.o.Accounts.Policy(ctx))
	})
	route(s, "policy.edit", func(ctx context.Context, in *with[api.PolicyChange]) (*out[api.Policy], error) {
		if in.Body.Separation != nil {
			about(ctx, "separation="+strconv.FormatBool(*in.Body.Separation))
		}
		return answer(s.o.Accounts.EditPolicy(ctx, in.Body))
	})
	s.bindAccess()
}

// bindAccess binds what sessions and API tokens there are.
func (s *Server) bindAccess() {
	route(s, "session.list", func(ctx context.Context, _ *none) (*out[api.Page[api.Access]], error) {
		return page(s.o.Accounts.Sessions(ctx, actorOf(ctx), callerOf(ctx).token))
	})
	route(s, "session.revoke", func(ctx context.Context, in *sessionIn) (*out[api.OK], error) {
		return done(s.o.Accounts.RevokeSession(ctx, actorOf(ctx), in.Session))
	})
	route(s, "token.list", func(ctx context.Context, _ *none) (*out[api.Page[api.Access]], error) {
		return page(s.o.Accounts.Tokens(ctx, actorOf(ctx)))
	})
	route(s, "token.create", func(ctx context.Context, in *with[api.NewToken]) (*out[api.TokenMade], error) {
		about(ctx, in.Body.Label)
		return answer(s.o.Accounts.CreateToken(ctx, callerOf(ctx).token, in.Body))
	})
	route(s, "token.revoke", func(ctx context.Context, in *tokenIn) (*out[api.OK], error) {
		return done(s.o.Accounts.RevokeToken(ctx, actorOf(ctx), in.Token))
	})
	route(s, "access.list", func(ctx context.Context, _ *none) (*out[api.Page[api.Access]], error) {
		return page(s.o.Accounts.Access(ctx, callerOf(ctx).token))
	})
	route(s, "access.revoke", func(ctx context.Context, in *accessIn) (*out[api.OK], error) {
		return done(s.o.Accounts.RevokeAccess(ctx, in.Access))
	})
}

func (s *Server) login(ctx context.Context, in *with[api.Login]) (*sessionOut, error) {
	c := callerOf(ctx)
	c.actor = in.Body.Name
	session, token, err := s.o.Accounts.Login(ctx, in.Body, c.address)
	if err != nil {
		return nil, err
	}
	o := &sessionOut{Body: session}
	if in.Body.Bearer {
		o.Body.Token = token
	} else {
		o.Cookie = sessionCookie(token, session.Expires)
	}
	return o, nil
}

func sessionCookie(token string, expires time.Time) http.Cookie {
	return http.Cookie{
		Name: cookieName, Value: token, Path: "/", Expires: expires,
		HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	}
}
