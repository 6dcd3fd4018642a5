//! The parts of a request that are the same for every event.

use event_simulator::wire::KeyPlace;
use event_simulator_timeline::Compression;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap,
    HeaderName, HeaderValue, USER_AGENT,
};
use reqwest::{Body, Client, Method, Request, Url};

use super::response::innermost_cause;
use crate::config::{Auth, BatchFormat, HttpUrl, TargetConfig};
use crate::error::ReplayError;
use crate::target::secrets::Secrets;

/// A request but for its body and key.
pub(super) struct RequestTemplate {
    method: Method,
    url: Url,
    /// The first line by HTTP/1.1.
    request_line: String,
    headers: HeaderMap,
    /// With a place for the key, because to make one for each request costs more than to fill it.
    headers_with_key: HeaderMap,
}

/// Room for a head of the usual length.
const HEAD_BYTES: usize = 512;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

impl RequestTemplate {
    /// A template for requests to `url`. Reads secrets from the environment.
    pub(super) fn new(
        config: &TargetConfig,
        url: &HttpUrl,
        key: Option<&str>,
        client: &Client,
        secrets: &mut Secrets,
    ) -> Result<Self, ReplayError> {
        secrets.add_user_info(url.as_url());
        secrets.add_query(url.as_url());
        let headers = headers(config, secrets)?;
        let mut requested = url.as_url().clone();
        if config.auth.is_some() || headers.contains_key(AUTHORIZATION) {
            // What was asked for by an option wins; two would be sent otherwise.
            let _ = requested.set_username("");
            let _ = requested.set_password(None);
        }
        let mut builder = client.request(config.http.method.clone(), requested);
        match &config.auth {
            None => {
                let place = config.format.wire().map(|format| format.key_place);
                if let Some(key) = key.filter(|_| place == Some(KeyPlace::BasicUser)) {
                    secrets.add_basic(key, "");
                    builder = builder.basic_auth(key, Some(""));
                }
            }
            Some(Auth::Bearer(token)) => {
                let token = secrets.resolve("bearer", token)?;
                secrets.add(token.as_str());
                builder = builder.bearer_auth(token.as_str());
            }
            Some(Auth::Basic(credentials)) => {
                let credentials = secrets.resolve("basic", credentials)?;
                secrets.add_basic(&credentials.user, &credentials.password);
                builder = builder.basic_auth(&credentials.user, Some(&credentials.password));
            }
        }
        let request = builder.headers(headers).build().map_err(|error| {
            let cause = innermost_cause(&error);
            ReplayError::Config(format!("the request cannot be built: {cause}"))
        })?;
        let headers = request.headers().clone();
        let mut headers_with_key = headers.clone();
        headers_with_key.insert(IDEMPOTENCY_KEY, HeaderValue::from_static(""));
        let query = request.url().query().map(|query| format!("?{query}")).unwrap_or_default();
        let request_line =
            format!("{} {}{query} HTTP/1.1\r\n", request.method(), request.url().path());
        Ok(Self {
            request_line,
            method: request.method().clone(),
            url: request.url().clone(),
            headers,
            headers_with_key,
        })
    }

    /// Has requests say which host they are for, unless an option does.
    pub(super) fn name_host(&mut self, host: &HeaderValue) {
        for headers in [&mut self.headers, &mut self.headers_with_key] {
            headers.entry(HOST).or_insert_with(|| host.clone());
        }
    }

    /// The headers of a request, with some of its own.
    pub(super) fn headers(&self, key: Option<&HeaderValue>, own: &HeaderMap) -> HeaderMap {
        let mut headers = match key {
            Some(key) => {
                let mut headers = self.headers_with_key.clone();
                headers.insert(IDEMPOTENCY_KEY, key.clone());
                headers
            }
            None => self.headers.clone(),
        };
        for (name, value) in own {
            headers.insert(name, value.clone());
        }
        headers
    }

    /// The head of a request by HTTP/1.1, in bytes: what [`Self::headers`] gives, with the body's length.
    pub(super) fn head(
        &self,
        key: Option<&HeaderValue>,
        own: &HeaderMap,
        length: usize,
    ) -> Vec<u8> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        head.extend_from_slice(self.request_line.as_bytes());
        let is_free = |name: &HeaderName| !own.contains_key(name);
        let common = self.headers.iter().filter(|(name, _)| is_free(name));
        for (name, value) in common.filter(|(name, _)| key.is_none() || *name != IDEMPOTENCY_KEY) {
            add_header(&mut head, name.as_str(), value.as_bytes());
        }
        if let Some(key) = key.filter(|_| is_free(&IDEMPOTENCY_KEY)) {
            add_header(&mut head, IDEMPOTENCY_KEY.as_str(), key.as_bytes());
        }
        for (name, value) in own {
            add_header(&mut head, name.as_str(), value.as_bytes());
        }
        add_header(
            &mut head,
            CONTENT_LENGTH.as_str(),
            itoa::Buffer::new().format(length).as_bytes(),
        );
        head.extend_from_slice(b"\r\n");
        head
    }

    /// The request for `body`.
    pub(super) fn request(&self, headers: HeaderMap, body: Body) -> Request {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = headers;
        *request.body_mut() = Some(body);
        request
    }

    /// A request that changes nothing, by which the target shows that it answers.
    pub(super) fn without_events(&self) -> Request {
        let mut request = Request::new(Method::OPTIONS, self.url.clone());
        request.headers_mut().clone_from(&self.headers);
        request.headers_mut().remove(CONTENT_TYPE);
        request.headers_mut().remove(CONTENT_ENCODING);
        request
    }

    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }
}

fn add_header(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        head.extend_from_slice(part);
    }
}

fn headers(config: &TargetConfig, secrets: &mut Secrets) -> Result<HeaderMap, ReplayError> {
    let media_type = match config.http.batch_format {
        _ if let Some(format) = config.format.wire() => format.content_type,
        BatchFormat::Json => "application/json",
        BatchFormat::Ndjson => "application/x-ndjson",
    };
    let encoding = match config.compression {
        Compression::None => None,
        Compression::Gzip => Some("gzip"),
        Compression::Zstd => Some("zstd"),
    };
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    headers.insert(USER_AGENT, config.http.user_agent.clone());
    for header in &config.http.headers {
        let mut value = secrets.resolve(header.name.as_str(), &header.value)?;
        secrets.add_header(header.name.as_str(), &mut value);
        headers.insert(header.name.clone(), value);
    }
    Ok(headers)
}
