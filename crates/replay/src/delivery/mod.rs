//! Delivery of events: who is sent next, requests with their retries, and what becomes of each event.
//!
//! The [`Dispatcher`] takes what is due, keeps lanes and bounds, and settles what is done. A
//! [`WorkerPool`] has the tasks that wait for the target, all of them through one [`Sender`], whose
//! circuit breaker and retry budget see every try.

mod batch_delivery;
mod circuit_breaker;
mod dispatcher;
mod refusals;
mod retry_budget;
mod sender;
mod settled_batch;
mod settled_event;
mod tries;
mod worker_pool;

pub(crate) use dispatcher::Dispatcher;
pub(crate) use sender::Sender;
