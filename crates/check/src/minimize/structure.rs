//! The events of a timeline that belong together, and those that cannot stand alone.

use std::collections::{HashMap, HashSet};
use std::io;

use serde::Serialize;

use event_simulator::event::{Field, event_type};
use event_simulator::expectations::leads_on;
use event_simulator::interner::Interner;
use event_simulator::scenario::ANONYMOUS_ID;
use event_simulator::wire::scan;

use super::lines::Lines;

/// Begins the names of what has none; no JSON does.
const NAMELESS: u8 = 0xff;

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

/// The size of a choice of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
    /// That of reading the lines.
    pub fn of(lines: &Lines) -> io::Result<Self> {
        let (mut users, mut sessions) = (Interner::<[u8]>::default(), Interner::<[u8]>::default());
        let mut open: HashMap<u32, SessionState> = HashMap::new();
        let mut found: Vec<Line> = Vec::new();
        let mut reader = lines.reader();
        let [user, session, event_type, props] =
            [Field::UserId, Field::SessionId, Field::EventType, Field::Props].map(Field::name);
        let names = [user, ANONYMOUS_ID, session, event_type, props];
        for number in lines.all() {
            // A line that is no object has none of them.
            let [user, anonymous, session, event_type, props] =
                scan::members(reader.get(number)?, names).unwrap_or_default();
            let is_event = user.is_some() && session.is_some() && event_type.is_some();
            let own = [&[NAMELESS], &number.to_le_bytes()[..]].concat();
            let user = user.unwrap_or(&own);
            // A session goes on while it becomes known whose it is.
            let visitor = anonymous.filter(|id| id.first() == Some(&b'"')).unwrap_or(user);
            let session = session.map(|id| [visitor, &[NAMELESS], id].concat());
            let user = users.number(user);
            let session = sessions.number(session.as_deref().unwrap_or(&own));
            let event_type = event_type.and_then(|raw| scan::text(raw).ok()).unwrap_or_default();
            let state = open.entry(session).or_default();
            let needs = state.observe(number, &event_type, props);
            found.push(Line { user, session, needs: [needs.before, None], is_event });
            if let Some(link) = needs.link_to_it {
                found[link as usize].needs[1] = Some(number);
            }
        }
        Ok(Self { lines: found })
    }

    /// The number of lines, which no number of a user or session exceeds.
    pub(super) fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Counts what is in a choice of lines.
    pub fn size(&self, lines: &[u32]) -> Size {
        let (mut users, mut sessions, mut events) = (HashSet::new(), HashSet::new(), 0);
        for line in lines.iter().map(|&line| self.line(line)).filter(|line| line.is_event) {
            users.insert(line.user);
            sessions.insert(line.session);
            events += 1;
        }
        let other_lines = lines.len() - events;
        Size { users: users.len(), sessions: sessions.len(), events, other_lines }
    }

    pub(super) fn user(&self, line: u32) -> u32 {
        self.line(line).user
    }

    pub(super) fn session(&self, line: u32) -> u32 {
        self.line(line).session
    }

    /// True if a line is kept, and all that it needs, and all that these need. What is needed is at most
    /// three deep: a link, the page to which it leads, the session.
    pub(super) fn stands(&self, line: u32, is_kept: &impl Fn(u32) -> bool) -> bool {
        let needs = self.line(line).needs;
        is_kept(line) && needs.into_iter().flatten().all(|need| self.stands(need, is_kept))
    }

    fn line(&self, line: u32) -> &Line {
        &self.lines[line as usize]
    }
}

/// A session while its events are passed.
#[derive(Default)]
struct SessionState {
    created: Option<u32>,
    page: Option<u32>,
    /// A link that may lead on, and has not arrived yet.
    link: Option<u32>,
}

/// The lines that go with a line.
struct Needs {
    /// The line before it that it needs.
    before: Option<u32>,
    /// The link that led here, and needs it.
    link_to_it: Option<u32>,
}

impl SessionState {
    fn observe(&mut self, line: u32, event_type: &str, props: Option<&[u8]>) -> Needs {
        let mut link_to_it = None;
        let before = match event_type {
            event_type::SESSION_CREATED => {
                *self = Self { created: Some(line), ..Self::default() };
                None
            }
            event_type::PAGE_VISITED => {
                link_to_it = self.link.take();
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
        Needs { before, link_to_it }
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

    /// For each line, those that go with it when it is left out.
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
    fn a_session_goes_on_while_its_user_becomes_known() {
        let line = |user: &str, kind: &str| {
            format!(
                "{{\"event_type\":\"{kind}\",\"user_id\":\"{user}\",\"session_id\":\"s\",\"props\":{{}},\"anonymous_id\":\"a\"}}\n"
            )
        };
        let events = [("a", "session_created"), ("a", "logged_in"), ("u", "page_visited")];
        let text: String = events.iter().map(|(user, kind)| line(user, kind)).collect();
        let lines = Lines::new(text.as_bytes()).unwrap();
        let structure = Structure::of(&lines).unwrap();
        let size = Size { users: 2, sessions: 1, events: 3, other_lines: 0 };
        assert_eq!(structure.size(&lines.all()), size);
        assert_eq!(dependents(&structure), [vec![1, 2], vec![], vec![]]);
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
