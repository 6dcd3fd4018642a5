//! The speed of the HTTP library by itself: the same requests as `replay` sends, from memory, without
//! lanes, statistics or a journal. `benches/replay.sh` runs it to compare with.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;

const CONNECTIONS: usize = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| one != "--bench").collect();
    let [url, file] = arguments.as_slice() else {
        println!("usage: bare_client URL FILE (see benches/replay.sh)");
        return Ok(());
    };
    let text = std::fs::read(file)?;
    let lines = text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let lines: Vec<Bytes> = lines.map(Bytes::copy_from_slice).collect();
    let count = lines.len() as f64;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().pool_max_idle_per_host(CONNECTIONS).build()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let begun = Instant::now();
    runtime.block_on(tokio::task::LocalSet::new().run_until(send_all(client, url, lines)))?;
    println!("{:.0}", count / begun.elapsed().as_secs_f64());
    Ok(())
}

async fn send_all(client: reqwest::Client, url: &str, lines: Vec<Bytes>) -> reqwest::Result<()> {
    let lines = Rc::new(RefCell::new(lines.into_iter()));
    let send = |client: reqwest::Client, url: String, lines: Rc<RefCell<std::vec::IntoIter<_>>>| async move {
        loop {
            let Some(line) = lines.borrow_mut().next() else { return Ok::<(), reqwest::Error>(()) };
            let request = client.post(&url).header(CONTENT_TYPE, "application/json");
            request.body::<Bytes>(line).send().await?.error_for_status()?.bytes().await?;
        }
    };
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::task::spawn_local(send(client.clone(), url.to_owned(), Rc::clone(&lines))))
        .collect();
    for task in tasks {
        task.await.unwrap_or(Ok(()))?;
    }
    Ok(())
}
