//! Ctrl+C and SIGTERM as a flag, for commands that finish what they are doing.

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
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .map_err(Failure::io("cannot listen for Ctrl+C"))?;
        thread::spawn(move || runtime.block_on(wait(&sender)));
        Ok(Self(pressed))
    }

    pub(super) fn is_pressed(&self) -> bool {
        *self.0.borrow()
    }

    /// Becomes true when [`Self::is_pressed`] does.
    pub(super) fn watch(&self) -> watch::Receiver<bool> {
        self.0.clone()
    }
}

async fn wait(pressed: &watch::Sender<bool>) -> io::Result<()> {
    request_to_end().await?;
    pressed.send_replace(true);
    request_to_end().await?;
    std::process::exit(130)
}

#[cfg(unix)]
async fn request_to_end() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn request_to_end() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
