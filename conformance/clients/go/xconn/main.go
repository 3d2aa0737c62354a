// The client of xconn-go.
package main

import (
	"context"
	"errors"

	"github.com/xconnio/wampproto-go/auth"
	"github.com/xconnio/xconn-go"

	"trunkline/conformance/clients/lines"
)

type session struct{ joined *xconn.Session }

func main() { lines.Run(join) }

func join(place lines.Place) (lines.Session, error) {
	specs := map[string]xconn.SerializerSpec{
		"json":    xconn.JSONSerializerSpec,
		"msgpack": xconn.MsgPackSerializerSpec,
		"cbor":    xconn.CBORSerializerSpec,
	}
	authenticator, err := authenticatorOf(place.Login)
	if err != nil {
		return nil, err
	}
	client := xconn.Client{SerializerSpec: specs[place.Serializer], Authenticator: authenticator}
	joined, err := client.Connect(context.Background(), place.URL, place.Realm)
	if err != nil {
		return nil, err
	}
	return session{joined}, nil
}

func authenticatorOf(login *lines.Login) (auth.ClientAuthenticator, error) {
	switch {
	case login == nil:
		return nil, nil
	case login.Method == "ticket":
		return auth.NewTicketAuthenticator(login.Authid, login.Secret, nil), nil
	case login.Method == "wampcra":
		return auth.NewWAMPCRAAuthenticator(login.Authid, login.Secret, nil), nil
	default:
		return auth.NewCryptoSignAuthenticator(login.Authid, login.Secret, nil)
	}
}

func (s session) Welcome() lines.Dict {
	details := s.joined.Details()
	return lines.Dict{"id": details.ID(), "authid": details.AuthID(), "authrole": details.AuthRole()}
}

func (s session) Call(uri string, values lines.Values, options lines.Dict) (lines.Values, error) {
	result := s.joined.Call(uri).Args(values.Args...).Kwargs(values.Kwargs).Options(options).Do()
	if result.Err != nil {
		return lines.Values{}, translated(result.Err)
	}
	return lines.Values{Args: result.Args(), Kwargs: result.Kwargs()}, nil
}

func (s session) Register(uri string, options lines.Dict, handler lines.Handler) (any, error) {
	procedure := func(_ context.Context, invocation *xconn.Invocation) *xconn.InvocationResult {
		values, failure := handler(lines.Values{Args: invocation.Args(), Kwargs: invocation.Kwargs()}, invocation.Details())
		if failure != nil {
			return &xconn.InvocationResult{Err: failure.URI, Args: failure.Values.Args, Kwargs: failure.Values.Kwargs}
		}
		return &xconn.InvocationResult{Args: values.Args, Kwargs: values.Kwargs}
	}
	return nil, translated(s.joined.Register(uri, procedure).Options(options).Do().Err)
}

func (s session) Subscribe(uri string, options lines.Dict, onEvent func(lines.Values, lines.Dict)) (any, error) {
	handler := func(event *xconn.Event) {
		onEvent(lines.Values{Args: event.Args(), Kwargs: event.Kwargs()}, event.Details())
	}
	return nil, translated(s.joined.Subscribe(uri, handler).Options(options).Do().Err)
}

func (s session) Publish(uri string, values lines.Values, options lines.Dict) (any, error) {
	request := s.joined.Publish(uri).Args(values.Args...).Kwargs(values.Kwargs).Options(options).Acknowledge(true)
	return nil, translated(request.Do().Err)
}

func (s session) Close() error { return s.joined.Leave() }

func (s session) Done() <-chan struct{} { return s.joined.Done() }

func translated(err error) error {
	var failed *xconn.Error
	if !errors.As(err, &failed) {
		return err
	}
	return &lines.Failure{URI: failed.URI, Values: lines.Values{Args: failed.Args, Kwargs: failed.Kwargs}}
}
