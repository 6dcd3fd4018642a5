//! From the form of events to the program of one shape of them.

use super::arrival_fields::SENT_AT;
use super::event_split::{EventShape, HAS_ANONYMOUS, HAS_BUTTON, HAS_PAGE, IS_KNOWN};
use super::fit::{AGENT, Fit};
use super::form::{
    Clock, EventValue, FormNode, FormPlaces, Member, Part, SCREEN, Setting, is_reserved,
};
use super::form_program::{FormProgram, ProgramMark, Slot};
use super::format_settings::FormatSettings;
use super::json_text::quoted;
use super::notation::Notation;
use super::quoting::Quoting;
use super::wire_format::site_and_token;

/// What the form of events of one shape depends on.
#[derive(Clone, Debug)]
pub(super) struct ShapeLayout {
    flags: u8,
    members: Vec<(Part, String)>,
    /// The members for which a place depends on their value.
    pub(super) checks: Vec<(usize, Fit)>,
}

impl ShapeLayout {
    /// The layout of a shape in a form with these places.
    pub(super) fn new(shape: &EventShape, places: &FormPlaces) -> Self {
        let members = shape.members();
        let mut checks = Vec::new();
        for (number, (part, name)) in members.iter().enumerate() {
            if places.split.contains(part) {
                checks.push((number, Fit::Scalar));
            }
            for (of, known, fit) in &places.members {
                let check = (number, *fit);
                if of == part && known == name && *fit != Fit::Any && !checks.contains(&check) {
                    checks.push(check);
                }
            }
        }
        Self { flags: shape.flags(), members, checks }
    }

    /// The program for events whose members fit, by the checks, as `fits` says.
    pub(super) fn program(
        &self,
        members: &'static [Member],
        notation: Notation,
        fits: &[bool],
        places: &FormPlaces,
        settings: &FormatSettings,
    ) -> FormProgram {
        let program = FormProgram::default();
        let mut compiler = FormCompiler { layout: self, fits, places, settings, program };
        match notation {
            Notation::Object => {
                compiler.object(members, Quoting::Json);
            }
            Notation::Query => {
                compiler.raw("\"?");
                let empty = compiler.program.mark();
                compiler.members(members, members, empty, Quoting::Query);
                compiler.raw("\"");
            }
        }
        compiler.program
    }
}

struct FormCompiler<'a> {
    layout: &'a ShapeLayout,
    fits: &'a [bool],
    places: &'a FormPlaces,
    settings: &'a FormatSettings,
    program: FormProgram,
}

