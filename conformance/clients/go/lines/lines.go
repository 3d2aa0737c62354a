// Package lines speaks with the runner: one line of JSON for each command, answer and notice. See ../../README.md.
package lines

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
)

// Values are the positional and keyword values of a message.
type Values struct {
	Args   []any          `json:"args"`
	Kwargs map[string]any `json:"kwargs"`
}

// Dict holds options or details.
type Dict = map[string]any

// Failure is a WAMP ERROR.
type Failure struct {
	URI    string `json:"uri,omitempty"`
	Values Values `json:"values"`
	Text   string `json:"text,omitempty"`
}

func (f *Failure) Error() string { return f.URI }

// Login says who a session is and how it proves it.
type Login struct {
	Authid string
	Method string
	Secret string
}

// Place says where a session joins.
type Place struct {
	URL        string
	Realm      string
	Serializer string
	Login      *Login
}

// Handler answers one invocation.
type Handler func(values Values, details Dict) (Values, *Failure)

// Session is one session of a library. Ids are nil where the library does not show them.
type Session interface {
	Welcome() Dict
	Call(uri string, values Values, options Dict) (Values, error)
	Register(uri string, options Dict, handler Handler) (any, error)
	Subscribe(uri string, options Dict, onEvent func(values Values, details Dict)) (any, error)
	Publish(uri string, values Values, options Dict) (any, error)
	Close() error
	Done() <-chan struct{}
}

type command struct {
	Op      string
	Session string
	URI     string
	Values  Values
	Options Dict
	// Of an answer to an invocation.
	Invocation int
	Place
}

type answer struct {
	values  Values
	failure *Failure
}

type program struct {
	join     func(Place) (Session, error)
	mutex    sync.Mutex
	sessions map[string]Session
	pending  map[int]chan answer
	last     int
}

// Run serves commands until the input ends.
func Run(join func(Place) (Session, error)) {
	p := &program{join: join, sessions: map[string]Session{}, pending: map[int]chan answer{}}
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<24)
	for input.Scan() {
		var line struct {
			Number  int
			Command command
		}
		decoder := json.NewDecoder(strings.NewReader(input.Text()))
		decoder.UseNumber()
		if err := decoder.Decode(&line); err != nil {
			panic(err)
		}
		go p.answer(line.Number, line.Command)
	}
}

func (p *program) answer(number int, c command) {
	value, err := p.do(c)
	if err == nil {
		p.print(Dict{"number": number, "value": value})
		return
	}
	failure, isError := err.(*Failure)
	if !isError {
		failure = &Failure{Text: err.Error()}
	}
	p.print(Dict{"number": number, "failure": failure})
}

func (p *program) do(c command) (any, error) {
	c.Values = natural(c.Values)
	switch c.Op {
	case "join":
		return p.open(c)
	case "yield":
		p.settle(c.Invocation, answer{values: c.Values})
		return nil, nil
	case "fail":
		p.settle(c.Invocation, answer{failure: &Failure{URI: c.URI, Values: c.Values}})
		return nil, nil
	}
	p.mutex.Lock()
	session := p.sessions[c.Session]
	p.mutex.Unlock()
	options := plain(c.Options).(map[string]any)
	switch c.Op {
	case "call":
		return session.Call(c.URI, c.Values, options)
	case "register":
		return session.Register(c.URI, options, p.handler(c.Session, c.URI))
	case "subscribe":
		return session.Subscribe(c.URI, options, func(values Values, details Dict) {
			p.print(Dict{"notice": "event", "session": c.Session, "uri": c.URI, "values": values, "details": details})
		})
	case "publish":
		return session.Publish(c.URI, c.Values, options)
	case "close":
		return nil, session.Close()
	}
	return nil, fmt.Errorf("no command %s", c.Op)
}

func (p *program) open(c command) (any, error) {
	session, err := p.join(c.Place)
	if err != nil {
		return nil, err
	}
	p.mutex.Lock()
	p.sessions[c.Session] = session
	p.mutex.Unlock()
	go func() {
		<-session.Done()
		p.print(Dict{"notice": "over", "session": c.Session})
	}()
	return session.Welcome(), nil
}

// handler has the runner answer each invocation.
func (p *program) handler(session, uri string) Handler {
	return func(values Values, details Dict) (Values, *Failure) {
		settled := make(chan answer, 1)
		p.mutex.Lock()
		p.last++
		number := p.last
		p.pending[number] = settled
		p.mutex.Unlock()
		p.print(Dict{"notice": "invocation", "session": session, "uri": uri, "invocation": number, "values": values, "details": details})
		outcome := <-settled
		return outcome.values, outcome.failure
	}
}

func (p *program) settle(invocation int, outcome answer) {
	p.mutex.Lock()
	settled := p.pending[invocation]
	delete(p.pending, invocation)
	p.mutex.Unlock()
	settled <- outcome
}

func (p *program) print(line Dict) {
	text, err := json.Marshal(line)
	if err != nil {
		text, _ = json.Marshal(Dict{"number": line["number"], "failure": Dict{"text": err.Error()}})
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Println(string(text))
}

// natural has nil for what is empty, as one writes it in Go.
func natural(values Values) Values {
	var some Values
	if len(values.Args) > 0 {
		some.Args = plain(values.Args).([]any)
	}
	if len(values.Kwargs) > 0 {
		some.Kwargs = plain(values.Kwargs).(map[string]any)
	}
	return some
}

// plain makes integers and floats of JSON's numbers.
func plain(value any) any {
	switch value := value.(type) {
	case json.Number:
		if integer, err := value.Int64(); err == nil {
			return integer
		}
		float, _ := value.Float64()
		return float
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = plain(item)
		}
		return items
	case map[string]any:
		entries := make(map[string]any, len(value))
		for key, item := range value {
			entries[key] = plain(item)
		}
		return entries
	}
	return value
}
