//! The target that speaks HTTP.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use event_simulator::digest::Digest;
use event_simulator::printable::printable;
use event_simulator::wire::{Envelope, KeyPlace, site_and_token};
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Body, Client, Method};

use super::body;
use super::client::{self, ProxiedClient};
use super::plain::{PlainClient, PlainRequest};
use super::request_template::RequestTemplate;
use super::response::{FailedExchange, Reader, Stage};
use super::tracked_body::TrackedBody;
use crate::config::{BatchFormat, BearerToken, Config, HttpUrl, HttpVersion, Interpolated};
use crate::error::ReplayError;
use crate::schedule::ScheduledEvent;
use crate::target::interface::{Attempt, INSECURE_WARNING, Target};
use crate::target::secrets::Secrets;
use event_simulator_timeline::Compression;

/// An API that takes events by HTTP.
pub(crate) struct HttpTarget {
    client: Client,
    /// The faster one, where nothing stands between.
    plain: Option<PlainClient>,
    template: RequestTemplate,
    reader: Reader,
    address_digest: String,
    timeout: Duration,
    /// The longest wait for a connection or stream that others have.
    turn_timeout: Duration,
    body_format: body::BodyFormat,
    compression: Compression,
    is_insecure: bool,
}

/// A body as it is sent, and the key by which a repeated request is known.
pub(crate) struct HttpRequest {
    body: Bytes,
    key: Option<HeaderValue>,
    /// Those that the event has itself.
    headers: HeaderMap,
}

impl HttpTarget {
    /// Reads secrets from the environment and certificates from files.
    pub(crate) fn new(config: &Config, url: &Interpolated<HttpUrl>) -> Result<Self, ReplayError> {
        let (connections, is_batched) =
            (config.max_in_flight().get(), config.batch_size().get() > 1);
        let (config, http) = (&config.target, &config.target.http);
        let mut secrets = Secrets::default();
        let url = secrets.resolve("url", url)?;
        let key = match &config.format.api_key {
            Some(key) => Some(secrets.resolve("api_key", key)?),
            None => None,
        };
        let key = key.as_ref().map(BearerToken::as_str);
        if let Some(key) = key {
            secrets.add(key);
        }
        let wire = config.format.wire();
        if let Some(key) = key
            && wire.is_some_and(|format| format.key_place == KeyPlace::SiteAndToken)
        {
            secrets.add(site_and_token(key).1);
        }
        let url = wire.map_or(url.clone(), |format| url.of_format(format, key));
        let ProxiedClient { client, proxy } =
            client::client(config, &url, connections, &mut secrets)?;
        let mut template = RequestTemplate::new(config, &url, key, &client, &mut secrets)?;
        let timeout = config.timeout();
        let body_format = match http.batch_format {
            _ if wire.is_some_and(|format| format.envelope == Envelope::Message) => {
                body::BodyFormat::Message
            }
            _ if let Some(format) = wire => {
                body::BodyFormat::Enveloped(format, key.unwrap_or_default().to_owned())
            }
            BatchFormat::Json if !is_batched => body::BodyFormat::Single,
            BatchFormat::Json => body::BodyFormat::Array,
            BatchFormat::Ndjson => body::BodyFormat::Lines,
        };
        // Requests take turns on the streams of HTTP/2 alone, where each of the others has its place for a
        // timeout at most.
        let may_take_turns = match http.version {
            HttpVersion::Http1 => false,
            HttpVersion::Auto => url.as_url().scheme() == "https",
            HttpVersion::Http2 => true,
        };
        let others =
            if may_take_turns { u32::try_from(connections).unwrap_or(u32::MAX) } else { 0 };
        let turns = others.saturating_add(1);
        let is_direct = proxy.is_none() && http.version != HttpVersion::Http2;
        let plain = is_direct.then(|| PlainClient::new(template.url(), timeout)).flatten();
        if let Some(plain) = &plain {
            template.name_host(plain.host());
        }
        Ok(Self {
            client,
            plain,
            template,
            reader: Reader {
                success: http.success.clone(),
                answers: wire.map(|format| format.answers),
                secrets,
                proxy,
            },
            address_digest: Digest::of(url.as_url().as_str().as_bytes()),
            timeout,
            turn_timeout: timeout.saturating_mul(turns),
            body_format,
            compression: config.compression,
            is_insecure: config.tls.insecure,
        })
    }
}

impl Target for HttpTarget {
    type Request = HttpRequest;

    fn request(&self, events: &[ScheduledEvent]) -> io::Result<HttpRequest> {
        let (headers, body) = body::encode(events, &self.body_format)?;
        let body = body::compressed(body, self.compression)?;
        Ok(HttpRequest { body, key: body::key(events), headers })
    }

    fn request_bytes(&self, request: &HttpRequest) -> usize {
        request.body.len()
    }

