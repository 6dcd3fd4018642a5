//! Ctrl+C and SIGTERM, for commands that finish what they are doing.

use std::io;
use std::thread;

use tokio::sync::watch;

use super::Failure;

/// Tells whether Ctrl+C was pressed or SIGTERM came. A second one ends the program at once.
#[derive(Clone, Debug)]
pub(super) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens from now on.
    pub(super) fn listen() -> Result<Self, Failure> {
        let (sender, pressed) = watch::channel(false);
        on_request(move |is_first| {
            if is_first {
                sender.send_replace(true);
            } else {
                std::process::exit(130);
            }
        })?;
        Ok(Self(pressed))
    }

    pub(super) fn is_pressed(&self) -> bool {
        *self.0.borrow()
    }
}

/// Calls `heed` at every request to end from now on, on a thread of its own, and says whether it is
/// the first.
pub(super) fn on_request(heed: impl Fn(bool) + Send + 'static) -> Result<(), Failure> {
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

/// Requests to end: Ctrl+C or SIGTERM.
#[cfg(unix)]
pub(super) struct Requests {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Requests {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Requests to end: Ctrl+C.
#[cfg(windows)]
pub(super) struct Requests(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Requests {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    pub(super) async fn next(&mut self) {
        self.0.recv().await;
    }
}
