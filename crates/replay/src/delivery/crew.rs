//! The tasks that deliver units.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Courier, Settled, Unit};

/// Tasks that each deliver one unit after the other. A task that is done is kept for the next unit:
/// to start one costs several times what it costs to wake one.
pub(in super::super) struct Crew {
    courier: Arc<Courier>,
    members: Vec<mpsc::UnboundedSender<Unit>>,
    idle: Vec<usize>,
    done: mpsc::UnboundedSender<Done>,
    returned: mpsc::UnboundedReceiver<Done>,
    arrived: Vec<Done>,
}

struct Done {
    member: usize,
    settled: Settled,
}

impl Crew {
    pub(in super::super) fn new(courier: Courier) -> Self {
        let (done, returned) = mpsc::unbounded_channel();
        let courier = Arc::new(courier);
        Self { courier, members: Vec::new(), idle: Vec::new(), done, returned, arrived: Vec::new() }
    }

    /// Has `unit` delivered, at once.
    pub(in super::super) fn send(&mut self, unit: Unit) {
        let member = self.idle.pop().unwrap_or_else(|| self.hire());
        if let Some(units) = self.members.get(member) {
            // A member ends only with the crew.
            let _ = units.send(unit);
        }
    }

    fn hire(&mut self) -> usize {
        let member = self.members.len();
        let (units, mut given) = mpsc::unbounded_channel();
        self.members.push(units);
        let (courier, done) = (Arc::clone(&self.courier), self.done.clone());
        tokio::spawn(async move {
            while let Some(unit) = given.recv().await {
                let settled = courier.deliver(unit).await;
                if done.send(Done { member, settled }).is_err() {
                    return;
                }
            }
        });
        member
    }

    /// Waits for units that are settled, and adds up to `limit` of them to `settled`. May be
    /// cancelled without loss.
    pub(in super::super) async fn collect(&mut self, settled: &mut Vec<Settled>, limit: usize) {
        self.returned.recv_many(&mut self.arrived, limit).await;
        for done in self.arrived.drain(..) {
            self.idle.push(done.member);
            settled.push(done.settled);
        }
    }
}
