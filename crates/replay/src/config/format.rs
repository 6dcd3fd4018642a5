//! The wire format in which events are sent.

use event_simulator::wire::{FORMATS, FieldMap, FormatSettings, WireFormat};
use event_simulator_timeline::{EventTemplate, OwnForm};

use super::choice::Choice;
use super::http::BearerToken;
use super::interpolated::Interpolated;

/// The text that `site` has by default.
pub(super) const DEFAULT_SITE: &str = "https://shop.example";

/// The wire format in which events are sent, and what it says of the receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct FormatConfig {
    /// The format.
    pub format: SentFormat,
    /// The key by which the receiver knows its customer.
    pub api_key: Option<Interpolated<BearerToken>>,
    /// The address of the site on which the events happen.
    pub site: String,
    /// Where fields go in a form of one's own.
    pub fields: FieldMap,
    /// The template that makes bodies.
    pub template: Option<EventTemplate>,
}

impl Default for FormatConfig {
    fn default() -> Self {
        Self {
            format: SentFormat::AsItIs,
            api_key: None,
            site: DEFAULT_SITE.to_owned(),
            fields: FieldMap::default(),
            template: None,
        }
    }
}

impl FormatConfig {
    /// The format of another that events are turned into, if they are.
    pub fn wire(&self) -> Option<&'static WireFormat> {
        match self.format {
            SentFormat::Wire(format) => Some(format),
            SentFormat::AsItIs | SentFormat::Fields | SentFormat::Template => None,
        }
    }

    /// The reason why these settings cannot be together.
    pub(super) fn check(&self) -> Result<(), String> {
        let of_use = |name: &str| format!("{name} is of use with --format {name} only");
        match self.format {
            SentFormat::Fields if self.fields.is_empty() => {
                Err("--format fields needs fields: give --fields FILE".to_owned())
            }
            SentFormat::Template if self.template.is_none() => {
                Err("--format template needs a template: give --template FILE".to_owned())
            }
            format if format != SentFormat::Fields && !self.fields.is_empty() => {
                Err(of_use(OwnForm::FIELDS))
            }
            format if format != SentFormat::Template && self.template.is_some() => {
                Err(of_use(OwnForm::TEMPLATE))
            }
            _ => Ok(()),
        }
    }

    /// What is the receiver's and not the event's.
    pub(crate) fn settings(&self) -> FormatSettings {
        // What the environment lacks is told by the target, which is made before.
        let variable = |name: &str| std::env::var(name).map_err(|error| error.to_string());
        let key = self.api_key.as_ref().and_then(|key| key.resolve(variable).ok());
        let key = key.map(|key| key.as_str().to_owned()).unwrap_or_default();
        FormatSettings { site: self.site.clone(), key }
    }
}

/// The form of sent events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SentFormat {
    /// That in which they stand in the timeline.
    AsItIs,
    /// That of another.
    Wire(&'static WireFormat),
    /// One's own, by a map of fields.
    Fields,
    /// One's own, by a template.
    Template,
}

/// The word for lines as they stand.
pub(super) const AS_IT_IS: &str = "native";

impl Choice for SentFormat {
    const WORDS: &'static [(&'static str, &'static str)] = &{
        let mut words = [(AS_IT_IS, "Each line as it stands"); FORMATS.len() + 3];
        words[FORMATS.len() + 1] = (OwnForm::FIELDS, "The fields that --fields names");
        words[FORMATS.len() + 2] = (OwnForm::TEMPLATE, "What --template makes of an event");
        let mut index = 0;
        while index < FORMATS.len() {
            words[index + 1] = (FORMATS[index].name, FORMATS[index].title);
            index += 1;
        }
        words
    };

    fn from_word(word: &str) -> Result<Self, String> {
        match word {
            AS_IT_IS => return Ok(Self::AsItIs),
            OwnForm::FIELDS => return Ok(Self::Fields),
            OwnForm::TEMPLATE => return Ok(Self::Template),
            _ => {}
        }
        let names = || Self::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let format = WireFormat::named(word);
        format.map(Self::Wire).ok_or_else(|| format!("{word:?} is not one of {}", names()))
    }
}

/// The address of a site, as `site` has it.
pub(super) fn site(text: &str) -> Result<String, String> {
    let site = text.trim_end_matches('/');
    let is_address = site.strip_prefix("https://").or_else(|| site.strip_prefix("http://"));
    match is_address {
        Some(host) if !host.is_empty() => Ok(site.to_owned()),
        _ => Err("this is not the address of a site such as https://shop.example".to_owned()),
    }
}
