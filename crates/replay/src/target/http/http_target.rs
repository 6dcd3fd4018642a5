//! The target that speaks HTTP.

use std::io;

use bytes::Bytes;
use reqwest::Client;
use reqwest::header::HeaderValue;

use super::request_template::RequestTemplate;
use super::secrets::Secrets;
use super::{body, client, response};
use crate::config::{BatchFormat, HttpConfig, StatusSet};
use crate::error::ReplayError;
use crate::schedule::ScheduledEvent;
use crate::target::interface::{Attempt, Target};
use event_simulator_timeline::Compression;

/// An API that takes events by HTTP.
pub(crate) struct HttpTarget {
    client: Client,
    template: RequestTemplate,
    secrets: Secrets,
    success: StatusSet,
    body_format: body::BodyFormat,
    compression: Compression,
    is_insecure: bool,
}

/// A body as it is sent, and the key by which a repeated request is known.
pub(crate) struct HttpRequest {
    body: Bytes,
    key: Option<HeaderValue>,
}

impl HttpTarget {
    /// Reads secrets from the environment and certificates from files. There may be so many
    /// connections at one time; `is_batched` if requests may have more than one event.
    pub(crate) fn new(
        config: &HttpConfig,
        connections: usize,
        is_batched: bool,
    ) -> Result<Self, ReplayError> {
        let mut secrets = Secrets::default();
        let url = secrets.resolve("url", &config.url)?;
        let client = client::client(config, &url, connections, &mut secrets)?;
        let template = RequestTemplate::new(config, &url, &client, &mut secrets)?;
        let body_format = match config.batch_format {
            BatchFormat::Json if !is_batched => body::BodyFormat::Single,
            BatchFormat::Json => body::BodyFormat::Array,
            BatchFormat::Ndjson => body::BodyFormat::Lines,
        };
        Ok(Self {
            client,
            template,
            secrets,
            success: config.success.clone(),
            body_format,
            compression: config.compression,
            is_insecure: config.tls.insecure,
        })
    }
}

impl Target for HttpTarget {
    type Request = HttpRequest;

    fn request(&self, events: &[ScheduledEvent]) -> io::Result<HttpRequest> {
        let body = body::compressed(body::encode(events, self.body_format), self.compression)?;
        Ok(HttpRequest { body, key: body::key(events) })
    }

    fn request_bytes(&self, request: &HttpRequest) -> usize {
        request.body.len()
    }

    async fn send(&self, request: &HttpRequest) -> Attempt {
        let request = self.template.request(request.body.clone(), request.key.as_ref());
        match self.client.execute(request).await {
            Ok(found) => response::attempt(found, &self.success, &self.secrets).await,
            Err(error) => response::no_response(&error, &self.secrets),
        }
    }

    fn address(&self) -> String {
        self.secrets.mask(self.template.url().as_str()).into_owned()
    }

    fn health_check(&self) -> String {
        let mut url = self.template.url().clone();
        url.set_path("/health");
        url.set_query(None);
        format!("curl {}", self.secrets.mask(url.as_str()))
    }

    /// The body is shown as it is before compression.
    fn shown_request(&self, events: &[ScheduledEvent]) -> String {
        let request = self.template.request(Bytes::new(), body::key(events).as_ref());
        let mut text = format!("{} {}\n", request.method(), self.address());
        for (name, value) in request.headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            text.push_str(name.as_str());
            text.push_str(": ");
            text.push_str(&self.secrets.mask(&value));
            text.push('\n');
        }
        text.push('\n');
        let body = body::encode(events, self.body_format);
        text.push_str(&self.secrets.mask(&String::from_utf8_lossy(&body)));
        text
    }

    fn warning(&self) -> Option<&'static str> {
        self.is_insecure.then_some(
            "WARNING: --insecure accepts any certificate: anybody on the way can read and change \
             what is sent",
        )
    }
}
