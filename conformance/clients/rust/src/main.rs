//! wamp_async. Speaks with the runner: one line of JSON for each command, answer and notice. See ../../README.md.
//! The library shows neither the id of a session nor details, and takes no options.

mod login;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::{Mutex, oneshot};
use wamp_async::{Client, ClientConfig, SerializerType, WampArgs, WampError, WampKwArgs};

type Joined = Client<'static>;
type Answer = Result<(Option<WampArgs>, Option<WampKwArgs>), WampError>;

#[derive(Deserialize)]
struct Line {
    number: u64,
    command: Command,
}

#[derive(Deserialize, Default)]
struct Values {
    args: WampArgs,
    kwargs: WampKwArgs,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Command {
    op: String,
    session: String,
    url: String,
    realm: String,
    serializer: String,
    login: Option<login::Login>,
    uri: String,
    values: Values,
    invocation: u64,
}

#[derive(Default)]
struct Program {
    sessions: Mutex<HashMap<String, Arc<Joined>>>,
    pending: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    last: AtomicU64,
}

#[tokio::main]
async fn main() {
    let program = Arc::new(Program::default());
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(text)) = lines.next_line().await {
        let Line { number, command } = serde_json::from_str(&text).expect("a command");
        let program = program.clone();
        tokio::spawn(async move {
            match program.answer(command).await {
                Ok(value) => println!("{}", json!({"number": number, "value": value})),
                Err(error) => println!("{}", json!({"number": number, "failure": failure(error)})),
            }
        });
    }
}

impl Program {
    async fn answer(self: Arc<Self>, command: Command) -> Result<Value, WampError> {
        match command.op.as_str() {
            "join" => self.join(command).await,
            "yield" => self.settle(&command, Ok(values(&command))).await,
            "fail" => {
                let error = WampError::ServerError(command.uri.clone(), Default::default());
                self.settle(&command, Err(error)).await
            }
            "register" => self.register(command).await,
            "subscribe" => self.subscribe(command).await,
            _ => self.ask(command).await,
        }
    }

    async fn join(&self, command: Command) -> Result<Value, WampError> {
        let serializer = if command.serializer == "json" {
            SerializerType::Json
        } else {
            SerializerType::MsgPack
        };
        let config = ClientConfig::default().set_serializers(vec![serializer]);
        let (mut client, (event_loop, invocations)) =
            Client::connect(&command.url, Some(config)).await?;
        tokio::spawn(event_loop);
        let mut invocations = invocations.expect("the role of a callee");
        tokio::spawn(async move {
            while let Some(invocation) = invocations.recv().await {
                tokio::spawn(invocation);
            }
        });
        match command.login {
            None => client.join_realm(command.realm).await?,
            Some(login) => login.join(&mut client, command.realm).await?,
        }
        self.sessions
            .lock()
            .await
            .insert(command.session, Arc::new(client));
        Ok(json!({}))
    }

    async fn ask(&self, command: Command) -> Result<Value, WampError> {
        let (args, kwargs) = values(&command);
        match command.op.as_str() {
            "call" => {
                let (args, kwargs) = self
                    .session(&command)
                    .await
                    .call(&command.uri, args, kwargs)
                    .await?;
                Ok(json!({"args": args, "kwargs": kwargs}))
            }
            "publish" => Ok(json!(
                self.session(&command)
                    .await
                    .publish(&command.uri, args, kwargs, true)
                    .await?
            )),
            _ => {
                let client = self
                    .sessions
                    .lock()
                    .await
                    .remove(&command.session)
                    .and_then(Arc::into_inner);
                client
                    .ok_or("a request is not answered yet".to_string())?
                    .disconnect()
                    .await;
                Ok(Value::Null)
            }
        }
    }

    async fn session(&self, command: &Command) -> Arc<Joined> {
        self.sessions.lock().await[&command.session].clone()
    }

    async fn register(self: Arc<Self>, command: Command) -> Result<Value, WampError> {
        let program = self.clone();
        let (name, uri) = (command.session.clone(), command.uri.clone());
        let procedure = move |args: Option<WampArgs>, kwargs: Option<WampKwArgs>| {
            let number = program.last.fetch_add(1, Ordering::Relaxed);
            let (program, name, uri) = (program.clone(), name.clone(), uri.clone());
            async move {
                let (settle, settled) = oneshot::channel();
                program.pending.lock().await.insert(number, settle);
                notice("invocation", &name, &uri, number, args, kwargs);
                settled.await.expect("an answer")
            }
        };
        Ok(json!(
            self.session(&command)
                .await
                .register(&command.uri, procedure)
                .await?
        ))
    }

    async fn subscribe(&self, command: Command) -> Result<Value, WampError> {
        let (id, mut events) = self.session(&command).await.subscribe(&command.uri).await?;
        tokio::spawn(async move {
            while let Some((_publication, args, kwargs)) = events.recv().await {
                notice("event", &command.session, &command.uri, 0, args, kwargs);
            }
        });
        Ok(json!(id))
    }

    async fn settle(&self, command: &Command, answer: Answer) -> Result<Value, WampError> {
        let settle = self.pending.lock().await.remove(&command.invocation);
        let _ = settle.expect("an invocation").send(answer);
        Ok(Value::Null)
    }
}

/// Nothing is sent as None, as one writes it with this library.
fn values(command: &Command) -> (Option<WampArgs>, Option<WampKwArgs>) {
    let Values { args, kwargs } = &command.values;
    let some_args = (!args.is_empty()).then(|| args.clone());
    (some_args, (!kwargs.is_empty()).then(|| kwargs.clone()))
}

fn notice(
    kind: &str,
    session: &str,
    uri: &str,
    invocation: u64,
    args: Option<WampArgs>,
    kwargs: Option<WampKwArgs>,
) {
    let values =
        json!({"args": args.unwrap_or_default(), "kwargs": kwargs.unwrap_or_else(Map::new)});
    println!(
        "{}",
        json!({"notice": kind, "session": session, "uri": uri, "invocation": invocation, "values": values})
    );
}

fn failure(error: WampError) -> Value {
    match error {
        WampError::ServerError(uri, _) => json!({"uri": uri}),
        other => json!({"text": other.to_string()}),
    }
}
