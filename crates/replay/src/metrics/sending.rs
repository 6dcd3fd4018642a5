//! The state of sending, as the target has it.

use std::fmt;
use std::time::{Duration, Instant};

use event_simulator::quantity::show_duration;

/// The state of sending at a moment. Shown, it is a few words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SendingState {
    /// Requests are made.
    #[default]
    Sending,
    /// None are made until then, as the target has asked.
    Paused {
        /// The end of the pause.
        until: Instant,
    },
    /// The target is down, and none are made but probes.
    Outage {
        /// The moment at which it was found to be down.
        since: Instant,
        /// The moment of the next probe.
        next_probe: Instant,
    },
}

impl fmt::Display for SendingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Parts of seconds would only flicker.
        let whole = |time: Duration| Duration::from_secs(time.as_secs_f64().ceil() as u64);
        let show = |time: Duration| match whole(time).as_secs() {
            seconds @ 0..100 => format!("{seconds} s"),
            _ => show_duration(whole(time)),
        };
        let in_time = |at: &Instant| show(at.saturating_duration_since(Instant::now()));
        match self {
            Self::Paused { until } if *until > Instant::now() => {
                write!(f, "paused, as the target asks; going on in {}", in_time(until))
            }
            Self::Sending | Self::Paused { .. } => f.write_str("sending"),
            Self::Outage { since, next_probe } => {
                write!(f, "outage for {}, ", show(since.elapsed()))?;
                if *next_probe > Instant::now() {
                    write!(f, "probing in {}", in_time(next_probe))
                } else {
                    f.write_str("probing now")
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_said_in_words() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let outage = SendingState::Outage { since: now, next_probe: at(2) }.to_string();
        assert!(
            outage.starts_with("outage for ") && outage.ends_with(", probing in 2 s"),
            "{outage}"
        );
        let paused = SendingState::Paused { until: at(30) }.to_string();
        assert_eq!(paused, "paused, as the target asks; going on in 30 s");
        assert_eq!(SendingState::Paused { until: now }.to_string(), "sending");
        assert_eq!(SendingState::default().to_string(), "sending");
    }
}
