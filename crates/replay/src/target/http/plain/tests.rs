//! Responses in pieces, and beside those of another client.

use std::collections::BTreeSet;
use std::convert::Infallible;

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use tokio::io::AsyncWriteExt;

use super::body_decoder::BodyProgress;
use super::response_head::{ParsedHead, ResponseHead};
use crate::config::StatusSet;
use crate::target::http::response::Reader;
use crate::target::secrets::Secrets;

/// Status and body of a response, and whether another may follow.
type Read = (u16, Vec<u8>, bool);

fn reader() -> Reader {
    let (success, secrets) = (StatusSet::default(), Secrets::default());
    Reader { success, answers: None, secrets, proxy: None }
}

/// What a response is that comes in these pieces, behind which the connection ends; none if it is none.
fn read<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> Option<Read> {
    let (reader, mut unread, mut body) = (reader(), BytesMut::new(), Vec::new());
    let mut begun: Option<ResponseHead> = None;
    for piece in pieces {
        unread.extend_from_slice(piece);
        while begun.is_none() {
            match ResponseHead::parse(&unread, false, &reader).ok()? {
                ParsedHead::Partial => break,
                ParsedHead::Interim { bytes } => unread.advance(bytes),
                ParsedHead::Final { head, bytes } => {
                    unread.advance(bytes);
                    begun = Some(head);
                }
            }
        }
        let Some(head) = &mut begun else { continue };
        let take = |part: &[u8]| {
            body.extend_from_slice(part);
            true
        };
        if head.body.decode(&mut unread, take).ok()? == BodyProgress::Ended {
            return Some((head.answer.status(), body, !head.is_last));
        }
    }
    let head = begun.filter(|head| head.body.ends_with_connection())?;
    Some((head.answer.status(), body, false))
}

/// The same by hyper, without whether another may follow.
fn read_by_hyper(response: &[u8]) -> Option<(u16, Vec<u8>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(ours)).await.unwrap();
        let exchange = async {
            let request = Request::new(Empty::<Bytes>::new());
            let sent = sender.send_request(request);
            let answer = async {
                // What comes before the request is no response to it.
                let mut request = [0; 64];
                tokio::io::AsyncReadExt::read(&mut theirs, &mut request).await.unwrap();
                theirs.write_all(response).await.unwrap();
                drop(theirs);
                Ok::<_, Infallible>(())
            };
            let (response, _) = tokio::join!(sent, answer);
            let response = response.ok()?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.ok()?;
            Some((status, body.to_bytes().to_vec()))
        };
        tokio::pin!(exchange);
        tokio::pin!(connection);
        tokio::select! {
            biased;
            read = &mut exchange => read,
            _ = &mut connection => exchange.await,
        }
    })
}

fn chunked(body: &[u8], size: usize, extension: &str, trailer: &str) -> Vec<u8> {
    let mut text = Vec::new();
    for chunk in body.chunks(size) {
        text.extend_from_slice(format!("{:x}{extension}\r\n", chunk.len()).as_bytes());
        text.extend_from_slice(chunk);
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(format!("0\r\n{trailer}\r\n").as_bytes());
    text
}

prop_compose! {
    /// A response, right or nearly so.
    fn response()(
        interim in prop_oneof![4 => Just(""), 1 => Just("HTTP/1.1 103 Early\r\nLink: a\r\n\r\n")],
        version in prop_oneof![4 => Just("1.1"), 1 => Just("1.0")],
        status in prop::sample::select(vec![200_u16, 201, 204, 304, 400, 413, 429, 503]),
        framing in prop::sample::select(vec![
            "", "Content-Length: N", "content-length: N, N", "Content-Length: M", "Content-Length: +N",
            "Content-Length: N\r\nContent-Length: M", "Transfer-Encoding: chunked",
            "transfer-encoding: gzip, Chunked", "Transfer-Encoding: gzip", "Content-Length:",
        ]),
        connection in prop::sample::select(vec!["", "Connection: close\r\n", "Connection: keep-alive\r\n"]),
        body in prop::collection::vec(any::<u8>(), 0..80),
        size in 1_usize..30,
        extension in prop::sample::select(vec!["", ";a=b", " "]),
        trailer in prop::sample::select(vec!["", "X: y\r\n", "broken\r\n"]),
        is_chunked in any::<bool>(),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
        changed in prop::option::weighted(0.2, (any::<prop::sample::Index>(), 0_u8..128)),
    ) -> Vec<u8> {
        let framing = framing.replace('N', &body.len().to_string());
        let framing = framing.replace('M', &(body.len() + 1).to_string());
        let framing = if framing.is_empty() { framing } else { format!("{framing}\r\n") };
        let mut text = format!("{interim}HTTP/{version} {status} Said\r\n{framing}{connection}\r\n").into_bytes();
        if is_chunked || framing.to_ascii_lowercase().contains("chunked") {
            text.extend(chunked(&body, size, extension, trailer));
        } else {
            text.extend(body);
        }
        if let Some((place, byte)) = changed {
            // Of broken trailers hyper says more.
            let place = place.index(text.len().saturating_sub(trailer.len() + 4).max(1));
            text[place] = byte;
        }
        text.truncate(cut.map_or(text.len(), |cut| cut.index(text.len())));
        text
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn a_response_is_the_same_in_whatever_pieces_it_comes(
        response in response(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let whole = read([&response[..]]);
        let cuts: BTreeSet<_> = cuts.iter().map(|cut| cut.index(response.len() + 1)).collect();
        let ends = cuts.iter().copied().chain([response.len()]);
        let mut begin = 0;
        let pieces: Vec<_> = ends
            .map(|end| &response[std::mem::replace(&mut begin, end)..end])
            .collect();
        prop_assert_eq!(read(pieces), whole.clone());
        let bytes = response.chunks(1);
        prop_assert_eq!(read(bytes), whole);
    }

    #[test]
    fn a_response_means_what_another_client_finds_in_it(response in response()) {
        let ours = read([&response[..]]);
        let ours = ours.map(|(status, body, _)| (status, body));
        prop_assert_eq!(ours, read_by_hyper(&response), "{:?}", String::from_utf8_lossy(&response));
    }
}

#[test]
fn only_a_whole_response_by_a_connection_that_stays_lets_another_follow() {
    for (response, is_reusable) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", true),
        ("HTTP/1.1 204 None\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", true),
        ("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\n{}", true),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", false),
        ("HTTP/1.1 200 OK\r\nConnection: te, Close\r\nContent-Length: 2\r\n\r\n{}", false),
        ("HTTP/1.1 101 Switching\r\n\r\n", false),
    ] {
        let (_, _, found) = read([response.as_bytes()]).unwrap();
        assert_eq!(found, is_reusable, "{response}");
    }
}

/// No response takes memory without end before it has said anything.
#[test]
fn what_never_ends_is_no_response() {
    let long = "x".repeat(300_000);
    for response in [
        format!("HTTP/1.1 200 OK\r\nX: {long}"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;{long}"),
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: {long}"),
    ] {
        let pieces = response.as_bytes().chunks(4_096);
        assert_eq!(read(pieces.chain([&b"\r\n\r\n\r\n\r\n"[..]])), None);
    }
}
