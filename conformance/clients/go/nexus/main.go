// The client of nexus.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"time"

	"github.com/gammazero/nexus/v3/client"
	"github.com/gammazero/nexus/v3/wamp"
	"github.com/gammazero/nexus/v3/wamp/crsign"

	"trunkline/conformance/clients/lines"
)

type session struct{ *client.Client }

func main() { lines.Run(join) }

func join(place lines.Place) (lines.Session, error) {
	serializers := map[string]client.Config{
		"json":    {Serialization: client.JSON},
		"msgpack": {Serialization: client.MSGPACK},
		"cbor":    {Serialization: client.CBOR},
	}
	config := serializers[place.Serializer]
	config.Realm = place.Realm
	// The runner says how long a scenario may take.
	config.ResponseTimeout = time.Minute
	config.Logger = log.New(io.Discard, "", 0)
	if login := place.Login; login != nil {
		config.HelloDetails = wamp.Dict{"authid": login.Authid}
		config.AuthHandlers = map[string]client.AuthFunc{login.Method: func(challenge *wamp.Challenge) (string, wamp.Dict) {
			if login.Method == "ticket" {
				return login.Secret, wamp.Dict{}
			}
			return crsign.RespondChallenge(login.Secret, challenge, nil), wamp.Dict{}
		}}
	}
	joined, err := client.ConnectNet(context.Background(), place.URL, config)
	if err != nil {
		return nil, err
	}
	return session{joined}, nil
}

func (s session) Welcome() lines.Dict {
	details := s.RealmDetails()
	return lines.Dict{"id": s.ID(), "authid": details["authid"], "authrole": details["authrole"]}
}

func (s session) Call(uri string, values lines.Values, options lines.Dict) (lines.Values, error) {
	result, err := s.Client.Call(context.Background(), uri, options, values.Args, values.Kwargs, nil)
	if err != nil {
		return lines.Values{}, translated(err)
	}
	return lines.Values{Args: result.Arguments, Kwargs: result.ArgumentsKw}, nil
}

func (s session) Register(uri string, options lines.Dict, handler lines.Handler) (any, error) {
	procedure := func(_ context.Context, invocation *wamp.Invocation) client.InvokeResult {
		values, failure := handler(lines.Values{Args: invocation.Arguments, Kwargs: invocation.ArgumentsKw}, invocation.Details)
		if failure != nil {
			return client.InvokeResult{Err: wamp.URI(failure.URI), Args: failure.Values.Args, Kwargs: failure.Values.Kwargs}
		}
		return client.InvokeResult{Args: values.Args, Kwargs: values.Kwargs}
	}
	err := s.Client.Register(uri, procedure, options)
	id, _ := s.RegistrationID(uri)
	return id, err
}

func (s session) Subscribe(uri string, options lines.Dict, onEvent func(lines.Values, lines.Dict)) (any, error) {
	err := s.Client.Subscribe(uri, func(event *wamp.Event) {
		onEvent(lines.Values{Args: event.Arguments, Kwargs: event.ArgumentsKw}, event.Details)
	}, options)
	id, _ := s.SubscriptionID(uri)
	return id, err
}

func (s session) Publish(uri string, values lines.Values, options lines.Dict) (any, error) {
	options["acknowledge"] = true
	return nil, s.Client.Publish(uri, options, values.Args, values.Kwargs)
}

func translated(err error) error {
	var failed client.RPCError
	if !errors.As(err, &failed) {
		return err
	}
	return &lines.Failure{URI: string(failed.Err.Error), Values: lines.Values{Args: failed.Err.Arguments, Kwargs: failed.Err.ArgumentsKw}}
}
