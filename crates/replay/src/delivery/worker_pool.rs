//! The tasks that deliver batches.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::sender::Sender;
use super::settled_batch::SettledBatch;
use crate::schedule::Batch;
use crate::target::Target;

/// Tasks that each deliver one batch after the other. A task that is done is kept for the next batch:
/// to start one costs several times what it costs to wake one.
pub(super) struct WorkerPool<T> {
    sender: Arc<Sender<T>>,
    workers: Vec<mpsc::UnboundedSender<Batch>>,
    idle: Vec<usize>,
    done: mpsc::UnboundedSender<Done>,
    returned: mpsc::UnboundedReceiver<Done>,
    arrived: Vec<Done>,
}

struct Done {
    worker: usize,
    settled: SettledBatch,
}

impl<T: Target> WorkerPool<T> {
    pub(super) fn new(sender: Sender<T>) -> Self {
        let (done, returned) = mpsc::unbounded_channel();
        let sender = Arc::new(sender);
        Self { sender, workers: Vec::new(), idle: Vec::new(), done, returned, arrived: Vec::new() }
    }

    /// Has `batch` delivered, at once.
    pub(super) fn deliver(&mut self, batch: Batch) {
        let worker = self.idle.pop().unwrap_or_else(|| self.spawn_worker());
        // A worker ends only with the pool.
        let _ = self.workers[worker].send(batch);
    }

    fn spawn_worker(&mut self) -> usize {
        let worker = self.workers.len();
        let (batches, mut given) = mpsc::unbounded_channel();
        self.workers.push(batches);
        let (sender, done) = (Arc::clone(&self.sender), self.done.clone());
        tokio::spawn(async move {
            while let Some(batch) = given.recv().await {
                let settled = sender.deliver(batch).await;
                if done.send(Done { worker, settled }).is_err() {
                    return;
                }
            }
        });
        worker
    }

    /// Waits for batches that are settled, and adds up to `limit` of them to `settled`. May be
    /// cancelled without loss.
    pub(super) async fn collect(&mut self, settled: &mut Vec<SettledBatch>, limit: usize) {
        self.returned.recv_many(&mut self.arrived, limit).await;
        for done in self.arrived.drain(..) {
            self.idle.push(done.worker);
            settled.push(done.settled);
        }
    }
}
