//! Ctrl+C as a flag, for commands that finish what they are doing.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::Failure;

/// Tells whether Ctrl+C was pressed. A second one ends the program at once.
#[derive(Clone, Debug)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub(super) fn listen() -> Result<Self, Failure> {
        let pressed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&pressed);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .map_err(Failure::io("cannot listen for Ctrl+C"))?;
        thread::spawn(move || runtime.block_on(wait(&flag)));
        Ok(Self(pressed))
    }

    pub(super) fn is_pressed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

async fn wait(pressed: &AtomicBool) -> io::Result<()> {
    tokio::signal::ctrl_c().await?;
    pressed.store(true, Ordering::Relaxed);
    tokio::signal::ctrl_c().await?;
    std::process::exit(130)
}