impl FormCompiler<'_> {
    fn raw(&mut self, text: &str) {
        self.program.text().extend_from_slice(text.as_bytes());
    }

    fn json(&mut self, json: &str, quoting: Quoting) {
        quoting.push_json(json.as_bytes(), self.program.text());
    }

    /// An object, and whether it has members.
    fn object(&mut self, members: &'static [Member], quoting: Quoting) -> bool {
        let quoting = quoting.within();
        self.json("{", quoting);
        let empty = self.program.mark();
        self.members(members, members, empty, quoting);
        let has_members = self.program.mark() != empty;
        self.json("}", quoting);
        has_members
    }

    /// Some members of an object whose members are `all` and which began at `empty`.
    fn members(
        &mut self,
        members: &'static [Member],
        all: &'static [Member],
        empty: ProgramMark,
        quoting: Quoting,
    ) {
        for member in members {
            match member {
                Member::Named(name, node) => {
                    let before = self.program.mark();
                    self.key(name, empty, quoting);
                    if !self.node(node, quoting) {
                        self.program.cut_back(before);
                    }
                }
                Member::Rest(part) => self.rest(*part, None, all, empty, quoting),
                Member::Scalars(part) => self.rest(*part, Some(true), all, empty, quoting),
                Member::Nested(part) => self.rest(*part, Some(false), all, empty, quoting),
                Member::Group(members) => self.members(members, all, empty, quoting),
                Member::Read(..) => {}
            }
        }
    }

    /// A name, behind a comma unless it is the first.
    fn key(&mut self, name: &str, empty: ProgramMark, quoting: Quoting) {
        let is_first = self.program.mark() == empty;
        if quoting == Quoting::Query {
            self.raw(if is_first { "" } else { "&" });
            self.json(&quoted(name), quoting);
            self.raw("=");
        } else {
            let comma = if is_first { "" } else { "," };
            self.json(&format!("{comma}{}:", quoted(name)), quoting);
        }
    }

    /// The members of a part that have no place of their own, those alone that are scalars, or are not, if that is said.
    fn rest(
        &mut self,
        part: Part,
        are_scalars: Option<bool>,
        all: &[Member],
        empty: ProgramMark,
        quoting: Quoting,
    ) {
        let layout = self.layout;
        for (number, (of, name)) in layout.members.iter().enumerate() {
            if *of != part {
                continue;
            }
            if are_scalars.is_some_and(|are| are != self.fits(number, Fit::Scalar)) {
                continue;
            }
            if self.is_placed(number) {
                continue;
            }
            if is_reserved(name, all) {
                self.key(&format!("{name}_"), empty, quoting);
            } else {
                self.key(name, empty, quoting);
            }
            self.program.push(Slot::Member(number), quoting);
        }
    }

    fn fits(&self, number: usize, fit: Fit) -> bool {
        let check = self.layout.checks.iter().position(|check| *check == (number, fit));
        check.is_none_or(|check| self.fits[check])
    }

    /// The number of a member, if its value fits into its place.
    fn fitting(&self, part: Part, name: &str, fit: Fit) -> Option<usize> {
        let mut members = self.layout.members.iter();
        let number = members.position(|(of, known)| *of == part && known == name)?;
        self.fits(number, fit).then_some(number)
    }

    /// A value, and whether there is one.
    fn node(&mut self, node: &'static FormNode, quoting: Quoting) -> bool {
        match node {
            FormNode::Constant(json) => {
                self.json(json, quoting);
                true
            }
            FormNode::Value(source) => self.value(*source, quoting),
            FormNode::HeaderText(source) => self.value(*source, Quoting::Header),
            FormNode::Object(members) => self.object(members, quoting),
            FormNode::WholeObject(members) => {
                self.object(members, quoting);
                true
            }
            FormNode::Described(inner, _) => self.node(inner, quoting),
            FormNode::Base64(_) => false,
            FormNode::ListOfOne(inner) | FormNode::Entities(inner) => {
                self.json("[", quoting.within());
                let has_value = self.node(inner, quoting.within());
                self.json("]", quoting.within());
                has_value
            }
            FormNode::JsonText(inner) => {
                self.raw(quoting.quote());
                let has_value = self.node(inner, quoting.within_text());
                self.raw(quoting.quote());
                has_value
            }
        }
    }

    fn value(&mut self, source: EventValue, quoting: Quoting) -> bool {
        let layout = self.layout;
        let has = |flag: u8| layout.flags & flag != 0;
        let slot = match source {
            EventValue::EventId => Slot::EventId,
            EventValue::EventType => Slot::EventType,
            EventValue::UserId => Slot::UserId,
            EventValue::KnownUserId if has(IS_KNOWN) => Slot::UserId,
            EventValue::AnonymousId if has(HAS_ANONYMOUS) => Slot::BrowserId,
            EventValue::BrowserId => Slot::BrowserId,
            EventValue::BrowserDigits => Slot::BrowserDigits,
            EventValue::ClientAddress => self
                .fitting(Part::Device, "ip", Fit::Address)
                .map_or(Slot::BrowserAddress, Slot::MemberText),
            EventValue::ClientAgent => match self.fitting(Part::Device, "user_agent", Fit::Agent) {
                Some(number) => Slot::MemberText(number),
                None => return self.constant(AGENT, quoting),
            },
            EventValue::TextOf(part, name) => match self.fitting(part, name, Fit::Text) {
                Some(number) => Slot::MemberText(number),
                None => return false,
            },
            EventValue::MillisOf(part, name) => match self.fitting(part, name, Fit::Time) {
                Some(number) => Slot::MemberMillis(number),
                None => return false,
            },
            EventValue::TrueTime if !self.says_when_sent() => Slot::Millis,
            EventValue::SessionId => Slot::SessionId,
            EventValue::SessionUuid => Slot::SessionUuid,
            EventValue::PagePath | EventValue::PageName if has(HAS_PAGE) => Slot::PagePath,
            EventValue::PageUrl | EventValue::PageOrSiteUrl if has(HAS_PAGE) => {
                return self.page_url(quoting);
            }
            EventValue::PageOrSiteUrl => return self.constant(&self.settings.site, quoting),
            EventValue::ButtonId if has(HAS_BUTTON) => Slot::ButtonId,
            EventValue::Time(Clock::Rfc3339) => Slot::TimeText,
            EventValue::DeviceTime => Slot::Millis,
            EventValue::Setting(setting) => return self.setting(setting, quoting),
            _ => return self.json_value(source, quoting),
        };
        self.quoted_slot(slot, quoting)
    }

    /// A value that is no text.
    fn json_value(&mut self, source: EventValue, quoting: Quoting) -> bool {
        let slot = match source {
            EventValue::Time(Clock::Millis) => Slot::Millis,
            EventValue::Time(Clock::Micros) => Slot::Micros,
            EventValue::Time(Clock::Seconds) => Slot::Seconds,
            EventValue::SessionStart => Slot::SessionStart,
            EventValue::SessionNumber => Slot::SessionNumber,
            EventValue::Of(part, name) => match self.fitting(part, name, Fit::Any) {
                Some(number) if quoting == Quoting::Header => {
                    return self.quoted_slot(Slot::Member(number), quoting);
                }
                Some(number) => Slot::Member(number),
                None => return false,
            },
            EventValue::Screen(side) => match self.fitting(Part::Device, SCREEN, Fit::Sides) {
                Some(number) => Slot::Side(number, side),
                None => return false,
            },
            EventValue::OwnNames => return self.own_names(quoting),
            _ => return false,
        };
        self.program.push(slot, quoting);
        true
    }

    fn says_when_sent(&self) -> bool {
        self.layout.members.iter().any(|(part, name)| *part == Part::Own && name == SENT_AT)
    }

    /// True for a member that has a place of its own.
    fn is_placed(&self, number: usize) -> bool {
        let (part, name) = &self.layout.members[number];
        let mut places = self.places.members.iter();
        let place = places.find(|(of, placed, _)| of == part && placed == name);
        place.is_some_and(|(_, _, fit)| self.fits(number, *fit))
    }

    fn own_names(&mut self, quoting: Quoting) -> bool {
        let members = self.layout.members.iter().enumerate();
        let own =
            members.filter(|(number, (part, _))| *part == Part::Own && !self.is_placed(*number));
        let names: Vec<&str> = own.map(|(_, (_, name))| &**name).collect();
        if names.is_empty() {
            return false;
        }
        // Texts always have a JSON text.
        self.json(&serde_json::to_string(&names).unwrap_or_default(), quoting);
        true
    }

    fn quoted_slot(&mut self, slot: Slot, quoting: Quoting) -> bool {
        self.raw(quoting.quote());
        self.program.push(slot, quoting);
        self.raw(quoting.quote());
        true
    }

    fn setting(&mut self, setting: Setting, quoting: Quoting) -> bool {
        let FormatSettings { site, key } = self.settings;
        let text = match setting {
            Setting::Site => site,
            Setting::Host => host(site),
            Setting::Key => key,
            Setting::SiteNumber => site_and_token(key).0,
        };
        self.constant(text, quoting)
    }

    /// A text that is always the same.
    fn constant(&mut self, text: &str, quoting: Quoting) -> bool {
        self.raw(quoting.quote());
        let text = text.as_bytes().to_vec().into();
        quoting.push_text(&text, self.program.text());
        self.raw(quoting.quote());
        true
    }

    fn page_url(&mut self, quoting: Quoting) -> bool {
        self.raw(quoting.quote());
        let site = self.settings.site.as_bytes().to_vec().into();
        quoting.push_text(&site, self.program.text());
        self.program.push(Slot::PathOfUrl, quoting);
        self.raw(quoting.quote());
        true
    }
}

/// The name of a site by its address.
fn host(site: &str) -> &str {
    let behind = site.split_once("://").map_or(site, |(_, behind)| behind);
    behind.split('/').next().unwrap_or(behind)
}
