//! The HTTP client and the parts of a request that are the same for every event.

use std::path::Path;
use std::str::FromStr;

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    USER_AGENT,
};
use reqwest::{Certificate, Client, ClientBuilder, Identity, Method, Proxy, Request, Url};

use super::super::ReplayError;
use super::super::options::{BatchFormat, Compression, HttpVersion, Options};
use super::loopback::is_loopback;
use super::secrets::Secrets;

/// A client, and the request that it sends but for body and key.
pub(super) struct Template {
    pub(super) client: Client,
    method: Method,
    url: Url,
    headers: HeaderMap,
    /// With a place for the key, because to make one for each request costs more than to fill it.
    headers_with_key: HeaderMap,
    pub(super) secrets: Secrets,
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

impl Template {
    /// Reads secrets from the environment and certificates from files.
    pub(super) fn new(options: &Options) -> Result<Self, ReplayError> {
        let mut secrets = Secrets::default();
        let url = secrets.expand(&options.url)?;
        let url = Url::parse(&url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| {
            let example = "http://localhost:8000/api/events";
            ReplayError::Options(format!("{:?} is not a URL such as {example}", options.url))
        })?;
        if let Some(password) = url.password() {
            secrets.add(password);
        }
        let method = Method::from_str(&options.method.to_ascii_uppercase()).map_err(|_| {
            ReplayError::Options(format!("{:?} is not an HTTP method", options.method))
        })?;
        let client = client(options, &url, &mut secrets)?;
        let headers = headers(options, &mut secrets)?;
        let mut builder = client.request(method, url);
        if let Some(token) = &options.bearer {
            let token = secrets.expand(token)?;
            secrets.add(&token);
            builder = builder.bearer_auth(token);
        }
        if let Some(basic) = &options.basic {
            let basic = secrets.expand(basic)?;
            let (user, password) = basic.split_once(':').ok_or_else(|| {
                ReplayError::Options("basic authentication needs user:password".to_owned())
            })?;
            secrets.add(password);
            builder = builder.basic_auth(user, Some(password));
        }
        let request = builder.headers(headers).build().map_err(|error| invalid(&error))?;
        for value in request.headers().get_all(AUTHORIZATION) {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            secrets.add(value.split_once(' ').map_or(value.as_str(), |(_, token)| token));
        }
        // What was looked at above was told with its value; this is the rest.
        if let Some((name, reason)) = options.problems().into_iter().next() {
            return Err(ReplayError::Options(format!("{name}: {reason}")));
        }
        let headers = request.headers().clone();
        let mut headers_with_key = headers.clone();
        headers_with_key.insert(IDEMPOTENCY_KEY, HeaderValue::from_static(""));
        Ok(Self {
            client,
            method: request.method().clone(),
            url: request.url().clone(),
            headers,
            headers_with_key,
            secrets,
        })
    }

    /// The request for `body`.
    pub(super) fn request(&self, body: Bytes, key: Option<&HeaderValue>) -> Request {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        let headers = request.headers_mut();
        match key {
            Some(key) => {
                headers.clone_from(&self.headers_with_key);
                headers.insert(IDEMPOTENCY_KEY, key.clone());
            }
            None => headers.clone_from(&self.headers),
        }
        *request.body_mut() = Some(body.into());
        request
    }

    /// The URL as it may be shown.
    pub(super) fn shown_url(&self) -> String {
        self.secrets.mask(self.url.as_str()).into_owned()
    }

    /// How to see by hand whether the target is up.
    pub(super) fn health_check(&self) -> String {
        let mut url = self.url.clone();
        url.set_path("/health");
        url.set_query(None);
        format!("curl {}", self.secrets.mask(url.as_str()))
    }

    /// The request in full as it may be shown; `body` is not compressed yet.
    pub(super) fn shown_request(&self, body: &[u8], key: Option<&HeaderValue>) -> String {
        let request = self.request(Bytes::new(), key);
        let mut text = format!("{} {}\n", request.method(), self.shown_url());
        for (name, value) in request.headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            text.push_str(name.as_str());
            text.push_str(": ");
            text.push_str(&self.secrets.mask(&value));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.secrets.mask(&String::from_utf8_lossy(body)));
        text
    }
}

fn headers(options: &Options, secrets: &mut Secrets) -> Result<HeaderMap, ReplayError> {
    let is_ndjson = options.batch_format == BatchFormat::Ndjson;
    let media_type = if is_ndjson { "application/x-ndjson" } else { "application/json" };
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    match options.compress {
        Compression::None => {}
        Compression::Gzip => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Compression::Zstd => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("zstd"));
        }
    }
    let user_agent = HeaderValue::from_str(&options.user_agent)
        .map_err(|_| ReplayError::Options("the user agent cannot be a header".to_owned()))?;
    headers.insert(USER_AGENT, user_agent);
    for header in &options.headers {
        let wrong = || ReplayError::Options(format!("{header:?} is not a header 'Name: value'"));
        let (name, value) = header.split_once(':').ok_or_else(wrong)?;
        let name = HeaderName::from_str(name.trim()).map_err(|_| wrong())?;
        let value = secrets.expand(value.trim())?;
        secrets.add_header(name.as_str(), &value);
        let mut value = HeaderValue::from_str(&value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

fn client(options: &Options, url: &Url, secrets: &mut Secrets) -> Result<Client, ReplayError> {
    // Another user of this process may have installed one already; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .timeout(options.timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(options.max_in_flight())
        .tls_danger_accept_invalid_certs(options.insecure);
    builder = match options.http {
        HttpVersion::Auto => builder,
        HttpVersion::Http1 => builder.http1_only(),
        HttpVersion::Http2 => builder.http2_prior_knowledge().http2_adaptive_window(true),
    };
    if let Some(proxy) = &options.proxy {
        let proxy = secrets.expand(proxy)?;
        if let Some(password) =
            Url::parse(&proxy).ok().and_then(|url| url.password().map(str::to_owned))
        {
            secrets.add(&password);
        }
        builder = builder.proxy(Proxy::all(&proxy).map_err(|error| invalid(&error))?);
    } else if is_loopback(url) {
        // The environment's proxy is for other machines.
        builder = builder.no_proxy();
    }
    certificates(options, builder)?.build().map_err(|error| invalid(&error))
}

fn certificates(
    options: &Options,
    mut builder: ClientBuilder,
) -> Result<ClientBuilder, ReplayError> {
    if let Some(path) = &options.ca_cert {
        let certificates = Certificate::from_pem_bundle(&read(path)?);
        let certificates = certificates.ok().filter(|found| !found.is_empty());
        let wrong =
            || ReplayError::Options(format!("{}: no PEM certificate in it", path.display()));
        builder = builder.tls_certs_merge(certificates.ok_or_else(wrong)?);
    }
    if let Some(path) = &options.client_cert {
        let mut pem = read(path)?;
        if let Some(key) = &options.client_key {
            pem.push(b'\n');
            pem.extend(read(key)?);
        }
        let identity = Identity::from_pem(&pem).map_err(|_| {
            let path = path.display();
            ReplayError::Options(format!("{path}: a PEM certificate and its key are needed"))
        })?;
        builder = builder.identity(identity);
    }
    Ok(builder)
}

fn read(path: &Path) -> Result<Vec<u8>, ReplayError> {
    std::fs::read(path)
        .map_err(|source| ReplayError::Options(format!("{}: {source}", path.display())))
}

fn invalid(error: &reqwest::Error) -> ReplayError {
    ReplayError::Options(format!("the request cannot be built: {}", super::answer::explain(error)))
}
