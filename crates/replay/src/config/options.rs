//! Options: settings of a configuration by name, from wherever they come.

use std::ffi::OsStr;
use std::fmt;

use super::sections::Config;

/// One option of a replay.
pub struct ConfigOption {
    /// Its name in a scenario; the flag has `-` for `_`.
    pub name: &'static str,
    /// A sentence on it.
    pub doc: &'static str,
    /// The kind of its value.
    pub kind: OptionKind,
    /// The name of its value in help.
    pub placeholder: &'static str,
    /// Its default as it would be written; `None` if there is none.
    pub default: Option<&'static str>,
    /// The group that it belongs to.
    pub group: OptionGroup,
    /// An option before it in the table that cannot be given along with it.
    pub excludes: Option<&'static str>,
    /// An option before it in the table that has to be given along with it.
    pub requires: Option<&'static str>,
    /// Sets it from a value as it is written.
    pub(super) set: fn(&mut Config, &OsStr) -> Result<(), String>,
    /// Takes it away again, if it can be without a value.
    pub(super) unset: Option<fn(&mut Config)>,
}

/// The kind of an option's value.
#[derive(Clone, Copy)]
pub enum OptionKind {
    /// Any text; it may hold secrets, so that it is never repeated.
    Text,
    /// The name of a file.
    File,
    /// `true` or `false`; as a flag it has no value.
    Switch,
    /// Texts that add up, each checked by itself; they may hold secrets.
    List(fn(&str) -> Result<(), String>),
    /// Texts that add up, each checked by itself; the flag names a file that has one a line.
    Lines(fn(&str) -> Result<(), String>),
    /// A whole number.
    Whole(u32, u32),
    /// A number.
    Number(f64, f64),
    /// A time such as `50ms`; in a scenario also a number of seconds.
    Duration,
    /// A number or text with a form of its own: what is wanted.
    Parsed(&'static str),
    /// One of some words, each with its meaning.
    Choice(&'static [(&'static str, &'static str)]),
}

impl OptionKind {
    /// True if a wrong value may be repeated in a message about it.
    fn may_be_shown(self) -> bool {
        !matches!(self, Self::Text | Self::List(_))
    }
}

/// A group of options, as they stand together in help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionGroup {
    /// The times at which events are due.
    Pace,
    /// The form of a request, and where it goes.
    Request,
    /// The number of requests and of their events, and the reaction to failure.
    Flow,
    /// The meaning of a line's fields.
    Fields,
    /// The memory of a replay, and its limits.
    Safety,
}

impl ConfigOption {
    /// Sets the option in `config` from a value as it is written.
    ///
    /// # Errors
    ///
    /// The reason why the value is wrong, and what is allowed.
    pub fn set(&self, config: &mut Config, value: impl AsRef<OsStr>) -> Result<(), String> {
        (self.set)(config, value.as_ref())
    }

    /// Takes the option's value away again; false if it cannot be without one.
    pub fn unset(&self, config: &mut Config) -> bool {
        self.unset.map(|unset| unset(config)).is_some()
    }

    /// Checks a value by itself, as far as a message may repeat it; the rest is checked by
    /// [`Self::set`].
    ///
    /// # Errors
    ///
    /// The reason why the value is wrong, and what is allowed.
    pub fn check(&self, value: &str) -> Result<(), String> {
        if self.kind.may_be_shown() { self.set(&mut Config::default(), value) } else { Ok(()) }
    }
}

impl fmt::Debug for ConfigOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConfigOption").field(&self.name).finish()
    }
}
