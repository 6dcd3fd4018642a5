//! The HTTP client: connections, certificates, proxy.

use std::path::Path;

use reqwest::{Certificate, Client, ClientBuilder, Identity, Proxy};

use super::proxy;
use super::response::innermost_cause;
use crate::config::{HttpUrl, HttpVersion, TargetConfig, TlsConfig};
use crate::error::ReplayError;
use crate::target::secrets::Secrets;

/// A client, and the proxy that it goes through, if any, without credentials.
pub(super) struct ProxiedClient {
    pub(super) client: Client,
    pub(super) proxy: Option<String>,
}

/// A client for requests to `url`, which keeps up to so many connections.
pub(super) fn client(
    config: &TargetConfig,
    url: &HttpUrl,
    connections: usize,
    secrets: &mut Secrets,
) -> Result<ProxiedClient, ReplayError> {
    // Another user of this process may have installed one already; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .connect_timeout(config.timeout())
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(connections)
        .tls_danger_accept_invalid_certs(config.tls.insecure);
    builder = match config.http.version {
        HttpVersion::Auto => builder,
        HttpVersion::Http1 => builder.http1_only(),
        HttpVersion::Http2 => builder.http2_prior_knowledge().http2_adaptive_window(true),
    };
    let proxy = match &config.http.proxy {
        Some(proxy) => {
            let proxy = secrets.resolve("proxy", proxy)?;
            proxy::add_credentials(proxy.as_str(), secrets);
            builder = builder.proxy(Proxy::all(proxy.as_str()).map_err(|error| invalid(&error))?);
            Some(proxy::without_credentials(proxy.as_str()))
        }
        None => proxy::of_environment(url.as_url(), secrets),
    };
    if config.http.proxy.is_none() && proxy::is_loopback(url.as_url()) {
        builder = builder.no_proxy();
    }
    let client = certificates(&config.tls, builder)?.build().map_err(|error| invalid(&error))?;
    Ok(ProxiedClient { client, proxy })
}

fn certificates(
    config: &TlsConfig,
    mut builder: ClientBuilder,
) -> Result<ClientBuilder, ReplayError> {
    if let Some(path) = &config.ca_cert {
        let certificates = Certificate::from_pem_bundle(&read(path)?);
        let certificates = certificates.ok().filter(|found| !found.is_empty());
        let wrong = || ReplayError::Config(format!("{}: no PEM certificate in it", path.display()));
        builder = builder.tls_certs_merge(certificates.ok_or_else(wrong)?);
    }
    if let Some(client) = &config.client {
        let mut pem = read(&client.certificate)?;
        if let Some(key) = &client.key {
            pem.push(b'\n');
            pem.extend(read(key)?);
        }
        let identity = Identity::from_pem(&pem).map_err(|_| {
            let path = client.certificate.display();
            ReplayError::Config(format!("{path}: a PEM certificate and its key are needed"))
        })?;
        builder = builder.identity(identity);
    }
    Ok(builder)
}

fn read(path: &Path) -> Result<Vec<u8>, ReplayError> {
    std::fs::read(path)
        .map_err(|source| ReplayError::Config(format!("{}: {source}", path.display())))
}

fn invalid(error: &reqwest::Error) -> ReplayError {
    ReplayError::Config(format!("the client cannot be built: {}", innermost_cause(error)))
}