    async fn send(&self, request: &HttpRequest) -> Attempt {
        let begun = Arc::default();
        let exchange = async {
            match &self.plain {
                Some(plain) => {
                    plain.execute(&self.plain_request(request), &self.reader, &begun).await
                }
                None => self.exchange(request, &begun).await,
            }
        };
        let exchanged = tokio::select! {
            biased;
            exchanged = exchange => exchanged,
            failed = self.deadline(&begun) => Err(failed),
        };
        exchanged.unwrap_or_else(|failed| self.reader.no_response(&failed))
    }

    async fn answers(&self) -> bool {
        let request = self.template.without_events();
        let exchange = self.client.execute(request);
        let response = tokio::time::timeout(self.timeout, exchange).await;
        response.is_ok_and(|response| {
            response.is_ok_and(|response| !matches!(response.status().as_u16(), 502..=504))
        })
    }

    fn address(&self) -> String {
        self.reader.secrets.masked_url(self.template.url())
    }

    fn tried(&self) -> String {
        format!("{} {}", self.template.method(), self.address())
    }

    fn address_digest(&self) -> String {
        self.address_digest.clone()
    }

    fn health_check(&self) -> String {
        let mut url = self.template.url().clone();
        url.set_path("/health");
        url.set_query(None);
        let proxy = self.reader.proxy.as_ref().map(|proxy| format!("-x {proxy} "));
        format!("curl {}{}", proxy.unwrap_or_default(), self.reader.secrets.masked_url(&url))
    }

    /// The body is shown as it is before compression.
    fn shown_request(&self, events: &[ScheduledEvent]) -> String {
        let (headers, body) = body::encode(events, &self.body_format).unwrap_or_default();
        let headers = self.template.headers(body::key(events).as_ref(), &headers);
        let mut text = format!("{}\n", self.tried());
        for (name, value) in &headers {
            text.push_str(name.as_str());
            text.push_str(": ");
            text.push_str(&printable(&self.reader.secrets.masked_header(value)));
            text.push('\n');
        }
        text.push('\n');
        let body = self.reader.secrets.mask(&String::from_utf8_lossy(&body)).into_owned();
        let lines: Vec<_> = body.split('\n').map(printable).collect();
        text.push_str(&lines.join("\n"));
        text
    }

    /// The body is not compressed.
    fn curl(&self, events: &[ScheduledEvent]) -> Option<String> {
        let (headers, body) = body::encode(events, &self.body_format).ok()?;
        let headers = self.template.headers(body::key(events).as_ref(), &headers);
        let proxy = self.reader.proxy.as_ref().map(|proxy| format!("-x {} ", shell_word(proxy)));
        let url = shell_word(&self.address());
        let mut text =
            format!("curl -i {}-X {} {url}", proxy.unwrap_or_default(), self.template.method());
        for (name, value) in headers.iter().filter(|(name, _)| **name != CONTENT_ENCODING) {
            let value = self.reader.secrets.masked_header(value);
            text.push_str(" -H ");
            text.push_str(&shell_word(&format!("{name}: {value}")));
        }
        let body = self.reader.secrets.mask(&String::from_utf8_lossy(&body)).into_owned();
        Some(format!("{text} --data-raw {}", shell_word(body.trim_end())))
    }

    fn warning(&self) -> Option<&'static str> {
        self.is_insecure.then_some(INSECURE_WARNING)
    }
}

/// A text as a shell takes it for one word.
fn shell_word(text: &str) -> String {
    format!("'{}'", printable(text).replace('\'', r"'\''"))
}

impl HttpTarget {
    fn plain_request<'r>(&self, request: &'r HttpRequest) -> PlainRequest<'r> {
        let HttpRequest { body, key, headers } = request;
        PlainRequest {
            head: self.template.head(key.as_ref(), headers, body.len()),
            body,
            asks_for_head: self.template.method() == Method::HEAD,
        }
    }

    async fn exchange(
        &self,
        request: &HttpRequest,
        begun: &Arc<OnceLock<Instant>>,
    ) -> Result<Attempt, FailedExchange> {
        let headers = self.template.headers(request.key.as_ref(), &request.headers);
        let body = Body::wrap(TrackedBody::new(request.body.clone(), begun));
        match self.client.execute(self.template.request(headers, body)).await {
            Ok(response) => self.reader.read(hyper::Response::from(response)).await,
            Err(error) => {
                let stage = if error.is_connect() { Stage::Connecting } else { Stage::Sent };
                Err(FailedExchange::of(&error, stage))
            }
        }
    }

    /// Waits until a request has taken too long: so long after its body is begun to be sent, or before
    /// that when its turn never comes.
    async fn deadline(&self, begun: &OnceLock<Instant>) -> FailedExchange {
        let asked = Instant::now();
        let mut since = asked;
        loop {
            tokio::time::sleep_until((since + self.timeout).into()).await;
            let now = Instant::now();
            match begun.get() {
                Some(&at) if now - at >= self.timeout => return FailedExchange::timeout(true),
                Some(&at) => since = at,
                None if now - asked >= self.turn_timeout => return FailedExchange::timeout(false),
                None => since = now,
            }
        }
    }
}
