//! The wire format in which events are sent.

use event_simulator::wire::{FORMATS, FormatSettings, WireFormat};

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
}

impl Default for FormatConfig {
    fn default() -> Self {
        Self { format: SentFormat::AsItIs, api_key: None, site: DEFAULT_SITE.to_owned() }
    }
}

impl FormatConfig {
    /// The format of another that events are turned into, if they are.
    pub fn wire(&self) -> Option<&'static WireFormat> {
        match self.format {
            SentFormat::AsItIs => None,
            SentFormat::Wire(format) => Some(format),
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
}

/// The word for lines as they stand.
pub(super) const AS_IT_IS: &str = "native";

impl Choice for SentFormat {
    const WORDS: &'static [(&'static str, &'static str)] = &{
        let mut words = [(AS_IT_IS, "Each line as it stands"); FORMATS.len() + 1];
        let mut index = 0;
        while index < FORMATS.len() {
            words[index + 1] = (FORMATS[index].name, FORMATS[index].title);
            index += 1;
        }
        words
    };

    fn from_word(word: &str) -> Result<Self, String> {
        if word == AS_IT_IS {
            return Ok(Self::AsItIs);
        }
        let names = || FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ");
        let format = WireFormat::named(word);
        format
            .map(Self::Wire)
            .ok_or_else(|| format!("{word:?} is not one of {AS_IT_IS}, {}", names()))
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
