//! What belongs together in a timeline, and what cannot stand alone.

use std::collections::{HashMap, HashSet};
use std::io;

use event_simulator::event_type;
use event_simulator::expectations::leads_on;
use event_simulator::wire::scan;

use super::Lines;

/// The user and the session of each line, and the lines that it needs.
///
/// The rule that keeps a session well-formed while events are left out:
///
/// - every event needs the `session_created` of its session;
/// - an action or an exit needs the `page_visited` of the page on which it happens: the last one
///   before it in its session;
/// - a `link_click` that leads on (`props.target` is not `_blank`) needs the `page_visited` to which
///   it leads: the next one in its session, if no `page_closed` lies between.
///
/// What is not there in the first place, as in a part cut out of a timeline, is not needed. A line
/// that does not say whose it is, or that is not JSON, stands for itself: it may be the one that a
/// pipeline stumbles over.
#[derive(Clone, Debug, Default)]
pub struct Structure {
    lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    user: u32,
    session: u32,
    needs: [Option<u32>; 2],
    is_event: bool,
}

/// How large a choice of lines is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Users of whom there are events.
    pub users: usize,
    /// Sessions of which there are events.
    pub sessions: usize,
    /// Lines that are events: those with a `user_id`, a `session_id` and an `event_type`.
    pub events: usize,
    /// Lines that are not.
    pub other_lines: usize,
}

impl Structure {
    /// Looks at each line once.
    ///
    /// # Errors
    ///
    /// What reading the lines gives.
    pub fn of(lines: &Lines) -> io::Result<Self> {
        let (mut users, mut sessions) = (Numbers::default(), Numbers::default());
        let mut open: HashMap<u32, OpenSession> = HashMap::new();
        let mut found: Vec<Line> = Vec::new();
        let mut reader = lines.reader();
        for number in lines.all() {
            let names = ["user_id", "session_id", "event_type", "props"];
            let [user, session, kind, props] =
                scan::members(reader.get(number)?, names).unwrap_or_default();
            let is_event = user.is_some() && session.is_some() && kind.is_some();
            let user = users.of(user);
            let session = sessions.of(session.map(|id| [&user.to_le_bytes(), id].concat()));
            let kind = kind.and_then(|kind| scan::text(kind).ok()).unwrap_or_default();
            let step = open.entry(session).or_default().pass(number, &kind, props);
            found.push(Line { user, session, needs: [step.needs, None], is_event });
            if let Some(link) = step.arrives_from.and_then(|link| found.get_mut(link as usize)) {
                link.needs[1] = Some(number);
            }
        }
        Ok(Self { lines: found })
    }

    /// Counts what is in a choice of lines.
    pub fn size(&self, lines: &[u32]) -> Size {
        let (mut users, mut sessions, mut events) = (HashSet::new(), HashSet::new(), 0);
        for line in lines.iter().filter_map(|&line| self.line(line)).filter(|line| line.is_event) {
            users.insert(line.user);
            sessions.insert(line.session);
            events += 1;
        }
        let other_lines = lines.len() - events;
        Size { users: users.len(), sessions: sessions.len(), events, other_lines }
    }

    pub(super) fn user(&self, line: u32) -> u32 {
        self.line(line).map_or(line, |line| line.user)
    }

    pub(super) fn session(&self, line: u32) -> u32 {
        self.line(line).map_or(line, |line| line.session)
    }

    /// Whether a line is kept, and all that it needs, and all that these need. What is needed is at
    /// most three deep: a link, the page to which it leads, the session.
    pub(super) fn stands(&self, line: u32, is_kept: &impl Fn(u32) -> bool) -> bool {
        let needs = self.line(line).map(|line| line.needs).unwrap_or_default();
        is_kept(line) && needs.into_iter().flatten().all(|need| self.stands(need, is_kept))
    }

    fn line(&self, line: u32) -> Option<&Line> {
        self.lines.get(line as usize)
    }
}

/// What is open in a session while its events are passed.
#[derive(Default)]
struct OpenSession {
    created: Option<u32>,
    page: Option<u32>,
    /// A link that may lead on, and has not arrived yet.
    link: Option<u32>,
}

struct Step {
    needs: Option<u32>,
    /// The link that led here.
    arrives_from: Option<u32>,
}

