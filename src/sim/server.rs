//! The HTTP side: connections, routes, trouble, and the log.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;

use super::console_state::Place;
use super::http::{Answer, Call, Reply, json};
use super::state::State;
use super::{apps, authorize, console_page, console_token, device_page, oidc, portal, sts, web};
use crate::domain::locked::locked;

/// The maximum size of a request; those of these protocols are smaller.
const MAX_BYTES: usize = 1024 * 1024;

/// Serves until told to stop.
pub(super) async fn serve(
    listener: std::net::TcpListener,
    state: Arc<Mutex<State>>,
    stopped: tokio::sync::oneshot::Receiver<()>,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the simulator cannot listen");
            return;
        }
    };
    tokio::select! {
        () = accept(listener, state) => {}
        _ = stopped => {}
    }
}

async fn accept(listener: tokio::net::TcpListener, state: Arc<Mutex<State>>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, Arc::clone(&state)));
            // An error is a client that went away, or one that we dropped on purpose.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Error that drops a connection: hyper closes it on any error of the service.
#[derive(Debug, thiserror::Error)]
#[error("dropped on purpose")]
struct Dropped;

async fn answer(request: Request<Incoming>, state: Arc<Mutex<State>>) -> Result<Reply, Dropped> {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let body = match Limited::new(body, MAX_BYTES).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_too_long_or_broken) => return Err(Dropped),
    };
    let call = Call {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: parts.headers,
        body,
    };
    let latency = lock(&state).scenario.trouble.latency_ms;
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let mut state = lock(&state);
    let answer = route(&call, &mut state);
    let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
    state.record(&call.method, &call.path, status);
    answer.ok_or(Dropped)
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    locked(state)
}

fn route(call: &Call, state: &mut State) -> Answer {
    let place = Place::requested_by(call, &state.base);
    match (call.method.as_str(), place.path.as_str()) {
        ("POST", "/client/register") => Some(oidc::register(call, state)),
        ("POST", "/device_authorization") => Some(oidc::device_authorization(call, state)),
        ("POST", "/token") => Some(oidc::token(call, state)),
        ("GET" | "POST", "/authorize") => Some(authorize::page(call, state)),
        ("GET" | "POST", "/device") => Some(device_page::page(call, state)),
        ("GET", "/assignment/accounts" | "/assignment/roles" | "/federation/credentials")
        | ("POST", "/logout") => portal::answer(call, state),
        ("POST", "/") => Some(sts::answer(call, state)),
        ("GET" | "POST", path) if path.starts_with("/web/") => Some(web::page(call, state)),
        ("GET" | "POST", "/v1/authorize") => Some(console_page::page(call, &place, state)),
        ("GET", "/v1/sessions/confirmation") => Some(console_page::confirmation(call)),
        ("POST", "/v1/token") => Some(console_token::token(call, &place, state)),
        ("GET", "/federation") => Some(sts::federation(call, state)),
        ("GET", path)
            if path.starts_with("/instance/appinstance")
                || path.starts_with("/saml/assertion/")
                || path == "/token/whoAmI" =>
        {
            apps::answer(call, state)
        }
        (_, path) => Some(json(
            StatusCode::NOT_FOUND,
            &serde_json::json!({"message": format!("the simulator has no {path}"), "__type": "UnknownOperationException"}),
        )),
    }
}
