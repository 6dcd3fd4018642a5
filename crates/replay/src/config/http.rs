//! The configuration of a target that speaks HTTP.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use event_simulator::wire::{KeyPlace, WireFormat};
use reqwest::header::{CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use reqwest::{Method, Proxy, Url};

use super::choice::{BatchFormat, HttpVersion};
use super::interpolated::Interpolated;
use super::status_set::StatusSet;

/// The text that `url` has by default.
pub(super) const DEFAULT_URL: &str = "http://localhost:8000/api/events";

/// The form of requests.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpConfig {
    /// HTTP method.
    pub method: Method,
    /// Status codes that mean delivered.
    pub success: StatusSet,
    /// Extra headers.
    pub headers: Vec<RequestHeader>,
    /// The `User-Agent` header.
    pub user_agent: HeaderValue,
    /// Version of HTTP.
    pub version: HttpVersion,
    /// Proxy for all requests; without it the environment's (`http_proxy`, ...) is used.
    pub proxy: Option<Interpolated<ProxyUrl>>,
    /// Form of a batch.
    pub batch_format: BatchFormat,
}

/// The text that `user_agent` has by default.
pub(super) const DEFAULT_USER_AGENT: &str = concat!("EventSimulator/", env!("CARGO_PKG_VERSION"));

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            method: Method::POST,
            success: StatusSet::default(),
            headers: Vec::new(),
            user_agent: HeaderValue::from_static(DEFAULT_USER_AGENT),
            version: HttpVersion::Auto,
            proxy: None,
            batch_format: BatchFormat::Json,
        }
    }
}

/// Certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsConfig {
    /// PEM file with certificate authorities to trust besides the system's.
    pub ca_cert: Option<PathBuf>,
    /// The client's certificate.
    pub client: Option<ClientIdentity>,
    /// Any server certificate is accepted. Dangerous.
    pub insecure: bool,
}

impl TlsConfig {
    /// The files that are read.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let client = self.client.iter();
        let client = client.flat_map(|client| [Some(&client.certificate), client.key.as_ref()]);
        client.flatten().chain(&self.ca_cert).map(PathBuf::as_path)
    }
}

/// PEM files by which a client shows who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdentity {
    /// The certificate, and the private key unless `key` has it.
    pub certificate: PathBuf,
    /// The private key.
    pub key: Option<PathBuf>,
}

/// An `http` or `https` URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl(Url);

impl HttpUrl {
    pub(crate) fn as_url(&self) -> &Url {
        &self.0
    }

    /// The URL at which a format's receiver takes batches: without a path of its own it gets the vendor's.
    pub(crate) fn of_format(&self, format: &WireFormat, key: Option<&str>) -> Self {
        let mut url = self.0.clone();
        if url.path() == "/" || url.as_str() == DEFAULT_URL {
            let (path, query) = format.path.split_once('?').unwrap_or((format.path, ""));
            url.set_path(path);
            if !query.is_empty() && url.query().is_none() {
                url.set_query(Some(query));
            }
        }
        if let (KeyPlace::Query(name), Some(key)) = (format.key_place, key) {
            url.query_pairs_mut().append_pair(name, key);
        }
        Self(url)
    }
}

impl FromStr for HttpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.map(Self)
            .ok_or_else(|| "this is not a URL such as http://localhost:8000/api/events".to_owned())
    }
}

/// The URL of a proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(String);

impl ProxyUrl {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProxyUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Proxy::all(text).map_err(|_| "this is not a proxy such as http://proxy:3128".to_owned())?;
        Ok(Self(text.to_owned()))
    }
}

/// An extra header, written `Name: value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHeader {
    /// Its name.
    pub name: HeaderName,
    /// Its value.
    pub value: Interpolated<HeaderValue>,
}

impl FromStr for RequestHeader {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a header is \"Name: value\"".to_owned();
        let (name, value) = text.split_once(':').ok_or_else(wrong)?;
        let name = HeaderName::from_str(name.trim()).map_err(|_| wrong())?;
        if [CONTENT_LENGTH, TRANSFER_ENCODING].contains(&name) {
            return Err("each request says itself how long its body is: leave Content-Length and \
                        Transfer-Encoding out"
                .to_owned());
        }
        let value = value.trim();
        if !value.contains("${") {
            HeaderValue::from_str(value).map_err(|_| wrong())?;
        }
        Ok(Self { name, value: value.parse()? })
    }
}

/// The way in which requests are authorized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer`.
    Bearer(Interpolated<BearerToken>),
    /// `Authorization: Basic`.
    Basic(Interpolated<BasicCredentials>),
}

/// A token that can stand in a header.
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken(String);

impl BearerToken {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BearerToken {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        HeaderValue::from_str(text).map_err(|_| "a token cannot have control characters")?;
        Ok(Self(text.to_owned()))
    }
}

/// A user's name and password, written `user:password`.
#[derive(Clone, PartialEq, Eq)]
pub struct BasicCredentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl FromStr for BasicCredentials {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once(':').ok_or("basic authentication needs user:password")?;
        Ok(Self { user: parts.0.to_owned(), password: parts.1.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_is_refused_without_repeating_it() {
        let wrong = [
            "htp://me:secret@h/x".parse::<Interpolated<HttpUrl>>().err(),
            "http://me:secret@h/${A".parse::<Interpolated<HttpUrl>>().err(),
            "Authorization secret".parse::<RequestHeader>().err(),
            "Auth orization: secret".parse::<RequestHeader>().err(),
            "X: sec\nret".parse::<RequestHeader>().err(),
            "Content-Length: 5".parse::<RequestHeader>().err(),
            "secret".parse::<BasicCredentials>().err(),
            "secret\n1".parse::<BearerToken>().err(),
            "http://secret:@:x/".parse::<ProxyUrl>().err(),
        ];
        for (number, reason) in wrong.into_iter().enumerate() {
            let reason = reason.unwrap_or_else(|| panic!("{number} was taken"));
            assert!(!reason.contains("secret"), "{reason}");
        }
    }
}
