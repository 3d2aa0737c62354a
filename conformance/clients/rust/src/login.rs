//! The logins of wamp_async. It hands the challenge to the application and signs nothing itself.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;
use wamp_async::{
    Arg, AuthenticationChallengeResponse, AuthenticationMethod, Client, WampDict, WampError,
};

#[derive(Deserialize, Clone)]
pub struct Login {
    authid: String,
    method: String,
    secret: String,
}

impl Login {
    pub async fn join(self, client: &mut Client<'static>, realm: String) -> Result<(), WampError> {
        let method = if self.method == "ticket" {
            AuthenticationMethod::Ticket
        } else {
            AuthenticationMethod::WampCra
        };
        let authid = self.authid.clone();
        let on_challenge = move |method, extra| {
            let signature = self.signature(method, extra);
            async move { Ok(AuthenticationChallengeResponse::with_signature(signature)) }
        };
        client
            .join_realm_with_authentication(realm, vec![method], authid, on_challenge)
            .await
    }

    fn signature(&self, method: AuthenticationMethod, extra: WampDict) -> String {
        if let AuthenticationMethod::Ticket = method {
            return self.secret.clone();
        }
        let key = match extra.get("salt") {
            None => self.secret.clone(),
            Some(salt) => self.derived(
                &text(salt),
                number(&extra["iterations"]),
                number(&extra["keylen"]),
            ),
        };
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key of any length");
        mac.update(text(&extra["challenge"]).as_bytes());
        BASE64_STANDARD.encode(mac.finalize().into_bytes())
    }

    fn derived(&self, salt: &str, iterations: u64, length: u64) -> String {
        let mut key = vec![0; length as usize];
        pbkdf2::pbkdf2_hmac::<Sha256>(
            self.secret.as_bytes(),
            salt.as_bytes(),
            iterations as u32,
            &mut key,
        );
        BASE64_STANDARD.encode(key)
    }
}

fn text(arg: &Arg) -> String {
    match arg {
        Arg::Uri(text) | Arg::String(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

fn number(arg: &Arg) -> u64 {
    match arg {
        Arg::Id(id) => std::num::NonZeroU64::from(*id).get(),
        Arg::Integer(number) => *number as u64,
        _ => 0,
    }
}
