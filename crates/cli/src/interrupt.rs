//! Signals: Ctrl+C, SIGTERM and SIGHUP, for commands that finish what they are doing, and SIGXFSZ.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::failure::Failure;

/// The time that a command has to look whether it is to end, after which it hangs: in a pipe that nobody
/// reads or writes.
const HEED_WITHIN: Duration = Duration::from_secs(1);

/// Tells whether Ctrl+C was pressed, or SIGTERM or SIGHUP came. A second one ends the program at once, as
/// does the first if nobody asks for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<Request>);

#[derive(Debug, Default)]
struct Request {
    is_made: AtomicBool,
    is_heeded: AtomicBool,
}

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let interrupt = Self::default();
        let request = Arc::clone(&interrupt.0);
        on_request(move |is_first| {
            if !is_first {
                std::process::exit(130);
            }
            request.is_made.store(true, Ordering::SeqCst);
            let request = Arc::clone(&request);
            thread::spawn(move || {
                thread::sleep(HEED_WITHIN);
                if !request.is_heeded.load(Ordering::SeqCst) {
                    std::process::exit(130);
                }
            });
        })?;
        Ok(interrupt)
    }

    pub(crate) fn is_pressed(&self) -> bool {
        let is_made = self.0.is_made.load(Ordering::SeqCst);
        if is_made {
            self.0.is_heeded.store(true, Ordering::SeqCst);
        }
        is_made
    }
}

/// Calls `heed` at every request to end from now on, on a thread of its own, and says whether it is
/// the first.
pub(crate) fn on_request(heed: impl Fn(bool) + Send + 'static) -> Result<(), Failure> {
    let failed = || Failure::io("cannot listen for Ctrl+C");
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(failed())?;
    // Not by the thread: until it ran, Ctrl+C would end the program at once.
    let mut requests = runtime.block_on(async { Requests::listen() }).map_err(failed())?;
    let heed_all = async move {
        requests.next().await;
        heed(true);
        loop {
            requests.next().await;
            heed(false);
        }
    };
    let listen = move || runtime.block_on(heed_all);
    thread::Builder::new().name("signals".to_owned()).spawn(listen).map_err(failed())?;
    Ok(())
}

/// Makes a write beyond the limit of a file's size (`ulimit -f`) fail, as one to a full disk does. Left
/// alone, SIGXFSZ would end the program at once, with half a request kept or a temporary file left.
#[cfg(unix)]
pub(crate) fn catch_file_size_limit() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let file_size_limit = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
    // The handler stays for as long as the program runs. A command that the program starts has none.
    runtime.block_on(async { signal(file_size_limit) }).map(drop)
}

/// Other systems have no such limit.
#[cfg(windows)]
pub(crate) fn catch_file_size_limit() -> io::Result<()> {
    Ok(())
}

/// Requests to end: Ctrl+C, SIGTERM, and SIGHUP unless it is ignored, as under `nohup`.
#[cfg(unix)]
pub(crate) struct Requests {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Requests {
    /// Listens from now on.
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hang_up = (!is_hang_up_ignored()).then(|| signal(SignalKind::hangup())).transpose()?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())?, hang_up })
    }

    pub(crate) async fn next(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(hang_up) => hang_up.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hang_up => {}
        }
    }
}

/// True if this process was started so that SIGHUP does not end it, where the system tells.
#[cfg(unix)]
fn is_hang_up_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let hang_up = rustix::process::Signal::HUP.as_raw();
    ignored.is_some_and(|mask| mask >> (hang_up - 1) & 1 == 1)
}

/// Requests to end: Ctrl+C.
#[cfg(windows)]
pub(crate) struct Requests(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Requests {
    /// Listens from now on.
    pub(crate) fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    pub(crate) async fn next(&mut self) {
        self.0.recv().await;
    }
}