impl OpenSession {
    fn pass(&mut self, line: u32, kind: &str, props: Option<&[u8]>) -> Step {
        let mut arrives_from = None;
        let needs = match kind {
            event_type::SESSION_CREATED => {
                *self = Self { created: Some(line), ..Self::default() };
                None
            }
            event_type::PAGE_VISITED => {
                arrives_from = self.link.take();
                self.page = Some(line);
                self.created
            }
            event_type::SESSION_ENDED => {
                self.link = None;
                self.created
            }
            action_or_exit => {
                if action_or_exit == event_type::PAGE_CLOSED {
                    self.link = None;
                } else if action_or_exit == event_type::LINK_CLICK && props.is_none_or(leads_on) {
                    self.link = Some(line);
                }
                self.page.or(self.created)
            }
        };
        Step { needs, arrives_from }
    }
}

/// Small numbers for names, in the order in which they first came; one of its own for no name.
#[derive(Default)]
struct Numbers {
    known: HashMap<Box<[u8]>, u32>,
    next: u32,
}

impl Numbers {
    fn of(&mut self, name: Option<impl AsRef<[u8]>>) -> u32 {
        let known = name.as_ref().and_then(|name| self.known.get(name.as_ref()));
        if let Some(&number) = known {
            return number;
        }
        let number = self.next;
        self.next += 1;
        if let Some(name) = name {
            self.known.insert(name.as_ref().into(), number);
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structure(events: &[(&str, &str, &str)]) -> Structure {
        let line = |(session, kind, props): &(&str, &str, &str)| {
            format!(
                "{{\"event_type\":\"{kind}\",\"user_id\":\"u\",\"session_id\":\"{session}\",\"props\":{props}}}\n"
            )
        };
        let text: String = events.iter().map(line).collect();
        Structure::of(&Lines::new(text.as_bytes()).unwrap()).unwrap()
    }

    /// What goes, besides the line itself, when each line is left out.
    fn dependents(structure: &Structure) -> Vec<Vec<u32>> {
        let lines = 0..structure.lines.len() as u32;
        let without = |out: u32| {
            let falls = |line: &u32| *line != out && !structure.stands(*line, &|kept| kept != out);
            lines.clone().filter(falls).collect()
        };
        lines.clone().map(without).collect()
    }

    #[test]
    fn a_session_stands_on_its_beginning_and_an_action_on_its_page() {
        let events = [
            ("a", "session_created", "{}"),
            ("a", "page_visited", "{}"),
            ("b", "session_created", "{}"),
            ("a", "button_clicked", "{}"),
            ("b", "page_visited", "{}"),
            ("a", "page_closed", "{}"),
            ("a", "page_visited", "{}"),
            ("a", "video_play", "{}"),
            ("a", "session_ended", "{}"),
        ];
        let expected: [&[u32]; 9] =
            [&[1, 3, 5, 6, 7, 8], &[3, 5], &[4], &[], &[], &[], &[7], &[], &[]];
        assert_eq!(dependents(&structure(&events)), expected);
    }

    #[test]
    fn a_link_that_leads_on_stands_on_both_its_pages() {
        let events = [
            ("a", "page_visited", "{}"),
            ("a", "link_click", r#"{"href":"/x","target":"_blank"}"#),
            ("a", "link_click", r#"{"href":"/next"}"#),
            ("a", "page_visited", "{}"),
            ("a", "link_click", r#"{"href":"/last"}"#),
            ("a", "page_closed", "{}"),
            ("a", "page_visited", "{}"),
        ];
        let expected: [&[u32]; 7] = [&[1, 2], &[], &[], &[2, 4, 5], &[], &[], &[]];
        assert_eq!(dependents(&structure(&events)), expected);
    }

    #[test]
    fn a_line_that_is_no_event_stands_for_itself() {
        let text = "nonsense\n{\"user_id\":\"u\"}\n\n{\"user_id\":\"u\",\"session_id\":1,\"event_type\":2}\n";
        let lines = Lines::new(text.as_bytes()).unwrap();
        let structure = Structure::of(&lines).unwrap();
        let size = Size { users: 1, sessions: 1, events: 1, other_lines: 3 };
        assert_eq!(structure.size(&lines.all()), size);
        let users: Vec<u32> = lines.all().into_iter().map(|line| structure.user(line)).collect();
        assert_eq!(users, [0, 1, 2, 1]);
        assert!(dependents(&structure).iter().all(Vec::is_empty));
    }
}
